"""What was agreed happens; what comes by surprise is weighed, told, and waits for an admin."""

from pathlib import Path

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
