"""Where the covering bills, and what is said of them, are easy to get wrong, over the wire."""

from tests.e2e.test_access_table import failing_renewal
from tests.e2e.test_purchase import mia_changes_her_card
from tests.e2e.world import FAILS_LATER, GOOD, GUILD, MIA, World


async def test_who_paid_nothing_is_out_when_the_owner_ends_her_trial_and_the_charge_fails(w: World) -> None:
    await w.plan(trial_days=14)
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("2d")
    await w.change(trial_end="now")
    await w.advance("3h")
    assert (await w.subscription())["status"] == "past_due"
    await w.lacks("Members")


async def test_all_of_it_goes_back_after_the_item_was_replaced(w: World) -> None:
    await w.plan()
    await w.plan("Gold", price="19")
    await w.member_buys()
    await w.advance("10d")
    subscription = await w.subscription()
    gold = next(p for p in await w.play.stripe("price") if p["unit_amount"] == 1900)
    await w.change(
        **{
            "items[0][id]": subscription["items"]["data"][0]["id"],
            "items[0][deleted]": "true",
            "items[1][price]": gold["id"],
            "proration_behavior": "always_invoice",
        }
    )
    await w.quiet()
    bills = await w.play.stripe("invoice")
    assert [one["status"] for one in bills] == ["paid", "paid"]
    for one in bills:
        await w.play.post("stripe/refund", {"invoice": one["id"]})
    await w.lacks("Members")


async def test_who_subscribes_again_after_a_cancel_for_want_of_payment_pays_once(w: World) -> None:
    await w.plan(grace_days=30)
    await w.member_buys()
    await failing_renewal(w)
    await w.advance("20d")
    assert (await w.subscription())["status"] == "canceled"
    assert "Members" in await w.roles(), "the announced grace holds"
    await w.buy("Pro", GOOD)
    await w.quiet()
    told = [m.text for m in await w.play.direct_messages(GUILD, MIA) if "twice" in m.text]
    assert not told, "told that she pays twice, while one of the two is canceled"


async def test_membership_says_no_more_than_is_true_after_a_cancel_for_want_of_payment(w: World) -> None:
    """The grace goes on; but paying the old bill opens nothing any more, and nothing is charged again."""
    await w.plan(grace_days=30)
    await w.member_buys()
    await failing_renewal(w)
    await w.advance("20d")
    assert (await w.subscription())["status"] == "canceled"
    said = (await w.mia("membership")).text
    assert "open invoice" not in said, said
    assert "join again" in said, said


async def test_membership_does_not_say_that_it_renews_while_a_change_is_unpaid(w: World) -> None:
    """The same product at a higher price, changed by hand on day 10; its bill fails."""
    await w.plan(grace_days=1)
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("10d")
    item = (await w.subscription())["items"]["data"][0]
    form = {
        "product": item["price"]["product"],
        "currency": "usd",
        "unit_amount": "1999",
        "recurring[interval]": "month",
    }
    price = await w.owner("POST", "prices", form)
    await w.change(
        **{"items[0][id]": item["id"], "items[0][price]": price["id"], "proration_behavior": "always_invoice"}
    )
    await w.quiet()
    assert (await w.subscription())["status"] == "past_due"
    said = (await w.mia("membership")).text
    assert "renews" not in said.lower(), said


async def test_who_is_in_by_the_plan_is_not_told_that_an_add_on_closed_it(w: World) -> None:
    await w.plan(grace_days=3)
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("10d")
    made = await w.owner("POST", "products", {"name": "Add-on"})
    form = {"product": made["id"], "currency": "usd", "unit_amount": "500", "recurring[interval]": "month"}
    price = await w.owner("POST", "prices", form)
    await w.change(**{"items[0][price]": price["id"], "proration_behavior": "always_invoice"})
    await w.quiet()
    assert (await w.subscription())["status"] == "past_due"
    assert "Members" in await w.roles()
    told = [m.text for m in await w.play.direct_messages(GUILD, MIA) if "you have no access for now" in m.text]
    assert not told, "told that she has no access, and she has"
