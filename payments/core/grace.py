"""The grace period that is running for what a payment is wanting for, and the reminder before it ends. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from payments.core.access import Entitlement, Reason
from payments.core.billing import Ending, Invoice, InvoiceStatus, Subscription
from payments.core.calendar import DAY_MS
from payments.core.covering.known import Payments
from payments.core.ids import InvoiceId
from payments.core.notices import PlannedNotice

REMINDED_BEFORE_MS = DAY_MS
"""How long before the end of a grace period its payer is reminded; of one shorter than twice that, at its half."""


@dataclass(frozen=True, slots=True)
class Grace:
    """A grace period in which something can be paid. ``bill``: the one whose failure began it."""

    bill: InvoiceId
    began_at: int
    ends_at: int
    url: str | None

    @property
    def reminder_at(self) -> int:
        """When its payer is reminded."""
        return self.ends_at - min(REMINDED_BEFORE_MS, (self.ends_at - self.began_at) // 2)


def running_grace(
    s: Subscription, payments: Payments, failed: Mapping[str, int], entitlement: Entitlement | None, now: int
) -> Grace | None:
    """The grace period of a subscription, if there is one with something to pay; none of one that is cancelled.

    `failed`: when each of the bills failed that are wanting for the plan.
    """
    if entitlement is None or entitlement.reason is not Reason.GRACE or not entitlement.opens(now):
        return None
    if s.cancel_at is not None or s.ending in (Ending.AT_ONCE, Ending.PERIOD_END):
        return None
    open_bills = [i for i in payments.of(s) if i.id in failed and i.status is InvoiceStatus.OPEN]
    payable = [i for i in open_bills if i.amount_remaining > 0]
    if not payable or entitlement.access_until is None:
        return None
    began_at, bill = min((at, id_) for id_, at in failed.items())
    return Grace(InvoiceId(bill), began_at, entitlement.access_until, payable[-1].hosted_url)


def reminder(s: Subscription, grace: Grace, now: int) -> PlannedNotice | None:
    """The reminder, once its time has come. Once for each grace period."""
    assert s.plan_id is not None, "what sells nothing of ours has no grace"
    if not grace.reminder_at <= now < grace.ends_at:
        return None
    return PlannedNotice(
        key=reminder_key(s, grace.bill),
        person_id=s.payer_id,
        kind="grace_ending",
        plan_id=s.plan_id,
        params={"at": grace.ends_at, "url": grace.url},
    )


def reminder_key(s: Subscription, bill: InvoiceId) -> str:
    """The key of the reminder of the grace that this bill began."""
    return f"grace_ending:{s.account_id}:{s.id}:{bill}"


def no_longer_true(
    s: Subscription,
    before: Mapping[InvoiceId, Invoice],
    payments: Payments,
    entitlement: Entitlement | None,
    *,
    grace: bool,
) -> list[str]:
    """Keys of messages that may wait to be sent or read, and are not true any more.

    `before`, `entitlement`: its bills, and what it gives, as they were stored. `grace`: whether one is running now.
    """
    bills = payments.of(s)
    open_before = [i for i in bills if i.id in before and before[i.id].status is InvoiceStatus.OPEN]
    paid = [f"unpaid:{s.account_id}:{i.id}" for i in open_before if i.status is InvoiceStatus.PAID]
    if grace or entitlement is None or entitlement.reason is not Reason.GRACE:
        return paid
    return [*(reminder_key(s, i.id) for i in bills[-12:]), *paid]
