"""Disputes: a bank asks about a charge (an inquiry) or takes its money back, and how that ends."""

import copy
from functools import partial
from typing import Any

from sandbox.stripe.books import Books
from sandbox.stripe.errors import StripeError, invalid
from sandbox.stripe.http import Call
from sandbox.stripe.lists import page
from sandbox.stripe.params import metadata
from sandbox.stripe.payments import Attempt
from sandbox.stripe.refunds import balance_entry
from sandbox.stripe.refusals import Later
from sandbox.stripe.store import Obj

ANSWER_SECONDS = 9 * 86_400
"""How long an answer may take before a dispute is lost."""
INQUIRY_SECONDS = 120 * 86_400
"""An inquiry that was not escalated is closed after so long."""
DISPUTE_SECONDS = 1
"""How long after the payment a test card is disputed."""
VERDICT_SECONDS = 1
"""How long a bank looks at evidence that is one of Stripe's test texts."""
FEE = 1500
"""What Stripe takes for each dispute, in minor units; it isn't given back."""
OPEN = ("needs_response", "under_review")
INQUIRY = ("warning_needs_response", "warning_under_review")
# The words of the control, beside Stripe's own.
WORDS = {"open": "needs_response", "inquiry": "warning_needs_response", "closed": "warning_closed"}
EVIDENCE = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
]


