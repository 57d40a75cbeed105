"""An invoice on paper: its shape, its lines, and the sums under them. Nothing here charges anyone."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from sandbox.stripe.books import Books
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import invalid
from sandbox.stripe.lists import listed
from sandbox.stripe.money import minimum, percent, share
from sandbox.stripe.store import Obj

LINES_MAX = 250
"""Stripe's limit of items on an invoice."""


def pricing_of(price: Obj | None) -> Obj | None:
    """What a line or an item says of the price that it is made from."""
    if price is None:
        return None
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }


@dataclass(slots=True)
class Terms:
    """How a new invoice is to be collected, and what is printed on it."""

    reason: str = "manual"
    collection_method: str = "charge_automatically"
    auto_advance: bool = False
    days_until_due: int | None = None
    due_date: int | None = None
    description: str | None = None
    footer: str | None = None
    custom_fields: list[Obj] | None = None
    default_payment_method: str | None = None
    default_tax_rates: list[Obj] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    period: tuple[int, int] | None = None
    # Stripe leaves the customer's balance alone on the invoice of a one-time Checkout, whose sum was shown already.
    applies_balance: bool = True


class Bills:
    """Drafts and their arithmetic."""

    def __init__(self, books: Books, discounts: Discounts) -> None:
        self._books = books
        self._discounts = discounts

    def draft(self, customer: Obj, currency: str, terms: Terms, subscription: Obj | None = None) -> Obj:
        """A draft without lines, not stored yet."""
        now = self._books.now()
        start, end = terms.period or (now, now)
        due = terms.due_date
        if due is None and terms.days_until_due is not None:
            due = now + terms.days_until_due * 86400
        own = customer["invoice_settings"]
        invoice = _blank(self._books.state.new_id("invoice"), currency, now) | {
            "auto_advance": terms.auto_advance,
            "automatically_finalizes_at": now + 3600 if terms.auto_advance else None,
            "billing_reason": terms.reason,
            "collection_method": terms.collection_method,
            "custom_fields": terms.custom_fields or own["custom_fields"],
            "customer": customer["id"],
            "customer_address": customer["address"],
            "customer_email": customer["email"],
            "customer_name": customer["name"],
            "customer_phone": customer["phone"],
            "customer_shipping": customer["shipping"],
            "customer_tax_exempt": customer["tax_exempt"],
            "default_payment_method": terms.default_payment_method,
            "default_tax_rates": terms.default_tax_rates,
            "description": terms.description,
            "due_date": due,
            "footer": terms.footer or own["footer"],
            "livemode": customer["livemode"],
            "metadata": dict(terms.metadata),
            "parent": _parent(subscription),
            "period_end": end,
            "period_start": start,
        }
        if terms.auto_advance and terms.collection_method == "charge_automatically":
            invoice["next_payment_attempt"] = now + 3600
        self._books.state.secrets[invoice["id"]].update(
            {
                "lines": [],
                "account": self._books.state.account_id,
                "days_until_due": terms.days_until_due,
                "applies_balance": terms.applies_balance,
            }
        )
        return invoice

    def lines(self, invoice: Obj) -> list[Obj]:
        """All lines of an invoice (the object itself shows the first ten)."""
        rows: list[Obj] = self._books.state.secrets[invoice["id"]]["lines"]
        return rows

    def add_line(
        self,
        invoice: Obj,
        *,
        amount: int,
        description: str | None,
        period: tuple[int, int],
        parent: Obj,
        quantity: int = 1,
        price: Obj | None = None,
        subscription: str | None = None,
        tax_rates: list[Obj] | None = None,
        discountable: bool = True,
        metadata: dict[str, str] | None = None,
    ) -> Obj:
        """Put a line on a draft. Raises when the invoice is full."""
        rows = self.lines(invoice)
        if len(rows) >= LINES_MAX:
            raise invalid(f"Invoices can have at most {LINES_MAX} line items.", code="invoice_line_items_limit_reached")
        line: Obj = {
            "id": self._books.state.new_id("line_item"),
            "object": "line_item",
            "amount": amount,
            "currency": invoice["currency"],
            "description": description,
            "discount_amounts": [],
            "discountable": discountable,
            "discounts": [],
            "invoice": invoice["id"],
            "livemode": invoice["livemode"],
            "metadata": dict(metadata or {}),
            "parent": parent,
            "period": {"end": period[1], "start": period[0]},
            "pretax_credit_amounts": [],
            "pricing": pricing_of(price),
            "quantity": quantity,
            "quantity_decimal": str(quantity),
            "subscription": subscription,
            "subtotal": amount,
            "taxes": [],
        }
        self._books.state.secrets[line["id"]]["tax_rates"] = tax_rates or []
        rows.append(line)
        return line

    def remove_item(self, invoice: Obj, item_id: str) -> None:
        """Take the line of an invoice item off a draft again."""
        rows = self.lines(invoice)
        rows[:] = [line for line in rows if item_of(line) != item_id]
        self.sum_up(invoice)

    def sum_up(self, invoice: Obj) -> None:
        """Compute the sums of a draft again: discounts, taxes, total, the customer's balance, what is due."""
        rows = self.lines(invoice)
        self._discount(invoice, rows)
        added = self._tax(invoice, rows)
        inclusive = sum(tax["amount"] for tax in invoice["total_taxes"] if tax["tax_behavior"] == "inclusive")
        invoice["subtotal"] = sum(line["amount"] for line in rows)
        discounted = invoice["subtotal"] - sum(one["amount"] for one in invoice["total_discount_amounts"])
        invoice["subtotal_excluding_tax"] = invoice["subtotal"] - inclusive
        invoice["total"] = discounted + added
        invoice["total_excluding_tax"] = discounted - inclusive
        customer = self._books.state.by_id[invoice["customer"]]
        applies = self._books.state.secrets[invoice["id"]]["applies_balance"]
        invoice["starting_balance"] = customer.get("balance", 0) if applies else 0
        invoice["amount_due"], _ = due_and_carried(invoice)
        invoice["amount_remaining"] = invoice["amount_due"] - invoice["amount_paid"]
        self.show_lines(invoice)

    def show_lines(self, invoice: Obj) -> None:
        """Copy the first ten lines into the object, as Stripe does."""
        rows = self.lines(invoice)
        shown = listed(copy.deepcopy(rows[:10]), f"/v1/invoices/{invoice['id']}/lines", has_more=len(rows) > 10)
        shown["total_count"] = len(rows)
        invoice["lines"] = shown

    def _discount(self, invoice: Obj, rows: list[Obj]) -> None:
        totals: list[Obj] = []
        left = {line["id"]: line["amount"] for line in rows if line["discountable"] and line["amount"] > 0}
        for line in rows:
            line["discount_amounts"] = []
        for key in invoice["discounts"]:
            coupon = self._discounts.coupon_of(key)
            base = sum(left.values())
            if coupon["percent_off"] is not None:
                whole = percent(base, coupon["percent_off"])
            else:
                whole = min(base, coupon["amount_off"]) if coupon["currency"] == invoice["currency"] else 0
            rest = whole
            for index, line in enumerate(one for one in rows if one["id"] in left):
                last = index == len(left) - 1
                part = rest if last else share(left[line["id"]], whole, base) if base else 0
                rest -= part
                left[line["id"]] -= part
                line["discount_amounts"].append({"amount": part, "discount": key})
            totals.append({"amount": whole, "discount": key})
        invoice["total_discount_amounts"] = totals

    def _tax(self, invoice: Obj, rows: list[Obj]) -> int:
        """Fill in taxes line by line; answers what exclusive taxes add to the total."""
        totals: dict[str, Obj] = {}
        added = 0
        for line in rows:
            line["taxes"] = []
            rates = self._books.state.secrets[line["id"]]["tax_rates"] or invoice["default_tax_rates"]
            base = line["amount"] - sum(one["amount"] for one in line["discount_amounts"])
            for entry in taxes_on(base, rates):
                line["taxes"].append(entry)
                added += entry["amount"] if entry["tax_behavior"] == "exclusive" else 0
                rate = entry["tax_rate_details"]["tax_rate"]
                whole = totals.setdefault(rate, entry | {"amount": 0, "taxable_amount": 0})
                whole["amount"] += entry["amount"]
                whole["taxable_amount"] += entry["taxable_amount"]
        invoice["total_taxes"] = list(totals.values())
        return added


