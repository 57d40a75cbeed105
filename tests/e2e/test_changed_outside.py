"""What the owner changes in Stripe's dashboard, past us: noticed, repaired or told, and no refusal reaches a member."""

import pytest

from tests.e2e.telegram import MIA as MIA_ON_TELEGRAM
from tests.e2e.telegram import Salon
from tests.e2e.world import GUILD, MIA, World


async def put_under_a_schedule(w: World, end_behavior: str = "release") -> str:
    """The owner plans what becomes of Mia's subscription."""
    made = await w.owner("POST", "subscription_schedules", {"from_subscription": (await w.subscription())["id"]})
    await w.owner("POST", f"subscription_schedules/{made['id']}", {"end_behavior": end_behavior})
    return str(made["id"])


@pytest.mark.parametrize("end_behavior", ["release", "cancel"])
async def test_what_a_schedule_manages_is_cancelled_and_resumed_on_discord(w: World, end_behavior: str) -> None:
    await w.plan()
    await w.member_buys()
    await put_under_a_schedule(w, end_behavior)
    await w.quiet()
    if end_behavior == "cancel":
        shown = await w.mia("membership")
        assert "Cancelled: yours until" in shown.text
        assert "continues and renews" in (await w.play.click(GUILD, MIA, shown, "Resume")).text
        await w.quiet()
    asked = await w.play.click(GUILD, MIA, await w.mia("membership"), "Cancel Pro")
    assert "is cancelled" in (await w.play.click(GUILD, MIA, asked, "Yes, cancel")).text
    await w.quiet()
    assert (await w.subscription())["cancel_at"] is not None
    await w.advance("32d")
    assert (await w.subscription())["status"] == "canceled"
    await w.lacks("Members")


async def test_what_a_schedule_manages_is_cancelled_and_resumed_on_telegram(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(MIA_ON_TELEGRAM, await club.buys(MIA_ON_TELEGRAM))
    await club.reads(MIA_ON_TELEGRAM, "You now have access to")
    await put_under_a_schedule(club.world)
    asked = await club.presses(MIA_ON_TELEGRAM, await club.writes(MIA_ON_TELEGRAM, "/membership"), "Cancel")
    assert "is cancelled" in (await club.presses(MIA_ON_TELEGRAM, asked, "Yes")).text
    again = await club.presses(MIA_ON_TELEGRAM, await club.writes(MIA_ON_TELEGRAM, "/membership"), "Resume")
    assert "continues and renews" in again.text
    assert (await club.world.subscription())["cancel_at"] is None


async def test_the_wish_to_end_survives_a_lost_answer_to_the_release(w: World) -> None:
    await w.plan()
    await w.member_buys()
    schedule = await put_under_a_schedule(w)
    asked = await w.play.click(GUILD, MIA, await w.mia("membership"), "Cancel Pro")
    path = f"/v1/subscription_schedules/{schedule}/release"
    await w.play.post("faults", {"service": "stripe", "path": path, "status": 500, "after": True})
    assert "is cancelled" in (await w.play.click(GUILD, MIA, asked, "Yes, cancel")).text
    assert (await w.subscription())["cancel_at"] is not None


async def switch_the_portal_off(w: World) -> None:
    for configuration in await w.play.stripe("billing_portal.configuration"):
        await w.owner("POST", f"billing_portal/configurations/{configuration['id']}", {"active": "false"})


async def test_a_portal_that_the_owner_switched_off_is_made_again_on_discord(w: World) -> None:
    await w.plan()
    await w.member_buys()
    shown = await w.mia("membership")
    first = await w.play.click(GUILD, MIA, shown, "Manage payment")
    await switch_the_portal_off(w)
    again = await w.play.click(GUILD, MIA, shown, "Manage payment")
    assert again.text == first.text
    assert [one["active"] for one in await w.play.stripe("billing_portal.configuration")] == [False, True]


async def test_a_portal_that_the_owner_switched_off_is_made_again_on_telegram(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(MIA_ON_TELEGRAM, await club.buys(MIA_ON_TELEGRAM))
    await club.reads(MIA_ON_TELEGRAM, "You now have access to")
    shown = await club.writes(MIA_ON_TELEGRAM, "/membership")
    first = await club.presses(MIA_ON_TELEGRAM, shown, "Manage payment")
    await switch_the_portal_off(club.world)
    again = await club.presses(MIA_ON_TELEGRAM, shown, "Manage payment")
    assert again.text == first.text
    assert [one["active"] for one in await club.world.play.stripe("billing_portal.configuration")] == [False, True]
