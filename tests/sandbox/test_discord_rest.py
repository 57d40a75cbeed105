"""Guilds, roles, members, bans and messages, as the real discord.py asks for them."""

import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import aiohttp
import discord
import pytest

from sandbox.server import Sandbox
from tests.sandbox.discord_bot import ADA, BOB, GUILD, OWNER, PRO, SEED, Bot, Person, online, pointed_at

ELSEWHERE = 500_000_000_000_000_009


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running() as made:
        made.discord.seed(SEED)
        made.discord.seed({"guilds": [{"id": ELSEWHERE, "name": "elsewhere", "owner": "eve", "bot": False}]})
        with pointed_at(made.url):
            yield made


async def refused(call: Coroutine[Any, Any, Any]) -> tuple[int, int]:
    """Status and code of Discord's refusal."""
    with pytest.raises(discord.HTTPException) as caught:
        await call
    return caught.value.status, caught.value.code


async def test_a_bot_connects_and_knows_its_guild(sandbox: Sandbox) -> None:
    async with online(Bot()) as bot:
        guild = bot.get_guild(GUILD)
        assert guild is not None
        assert guild.name == "Chess club"
        assert guild.me.top_role.name == "Guestlist"
        assert guild.me.guild_permissions.manage_roles
        assert [role.name for role in guild.roles] == ["@everyone", "Pro", "Guestlist"]
        assert [g.id async for g in bot.fetch_guilds()] == [GUILD]
        assert (await bot.application_info()).name == "Guestlist"


