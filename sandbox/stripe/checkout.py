"""Checkout sessions: made by the API, listed, expired by hand or by the clock."""

from functools import partial
from typing import Any

from sandbox.stripe.books import Books
from sandbox.stripe.catalog import Catalog
from sandbox.stripe.checkout_lines import Line, add_up
from sandbox.stripe.customers import Customers
from sandbox.stripe.debits import methods_for
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.http import Call
from sandbox.stripe.lists import listed, page
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.store import Obj

KIND = "checkout.session"
LIFE_SECONDS = 86_400
LIFE_SECONDS_MIN = 1_800
MODES = ("payment", "setup", "subscription")
# What the sandbox understands; anything else is refused, as Stripe refuses what it doesn't know.
KNOWN = frozenset(
    [
        "allow_promotion_codes", "allowed_payment_method_types", "automatic_tax", "billing_address_collection",
        "cancel_url", "client_reference_id", "currency", "custom_fields", "custom_text", "customer",
        "customer_creation", "customer_email", "customer_update", "discounts", "excluded_payment_method_types",
        "expand", "expires_at", "invoice_creation", "line_items", "locale", "metadata", "mode",
        "origin_context", "payment_intent_data", "payment_method_collection", "phone_number_collection",
        "saved_payment_method_options", "setup_intent_data", "submit_type", "subscription_data", "success_url",
        "tax_id_collection", "ui_mode",
    ]
)  # fmt: skip
SUBSCRIPTION_DATA = frozenset(
    [
        "billing_mode", "default_tax_rates", "description", "invoice_settings", "metadata", "trial_end",
        "trial_period_days", "trial_settings",
    ]
)  # fmt: skip
PAYMENT_INTENT_DATA = frozenset(["description", "metadata", "receipt_email", "setup_future_usage"])
ONLY_IN = {
    "subscription_data": ("subscription",),
    "payment_method_collection": ("subscription",),
    "payment_intent_data": ("payment",),
    "invoice_creation": ("payment",),
    "setup_intent_data": ("setup",),
    "customer_creation": ("payment", "setup"),
    "submit_type": ("payment", "subscription"),
}


