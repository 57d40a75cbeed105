"""What a credit note says of its lines: totals, discounts, taxes."""

from __future__ import annotations

from sandbox.stripe.store import Obj

_AMOUNT = ("amount",)


def sums_of(lines: list[Obj]) -> Obj:
    """What the note itself says of its lines."""
    subtotal = sum(line["amount"] for line in lines)
    discount = sum(line["discount_amount"] for line in lines)
    taxes = [tax for line in lines for tax in line["taxes"]]
    inside = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "inclusive")
    added = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
    total = subtotal - discount + added
    return {
        "amount": total,
        "amount_shipping": 0,
        "discount_amount": discount,
        "discount_amounts": _grouped([cut for line in lines for cut in line["discount_amounts"]], _AMOUNT),
        "pretax_credit_amounts": _grouped([cut for line in lines for cut in line["pretax_credit_amounts"]], _AMOUNT),
        "shipping_cost": None,
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - inside,
        "total": total,
        "total_excluding_tax": total - inside - added,
        "total_taxes": _grouped(taxes, ("amount", "taxable_amount")),
    }


def _grouped(rows: list[Obj], summed: tuple[str, ...]) -> list[Obj]:
    """The rows that are alike but for their sums, as one each."""
    found: dict[str, Obj] = {}
    for row in rows:
        alike = {name: value for name, value in row.items() if name not in summed}
        whole = found.setdefault(repr(sorted(alike.items())), alike | dict.fromkeys(summed, 0))
        for name in summed:
            whole[name] += row[name]
    return list(found.values())
