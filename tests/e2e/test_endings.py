"""Cancelling and refunds do what the texts say: nothing is charged after it, and joining again works."""

from typing import Any

from sandbox.play import Received
from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import OLGA, Salon
from tests.e2e.test_purchase import mia_changes_her_card
from tests.e2e.world import ADA, FAILS_LATER, GOOD, GUILD, MIA, World, checkout_link


async def bills(w: World) -> list[dict[str, Any]]:
    return [dict(one) for one in await w.play.stripe("invoice")]


async def charged(w: World) -> int:
    """How much was charged in all, in cents."""
    return sum(int(one["amount"]) for one in await w.play.stripe("charge") if one["status"] == "succeeded")


async def press(w: World, heard: Received, words: str, user: str = MIA) -> Received:
    """A button of an answer or a message, by a part of what it says."""
    return await w.play.click(GUILD, user, heard, words)


async def past_due(w: World) -> None:
    await w.plan(grace_days=5)
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("1mo 2h")
    await w.told(MIA, "didn't go through")


async def test_who_cancels_while_a_payment_is_due_is_charged_nothing_more(w: World) -> None:
    await past_due(w)
    asked = await press(w, await w.mia("membership"), "Cancel Pro")
    assert "It ends now" in asked.text
    assert "The unpaid bill of $9.99 is withdrawn" in asked.text
    assert "Nothing more is charged" in asked.text
    done = await press(w, asked, "Yes, cancel")
    assert "has ended" in done.text
    await w.lacks("Members")
    assert [bill["status"] for bill in await bills(w)] == ["paid", "void"]
    assert (await w.subscription())["status"] == "canceled"
    paid = await charged(w)
    await w.advance("2mo")
    assert await charged(w) == paid
    assert "keep access" not in "\n".join(one.text for one in await w.play.direct_messages(GUILD, ADA))
    await w.play.pay(checkout_link(await w.mia("subscribe", plan="Pro")), GOOD)
    await w.holds("Members")


async def test_who_is_paid_up_keeps_what_is_paid_for(w: World) -> None:
    await w.plan()
    await w.member_buys()
    asked = await press(w, await w.mia("membership"), "Cancel Pro")
    assert "You keep it until" in asked.text
    assert "withdrawn" not in asked.text
    done = await press(w, asked, "Yes, cancel")
    assert "You keep it until" in done.text
    assert "Members" in await w.roles()
    await w.advance("1mo 2h")
    await w.lacks("Members")


async def test_a_cancellation_that_stripe_does_not_take_is_stored_and_done_later(w: World) -> None:
    await past_due(w)
    asked = await press(w, await w.mia("membership"), "Cancel Pro")
    fault = {"service": "stripe", "method": "DELETE", "path": "/v1/subscriptions/*", "status": 500, "times": 9}
    await w.play.post("faults", fault)
    done = await press(w, asked, "Yes, cancel")
    assert "I've stored that" in done.text
    assert [bill["status"] for bill in await bills(w)] == ["paid", "void"]
    await w.restart()  # the bill is void, and the subscription still runs
    await w.play.clear_faults()
    await w.advance("10m")
    await w.lacks("Members")
    assert (await w.subscription())["status"] == "canceled"
    await w.told(MIA, "It has ended, and nothing more is charged")


async def test_a_full_refund_ends_the_subscription_and_joining_again_works(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.play.post("stripe/refund", {"invoice": (await bills(w))[-1]["id"]})
    await w.lacks("Members")
    told = await w.told(MIA, "nothing more is charged. You can join again")
    assert "ends on" in told.text
    assert (await w.subscription())["cancel_at_period_end"]
    before = await w.told(ADA, "was given back or is disputed, so access has ended")
    offered = await w.mia("subscribe", plan="Pro")
    await w.play.pay(checkout_link(offered), GOOD)
    await w.holds("Members")
    await w.advance("1mo 2h")
    assert [one["status"] for one in await w.play.stripe("subscription")] == ["canceled", "active"]
    assert "Members" in await w.roles()
    assert [bill["status"] for bill in await bills(w)] == ["paid", "paid", "paid"]
    over = await press(w, before, "End it now", ADA)
    assert "nothing left to decide" in over.text


async def test_the_owner_ends_a_refunded_subscription_at_once(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.play.post("stripe/refund", {"invoice": (await bills(w))[-1]["id"]})
    told = await w.told(ADA, "was given back or is disputed, so access has ended")
    asked = await press(w, told, "End it now", ADA)
    assert "can't be undone" in asked.text
    done = await press(w, asked, "Yes, end it now", ADA)
    assert "it has ended" in done.text
    assert (await w.subscription())["status"] == "canceled"
    await w.told(MIA, "The team ended your subscription")


async def test_a_dispute_that_is_won_lets_the_subscription_go_on(w: World) -> None:
    await w.plan()
    await w.buy(card="4000000000000259")
    await w.told(ADA, "was given back or is disputed, so access has ended")
    await w.lacks("Members")
    assert (await w.subscription())["cancel_at_period_end"]
    dispute = (await w.play.stripe("dispute"))[-1]
    won = {"evidence[uncategorized_text]": "winning_evidence", "submit": "true"}
    await w.owner("POST", f"disputes/{dispute['id']}", won)
    await w.told(ADA, "counts again, so access is back and the subscription goes on")
    await w.holds("Members")
    assert not (await w.subscription())["cancel_at_period_end"]


async def test_in_a_chat_a_cancellation_and_a_refund_do_the_same(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(MIA_THERE, await club.buys(MIA_THERE))
    await club.world.play.post("stripe/refund", {"invoice": (await bills(club.world))[-1]["id"]})
    await club.is_out(MIA_THERE)
    await club.reads(MIA_THERE, "nothing more is charged. You can join again")
    told = await club.reads(OLGA, "was given back or is disputed, so access has ended")
    asked = await club.presses(OLGA, told, "End it now")
    assert "it has ended" in (await club.presses(OLGA, asked, "Yes, end it now")).text
    assert (await club.world.subscription())["status"] == "canceled"
