"""The customer portal's API: its configurations, and the sessions that lead to its page."""

import copy
from typing import Any

from sandbox.stripe.books import Books
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.http import Call
from sandbox.stripe.lists import page
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.store import Obj

FLOWS = (
    "customer_update",
    "payment_method_update",
    "subscription_cancel",
    "subscription_update",
    "subscription_update_confirm",
)
CANCEL_REASONS = [
    "too_expensive",
    "missing_features",
    "switched_service",
    "unused",
    "customer_service",
    "too_complex",
    "low_quality",
    "other",
]
PRORATIONS = ("always_invoice", "create_prorations", "none")
UPDATES = ("price", "promotion_code", "quantity")


class Portal:
    """`/v1/billing_portal/configurations` and `/v1/billing_portal/sessions`."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._state = books.state
        self._events = books.events
        api = books.api
        configurations = "/v1/billing_portal/configurations"
        api.route("POST", configurations, self._create_configuration)
        api.route("GET", configurations, self._list_configurations)
        api.route("GET", configurations + "/{id}", self._retrieve_configuration)
        api.route("POST", configurations + "/{id}", self._update_configuration)
        api.route("POST", "/v1/billing_portal/sessions", self._create_session)

    # -- configurations -------------------------------------------------------------------------------
    async def _create_configuration(self, call: Call) -> Obj:
        if not isinstance(call.params.plain("features"), dict):
            raise missing("features")
        obj = self._configuration(livemode=call.livemode, is_default=False)
        _configure(obj, call.params, self._login_url(obj))
        self._state.put(obj)
        self._events.emit("billing_portal.configuration.created", obj)
        return obj

    async def _update_configuration(self, call: Call) -> Obj:
        obj = self._get_configuration(call)
        before = copy.deepcopy(obj)
        changed = copy.deepcopy(obj)
        _configure(changed, call.params, self._login_url(changed))
        changed["updated"] = self._books.now()
        obj.update(changed)
        self._events.updated("billing_portal.configuration.updated", obj, before)
        return obj

    async def _retrieve_configuration(self, call: Call) -> Obj:
        return self._get_configuration(call)

    async def _list_configurations(self, call: Call) -> Obj:
        params = call.params
        rows = (
            obj
            for obj in self._state.newest("billing_portal.configuration", livemode=call.livemode)
            if all(name not in params or obj[name] is params.boolean(name) for name in ("active", "is_default"))
        )
        return page(rows, params, "/v1/billing_portal/configurations")

    def _login_url(self, configuration: Obj) -> str:
        """Where its login page is, whenever it is on."""
        mode = "" if configuration["livemode"] else "test_"
        return f"{self._books.base_url()}/p/login/{mode}{configuration['id'].removeprefix('bpc_')}"

    def _get_configuration(self, call: Call) -> Obj:
        return self._state.get("billing_portal.configuration", call.path["id"], livemode=call.livemode)

    def _default_configuration(self, *, livemode: bool) -> Obj:
        """The account's own settings of the portal: this account has saved them once, with the usual features."""
        for obj in self._state.newest("billing_portal.configuration", livemode=livemode):
            if obj["is_default"]:
                return obj
        obj = self._configuration(livemode=livemode, is_default=True)
        for feature in ("invoice_history", "payment_method_update", "subscription_cancel"):
            obj["features"][feature]["enabled"] = True
        return self._state.put(obj)

    def _configuration(self, *, livemode: bool, is_default: bool) -> Obj:
        now = self._books.now()
        return {
            "id": self._state.new_id("billing_portal.configuration"),
            "object": "billing_portal.configuration",
            "active": True,
            "application": None,
            "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
            "created": now,
            "default_return_url": None,
            "features": {
                "customer_update": {"allowed_updates": [], "enabled": False},
                "invoice_history": {"enabled": False},
                "payment_method_update": {"enabled": False, "payment_method_configuration": None},
                "subscription_cancel": {
                    "cancellation_reason": {"enabled": False, "options": list(CANCEL_REASONS)},
                    "enabled": False,
                    "mode": "at_period_end",
                    "proration_behavior": "none",
                },
                "subscription_update": {
                    "billing_cycle_anchor": None,
                    "default_allowed_updates": [],
                    "enabled": False,
                    "products": [],
                    "proration_behavior": "none",
                    "schedule_at_period_end": {"conditions": []},
                    "trial_update_behavior": "end_trial",
                },
            },
            "is_default": is_default,
            "livemode": livemode,
            "login_page": {"enabled": False, "url": None},
            "metadata": {},
            "name": None,
            "updated": now,
        }

    # -- sessions ---------------------------------------------------------------------------------------
    async def _create_session(self, call: Call) -> Obj:
        params = call.params
        customer = self._state.ref("customer", params.need("customer"), livemode=call.livemode, param="customer")
        if customer.get("deleted"):
            raise invalid(f"No such customer: '{customer['id']}'", "customer", "resource_missing")
        if wanted := params.text("configuration"):
            configuration = self._state.ref(
                "billing_portal.configuration", wanted, livemode=call.livemode, param="configuration"
            )
            if not configuration["active"]:
                raise invalid("This portal configuration is not active.", "configuration")
        else:
            configuration = self._default_configuration(livemode=call.livemode)
        flow = self._flow(params.inner("flow_data"), customer, configuration) if "flow_data" in params else None
        return self.session(
            customer, configuration, flow=flow, locale=params.text("locale"), return_url=params.text("return_url")
        )

    def session(
        self,
        customer: Obj,
        configuration: Obj,
        *,
        flow: Obj | None = None,
        locale: str | None = None,
        return_url: str | None = None,
    ) -> Obj:
        """A way into the portal for a customer."""
        session_id = self._state.new_id("billing_portal.session")
        obj: Obj = {
            "id": session_id,
            "object": "billing_portal.session",
            "configuration": configuration["id"],
            "created": self._books.now(),
            "customer": customer["id"],
            "flow": flow,
            "livemode": configuration["livemode"],
            "locale": locale,
            "on_behalf_of": None,
            "return_url": return_url or configuration["default_return_url"],
            "url": f"{self._books.base_url()}/portal/{session_id}",
        }
        self._state.put(obj)
        self._events.emit("billing_portal.session.created", obj)
        return obj

    def _flow(self, params: Params, customer: Obj, configuration: Obj) -> Obj:
        kind = params.choice("type", *FLOWS) or params.need("type")
        flow: Obj = {"after_completion": _after_completion(params.inner("after_completion")), "type": kind}
        flow |= dict.fromkeys(FLOWS[2:])
        feature = "subscription_update" if kind == "subscription_update_confirm" else kind
        if not configuration["features"][feature]["enabled"]:
            text = f"This {kind} flow is not enabled in the portal configuration: turn on features[{feature}]."
            raise invalid(text, params.name("type"))
        if kind.startswith("subscription_"):
            flow[kind] = self._subscription_flow(params.inner(kind), customer)
            if kind == "subscription_cancel":
                flow[kind]["retention"] = None
            if kind == "subscription_update_confirm":
                items = params.inner(kind).each("items")
                flow[kind] |= {"discounts": None, "items": [_confirmed(item) for item in items]}
        return flow

    def _subscription_flow(self, params: Params, customer: Obj) -> Obj:
        wanted = params.need("subscription")
        livemode = bool(customer["livemode"])
        subscription = self._state.ref("subscription", wanted, livemode=livemode, param=params.name("subscription"))
        if subscription["customer"] != customer["id"]:
            raise invalid("This subscription does not belong to the customer.", params.name("subscription"))
        if subscription["status"] in ("canceled", "incomplete_expired"):
            raise invalid("This subscription has ended already.", params.name("subscription"))
        return {"subscription": wanted}


