"""The hosted invoice page: what is owed, a card to pay it with, and the PDF."""

import copy

from aiohttp import web

from sandbox.stripe.bills import Bills, subscription_of
from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards
from sandbox.stripe.errors import StripeError
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.money import written
from sandbox.stripe.pages import (
    DEBITED,
    GOOD,
    NOT_AUTHENTICATED,
    TEST_ACCOUNTS,
    TEST_CARDS,
    AttemptStopped,
    Outcome,
    Paid,
    day,
    go_to,
    message,
    nothing_here,
    page,
    typed,
)
from sandbox.stripe.payments import Attempt, Payments
from sandbox.stripe.pdf import pdf
from sandbox.stripe.store import Obj

PAYABLE = ("open", "uncollectible")


class HostedInvoice:
    """`/invoice/{id}` and `/invoice/{id}/pdf`, for invoices that were finalized."""

    def __init__(self, books: Books, bills: Bills, invoices: Invoices, cards: Cards, payments: Payments) -> None:
        self._books = books
        self._bills = bills
        self._invoices = invoices
        self._cards = cards
        self._payments = payments

    def routes(self) -> list[web.RouteDef]:
        """The page's own routes."""
        return [
            web.get("/invoice/{id}", self._show),
            web.post("/invoice/{id}", self._submit),
            web.get("/invoice/{id}/pdf", self._pdf),
            web.get("/receipts/{id}", self._receipt),
            web.get("/authenticate/{id}", self._to_authenticate),
        ]

    def pay(self, invoice: Obj, card: str) -> Outcome:
        """A person types a card and presses "Pay". One that wants authentication waits for `authenticate`."""
        try:
            if invoice["status"] not in PAYABLE:
                raise AttemptStopped(f"This invoice can't be paid: it is {invoice['status']}.")
            if self._payments.processing(invoice):
                raise AttemptStopped("A payment of this invoice is processing already.")
            if not card:
                raise AttemptStopped("Your card number is missing.")
            method = self._cards.create(card, livemode=invoice["livemode"], email=invoice["customer_email"])
            return self._after(invoice, method, self._invoices.pay(invoice, method, off_session=False))
        except (AttemptStopped, StripeError) as refused:
            return Outcome(Paid.FAILED, str(refused))

    def authenticate(self, invoice: Obj, *, completed: bool) -> Outcome:
        """The bank's question was answered."""
        asked = self._books.state.secrets[invoice["id"]].pop("asked", None)
        method = self._books.state.find("payment_method", asked)
        if method is None:
            return Outcome(Paid.FAILED, "Nothing waits for authentication: type your card again.")
        if not completed:
            return Outcome(Paid.FAILED, NOT_AUTHENTICATED)
        try:
            return self._after(invoice, method, self._invoices.authenticated(invoice, method))
        except StripeError as refused:
            return Outcome(Paid.FAILED, str(refused))

    def _after(self, invoice: Obj, method: Obj, attempt: Attempt) -> Outcome:
        if attempt.action_required:
            self._books.state.secrets[invoice["id"]]["asked"] = method["id"]
            return Outcome(Paid.REQUIRES_ACTION, "Your bank asks for authentication.")
        if not attempt.paid and not attempt.processing:
            return Outcome(Paid.FAILED, attempt.refusal.message if attempt.refusal else "Your card was declined.")
        self._keep_card(invoice, method)
        if attempt.processing:
            return Outcome(Paid.PROCESSING, DEBITED)
        return Outcome(Paid.PAID, "Thank you, this invoice is paid.")

    def _keep_card(self, invoice: Obj, method: Obj) -> None:
        """A subscription's invoice was paid by a new card, and the person left "save it for later invoices" ticked."""
        state = self._books.state
        subscription = state.find("subscription", subscription_of(invoice))
        customer = state.find("customer", invoice["customer"])
        if subscription is None or customer is None or customer.get("deleted"):
            return
        self._cards.attach(method, customer, checked=True)
        before = copy.deepcopy(subscription)
        subscription["default_payment_method"] = method["id"]
        self._books.events.updated("customer.subscription.updated", subscription, before)

    # -- the page ---------------------------------------------------------------------------------------
    async def _show(self, request: web.Request) -> web.Response:
        return self._page(self._find(request))

    async def _submit(self, request: web.Request) -> web.Response:
        invoice, fields = self._find(request), await typed(request)
        if answer := fields.get("authentication"):
            outcome = self.authenticate(invoice, completed=answer == "complete")
        else:
            outcome = self.pay(invoice, fields.get("card", ""))
        if outcome.status is Paid.REQUIRES_ACTION:
            total = written(invoice["amount_remaining"], invoice["currency"])
            return page("authenticate.html", total=total, last4=fields.get("card", "")[-4:])
        if outcome.status in GOOD:
            return self._page(invoice, notice=outcome.message)
        return self._page(invoice, error=outcome.message, card=fields.get("card", ""))

    async def _pdf(self, request: web.Request) -> web.Response:
        invoice = self._find(request)
        return web.Response(body=pdf(self._lines_of_pdf(invoice)), content_type="application/pdf")

    async def _receipt(self, request: web.Request) -> web.Response:
        """`charge.receipt_url`."""
        charge = self._books.state.find("charge", request.match_info["id"])
        if charge is None or not charge["paid"]:
            raise nothing_here("There is no such receipt.")
        text = f"{written(charge['amount'], charge['currency'])} were paid on {day(charge['created'])}."
        if charge["amount_refunded"]:
            text += f" {written(charge['amount_refunded'], charge['currency'])} were given back."
        return message("Receipt", text)

    async def _to_authenticate(self, request: web.Request) -> web.Response:
        """Where `next_action` of an invoice's payment intent leads: to the invoice, whose page asks."""
        key = request.match_info["id"]
        for payment in self._books.state.newest("invoice_payment"):
            if payment["payment"].get("payment_intent") == key:
                return go_to(f"/invoice/{payment['invoice']}")
        raise nothing_here("Nothing waits for authentication here.")

    def _find(self, request: web.Request) -> Obj:
        invoice = self._books.state.find("invoice", request.match_info["id"])
        if invoice is None or invoice["status"] == "draft":
            raise nothing_here("There is no such invoice page. A draft has none yet: it is finalized first.")
        return invoice

    def _page(self, invoice: Obj, *, error: str = "", notice: str = "", card: str = "") -> web.Response:
        code = invoice["currency"]
        return page(
            "invoice.html",
            status=402 if error else 200,
            number=invoice["number"],
            status_=invoice["status"],
            about=self._about(invoice),
            amount=written(invoice["amount_due"], code),
            lines=[
                {"what": line["description"], "amount": written(line["amount"], code)}
                for line in self._bills.lines(invoice)
            ],
            memo=invoice["description"],
            payable=invoice["status"] in PAYABLE and not self._payments.processing(invoice),
            cards=TEST_CARDS,
            accounts=TEST_ACCOUNTS.get(code, ()),
            card=card,
            pdf=f"/invoice/{invoice['id']}/pdf",
            error=error,
            notice=notice,
        )

    def _about(self, invoice: Obj) -> str:
        if invoice["status"] == "paid":
            return f"Paid on {day(invoice['status_transitions']['paid_at'])}"
        if invoice["status"] == "void":
            return "Nothing is owed"
        if self._payments.processing(invoice):
            return "Your payment is processing"
        due = invoice["due_date"]
        return f"Due on {day(due)}" if due else "Due now"

    def _lines_of_pdf(self, invoice: Obj) -> list[str]:
        code = invoice["currency"]
        return [
            f"Invoice {invoice['number']}",
            f"{invoice['account_name']}",
            f"For {invoice['customer_name'] or invoice['customer_email'] or invoice['customer']}",
            f"Date: {day(invoice['status_transitions']['finalized_at'] or invoice['created'])}",
            "",
            *(f"{line['description']}: {written(line['amount'], code)}" for line in self._bills.lines(invoice)),
            "",
            f"Total: {written(invoice['total'], code)}",
            f"Paid: {written(invoice['amount_paid'], code)}",
            self._about(invoice),
        ]
