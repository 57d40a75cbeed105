"""The gateway, as the real discord.py connects to it, is cut off and comes back."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from sandbox.server import Sandbox
from tests.sandbox.discord_bot import ADA, BOB, GUILD, SEED, Bot, Person, eventually, online, pointed_at

NEW = 600_000_000_000_000_077


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running() as made:
        made.discord.seed(SEED)
        made.discord.seed({"users": [{"id": NEW, "name": "nina"}]})
        with pointed_at(made.url):
            yield made


async def test_members_who_join_change_and_leave_are_told(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        await person.post("/discord/member", {"guild": GUILD, "user": NEW, "action": "join"})
        (member,) = await bot.happens("member_join")
        assert (member.id, member.name) == (NEW, "nina")
        await person.post("/discord/role", {"guild": GUILD, "role": "Pro", "user": NEW, "action": "give"})
        await person.post("/discord/member", {"guild": GUILD, "user": NEW, "action": "leave"})
        (gone,) = await bot.happens("raw_member_remove")
        assert gone.user.id == NEW
        await person.post("/discord/role", {"guild": GUILD, "role": "Pro", "action": "update", "name": "Prime"})
        _, after = await bot.happens("guild_role_update")
        assert after.name == "Prime"


async def test_without_the_members_intent_members_are_not_told(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot(intents=discord.Intents(guilds=True))) as bot:
        await person.post("/discord/member", {"guild": GUILD, "user": NEW, "action": "join"})
        await person.post("/discord/role", {"guild": GUILD, "action": "create", "name": "Later"})
        await bot.happens("guild_role_create")
        assert not [name for name, _ in bot.events if name == "member_join"]


async def test_all_members_come_in_chunks_when_asked_for(sandbox: Sandbox) -> None:
    many = [{"name": f"member{n}"} for n in range(1200)]
    sandbox.discord.seed({"guilds": [{**SEED["guilds"][0], "members": many}]})
    async with online(Bot()) as bot:
        guild = bot.get_guild(GUILD)
        assert guild is not None
        members = await guild.chunk(cache=False)
        assert members is not None
        assert len(members) == 1202
        found = await guild.query_members("member119", limit=50)
        assert len(found) == 11
        some = await guild.query_members(user_ids=[found[0].id, 1])
        assert [member.id for member in some] == [found[0].id]


async def test_a_cut_connection_is_resumed_and_what_was_missed_is_told(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        closed = await person.post("/discord/gateway", {"action": "close", "code": 4000})
        assert closed["connections"] == 1
        await person.post("/discord/member", {"guild": GUILD, "user": NEW, "action": "join"})
        await bot.happens("resumed")
        (member,) = await bot.happens("member_join")
        assert member.id == NEW
        assert len([name for name, _ in bot.events if name == "member_join"]) == 1
        told = await person.get("/discord/gateway")
        assert (told["identified"], told["resumed"], told["connected"]) == (1, 1, True)


async def test_the_server_may_ask_to_reconnect(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        await person.post("/discord/gateway", {"action": "reconnect"})
        await bot.happens("resumed")
        await person.post("/discord/gateway", {"action": "heartbeat"})
        assert (await person.get("/discord/gateway"))["resumed"] == 1


@pytest.mark.parametrize(
    "cut",
    [{"action": "invalidate", "resumable": False}, {"action": "close", "code": 4000, "resumable": False}],
    ids=["invalid session", "session lost"],
)
async def test_a_lost_session_begins_anew(
    sandbox: Sandbox, person: Person, cut: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.backoff.ExponentialBackoff, "delay", lambda self: 0.05)
    async with online(Bot()) as bot:
        await person.post("/discord/gateway", cut)
        await bot.happens("ready", 2)
        assert (await person.get("/discord/gateway"))["identified"] == 2


async def test_an_unreachable_gateway_is_tried_again(
    sandbox: Sandbox, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.backoff.ExponentialBackoff, "delay", lambda self: 0.05)
    async with online(Bot()) as bot:
        await person.post("/discord/gateway", {"action": "refuse"})
        await bot.happens("disconnect", 2)
        assert (await person.get("/discord/gateway"))["connected"] is False
        await person.post("/discord/gateway", {"action": "accept"})

        async def connected() -> bool:
            return bool((await person.get("/discord/gateway"))["connected"])

        await eventually(connected)


async def test_a_wrong_token_closes_the_gateway_with_4004(sandbox: Sandbox) -> None:
    assert await _identify(sandbox, {"token": "", "intents": 1}) == 4004
    sandbox.discord.seed({"application": {"token": "right"}})
    assert await _identify(sandbox, {"token": "wrong", "intents": 1}) == 4004


async def test_a_privileged_intent_that_is_off_closes_the_gateway(sandbox: Sandbox) -> None:
    sandbox.discord.seed({"application": {"intents": []}})
    async with Bot() as bot:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await bot.start("token")
    assert await _identify(sandbox, {"token": "x", "intents": 1 << 40}) == 4013


async def _identify(sandbox: Sandbox, data: dict[str, Any]) -> int | None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{sandbox.url}/gateway") as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11
        await socket.send_json({"op": 2, "d": data})
        await socket.receive()
        return socket.close_code


async def test_nonsense_closes_the_gateway_with_its_own_code(sandbox: Sandbox) -> None:
    for text, code in [("{", 4002), ('{"op": 99}', 4001), ('{"op": 3, "d": {}}', 4003), ('"' + "x" * 5000 + '"', 4002)]:
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{sandbox.url}/gateway") as socket:
            await socket.receive_json()
            await socket.send_str(text)
            await socket.receive()
            assert socket.close_code == code


async def test_each_shard_hears_of_its_own_guilds(sandbox: Sandbox, person: Person) -> None:
    mine = (GUILD >> 22) % 2
    async with aiohttp.ClientSession() as session:
        for shard in (0, 1):
            async with session.ws_connect(f"{sandbox.url}/gateway") as socket:
                await socket.receive_json()
                await socket.send_json({"op": 2, "d": {"token": "x", "intents": 1, "shard": [shard, 2]}})
                ready = await socket.receive_json()
                assert [g["id"] for g in ready["d"]["guilds"]] == ([str(GUILD)] if shard == mine else [])


async def test_a_new_guild_is_told_to_a_connected_bot(sandbox: Sandbox) -> None:
    async with online(Bot()) as bot:
        sandbox.discord.seed({"guilds": [{"id": "1234567890123456", "name": "Second", "members": [ADA, BOB]}]})
        (guild,) = await bot.happens("guild_join")
        assert (guild.name, guild.member_count) == ("Second", 4)
