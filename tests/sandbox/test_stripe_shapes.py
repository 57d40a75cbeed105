"""Every object that the sandbox's Stripe makes has the shape of the published specification."""

from __future__ import annotations

from tests.sandbox.billing import DAY, a_customer, a_price, a_subscription, new_default_card
from tests.sandbox.conftest import Local
from tests.sandbox.stripe_spec import everything, misfits
from tests.sandbox.test_stripe_wire import raw


async def test_a_full_life_leaves_only_objects_of_stripes_shapes(local: Local) -> None:
    v1 = local.client.v1
    vat = await v1.tax_rates.create_async({"display_name": "VAT", "percentage": 19, "inclusive": True})
    coupon = await v1.coupons.create_async({"amount_off": 100, "currency": "usd", "duration": "forever"})
    code = await v1.promotion_codes.create_async({"promotion": {"type": "coupon", "coupon": coupon.id}})
    customer = await a_customer(local)
    monthly, daily = await a_price(local), await a_price(local, 3000)
    subscription = await a_subscription(
        local, customer, monthly, discounts=[{"promotion_code": code.id}], default_tax_rates=[vat.id]
    )
    await local.clock.advance(10 * DAY)
    await v1.subscriptions.update_async(
        subscription.id, {"items": [{"id": subscription["items"]["data"][0].id, "price": daily.id}]}
    )
    schedule = await v1.subscription_schedules.create_async({"from_subscription": subscription.id})
    await v1.subscription_schedules.release_async(schedule.id)
    await a_subscription(local, await a_customer(local, None), trial_period_days=5)
    sent = await a_customer(local, None)
    await a_subscription(local, sent, collection_method="send_invoice", days_until_due=3)
    await local.clock.advance(30 * DAY)
    await new_default_card(local, customer, "pm_card_authenticationRequiredOnSetup")
    await v1.invoices.create_preview_async({"customer": customer.id, "subscription": subscription.id})
    await local.clock.advance(60 * DAY)
    await v1.customers.delete_async(sent.id)
    objects = everything(local.sandbox.state())
    kinds = {obj["object"] for obj in objects}
    assert kinds >= {"invoiceitem", "subscription_schedule", "promotion_code", "balance_transaction", "event"}
    assert misfits(objects) == []


async def test_what_is_answered_but_not_kept_has_stripes_shapes_too(local: Local) -> None:
    customer = await a_customer(local)
    price = await a_price(local)
    subscription = await a_subscription(local, customer, price)
    preview = f"customer={customer.id}&subscription_details[items][0][price]={price.id}"
    expand = "expand[]=latest_invoice.payments&expand[]=customer&expand[]=latest_invoice.confirmation_secret"
    answers = [
        await raw(local, "GET", "/v1/account"),
        await raw(local, "POST", "/v1/invoices/create_preview", preview),
        await raw(local, "POST", "/v1/invoices/create_preview", f"subscription={subscription.id}"),
        await raw(local, "GET", f"/v1/subscriptions/{subscription.id}?{expand}"),
        await raw(local, "GET", "/v1/invoices?expand[]=data.payments.data.payment.payment_intent"),
    ]
    assert [status for status, _, _ in answers] == [200, 200, 200, 200, 400]
    assert misfits([body for _, body, _ in answers[:4]]) == []


async def test_refusals_have_the_shape_of_stripes_errors(local: Local) -> None:
    customer = await a_customer(local, "pm_card_chargeCustomerFail")
    price = await a_price(local)
    subscription = await a_subscription(local, customer, price)
    refused = [
        await raw(local, "POST", f"/v1/invoices/{subscription.latest_invoice}/pay"),
        await raw(local, "GET", "/v1/invoices/in_none"),
        await raw(local, "POST", "/v1/customers", "balance=much"),
    ]
    assert [status for status, _, _ in refused] == [402, 404, 400]
    for _, body, _ in refused:
        assert misfits([body | {"object": "error"}]) == ["error.object: not in the schema"]
