"""The log channel over the wire: who joined, left, failed to pay and paid after all, and the digest of a day."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from payments.flows.jobs.say_log import say_log
from sandbox.play import eventually
from tests.e2e.telegram import CHANNEL, OLGA, SALON, Salon
from tests.e2e.test_linking import connect
from tests.e2e.test_purchase import mia_changes_her_card
from tests.e2e.test_rights import MAX, MODS, STAFF, riverside
from tests.e2e.world import ADA, BEN, FAILS_LATER, GOOD, GUILD, World

TEAM, SEALED, GENERAL = "700000000000000041", "700000000000000042", "700000000000000043"
HIDDEN = {"role": "@everyone", "deny": "view_channel"}
CHANNELS = [
    {"id": GENERAL, "name": "general"},
    {"id": TEAM, "name": "team", "overwrites": [HIDDEN, {"role": STAFF, "allow": "view_channel"}]},
    {"id": SEALED, "name": "sealed", "overwrites": [HIDDEN]},
]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[World]:
    """A server with a channel of the team's, which the bot may see, and one that it may not."""
    async with riverside(tmp_path, MODS, channels=CHANNELS, bot={"roles": [STAFF]}) as made:
        yield made


async def log_of(w: World, channel: str = TEAM) -> list[str]:
    """The lines in a channel, without their marks."""
    messages = (await w.play.get(f"discord/guilds/{GUILD}"))["messages"].get(channel, [])
    return [line.replace("*", "") for message in messages for line in message["text"].splitlines()]


async def reads(log: Callable[[], Awaitable[list[str]]], *words: str) -> str:
    """The log comes to have a line with all these words; the newest such."""

    async def there() -> bool:
        return any(all(word in line for word in words) for line in await log())

    assert await eventually(there), await log()
    return [line for line in await log() if all(word in line for word in words)][-1]


async def _all_stored_as_said(w: World) -> bool:
    assert w.service.app is not None
    async with w.service.app.store.transaction() as tx:
        channels = [channel.community_id for channel in await tx.logs.channels()]
        return not any([await tx.logs.in_message(one) or await tx.logs.waiting(one, 1) for one in channels])


async def test_the_team_reads_what_happens_to_a_member_once_and_nobody_is_pinged(server: World) -> None:
    w = server

    async def log() -> list[str]:
        return await log_of(w)

    await w.plan(grace_days=3)
    said = (await w.ada("settings", log="#team")).text
    assert "In **team**" in said, said
    assert "All members can read" not in said
    await w.member_buys()
    assert "$9.99" in await reads(log, "mia joined Pro")
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("1mo 2h")
    assert "access until" in await reads(log, "mia: the payment of $9.99 for Pro failed")
    assert "payments failed: 0" in await reads(log, "Joined: 1"), "the digest of the first day"
    assert "Money in: $9.99" in await log()
    await mia_changes_her_card(w, GOOD)
    await w.owner("POST", f"invoices/{(await w.play.stripe('invoice'))[-1]['id']}/pay")
    await reads(log, "mia paid $9.99 for Pro after a failed payment")
    await w.owner("POST", "refunds", {"charge": (await w.play.stripe("charge"))[-1]["id"]})
    await reads(log, "mia was refunded $9.99 for Pro")
    assert "(refunded)" in await reads(log, "mia left Pro")
    await w.ada("member", member=BEN, give="Pro", days=1)
    await reads(log, "ben joined Pro (free membership)")
    await w.advance("25h")
    assert "(the time is over)" in await reads(log, "ben left Pro")
    await reads(log, "Joined: 1 · left: 1 · payments failed: 1 · recovered: 1")
    assert "Refunded: $9.99" in await log()
    await w.advance("25h")
    await reads(log, "Joined: 0 · left: 1")
    assert await eventually(lambda: _all_stored_as_said(w))  # a death before that says the same message again
    before = await log()
    await w.restart()
    await w.advance("3d")
    assert w.service.app is not None
    await say_log(w.service.app)
    assert await log() == before, "nothing happened, so nothing is said, and nothing again"


async def test_a_channel_is_refused_with_what_is_missing_and_warned_of_where_members_read(server: World) -> None:
    w = server
    assert "I lack “View Channel”" in (await w.ada("settings", log="sealed")).text
    assert "I know no “cellar” here" in (await w.ada("settings", log="cellar")).text
    assert "Log channel" not in (await w.ada("settings")).text
    assert "All members can read **general**" in (await w.ada("settings", log=f"<#{GENERAL}>")).text
    assert "Log channel: **general**" in (await w.ada("settings")).text
    assert "the community's team" in (await w.play.command(GUILD, MAX, "settings", log="off")).text
    assert "Log channel: **general**" in (await w.ada("settings")).text, "a stranger ends nothing"
    assert "The log has ended" in (await w.ada("settings", log="off")).text
    await w.plan()
    await w.member_buys()
    await w.quiet()
    assert not any("joined" in line for line in await log_of(w, GENERAL))
    assert "log channel: general" in (await w.ada("audit")).text


async def test_the_log_of_a_server_is_read_in_a_chat_of_the_same_community_and_set_from_either_side(
    club: Salon,
) -> None:
    await connect(club)
    said = await club.writes(OLGA, "/settings log:here", chat=SALON)
    assert "In Salon" in said.all, said
    assert "All members can read Salon" not in said.all, "no plan opens it yet"
    await club.world.plan()
    await club.world.member_buys()

    async def log() -> list[str]:
        messages = (await club.chat())["messages"]
        return [line for message in messages if message["by"] == "the bot" for line in message["text"].splitlines()]

    await reads(log, "mia joined Pro", "$9.99")
    assert "The log has ended" in (await club.world.ada("settings", log="off")).text
    news = {"id": CHANNEL, "type": "channel", "title": "News", "owner": "olga", "bot": {"rights": ["invite_users"]}}
    await club.world.play.post("seed", {"telegram": {"chats": [news]}})
    said = await club.writes(OLGA, "/settings log:News", chat=SALON)
    assert "I know no “News” here" in said.all, "it belongs to another community"


async def test_a_channel_that_closes_is_told_of_once_and_goes_on_where_another_is_set(server: World) -> None:
    w = server
    await w.ada("settings", log="team")
    await w.plan()
    await w.play.post("discord/role", {"guild": GUILD, "role": STAFF, "action": "delete"})
    await w.member_buys()
    told = await w.told(ADA, "I can't write the log of **Riverside Book Club**")
    assert "“View Channel”" in told.text
    assert "“View Channel”" in (await w.ada("settings")).text
    await w.ada("settings", log="general")

    async def log() -> list[str]:
        return await log_of(w, GENERAL)

    await reads(log, "mia joined Pro")
    await w.told(ADA, "what I told you about is over")
