"""Where a sentence for a whole server is written, and that it pings nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from payments.core.community import Place, Platform
from payments.ports.chat import Blocked, Done, Message
from tests.platforms.discord_stage import ADA, GUILD, SEED, Bot, running

HERE = Place(Platform.DISCORD, GUILD)
MUTE = {"role": "@everyone", "deny": ["send_messages"]}
HIDDEN = {"role": "@everyone", "deny": ["view_channel"]}


def server(*channels: Any, **guild: Any) -> dict[str, Any]:
    """The first text channel is the one for Discord's own messages."""
    return {**SEED, "guilds": [{**SEED["guilds"][0], "channels": list(channels), **guild}]}


def written(bot: Bot) -> list[str]:
    channels = bot.sandbox.discord.people.guild(GUILD).channels
    messages = bot.sandbox.discord.world.messages.values()
    return [channels[one.channel_id].name for one in messages if one.channel_id in channels]


@pytest.mark.parametrize(
    ("channels", "where"),
    [
        (["welcome", "chat"], "welcome"),
        ([{"name": "welcome", "overwrites": [MUTE]}, "chat"], "chat"),
        ([{"name": "welcome", "overwrites": [HIDDEN]}, {"name": "talk", "type": 5}, "chat"], "chat"),
        ([{"name": "welcome", "overwrites": [MUTE, {"role": "Pro", "allow": ["send_messages"]}]}], "welcome"),
    ],
)
async def test_it_writes_where_discord_does_or_else_in_the_first_text_channel_where_it_may(
    channels: list[Any], where: str
) -> None:
    async with running(server(*channels, bot={"position": 3, "roles": ["Pro"]})) as bot:
        assert await bot.platform.post(HERE, Message("Hello")) == Done()
        assert written(bot) == [where]


async def test_an_administrator_may_write_whatever_a_channel_says() -> None:
    channel = {"name": "welcome", "overwrites": [MUTE]}
    async with running(server(channel, bot={"position": 3, "permissions": ["administrator"]})) as bot:
        assert await bot.platform.post(HERE, Message("Hello")) == Done()
        assert written(bot) == ["welcome"]


async def test_it_sends_nothing_where_it_may_write_nowhere() -> None:
    async with running(server({"name": "welcome", "overwrites": [MUTE]})) as bot:
        outcome = await bot.platform.post(HERE, Message("Hello"))
        assert isinstance(outcome, Blocked)
        assert outcome.code == "cannot_post"
        assert written(bot) == []


async def test_a_post_pings_nobody(tmp_path: Path) -> None:
    har = tmp_path / "wire.har"
    async with running(har=har) as bot:
        assert await bot.platform.post(HERE, Message(f"@everyone <@{ADA}>")) == Done()
    requests = [entry["request"] for entry in json.loads(har.read_text())["log"]["entries"]]
    bodies = [json.loads(r["postData"]["text"]) for r in requests if r["method"] == "POST" and "messages" in r["url"]]
    assert [body["allowed_mentions"] for body in bodies] == [{"parse": []}]
    assert "@everyone" in bodies[0]["content"]
