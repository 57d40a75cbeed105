"""Each night what is old and needed by nobody is forgotten, by the clock that its time was taken from."""

from bot.app.platform_host import tidy_up
from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.community import Identity, Platform
from payments.core.ids import CustomerRef
from payments.flows.jobs.forget import DAY_MS, KEPT_DAYS, forget_old
from payments.ports.stores import Aged
from tests.core.builders import invoice, subscription
from tests.flows.club_fixture import Club

ANN = CustomerRef("cus_ann_usd")
MAX = Identity(Platform.TELEGRAM, "9")


async def test_the_audit_is_kept_for_two_years_of_business_time(club: Club) -> None:
    customer = await club.customer("ann")
    club.provider.put_subscription(ANN, subscription(SubscriptionStatus.ACTIVE))
    await club.settle(customer)
    club.pass_time(KEPT_DAYS[Aged.AUDIT] * DAY_MS)
    assert (await forget_old(club.app))[Aged.AUDIT] == 0
    club.clock.at += 1
    assert (await forget_old(club.app))[Aged.AUDIT] > 0
    assert KEPT_DAYS[Aged.AUDIT] > 540, "a card's payment may be disputed for so many days"


async def test_the_nightly_comparison_ends_with_it(club: Club) -> None:
    async with club.store.transaction() as tx:
        await tx.codes.try_one(MAX, club.machine.now(), DAY_MS)
    club.pass_time(2 * DAY_MS)
    await tidy_up(club.app)
    async with club.store.transaction() as tx:
        tried, _ = await tx.codes.try_one(MAX, 0, DAY_MS)
    assert tried == 1


async def test_a_jump_of_business_time_does_not_clear_anyones_attempts_at_codes(club: Club) -> None:
    async with club.store.transaction() as tx:
        await tx.codes.try_one(MAX, club.machine.now(), DAY_MS)
    club.clock.at += 10 * DAY_MS
    assert (await forget_old(club.app))[Aged.GUESSES] == 0
    club.machine.at += 2 * DAY_MS
    assert (await forget_old(club.app))[Aged.GUESSES] == 1


async def test_a_bill_that_stays_unpaid_for_years_is_told_of_once(club: Club) -> None:
    customer = await club.customer("ann")
    club.provider.put_subscription(ANN, subscription(SubscriptionStatus.PAST_DUE))
    club.provider.put_invoice(ANN, invoice())
    club.provider.put_invoice(ANN, invoice("in_2", InvoiceStatus.OPEN, attempts=1))
    club.provider.event("invoice.payment_failed", "in_2", ANN)
    await club.settle(customer)
    assert [kind for _, kind, _ in await told(club)] == ["payment_failed"]
    club.pass_time(3 * 366 * DAY_MS)
    await forget_old(club.app)
    await club.settle(customer)
    assert "payment_failed" not in [kind for _, kind, _ in await told(club)]


async def told(club: Club) -> list[tuple[str, str, str]]:
    """What waits to be told; it is told now."""
    lease = club.app.lease()
    async with club.store.transaction() as tx:
        waiting = await tx.notices.claim(lease, club.machine.now(), 50)
        for notice in waiting:
            await tx.notices.done(notice.key, lease)
    return [(notice.key, notice.kind, notice.params) for notice in waiting]
