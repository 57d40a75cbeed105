"""The decision: what follows for a customer from what was stored and what the provider says now. Pure.

A part that was not asked for keeps what is stored; so does an object that is absent from a part, and one whose status
this version doesn't know (invariant 6). Deciding again on a decision's own result changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from payments.core import entitlements as entitle
from payments.core import ledger, selling
from payments.core.access import Entitlement, Source
from payments.core.billing import (
    ENDED_STATUSES,
    CollectionMethod,
    CreditNote,
    Customer,
    Dispute,
    Invoice,
    InvoiceStatus,
    NoteStatus,
    Purchase,
    PurchaseState,
    Refund,
    Subscription,
    SubscriptionStatus,
)
from payments.core.catalog import Plan, Price
from payments.core.entitlements import Payments
from payments.core.ids import (
    CheckoutId,
    EntitlementId,
    InvoiceId,
    PersonId,
    PlanId,
    PriceId,
    PurchaseId,
    SubscriptionId,
)
from payments.core.ledger import Change
from payments.core.notices import PlannedNotice, planned_notices, trial_notice_at
from payments.core.selling import NO_PRICES, KnownPrices, Sold
from payments.core.snapshot import CreditNoteFact, DisputeFact, InvoiceFact, RefundFact, Snapshot, SubscriptionFact

PERSON_PREFIX = "prs_"

_T = TypeVar("_T")
_Row = TypeVar("_Row", Subscription, Invoice, Refund, Dispute, CreditNote)
_Fact = TypeVar("_Fact", SubscriptionFact, InvoiceFact, RefundFact, DisputeFact, CreditNoteFact)


@dataclass(frozen=True, slots=True)
class State:
    """What is stored of a customer, and of what its objects name.

    ``plans``, ``prices`` (``known``: by their ids at Stripe) and ``people`` hold all that the stored rows and the
    snapshot name and we know. ``entitlements``: all of the beneficiaries touched. ``action_required``: invoices whose
    payment waits for the payer's bank, from the event alone.
    """

    customer: Customer
    subscriptions: tuple[Subscription, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    notes: tuple[CreditNote, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    plans: Mapping[PlanId, Plan] = field(default_factory=dict)
    prices: Mapping[PriceId, Price] = field(default_factory=dict)
    known: KnownPrices = NO_PRICES
    people: frozenset[PersonId] = frozenset()
    action_required: frozenset[InvoiceId] = frozenset()

    def price(self, price_id: PriceId) -> Price | None:
        """One of our prices, if it is named anywhere."""
        return self.prices.get(price_id) or next((p for p in self.known.prices.values() if p.id == price_id), None)


@dataclass(frozen=True, slots=True)
class Decision:
    """What changed. ``recheck_at``: the next moment at which time alone changes the answer; None: never."""

    subscriptions: tuple[Subscription, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    notes: tuple[CreditNote, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    ledger: tuple[Change, ...] = ()
    notices: tuple[PlannedNotice, ...] = ()
    completed: tuple[CheckoutId, ...] = ()
    recheck_at: int | None = None


def decide(state: State, snapshot: Snapshot, now: int) -> Decision:
    """What follows at `now` (business time) from the stored state and what the provider says."""
    invoices = _invoices(state, snapshot)
    payments = Payments(
        invoices={i.id: i for i in invoices},
        refunds=tuple(_laid_over(state, state.refunds, snapshot.refunds, _refund).values()),
        disputes=tuple(_laid_over(state, state.disputes, snapshot.disputes, _dispute).values()),
    )
    subscriptions = _subscriptions(state, snapshot, payments, now)
    purchases = tuple(_purchase(p, invoices) for p in state.purchases)
    held = {e.id: e for e in state.entitlements}
    entitlements = _entitlements(state, subscriptions, purchases, payments, held, now)
    decided = {**held, **{e.id: e for e in entitlements}}
    return Decision(
        subscriptions=_changed(state.subscriptions, subscriptions),
        purchases=_changed(state.purchases, purchases),
        invoices=_changed(state.invoices, invoices),
        refunds=_changed(state.refunds, payments.refunds),
        disputes=_changed(state.disputes, payments.disputes),
        notes=_changed(state.notes, _notes(state, snapshot)),
        entitlements=tuple(e for e in entitlements if held.get(e.id) != e),
        ledger=_ledger(state, subscriptions, purchases, payments, now),
        notices=planned_notices(subscriptions, payments, decided, state.action_required, now),
        completed=_completed(state, snapshot, purchases),
        recheck_at=_recheck_at(entitlements, subscriptions, now),
    )


def unknown_failures(state: State, snapshot: Snapshot) -> tuple[InvoiceId, ...]:
    """Unpaid invoices of which a payment failed, we don't know when, and a grace may hang on it."""
    known = {i.id for i in state.invoices if i.failed_at is not None} | set(snapshot.failed_at)
    started = {s.id for s in state.subscriptions if s.past_due_since_at is not None}
    due = {
        f.id
        for f in snapshot.subscriptions or ()
        if f.status is SubscriptionStatus.PAST_DUE and f.id not in started
    }  # fmt: skip
    return tuple(
        f.id
        for f in snapshot.invoices or ()
        if f.subscription_id in due and f.status is InvoiceStatus.OPEN and f.attempt_count > 0 and f.id not in known
    )


