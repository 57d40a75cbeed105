"""The lines of a credit note.

A line of the invoice may be credited by amount or by quantity, and takes its discounts and taxes along. A negative
one is credited below zero, which makes the note smaller
(docs.stripe.com/invoicing/integration/programmatic-credit-notes).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from sandbox.stripe.bills import Bills, taxes_on
from sandbox.stripe.books import Books
from sandbox.stripe.credit_note_shares import Wanted, left_of, part_of, price_of_one
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import invalid, missing, no_such
from sandbox.stripe.money import written
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.store import Obj

_OF_CUSTOM = ("description", "tax_rates", "unit_amount", "unit_amount_decimal")
_OF_INVOICE = ("amount", "invoice_line_item")


_OTHER = {"amount": "quantity", "quantity": "amount"}


class NoteLines:
    """Reads `amount` or `lines[]` of a request into the lines of a note."""

    def __init__(self, books: Books, bills: Bills, discounts: Discounts) -> None:
        self._books = books
        self._bills = bills
        self._discounts = discounts

    def read(self, params: Params, invoice: Obj, earlier: list[Obj]) -> list[Obj]:
        """The new note's lines. `earlier`: all lines of the notes that count already. Raises Stripe's complaints."""
        if "shipping_cost" in params:
            raise invalid("The invoice has no shipping cost to credit.", "shipping_cost")
        amount, given = params.integer("amount", least=1), params.each("lines")
        if amount is not None and given:
            raise invalid("You may only specify one of these parameters: amount, lines.", "lines")
        if amount is not None:
            return [self._custom(invoice, amount, 1, Decimal(amount))]
        if not given:
            text = "One of `amount`, `lines`, or `shipping_cost` must be provided."
            raise invalid(text, "amount", "parameter_missing")
        lines: list[Obj] = []
        for one in given:
            lines.append(self._line(one, invoice, [*earlier, *lines]))
        return lines

    def _line(self, one: Params, invoice: Obj, earlier: list[Obj]) -> Obj:
        one.need("type")
        kind = one.choice("type", "custom_line_item", "invoice_line_item")
        foreign = _OF_INVOICE if kind == "custom_line_item" else _OF_CUSTOM
        other = "invoice_line_item" if kind == "custom_line_item" else "custom_line_item"
        for name in foreign:
            if name in one:
                raise invalid(f"`{name}` is only valid when `type` is `{other}`.", one.name(name))
        if "tax_amounts" in one:
            text = "`tax_amounts` only takes tax rates that Stripe made for automatic tax."
            raise invalid(text, one.name("tax_amounts"))
        return self._read_custom(one, invoice) if kind == "custom_line_item" else self._credit(one, invoice, earlier)

    # -- a line of its own ------------------------------------------------------------------------
    def _read_custom(self, one: Params, invoice: Obj) -> Obj:
        if "unit_amount" in one and "unit_amount_decimal" in one:
            text = "You may only specify one of these parameters: unit_amount, unit_amount_decimal."
            raise invalid(text, one.name("unit_amount"))
        quantity = one.integer("quantity", least=1) or 1
        each = one.integer("unit_amount", least=1)
        if each is None:
            if one.decimal("unit_amount_decimal") is None:
                raise missing(one.name("unit_amount"))
            exact = Decimal(one.need("unit_amount_decimal"))
        else:
            exact = Decimal(each)
        amount = int((exact * quantity).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        if amount < 1:
            raise invalid("This value must be greater than or equal to 1.", one.name("unit_amount_decimal"))
        line = self._custom(invoice, amount, quantity, exact)
        line["description"], line["metadata"] = one.text("description"), metadata(one)
        line["tax_rates"] = self._discounts.tax_rates(one, "tax_rates", livemode=invoice["livemode"])
        line["taxes"] = taxes_on(amount, line["tax_rates"])
        return line

    def _custom(self, invoice: Obj, amount: int, quantity: int, each: Decimal) -> Obj:
        return self._blank(invoice, "custom_line_item", amount) | {"quantity": quantity} | price_of_one(each)

    # -- a line of the invoice --------------------------------------------------------------------
    def _credit(self, one: Params, invoice: Obj, earlier: list[Obj]) -> Obj:
        key = one.need("invoice_line_item")
        line = next((row for row in self._bills.lines(invoice) if row["id"] == key), None)
        if line is None:
            raise no_such("invoice line item", key, param=one.name("invoice_line_item"), status=400)
        wanted, rows = _wanted(one), [row for row in earlier if row.get("invoice_line_item") == key]
        if any((row["quantity"] is None) != (wanted.by == "amount") for row in rows):
            text = f"The invoice line item {key} has been credited by {_OTHER[wanted.by]} already: go on with that."
            raise invalid(text, one.name(wanted.by))
        left = left_of(line, wanted.by, rows)
        if not wanted.within(left):
            told = written(left, invoice["currency"]) if wanted.by == "amount" else f"{left}"
            raise invalid(f"You can credit at most {told} of the invoice line item {key}.", one.name(wanted.by))
        about: Obj = {"description": line["description"], "invoice_line_item": key, "metadata": metadata(one)}
        return self._blank(invoice, "invoice_line_item", 0) | about | part_of(line, wanted, rows)

    def _blank(self, invoice: Obj, kind: str, amount: int) -> Obj:
        return {
            "id": self._books.state.new_id("credit_note_line_item"),
            "object": "credit_note_line_item",
            "amount": amount,
            "description": None,
            "discount_amount": 0,
            "discount_amounts": [],
            "livemode": invoice["livemode"],
            "metadata": {},
            "pretax_credit_amounts": [],
            "quantity": None,
            "tax_rates": [],
            "taxes": [],
            "type": kind,
            "unit_amount": None,
            "unit_amount_decimal": None,
        }


def _wanted(one: Params) -> Wanted:
    """How much of a line a note asks for. Raises unless it is exactly one of an amount and a quantity."""
    amount, quantity = one.integer("amount"), one.integer("quantity", least=1)
    if amount is not None and quantity is None:
        return Wanted("amount", amount)
    if quantity is not None and amount is None:
        return Wanted("quantity", quantity)
    raise invalid("You must specify exactly one of these parameters: amount, quantity.", one.name("amount"))
