"""The door on Discord, over the wire: real events, real refusals, real limits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket, KeepAliveHandler

from bot.platforms.discord import adapter
from payments.core.access import EffectState
from payments.core.catalog import Plan
from payments.core.community import Place, Platform, Target
from payments.core.ids import PersonId
from payments.flows.access import presence
from payments.flows.access.outcomes import Delivery
from payments.ports.chat import Blocked, Busy, Done, Failed, Message
from storage.store import SqlStore
from tests.fakes.door import Door, open_door
from tests.platforms.discord_stage import ADA, BOB, BOSS, GUILD, PRO, SEED, Bot, running, start, until


@dataclass
class Stage:
    """A door whose platform is the sandbox's Discord."""

    door: Door
    bot: Bot
    role: Target
    plan: Plan

    @property
    def people(self) -> Any:
        return self.bot.sandbox.discord.people

    async def member(self, user_id: str) -> PersonId:
        person = await self.door.person(user_id)
        await self.door.joins_plan(person, self.plan)
        return person

    async def opened(self) -> list[Delivery]:
        """Wait for an event to open something, and deliver it; what came of it, however many events told of it."""
        return list(dict.fromkeys(await until(self.door.work)))


@pytest.fixture
async def stage(sqlite_store: SqlStore) -> AsyncIterator[Stage]:
    door = await open_door(sqlite_store, Place(Platform.DISCORD, GUILD))
    async with running(app=lambda: door.app) as bot:
        door.app.platforms = {Platform.DISCORD: bot.platform}
        role = await door.role("Pro", PRO)
        await until(lambda: bot.platform.compared == 1)  # from here on only events tell
        yield Stage(door, bot, role, await door.plan("Pro", role))


async def test_a_membership_opens_and_closes_a_role_and_the_server_log_says_why(stage: Stage) -> None:
    ada = await stage.member(ADA)
    assert await stage.door.work() == [Delivery.GRANTED]
    assert stage.bot.roles_of(ADA) == {PRO}
    await stage.door.ends(ada, stage.plan)
    assert await stage.door.work() == [Delivery.REVOKED]
    assert stage.bot.roles_of(ADA) == set()
    reasons = [line["reason"] for line in stage.bot.log("role_add") + stage.bot.log("role_remove")]
    assert reasons == ["Guestlist: member of Pro", "Guestlist: membership ended (canceled)"]


async def test_who_had_the_role_before_keeps_it(stage: Stage) -> None:
    bob = await stage.member(BOB)
    assert await stage.door.work() == [Delivery.KEPT]
    await stage.door.ends(bob, stage.plan)
    assert await stage.door.work() == [Delivery.KEPT]
    assert stage.bot.roles_of(BOB) == {PRO}


async def test_who_leaves_and_comes_back_has_the_role_again(stage: Stage) -> None:
    ada = await stage.member(ADA)
    await stage.door.work()
    stage.people.member({"guild": GUILD, "user": ADA, "action": "leave"})
    assert await stage.opened() == [Delivery.WAITING]
    stage.people.member({"guild": GUILD, "user": ADA, "action": "join"})
    assert await stage.opened() == [Delivery.GRANTED]
    assert stage.bot.roles_of(ADA) == {PRO}
    assert await stage.door.state(ada, stage.role) is EffectState.DONE


async def test_a_role_taken_by_a_moderator_is_given_again(stage: Stage) -> None:
    await stage.member(ADA)
    await stage.door.work()
    stage.people.role({"guild": GUILD, "user": ADA, "role": PRO, "action": "take"})
    assert await stage.opened() == [Delivery.GRANTED]
    assert stage.bot.roles_of(ADA) == {PRO}


async def test_who_came_while_the_bot_was_away_is_found_when_it_is_back(stage: Stage) -> None:
    await stage.member(ADA)
    stage.people.member({"guild": GUILD, "user": ADA, "action": "leave"})
    assert await stage.door.work() == [Delivery.WAITING]
    await stage.bot.sandbox.discord.gateway_control({"action": "refuse", "resumable": False})
    stage.people.member({"guild": GUILD, "user": ADA, "action": "join"})
    await stage.bot.sandbox.discord.gateway_control({"action": "accept"})
    assert await until(stage.door.work, 60) == [Delivery.GRANTED]


