"""Migrations that take away constraints and change keys, on both engines, beside rows that refer to the table."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from storage.database import ConstraintViolated, Database, DatabaseRefused, Value
from storage.engines.sqlite_rebuild import alteration_in, altered, constraints_of
from storage.engines.sqlite_transaction import SqliteMigrationTx
from storage.migrate import Migration, migrate, schema_version, shipped
from storage.open import open_database
from tests.contract.test_stores_schema import empty_url
from tests.storage_fixtures import sqlite_url

__all__ = ["empty_url", "sqlite_url"]

BAR = Migration(
    1,
    """
    CREATE TABLE bar (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('pub', 'club')),
        like_id TEXT REFERENCES bar (id), -- the bar itself refers to bars
        size BIGINT NOT NULL,
        town TEXT UNIQUE,
        CHECK ((kind = 'pub') = (size < 10)),
        CHECK (size > 0 OR kind = 'none')
    );
    CREATE INDEX bar_size ON bar (size) WHERE kind = 'pub';
    ALTER TABLE bar ADD COLUMN style TEXT CHECK (style IN ('dark', 'loud'));
    CREATE TABLE drink (bar_id TEXT NOT NULL REFERENCES bar (id), name TEXT NOT NULL, PRIMARY KEY (bar_id, name));
    INSERT INTO bar VALUES ('a', 'pub', NULL, 5, 'Rome', 'dark'), ('b', 'club', 'a', 50, 'Bonn', 'loud');
    INSERT INTO drink (bar_id, name) VALUES ('a', 'tea'), ('a', 'ale'), ('b', 'gin');
    """,
)
OPENED = Migration(
    2,
    """
    ALTER TABLE drink DROP CONSTRAINT drink_pkey, ADD PRIMARY KEY (name);
    ALTER TABLE bar DROP CONSTRAINT bar_kind_check, DROP CONSTRAINT bar_check, DROP CONSTRAINT bar_style_check,
        DROP CONSTRAINT bar_town_key, ALTER COLUMN size DROP NOT NULL,
        ADD CONSTRAINT bar_not_vast CHECK (size < 1000 AND kind <> 'stadium');
    INSERT INTO bar VALUES ('c', 'kiosk', NULL, NULL, 'Rome', 'plain');
    """,
)
NUMBERED = Migration(3, "ALTER TABLE bar DROP CONSTRAINT bar_check1")  # still so called, although it is the first now


@pytest.fixture
async def database(empty_url: str) -> AsyncIterator[Database]:
    opened = await open_database(empty_url)
    yield opened
    await opened.close()


async def everything(database: Database) -> Mapping[str, list[tuple[Value, ...]]]:
    async with database.transaction() as tx:
        found = {name: await tx.fetch(f"SELECT * FROM {name} ORDER BY 1, 2") for name in ("bar", "drink")}
    return {name: [tuple(row[key] for key in dict(row)) for row in rows] for name, rows in found.items()}  # type: ignore[call-overload]


async def refused(database: Database, statement: str) -> bool:
    try:
        async with database.transaction() as tx:
            await tx.execute(statement)
    except ConstraintViolated:
        return True
    return False


async def test_constraints_go_and_every_row_stays_and_is_still_referred_to(database: Database) -> None:
    await migrate(database, (BAR,))
    before = await everything(database)
    assert await migrate(database, (BAR, OPENED)) == 1
    after = await everything(database)
    assert after["drink"] == before["drink"]
    assert after["bar"] == [*before["bar"], ("c", "kiosk", None, None, "Rome", "plain")]
    assert await refused(database, "INSERT INTO bar (id, kind) VALUES ('a', 'pub')"), "its key"
    assert await refused(database, "INSERT INTO bar (id, kind) VALUES ('d', NULL)"), "what else it must be"
    assert await refused(database, "INSERT INTO bar (id, kind, size) VALUES ('d', 'pub', 0)"), "the other check"
    assert await refused(database, "INSERT INTO bar (id, kind, size) VALUES ('d', 'club', 1000)"), "the new check"
    assert await refused(database, "INSERT INTO bar (id, kind, like_id) VALUES ('d', 'pub', 'z')"), "itself"
    assert await refused(database, "INSERT INTO drink (bar_id, name) VALUES ('z', 'rum')"), "who refers to it"
    assert await refused(database, "DELETE FROM bar WHERE id = 'a'")
    assert await refused(database, "INSERT INTO drink (bar_id, name) VALUES ('b', 'tea')"), "the new key"
    assert not await refused(database, "INSERT INTO bar (id, kind, like_id) VALUES ('d', 'pub', 'c')")


async def test_a_constraint_keeps_its_number_when_those_before_it_go(database: Database) -> None:
    await migrate(database, (BAR, OPENED, NUMBERED))
    assert not await refused(database, "INSERT INTO bar (id, kind, size) VALUES ('d', 'pub', 0)")


async def test_a_constraint_that_is_not_there_fails_the_migration(database: Database) -> None:
    await migrate(database, (BAR,))
    before = await everything(database)
    with pytest.raises(Exception, match="bar_colour_check"):
        await migrate(database, (BAR, Migration(2, "ALTER TABLE bar DROP CONSTRAINT bar_colour_check")))
    assert await schema_version(database) == 1
    assert await everything(database) == before


async def test_engines_call_every_constraint_of_the_schema_the_same(tmp_path: Path, empty_postgres_url: str) -> None:
    lite, server = await open_database(f"sqlite:///{tmp_path}/g.db"), await open_database(empty_postgres_url)
    await migrate(lite, shipped())
    await migrate(server, shipped())
    async with lite.transaction() as tx:
        tables = await tx.fetch("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name")
    async with server.transaction() as tx:
        named = await tx.fetch(
            "SELECT conname AS name FROM pg_constraint "
            "WHERE contype IN ('c', 'p', 'u') AND connamespace = 'public'::regnamespace"
        )
    ours = {name for row in tables for name in constraints_of(row["name"], row["sql"])}
    assert ours == {row["name"] for row in named}
    await lite.close()
    await server.close()


# What SQLite needs for it


def test_other_statements_are_left_to_sqlite() -> None:
    assert alteration_in("ALTER TABLE bar ADD COLUMN town TEXT CHECK (town IN ('Rome', 'Bonn'))") is None
    assert alteration_in("DROP INDEX bar_size") is None


def test_a_table_is_made_again_by_a_statement_of_its_own() -> None:
    with pytest.raises(ValueError, match="statement of its own"):
        alteration_in("ALTER TABLE bar DROP CONSTRAINT bar_pkey, ADD COLUMN size BIGINT")


def test_commas_and_parentheses_in_a_check_are_its_own() -> None:
    made = "CREATE TABLE t (a TEXT CHECK (a IN ('x, y', 'z(')), b BIGINT, CHECK ((a = ',') = (b IN (1, 2))))"
    change = alteration_in("ALTER TABLE t DROP CONSTRAINT t_check")
    assert change is not None
    assert altered(made, change) == "CREATE TABLE t (a TEXT CHECK (a IN ('x, y', 'z(')), b BIGINT)"


@pytest.fixture
async def lite(sqlite_url: str) -> AsyncIterator[Database]:
    opened = await open_database(sqlite_url)
    await migrate(opened, (BAR,))
    yield opened
    await opened.close()


async def schema(database: Database) -> list[tuple[str, str, str]]:
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
    return [(row["type"], row["name"], row["sql"]) for row in rows]


async def enforced(database: Database) -> bool:
    async with database.transaction() as tx:
        row = await tx.fetch_one("PRAGMA foreign_keys")
    return row is not None and bool(row["foreign_keys"])


async def test_indexes_triggers_and_views_are_there_again_and_no_trigger_fires(lite: Database) -> None:
    async with lite.transaction() as tx:
        await tx.execute("CREATE VIEW pubs AS SELECT bar.id, drink.name FROM bar JOIN drink ON drink.bar_id = bar.id")
        await tx.execute("CREATE TRIGGER thirst AFTER INSERT ON bar BEGIN DELETE FROM drink; END")
        await tx.execute("CREATE TRIGGER drought AFTER DELETE ON bar BEGIN DELETE FROM drink; END")
    before = [made for made in await schema(lite) if made[0] != "table"]
    rows = await everything(lite)
    await migrate(lite, (BAR, Migration(2, "ALTER TABLE bar DROP CONSTRAINT bar_kind_check")))
    assert [made for made in await schema(lite) if made[0] != "table"] == before
    assert await everything(lite) == rows


async def test_a_migration_that_leaves_a_reference_to_nothing_is_refused_whole(lite: Database) -> None:
    before, rows = await schema(lite), await everything(lite)
    lost = Migration(2, "ALTER TABLE bar DROP CONSTRAINT bar_kind_check; DELETE FROM bar WHERE id = 'b'")
    with pytest.raises(DatabaseRefused, match=r"a row of drink refers to a row of bar that is gone; restore a backup"):
        await migrate(lite, (BAR, lost))
    assert (await schema(lite), await everything(lite), await schema_version(lite)) == (before, rows, 1)
    assert await enforced(lite)


async def test_references_are_enforced_again_after_every_migration(lite: Database) -> None:
    await migrate(lite, (BAR, OPENED))
    assert await enforced(lite)


class Dies(SqliteMigrationTx):
    """A transaction whose process dies at one statement."""

    left = 0

    async def execute(self, sql: str, *values: Value) -> int:
        if alteration_in(sql) is None:
            Dies.left -= 1
            if Dies.left < 0:
                raise asyncio.CancelledError
        return await super().execute(sql, *values)


async def test_a_failure_at_any_statement_leaves_the_old_schema_whole(
    lite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, rows = await schema(lite), await everything(lite)
    monkeypatch.setattr("storage.engines.sqlite.SqliteMigrationTx", Dies)
    for statement in range(30):
        Dies.left = statement
        try:
            await migrate(lite, (BAR, OPENED))
        except asyncio.CancelledError:
            assert (await schema(lite), await everything(lite), await schema_version(lite)) == (before, rows, 1)
            assert await enforced(lite)
        else:
            break
    assert statement > 10, "it died at each statement in turn"
    assert await schema_version(lite) == 2


KILLED = """
import asyncio, os, signal, sys
from storage.engines.sqlite_transaction import SqliteTx
from storage.migrate import Migration, migrate
from storage.open import open_database

async def main(url, statement, *texts):
    database = await open_database(url)
    run, left = SqliteTx.execute, statement
    async def execute(self, sql, *values):
        nonlocal left
        left -= 1
        changed = await run(self, sql, *values)
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return changed
    SqliteTx.execute = execute
    await migrate(database, tuple(Migration(n, text) for n, text in enumerate(texts, start=1)))

asyncio.run(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
"""


@pytest.mark.parametrize("statement", [3, 5, 8, 11])
async def test_a_kill_amid_a_rebuild_leaves_the_old_schema_whole_and_the_next_start_makes_the_new_one(
    sqlite_url: str, statement: int
) -> None:
    first = await open_database(sqlite_url)
    await migrate(first, (BAR,))
    before, rows = await schema(first), await everything(first)
    await first.close()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, sqlite_url, str(statement), BAR.sql, OPENED.sql
    )
    assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL
    again = await open_database(sqlite_url)
    assert (await schema(again), await everything(again), await schema_version(again)) == (before, rows, 1)
    assert await migrate(again, (BAR, OPENED)) == 1
    await again.close()
