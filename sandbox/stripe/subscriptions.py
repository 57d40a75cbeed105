"""Subscriptions alive: begun, active, past due, ended; what their invoices' fate means to them."""

from __future__ import annotations

import copy
from functools import partial

from sandbox.stripe.bills import Bills, Terms, subscription_of
from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards, declined
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import StripeError, invalid
from sandbox.stripe.invoice_items import InvoiceItems
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.payments import Payments
from sandbox.stripe.store import Obj
from sandbox.stripe.subscription_shape import bill_items, period_of

INCOMPLETE_SECONDS = 23 * 3600
"""How long a first payment may take (Stripe: 23 hours)."""
ENDED = ("canceled", "incomplete_expired")
DUNNING_ENDS = ("canceled", "unpaid", "past_due")
"""What the account can have done with a subscription once all attempts have failed (`past_due`: nothing)."""


class Subscriptions:
    """The states of subscriptions. `dunning_end` is the account's setting, one of `DUNNING_ENDS`."""

    def __init__(
        self,
        books: Books,
        bills: Bills,
        invoices: Invoices,
        items: InvoiceItems,
        discounts: Discounts,
        cards: Cards,
        payments: Payments,
    ) -> None:
        self._books = books
        self._bills = bills
        self._invoices = invoices
        self._items = items
        self._discounts = discounts
        self._cards = cards
        self._payments = payments
        self.dunning_end = "canceled"
        invoices.on_paid = self._on_paid
        invoices.on_failed = self._on_failed
        invoices.on_processing = self._on_processing
        invoices.on_forgiven = self._on_forgiven
        invoices.on_dunning_over = self._on_dunning_over
        invoices.paused = self._paused

    # -- invoices of a subscription --------------------------------------------------------------

    def draft(
        self, subscription: Obj, reason: str, *, auto_advance: bool, period: tuple[int, int], whole: bool = True
    ) -> Obj:
        """A draft that bills a subscription: its items for their running period (if `whole`), and what is pending.

        `period` is what the invoice says it covers. Not announced yet; becomes the subscription's latest invoice.
        """
        customer = self._books.state.by_id[subscription["customer"]]
        own = subscription["invoice_settings"]
        terms = Terms(
            reason=reason,
            collection_method=subscription["collection_method"],
            auto_advance=auto_advance,
            days_until_due=subscription["days_until_due"],
            description=own["description"],
            footer=own["footer"],
            custom_fields=own["custom_fields"],
            default_tax_rates=copy.deepcopy(subscription["default_tax_rates"]),
            period=period,
        )
        invoice = self._bills.draft(customer, subscription["currency"], terms, subscription)
        for item in self._items.pending(customer["id"], subscription["currency"], subscription["id"]):
            self._items.put_on(invoice, item)
        if whole:
            bill_items(self._books, self._bills, invoice, subscription, period_of(subscription))
        if whole:
            invoice["discounts"] = self._discounts.running(subscription["discounts"], self._books.now())
            if subscription["status"] != "trialing":
                self._discounts.used(invoice["discounts"])
        self._bills.sum_up(invoice)
        subscription["latest_invoice"] = invoice["id"]
        return invoice

    def begin(self, subscription: Obj, invoice: Obj, behavior: str, *, off_session: bool, method: Obj | None) -> None:
        """Tell of a new subscription and bill it for the first time.

        Raises 402 for `error_if_incomplete` and 400 without a payment method, both before anything has happened.
        """
        automatic = subscription["collection_method"] == "charge_automatically"
        trial = subscription["status"] == "trialing"
        if automatic and invoice["amount_due"] > 0:
            method = method or self._method(subscription)
            self.check_payable(behavior, method, subscription["currency"], off_session=off_session)
        elif not trial:
            subscription["status"] = "active"
        self._books.state.put(subscription)
        self._books.events.emit("customer.subscription.created", subscription)
        self._invoices.announce(invoice)
        if not automatic and invoice["amount_due"] > 0:
            return
        self._invoices.finalize(invoice)
        if invoice["status"] == "open" and behavior != "default_incomplete":
            self._invoices.pay(invoice, method, off_session=off_session)
        if subscription["status"] == "incomplete":
            when = self._books.now() + INCOMPLETE_SECONDS
            self._books.at(subscription["id"], "expire", when, partial(self._expire, subscription))

    def check_payable(self, behavior: str, method: Obj | None, currency: str, *, off_session: bool) -> None:
        """Refuse before anything is made: no payment method at all, or a card that `error_if_incomplete` can't take."""
        if behavior == "default_incomplete":
            return
        if method is not None:
            self._cards.check_currency(method, currency)
        else:
            raise invalid(
                "This customer has no attached payment source or default payment method. Please consider adding a "
                "default payment method. For more information, visit "
                "https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.",
                code="resource_missing",
            )
        if behavior != "error_if_incomplete":
            return
        refusal = self._cards.refusal(method, off_session=off_session)
        if refusal is not None:
            raise declined(refusal)
        if self._cards.wants_authentication(method):
            raise StripeError(
                "Payment for this subscription requires additional user action, but the requested payment behavior "
                "doesn't save the invoice or PaymentIntent. Retry the request with `payment_behavior=allow_incomplete` "
                "or `payment_behavior=default_incomplete`, then complete the PaymentIntent on the subscription's "
                "latest invoice. Additional information is available here: "
                "https://stripe.com/docs/billing/subscriptions/overview#requires-action",
                status=402,
                kind="card_error",
                code="subscription_payment_intent_requires_action",
            )

    def bill_now(self, subscription: Obj, reason: str, *, whole: bool) -> Obj | None:
        """Bill at once, without the draft's hour (a change of plan, a resumption); None if there is nothing to bill."""
        now = self._books.now()
        pending = self._items.pending(subscription["customer"], subscription["currency"], subscription["id"])
        if not whole and not pending:
            return None
        period = period_of(subscription) if whole else (now, now)
        invoice = self.draft(subscription, reason, auto_advance=True, period=period, whole=whole)
        invoice["automatically_finalizes_at"] = None
        self._invoices.announce(invoice)
        self._invoices.finalize(invoice)
        if invoice["status"] == "open" and subscription["collection_method"] == "charge_automatically":
            self._invoices.attempt(invoice)
        elif invoice["status"] == "open":
            self._invoices.collect(invoice)
        return invoice

    def invoices_of(self, subscription: Obj) -> list[Obj]:
        """Every invoice of a subscription, the newest first."""
        rows = self._books.state.newest("invoice", customer=subscription["customer"])
        return [row for row in rows if subscription_of(row) == subscription["id"]]

    def forget_draft(self, subscription: Obj, invoice: Obj) -> None:
        """Undo the draft of a subscription that was refused: its items wait again, its coupons count as unused."""
        for item in self._books.state.newest("invoiceitem", customer=subscription["customer"]):
            if item["invoice"] == invoice["id"]:
                item["invoice"] = None
        for item in subscription["items"]["data"]:
            self._books.state.remove(item)
        self._discounts.give_back(subscription["discounts"])

    def latest_finalized(self, subscription: Obj) -> str | None:
        """The id of the newest invoice that is no draft: the one whose fate decides the status."""
        for row in self.invoices_of(subscription):
            if row["status"] != "draft":
                return str(row["id"])
        return None

    # -- states ----------------------------------------------------------------------------------

    def set_status(self, subscription: Obj, status: str, *also: str) -> None:
        """Change the status and tell; `also` are further events that Stripe sends with it."""
        if subscription["status"] == status:
            return
        before = copy.deepcopy(subscription)
        subscription["status"] = status
        if status != "incomplete":
            self._books.drop(subscription["id"], "expire")
        self._books.events.emit("customer.subscription.updated", subscription, before=before)
        for kind in also:
            self._books.events.emit(kind, subscription)

    def end(
        self, subscription: Obj, reason: str | None, *, comment: str | None = None, feedback: str | None = None
    ) -> None:
        """It is over: `canceled`, nothing of it is collected any more. Emits customer.subscription.deleted."""
        now = self._books.now()
        subscription["status"] = "canceled"
        subscription["canceled_at"] = subscription["canceled_at"] or now
        subscription["ended_at"] = now
        details = subscription["cancellation_details"]
        subscription["cancellation_details"] = {
            "comment": comment if comment is not None else details["comment"],
            "feedback": feedback if feedback is not None else details["feedback"],
            "reason": reason,
        }
        self._stop(subscription)
        self._books.events.emit("customer.subscription.deleted", subscription)

    def end_all(self, customer: Obj) -> None:
        """The customer is being deleted: so are all subscriptions, at once."""
        for subscription in list(self._books.state.newest("subscription", customer=customer["id"])):
            if subscription["status"] not in ENDED:
                self.end(subscription, "cancellation_requested")

    def _stop(self, subscription: Obj) -> None:
        for name in ("renew", "cancel", "upcoming", "trial_will_end", "expire", "unpause"):
            self._books.drop(subscription["id"], name)
        for invoice in self.invoices_of(subscription):
            if invoice["status"] in ("draft", "open"):
                self._invoices.stop_collecting(invoice)

    async def _expire(self, subscription: Obj) -> None:
        """23 hours without a first payment."""
        if subscription["status"] != "incomplete":
            return
        before = copy.deepcopy(subscription)
        subscription["status"] = "incomplete_expired"
        subscription["ended_at"] = self._books.now()
        self._stop(subscription)
        self._books.events.emit("customer.subscription.updated", subscription, before=before)
        invoice = self._books.state.find("invoice", subscription["latest_invoice"])
        if invoice is not None and invoice["status"] == "open":
            self._invoices.void(invoice)

    # -- what the invoices say -------------------------------------------------------------------

    def _of(self, invoice: Obj) -> Obj | None:
        subscription = self._books.state.find("subscription", subscription_of(invoice))
        return None if subscription is None or subscription["status"] in ENDED else subscription

    def _method(self, subscription: Obj) -> Obj | None:
        return self._cards.paying(self._books.state.by_id[subscription["customer"]], subscription)

    def _on_paid(self, invoice: Obj) -> None:
        subscription = self._of(invoice)
        if subscription is None:
            return
        self._keep_method(subscription, invoice)
        status = subscription["status"]
        if status == "paused" and self._resuming(subscription, invoice):
            self.set_status(subscription, "active", "customer.subscription.resumed")
        elif status == "incomplete" or (status in ("past_due", "unpaid") and self._ends_debt(subscription, invoice)):
            self.set_status(subscription, "active")

    def _ends_debt(self, subscription: Obj, invoice: Obj) -> bool:
        """Whether a payment makes it active again: while `unpaid` the bills stay drafts, and the newest one counts."""
        if subscription["status"] == "unpaid":
            return bool(self.invoices_of(subscription)[0]["id"] == invoice["id"])
        return self._is_latest(subscription, invoice)

    def _keep_method(self, subscription: Obj, invoice: Obj) -> None:
        """`save_default_payment_method=on_subscription`: what paid becomes the subscription's default."""
        if subscription["payment_settings"]["save_default_payment_method"] != "on_subscription":
            return
        for row in self._payments.of_invoice(invoice["id"]):
            intent = self._books.state.by_id[row["payment"]["payment_intent"]]
            method = self._books.state.find("payment_method", intent["payment_method"])
            if row["status"] == "paid" and method is not None and method["customer"] == subscription["customer"]:
                subscription["default_payment_method"] = method["id"]

    def _resuming(self, subscription: Obj, invoice: Obj) -> bool:
        return bool(self._books.state.secrets[subscription["id"]].get("resuming") == invoice["id"])

    def _on_failed(self, invoice: Obj) -> None:
        subscription = self._of(invoice)
        if subscription is None:
            return
        if subscription["status"] in ("active", "trialing") and self._is_latest(subscription, invoice):
            self.set_status(subscription, "past_due")

    def _on_processing(self, invoice: Obj) -> None:
        """A debit that a bank has is good for a beginning; a payment that is only announced has not been tried."""
        subscription = self._of(invoice)
        if subscription is None:
            return
        if subscription["status"] == "incomplete":
            self.set_status(subscription, "active")
        elif not invoice["attempted"] and subscription["status"] == "active" and self._is_latest(subscription, invoice):
            self.set_status(subscription, "past_due")

    def _is_latest(self, subscription: Obj, invoice: Obj) -> bool:
        return self.latest_finalized(subscription) == str(invoice["id"])

    def _on_forgiven(self, invoice: Obj) -> None:
        subscription = self._of(invoice)
        if subscription is None:
            return
        if subscription["status"] == "past_due" and self.latest_finalized(subscription) == invoice["id"]:
            self.set_status(subscription, "active")
        elif subscription["status"] == "incomplete" and invoice["status"] == "void":
            subscription["ended_at"] = self._books.now()
            self._stop(subscription)
            self.set_status(subscription, "incomplete_expired")

    def _on_dunning_over(self, invoice: Obj) -> None:
        subscription = self._of(invoice)
        if subscription is None or subscription["status"] != "past_due":
            return
        if self.dunning_end == "canceled":
            self.end(subscription, "payment_failed")
        elif self.dunning_end == "unpaid":
            self.set_status(subscription, "unpaid")

    def _paused(self, invoice: Obj) -> str | None:
        subscription = self._of(invoice)
        pause = subscription["pause_collection"] if subscription else None
        return pause["behavior"] if pause else None
