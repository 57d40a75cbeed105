"""A local Stripe: the account, its objects and its billing, spoken over Stripe's own wire protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.clock import Clock
from sandbox.stripe.delivery import WebhookSender
from sandbox.stripe.disputes import Disputes
from sandbox.stripe.events import Events
from sandbox.stripe.http import Api
from sandbox.stripe.portal import Portal
from sandbox.stripe.refunds import Refunds, paid_charge
from sandbox.stripe.store import Obj, State
from sandbox.stripe.webhook_endpoints import WebhookEndpoints


class StripeSandbox:
    """One Stripe account in memory, test and live mode kept apart. `base_url()` is where its pages are reached."""

    def __init__(self, clock: Clock, base_url: Callable[[], str]) -> None:
        self.clock = clock
        self.base_url = base_url
        self.objects = State()
        self.api = Api(self.objects, clock)
        self.events = Events(self.objects, clock, self.api)
        self.webhook_endpoints = WebhookEndpoints(self.objects, clock, self.api)
        self.deliveries = WebhookSender(clock, self.webhook_endpoints.enabled, self.events.delivered)
        self.events.listeners.append(self.deliveries.publish)
        self.refunds = Refunds(self.objects, clock, self.api, self.events)
        self.disputes = Disputes(self.objects, clock, self.api, self.events)
        self.portal = Portal(self.objects, clock, self.api, self.events, base_url)

    def routes(self) -> list[web.RouteDef]:
        """Every route: `/v1`, `/v2` and the hosted pages."""
        return [*self.api.routes()]

    async def settled(self) -> None:
        """Return once every webhook delivery that can be made now has been attempted."""
        await self.deliveries.settled()

    async def close(self) -> None:
        """Stop what runs in the background."""
        await self.deliveries.close()

    def state(self) -> dict[str, Any]:
        """Every object by kind, the deliveries, and what is done to them: for `GET /sandbox/state`."""
        objects = {kind: list(found.values()) for kind, found in self.objects.by_kind.items()}
        return {**objects, "deliveries": self.deliveries.state(), "webhook_control": self.deliveries.standing()}

    # -- what the control plays ---------------------------------------------------------------------
    async def refund(self, *, amount: int | None = None, status: str = "succeeded", **which: str | None) -> Obj:
        """Give money back for a paid thing, named by `charge`, `payment_intent`, `invoice` or `subscription`.

        With `status="failed"` the bank sends it back afterwards. Raises StripeError.
        """
        refund = self.refunds.refund(paid_charge(self.objects, **which), amount)
        return self.refunds.fail(refund) if status == "failed" else refund

    async def dispute(
        self, *, status: str = "open", amount: int | None = None, reason: str = "fraudulent", **which: str | None
    ) -> Obj:
        """A bank acts on the charge that paid a thing: `open`, `inquiry`, `won`, `lost` or `closed`."""
        charge = paid_charge(self.objects, **which)
        return self.disputes.happen(charge, status, reason=reason, amount=amount)

    def webhook_control(
        self,
        *,
        duplicate: int | bool | None = None,
        shuffle: int | bool | None = None,
        drop: int | bool | None = None,
        hold: bool | None = None,
        release: int | bool | None = None,
    ) -> dict[str, Any]:
        """See `WebhookSender.control`."""
        return self.deliveries.control(duplicate=duplicate, shuffle=shuffle, drop=drop, hold=hold, release=release)
