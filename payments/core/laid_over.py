"""What the provider says now, laid over what is stored: rows from facts.

A part that was not asked for keeps what is stored; so does an object that is absent from a part, and one whose status
this version doesn't know (invariant 6).
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from payments.core import selling
from payments.core.billing import (
    ENDED_STATUSES,
    CollectionMethod,
    CreditNote,
    Dispute,
    EndedBy,
    Invoice,
    InvoiceStatus,
    NoteStatus,
    Refund,
    Subscription,
    SubscriptionStatus,
)
from payments.core.ids import InvoiceId, PersonId, SubscriptionId
from payments.core.selling import Sold
from payments.core.snapshot import CreditNoteFact, DisputeFact, InvoiceFact, RefundFact, Snapshot, SubscriptionFact
from payments.core.state import State

PERSON_PREFIX = "prs_"

_Row = TypeVar("_Row", Subscription, Invoice, Refund, Dispute, CreditNote)
_Fact = TypeVar("_Fact", SubscriptionFact, InvoiceFact, RefundFact, DisputeFact, CreditNoteFact)


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


def invoices(state: State, snapshot: Snapshot, now: int) -> tuple[Invoice, ...]:
    """All invoices, with what only we know of them. A failure whose time is lost counts from when we first see it."""
    found = _laid_over(state, state.invoices, snapshot.invoices, _invoice)
    for invoice_id in unknown_failures(state, replace(snapshot, failed_at={})):
        asked = found[invoice_id]
        failed = asked.failed_at is not None or invoice_id in snapshot.failed_at
        found[invoice_id] = replace(asked, processing=invoice_id in snapshot.processing and not failed)
    for invoice_id, failed_at in snapshot.failed_at.items():
        invoice = found.get(invoice_id)
        if invoice is not None and (invoice.failed_at is None or failed_at < invoice.failed_at):
            found[invoice_id] = replace(invoice, failed_at=failed_at, processing=False)
    for id_, failed_at in _failed(state, snapshot, now):
        invoice = found[id_]
        if invoice.failed_at is None and not invoice.processing:
            found[id_] = replace(invoice, failed_at=failed_at)
    paused = _paused(state, snapshot)
    met = {i.id for i in state.invoices if i.status is not InvoiceStatus.DRAFT}
    for invoice in found.values():  # a pause acts when a bill would be finalized: what was open before is not its doing
        if invoice.subscription_id in paused and invoice.id not in met and _ended_or_left(invoice):
            found[invoice.id] = replace(invoice, by_pause=True)
    return tuple(found.values())


def _failed(state: State, snapshot: Snapshot, now: int) -> Iterator[tuple[InvoiceId, int]]:
    """Open invoices that were tried in vain, since their subscription is in trouble for it, and since when.

    One that is past due was seen so at a time that we may have stored; of one that is over, no grace was announced.
    Only with their subscriptions was it asked whether a payment is on its way.
    """
    told = {fact.id: fact.status for fact in snapshot.subscriptions or ()}
    since = {s.id: s.past_due_since_at for s in state.subscriptions}
    for fact in snapshot.invoices or ():
        if fact.subscription_id is None or not tried(fact):
            continue
        seen_at = since.get(fact.subscription_id)
        if seen_at is not None and seen_at < fact.created_at:
            seen_at = None  # that was another debt
        match told.get(fact.subscription_id):
            case SubscriptionStatus.PAST_DUE:
                yield fact.id, now if seen_at is None else seen_at
            case SubscriptionStatus.UNPAID | SubscriptionStatus.CANCELED:
                yield fact.id, seen_at or fact.finalized_at or fact.created_at


def unknown_failures(state: State, snapshot: Snapshot) -> tuple[InvoiceId, ...]:
    """Unpaid invoices that were tried, and we don't know when that failed, or whether the payment is on its way.

    Asked where a grace hangs on it, and of subscriptions that wait for a first payment.
    """
    known = {i.id for i in state.invoices if i.failed_at is not None} | set(snapshot.failed_at)
    paid = {i.subscription_id for i in snapshot.invoices or () if i.status is InvoiceStatus.PAID and i.amount_paid > 0}
    settled = _last_settled(snapshot)
    asking = {f.id: f for f in snapshot.subscriptions or () if _hangs_on_it(f, paid)}
    found = []
    for fact in snapshot.invoices or ():
        of = None if fact.subscription_id is None else asking.get(fact.subscription_id)
        if of is None or fact.id in known or not tried(fact):
            continue
        if of.status is not SubscriptionStatus.ACTIVE or fact.created_at > settled.get(of.id, 0):
            found.append(fact.id)
    return tuple(found)


def _last_settled(snapshot: Snapshot) -> dict[SubscriptionId, int]:
    """When the newest paid invoice of each subscription was made, also one of nothing."""
    found: dict[SubscriptionId, int] = {}
    for fact in snapshot.invoices or ():
        if fact.subscription_id is not None and fact.status is InvoiceStatus.PAID:
            found[fact.subscription_id] = max(fact.created_at, found.get(fact.subscription_id, 0))
    return found


def _hangs_on_it(fact: SubscriptionFact, paid: Collection[SubscriptionId | None]) -> bool:
    """Whether it matters when an invoice of the subscription failed, or that its payment is on its way."""
    match fact.status:
        case SubscriptionStatus.PAST_DUE | SubscriptionStatus.UNPAID:
            return True
        case SubscriptionStatus.CANCELED:
            return fact.ended_by is EndedBy.PAYMENT_FAILED
        case SubscriptionStatus.ACTIVE:
            return fact.id not in paid
        case _:
            return False


def tried(fact: InvoiceFact) -> bool:
    """Whether a payment of an open invoice was tried. It doesn't tell when that failed, or whether it is on its way."""
    collected = fact.collection_method is not CollectionMethod.SEND_INVOICE
    return collected and fact.status is InvoiceStatus.OPEN and fact.attempt_count > 0


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
        processing=stored is not None and stored.processing and _may_come(stored, fact),
        access_kept=stored is not None and stored.access_kept and fact.status is not InvoiceStatus.OPEN,
        withdrawn=stored is not None and stored.withdrawn and fact.status is not InvoiceStatus.PAID,
    )


