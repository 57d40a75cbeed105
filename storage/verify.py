"""Is the database whole, of this version, and what is in it? Looks, and makes or changes nothing."""

import asyncio
import sqlite3
from dataclasses import dataclass

from storage.database import DatabaseRefused, Tx
from storage.engines.sqlite import settings_of
from storage.files.backup import faults, reading
from storage.files.lock import refuse_mixture
from storage.migrate import shipped
from storage.open import open_database

_COUNTS = (
    ("communities", "SELECT COUNT(*) AS n FROM community"),
    ("plans on sale", "SELECT COUNT(*) AS n FROM plan WHERE state = 'active'"),
    ("persons", "SELECT COUNT(*) AS n FROM person"),
    ("subscriptions", "SELECT COUNT(*) AS n FROM subscription"),
    ("one-time purchases", "SELECT COUNT(*) AS n FROM purchase WHERE state = 'paid'"),
    ("members who should have access", "SELECT COUNT(DISTINCT person_id) AS n FROM access WHERE wanted = 1"),
    ("Stripe events", "SELECT COUNT(*) AS n FROM event"),
    ("audit lines", "SELECT COUNT(*) AS n FROM audit"),
)

_POSTGRES_FAULTS = (
    ("broken index", "SELECT indexrelid::regclass::text AS what FROM pg_index WHERE NOT indisvalid"),
    ("constraint that was never checked", "SELECT conname AS what FROM pg_constraint WHERE NOT convalidated"),
    (
        "data page with a wrong checksum",
        "SELECT datname AS what FROM pg_stat_database WHERE datname = current_database() AND checksum_failures > 0",
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line, and whether what it says is good."""

    good: bool
    line: str


async def verify(url: str) -> list[Verdict]:
    """Whether the database is whole. Raises `DatabaseRefused`, `StoreUnavailable` and `ValueError`."""
    if url.startswith("sqlite:"):
        return await asyncio.to_thread(_sqlite, url)
    return await _postgres(url)


def _sqlite(url: str) -> list[Verdict]:
    path = settings_of(url).path
    refuse_mixture(path)
    if not path.exists():
        raise DatabaseRefused(f"there is no database at {path.absolute()}; `guestlist run` creates one")
    try:
        with reading(path) as connection:
            found = [Verdict(False, f"damaged: {fault}") for fault in faults(connection)]
            if found:
                return [*found, Verdict(False, "restore a backup: guestlist restore FILE")]
            rows = connection.execute("PRAGMA foreign_key_check").fetchall()
            found = [Verdict(False, f"a row of {row[0]} refers to a row of {row[2]} that is gone") for row in rows[:5]]
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchone()
            row = connection.execute("SELECT version FROM schema_version").fetchone() if known else None
            version = _version(row[0] if row else 0)
            good = found or [Verdict(True, "the file is intact, and every row that another refers to is there")]
            if not version.good:
                return [*good, version]
            counts = [(name, connection.execute(sql).fetchone()[0]) for name, sql in _COUNTS]
    except sqlite3.DatabaseError as error:
        return [Verdict(False, f"{path} can't be read ({error}); if it is damaged: guestlist restore FILE")]
    return [*good, version, *_counted(counts)]


async def _postgres(url: str) -> list[Verdict]:
    database = await open_database(url)
    try:
        async with database.transaction() as tx:
            found = [
                Verdict(False, f"{name}: {row['what']}")
                for name, sql in _POSTGRES_FAULTS
                for row in await tx.fetch(sql)
            ]
            good = found or [Verdict(True, "PostgreSQL reports no broken index, constraint or page")]
            version = _version(await _postgres_version(tx))
            if not version.good:
                return [*good, version]
            counts = []
            for name, sql in _COUNTS:
                row = await tx.fetch_one(sql)
                counts.append((name, 0 if row is None else int(row["n"])))
    finally:
        await database.close()
    return [*good, version, *_counted(counts)]


async def _postgres_version(tx: Tx) -> int:
    there = await tx.fetch_one("SELECT to_regclass('schema_version') IS NOT NULL AS there")
    if there is None or not there["there"]:
        return 0
    row = await tx.fetch_one("SELECT version FROM schema_version")
    return 0 if row is None else int(row["version"])


def _version(version: int) -> Verdict:
    newest = len(shipped())
    if version == 0:
        return Verdict(False, "it holds no Guestlist data yet; `guestlist run` creates the tables")
    if version > newest:
        return Verdict(
            False, f"schema version {version}, but this Guestlist knows versions up to {newest}: install the newer one"
        )
    also = "" if version == newest else f"; the next start upgrades it to {newest}"
    return Verdict(True, f"schema version {version}{also}")


def _counted(counts: list[tuple[str, int]]) -> list[Verdict]:
    return [Verdict(True, f"{name}: {count:,}") for name, count in counts]
