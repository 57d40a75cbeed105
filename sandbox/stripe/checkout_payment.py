"""What happens when a person has typed a card into Checkout: refused, asked by the bank, or paid."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards
from sandbox.stripe.checkout import KIND, Checkout
from sandbox.stripe.checkout_purchase import Purchases
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import StripeError
from sandbox.stripe.pages import DEBITED, NOT_AUTHENTICATED, AttemptStopped, Outcome, Paid
from sandbox.stripe.payments import Attempt, Payments
from sandbox.stripe.refusals import Later
from sandbox.stripe.store import Obj


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed into the page."""

    card: str = ""
    email: str = ""
    promotion_code: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Custom fields: key → answer."""


class CheckoutPayment:
    """Takes the money of a session. All of it happens at one moment: nothing awaits inside."""

    def __init__(
        self,
        books: Books,
        checkout: Checkout,
        cards: Cards,
        discounts: Discounts,
        payments: Payments,
        goods: Purchases,
    ) -> None:
        self._books = books
        self._checkout = checkout
        self._cards = cards
        self._discounts = discounts
        self._payments = payments
        self._goods = goods
        payments.settled.append(self._settled)

    def pay(self, session: Obj, typed: Typed) -> Outcome:
        """A person presses "Pay". A card that wants authentication waits for `authenticate`."""
        kept = self._checkout.kept(session)
        try:
            self._check_open(session)
            kept["email"] = self._email(session, typed.email)
            self._answer_fields(session, typed.fields)
            if typed.promotion_code:
                self.use_code(session, typed.promotion_code)
            method = self._method(session, typed.card, kept["email"])
            if method is not None:
                self._check_card(session, method)
                if self._cards.wants_authentication(method):
                    kept["asked"] = method["id"]
                    return Outcome(Paid.REQUIRES_ACTION, "Your bank asks for authentication.")
            return self._finish(session, method)
        except (AttemptStopped, StripeError) as refused:
            return Outcome(Paid.FAILED, str(refused))

    def authenticate(self, session: Obj, *, completed: bool) -> Outcome:
        """The bank's question was answered; only for a session whose card was asked about."""
        asked = self._checkout.kept(session).pop("asked", None)
        try:
            self._check_open(session)
            if asked is None:
                raise AttemptStopped("Nothing waits for authentication: type your card again.")
            if not completed:
                raise AttemptStopped(NOT_AUTHENTICATED)
            method = self._books.state.by_id[asked]
            self._cards.authenticate(method)
            return self._finish(session, method)
        except (AttemptStopped, StripeError) as refused:
            return Outcome(Paid.FAILED, str(refused))

    def asked(self, session: Obj) -> Obj | None:
        """The card that a bank asks about now, if any."""
        return self._books.state.find("payment_method", self._checkout.kept(session).get("asked"))

    def needs_card(self, session: Obj) -> bool:
        """A card must be typed, even if nothing is to be paid now."""
        return bool(session["amount_total"] != 0 or session["payment_method_collection"] == "always")

    def use_code(self, session: Obj, text: str) -> None:
        """Apply a promotion code that a person typed. Raises AttemptStopped for one that is not valid here."""
        code = self._discounts.code(text, livemode=session["livemode"]) if session["allow_promotion_codes"] else None
        if code is None or code["customer"] not in (None, session["customer"]):
            raise AttemptStopped("This code is invalid.")
        paid = (charge["paid"] for charge in self._books.state.newest("charge", customer=session["customer"]))
        if code["restrictions"]["first_time_transaction"] and session["customer"] and any(paid):
            raise AttemptStopped("This code is for a first purchase only.")
        least = code["restrictions"]["minimum_amount"]
        if least is not None and session["amount_subtotal"] < least:
            raise AttemptStopped("This order is too small for this code.")
        session["discounts"] = [{"coupon": None, "promotion_code": code["id"]}]
        self._checkout.compute(session)

    # -- what a person can get wrong ------------------------------------------------------------------
    def _check_open(self, session: Obj) -> None:
        if session["status"] == "complete":
            raise AttemptStopped("This has been paid already.")
        if session["status"] == "expired":
            raise AttemptStopped("This checkout has expired. Ask for a new link.")
        customer = self._books.state.find("customer", session["customer"])
        if customer is not None and customer.get("deleted"):
            raise AttemptStopped("Nothing can be paid here any more. Ask for a new link.")

    def _email(self, session: Obj, typed: str) -> str:
        customer = self._books.state.find("customer", session["customer"])
        email = (customer or {}).get("email") or session["customer_email"] or typed
        if not email:
            raise AttemptStopped("Your e-mail is missing.")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
            raise AttemptStopped("Your e-mail is incomplete.")
        return str(email)

    def _answer_fields(self, session: Obj, answers: Mapping[str, str]) -> None:
        for one in session["custom_fields"]:
            body = one[one["type"]]
            value = answers.get(one["key"]) or body["value"] or body["default_value"]
            if not value and not one["optional"]:
                raise AttemptStopped(f"“{one['label']['custom']}” is missing.")
            if value and one["type"] == "numeric" and not value.isdigit():
                raise AttemptStopped(f"“{one['label']['custom']}” must be a number.")
            body["value"] = value

    def _method(self, session: Obj, card: str, email: str) -> Obj | None:
        if not self.needs_card(session):
            return None
        if not card:
            raise AttemptStopped("Your card number is missing.")
        method = self._cards.create(card, livemode=session["livemode"], email=email)
        if method["type"] not in session["payment_method_types"]:
            raise AttemptStopped("This payment method can't be used here: choose another one.")
        return method

    def _check_card(self, session: Obj, method: Obj) -> None:
        """Ask the bank before anything is made, so that a refused Checkout leaves no subscription behind."""
        if session["mode"] == "setup" or not session["amount_total"]:
            card = self._cards.card_of(method)
            if card.refusal is not None and not card.attaches:
                raise AttemptStopped(card.refusal.message)
            return
        refusal = self._cards.refusal(method, off_session=False)
        if refusal is not None:
            self._payments.confirm(self._intent(session), method, off_session=False)
            raise AttemptStopped(refusal.message)

    # -- money ------------------------------------------------------------------------------------------
    def _intent(self, session: Obj) -> Obj:
        """The session's payment intent, the same over all attempts."""
        state, kept = self._books.state, self._checkout.kept(session)
        found = state.find("payment_intent", kept.get("intent"))
        if found is not None and found["amount"] == session["amount_total"]:
            return found
        if found is not None:
            self._payments.cancel(found, "abandoned")
        intent = self._payments.create_intent(
            amount=session["amount_total"],
            currency=session["currency"],
            customer=session["customer"],
            livemode=session["livemode"],
            description=kept["payment_description"],
            extra=kept["payment_metadata"],
            receipt_email=kept["receipt_email"],
            setup_future_usage=kept["setup_future_usage"],
        )
        kept["intent"] = intent["id"]
        return intent

    def _finish(self, session: Obj, method: Obj | None) -> Outcome:
        """The card is good: take the money, make what was bought, close the session."""
        kept = self._checkout.kept(session)
        customer = self._goods.customer(session, kept["email"])
        if session["mode"] == "setup":
            assert method is not None
            self._goods.save_card(session, method, customer)
        elif session["mode"] == "subscription":
            assert customer is not None
            self._goods.subscribe(session, method, customer)
        elif self._goods.invoiced(session):
            assert customer is not None
            self._goods.sell_with_invoice(session, method, customer)
        elif method is not None:
            self._take(session, method, customer)
        self._drop_intent(session)
        processing = self._remember_processing(session)
        if not processing:
            session["payment_status"] = "paid" if session["amount_total"] else "no_payment_required"
        self._checkout.end(session, "complete")
        self._books.events.emit("checkout.session.completed", session)
        return Outcome(Paid.PROCESSING, DEBITED) if processing else Outcome(Paid.PAID, "Thank you.")

    def _remember_processing(self, session: Obj) -> bool:
        """A bank works on the payment: what comes of it is the session's news later on."""
        state = self._books.state
        invoice = state.find("invoice", session["invoice"])
        intent = (
            self._payments.open_intent(invoice) if invoice else state.find("payment_intent", session["payment_intent"])
        )
        if intent is None or intent["status"] != "processing":
            return False
        state.secrets[intent["id"]]["session"] = session["id"]
        return True

    def _settled(self, intent: Obj, attempt: Attempt, _later: Later) -> None:
        """The bank has answered. Emits checkout.session.async_payment_*; a session tells of its own attempt only."""
        state = self._books.state
        session = state.find(KIND, state.secrets[intent["id"]].pop("session", None))
        if session is None:
            return
        if attempt.paid:
            session["payment_status"] = "paid"
        ending = "succeeded" if attempt.paid else "failed"
        self._books.events.emit(f"checkout.session.async_payment_{ending}", session)

    def _take(self, session: Obj, method: Obj, customer: Obj | None) -> None:
        """A one-time payment without an invoice: the session's own payment intent takes it."""
        intent = self._intent(session)
        if customer is not None and intent["customer"] is None:
            self._books.state.assign(intent, customer["id"])
        if customer is not None and intent["setup_future_usage"] is not None:
            self._cards.attach(method, customer, checked=True)
        attempt = self._payments.confirm(intent, method, off_session=False)
        if not attempt.paid and not attempt.processing:
            raise AttemptStopped("Your card was declined.")
        session["payment_intent"] = intent["id"]

    def _drop_intent(self, session: Obj) -> None:
        """Earlier attempts of this session left a payment intent that nothing will pay."""
        found = self._books.state.find("payment_intent", self._checkout.kept(session).get("intent"))
        if found is not None and found["id"] != session["payment_intent"]:
            self._payments.cancel(found, "abandoned")
