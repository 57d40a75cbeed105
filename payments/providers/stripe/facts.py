"""Stripe's objects as core facts: the only place that knows their shapes (API version 2026-10-28.endive).

Reading is defensive: a value of a set that we don't know becomes UNKNOWN or None, an absent field its neutral value.
Only the new shapes are read (`items.data[].current_period_*`, `parent.subscription_details`, `pricing`).
"""

import json
from collections.abc import Mapping
from typing import Any

from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.calendar import Unit
from payments.core.ids import ChargeId, CustomerRef, InvoiceId, SubscriptionId
from payments.core.snapshot import DisputeFact, InvoiceFact, RefundFact, SubscriptionFact
from payments.ports.providers import CheckoutSession, SessionStatus

Json = Mapping[str, Any]

PAYMENT_OVER = frozenset({"requires_payment_method", "canceled"})
"""A payment intent of a complete session in these states is not under way any more."""


ID_LENGTH_MAX = 255
"""Stripe's ids are no longer (https://docs.stripe.com/upgrades)."""


def reference(value: object) -> str | None:
    """The id in a field that holds an id, an expanded object, or nothing; what can be no id is nothing."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and 0 < len(value) <= ID_LENGTH_MAX else None


def milliseconds(value: object) -> int | None:
    """Stripe's seconds as our milliseconds."""
    return value * 1000 if isinstance(value, int) else None


def subscription_status(raw: Json) -> SubscriptionStatus:
    """The status, UNKNOWN if it is new to us: that changes nothing (invariant 6)."""
    try:
        return SubscriptionStatus(str(raw.get("status")))
    except ValueError:
        return SubscriptionStatus.UNKNOWN


def subscription(raw: Json) -> SubscriptionFact:
    """A subscription. What it costs and its period are those of its first item: ours have one."""
    items = _rows(raw.get("items"))
    first = items[0] if items else {}
    price = _map(first.get("price"))
    period_end_at = milliseconds(first.get("current_period_end"))
    cancel_at = milliseconds(raw.get("cancel_at"))
    if cancel_at is None and raw.get("cancel_at_period_end"):
        cancel_at = period_end_at
    recurring = _map(price.get("recurring"))
    return SubscriptionFact(
        id=SubscriptionId(str(raw["id"])),
        status=subscription_status(raw),
        provider_price_id=reference(price),
        currency=str(raw.get("currency") or price.get("currency") or ""),
        amount=_int(price.get("unit_amount")),
        quantity=_int(first.get("quantity"), 1),
        unit=_unit(recurring.get("interval")),
        count=recurring.get("interval_count") if isinstance(recurring.get("interval_count"), int) else None,
        items=_canonical([_item(item) for item in items]),
        discounts=_canonical([_discount(discount) for discount in raw.get("discounts") or []]),
        collection_method=str(raw.get("collection_method") or "charge_automatically"),
        pause_behavior=_text(_map(raw.get("pause_collection")).get("behavior")),
        cancel_at=cancel_at,
        trial_end_at=milliseconds(raw.get("trial_end")),
        period_start_at=milliseconds(first.get("current_period_start")),
        period_end_at=period_end_at,
        latest_invoice_id=_invoice_id(raw.get("latest_invoice")),
        started_at=milliseconds(raw.get("start_date")) or milliseconds(raw.get("created")) or 0,
        ended_at=milliseconds(raw.get("ended_at")),
        metadata=_metadata(raw),
    )


def invoice(raw: Json) -> InvoiceFact:
    """An invoice. Its period is that of its first subscription line, since `invoice.period_*` is the one before."""
    details = _map(_map(raw.get("parent")).get("subscription_details"))
    transitions = _map(raw.get("status_transitions"))
    starts, ends = _period(raw)
    found = reference(details.get("subscription"))
    try:
        status = InvoiceStatus(str(raw.get("status")))
    except ValueError:
        status = InvoiceStatus.UNKNOWN
    return InvoiceFact(
        id=InvoiceId(str(raw["id"])),
        subscription_id=SubscriptionId(found) if found else None,
        status=status,
        number=_text(raw.get("number")),
        description=_text(raw.get("description")),
        billing_reason=_text(raw.get("billing_reason")),
        collection_method=str(raw.get("collection_method") or "charge_automatically"),
        currency=str(raw.get("currency") or ""),
        total=_int(raw.get("total")),
        amount_paid=_int(raw.get("amount_paid")),
        amount_remaining=_int(raw.get("amount_remaining")),
        attempt_count=_int(raw.get("attempt_count")),
        period_start_at=starts,
        period_end_at=ends,
        due_at=milliseconds(raw.get("due_date")),
        finalized_at=milliseconds(transitions.get("finalized_at")),
        paid_at=milliseconds(transitions.get("paid_at")),
        hosted_url=_text(raw.get("hosted_invoice_url")),
        pdf_url=_text(raw.get("invoice_pdf")),
        created_at=milliseconds(raw.get("created")) or 0,
        metadata=_metadata(details) | _metadata(raw),
    )