def taxes_on(base: int, rates: list[Obj]) -> list[Obj]:
    """The taxes of an amount after discounts, one for each rate."""
    taxes: list[Obj] = []
    for rate in rates:
        inclusive, pct = rate["inclusive"], rate["percentage"]
        tax = base - share(base, 100_000, round(100_000 + pct * 1000)) if inclusive else percent(base, pct)
        taxes.append(
            {
                "amount": tax,
                "tax_behavior": "inclusive" if inclusive else "exclusive",
                "tax_rate_details": {"tax_rate": rate["id"]},
                "taxability_reason": "not_available",
                "taxable_amount": base - tax if inclusive else base,
                "type": "tax_rate_details",
            }
        )
    return taxes


def due_and_carried(invoice: Obj) -> tuple[int, int]:
    """What is to be charged, and the customer's balance afterwards: credit is used up first, and an amount below
    Stripe's smallest charge is carried to the balance."""
    owed = invoice["total"] + invoice["starting_balance"]
    if owed < minimum(invoice["currency"]):
        return 0, owed
    return owed, 0


def subscription_of(invoice: Obj) -> str | None:
    """The subscription that an invoice bills, if any."""
    details = (invoice["parent"] or {}).get("subscription_details")
    return details["subscription"] if details else None


def item_of(line: Obj) -> str | None:
    """The invoice item that a line came from, if any."""
    parent = line["parent"] or {}
    details = parent.get("invoice_item_details") or parent.get("subscription_item_details") or {}
    return details.get("invoice_item")


def _parent(subscription: Obj | None) -> Obj | None:
    if subscription is None:
        return None
    return {
        "quote_details": None,
        "subscription_details": {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]},
        "type": "subscription_details",
    }


def _blank(key: str, currency: str, now: int) -> Obj:
    """What every new invoice has alike."""
    return {
        "id": key,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Guestlist Sandbox",
        "account_tax_ids": None,
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "automatic_tax": {
            "disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None,
        },
        "created": now,
        "currency": currency,
        "customer_account": None,
        "customer_tax_ids": [],
        "default_source": None,
        "discounts": [],
        "effective_at": None,
        "ending_balance": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": listed([], ""),
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "payment_settings": {
            "default_mandate": None, "payment_method_options": None, "payment_method_types": None,
        },
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None,
        },
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "test_clock": None,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": None,
    }  # fmt: skip
