"""The customer portal's page: subscriptions, card, invoices; cancel, resume, change."""

from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from sandbox.stripe.books import Books
from sandbox.stripe.debits import NAMES
from sandbox.stripe.money import written
from sandbox.stripe.pages import (
    GOOD,
    NOT_AUTHENTICATED,
    TEST_CARDS,
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
from sandbox.stripe.portal_actions import PortalActions
from sandbox.stripe.store import Obj
from sandbox.stripe.subscription_shape import amount_of, name_of, period_of

KIND = "billing_portal.session"
ENDED = ("canceled", "incomplete_expired")
SAVED = "Your card was changed."


@dataclass(frozen=True, slots=True)
class Visit:
    """One person in the portal: the session, what it allows, whose it is."""

    session: Obj
    features: Obj
    customer: Obj


class PortalPage:
    """`GET` and `POST /portal/{id}`; `?flow=...&subscription=...` is one of its inner pages."""

    def __init__(self, books: Books, acts: PortalActions) -> None:
        self._books = books
        self._state = books.state
        self._acts = acts

    def routes(self) -> list[web.RouteDef]:
        """The page's own routes."""
        return [web.get("/portal/{id}", self._show), web.post("/portal/{id}", self._submit)]

    def _visit(self, request: web.Request) -> Visit:
        session = self._state.find(KIND, request.match_info["id"])
        customer = self._state.find("customer", session["customer"]) if session else None
        if session is None or customer is None or customer.get("deleted"):
            raise nothing_here("There is no such page. Go back to where you came from and ask for a new link.")
        configuration = self._state.by_id[session["configuration"]]
        return Visit(session, configuration["features"], customer)

    async def _show(self, request: web.Request) -> web.Response:
        visit, flow = self._visit(request), request.query.get("flow")
        deep = visit.session["flow"]
        subscription = request.query.get("subscription", "")
        if flow is None and deep is not None and "home" not in request.query:
            flow = deep["type"]
            subscription = (deep.get(flow) or {}).get("subscription", "")
        return self._inner(visit, flow, subscription)

    def _inner(self, visit: Visit, flow: str | None, subscription: str) -> web.Response:
        """The page of a flow, or the front page where there is none or it isn't allowed."""
        sub = self._subscription(visit, subscription)
        if flow == "payment_method_update" and visit.features[flow]["enabled"]:
            return self._card_page(visit)
        if flow == "subscription_cancel" and sub and _can_cancel(visit, sub):
            return self._cancel_page(visit, sub)
        if flow and flow.startswith("subscription_update") and sub and _can_update(visit, sub):
            return self._update_page(visit, sub)
        return self._home(visit)

    async def _submit(self, request: web.Request) -> web.Response:
        visit, fields = self._visit(request), await typed(request)
        if answer := fields.get("authentication"):
            return self._after_card(
                visit, fields, self._acts.authenticate(visit.customer, completed=answer == "complete")
            )
        sub = self._subscription(visit, fields.get("subscription", ""))
        action = fields.get("action", "card" if fields.get("card") else "")
        if action == "card" and visit.features["payment_method_update"]["enabled"]:
            return self._after_card(visit, fields, self._acts.change_card(visit.customer, fields.get("card", "")))
        if action == "pay":
            return self._pay(visit, fields.get("invoice", ""))
        if action == "cancel" and sub and _can_cancel(visit, sub):
            self._acts.cancel(sub, visit.features["subscription_cancel"], fields.get("feedback", ""))
            return self._done(visit, "Your subscription is cancelled.")
        if action == "resume" and sub and _can_resume(visit, sub):
            self._acts.resume(sub)
            return self._home(visit, notice="Your subscription goes on.")
        if action == "update" and sub and _can_update(visit, sub):
            return self._change_plan(visit, sub, fields.get("price", ""))
        return self._home(visit, error="This can't be done here.")

    # -- what was done --------------------------------------------------------------------------------
    def _after_card(self, visit: Visit, fields: dict[str, str], outcome: Outcome) -> web.Response:
        if outcome.status is Paid.REQUIRES_ACTION:
            return page("authenticate.html", total="later, when it is due", last4=fields.get("card", "")[-4:])
        if outcome.status is Paid.PAID:
            return self._done(visit, SAVED)
        return self._card_page(visit, error=outcome.message or NOT_AUTHENTICATED, card=fields.get("card", ""))

    def _pay(self, visit: Visit, invoice_id: str) -> web.Response:
        invoice = self._state.find("invoice", invoice_id)
        if invoice is None or invoice["customer"] != visit.customer["id"]:
            return self._home(visit, error="There is no such invoice.")
        outcome = self._acts.pay(invoice)
        if outcome.status in GOOD:
            return self._home(visit, notice=outcome.message)
        return self._home(visit, error=outcome.message)

    def _change_plan(self, visit: Visit, sub: Obj, price: str) -> web.Response:
        outcome = self._acts.change_plan(sub, visit.features["subscription_update"], price)
        if outcome.status is Paid.PAID:
            return self._done(visit, outcome.message)
        return self._home(visit, error=outcome.message)

    def _done(self, visit: Visit, text: str) -> web.Response:
        """A deep link ends as its `after_completion` says; otherwise back to the front page."""
        after = (visit.session["flow"] or {}).get("after_completion") or {"type": "portal_homepage"}
        if after["type"] == "redirect":
            return go_to(after["redirect"]["return_url"])
        if after["type"] == "hosted_confirmation":
            own = after["hosted_confirmation"]["custom_message"]
            return message("Done", own or text, link=visit.session["return_url"], link_text="Back")
        return self._home(visit, notice=text)

    # -- pages ----------------------------------------------------------------------------------------
    def _home(self, visit: Visit, *, error: str = "", notice: str = "") -> web.Response:
        configuration = self._state.by_id[visit.session["configuration"]]
        subscriptions = self._state.newest("subscription", customer=visit.customer["id"])
        return page(
            "portal.html",
            headline=configuration["business_profile"]["headline"],
            email=visit.customer["email"] or "",
            error=error,
            notice=notice,
            subscriptions=[self._row(visit, sub) for sub in subscriptions if sub["status"] not in ENDED],
            card_shown=self._card_shown(visit.customer),
            can_change_card=visit.features["payment_method_update"]["enabled"],
            invoices=self._invoices(visit.customer) if visit.features["invoice_history"]["enabled"] else None,
            return_url=visit.session["return_url"],
        )

    def _row(self, visit: Visit, sub: Obj) -> Obj:
        return {
            "id": sub["id"],
            "what": self._what(sub),
            "status": sub["status"].replace("_", " "),
            "about": _about(sub),
            "can_cancel": _can_cancel(visit, sub),
            "can_update": _can_update(visit, sub),
            "can_resume": _can_resume(visit, sub),
        }

    def _invoices(self, customer: Obj) -> list[Obj]:
        return [
            {
                "id": invoice["id"],
                "number": invoice["number"],
                "url": invoice["hosted_invoice_url"],
                "day": day(invoice["created"]),
                "amount": written(invoice["amount_due"], invoice["currency"]),
                "status": invoice["status"],
            }
            for invoice in self._state.newest("invoice", customer=customer["id"])
            if invoice["status"] != "draft"
        ]

    def _card_page(self, visit: Visit, *, error: str = "", card: str = "") -> web.Response:
        return page(
            "portal_card.html",
            status=402 if error else 200,
            card_shown=self._card_shown(visit.customer),
            error=error,
            cards=TEST_CARDS,
            card=card,
            back=_back(visit),
        )

    def _cancel_page(self, visit: Visit, sub: Obj) -> web.Response:
        feature = visit.features["subscription_cancel"]
        at_end = feature["mode"] == "at_period_end"
        end = day(period_of(sub)[1])
        reasons = feature["cancellation_reason"]
        return page(
            "portal_subscription.html",
            heading=f"Cancel {self._what(sub)}?",
            text=f"You keep it until {end}." if at_end else "It ends at once.",
            error="",
            flow="subscription_cancel",
            subscription=sub["id"],
            reasons=reasons["options"] if reasons["enabled"] else [],
            prices=[],
            action="cancel",
            button="Cancel the subscription",
            back=_back(visit),
        )

    def _update_page(self, visit: Visit, sub: Obj) -> web.Response:
        return page(
            "portal_subscription.html",
            heading=f"Change {self._what(sub)}",
            text=f"Now: {_about(sub)}.",
            error="",
            flow="subscription_update",
            subscription=sub["id"],
            reasons=[],
            prices=[self._price(key) for one in _products(visit) for key in one["prices"]],
            action="update",
            button="Change the plan",
            back=_back(visit),
        )

    def _price(self, key: str) -> Obj:
        price = self._state.by_id[key]
        name = self._state.by_id[price["product"]]["name"]
        return {
            "id": key,
            "what": f"{name}: {written(price['unit_amount'] or 0, price['currency'])}{every(price['recurring'])}",
        }

    def _subscription(self, visit: Visit, key: str) -> Obj | None:
        sub = self._state.find("subscription", key)
        own = sub is not None and sub["customer"] == visit.customer["id"] and sub["status"] not in ENDED
        return sub if own else None

    def _what(self, sub: Obj) -> str:
        return " and ".join(name_of(self._books, item) for item in sub["items"]["data"])

    def _card_shown(self, customer: Obj) -> str:
        """The card that pays what comes next: the customer's own, else that of a subscription."""
        keys = [customer["invoice_settings"]["default_payment_method"]]
        keys += [sub["default_payment_method"] for sub in self._state.newest("subscription", customer=customer["id"])]
        for key in keys:
            method = self._state.find("payment_method", key)
            if method is not None:
                own = method[method["type"]]
                name = own["brand"].title() if method["type"] == "card" else NAMES[method["type"]]
                return f"{name} •••• {own['last4']}"
        return "No card yet"


def _back(visit: Visit) -> str:
    """Out of a deep link one goes back to the shop, else to the front page."""
    return visit.session["return_url"] or "?home" if visit.session["flow"] else "?" + urlencode({"home": "1"})


def _products(visit: Visit) -> list[Obj]:
    return list(visit.features["subscription_update"]["products"] or [])


def _ending(sub: Obj) -> bool:
    return bool(sub["cancel_at_period_end"] or sub["cancel_at"])


def _can_cancel(visit: Visit, sub: Obj) -> bool:
    return bool(visit.features["subscription_cancel"]["enabled"]) and not _ending(sub) and sub["schedule"] is None


def _can_resume(visit: Visit, sub: Obj) -> bool:
    return bool(visit.features["subscription_cancel"]["enabled"]) and _ending(sub) and sub["schedule"] is None


def _can_update(visit: Visit, sub: Obj) -> bool:
    feature = visit.features["subscription_update"]
    one = len(sub["items"]["data"]) == 1
    return bool(feature["enabled"] and feature["products"]) and one and not _ending(sub) and sub["schedule"] is None


def _about(sub: Obj) -> str:
    items = sub["items"]["data"]
    cost = written(sum(amount_of(item) for item in items), sub["currency"]) + every(items[0]["price"]["recurring"])
    end = sub["cancel_at"] or period_of(sub)[1]
    return f"{cost}, ends on {day(end)}" if _ending(sub) else f"{cost}, renews on {day(end)}"
