"""A transaction on SQLite, and one that changes the schema."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import aiosqlite

from storage.database import (
    ConstraintViolated,
    DatabaseRefused,
    Dialect,
    Row,
    Value,
    finish,
    kept,
    unavailable,
)
from storage.engines.sqlite_rebuild import alteration_in, rebuild

SQLITE = Dialect(
    text="TEXT",
    skip_locked="",
    lock_rows="",
    lock_schema=None,
    now_ms="CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",  # days since noon of 24 Nov 4714 BC
)


class SqliteTx:
    """A transaction on the one connection."""

    dialect = SQLITE

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *values: Value) -> Sequence[Row]:
        """See `Tx`."""
        with translated():
            return list(await self._connection.execute_fetchall(sql, kept(values)))

    async def fetch_one(self, sql: str, *values: Value) -> Row | None:
        """See `Tx`."""
        rows = await self.fetch(sql, *values)
        return rows[0] if rows else None

    async def execute(self, sql: str, *values: Value) -> int:
        """See `Tx`."""
        with translated():
            cursor = await self._connection.execute(sql, kept(values))
        return cursor.rowcount


class SqliteMigrationTx(SqliteTx):
    """One that also runs the ALTER TABLE which SQLite doesn't know."""

    async def execute(self, sql: str, *values: Value) -> int:
        """See `Tx`."""
        change = alteration_in(sql)
        if change is None:
            return await super().execute(sql, *values)
        await rebuild(self, change)
        return 0


@asynccontextmanager
async def committed(connection: aiosqlite.Connection) -> AsyncIterator[None]:
    """A transaction from here to the end of the block."""
    try:
        with translated():
            await connection.execute("BEGIN IMMEDIATE")
        yield
        with translated():
            await finish(connection.commit())
    except BaseException:
        with suppress(sqlite3.Error, ValueError):  # a connection that is closed has rolled back by itself
            await finish(connection.rollback())  # does nothing when there is no transaction
        raise


async def refuse_dangling(tx: SqliteTx) -> None:
    """Raises `DatabaseRefused` if a row refers to one that isn't there."""
    for row in await tx.fetch("PRAGMA foreign_key_check"):
        raise DatabaseRefused(
            f"the schema was not upgraded: a row of {row['table']} refers to a row of {row['parent']} that is gone; "
            "restore a backup: guestlist restore FILE"
        )


class translated:  # noqa: N801 - reads as a word of the with statement
    """The driver's errors as ours. A class, since a generator costs ten times as much and this runs per statement."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.IntegrityError):
            raise ConstraintViolated(str(error)) from error
        # aiosqlite says ValueError of a connection that was closed.
        if isinstance(error, sqlite3.DatabaseError | OSError | ValueError) and not _is_mistake(error):
            raise unavailable(error) from error


def _is_mistake(error: BaseException) -> bool:
    """Wrong SQL or an impossible value is a bug of ours, not an outage."""
    return (
        isinstance(error, sqlite3.ProgrammingError | sqlite3.DataError)
        or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    )
