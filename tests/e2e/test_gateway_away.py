"""While Discord's gateway can't be reached, or may not be for now, roles go on by REST; what was missed is compared."""

import logging

import pytest

from bot.platforms.discord import identifying
from sandbox.play import eventually
from tests.e2e.world import BEN, GUILD, MEMBERS, MIA, World, checkout_link


async def starts(w: World) -> None:
    """The service starts, though nobody can type a command."""
    w.service = w.serves(w.settings)
    await w.service.start()


async def connected(w: World) -> bool:
    return bool((await w.play.get("discord/gateway"))["connected"])


async def by_hand(w: World, user: str, action: str) -> None:
    await w.play.post("discord/role", {"guild": GUILD, "role": MEMBERS, "user": user, "action": action})


async def test_a_start_without_the_gateway_grants_and_revokes_and_compares_what_it_missed(w: World) -> None:
    await w.plan()
    await w.member_buys()
    link = checkout_link(await w.play.command(GUILD, BEN, "subscribe", plan="Pro"))
    await w.stop_service()
    await w.play.post("discord/gateway", {"action": "refuse", "resumable": False})
    await starts(w)
    await w.play.pay(link, email="ben@example.org")
    assert await eventually(lambda: w._has(BEN, "Members", True)), "granted by REST"
    hers = (await w.play.stripe("subscription"))[0]
    await w.owner("DELETE", f"subscriptions/{hers['id']}")
    assert await eventually(lambda: w._has(MIA, "Members", False)), "revoked by REST"
    await by_hand(w, BEN, "take")
    await w.quiet()
    assert "Members" not in await w.roles(BEN), "nothing told of it"
    await w.play.post("discord/gateway", {"action": "accept"})
    await w.holds("Members", BEN)


async def test_a_process_that_is_started_all_the_time_leaves_the_gateway_alone_and_serves_on(
    w: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(identifying, "AT_ONCE", 3)
    await w.plan()
    link = checkout_link(await w.mia("subscribe", plan="Pro"))
    for _ in range(2):
        await w.restart()
    await w.stop_service()
    with caplog.at_level(logging.ERROR, logger="guestlist.discord"):
        await starts(w)
        await w.play.pay(link)
        assert await eventually(lambda: w._has(MIA, "Members", True))
    assert (await w.play.get("discord/gateway"))["identified"] == 3
    assert not await connected(w)
    assert "so many sessions were opened lately" in caplog.text
