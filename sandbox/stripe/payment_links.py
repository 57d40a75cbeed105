"""Payment links: an address that the owner hands out, each visit to which begins a Checkout session of its own."""

import copy
from typing import Any

from aiohttp import web

from sandbox.stripe.books import Books
from sandbox.stripe.catalog import Catalog
from sandbox.stripe.checkout import Checkout
from sandbox.stripe.checkout_lines import Line
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.http import Call
from sandbox.stripe.lists import listed, page
from sandbox.stripe.pages import go_to, message, nothing_here
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.store import Obj

KIND = "payment_link"
PATH = "/v1/payment_links"
PASSED_ON = (
    "allow_promotion_codes",
    "automatic_tax",
    "billing_address_collection",
    "custom_fields",
    "custom_text",
    "customer_creation",
    "invoice_creation",
    "line_items",
    "payment_intent_data",
    "payment_method_collection",
    "phone_number_collection",
    "submit_type",
    "subscription_data",
    "tax_id_collection",
)
"""What a link says of the sessions that it begins, by the names that both have."""
KNOWN = frozenset([*PASSED_ON, "active", "after_completion", "currency", "expand", "inactive_message", "metadata"]) | {
    "restrictions"
}
LINES_MAX = 20


class PaymentLinks:
    """`/v1/payment_links`, and the address of each."""

    def __init__(self, books: Books, checkout: Checkout, catalog: Catalog) -> None:
        self._books = books
        self._state = books.state
        self._checkout = checkout
        self._catalog = catalog
        route = books.api.route
        route("POST", PATH, self._create)
        route("GET", PATH, self._list)
        route("GET", PATH + "/{id}", self._retrieve)
        route("POST", PATH + "/{id}", self._update)
        route("GET", PATH + "/{id}/line_items", self._list_lines)
        books.api.expander.include(KIND, "line_items", lambda _state, link: self._told(link))

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [web.get("/b/{token}", self._visit)]

    def open(self, link: Obj) -> Obj:
        """Somebody follows the link: a session of their own, which names it. Raises StripeError for one that is off."""
        if not link["active"]:
            raise invalid("This payment link is no longer active.", "payment_link")
        kept = self._state.secrets[link["id"]]
        wish = {**copy.deepcopy(kept["wish"]), "success_url": "https://example.com/", "metadata": link["metadata"]}
        session = self._checkout.begin(Params(wish | {"mode": kept["mode"]}), livemode=link["livemode"])
        redirect = link["after_completion"].get("redirect")
        session |= {"payment_link": link["id"], "success_url": redirect["url"] if redirect else None}
        return session

    async def _visit(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        link = next((one for one in self._state.newest(KIND) if one["url"].endswith(f"/{token}")), None)
        if link is None:
            raise nothing_here("There is no such payment link.")
        if not link["active"]:
            text = link["inactive_message"] or "This link is no longer active."
            return message("This link is no longer active", text, link=None, status=410)
        return go_to(self.open(link)["url"])

    # -- the API ------------------------------------------------------------------------------------
    async def _create(self, call: Call) -> Obj:
        params = call.params
        for name in params:
            if name not in KNOWN:
                raise invalid(f"Received unknown parameter: {name}", name, "parameter_unknown")
        given = params.each("line_items")
        if not given:
            raise missing("line_items")
        if len(given) > LINES_MAX:
            raise invalid(f"A payment link has up to {LINES_MAX} line items.", "line_items")
        prices = [self._catalog.price_from(one, livemode=call.livemode) for one in given]
        mode = "subscription" if any(price["recurring"] for price in prices) else "payment"
        wish = {name: params.values[name] for name in PASSED_ON if name in params}
        if mode == "subscription":
            for name in ("customer_creation", "invoice_creation", "payment_intent_data"):
                if name in wish:
                    raise invalid(f"You can not pass `{name}` with recurring prices.", name)
        probe = self._checkout.begin(
            Params({**copy.deepcopy(wish), "mode": mode, "success_url": "https://example.com/"}),
            livemode=call.livemode,
            keep=False,
        )
        link = self._make(call, prices, mode, probe)
        self._state.secrets[link["id"]] |= {"wish": wish, "mode": mode, "lines": self._checkout.lines(probe)}
        self._state.put(link)
        self._books.events.emit("payment_link.created", link)
        return link

    def _make(self, call: Call, prices: list[Obj], mode: str, probe: Obj) -> Obj:
        params = call.params
        data, intent = params.inner("subscription_data"), params.inner("payment_intent_data")
        recurring = mode == "subscription"
        return {
            "id": self._state.new_id(KIND),
            "object": KIND,
            "active": True,
            "after_completion": _after(params.inner("after_completion")),
            "allow_promotion_codes": params.boolean("allow_promotion_codes"),
            "application": None,
            "application_fee_amount": None,
            "application_fee_percent": None,
            "automatic_tax": {"enabled": probe["automatic_tax"]["enabled"], "liability": None},
            "billing_address_collection": probe["billing_address_collection"] or "auto",
            "consent_collection": None,
            "currency": prices[0]["currency"],
            "custom_fields": [],
            "custom_text": probe["custom_text"],
            "customer_creation": "always" if recurring else probe["customer_creation"],
            "inactive_message": params.text("inactive_message"),
            "invoice_creation": None if recurring else probe["invoice_creation"],
            "livemode": call.livemode,
            "metadata": metadata(params),
            "on_behalf_of": None,
            "payment_intent_data": None if recurring or not list(intent) else {"metadata": metadata(intent)},
            "payment_method_collection": probe["payment_method_collection"],
            "payment_method_types": None,
            "phone_number_collection": probe["phone_number_collection"],
            "restrictions": None,
            "shipping_address_collection": None,
            "shipping_options": [],
            "submit_type": probe["submit_type"] or "auto",
            "subscription_data": _subscription_data(data) if recurring else None,
            "tax_id_collection": {"enabled": False, "required": "never"},
            "transfer_data": None,
            "url": f"{self._books.base_url()}/b/{self._state.token(16)}",
        }

    async def _update(self, call: Call) -> Obj:
        link, params = self._get(call), call.params
        before = copy.deepcopy(link)
        if "active" in params:
            link["active"] = params.boolean("active")
        if "after_completion" in params:
            link["after_completion"] = _after(params.inner("after_completion"))
        if "inactive_message" in params:
            link["inactive_message"] = params.text("inactive_message")
        if "allow_promotion_codes" in params:
            link["allow_promotion_codes"] = params.boolean("allow_promotion_codes")
            self._state.secrets[link["id"]]["wish"]["allow_promotion_codes"] = str(
                link["allow_promotion_codes"]
            ).lower()
        link["metadata"] = metadata(params, link["metadata"])
        self._books.events.updated("payment_link.updated", link, before)
        return link

    async def _list(self, call: Call) -> Obj:
        active = call.params.boolean("active") if "active" in call.params else None
        rows = (
            link
            for link in self._state.newest(KIND, livemode=call.livemode)
            if active is None or link["active"] is active
        )
        return page(rows, call.params, PATH)

    async def _retrieve(self, call: Call) -> Obj:
        return self._get(call)

    async def _list_lines(self, call: Call) -> Obj:
        link = self._get(call)
        return page(self._lines(link), call.params, f"{PATH}/{link['id']}/line_items")

    def _told(self, link: Obj) -> Obj:
        return listed(self._lines(link), f"{PATH}/{link['id']}/line_items")

    def _lines(self, link: Obj) -> list[Obj]:
        lines: list[Line] = self._state.secrets[link["id"]]["lines"]
        return [line.told() for line in lines]

    def _get(self, call: Call) -> Obj:
        return self._state.get(KIND, call.path["id"], livemode=call.livemode, param="payment_link")


def _after(given: Params) -> dict[str, Any]:
    """What somebody who paid sees: the owner's page, or Stripe's own."""
    kind = given.choice("type", "hosted_confirmation", "redirect") or "hosted_confirmation"
    if kind == "redirect":
        return {"redirect": {"url": given.inner("redirect").need("url")}, "type": kind}
    custom = given.inner("hosted_confirmation").text("custom_message")
    return {"hosted_confirmation": {"custom_message": custom}, "type": kind}


def _subscription_data(given: Params) -> dict[str, Any]:
    return {
        "description": given.text("description"),
        "invoice_settings": {"issuer": {"type": "self"}},
        "metadata": metadata(given),
        "trial_period_days": given.integer("trial_period_days"),
        "trial_settings": None,
    }
