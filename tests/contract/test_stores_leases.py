"""Leases between processes: who holds the door, what becomes of a dead one's work, and how they wake each other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from payments.core.access import EffectState
from payments.core.billing import SnapshotPart
from payments.core.community import Identity, Platform
from payments.core.ids import CustomerId
from payments.ports.stores import LeaseLost
from sandbox.play import eventually
from storage.database import Database
from storage.open import open_database
from storage.store import SqlStore, open_store
from tests.contract import builders
from tests.contract.builders import ADA, NOW, lease

HOUR = 3_600_000
LIVES, DIED = "a" * 16, "d" * 16
ADAS = CustomerId("cus_ada_eur")


async def hold(store: SqlStore, token: str, ttl_ms: int = HOUR) -> bool:
    async with store.transaction() as tx:
        return await tx.leases.hold("door", token, ttl_ms)


# -- the door ----------------------------------------------------------------------------------------------------------


async def test_only_one_process_holds_the_door(store: SqlStore) -> None:
    assert await hold(store, LIVES)
    assert not await hold(store, DIED)
    assert await hold(store, LIVES), "its holder renews it"
    assert not await hold(store, DIED)


async def test_of_two_that_ask_at_once_one_gets_it(store: SqlStore) -> None:
    tokens = [f"process-{number}" for number in range(6)]
    assert sum(await asyncio.gather(*(hold(store, token) for token in tokens))) == 1


async def test_a_door_that_is_not_renewed_is_free_after_its_time(store: SqlStore) -> None:
    assert await hold(store, DIED)
    assert not await hold(store, LIVES)
    assert await hold(store, DIED, 1)
    assert await eventually(lambda: hold(store, LIVES), every=0.01)
    assert not await hold(store, DIED), "the former holder finds out"


async def test_a_door_that_is_given_back_is_free_at_once_and_only_its_holder_can(store: SqlStore) -> None:
    assert await hold(store, LIVES)
    async with store.transaction() as tx:
        await tx.leases.give_back("door", DIED)
    assert not await hold(store, DIED)
    async with store.transaction() as tx:
        await tx.leases.give_back("door", LIVES)
    assert await hold(store, DIED)


# -- what the dead held ------------------------------------------------------------------------------------------------


async def everything_claimed(store: SqlStore, process: str) -> None:
    """One piece of work of each kind, all held by a process for the next minute."""
    async with store.transaction() as tx:
        await builders.cave(tx)
        await builders.customer(tx)
        await tx.customers.mark([ADAS], SnapshotPart.ALL, NOW)
        await tx.accesses.want(builders.access(), NOW)
        await tx.notices.add(builders.notice())
        await tx.requests.add(builders.request(), at_once=True)
    await store.ingest(builders.event(customer_id=None), SnapshotPart.ALL)
    assert await claimable(store, process + "-1") == EVERYTHING


EVERYTHING = {"customers", "events", "requests", "effects", "notices"}


async def claimable(store: SqlStore, token: str) -> set[str]:
    """Takes what is free, and says of which kinds something was."""
    held = lease(token)
    async with store.transaction() as tx:
        found = {
            "customers": await tx.customers.claim(held, NOW, 9),
            "events": await tx.events.claim_unresolved(held, NOW, 9),
            "requests": await tx.requests.claim(["checkout"], held, NOW, 9),
            "effects": await tx.accesses.claim(Platform.DISCORD, held, NOW, 9),
            "notices": await tx.notices.claim(held, NOW, 9),
        }
    return {kind for kind, items in found.items() if items}


async def test_who_opens_the_door_takes_up_what_the_last_one_was_delivering(store: SqlStore) -> None:
    await everything_claimed(store, DIED)
    async with store.transaction() as tx:
        await tx.leases.free_deliveries()
    assert await claimable(store, LIVES) == {"effects", "notices"}


async def test_the_last_one_s_late_word_counts_no_more(store: SqlStore) -> None:
    await everything_claimed(store, DIED)
    async with store.transaction() as tx:
        [effect] = await tx.accesses.effects(community_id=None, states={EffectState.OPEN}, limit=9)
        await tx.leases.free_deliveries()
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await tx.accesses.done(effect, lease(DIED + "-1"), applied=True, now=NOW, machine_now=NOW)
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await tx.notices.done("failed-in_1", lease(DIED + "-1"))
    async with store.transaction() as tx:
        access = await tx.accesses.get(ADA, builders.ROLE)
    assert access is not None
    assert not access.applied


async def test_what_a_dead_process_was_settling_is_taken_up_and_a_living_one_s_is_not(store: SqlStore) -> None:
    await everything_claimed(store, DIED)
    async with store.transaction() as tx:
        await tx.leases.hold(f"process:{LIVES}", LIVES, HOUR)
        await tx.leases.hold(f"process:{DIED}", DIED, HOUR)
        await tx.leases.free_dead()
    assert await claimable(store, LIVES) == set(), "nobody is dead yet"
    async with store.transaction() as tx:
        await tx.leases.hold(f"process:{DIED}", DIED, 0)
        await tx.leases.free_dead()
    assert await claimable(store, LIVES) == {"customers", "events", "requests"}
    async with store.transaction() as tx:
        await tx.leases.free_dead()
    assert await claimable(store, "another") == set(), "those are held by one that lives"
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await tx.customers.settled(ADAS, lease(DIED + "-1"), 1, None)


async def processes(database: Database) -> list[str]:
    async with database.transaction() as tx:
        return [row["token"] for row in await tx.fetch("SELECT token FROM lease WHERE name LIKE 'process:%'")]


async def test_a_dead_process_is_forgotten_once_all_its_leases_are_over(store_url: str) -> None:
    await (await open_store(store_url)).close()
    database = await open_database(store_url)
    store = SqlStore(database)
    async with store.transaction() as tx:
        await tx.leases.hold(f"process:{DIED}", DIED, -30_000)
        await tx.leases.free_dead()
    assert await processes(database) == [DIED]
    async with store.transaction() as tx:
        await tx.leases.hold(f"process:{DIED}", DIED, -90_000)
        await tx.leases.free_dead()
    assert await processes(database) == []
    await database.close()


# -- waking each other -------------------------------------------------------------------------------------------------


@asynccontextmanager
async def listening(store: SqlStore) -> AsyncIterator[list[str]]:
    """What a process hears of the others."""
    heard: list[str] = []
    task = asyncio.create_task(store.subscribe(heard.append))
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.wait({task})


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 -- a list rings no bell
            await asyncio.sleep(0.02)


async def test_processes_on_postgresql_wake_each_other_and_not_themselves(postgres_url: str) -> None:
    one, two = await open_store(postgres_url), await open_store(postgres_url)
    assert one.shared
    async with listening(one) as by_one, listening(two) as by_two:

        def ringing() -> bool:
            one.notify("effects")
            return "effects" in by_two

        def ringing_back() -> bool:
            two.notify("customers")
            return "customers" in by_one

        await until(ringing)
        await until(ringing_back)  # whoever does not listen yet hears nothing
        assert "effects" not in by_one
        assert "customers" not in by_two
    await one.close()
    await two.close()


async def test_a_lost_connection_between_processes_is_made_anew(postgres_url: str) -> None:
    one, two = await open_store(postgres_url), await open_store(postgres_url)
    async with listening(two) as heard:

        def ringing() -> bool:
            one.notify("effects")
            return bool(heard)

        await until(ringing)
        admin = await asyncpg.connect(postgres_url)
        gone = await admin.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await admin.close()
        assert len(gone) >= 2
        await asyncio.sleep(0.05)
        heard.clear()
        await until(ringing)
    await one.close()
    await two.close()


async def test_what_was_rung_last_is_said_before_a_process_ends(postgres_url: str) -> None:
    one, two = await open_store(postgres_url), await open_store(postgres_url)
    async with listening(two) as heard:

        def ringing() -> bool:
            one.notify("effects")
            return bool(heard)

        await until(ringing)
        one.notify("door")
        await one.close()
        await until(lambda: "door" in heard)
    await two.close()


async def test_alone_on_sqlite_there_is_nobody_to_wake(sqlite_store: SqlStore) -> None:
    assert not sqlite_store.shared
    sqlite_store.notify("effects")
    async with asyncio.timeout(60):
        await sqlite_store.subscribe(lambda _queue: pytest.fail("nobody rang"))


# -- sessions at a platform --------------------------------------------------------------------------------------------


async def test_the_allowance_of_a_bot_is_its_own_and_is_kept(store: SqlStore) -> None:
    one, other = Identity(Platform.DISCORD, "1"), Identity(Platform.DISCORD, "2")
    async with store.transaction() as tx:
        assert await tx.sessions.used_until(one) == 0
        await tx.sessions.use(one, NOW)
        await tx.sessions.use(one, NOW + 1)
    async with store.transaction() as tx:
        assert await tx.sessions.used_until(one) == NOW + 1
        assert await tx.sessions.used_until(other) == 0