async def test_a_role_out_of_reach_is_given_when_an_admin_moved_it(stage: Stage) -> None:
    boss = await stage.door.role("Boss", BOSS)
    plan = await stage.door.plan("Boss", boss)
    ada = await stage.door.person(ADA)
    await stage.door.joins_plan(ada, plan)
    assert await stage.door.work() == [Delivery.BLOCKED]
    ((_, what),) = (await stage.door.notices())["blocked"]
    assert what["code"] == "hierarchy"
    stage.people.role({"guild": GUILD, "role": BOSS, "action": "move", "position": 1})
    assert await stage.opened() == [Delivery.GRANTED]
    assert stage.bot.roles_of(ADA) == {BOSS}


async def test_a_deleted_role_is_noticed_and_told(stage: Stage) -> None:
    await stage.member(ADA)
    await stage.door.work()
    await stage.door.notices()
    stage.people.role({"guild": GUILD, "role": PRO, "action": "delete"})
    assert await stage.opened() == [Delivery.BLOCKED]
    ((_, what),) = (await stage.door.notices())["blocked"]
    assert what["code"] == "target_gone"


async def test_a_bot_that_is_invited_again_goes_on(stage: Stage) -> None:
    own = str(stage.bot.sandbox.discord.world.bot.id)
    bot_roles = [role.name for role in stage.people.guild(GUILD).roles.values() if role.bot_id is not None]
    await stage.member(ADA)
    stage.people.member({"guild": GUILD, "user": own, "action": "leave"})
    assert await stage.door.work() == [Delivery.BLOCKED]
    stage.people.member({"guild": GUILD, "user": own, "action": "join", "roles": bot_roles})
    assert await stage.opened() == [Delivery.GRANTED]


async def test_many_members_are_listed_page_by_page(stage: Stage) -> None:
    members = [{"id": str(600_000_000_000_010_000 + n)} for n in range(1500)]
    guild = {**SEED["guilds"][0], "members": [*SEED["guilds"][0]["members"], *members]}
    stage.bot.sandbox.discord.seed({"guilds": [guild]})
    first = await stage.bot.platform.holders(stage.door.place)
    assert first is not None
    assert len(first.rows) == 1000
    rest = await stage.bot.platform.holders(stage.door.place, first.next)
    assert rest is not None
    assert rest.next is None
    found = [user_id for user_id, _ in (*first.rows, *rest.rows)]
    assert len(found) >= 1502
    assert found == sorted(set(found), key=int)


async def test_a_limit_of_the_whole_token_does_not_shut_the_gate_for_ever(stage: Stage) -> None:
    """discord.py's own gate stays shut when the call that met the limit is cut; ours opens it again."""
    body = {"retry_after": 2.0, "global": True}
    stage.bot.sandbox.faults.add(
        {"service": "discord", "method": "PUT", "path": "*/roles/*", "status": 429, "body": body, "times": 1}
    )
    call = asyncio.create_task(stage.bot.platform.give(ADA, stage.role, ""))
    await until(lambda: stage.bot.platform._limiter.paused_ms)
    call.cancel()
    await asyncio.wait({call})
    assert await stage.bot.platform.give(ADA, stage.role, "") == Done()


async def test_a_long_limit_is_not_waited_for_but_handed_back(stage: Stage) -> None:
    body = {"retry_after": 50.0}
    stage.bot.sandbox.faults.add(
        {"service": "discord", "method": "PUT", "path": "*/roles/*", "status": 429, "body": body, "times": 1}
    )
    outcome = await stage.bot.platform.give(ADA, stage.role, "")
    assert isinstance(outcome, Busy)
    assert outcome.retry_after_ms == 50_000


async def test_after_a_long_limit_of_the_whole_token_nothing_is_even_asked(stage: Stage) -> None:
    body = {"retry_after": 50.0, "global": True}
    stage.bot.sandbox.faults.add(
        {"service": "discord", "method": "PUT", "path": "*/roles/*", "status": 429, "body": body, "times": 1}
    )
    await stage.bot.platform.give(ADA, stage.role, "")
    outcome = await stage.bot.platform.holds(ADA, stage.role)
    assert isinstance(outcome, Busy)
    assert outcome.retry_after_ms > 40_000


