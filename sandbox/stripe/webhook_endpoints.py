"""Webhook endpoints: where events are sent, with which secret, and which of them."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from sandbox.stripe.books import Books
from sandbox.stripe.delivery import Endpoint
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.http import Call
from sandbox.stripe.lists import page
from sandbox.stripe.params import metadata
from sandbox.stripe.store import Obj

ENDPOINTS_MAX = 16
"""As many as Stripe allows for one account and mode."""


class WebhookEndpoints:
    """`/v1/webhook_endpoints`, and what the delivery needs to know of them."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._state = books.state
        api = books.api
        api.route("POST", "/v1/webhook_endpoints", self._create)
        api.route("GET", "/v1/webhook_endpoints", self._list)
        api.route("GET", "/v1/webhook_endpoints/{id}", self._retrieve)
        api.route("POST", "/v1/webhook_endpoints/{id}", self._update)
        api.route("DELETE", "/v1/webhook_endpoints/{id}", self._delete)

    def enabled(self) -> Iterator[Endpoint]:
        """The endpoints that take events now, the oldest first."""
        for obj in self._state.by_kind["webhook_endpoint"].values():
            if obj["status"] == "enabled":
                secrets = tuple(self._state.secrets[obj["id"]]["secrets"])
                thin = bool(self._state.secrets[obj["id"]].get("thin"))
                types = frozenset(obj["enabled_events"])
                yield Endpoint(obj["id"], obj["url"], secrets, types, obj["livemode"], thin)

    def register(
        self,
        url: str,
        secrets: list[str],
        *,
        enabled_events: list[str] | None = None,
        livemode: bool = False,
        thin: bool = False,
    ) -> Obj:
        """An endpoint with secrets of the caller's choice (several: one is being rolled), the first told in the answer.

        `thin`: it gets thin events.
        One with the same address is changed instead of doubled. Raises StripeError for an address that is none.
        """
        _check_url(url, livemode=livemode)
        same = (one for one in self._state.newest("webhook_endpoint", livemode=livemode) if one["url"] == url)
        obj = next(same, None)
        if obj is None:
            obj = self._make(url, secrets, enabled_events or ["*"], livemode=livemode)
        else:
            obj |= {"enabled_events": enabled_events or obj["enabled_events"], "status": "enabled"}
            self._state.secrets[obj["id"]]["secrets"] = list(secrets)
        self._state.secrets[obj["id"]]["thin"] = thin
        return obj | {"secret": secrets[0]}

    def _make(self, url: str, secrets: list[str], enabled_events: list[str], *, livemode: bool) -> Obj:
        obj: Obj = {
            "id": self._state.new_id("webhook_endpoint"),
            "object": "webhook_endpoint",
            "api_version": None,
            "application": None,
            "created": self._books.now(),
            "description": None,
            "enabled_events": enabled_events,
            "livemode": livemode,
            "metadata": {},
            "status": "enabled",
            "url": url,
        }
        self._state.secrets[obj["id"]]["secrets"] = list(secrets)
        return self._state.put(obj)

    async def _create(self, call: Call) -> Obj:
        params = call.params
        url, enabled_events = params.need("url"), params.texts("enabled_events")
        if not enabled_events:
            raise missing("enabled_events")
        _check_url(url, livemode=call.livemode)
        if len(list(self._state.newest("webhook_endpoint", livemode=call.livemode))) >= ENDPOINTS_MAX:
            raise invalid(f"You have reached the maximum of {ENDPOINTS_MAX} webhook endpoints.")
        secret = "whsec_" + self._state.token(32)
        described = {
            "description": params.text("description"),
            "metadata": metadata(params),
            "api_version": params.text("api_version"),
        }
        obj = self._make(url, [secret], enabled_events, livemode=call.livemode)
        obj.update(described)
        # The secret is told this once.
        return obj | {"secret": secret}

    async def _update(self, call: Call) -> Obj:
        params = call.params
        obj = self._get(call)
        merged = metadata(params, obj["metadata"])
        if url := params.text("url"):
            _check_url(url, livemode=call.livemode)
            obj["url"] = url
        obj["metadata"] = merged
        obj["enabled_events"] = params.texts("enabled_events") or obj["enabled_events"]
        if "description" in params:
            obj["description"] = params.text("description")
        if "disabled" in params:
            obj["status"] = "disabled" if params.boolean("disabled") else "enabled"
        return obj

    async def _retrieve(self, call: Call) -> Obj:
        return self._get(call)

    async def _list(self, call: Call) -> Obj:
        rows = self._state.newest("webhook_endpoint", livemode=call.livemode)
        return page(rows, call.params, "/v1/webhook_endpoints")

    async def _delete(self, call: Call) -> Obj:
        obj = self._get(call)
        self._state.remove(obj)
        return {"id": obj["id"], "object": "webhook_endpoint", "deleted": True}

    def _get(self, call: Call) -> Obj:
        return self._state.get("webhook_endpoint", call.path["id"], livemode=call.livemode)


def _check_url(url: str, *, livemode: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.", "url", "url_invalid")
    # The real test mode takes only public addresses; a sandbox sends to loopback.
    if livemode and parts.scheme != "https":
        raise invalid("Invalid URL: URL must be https in live mode.", "url", "url_invalid")
