"""What gives a role to people without an Administrator, as the sandbox's Discord tells the real client."""

from __future__ import annotations

from typing import Any

import pytest

from payments.core.community import Place, Platform
from payments.ports.chat import Givers
from sandbox.discord import wire
from tests.platforms.discord_stage import GUILD, OWNER, SEED, Bot, running

STAFF = "700000000000000010"
SERVER = Place(Platform.DISCORD, GUILD)


def seed(**guild: Any) -> dict[str, Any]:
    """A server with a team's role and whatever else is described."""
    roles = [{"id": STAFF, "name": "Staff", "position": 1}, *guild.pop("roles", [])]
    place = {"id": GUILD, "name": "Chess club", "owner": OWNER, "roles": roles, "bot": {"position": 3}, **guild}
    return {"application": SEED["application"], "users": SEED["users"], "guilds": [place]}


async def givers(bot: Bot, described: dict[str, Any]) -> Givers | None:
    bot.sandbox.discord.seed(described)
    return await bot.platform.givers(SERVER, STAFF)


async def test_a_role_that_newcomers_choose_is_no_role_for_a_team() -> None:
    question = {"title": "Who are you?", "answers": [{"title": "Player"}, {"title": "Helper", "roles": ["Staff"]}]}
    async with running() as bot:
        assert await givers(bot, seed()) == Givers()
        found = await givers(bot, seed(onboarding=[question]))
        assert found == Givers(by_itself=True)


async def test_nor_where_discord_keeps_its_questions_to_itself() -> None:
    question = {"answers": [{"roles": ["Staff"]}]}
    async with running() as bot:
        bot.sandbox.faults.add(
            {"service": "discord", "path": "/guilds/*/onboarding", "status": 403, "times": 0}
            | {"body": {"message": "Missing Permissions", "code": 50013}}
        )
        assert await givers(bot, seed(onboarding=[question])) == Givers(by_itself=True), "by the role's own flag"
        assert await givers(bot, seed()) == Givers()


async def test_nor_where_only_the_questions_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "roles", lambda guild: [wire.role(role) for role in guild.roles.values()])
    async with running() as bot:
        assert await givers(bot, seed(onboarding=[{"answers": [{"roles": ["Staff"]}]}])) == Givers(by_itself=True)


async def test_while_discord_does_not_answer_nobody_knows() -> None:
    async with running() as bot:
        bot.sandbox.faults.add({"service": "discord", "path": "/guilds/*/onboarding", "status": 503, "times": 0})
        assert await givers(bot, seed()) is None


@pytest.mark.parametrize("tag", ["premium_subscriber", "guild_connections", "available_for_purchase"])
async def test_what_members_get_from_discord_itself_is_none(tag: str) -> None:
    described = seed()
    described["guilds"][0]["roles"][0]["tags"] = [tag]
    async with running() as bot:
        assert await givers(bot, described) == Givers(by_itself=True)


def with_bot(position: int, *more: str) -> dict[str, Any]:
    """Another bot, an Administrator, that gives roles to whoever reacts to a message."""
    carl = {"id": "800000000000000001", "name": "carl", "bot": True}
    theirs = {"name": "Carl-bot", "position": position, "permissions": "administrator", "of_bot": carl["id"]}
    described = seed(
        roles=[theirs, {"name": "Bots", "position": 8}],
        members=[{"user": carl, "roles": ["Carl-bot", *more]}],
    )
    described["users"] = [*described["users"], carl]
    described["guilds"][0]["roles"][0]["position"] = 4
    return described


async def test_another_bot_that_is_an_administrator_counts_where_it_stands_above_the_role() -> None:
    async with running() as bot:
        assert await givers(bot, with_bot(6)) == Givers(("Carl-bot",))
        assert await givers(bot, with_bot(2)) == Givers(), "a right without the place hands out nothing"
        assert await givers(bot, with_bot(2, "Bots")) == Givers(("Carl-bot",)), "by another role of its"