class Checkout:
    """`/v1/checkout/sessions`. A session's lines and data for later are kept beside it, in the secrets."""

    def __init__(self, books: Books, customers: Customers, catalog: Catalog, discounts: Discounts) -> None:
        self._books = books
        self._customers = customers
        self._catalog = catalog
        self._discounts = discounts
        sessions = "/v1/checkout/sessions"
        route = books.api.route
        route("POST", sessions, self._create)
        route("GET", sessions, self._list)
        route("GET", sessions + "/{id}", self._retrieve)
        route("POST", sessions + "/{id}", self._update)
        route("POST", sessions + "/{id}/expire", self._expire_now)
        route("GET", sessions + "/{id}/line_items", self._list_lines)
        books.api.expander.include(KIND, "line_items", lambda _state, session: self._lines_told(session))

    # -- what the page and the payment need -----------------------------------------------------------
    def kept(self, session: Obj) -> dict[str, Any]:
        """What belongs to a session but is not shown with it: lines, data for the subscription, a pending card."""
        return self._books.state.secrets[session["id"]]

    def lines(self, session: Obj) -> list[Line]:
        """The session's lines with discounts and taxes worked out."""
        lines: list[Line] = self.kept(session)["lines"]
        return add_up(lines, self.coupons(session))

    def coupons(self, session: Obj) -> list[Obj]:
        """The coupons of the session's discounts, by code or by themselves."""
        by_id = self._books.state.by_id
        found = []
        for discount in session["discounts"] or []:
            coupon = discount["coupon"] or by_id[discount["promotion_code"]]["promotion"]["coupon"]
            found.append(by_id[coupon])
        return found

    def compute(self, session: Obj) -> None:
        """Write the amounts into the session, after its lines or discounts changed."""
        if session["mode"] == "setup":
            return
        lines = self.lines(session)
        session["amount_subtotal"] = sum(line.subtotal for line in lines)
        session["amount_total"] = sum(line.total for line in lines)
        session["total_details"] = {
            "amount_discount": sum(line.discount for line in lines),
            "amount_shipping": 0,
            "amount_tax": sum(line.tax for line in lines),
        }

    def end(self, session: Obj, status: str) -> None:
        """The session is `complete` or `expired`: its page is closed, its timer gone."""
        session["status"] = status
        session["url"] = None
        self._books.drop(session["id"], "expire")

    async def expire(self, session: Obj) -> None:
        """Nobody paid in time, or the owner closed it. Emits checkout.session.expired."""
        self.end(session, "expired")
        self._books.events.emit("checkout.session.expired", session)

    # -- making one -------------------------------------------------------------------------------------
    async def _create(self, call: Call) -> Obj:
        return self.begin(call.params, livemode=call.livemode, customer=self._customer(call))

    def begin(self, params: Params, *, livemode: bool, customer: Obj | None = None, keep: bool = True) -> Obj:
        """A new session; without `keep` it is only checked what one would be. Raises as the API does."""
        mode = params.choice("mode", *MODES) or params.need("mode")
        _check_names(params, mode)
        lines = self._lines(params, mode, livemode=livemode)
        session = self._session(params, mode, customer, lines, livemode=livemode)
        if lines and customer is not None and (mode == "subscription" or _invoiced(session)):
            _check_currency(customer, session["currency"])
        state = self._books.state
        state.secrets[session["id"]] |= {"lines": lines, **self._data_for_later(params, mode)}
        self.compute(session)
        if not keep:
            return session
        state.put(session)
        self._books.at(session["id"], "expire", session["expires_at"], partial(self.expire, session))
        return session

    def _customer(self, call: Call) -> Obj | None:
        if "customer" not in call.params:
            return None
        if call.params.text("customer_email"):
            raise invalid("You may only specify one of these parameters: customer, customer_email.", "customer")
        return self._customers.ref(call)

    def _lines(self, params: Params, mode: str, *, livemode: bool) -> list[Line]:
        given = params.each("line_items")
        if mode == "setup":
            if given:
                raise invalid("You can not pass `line_items` in `setup` mode.", "line_items")
            return []
        if not given:
            raise missing("line_items")
        data = params.inner("subscription_data")
        default_rates = self._discounts.tax_rates(data, "default_tax_rates", livemode=livemode)
        trial = bool(data.integer("trial_period_days", least=1, most=730) or data.integer("trial_end"))
        lines = []
        for one in given:
            price = self._catalog.price_from(one, livemode=livemode)
            metered = (price["recurring"] or {}).get("usage_type") == "metered"
            quantity = one.integer("quantity", least=1, most=999_999)
            if quantity is None and not metered:
                raise invalid(f"Quantity is required. Add `quantity` to `{one.path}`.", one.name("quantity"))
            rates = self._discounts.tax_rates(one, "tax_rates", livemode=livemode) or default_rates
            product = self._books.state.by_id[price["product"]]
            if not product["active"]:
                raise invalid(
                    f"Price `{price['id']}` is not available to be purchased because its product is not active.",
                    one.name("price"),
                )
            line_id = "li_1" + self._books.state.token(23)
            free = trial and price["recurring"] is not None
            lines.append(Line(line_id, price, None if metered else quantity, product["name"], tuple(rates), free))
        _check_prices([line.price for line in lines], mode)
        return lines

    def _data_for_later(self, params: Params, mode: str) -> dict[str, Any]:
        """What becomes of the payment: read and checked now, used when somebody has paid."""
        data = params.inner("subscription_data")
        _only(data, SUBSCRIPTION_DATA)
        _only(params.inner("payment_intent_data"), PAYMENT_INTENT_DATA)
        behavior = data.inner("trial_settings").inner("end_behavior")
        trial_end = data.integer("trial_end")
        if trial_end is not None and trial_end < self._books.now() + 2 * 86_400:
            raise invalid("`trial_end` must be at least 48 hours in the future.", data.name("trial_end"))
        return {
            "mode": mode,
            "metadata": metadata(data),
            "description": data.text("description"),
            "default_tax_rates": data.texts("default_tax_rates"),
            "trial_period_days": data.integer("trial_period_days"),
            "trial_end": trial_end,
            "missing_payment_method": behavior.choice("missing_payment_method", "cancel", "create_invoice", "pause"),
            "payment_metadata": metadata(params.inner("payment_intent_data")),
            "payment_description": params.inner("payment_intent_data").text("description"),
            "receipt_email": params.inner("payment_intent_data").text("receipt_email"),
            "setup_future_usage": params.inner("payment_intent_data").choice(
                "setup_future_usage", "off_session", "on_session"
            ),
            "setup_metadata": metadata(params.inner("setup_intent_data")),
        }

    def _discounts_of(self, params: Params, *, livemode: bool) -> list[Obj]:
        given = params.each("discounts")
        if given and params.boolean("allow_promotion_codes"):
            text = "You may only specify one of these parameters: allow_promotion_codes, discounts."
            raise invalid(text, "allow_promotion_codes")
        state, found = self._books.state, []
        for one in given[:1]:
            coupon, code = one.text("coupon"), one.text("promotion_code")
            if coupon is not None:
                state.ref("coupon", coupon, livemode=livemode, param=one.name("coupon"))
            elif not state.ref("promotion_code", code or "", livemode=livemode, param=one.name("promotion_code"))[
                "active"
            ]:
                raise invalid("This promotion code is not active.", one.name("promotion_code"))
            found.append({"coupon": coupon, "promotion_code": None if coupon else code})
        return found

    def _session(self, params: Params, mode: str, customer: Obj | None, lines: list[Line], *, livemode: bool) -> Obj:
        key, now = self._books.state.new_id(KIND, livemode=livemode), self._books.now()
        currency = lines[0].price["currency"] if lines else (params.text("currency") or "usd").lower()
        email = customer["email"] if customer else params.text("customer_email")
        creation = params.choice("customer_creation", "always", "if_required")
        if customer is None and mode != "setup":
            creation = "always" if mode == "subscription" else creation or "if_required"
        automatic_tax = params.inner("automatic_tax").boolean("enabled")
        method_types = _method_types(params, currency)
        return _blank() | {
            "id": key,
            "allow_promotion_codes": params.boolean("allow_promotion_codes") or None,
            "allowed_payment_method_types": params.texts("allowed_payment_method_types") or None,
            "automatic_tax": {
                "enabled": automatic_tax,
                "liability": {"type": "self"} if automatic_tax else None,
                "provider": "stripe" if automatic_tax else None,
                "status": "complete" if automatic_tax else None,
            },
            "billing_address_collection": params.choice("billing_address_collection", "auto", "required"),
            "cancel_url": params.text("cancel_url"),
            "client_reference_id": params.text("client_reference_id"),
            "created": now,
            "currency": currency if lines else None,
            "custom_fields": [_custom_field(one) for one in params.each("custom_fields")],
            "custom_text": _custom_text(params.inner("custom_text")),
            "customer": customer["id"] if customer else None,
            "customer_creation": None if customer else creation,
            "customer_details": customer_details(email, customer) if email else None,
            "customer_email": params.text("customer_email"),
            "discounts": self._discounts_of(params, livemode=livemode),
            "expires_at": _expiry(params, now),
            "invoice_creation": _invoice_creation(params.inner("invoice_creation")) if mode == "payment" else None,
            "livemode": livemode,
            "locale": params.text("locale"),
            "metadata": metadata(params),
            "mode": mode,
            "origin_context": params.choice("origin_context", "mobile_app", "web"),
            "payment_method_collection": (
                (params.choice("payment_method_collection", "always", "if_required") or "always")
                if mode == "subscription"
                else "if_required"
            ),
            "payment_method_types": method_types,
            "payment_status": "no_payment_required" if mode == "setup" else "unpaid",
            "phone_number_collection": {"enabled": params.inner("phone_number_collection").boolean("enabled")},
            "submit_type": params.text("submit_type"),
            "success_url": params.need("success_url"),
            "url": f"{self._books.base_url()}/checkout/{key}",
        }

    # -- the other routes ---------------------------------------------------------------------------------
    async def _retrieve(self, call: Call) -> Obj:
        return self._get(call)

    async def _update(self, call: Call) -> Obj:
        session = self._get(call)
        session["metadata"] = metadata(call.params, session["metadata"])
        return session

    async def _expire_now(self, call: Call) -> Obj:
        session = self._get(call)
        if session["status"] != "open":
            raise invalid(
                f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a '
                f"status of `{session['status']}`."
            )
        await self.expire(session)
        return session

    async def _list(self, call: Call) -> Obj:
        params = call.params
        wanted = {
            name: value
            for name in ("customer", "payment_intent", "payment_link", "subscription", "status")
            if (value := params.text(name)) is not None
        }
        email = params.inner("customer_details").text("email")
        rows = (
            session
            for session in self._books.state.newest(KIND, livemode=call.livemode)
            if all(session[name] == value for name, value in wanted.items())
            and (email is None or (session["customer_details"] or {}).get("email") == email)
        )
        return page(rows, params, "/v1/checkout/sessions")

    async def _list_lines(self, call: Call) -> Obj:
        session = self._get(call)
        rows = [line.told() for line in self.lines(session)]
        return page(rows, call.params, f"/v1/checkout/sessions/{session['id']}/line_items")

    def _lines_told(self, session: Obj) -> Obj:
        rows = [line.told() for line in self.lines(self._books.state.by_id[session["id"]])]
        return listed(rows, f"/v1/checkout/sessions/{session['id']}/line_items")

    def _get(self, call: Call) -> Obj:
        return self._books.state.get(KIND, call.path["id"], livemode=call.livemode, param="session")


