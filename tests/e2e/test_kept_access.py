"""The owner takes an unpaid bill back at Stripe: the contact is asked, and without a yes access ends as announced."""

from typing import Any

from tests.e2e.forged import PREFIX, press
from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import OLGA, Salon
from tests.e2e.test_purchase import mia_changes_her_card
from tests.e2e.test_telegram import changes_her_card
from tests.e2e.world import ADA, BEN, FAILS_LATER, GOOD, GUILD, MIA, World


async def unpaid(w: World) -> dict[str, Any]:
    """The newest bill, whose payment failed."""
    bill: dict[str, Any] = (await w.play.stripe("invoice"))[-1]
    assert bill["status"] == "open", bill
    return bill


async def failing(w: World) -> None:
    """Mia pays for a month, and her card fails for the next."""
    await w.plan(grace_days=3)
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("1mo 2h")
    await w.told(MIA, "didn't go through")


async def voided(w: World) -> None:
    await failing(w)
    await w.owner("POST", f"invoices/{(await unpaid(w))['id']}/void", {})
    await w.quiet()
    assert (await w.subscription())["status"] == "active"


async def test_a_voided_bill_is_asked_about_and_a_yes_keeps_access_after_the_grace(w: World) -> None:
    await voided(w)
    told = await w.told(MIA, "nothing to pay")
    assert not any("/invoice/" in url for url in told.buttons.values())
    asked = await w.told(ADA, "was voided, so mia hasn't paid")
    assert "$9.99" in asked.text
    (label,) = asked.buttons
    assert label.startswith("Keep access until"), label
    answered = await w.play.click(GUILD, ADA, asked, label)
    assert "keeps **Pro** until" in answered.text, answered.text
    await w.told(MIA, "let you keep")
    await w.advance("73h")
    await w.holds("Members")
    assert "already kept" in (await w.play.click(GUILD, ADA, asked, label)).text
    await mia_changes_her_card(w, GOOD)
    await w.advance("1mo")
    assert (await w.play.stripe("invoice"))[-1]["status"] == "paid"
    await w.holds("Members")


async def test_without_a_yes_access_ends_as_announced_and_member_offers_the_same_button(w: World) -> None:
    await voided(w)
    await w.told(ADA, "was voided")
    await w.holds("Members")
    await w.advance("71h")
    await w.lacks("Members")
    said = (await w.mia("membership")).text
    assert "not paid" in said, said
    assert "Pay now" not in "".join((await w.mia("membership")).buttons)
    shown = await w.ada("member", member=MIA)
    assert "was voided" in shown.text, shown.text
    (label,) = [one for one in shown.buttons if "Keep access" in one]
    assert "keeps **Pro**" in (await w.play.click(GUILD, ADA, shown, label)).text
    await w.holds("Members")


async def test_a_death_after_the_press_loses_nothing(w: World) -> None:
    await voided(w)
    asked = await w.told(ADA, "was voided")
    app = w.service.app
    assert app is not None
    app.wake = lambda _queue: None  # nobody hears of it in this process
    await w.play.click(GUILD, ADA, asked, next(iter(asked.buttons)))
    await w.restart()
    await w.advance("73h")
    await w.holds("Members")


async def test_a_written_off_bill_that_is_paid_after_all_asks_nobody_any_more(w: World) -> None:
    await failing(w)
    bill = await unpaid(w)
    await w.owner("POST", f"invoices/{bill['id']}/mark_uncollectible", {})
    await w.quiet()
    asked = await w.told(ADA, "was written off")
    await w.advance("73h")
    await w.lacks("Members")
    await w.owner("POST", f"invoices/{bill['id']}/pay", {"paid_out_of_band": "true"})
    await w.holds("Members")
    assert "nothing to decide" in (await w.play.click(GUILD, ADA, asked, next(iter(asked.buttons)))).text


async def test_a_subscription_that_is_ended_right_after_is_no_longer_asked_about(w: World) -> None:
    await voided(w)
    asked = await w.told(ADA, "was voided")
    await w.owner("DELETE", f"subscriptions/{(await w.subscription())['id']}")
    await w.lacks("Members")
    assert "is over" in (await w.play.click(GUILD, ADA, asked, next(iter(asked.buttons)))).text
    assert "Keep access" not in "".join((await w.ada("member", member=MIA)).buttons)


async def test_what_a_pause_left_unpaid_is_asked_about_once_it_is_over(w: World) -> None:
    await w.plan(grace_days=3)
    await w.member_buys()
    await w.change(**{"pause_collection[behavior]": "keep_as_draft"})
    await w.lacks("Members")
    await w.advance("1mo 10d")
    assert (await w.play.stripe("invoice"))[-1]["status"] == "draft"
    await w.change(pause_collection="")
    await w.quiet()
    asked = await w.told(ADA, "goes on after a pause for mia")
    await w.told(MIA, "goes on after its pause")
    await w.lacks("Members")
    await w.play.click(GUILD, ADA, asked, next(iter(asked.buttons)))
    await w.holds("Members")


async def test_on_telegram_the_owner_is_asked_and_a_yes_keeps_the_member_in(club: Salon) -> None:
    w = club.world
    await club.makes_plan()
    await club.joins(MIA_THERE, await club.buys(MIA_THERE))
    await club.comes_in(MIA_THERE)
    await changes_her_card(club, FAILS_LATER)
    await w.advance("1mo 2h")
    await w.owner("POST", f"invoices/{(await unpaid(w))['id']}/void", {})
    asked = await club.reads(OLGA, "was voided, so Mia hasn't paid")
    heard = await club.reads(MIA_THERE, "nothing to pay")
    assert not heard.buttons
    answered = await club.presses(OLGA, asked, next(iter(asked.buttons)))
    assert "keeps **Pro**" in answered.text or "keeps Pro" in answered.text, answered.text
    await w.advance("73h")
    assert await club.inside(MIA_THERE)


async def test_on_telegram_without_a_yes_the_member_is_out_when_it_was_said(club: Salon) -> None:
    w = club.world
    await club.makes_plan()
    await club.joins(MIA_THERE, await club.buys(MIA_THERE))
    await club.comes_in(MIA_THERE)
    await changes_her_card(club, FAILS_LATER)
    await w.advance("1mo 2h")
    await w.owner("POST", f"invoices/{(await unpaid(w))['id']}/void", {})
    await club.reads(OLGA, "was voided")
    await w.advance("71h")
    await club.is_out(MIA_THERE)


async def test_who_may_not_decide_changes_and_learns_nothing(w: World) -> None:
    await voided(w)
    asked = await w.told(ADA, "was voided")
    action = asked.button(next(iter(asked.buttons))).removeprefix(PREFIX)
    for user, private in ((BEN, True), (BEN, False), (MIA, True), (MIA, False)):
        refused = await press(w, user, action, private=private)
        assert "Only the owners and managers" in refused.text, refused.text
        assert "Pro" not in refused.text
    unknown = await press(w, BEN, "keep:sub_nowhere:acct_nowhere", private=True)
    assert "Only the owners and managers" in unknown.text
    await w.advance("73h")
    await w.lacks("Members")
