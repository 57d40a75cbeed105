"""What a member hears of their payments without asking, over the wire and on both platforms."""

from __future__ import annotations

from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import Salon
from tests.e2e.test_access_table import failing_renewal
from tests.e2e.world import FAILS_LATER, GOOD, GUILD, MIA


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
    await w.quiet()
    await w.advance("1d")
    assert "Members" in await w.roles()
