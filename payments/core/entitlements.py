"""The access table: which entitlement follows from a subscription, and from purchases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, assert_never

from payments.core.access import Entitlement, Reason, Source, reason_at
from payments.core.billing import (
    BillingReason,
    CollectionMethod,
    Dispute,
    DisputeStatus,
    Invoice,
    InvoiceStatus,
    Purchase,
    PurchaseState,
    Refund,
    RefundStatus,
    Subscription,
    SubscriptionStatus,
)
from payments.core.calendar import DAY_MS, Unit, add_interval, months_of
from payments.core.catalog import Plan, Price, PriceKind
from payments.core.ids import AccountId, EntitlementId, InvoiceId, PersonId, PlanId, PriceId, SubscriptionId

# Inquiries (`warning_*`) contest nothing yet; a won dispute gives back what was taken.
CONTESTED = frozenset({DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW, DisputeStatus.LOST})

# Invoices that belong to a period without paying for it: a change of plan in its midst.
_BESIDES = frozenset({BillingReason.SUBSCRIPTION_UPDATE})


class Window(NamedTuple):
    """From when until before when access is given (`access_from` None: not at all), and why."""

    access_from: int | None
    access_until: int | None
    reason: Reason


def _closed(reason: Reason) -> Window:
    return Window(None, None, reason)


def entitlement_id(source: Source, account_id: AccountId, source_id: str) -> EntitlementId:
    """The id of the one entitlement that a source gives, the same each time it is decided."""
    return EntitlementId(f"ent_{source.value}_{account_id}_{source_id}")


@dataclass(frozen=True, slots=True)
class Payments:
    """One customer's invoices, refunds and disputes together: what was paid, and what was taken back."""

    invoices: Mapping[InvoiceId, Invoice]
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]

    def of(self, subscription_id: SubscriptionId) -> list[Invoice]:
        """A subscription's invoices, oldest first."""
        mine = [i for i in self.invoices.values() if i.subscription_id == subscription_id]
        return sorted(mine, key=lambda i: (i.created_at, i.id))

    def unpaid(self, subscription_id: SubscriptionId) -> list[Invoice]:
        """A subscription's invoices that wait for money, oldest first."""
        return [i for i in self.of(subscription_id) if i.status is InvoiceStatus.OPEN and i.amount_remaining > 0]

    def paid_once(self, subscription_id: SubscriptionId) -> bool:
        """Whether real money was ever paid: the $0 invoice of a trial is no payment."""
        return any(i.status is InvoiceStatus.PAID and i.total > 0 for i in self.of(subscription_id))

    def covering(self, subscription_id: SubscriptionId) -> Invoice | None:
        """The invoice that pays the current period: the latest paid one that began a period."""
        paid = [i for i in self.of(subscription_id) if i.status is InvoiceStatus.PAID]
        periods = [i for i in paid if i.billing_reason not in _BESIDES]
        found = periods or paid
        return found[-1] if found else None

    def refunded(self, invoice: Invoice) -> bool:
        """Whether all that was paid on an invoice went back. What is not traced to it, is not counted."""
        mine = [r for r in self.refunds if r.invoice_id == invoice.id and r.status is RefundStatus.SUCCEEDED]
        back: dict[str, int] = {}
        for refund in mine:
            back[refund.charge_id] = back.get(refund.charge_id, 0) + refund.amount
        in_full = any(r.charge_amount > 0 and back[r.charge_id] >= r.charge_amount for r in mine)
        return in_full and sum(back.values()) >= invoice.amount_paid

    def disputed(self, invoice: Invoice) -> bool:
        """Whether a dispute of an invoice's payment is open or lost."""
        return any(d.invoice_id == invoice.id and d.status in CONTESTED for d in self.disputes)

    def taken_back(self, invoice: Invoice | None, plan: Plan) -> Reason | None:
        """Why a payment no longer counts, as far as the plan cares; None: it counts."""
        if invoice is None:
            return None
        if plan.dispute_ends_access and self.disputed(invoice):
            return Reason.DISPUTED
        if plan.refund_ends_access and self.refunded(invoice):
            return Reason.REFUNDED
        return None


