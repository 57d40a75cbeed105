"""The customer portal and the hosted invoice page, as a member uses them."""

import re
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import stripe

from tests.sandbox.conftest import Local
from tests.sandbox.shopping import ASKS, DAY, DECLINED, FAILS_LATER, MASTERCARD, VISA
from tests.sandbox.stripe_spec import everything, misfits

HOME = "http://127.0.0.1:9/back"
ALL: dict[str, Any] = {
    "customer_update": {"enabled": True, "allowed_updates": ["email"]},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
}


@dataclass
class Member:
    """Somebody with a monthly subscription, and a browser."""

    local: Local
    browser: aiohttp.ClientSession
    customer: str
    subscription: str

    async def now(self) -> stripe.Subscription:
        return await self.local.client.v1.subscriptions.retrieve_async(self.subscription)

    async def invoice(self, status: str) -> stripe.Invoice:
        """The newest invoice of this status."""
        params: Any = {"customer": self.customer, "status": status}
        found = await self.local.client.v1.invoices.list_async(params)
        return found.data[0]

    async def portal(self, **params: Any) -> str:
        wish: Any = {"customer": self.customer, "return_url": HOME, **params}
        return (await self.local.client.v1.billing_portal.sessions.create_async(wish)).url

    async def get(self, url: str) -> str:
        async with self.browser.get(url) as answer:
            return re.sub(r"\s+", " ", await answer.text())

    async def post(self, url: str, **fields: str) -> tuple[int, str]:
        async with self.browser.post(url, data=fields, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location") or re.sub(r"\s+", " ", await answer.text())


async def member(local: Local, browser: aiohttp.ClientSession, card: str = VISA, trial: int = 0) -> Member:
    customer = await local.client.v1.customers.create_async({"email": "ana@example.com"})
    data: dict[str, Any] = {"subscription_data": {"trial_period_days": trial}} if trial else {}
    item: Any = {
        "quantity": 1,
        "price_data": {
            "currency": "usd",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Pro"},
        },
    }
    wish: Any = {"mode": "subscription", "success_url": HOME, "customer": customer.id, "line_items": [item], **data}
    session = await local.client.v1.checkout.sessions.create_async(wish)
    assert (await local.sandbox.pay(session=session.id, card=card))["status"] == "paid"
    made = (await local.client.v1.checkout.sessions.retrieve_async(session.id)).subscription
    return Member(local, browser, customer.id, str(made))


async def configure(local: Local, **features: Any) -> str:
    wish: Any = {"features": {**ALL, **features}}
    return (await local.client.v1.billing_portal.configurations.create_async(wish)).id


# -- configurations ---------------------------------------------------------------------------------------


async def test_a_configuration_is_made_changed_and_listed(local: Local) -> None:
    configurations = local.client.v1.billing_portal.configurations
    key = await configure(local)
    changed = await configurations.update_async(
        key, {"features": {"subscription_cancel": {"enabled": True, "mode": "immediately"}}, "name": "Members"}
    )
    assert (changed.features.subscription_cancel.mode, changed.name) == ("immediately", "Members")
    assert changed.features.invoice_history.enabled
    assert (await configurations.retrieve_async(key)).features.payment_method_update.enabled
    assert [one.id for one in (await configurations.list_async()).data] == [key]
    assert (await configurations.list_async({"is_default": True})).data == []
    with pytest.raises(stripe.InvalidRequestError, match="features"):
        await configurations.create_async({})  # type: ignore[typeddict-item] # what is refused


async def test_a_session_needs_a_customer_that_is_there(local: Local) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        await local.client.v1.billing_portal.sessions.create_async({"customer": "cus_none"})


# -- the front page ---------------------------------------------------------------------------------------


async def test_the_portal_shows_subscriptions_card_and_invoices(local: Local, browser: aiohttp.ClientSession) -> None:
    ana = await member(local, browser)
    text = await ana.get(await ana.portal())
    for part in ("Pro", "$9.00 every month", "Visa •••• 4242", "ana@example.com", "paid", HOME):
        assert part in text


async def test_a_member_cancels_for_the_end_of_the_period_and_takes_it_back(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    ana = await member(local, browser)
    url = await ana.portal()
    assert "You keep it until" in await ana.get(f"{url}?flow=subscription_cancel&subscription={ana.subscription}")
    status, text = await ana.post(url, action="cancel", subscription=ana.subscription)
    assert (status, "is cancelled" in text) == (200, True)
    cancelling = await ana.now()
    assert (cancelling.status, cancelling.cancel_at) == ("active", cancelling["items"].data[0].current_period_end)
    assert cancelling.cancellation_details is not None
    assert cancelling.cancellation_details.reason == "cancellation_requested"
    _, text = await ana.post(url, action="resume", subscription=ana.subscription)
    assert "goes on" in text
    assert (await ana.now()).cancel_at is None
    await ana.post(url, action="cancel", subscription=ana.subscription)
    await local.clock.advance(32 * DAY)
    assert (await ana.now()).status == "canceled"


async def test_a_member_cancels_at_once_where_the_shop_says_so(local: Local, browser: aiohttp.ClientSession) -> None:
    ana = await member(local, browser)
    reasons = {"enabled": True, "options": ["too_expensive", "other"]}
    key = await configure(
        local, subscription_cancel={"enabled": True, "mode": "immediately", "cancellation_reason": reasons}
    )
    url = await ana.portal(configuration=key)
    text = await ana.get(f"{url}?flow=subscription_cancel&subscription={ana.subscription}")
    assert "It ends at once." in text
    assert "too expensive" in text
    await ana.post(url, action="cancel", subscription=ana.subscription, feedback="too_expensive")
    gone = await ana.now()
    assert gone.status == "canceled"
    assert gone.cancellation_details is not None
    assert gone.cancellation_details.feedback == "too_expensive"


async def test_what_the_configuration_does_not_allow_cannot_be_done(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    ana = await member(local, browser)
    off = {name: {"enabled": False} for name in ("subscription_cancel", "payment_method_update", "invoice_history")}
    url = await ana.portal(configuration=await configure(local, **off))
    for fields in ({"action": "cancel", "subscription": ana.subscription}, {"action": "card", "card": MASTERCARD}):
        _, text = await ana.post(url, **fields)
        assert "can&#39;t be done here" in text
    assert (await ana.now()).cancel_at is None


async def test_nobody_reaches_into_another_members_subscription(local: Local, browser: aiohttp.ClientSession) -> None:
    ana, bo = await member(local, browser), await member(local, browser)
    _, text = await ana.post(await ana.portal(), action="cancel", subscription=bo.subscription)
    assert "can&#39;t be done here" in text
    assert (await bo.now()).cancel_at is None


# -- cards ------------------------------------------------------------------------------------------------


async def test_a_new_card_pays_from_here_on_and_settles_what_is_open(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    ana = await member(local, browser, card=FAILS_LATER, trial=3)
    await local.clock.advance(3 * DAY + 2 * 3600)
    assert (await ana.now()).status == "past_due"
    url = await ana.portal()
    status, text = await ana.post(url, action="card", card=DECLINED)
    assert (status, "declined" in text) == (402, True)
    status, text = await ana.post(url, action="card", card=MASTERCARD)
    assert (status, "Mastercard •••• 4444" in text) == (200, True)
    customer = await local.client.v1.customers.retrieve_async(ana.customer)
    assert customer.invoice_settings is not None
    default = customer.invoice_settings.default_payment_method
    assert (await ana.now()).default_payment_method == default
    owed = await ana.invoice("open")
    _, text = await ana.post(url, action="pay", invoice=str(owed.id))
    assert "this invoice is paid" in text
    assert (await ana.now()).status == "active"
    await local.clock.advance(32 * DAY)
    assert (await ana.now()).status == "active"


async def test_a_new_card_may_have_to_be_authenticated(local: Local, browser: aiohttp.ClientSession) -> None:
    ana = await member(local, browser)
    url = await ana.portal()
    _, text = await ana.post(url, action="card", card=ASKS)
    assert "Your bank asks" in text
    status, _ = await ana.post(url, authentication="fail")
    assert status == 402
    await ana.post(url, action="card", card=ASKS)
    _, text = await ana.post(url, authentication="complete")
    assert "Your card was changed" in text
    await local.clock.advance(32 * DAY)
    assert (await ana.now()).status == "active"


# -- deep links -------------------------------------------------------------------------------------------


async def test_a_deep_link_leads_straight_to_cancelling_and_back_to_the_shop(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    ana = await member(local, browser)
    after = {"type": "redirect", "redirect": {"return_url": HOME + "?done"}}
    flow = {
        "type": "subscription_cancel",
        "subscription_cancel": {"subscription": ana.subscription},
        "after_completion": after,
    }
    url = await ana.portal(flow_data=flow)
    assert "You keep it until" in await ana.get(url)
    assert await ana.post(url, action="cancel", subscription=ana.subscription) == (303, HOME + "?done")


async def test_a_deep_link_to_the_card(local: Local, browser: aiohttp.ClientSession) -> None:
    ana = await member(local, browser)
    done = {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "See you!"}}
    url = await ana.portal(flow_data={"type": "payment_method_update", "after_completion": done})
    assert "Change your card" in await ana.get(url)
    _, text = await ana.post(url, card=MASTERCARD)
    assert "See you!" in text


async def test_a_member_changes_the_plan(local: Local, browser: aiohttp.ClientSession) -> None:
    ana = await member(local, browser)
    bigger = await local.client.v1.prices.create_async(
        {
            "currency": "usd",
            "unit_amount": 2000,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Gold"},
        }
    )
    offer = {
        "enabled": True,
        "default_allowed_updates": ["price"],
        "proration_behavior": "always_invoice",
        "products": [{"product": str(bigger.product), "prices": [bigger.id]}],
    }
    flow = {"type": "subscription_update", "subscription_update": {"subscription": ana.subscription}}
    key = await configure(local, subscription_update=offer)
    url = await ana.portal(configuration=key, flow_data=flow)
    assert "Gold: $20.00 every month" in await ana.get(url)
    _, text = await ana.post(url, action="update", subscription=ana.subscription, price="price_of_another")
    assert "not on offer" in text
    _, text = await ana.post(url, action="update", subscription=ana.subscription, price=bigger.id)
    assert "plan was changed" in text
    assert (await ana.now())["items"].data[0].price.id == bigger.id
    assert (await ana.invoice("paid")).amount_paid == 1100


async def test_a_deep_link_must_be_allowed_and_fit(local: Local, browser: aiohttp.ClientSession) -> None:
    ana, bo = await member(local, browser), await member(local, browser)
    flow: dict[str, Any] = {"type": "subscription_update", "subscription_update": {"subscription": ana.subscription}}
    with pytest.raises(stripe.InvalidRequestError, match="not enabled"):
        await ana.portal(flow_data=flow)
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": bo.subscription}}
    with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
        await ana.portal(flow_data=flow)


# -- the hosted invoice page ------------------------------------------------------------------------------


async def test_a_failed_renewal_is_paid_on_the_invoices_page(local: Local, browser: aiohttp.ClientSession) -> None:
    ana = await member(local, browser, card=FAILS_LATER, trial=3)
    await local.clock.advance(3 * DAY + 2 * 3600)
    owed = await ana.invoice("open")
    url = str(owed.hosted_invoice_url)
    assert "$9.00" in await ana.get(url)
    status, text = await ana.post(url, action="pay", card=DECLINED)
    assert (status, "declined" in text) == (402, True)
    status, text = await ana.post(url, action="pay", card=VISA)
    assert (status, "this invoice is paid" in text) == (200, True)
    assert (await ana.now()).status == "active"
    assert "Paid on" in await ana.get(url)
    status, text = await ana.post(url, action="pay", card=VISA)
    assert (status, "can&#39;t be paid" in text) == (402, True)
    await local.clock.advance(32 * DAY)
    assert (await ana.now()).status == "active"


async def test_an_invoice_that_was_sent_is_paid_with_authentication(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    client = local.client.v1
    customer = await client.customers.create_async({"email": "ana@example.com"})
    draft = await client.invoices.create_async(
        {"customer": customer.id, "collection_method": "send_invoice", "days_until_due": 7, "description": "Thanks!"}
    )
    invoice_id = str(draft.id)
    await client.invoice_items.create_async(
        {
            "customer": customer.id,
            "invoice": invoice_id,
            "amount": 500,
            "currency": "usd",
            "description": "Coaching (1 h)",
        }
    )
    sent = await client.invoices.send_invoice_async(invoice_id)
    url = str(sent.hosted_invoice_url)
    ana = Member(local, browser, customer.id, "")
    text = await ana.get(url)
    assert "Coaching (1 h)" in text
    assert "Thanks!" in text
    _, text = await ana.post(url, action="pay", card=ASKS)
    assert "Your bank asks" in text
    status, _ = await ana.post(url, authentication="fail")
    assert status == 402
    await ana.post(url, action="pay", card=ASKS)
    [waiting] = (await client.payment_intents.list_async({"customer": customer.id})).data
    assert waiting.next_action is not None
    assert waiting.next_action.redirect_to_url is not None
    assert "Coaching" in await ana.get(str(waiting.next_action.redirect_to_url.url))
    await ana.post(url, authentication="complete")
    [charge] = (await client.charges.list_async({"customer": customer.id})).data
    assert "$5.00 were paid" in await ana.get(str(charge.receipt_url))
    assert (await client.invoices.retrieve_async(invoice_id)).status == "paid"
    async with browser.get(str(sent.invoice_pdf)) as answer:
        body = await answer.read()
    assert answer.content_type == "application/pdf"
    assert body.startswith(b"%PDF-1.4")
    assert body.rstrip().endswith(b"%%EOF")
    assert int(body.split(b"startxref\n")[1].split()[0]) == body.index(b"xref\n0 ")
    assert rb"Coaching \(1 h\): $5.00" in body


async def test_pages_that_are_not_there_say_so(local: Local, browser: aiohttp.ClientSession) -> None:
    for path in ("/portal/bps_none", "/invoice/in_none", "/invoice/in_none/pdf", "/checkout/cs_none", "/receipts/ch_1"):
        async with browser.get(local.url + path) as answer:
            assert answer.status == 404
            assert "Nothing here" in await answer.text()


async def test_the_control_pays_an_invoice(local: Local, browser: aiohttp.ClientSession) -> None:
    ana = await member(local, browser, card=FAILS_LATER, trial=3)
    await local.clock.advance(3 * DAY + 2 * 3600)
    owed = str((await ana.invoice("open")).id)
    assert (await local.sandbox.pay(invoice=owed, card=DECLINED))["status"] == "failed"
    assert (await local.sandbox.pay(invoice=owed, card=ASKS))["status"] == "requires_action"
    assert (await local.sandbox.pay(invoice=owed, card="complete"))["status"] == "paid"
    assert (await local.sandbox.refund(subscription=ana.subscription))["amount"] == 900
    with pytest.raises(Exception, match="No such invoice"):
        await local.sandbox.pay(invoice="in_none", card=VISA)


async def test_the_portals_objects_fit_the_specification(local: Local, browser: aiohttp.ClientSession) -> None:
    ana = await member(local, browser)
    products = [{"product": "prod_1", "prices": ["price_1"], "adjustable_quantity": {"enabled": True, "minimum": 1}}]
    key = await configure(local, subscription_update={"enabled": True, "products": products})
    cancel = {"type": "subscription_cancel", "subscription_cancel": {"subscription": ana.subscription}}
    for flow in ({"type": "payment_method_update"}, cancel):
        url = await ana.portal(configuration=key, flow_data=flow)
    await ana.portal()
    await ana.post(url, action="card", card=MASTERCARD)
    await ana.post(url, action="cancel", subscription=ana.subscription)
    assert misfits(everything(local.sandbox.state())) == []
