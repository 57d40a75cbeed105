"""What a paid Checkout makes: the customer, the saved card, the invoice, the subscription."""

from typing import Any

from sandbox.stripe.bills import Bills, Terms
from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards
from sandbox.stripe.catalog import Catalog
from sandbox.stripe.checkout import Checkout, customer_details
from sandbox.stripe.checkout_lines import Line
from sandbox.stripe.customers import Customers
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.invoice_items import InvoiceItems
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.params import Params
from sandbox.stripe.payments import Payments
from sandbox.stripe.setup_intents import SetupIntents
from sandbox.stripe.store import Obj
from sandbox.stripe.subscribing import Subscribing


class Purchases:
    """Made only once the card is known to be good, so that a refused Checkout leaves nothing behind."""

    def __init__(
        self,
        books: Books,
        checkout: Checkout,
        cards: Cards,
        customers: Customers,
        discounts: Discounts,
        payments: Payments,
        bills: Bills,
        invoices: Invoices,
        items: InvoiceItems,
        setup_intents: SetupIntents,
        catalog: Catalog,
        subscribing: Subscribing,
    ) -> None:
        self._books = books
        self._checkout = checkout
        self._cards = cards
        self._customers = customers
        self._discounts = discounts
        self._payments = payments
        self._bills = bills
        self._invoices = invoices
        self._items = items
        self._setup_intents = setup_intents
        self._catalog = catalog
        self._subscribing = subscribing

    def invoiced(self, session: Obj) -> bool:
        """Whether a one-time payment gets an invoice (`invoice_creation.enabled`)."""
        return bool((session["invoice_creation"] or {}).get("enabled"))

    def customer(self, session: Obj, email: str) -> Obj | None:
        """The session's customer; a new one where it needs one. None: a guest, who leaves no customer behind."""
        customer = self._books.state.find("customer", session["customer"])
        wanted = session["customer_creation"] == "always" or self.invoiced(session)
        if customer is None and (wanted or self._checkout.kept(session)["setup_future_usage"]):
            customer = self._customers.create(livemode=session["livemode"], email=email)
            session["customer"] = customer["id"]
        elif customer is not None and customer["email"] is None:
            before = dict(customer)
            customer["email"] = email
            self._books.events.updated("customer.updated", customer, before)
        session["customer_details"] = customer_details(email, customer)
        return customer

    def save_card(self, session: Obj, method: Obj, customer: Obj | None) -> None:
        """Setup mode: the card is the customer's from here on."""
        if customer is not None:
            self._cards.attach(method, customer)
        key = customer["id"] if customer else None
        notes = self._checkout.kept(session)["setup_metadata"]
        session["setup_intent"] = self._setup_intents.succeed(method, customer=key, notes=notes)["id"]

    def sell_with_invoice(self, session: Obj, method: Obj | None, customer: Obj) -> None:
        """A one-time payment with a paid invoice, its invoice payment, payment intent and charge."""
        data = session["invoice_creation"]["invoice_data"]
        self._customers.take_currency(customer, session["currency"])
        terms = Terms(
            description=data["description"],
            footer=data["footer"],
            custom_fields=data["custom_fields"],
            metadata=data["metadata"],
            applies_balance=False,
        )
        invoice = self._bills.draft(customer, session["currency"], terms)
        for line in self._checkout.lines(session):
            self._items.put_on(invoice, self._item(line, customer))
        invoice["discounts"] = self.discounts(session, customer, invoice=invoice["id"])
        self._invoices.announce(invoice)
        self._invoices.finalize(invoice)
        session["invoice"] = invoice["id"]
        intent = self._payments.open_intent(invoice)
        if intent is None or method is None:
            return
        kept = self._checkout.kept(session)
        intent["metadata"] = dict(kept["payment_metadata"])
        intent["receipt_email"] = kept["receipt_email"]
        intent["setup_future_usage"] = kept["setup_future_usage"]
        if kept["setup_future_usage"]:
            self._cards.attach(method, customer, checked=True)
        self._invoices.pay(invoice, method, off_session=False)
        session["payment_intent"] = intent["id"]

    def subscribe(self, session: Obj, method: Obj | None, customer: Obj) -> None:
        """Begin the subscription with its first invoice, paid by the card that was typed."""
        if method is not None:
            self._cards.attach(method, customer, checked=True)
        prices = {line.price["id"] for line in self._checkout.lines(session)}
        self._catalog.admitted |= prices
        try:
            wish = Params(self._subscription_params(session))
            subscription = self._subscribing.create(customer, wish, off_session=False, method=method)
        finally:
            self._catalog.admitted -= prices
        session["subscription"] = subscription["id"]
        session["invoice"] = subscription["latest_invoice"]

    def _subscription_params(self, session: Obj) -> dict[str, Any]:
        """The session's wishes as the parameters of `POST /v1/subscriptions`."""
        kept = self._checkout.kept(session)
        wish: dict[str, Any] = {
            "items": [_row(line) for line in self._checkout.lines(session) if line.price["recurring"]],
            "add_invoice_items": [_row(line) for line in self._checkout.lines(session) if not line.price["recurring"]],
            "metadata": kept["metadata"],
            "default_tax_rates": kept["default_tax_rates"],
            "discounts": [
                {name: value for name, value in discount.items() if value is not None}
                for discount in session["discounts"] or []
            ],
        }
        for name in ("trial_period_days", "trial_end", "description"):
            if kept[name] is not None:
                wish[name] = str(kept[name])
        if kept["missing_payment_method"] is not None:
            wish["trial_settings"] = {"end_behavior": {"missing_payment_method": kept["missing_payment_method"]}}
        return wish

    def discounts(self, session: Obj, customer: Obj, **on: str) -> list[str]:
        """Redeem the session's coupons for what was bought."""
        codes = [one["promotion_code"] for one in session["discounts"] or []]
        return [
            self._discounts.apply(
                coupon, customer=customer["id"], promotion_code=code, checkout_session=session["id"], **on
            )["id"]
            for coupon, code in zip(self._checkout.coupons(session), codes, strict=True)
        ]

    def _item(self, line: Line, customer: Obj) -> Obj:
        now = self._books.now()
        return self._items.make(
            customer,
            amount=line.subtotal,
            code=line.price["currency"],
            description=line.description,
            period=(now, now),
            quantity=line.quantity or 1,
            price=line.price,
            tax_rates=list(line.rates),
        )


def _row(line: Line) -> dict[str, Any]:
    row: dict[str, Any] = {"price": line.price["id"], "tax_rates": [rate["id"] for rate in line.rates]}
    return row if line.quantity is None else row | {"quantity": str(line.quantity)}