def _blank() -> Obj:
    """What every new session has in common, with nothing paid yet."""
    nothing = (
        "after_expiration amount_subtotal amount_total client_secret collected_information consent consent_collection "
        "currency_conversion customer_account integration_identifier invoice payment_intent payment_link "
        "payment_method_configuration_details permissions recovered_from saved_payment_method_options setup_intent "
        "shipping_address_collection shipping_cost subscription total_details wallet_options"
    )
    return dict.fromkeys(nothing.split()) | {
        "object": KIND,
        "adaptive_pricing": {"enabled": False},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "shipping_options": [],
        "status": "open",
        "ui_mode": "hosted_page",
    }


def _check_names(params: Params, mode: str) -> None:
    _only(params, KNOWN)
    for name, modes in ONLY_IN.items():
        if name in params and mode not in modes:
            raise invalid(f"You can not pass `{name}` in `{mode}` mode.", name)
    if params.choice("ui_mode", "hosted_page") is None and "ui_mode" in params:
        raise missing("ui_mode")


def _method_types(params: Params, currency: str) -> list[str]:
    """What can be paid with: all that the account has for this currency, less what the caller does not want."""
    allowed = params.texts("allowed_payment_method_types")
    excluded = params.texts("excluded_payment_method_types")
    types = [kind for kind in methods_for(currency) if (not allowed or kind in allowed) and kind not in excluded]
    if not types:
        raise invalid("No valid payment method types for this Checkout Session.", "allowed_payment_method_types")
    return types


