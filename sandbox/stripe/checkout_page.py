"""Checkout's hosted page: a person types an e-mail and a card, and is told how it went."""

from aiohttp import web

from sandbox.stripe.books import Books
from sandbox.stripe.checkout import KIND, Checkout
from sandbox.stripe.checkout_payment import CheckoutPayment, Typed
from sandbox.stripe.money import written
from sandbox.stripe.pages import (
    GOOD,
    TEST_ACCOUNTS,
    TEST_CARDS,
    AttemptStopped,
    Outcome,
    Paid,
    day,
    every,
    go_to,
    message,
    nothing_here,
    page,
    typed,
)
from sandbox.stripe.store import Obj

PAY_LABELS = {"payment": "Pay", "subscription": "Subscribe", "setup": "Save card"}
SUBMIT_LABELS = {"book": "Book", "donate": "Donate", "pay": "Pay", "subscribe": "Subscribe"}


class CheckoutPage:
    """`GET` and `POST /checkout/{id}`."""

    def __init__(self, books: Books, checkout: Checkout, payment: CheckoutPayment) -> None:
        self._books = books
        self._checkout = checkout
        self._payment = payment

    def routes(self) -> list[web.RouteDef]:
        """The page's own routes."""
        return [web.get("/checkout/{id}", self._show), web.post("/checkout/{id}", self._submit)]

    async def _show(self, request: web.Request) -> web.Response:
        session = self._find(request)
        return self._closed(session) or self._form(session, {})

    async def _submit(self, request: web.Request) -> web.Response:
        session, fields = self._find(request), await typed(request)
        if closed := self._closed(session):
            return closed
        if answer := fields.get("authentication"):
            return self._after(session, fields, self._payment.authenticate(session, completed=answer == "complete"))
        if fields.get("action") == "promotion":
            try:
                self._payment.use_code(session, fields.get("promotion_code", ""))
            except AttemptStopped as refused:
                return self._form(session, fields, error=str(refused))
            return self._form(session, fields, notice="The promotion code is applied.")
        filled = Typed(
            card=fields.get("card", ""),
            email=fields.get("email", ""),
            promotion_code=fields.get("promotion_code", ""),
            fields={name.removeprefix("field."): text for name, text in fields.items() if name.startswith("field.")},
        )
        return self._after(session, fields, self._payment.pay(session, filled))

    def _after(self, session: Obj, fields: dict[str, str], outcome: Outcome) -> web.Response:
        if outcome.status in GOOD:
            link = _after_paying(session)
            return go_to(link) if link else message("Thanks for your payment", "It is done.", link=None)
        if outcome.status is Paid.REQUIRES_ACTION:
            method = self._payment.asked(session)
            last4 = method["card"]["last4"] if method else ""
            return page("authenticate.html", total=self._total(session), last4=last4)
        return self._form(session, fields, error=outcome.message)

    def _find(self, request: web.Request) -> Obj:
        session = self._books.state.find(KIND, request.match_info["id"])
        if session is None:
            raise nothing_here("There is no such checkout page. Go back to where you came from and start again.")
        return session

    def _closed(self, session: Obj) -> web.Response | None:
        if session["status"] == "complete":
            return message("You're all done here", "This has been paid already.", link=_after_paying(session))
        if session["status"] == "expired":
            text = "This checkout page has timed out. Go back to where you came from and start again."
            return message("Something went wrong", text, link=session["cancel_url"], link_text="Back", status=410)
        return None

    def _form(self, session: Obj, fields: dict[str, str], *, error: str = "", notice: str = "") -> web.Response:
        customer = self._books.state.find("customer", session["customer"]) or {}
        fixed = customer.get("email") or session["customer_email"]
        label = SUBMIT_LABELS.get(session["submit_type"] or "", PAY_LABELS[session["mode"]])
        lines = [] if session["mode"] == "setup" else self._checkout.lines(session)
        off = (session["total_details"] or {}).get("amount_discount", 0)
        codes = [one["promotion_code"] for one in session["discounts"] or [] if one["promotion_code"]]
        kinds = session["payment_method_types"]
        code = self._books.state.by_id[codes[0]]["code"] if codes else fields.get("promotion_code", "")
        return page(
            "checkout.html",
            status=402 if error else 200,
            heading=" and ".join(line.description for line in lines) or "Save your card",
            total=self._total(session),
            after=self._later(session),
            lines=[
                {
                    "what": line.description,
                    "quantity": line.quantity or 1,
                    "amount": self._money(session, line.subtotal),
                }
                for line in lines
            ],
            discount=self._money(session, off) if off else "",
            promotion_codes=bool(session["allow_promotion_codes"]),
            promotion_code=code,
            # After the bank's question the person comes back without having typed it again.
            email=fixed or fields.get("email") or self._checkout.kept(session).get("email", ""),
            email_fixed=bool(fixed),
            custom_fields=[_field(one, fields) for one in session["custom_fields"]],
            needs_card=self._payment.needs_card(session),
            cards=TEST_CARDS if "card" in kinds else (),
            accounts=TEST_ACCOUNTS.get(session["currency"] or "", ()) if len(kinds) > ("card" in kinds) else (),
            card=fields.get("card", ""),
            pay_label=label,
            cancel_url=session["cancel_url"],
            error=error,
            notice=notice,
        )

    def _total(self, session: Obj) -> str:
        if session["mode"] == "setup":
            return "Nothing to pay now"
        return self._money(session, session["amount_total"])

    def _later(self, session: Obj) -> str:
        """What will be due after this payment, in words."""
        if session["mode"] != "subscription":
            return ""
        lines = [line for line in self._checkout.lines(session) if line.price["recurring"]]
        due = sum((line.price["unit_amount"] or 0) * (line.quantity or 0) for line in lines)
        words = self._money(session, due) + every(lines[0].price["recurring"])
        kept = self._checkout.kept(session)
        if kept["trial_period_days"]:
            return f"{kept['trial_period_days']} days free, then {words}"
        if kept["trial_end"]:
            return f"Free until {day(kept['trial_end'])}, then {words}"
        return words

    def _money(self, session: Obj, amount: int) -> str:
        return written(amount, session["currency"])


def _after_paying(session: Obj) -> str | None:
    """Where who paid goes next; None: nowhere, as after most payment links."""
    url: str | None = session["success_url"]
    return None if url is None else url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _field(one: Obj, fields: dict[str, str]) -> Obj:
    body = one[one["type"]]
    return {
        "key": one["key"],
        "label": one["label"]["custom"],
        "optional": one["optional"],
        "numeric": one["type"] == "numeric",
        "options": body.get("options"),
        "value": fields.get(f"field.{one['key']}") or body["value"] or body["default_value"],
    }
