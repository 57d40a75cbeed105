"""Payment methods: test cards and what each does, and the objects made of them and of test bank accounts."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass

from sandbox.stripe.books import Books
from sandbox.stripe.debits import DEBITS, PARAMS, TOKENS, Debit, details
from sandbox.stripe.errors import StripeError, invalid, missing, no_such
from sandbox.stripe.http import Call
from sandbox.stripe.lists import page
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.refusals import (
    AUTHENTICATION,
    BAD_CVC,
    DECLINED,
    EXPIRED,
    INSUFFICIENT,
    MANDATE_CANCELED,
    NOT_APPROVED,
    PROCESSING,
    Later,
    Refusal,
)
from sandbox.stripe.store import Obj


@dataclass(frozen=True, slots=True)
class Card:
    """A test card's nature. `attaches` false: refused already when saved to a customer.

    `disputed` is the status of the dispute that a bank opens once a payment succeeded; `warned`: it only warns of it.
    """

    brand: str
    refusal: Refusal | None = None
    attaches: bool = True
    wants_authentication: bool = False
    funding: str = "credit"
    disputed: str | None = None
    warned: bool = False
    country: str = "US"
    later: Later | None = None
    """Without its owner present, a payment waits until the bank has announced it to them."""


def _indian(refusal: Refusal | None = None) -> Card:
    """A card under an Indian e-mandate: each later payment is announced and waits for 26 hours.

    Source: docs.stripe.com/india-recurring-payments.
    """
    return Card("visa", wants_authentication=True, country="IN", later=Later(hours=26, refusal=refusal))


# docs.stripe.com/testing
CARDS = {
    "4242424242424242": Card("visa"),
    "4000056655665556": Card("visa", funding="debit"),
    "5555555555554444": Card("mastercard"),
    "378282246310005": Card("amex"),
    "4000000000000077": Card("visa"),
    "4000000000000259": Card("visa", disputed="needs_response"),
    "4000000000001976": Card("visa", disputed="warning_needs_response"),
    "4000000000005423": Card("visa", warned=True),
    "4000000000000002": Card("visa", DECLINED, attaches=False),
    "4000000000009995": Card("visa", INSUFFICIENT, attaches=False),
    "4000000000000069": Card("visa", EXPIRED, attaches=False),
    "4000000000000127": Card("visa", BAD_CVC, attaches=False),
    "4000000000000119": Card("visa", PROCESSING, attaches=False),
    "4000000000000341": Card("visa", DECLINED),
    "4000002500003155": Card("visa", wants_authentication=True),
    "4000002760003184": Card("visa", wants_authentication=True),
    "4000000000003220": Card("visa", wants_authentication=True),
    "4000003560000123": _indian(),
    "4000003560000263": _indian(MANDATE_CANCELED),
    "4000003560000297": _indian(NOT_APPROVED),
}
ALIASES = {
    "visa": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "createDispute": "4000000000000259",
    "visa_createDispute": "4000000000000259",
    "createDisputeInquiry": "4000000000001976",
    "visa_createDisputeInquiry": "4000000000001976",
    "createIssuerFraudRecord": "4000000000005423",
    "threeDSecure2Required": "4000000000003220",
    "bypassPending": "4000000000000077",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "chargeCustomerFail": "4000000000000341",
    "authenticationRequiredOnSetup": "4000002500003155",
    "authenticationRequired": "4000002760003184",
    "indiaRecurringMandateSetupAndRenewalsSuccess": "4000003560000123",
    "indiaRecurringPaymentFailureCanceledMandate": "4000003560000263",
}
NO_ADDRESS = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}


def number_of(text: str) -> str:
    """What was typed, without its spaces: a card's number, an IBAN or an account number.

    Raises Stripe's error for one that is no test card and no test account.
    """
    digits = text.replace(" ", "").replace("-", "").upper()
    if re.match(r"[A-Z]{2}\d", digits) and digits not in DEBITS:
        raise invalid("The IBAN you provided is invalid.", "sepa_debit[iban]", "invalid_bank_account_iban")
    if digits not in CARDS and digits not in DEBITS:
        raise StripeError(
            "Your card number is incorrect.", status=402, kind="card_error", code="incorrect_number", param="number"
        )
    return digits


class Cards:
    """Payment methods: made from test cards, attached to customers, listed."""

    def __init__(self, books: Books) -> None:
        self._books = books
        route = books.api.route
        route("POST", "/v1/payment_methods", self._create)
        route("GET", "/v1/payment_methods", self._list)
        route("GET", "/v1/payment_methods/{id}", self._retrieve)
        route("POST", "/v1/payment_methods/{id}", self._update)
        route("POST", "/v1/payment_methods/{id}/attach", self._attach)
        route("POST", "/v1/payment_methods/{id}/detach", self._detach)
        route("GET", "/v1/customers/{customer}/payment_methods", self._list_of_customer)
        route("GET", "/v1/customers/{customer}/payment_methods/{id}", self._retrieve_of_customer)

    def create(self, number: str, *, livemode: bool, email: str | None = None, name: str | None = None) -> Obj:
        """A payment method of a test card or bank account, not attached yet. Raises for an unknown number."""
        digits = number_of(number)
        nature = CARDS.get(digits) or DEBITS[digits]
        kind = "card" if isinstance(nature, Card) else nature.kind
        state = self._books.state
        obj: Obj = {
            "id": state.new_id("payment_method"),
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": {
                "address": dict(NO_ADDRESS),
                "email": email,
                "name": name,
                "phone": None,
                "tax_id": None,
            },
            kind: _card(nature, digits) if isinstance(nature, Card) else details(kind, digits),
            "created": self._books.now(),
            "customer": None,
            "customer_account": None,
            "livemode": livemode,
            "metadata": {},
            "type": kind,
        }
        state.secrets[obj["id"]]["number"] = digits
        return state.put(obj)

    def resolve(self, key: str, *, livemode: bool, param: str = "payment_method") -> Obj:
        """The payment method of this id; `pm_card_visa`, `pm_sepaDebit_success_at` and their like make a fresh one."""
        alias = number_behind(key) if key.startswith("pm_") else None
        if alias is not None and not livemode:
            return self.create(alias, livemode=livemode)
        return self._books.state.ref("payment_method", key, livemode=livemode, param=param)

    def card_of(self, method: Obj) -> Card | Debit:
        """The nature of the card or bank account behind a payment method."""
        number = self._books.state.secrets[method["id"]]["number"]
        return CARDS.get(number) or DEBITS[number]

    def later(self, method: Obj, *, off_session: bool) -> Later | None:
        """What becomes of a payment that is not decided at once; None: it is. A card's owner, if present, decides."""
        nature = self.card_of(method)
        return nature.later if off_session or isinstance(nature, Debit) else None

    def fits(self, method: Obj, currency: str) -> bool:
        """Cards pay in any currency, bank accounts only in their own."""
        nature = self.card_of(method)
        return isinstance(nature, Card) or nature.currency == currency

    def check_currency(self, method: Obj, currency: str) -> None:
        """Raises Stripe's refusal of a bank account that can't pay in this currency."""
        nature = self.card_of(method)
        if isinstance(nature, Debit) and nature.currency != currency:
            raise invalid(
                f"The currency provided ({currency}) is invalid. Payments with {nature.kind} support the following "
                f"currencies: {nature.currency}.",
                "currency",
                "payment_intent_invalid_currency",
            )

    def refusal(self, method: Obj, *, off_session: bool) -> Refusal | None:
        """Why a charge would fail now, or None. On session, a card that wants authentication is no refusal yet."""
        card = self.card_of(method)
        if card.refusal is not None:
            return card.refusal
        if off_session and self.wants_authentication(method):
            return AUTHENTICATION
        return None

    def wants_authentication(self, method: Obj) -> bool:
        """The person must confirm with their bank: the card asks for it and has not been set up yet."""
        done = self._books.state.secrets[method["id"]].get("authenticated", False)
        return self.card_of(method).wants_authentication and not done

    def authenticate(self, method: Obj) -> None:
        """The person has confirmed with their bank; later charges of this saved card need no more of it."""
        self._books.state.secrets[method["id"]]["authenticated"] = True

    def attach(self, method: Obj, customer: Obj, *, checked: bool = False) -> Obj:
        """Save a payment method to a customer. `checked`: a payment with it has just succeeded.

        Raises card_error for cards that a bank refuses already here.
        """
        if method["customer"] == customer["id"]:
            return method
        if method["customer"] is not None or self._books.state.secrets[method["id"]].get("detached"):
            raise invalid(
                "The payment method you provided has already been attached to a customer."
                if method["customer"] is not None
                else "This PaymentMethod was previously used without being attached to a Customer or was detached from "
                "a Customer, and may not be used again."
            )
        card = self.card_of(method)
        if not card.attaches and not checked and card.refusal is not None:
            error = declined(card.refusal, payment_method=method)
            error.param = ""
            raise error
        if method["type"] == "card":
            method["card"]["checks"]["cvc_check"] = "pass"
        self._books.state.assign(method, customer["id"])
        self._books.events.emit("payment_method.attached", method)
        return method

    def detach(self, method: Obj) -> Obj:
        """Take a payment method from its customer; it can't be used any more, and pays for nothing by default."""
        state, events = self._books.state, self._books.events
        customer = state.find("customer", method["customer"])
        if customer is None:
            raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
        before = dict(method)
        state.assign(method, None)
        state.secrets[method["id"]]["detached"] = True
        events.emit("payment_method.detached", method, before=before)
        settings = customer["invoice_settings"]
        if settings["default_payment_method"] == method["id"]:
            old = customer | {"invoice_settings": dict(settings)}
            settings["default_payment_method"] = None
            events.emit("customer.updated", customer, before=old)
        for subscription in state.newest("subscription", customer=customer["id"]):
            if subscription["default_payment_method"] == method["id"]:
                subscription["default_payment_method"] = None
        return method

    def paying(self, customer: Obj, subscription: Obj | None, invoice: Obj | None = None) -> Obj | None:
        """The payment method that pays: the invoice's own, the subscription's, the customer's default."""
        candidates = [
            invoice["default_payment_method"] if invoice else None,
            subscription["default_payment_method"] if subscription else None,
            customer["invoice_settings"]["default_payment_method"] if not customer.get("deleted") else None,
        ]
        for key in candidates:
            method = self._books.state.find("payment_method", key)
            if method is not None and method["customer"] == customer["id"]:
                return method
        return None

    # -- routes ----------------------------------------------------------------------------------

    async def _create(self, call: Call) -> Obj:
        params = call.params
        kind = params.choice("type", "card", *PARAMS)
        if kind is None:
            raise missing("type")
        number = self._card_number(params) if kind == "card" else _account(params, kind)
        billing = params.inner("billing_details")
        method = self.create(number, livemode=call.livemode, email=billing.text("email"), name=billing.text("name"))
        method["metadata"] = metadata(params)
        return method

    def _card_number(self, params: Params) -> str:
        card = params.inner("card")
        token = card.text("token")
        number = ALIASES.get(token.removeprefix("tok_"), "") if token else card.need("number")
        if token and not number:
            raise invalid(f"No such token: '{token}'", param="card[token]", code="resource_missing")
        if not token:
            card.integer("exp_month", least=1, most=12)
        return number

    async def _retrieve(self, call: Call) -> Obj:
        return self._books.state.get("payment_method", call.path["id"], livemode=call.livemode)

    async def _retrieve_of_customer(self, call: Call) -> Obj:
        method = await self._retrieve(call)
        if method["customer"] != call.path["customer"]:
            raise StripeError("Invalid request", status=404, param="customer")
        return method

    async def _update(self, call: Call) -> Obj:
        method = self._books.state.get("payment_method", call.path["id"], livemode=call.livemode)
        before = copy.deepcopy(method)
        billing = call.params.inner("billing_details")
        for name in ("email", "name", "phone"):
            if name in billing:
                method["billing_details"][name] = billing.text(name)
        if shown := call.params.choice("allow_redisplay", "always", "limited", "unspecified"):
            method["allow_redisplay"] = shown
        method["metadata"] = metadata(call.params, method["metadata"])
        self._books.events.updated("payment_method.updated", method, before)
        return method

    async def _attach(self, call: Call) -> Obj:
        method = self.resolve(call.path["id"], livemode=call.livemode)
        key = call.params.need("customer")
        customer = self._books.state.ref("customer", key, livemode=call.livemode, param="customer")
        if customer.get("deleted"):
            raise no_such("customer", key, param="customer", status=400)
        return self.attach(method, customer)

    async def _detach(self, call: Call) -> Obj:
        return self.detach(self._books.state.get("payment_method", call.path["id"], livemode=call.livemode))

    async def _list(self, call: Call) -> Obj:
        customer = self._books.listed_customer(call)
        return self._page(call.params, customer, call.livemode, "/v1/payment_methods")

    async def _list_of_customer(self, call: Call) -> Obj:
        customer = self._books.state.get("customer", call.path["customer"], livemode=call.livemode)
        return self._page(call.params, customer["id"], call.livemode, call.url)

    def _page(self, params: Params, customer: str | None, livemode: bool, url: str) -> Obj:
        wanted, shown = params.text("type"), params.text("allow_redisplay")
        rows = self._books.state.newest("payment_method", livemode=livemode, customer=customer)
        attached = (
            row
            for row in rows
            if row["customer"] is not None and wanted in (None, row["type"]) and shown in (None, row["allow_redisplay"])
        )
        return page(attached, params, url)


