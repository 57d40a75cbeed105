"""What was agreed happens; what comes by surprise is weighed, told, and waits for an admin."""

from pathlib import Path

from bot.app.clocks import SandboxClock
from payments.core.calendar import DAY_MS
from tests.e2e.test_endings import press
from tests.e2e.world import ADA, World, world


async def _cancels(w: World) -> None:
    asked = await press(w, await w.mia("membership"), "Cancel Pro")
    await press(w, asked, "Yes, cancel")


async def test_who_cancelled_goes_on_the_day_and_who_is_cancelled_in_the_dashboard_stays(tmp_path: Path) -> None:
    async with world(tmp_path, GUESTLIST_BREAKER__MEMBERS="0") as w:
        await w.plan()
        await w.member_buys()
        await _cancels(w)
        await w.advance("1mo 2h")
        await w.lacks("Members")
        await w.member_buys()
        await w.owner("DELETE", f"subscriptions/{(await w.subscription())['id']}")
        await w.told(ADA, "1 removal is due")
        assert "Members" in await w.roles()
        await press(w, await w.ada("breaker"), "Go ahead", ADA)
        await w.lacks("Members")


async def test_a_clock_that_runs_ahead_puts_nobody_out_and_that_is_told(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await _cancels(w)
    await w.quiet()
    clock = w.service._clock
    assert isinstance(clock, SandboxClock)
    clock.offset_ms += 40 * DAY_MS  # the machine's, and not Stripe's
    await w.told(ADA, "by a clock that is wrong")
    assert "Members" in await w.roles()
    clock.offset_ms -= 40 * DAY_MS
    await w.told(ADA, "is over")
    assert "Members" in await w.roles()
    await w.advance("1mo 2h")
    await w.lacks("Members")
