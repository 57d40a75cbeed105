"""Money that opens nothing, over the wire: told to both, refunded by a button, and the way out of `unpaid`."""

from typing import Any

from sandbox.play import eventually
from sandbox.received import Received
from tests.e2e.telegram import MIA as TINA
from tests.e2e.telegram import OLGA, Salon
from tests.e2e.test_covering import DEBIT
from tests.e2e.test_purchase import mia_changes_her_card
from tests.e2e.world import ADA, FAILS_LATER, GOOD, GUILD, MIA, World

LATE = "arrived after the membership had ended"


async def bills(w: World, status: str) -> list[dict[str, Any]]:
    return [one for one in await w.play.stripe("invoice") if one["status"] == status]


async def ended(w: World) -> str:
    """Stripe gave up on Mia's renewal and canceled; its bill is open still."""
    await w.plan()
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("1mo 2h")
    await w.advance("30d")
    assert (await w.subscription())["status"] == "canceled"
    await w.lacks("Members")
    (open_one,) = await bills(w, "open")
    return str(open_one["id"])


async def refunded_by(w: World, told: Received) -> Received:
    """An admin presses the button under what they read, and confirms."""
    asked = await w.play.click(GUILD, ADA, told, "Refund $9.99")
    assert "Refund $9.99 to mia for **Pro**?" in asked.text
    assert await w.play.stripe("refund") == []
    return await w.play.click(GUILD, ADA, asked, "Yes, refund $9.99")


async def test_a_bill_paid_after_the_end_is_told_to_both_and_refunded_by_a_button(w: World) -> None:
    bill = await ended(w)
    invoices = (await w.mia("invoices")).text
    assert "paying this gives no access" in invoices
    assert "[Pay]" not in invoices
    await w.play.post("stripe/pay", {"invoice": bill, "card": GOOD})
    mine = await w.told(MIA, LATE)
    assert "The team knows" in mine.text
    assert "`/subscribe`" in mine.text
    theirs = await w.told(ADA, "after the membership had ended")
    assert "mia paid $9.99" in theirs.text
    await w.quiet()
    assert await w.roles() == set()
    shown = await w.ada("member", member=MIA)
    assert "after it had ended" in shown.text
    assert "Refund $9.99" in shown.buttons
    done = await refunded_by(w, theirs)
    assert "$9.99 is on its way back" in done.text
    await w.quiet()
    assert [one["amount"] for one in await w.play.stripe("refund")] == [999]
    assert "already been refunded" in (await w.play.click(GUILD, ADA, shown, "Refund $9.99")).text
    again = await w.ada("member", member=MIA)
    assert "after it had ended" not in again.text
    assert "gave **mia** a refund" in again.text
    heard = [one.text for one in await w.play.direct_messages(GUILD, MIA) if LATE in one.text]
    assert len(heard) == 1


async def test_what_was_paid_outside_stripe_is_told_too_and_how_to_give_it_back(w: World) -> None:
    bill = await ended(w)
    await w.owner("POST", f"invoices/{bill}/pay", {"paid_out_of_band": "true"})
    await w.told(MIA, LATE)
    theirs = await w.told(ADA, "after the membership had ended")
    told = await w.play.click(GUILD, ADA, theirs, "Refund $9.99")
    assert "paid outside Stripe" in told.text
    assert await w.play.stripe("refund") == []


