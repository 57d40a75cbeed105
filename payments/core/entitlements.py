"""The access table: which entitlement follows from a subscription, and from purchases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, assert_never

from payments.core.access import Entitlement, Reason, Source, reason_at
from payments.core.billing import Purchase, PurchaseState, Subscription
from payments.core.calendar import DAY_MS, Unit, add_interval, months_of
from payments.core.catalog import Plan, Price, PriceKind
from payments.core.covering.bills import Known, Terms
from payments.core.covering.known import Payments, terms_of
from payments.core.covering.verdict import judge
from payments.core.covering.want import Sells
from payments.core.ids import AccountId, EntitlementId, PersonId, PlanId, PriceId


class Window(NamedTuple):
    """From when until before when access is given (`access_from` None: not at all), and why."""

    access_from: int | None
    access_until: int | None
    reason: Reason


def _closed(reason: Reason) -> Window:
    return Window(None, None, reason)


def entitlement_id(source: Source, account_id: AccountId, source_id: str) -> EntitlementId:
    """The id of the one entitlement that a purchase or a comp gives, and of the first that a subscription does."""
    return EntitlementId(f"ent_{source.value}_{account_id}_{source_id}")


def of_subscription(s: Subscription, entitlements: Iterable[Entitlement]) -> Mapping[PlanId, Entitlement]:
    """What a subscription gives of each plan: it has one entitlement of each that it sells, or sold."""
    return {
        e.plan_id: e
        for e in entitlements
        if e.source is Source.SUBSCRIPTION and e.source_id == s.id and e.account_id == s.account_id
    }


def _id_of(s: Subscription, plan_id: PlanId, held: Mapping[PlanId, Entitlement]) -> EntitlementId:
    """The first one is named after the subscription alone, as in versions that knew no second; the others name their
    plan."""
    if plan_id in held:
        return held[plan_id].id
    first = entitlement_id(Source.SUBSCRIPTION, s.account_id, s.id)
    return EntitlementId(f"{first}_{plan_id}") if any(e.id == first for e in held.values()) else first


def access_window(known: Known, sells: Sells, terms: Terms, opened_at: int, now: int) -> Window | None:
    """What a subscription gives of a plan; None: its status says nothing that we know."""
    verdict = judge(known, sells, terms, now)
    if verdict is None:
        return None
    return Window(opened_at, verdict.until, verdict.reason) if verdict.access else _closed(verdict.reason)


def for_subscription(
    subscription: Subscription,
    plan: Plan,
    known: Known,
    sells: Sells,
    held: Mapping[PlanId, Entitlement],
    now: int,
) -> Entitlement | None:
    """What a subscription gives of a plan at `now`. It never ends at the end of the period: renewals take an hour.

    Stripe's word that it started is enough, even when our clock is a little behind. `held`: what is stored that it
    gives of each plan.
    """
    existing = held.get(plan.id)
    began_at = _began_at(subscription, known, sells, held, now) if existing is None else existing.began_at
    held_from = None if existing is None else existing.access_from
    opened_at = min(began_at, now) if held_from is None else min(held_from, began_at, now)
    window = access_window(known, sells, terms_of(plan), opened_at, now)
    if window is None:
        return existing
    if window.access_from is None and existing is not None and _over(existing, window.reason, now):
        return replace(existing, reason=window.reason)  # when it ended stays told
    entitlement = Entitlement(
        id=_id_of(subscription, plan.id, held),
        source=Source.SUBSCRIPTION,
        source_id=subscription.id,
        account_id=subscription.account_id,
        plan_id=plan.id,
        payer_id=subscription.payer_id,
        beneficiary_id=subscription.beneficiary_id,
        began_at=began_at,
        access_from=window.access_from,
        access_until=window.access_until,
        reason=window.reason,
    )
    return replace(entitlement, reason=reason_at(entitlement, now))


def _began_at(s: Subscription, known: Known, sells: Sells, held: Mapping[PlanId, Entitlement], now: int) -> int:
    """A plan that was added to a subscription began with what was first billed of it: what was taken off the plan
    before is none of its targets."""
    if not held:
        return s.started_at
    lines = (line for bill in known.bills for line in bill.lines if line.amount >= 0 and sells(line))
    return min((line.period_start_at for line in lines if line.period_start_at is not None), default=now)


def _over(existing: Entitlement, reason: Reason, now: int) -> bool:
    """Whether time alone has ended it for this reason, as it was announced."""
    ended = existing.access_from is not None and existing.access_until is not None and existing.access_until <= now
    return ended and reason_at(existing, now) is reason


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
        taken = None if invoice is None else payments.taken_back(invoice, plan)
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
