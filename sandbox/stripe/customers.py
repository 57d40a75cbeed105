"""Customers: made, changed, deleted; one currency each."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards
from sandbox.stripe.errors import invalid, no_such
from sandbox.stripe.http import Call
from sandbox.stripe.ledger import Cause, Ledger
from sandbox.stripe.lists import Includable, listed, page
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.store import Obj


class Customers:
    """The customers' routes and the rules that hang on them."""

    def __init__(self, books: Books, cards: Cards, ledger: Ledger) -> None:
        self._books = books
        self._cards = cards
        self._ledger = ledger
        route = books.api.route
        route("POST", "/v1/customers", self._create)
        route("GET", "/v1/customers", self._list)
        route("GET", "/v1/customers/{id}", self._retrieve)
        route("POST", "/v1/customers/{id}", self._update)
        route("DELETE", "/v1/customers/{id}", self._delete)
        books.api.expander.include("customer", "subscriptions", self._subscriptions)
        books.api.expander.include("customer", "sources", _empty("sources"))
        books.api.expander.include("customer", "tax_ids", _empty("tax_ids"))
        # Set by the subscriptions' part: what happens to them when their customer is deleted.
        self.on_delete: Callable[[Obj], None] = _nothing

    def create(self, *, livemode: bool, email: str | None = None, name: str | None = None) -> Obj:
        """A new customer (also the one that Checkout makes). Emits customer.created."""
        customer = self._new(livemode=livemode)
        customer["email"], customer["name"] = email, name
        self._books.events.emit("customer.created", self._books.state.put(customer))
        return customer

    def take_currency(self, customer: Obj, currency: str) -> None:
        """One currency a customer: the first subscription, invoice or item sets it.

        Raises Stripe's "You cannot combine currencies on a single customer".
        """
        self.check_currency(customer, currency)
        if customer["currency"] is None:
            before = dict(customer)
            customer["currency"] = currency
            self._books.events.emit("customer.updated", customer, before=before)

    def check_currency(self, customer: Obj, currency: str) -> None:
        """Raise as `take_currency` would, without setting anything."""
        if customer["currency"] not in (None, currency):
            raise invalid(
                "You cannot combine currencies on a single customer. This customer has an active subscription, "
                "subscription schedule, discount, quote, or invoice item with currency "
                f"{customer['currency']}."
            )

    def ref(self, call: Call, name: str = "customer", *, status: int = 400) -> Obj:
        """The customer that a parameter names. Raises, with this status, for one that is missing or deleted."""
        key = call.params.need(name)
        customer = self._books.state.get("customer", key, livemode=call.livemode, param=name, status=status)
        if customer.get("deleted"):
            raise no_such("customer", key, param=name, status=status)
        return customer

    def set_default(self, customer: Obj, method: Obj) -> None:
        """Make an attached payment method the one that pays the customer's invoices."""
        before = copy.deepcopy(customer)
        customer["invoice_settings"]["default_payment_method"] = method["id"]
        self._books.events.updated("customer.updated", customer, before)

    def _new(self, *, livemode: bool) -> Obj:
        state = self._books.state
        return {
            "id": state.new_id("customer"),
            "object": "customer",
            "address": None,
            "balance": 0,
            "created": self._books.now(),
            "currency": None,
            "customer_account": None,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "discount": None,
            "email": None,
            "invoice_prefix": state.token(8).upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": livemode,
            "metadata": {},
            "name": None,
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
        }

    def _apply(self, customer: Obj, params: Params) -> None:
        for name in ("email", "name", "phone", "description", "invoice_prefix", "business_name", "individual_name"):
            if name in params:
                customer[name] = params.text(name)
        if (prefix := params.text("invoice_prefix")) is not None:
            self._check_prefix(customer, prefix)
        email = customer["email"]
        if email is not None and ("@" not in email or " " in email or email.startswith("@") or email.endswith("@")):
            raise invalid(f"Invalid email address: {email}", param="email", code="email_invalid")
        if "next_invoice_sequence" in params:
            customer["next_invoice_sequence"] = params.integer("next_invoice_sequence") or 0
        if "address" in params:
            given = params.inner("address")
            known = ("city", "country", "line1", "line2", "postal_code", "state")
            customer["address"] = None if params.cleared("address") else {name: given.text(name) for name in known}
        if "preferred_locales" in params:
            customer["preferred_locales"] = params.texts("preferred_locales")
        if "tax_exempt" in params:
            customer["tax_exempt"] = params.choice("tax_exempt", "exempt", "none", "reverse") or "none"
        customer["metadata"] = metadata(params, customer["metadata"])
        self._apply_invoice_settings(customer, params)

    def _set_balance(self, customer: Obj, params: Params, kind: str) -> None:
        """A balance that is set is a transaction of the difference."""
        difference = (params.integer("balance") or 0) - customer["balance"] if "balance" in params else 0
        if difference:
            self._ledger.add(customer, difference, Cause(kind))

    def _check_prefix(self, customer: Obj, prefix: str) -> None:
        """An invoice's number tells whose it is."""
        if not re.fullmatch(r"[A-Z0-9]{1,12}", prefix):
            raise invalid("Invoice number prefix must be 1–12 uppercase letters or numbers.")
        for other in self._books.state.newest("customer", livemode=customer["livemode"]):
            if other["id"] != customer["id"] and other.get("invoice_prefix") == prefix:
                raise invalid(
                    f"This invoice number prefix is taken by customer: {other['id']}. Please enter a different prefix.",
                    param="invoice_prefix",
                )

    def _apply_invoice_settings(self, customer: Obj, params: Params) -> None:
        given = params.inner("invoice_settings")
        given.refuse_others("custom_fields", "default_payment_method", "footer", "rendering_options")
        settings = customer["invoice_settings"]
        if "footer" in given:
            settings["footer"] = given.text("footer")
        if "custom_fields" in given:
            fields = [{"name": one.need("name"), "value": one.need("value")} for one in given.each("custom_fields")]
            settings["custom_fields"] = fields or None
        if "default_payment_method" not in given:
            return
        key = given.text("default_payment_method")
        if key is None:
            settings["default_payment_method"] = None
            return
        method = self._cards.resolve(
            key, livemode=customer["livemode"], param="invoice_settings[default_payment_method]"
        )
        if method["customer"] != customer["id"]:
            raise invalid(
                f"The customer does not have a payment method with the ID {method['id']}. The payment method must be "
                "attached to the customer.",
                param="invoice_settings[default_payment_method]",
                code="resource_missing",
            )
        settings["default_payment_method"] = method["id"]

    # -- routes ----------------------------------------------------------------------------------

    async def _create(self, call: Call) -> Obj:
        customer = self._new(livemode=call.livemode)
        state = self._books.state
        state.put(customer)
        try:
            if key := call.params.text("payment_method"):
                self._cards.attach(self._cards.resolve(key, livemode=call.livemode), customer)
            self._apply_created(customer, call.params)
            self._set_balance(customer, call.params, "initial")
        except Exception:
            state.remove(customer)
            raise
        self._books.events.emit("customer.created", customer)
        return customer

    def _apply_created(self, customer: Obj, params: Params) -> None:
        """`invoice_settings[default_payment_method]` may name the method given along, also by its test alias."""
        own = next(self._books.state.newest("payment_method", customer=customer["id"]), None)
        given = params.inner("invoice_settings")
        if own is not None and given.text("default_payment_method") == params.text("payment_method"):
            given.values["default_payment_method"] = own["id"]
        self._apply(customer, params)

    async def _retrieve(self, call: Call) -> Obj:
        return self._books.state.get("customer", call.path["id"], livemode=call.livemode)

    async def _update(self, call: Call) -> Obj:
        customer = self._books.state.get("customer", call.path["id"], livemode=call.livemode)
        if customer.get("deleted"):
            raise no_such("customer", customer["id"])
        before = copy.deepcopy(customer)
        changed = copy.deepcopy(customer)
        self._apply(changed, call.params)
        self._set_balance(changed, call.params, "adjustment")
        customer.update(changed)
        self._books.events.updated("customer.updated", customer, before)
        return customer

    async def _delete(self, call: Call) -> Obj:
        state = self._books.state
        customer = state.get("customer", call.path["id"], livemode=call.livemode)
        if customer.get("deleted"):
            raise no_such("customer", customer["id"])
        self.on_delete(customer)
        for method in list(state.newest("payment_method", customer=customer["id"])):
            state.assign(method, None)
            state.secrets[method["id"]]["detached"] = True
        last = copy.deepcopy(customer)
        kept = {"id": customer["id"], "object": "customer", "deleted": True}
        state.secrets[customer["id"]]["livemode"] = customer["livemode"]
        customer.clear()
        customer.update(kept)
        self._books.events.emit("customer.deleted", last)
        return customer

    async def _list(self, call: Call) -> Obj:
        email = call.params.text("email")
        rows = self._books.state.newest("customer", livemode=call.livemode)
        fits = (row for row in rows if not row.get("deleted") and email in (None, row["email"]))
        return page(fits, call.params, "/v1/customers")

    def _subscriptions(self, _state: object, customer: Obj) -> Obj:
        ended = ("canceled", "incomplete_expired")
        rows = [
            row
            for row in self._books.state.newest("subscription", customer=customer["id"])
            if row["status"] not in ended
        ]
        return listed(rows[:10], f"/v1/customers/{customer['id']}/subscriptions", has_more=len(rows) > 10)


def _empty(name: str) -> Includable:
    """A list that is always empty here: the sandbox has neither sources nor tax ids."""
    return lambda _state, customer: listed([], f"/v1/customers/{customer['id']}/{name}")


def _nothing(_customer: Obj) -> None:
    """No subscriptions to end."""
