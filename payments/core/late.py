"""Payments that came after a subscription's end, or that leave it unpaid: money that opens nothing. Pure.

Nothing gives such money back by itself, so whoever paid and the team must hear of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from payments.core.access import Entitlement
from payments.core.billing import ENDED_STATUSES, Invoice, InvoiceStatus, Subscription, SubscriptionStatus
from payments.core.covering.known import Payments, known_of_bill
from payments.core.covering.money import gone
from payments.core.entitlements import of_subscription
from payments.core.ids import EntitlementId, PlanId
from payments.core.state import State


@dataclass(frozen=True, slots=True)
class LatePayment:
    """A bill that was paid too late to open anything, and how much of the money was not given back (minor units)."""

    bill: Invoice
    subscription: Subscription
    plan_id: PlanId
    kept: int

    @property
    def unpaid(self) -> bool:
        """Whether its subscription may still be paid: by its newest bill."""
        return self.subscription.status not in ENDED_STATUSES


@dataclass(frozen=True, slots=True)
class LateNews:
    """One that is to be told. ``again``: who it was for has the plan by something else."""

    payment: LatePayment
    again: bool


def late_payments(subscription: Subscription, payments: Payments) -> Iterator[LatePayment]:
    """The late payments of a subscription that sells something of ours, as far as they were not given back."""
    if subscription.plan_id is None:
        return
    bills = payments.of(subscription)
    for bill in bills:
        if bill.status is InvoiceStatus.PAID and bill.amount_paid > 0 and _late(subscription, bill, bills):
            known = known_of_bill(bill, payments)
            kept = bill.amount_paid - gone(known, known.bills[0])
            if kept > 0:
                yield LatePayment(bill, subscription, subscription.plan_id, kept)


def _late(s: Subscription, bill: Invoice, bills: list[Invoice]) -> bool:
    if bill.paid_at is None:
        return False
    match s.status:
        case SubscriptionStatus.INCOMPLETE_EXPIRED:
            return True
        case SubscriptionStatus.CANCELED:
            # A bill that is made with the end is for what was used until then.
            ended_at = s.ended_at
            if ended_at is None or not bill.created_at < ended_at < bill.paid_at:
                return False
            return not _of_usage(s, bill) and not _had(bill, bills, ended_at)
        case SubscriptionStatus.UNPAID:
            newest = bills[-1]
            return newest is not bill and newest.created_at <= bill.paid_at and newest.status is not InvoiceStatus.PAID
        case _:
            return False


def _of_usage(s: Subscription, bill: Invoice) -> bool:
    """Whether a bill asks for nothing but what was used: that was had, whenever it is paid."""
    usage = {item.id for item in s.items if item.usage}
    lines = [line for line in bill.lines or () if line.amount > 0]
    return bool(lines) and all(line.subscription_item_id in usage for line in lines)


def _had(bill: Invoice, bills: Iterable[Invoice], ended_at: int) -> bool:
    """Whether there was access for all that a bill asks for, before it was paid.

    That is a renewal by a debit that takes days, or by a bill that is sent: after one that was paid, and nothing was
    wanting by the end of its period.
    """
    ends = [line.period_end_at for line in bill.lines or () if line.amount > 0]
    wanting_at = bill.failed_at if bill.due_at is None else bill.due_at
    return (
        bool(ends)
        and all(end is not None and end <= ended_at for end in ends)
        and (wanting_at is None or wanting_at >= ended_at)
        and any(one.amount_paid > 0 and one.paid_at is not None and one.paid_at <= bill.created_at for one in bills)
    )


def late_news(
    state: State,
    subscriptions: Iterable[Subscription],
    payments: Payments,
    entitlements: Mapping[EntitlementId, Entitlement],
    now: int,
) -> tuple[LateNews, ...]:
    """Late payments that were not stored as such before. `entitlements`: all of the persons concerned, as decided."""
    before = {s.id: s for s in state.subscriptions}
    paid = {i.id for i in state.invoices if i.status is InvoiceStatus.PAID}
    found = []
    for s in subscriptions:
        stored = before.get(s.id)
        own = None if s.plan_id is None else of_subscription(s, entitlements.values()).get(s.plan_id)
        for late in late_payments(s, payments):
            if late.unpaid:
                opens = own is not None and own.opens(now) and not _after_unpaid(late)
                news = late.bill.id not in paid and not opens
            else:
                news = late.bill.id not in paid or stored is None or stored.status not in ENDED_STATUSES
            if news:
                found.append(LateNews(late, _has_again(s, own, entitlements.values(), now)))
    return tuple(found)


def _after_unpaid(late: LatePayment) -> bool:
    """Whether it was paid once nothing but the newest bill counts: what opens then, such as a grace, is not by it."""
    since, paid_at = late.subscription.unpaid_since_at, late.bill.paid_at
    return since is not None and paid_at is not None and paid_at > since


def _has_again(s: Subscription, own: Entitlement | None, held: Iterable[Entitlement], now: int) -> bool:
    return any(
        e.plan_id == s.plan_id and e.beneficiary_id == s.beneficiary_id and e != own and e.opens(now) for e in held
    )
