"""Short ways to the things that the billing tests begin with."""

from __future__ import annotations

from typing import Any

import stripe

from sandbox.lengths import seconds
from tests.sandbox.conftest import Local

HOUR = 3600
DAY = 86400


async def a_month_passes(local: Local) -> None:
    """A calendar month and the two hours in which what renews is charged; no later attempt falls into it."""
    await local.clock.advance(seconds("1mo 2h", local.clock.now()))


async def a_price(local: Local, amount: int = 1000, **more: Any) -> stripe.Price:
    """A monthly price of $10, unless told otherwise."""
    params: dict[str, Any] = {
        "currency": "usd",
        "unit_amount": amount,
        "recurring": {"interval": "month"},
        "product_data": {"name": "Pro"},
        **more,
    }
    return await local.client.v1.prices.create_async(params)  # type: ignore[arg-type]  # built up from parts


async def a_customer(local: Local, card: str | None = "pm_card_visa", **more: Any) -> stripe.Customer:
    """A customer with an e-mail address and a default card."""
    params: dict[str, Any] = {"email": "ada@example.com", **more}
    if card is not None:
        params |= {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
    return await local.client.v1.customers.create_async(params)  # type: ignore[arg-type]  # built up from parts


async def a_subscription(
    local: Local, customer: stripe.Customer, price: stripe.Price | None = None, **more: Any
) -> stripe.Subscription:
    """A subscription of the customer to one price."""
    chosen = price or await a_price(local)
    params: dict[str, Any] = {"customer": customer.id, "items": [{"price": chosen.id}], **more}
    return await local.client.v1.subscriptions.create_async(params)  # type: ignore[arg-type]  # built up from parts


async def new_default_card(local: Local, customer: stripe.Customer, card: str) -> None:
    """Attach another card and make it the one that pays."""
    method = await local.client.v1.payment_methods.attach_async(card, {"customer": customer.id})
    settings: Any = {"invoice_settings": {"default_payment_method": method.id}}
    await local.client.v1.customers.update_async(customer.id, settings)


async def status_of(local: Local, subscription: stripe.Subscription) -> str:
    """What Stripe says now."""
    return (await local.client.v1.subscriptions.retrieve_async(subscription.id)).status


def happened(local: Local, *prefixes: str) -> list[str]:
    """The types of all events with these prefixes (all types without any), in the order they happened."""
    kinds = [event["type"] for event in reversed(list(local.sandbox.objects.newest("event")))]
    return [kind for kind in kinds if kind.startswith(prefixes or ("",))]


def times(local: Local, kind: str) -> list[int]:
    """When events of this type happened."""
    events = reversed(list(local.sandbox.objects.newest("event")))
    return [event["created"] for event in events if event["type"] == kind]
