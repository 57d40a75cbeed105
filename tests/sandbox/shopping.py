"""What tests of the hosted pages share: cards, a shop's session, a person who fills in its form."""

import re
from typing import Any

import aiohttp
import stripe

from tests.sandbox.conftest import Local

VISA, DECLINED, POOR, FAILS_LATER, ASKS = (
    "4242 4242 4242 4242",
    "4000 0000 0000 0002",
    "4000 0000 0000 9995",
    "4000 0000 0000 0341",
    "4000 0025 0000 3155",
)
DONE = "http://127.0.0.1:9/done?session={CHECKOUT_SESSION_ID}"
DAY = 86_400
MASTERCARD = "5555 5555 5555 4444"


async def price(local: Local, amount: int = 900, **recurring: Any) -> str:
    more: dict[str, Any] = {"recurring": recurring} if recurring else {}
    wish: Any = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Pro"}, **more}
    return (await local.client.v1.prices.create_async(wish)).id


async def session_of(local: Local, **params: Any) -> stripe.checkout.Session:
    """A one-time session, unless told otherwise."""
    lines = [{"price": params.pop("price"), "quantity": 1}] if "price" in params else params.pop("line_items", None)
    wish: Any = {"mode": "payment", "success_url": DONE, "cancel_url": "http://127.0.0.1:9/no", **params}
    if lines:
        wish["line_items"] = lines
    return await local.client.v1.checkout.sessions.create_async(wish)


async def submit(browser: aiohttp.ClientSession, session: stripe.checkout.Session, **fields: str) -> tuple[int, str]:
    """Fill the form and press a button; the status and, for a redirect, where it leads, else the page's text."""
    assert session.url is not None
    data = {"action": "pay"} | fields
    async with browser.post(session.url, data=data, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location") or re.sub(r"\s+", " ", await answer.text())


async def again(local: Local, session: stripe.checkout.Session, *expand: str) -> stripe.checkout.Session:
    return await local.client.v1.checkout.sessions.retrieve_async(session.id, {"expand": list(expand)})


async def types(local: Local) -> list[str]:
    """The types of all events, oldest first."""
    events = await local.client.v1.events.list_async({"limit": 100})
    return [event.type for event in reversed(events.data)]