def number_behind(alias: str) -> str | None:
    """The number behind one of Stripe's test tokens: `visa`, `pm_card_visa`, `pm_sepaDebit_success_at`; else None."""
    return TOKENS.get(alias) or ALIASES.get(alias.removeprefix("pm_card_"))


def _account(params: Params, kind: str) -> str:
    """The bank account that `POST /v1/payment_methods` names. Raises for one that is no test account of this type."""
    inner, billing = params.inner(kind), params.inner("billing_details")
    account = number_of(inner.need(PARAMS[kind]))
    if account in CARDS or DEBITS[account].kind != kind:
        raise invalid("The account number you provided is invalid.", inner.name(PARAMS[kind]), "account_number_invalid")
    for name in ("name", "email") if kind != "us_bank_account" else ("name",):
        billing.need(name)
    return account


def _card(card: Card, digits: str) -> Obj:
    """What a payment method shows of a card."""
    return {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "unchecked"},
        "country": card.country,
        "display_brand": card.brand if card.brand != "amex" else "american_express",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "fp" + digits[-14:].rjust(14, "0"),
        "funding": card.funding,
        "generated_from": None,
        "last4": digits[-4:],
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def declined(refusal: Refusal, **more: Obj | str) -> StripeError:
    """The 402 that a refused card answers with."""
    error = StripeError(refusal.message, status=402, kind="card_error", code=refusal.code)
    if refusal.decline_code is not None:
        error.more["decline_code"] = refusal.decline_code
    error.more.update(more)
    return error
