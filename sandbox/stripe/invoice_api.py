"""`/v1/invoices`: what the API lets one do with invoices."""

from __future__ import annotations

import copy

from sandbox.stripe.bills import Bills, Terms, subscription_of
from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards, declined
from sandbox.stripe.customers import Customers
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import StripeError, invalid
from sandbox.stripe.http import Call
from sandbox.stripe.invoice_items import InvoiceItems
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.lists import page
from sandbox.stripe.money import currency
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.payments import Attempt, Payments
from sandbox.stripe.store import Obj

# What may not change any more once an invoice has its number.
_FROZEN = ("account_tax_ids", "custom_fields", "default_tax_rates", "description", "discounts", "footer", "number")


class InvoiceApi:
    """The invoices' routes, previews aside."""

    def __init__(
        self,
        books: Books,
        bills: Bills,
        invoices: Invoices,
        items: InvoiceItems,
        customers: Customers,
        discounts: Discounts,
        cards: Cards,
        payments: Payments,
    ) -> None:
        self._books = books
        self._bills = bills
        self._invoices = invoices
        self._items = items
        self._customers = customers
        self._discounts = discounts
        self._cards = cards
        self._payments = payments
        route = books.api.route
        route("POST", "/v1/invoices", self._create)
        route("GET", "/v1/invoices", self._list)
        route("GET", "/v1/invoices/{id}", self._retrieve)
        route("POST", "/v1/invoices/{id}", self._update)
        route("DELETE", "/v1/invoices/{id}", self._delete)
        route("GET", "/v1/invoices/{id}/lines", self._lines)
        for verb in ("finalize", "send", "pay", "void", "mark_uncollectible"):
            route("POST", f"/v1/invoices/{{id}}/{verb}", getattr(self, f"_{verb}"))

    def need_email(self, customer: Obj) -> None:
        """Invoices that are sent need an address. Raises Stripe's "Missing email"."""
        if not customer["email"]:
            raise invalid(
                "Missing email. In order to create invoices that are sent to the customer, the customer must have a "
                "valid email.",
            )

    # -- routes ----------------------------------------------------------------------------------

    async def _create(self, call: Call) -> Obj:
        params, state = call.params, self._books.state
        customer = self._customers.ref(call)
        terms = self._terms(params, call.livemode)
        subscription = None
        if key := params.text("subscription"):
            subscription = state.ref("subscription", key, livemode=call.livemode, param="subscription")
        if terms.collection_method == "send_invoice":
            self.need_email(customer)
        code = currency(params) or (subscription or customer)["currency"] or "usd"
        if params.text("currency"):
            self._customers.take_currency(customer, code)
        behavior = params.choice("pending_invoice_items_behavior", "include", "exclude") or "exclude"
        invoice = self._bills.draft(customer, code, terms, subscription)
        invoice["number"] = params.text("number")
        invoice["discounts"] = self._discounts.redeem(
            params, livemode=call.livemode, customer=customer["id"], invoice=invoice["id"]
        )
        if behavior == "include" or subscription is not None:
            own = subscription["id"] if subscription else None
            for item in self._items.pending(customer["id"], code, own):
                self._items.put_on(invoice, item)
        return self._invoices.announce(invoice)

    def _terms(self, params: Params, livemode: bool) -> Terms:
        method = params.choice("collection_method", "charge_automatically", "send_invoice") or "charge_automatically"
        days, due = params.integer("days_until_due", least=0), params.integer("due_date")
        _check_due(method, days, due, self._books.now())
        if method == "send_invoice" and days is None and due is None:
            days = 30
        key = params.text("default_payment_method")
        if key is not None:
            self._books.state.ref("payment_method", key, livemode=livemode, param="default_payment_method")
        return Terms(
            collection_method=method,
            auto_advance=params.boolean("auto_advance"),
            days_until_due=days,
            due_date=due,
            description=params.text("description"),
            footer=params.text("footer"),
            custom_fields=_fields(params),
            default_payment_method=key,
            default_tax_rates=self._discounts.tax_rates(params, "default_tax_rates", livemode=livemode),
            metadata=metadata(params),
        )

    def _get(self, call: Call) -> Obj:
        return self._books.state.get("invoice", call.path["id"], livemode=call.livemode)

    async def _retrieve(self, call: Call) -> Obj:
        return self._get(call)

    async def _update(self, call: Call) -> Obj:
        invoice, params = self._get(call), call.params
        before = copy.deepcopy(invoice)
        if invoice["status"] != "draft":
            for name in _FROZEN:
                if name in params:
                    raise invalid("Finalized invoices can't be updated in this way", param=name)
        for name in ("description", "footer", "number"):
            if name in params:
                invoice[name] = params.text(name)
        if "custom_fields" in params:
            invoice["custom_fields"] = _fields(params)
        if "default_tax_rates" in params:
            invoice["default_tax_rates"] = self._discounts.tax_rates(
                params, "default_tax_rates", livemode=call.livemode
            )
        if "discounts" in params:
            invoice["discounts"] = self._discounts.redeem(
                params, livemode=call.livemode, customer=invoice["customer"], invoice=invoice["id"]
            )
        if "default_payment_method" in params:
            invoice["default_payment_method"] = params.text("default_payment_method")
        invoice["metadata"] = metadata(params, invoice["metadata"])
        self._update_collection(invoice, params)
        if invoice["status"] == "draft":
            self._bills.sum_up(invoice)
        self._books.events.updated("invoice.updated", invoice, before)
        return invoice

    def _update_collection(self, invoice: Obj, params: Params) -> None:
        method = params.choice("collection_method", "charge_automatically", "send_invoice")
        days, due = params.integer("days_until_due", least=0), params.integer("due_date")
        _check_due(method or invoice["collection_method"], days, due, self._books.now())
        if method is not None:
            if method == "send_invoice":
                self.need_email(self._books.state.by_id[invoice["customer"]])
            invoice["collection_method"] = method
        if days is not None:
            self._books.state.secrets[invoice["id"]]["days_until_due"] = days
            invoice["due_date"] = invoice["created"] + days * 86400
        if due is not None:
            self._books.state.secrets[invoice["id"]]["days_until_due"] = None
            invoice["due_date"] = due
        if "auto_advance" in params:
            invoice["auto_advance"] = params.boolean("auto_advance")
            if invoice["status"] == "draft":
                later = self._books.now() + 3600 if invoice["auto_advance"] else None
                invoice["automatically_finalizes_at"] = later
                charged = invoice["collection_method"] == "charge_automatically"
                invoice["next_payment_attempt"] = later if charged else None
                self._invoices.plan_finalization(invoice)

    async def _delete(self, call: Call) -> Obj:
        return self._invoices.delete(self._get(call))

    async def _finalize(self, call: Call) -> Obj:
        invoice = self._get(call)
        if "auto_advance" in call.params:
            invoice["auto_advance"] = call.params.boolean("auto_advance")
        self._invoices.finalize(invoice)
        if invoice["auto_advance"]:
            self._invoices.collect(invoice)
        return invoice

    async def _send(self, call: Call) -> Obj:
        invoice = self._get(call)
        if not invoice["customer_email"]:
            self.need_email(self._books.state.by_id[invoice["customer"]])
        if invoice["status"] == "draft":
            self._invoices.finalize(invoice)
        elif invoice["status"] != "open":
            raise invalid(f"You can't send an invoice that is {invoice['status']}.")
        self._books.events.emit("invoice.sent", invoice)
        return invoice

    async def _pay(self, call: Call) -> Obj:
        invoice, params = self._get(call), call.params
        if invoice["status"] == "paid":
            raise invalid("Invoice is already paid")
        if params.boolean("paid_out_of_band"):
            if invoice["status"] == "draft":
                self._invoices.finalize(invoice)
            if invoice["status"] != "paid":
                self._invoices.mark_paid(invoice, out_of_band=True)
            return invoice
        method = None
        if key := params.text("payment_method"):
            method = self._cards.resolve(key, livemode=call.livemode)
        result = self._invoices.pay(invoice, method, off_session=params.boolean("off_session", True))
        if not result.paid and not result.processing:
            raise self.refused(invoice, result)
        return invoice

    def refused(self, invoice: Obj, result: Attempt) -> StripeError:
        """The 402 that answers a payment of an invoice which did not succeed."""
        intent = self._payments.open_intent(invoice)
        more = {"payment_intent": copy.deepcopy(intent)} if intent is not None else {}
        if result.refusal is not None:
            error = declined(result.refusal, **more)
            if intent is not None and intent["latest_charge"]:
                error.more["charge"] = intent["latest_charge"]
            return error
        action = StripeError(
            "This payment requires additional user action before it can be completed successfully. Payment can be "
            "completed using the PaymentIntent associated with the invoice.",
            status=402,
            kind="card_error",
            code="invoice_payment_intent_requires_action",
        )
        action.more.update(more)
        return action

    async def _void(self, call: Call) -> Obj:
        invoice = self._get(call)
        self._invoices.void(invoice)
        return invoice

    async def _mark_uncollectible(self, call: Call) -> Obj:
        invoice = self._get(call)
        self._invoices.mark_uncollectible(invoice)
        return invoice

    async def _lines(self, call: Call) -> Obj:
        invoice = self._get(call)
        return page(self._bills.lines(invoice), call.params, f"/v1/invoices/{invoice['id']}/lines")

    async def _list(self, call: Call) -> Obj:
        params = call.params
        status = params.choice("status", "draft", "open", "void", "paid", "uncollectible")
        method = params.choice("collection_method", "charge_automatically", "send_invoice")
        customer, subscription = self._books.listed_customer(call), params.text("subscription")
        if subscription is not None:
            self._books.state.ref("subscription", subscription, livemode=call.livemode, param="subscription")
        rows = (
            row
            for row in self._books.state.newest("invoice", livemode=call.livemode, customer=customer)
            if status in (None, row["status"])
            and method in (None, row["collection_method"])
            and subscription in (None, subscription_of(row))
        )
        return page(rows, params, "/v1/invoices")


def _fields(params: Params) -> list[Obj] | None:
    fields = [{"name": one.need("name"), "value": one.need("value")} for one in params.each("custom_fields")]
    if len(fields) > 4:
        raise invalid("You can have at most 4 custom fields.", param="custom_fields")
    return fields or None


def _check_due(method: str, days: int | None, due: int | None, now: int) -> None:
    if method != "send_invoice" and (days is not None or due is not None):
        raise invalid(
            "You can only specify 'due_date' or 'days_until_due' if invoice collection method is 'send_invoice'."
        )
    if days is not None and due is not None:
        raise invalid("You may only specify one of these parameters: days_until_due, due_date.", param="due_date")
    if due is not None and due < now:
        raise invalid("`due_date` must be in the future.", param="due_date")
