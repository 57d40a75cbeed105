"""Transactions, and what happens at the same time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from payments.core.billing import SnapshotPart
from payments.core.community import Identity, Platform
from payments.core.ids import PersonId, PlanId
from payments.ports.stores import StoreUnavailable
from storage.database import ConstraintViolated, Database, finish
from storage.open import open_database
from storage.store import SqlStore, open_store
from tests.contract import builders
from tests.contract.builders import ADA, BEN, CAVE, NOW, SERVER, event, lease


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
            await builders.cave(tx)
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
        await tx.identities.ensure(Identity(Platform.DISCORD, "1"), typed, "en", PersonId("prs_ada"), NOW)
    async with store.transaction() as tx:
        assert await tx.identities.name(PersonId("prs_ada"), [Platform.DISCORD]) == kept


async def test_a_violated_constraint_rolls_back_and_leaves_the_store_usable(store: SqlStore) -> None:
    with pytest.raises(ConstraintViolated):  # noqa: PT012 - the whole transaction is what must not be committed
        async with store.transaction() as tx:
            await builders.cave(tx)
            await tx.entitlements.put(replace(builders.entitlement(), plan_id=PlanId("pln_none")))
    async with store.transaction() as tx:
        assert await tx.communities.at(SERVER) is None


async def test_a_cancelled_transaction_rolls_back_and_leaves_the_store_usable(store: SqlStore) -> None:
    inside = asyncio.Event()

    async def long() -> None:
        async with store.transaction() as tx:
            await builders.cave(tx)
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(long())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.transaction() as tx:
        assert await tx.communities.at(SERVER) is None
        await builders.cave(tx)


async def test_transactions_cancelled_at_any_moment_leave_whole_commits_only(store: SqlStore) -> None:
    async def add(number: int) -> None:
        async with store.transaction() as tx:
            for name in ("a", "b"):
                identity = Identity(Platform.DISCORD, f"{number}-{name}")
                await tx.identities.ensure(identity, name, "en", PersonId(f"prs_{number}_{name}"), NOW)

    for number in range(60):
        task = asyncio.create_task(add(number))
        for _ in range(number):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
    async with store.transaction() as tx:
        for number in range(60):
            first = await tx.identities.of(Identity(Platform.DISCORD, f"{number}-a"))
            second = await tx.identities.of(Identity(Platform.DISCORD, f"{number}-b"))
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
        await builders.cave(tx)
    entered: list[str] = []
    first_is_in = asyncio.Event()

    async def decide(name: str, number: int) -> int:
        async with store.transaction() as tx:
            await tx.identities.lock([BEN, ADA] if number == 1 else [ADA, BEN])
            entered.append(name)
            if number == 1:
                first_is_in.set()
                await asyncio.sleep(0.1)
            present = len(await tx.entitlements.of([ADA]))
            await tx.entitlements.put(builders.entitlement(ADA, number))
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
        await builders.cave(tx)
        await tx.identities.lock([ADA, ADA])
    assert (await version(database, ADA), await version(database, BEN)) == (1, 0)


async def test_without_the_lock_postgres_would_let_both_decide_at_once(postgres_store: SqlStore) -> None:
    """What makes the test of the lock a test: the same two transactions do overlap without it."""
    async with postgres_store.transaction() as tx:
        await builders.cave(tx)
    async with postgres_store.transaction() as one, postgres_store.transaction() as two:
        assert await one.entitlements.of([ADA]) == await two.entitlements.of([ADA]) == []
        await one.entitlements.put(builders.entitlement(ADA, 1))
        assert await two.entitlements.of([ADA]) == []


async def test_two_workers_never_claim_the_same_and_never_wait(postgres_store: SqlStore) -> None:
    async with postgres_store.transaction() as tx:
        await builders.cave(tx)
        await tx.accesses.want(builders.access(ADA), NOW)
        await tx.accesses.want(builders.access(BEN), NOW + 1)
    async with asyncio.timeout(60), postgres_store.transaction() as one, postgres_store.transaction() as two:
        [ada] = await one.accesses.claim(Platform.DISCORD, lease("one"), NOW + 1, 1)
        [ben] = await two.accesses.claim(Platform.DISCORD, lease("two"), NOW + 1, 1)
        assert (ada.person_id, ben.person_id) == (ADA, BEN)


async def test_many_transactions_at_once_all_come_through(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        customer = await builders.customer(tx)

    async def mark() -> None:
        async with store.transaction() as tx:
            await tx.identities.lock([ADA])
            await tx.customers.mark([customer.id], SnapshotPart.ALL, NOW)

    async with asyncio.timeout(60):
        await asyncio.gather(
            *(mark() for _ in range(40)), *(store.ingest(event(f"e{n}"), SnapshotPart.ALL) for n in range(40))
        )
    async with store.transaction() as tx:
        [claimed] = await tx.customers.claim(lease(), NOW, 1)
    assert 41 <= claimed.mark_seq <= 80


async def test_text_is_compared_by_bytes_on_both_engines(store: SqlStore) -> None:
    names = ["a", "B", "ä", "Z", "z", "É"]
    async with store.transaction() as tx:
        await builders.cave(tx)
        for name in names:
            await tx.communities.put_target(replace(builders.target(f"tgt_{name}", name), name=name))
        listed = [target.name for target in await tx.communities.targets(CAVE)]
    assert listed == sorted([*names, "Supporter"], key=str.encode)


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
