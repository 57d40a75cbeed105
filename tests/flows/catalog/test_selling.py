"""A link to pay, though Stripe has lost the price or the product it is for."""

import asyncio

import pytest

from payments.flows.catalog.selling import buy
from payments.flows.checkout.subscribe import CheckoutLink, NotSold
from payments.ports.providers import ProviderUnavailable
from tests.flows.shop_fixture import Shop


def lose(shop: Shop, *kinds: str) -> None:
    """The owner deletes test data of these kinds."""
    for kind in kinds:
        for row in shop.stripe(kind):
            shop.sandbox.stripe.objects.remove(row)


@pytest.mark.parametrize("kinds", [("price",), ("price", "product"), ("price", "product", "checkout.session")])
async def test_what_stripe_lost_is_made_again_once(any_shop: Shop, kinds: tuple[str, ...]) -> None:
    shop = any_shop
    plan = await shop.plan()
    people = [await shop.member(name) for name in ("ana", "ben", "eve")]
    await buy(shop.app, person_id=people[0], plan_id=plan.id, name="Ana")
    lose(shop, *kinds)
    lost = [buy(shop.app, person_id=one, plan_id=plan.id, name="Somebody") for one in people[1:]]
    made = await asyncio.gather(*lost, return_exceptions=True)
    assert any(isinstance(link, CheckoutLink) for link in made), made
    again = await buy(shop.app, person_id=people[2], plan_id=plan.id, name="Eve")
    assert isinstance(again, CheckoutLink)
    assert (len(shop.stripe("price")), len(shop.stripe("product"))) == (1, 1)
    async with shop.app.store.transaction() as tx:
        (sold,) = await tx.plans.on_sale(plan.id)
    assert sold.provider_price_id == shop.stripe("price")[0]["id"]
    assert sold.provider_product_id == shop.stripe("product")[0]["id"]


async def test_a_failure_in_between_is_made_up_for(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    lose(shop, "price", "product")
    shop.down("/v1/prices", after=True)  # made, and never answered
    assert await buy(shop.app, person_id=ana, plan_id=plan.id, name="Ana") is NotSold.NO_PRICE
    await shop.redrive(hours=1)
    assert isinstance(await buy(shop.app, person_id=ana, plan_id=plan.id, name="Ana"), CheckoutLink)
    assert (len(shop.stripe("price")), len(shop.stripe("product"))) == (1, 1)


async def test_while_stripe_is_down_nothing_is_taken_for_lost(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/checkout/sessions")
    with pytest.raises(ProviderUnavailable):
        await buy(shop.app, person_id=ana, plan_id=plan.id, name="Ana")
    assert len(shop.stripe("price")) == 1