def access_window(subscription: Subscription, plan: Plan, payments: Payments, opened_at: int) -> Window | None:
    """What a subscription gives; None: its status says nothing that we know."""
    s = subscription
    match s.status:
        case SubscriptionStatus.UNKNOWN:
            return None
        case SubscriptionStatus.INCOMPLETE:
            return _closed(Reason.AWAITING_FIRST_PAYMENT)
        case SubscriptionStatus.INCOMPLETE_EXPIRED | SubscriptionStatus.CANCELED:
            return _closed(Reason.CANCELED)
        case SubscriptionStatus.UNPAID:
            return _closed(Reason.UNPAID)
        case SubscriptionStatus.PAUSED:
            return _closed(Reason.PAUSED)
        case SubscriptionStatus.TRIALING | SubscriptionStatus.ACTIVE | SubscriptionStatus.PAST_DUE:
            pass
        case _:
            assert_never(s.status)
    if s.pause_behavior is not None and not plan.pause_keeps_access:
        return _closed(Reason.PAUSED)
    taken = payments.taken_back(payments.covering(s.id), plan)
    if taken is not None:
        return _closed(taken)
    if s.status is SubscriptionStatus.PAST_DUE:
        if not s.paid_once or s.past_due_since_at is None:
            return _closed(Reason.PAST_DUE)
        grace_end = s.past_due_since_at + plan.grace_ms
        return Window(opened_at, grace_end if s.cancel_at is None else min(grace_end, s.cancel_at), Reason.GRACE)
    if s.status is SubscriptionStatus.TRIALING:
        return Window(opened_at, s.cancel_at, Reason.TRIALING)
    if s.collection_method is CollectionMethod.SEND_INVOICE and not s.paid_once and _owes_first(s, payments):
        return _closed(Reason.AWAITING_FIRST_PAYMENT)
    return Window(opened_at, s.cancel_at, Reason.PAID)


def _owes_first(s: Subscription, payments: Payments) -> bool:
    """Whether the first payment of who gets an invoice is still to come. One of nothing, such as by a coupon, is paid
    without a payment."""
    if payments.unpaid(s.id):
        return True
    latest = payments.invoices.get(s.latest_invoice_id) if s.latest_invoice_id is not None else None
    return s.may_cost and not (latest is not None and latest.status is InvoiceStatus.PAID)


def for_subscription(
    subscription: Subscription, plan: Plan, payments: Payments, existing: Entitlement | None, now: int
) -> Entitlement | None:
    """The entitlement of a subscription at `now`. It never ends at the end of the period: renewals take an hour.

    Stripe's word that it started is enough, even when our clock is a little behind.
    """
    held_from = None if existing is None else existing.access_from
    opened_at = min(subscription.started_at, now) if held_from is None else min(held_from, subscription.started_at, now)
    window = access_window(subscription, plan, payments, opened_at)
    if window is None:
        return existing
    entitlement = Entitlement(
        id=entitlement_id(Source.SUBSCRIPTION, subscription.account_id, subscription.id),
        source=Source.SUBSCRIPTION,
        source_id=subscription.id,
        account_id=subscription.account_id,
        plan_id=plan.id,
        payer_id=subscription.payer_id,
        beneficiary_id=subscription.beneficiary_id,
        began_at=subscription.started_at,
        access_from=window.access_from,
        access_until=window.access_until,
        reason=window.reason,
    )
    return replace(entitlement, reason=reason_at(entitlement, now))


def sold_otherwise(existing: Entitlement | None, now: int) -> Entitlement | None:
    """The entitlement of a subscription that sells nothing of ours any more: it ends with the change."""
    if existing is None or not existing.opens(now):
        return existing
    return replace(existing, access_from=None, access_until=None, reason=Reason.CHANGED)


@dataclass(frozen=True, slots=True)
class _Run:
    """Purchases of fixed time in a row: their end is counted from where the row began, so that no day is lost."""

    anchor_at: int
    months: int
    days: int
    end_at: int

    @staticmethod
    def begin(start_at: int) -> "_Run":
        return _Run(start_at, 0, 0, start_at)

    def then(self, unit: Unit, count: int) -> "_Run":
        months = months_of(unit, count)
        days = 0 if months else count * (7 if unit is Unit.WEEK else 1)
        if (months and self.days) or (days and self.months):
            return _Run.begin(self.end_at).then(unit, count)
        months, days = self.months + months, self.days + days
        end = add_interval(self.anchor_at, Unit.MONTH, months) if months else self.anchor_at + days * DAY_MS
        return _Run(self.anchor_at, months, days, end)