def _changed(before: Iterable[object], after: Iterable[_T]) -> tuple[_T, ...]:
    stored = set(before)
    return tuple(row for row in after if row not in stored)


# What the provider says, laid over what is stored.


def _laid_over(
    state: State,
    rows: Iterable[_Row],
    facts: Iterable[_Fact] | None,
    row_of: Callable[[State, _Row | None, _Fact], _Row],
) -> dict[str, _Row]:
    """All rows, each as the provider tells it now. A status that we don't know leaves what is stored as it is."""
    found: dict[str, _Row] = {row.id: row for row in rows}
    for fact in facts or ():
        stored = found.get(fact.id)
        if stored is None or fact.status.known:
            found[fact.id] = row_of(state, stored, fact)
    return found


def _invoices(state: State, snapshot: Snapshot) -> tuple[Invoice, ...]:
    found = _laid_over(state, state.invoices, snapshot.invoices, _invoice)
    for invoice_id, failed_at in snapshot.failed_at.items():
        invoice = found.get(invoice_id)
        if invoice is not None and (invoice.failed_at is None or failed_at < invoice.failed_at):
            found[invoice_id] = replace(invoice, failed_at=failed_at)
    paused = _paused(state, snapshot)
    met = {i.id for i in state.invoices if i.status is not InvoiceStatus.DRAFT}
    for invoice in found.values():  # a pause acts when a bill would be finalized: what was open before is not its doing
        if invoice.subscription_id in paused and invoice.id not in met and _ended_or_left(invoice):
            found[invoice.id] = replace(invoice, by_pause=True)
    return tuple(found.values())


def _invoice(state: State, stored: Invoice | None, fact: InvoiceFact) -> Invoice:
    named = fact.refs.purchase_id
    purchase_id = next((p.id for p in state.purchases if p.id == named), None)
    return Invoice(
        account_id=state.customer.account_id,
        id=fact.id,
        customer_id=state.customer.id,
        subscription_id=fact.subscription_id or (stored.subscription_id if stored else None),
        purchase_id=purchase_id or (stored.purchase_id if stored else None),
        status=fact.status,
        number=fact.number,
        description=fact.description,
        billing_reason=fact.billing_reason,
        currency=fact.currency,
        total=fact.total,
        amount_paid=fact.amount_paid,
        amount_remaining=fact.amount_remaining,
        period_start_at=fact.period_start_at,
        period_end_at=fact.period_end_at,
        due_at=fact.due_at,
        finalized_at=fact.finalized_at,
        paid_at=fact.paid_at,
        failed_at=stored.failed_at if stored else None,
        hosted_url=fact.hosted_url,
        pdf_url=fact.pdf_url,
        created_at=fact.created_at,
        lines=fact.lines if fact.lines is not None or stored is None else stored.lines,
        balance_applied=fact.balance_applied,
        auto_advance=fact.auto_advance,
        ended_at=fact.ended_at,
        by_pause=stored is not None and stored.by_pause and _ended_or_left(fact),
    )