async def test_a_debit_that_arrives_after_the_cancel_is_told_as_well(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await mia_changes_her_card(w, DEBIT)
    await w.advance("1mo 2h")
    await w.owner("DELETE", f"subscriptions/{(await w.subscription())['id']}")
    await w.lacks("Members")
    await w.advance("8d")
    assert (await bills(w, "paid"))[-1]["billing_reason"] == "subscription_cycle"
    await w.told(MIA, LATE)
    await w.told(ADA, "after the membership had ended")
    assert await w.roles() == set()


async def test_who_is_a_member_again_is_not_asked_to_subscribe(w: World) -> None:
    bill = await ended(w)
    await w.member_buys()
    await w.play.post("stripe/pay", {"invoice": bill, "card": GOOD})
    told = await w.told(MIA, LATE)
    assert "again through another payment" in told.text
    assert "/subscribe" not in told.text


async def test_a_key_that_may_not_refund_is_said_and_the_refund_goes_out_later(w: World) -> None:
    bill = await ended(w)
    await w.play.post("stripe/pay", {"invoice": bill, "card": GOOD})
    theirs = await w.told(ADA, "after the membership had ended")
    body = {"error": {"type": "invalid_request_error", "message": "The provided key does not have rak_refund_write."}}
    fault = {"service": "stripe", "method": "POST", "path": "/v1/refunds", "status": 403, "body": body, "times": 1}
    await w.play.post("faults", fault)
    told = await refunded_by(w, theirs)
    assert "isn't allowed to make refunds" in told.text
    assert await w.play.stripe("refund") == []
    await w.play.clear_faults()
    again = await w.play.click(GUILD, ADA, theirs, "Refund $9.99")
    await w.play.click(GUILD, ADA, again, "Yes, refund $9.99")
    assert len(await w.play.stripe("refund")) == 1


async def unpaid(w: World) -> str:
    """Mia's subscription is unpaid, and the next period's bill stayed a draft; the older one, which is open."""
    await w.play.post("stripe/settings", {"dunning_end": "unpaid"})
    await w.plan()
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("1mo 2h")
    await w.advance("32d")
    assert (await w.subscription())["status"] == "unpaid"
    await w.lacks("Members")
    (open_one,), (draft,) = await bills(w, "open"), await bills(w, "draft")
    assert draft["auto_advance"] is False
    return str(open_one["id"])


async def test_an_unpaid_membership_has_a_way_out_and_no_circle(w: World) -> None:
    older = await unpaid(w)
    for heard in (await w.mia("subscribe", plan="Pro"), await w.mia("membership")):
        assert "newest bill" in heard.text
        assert "Pay the newest bill: Pro" in heard.buttons
        assert "/invoices" not in heard.text
    await w.play.post("stripe/pay", {"invoice": older, "card": GOOD})
    mine = await w.told(MIA, "was for an older bill")
    theirs = await w.told(ADA, "for an older bill")
    assert "Refund $9.99" in theirs.buttons
    assert (await w.subscription())["status"] == "unpaid"
    assert await w.roles() == set()
    assert "for an older bill" in (await w.ada("member", member=MIA)).text
    await mia_changes_her_card(w, FAILS_LATER)
    for _ in range(2):
        link = await w.play.click(GUILD, MIA, mine, "Pay the newest bill")
        assert "Once it is paid, you have access again" in link.text
    assert await bills(w, "draft") == []
    await w.play.pay(link.button("Pay $9.99"), GOOD)
    await w.holds("Members")
    assert (await w.subscription())["status"] == "active"
    over = await w.play.click(GUILD, MIA, mine, "Pay the newest bill")
    assert "There is nothing to pay here" in over.text


async def test_a_saved_card_that_works_again_pays_the_newest_bill_at_once(w: World) -> None:
    await unpaid(w)
    await mia_changes_her_card(w, GOOD)
    heard = await w.play.click(GUILD, MIA, await w.mia("membership"), "Pay the newest bill")
    assert "The newest bill is paid" in heard.text
    await w.holds("Members")


async def changes_card(club: Salon) -> None:
    portal = await club.presses(TINA, await club.writes(TINA, "/membership"), "Manage payment")
    await club.world.play.change_card(portal.buttons["Open"], FAILS_LATER)


async def telegram_fails(club: Salon) -> str:
    """Mia's renewal on Telegram fails from now on."""
    await club.makes_plan()
    await club.joins(TINA, await club.buys(TINA))
    await club.comes_in(TINA)
    await changes_card(club)
    await club.world.advance("1mo 2h")
    await club.world.advance("32d")
    await club.is_out(TINA)
    (open_one,) = await bills(club.world, "open")
    return str(open_one["id"])


async def test_on_telegram_a_late_payment_is_refunded_by_a_button_too(club: Salon) -> None:
    bill = await telegram_fails(club)
    await club.world.play.post("stripe/pay", {"invoice": bill, "card": GOOD})
    assert "/subscribe" in (await club.reads(TINA, LATE)).text
    theirs = await club.reads(OLGA, "after the membership had ended")
    asked = await club.presses(OLGA, theirs, "Refund €9.99")
    done = await club.presses(OLGA, asked, "Yes, refund €9.99")
    assert "€9.99 is on its way back" in done.text

    async def once() -> bool:
        return [one["amount"] for one in await club.world.play.stripe("refund")] == [999]

    assert await eventually(once)
    assert not await club.inside(TINA)


async def test_on_telegram_an_unpaid_membership_has_the_way_out(club: Salon) -> None:
    await club.world.play.post("stripe/settings", {"dunning_end": "unpaid"})
    bill = await telegram_fails(club)
    assert any("newest bill" in button for button in (await club.writes(TINA, "/subscribe Pro")).buttons)
    await club.world.play.post("stripe/pay", {"invoice": bill, "card": GOOD})
    told = await club.reads(TINA, "was for an older bill")
    await changes_card(club)
    link = await club.presses(TINA, told, "Pay the newest bill: Pro")
    await club.world.play.pay(link.buttons["Pay €9.99"], GOOD)
    assert await club.reads(TINA, "Ask to join")
