"""What metrics tell of the database: drift, the oldest work, and since when something was heard."""

import re
import sqlite3
import time
from pathlib import Path

from payments.core.access import EffectState
from payments.core.billing import SnapshotPart
from payments.core.community import Platform
from payments.core.ids import CustomerId
from payments.ports.stores import Drift
from storage import metrics
from storage.store import SqlStore, open_store
from tests.contract import builders
from tests.contract.builders import ADA, BEN, NOW, ROLE, lease

ADAS = CustomerId("cus_ada_eur")
OPEN, BLOCKED = EffectState.OPEN, EffectState.BLOCKED


async def give(store: SqlStore, held_before: bool) -> None:
    """Ada's access is given, and then no longer wanted."""
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.accesses.want(builders.access(), NOW)
        [effect] = await tx.accesses.claim(Platform.DISCORD, lease(), NOW, 1)
        await tx.accesses.provenance(effect, lease(), held_before=held_before, user_id="ada")
        await tx.accesses.done(effect, lease(), applied=True, now=NOW, machine_now=NOW)


async def test_a_quiet_database_has_nothing_to_tell(store: SqlStore) -> None:
    await give(store, held_before=False)
    told = await store.figures()
    assert told.drift == []
    assert told.oldest == {}
    assert not any(told.counts.values())


async def test_who_paid_and_is_not_in_is_told_by_state(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.accesses.want(builders.access(ADA), NOW)
        await tx.accesses.want(builders.access(BEN), NOW + 5)
        [effect] = await tx.accesses.claim(Platform.DISCORD, lease(), NOW, 1)
        await tx.accesses.park(effect, lease(), BLOCKED, "hierarchy")
    told = await store.figures()
    assert sorted(told.drift, key=lambda d: d.state) == [
        Drift(Platform.DISCORD, True, BLOCKED, 1),
        Drift(Platform.DISCORD, True, OPEN, 1),
    ]
    assert told.oldest == {"effects": NOW + 5}
    assert (told.counts["effects_open"], told.counts["effects_blocked"]) == (1, 1)


async def test_who_is_in_and_does_not_pay_is_told_where_we_gave_it(store: SqlStore) -> None:
    await give(store, held_before=False)
    async with store.transaction() as tx:
        await tx.accesses.want(builders.access(wanted=False), NOW)
    assert (await store.figures()).drift == [Drift(Platform.DISCORD, False, OPEN, 1)]


async def test_what_was_held_before_is_not_told(store: SqlStore) -> None:
    await give(store, held_before=True)
    async with store.transaction() as tx:
        await tx.accesses.want(builders.access(wanted=False), NOW)
    assert (await store.figures()).drift == []


async def heard(store: SqlStore, token: str = "one") -> int | None:
    async with store.transaction() as tx:
        [claimed] = await tx.customers.claim(lease(token), NOW + 1, 1)
    return claimed.pending_since_at


async def test_a_customer_is_heard_of_by_the_real_clock_at_the_first_mark(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await builders.customer(tx)
    before = time.time() * 1000
    await store.ingest(builders.event(), SnapshotPart.ALL)
    first = (await store.figures()).oldest["customers"]
    assert before - 1_000 < first < time.time() * 1000 + 1_000
    async with store.transaction() as tx:
        await tx.customers.mark([ADAS], SnapshotPart.ALL, NOW)
    await store.ingest(builders.event("evt_2"), SnapshotPart.ALL)
    assert await heard(store) == first, "what came later waits no longer than the first"


async def test_once_settled_the_next_mark_is_heard_anew(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await builders.customer(tx)
        await tx.customers.mark([ADAS], SnapshotPart.ALL, NOW)
    first = await heard(store)
    assert first is not None
    async with store.transaction() as tx:
        await tx.customers.settled(ADAS, lease(), 1, None)
    assert "customers" not in (await store.figures()).oldest
    time.sleep(0.005)  # noqa: ASYNC251 -- the database's clock goes on
    async with store.transaction() as tx:
        await tx.customers.mark([ADAS], SnapshotPart.ALL, NOW)
    again = await heard(store)
    assert again is not None
    assert again > first


async def test_an_effect_remembers_when_it_was_heard_of_until_it_is_opened_for_another_reason(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.accesses.want(builders.access(), NOW, NOW - 700)
        effect = await tx.accesses.effect(ADA, ROLE)
        assert effect is not None
        assert effect.pending_since_at == NOW - 700
        await tx.accesses.reopen(ADA, ROLE, NOW)
        effect = await tx.accesses.effect(ADA, ROLE)
    assert effect is not None
    assert effect.pending_since_at is None


async def test_no_figure_looks_through_what_is_done(tmp_path: Path) -> None:
    """Years of events and effects: each question has a partial index."""
    await (await open_store(f"sqlite:///{tmp_path}/plan.db")).close()
    with sqlite3.connect(tmp_path / "plan.db") as database:
        for question in (metrics._COUNT, metrics._OLDEST_OF_ALL, metrics._DRIFT):
            steps = [row[3] for row in database.execute("EXPLAIN QUERY PLAN " + question)]
            scans = [step for step in steps if re.match(r"SCAN (?!CONSTANT)", step) and "USING" not in step]
            assert scans == [], steps
    database.close()
