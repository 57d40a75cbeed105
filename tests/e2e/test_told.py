"""What a member hears of their payments without asking, over the wire and on both platforms."""

from __future__ import annotations

from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import OLGA, Salon
from tests.e2e.test_access_table import failing_renewal
from tests.e2e.world import FAILS_LATER, GOOD, GUILD, MIA, World


async def times(club: Salon, words: str) -> tuple[int, int]:
    """How often Mia was told so on Discord, and Mia on Telegram."""
    here = [m for m in await club.world.play.direct_messages(GUILD, MIA) if words in m.text]
    return len(here), len([text for text in await club.heard(MIA_THERE) if words in text])


async def test_a_grace_period_that_ends_is_reminded_of_once_with_the_page_to_pay_on(club: Salon) -> None:
    w = club.world
    await w.plan(grace_days=3)
    await w.member_buys()
    await club.makes_plan("Reader")
    await club.joins(MIA_THERE, await club.buys(MIA_THERE, "Reader"))
    manage = await club.presses(MIA_THERE, await club.writes(MIA_THERE, "/membership"), "Manage payment")
    await w.play.change_card(next(iter(manage.buttons.values())), FAILS_LATER)
    await failing_renewal(w)
    await w.told(MIA, "didn't go through")
    await club.reads(MIA_THERE, "didn't go through")
    assert await times(club, "is still open") == (0, 0)
    await w.advance("2d")
    told = await w.told(MIA, "The payment for **Pro** in Riverside Book Club is still open. Your access ends on")
    there = await club.reads(MIA_THERE, "is still open. Your access ends on")
    await w.advance("2h")
    assert await times(club, "is still open") == (1, 1)
    await w.play.pay(told.button("Pay now"), GOOD)
    await w.play.pay(there.buttons["Pay now"], GOOD)
    await w.told(MIA, "All is well again: your payment of $9.99 in Riverside Book Club went through. **Pro** is paid")
    await club.reads(MIA_THERE, "All is well again")
    await w.advance("1d")
    assert await times(club, "All is well again") == (1, 1)
    assert "Members" in await w.roles()


async def test_each_renewal_is_confirmed_once_and_a_first_payment_by_its_welcome(club: Salon) -> None:
    w = club.world
    await w.plan()
    await w.member_buys()
    await club.makes_plan("Reader")
    await club.joins(MIA_THERE, await club.buys(MIA_THERE, "Reader"))
    await w.quiet()
    assert await times(club, "went through") == (0, 0)
    await w.advance("1mo 2h")
    assert (
        "Your payment of $9.99 in Riverside Book Club went through. **Pro** is paid until"
        in (await w.told(MIA, "went through")).text
    )
    await club.reads(MIA_THERE, "Your payment of €9.99 in Salon went through. Reader is paid until")
    await w.advance("1d")
    assert await times(club, "went through") == (1, 1)


async def test_who_pays_after_access_was_lost_is_welcomed_back_once_with_the_day_it_is_paid_until(w: World) -> None:
    await w.plan(grace_days=0)
    await w.member_buys()
    await failing_renewal(w)
    await w.lacks("Members")
    await w.play.pay((await w.told(MIA, "you have no access for now")).button("Pay now"), GOOD)
    assert "It is paid until" in (await w.told(MIA, "Welcome back!")).text
    await w.quiet()
    assert not [m for m in await w.play.direct_messages(GUILD, MIA) if "All is well" in m.text]


async def test_a_trial_s_first_charge_is_told_days_before_with_a_button_to_cancel(club: Salon) -> None:
    w = club.world
    await w.plan(trial_days=2)
    await w.member_buys()
    told = await w.told(MIA, "it costs $9.99 a month, and the first payment is due that day")  # at once: it is short
    asked = await w.play.click(GUILD, MIA, told, "Cancel Pro")
    assert "Yes, cancel" in asked.buttons
    await club.writes(OLGA, "/plan create name:Reader price:9.99 currency:eur period:every_months trial_days:7")
    await club.joins(MIA_THERE, await club.buys(MIA_THERE, "Reader"))
    await w.advance("3d")
    assert await times(club, "Your trial of") == (1, 0)
    await w.advance("1d 1h")
    there = await club.reads(MIA_THERE, "it costs €9.99 a month, and the first payment is due that day")
    assert "Cancel Reader" in there.buttons
    await w.advance("1d")
    assert await times(club, "Your trial of") == (1, 1)