def _ended_or_left(bill: Invoice | InvoiceFact) -> bool:
    """Whether a bill is one that a pause ends, or leaves a draft."""
    match bill.status:
        case InvoiceStatus.VOID | InvoiceStatus.UNCOLLECTIBLE:
            return True
        case InvoiceStatus.DRAFT:
            return not bill.auto_advance
        case _:
            return False


def _paused(state: State, snapshot: Snapshot) -> frozenset[SubscriptionId]:
    """The subscriptions whose collection is paused now."""
    told = {fact.id: fact.pause_behavior for fact in snapshot.subscriptions or ()}
    stored = {s.id: s.pause_behavior for s in state.subscriptions}
    return frozenset(id_ for id_, behavior in (stored | told).items() if behavior is not None)


def _refund(state: State, stored: Refund | None, fact: RefundFact) -> Refund:
    return Refund(
        account_id=state.customer.account_id,
        id=fact.id,
        customer_id=state.customer.id,
        charge_id=fact.charge_id,
        invoice_id=fact.invoice_id or (stored.invoice_id if stored else None),
        status=fact.status,
        amount=fact.amount,
        charge_amount=fact.charge_amount,
        currency=fact.currency,
        created_at=fact.created_at,
    )


def _dispute(state: State, stored: Dispute | None, fact: DisputeFact) -> Dispute:
    return Dispute(
        account_id=state.customer.account_id,
        id=fact.id,
        customer_id=state.customer.id,
        charge_id=fact.charge_id,
        invoice_id=fact.invoice_id or (stored.invoice_id if stored else None),
        status=fact.status,
        amount=fact.amount,
        currency=fact.currency,
        created_at=fact.created_at,
        charge_amount=fact.charge_amount,
    )


def _notes(state: State, snapshot: Snapshot) -> tuple[CreditNote, ...]:
    """All credit notes. One that was voided leaves no trace in the amounts of its invoice, and then isn't fetched."""
    found = _laid_over(state, state.notes, snapshot.notes, _note)
    plain = {fact.id for fact in snapshot.invoices or () if not fact.credited}
    return tuple(replace(n, status=NoteStatus.VOID) if n.invoice_id in plain else n for n in found.values())


def _note(state: State, stored: CreditNote | None, fact: CreditNoteFact) -> CreditNote:
    return CreditNote(
        account_id=state.customer.account_id,
        id=fact.id,
        customer_id=state.customer.id,
        invoice_id=fact.invoice_id,
        status=fact.status,
        pre_payment_amount=fact.pre_payment_amount,
        post_payment_amount=fact.post_payment_amount,
        currency=fact.currency,
        created_at=fact.created_at,
        lines=fact.lines,
        refunds=fact.refunds,
    )


def _subscriptions(state: State, snapshot: Snapshot, payments: Payments, now: int) -> tuple[Subscription, ...]:
    found = _laid_over(state, state.subscriptions, snapshot.subscriptions, _subscription)
    for s in found.values():
        if snapshot.deleted and s.status not in ENDED_STATUSES:  # Stripe ends a deleted customer's subscriptions
            found[s.id] = replace(s, status=SubscriptionStatus.CANCELED, ended_at=now)
    return tuple(_with_payments(s, payments, now) for s in found.values())


