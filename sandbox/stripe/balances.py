"""A customer's credit balance: below zero is credit for the next invoice, above zero is owed with it.

The balance is the sum of its transactions, whose amounts never change (docs.stripe.com/billing/customer/balance).
"""

from __future__ import annotations

from sandbox.stripe.books import Books
from sandbox.stripe.customers import Customers
from sandbox.stripe.errors import invalid, missing, no_such
from sandbox.stripe.http import Call
from sandbox.stripe.ledger import Cause, Ledger
from sandbox.stripe.lists import page
from sandbox.stripe.money import currency
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.store import Obj

DESCRIPTION_MAX = 350


class Balances:
    """`/v1/customers/{id}/balance_transactions`: what the API lets one do with the balance."""

    def __init__(self, books: Books, ledger: Ledger, customers: Customers) -> None:
        self._books = books
        self._ledger = ledger
        self._customers = customers
        path = "/v1/customers/{customer}/balance_transactions"
        books.api.route("POST", path, self._create)
        books.api.route("GET", path, self._list)
        books.api.route("GET", f"{path}/{{id}}", self._retrieve)
        books.api.route("POST", f"{path}/{{id}}", self._update)

    async def _create(self, call: Call) -> Obj:
        params, customer = call.params, self._customer(call)
        amount = params.integer("amount")
        if amount is None:
            raise missing("amount")
        params.need("currency")
        code = str(currency(params))
        cause = Cause("adjustment", description=_description(params), metadata=metadata(params))
        self._customers.take_currency(customer, code)
        return self._ledger.move(customer, amount, cause)

    async def _update(self, call: Call) -> Obj:
        row = self._find(call)
        if "description" in call.params:
            row["description"] = _description(call.params)
        row["metadata"] = metadata(call.params, row["metadata"])
        return row

    async def _retrieve(self, call: Call) -> Obj:
        return self._find(call)

    async def _list(self, call: Call) -> Obj:
        customer, invoice = self._customer(call), call.params.text("invoice")
        rows = self._books.state.newest("customer_balance_transaction", customer=customer["id"])
        url = f"/v1/customers/{customer['id']}/balance_transactions"
        return page((row for row in rows if invoice in (None, row["invoice"])), call.params, url)

    def _customer(self, call: Call) -> Obj:
        """Raises for one that is missing or deleted, as the customer's own routes do."""
        customer = self._books.state.get("customer", call.path["customer"], livemode=call.livemode, param="customer")
        if customer.get("deleted"):
            raise no_such("customer", customer["id"], param="customer")
        return customer

    def _find(self, call: Call) -> Obj:
        customer, key = self._customer(call), call.path["id"]
        row = self._books.state.find("customer_balance_transaction", key)
        if row is None or row["customer"] != customer["id"]:
            raise no_such("customer_balance_transaction", key)
        return row


def _description(params: Params) -> str | None:
    text = params.text("description")
    if text is not None and len(text) > DESCRIPTION_MAX:
        raise invalid(
            f"Invalid string: {text[:20]}...{text[-20:]}; must be at most {DESCRIPTION_MAX} characters", "description"
        )
    return text