def _only(params: Params, known: frozenset[str]) -> None:
    for name in params:
        if name not in known:
            raise invalid(f"Received unknown parameter: {params.name(name)}", params.name(name), "parameter_unknown")


def _check_prices(prices: list[Obj], mode: str) -> None:
    if len({price["currency"] for price in prices}) > 1:
        raise invalid("All prices on a Checkout Session must have the same currency.", "line_items")
    recurring = [price for price in prices if price["recurring"]]
    if mode == "subscription" and not recurring:
        raise invalid("You must provide at least one recurring price in `subscription` mode when using prices.", "mode")
    if mode == "payment" and recurring:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices.",
            "mode",
        )


def _check_currency(customer: Obj, currency: str) -> None:
    if customer["currency"] not in (None, currency):
        raise invalid(
            "You cannot combine currencies on a single customer. This customer has an active subscription, "
            f"subscription schedule, discount, quote, or invoice item with currency {customer['currency']}."
        )


def _invoiced(session: Obj) -> bool:
    return bool((session["invoice_creation"] or {}).get("enabled"))


def _expiry(params: Params, now: int) -> int:
    when = params.integer("expires_at")
    if when is None:
        return now + LIFE_SECONDS
    if when > now + LIFE_SECONDS:
        text = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise invalid(text, "expires_at")
    # The request took its time on the way: a second of grace.
    if when < now + LIFE_SECONDS_MIN - 1:
        text = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise invalid(text, "expires_at")
    return when


def customer_details(email: str | None, customer: Obj | None) -> Obj:
    """Who pays, as a session shows it."""
    return {
        "address": customer["address"] if customer else None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": customer["name"] if customer else None,
        "phone": customer["phone"] if customer else None,
        "tax_exempt": customer["tax_exempt"] if customer else "none",
        "tax_ids": [],
    }


def _invoice_creation(given: Params) -> Obj:
    data = given.inner("invoice_data")
    return {
        "enabled": given.boolean("enabled"),
        "invoice_data": {
            "account_tax_ids": None,
            "custom_fields": [
                {"name": one.need("name"), "value": one.need("value")} for one in data.each("custom_fields")
            ]
            or None,
            "description": data.text("description"),
            "footer": data.text("footer"),
            "issuer": None,
            "metadata": metadata(data),
            "rendering_options": None,
        },
    }


def _custom_text(given: Params) -> Obj:
    text: Obj = {}
    for name in ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"):
        message = given.inner(name).text("message")
        text[name] = {"message": message} if message else None
    return text


def _custom_field(given: Params) -> Obj:
    kind = given.choice("type", "dropdown", "numeric", "text") or given.need("type")
    inner = given.inner(kind)
    field: Obj = {
        "key": given.need("key"),
        "label": {"custom": given.inner("label").need("custom"), "type": "custom"},
        "optional": given.boolean("optional"),
        "type": kind,
    }
    body: Obj = {"default_value": inner.text("default_value"), "value": None}
    if kind == "dropdown":
        body["options"] = [{"label": one.need("label"), "value": one.need("value")} for one in inner.each("options")]
    else:
        body |= {name: inner.integer(name) for name in ("maximum_length", "minimum_length")}
    return field | {kind: body}
