"""The ledger: what changed in what is sold, before and after. Without it revenue and churn can't be told later."""

from dataclasses import dataclass
from enum import StrEnum

from payments.core.billing import Dispute, Purchase, PurchaseState, Refund, Subscription
from payments.core.calendar import Unit
from payments.core.ids import AccountId, CustomerId, PlanId
from payments.core.lines import Discount, SubscriptionItem, same_discounts, same_items


class LedgerSource(StrEnum):
    """What a line of the ledger is about."""

    SUBSCRIPTION = "subscription"
    PURCHASE = "purchase"
    REFUND = "refund"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the ledger, but for its id and the time at which we wrote it. ``stripe_at`` is Stripe's time.

    Amounts are in minor units of ``currency``: of a subscription what one ``quantity`` costs (``unit_amount_*``), of
    all else what was paid, given back or contested (``total_*``). Statuses are of the set that belongs to the source;
    intervals are texts such as `1 month`.
    """

    account_id: AccountId
    customer_id: CustomerId
    source: LedgerSource
    source_id: str
    plan_id: PlanId | None
    status_before: str | None
    status_after: str
    items_before: tuple[SubscriptionItem, ...] | None
    items_after: tuple[SubscriptionItem, ...] | None
    quantity_before: int | None
    quantity_after: int | None
    unit_amount_before: int | None
    unit_amount_after: int | None
    total_before: int | None
    total_after: int | None
    currency: str
    interval_before: str | None
    interval_after: str | None
    discounts_before: tuple[Discount, ...] | None
    discounts_after: tuple[Discount, ...] | None
    stripe_at: int


def interval(unit: Unit | None, count: int | None) -> str | None:
    """A billing interval as the ledger writes it."""
    return None if unit is None or count is None else f"{count} {unit.value}"


def _sold(subscription: Subscription) -> tuple[object, ...]:
    s = subscription
    return (s.status, s.plan_id, s.quantity, s.unit_amount, s.currency, s.unit, s.count)


def _sells_the_same(before: Subscription, after: Subscription) -> bool:
    """That we come to know more of the same items and discounts is no change of them."""
    return (
        _sold(before) == _sold(after)
        and same_items(before.items, after.items)
        and same_discounts(before.discounts, after.discounts)
    )


def of_subscription(before: Subscription | None, after: Subscription, stripe_at: int) -> Change | None:
    """What a subscription's change is to the books; None when nothing that is sold changed."""
    if before is not None and _sells_the_same(before, after):
        return None
    return Change(
        account_id=after.account_id,
        customer_id=after.customer_id,
        source=LedgerSource.SUBSCRIPTION,
        source_id=after.id,
        plan_id=after.plan_id,
        status_before=None if before is None else before.status.value,
        status_after=after.status.value,
        items_before=None if before is None else before.items,
        items_after=after.items,
        quantity_before=None if before is None else before.quantity,
        quantity_after=after.quantity,
        unit_amount_before=None if before is None else before.unit_amount,
        unit_amount_after=after.unit_amount,
        total_before=None,
        total_after=None,
        currency=after.currency,
        interval_before=None if before is None else interval(before.unit, before.count),
        interval_after=interval(after.unit, after.count),
        discounts_before=None if before is None else before.discounts,
        discounts_after=after.discounts,
        stripe_at=stripe_at,
    )


def of_purchase(before: Purchase, after: Purchase) -> Change | None:
    """A purchase that was paid."""
    if before.state is after.state or after.state is not PurchaseState.PAID or after.paid_at is None:
        return None
    return _plain(after.account_id, after.customer_id, LedgerSource.PURCHASE, after.id, after.plan_id,
                  before.state.value, after.state.value, None, after.total, after.currency, after.paid_at)  # fmt: skip


def of_refund(before: Refund | None, after: Refund, plan_id: PlanId | None) -> Change | None:
    """A refund that came or changed its state."""
    status, amount = (None, None) if before is None else (before.status.value, before.amount)
    if (status, amount) == (after.status.value, after.amount):
        return None
    return _plain(after.account_id, after.customer_id, LedgerSource.REFUND, after.id, plan_id, status,
                  after.status.value, amount, after.amount, after.currency, after.created_at)  # fmt: skip


def of_dispute(before: Dispute | None, after: Dispute, plan_id: PlanId | None) -> Change | None:
    """A dispute that came or changed its state."""
    status, amount = (None, None) if before is None else (before.status.value, before.amount)
    if (status, amount) == (after.status.value, after.amount):
        return None
    return _plain(after.account_id, after.customer_id, LedgerSource.DISPUTE, after.id, plan_id, status,
                  after.status.value, amount, after.amount, after.currency, after.created_at)  # fmt: skip


def _plain(
    account_id: AccountId,
    customer_id: CustomerId,
    source: LedgerSource,
    source_id: str,
    plan_id: PlanId | None,
    status_before: str | None,
    status_after: str,
    total_before: int | None,
    total_after: int,
    currency: str,
    stripe_at: int,
) -> Change:
    return Change(
        account_id=account_id,
        customer_id=customer_id,
        source=source,
        source_id=source_id,
        plan_id=plan_id,
        status_before=status_before,
        status_after=status_after,
        items_before=None,
        items_after=None,
        quantity_before=None,
        quantity_after=None,
        unit_amount_before=None,
        unit_amount_after=None,
        total_before=total_before,
        total_after=total_after,
        currency=currency,
        interval_before=None,
        interval_after=None,
        discounts_before=None,
        discounts_after=None,
        stripe_at=stripe_at,
    )