async def test_a_call_that_hangs_is_cut(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "CALL_S", 0.3)
    stage.bot.sandbox.faults.add({"service": "discord", "path": "*/members/*", "delay": 5, "times": 0})
    assert isinstance(await stage.bot.platform.holds(ADA, stage.role), Busy)
    assert isinstance(await stage.bot.platform.check(stage.role), Busy)


async def test_a_token_that_was_reset_costs_no_attempts(stage: Stage) -> None:
    stage.bot.sandbox.faults.add({"service": "discord", "method": "PUT", "path": "*/roles/*", "status": 401})
    assert isinstance(await stage.bot.platform.give(ADA, stage.role, ""), Busy)


async def test_an_answer_that_nobody_knows_is_a_failure(stage: Stage) -> None:
    body = {"code": 30099, "message": "Something new"}
    for path in ("*/roles/*", "/channels/*"):
        fault = {"service": "discord", "path": path, "status": 400, "body": body}
        stage.bot.sandbox.faults.add(fault)
    assert isinstance(await stage.bot.platform.give(ADA, stage.role, ""), Failed)
    assert isinstance(await stage.bot.platform.tell(ADA, Message("Hello")), Failed)
    assert await stage.bot.platform.tell(ADA, Message("Hello")) == Done()


async def test_a_limit_of_a_route_is_waited_for(stage: Stage) -> None:
    body = {"retry_after": 0.3}
    stage.bot.sandbox.faults.add(
        {"service": "discord", "method": "PUT", "path": "*/roles/*", "status": 429, "body": body, "times": 2}
    )
    assert await stage.bot.platform.give(ADA, stage.role, "") == Done()


async def test_a_ban_by_the_network_before_discord_asks_to_wait_long(stage: Stage) -> None:
    stage.bot.sandbox.faults.add(
        {
            "service": "discord",
            "method": "PUT",
            "path": "*/roles/*",
            "status": 403,
            "body": {"message": "cloudflare", "code": 0},
        }
    )
    outcome = await stage.bot.platform.give(ADA, stage.role, "")
    assert not isinstance(outcome, Done | Blocked)


async def test_a_broken_connection_is_no_answer(stage: Stage) -> None:
    stage.bot.sandbox.faults.add(
        {"service": "discord", "method": "PUT", "path": "*/roles/*", "drop": True, "after": True, "times": 0}
    )
    assert isinstance(await stage.bot.platform.give(ADA, stage.role, ""), Busy)
    assert stage.bot.roles_of(ADA) == {PRO}


async def test_a_stopped_bot_says_so(stage: Stage) -> None:
    await stage.bot.stop()
    assert not stage.bot.platform.ready
    assert isinstance(await stage.bot.platform.tell(ADA, Message("Hello")), Busy)


async def test_who_shares_no_server_any_more_is_not_reached(stage: Stage) -> None:
    assert await stage.bot.platform.tell(ADA, Message("Hello")) == Done()
    stage.people.member({"guild": GUILD, "user": ADA, "action": "leave"})
    outcome = await stage.bot.platform.tell(ADA, Message("Hello again"))
    assert isinstance(outcome, Blocked)
    assert outcome.code == "dm_closed"


async def test_the_comparison_of_a_server_on_the_wire(stage: Stage) -> None:
    await stage.member(ADA)
    await stage.door.work()
    guild = stage.people.guild(GUILD)
    next(m for m in guild.members.values() if str(m.user.id) == ADA).roles.clear()  # without any event
    assert await presence.compare_place(stage.door.app, stage.door.place) == 1
    assert await stage.door.work() == [Delivery.GRANTED]


async def test_a_connection_given_up_while_it_is_made_leaves_no_heartbeat(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py forgets the thread, and it would try to send for as long as the process lives."""
    identifying, others = asyncio.Event(), set(threading.enumerate())

    async def hangs(_socket: DiscordWebSocket) -> None:
        identifying.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(DiscordWebSocket, "identify", hangs)
    second = start(stage.bot.sandbox, app=lambda: stage.door.app)
    await identifying.wait()
    (heart,) = [one for one in set(threading.enumerate()) - others if isinstance(one, KeepAliveHandler)]
    await second.stop()
    await asyncio.to_thread(heart.join, 20)  # less than the interval of heartbeats, in which it would fail
    assert not heart.is_alive()
