"""What a person does in the customer portal."""

from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards
from sandbox.stripe.changes import Changes
from sandbox.stripe.customers import Customers
from sandbox.stripe.errors import StripeError
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.pages import DEBITED, NOT_AUTHENTICATED, AttemptStopped, Outcome, Paid
from sandbox.stripe.params import Params
from sandbox.stripe.setup_intents import SetupIntents
from sandbox.stripe.store import Obj
from sandbox.stripe.subscription_api import SubscriptionApi
from sandbox.stripe.subscriptions import ENDED


class PortalActions:
    """Cards, cancelling and plans, done with the same functions as the API's."""

    def __init__(
        self,
        books: Books,
        cards: Cards,
        customers: Customers,
        invoices: Invoices,
        changes: Changes,
        subscription_api: SubscriptionApi,
        setup_intents: SetupIntents,
    ) -> None:
        self._books = books
        self._cards = cards
        self._customers = customers
        self._invoices = invoices
        self._changes = changes
        self._subscription_api = subscription_api
        self._setup_intents = setup_intents

    def change_card(self, customer: Obj, card: str) -> Outcome:
        """A new card is typed: saved, and from here on the one that pays. One may have to be authenticated first."""
        try:
            if not card:
                raise AttemptStopped("Your card number is missing.")
            method = self._cards.create(card, livemode=customer["livemode"], email=customer["email"])
            nature = self._cards.card_of(method)
            if nature.refusal is not None and not nature.attaches:
                raise AttemptStopped(nature.refusal.message)
            if self._cards.wants_authentication(method):
                self._books.state.secrets[customer["id"]]["asked"] = method["id"]
                return Outcome(Paid.REQUIRES_ACTION, "Your bank asks for authentication.")
            return self._keep(customer, method)
        except (AttemptStopped, StripeError) as refused:
            return Outcome(Paid.FAILED, str(refused))

    def authenticate(self, customer: Obj, *, completed: bool) -> Outcome:
        """The bank's question about a new card was answered."""
        asked = self._books.state.secrets[customer["id"]].pop("asked", None)
        method = self._books.state.find("payment_method", asked)
        if method is None:
            return Outcome(Paid.FAILED, "Nothing waits for authentication: type your card again.")
        if not completed:
            return Outcome(Paid.FAILED, NOT_AUTHENTICATED)
        self._cards.authenticate(method)
        return self._keep(customer, method)

    def pay(self, invoice: Obj) -> Outcome:
        """Pay an open invoice with the card that is saved."""
        try:
            if invoice["status"] != "open":
                raise AttemptStopped(f"This invoice can't be paid: it is {invoice['status']}.")
            attempt = self._invoices.pay(invoice, off_session=False)
        except (AttemptStopped, StripeError) as refused:
            return Outcome(Paid.FAILED, str(refused))
        if attempt.processing:
            return Outcome(Paid.PROCESSING, DEBITED)
        if attempt.action_required:
            return Outcome(Paid.FAILED, "Your bank asks for authentication: open the invoice and pay it there.")
        if not attempt.paid:
            return Outcome(Paid.FAILED, attempt.refusal.message if attempt.refusal else "Your card was declined.")
        return Outcome(Paid.PAID, "Thank you, this invoice is paid.")

    def cancel(self, subscription: Obj, feature: Obj, feedback: str) -> None:
        """Cancel as the configuration says: at the end of the period, or at once (with its proration)."""
        details = {"cancellation_details": {"feedback": feedback}} if feedback else {}
        if feature["mode"] == "at_period_end":
            self._changes.update(subscription, Params({"cancel_at_period_end": "true", **details}))
            return
        credit = feature["proration_behavior"] != "none"
        invoice = feature["proration_behavior"] == "always_invoice"
        wish = {"prorate": str(credit).lower(), "invoice_now": str(invoice).lower(), **details}
        self._subscription_api.cancel(subscription, Params(wish))

    def resume(self, subscription: Obj) -> None:
        """Take a cancellation back before it takes effect."""
        self._changes.update(subscription, Params({"cancel_at_period_end": "false"}))

    def change_plan(self, subscription: Obj, feature: Obj, price: str) -> Outcome:
        """Move to another of the prices that the configuration offers."""
        offered = {key for product in feature["products"] for key in product["prices"]}
        if price not in offered:
            return Outcome(Paid.FAILED, "This plan is not on offer.")
        item = {"id": subscription["items"]["data"][0]["id"], "price": price}
        wish = {"items": [item], "proration_behavior": feature["proration_behavior"]}
        try:
            self._changes.update(subscription, Params(wish))
        except StripeError as refused:
            return Outcome(Paid.FAILED, str(refused))
        return Outcome(Paid.PAID, "Your plan was changed.")

    def _keep(self, customer: Obj, method: Obj) -> Outcome:
        """The card becomes the customer's default, and that of subscriptions that had one of their own."""
        try:
            self._cards.attach(method, customer)
        except StripeError as refused:
            return Outcome(Paid.FAILED, str(refused))
        self._setup_intents.succeed(method, customer=customer["id"], notes={})
        self._customers.set_default(customer, method)
        for subscription in list(self._books.state.newest("subscription", customer=customer["id"])):
            if subscription["status"] not in ENDED and subscription["default_payment_method"] is not None:
                self._changes.update(subscription, Params({"default_payment_method": method["id"]}))
        return Outcome(Paid.PAID, "Your card was changed.")
