"""A sandbox that runs for long lets go of what nobody can ask for any more."""

from __future__ import annotations

import asyncio

from sandbox.stripe.delivery import DeliveryState
from sandbox.stripe.events import EVENTS_MAX, FORGET_EVERY
from tests.sandbox.billing import DAY, a_customer, a_price, a_subscription
from tests.sandbox.conftest import Local

NOBODY = "http://127.0.0.1:9/webhooks/stripe"


async def daily_renewals(local: Local, days: int) -> None:
    price = await a_price(local, recurring={"interval": "day"})
    await a_subscription(local, await a_customer(local), price)
    await local.clock.advance(days * DAY)


async def test_events_go_after_thirty_days_and_their_deliveries_with_them(local: Local) -> None:
    local.sandbox.webhook_endpoints.register(url=NOBODY, secrets=["whsec_x"])
    await daily_renewals(local, 120)
    await local.sandbox.settled()
    events = list(local.sandbox.objects.by_kind["event"].values())
    assert local.sandbox.events._emitted > 1_000
    monthly = sum(event["created"] > local.clock.now() - 30 * DAY for event in events)
    assert len(events) <= monthly + FORGET_EVERY
    assert {one["event"] for one in local.sandbox.deliveries.state()} == {event["id"] for event in events}
    assert len(local.sandbox.objects.by_kind["invoice"]) == 121, "what was billed stays"


async def test_a_forgotten_event_is_not_sent_any_more(local: Local) -> None:
    local.sandbox.webhook_endpoints.register(url=NOBODY, secrets=["whsec_x"])
    local.sandbox.webhook_control(hold=True)
    await a_customer(local)
    (delivery,) = [d for d in local.sandbox.deliveries._all() if d.type == "customer.created"]
    local.sandbox.deliveries.forget(delivery.event_id)
    local.sandbox.webhook_control(release=True)
    await local.sandbox.settled()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, [])


async def test_of_very_many_events_the_oldest_are_forgotten(local: Local) -> None:
    customer = await a_customer(local)
    first = next(iter(local.sandbox.objects.by_kind["event"]))
    shape = dict(local.sandbox.objects.by_id[customer.id])
    for n in range(EVENTS_MAX + FORGET_EVERY):
        local.sandbox.events.emit("customer.updated", shape)
        if n % 1_000 == 0:
            await asyncio.sleep(0)
    kept = local.sandbox.objects.by_kind["event"]
    assert len(kept) <= EVENTS_MAX + FORGET_EVERY
    assert first not in kept