def _subscription(state: State, stored: Subscription | None, fact: SubscriptionFact) -> Subscription:
    sold = _sells(state, stored, fact)
    method = fact.collection_method if fact.collection_method.known or stored is None else stored.collection_method
    named = fact.refs
    default = state.customer.person_id
    return Subscription(
        account_id=state.customer.account_id,
        id=fact.id,
        customer_id=state.customer.id,
        payer_id=_person(state, named.payer_id, stored.payer_id if stored else default),
        beneficiary_id=_person(state, named.beneficiary_id, stored.beneficiary_id if stored else default),
        plan_id=sold.plan_id,
        price_id=sold.price_id,
        status=fact.status,
        currency=fact.currency,
        unit_amount=fact.unit_amount,
        quantity=fact.quantity,
        unit=fact.unit,
        count=fact.count,
        items=fact.items,
        discounts=fact.discounts,
        collection_method=method,
        pause_behavior=fact.pause_behavior,
        cancel_at=fact.cancel_at,
        trial_end_at=fact.trial_end_at,
        period_start_at=fact.period_start_at,
        period_end_at=fact.period_end_at,
        latest_invoice_id=fact.latest_invoice_id,
        past_due_since_at=stored.past_due_since_at if stored else None,
        paid_once=stored.paid_once if stored else False,
        started_at=fact.started_at,
        ended_at=fact.ended_at,
        paused_by=fact.paused_by,
        ended_by=fact.ended_by,
        unpaid_since_at=stored.unpaid_since_at if stored else None,
    )


def _sells(state: State, stored: Subscription | None, fact: SubscriptionFact) -> Sold:
    """What a subscription sells, as far as we have it: its metadata may name what we don't."""
    named = None if fact.refs.price_id is None else state.prices.get(fact.refs.price_id)
    found = selling.of_subscription(fact, state.known, stored, named)
    if stored is not None and found.plan_id == stored.plan_id and found.price_id == stored.price_id:
        return found
    price = None if found.price_id is None else state.price(found.price_id)
    priced = price is not None and price.plan_id == found.plan_id
    return Sold(found.plan_id if found.plan_id in state.plans else None, found.price_id if priced else None)


def _person(state: State, named: PersonId | None, default: PersonId) -> PersonId:
    if named is not None and named.startswith(PERSON_PREFIX) and named in state.people:
        return named
    return default


def _with_payments(subscription: Subscription, payments: Payments, now: int) -> Subscription:
    """A subscription with what only we know of it: whether it was ever paid, and since when it is past due."""
    paid_once = subscription.paid_once or payments.paid_once(subscription.id)
    since: int | None = None
    if subscription.status is SubscriptionStatus.PAST_DUE:
        since = subscription.past_due_since_at
        if since is None or _paid_since(subscription, since, payments):
            since = _past_due_since(subscription, payments, now)
    unpaid = subscription.status is SubscriptionStatus.UNPAID
    unpaid_since = (subscription.unpaid_since_at or now) if unpaid else None
    return replace(subscription, paid_once=paid_once, past_due_since_at=since, unpaid_since_at=unpaid_since)


def _past_due_since(subscription: Subscription, payments: Payments, now: int) -> int:
    """When the oldest unpaid invoice fell due. Stripe has no field for it."""
    unpaid = payments.unpaid(subscription.id)
    if not unpaid:
        return now
    oldest = unpaid[0]
    if oldest.failed_at is not None:
        return oldest.failed_at
    if subscription.collection_method is CollectionMethod.SEND_INVOICE and oldest.due_at is not None:
        return oldest.due_at
    return now if oldest.finalized_at is None else oldest.finalized_at


def _paid_since(subscription: Subscription, since: int, payments: Payments) -> bool:
    """Whether what was past due was paid, and another invoice fell due, while nobody told us."""
    unpaid = payments.unpaid(subscription.id)
    if not unpaid or unpaid[0].created_at <= since:
        return False
    invoices = payments.of(subscription.id)
    return any(i.status is InvoiceStatus.PAID and i.total > 0 and (i.paid_at or 0) > since for i in invoices)


def _purchase(purchase: Purchase, invoices: Iterable[Invoice]) -> Purchase:
    """A purchase, paid once its invoice is. What was paid stays paid: a refund is told apart."""
    if purchase.state is PurchaseState.PAID:
        return purchase
    paid = [i for i in invoices if i.purchase_id == purchase.id and i.status is InvoiceStatus.PAID]
    if not paid:
        return purchase
    first = min(paid, key=lambda i: (i.paid_at or i.created_at, i.id))
    paid_at = first.paid_at or first.finalized_at or first.created_at
    return replace(purchase, state=PurchaseState.PAID, invoice_id=first.id, paid_at=paid_at)


