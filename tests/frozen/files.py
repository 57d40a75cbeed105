"""Frozen databases as text: how they are written, and how they are loaded."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from storage.database import Dialect, Tx, Value
from storage.engines.postgres import POSTGRES
from storage.engines.sqlite_transaction import SQLITE
from storage.files.private import make_private
from storage.migrate import Migration, statements
from storage.open import open_database

VERSIONS = (12, 17, 21, 30)
"""The schemas that are frozen."""

DIALECTS = {"sqlite": SQLITE, "postgres": POSTGRES}
FOLDER = Path(__file__).parent
ROWS = "-- rows"
ONE_MODE = ("stripe_account", "livemode")
"""A database is of test mode or of live mode, never of both."""

Rows = Mapping[str, Sequence[Mapping[str, Value]]]
"""Everything in a database: table by table, row by row, column by column."""


def database_file(version: int, engine: str) -> Path:
    return FOLDER / f"v{version}.{engine}.sql"


def world_file(version: int) -> Path:
    return FOLDER / f"v{version}.world.json"


# -- writing ---------------------------------------------------------------------------------------------------------


def schema_of(dialect: Dialect, migrations: Sequence[Migration]) -> str:
    """The statements of these migrations, as this engine runs them, without their comments."""
    made = ["-- 0000\nCREATE TABLE schema_version (version BIGINT NOT NULL);"]
    for migration in migrations:
        run = [re.sub(r"\bTEXT\b", dialect.text, one) for one in statements(migration.sql)]
        made.append(f"-- {migration.version:04}\n" + "".join(f"{_tidy(one)};\n" for one in run).rstrip())
    return "\n".join(made) + "\n"


def _tidy(statement: str) -> str:
    """Without the gaps that comments leave: they may be reworded in a released migration, unlike everything else."""
    return "\n".join(line.rstrip() for line in statement.splitlines() if line.strip())


def inserts(rows: Rows) -> str:
    """One statement per table, with sorted rows."""
    return "\n".join(_insert(table, rows[table]) for table in sorted(rows) if rows[table]) + "\n"


def _insert(table: str, rows: Sequence[Mapping[str, Value]]) -> str:
    lines = sorted(f"({', '.join(_literal(value) for value in row.values())})" for row in rows)
    return f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES\n" + ",\n".join(lines) + ";"


def _literal(value: Value) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


# -- reading ---------------------------------------------------------------------------------------------------------


async def rows_of(url: str) -> Rows:
    """Everything in a database, whatever its schema."""
    database = await open_database(url)
    try:
        async with database.transaction() as tx:
            return {table: await _rows(tx, table) for table in await _tables(tx, url)}
    finally:
        await database.close()


async def _tables(tx: Tx, url: str) -> list[str]:
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    if not url.startswith("sqlite:"):
        names = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    return sorted(row["name"] for row in await tx.fetch(names))


async def _rows(tx: Tx, table: str) -> list[Mapping[str, Value]]:
    return [dict(row) for row in await tx.fetch(f"SELECT * FROM {table}")]  # type: ignore[call-overload]  # see Row


async def load(version: int, url: str) -> None:
    """Fill an empty database with a frozen one. Foreign keys are not checked meanwhile."""
    engine = "sqlite" if url.startswith("sqlite:") else "postgres"
    script = database_file(version, engine).read_text(encoding="utf-8")
    if engine == "sqlite":
        await _load_sqlite(url, script)
    else:
        await _load_postgres(url, script)


async def _load_sqlite(url: str, script: str) -> None:
    schema, _, rows = script.partition(ROWS)
    path = Path(url.removeprefix("sqlite:///").partition("?")[0])
    make_private(path)
    database = await open_database(url)
    async with database.migration() as tx:
        for statement in statements(schema):
            await tx.execute(statement)
    await database.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"BEGIN;\n{rows}COMMIT;")


async def _load_postgres(url: str, script: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"SET session_replication_role = replica;\n{script}")
    finally:
        await connection.close()


# -- what a schema knows ---------------------------------------------------------------------------------------------


def missing(schema: str, rows: Rows) -> list[str]:
    """What a database of this schema could hold and this one doesn't: whole tables, and values that a CHECK lists."""
    found = [table for table in sorted(rows) if not rows[table]]
    for table, column, value in choices(schema):
        if value not in {str(row[column]) for row in rows[table]} and (table, column) != ONE_MODE:
            found.append(f"{table}.{column}: {value}")
    return found


def choices(schema: str) -> Iterator[tuple[str, str, str]]:
    """Every value that a CHECK of the schema lists: table, column, value."""
    for made in re.finditer(r"^(?:CREATE|ALTER) TABLE (\w+)(.*?);$", schema, re.MULTILINE | re.DOTALL):
        for column, listed in re.findall(r"CHECK \((\w+) IN \(([^)]*)\)\)", made[2]):
            for value in listed.split(","):
                yield made[1], column, value.strip().strip("'")
