"""Fields of objects that were recorded at a real Stripe account, and the events that carry them."""

from __future__ import annotations

from typing import Any

from tests.sandbox.billing import a_customer, a_price, a_subscription
from tests.sandbox.conftest import Local


async def test_a_card_is_checked_when_it_is_saved_and_its_changes_are_told(local: Local) -> None:
    v1 = local.client.v1
    card: Any = await v1.payment_methods.create_async({"type": "card", "card": {"token": "tok_visa"}})
    assert card.card.checks.cvc_check == "unchecked"
    customer = await a_customer(local, None)
    saved: Any = await v1.payment_methods.attach_async(card.id, {"customer": customer.id})
    assert saved.card.checks.cvc_check == "pass"
    await v1.payment_methods.update_async(card.id, {"allow_redisplay": "limited"})
    [told] = (await v1.events.list_async({"type": "payment_method.updated"})).data
    assert told.data.previous_attributes is not None
    assert told.data.previous_attributes.to_dict() == {"allow_redisplay": "unspecified"}
    shown = await v1.payment_methods.list_async({"customer": customer.id, "allow_redisplay": "limited"})
    assert [method.id for method in shown.data] == [card.id]


async def test_an_items_old_plan_follows_its_price(local: Local) -> None:
    subscription, other = await a_subscription(local, await a_customer(local)), await a_price(local, 2500)
    item: Any = subscription["items"]["data"][0]
    assert (item["plan"]["id"], item["plan"]["amount"]) == (item["price"]["id"], 1000)
    changed: Any = await local.client.v1.subscription_items.update_async(item.id, {"price": other.id})
    assert (changed["plan"]["id"], changed["plan"]["amount"]) == (other.id, 2500)


async def test_a_deleted_coupon_is_told_of_as_no_longer_valid(local: Local) -> None:
    coupon = await local.client.v1.coupons.create_async({"percent_off": 5, "duration": "once"})
    await local.client.v1.coupons.delete_async(coupon.id)
    [told] = (await local.client.v1.events.list_async({"type": "coupon.deleted"})).data
    assert (told.data.object["id"], told.data.object["valid"]) == (coupon.id, False)


async def test_a_product_keeps_its_dimensions(local: Local) -> None:
    size: Any = {"height": 1, "length": 2, "weight": 3, "width": 4}
    made = await local.client.v1.products.create_async({"name": "Board", "package_dimensions": size})
    assert made.package_dimensions is not None
    assert made.package_dimensions.to_dict() == size
