"""What time alone brings about, and what an admin takes up again."""

from __future__ import annotations

from payments.core.access import EffectState
from payments.core.billing import Checkout, CheckoutState, InvoiceStatus, SubscriptionStatus
from payments.core.community import Platform
from payments.core.ids import CheckoutId, CustomerRef, InvoiceId, PriceId, RequestId
from payments.flows.jobs import replay
from payments.flows.settlement import timers
from payments.ports.providers import ProviderRefused
from payments.ports.stores import Notice, ProviderRequest, RequestState, Retry
from storage.store import SqlStore
from tests.core.builders import ACCOUNT, DAY, GRACE, PRO, T0, invoice, subscription
from tests.flows.club_fixture import Club, open_club

ANN = CustomerRef("cus_ann_usd")


async def test_before_grace_is_over_and_when_it_is_the_customer_is_asked_about_and_only_then(club: Club) -> None:
    customer = await club.customer("ann")
    club.provider.put_subscription(ANN, subscription(SubscriptionStatus.PAST_DUE))
    club.provider.put_invoice(ANN, invoice())
    club.pass_time(30 * DAY)
    club.provider.put_invoice(ANN, invoice("in_2", InvoiceStatus.OPEN, at=club.clock.at, attempts=1))
    club.provider.event("invoice.payment_failed", "in_2", ANN)
    await club.settle(customer)
    assert await club.inside("ann")
    club.pass_time(GRACE - DAY - 1)
    assert await timers.tick(club.app) == 0
    club.pass_time(1)
    assert await timers.tick(club.app) == 1, "its end is reminded of"
    await club.settle()
    assert await club.inside("ann")
    club.pass_time(DAY - 1)
    assert await timers.tick(club.app) == 0
    club.pass_time(1)
    club.woken.clear()
    assert await timers.tick(club.app) == 1
    assert club.woken == ["customers"]
    await club.settle()
    assert not await club.inside("ann")
    assert await timers.tick(club.app) == 0


async def test_a_jump_of_the_clock_skips_nothing(club: Club) -> None:
    customer = await club.customer("ann")
    club.provider.put_subscription(ANN, subscription(cancel_at=T0 + DAY))
    await club.settle(customer)
    club.pass_time(365 * DAY)
    assert await timers.tick(club.app) == 1


async def test_a_link_whose_time_is_over_is_expired(club: Club) -> None:
    customer = await club.customer("ann")
    link = Checkout(
        CheckoutId("chk_1"),
        customer.person_id,
        customer.person_id,
        PRO,
        PriceId("prc_monthly"),
        customer.id,
        CheckoutState.OPEN,
        "cs_1",
        "https://pay.example",
        T0 + DAY,
        T0,
    )
    async with club.store.transaction() as tx:
        await tx.checkouts.add(link)
    await timers.tick(club.app)
    async with club.store.transaction() as tx:
        assert await tx.checkouts.current(customer.person_id, PRO) is not None
    club.pass_time(DAY)
    await timers.tick(club.app)
    async with club.store.transaction() as tx:
        assert await tx.checkouts.current(customer.person_id, PRO) is None


# -- the replay --------------------------------------------------------------------------------------------------------


async def test_a_replay_takes_up_everything_that_is_dead_or_blocked(store: SqlStore) -> None:
    club = await open_club(store)
    customer = await club.customer("ann")
    club.provider.put_subscription(ANN, subscription())
    await club.settle(customer)
    await club.webhook(club.provider.event("charge.dispute.created", "dp_1"))
    await _all_dead(club)
    counts = await club.store.counts()
    assert (counts["customers_dead"], counts["events_dead"], counts["effects_blocked"]) == (1, 1, 1)
    club.woken.clear()
    found = await replay.replay(club.app)
    assert (found.customers, found.events, found.effects, found.requests, found.notices) == (1, 1, 1, 1, 1)
    counts = await club.store.counts()
    assert (counts["customers_dirty"], counts["events_unresolved"], counts["effects_open"]) == (1, 1, 1)
    assert (counts["requests_pending"], counts["notices_open"]) == (1, 1)
    assert set(club.woken) == {"customers", "events", "effects", "requests", "notices", "updates"}
    again = await replay.replay(club.app)
    assert (again.customers, again.events, again.effects, again.requests, again.notices) == (0, 0, 0, 0, 0)


async def _all_dead(club: Club) -> None:
    """One piece of work of each queue has used up its attempts, or waits for an admin."""
    lease, dead = club.app.lease(), Retry("no", club.machine.at, dead=True)
    customer = await club.customer("ann")
    await club.mark(customer)
    async with club.store.transaction() as tx:
        await tx.customers.claim(lease, club.machine.at, 1)
        await tx.customers.failed(customer.id, lease, dead)
        (event,) = await tx.events.claim_unresolved(lease, club.machine.at, 1)
        await tx.events.failed(event, lease, dead)
        (effect,) = await tx.accesses.claim(Platform.DISCORD, lease, club.machine.at, 1)
        await tx.accesses.park(effect, lease, EffectState.BLOCKED, "hierarchy")
        await tx.notices.add(Notice("n_1", customer.person_id, "blocked", "{}", T0))
        await tx.notices.claim(lease, club.machine.at, 1)
        await tx.notices.failed("n_1", lease, dead)
        request = ProviderRequest(
            RequestId("req_1"),
            ACCOUNT,
            "customer",
            "x",
            "{}",
            RequestState.PENDING,
            None,
            0,
            0,
            None,
            club.machine.at - DAY,
        )
        await tx.requests.add(request)
        await tx.requests.claim(["customer"], lease, club.machine.at, 1)
        await tx.requests.failed(request.id, lease, dead)


async def test_a_customer_replayed_is_settled_like_any_other(club: Club) -> None:
    customer = await club.customer("ann")
    club.provider.put_subscription(ANN, subscription())
    await club.mark(customer)
    for _ in range(club.app.settings.attempts_max):
        club.provider.answers = [ProviderRefused("permission", "no")]
        await club.settle()
        club.pass_time(2 * 3_600_000)
    assert (await club.store.counts())["customers_dead"] == 1
    assert (await replay.replay(club.app)).customers == 1
    await club.settle()
    assert await club.inside("ann")
    assert InvoiceId("in_1") not in club.provider.customer(ANN).invoices
