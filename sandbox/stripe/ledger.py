"""The transactions behind `customer.balance`: each change of it is one, and they add up to it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from sandbox.stripe.bills import due_and_carried
from sandbox.stripe.books import Books
from sandbox.stripe.store import Obj

ACCOUNT_CURRENCY = "usd"
"""What the balance of a customer without a currency is in."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a balance changes: `kind` is one of Stripe's types of transactions, the rest is what it belongs to."""

    kind: str
    invoice: str | None = None
    credit_note: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


class Ledger:
    """Changes customers' balances, and keeps account of each change."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def move(self, customer: Obj, amount: int, cause: Cause) -> Obj:
        """Add an amount to the balance (below zero: give credit). Emits customer.updated; answers the transaction."""
        before = copy.deepcopy(customer)
        row = self.add(customer, amount, cause)
        self._books.events.updated("customer.updated", customer, before)
        return row

    def add(self, customer: Obj, amount: int, cause: Cause) -> Obj:
        """`move` for a caller that tells of the customer itself."""
        customer["balance"] += amount
        row: Obj = {
            "id": self._books.state.new_id("customer_balance_transaction"),
            "object": "customer_balance_transaction",
            "amount": amount,
            "checkout_session": None,
            "created": self._books.now(),
            "credit_note": cause.credit_note,
            "currency": customer["currency"] or ACCOUNT_CURRENCY,
            "customer": customer["id"],
            "customer_account": None,
            "description": cause.description,
            "ending_balance": customer["balance"],
            "invoice": cause.invoice,
            "livemode": customer["livemode"],
            "metadata": dict(cause.metadata),
            "type": cause.kind,
        }
        return self._books.state.put(row)

    def apply_to(self, invoice: Obj) -> None:
        """An invoice is finalized: it takes the customer's credit or debt, and gives back what it can't charge.

        Sets `amount_due` and `ending_balance`.
        """
        customer = self._books.state.by_id[invoice["customer"]]
        start = invoice["starting_balance"]
        invoice["amount_due"], end = due_and_carried(invoice)
        invoice["ending_balance"] = end
        if customer.get("deleted") or end == start:
            return
        too_small = max(0, end)
        self._move(customer, invoice, end - too_small - start, "applied_to_invoice")
        self._move(customer, invoice, too_small, "invoice_too_small")

    def release(self, invoice: Obj) -> None:
        """An invoice is voided: the customer has again what it had taken."""
        customer = self._books.state.by_id[invoice["customer"]]
        taken = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
        if not customer.get("deleted"):
            self._move(customer, invoice, -taken, "unapplied_from_invoice")

    def _move(self, customer: Obj, invoice: Obj, amount: int, kind: str) -> None:
        if amount:
            self.move(customer, amount, Cause(kind, invoice=invoice["id"]))
