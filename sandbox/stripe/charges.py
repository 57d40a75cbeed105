"""Charges: what one attempt to take money left behind, and its line on the account's balance."""

from __future__ import annotations

import copy

from sandbox.stripe.books import Books
from sandbox.stripe.cards import NO_ADDRESS
from sandbox.stripe.debits import charged
from sandbox.stripe.refusals import Refusal
from sandbox.stripe.store import Obj

DEBIT_FEE_MAX = 500
"""Of a debit Stripe takes 0.8 %, but never more than 5.00 (ACH; the others cost nearly the same)."""


class Charges:
    """Makes charges, and decides those that a bank works on."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def make(self, intent: Obj, method: Obj, status: str, refusal: Refusal | None = None) -> Obj:
        """A charge that is `succeeded`, `failed` or `pending`. Nothing is told of it yet."""
        state, card = self._books.state, method["type"] == "card"
        key = state.new_id("charge" if card else "charge of a debit")
        charge: Obj = {
            "id": key,
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": 0 if status == "failed" else intent["amount"],
            "amount_refunded": 0,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": None,
            "billing_details": copy.deepcopy(method["billing_details"]) | {"address": dict(NO_ADDRESS)},
            "calculated_statement_descriptor": "GUESTLIST SANDBOX" if card else None,
            "captured": status != "failed",
            "created": self._books.now(),
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_balance_transaction": None,
            "failure_code": None,
            "failure_message": None,
            "fraud_details": {},
            "livemode": intent["livemode"],
            "metadata": dict(intent["metadata"]),
            "on_behalf_of": None,
            "outcome": _outcome(refusal, card=card),
            "paid": False,
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": (
                {"card": _card_details(method["card"], intent["amount"]), "type": "card"} if card else charged(method)
            ),
            "radar_options": {},
            "receipt_email": intent["receipt_email"],
            "receipt_number": None,
            "receipt_url": None,
            "refunded": False,
            "review": None,
            "shipping": None,
            "source_transfer": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "pending",
            "transfer_data": None,
            "transfer_group": None,
        }
        if status != "pending":
            self.decide(charge, refusal)
        return state.put(charge)

    def decide(self, charge: Obj, refusal: Refusal | None) -> Obj:
        """The bank has answered: the charge has succeeded or failed. Nothing is told of it yet."""
        good, card = refusal is None, charge["payment_method_details"]["type"] == "card"
        charge |= {
            "amount_captured": charge["amount"] if good else 0,
            "balance_transaction": self._balance(charge, card=card) if good else None,
            "captured": good,
            "failure_code": refusal.code if refusal else None,
            "failure_message": refusal.message if refusal else None,
            "outcome": _outcome(refusal, card=card),
            "paid": good,
            "receipt_url": f"{self._books.base_url()}/receipts/{charge['id']}" if good else None,
            "status": "succeeded" if good else "failed",
        }
        return charge

    def _balance(self, charge: Obj, *, card: bool) -> str:
        """The money's arrival on the account's balance, less Stripe's fee: of cards 2.9 % and 30."""
        now, amount = self._books.now(), charge["amount"]
        fee = min(amount, (amount * 29 + 500) // 1000 + 30) if card else min(DEBIT_FEE_MAX, (amount * 8 + 500) // 1000)
        detail = {"amount": fee, "application": None, "currency": charge["currency"],
                  "description": "Stripe processing fees", "type": "stripe_fee"}  # fmt: skip
        row: Obj = {
            "id": self._books.state.new_id("balance_transaction"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now + 2 * 86400,
            "balance_type": "payments",
            "created": now,
            "currency": charge["currency"],
            "description": charge["description"],
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [detail],
            "net": amount - fee,
            "reporting_category": "charge",
            "source": charge["id"],
            "status": "pending",
            "type": "charge" if card else "payment",
        }
        self._books.state.secrets[row["id"]]["livemode"] = charge["livemode"]
        return str(self._books.state.put(row)["id"])


def _outcome(refusal: Refusal | None, *, card: bool) -> Obj:
    good = refusal is None
    return {
        "advice_code": None if good else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network" if good else "declined_by_network",
        "reason": None if refusal is None else refusal.decline_code,
        **({"risk_level": "normal", "risk_score": 12} if card else {"risk_level": "not_assessed"}),
        "seller_message": "Payment complete." if good else "The bank did not return any further details.",
        "type": "authorized" if good else "issuer_declined",
    }


def _card_details(card: Obj, amount: int) -> Obj:
    return {
        "amount_authorized": amount,
        "authorization_code": None,
        "brand": card["brand"],
        "checks": card["checks"] | {"cvc_check": "pass"},
        "country": card["country"],
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card["last4"],
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "wallet": None,
    }
