"""A database from any released version is migrated without losing anything."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from storage.database import Value
from storage.migrate import shipped
from storage.store import open_store
from storage.verify import verify
from tests.frozen.files import DIALECTS, ROWS, VERSIONS, Rows, database_file, missing, rows_of, schema_of, world_file

CONVERTED = frozenset({("schema_version", "version"), ("invoice", "failed_at")})
"""Tables and columns whose values later migrations change on purpose."""


def schema_in(version: int, engine: str) -> str:
    """The statements of a frozen file before its rows, without its first line."""
    return database_file(version, engine).read_text(encoding="utf-8").partition(ROWS)[0].partition("\n")[2]


def test_every_frozen_version_is_tested() -> None:
    found = {int(file.name[1:].partition(".")[0]) for file in world_file(VERSIONS[0]).parent.glob("v*.world.json")}
    assert found == set(VERSIONS)


async def test_a_frozen_database_has_every_table_and_every_state(frozen_url: str, engine: str, version: int) -> None:
    rows = await rows_of(frozen_url)
    assert rows["schema_version"] == [{"version": version}]
    assert missing(schema_in(version, engine), rows) == []
    assert await dangling(frozen_url) == []


def test_a_released_migration_is_never_edited(engine: str, version: int) -> None:
    assert schema_of(DIALECTS[engine], shipped()[:version]) == schema_in(version, engine)


async def test_no_row_and_no_value_is_lost_by_the_migrations(frozen_url: str) -> None:
    before = await rows_of(frozen_url)
    await (await open_store(frozen_url)).close()
    after = await rows_of(frozen_url)
    assert after["schema_version"] == [{"version": len(shipped())}]
    for table in before:
        columns = [c for c in before[table][0] if (table, c) not in CONVERTED and c in after[table][0]]
        assert values(after, table, columns) == values(before, table, columns), table
    assert (told := values(before, "invoice", ["id", "failed_at"])) - values(after, "invoice", ["id", "failed_at"]) <= (
        Counter({row: count for row, count in told.items() if row[1] is None})
    ), "a failure that was known stays; one that was not may be filled in"
    assert await dangling(frozen_url) == []
    assert [verdict.line for verdict in await verify(frozen_url) if not verdict.good] == []


def values(rows: Rows, table: str, columns: list[str]) -> Counter[tuple[Value, ...]]:
    """The rows of a table by these columns, in any order."""
    return Counter(tuple(row[column] for column in columns) for row in rows[table])


async def dangling(url: str) -> list[object]:
    """Foreign keys that lead nowhere."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(Path(url.removeprefix("sqlite:///")))) as connection:
            return connection.execute("PRAGMA foreign_key_check").fetchall()
    connection = await asyncpg.connect(url)
    try:
        return [failed for key in await connection.fetch(FOREIGN_KEYS) if (failed := await _checked(connection, key))]
    finally:
        await connection.close()


FOREIGN_KEYS = (
    "SELECT conrelid::regclass::text AS held_by, conname AS name, pg_get_constraintdef(oid) AS is "
    "FROM pg_constraint WHERE contype = 'f'"
)


async def _checked(connection: asyncpg.Connection, key: asyncpg.Record) -> str | None:
    """Make a foreign key again, which checks every row. Answers what is wrong, if anything is."""
    again = f"ALTER TABLE {key['held_by']} DROP CONSTRAINT {key['name']}, ADD CONSTRAINT {key['name']} {key['is']}"
    try:
        await connection.execute(again)
    except asyncpg.ForeignKeyViolationError as error:
        return str(error)
    return None
