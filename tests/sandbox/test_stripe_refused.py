"""What Stripe refuses: its status, code and parameter, as they were recorded at a real account."""

from __future__ import annotations

import re
from typing import Any

import pytest
import stripe

from tests.sandbox.billing import a_customer, a_month_passes, a_price, a_subscription
from tests.sandbox.conftest import Local


@pytest.mark.parametrize(
    ("more", "status", "param"),
    [
        ({"payment_behavior": "pending_if_incomplete"}, 400, "payment_behavior"),
        ({"trial_from_plan": True, "trial_end": 4_000_000_000}, 400, None),
        ({"trial_end": 1000}, 400, "trial_end"),
        ({"days_until_due": 5}, 400, None),
        ({"customer": "cus_none"}, 404, "customer"),
    ],
)
async def test_no_subscription_is_made_of_what_does_not_fit(
    local: Local, more: dict[str, Any], status: int, param: str | None
) -> None:
    customer, price, subscriptions = await a_customer(local), await a_price(local), local.client.v1.subscriptions
    params: Any = {"customer": customer.id, "items": [{"price": price.id}], **more}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await subscriptions.create_async(params)
    assert (refused.value.http_status, refused.value.param) == (status, param)
    assert not (await subscriptions.list_async({"customer": customer.id})).data


async def test_a_card_that_asks_for_authentication_makes_no_subscription_that_must_be_complete(local: Local) -> None:
    customer = await a_customer(local, "pm_card_threeDSecure2Required")
    assert (await a_subscription(local, customer)).status == "incomplete"
    with pytest.raises(stripe.CardError, match="requires additional user action") as refused:
        await a_subscription(local, customer, payment_behavior="error_if_incomplete")
    assert refused.value.code == "subscription_payment_intent_requires_action"


async def test_a_card_belongs_to_one_customer_who_is_there(local: Local) -> None:
    ada, ben, methods = await a_customer(local), await a_customer(local, None), local.client.v1.payment_methods
    [card] = (await methods.list_async({"customer": ada.id})).data
    with pytest.raises(stripe.InvalidRequestError) as foreign:
        await local.client.v1.customers.payment_methods.retrieve_async(ben.id, card.id)
    assert (foreign.value.http_status, foreign.value.param) == (404, "customer")
    await local.client.v1.customers.delete_async(ben.id)
    with pytest.raises(stripe.InvalidRequestError, match=f"No such customer: '{ben.id}'") as gone:
        await methods.attach_async("pm_card_visa", {"customer": ben.id})
    assert (gone.value.http_status, gone.value.code) == (400, "resource_missing")


@pytest.mark.parametrize("wish", [{"cancel_at_period_end": True}, {"cancel_at": 4_000_000_000}, {"cancel_at": ""}])
async def test_how_a_scheduled_subscription_ends_is_up_to_its_schedule(local: Local, wish: Any) -> None:
    subscription, v1 = await a_subscription(local, await a_customer(local)), local.client.v1
    schedule = await v1.subscription_schedules.create_async({"from_subscription": subscription.id})
    with pytest.raises(stripe.InvalidRequestError, match=f"managed by the subscription schedule `{schedule.id}`"):
        await v1.subscriptions.update_async(subscription.id, wish)
    await v1.subscription_schedules.release_async(schedule.id)
    await v1.subscriptions.update_async(subscription.id, wish)


@pytest.mark.parametrize("kept", [False, True])
async def test_a_schedule_that_cancels_says_when_on_its_subscription(local: Local, kept: bool) -> None:
    subscription, v1 = await a_subscription(local, await a_customer(local)), local.client.v1
    schedule = await v1.subscription_schedules.create_async({"from_subscription": subscription.id})
    await v1.subscription_schedules.update_async(schedule.id, {"end_behavior": "cancel"})
    end = schedule.phases[0].end_date
    assert (await v1.subscriptions.retrieve_async(subscription.id)).cancel_at == end
    await v1.subscription_schedules.release_async(schedule.id, {"preserve_cancel_date": kept})
    assert (await v1.subscriptions.retrieve_async(subscription.id)).cancel_at == (end if kept else None)


async def test_a_schedule_that_cancels_ends_its_subscription_with_its_last_phase(local: Local) -> None:
    subscription, v1 = await a_subscription(local, await a_customer(local)), local.client.v1
    schedule = await v1.subscription_schedules.create_async({"from_subscription": subscription.id})
    await v1.subscription_schedules.update_async(schedule.id, {"end_behavior": "cancel"})
    await a_month_passes(local)
    assert (await v1.subscriptions.retrieve_async(subscription.id)).status == "canceled"
    assert (await v1.subscription_schedules.retrieve_async(schedule.id)).status == "completed"


@pytest.mark.parametrize(
    ("service", "param", "message"),
    [
        ("coupons", "coupon", "No such coupon: 'none'"),
        ("tax_rates", "tax_rate", "No such tax rate: 'none'"),
        ("payment_intents", "intent", "No such payment_intent: 'none'"),
        ("balance_transactions", "id", "No such balance transaction: 'none'"),
        ("invoice_items", "id", "No such Invoice Item: 'none'(livemode=false)"),
    ],
)
async def test_what_does_not_exist_is_called_what_stripe_calls_it(
    local: Local, service: str, param: str, message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=re.escape(message)) as unknown:
        await getattr(local.client.v1, service).retrieve_async("none")
    assert (unknown.value.http_status, unknown.value.code) == (404, "resource_missing")
    assert unknown.value.param == param


async def test_a_charge_has_its_transfer_group_and_its_dispute_from_elsewhere(local: Local) -> None:
    await a_subscription(local, await a_customer(local))
    [charge] = (await local.client.v1.charges.list_async()).data
    with pytest.raises(stripe.InvalidRequestError, match=rf"created by a PaymentIntent \({charge.payment_intent}\)"):
        await local.client.v1.charges.update_async(charge.id, {"transfer_group": "a"})
    with pytest.raises(stripe.InvalidRequestError, match="No dispute for charge") as undisputed:
        await local.client.raw_request_async("get", f"/v1/charges/{charge.id}/dispute")
    assert (undisputed.value.http_status, undisputed.value.code) == (404, None)


@pytest.mark.parametrize("prefix", ["abc", "AB_1", "ABCDEFGHIJKLM", "TAKEN"])
async def test_the_prefix_of_a_customers_invoices_is_theirs_alone(local: Local, prefix: str) -> None:
    taken = await a_customer(local, None, invoice_prefix="TAKEN")
    with pytest.raises(stripe.InvalidRequestError, match=r"1–12 uppercase letters|taken by customer"):
        await a_customer(local, None, invoice_prefix=prefix)
    await local.client.v1.customers.update_async(taken.id, {"invoice_prefix": "TAKEN"})


async def test_what_no_version_knows_is_refused(local: Local) -> None:
    params: Any = {"invoice_settings": {"nope": "x"}}
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        await local.client.v1.customers.create_async(params)
    assert (unknown.value.code, unknown.value.param) == ("parameter_unknown", "invoice_settings[nope]")
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version: tomorrow"):
        await local.client.v1.customers.list_async({}, {"stripe_version": "tomorrow"})


async def test_no_subscription_has_a_price_twice(local: Local) -> None:
    customer, price = await a_customer(local), await a_price(local)
    with pytest.raises(stripe.InvalidRequestError, match=f"with the same Price: {price.id}"):
        await a_subscription(local, customer, items=[{"price": price.id}, {"price": price.id}])
