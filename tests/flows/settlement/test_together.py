"""Many at once, and death at every point: invariants 1 to 3 under load and under SIGKILL's equivalent."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from payments.core.access import EffectState
from payments.core.billing import Customer, SubscriptionStatus
from payments.core.ids import CustomerRef, SubscriptionId
from payments.flows.jobs.replay import replay
from payments.flows.settlement import webhooks as ingest
from payments.flows.settlement.settle import settle_customer
from payments.ports.providers import ProviderEvent
from payments.ports.stores import LeaseLost
from storage.engines.postgres import PostgresTx
from storage.engines.sqlite_transaction import SqliteTx
from storage.store import SqlStore
from tests.core.builders import SUB, invoice, subscription
from tests.flows.club_fixture import Club, open_club, stripe_id

S = SubscriptionStatus
NAMES = ("ann", "ben", "cleo")


def gifts(club: Club, customer: Customer, payer: str, status: SubscriptionStatus) -> None:
    """Each of the three pays a subscription for each of the three."""
    for beneficiary in NAMES:
        fact = subscription(
            status,
            id_=SubscriptionId(f"sub_{payer}_{beneficiary}"),
            metadata={"guestlist_payer": f"prs_{payer}", "guestlist_beneficiary": f"prs_{beneficiary}"},
        )
        club.provider.put_subscription(stripe_id(customer), fact)


async def settle_all(club: Club) -> None:
    """Two processes settle whatever is dirty, one customer each at a time, until nothing is."""

    async def process() -> None:
        while await club.unsettled():
            claimed, lease = await club.claim(limit=1)
            for one in claimed:
                await settle_customer(club.app, one, lease)

    async with asyncio.timeout(300):
        await asyncio.gather(process(), process(), process())


# -- invariant 2: three customers, three persons, crosswise ------------------------------------------------------------


async def test_three_who_pay_for_each_other_settle_at_once_and_nobody_waits_for_ever(postgres_store: SqlStore) -> None:
    """A deadlock would be `StoreUnavailable`: nothing here may raise it, whatever else goes on meanwhile."""
    club = await open_club(postgres_store)
    customers = {name: await club.customer(name) for name in NAMES}
    stop = asyncio.Event()

    async def webhooks() -> None:
        while not stop.is_set():
            sent = [
                club.provider.event("customer.subscription.updated", f"sub_{n}", stripe_id(customers[n]))
                for n in random.sample(NAMES, 3)
            ]
            await asyncio.gather(*(club.webhook(event) for event in [*sent, *sent]))

    async def replays() -> None:
        while not stop.is_set():
            await replay(club.app)
            async with club.store.transaction() as tx:
                await tx.accesses.reopen_states({EffectState.OPEN, EffectState.DONE}, club.machine.at)

    for status in (S.ACTIVE, S.CANCELED, S.ACTIVE, S.CANCELED):
        stop.clear()
        for name in NAMES:
            gifts(club, customers[name], name, status)
            await club.mark(customers[name])
        beside = [asyncio.create_task(webhooks()), asyncio.create_task(replays())]
        for _ in range(6):
            await asyncio.gather(*(club.mark(customers[name]) for name in random.sample(NAMES, 3)))
            claimed, lease = await club.claim()
            await asyncio.gather(*(settle_customer(club.app, one, lease) for one in claimed))
        stop.set()
        await asyncio.gather(*beside)
        await settle_all(club)
        assert [await club.inside(name) for name in NAMES] == [status is S.ACTIVE] * 3


async def test_the_last_of_three_payers_to_end_is_the_one_that_revokes(postgres_store: SqlStore) -> None:
    club = await open_club(postgres_store)
    customers = {name: await club.customer(name) for name in NAMES}
    for name in NAMES:
        gifts(club, customers[name], name, S.ACTIVE)
    await club.settle(*customers.values())
    for name in NAMES:
        gifts(club, customers[name], name, S.CANCELED)
        await club.mark(customers[name])
    claimed, lease = await club.claim()
    assert len(claimed) == 3
    await asyncio.gather(*(settle_customer(club.app, one, lease) for one in claimed))
    assert [await club.inside(name) for name in NAMES] == [False] * 3


# -- death at every point ----------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here; nothing after it runs, nothing handles it."""


async def paid(club: Club) -> tuple[Customer, ProviderEvent]:
    """Ann has paid, and Stripe's webhook was acknowledged."""
    customer = await club.customer("ann")
    club.provider.put_subscription(stripe_id(customer), subscription())
    club.provider.put_invoice(stripe_id(customer), invoice())
    event = club.provider.event("invoice.paid", "in_1", stripe_id(customer))
    assert (await club.webhook(event)).state == "marked"
    return customer, event


async def taken_up_again(club: Club) -> None:
    """The next process finds the work once the lease of the dead one is over."""
    assert (await club.claim())[0] == []
    club.pass_time(61_000)
    claimed, lease = await club.claim()
    assert len(claimed) == 1
    await settle_customer(club.app, claimed[0], lease)


