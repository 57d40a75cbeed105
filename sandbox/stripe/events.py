"""Events: what happened, with the object as it was at that moment."""

from __future__ import annotations

import copy
from collections.abc import Callable

from sandbox.clock import Clock
from sandbox.stripe.http import Api, Call, current_call
from sandbox.stripe.lists import page
from sandbox.stripe.store import API_VERSION, Obj, State

RETENTION_SECONDS = 30 * 86400
EVENTS_MAX = 20_000
"""Of more, the oldest are forgotten before their time, so that a sandbox can run for long."""
FORGET_EVERY = 500

# Told of each event; answers how many endpoints it goes to.
Listener = Callable[[Obj], int]


def difference(before: Obj, after: Obj) -> Obj:
    """`previous_attributes`: the old values of what changed; in nested objects only the changed keys, lists whole."""
    changed: Obj = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            changed[key] = difference(old, new)
        else:
            changed[key] = copy.deepcopy(old)
    return changed


class Events:
    """Makes events, keeps them for `GET /v1/events`, and hands each to the listeners (the delivery)."""

    def __init__(self, state: State, clock: Clock, api: Api) -> None:
        self._state = state
        self._clock = clock
        self.listeners: list[Listener] = []
        self.forgotten: list[Callable[[str], None]] = []
        self._emitted = 0
        api.route("GET", "/v1/events", self._list)
        api.route("GET", "/v1/events/{id}", self._retrieve)

    def emit(self, kind: str, obj: Obj, *, before: Obj | None = None, livemode: bool | None = None) -> Obj:
        """Record that `kind` happened to `obj`; `before` is a copy of it from before the change, for `*.updated`.

        The event holds a copy. `livemode` is needed only for objects whose shape has none outside of a request.
        """
        call = current_call.get()
        mode = livemode if livemode is not None else self._state.mode_of(obj)
        data: Obj = {"object": copy.deepcopy(obj)}
        if before is not None:
            data["previous_attributes"] = difference(before, obj)
        event: Obj = {
            "id": self._state.new_id("event"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(self._clock.now()),
            "data": data,
            "livemode": mode,
            "pending_webhooks": 0,
            "request": {
                "id": call.request_id if call is not None else None,
                "idempotency_key": call.idempotency_key if call is not None else None,
            },
            "type": kind,
        }
        self._state.put(event)
        event["pending_webhooks"] = sum(listener(event) for listener in self.listeners)
        self._emitted += 1
        if self._emitted % FORGET_EVERY == 0:
            self._forget()
        return event

    def _forget(self) -> None:
        """Let go of events that Stripe would not list any more, and of the oldest when there are very many."""
        events, since = self._state.by_kind["event"], self._clock.now() - RETENTION_SECONDS
        too_many = len(events) - EVENTS_MAX
        old = [e for n, e in enumerate(events.values()) if n < too_many or e["created"] < since]
        for event in old:
            self._state.remove(event)
            for forget in self.forgotten:
                forget(event["id"])

    def updated(self, kind: str, obj: Obj, before: Obj) -> None:
        """`emit`, but only if something really changed."""
        if before != obj:
            self.emit(kind, obj, before=before)

    def delivered(self, event_id: str) -> None:
        """One endpoint has taken the event: one fewer is pending."""
        event = self._state.find("event", event_id)
        if event is not None:
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)

    async def _retrieve(self, call: Call) -> Obj:
        return self._state.get("event", call.path["id"], livemode=call.livemode)

    async def _list(self, call: Call) -> Obj:
        since = self._clock.now() - RETENTION_SECONDS
        wanted = set(call.params.texts("types"))
        one = call.params.text("type")
        success = call.params.boolean("delivery_success") if "delivery_success" in call.params else None

        def fits(event: Obj) -> bool:
            return (
                event["created"] >= since
                and (not wanted or event["type"] in wanted)
                and (one is None or _matches(one, event["type"]))
                and (success is None or (event["pending_webhooks"] == 0) is success)
            )

        listed = self._state.behind("event", call.params.text("starting_after"), livemode=call.livemode)
        return page(filter(fits, listed), call.params, "/v1/events", begun=True)


def _matches(pattern: str, kind: str) -> bool:
    """`type` may end in `.*` (`customer.subscription.*`)."""
    return kind.startswith(pattern[:-1]) if pattern.endswith(".*") else kind == pattern
