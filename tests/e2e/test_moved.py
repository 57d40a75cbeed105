"""The owner moves a subscription in Stripe's dashboard: what it sells follows its items, whatever its metadata name."""

from __future__ import annotations

import pytest

from tests.e2e.world import EXTRA, MIA, World, checkout_link


async def moved_to(w: World, price: str, quantity: int = 1) -> None:
    item = (await w.subscription())["items"]["data"][0]["id"]
    await w.owner("POST", f"subscription_items/{item}", {"price": price, "quantity": str(quantity)})


async def foreign_price(w: World) -> str:
    form = {"product_data[name]": "Hats", "unit_amount": "700", "currency": "usd", "recurring[interval]": "month"}
    return str((await w.owner("POST", "prices", form))["id"])


async def test_a_member_moved_to_another_plan_has_that_one_and_may_buy_the_former_again(w: World) -> None:
    await w.plan()
    await w.plan("Gold", role=EXTRA, price="19")
    pro, gold = [one["id"] for one in await w.play.stripe("price")][-2:]
    await w.member_buys()
    await moved_to(w, gold)
    await w.holds("Extra")
    await w.lacks("Members")
    had = await w.mia("subscribe", plan="Gold")
    assert "already have **Gold**" in had.text
    again = await w.mia("subscribe", plan="Pro")
    await w.play.pay(checkout_link(again))
    await w.holds("Members")
    assert await w.roles() >= {"Members", "Extra"}
    assert pro != gold


@pytest.mark.parametrize("how", ["foreign product", "quantity 0"])
async def test_a_member_moved_away_from_the_plan_is_out_and_reads_why(w: World, how: str) -> None:
    await w.plan()
    await w.member_buys()
    price = (await w.subscription())["items"]["data"][0]["price"]["id"]
    if how == "quantity 0":
        await moved_to(w, price, 0)
    else:
        await moved_to(w, await foreign_price(w))
    await w.lacks("Members")
    await w.told(MIA, "your subscription was changed to something else")
    assert "no longer sells this plan" in await w.why()
    await moved_to(w, price)
    await w.holds("Members")
