"""How much of an invoice's line a credit note takes: by amount or by quantity, with its share of discounts and taxes.

An amount is what the customer gets for the line, after discounts and with taxes: Stripe's is without tax under
automatic tax only (docs.stripe.com/api/credit_notes/create, `lines.amount`).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sandbox.stripe.money import share
from sandbox.stripe.store import Obj


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be credited of a line. `by` is `amount` or `quantity`; a negative line's amount is below zero."""

    by: str
    size: int

    def within(self, left: int) -> bool:
        """Whether so much is there to be taken."""
        return 0 < self.size <= left or left <= self.size < 0


def left_of(line: Obj, by: str, earlier: list[Obj]) -> int:
    """What notes may still take of a line, of which `earlier` took their parts; below zero for a negative line."""
    return _whole(line, by) - _taken(by, earlier)


def part_of(line: Obj, wanted: Wanted, earlier: list[Obj]) -> Obj:
    """The fields of a note's line that takes a part of an invoice's. All parts together come to the whole line."""
    whole, before = _whole(line, wanted.by), _taken(wanted.by, earlier)

    def part(amount: int) -> int:
        return share(amount, before + wanted.size, whole) - share(amount, before, whole)

    discounts = [cut | {"amount": part(cut["amount"])} for cut in line["discount_amounts"]]
    taxes = [
        tax | {"amount": part(tax["amount"]), "taxable_amount": part(tax["taxable_amount"])} for tax in line["taxes"]
    ]
    off = sum(cut["amount"] for cut in discounts)
    by_quantity = wanted.by == "quantity"
    return {
        "amount": part(line["amount"]) if by_quantity else wanted.size + off - _added(taxes),
        "discount_amount": off,
        "discount_amounts": discounts,
        "pretax_credit_amounts": [cut | {"type": "discount"} for cut in discounts],
        "quantity": wanted.size if by_quantity else None,
        "taxes": taxes,
        **(price_of_one(Decimal(line["amount"]) / whole) if by_quantity else {}),
    }


def price_of_one(amount: Decimal) -> Obj:
    """Stripe writes it with at most 12 decimals, and `unit_amount` only where there are none."""
    decimal = amount.quantize(Decimal("1e-12")).normalize()
    whole = int(decimal) if decimal == int(decimal) else None
    return {"unit_amount": whole, "unit_amount_decimal": f"{decimal:f}"}


def _whole(line: Obj, by: str) -> int:
    return int(line["quantity"]) if by == "quantity" else _total(line)


def _taken(by: str, rows: list[Obj]) -> int:
    return sum(int(row["quantity"]) if by == "quantity" else _total(row) for row in rows)


def _total(line: Obj) -> int:
    """What the customer pays for a line, or gets back for it."""
    off = sum(int(cut["amount"]) for cut in line["discount_amounts"])
    return int(line["amount"]) - off + _added(line["taxes"])


def _added(taxes: list[Obj]) -> int:
    return sum(int(tax["amount"]) for tax in taxes if tax["tax_behavior"] == "exclusive")
