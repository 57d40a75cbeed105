"""What a Checkout session adds up to: lines, discount, tax, total."""

import copy
from dataclasses import dataclass, replace

from sandbox.stripe.money import percent, share
from sandbox.stripe.store import Obj


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to pay for; amounts in minor units, filled in by `add_up`."""

    id: str
    price: Obj
    quantity: int | None
    description: str
    rates: tuple[Obj, ...] = ()
    free: bool = False
    """A trial begins: nothing is due for it now."""
    discount: int = 0
    taxes: tuple[tuple[Obj, int], ...] = ()
    """Each tax rate and the tax it makes."""

    @property
    def subtotal(self) -> int:
        """Before discount and tax; metered prices cost nothing beforehand."""
        if self.free or (self.price["recurring"] or {}).get("usage_type") == "metered":
            return 0
        if self.price["unit_amount"] is not None:
            return int(self.price["unit_amount"]) * (self.quantity or 0)
        return percent(self.quantity or 0, float(self.price["unit_amount_decimal"]) * 100)

    @property
    def tax(self) -> int:
        """All tax on this line, whether it comes on top or is inside."""
        return sum(tax for _, tax in self.taxes)

    @property
    def total(self) -> int:
        """What is to be paid for this line."""
        on_top = sum(tax for rate, tax in self.taxes if not rate["inclusive"])
        return self.subtotal - self.discount + on_top

    def told(self) -> Obj:
        """The line as the API shows it."""
        return {
            "id": self.id,
            "object": "item",
            "amount_discount": self.discount,
            "amount_subtotal": self.subtotal,
            "amount_tax": self.tax,
            "amount_total": self.total,
            "currency": self.price["currency"],
            "description": self.description,
            "price": copy.deepcopy(self.price),
            "quantity": self.quantity,
        }


def add_up(lines: list[Line], coupons: list[Obj]) -> list[Line]:
    """The lines with discounts and taxes worked out. Coupons with an amount are spread over the lines by their size."""
    for coupon in coupons:
        lines = _discounted(lines, coupon)
    return [_taxed(line) for line in lines]


def _discounted(lines: list[Line], coupon: Obj) -> list[Line]:
    """As invoices do it: worked out on the sum, shared out by size, the last line takes what rounding leaves."""
    left = [line.subtotal - line.discount for line in lines]
    base = sum(left)
    if coupon["percent_off"] is not None:
        whole = percent(base, coupon["percent_off"])
    else:
        whole = min(base, coupon["amount_off"]) if coupon["currency"] == lines[0].price["currency"] else 0
    parts = [share(rest, whole, base) if base else 0 for rest in left]
    parts[-1] += whole - sum(parts)
    return [replace(line, discount=line.discount + part) for line, part in zip(lines, parts, strict=True)]


def _taxed(line: Line) -> Line:
    base = line.subtotal - line.discount
    taxes = []
    for rate in line.rates:
        rated = rate["percentage"]
        tax = base - share(base, 100_000, round(100_000 + rated * 1000)) if rate["inclusive"] else percent(base, rated)
        taxes.append((rate, tax))
    return replace(line, taxes=tuple(taxes))