def _confirmed(item: Params) -> Obj:
    return {"id": item.need("id"), "price": item.text("price"), "quantity": item.integer("quantity", least=0) or 1}


def _after_completion(params: Params) -> Obj:
    kind = params.choice("type", "hosted_confirmation", "portal_homepage", "redirect") or "portal_homepage"
    done: Obj = {"hosted_confirmation": None, "redirect": None, "type": kind}
    if kind == "redirect":
        done["redirect"] = {"return_url": params.inner("redirect").need("return_url")}
    if kind == "hosted_confirmation":
        done["hosted_confirmation"] = {"custom_message": params.inner("hosted_confirmation").text("custom_message")}
    return done


def _configure(obj: Obj, params: Params, login_url: str) -> None:
    """Write the given parameters into a configuration; what was not given stays."""
    obj["metadata"] = metadata(params, obj["metadata"])
    for name in ("default_return_url", "name"):
        if name in params:
            obj[name] = params.text(name)
    if "active" in params:
        obj["active"] = params.boolean("active")
    profile = params.inner("business_profile")
    for name in obj["business_profile"]:
        if name in profile:
            obj["business_profile"][name] = profile.text(name)
    if "login_page" in params:
        obj["login_page"]["enabled"] = params.inner("login_page").boolean("enabled")
        obj["login_page"]["url"] = login_url if obj["login_page"]["enabled"] else None
    given, features = params.inner("features"), obj["features"]
    for name in given:
        if name not in features:
            raise invalid(f"Received unknown parameter: {given.name(name)}", given.name(name), "parameter_unknown")
        if "enabled" in given.inner(name):
            features[name]["enabled"] = given.inner(name).boolean("enabled")
    updates = given.inner("customer_update")
    if "allowed_updates" in updates:
        features["customer_update"]["allowed_updates"] = updates.texts("allowed_updates")
    _configure_cancel(features["subscription_cancel"], given.inner("subscription_cancel"))
    _configure_update(features["subscription_update"], given.inner("subscription_update"))