async def test_a_role_is_given_and_taken_with_a_reason(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        await bot.http.add_role(GUILD, ADA, PRO, reason="paid: plan “Pro”")
        assert await person.roles_of(ADA) == ["Pro"]
        await bot.http.add_role(GUILD, ADA, PRO, reason="again")
        await bot.http.remove_role(GUILD, ADA, PRO, reason="ended")
        assert await person.roles_of(ADA) == []
    log = [(e["action"], e["user"], e["reason"], e["by"], e["changed"]) for e in (await person.guild())["log"]]
    assert log == [
        ("role_add", str(ADA), "paid: plan “Pro”", "the bot", True),
        ("role_add", str(ADA), "again", "the bot", False),
        ("role_remove", str(ADA), "ended", "the bot", True),
    ]


async def test_what_the_bot_may_not_do_is_refused_with_discords_own_codes(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        http = bot.http
        assert await refused(http.add_role(GUILD, OWNER + 5, PRO)) == (404, 10013)
        await person.post("/discord/member", {"user": BOB, "guild": GUILD, "action": "leave"})
        assert await refused(http.add_role(GUILD, BOB, PRO)) == (404, 10007)
        assert await refused(http.get_member(GUILD, BOB)) == (404, 10007)
        assert await refused(http.add_role(GUILD, ADA, PRO + 5)) == (404, 10011)
        assert await refused(http.add_role(ELSEWHERE, ADA, PRO)) == (403, 50001)
        assert await refused(http.get_member(ELSEWHERE, ADA)) == (403, 50001)
        assert await refused(http.get_guild(ELSEWHERE)) == (404, 10004), "as if it did not exist"
        assert await refused(http.get_guild(ELSEWHERE + 1)) == (404, 10004)
        assert await refused(http.add_role(GUILD, ADA, GUILD)) == (400, 50028)


async def test_roles_above_the_bots_own_are_out_of_its_reach(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        await person.post("/discord/role", {"guild": GUILD, "role": "Pro", "action": "move", "position": 9})
        assert await refused(bot.http.add_role(GUILD, ADA, PRO)) == (403, 50013)
        assert await refused(bot.http.delete_role(GUILD, PRO)) == (403, 50013)
        await person.post("/discord/role", {"guild": GUILD, "role": "Pro", "action": "move", "position": 1})
        await bot.http.add_role(GUILD, ADA, PRO)
        await person.post("/discord/role", {"guild": GUILD, "role": "Pro", "action": "update", "managed": True})
        assert await refused(bot.http.remove_role(GUILD, ADA, PRO)) == (403, 50013)


async def test_without_the_right_to_manage_roles_nothing_is_given(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        change = {"guild": GUILD, "role": "Guestlist", "action": "update", "permissions": ["view_channel"]}
        await person.post("/discord/role", change)
        assert await refused(bot.http.add_role(GUILD, ADA, PRO)) == (403, 50013)
        assert await refused(bot.http.create_role(GUILD, name="x")) == (403, 50013)
        assert await refused(bot.http.ban(ADA, GUILD)) == (403, 50013)


async def test_roles_are_made_changed_and_deleted(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        guild = await bot.fetch_guild(GUILD)
        role = await guild.create_role(name="Gold", colour=discord.Colour(0xFFD700), reason="a plan needs it")
        assert role.position == 1
        renamed = await role.edit(name="Silver")
        assert renamed is not None
        assert renamed.name == "Silver"
        await bot.http.add_role(GUILD, ADA, role.id)
        assert await person.roles_of(ADA) == ["Silver"]
        await role.delete()
        assert await person.roles_of(ADA) == []
        cached = bot.get_guild(GUILD)
        assert cached is not None
        await bot.happens("guild_role_delete")
        assert [(r.name, r.position) for r in cached.roles] == [("@everyone", 0), ("Pro", 2), ("Guestlist", 3)]
        too_much = discord.Permissions(administrator=True)
        assert await refused(guild.create_role(name="x", permissions=too_much)) == (403, 50013)


async def test_members_are_listed_page_by_page(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        guild = await bot.fetch_guild(GUILD)
        names = {member.name async for member in guild.fetch_members(limit=None)}
        assert names == {"ada", "bob", "olga", "Guestlist"}
        page = await bot.http.get_members(GUILD, limit=1, after=ADA)
        assert [m["user"]["username"] for m in page] == ["bob"]
        member = await guild.fetch_member(BOB)
        assert [role.name for role in member.roles] == ["@everyone", "Pro"]


async def test_members_are_banned_unbanned_and_kicked(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        guild = await bot.fetch_guild(GUILD)
        assert await refused(guild.unban(discord.Object(ADA))) == (404, 10026)
        await guild.ban(discord.Object(ADA), reason="chargeback")
        _, user = await bot.happens("member_ban")
        assert user.id == ADA
        assert (await guild.fetch_ban(discord.Object(ADA))).reason == "chargeback"
        assert await refused(guild.fetch_member(ADA)) == (404, 10007)
        await guild.unban(discord.Object(ADA))
        await guild.kick(discord.Object(BOB), reason="bye")
        assert await refused(guild.ban(discord.Object(OWNER))) == (403, 50013)
    actions = [(e["action"], e.get("reason")) for e in (await person.guild())["log"]]
    assert actions == [("ban", "chargeback"), ("leave", "chargeback"), ("unban", None), ("kick", "bye")]


async def test_direct_messages_arrive_unless_they_are_blocked(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        guild = await bot.fetch_guild(GUILD)
        ada = await guild.fetch_member(ADA)
        sent = await ada.send("hello", embed=discord.Embed(title="Pro").add_field(name="price", value="5 €"))
        await sent.edit(content="hello, ada")
        (message,) = (await person.guild())["direct_messages"][str(ADA)]
        assert (message["text"], message["edited"]) == ("hello, ada\nPro\nprice: 5 €", True)
        await person.post("/discord/member", {"user": ADA, "guild": GUILD, "action": "block_dms"})
        assert await refused(ada.send("hello?")) == (403, 50007)
        await person.post("/discord/member", {"user": ADA, "guild": GUILD, "action": "allow_dms"})
        await ada.send("again")
        await person.post("/discord/member", {"user": ADA, "guild": GUILD, "action": "leave"})
        assert await refused(ada.send("gone?")) == (403, 50278)


async def test_messages_in_channels_are_written_read_changed_and_deleted(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        guild = bot.get_guild(GUILD)
        assert guild is not None
        (channel,) = guild.text_channels
        first = await channel.send("one")
        await channel.send("two", file=discord.File(__file__, filename="two.txt"))
        await first.edit(content="ONE")
        found = [(m.content, [a.filename for a in m.attachments]) async for m in channel.history(limit=5)]
        assert found == [("two", ["two.txt"]), ("ONE", [])]
        await first.delete()
        assert await refused(channel.fetch_message(first.id)) == (404, 10008)
        assert await refused(channel.send("")) == (400, 50006)
        twins = [{"type": 2, "style": 1, "label": "a", "custom_id": "same"}] * 2
        body = {"components": [{"type": 1, "components": twins}]}
        route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id)
        assert await refused(bot.http.request(route, json=body)) == (400, 50035)


async def test_a_command_in_a_locale_that_discord_does_not_know_is_refused(sandbox: Sandbox) -> None:
    async with online(Bot()) as bot:
        assert bot.application_id is not None
        command: dict[str, Any] = {"name": "plans", "type": 1, "description": "What there is"}
        option = {"name": "plan", "type": 3, "description": "Which"}
        choice = {"name": "One", "value": "1", "name_localizations": {"es": "Uno"}}
        for wrong in (
            {**command, "description_localizations": {"es": "Lo que hay"}},
            {**command, "name_localizations": {"en": "plans"}},
            {**command, "options": [{**option, "description_localizations": {"pt": "Qual"}}]},
            {**command, "options": [{**option, "choices": [choice]}]},
            {**command, "description_localizations": {"es-ES": "x" * 101}},
        ):
            call = bot.http.bulk_upsert_global_commands(bot.application_id, [wrong])
            assert await refused(call) == (400, 50035), wrong
        good = {**command, "description_localizations": {"es-ES": "Lo que hay", "es-419": "Lo que hay"}}
        (made,) = await bot.http.bulk_upsert_global_commands(bot.application_id, [good])
        assert made["description_localizations"] == good["description_localizations"]


async def test_a_channel_closed_to_the_bot_stays_closed(sandbox: Sandbox, person: Person) -> None:
    hidden = {"name": "staff", "overwrites": [{"role": "@everyone", "deny": "view_channel"}]}
    quiet = {"name": "news", "overwrites": [{"role": "@everyone", "deny": "send_messages"}]}
    sandbox.discord.seed({"guilds": [{**SEED["guilds"][0], "channels": [hidden, quiet]}]})
    async with online(Bot()) as bot:
        await person.post("/discord/role", {"role": "Guestlist", "guild": GUILD, "action": "update", "permissions": 0})
        guild = bot.get_guild(GUILD)
        assert guild is not None
        staff, news = guild.text_channels
        assert await refused(staff.send("x")) == (403, 50001)
        assert await refused(news.send("x")) == (403, 50013)


async def test_a_wrong_token_is_refused(sandbox: Sandbox) -> None:
    sandbox.discord.seed({"application": {"token": "right"}})
    async with Bot() as stranger:
        with pytest.raises(discord.LoginFailure):
            await stranger.start("wrong")
    async with online(Bot(), token="right") as bot:
        assert bot.user is not None
    assert sandbox.discord.state()["invalid_requests"] == 1


@pytest.mark.parametrize("overall", [False, True], ids=["per route", "global"])
async def test_too_many_requests_are_answered_429_and_the_client_waits(
    sandbox: Sandbox, person: Person, overall: bool
) -> None:
    async with online(Bot()) as bot:
        fault = {
            "service": "discord",
            "path": "/guilds/*/members/*/roles/*",
            "status": 429,
            "body": {"retry_after": 0.3, "global": overall},
            "times": 2,
        }
        await person.post("/faults", fault)
        began = time.monotonic()
        await bot.http.add_role(GUILD, ADA, PRO)
        assert time.monotonic() - began >= 0.6
    assert await person.roles_of(ADA) == ["Pro"]


async def test_the_limits_themselves_are_enforced(sandbox: Sandbox, person: Person) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": "Bot x"}) as session:

        async def ask(path: str) -> tuple[int, dict[str, Any], Any]:
            async with session.get(f"{sandbox.url}/api/v10{path}") as answer:
                return answer.status, await answer.json(), answer.headers

        sandbox.discord.seed({"rate_limits": {"other": {"requests": 2, "seconds": 5}}})
        statuses = [(await ask(f"/guilds/{GUILD}"))[0] for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert (await ask(f"/guilds/{GUILD}/roles"))[0] == 200
        _, body, headers = await ask(f"/guilds/{GUILD}")
        assert body["global"] is False
        assert 4 < body["retry_after"] <= 5
        assert headers["Via"]
        assert headers["X-RateLimit-Remaining"] == "0"
        assert headers["Content-Type"] == "application/json"
        sandbox.discord.seed({"rate_limits": {"overall": {"requests": 1, "seconds": 5}}})
        _, body, headers = await ask("/users/@me")
        assert body["global"] is True
        assert headers["X-RateLimit-Global"] == "true"
