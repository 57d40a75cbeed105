"""The database's address, its schema and the schema's versions."""

import asyncio
from pathlib import Path

import pytest

from storage.database import ConstraintViolated, open_database
from storage.migrate import Migration, SchemaTooNew, migrate, shipped, statements
from storage.postgres import POSTGRES, numbered
from storage.sqlite import settings_of
from storage.store import open_store

# Addresses


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///guestlist.db", "guestlist.db"),
        ("sqlite:///data/guest%20list.db", "data/guest list.db"),
        ("sqlite:////var/lib/guestlist.db", "/var/lib/guestlist.db"),
    ],
)
def test_a_sqlite_address_names_a_file(url: str, path: str) -> None:
    assert settings_of(url).path == Path(path)


@pytest.mark.parametrize("url", ["mysql://x/y", "guestlist.db", "sqlite:///", "sqlite:///x.db?cache=shared"])
async def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the database's address"):
        await open_store(url)


def test_placeholders_are_numbered_but_not_inside_literals() -> None:
    assert (
        numbered("a = ? AND b = 'why?' AND c = 'it''s ?' AND d = ?")
        == "a = $1 AND b = 'why?' AND c = 'it''s ?' AND d = $2"
    )


# The schema's versions


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """A database without a schema."""
    name = "sqlite_url" if request.param == "sqlite" else "empty_postgres_url"
    url: str = request.getfixturevalue(name)
    return url.partition("?busy_timeout_ms")[0]  # who starts beside others waits for them as in service


async def test_the_schema_is_applied_once(empty_url: str) -> None:
    database = await open_database(empty_url)
    assert await migrate(database, shipped()) == len(shipped())
    assert await migrate(database, shipped()) == 0
    await database.close()


async def test_versions_are_applied_in_order_and_one_that_fails_leaves_nothing(empty_url: str) -> None:
    database = await open_database(empty_url)
    first = Migration(1, "CREATE TABLE drink (name TEXT NOT NULL); INSERT INTO drink VALUES ('tea');")
    second = Migration(2, "ALTER TABLE drink ADD COLUMN price BIGINT; UPDATE drink SET price = 3;")
    broken = Migration(2, "INSERT INTO drink VALUES ('coffee'); INSERT INTO drink VALUES (NULL);")
    with pytest.raises(ConstraintViolated):
        await migrate(database, (first, broken))
    assert await migrate(database, (first, second)) == 1
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT name, price FROM drink")
    assert [(row["name"], row["price"]) for row in rows] == [("tea", 3)]
    await database.close()


async def test_a_newer_schema_is_refused_with_a_clear_word(empty_url: str) -> None:
    await (await open_store(empty_url)).close()
    database = await open_database(empty_url)
    async with database.transaction() as tx:
        assert await tx.execute("UPDATE schema_version SET version = 99") == 1
    await database.close()
    with pytest.raises(SchemaTooNew, match=r"version 99, but this Guestlist knows versions up to \d+\. Install"):
        await open_store(empty_url)


async def test_processes_that_start_at_once_make_one_schema(empty_url: str) -> None:
    stores = await asyncio.gather(*(open_store(empty_url) for _ in range(4)))
    for store in stores:
        assert await store.healthy()
        await store.close()


async def test_a_new_sqlite_file_may_be_opened_by_several_at_once(tmp_path: Path) -> None:
    """SQLite refuses to switch to WAL while another does, without waiting; in one round of seven or so."""
    for number in range(30):
        url = f"sqlite:///{tmp_path}/{number}.db"
        for store in await asyncio.gather(*(open_store(url) for _ in range(4))):
            await store.close()
        assert (tmp_path / f"{number}.db").is_file()


def test_comments_are_no_statements() -> None:
    assert list(statements("-- one; two\nCREATE TABLE a (b TEXT); -- why\n\n;SELECT 1")) == [
        "CREATE TABLE a (b TEXT)",
        "SELECT 1",
    ]
    assert "COLLATE" in POSTGRES.text
