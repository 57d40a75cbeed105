"""Refunds: money back for a charge, in whole or in part, and what becomes of the charge."""

import copy

from sandbox.stripe.books import Books
from sandbox.stripe.errors import StripeError, invalid
from sandbox.stripe.http import Call
from sandbox.stripe.lists import listed, page
from sandbox.stripe.money import written
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.store import Obj, State

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
CLOSED_IN_CUSTOMERS_FAVOUR = ("needs_response", "under_review", "lost")
"""A charge whose dispute stands so has given its money back already."""

TRANSFERS = {
    "sepa_debit": "eu_bank_transfer",
    "us_bank_account": "us_bank_transfer",
    "bacs_debit": "gb_bank_transfer",
}


class Refunds:
    """`/v1/refunds`, and the refunds of a charge."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._state = books.state
        self._events = books.events
        api = books.api
        api.route("POST", "/v1/refunds", self._create)
        api.route("GET", "/v1/refunds", self._list)
        api.route("GET", "/v1/refunds/{id}", self._retrieve)
        api.route("POST", "/v1/refunds/{id}", self._update)
        api.route("GET", "/v1/charges/{charge}/refunds", self._list_of_charge)
        api.route("GET", "/v1/charges/{charge}/refunds/{id}", self._retrieve)
        api.expander.include("charge", "refunds", _refunds_of)

    def refund(
        self, charge: Obj, amount: int | None = None, *, reason: str | None = None, notes: dict[str, str] | None = None
    ) -> Obj:
        """Give a charge's money back; without an amount, all that is left. Raises StripeError if there is none."""
        amount = self.check(charge, amount)
        refund = self._make(charge, amount, reason, notes or {})
        before = copy.deepcopy(charge)
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._events.emit("charge.refunded", charge, before=before)
        self._events.emit("refund.created", refund, livemode=charge["livemode"])
        # The bank's reference arrives a moment later at Stripe; here it follows at once.
        was = copy.deepcopy(refund)
        kind = refund["destination_details"]["type"]
        refund["destination_details"][kind] |= {
            "reference": self._state.token(12).upper(),
            "reference_status": "available",
        }
        self._told(refund, was, livemode=charge["livemode"])
        return refund

    def fail(self, refund: Obj) -> Obj:
        """The bank sends a refund back: the charge is paid again."""
        charge = self._state.by_id[refund["charge"]]
        before, was = copy.deepcopy(refund), copy.deepcopy(charge)
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        refund["failure_balance_transaction"] = self._entry(refund, refund["amount"], "refund_failure")["id"]
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        self._events.emit("refund.failed", refund, livemode=charge["livemode"])
        self._told(refund, before, livemode=charge["livemode"])
        self._events.updated("charge.updated", charge, was)
        return refund

    def check(self, charge: Obj, amount: int | None = None) -> int:
        """How much `refund` would give back; raises as it would. Changes nothing."""
        left: int = charge["amount"] - charge["amount_refunded"]
        amount = left if amount is None else amount
        if charge["status"] != "succeeded":
            raise invalid(f"Charge {charge['id']} has not been paid, so it cannot be refunded.", "charge")
        if left == 0:
            raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        if amount < 1:
            raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
        if amount > left:
            currency = charge["currency"]
            raise invalid(
                f"Refund amount ({written(amount, currency)}) is greater than unrefunded amount on charge "
                f"({written(left, currency)})",
                "amount",
            )
        disputes = (d for d in self._state.by_kind["dispute"].values() if d["charge"] == charge["id"])
        if any(dispute["status"] in CLOSED_IN_CUSTOMERS_FAVOUR for dispute in disputes):
            raise invalid(
                f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
            )
        return amount

    def _make(self, charge: Obj, amount: int, reason: str | None, notes: dict[str, str]) -> Obj:
        refund: Obj = {
            "id": self._state.new_id("refund"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "created": self._books.now(),
            "currency": charge["currency"],
            "customer": None,
            "destination_details": _destination(charge["payment_method_details"]["type"]),
            "metadata": notes,
            "payment_intent": charge["payment_intent"],
            "payment_method": charge["payment_method"],
            "reason": reason,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
        }
        self._state.secrets[refund["id"]]["livemode"] = charge["livemode"]
        refund["balance_transaction"] = self._entry(refund, -amount, "refund")["id"]
        return self._state.put(refund)

    def _entry(self, refund: Obj, amount: int, kind: str) -> Obj:
        charge = self._state.by_id[refund["charge"]]
        told = f" ({charge['description']})" if charge["description"] else ""
        description = f"REFUND FOR CHARGE{told}" if kind == "refund" else None
        livemode = bool(charge["livemode"])
        return balance_entry(self._books, refund, amount, kind, livemode=livemode, description=description)

    def _told(self, refund: Obj, before: Obj, *, livemode: bool) -> None:
        """`refund.updated`, and its older name, which Stripe still sends."""
        self._events.emit("refund.updated", refund, before=before, livemode=livemode)
        self._events.emit("charge.refund.updated", refund, before=before, livemode=livemode)

    # -- the API ------------------------------------------------------------------------------------
    async def _create(self, call: Call) -> Obj:
        params = call.params
        charge = self._charge_of(params, livemode=call.livemode)
        reason = params.choice("reason", *REASONS)
        return self.refund(charge, params.integer("amount"), reason=reason, notes=metadata(params))

    def _charge_of(self, params: Params, *, livemode: bool) -> Obj:
        if charge := params.text("charge"):
            return self._state.ref("charge", charge, livemode=livemode, param="charge")
        wanted = params.text("payment_intent")
        if wanted is None:
            text = "One of the following params should be provided for this request: payment_intent or charge."
            raise invalid(text, "charge", "parameter_missing")
        intent = self._state.ref("payment_intent", wanted, livemode=livemode, param="payment_intent")
        charge = intent["latest_charge"]
        if charge is None:
            raise invalid(
                f"This PaymentIntent ({wanted}) does not have a successful charge to refund.", "payment_intent"
            )
        return self._state.by_id[charge]

    async def _update(self, call: Call) -> Obj:
        refund = self._get(call)
        before = copy.deepcopy(refund)
        refund["metadata"] = metadata(call.params, refund["metadata"])
        if refund != before:
            self._told(refund, before, livemode=call.livemode)
        return refund

    async def _retrieve(self, call: Call) -> Obj:
        return self._get(call)

    async def _list(self, call: Call) -> Obj:
        params = call.params
        charge, intent = params.text("charge"), params.text("payment_intent")
        rows = (
            refund
            for refund in self._state.newest("refund", livemode=call.livemode)
            if (charge is None or refund["charge"] == charge) and (intent is None or refund["payment_intent"] == intent)
        )
        return page(rows, params, "/v1/refunds")

    async def _list_of_charge(self, call: Call) -> Obj:
        charge = self._state.get("charge", call.path["charge"], livemode=call.livemode, param="charge")
        rows = (refund for refund in self._state.newest("refund") if refund["charge"] == charge["id"])
        return page(rows, call.params, f"/v1/charges/{charge['id']}/refunds")

    def _get(self, call: Call) -> Obj:
        return self._state.get("refund", call.path["id"], livemode=call.livemode, param="refund")


def _destination(kind: str) -> Obj:
    """How the money goes back: to the card, or by a transfer to the bank account that was debited."""
    if kind == "card":
        card = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
        return {"card": card, "type": "card"}
    name = TRANSFERS[kind]
    return {name: {"reference": None, "reference_status": "pending"}, "type": name}


def balance_entry(
    books: Books, source: Obj, amount: int, kind: str, *, livemode: bool, fee: int = 0, description: str | None = None
) -> Obj:
    """A line of the account's balance that came from a refund or dispute; negative when money went out.

    `fee` is what Stripe takes for a dispute, in minor units.
    """
    waits = kind == "refund"
    detail = {"amount": fee, "application": None, "currency": source["currency"],
              "description": "Dispute fee", "type": "stripe_fee"}  # fmt: skip
    entry: Obj = {
        "id": books.state.new_id("balance_transaction"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": books.now() + (2 * 86_400 if waits else 0),
        "balance_type": "payments",
        "created": books.now(),
        "currency": source["currency"],
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [detail] if fee else [],
        "net": amount - fee,
        "reporting_category": kind if kind != "adjustment" else "dispute" if amount < 0 else "dispute_reversal",
        "source": source["id"],
        "status": "pending" if waits else "available",
        "type": kind,
    }
    books.state.secrets[entry["id"]]["livemode"] = livemode
    return books.state.put(entry)


def paid_charge(
    state: State,
    *,
    charge: str | None = None,
    payment_intent: str | None = None,
    invoice: str | None = None,
    subscription: str | None = None,
) -> Obj:
    """The charge that paid a thing: the newest successful one. Raises StripeError (404) if nothing did."""
    intents: set[str] = set()
    if payment_intent is not None:
        intents.add(payment_intent)
    if subscription is not None:
        invoice = next((bill["id"] for bill in state.newest("invoice") if _paid_for(bill, subscription)), None)
    if invoice is not None:
        payments = state.by_kind["invoice_payment"].values()
        paid = (one["payment"] for one in payments if one["invoice"] == invoice and one["status"] == "paid")
        intents |= {payment["payment_intent"] for payment in paid if payment["type"] == "payment_intent"}
    for found in state.newest("charge"):
        wanted = found["id"] == charge or found["payment_intent"] in intents
        if wanted and found["status"] == "succeeded":
            return found
    text = (
        "No successful charge was found for this: name a charge, payment_intent, invoice or subscription that was paid."
    )
    raise StripeError(text, status=404, code="resource_missing")


def _paid_for(invoice: Obj, subscription: str) -> bool:
    parent = invoice["parent"] or {}
    details = parent.get("subscription_details") or {}
    return details.get("subscription") == subscription and invoice["amount_paid"] > 0


def _refunds_of(state: State, charge: Obj) -> Obj:
    rows = [refund for refund in state.newest("refund") if refund["charge"] == charge["id"]]
    return listed(rows, f"/v1/charges/{charge['id']}/refunds")
