"""Stripe's objects as core facts: the only place that knows their shapes (API version 2026-10-28.endive).

Reading is defensive: a value of a set that we don't know becomes UNKNOWN or None, an absent field its neutral value.
Only the new shapes are read (`items.data[].current_period_*`, `parent.subscription_details`, `pricing`).
"""

from payments.core.billing import (
    BillingReason,
    CollectionMethod,
    DisputeStatus,
    EndedBy,
    InvoiceStatus,
    NoteStatus,
    PauseBehavior,
    PausedBy,
    RefundStatus,
    SubscriptionStatus,
)
from payments.core.ids import ChargeId, CustomerRef, InvoiceId, SubscriptionId
from payments.core.snapshot import CreditNoteFact, DisputeFact, InvoiceFact, RefundFact, SubscriptionFact
from payments.ports.providers import CheckoutSession, SessionStatus
from payments.providers.stripe import lines
from payments.providers.stripe.fields import (
    Json,
    int_of,
    map_of,
    metadata_of,
    milliseconds,
    reference,
    rows_of,
    text_of,
    unit_of,
)

PAYMENT_OVER = frozenset({"requires_payment_method", "canceled"})
"""A payment intent of a complete session in these states is not under way any more."""


def subscription(raw: Json) -> SubscriptionFact:
    """A subscription. What it costs and its period are those of its first item: ours have one."""
    items = rows_of(raw.get("items"))
    first = items[0] if items else {}
    price = map_of(first.get("price"))
    period_end_at = milliseconds(first.get("current_period_end"))
    cancel_at = milliseconds(raw.get("cancel_at"))
    if cancel_at is None and raw.get("cancel_at_period_end"):
        cancel_at = period_end_at
    recurring = map_of(price.get("recurring"))
    pause = text_of(map_of(raw.get("pause_collection")).get("behavior"))
    paused = map_of(map_of(map_of(raw.get("status_details")).get("paused")).get("subscription"))
    paused_by = text_of(paused.get("type"))
    ended_by = text_of(map_of(raw.get("cancellation_details")).get("reason"))
    return SubscriptionFact(
        id=SubscriptionId(str(raw["id"])),
        status=SubscriptionStatus(str(raw.get("status"))),
        provider_price_id=reference(price),
        currency=str(raw.get("currency") or price.get("currency") or ""),
        unit_amount=int_of(price.get("unit_amount")),
        quantity=int_of(first.get("quantity"), 1),
        unit=unit_of(recurring.get("interval")),
        count=recurring.get("interval_count") if isinstance(recurring.get("interval_count"), int) else None,
        items=lines.items(raw.get("items")),
        discounts=lines.discounts(raw.get("discounts")) or (),
        collection_method=_collection_method(raw),
        pause_behavior=None if pause is None else PauseBehavior(pause),
        cancel_at=cancel_at,
        trial_end_at=milliseconds(raw.get("trial_end")),
        period_start_at=milliseconds(first.get("current_period_start")),
        period_end_at=period_end_at,
        latest_invoice_id=_invoice_id(raw.get("latest_invoice")),
        started_at=milliseconds(raw.get("start_date")) or milliseconds(raw.get("created")) or 0,
        ended_at=milliseconds(raw.get("ended_at")),
        metadata=metadata_of(raw),
        paused_by=None if paused_by is None else PausedBy(paused_by),
        ended_by=None if ended_by is None else EndedBy(ended_by),
        pending_invoice_id=_invoice_id(raw.get("latest_invoice")) if raw.get("pending_update") else None,
    )


def invoice(raw: Json) -> InvoiceFact:
    """An invoice. Its period is that of its first subscription line, since `invoice.period_*` is the one before."""
    details = map_of(map_of(raw.get("parent")).get("subscription_details"))
    transitions = map_of(raw.get("status_transitions"))
    starts, ends = _period(raw)
    found = reference(details.get("subscription"))
    reason = text_of(raw.get("billing_reason"))
    return InvoiceFact(
        id=InvoiceId(str(raw["id"])),
        subscription_id=SubscriptionId(found) if found else None,
        status=InvoiceStatus(str(raw.get("status"))),
        number=text_of(raw.get("number")),
        description=text_of(raw.get("description")),
        billing_reason=None if reason is None else BillingReason(reason),
        collection_method=_collection_method(raw),
        currency=str(raw.get("currency") or ""),
        total=int_of(raw.get("total")),
        amount_paid=int_of(raw.get("amount_paid")),
        amount_remaining=int_of(raw.get("amount_remaining")),
        attempt_count=int_of(raw.get("attempt_count")),
        period_start_at=starts,
        period_end_at=ends,
        due_at=milliseconds(raw.get("due_date")),
        finalized_at=milliseconds(transitions.get("finalized_at")),
        paid_at=milliseconds(transitions.get("paid_at")),
        hosted_url=text_of(raw.get("hosted_invoice_url")),
        pdf_url=text_of(raw.get("invoice_pdf")),
        created_at=milliseconds(raw.get("created")) or 0,
        lines=lines.of_invoice(raw.get("lines")),
        metadata=metadata_of(details) | metadata_of(raw),
        balance_applied=_balance_applied(raw),
        auto_advance=raw.get("auto_advance") is not False,
        ended_at=milliseconds(transitions.get("voided_at")) or milliseconds(transitions.get("marked_uncollectible_at")),
        credited=any(int_of(raw.get(f"{when}_payment_credit_notes_amount")) for when in ("pre", "post")),
    )


