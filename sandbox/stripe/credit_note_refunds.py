"""The refunds that credit notes account for. Those outside of every note count against what may still be credited."""

from __future__ import annotations

from sandbox.stripe.books import Books
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.money import written
from sandbox.stripe.params import Params
from sandbox.stripe.payments import Payments
from sandbox.stripe.store import Obj


class NoteRefunds:
    """Which refunds belong to an invoice, and to which of its notes."""

    def __init__(self, books: Books, payments: Payments) -> None:
        self._state = books.state
        self._payments = payments

    def charge_of(self, invoice: Obj) -> Obj | None:
        """The charge that paid an invoice, if one did."""
        for row in self._payments.of_invoice(invoice["id"]):
            if row["status"] == "paid":
                intent = self._state.by_id[row["payment"]["payment_intent"]]
                return self._state.find("charge", intent["latest_charge"])
        return None

    def read(self, params: Params, charge: Obj | None, earlier: list[Obj]) -> list[Obj]:
        """`refunds[]`: refunds that were made already and that a new note accounts for. Raises what Stripe refuses."""
        given = params.each("refunds")
        if given and "refund_amount" in params:
            raise invalid("You may only specify one of these parameters: refund_amount, refunds.", "refunds")
        rows: list[Obj] = []
        for one in given:
            if one.choice("type", "payment_record_refund", "refund") == "payment_record_refund":
                raise missing(one.name("payment_record_refund"))
            key = one.need("refund")
            refund = self._state.find("refund", key)
            if refund is None or charge is None or refund["charge"] != charge["id"]:
                raise invalid(f"The refund {key} is not of a payment of this invoice.", one.name("refund"))
            left = _left(refund, [*earlier, {"refunds": rows}])
            amount = one.integer("amount_refunded", least=1) or left
            if amount > left or left == 0:
                text = f"At most {written(left, refund['currency'])} of the refund {key} can be linked."
                raise invalid(text, one.name("amount_refunded"))
            rows.append(linked(refund, amount))
        return rows

    def outside(self, charge: Obj | None, notes: list[Obj]) -> int:
        """What was refunded of a charge without any of these notes."""
        if charge is None:
            return 0
        refunds = (row for row in self._state.newest("refund") if row["charge"] == charge["id"])
        return sum(_left(refund, notes) for refund in refunds)


def linked(refund: Obj, amount: int) -> Obj:
    """How a note tells of a refund."""
    return {"amount_refunded": amount, "payment_record_refund": None, "refund": refund["id"], "type": "refund"}


def _left(refund: Obj, notes: list[Obj]) -> int:
    """How much of a refund none of the notes accounts for."""
    if refund["status"] in ("failed", "canceled"):
        return 0
    told = [one for note in notes for one in note["refunds"] if one["refund"] == refund["id"]]
    return int(refund["amount"]) - sum(int(one["amount_refunded"]) for one in told)