def _may_come(stored: Invoice, fact: InvoiceFact) -> bool:
    """Whether the payment that was on its way may be so still."""
    return fact.status is InvoiceStatus.OPEN and stored.failed_at is None


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


def refunds(state: State, snapshot: Snapshot) -> tuple[Refund, ...]:
    """All refunds."""
    return tuple(_laid_over(state, state.refunds, snapshot.refunds, _refund).values())


def disputes(state: State, snapshot: Snapshot) -> tuple[Dispute, ...]:
    """All disputes."""
    return tuple(_laid_over(state, state.disputes, snapshot.disputes, _dispute).values())


def notes(state: State, snapshot: Snapshot) -> tuple[CreditNote, ...]:
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


def subscriptions(state: State, snapshot: Snapshot, now: int) -> tuple[Subscription, ...]:
    """All subscriptions; what follows from their invoices is not yet looked at."""
    found = _laid_over(state, state.subscriptions, snapshot.subscriptions, _subscription)
    for s in found.values():
        if snapshot.deleted and s.status not in ENDED_STATUSES:  # Stripe ends a deleted customer's subscriptions
            found[s.id] = replace(s, status=SubscriptionStatus.CANCELED, ended_at=now)
    return tuple(found.values())


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
        pending_invoice_id=fact.pending_invoice_id,
        ending=stored.ending if stored else None,
        ending_for=stored.ending_for if stored else None,
        ending_for_at=stored.ending_for_at if stored else None,
        moved_here=fact.refs.checkout_id is None,
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
