"""Payment links: made and changed by the API, and what comes of following one."""

from typing import Any

import aiohttp
import pytest
import stripe

from tests.sandbox.billing import a_price
from tests.sandbox.conftest import Local
from tests.sandbox.stripe_spec import everything, misfits

GOOD = "4242424242424242"


async def link_of(local: Local, price: stripe.Price, params: Any) -> stripe.PaymentLink:
    wish: Any = {"line_items": [{"price": price.id, "quantity": 1}], **params}
    return await local.client.v1.payment_links.create_async(wish)


async def a_link(local: Local, **params: Any) -> stripe.PaymentLink:
    return await link_of(local, await a_price(local), params)


async def once(local: Local) -> stripe.Price:
    return await local.client.v1.prices.create_async(
        {"currency": "usd", "unit_amount": 900, "product_data": {"name": "Book"}}
    )


async def test_a_link_is_made_found_and_switched_off(local: Local) -> None:
    links = local.client.v1.payment_links
    link, other = await a_link(local, metadata={"from": "poster"}), await a_link(local)
    assert (link.active, link.currency, link.customer_creation) == (True, "usd", "always")
    (line,) = (await links.line_items.list_async(link.id)).data
    assert line.quantity == 1
    assert (await links.retrieve_async(link.id, {"expand": ["line_items"]})).line_items is not None
    await links.update_async(other.id, {"active": False, "inactive_message": "Over."})
    assert [one.id for one in (await links.list_async({"active": True})).data] == [link.id]
    async with aiohttp.ClientSession() as session, session.get(other.url) as answer:
        assert (answer.status, "Over." in await answer.text()) == (410, True)
    with pytest.raises(stripe.InvalidRequestError, match="line_items"):
        await links.create_async({})  # type: ignore[typeddict-item]  # the refusal is the point
    assert misfits(everything(local.sandbox.state())) == []


async def test_who_follows_it_has_a_session_that_names_it_and_is_a_customer(local: Local) -> None:
    link = await a_link(local, metadata={"from": "poster"}, subscription_data={"metadata": {"seat": "4"}})
    async with aiohttp.ClientSession() as session, session.get(link.url) as answer:
        assert "/checkout/cs_test_" in str(answer.url)
    assert (await local.sandbox.pay(link=link.id, card=GOOD, email="mia@example.org"))["status"] == "paid"
    paid, visited = (await local.client.v1.checkout.sessions.list_async({"payment_link": link.id})).data
    assert (paid.status, visited.status) == ("complete", "open")
    assert (paid.payment_link, paid.success_url) == (link.id, None)
    (subscription,) = (await local.client.v1.subscriptions.list_async()).data
    assert paid.metadata is not None
    assert paid.metadata["from"] == "poster"
    assert subscription.metadata["seat"] == "4"
    assert (await local.client.v1.customers.retrieve_async(str(paid.customer))).email == "mia@example.org"
    told = [event.type for event in (await local.client.v1.events.list_async({"limit": 100})).data]
    assert {"payment_link.created", "checkout.session.completed", "customer.subscription.created"} <= set(told)
    assert misfits(everything(local.sandbox.state())) == []


@pytest.mark.parametrize(
    ("params", "known"),
    [({}, False), ({"customer_creation": "always"}, True), ({"customer_creation": "if_required"}, False)],
)
async def test_who_pays_once_is_a_customer_if_the_link_says_so(local: Local, params: Any, known: bool) -> None:
    link = await link_of(local, await once(local), params)
    await local.sandbox.pay(link=link.id, card=GOOD)
    (paid,) = (await local.client.v1.checkout.sessions.list_async()).data
    assert (paid.mode, paid.customer is not None) == ("payment", known)
