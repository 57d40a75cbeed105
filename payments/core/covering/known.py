"""The stored rows of a customer as what decides on one of its subscriptions, or on one purchase."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from payments.core.access import Reason
from payments.core.billing import (
    BillingReason,
    CollectionMethod,
    CreditNote,
    Dispute,
    DisputeStatus,
    EndedBy,
    Invoice,
    InvoiceStatus,
    NoteStatus,
    PausedBy,
    Refund,
    RefundStatus,
    Subscription,
    SubscriptionStatus,
)
from payments.core.catalog import Plan
from payments.core.covering.bills import Bill, Contested, GivenBack, Known, Note, Pause, Terms
from payments.core.covering.money import taken_back
from payments.core.covering.periods import covering
from payments.core.ids import InvoiceId
from payments.core.lines import InvoiceLine, SubscriptionItem

TAKING = frozenset({RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION, RefundStatus.SUCCEEDED})
"""Refunds that give back; one that failed or was canceled gave nothing."""

_NEVER_BEGAN = frozenset({SubscriptionStatus.INCOMPLETE, SubscriptionStatus.INCOMPLETE_EXPIRED})

_FAILED = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})

CONTESTING = frozenset(
    {
        DisputeStatus.NEEDS_RESPONSE,
        DisputeStatus.UNDER_REVIEW,
        DisputeStatus.APPEAL_NEEDS_RESPONSE,
        DisputeStatus.APPEAL_UNDER_REVIEW,
        DisputeStatus.LOST,
        DisputeStatus.PREVENTED,
    }
)
"""Disputes that take: inquiries (`warning_*`) contest nothing yet, and one that was won gives back what it took."""


@dataclass(frozen=True, slots=True)
class Payments:
    """One customer's invoices, and what was given back of them or is contested."""

    invoices: Mapping[InvoiceId, Invoice]
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]
    notes: Sequence[CreditNote] = ()

    def of(self, subscription: Subscription) -> list[Invoice]:
        """A subscription's invoices, oldest first."""
        mine = [i for i in self.invoices.values() if i.subscription_id == subscription.id]
        return sorted(mine, key=lambda i: (i.created_at, i.id))

    def paid_once(self, subscription: Subscription) -> bool:
        """Whether anything was ever paid for it: a trial's bill of nothing is no payment, nor is a credit note."""
        paid = [i for i in self.of(subscription) if i.status is InvoiceStatus.PAID]
        return any(i.amount_paid + i.balance_applied > 0 for i in paid)

    def taken_back(self, invoice: Invoice, plan: Plan) -> Reason | None:
        """Why the payment of a purchase no longer counts, as far as its plan cares; None: it counts."""
        known = known_of_bill(invoice, self)
        (whole,) = known.items
        covers = covering(known, whole)
        if covers is None:
            return Reason.REFUNDED  # it was credited, and never paid
        return taken_back(known, whole, covers, terms_of(plan))


def known_of(subscription: Subscription, payments: Payments) -> Known:
    """What decides on a subscription.

    An item that isn't known is taken for the one that its plan is sold by, and so is what a bill without known lines
    asks for: versions before the typed lines stored neither.
    """
    s = subscription
    unknown = SubscriptionItem(id=s.id, provider_price_id=None, quantity=s.quantity, unit_amount=s.unit_amount or None)
    items = s.items or (unknown,)
    unpaid = s.status is SubscriptionStatus.UNPAID
    return Known(
        status=s.status,
        items=items,
        bills=tuple(_bill(invoice, items) for invoice in payments.of(s)),
        given_back=_given_back(payments),
        notes=_notes(payments),
        contested=_contested(payments),
        sent=s.collection_method is CollectionMethod.SEND_INVOICE,
        pause=_pause(s),
        trial_end_at=s.trial_end_at,
        cancel_at=s.cancel_at,
        ended_at=s.unpaid_since_at if unpaid else s.ended_at,
        payment_ended_it=unpaid or s.ended_by is EndedBy.PAYMENT_FAILED,
        pending_bill_id=s.pending_invoice_id,
    )


def known_for(plan: Plan, subscription: Subscription, payments: Payments, *, bounced_before: bool = False) -> Known:
    """The same, for what it gives of a plan.

    Who was moved here is on a trial until their old renewal day: one made by hand without any has yet to be paid.
    """
    moved = subscription.moved_here and subscription.trial_end_at is not None
    known = known_of(subscription, payments)
    return replace(known, counts_as_paid=plan.moved_paid and moved, bounced_before=bounced_before)


