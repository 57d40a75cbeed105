"""Credit notes: a finalized invoice is corrected downwards.

What is still due is reduced first (`pre_payment_amount`). The rest was paid already (`post_payment_amount`), and the
request says where it goes: back to the card, to the customer's balance, or outside of Stripe
(docs.stripe.com/api/credit_notes/create).
"""

from __future__ import annotations

import copy

from aiohttp import web

from sandbox.stripe.books import Books
from sandbox.stripe.credit_note_plans import Plan, Plans
from sandbox.stripe.credit_note_refunds import linked
from sandbox.stripe.errors import invalid
from sandbox.stripe.http import Call
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.ledger import Cause, Ledger
from sandbox.stripe.lists import page
from sandbox.stripe.money import written
from sandbox.stripe.pages import day, nothing_here
from sandbox.stripe.params import metadata
from sandbox.stripe.payments import Payments
from sandbox.stripe.pdf import pdf
from sandbox.stripe.refunds import Refunds
from sandbox.stripe.store import Obj


class CreditNotes:
    """`/v1/credit_notes`, and what a note does to its invoice."""

    def __init__(
        self, books: Books, plans: Plans, invoices: Invoices, payments: Payments, refunds: Refunds, ledger: Ledger
    ) -> None:
        self._books = books
        self._plans = plans
        self._invoices = invoices
        self._payments = payments
        self._refunds = refunds
        self._ledger = ledger
        route = books.api.route
        route("POST", "/v1/credit_notes", self._create)
        route("GET", "/v1/credit_notes", self._list)
        route("GET", "/v1/credit_notes/preview", self._preview)
        route("GET", "/v1/credit_notes/preview/lines", self._preview_lines)
        route("GET", "/v1/credit_notes/{id}", self._retrieve)
        route("POST", "/v1/credit_notes/{id}", self._update)
        route("POST", "/v1/credit_notes/{id}/void", self._void)
        route("GET", "/v1/credit_notes/{id}/lines", self._lines)

    def routes(self) -> list[web.RouteDef]:
        """Where `pdf` leads."""
        return [web.get("/credit_note/{id}/pdf", self._pdf)]

    # -- what a note does -------------------------------------------------------------------------
    async def _create(self, call: Call) -> Obj:
        plan = self._plans.make(call)
        note, invoice = plan.note, plan.invoice
        self._pay_out(plan)
        self._books.state.put(note)
        self._books.state.secrets[note["id"]]["lines"] = plan.lines
        self._books.events.emit("credit_note.created", note)
        self._correct(invoice, before=note["pre_payment_amount"], after=note["post_payment_amount"])
        if invoice["status"] == "open" and invoice["amount_remaining"] == 0:
            self._invoices.mark_paid(invoice, credited=True)
        return note

    def _pay_out(self, plan: Plan) -> None:
        """Give back what was paid already. Everything has been checked before."""
        note, invoice = plan.note, plan.invoice
        if plan.charge is not None and plan.refunded:
            refund = self._refunds.refund(plan.charge, plan.refunded)
            note["refunds"].append(linked(refund, plan.refunded))
        if plan.credited:
            customer = self._books.state.by_id[note["customer"]]
            cause = Cause("credit_note", invoice=invoice["id"], credit_note=note["id"])
            note["customer_balance_transaction"] = self._ledger.move(customer, -plan.credited, cause)["id"]

    def _correct(self, invoice: Obj, *, before: int, after: int = 0) -> None:
        """Count a note among those of its invoice, which asks for that much less. Emits invoice.updated."""
        was = copy.deepcopy(invoice)
        invoice["pre_payment_credit_notes_amount"] += before
        invoice["post_payment_credit_notes_amount"] += after
        invoice["amount_due"] -= before
        invoice["amount_remaining"] -= before
        intent = self._payments.open_intent(invoice)
        if intent is not None and invoice["amount_remaining"] > 0:
            intent["amount"] = invoice["amount_remaining"]
            row = self._books.state.by_id[self._books.state.secrets[intent["id"]]["invoice_payment"]]
            row["amount_requested"] = invoice["amount_remaining"]
        self._books.events.updated("invoice.updated", invoice, was)

    async def _void(self, call: Call) -> Obj:
        note = self._get(call)
        invoice = self._books.state.by_id[note["invoice"]]
        if note["status"] == "void":
            raise invalid("This credit note has already been voided.")
        if invoice["status"] != "open":
            raise invalid(f"You can only void a credit note of an open invoice. This invoice is {invoice['status']}.")
        self._plans.check_payment(invoice)
        note["status"], note["voided_at"] = "void", self._books.now()
        self._books.events.emit("credit_note.voided", note)
        self._correct(invoice, before=-note["pre_payment_amount"])
        return note

    # -- the API ----------------------------------------------------------------------------------
    async def _preview(self, call: Call) -> Obj:
        return self._plans.make(call).note

    async def _preview_lines(self, call: Call) -> Obj:
        return page(self._plans.make(call).lines, call.params, "/v1/credit_notes/preview/lines")

    async def _retrieve(self, call: Call) -> Obj:
        return self._get(call)

    async def _update(self, call: Call) -> Obj:
        note = self._get(call)
        before = copy.deepcopy(note)
        if "memo" in call.params:
            note["memo"] = self._plans.memo(call.params)
        note["metadata"] = metadata(call.params, note["metadata"])
        self._books.events.updated("credit_note.updated", note, before)
        return note

    async def _lines(self, call: Call) -> Obj:
        note = self._get(call)
        rows = self._books.state.secrets[note["id"]]["lines"]
        return page(rows, call.params, f"/v1/credit_notes/{note['id']}/lines")

    async def _list(self, call: Call) -> Obj:
        customer, invoice = self._books.listed_customer(call), call.params.text("invoice")
        if invoice is not None:
            self._books.state.ref("invoice", invoice, livemode=call.livemode, param="invoice")
        rows = self._books.state.newest("credit_note", livemode=call.livemode, customer=customer)
        return page((row for row in rows if invoice in (None, row["invoice"])), call.params, "/v1/credit_notes")

    def _get(self, call: Call) -> Obj:
        return self._books.state.get("credit_note", call.path["id"], livemode=call.livemode)

    async def _pdf(self, request: web.Request) -> web.Response:
        note = self._books.state.find("credit_note", request.match_info["id"])
        if note is None:
            raise nothing_here("There is no such credit note.")
        lines = self._books.state.secrets[note["id"]]["lines"]
        told = [
            f"Credit note {note['number']}",
            f"Date: {day(note['effective_at'])}",
            "",
            *(f"{line['description'] or 'Credit'}: {written(line['amount'], note['currency'])}" for line in lines),
            "",
            f"Total: {written(note['total'], note['currency'])}",
        ]
        return web.Response(body=pdf(told), content_type="application/pdf")
