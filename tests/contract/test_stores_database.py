"""Transactions, concurrency, outages, the schema's versions."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from payments.core.ids import PersonId, PlanId
from payments.core.model import Identity, Part, Platform
from payments.ports.stores import AuditEntry, StoreUnavailable
from storage.database import ConstraintViolated, Database, finish, open_database
from storage.migrate import Migration, SchemaTooNew, migrate, shipped, statements
from storage.postgres import POSTGRES, numbered
from storage.sqlite import settings_of
from storage.store import SqlStore, open_store
from tests.contract import given
from tests.contract.given import ADA, BEN, CAVE, NOW, SERVER, event, lease
from tests.storage_fixtures import PostgresServer


@pytest.fixture
async def database(store_url: str) -> AsyncIterator[Database]:
    """An open database with the schema, beneath the stores."""
    opened = await open_store(store_url)
    await opened.close()
    beneath = await open_database(store_url)
    yield beneath
    await beneath.close()


async def version(database: Database, person_id: str) -> int:
    async with database.transaction() as tx:
        row = await tx.fetch_one("SELECT version FROM person WHERE id = ?", person_id)
    assert row is not None
    return int(row["version"])


class Broken(Exception):
    """Something in the middle of a transaction went wrong."""


async def test_an_exception_in_the_block_rolls_back(store: SqlStore) -> None:
    with pytest.raises(Broken):  # noqa: PT012 - the whole transaction is what must not be committed
        async with store.transaction() as tx:
            await given.cave(tx)
            raise Broken
    async with store.transaction() as tx:
        assert await tx.communities.at(SERVER) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("A\0da", "A\ufffdda"), ("A\ud83dda", "A\ufffdda"), ("A\ud83d\ude00da", "A😀da"), ("Füße 😀", "Füße 😀")],
)
async def test_a_text_that_no_database_takes_is_kept_without_what_it_does_not_take(
    store: SqlStore, typed: str, kept: str
) -> None:
    async with store.transaction() as tx:
        await tx.people.ensure(Identity(Platform.DISCORD, "1"), typed, "en", PersonId("prs_ada"), NOW)
    async with store.transaction() as tx:
        assert await tx.people.name(PersonId("prs_ada")) == kept


async def test_a_violated_constraint_rolls_back_and_leaves_the_store_usable(store: SqlStore) -> None:
    with pytest.raises(ConstraintViolated):  # noqa: PT012 - the whole transaction is what must not be committed
        async with store.transaction() as tx:
            await given.cave(tx)
            await tx.entitlements.put(replace(given.entitlement(), plan_id=PlanId("pln_none")))
    async with store.transaction() as tx:
        assert await tx.communities.at(SERVER) is None


async def test_a_cancelled_transaction_rolls_back_and_leaves_the_store_usable(store: SqlStore) -> None:
    inside = asyncio.Event()

    async def long() -> None:
        async with store.transaction() as tx:
            await given.cave(tx)
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(long())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.transaction() as tx:
        assert await tx.communities.at(SERVER) is None
        await given.cave(tx)


async def test_transactions_cancelled_at_any_moment_leave_whole_commits_only(store: SqlStore) -> None:
    async def add(number: int) -> None:
        async with store.transaction() as tx:
            for name in ("a", "b"):
                identity = Identity(Platform.DISCORD, f"{number}-{name}")
                await tx.people.ensure(identity, name, "en", PersonId(f"prs_{number}_{name}"), NOW)

    for number in range(60):
        task = asyncio.create_task(add(number))
        for _ in range(number):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
    async with store.transaction() as tx:
        for number in range(60):
            first = await tx.people.of(Identity(Platform.DISCORD, f"{number}-a"))
            second = await tx.people.of(Identity(Platform.DISCORD, f"{number}-b"))
            assert (first is None) == (second is None)
    assert await store.healthy()


async def test_a_commit_is_awaited_to_the_end_even_when_cancelled() -> None:
    ended = []

    async def commit() -> None:
        await asyncio.sleep(0.01)
        ended.append(True)

    task = asyncio.create_task(finish(commit()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended


async def test_the_person_lock_lets_two_decisions_pass_one_after_the_other(store: SqlStore) -> None:
    """Two settlements of one person: the second reads what the first wrote, so neither leaves the work to the other."""
    async with store.transaction() as tx:
        await given.cave(tx)
    entered: list[str] = []
    first_is_in = asyncio.Event()

    async def decide(name: str, number: int) -> int:
        async with store.transaction() as tx:
            await tx.people.lock([BEN, ADA] if number == 1 else [ADA, BEN])
            entered.append(name)
            if number == 1:
                first_is_in.set()
                await asyncio.sleep(0.1)
            present = len(await tx.entitlements.of([ADA]))
            await tx.entitlements.put(given.entitlement(ADA, number))
            entered.append(name)
            return present

    async def second() -> int:
        await first_is_in.wait()
        return await decide("second", 2)

    found = await asyncio.gather(decide("first", 1), second())
    assert entered == ["first", "first", "second", "second"]
    assert tuple(found) == (0, 1)


async def test_the_person_lock_bumps_the_version(database: Database) -> None:
    store = SqlStore(database)
    async with store.transaction() as tx:
        await given.cave(tx)
        await tx.people.lock([ADA, ADA])
    assert (await version(database, ADA), await version(database, BEN)) == (1, 0)


async def test_without_the_lock_postgres_would_let_both_decide_at_once(postgres_store: SqlStore) -> None:
    """What makes the test of the lock a test: the same two transactions do overlap without it."""
    async with postgres_store.transaction() as tx:
        await given.cave(tx)
    async with postgres_store.transaction() as one, postgres_store.transaction() as two:
        assert await one.entitlements.of([ADA]) == await two.entitlements.of([ADA]) == []
        await one.entitlements.put(given.entitlement(ADA, 1))
        assert await two.entitlements.of([ADA]) == []


async def test_two_workers_never_claim_the_same_and_never_wait(postgres_store: SqlStore) -> None:
    async with postgres_store.transaction() as tx:
        await given.cave(tx)
        await tx.accesses.want(given.access(ADA), NOW)
        await tx.accesses.want(given.access(BEN), NOW + 1)
    async with asyncio.timeout(5), postgres_store.transaction() as one, postgres_store.transaction() as two:
        [ada] = await one.accesses.claim(Platform.DISCORD, lease("one"), NOW + 1, 1)
        [ben] = await two.accesses.claim(Platform.DISCORD, lease("two"), NOW + 1, 1)
        assert (ada.person_id, ben.person_id) == (ADA, BEN)


async def test_many_transactions_at_once_all_come_through(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await given.cave(tx)
        customer = await given.customer(tx)

    async def mark() -> None:
        async with store.transaction() as tx:
            await tx.people.lock([ADA])
            await tx.customers.mark([customer.id], Part.ALL, NOW)

    async with asyncio.timeout(60):
        await asyncio.gather(*(mark() for _ in range(40)), *(store.ingest(event(f"e{n}"), Part.ALL) for n in range(40)))
    async with store.transaction() as tx:
        [claimed] = await tx.customers.claim(lease(), NOW, 1)
    assert 41 <= claimed.mark_seq <= 80


# Outages


@asynccontextmanager
async def out_of_order(store: SqlStore) -> AsyncIterator[None]:
    """While this holds, nothing can be stored and everybody is told so; afterwards everything works again."""
    yield
    for attempt in (store.ingest(event("evt_lost"), Part.ALL), write(store)):
        with pytest.raises(StoreUnavailable):
            await attempt
    assert not await store.healthy()


async def write(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await given.person(tx)
        await tx.books.audit(AuditEntry("aud_1", NOW, CAVE, ADA, None, "test", "test", "x" * 20_000))


async def works(store: SqlStore) -> None:
    assert (await store.ingest(event("evt_kept"), Part.ALL)).new
    await write(store)
    assert await store.healthy()


async def test_a_locked_sqlite_file_is_an_outage_that_passes(sqlite_store: SqlStore, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "guestlist.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with out_of_order(sqlite_store):
        pass
    other.execute("ROLLBACK")
    other.close()
    await works(sqlite_store)


async def test_a_sqlite_file_that_is_gone_or_replaced_is_an_outage(sqlite_store: SqlStore, tmp_path: Path) -> None:
    file, away = tmp_path / "guestlist.db", tmp_path / "away.db"
    file.rename(away)
    async with out_of_order(sqlite_store):
        pass
    file.write_bytes(b"")
    async with out_of_order(sqlite_store):
        pass
    file.unlink()
    away.rename(file)
    await works(sqlite_store)


async def test_a_full_sqlite_file_is_an_outage_until_there_is_room(tmp_path: Path) -> None:
    await (await open_store(f"sqlite:///{tmp_path}/full.db")).close()
    with sqlite3.connect(tmp_path / "full.db") as other:
        [(pages,)] = other.execute("PRAGMA page_count")
    other.close()
    store = await open_store(f"sqlite:///{tmp_path}/full.db?max_page_count={pages + 40}")
    stored = 0
    with pytest.raises(StoreUnavailable, match="full"):  # noqa: PT012 - one of them finds no room
        for number in range(500):
            await store.ingest(replace(event(f"evt_{number}"), body="x" * 4000), Part.ALL)
            stored = number + 1
    assert stored > 1
    assert not await store.healthy()
    with sqlite3.connect(tmp_path / "full.db") as other:
        assert other.execute("SELECT COUNT(*) FROM event").fetchall() == [(stored,)]
        other.execute("DELETE FROM event")
        other.commit()
    other.close()
    await works(store)
    await store.close()


async def test_a_read_only_postgres_is_an_outage_that_passes(postgres_store: SqlStore, postgres_url: str) -> None:
    await read_only(postgres_url, "on")
    store = await open_database(postgres_url)
    async with out_of_order(SqlStore(store)):
        pass
    await store.close()
    await read_only(postgres_url, "off")
    await works(postgres_store)


async def read_only(url: str, value: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("SET default_transaction_read_only = off")
    await connection.execute(f"ALTER DATABASE guestlist SET default_transaction_read_only = {value}")
    await connection.close()


async def test_lost_connections_to_postgres_are_made_anew(postgres_store: SqlStore, postgres_url: str) -> None:
    drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1"
    admin = await asyncpg.connect(postgres_url)
    own = await admin.fetchval("SELECT pg_backend_pid()")
    with pytest.raises(StoreUnavailable):  # noqa: PT012 - the connection is lost in the middle
        async with postgres_store.transaction() as tx:
            await given.person(tx)
            await admin.execute(drop, own)
            await tx.people.name(ADA)
    await admin.close()
    async with postgres_store.transaction() as tx:
        assert await tx.people.identities(ADA) == []
    await works(postgres_store)


async def test_a_deadlock_is_an_outage_for_one_and_not_for_the_other(postgres_store: SqlStore) -> None:
    async with postgres_store.transaction() as tx:
        await given.cave(tx)
    both = asyncio.Barrier(2)

    async def cross(first: str, second: str) -> None:
        async with postgres_store.transaction() as tx:
            await tx.people.lock([PersonId(first)])
            await both.wait()
            await tx.people.lock([PersonId(second)])

    answers = await asyncio.gather(cross(ADA, BEN), cross(BEN, ADA), return_exceptions=True)
    assert [type(answer) for answer in answers if answer is not None] == [StoreUnavailable]
    await works(postgres_store)


async def test_a_postgres_that_is_not_there_is_an_outage(postgres_server: PostgresServer, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        await open_store(f"postgresql://postgres@/guestlist?host={tmp_path}")
    with pytest.raises(StoreUnavailable):
        await open_store(postgres_server.url("no_such_database"))


async def test_closing_does_not_wait_for_ever_for_an_abandoned_transaction(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.sqlite.CLOSE_SECONDS_MAX", 0.05)
    monkeypatch.setattr("storage.postgres.CLOSE_SECONDS_MAX", 0.05)
    store = await open_store(store_url)
    inside = asyncio.Event()

    async def abandoned() -> None:
        async with store.transaction() as tx:
            await given.person(tx)
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(abandoned())
    await inside.wait()
    async with asyncio.timeout(10):
        await store.close()
        task.cancel()
        await asyncio.wait({task})
    with pytest.raises(StoreUnavailable):
        async with store.transaction():
            pass
    store = await open_store(store_url)
    async with store.transaction() as tx:
        assert await tx.people.identities(ADA) == []
    await store.close()


async def test_a_transaction_does_not_wait_for_ever_for_its_turn(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.sqlite.TURN_SECONDS_MAX", 0.05)
    async with sqlite_store.transaction():
        with pytest.raises(StoreUnavailable, match="busy"):
            async with sqlite_store.transaction():
                pass
        with pytest.raises(StoreUnavailable, match="busy"):
            await sqlite_store.ingest(event(), Part.ALL)
    await works(sqlite_store)


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


async def test_a_file_that_cannot_be_made_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="can't be opened"):
        await open_store(f"sqlite:///{tmp_path}/nowhere/guestlist.db")
    (tmp_path / "letter.txt").write_text("Dear Ada, " * 200)
    with pytest.raises(StoreUnavailable, match="not a database"):
        await open_store(f"sqlite:///{tmp_path}/letter.txt")


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


async def test_text_is_compared_by_bytes_on_both_engines(store: SqlStore) -> None:
    names = ["a", "B", "ä", "Z", "z", "É"]
    async with store.transaction() as tx:
        await given.cave(tx)
        for name in names:
            await tx.communities.put_target(replace(given.target(f"tgt_{name}", name), name=name))
        listed = [target.name for target in await tx.communities.targets(CAVE)]
    assert listed == sorted([*names, "Supporter"], key=str.encode)


def test_comments_are_no_statements() -> None:
    assert list(statements("-- one; two\nCREATE TABLE a (b TEXT); -- why\n\n;SELECT 1")) == [
        "CREATE TABLE a (b TEXT)",
        "SELECT 1",
    ]
    assert "COLLATE" in POSTGRES.text


async def test_wrong_sql_is_a_bug_and_no_outage(database: Database) -> None:
    with pytest.raises(Exception, match="nonsense") as caught:
        async with database.transaction() as tx:
            await tx.fetch("SELECT * FROM nonsense")
    assert not isinstance(caught.value, StoreUnavailable)


async def test_who_gives_up_while_a_transaction_begins_leaves_nothing_open(
    postgres_store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    async def one() -> None:
        async with postgres_store.transaction() as tx:
            await tx.communities.all()

    for turns in range(60):
        task = asyncio.create_task(one())
        for _ in range(turns % 12):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await one()
    assert "active transaction" not in caplog.text
