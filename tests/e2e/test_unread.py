"""Closed private messages, over the wire: what could not be told is read with the next command, on either platform."""

from __future__ import annotations

from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import Salon
from tests.e2e.test_access_table import failing_renewal
from tests.e2e.world import GUILD, MIA

ABOVE = "While I couldn't reach you:"


async def test_what_could_not_be_told_is_read_with_the_next_command(club: Salon) -> None:
    w = club.world
    await w.plan()
    await w.member_buys()
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "block_dms"})
    await failing_renewal(w)
    heard = await w.mia("membership")
    assert ABOVE in heard.text
    assert "didn't go through" in heard.text
    assert "Pay now" in heard.buttons
    assert ABOVE not in (await w.mia("membership")).text

    await club.makes_plan("Reader")
    await club.joins(MIA_THERE, await club.buys(MIA_THERE, "Reader"))
    await w.play.post("telegram/block", {"user": "mia"})
    (there,) = [one for one in await w.play.stripe("subscription") if one["status"] == "active"]
    await w.owner("DELETE", f"subscriptions/{there['id']}")
    await club.is_out(MIA_THERE)
    await w.quiet()
    await w.play.post("telegram/block", {"user": "mia", "blocked": False})
    assert ABOVE in (await club.writes(MIA_THERE, "/membership")).text
    assert ABOVE not in (await club.writes(MIA_THERE, "/membership")).text
