"""Invoices whose payment a bank has decided days after it was asked."""

from __future__ import annotations

import copy
from functools import partial

from sandbox.stripe.books import Books
from sandbox.stripe.invoices import RETRY_DAYS, Invoices, count
from sandbox.stripe.payments import Attempt, Payments
from sandbox.stripe.refusals import Later
from sandbox.stripe.store import Obj

DUNNING_SECONDS = sum(RETRY_DAYS) * 86400
"""What a bank has returned, and what an Indian bank has refused, is not tried again by itself: dunning is over when
the time of all attempts has passed (docs.stripe.com/billing/revenue-recovery/smart-retries)."""


class InvoiceDebits:
    """Hears what became of payments that were processing, and tells their invoices."""

    def __init__(self, books: Books, invoices: Invoices, payments: Payments) -> None:
        self._books = books
        self._invoices = invoices
        self.bounced_first_is_void = False
        """What the account does with a subscription's first invoice whose debit is returned."""
        payments.settled.append(self._settled)

    def _settled(self, intent: Obj, attempt: Attempt, _later: Later) -> None:
        state = self._books.state
        row = state.find("invoice_payment", state.secrets[intent["id"]].get("invoice_payment"))
        if row is None or row["status"] != "open":
            return
        invoice = state.by_id[row["invoice"]]
        before = copy.deepcopy(invoice)
        if state.secrets[invoice["id"]].pop("announced", False):
            count(invoice)
        if attempt.paid:
            self._invoices.mark_paid(invoice)
        else:
            self._returned(invoice, before, attempt)

    def _returned(self, invoice: Obj, before: Obj, attempt: Attempt) -> None:
        if invoice["auto_advance"]:
            when = self._books.now() + DUNNING_SECONDS
            self._books.at(invoice["id"], "retry", when, partial(self._end_dunning, invoice))
        first = invoice["billing_reason"] == "subscription_create"
        self._invoices.tell_failure(invoice, before, attempt, forgiven=first and self.bounced_first_is_void)

    async def _end_dunning(self, invoice: Obj) -> None:
        if invoice["status"] == "open" and invoice["auto_advance"]:
            before = copy.deepcopy(invoice)
            invoice["auto_advance"] = False
            self._books.events.updated("invoice.updated", invoice, before)
            self._invoices.on_dunning_over(invoice)