async def nothing_of_it_is_stored(club: Club, customer: Customer) -> None:
    assert await club.entitlements("ann") == []
    assert await club.access("ann") is None
    async with club.store.transaction() as tx:
        assert await tx.billing.subscriptions(customer.id) == []
        assert await tx.audit_log.of_person(customer.person_id, 10) == []


async def test_killed_after_the_fetch_the_next_process_settles(store: SqlStore) -> None:
    club = await open_club(store)
    customer, event = await paid(club)
    (claimed,), lease = await club.claim()

    async def killed() -> None:
        raise Killed

    club.provider.during = killed
    with pytest.raises(Killed):
        await settle_customer(club.app, claimed, lease)
    await nothing_of_it_is_stored(club, customer)
    await taken_up_again(club)
    assert await club.inside("ann")
    assert (await club.webhook(event)).state == "settled"


async def test_killed_at_each_write_of_the_commit_nothing_of_it_is_stored(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it dies among its writes: all of them are gone, and the next process makes all of them."""
    club = await open_club(store)
    customer, event = await paid(club)
    kind = _transactions_of(store)
    execute = kind.execute
    left = 0

    async def dying(self: Any, sql: str, *values: Any) -> int:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return int(await execute(self, sql, *values))

    for deaths in range(100):
        (claimed,), lease = await club.claim()
        with monkeypatch.context() as doomed:
            doomed.setattr(kind, "execute", dying)
            left = deaths
            try:
                await settle_customer(club.app, claimed, lease)
                break
            except Killed:
                pass
        await nothing_of_it_is_stored(club, customer)
        assert (await club.claim())[0] == []
        club.pass_time(61_000)
    assert deaths >= 8
    assert await club.inside("ann")
    assert (await club.webhook(event)).state == "settled"


def _transactions_of(store: SqlStore) -> type[Any]:
    return SqliteTx if store._database.one_process else PostgresTx


async def test_killed_after_the_commit_nothing_is_left_to_do(store: SqlStore) -> None:
    club = await open_club(store)
    _, event = await paid(club)

    def killed(_queue: str) -> None:
        raise Killed

    (claimed,), lease = await club.claim()
    club.app.wake = killed
    with pytest.raises(Killed):
        await settle_customer(club.app, claimed, lease)
    club.app.wake = club.woken.append
    club.pass_time(61_000)
    assert (await club.claim())[0] == []
    effect = await club.effect("ann")
    assert effect is not None
    assert effect.state is EffectState.OPEN
    assert (await club.webhook(event)).state == "settled"


async def test_a_settlement_that_comes_too_late_does_not_undo_the_other_s(store: SqlStore) -> None:
    """It fetched, slept through its lease, and another process fetched later and settled: what is older is dropped."""
    club = await open_club(store)
    customer, _ = await paid(club)
    (slow,), old_lease = await club.claim()

    async def another_settles_meanwhile() -> None:
        club.pass_time(61_000)
        club.provider.put_subscription(stripe_id(customer), subscription(S.CANCELED))
        claimed, lease = await club.claim()
        await settle_customer(club.app, claimed[0], lease)

    club.provider.during = another_settles_meanwhile
    with pytest.raises(LeaseLost):
        await settle_customer(club.app, slow, old_lease)
    assert not await club.inside("ann")
    assert await club.unsettled() == 0


async def test_what_a_killed_process_held_is_free_when_the_only_service_starts_again(store: SqlStore) -> None:
    """On SQLite at once; PostgreSQL may have others at work, so there the lease ends by its own time."""
    club = await open_club(store)
    await paid(club)
    await club.claim()
    await store.take_over()
    claimed, _ = await club.claim()
    assert len(claimed) == (1 if store._database.one_process else 0)


# -- a stranger who becomes ours ---------------------------------------------------------------------------------------


async def test_what_was_filed_as_foreign_is_covered_once_the_customer_is_ours(store: SqlStore) -> None:
    """An event is a hint: the next settlement asks for everything, whatever became of earlier hints."""
    club = await open_club(store)
    customer = await club.customer("ann", known=False)
    new = CustomerRef("cus_new")
    club.provider.put_subscription(new, subscription())
    club.provider.put_invoice(new, invoice())
    await club.webhook(club.provider.event("customer.subscription.created", SUB, new))
    for _ in range(ingest.STRANGER_ATTEMPTS):
        lease = club.app.lease()
        async with club.store.transaction() as tx:
            events = await tx.events.claim_unresolved(lease, club.machine.at, 10)
        for event in events:
            await ingest.resolve_event(club.app, event, lease)
        club.pass_time(16_000)
    assert (await club.store.counts())["events_unresolved"] == 0
    async with club.store.transaction() as tx:
        await tx.customers.set_stripe_id(customer.id, new)
    await club.webhook(club.provider.event("invoice.paid", "in_1", new))
    await club.settle()
    assert await club.inside("ann")
