"""The portal's login page, an address for everybody: who types an e-mail there gets the way into the portal by mail."""

from typing import Any

from aiohttp import web

from sandbox.stripe.books import Books
from sandbox.stripe.pages import message, nothing_here, page, typed
from sandbox.stripe.portal import Portal
from sandbox.stripe.store import Obj

LIVE = ("active", "trialing", "past_due", "unpaid")
MAILS_MAX = 1_000


class LoginPage:
    """`GET` and `POST /p/login/{id}`. `mails`: what was sent, oldest first; the page tells nobody who is known."""

    def __init__(self, books: Books, portal: Portal) -> None:
        self._books = books
        self._portal = portal
        self.mails: list[dict[str, Any]] = []

    def routes(self) -> list[web.RouteDef]:
        """The page's own routes."""
        return [web.get("/p/login/{id}", self._show), web.post("/p/login/{id}", self._submit)]

    def _configuration(self, request: web.Request) -> Obj:
        wanted = f"/p/login/{request.match_info['id']}"
        for obj in self._books.state.newest("billing_portal.configuration"):
            if obj["active"] and obj["login_page"]["enabled"] and str(obj["login_page"]["url"]).endswith(wanted):
                return obj
        raise nothing_here("There is no such page, or its owner has switched it off.")

    async def _show(self, request: web.Request) -> web.Response:
        self._configuration(request)
        return page("portal_login.html")

    async def _submit(self, request: web.Request) -> web.Response:
        configuration = self._configuration(request)
        email = (await typed(request)).get("email", "")
        customer = self._customer(email, livemode=configuration["livemode"])
        if customer is not None:
            session = self._portal.session(customer, configuration)
            self.mails.append({"to": email, "customer": customer["id"], "url": session["url"]})
            del self.mails[:-MAILS_MAX]
        return message("Check your email", f"If {email} is known here, a link to the portal is on its way to it.")

    def _customer(self, email: str, *, livemode: bool) -> Obj | None:
        """Of several with the address the newest that has a subscription, else the newest."""
        state = self._books.state
        found = [
            customer
            for customer in state.newest("customer", livemode=livemode)
            if not customer.get("deleted") and (customer["email"] or "").lower() == email.lower() != ""
        ]
        for customer in found:
            if any(sub["status"] in LIVE for sub in state.newest("subscription", customer=customer["id"])):
                return customer
        return found[0] if found else None
