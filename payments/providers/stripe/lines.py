"""Items, discounts and an invoice's lines as Stripe has them (API version 2026-10-28.endive; only the new shapes)."""

from decimal import Decimal, InvalidOperation

from payments.core.ids import InvoiceId, SubscriptionId
from payments.core.lines import (
    CreditedLines,
    Discount,
    DiscountDuration,
    InvoiceLine,
    NoteLine,
    NoteRefund,
    SubscriptionItem,
)
from payments.providers.stripe.fields import Json, int_of, map_of, milliseconds, reference, rows_of, text_of, unit_of


def items(value: object) -> tuple[SubscriptionItem, ...]:
    """A subscription's `items` in the order of their ids, if it shows all of them; none if it doesn't."""
    rows = [] if map_of(value).get("has_more") else rows_of(value)
    found = (_item(item_id, row) for row in rows if (item_id := reference(row)))
    return tuple(sorted(found, key=lambda item: item.id))


def discounts(value: object) -> tuple[Discount, ...] | None:
    """A `discounts` field, in the order of the ids; each is told in full or by its id. None: nothing is told."""
    if not isinstance(value, list):
        return None
    found = (_discount(discount_id, map_of(each)) for each in value if (discount_id := reference(each)))
    return tuple(sorted(found, key=lambda discount: discount.id))


def of_invoice(value: object) -> tuple[InvoiceLine, ...] | None:
    """An invoice's `lines`, if it shows all of them: it shows ten at most."""
    listed = map_of(value)
    if not isinstance(listed.get("data"), list) or listed.get("has_more"):
        return None
    return tuple(line(row) for row in rows_of(listed))


def line(row: Json) -> InvoiceLine:
    """One line."""
    parent = map_of(row.get("parent"))
    details = map_of(parent.get("subscription_item_details") or parent.get("invoice_item_details"))
    priced = map_of(map_of(row.get("pricing")).get("price_details"))
    period = map_of(row.get("period"))
    subscription = reference(details.get("subscription"))
    return InvoiceLine(
        id=str(row.get("id") or ""),
        amount=int_of(row.get("amount")),
        currency=text_of(row.get("currency")),
        description=text_of(row.get("description")),
        quantity=_number(row.get("quantity")),
        provider_price_id=reference(priced.get("price")),
        product_id=reference(priced.get("product")),
        subscription_id=SubscriptionId(subscription) if subscription else None,
        subscription_item_id=reference(details.get("subscription_item")),
        period_start_at=milliseconds(period.get("start")),
        period_end_at=milliseconds(period.get("end")),
        proration=details.get("proration") is True,
        credits=_credits(map_of(details.get("proration_details")).get("credited_items")),
        discount_amount=_sum(row.get("discount_amounts")),
        tax_amount=_sum(row.get("taxes")),
        tax_included=_sum(row.get("taxes"), "inclusive"),
    )


def of_note(rows: list[Json]) -> tuple[NoteLine, ...]:
    """What a credit note takes off lines of its invoice; a custom line is of none."""
    return tuple(
        NoteLine(line_id, int_of(row.get("amount")))
        for row in rows
        if (line_id := reference(row.get("invoice_line_item")))
    )


def refunds_of_note(value: object) -> tuple[NoteRefund, ...]:
    """The refunds that a credit note counts as its own."""
    rows = value if isinstance(value, list) else []
    ids = (reference(map_of(row).get("refund")) for row in rows)
    return tuple(NoteRefund(refund_id) for refund_id in ids if refund_id)


def _item(item_id: str, row: Json) -> SubscriptionItem:
    price = map_of(row.get("price"))
    recurring = map_of(price.get("recurring"))
    usage = text_of(recurring.get("usage_type"))
    return SubscriptionItem(
        id=item_id,
        provider_price_id=reference(row.get("price")),
        product_id=reference(price.get("product")),
        currency=text_of(price.get("currency")),
        unit_amount=None if price.get("transform_quantity") else _number(price.get("unit_amount")),
        quantity=_number(row.get("quantity")),
        unit=unit_of(recurring.get("interval")),
        count=_number(recurring.get("interval_count")),
        usage=None if usage is None else usage == "metered",
        period_start_at=milliseconds(row.get("current_period_start")),
        period_end_at=milliseconds(row.get("current_period_end")),
        discounts=discounts(row.get("discounts")),
    )


def _discount(discount_id: str, told: Json) -> Discount:
    coupon = map_of(told.get("source")).get("coupon")
    terms = map_of(coupon)
    return Discount(
        id=discount_id,
        coupon=reference(coupon),
        promotion_code=reference(told.get("promotion_code")),
        percent_off=_decimal(terms.get("percent_off")),
        amount_off=_number(terms.get("amount_off")),
        currency=text_of(terms.get("currency")),
        duration=_duration(terms.get("duration")),
        duration_months=_number(terms.get("duration_in_months")),
        ends_at=milliseconds(told.get("end")),
    )


def _duration(value: object) -> DiscountDuration | None:
    try:
        return DiscountDuration(str(value))
    except ValueError:
        return None


def _credits(value: object) -> CreditedLines | None:
    credited = map_of(value)
    invoice = reference(credited.get("invoice"))
    ids = credited.get("invoice_line_items")
    lines = tuple(found for each in ids if (found := reference(each))) if isinstance(ids, list) else ()
    return CreditedLines(InvoiceId(invoice), lines) if invoice else None


def _sum(parts: object, behavior: str | None = None) -> int:
    """The amounts of a list together: of taxes, those of one behavior if it is given."""
    rows = [map_of(each) for each in parts] if isinstance(parts, list) else []
    return sum(int_of(row.get("amount")) for row in rows if behavior in (None, row.get("tax_behavior")))


def _number(value: object) -> int | None:
    return value if type(value) is int else None


def _decimal(value: object) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