def refund(raw: Json, charge: Json, invoice_id: InvoiceId | None) -> RefundFact:
    """A refund of a charge."""
    return RefundFact(
        id=str(raw["id"]),
        charge_id=ChargeId(str(charge["id"])),
        invoice_id=invoice_id,
        status=str(raw.get("status") or "unknown"),
        amount=_int(raw.get("amount")),
        charge_amount=_int(charge.get("amount_captured")) or _int(charge.get("amount")),
        currency=str(raw.get("currency") or charge.get("currency") or ""),
        created_at=milliseconds(raw.get("created")) or 0,
    )


def dispute(raw: Json, charge: Json, invoice_id: InvoiceId | None) -> DisputeFact:
    """A dispute of a charge."""
    return DisputeFact(
        id=str(raw["id"]),
        charge_id=ChargeId(str(charge["id"])),
        invoice_id=invoice_id,
        status=str(raw.get("status") or "unknown"),
        amount=_int(raw.get("amount")),
        currency=str(raw.get("currency") or ""),
        created_at=milliseconds(raw.get("created")) or 0,
    )


def session(raw: Json) -> CheckoutSession:
    """A checkout session. A status that is new to us counts as over, since no link of it is sure to work."""
    try:
        status = SessionStatus(str(raw.get("status")))
    except ValueError:
        status = SessionStatus.EXPIRED
    payment = _text(_map(raw.get("payment_intent")).get("status"))
    orphan = _map(raw.get("customer")).get("deleted") is True
    return CheckoutSession(
        id=str(raw["id"]),
        url=None if orphan else _text(raw.get("url")),
        status=status,
        expires_at=milliseconds(raw.get("expires_at")) or 0,
        # A complete session says "unpaid" while a debit is under way and after it has failed: its payment knows which.
        failed=raw.get("payment_status") == "unpaid" and payment in PAYMENT_OVER,
        metadata=_metadata(raw),
    )


def fingerprints(page: Json) -> frozenset[str]:
    """What tells cards, and accounts that are debited, from each other; a wallet has none."""
    methods = _rows(page)
    found = (_text(_map(method.get(str(method.get("type")))).get("fingerprint")) for method in methods)
    return frozenset(one for one in found if one)


def customer_in(obj: Json) -> CustomerRef | None:
    """The customer that an object names: itself, or its `customer`."""
    found = reference(obj.get("id")) if obj.get("object") == "customer" else reference(obj.get("customer"))
    return CustomerRef(found) if found else None


def event_of(raw: Json) -> str | None:
    """What an event is of."""
    return reference(_map(raw.get("data")).get("object"))


def _period(raw: Json) -> tuple[int | None, int | None]:
    for line in _rows(raw.get("lines")):
        parent = _map(line.get("parent"))
        details = _map(parent.get("subscription_item_details"))
        period = _map(line.get("period"))
        if details and not details.get("proration"):
            return milliseconds(period.get("start")), milliseconds(period.get("end"))
    return milliseconds(raw.get("period_start")), milliseconds(raw.get("period_end"))


def _item(item: Json) -> dict[str, Any]:
    price = _map(item.get("price"))
    recurring = _map(price.get("recurring"))
    return {
        "amount": price.get("unit_amount"),
        "count": recurring.get("interval_count"),
        "currency": price.get("currency"),
        "id": item.get("id"),
        "price": reference(price),
        "quantity": item.get("quantity"),
        "unit": recurring.get("interval"),
    }


def _discount(discount: object) -> dict[str, Any]:
    if not isinstance(discount, Mapping):
        return {"id": reference(discount)}
    coupon = _map(discount.get("source")).get("coupon")
    terms = _map(coupon)
    return {
        "amount_off": terms.get("amount_off"),
        "coupon": reference(coupon),
        "end": discount.get("end"),
        "id": reference(discount),
        "percent_off": terms.get("percent_off"),
        "promotion_code": reference(discount.get("promotion_code")),
    }


def _canonical(value: list[dict[str, Any]]) -> str:
    rows = sorted(value, key=lambda row: str(row.get("id")))
    return json.dumps(rows, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _metadata(raw: Json) -> dict[str, str]:
    return {str(key): str(value) for key, value in _map(raw.get("metadata")).items()}


def _rows(value: object) -> list[Json]:
    rows = _map(value).get("data")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _map(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _int(value: object, otherwise: int = 0) -> int:
    return value if isinstance(value, int) else otherwise


def _invoice_id(value: object) -> InvoiceId | None:
    found = reference(value)
    return InvoiceId(found) if found else None


def _unit(value: object) -> Unit | None:
    try:
        return Unit(str(value))
    except ValueError:
        return None