# What follows.


def _entitlements(
    state: State,
    subscriptions: Iterable[Subscription],
    purchases: tuple[Purchase, ...],
    payments: Payments,
    held: Mapping[EntitlementId, Entitlement],
    now: int,
) -> tuple[Entitlement, ...]:
    found: list[Entitlement] = []
    for s in subscriptions:
        existing = held.get(entitle.entitlement_id(Source.SUBSCRIPTION, s.account_id, s.id))
        if s.plan_id is None:
            entitlement = entitle.sold_otherwise(existing, now)
        else:
            entitlement = entitle.for_subscription(s, state.plans[s.plan_id], payments, existing, now)
        if entitlement is not None:
            found.append(entitlement)
    found += entitle.of_purchases(purchases, state.plans, state.prices, payments, held, now)
    return tuple(found)


def _recheck_at(entitlements: Iterable[Entitlement], subscriptions: Iterable[Subscription], now: int) -> int | None:
    moments = [m for e in entitlements if e.access_from is not None for m in (e.access_from, e.access_until)]
    moments += [trial_notice_at(s) for s in subscriptions]
    return min((m for m in moments if m is not None and m > now), default=None)


def _completed(state: State, snapshot: Snapshot, purchases: Iterable[Purchase]) -> tuple[CheckoutId, ...]:
    """Checkout links that led to something."""
    named = [f.refs.checkout_id for f in snapshot.subscriptions or ()]
    bought = [p.checkout_id for p in purchases if p.state is PurchaseState.PAID and p not in state.purchases]
    return tuple(dict.fromkeys([n for n in named if n is not None] + bought))


def _ledger(
    state: State,
    subscriptions: Iterable[Subscription],
    purchases: Iterable[Purchase],
    payments: Payments,
    now: int,
) -> tuple[Change, ...]:
    subscriptions_before = {s.id: s for s in state.subscriptions}
    purchases_before = {p.id: p for p in state.purchases}
    refunds_before = {r.id: r for r in state.refunds}
    disputes_before = {d.id: d for d in state.disputes}
    plans = _plans_by_invoice(subscriptions, purchases, payments)
    changes: list[Change | None] = []
    for s in subscriptions:
        before = subscriptions_before.get(s.id)
        changes.append(ledger.of_subscription(before, s, _changed_at(before, s, payments, now)))
    changes += [ledger.of_purchase(purchases_before[PurchaseId(p.id)], p) for p in purchases]
    for r in payments.refunds:
        changes.append(ledger.of_refund(refunds_before.get(r.id), r, plans.get(r.invoice_id)))
    for d in payments.disputes:
        changes.append(ledger.of_dispute(disputes_before.get(d.id), d, plans.get(d.invoice_id)))
    return tuple(c for c in changes if c is not None)


def _plans_by_invoice(
    subscriptions: Iterable[Subscription], purchases: Iterable[Purchase], payments: Payments
) -> Mapping[InvoiceId | None, PlanId | None]:
    by_subscription = {s.id: s.plan_id for s in subscriptions}
    by_purchase = {p.id: p.plan_id for p in purchases}
    found: dict[InvoiceId | None, PlanId | None] = {None: None}
    for i in payments.invoices.values():
        if i.purchase_id is not None:
            found[i.id] = by_purchase.get(i.purchase_id)
        elif i.subscription_id is not None:
            found[i.id] = by_subscription.get(i.subscription_id)
    return found


def _changed_at(before: Subscription | None, after: Subscription, payments: Payments, now: int) -> int:
    """Stripe's time of a subscription's change, as near as its objects tell it."""
    if after.status in ENDED_STATUSES:
        return now if after.ended_at is None else after.ended_at
    if before is None:
        return after.started_at
    if after.past_due_since_at is not None:
        return after.past_due_since_at
    if before.status is SubscriptionStatus.PAST_DUE:
        paid = [i.paid_at for i in payments.of(after.id) if i.paid_at is not None]
        return max(paid, default=now)
    return now