def bounced(subscription: Subscription, payments: Payments) -> bool:
    """Whether a first payment that took days was returned, and nothing ever came in for the subscription.

    A card that is declined leaves it incomplete, or ends a trial: nobody was let in for that.
    """
    s = subscription
    if s.paid_once or s.trial_end_at is not None or s.status in _NEVER_BEGAN or payments.paid_once(s):
        return False
    return any(bill.failed_at is not None and bill.due_at is None for bill in payments.of(s))


def known_of_bill(invoice: Invoice, payments: Payments) -> Known:
    """What decides on a purchase that one bill pays for, as a whole: its lines are of no subscription's item."""
    whole = SubscriptionItem(id=invoice.id)
    return Known(
        status=SubscriptionStatus.ACTIVE,
        items=(whole,),
        bills=(_bill(replace(invoice, lines=None), (whole,)),),
        given_back=_given_back(payments),
        notes=_notes(payments),
        contested=_contested(payments),
    )


def terms_of(plan: Plan) -> Terms:
    """What a plan says of grace, refunds, disputes, pauses and first payments."""
    return Terms(
        grace_ms=plan.grace_ms,
        refund_ends=plan.refund_ends_access,
        dispute_ends=plan.dispute_ends_access,
        pause_keeps=plan.pause_keeps_access,
        at_once=plan.at_once,
    )


def _bill(invoice: Invoice, items: Iterable[SubscriptionItem]) -> Bill:
    draft = invoice.status is InvoiceStatus.DRAFT
    return Bill(
        id=invoice.id,
        status=invoice.status,
        created_at=invoice.created_at,
        lines=_lines(invoice, items),
        cash=invoice.amount_paid,
        balance=invoice.balance_applied,
        failed_at=invoice.failed_at,
        due_at=invoice.due_at,
        paid_at=invoice.paid_at,
        ended_at=invoice.ended_at,
        processing=invoice.processing,
        stays_draft=draft and not invoice.auto_advance,
        by_pause=invoice.by_pause,
        forgiven=invoice.access_kept,
        withdrawn=invoice.withdrawn,
        change=invoice.billing_reason is BillingReason.SUBSCRIPTION_UPDATE,
    )


def _lines(invoice: Invoice, items: Iterable[SubscriptionItem]) -> tuple[InvoiceLine, ...]:
    """The lines; where they aren't known, one for each item. A change in the midst of a period opened none then."""
    if invoice.lines is not None:
        return invoice.lines
    if invoice.billing_reason is BillingReason.SUBSCRIPTION_UPDATE:
        return ()
    return tuple(
        InvoiceLine(
            id=invoice.id,
            amount=invoice.total,
            provider_price_id=item.provider_price_id,
            product_id=item.product_id,
            subscription_item_id=item.id,
            period_start_at=invoice.period_start_at,
            period_end_at=invoice.period_end_at,
        )
        for item in items
    )


def _given_back(payments: Payments) -> tuple[GivenBack, ...]:
    return tuple(
        GivenBack(
            refund.id,
            refund.invoice_id,
            refund.amount,
            refund.created_at,
            charge_id=refund.charge_id,
            payment=refund.charge_amount,
        )
        for refund in payments.refunds
        if refund.invoice_id is not None and refund.status in TAKING
    )


def _notes(payments: Payments) -> tuple[Note, ...]:
    """Credit notes that stand. What a refund of theirs did not give back, since it failed, they don't either."""
    failed = {refund.id: refund.amount for refund in payments.refunds if refund.status in _FAILED}
    return tuple(
        Note(
            id=note.id,
            bill_id=note.invoice_id,
            pre=note.pre_payment_amount,
            post=max(0, note.post_payment_amount - sum(failed.get(one.refund_id, 0) for one in note.refunds)),
            lines={} if _any_failed(note, failed) else {line.line_id: line.amount for line in note.lines},
            refund_ids=frozenset(refund.refund_id for refund in note.refunds),
            at=note.created_at,
        )
        for note in payments.notes
        if note.status is NoteStatus.ISSUED
    )


def _any_failed(note: CreditNote, failed: Collection[str]) -> bool:
    return any(refund.refund_id in failed for refund in note.refunds)


def _contested(payments: Payments) -> tuple[Contested, ...]:
    found = []
    for dispute in payments.disputes:
        invoice = None if dispute.invoice_id is None else payments.invoices.get(dispute.invoice_id)
        if invoice is not None and dispute.status in CONTESTING:
            payment = invoice.amount_paid if dispute.charge_amount is None else dispute.charge_amount
            found.append(Contested(invoice.id, dispute.amount, payment, dispute.charge_id, dispute.created_at))
    return tuple(found)


def _pause(s: Subscription) -> Pause | None:
    if s.status is SubscriptionStatus.PAUSED:
        return Pause.REQUESTED if s.paused_by is PausedBy.PAUSE_REQUESTED else Pause.UNASKED
    return None if s.pause_behavior is None else Pause.REQUESTED