def _configure_cancel(feature: dict[str, Any], given: Params) -> None:
    feature["mode"] = given.choice("mode", "at_period_end", "immediately") or feature["mode"]
    feature["proration_behavior"] = given.choice("proration_behavior", *PRORATIONS) or feature["proration_behavior"]
    reason = given.inner("cancellation_reason")
    if "enabled" in reason:
        feature["cancellation_reason"]["enabled"] = reason.boolean("enabled")
    if "options" in reason:
        feature["cancellation_reason"]["options"] = reason.texts("options")


def _configure_update(feature: dict[str, Any], given: Params) -> None:
    feature["proration_behavior"] = given.choice("proration_behavior", *PRORATIONS) or feature["proration_behavior"]
    anchor = given.choice("billing_cycle_anchor", "now", "unchanged")
    feature["billing_cycle_anchor"] = anchor or feature["billing_cycle_anchor"]
    trial = given.choice("trial_update_behavior", "continue_trial", "end_trial")
    feature["trial_update_behavior"] = trial or feature["trial_update_behavior"]
    if "default_allowed_updates" in given:
        wanted = given.texts("default_allowed_updates")
        if unknown := set(wanted) - set(UPDATES):
            name = given.name("default_allowed_updates")
            raise invalid(f"Invalid {name}: {unknown.pop()} is not one of {', '.join(UPDATES)}", name)
        feature["default_allowed_updates"] = wanted
    if "products" in given:
        feature["products"] = [_product(one) for one in given.each("products")]
    if "schedule_at_period_end" in given:
        conditions = given.inner("schedule_at_period_end").each("conditions")
        feature["schedule_at_period_end"]["conditions"] = [{"type": one.need("type")} for one in conditions]


def _product(given: Params) -> Obj:
    adjustable = given.inner("adjustable_quantity")
    return {
        "adjustable_quantity": {
            "enabled": adjustable.boolean("enabled"),
            "maximum": adjustable.integer("maximum"),
            "minimum": adjustable.integer("minimum") or 0,
        },
        "prices": given.texts("prices"),
        "product": given.need("product"),
    }