def _balance_applied(raw: Json) -> int:
    """What credit of the customer (a balance below 0) paid of an invoice when it was finalized."""
    before, after = raw.get("starting_balance"), raw.get("ending_balance")
    if not isinstance(before, int) or not isinstance(after, int):
        return 0
    return max(0, min(after, 0) - min(before, 0))


def refund(raw: Json, charge: Json, invoice_id: InvoiceId | None) -> RefundFact:
    """A refund of a charge."""
    return RefundFact(
        id=str(raw["id"]),
        charge_id=ChargeId(str(charge["id"])),
        invoice_id=invoice_id,
        status=RefundStatus(str(raw.get("status"))),
        amount=int_of(raw.get("amount")),
        charge_amount=int_of(charge.get("amount_captured")) or int_of(charge.get("amount")),
        currency=str(raw.get("currency") or charge.get("currency") or ""),
        created_at=milliseconds(raw.get("created")) or 0,
    )


def dispute(raw: Json, charge: Json, invoice_id: InvoiceId | None) -> DisputeFact:
    """A dispute of a charge."""
    return DisputeFact(
        id=str(raw["id"]),
        charge_id=ChargeId(str(charge["id"])),
        invoice_id=invoice_id,
        status=DisputeStatus(str(raw.get("status"))),
        amount=int_of(raw.get("amount")),
        currency=str(raw.get("currency") or ""),
        created_at=milliseconds(raw.get("created")) or 0,
        charge_amount=int_of(charge.get("amount_captured")) or int_of(charge.get("amount")),
    )


def credit_note(raw: Json, all_lines: list[Json]) -> CreditNoteFact:
    """A credit note, with all its lines."""
    return CreditNoteFact(
        id=str(raw["id"]),
        invoice_id=InvoiceId(reference(raw.get("invoice")) or ""),
        status=NoteStatus(str(raw.get("status"))),
        pre_payment_amount=int_of(raw.get("pre_payment_amount")),
        post_payment_amount=int_of(raw.get("post_payment_amount")),
        currency=str(raw.get("currency") or ""),
        created_at=milliseconds(raw.get("created")) or 0,
        lines=lines.of_note(all_lines),
        refunds=lines.refunds_of_note(raw.get("refunds")),
    )


def session(raw: Json) -> CheckoutSession:
    """A checkout session. A status that is new to us counts as over, since no link of it is sure to work."""
    try:
        status = SessionStatus(str(raw.get("status")))
    except ValueError:
        status = SessionStatus.EXPIRED
    payment = text_of(map_of(raw.get("payment_intent")).get("status"))
    orphan = map_of(raw.get("customer")).get("deleted") is True
    return CheckoutSession(
        id=str(raw["id"]),
        url=None if orphan else text_of(raw.get("url")),
        status=status,
        expires_at=milliseconds(raw.get("expires_at")) or 0,
        # A complete session says "unpaid" while a debit is under way and after it has failed: its payment knows which.
        failed=raw.get("payment_status") == "unpaid" and payment in PAYMENT_OVER,
        metadata=metadata_of(raw),
    )


def fingerprints(page: Json) -> frozenset[str]:
    """What tells cards, and accounts that are debited, from each other; a wallet has none."""
    methods = rows_of(page)
    found = (text_of(map_of(method.get(str(method.get("type")))).get("fingerprint")) for method in methods)
    return frozenset(one for one in found if one)


def customer_in(obj: Json) -> CustomerRef | None:
    """The customer that an object names: itself, or its `customer`."""
    found = reference(obj.get("id")) if obj.get("object") == "customer" else reference(obj.get("customer"))
    return CustomerRef(found) if found else None


def event_of(raw: Json) -> str | None:
    """What an event is of."""
    return reference(map_of(raw.get("data")).get("object"))


def _collection_method(raw: Json) -> CollectionMethod:
    return CollectionMethod(str(raw.get("collection_method") or CollectionMethod.CHARGE_AUTOMATICALLY))


def _period(raw: Json) -> tuple[int | None, int | None]:
    for line in rows_of(raw.get("lines")):
        parent = map_of(line.get("parent"))
        details = map_of(parent.get("subscription_item_details"))
        period = map_of(line.get("period"))
        if details and not details.get("proration"):
            return milliseconds(period.get("start")), milliseconds(period.get("end"))
    return milliseconds(raw.get("period_start")), milliseconds(raw.get("period_end"))


def _invoice_id(value: object) -> InvoiceId | None:
    found = reference(value)
    return InvoiceId(found) if found else None
