"""Invoices alive: finalized, sent, charged, tried again, voided."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial

from sandbox.stripe.bills import Bills, item_of
from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards
from sandbox.stripe.errors import invalid
from sandbox.stripe.ledger import Ledger
from sandbox.stripe.payments import Attempt, Payments, payments_list
from sandbox.stripe.refusals import AUTHENTICATION
from sandbox.stripe.store import Obj

RETRY_DAYS = (3, 5, 7)
"""Days between one automatic attempt and the next; after the last one dunning is over."""

_DESCRIPTIONS = {
    "subscription_create": "Subscription creation",
    "subscription_cycle": "Subscription update",
    "subscription_update": "Subscription update",
}


def _nobody(_invoice: Obj) -> None:
    """No subscription listens."""


class Invoices:
    """What happens to invoices once they exist. Subscriptions listen through the three hooks."""

    def __init__(self, books: Books, bills: Bills, payments: Payments, cards: Cards, ledger: Ledger) -> None:
        self._books = books
        self._bills = bills
        self._ledger = ledger
        self._payments = payments
        self._cards = cards
        self.on_paid: Callable[[Obj], None] = _nobody
        self.on_failed: Callable[[Obj], None] = _nobody
        # A bank works on a payment.
        self.on_processing: Callable[[Obj], None] = _nobody
        # The invoice was voided or given up: it asks for nothing any more.
        self.on_forgiven: Callable[[Obj], None] = _nobody
        # Automatic collection has ended without money.
        self.on_dunning_over: Callable[[Obj], None] = _nobody
        # Asked at finalization: what a paused collection does with the invoice (`void`, `mark_uncollectible`).
        self.paused: Callable[[Obj], str | None] = lambda _invoice: None
        include = books.api.expander.include
        include("invoice", "payments", lambda _s, bill: payments_list(payments.of_invoice(bill["id"]), bill["id"]))
        include("invoice", "confirmation_secret", self._secret)

    def announce(self, invoice: Obj) -> Obj:
        """Store a draft that is complete, tell of it, and set the hour after which it finalizes itself."""
        self._bills.sum_up(invoice)
        self._books.state.put(invoice)
        self._books.events.emit("invoice.created", invoice)
        self.plan_finalization(invoice)
        return invoice

    def plan_finalization(self, invoice: Obj) -> None:
        """(Re)set the timer of a draft's automatic finalization, by its `auto_advance`."""
        when = invoice["automatically_finalizes_at"] if invoice["status"] == "draft" else None
        self._books.at(invoice["id"], "finalize", when, partial(self._advance, invoice))

    async def _advance(self, invoice: Obj) -> None:
        """The draft's hour is over."""
        if invoice["status"] == "draft" and invoice["auto_advance"]:
            self.finalize(invoice)
            self.collect(invoice)

    def finalize(self, invoice: Obj) -> Obj:
        """Give a draft its number and make it due. An amount of nothing, or below the smallest charge, is paid at once.

        Raises if it is no draft.
        """
        if invoice["status"] != "draft":
            raise invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
        before = copy.deepcopy(invoice)
        now, state = self._books.now(), self._books.state
        self._bills.sum_up(invoice)
        customer = state.by_id[invoice["customer"]]
        self._ledger.apply_to(invoice)
        invoice["amount_remaining"] = invoice["amount_due"]
        self._number(invoice, customer)
        invoice["status"] = "open"
        invoice["status_transitions"]["finalized_at"] = now
        invoice["effective_at"] = invoice["effective_at"] or now
        invoice["automatically_finalizes_at"] = None
        days = state.secrets[invoice["id"]].get("days_until_due")
        if days is not None and invoice["collection_method"] == "send_invoice":
            invoice["due_date"] = now + days * 86400
        invoice["hosted_invoice_url"] = f"{self._books.base_url()}/invoice/{invoice['id']}"
        invoice["invoice_pdf"] = f"{self._books.base_url()}/invoice/{invoice['id']}/pdf"
        self._books.drop(invoice["id"], "finalize")
        if invoice["amount_due"] > 0:
            self._open_payment(invoice, customer)
        if invoice["collection_method"] == "charge_automatically" and invoice["auto_advance"]:
            invoice["next_payment_attempt"] = now
        self._books.events.emit("invoice.finalized", invoice)
        self._books.events.emit("invoice.updated", invoice, before=before)
        if invoice["amount_due"] == 0:
            self.mark_paid(invoice)
        elif invoice["due_date"] is not None:
            self._books.at(invoice["id"], "overdue", invoice["due_date"], partial(self._overdue, invoice))
        return invoice

    def collect(self, invoice: Obj) -> None:
        """After finalization by the clock: charge or send, or what a paused collection asks for."""
        if invoice["status"] != "open":
            return
        paused = self.paused(invoice)
        if paused == "void":
            self.void(invoice)
        elif paused == "mark_uncollectible":
            self.mark_uncollectible(invoice)
        elif invoice["collection_method"] == "charge_automatically":
            self.attempt(invoice)
        else:
            self._books.events.emit("invoice.sent", invoice)

    def attempt(self, invoice: Obj) -> Attempt:
        """One automatic attempt, off session; a failed one sets the next, or ends dunning."""
        before = copy.deepcopy(invoice)
        result = self._take(invoice, self._method(invoice), off_session=True, automatic=True)
        if result.processing:
            self._wait(invoice, before)
        elif not result.paid:
            self._plan_retry(invoice)
            self.tell_failure(invoice, before, result)
            if invoice["next_payment_attempt"] is None:
                invoice["auto_advance"] = False
                self.on_dunning_over(invoice)
        return result

    def pay(self, invoice: Obj, method: Obj | None = None, *, off_session: bool = True) -> Attempt:
        """A payment that someone asks for: the API, or a person on the hosted page (then `off_session` is false).

        Answers what came of it; an invoice that can't be paid raises.
        """
        if invoice["status"] == "draft":
            self.finalize(invoice)
        if invoice["status"] == "paid":
            return Attempt(paid=True)
        if invoice["status"] == "void":
            raise invalid("This invoice has been voided and can no longer be paid.")
        chosen = method or self._method(invoice)
        if chosen is None:
            raise invalid(
                "There is no default_payment_method set on this Customer or Invoice. Please set either an (attached) "
                "default PaymentMethod or default Source on the Customer or Invoice to pay this Invoice.",
                code="missing",
            )
        before = copy.deepcopy(invoice)
        result = self._take(invoice, chosen, off_session=off_session)
        if result.processing:
            self._wait(invoice, before)
        elif not result.paid:
            if (invoice["next_payment_attempt"] or 0) <= self._books.now():
                # Asked for by somebody: the automatic attempts, if any are left, keep their own times.
                invoice["next_payment_attempt"] = None
            self.tell_failure(invoice, before, result)
        return result

    def authenticated(self, invoice: Obj, method: Obj) -> Attempt:
        """The person has confirmed the payment of this invoice with their bank."""
        intent = self._payments.open_intent(invoice)
        if intent is None:
            raise invalid("This invoice has no open payment.")
        result = self._payments.authenticated(intent, method)
        if result.paid:
            self.mark_paid(invoice)
        return result

    def mark_paid(self, invoice: Obj, *, out_of_band: bool = False, credited: bool = False) -> None:
        """The invoice is settled. Emits invoice.paid and, where a payment did it, invoice.payment_succeeded.

        `out_of_band`: paid elsewhere. `credited`: credit notes have taken all that was due, and nobody paid.
        """
        before = copy.deepcopy(invoice)
        if out_of_band:
            self._check_at_rest(invoice)
        if out_of_band or credited:
            intent = self._payments.open_intent(invoice)
            self._payments.close(invoice, "canceled")
            if intent is not None:
                self._payments.cancel(intent, None)
            invoice["amount_paid_off_stripe"] = invoice["amount_due"]
        else:
            self._payments.close(invoice, "paid")
        invoice["amount_paid"] = invoice["amount_due"]
        invoice["amount_remaining"] = 0
        invoice["attempted"] = True
        invoice["auto_advance"] = False
        invoice["next_payment_attempt"] = None
        invoice["status"] = "paid"
        invoice["status_transitions"]["paid_at"] = self._books.now()
        self._books.drop(invoice["id"], "retry", "overdue", "finalize")
        self._books.events.emit("invoice.updated", invoice, before=before)
        self._books.events.emit("invoice.paid", invoice)
        if not out_of_band and not credited:
            self._books.events.emit("invoice.payment_succeeded", invoice)
        self._set_delinquent(invoice, False)
        self.on_paid(invoice)

    def void(self, invoice: Obj) -> None:
        """As if it had never been: nothing is owed, credit that it used comes back. Emits invoice.voided."""
        if invoice["status"] == "paid":
            raise invalid("Invoices with `paid` payments cannot be voided.")
        if invoice["status"] not in ("open", "uncollectible"):
            raise invalid(f"You can only void invoices that are open; this one has the status {invoice['status']}.")
        self._check_at_rest(invoice)
        self._give_up(invoice, "void", "voided_at")
        self._ledger.release(invoice)
        self._books.events.emit("invoice.voided", invoice)
        self.on_forgiven(invoice)

    def mark_uncollectible(self, invoice: Obj) -> None:
        """Bad debt; it may still be paid or voided. Emits invoice.marked_uncollectible."""
        if invoice["status"] == "uncollectible":
            raise invalid("This invoice has already been marked uncollectible.")
        if invoice["status"] != "open":
            raise invalid("You can only pass in open invoices. This invoice isn't open.")
        self._give_up(invoice, "uncollectible", "marked_uncollectible_at")
        self._books.events.emit("invoice.marked_uncollectible", invoice)
        self.on_forgiven(invoice)

    def tell_failure(self, invoice: Obj, before: Obj, result: Attempt, *, forgiven: bool = False) -> None:
        """An attempt brought no money. `forgiven`: the invoice is void at once, instead of being owed."""
        self._books.events.updated("invoice.updated", invoice, before)
        if result.action_required or result.refusal is AUTHENTICATION:
            self._books.events.emit("invoice.payment_action_required", invoice)
        if not result.action_required:
            self._books.events.emit("invoice.payment_failed", invoice)
            self._set_delinquent(invoice, True)
        if forgiven:
            self.void(invoice)
        else:
            self.on_failed(invoice)

    def stop_collecting(self, invoice: Obj) -> None:
        """No automatic finalization and no further attempts (its subscription has ended)."""
        before = copy.deepcopy(invoice)
        invoice["auto_advance"] = False
        invoice["automatically_finalizes_at"] = None
        invoice["next_payment_attempt"] = None
        self._books.drop(invoice["id"], "finalize", "retry")
        self._books.events.updated("invoice.updated", invoice, before)

    def delete(self, invoice: Obj) -> Obj:
        """Throw a draft away, and the items on it. Emits invoice.deleted."""
        if invoice["status"] != "draft":
            raise invalid("You can only delete draft invoices.")
        state = self._books.state
        for line in self._bills.lines(invoice):
            item = state.find("invoiceitem", item_of(line))
            if item is not None:
                state.remove(item)
                state.secrets[item["id"]]["went_with_draft"] = True
        self._books.drop(invoice["id"], "finalize")
        state.remove(invoice)
        self._books.events.emit("invoice.deleted", invoice)
        return {"id": invoice["id"], "object": "invoice", "deleted": True}

    # -- inside ----------------------------------------------------------------------------------

    def _secret(self, _state: object, invoice: Obj) -> Obj | None:
        rows = self._payments.of_invoice(invoice["id"])
        if not rows:
            return None
        intent = self._books.state.by_id[rows[0]["payment"]["payment_intent"]]
        return {"client_secret": intent["client_secret"], "type": "payment_intent"}

    def _method(self, invoice: Obj) -> Obj | None:
        state = self._books.state
        details = (invoice["parent"] or {}).get("subscription_details") or {}
        subscription = state.find("subscription", details.get("subscription"))
        method = self._cards.paying(state.by_id[invoice["customer"]], subscription, invoice)
        return method if method is not None and self._cards.fits(method, invoice["currency"]) else None

    def _number(self, invoice: Obj, customer: Obj) -> None:
        if invoice["number"] is None and "invoice_prefix" in customer:
            invoice["number"] = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
            customer["next_invoice_sequence"] += 1

    def _set_delinquent(self, invoice: Obj, value: bool) -> None:
        customer = self._books.state.by_id[invoice["customer"]]
        if customer.get("delinquent", value) != value:
            before = dict(customer)
            customer["delinquent"] = value
            self._books.events.emit("customer.updated", customer, before=before)

    def _open_payment(self, invoice: Obj, customer: Obj) -> None:
        description = _DESCRIPTIONS.get(str(invoice["billing_reason"]), "Payment for Invoice")
        intent = self._payments.create_intent(
            amount=invoice["amount_due"],
            currency=invoice["currency"],
            customer=customer["id"],
            livemode=invoice["livemode"],
            description=description,
        )
        self._payments.tie(invoice, intent)

    def _take(self, invoice: Obj, method: Obj | None, *, off_session: bool, automatic: bool = False) -> Attempt:
        intent = self._payments.open_intent(invoice)
        if intent is None:
            self._open_payment(invoice, self._books.state.by_id[invoice["customer"]])
            intent = self._payments.open_intent(invoice)
            assert intent is not None
        if method is None:
            count(invoice)
            return Attempt(paid=False)
        result = self._payments.confirm(intent, method, off_session=off_session, automatic=automatic)
        if intent["processing"] is not None:
            # Only announced to the card's owner so far: that is no attempt yet.
            self._books.state.secrets[invoice["id"]]["announced"] = True
        else:
            count(invoice)
        if result.paid:
            self.mark_paid(invoice)
        return result

    def _wait(self, invoice: Obj, before: Obj) -> None:
        """A bank works on the payment: nothing else is tried until it has answered."""
        invoice["next_payment_attempt"] = None
        self._books.drop(invoice["id"], "retry")
        self._books.events.updated("invoice.updated", invoice, before)
        self.on_processing(invoice)

    def _check_at_rest(self, invoice: Obj) -> None:
        if self._payments.processing(invoice):
            raise invalid(
                "This invoice has a payment that is processing. Wait until the payment has succeeded or failed.",
                code="payment_intent_unexpected_state",
            )

    def _plan_retry(self, invoice: Obj) -> None:
        tries = self._books.state.secrets[invoice["id"]].setdefault("automatic_attempts", 0)
        self._books.state.secrets[invoice["id"]]["automatic_attempts"] = tries + 1
        when = self._books.now() + RETRY_DAYS[tries] * 86400 if tries < len(RETRY_DAYS) else None
        invoice["next_payment_attempt"] = when if invoice["auto_advance"] else None
        self._books.at(invoice["id"], "retry", invoice["next_payment_attempt"], partial(self._retry, invoice))

    async def _retry(self, invoice: Obj) -> None:
        if invoice["status"] == "open" and invoice["auto_advance"]:
            self.attempt(invoice)

    async def _overdue(self, invoice: Obj) -> None:
        if invoice["status"] == "open":
            self._books.events.emit("invoice.overdue", invoice)
            self._set_delinquent(invoice, True)
            self.on_failed(invoice)

    def _give_up(self, invoice: Obj, status: str, moment: str) -> None:
        intent = self._payments.open_intent(invoice)
        if intent is not None and status == "void":
            self._payments.close(invoice, "canceled")
            self._payments.cancel(intent, "void_invoice")
        invoice["status"] = status
        invoice["auto_advance"] = False
        invoice["next_payment_attempt"] = None
        invoice["status_transitions"][moment] = self._books.now()
        self._books.drop(invoice["id"], "retry", "overdue", "finalize")


def count(invoice: Obj) -> None:
    """One attempt more has been made."""
    invoice["attempt_count"] += 1
    invoice["attempted"] = True
