"""A local Stripe: the account, its objects and its billing, spoken over Stripe's own wire protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.clock import Clock
from sandbox.stripe.events import Events
from sandbox.stripe.http import Api
from sandbox.stripe.store import State


class StripeSandbox:
    """One Stripe account in memory, test and live mode kept apart. `base_url()` is where its pages are reached."""

    def __init__(self, clock: Clock, base_url: Callable[[], str]) -> None:
        self.clock = clock
        self.base_url = base_url
        self.objects = State()
        self.api = Api(self.objects, clock)
        self.events = Events(self.objects, clock, self.api)

    def routes(self) -> list[web.RouteDef]:
        """Every route: `/v1`, `/v2` and the hosted pages."""
        return [*self.api.routes()]

    async def settled(self) -> None:
        """Return once every webhook delivery that can be made now has been attempted."""

    async def close(self) -> None:
        """Stop what runs in the background."""

    def state(self) -> dict[str, Any]:
        """Every object by kind, for `GET /sandbox/state`."""
        return {kind: list(objects.values()) for kind, objects in self.objects.by_kind.items()}
