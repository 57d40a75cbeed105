"""Payment intents and the charges they make; invoice payments tie them to invoices."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from sandbox.stripe.books import Books
from sandbox.stripe.cards import Card, Cards
from sandbox.stripe.charges import Charges
from sandbox.stripe.debits import methods_for
from sandbox.stripe.errors import invalid
from sandbox.stripe.http import Call, Handler
from sandbox.stripe.lists import listed, page
from sandbox.stripe.params import metadata
from sandbox.stripe.refusals import INSUFFICIENT, NO_FUNDS, Later, Refusal
from sandbox.stripe.store import Obj


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of trying to take money: paid, refused, not decided yet, or the person must confirm with their bank."""

    paid: bool
    refusal: Refusal | None = None
    action_required: bool = False
    processing: bool = False


# Told of a payment that was processing and is decided now: its intent, how it ended, what was agreed.
Settled = Callable[[Obj, Attempt, Later], None]


class Payments:
    """`/v1/payment_intents`, `/v1/charges`, `/v1/invoice_payments`, and taking money."""

    def __init__(self, books: Books, cards: Cards) -> None:
        self._books = books
        self._cards = cards
        self._charges = Charges(books)
        self.settled: list[Settled] = []
        self.declining = 0
        """So many of the next automatic payments are declined, whatever the card."""
        # Set by the disputes' part: what becomes of a charge whose test card is disputed.
        self.on_disputed: Callable[[Obj, str], None] = lambda _charge, _status: None
        self.on_warned: Callable[[Obj], None] = lambda _charge: None
        route = books.api.route
        route("GET", "/v1/payment_intents", self._list_intents)
        route("GET", "/v1/payment_intents/{id}", self._retrieve("payment_intent"))
        route("POST", "/v1/payment_intents/{id}", self._update_intent)
        route("GET", "/v1/charges", self._list_charges)
        route("GET", "/v1/charges/{id}", self._retrieve("charge"))
        route("POST", "/v1/charges/{id}", self._update_charge)
        route("GET", "/v1/invoice_payments", self._list_invoice_payments)
        route("GET", "/v1/invoice_payments/{id}", self._retrieve("invoice_payment"))
        route("GET", "/v1/balance_transactions/{id}", self._retrieve("balance_transaction"))

    # -- payment intents -------------------------------------------------------------------------

    def create_intent(
        self,
        *,
        amount: int,
        currency: str,
        customer: str | None,
        livemode: bool,
        description: str | None = None,
        extra: dict[str, str] | None = None,
        receipt_email: str | None = None,
        setup_future_usage: str | None = None,
    ) -> Obj:
        """A payment intent that waits for a payment method. Emits payment_intent.created."""
        state = self._books.state
        key = state.new_id("payment_intent")
        intent: Obj = {
            "id": key,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": None,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic",
            "client_secret": f"{key}_secret_{state.token(25)}",
            "confirmation_method": "automatic",
            "created": self._books.now(),
            "currency": currency,
            "customer": customer,
            "customer_account": None,
            "description": description,
            "excluded_payment_method_types": None,
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": livemode,
            "metadata": dict(extra or {}),
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {"card": {"installments": None, "mandate_options": None, "network": None,
                                                "request_three_d_secure": "automatic"}},
            "payment_method_types": methods_for(currency),
            "processing": None,
            "receipt_email": receipt_email,
            "review": None,
            "setup_future_usage": setup_future_usage,
            "shipping": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "requires_payment_method",
            "transfer_data": None,
            "transfer_group": None,
        }  # fmt: skip
        self._books.events.emit("payment_intent.created", state.put(intent))
        return intent

    def confirm(self, intent: Obj, method: Obj, *, off_session: bool, automatic: bool = False) -> Attempt:
        """Try to take the money. Emits charge.* and payment_intent.*; changes nothing else.

        `automatic`: nobody asked for it, a bill is due. Raises for a bank account that can't pay in this currency.
        """
        if intent["status"] in ("processing", "succeeded", "canceled"):
            raise invalid(
                f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}.",
                code="payment_intent_unexpected_state",
            )
        self._cards.check_currency(method, intent["currency"])
        refusal = self._cards.refusal(method, off_session=off_session)
        later = self._cards.later(method, off_session=off_session)
        if automatic and self.declining:
            self.declining -= 1
            if later is not None:
                poor = INSUFFICIENT if method["type"] == "card" else NO_FUNDS
                later = replace(later, refusal=later.refusal or poor)
            else:
                refusal = refusal or INSUFFICIENT
        intent["payment_method"] = method["id"]
        if refusal is None and later is not None:
            return self._wait(intent, method, later)
        if refusal is not None:
            return self._refused(intent, method, refusal)
        if self._cards.wants_authentication(method):
            # The bank wants to see the person; `authenticated` goes on from here.
            intent["status"] = "requires_action"
            intent["next_action"] = {
                "type": "redirect_to_url",
                "redirect_to_url": {"return_url": None, "url": f"{self._books.base_url()}/authenticate/{intent['id']}"},
            }
            self._books.events.emit("payment_intent.requires_action", intent)
            return Attempt(paid=False, action_required=True)
        self._succeed(intent, method)
        return Attempt(paid=True)

    def authenticated(self, intent: Obj, method: Obj) -> Attempt:
        """The person has confirmed with their bank: the card counts as set up, and the money is taken."""
        self._cards.authenticate(method)
        intent["next_action"] = None
        return self.confirm(intent, method, off_session=False)

    def cancel(self, intent: Obj, reason: str | None) -> None:
        """The payment will not happen (invoice voided, or paid elsewhere). What a bank has can't be called back."""
        if intent["status"] in ("processing", "succeeded", "canceled"):
            return
        intent["status"] = "canceled"
        intent["canceled_at"] = self._books.now()
        intent["cancellation_reason"] = reason
        intent["next_action"] = None
        self._books.events.emit("payment_intent.canceled", intent)

    def _wait(self, intent: Obj, method: Obj, later: Later) -> Attempt:
        """The bank has the debit, or first announces the payment of a card to its owner. Emits *.processing."""
        ends_at = later.ends_at(self._books.now())
        intent["status"] = "processing"
        intent["next_action"] = None
        if method["type"] == "card":
            notice = {"approval_requested": False, "completes_at": ends_at}
            intent["processing"] = {"card": {"customer_notification": notice}, "type": "card"}
        else:
            charge = self._charges.make(intent, method, "pending")
            intent["latest_charge"] = charge["id"]
            self._books.events.emit("charge.pending", charge)
        self._books.events.emit("payment_intent.processing", intent)
        self._books.at(intent["id"], "settle", ends_at, partial(self._settle, intent, method, later))
        return Attempt(paid=False, processing=True)

    async def _settle(self, intent: Obj, method: Obj, later: Later) -> None:
        """The bank has answered."""
        intent["processing"] = None
        if later.refusal is not None:
            attempt = self._refused(intent, method, later.refusal)
        else:
            self._succeed(intent, method)
            attempt = Attempt(paid=True)
        for tell in self.settled:
            tell(intent, attempt, later)

    def _decided(self, intent: Obj, method: Obj, refusal: Refusal | None) -> Obj:
        """The charge that says how a payment ended: the one that was pending, or a new one."""
        pending = self._books.state.find("charge", intent["latest_charge"])
        if pending is not None and pending["status"] == "pending":
            return self._charges.decide(pending, refusal)
        return self._charges.make(intent, method, "failed" if refusal else "succeeded", refusal)

    def _succeed(self, intent: Obj, method: Obj) -> None:
        charge = self._decided(intent, method, None)
        intent["status"] = "succeeded"
        intent["amount_received"] = intent["amount"]
        intent["latest_charge"] = charge["id"]
        intent["last_payment_error"] = None
        intent["next_action"] = None
        self._books.events.emit("charge.succeeded", charge)
        self._books.events.emit("payment_intent.succeeded", intent)
        nature = self._cards.card_of(method)
        if nature.disputed is not None:
            self.on_disputed(charge, nature.disputed)
        if isinstance(nature, Card) and nature.warned:
            self.on_warned(charge)

    def _refused(self, intent: Obj, method: Obj, refusal: Refusal) -> Attempt:
        charge = self._decided(intent, method, refusal)
        intent["status"] = "requires_payment_method"
        intent["latest_charge"] = charge["id"]
        intent["payment_method"] = None
        intent["next_action"] = None
        error: Obj = {
            "charge": charge["id"],
            "code": refusal.code,
            "doc_url": "https://docs.stripe.com/error-codes/" + refusal.code.replace("_", "-"),
            "message": refusal.message,
            "payment_method": copy.deepcopy(method),
            "type": "card_error" if method["type"] == "card" else "invalid_request_error",
        }
        if refusal.decline_code is not None:
            error["decline_code"] = refusal.decline_code
        intent["last_payment_error"] = error
        self._books.events.emit("charge.failed", charge)
        self._books.events.emit("payment_intent.payment_failed", intent)
        return Attempt(paid=False, refusal=refusal)

    # -- invoice payments ------------------------------------------------------------------------

    def tie(self, invoice: Obj, intent: Obj, *, default: bool = True) -> Obj:
        """The invoice payment that says: this payment intent is to pay this invoice."""
        row: Obj = {
            "id": self._books.state.new_id("invoice_payment"),
            "object": "invoice_payment",
            "amount_paid": None,
            "amount_requested": intent["amount"],
            "created": self._books.now(),
            "currency": intent["currency"],
            "invoice": invoice["id"],
            "is_default": default,
            "livemode": intent["livemode"],
            "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        }
        secrets = self._books.state.secrets
        secrets[invoice["id"]].setdefault("payments", []).append(row["id"])
        secrets[intent["id"]]["invoice_payment"] = row["id"]
        return self._books.state.put(row)

    def of_invoice(self, invoice_id: str) -> list[Obj]:
        """All payments of an invoice, the newest first."""
        keys = self._books.state.secrets[invoice_id].get("payments", [])
        return [self._books.state.by_id[key] for key in reversed(keys)]

    def open_intent(self, invoice: Obj) -> Obj | None:
        """The payment intent that is to pay this invoice, if one is open."""
        for row in self.of_invoice(invoice["id"]):
            if row["status"] == "open":
                return self._books.state.by_id[row["payment"]["payment_intent"]]
        return None

    def processing(self, invoice: Obj) -> bool:
        """A bank works on a payment of this invoice, so that no other may begin."""
        intent = self.open_intent(invoice)
        return intent is not None and intent["status"] == "processing"

    def close(self, invoice: Obj, status: str) -> None:
        """The open payment of an invoice ends as `paid` or `canceled`."""
        for row in self.of_invoice(invoice["id"]):
            if row["status"] == "open":
                row["status"] = status
                row["status_transitions"]["paid_at" if status == "paid" else "canceled_at"] = self._books.now()
                if status == "paid":
                    row["amount_paid"] = row["amount_requested"]
                    self._books.events.emit("invoice_payment.paid", row)

    # -- routes ----------------------------------------------------------------------------------

    def _retrieve(self, kind: str) -> Handler:
        param = "intent" if kind == "payment_intent" else "id"

        async def handle(call: Call) -> Obj:
            return self._books.state.get(kind, call.path["id"], livemode=call.livemode, param=param)

        return handle

    async def _update_intent(self, call: Call) -> Obj:
        intent = self._books.state.get("payment_intent", call.path["id"], livemode=call.livemode)
        if "description" in call.params:
            intent["description"] = call.params.text("description")
        intent["metadata"] = metadata(call.params, intent["metadata"])
        return intent

    async def _update_charge(self, call: Call) -> Obj:
        charge = self._books.state.get("charge", call.path["id"], livemode=call.livemode)
        before = copy.deepcopy(charge)
        if "transfer_group" in call.params:
            raise invalid(
                f"This Charge was created by a PaymentIntent ({charge['payment_intent']}). You must update the "
                "`transfer_group` on the PaymentIntent instead of updating the Charge directly. See "
                "https://stripe.com/docs/api#update_payment_intent"
            )
        if "description" in call.params:
            charge["description"] = call.params.text("description")
        charge["metadata"] = metadata(call.params, charge["metadata"])
        self._books.events.updated("charge.updated", charge, before)
        return charge

    async def _list_intents(self, call: Call) -> Obj:
        customer = self._books.listed_customer(call)
        rows = self._books.state.newest("payment_intent", livemode=call.livemode, customer=customer)
        return page(rows, call.params, "/v1/payment_intents")

    async def _list_charges(self, call: Call) -> Obj:
        customer, intent = self._books.listed_customer(call), call.params.text("payment_intent")
        rows = self._books.state.newest("charge", livemode=call.livemode, customer=customer)
        return page((row for row in rows if intent in (None, row["payment_intent"])), call.params, "/v1/charges")

    async def _list_invoice_payments(self, call: Call) -> Obj:
        params, state = call.params, self._books.state
        invoice, status = params.text("invoice"), params.choice("status", "canceled", "open", "paid")
        payment = params.inner("payment")
        intent = payment.text("payment_intent")
        if payment.values and payment.choice("type", "payment_intent", "payment_record") is None:
            raise invalid("Missing required param: payment[type].", "payment[type]", "parameter_missing")
        if invoice is not None:
            rows = self.of_invoice(state.ref("invoice", invoice, livemode=call.livemode, param="invoice")["id"])
        elif intent is not None:
            key = state.secrets[intent].get("invoice_payment") if intent in state.by_id else None
            rows = [state.by_id[key]] if key else []
        else:
            rows = list(state.newest("invoice_payment", livemode=call.livemode))
        fits = (
            row
            for row in rows
            if status in (None, row["status"]) and intent in (None, row["payment"].get("payment_intent"))
        )
        return page(fits, params, "/v1/invoice_payments")


def payments_list(rows: list[Obj], invoice_id: str) -> Obj:
    """The `payments` of an invoice, when expanded."""
    return listed(rows[:10], f"/v1/invoice_payments?invoice={invoice_id}", has_more=len(rows) > 10)