@dataclass(frozen=True, slots=True)
class _Bought:
    """A paid purchase with what decides on it; or, when `purchase` is None, somebody else's gift before it."""

    paid_at: int
    id: str
    purchase: Purchase | None
    other_until: int | None = None


def _row(purchases: Iterable[Purchase], others: Iterable[Entitlement]) -> list[_Bought]:
    row = [_Bought(p.paid_at, p.id, p) for p in purchases if p.paid_at is not None]
    row += [_Bought(e.began_at, e.source_id, None, e.access_until) for e in others if e.access_from is not None]
    return sorted(row, key=lambda b: (b.paid_at, b.id))


def _one_row(
    row: Sequence[_Bought], plan: Plan, prices: Mapping[PriceId, Price], payments: Payments
) -> Iterable[tuple[Purchase, Window]]:
    """Purchases of one plan for one person: each fixed time begins where the one before it ends."""
    run: _Run | None = None
    for bought in row:
        purchase = bought.purchase
        if purchase is None:
            if bought.other_until is not None and (run is None or bought.other_until > run.end_at):
                run = _Run.begin(bought.other_until)
            continue
        invoice = None if purchase.invoice_id is None else payments.invoices.get(purchase.invoice_id)
        taken = payments.taken_back(invoice, plan)
        if taken is not None:
            yield purchase, _closed(taken)
            continue
        price = prices[purchase.price_id]
        match price.kind:
            case PriceKind.FIXED_TIME:
                assert price.unit is not None
                assert price.count is not None
                if run is None or run.end_at <= bought.paid_at:
                    run = _Run.begin(bought.paid_at)
                start = run.end_at
                run = run.then(price.unit, price.count)
                yield purchase, Window(start, run.end_at, Reason.PAID)
            case PriceKind.FIXED_DATE:
                assert price.until_at is not None
                if run is None or run.end_at < price.until_at:
                    run = _Run.begin(price.until_at)
                yield purchase, Window(bought.paid_at, price.until_at, Reason.PAID)
            case PriceKind.LIFETIME | PriceKind.RECURRING:
                yield purchase, Window(bought.paid_at, None, Reason.PAID)
            case _:
                assert_never(price.kind)


def of_purchases(
    purchases: Sequence[Purchase],
    plans: Mapping[PlanId, Plan],
    prices: Mapping[PriceId, Price],
    payments: Payments,
    existing: Mapping[EntitlementId, Entitlement],
    now: int,
) -> list[Entitlement]:
    """The entitlements of one customer's paid purchases, stacked with what others bought for the same persons.

    `existing`: all entitlements of these persons, this customer's among them.
    """
    paid = [p for p in purchases if p.state is PurchaseState.PAID]
    mine = {entitlement_id(Source.PURCHASE, p.account_id, p.id) for p in paid}
    others = [e for e in existing.values() if e.source is Source.PURCHASE and e.id not in mine]
    found: list[Entitlement] = []
    rows: dict[tuple[PersonId, PlanId], list[Purchase]] = {}
    for purchase in paid:
        rows.setdefault((purchase.beneficiary_id, purchase.plan_id), []).append(purchase)
    for (beneficiary_id, plan_id), bought in rows.items():
        gifts = [e for e in others if (e.beneficiary_id, e.plan_id) == (beneficiary_id, plan_id)]
        for purchase, window in _one_row(_row(bought, gifts), plans[plan_id], prices, payments):
            found.append(_of_purchase(purchase, window, existing, now))
    return found


def _of_purchase(
    purchase: Purchase, window: Window, existing: Mapping[EntitlementId, Entitlement], now: int
) -> Entitlement:
    assert purchase.paid_at is not None
    access_from = window.access_from
    id_ = entitlement_id(Source.PURCHASE, purchase.account_id, purchase.id)
    if access_from == purchase.paid_at:  # paid is paid, even when our clock is a little behind
        held = existing[id_].access_from if id_ in existing else None
        access_from = min(access_from, now) if held is None else min(access_from, now, held)
    entitlement = Entitlement(
        id=id_,
        source=Source.PURCHASE,
        source_id=purchase.id,
        account_id=purchase.account_id,
        plan_id=purchase.plan_id,
        payer_id=purchase.payer_id,
        beneficiary_id=purchase.beneficiary_id,
        began_at=purchase.paid_at,
        access_from=access_from,
        access_until=window.access_until,
        reason=window.reason,
    )
    return replace(entitlement, reason=reason_at(entitlement, now))
