"""The schema's versions: numbered files, applied in order on start, each in a transaction of its own.

One SQL text for both engines. What SQLite's ALTER TABLE doesn't know, such as to drop a CHECK or to change a key, is
written as PostgreSQL knows it (`storage.engines.sqlite_rebuild`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storage.database import Database, Tx


class SchemaTooNew(Exception):
    """The database was written by a newer Guestlist than this one."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One version of the schema."""

    version: int
    sql: str


def shipped() -> tuple[Migration, ...]:
    """The migrations that come with this version, in order."""
    return read(Path(__file__).parent / "migrations")


def read(folder: Path) -> tuple[Migration, ...]:
    """The files ``NNNN_words.sql`` of a folder; they count from 1 without a gap."""
    found = sorted(
        (
            Migration(int(file.name[:4]), file.read_text(encoding="utf-8"))
            for file in folder.iterdir()
            if file.name.endswith(".sql")
        ),
        key=lambda migration: migration.version,
    )
    assert [migration.version for migration in found] == list(range(1, len(found) + 1))
    return tuple(found)


async def migrate(database: Database, migrations: tuple[Migration, ...]) -> int:
    """Bring the schema up to the last of these versions; answers how many were applied.

    A database that is in use already is copied first, where that is ours to do. Raises `SchemaTooNew`, and
    `DatabaseRefused` when the copy can't be made: then nothing was changed.
    Processes that start at the same time take turns: each looks again under the lock what is left to do.
    """
    version = await schema_version(database)
    if 0 < version < len(migrations):
        await database.back_up(version)
    applied = 0
    while version < len(migrations):
        async with database.migration() as tx:
            version = await _version(tx)
            if version < len(migrations):
                await _apply(tx, migrations[version])
                version, applied = version + 1, applied + 1
    if version > len(migrations):
        raise SchemaTooNew(
            f"The database has schema version {version}, but this Guestlist knows versions up to "
            f"{len(migrations)}. Install the newer Guestlist again, or restore a backup made before it."
        )
    return applied


async def _apply(tx: Tx, due: Migration) -> None:
    for statement in statements(due.sql):
        await tx.execute(re.sub(r"\bTEXT\b", tx.dialect.text, statement))
    await tx.execute("UPDATE schema_version SET version = ?", due.version)


async def schema_version(database: Database) -> int:
    """0: it has none yet."""
    async with database.transaction() as tx:
        return await _version(tx)


async def _version(tx: Tx) -> int:
    if tx.dialect.lock_schema is not None:
        await tx.fetch(tx.dialect.lock_schema)
    await tx.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
    row = await tx.fetch_one("SELECT version FROM schema_version")
    if row is not None:
        return int(row["version"])
    await tx.execute("INSERT INTO schema_version (version) VALUES (0)")
    return 0


def statements(sql: str) -> Iterator[str]:
    """The statements of a file, without its comments. Our migrations have no semicolon or ``--`` inside a literal."""
    for statement in re.sub(r"--[^\n]*", "", sql).split(";"):
        if statement.strip():
            yield statement.strip()
