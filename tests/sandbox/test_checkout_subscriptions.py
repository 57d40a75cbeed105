"""Subscriptions begun in Checkout."""

from typing import Any

import aiohttp
import pytest
import stripe

from tests.sandbox.conftest import Local
from tests.sandbox.shopping import ASKS, DAY, DECLINED, FAILS_LATER, POOR, VISA, again, price, session_of, submit, types
from tests.sandbox.stripe_spec import everything, misfits


async def bought(local: Local, session: stripe.checkout.Session) -> stripe.Subscription:
    """The subscription that a session made, its newest invoice with it."""
    key = (await again(local, session)).subscription
    assert isinstance(key, str)
    return await local.client.v1.subscriptions.retrieve_async(key, {"expand": ["latest_invoice.payments"]})


async def test_a_person_subscribes(local: Local, browser: aiohttp.ClientSession) -> None:
    customer = await local.client.v1.customers.create_async({"email": "ana@example.com"})
    session = await session_of(
        local,
        mode="subscription",
        price=await price(local, interval="month"),
        customer=customer.id,
        subscription_data={"metadata": {"purchase": "7"}, "description": "Pro membership"},
    )
    async with browser.get(str(session.url)) as answer:
        assert "$9.00 every month" in await answer.text()
    status, _ = await submit(browser, session, card=VISA)
    assert status == 303
    subscription = await bought(local, session)
    assert (subscription.status, subscription.customer, subscription.description) == (
        "active",
        customer.id,
        "Pro membership",
    )
    assert subscription.metadata["purchase"] == "7"
    assert subscription.default_payment_method is not None
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 900, "subscription_create")
    assert (await again(local, session)).invoice == invoice.id
    assert invoice.payments is not None
    assert [payment.status for payment in invoice.payments.data] == ["paid"]
    found = await local.client.v1.checkout.sessions.list_async({"subscription": subscription.id})
    assert [one.id for one in found.data] == [session.id]
    told = await types(local)
    wanted = ["payment_method.attached", "customer.subscription.created", "invoice.created", "invoice.paid"]
    assert [kind for kind in told if kind in wanted] == wanted
    assert told[-1] == "checkout.session.completed"


async def test_a_checkout_that_failed_leaves_no_subscription_behind(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    session = await session_of(local, mode="subscription", price=await price(local, interval="month"))
    for card in (DECLINED, POOR, FAILS_LATER):
        status, _ = await submit(browser, session, email="ana@example.com", card=card)
        assert status == 402
    await submit(browser, session, email="ana@example.com", card=ASKS)
    await submit(browser, session, authentication="fail")
    await local.clock.advance(2 * DAY)
    assert (await local.client.v1.subscriptions.list_async({"status": "all"})).data == []
    assert (await local.client.v1.invoices.list_async()).data == []
    assert (await local.client.v1.customers.list_async()).data == []


async def test_a_bank_asks_before_a_subscription_begins(local: Local, browser: aiohttp.ClientSession) -> None:
    session = await session_of(local, mode="subscription", price=await price(local, interval="month"))
    await submit(browser, session, email="ana@example.com", card=ASKS)
    status, _ = await submit(browser, session, authentication="complete")
    assert status == 303
    subscription = await bought(local, session)
    assert subscription.status == "active"
    await local.clock.advance(32 * DAY)
    assert len((await local.client.v1.invoices.list_async({"status": "paid"})).data) == 2


async def test_a_trial_takes_a_card_and_charges_it_when_it_ends(local: Local, browser: aiohttp.ClientSession) -> None:
    session = await session_of(
        local,
        mode="subscription",
        price=await price(local, interval="month"),
        subscription_data={"trial_period_days": 7},
    )
    assert (session.amount_total, session.payment_method_collection) == (0, "always")
    status, text = await submit(browser, session, email="ana@example.com")
    assert (status, "card number is missing" in text) == (402, True)
    assert "7 days free, then $9.00 every month" in text
    await submit(browser, session, email="ana@example.com", card=FAILS_LATER)
    assert (await again(local, session)).payment_status == "no_payment_required"
    assert (await bought(local, session)).status == "trialing"
    await local.clock.advance(7 * DAY + 3 * 3600)
    assert (await bought(local, session)).status == "past_due"


async def test_a_trial_without_a_card_ends_as_its_settings_say(local: Local, browser: aiohttp.ClientSession) -> None:
    session = await session_of(
        local,
        mode="subscription",
        price=await price(local, interval="month"),
        payment_method_collection="if_required",
        subscription_data={
            "trial_period_days": 3,
            "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
        },
    )
    await submit(browser, session, email="ana@example.com")
    subscription = await bought(local, session)
    assert (subscription.status, subscription.default_payment_method) == ("trialing", None)
    assert subscription.pending_setup_intent is not None
    await local.clock.advance(4 * DAY)
    assert (await bought(local, session)).status == "canceled"


async def test_a_subscription_of_inline_prices_with_a_setup_fee_tax_and_code(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    rate = await local.client.v1.tax_rates.create_async({"display_name": "VAT", "percentage": 20, "inclusive": False})
    coupon = await local.client.v1.coupons.create_async({"percent_off": 50, "duration": "forever"})
    promotion: Any = {"type": "coupon", "coupon": coupon.id}
    await local.client.v1.promotion_codes.create_async({"promotion": promotion, "code": "HALF"})
    monthly = {"currency": "eur", "unit_amount": 1000, "recurring": {"interval": "month"}}
    fee = {"currency": "eur", "unit_amount": 500}
    lines = [
        {"quantity": 2, "price_data": {**monthly, "product_data": {"name": "Pro"}}},
        {"quantity": 1, "price_data": {**fee, "product_data": {"name": "Set-up"}}},
    ]
    session = await session_of(
        local,
        mode="subscription",
        line_items=lines,
        allow_promotion_codes=True,
        subscription_data={"default_tax_rates": [rate.id]},
    )
    await submit(browser, session, email="ana@example.com", card=VISA, promotion_code="half")
    paid = await again(local, session, "line_items")
    subscription = await bought(local, session)
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (paid.amount_total, invoice.amount_paid, invoice.currency) == (1500, 1500, "eur")
    assert paid.line_items is not None
    first = paid.line_items.data[0].price
    assert first is not None
    assert subscription["items"].data[0].price.id == first.id
    assert (await local.client.v1.coupons.retrieve_async(coupon.id)).times_redeemed == 1
    with pytest.raises(stripe.InvalidRequestError, match="cannot combine currencies"):
        await session_of(
            local, mode="subscription", price=await price(local, interval="month"), customer=str(paid.customer)
        )


async def test_the_objects_of_a_subscription_checkout_fit_the_specification(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    session = await session_of(
        local,
        mode="subscription",
        price=await price(local, interval="month"),
        subscription_data={"trial_period_days": 3},
    )
    await submit(browser, session, email="ana@example.com", card=VISA)
    await local.clock.advance(40 * DAY)
    assert misfits(everything(local.sandbox.state())) == []
