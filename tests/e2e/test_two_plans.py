"""Two of our plans in one subscription, at once or one after the other: each is had while it is paid for."""

from typing import Any

import pytest

from tests.e2e.test_endings import bills, press
from tests.e2e.test_purchase import mia_changes_her_card
from tests.e2e.world import ADA, EXTRA, FAILS_LATER, GUILD, MIA, World


async def price_of(w: World, name: str) -> str:
    products = {one["id"]: one["name"] for one in await w.play.stripe("product")}
    return next(str(one["id"]) for one in await w.play.stripe("price") if products[one["product"]] == name)


async def lite_and_pro(w: World, grace_days: int = 3) -> None:
    """Both are sold; Mia pays for Lite, and is asked for nothing else yet."""
    await w.plan("Lite", price="4.99", grace_days=grace_days)
    await w.plan("Pro", role=EXTRA, grace_days=grace_days)
    await w.member_buys("Lite")


async def upgrade(w: World, to: str = "Pro") -> dict[str, Any]:
    """The owner makes it another plan in the dashboard, billed at once."""
    item = (await w.subscription())["items"]["data"][0]["id"]
    price = await price_of(w, to)
    await w.change(**{"items[0][id]": item, "items[0][price]": price, "proration_behavior": "always_invoice"})
    await w.quiet()
    return (await bills(w))[-1]


async def test_an_upgrade_that_is_not_paid_leaves_what_was_paid_for(w: World) -> None:
    await lite_and_pro(w)
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("10d")
    assert (await upgrade(w))["status"] == "open"
    assert await w.roles() == {"Members", "Extra"}
    await w.advance("73h")
    await w.lacks("Extra")
    assert await w.roles() == {"Members"}
    asked = await press(w, await w.mia("membership"), "Cancel Lite")
    assert "You keep it until" in asked.text
    await press(w, asked, "Yes, cancel")
    await w.quiet()
    assert [one["status"] for one in await bills(w)] == ["paid", "void"]
    assert await w.roles() == {"Members"}
    assert "keep access" not in "\n".join(one.text for one in await w.play.direct_messages(GUILD, ADA)).lower()
    await w.advance("19d")
    await w.lacks("Members")


async def test_cancelled_in_the_grace_of_an_upgrade_each_plan_is_told_with_its_own_day(w: World) -> None:
    await lite_and_pro(w)
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("10d")
    await upgrade(w)
    shown = await w.mia("membership")
    assert len([one for one in shown.buttons if one.startswith("Cancel")]) == 1, shown.buttons
    asked = await press(w, shown, "Cancel Pro")
    first, beside, *_ = asked.text.splitlines()
    assert "Cancel **Pro**? You keep it until" in first
    assert "You keep **Lite** until" in beside
    assert first.rpartition("until ")[2] != beside.rpartition("until ")[2]
    await press(w, asked, "Yes, cancel")
    await w.advance("73h")
    assert await w.roles() == {"Members"}
    assert "keep access" not in "\n".join(one.text for one in await w.play.direct_messages(GUILD, ADA)).lower()


async def test_a_cancellation_that_is_done_later_names_the_plan_that_lasts_until_its_day(w: World) -> None:
    await lite_and_pro(w)
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("10d")
    await upgrade(w)
    asked = await press(w, await w.mia("membership"), "Cancel Pro")
    fault = {"service": "stripe", "method": "POST", "path": "/v1/subscriptions/*", "status": 500, "times": 9}
    await w.play.post("faults", fault)
    assert "I've stored that" in (await press(w, asked, "Yes, cancel")).text
    await w.play.clear_faults()
    await w.advance("10m")
    assert "**Lite**" in (await w.told(MIA, "is cancelled. It ends on")).text


async def test_an_upgrade_that_is_paid_ends_what_it_replaced(w: World) -> None:
    await lite_and_pro(w)
    await w.advance("10d")
    assert (await upgrade(w))["status"] == "paid"
    await w.lacks("Members")
    assert await w.roles() == {"Extra"}
    assert "Lite" not in (await w.mia("membership")).text
    assert (await upgrade(w, "Lite"))["status"] == "paid"
    await w.lacks("Extra")
    assert await w.roles() == {"Members"}


@pytest.mark.parametrize("how", ["deleted", "quantity 0"])
async def test_two_plans_in_one_subscription_are_both_open_and_end_each_by_itself(w: World, how: str) -> None:
    await lite_and_pro(w)
    added = {"items[0][price]": await price_of(w, "Pro"), "proration_behavior": "always_invoice"}
    await w.change(**added)
    await w.holds("Extra")
    assert await w.roles() == {"Members", "Extra"}
    assert "You already have **Pro**" in (await w.mia("subscribe", plan="Pro")).text
    item = (await w.subscription())["items"]["data"][1]["id"]
    ends = {"items[0][deleted]": "true"} if how == "deleted" else {"items[0][quantity]": "0"}
    await w.change(**{"items[0][id]": item, "proration_behavior": "none"} | ends)
    await w.lacks("Extra")
    assert await w.roles() == {"Members"}
    again = added if how == "deleted" else {"items[0][id]": item, "items[0][quantity]": "1"}
    await w.change(**again)
    await w.holds("Extra")
    await w.play.post("stripe/refund", {"invoice": (await bills(w))[0]["id"]})
    await w.lacks("Members")
    assert "Extra" in await w.roles()
