"""Webhooks: the shared commit (invariant 1), and the events that name no customer."""

import asyncio
import os
import signal
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from payments.core.billing import SnapshotPart
from payments.core.ids import CustomerRef, EventId, InvoiceId
from payments.ports.stores import ClaimedCustomer, EventState, Ingested, LeaseLost, Retry, StoreUnavailable
from storage.database import Database, Delivery
from storage.engines import sqlite as sqlite_engine
from storage.event_batches import BATCH_MAX, QUEUE_MAX, Ingester
from storage.open import open_database
from storage.store import SqlStore, open_store
from tests.contract import builders
from tests.contract.builders import ACCOUNT, BEN, NOW, event, lease

ADA_AT_STRIPE = CustomerRef("cus_Sadaeur")
NEW = Ingested(new=True, state=EventState.MARKED)


async def known(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await builders.customer(tx)


async def claim(store: SqlStore, at: int = NOW, token: str = "one") -> list[ClaimedCustomer]:
    async with store.transaction() as tx:
        return list(await tx.customers.claim(lease(token, at + 60_000), at, 10))


async def settle(store: SqlStore) -> None:
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.settled(claimed.customer.id, lease(), claimed.mark_seq, None)
        await tx.events.settled(ACCOUNT, [ADA_AT_STRIPE], claimed.mark_seq)


async def test_what_an_event_marks_waits_for_the_pause_after_a_settlement_and_what_else_marks_does_not(
    store: SqlStore,
) -> None:
    await known(store)
    await store.ingest(event(), SnapshotPart.INVOICES)
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.settled(claimed.customer.id, lease(), claimed.mark_seq, None, NOW + 1_000)
    await store.ingest(event("evt_2"), SnapshotPart.INVOICES)
    assert await claim(store, NOW + 999) == []
    [claimed] = await claim(store, NOW + 1_000)
    async with store.transaction() as tx:
        await tx.customers.settled(claimed.customer.id, lease(), claimed.mark_seq, None, NOW + 2_000)
        await tx.customers.mark([claimed.customer.id], SnapshotPart.INVOICES, NOW)
    assert len(await claim(store, NOW + 1_001)) == 1


async def test_who_waits_for_a_second_settlement_is_not_overtaken_by_everybodys_first(store: SqlStore) -> None:
    await known(store)
    async with store.transaction() as tx:
        bens = await builders.customer(tx, BEN)
    await store.ingest(event(), SnapshotPart.INVOICES)
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.settled(claimed.customer.id, lease(), claimed.mark_seq, None, NOW + 1_000)
    await store.ingest(event("evt_2"), SnapshotPart.INVOICES)  # paused, and dirty before Ben is
    async with store.transaction() as tx:
        await tx.customers.mark([bens.id], SnapshotPart.INVOICES, NOW + 900)
        [first] = await tx.customers.claim(lease("two"), NOW + 1_000, 1)
    assert first.customer.id == claimed.customer.id


async def test_a_pause_by_a_clock_that_was_ahead_does_not_outlast_the_next_event(store: SqlStore) -> None:
    await known(store)
    await store.ingest(event(), SnapshotPart.INVOICES)
    [claimed] = await claim(store)
    now = time.time_ns() // 1_000_000
    async with store.transaction() as tx:
        await tx.customers.settled(claimed.customer.id, lease(), claimed.mark_seq, None, now + 3_600_000)
    await store.ingest(event("evt_2"), SnapshotPart.INVOICES)
    assert len(await claim(store, NOW)) == 1


async def test_an_event_has_what_failed_tried_again_at_once(store: SqlStore) -> None:
    await known(store)
    await store.ingest(event(), SnapshotPart.INVOICES)
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.failed(claimed.customer.id, lease(), Retry("away", NOW + 60_000))
    assert await claim(store, NOW + 1) == []
    await store.ingest(event("evt_2"), SnapshotPart.INVOICES)
    assert len(await claim(store, NOW + 1)) == 1


async def test_an_event_of_a_known_customer_marks_it_in_the_same_commit(store: SqlStore) -> None:
    await known(store)
    assert await store.ingest(event(), SnapshotPart.INVOICES) == NEW
    [claimed] = await claim(store)
    assert (claimed.parts, claimed.mark_seq, claimed.dirty_since_at) == (SnapshotPart.INVOICES, 1, NOW + 1)
    async with store.transaction() as tx:
        assert await tx.events.get(ACCOUNT, EventId("evt_1")) == event()
        assert await tx.events.get(ACCOUNT, EventId("evt_2")) is None


@pytest.mark.parametrize("stripe_id", [None, "cus_stranger"])
async def test_an_event_of_nobody_known_is_unresolved(store: SqlStore, stripe_id: str | None) -> None:
    await known(store)
    stranger = event(customer_id=stripe_id)
    assert await store.ingest(stranger, SnapshotPart.DISPUTES) == Ingested(new=True, state=EventState.UNRESOLVED)
    assert await store.ingest(stranger, SnapshotPart.DISPUTES) == Ingested(new=False, state=EventState.UNRESOLVED)
    assert (await store.counts())["events_unresolved"] == 1
    assert await claim(store) == []


async def test_an_event_of_a_type_without_meaning_for_us_is_only_noted(store: SqlStore) -> None:
    await known(store)
    for new in (True, False):
        assert await store.ingest(event(kind="balance.available"), None) == Ingested(new=new, state=EventState.NOTED)
    assert await claim(store) == []


async def test_a_second_delivery_of_what_waits_to_be_settled_adds_no_mark(store: SqlStore) -> None:
    await known(store)
    await store.ingest(event(), SnapshotPart.INVOICES)
    assert await store.ingest(event(), SnapshotPart.INVOICES) == Ingested(new=False, state=EventState.MARKED)
    [claimed] = await claim(store)
    assert claimed.mark_seq == 1
    await store.ingest(event(), SnapshotPart.INVOICES)
    async with store.transaction() as tx:
        await tx.customers.settled(claimed.customer.id, lease(), claimed.mark_seq, None)
    assert await claim(store) == []


@pytest.mark.parametrize("dead", [False, True])
async def test_a_second_delivery_drives_again_what_could_not_be_settled(store: SqlStore, *, dead: bool) -> None:
    await known(store)
    await store.ingest(event(), SnapshotPart.INVOICES)
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.failed(claimed.customer.id, lease(), Retry("down", NOW + 10**9, dead=dead))
    assert await claim(store) == []
    assert await store.ingest(event(), SnapshotPart.INVOICES) == Ingested(new=False, state=EventState.MARKED)
    [again] = await claim(store)
    assert (again.mark_seq, again.attempts) == (2, 0)


async def test_a_second_delivery_during_a_last_attempt_keeps_the_customer_alive(store: SqlStore) -> None:
    await known(store)
    await store.ingest(event(), SnapshotPart.INVOICES)
    [first] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.failed(first.customer.id, lease(), Retry("down", NOW))
    [last] = await claim(store)
    await store.ingest(event(), SnapshotPart.INVOICES)
    async with store.transaction() as tx:
        await tx.customers.failed(last.customer.id, lease(), Retry("used up", NOW, dead=True))
    assert (await store.counts())["customers_dead"] == 0


async def test_a_second_delivery_drives_what_was_settled_without_its_event(store: SqlStore) -> None:
    await known(store)
    await store.ingest(event(), SnapshotPart.INVOICES)
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.settled(claimed.customer.id, lease(), claimed.mark_seq, None)
    await store.ingest(event(), SnapshotPart.INVOICES)
    assert len(await claim(store)) == 1


async def test_what_marked_a_customer_is_told_with_its_marks_up_to_one(store: SqlStore) -> None:
    await known(store)
    await store.ingest(event("evt_0"), SnapshotPart.INVOICES)
    await settle(store)
    await store.ingest(event("evt_1"), SnapshotPart.INVOICES)
    await store.ingest(event("evt_2", kind="invoice.created"), SnapshotPart.INVOICES)
    [claimed] = await claim(store)
    await store.ingest(event("evt_3"), SnapshotPart.INVOICES)
    await store.ingest(event("evt_4", customer_id="cus_stranger"), SnapshotPart.INVOICES)
    async with store.transaction() as tx:
        found = await tx.events.marking(ACCOUNT, ADA_AT_STRIPE, claimed.mark_seq, 10)
        assert len(await tx.events.marking(ACCOUNT, ADA_AT_STRIPE, claimed.mark_seq, 1)) == 1
    assert claimed.settled_seq == 1
    assert {(one.type, one.mark_seq) for one in found} == {(event().type, 2), ("invoice.created", 3)}
    assert {one.object_id for one in found} == {event().object_id}


async def test_a_second_delivery_of_a_settled_event_changes_nothing(store: SqlStore) -> None:
    await known(store)
    await store.ingest(event(), SnapshotPart.INVOICES)
    await settle(store)
    assert await store.ingest(event(), SnapshotPart.INVOICES) == Ingested(new=False, state=EventState.SETTLED)
    assert await claim(store) == []


async def test_an_event_that_comes_during_a_settlement_is_answered_by_the_next(store: SqlStore) -> None:
    await known(store)
    await store.ingest(event(), SnapshotPart.INVOICES)
    [claimed] = await claim(store)
    await store.ingest(event("evt_2"), SnapshotPart.CHARGES)
    async with store.transaction() as tx:
        await tx.customers.settled(claimed.customer.id, lease(), claimed.mark_seq, None)
        await tx.events.settled(ACCOUNT, [ADA_AT_STRIPE], claimed.mark_seq)
    assert await store.ingest(event(), SnapshotPart.INVOICES) == Ingested(new=False, state=EventState.SETTLED)
    assert await store.ingest(event("evt_2"), SnapshotPart.CHARGES) == Ingested(new=False, state=EventState.MARKED)
    [again] = await claim(store)
    assert SnapshotPart.CHARGES in again.parts


async def test_an_event_wakes_a_customer_that_was_given_up(store: SqlStore) -> None:
    await known(store)
    await store.ingest(event(), SnapshotPart.INVOICES)
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.failed(claimed.customer.id, lease(), Retry("used up", NOW + 10**9, dead=True))
    await store.ingest(event("evt_2"), SnapshotPart.INVOICES)
    [again] = await claim(store)
    assert again.attempts == 0


async def test_an_unresolved_event_finds_its_customer(store: SqlStore) -> None:
    await known(store)
    await store.ingest(event(customer_id=None), SnapshotPart.DISPUTES)
    async with store.transaction() as tx:
        [found] = await tx.events.claim_unresolved(lease(), NOW, 10)
        assert found == event(customer_id=None)
        assert await tx.events.claim_unresolved(lease("two"), NOW, 10) == []
        assert not await tx.events.resolved(found, lease(), CustomerRef("cus_9"), SnapshotPart.DISPUTES, NOW)
        assert await tx.events.resolved(found, lease(), ADA_AT_STRIPE, SnapshotPart.DISPUTES, NOW)
    # Its customer is known to the row now, so a second delivery finds it too.
    assert await store.ingest(event(customer_id=None), SnapshotPart.DISPUTES) == Ingested(
        new=False, state=EventState.MARKED
    )
    [claimed] = await claim(store)
    assert (claimed.parts, claimed.mark_seq) == (SnapshotPart.DISPUTES, 1)


async def test_an_unresolved_event_is_resolved_by_a_delivery_once_its_customer_is_known(store: SqlStore) -> None:
    await store.ingest(event(), SnapshotPart.INVOICES)
    await known(store)
    assert await store.ingest(event(), SnapshotPart.INVOICES) == Ingested(new=False, state=EventState.MARKED)
    await settle(store)
    assert await store.ingest(event(), SnapshotPart.INVOICES) == Ingested(new=False, state=EventState.SETTLED)


@pytest.mark.parametrize("state", [EventState.FOREIGN, EventState.NOTED])
async def test_a_filed_event_stays_filed(store: SqlStore, state: EventState) -> None:
    await store.ingest(event(), SnapshotPart.INVOICES)
    async with store.transaction() as tx:
        [found] = await tx.events.claim_unresolved(lease(), NOW, 10)
        await tx.events.file(found, lease(), state)
        assert await tx.events.claim_unresolved(lease(), NOW + 10**9, 10) == []
    assert await store.ingest(event(), SnapshotPart.INVOICES) == Ingested(new=False, state=state)


async def test_an_event_that_cannot_be_resolved_dies_and_is_replayed(store: SqlStore) -> None:
    await store.ingest(event(), SnapshotPart.INVOICES)
    async with store.transaction() as tx:
        [found] = await tx.events.claim_unresolved(lease(), NOW, 10)
        await tx.events.failed(found, lease(), Retry("Stripe is down", NOW + 10))
        assert await tx.events.claim_unresolved(lease(), NOW + 9, 10) == []
        [found] = await tx.events.claim_unresolved(lease(), NOW + 10, 10)
        assert found.attempts == 1
        await tx.events.release(lease())
        [found] = await tx.events.claim_unresolved(lease("two"), NOW + 10, 10)
        with pytest.raises(LeaseLost):
            await tx.events.failed(found, lease(), Retry("late", NOW))
        with pytest.raises(LeaseLost):
            await tx.events.file(found, lease(), EventState.FOREIGN)
        await tx.events.failed(found, lease("two"), Retry("used up", NOW, dead=True))
    assert (await store.counts())["events_dead"] == 1
    assert await store.ingest(event(), SnapshotPart.INVOICES) == Ingested(new=False, state=EventState.UNRESOLVED)
    async with store.transaction() as tx:
        assert await tx.events.replay_dead() == 0
        [found] = await tx.events.claim_unresolved(lease(), NOW, 10)
        await tx.events.failed(found, lease(), Retry("used up", NOW, dead=True))
        assert await tx.events.replay_dead() == 1
        [found] = await tx.events.claim_unresolved(lease(), NOW, 10)
        assert found.attempts == 0


async def test_a_customer_resolved_under_a_lost_lease_is_not_marked(store: SqlStore) -> None:
    await known(store)
    await store.ingest(event(customer_id=None), SnapshotPart.DISPUTES)
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await tx.events.resolved(
                event(customer_id=None), lease("nobody's"), ADA_AT_STRIPE, SnapshotPart.DISPUTES, NOW
            )
    assert await claim(store) == []


async def test_the_earliest_failure_of_an_invoice_is_remembered(store: SqlStore) -> None:
    failure = builders.event("evt_9", kind="invoice.payment_failed")
    async with store.transaction() as tx:
        assert await tx.events.first_failure(ACCOUNT, InvoiceId("in_1")) is None
    await store.ingest(failure, SnapshotPart.INVOICES)
    await store.ingest(builders.event("evt_8", kind="invoice.paid"), SnapshotPart.INVOICES)
    async with store.transaction() as tx:
        assert await tx.events.first_failure(ACCOUNT, InvoiceId("in_1")) == NOW
        assert await tx.events.first_failure(ACCOUNT, InvoiceId("in_2")) is None
        assert await tx.events.seen(ACCOUNT, "invoice.payment_failed", ["in_1", "in_2"]) == {"in_1"}


class Counting:
    """A real database that counts the commits of events."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dialect = database.dialect
        self.transaction = database.transaction
        self.close = database.close
        self.ingest_writers = database.ingest_writers
        self.batches: list[int] = []

    async def write_events(self, batch: list[Delivery]) -> object:
        self.batches.append(len(batch))
        return await self._database.write_events(batch)


async def test_hundreds_of_webhooks_at_once_share_a_few_commits(store: SqlStore, store_url: str) -> None:
    await known(store)
    counting = Counting(await open_database(store_url))
    ingester = Ingester(counting)  # type: ignore[arg-type]  # its write_events takes a list, which is all it is given
    answers = await asyncio.gather(
        *(ingester.ingest(event(f"evt_{number % 600}"), SnapshotPart.INVOICES) for number in range(900))
    )
    await ingester.close()
    await counting.close()
    assert len(counting.batches) <= 6
    assert max(counting.batches) <= BATCH_MAX
    assert sum(answer.new for answer in answers) == 600
    assert {answer.state for answer in answers} == {"marked"}
    [claimed] = await claim(store)
    assert claimed.mark_seq >= 1
    async with store.transaction() as tx:
        for number in range(600):
            assert await tx.events.get(ACCOUNT, EventId(f"evt_{number}")) is not None


@pytest.mark.parametrize("question", [sqlite_engine._KNOWN_EVENTS, sqlite_engine._KNOWN_CUSTOMERS])
async def test_a_batch_seeks_what_it_names_and_reads_no_table_through(tmp_path: Path, question: str) -> None:
    """Or each batch would cost more with every event that was ever stored."""
    await (await open_store(f"sqlite:///{tmp_path}/plan.db")).close()
    asked = question.format(keys=", ".join(["(?, ?)"] * 64))
    database = sqlite3.connect(tmp_path / "plan.db")
    steps = [row[3] for row in database.execute("EXPLAIN QUERY PLAN " + asked, [""] * 128)]
    database.close()
    assert {step for step in steps if step.startswith("SCAN")} == {"SCAN 64 CONSTANT ROWS", "SCAN key"}, steps


async def test_a_caller_who_goes_away_does_not_hurt_the_others(store: SqlStore) -> None:
    await known(store)
    calls = [asyncio.create_task(store.ingest(event(f"evt_{number}"), SnapshotPart.INVOICES)) for number in range(20)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [answer == NEW for answer in answers] == [False, True] * 10
    assert await store.ingest(event("evt_after"), SnapshotPart.INVOICES) == NEW


async def test_an_event_that_cannot_be_stored_does_not_take_the_others_with_it(store: SqlStore) -> None:
    broken = builders.event("evt_broken")
    object.__setattr__(broken, "body", object())  # no driver can store this
    answers = await asyncio.gather(
        store.ingest(event("evt_1"), None),
        store.ingest(broken, None),
        store.ingest(event("evt_2"), None),
        return_exceptions=True,
    )
    assert answers[0] == answers[2] == Ingested(new=True, state=EventState.NOTED)
    assert isinstance(answers[1], Exception)
    assert not isinstance(answers[1], StoreUnavailable)


async def test_closing_stores_what_waits_and_refuses_the_rest(store_url: str) -> None:
    store = await open_store(store_url)
    calls = [asyncio.create_task(store.ingest(event(f"evt_{number}"), None)) for number in range(300)]
    await asyncio.sleep(0)
    await store.close()
    assert {answer.new for answer in await asyncio.gather(*calls)} == {True}
    with pytest.raises(StoreUnavailable):
        await store.ingest(event("evt_late"), None)


async def test_more_than_the_queue_holds_is_refused_at_once(sqlite_store: SqlStore) -> None:
    calls = [asyncio.create_task(sqlite_store.ingest(event(f"evt_{n}"), None)) for n in range(QUEUE_MAX + 1)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(answer, StoreUnavailable) for answer in answers) == 1
    assert isinstance(answers[-1], StoreUnavailable)


async def test_two_processes_that_get_one_event_store_it_once(postgres_url: str, postgres_store: SqlStore) -> None:
    await known(postgres_store)
    other = await open_store(postgres_url)
    answers = await asyncio.gather(
        *(
            store.ingest(event(f"evt_{n % 50}"), SnapshotPart.INVOICES)
            for n in range(400)
            for store in (postgres_store, other)
        )
    )
    await other.close()
    assert sum(answer.new for answer in answers) == 50
    assert {answer.state for answer in answers} == {"marked"}


CRASH = """
import asyncio, sys
from storage.store import open_store
from payments.core.billing import SnapshotPart
from tests.contract.builders import event

async def main():
    store = await open_store(sys.argv[1])
    await store.ingest(event("evt_acked"), SnapshotPart.INVOICES)
    print("acked", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_an_acked_event_is_there_after_a_crash(store_url: str) -> None:
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CRASH, store_url, stdout=asyncio.subprocess.PIPE, cwd=root, env=dict(os.environ)
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"acked\n"
        process.send_signal(signal.SIGKILL)
        await process.wait()
    store = await open_store(store_url)
    async with store.transaction() as tx:
        assert await tx.events.get(ACCOUNT, EventId("evt_acked")) == event("evt_acked")
    await store.close()
