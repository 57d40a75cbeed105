"""A small world for decisions: one member, one plan, and what Stripe says of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from payments.core.access import Entitlement, Reason, Source
from payments.core.billing import (
    BillingReason,
    CollectionMethod,
    Customer,
    DisputeStatus,
    InvoiceStatus,
    NoteStatus,
    PauseBehavior,
    Purchase,
    PurchaseState,
    RefundStatus,
    SubscriptionStatus,
)
from payments.core.calendar import DAY_MS, Unit
from payments.core.catalog import Plan, PlanState, PlanTarget, Price, PriceKind, PriceState
from payments.core.decision import Decision
from payments.core.ids import (
    AccountId,
    ChargeId,
    CheckoutId,
    CommunityId,
    CustomerId,
    CustomerRef,
    EntitlementId,
    InvoiceId,
    PersonId,
    PlanId,
    PriceId,
    PurchaseId,
    SubscriptionId,
    TargetId,
)
from payments.core.lines import NoteLine, NoteRefund, SubscriptionItem
from payments.core.selling import KnownPrices
from payments.core.snapshot import CreditNoteFact, DisputeFact, InvoiceFact, RefundFact, Snapshot, SubscriptionFact
from payments.core.state import State

T0 = 1_763_856_000_000
"""23 November 2025, midnight UTC."""
DAY = DAY_MS
ACCOUNT = AccountId("acct_1")
ANN = PersonId("prs_ann")
BEN = PersonId("prs_ben")
PRO = PlanId("pln_pro")
LITE = PlanId("pln_lite")
VIP = TargetId("tgt_vip")
MONTHLY = PriceId("prc_monthly")
SUB = SubscriptionId("sub_1")
GRACE = 3 * DAY

ANNS = Customer(CustomerId("cus_ann"), ANN, ACCOUNT, "usd", CustomerRef("cus_S"), None)


def plan(
    id_: PlanId = PRO,
    *,
    grace: int = GRACE,
    pause_keeps: bool = False,
    refund_ends: bool = True,
    dispute_ends: bool = True,
) -> Plan:
    return Plan(
        id_, CommunityId("com_1"), id_[4:], "", PlanState.ACTIVE, grace, 0, pause_keeps, refund_ends, dispute_ends, T0
    )


def price(
    id_: PriceId = MONTHLY,
    plan_id: PlanId = PRO,
    kind: PriceKind = PriceKind.RECURRING,
    unit: Unit | None = Unit.MONTH,
    count: int | None = 1,
    until_at: int | None = None,
) -> Price:
    product = f"prod_{plan_id[4:]}"
    return Price(
        id_, plan_id, ACCOUNT, kind, 900, "usd", unit, count, until_at, PriceState.ACTIVE, product, f"stripe_{id_}", T0
    )


PRICES = (
    price(),
    price(PriceId("prc_lite"), LITE),
    price(PriceId("prc_days"), PRO, PriceKind.FIXED_TIME, Unit.DAY, 30),
    price(PriceId("prc_month"), PRO, PriceKind.FIXED_TIME, Unit.MONTH, 1),
    price(PriceId("prc_ever"), PRO, PriceKind.LIFETIME, None, None),
    price(PriceId("prc_date"), PRO, PriceKind.FIXED_DATE, None, None, T0 + 100 * DAY),
)


def state(*purchases: Purchase, plans: Iterable[Plan] = (), customer: Customer = ANNS) -> State:
    """The stored state before anything was fetched."""
    known = {p.id: p for p in (plan(PRO), plan(LITE), *plans)}
    return State(
        customer=customer,
        purchases=purchases,
        plans=known,
        prices={p.id: p for p in PRICES},
        known=KnownPrices.of(PRICES),
        people=frozenset({ANN, BEN}),
    )


def item(provider_price_id: str | None, unit_amount: int = 900, *, product_id: str | None = None) -> SubscriptionItem:
    return SubscriptionItem("si_1", provider_price_id, product_id, "usd", unit_amount, 1, Unit.MONTH, 1, False)


def subscription(
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE,
    *,
    id_: SubscriptionId = SUB,
    provider_price_id: str | None = "stripe_prc_monthly",
    method: str = "charge_automatically",
    pause: str | None = None,
    cancel_at: int | None = None,
    trial_end_at: int | None = None,
    started_at: int = T0,
    ended_at: int | None = None,
    latest: InvoiceId | None = None,
    amount: int = 900,
    metadata: Mapping[str, str] | None = None,
) -> SubscriptionFact:
    return SubscriptionFact(
        id=id_,
        status=status,
        provider_price_id=provider_price_id,
        currency="usd",
        unit_amount=amount,
        quantity=1,
        unit=Unit.MONTH,
        count=1,
        items=() if provider_price_id is None else (item(provider_price_id, amount),),
        discounts=(),
        collection_method=CollectionMethod(method),
        pause_behavior=None if pause is None else PauseBehavior(pause),
        cancel_at=cancel_at,
        trial_end_at=trial_end_at,
        period_start_at=started_at,
        period_end_at=started_at + 30 * DAY,
        latest_invoice_id=latest,
        started_at=started_at,
        ended_at=ended_at,
        metadata=metadata or {},
    )


def invoice(
    id_: str = "in_1",
    status: InvoiceStatus = InvoiceStatus.PAID,
    *,
    at: int = T0,
    total: int = 900,
    subscription_id: SubscriptionId | None = SUB,
    attempts: int = 0,
    due_at: int | None = None,
    finalized_at: int | None = None,
    paid_at: int | None = None,
    reason: str = "subscription_cycle",
    metadata: Mapping[str, str] | None = None,
) -> InvoiceFact:
    paid = status is InvoiceStatus.PAID
    return InvoiceFact(
        id=InvoiceId(id_),
        subscription_id=subscription_id,
        status=status,
        number=None,
        description=None,
        billing_reason=BillingReason(reason),
        collection_method=CollectionMethod.CHARGE_AUTOMATICALLY,
        currency="usd",
        total=total,
        amount_paid=total if paid else 0,
        amount_remaining=0 if paid else total,
        attempt_count=attempts,
        period_start_at=at,
        period_end_at=at + 30 * DAY,
        due_at=due_at,
        finalized_at=finalized_at,
        paid_at=(at if paid_at is None else paid_at) if paid else None,
        hosted_url=f"https://pay.example/{id_}",
        pdf_url=None,
        created_at=at,
        metadata=metadata or {},
    )


def refund(
    id_: str = "re_1",
    *,
    of: str | None = "in_1",
    amount: int = 900,
    charge_amount: int = 900,
    status: str = "succeeded",
    charge: str = "ch_1",
) -> RefundFact:
    traced = None if of is None else InvoiceId(of)
    return RefundFact(id_, ChargeId(charge), traced, RefundStatus(status), amount, charge_amount, "usd", T0 + DAY)


def dispute(status: str, *, of: str | None = "in_1", id_: str = "dp_1") -> DisputeFact:
    traced = None if of is None else InvoiceId(of)
    return DisputeFact(id_, ChargeId("ch_1"), traced, DisputeStatus(status), 900, "usd", T0 + DAY)


def note(
    *, of: str = "in_1", pre: int = 0, post: int = 0, id_: str = "cn_1", line: str = "", by: str = ""
) -> CreditNoteFact:
    """A credit note, over one line of its invoice if ``line`` is said; ``by``: its refund."""
    lines = (NoteLine(line, pre + post),) if line else ()
    refunds = (NoteRefund(by),) if by else ()
    return CreditNoteFact(id_, InvoiceId(of), NoteStatus.ISSUED, pre, post, "usd", T0 + DAY, lines, refunds)


def purchase(
    id_: str = "pur_1", price_id: str = "prc_days", *, paid_at: int | None = None, beneficiary: PersonId = ANN
) -> Purchase:
    return Purchase(
        id=PurchaseId(id_),
        checkout_id=CheckoutId(f"chk_{id_}"),
        account_id=ACCOUNT,
        customer_id=ANNS.id,
        payer_id=ANN,
        beneficiary_id=beneficiary,
        plan_id=PRO,
        price_id=PriceId(price_id),
        total=900,
        currency="usd",
        state=PurchaseState.OPEN if paid_at is None else PurchaseState.PAID,
        invoice_id=None if paid_at is None else InvoiceId(f"in_{id_}"),
        paid_at=paid_at,
        created_at=T0,
    )


def bought(id_: str = "pur_1", at: int = T0) -> InvoiceFact:
    """The paid invoice of a one-time purchase."""
    return invoice(f"in_{id_}", at=at, subscription_id=None, reason="manual", metadata={"guestlist_purchase": id_})


def snapshot(
    *subscriptions: SubscriptionFact,
    invoices: Iterable[InvoiceFact] = (),
    refunds: Iterable[RefundFact] = (),
    disputes: Iterable[DisputeFact] = (),
    failed_at: Mapping[InvoiceId, int] | None = None,
    deleted: bool = False,
) -> Snapshot:
    """Everything was asked for, and this came."""
    return Snapshot(tuple(subscriptions), tuple(invoices), tuple(refunds), tuple(disputes), failed_at or {}, deleted)


_Row = TypeVar("_Row")


def _laid_over(before: Iterable[_Row], after: Iterable[_Row]) -> tuple[_Row, ...]:
    rows = {getattr(row, "id"): row for row in before}  # noqa: B009 -- rows of five types share only their id
    rows.update({getattr(row, "id"): row for row in after})  # noqa: B009
    return tuple(rows.values())


def stored(before: State, decision: Decision) -> State:
    """The state once a decision was written."""
    return replace(
        before,
        subscriptions=_laid_over(before.subscriptions, decision.subscriptions),
        purchases=_laid_over(before.purchases, decision.purchases),
        invoices=_laid_over(before.invoices, decision.invoices),
        refunds=_laid_over(before.refunds, decision.refunds),
        disputes=_laid_over(before.disputes, decision.disputes),
        notes=_laid_over(before.notes, decision.notes),
        entitlements=_laid_over(before.entitlements, decision.entitlements),
    )


def of_plan_sold(given: State) -> Entitlement:
    """What the one subscription gives of the plan that it sells now, or sold last."""
    plan_id = given.subscriptions[0].plan_id if given.subscriptions else None
    return next((e for e in given.entitlements if e.plan_id == plan_id), given.entitlements[0])


def comp(
    id_: str, beneficiary: PersonId = ANN, *, plan_id: PlanId = PRO, at: int = T0, until: int | None = None
) -> Entitlement:
    return Entitlement(
        EntitlementId(id_), Source.COMP, id_, None, plan_id, beneficiary, beneficiary, at, at, until, Reason.COMP
    )


LINK = PlanTarget(PRO, VIP, None)