class Disputes:
    """`/v1/disputes`, and what a bank does to a charge."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._state = books.state
        self._events = books.events
        api = books.api
        api.route("GET", "/v1/disputes", self._list)
        api.route("GET", "/v1/disputes/{id}", self._retrieve)
        api.route("POST", "/v1/disputes/{id}", self._update)
        api.route("POST", "/v1/disputes/{id}/close", self._close)
        api.route("GET", "/v1/charges/{charge}/dispute", self._retrieve_of_charge)

    def happen(self, charge: Obj, status: str, *, reason: str = "fraudulent", amount: int | None = None) -> Obj:
        """A bank acts on a charge: `open`, `inquiry`, `won`, `lost`, `closed`, or one of Stripe's own statuses.

        A charge without a dispute gets one first, so `lost` for it means disputed and lost. Raises StripeError for a
        status that is none, or a charge that can't be disputed.
        """
        status = WORDS.get(status, status)
        if status not in (*OPEN, *INQUIRY, "won", "lost", "warning_closed"):
            raise invalid(f"Invalid status: {status}; give open, inquiry, won, lost or closed.", "status")
        dispute = next((d for d in self._state.newest("dispute") if d["charge"] == charge["id"]), None)
        if dispute is None:
            inquiry = status.startswith("warning_")
            first = "warning_needs_response" if inquiry else "needs_response"
            dispute = self._open(charge, first, reason, charge["amount"] if amount is None else amount)
        if dispute["status"] != status:
            self._move(dispute, status)
        return dispute

    def begin(self, charge: Obj, status: str) -> None:
        """A bank disputes a charge a moment after it was made: what some test cards stand for."""
        when = self._books.now() + DISPUTE_SECONDS
        self._books.at(charge["id"], "dispute", when, partial(self._begin, charge, status))

    async def _begin(self, charge: Obj, status: str) -> None:
        self.happen(charge, status)

    def take_back(self, intent: Obj, _attempt: Attempt, later: Later) -> None:
        """The bank takes a debit back that it has just paid: there is no appeal, so it is lost at once."""
        if later.disputed:
            self.happen(self._state.by_id[intent["latest_charge"]], "lost", reason="debit_not_authorized")

    def _open(self, charge: Obj, status: str, reason: str, amount: int) -> Obj:
        if charge["status"] != "succeeded":
            raise invalid(f"Charge {charge['id']} has not been paid, so it cannot be disputed.", "charge")
        if not 0 < amount <= charge["amount"]:
            raise invalid("The disputed amount must be positive and at most the charge's.", "amount")
        dispute = self._state.put(self._make(charge, status, reason, amount))
        before = copy.deepcopy(charge)
        charge["disputed"] = True
        self._events.updated("charge.updated", charge, before)
        self._events.emit("charge.dispute.created", dispute)
        if status in OPEN:
            self._withdraw(dispute)
        when = dispute["created"] + (ANSWER_SECONDS if status in OPEN else INQUIRY_SECONDS)
        self._books.clock.call_at(when, partial(self._lapse, dispute), name=f"dispute {dispute['id']} lapses")
        return dispute

    async def _lapse(self, dispute: Obj) -> None:
        """Nobody answered in time."""
        if dispute["status"] == "needs_response" and self._books.clock.now() >= dispute["evidence_details"]["due_by"]:
            self._move(dispute, "lost")
        elif dispute["status"] in INQUIRY:
            self._move(dispute, "warning_closed")

    def _move(self, dispute: Obj, status: str) -> None:
        """Change the status, move the money that goes with it, tell both in Stripe's order."""
        before = copy.deepcopy(dispute)
        taken = dispute["status"] in (*OPEN, "lost")
        dispute["status"] = status
        dispute["is_charge_refundable"] = status in (*INQUIRY, "warning_closed", "won")
        if status in (*OPEN, "lost") and not taken:
            if "payment_method_details" in dispute:
                dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
            self._withdraw(dispute)
        elif status in ("won", "warning_closed") and taken:
            self._entry(dispute, dispute["amount"])
            self._events.emit("charge.dispute.funds_reinstated", dispute)
        self._events.emit("charge.dispute.updated", dispute, before=before)
        if status in ("won", "lost", "warning_closed"):
            self._events.emit("charge.dispute.closed", dispute)

    def _withdraw(self, dispute: Obj) -> None:
        self._entry(dispute, -dispute["amount"])
        self._events.emit("charge.dispute.funds_withdrawn", dispute)

    def _entry(self, dispute: Obj, amount: int) -> None:
        fee = FEE if amount < 0 else 0
        livemode = bool(dispute["livemode"])
        entry = balance_entry(self._books, dispute, amount, "adjustment", livemode=livemode, fee=fee)
        dispute["balance_transactions"].append(copy.deepcopy(entry))

    def _make(self, charge: Obj, status: str, reason: str, amount: int) -> Obj:
        now = self._books.now()
        evidence: dict[str, Any] = dict.fromkeys(EVIDENCE)
        details = charge["billing_details"]
        evidence |= {
            "customer_email_address": details["email"],
            "customer_name": details["name"],
            "enhanced_evidence": {},
        }
        inquiry = status in INQUIRY
        shown = {} if charge["payment_method_details"]["type"] != "card" else {"payment_method_details": _card(inquiry)}
        return {
            "id": self._state.new_id("dispute"),
            "object": "dispute",
            "amount": amount,
            "balance_transactions": [],
            "charge": charge["id"],
            "created": now,
            "currency": charge["currency"],
            "enhanced_eligibility_types": [],
            "evidence": evidence,
            "evidence_details": {
                "due_by": now + ANSWER_SECONDS,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": inquiry,
            "livemode": charge["livemode"],
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            **shown,
            "reason": reason,
            "status": status,
        }

    # -- the API ------------------------------------------------------------------------------------
    async def _list(self, call: Call) -> Obj:
        params = call.params
        charge, intent = params.text("charge"), params.text("payment_intent")
        rows = (
            dispute
            for dispute in self._state.newest("dispute", livemode=call.livemode)
            if (charge is None or dispute["charge"] == charge)
            and (intent is None or dispute["payment_intent"] == intent)
        )
        return page(rows, params, "/v1/disputes")

    async def _retrieve(self, call: Call) -> Obj:
        return self._get(call)

    async def _retrieve_of_charge(self, call: Call) -> Obj:
        charge = self._state.get("charge", call.path["charge"], livemode=call.livemode, param="charge")
        for dispute in self._state.newest("dispute", livemode=call.livemode):
            if dispute["charge"] == charge["id"]:
                return dispute
        raise StripeError(f"No dispute for charge: {charge['id']}", status=404)

    async def _update(self, call: Call) -> Obj:
        """Evidence and metadata. Stripe's test texts `winning_evidence` and `losing_evidence` end it a moment later."""
        dispute, params = self._get(call), call.params
        merged = metadata(params, dispute["metadata"])
        given = params.inner("evidence")
        evidence = {name: given.text(name) for name in given if name in EVIDENCE}
        if evidence and dispute["status"] not in (*OPEN, *INQUIRY):
            raise invalid("This dispute is already closed", code=None)
        before = copy.deepcopy(dispute)
        dispute["metadata"] = merged
        dispute["evidence"].update(evidence)
        dispute["evidence_details"]["has_evidence"] |= bool(evidence)
        if not evidence or not params.boolean("submit", default=True):
            self._events.updated("charge.dispute.updated", dispute, before)
            return dispute
        dispute["evidence_details"]["submission_count"] += 1
        inquiry = dispute["status"] in INQUIRY
        endings = {"winning_evidence": "warning_closed" if inquiry else "won", "losing_evidence": "lost"}
        self._move(dispute, "warning_under_review" if inquiry else "under_review")
        if ending := endings.get(evidence.get("uncategorized_text") or ""):
            when = self._books.now() + VERDICT_SECONDS
            self._books.at(dispute["id"], "verdict", when, partial(self._decide, dispute, ending))
        return dispute

    async def _decide(self, dispute: Obj, ending: str) -> None:
        """The bank has looked at the evidence."""
        if dispute["status"] in ("under_review", "warning_under_review"):
            self._move(dispute, ending)

    async def _close(self, call: Call) -> Obj:
        """Give in: the dispute is lost, for good."""
        dispute = self._get(call)
        if dispute["status"] not in (*OPEN, *INQUIRY):
            raise invalid("This dispute is already closed")
        self._move(dispute, "lost")
        return dispute

    def _get(self, call: Call) -> Obj:
        return self._state.get("dispute", call.path["id"], livemode=call.livemode, param="dispute")


def _card(inquiry: bool) -> Obj:
    """What a dispute of a card payment shows of it; Stripe has nothing such for bank debits."""
    return {
        "card": {
            "brand": "visa",
            "case_type": "inquiry" if inquiry else "chargeback",
            "network": "visa",
            "network_reason_code": "10.4",
        },
        "type": "card",
    }
