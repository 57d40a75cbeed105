"""Customers: marks, leases, settling (invariant 2)."""

import asyncio
from dataclasses import replace

import pytest

from payments.core.billing import SnapshotPart
from payments.core.ids import AccountId, CustomerId, CustomerRef
from payments.ports.stores import ClaimedCustomer, LeaseLost, Retry
from storage.database import Delivery
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import ACCOUNT, ADA, BEN, NOW, lease

ADAS = CustomerId("cus_ada_eur")


async def dirty(store: SqlStore, parts: SnapshotPart = SnapshotPart.INVOICES) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await builders.customer(tx)
        await tx.customers.mark([ADAS], parts, NOW)


async def claim(store: SqlStore, token: str = "one", at: int = NOW) -> list[ClaimedCustomer]:
    async with store.transaction() as tx:
        return list(await tx.customers.claim(lease(token, at + 60_000), at, 10))


async def test_a_person_is_one_customer_a_currency(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        euros = await builders.customer(tx)
        assert await tx.customers.ensure(replace(euros, id=CustomerId("cus_x"), stripe_id=None), NOW) == euros
        dollars = await builders.customer(tx, currency="usd")
        assert await tx.customers.of_person(ADA) == [euros, dollars]
        assert await tx.customers.get(ADAS) == euros
        assert await tx.customers.get(CustomerId("cus_x")) is None


async def test_stripes_id_and_the_email_come_later(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        customer = await builders.customer(tx)
        await tx.customers.set_stripe_id(ADAS, CustomerRef("cus_new"))
        await tx.customers.set_email(ADAS, "ada@example.org")
        changed = replace(customer, stripe_id=CustomerRef("cus_new"), email="ada@example.org")
        assert await tx.customers.get(ADAS) == changed


async def test_stripes_customers_that_we_have_are_told_from_others(store: SqlStore) -> None:
    strangers = {CustomerRef(f"cus_stranger_{number}") for number in range(1_000)}
    async with store.transaction() as tx:
        await builders.cave(tx)
        known = (await builders.customer(tx)).stripe_id
        assert known is not None
        assert await tx.customers.known_stripe(ACCOUNT, {*strangers, known}) == {known}
        assert await tx.customers.known_stripe(AccountId("acct_other"), {known}) == set()
        assert await tx.customers.known_stripe(ACCOUNT, []) == set()


async def replaced(store: SqlStore) -> CustomerRef:
    """Ada's customer was deleted at Stripe, twice; the first of its former ids."""
    async with store.transaction() as tx:
        await builders.cave(tx)
        first = (await builders.customer(tx)).stripe_id
        for name in ("cus_second", "cus_third", "cus_third"):
            await tx.customers.set_stripe_id(ADAS, CustomerRef(name))
    assert first is not None
    return first


async def test_former_ids_at_stripe_are_kept_known_and_marked(store: SqlStore) -> None:
    first = await replaced(store)
    async with store.transaction() as tx:
        every = {first, CustomerRef("cus_second"), CustomerRef("cus_third")}
        assert await tx.customers.known_stripe(ACCOUNT, every) == every
        assert await tx.customers.known_stripe(AccountId("acct_other"), every) == set()
        assert await tx.customers.former([ADAS, CustomerId("cus_of_nobody")]) == {ADAS: [first, "cus_second"]}
        assert await tx.customers.mark_stripe(ACCOUNT, {first}, SnapshotPart.CHARGES, NOW) == 1
        assert await tx.customers.mark_stripe(ACCOUNT, every, SnapshotPart.CHARGES, NOW) == 1
        assert await tx.customers.mark_stripe(AccountId("acct_other"), every, SnapshotPart.CHARGES, NOW) == 0
    [claimed] = await claim(store)
    assert (claimed.customer.stripe_id, claimed.former) == ("cus_third", (first, "cus_second"))


async def test_of_two_that_replace_a_customer_at_once_neither_id_is_lost(store: SqlStore) -> None:
    first = await replaced(store)

    async def replace_it(name: str) -> None:
        async with store.transaction() as tx:
            await tx.customers.set_stripe_id(ADAS, CustomerRef(name))

    async with store.transaction() as tx:
        await tx.customers.set_stripe_id(ADAS, CustomerRef("cus_fourth"))
        later = asyncio.create_task(replace_it("cus_fifth"))
        await asyncio.sleep(0.2)  # it waits for the first one's commit
    await later
    async with store.transaction() as tx:
        every = {first, *(CustomerRef(f"cus_{one}") for one in ("second", "third", "fourth", "fifth"))}
        assert await tx.customers.known_stripe(ACCOUNT, every) == every


async def test_an_event_of_a_former_id_marks_the_customer_and_is_settled_with_it(store: SqlStore) -> None:
    first = await replaced(store)
    now = CustomerRef("cus_third")
    with_both = [
        store.ingest(builders.event("evt_1", customer_id=first), SnapshotPart.CHARGES),
        store.ingest(builders.event("evt_2", customer_id=now), SnapshotPart.INVOICES),
        store.ingest(builders.event("evt_3", customer_id=None), SnapshotPart.CHARGES),
    ]
    assert [one.state for one in await asyncio.gather(*with_both)] == ["marked", "marked", "unresolved"]
    async with store.transaction() as tx:
        [unresolved] = await tx.events.claim_unresolved(lease(), NOW, 10)
        assert await tx.events.resolved(unresolved, lease(), first, SnapshotPart.DISPUTES, NOW)
    [claimed] = await claim(store)
    assert claimed.parts == SnapshotPart.CHARGES | SnapshotPart.INVOICES | SnapshotPart.DISPUTES
    async with store.transaction() as tx:
        await tx.customers.settled(ADAS, lease(), claimed.mark_seq, None)
        await tx.events.settled(ACCOUNT, [now, *claimed.former], claimed.mark_seq)
    for name in ("evt_1", "evt_2", "evt_3"):
        again = await store.ingest(builders.event(name, customer_id=now), SnapshotPart.CHARGES)
        assert (again.new, again.state) == (False, "settled")


async def test_a_batch_that_waits_for_a_customer_knows_it_by_all_the_ids_that_it_names(store: SqlStore) -> None:
    first = await replaced(store)
    named = [first, CustomerRef("cus_second"), CustomerRef("cus_third")]
    batch = [Delivery(builders.event(f"evt_{name}", customer_id=name), SnapshotPart.CHARGES) for name in named]
    async with store.transaction() as tx:
        await tx.customers.mark([ADAS], SnapshotPart.INVOICES, NOW)
        writing = asyncio.create_task(store._database.write_events(batch))
        await asyncio.sleep(0.2)  # it waits for the mark's commit
    assert [answer.state for answer in await writing] == ["marked"] * 3
    [claimed] = await claim(store)
    assert claimed.parts == SnapshotPart.CHARGES | SnapshotPart.INVOICES


async def test_a_mark_is_claimed_once_with_all_its_parts(store: SqlStore) -> None:
    await dirty(store)
    async with store.transaction() as tx:
        await tx.customers.mark([ADAS, ADAS], SnapshotPart.CHARGES, NOW + 5)
        assert await tx.customers.unsettled() == 1
    [claimed] = await claim(store)
    assert (claimed.customer.id, claimed.parts, claimed.mark_seq) == (
        ADAS,
        SnapshotPart.INVOICES | SnapshotPart.CHARGES,
        2,
    )
    assert (claimed.dirty_since_at, claimed.attempts) == (NOW, 0)
    assert await claim(store, "two") == []


async def test_a_settled_customer_is_clean(store: SqlStore) -> None:
    await dirty(store)
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.settled(ADAS, lease(), claimed.mark_seq, None)
        assert await tx.customers.unsettled() == 0
    assert await claim(store, "two") == []


async def test_a_mark_during_a_settlement_survives_it(store: SqlStore) -> None:
    await dirty(store)
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.mark([ADAS], SnapshotPart.DISPUTES, NOW + 7)
    assert await claim(store, "two", NOW + 8) == []  # one settlement at a time
    async with store.transaction() as tx:
        await tx.customers.settled(ADAS, lease(), claimed.mark_seq, None)
    [again] = await claim(store, "two", NOW + 9)
    assert SnapshotPart.DISPUTES in again.parts
    assert (again.mark_seq, again.dirty_since_at) == (2, NOW + 7)


async def test_a_customer_of_whom_there_was_no_news_is_clean_and_looked_at_again_when_it_was_to_be(
    store: SqlStore,
) -> None:
    await dirty(store)
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.settled(ADAS, lease(), claimed.mark_seq, NOW + 500, NOW + 300)
        await tx.customers.mark([ADAS], SnapshotPart.ALL, NOW)
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.mark([ADAS], SnapshotPart.CHARGES, NOW)  # what comes meanwhile stays
        await tx.customers.nothing_new(ADAS, lease(), claimed.mark_seq)
    [claimed] = await claim(store)
    assert (claimed.settled_seq, claimed.mark_seq) == (2, 3)
    assert SnapshotPart.CHARGES in claimed.parts
    async with store.transaction() as tx:
        await tx.customers.nothing_new(ADAS, lease(), claimed.mark_seq)
        assert await tx.customers.unsettled() == 0
        assert await tx.customers.mark_due(NOW + 500, 10) == 1
    [claimed] = await claim(store, "two")
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await tx.customers.nothing_new(ADAS, lease(), claimed.mark_seq)
    assert (await claim(store, "three", NOW + 120_000))[0].settled_seq == 3


async def test_a_settlement_under_a_lost_lease_commits_nothing(store: SqlStore) -> None:
    await dirty(store)
    [claimed] = await claim(store)
    assert len(await claim(store, "two", NOW + 60_000)) == 1  # the first worker took too long
    with pytest.raises(LeaseLost):  # noqa: PT012 - the whole transaction is what must not be committed
        async with store.transaction() as tx:
            await tx.entitlements.put(builders.entitlement())
            await tx.customers.settled(ADAS, lease(), claimed.mark_seq, None)
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await tx.customers.failed(ADAS, lease(), Retry("late", NOW))
    async with store.transaction() as tx:
        assert await tx.entitlements.of([ADA]) == []
        await tx.customers.settled(ADAS, lease("two"), claimed.mark_seq, None)


async def test_a_failed_settlement_waits_for_its_time(store: SqlStore) -> None:
    await dirty(store)
    await claim(store)
    async with store.transaction() as tx:
        await tx.customers.failed(ADAS, lease(), Retry("Stripe is down", NOW + 1000))
    assert await claim(store, "two", NOW + 999) == []
    [claimed] = await claim(store, "two", NOW + 1000)
    assert claimed.attempts == 1


async def test_a_dead_customer_is_replayed_or_lives_again_by_a_mark(store: SqlStore) -> None:
    await dirty(store)
    for wake in ("replay", "mark"):
        await claim(store)
        async with store.transaction() as tx:
            await tx.customers.failed(ADAS, lease(), Retry("attempts used up", NOW, dead=True))
            assert await tx.customers.unsettled() == 0
        assert (await store.counts())["customers_dead"] == 1
        assert await claim(store, "two") == []
        async with store.transaction() as tx:
            if wake == "replay":
                assert await tx.customers.replay_dead() == 1
            else:
                await tx.customers.mark([ADAS], SnapshotPart.INVOICES, NOW)
            assert await tx.customers.replay_dead() == 0
        assert (await store.counts())["customers_dirty"] == 1
    [claimed] = await claim(store)
    assert claimed.attempts == 0


async def test_a_customer_marked_during_its_last_attempt_does_not_die(store: SqlStore) -> None:
    await dirty(store)
    await claim(store)
    async with store.transaction() as tx:
        await tx.customers.mark([ADAS], SnapshotPart.INVOICES, NOW)
        await tx.customers.failed(ADAS, lease(), Retry("attempts used up", NOW + 10, dead=True))
    assert await claim(store, "two", NOW + 9) == []
    assert len(await claim(store, "two", NOW + 10)) == 1


async def test_a_stopping_worker_frees_what_it_holds(store: SqlStore) -> None:
    await dirty(store)
    await claim(store)
    async with store.transaction() as tx:
        await tx.customers.release(lease("another"))
    assert await claim(store, "two") == []
    async with store.transaction() as tx:
        await tx.customers.release(lease())
    assert len(await claim(store, "two")) == 1


async def test_those_dirty_longest_come_first(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await builders.customer(tx, ADA)
        bens = await builders.customer(tx, BEN)
        await tx.customers.mark([ADAS], SnapshotPart.ALL, NOW + 5)
        await tx.customers.mark([bens.id], SnapshotPart.ALL, NOW)
        await tx.customers.mark([bens.id], SnapshotPart.ALL, NOW + 9)
        first = await tx.customers.claim(lease(), NOW, 1)
        second = await tx.customers.claim(lease(), NOW, 1)
    assert [claimed.customer.id for claimed in [*first, *second]] == [bens.id, ADAS]


async def test_marks_by_stripes_ids_count_those_known(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await builders.customer(tx)
        strangers = [CustomerRef(f"cus_{number}") for number in range(1200)]
        known = CustomerRef("cus_Sadaeur")
        assert await tx.customers.mark_stripe(ACCOUNT, [*strangers, known], SnapshotPart.ALL, NOW) == 1
        assert await tx.customers.unsettled() == 1


async def test_timers_mark_those_whose_moment_has_come(store: SqlStore) -> None:
    await dirty(store)
    [claimed] = await claim(store)
    async with store.transaction() as tx:
        await tx.customers.settled(ADAS, lease(), claimed.mark_seq, NOW + 100)
        assert await tx.customers.mark_due(NOW + 99, 10) == 0
        assert await tx.customers.mark_due(NOW + 100, 0) == 0
        assert await tx.customers.mark_due(NOW + 100, 10) == 1
        assert await tx.customers.mark_due(NOW + 100, 10) == 0
    [again] = await claim(store)
    assert again.parts == SnapshotPart.ALL
