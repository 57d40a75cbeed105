"""What a credit note is going to be: everything is computed and checked before anything happens."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from sandbox.stripe.books import Books
from sandbox.stripe.credit_note_lines import NoteLines
from sandbox.stripe.credit_note_refunds import NoteRefunds
from sandbox.stripe.credit_note_sums import sums_of
from sandbox.stripe.errors import invalid
from sandbox.stripe.http import Call
from sandbox.stripe.lists import listed
from sandbox.stripe.money import written
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.payments import Payments
from sandbox.stripe.refunds import Refunds
from sandbox.stripe.store import Obj

REASONS = ("duplicate", "fraudulent", "order_change", "product_unsatisfactory")
MEMO_MAX = 5000


@dataclass(frozen=True, slots=True)
class Plan:
    """A note that may be issued: `refunded` goes back to `charge`, `credited` to the customer's balance."""

    note: Obj
    lines: list[Obj]
    invoice: Obj
    charge: Obj | None
    refunded: int
    credited: int


class Plans:
    """Reads the parameters that creating and previewing a note share."""

    def __init__(self, books: Books, lines: NoteLines, payments: Payments, refunds: Refunds) -> None:
        self._books = books
        self._state = books.state
        self._lines = lines
        self._note_refunds = NoteRefunds(books, payments)
        self._payments = payments
        self._refunds = refunds

    def make(self, call: Call) -> Plan:
        """The note that the request asks for, not stored. Raises what Stripe refuses."""
        params = call.params
        invoice = self._state.ref("invoice", params.need("invoice"), livemode=call.livemode, param="invoice")
        if invoice["status"] not in ("open", "paid"):
            text = f"You can only create credit notes for open or paid invoices. This invoice is {invoice['status']}."
            raise invalid(text, "invoice")
        params.choice("email_type", "credit_note", "none")
        earlier = self._earlier(invoice)
        counted = [line for note in earlier for line in self._state.secrets[note["id"]]["lines"]]
        lines = self._lines.read(params, invoice, counted)
        note = self._blank(invoice, params) | sums_of(lines)
        self._show(note, lines)
        charge = self._note_refunds.charge_of(invoice)
        note["refunds"] = self._note_refunds.read(params, charge, earlier)
        self._check_total(note, invoice, charge, earlier)
        return self._settle(note, lines, invoice, charge, params)

    def memo(self, params: Params) -> str | None:
        """What is printed on the note. Raises for one that is too long."""
        text = params.text("memo")
        if text is not None and len(text) > MEMO_MAX:
            raise invalid(f"Invalid string; must be at most {MEMO_MAX} characters", "memo")
        return text

    def check_payment(self, invoice: Obj) -> None:
        """The amount of a payment that is on its way can't be changed any more."""
        intent = self._payments.open_intent(invoice)
        if intent is not None and intent["status"] == "processing":
            raise invalid(
                "This PaymentIntent's amount could not be updated because it has a status of processing. You may only "
                "update the amount of a PaymentIntent with one of the following statuses: requires_payment_method, "
                "requires_confirmation, requires_action.",
                "invoice",
                "payment_intent_unexpected_state",
            )

    # -- where the money goes ---------------------------------------------------------------------
    def _settle(self, note: Obj, lines: list[Obj], invoice: Obj, charge: Obj | None, params: Params) -> Plan:
        """Split the total into what is still due and what was paid, and check that the latter goes somewhere."""
        due = invoice["amount_remaining"] if invoice["status"] == "open" else 0
        note["pre_payment_amount"] = min(note["total"], due)
        note["post_payment_amount"] = note["total"] - note["pre_payment_amount"]
        if note["pre_payment_amount"]:
            self.check_payment(invoice)
            note["type"] = "mixed" if note["post_payment_amount"] else "pre_payment"
        refunded = params.integer("refund_amount", least=0) or 0
        credited = params.integer("credit_amount", least=0) or 0
        outside = params.integer("out_of_band_amount", least=0)
        note["out_of_band_amount"] = outside
        given = refunded + credited + (outside or 0) + sum(one["amount_refunded"] for one in note["refunds"])
        if given != note["post_payment_amount"]:
            code = note["currency"]
            raise invalid(
                "The sum of the refunds, credit amount, and out of band amount "
                f"({written(given, code)}) must equal the post payment amount of the credit note "
                f"({written(note['post_payment_amount'], code)})."
            )
        if refunded:
            if charge is None:
                raise invalid("There is no charge of this invoice to refund.", "refund_amount")
            self._refunds.check(charge, refunded)
        if credited and self._state.by_id[note["customer"]].get("deleted"):
            raise invalid("The customer of this invoice has been deleted and has no balance.", "credit_amount")
        return Plan(note, lines, invoice, charge, refunded, credited)

    def _check_total(self, note: Obj, invoice: Obj, charge: Obj | None, earlier: list[Obj]) -> None:
        """All notes of an invoice together, with the refunds outside of them, are at most its total."""
        spent = sum(one["total"] for one in earlier)
        spent += self._note_refunds.outside(charge, [*earlier, note])
        left = max(0, invoice["total"] - spent)
        if note["total"] < 1:
            raise invalid("The total of a credit note must be greater than zero.")
        if note["total"] > left:
            code = note["currency"]
            raise invalid(
                f"The total of the credit note ({written(note['total'], code)}) is greater than the amount of the "
                f"invoice that can still be credited ({written(left, code)}).",
            )

    # -- the note itself --------------------------------------------------------------------------
    def _earlier(self, invoice: Obj) -> list[Obj]:
        """The invoice's notes that count."""
        notes = self._state.newest("credit_note", customer=invoice["customer"])
        return [note for note in notes if note["invoice"] == invoice["id"] and note["status"] == "issued"]

    def _number(self, invoice: Obj) -> str:
        notes = self._state.newest("credit_note", customer=invoice["customer"])
        count = sum(note["invoice"] == invoice["id"] for note in notes)
        return f"{invoice['number']}-CN-{count + 1:02d}"

    def _show(self, note: Obj, lines: list[Obj]) -> None:
        """Copy the first ten lines into the note, as Stripe does."""
        url = f"/v1/credit_notes/{note['id']}/lines"
        note["lines"] = listed(copy.deepcopy(lines[:10]), url, has_more=len(lines) > 10)

    def _blank(self, invoice: Obj, params: Params) -> Obj:
        key, now = self._state.new_id("credit_note"), self._books.now()
        return {
            "id": key,
            "object": "credit_note",
            "created": now,
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "customer_account": None,
            "customer_balance_transaction": None,
            "effective_at": params.integer("effective_at", least=0) or now,
            "invoice": invoice["id"],
            "livemode": invoice["livemode"],
            "memo": self.memo(params),
            "metadata": metadata(params),
            "number": self._number(invoice),
            "out_of_band_amount": None,
            "pdf": f"{self._books.base_url()}/credit_note/{key}/pdf",
            "post_payment_amount": 0,
            "pre_payment_amount": 0,
            "reason": params.choice("reason", *REASONS),
            "refunds": [],
            "status": "issued",
            "type": "post_payment",
            "voided_at": None,
        }
