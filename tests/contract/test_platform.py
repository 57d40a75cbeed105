"""What every chat platform must do; the fake and Discord's adapter (over the wire) pass the same tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from payments.core.community import Place, Platform, Target, TargetKind
from payments.core.ids import CommunityId, TargetId
from payments.core.rights import Standing
from payments.ports.chat import (
    ActionButton,
    Blocked,
    Busy,
    ChatPlatform,
    Done,
    Holding,
    LinkButton,
    Message,
    NotThere,
    PlaceMember,
)
from sandbox.discord.permissions import SEND_MESSAGES
from sandbox.discord.state import Overwrite
from tests.fakes.platform import FakePlatform, FakeRole, FakeServer
from tests.platforms.discord_stage import ADA, BOB, BOSS, GUILD, PRO, ROBOT, Bot, running

STRANGER = "600000000000000099"


class World(Protocol):
    """What people and moderators do, on either platform."""

    platform: ChatPlatform

    def roles_of(self, user_id: str) -> set[str] | None: ...
    def joins(self, user_id: str) -> None: ...
    def leaves(self, user_id: str) -> None: ...
    def deletes(self, role_id: str) -> None: ...
    def puts_the_bot_out(self) -> None: ...
    def takes_the_bots_right(self) -> None: ...
    def takes_no_messages(self, user_id: str) -> None: ...
    def is_away(self) -> None: ...
    def makes_admin(self, user_id: str) -> None: ...
    def makes_dangerous(self, role_id: str) -> None: ...
    def messages_of(self, user_id: str) -> list[str]: ...
    def posts(self) -> list[str]: ...
    def lets_the_bot_write_nowhere(self) -> None: ...


@dataclass
class FakeWorld:
    platform: FakePlatform

    @property
    def server(self) -> FakeServer:
        return self.platform.servers[GUILD]

    def roles_of(self, user_id: str) -> set[str] | None:
        return self.server.members.get(user_id)

    def joins(self, user_id: str) -> None:
        self.server.members[user_id] = set()

    def leaves(self, user_id: str) -> None:
        del self.server.members[user_id]

    def deletes(self, role_id: str) -> None:
        del self.server.roles[role_id]

    def puts_the_bot_out(self) -> None:
        self.server.bot_inside = False

    def takes_the_bots_right(self) -> None:
        self.server.may_manage = False

    def takes_no_messages(self, user_id: str) -> None:
        self.platform.closed.add(user_id)

    def is_away(self) -> None:
        self.platform.answers = [Busy(1000, "away")]

    def makes_admin(self, user_id: str) -> None:
        self.server.admins.add(user_id)

    def makes_dangerous(self, role_id: str) -> None:
        self.server.roles[role_id].dangerous = ("Administrator",)

    def messages_of(self, user_id: str) -> list[str]:
        return [message.text for message in self.platform.messages.get(user_id, [])]

    def posts(self) -> list[str]:
        return self.server.posts

    def lets_the_bot_write_nowhere(self) -> None:
        self.server.may_write = False


class DiscordWorld:
    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.platform = bot.platform
        self.people = bot.sandbox.discord.people

    def roles_of(self, user_id: str) -> set[str] | None:
        return self.bot.roles_of(user_id)

    def joins(self, user_id: str) -> None:
        self.people.member({"guild": GUILD, "user": user_id, "action": "join"})

    def leaves(self, user_id: str) -> None:
        self.people.member({"guild": GUILD, "user": user_id, "action": "leave"})

    def deletes(self, role_id: str) -> None:
        self.people.role({"guild": GUILD, "role": role_id, "action": "delete"})

    def puts_the_bot_out(self) -> None:
        self.leaves(str(self.bot.sandbox.discord.world.bot.id))

    def takes_the_bots_right(self) -> None:
        own = next(r for r in self.people.guild(GUILD).roles.values() if r.bot_id is not None)
        self.people.role({"guild": GUILD, "role": str(own.id), "action": "update", "permissions": "0"})

    def takes_no_messages(self, user_id: str) -> None:
        self.people.member({"guild": GUILD, "user": user_id, "action": "block_dms"})

    def is_away(self) -> None:
        self.bot.sandbox.faults.add({"service": "discord", "status": 503, "times": 0})

    def makes_admin(self, user_id: str) -> None:
        manage_guild = str(1 << 5)
        self.people.role({"guild": GUILD, "role": BOSS, "action": "update", "permissions": manage_guild})
        self.people.role({"guild": GUILD, "role": BOSS, "action": "give", "user": user_id})

    def makes_dangerous(self, role_id: str) -> None:
        self.people.role({"guild": GUILD, "role": role_id, "action": "update", "permissions": str(1 << 3)})

    def messages_of(self, user_id: str) -> list[str]:
        world = self.bot.sandbox.discord.world
        return [
            m.content
            for m in world.messages.values()
            if (channel := world.channel(m.channel_id)) is not None and str(channel.recipient) == user_id
        ]

    def posts(self) -> list[str]:
        channels = self.people.guild(GUILD).channels
        return [m.content for m in self.bot.sandbox.discord.world.messages.values() if m.channel_id in channels]

    def lets_the_bot_write_nowhere(self) -> None:
        guild = self.people.guild(GUILD)
        for channel in guild.channels.values():
            channel.overwrites[guild.id] = Overwrite(guild.id, 0, 0, SEND_MESSAGES)


@pytest.fixture(params=["fake", "discord"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    if request.param == "fake":
        fake = FakePlatform()
        roles = {PRO: FakeRole(1), ROBOT: FakeRole(2, managed=True), BOSS: FakeRole(4)}
        fake.servers[GUILD] = FakeServer(roles=roles, members={ADA: set(), BOB: {PRO}}, rank=3)
        yield FakeWorld(fake)
    else:
        async with running() as bot:
            yield DiscordWorld(bot)


def role(external_id: str = PRO) -> Target:
    community = CommunityId("com_1")
    return Target(TargetId("trg_1"), community, Platform.DISCORD, GUILD, TargetKind.ROLE, external_id, "Pro")


async def test_a_given_role_is_there(world: World) -> None:
    assert await world.platform.give(ADA, role(), "member of Pro") == Done()
    assert world.roles_of(ADA) == {PRO}


async def test_a_taken_role_is_gone(world: World) -> None:
    assert await world.platform.take(BOB, role(), "membership ended") == Done()
    assert world.roles_of(BOB) == set()


async def test_giving_twice_and_taking_twice_are_as_good_as_once(world: World) -> None:
    for _ in range(2):
        assert await world.platform.give(ADA, role(), "") == Done()
    assert world.roles_of(ADA) == {PRO}
    for _ in range(2):
        assert await world.platform.take(ADA, role(), "") == Done()
    assert world.roles_of(ADA) == set()


async def test_it_tells_who_holds_a_role(world: World) -> None:
    assert await world.platform.holds(BOB, role()) == Holding(True)
    assert await world.platform.holds(ADA, role()) == Holding(False)


async def test_who_left_is_not_there(world: World) -> None:
    world.leaves(BOB)
    assert await world.platform.holds(BOB, role()) == NotThere()
    assert await world.platform.give(BOB, role(), "") == NotThere()
    assert await world.platform.take(BOB, role(), "") == NotThere()


async def test_who_was_never_there_is_not_there(world: World) -> None:
    assert await world.platform.give(STRANGER, role(), "") == NotThere()


async def test_a_member_who_comes_back_has_no_roles_and_can_be_given_them(world: World) -> None:
    world.leaves(BOB)
    world.joins(BOB)
    assert await world.platform.holds(BOB, role()) == Holding(False)
    assert await world.platform.give(BOB, role(), "") == Done()


async def test_a_role_above_the_bots_is_out_of_reach(world: World) -> None:
    for outcome in (await world.platform.give(ADA, role(BOSS), ""), await world.platform.check(role(BOSS))):
        assert isinstance(outcome, Blocked)
        assert outcome.code == "hierarchy"
    assert world.roles_of(ADA) == set()


async def test_an_integrations_role_is_out_of_reach(world: World) -> None:
    for outcome in (await world.platform.give(ADA, role(ROBOT), ""), await world.platform.check(role(ROBOT))):
        assert isinstance(outcome, Blocked)
        assert outcome.code == "managed"


async def test_without_the_right_to_manage_roles_nothing_goes(world: World) -> None:
    world.takes_the_bots_right()
    for outcome in (await world.platform.take(BOB, role(), ""), await world.platform.check(role())):
        assert isinstance(outcome, Blocked)
        assert outcome.code == "no_access"
    assert world.roles_of(BOB) == {PRO}


async def test_a_deleted_role_is_gone(world: World) -> None:
    world.deletes(PRO)
    for outcome in (await world.platform.give(ADA, role(), ""), await world.platform.check(role())):
        assert isinstance(outcome, Blocked)
        assert outcome.code == "target_gone"


async def test_a_bot_that_was_put_out_has_no_access(world: World) -> None:
    world.puts_the_bot_out()
    outcomes = (
        await world.platform.holds(BOB, role()),
        await world.platform.take(BOB, role(), ""),
        await world.platform.check(role()),
    )
    for outcome in outcomes:
        assert isinstance(outcome, Blocked)
        assert outcome.code == "no_access"
    assert await world.platform.holders(Place(Platform.DISCORD, GUILD)) is None


async def test_what_it_can_reach_it_says_so(world: World) -> None:
    assert await world.platform.check(role()) == Done()


async def test_it_lists_who_holds_what(world: World) -> None:
    found = await world.platform.holders(Place(Platform.DISCORD, GUILD))
    assert found is not None
    by_user = dict(found.rows)
    while found is not None and found.next is not None:
        found = await world.platform.holders(Place(Platform.DISCORD, GUILD), found.next)
        assert found is not None
        by_user |= dict(found.rows)
    assert list(by_user) == sorted(by_user, key=int)
    assert by_user[ADA] == frozenset()
    assert by_user[BOB] == frozenset({PRO})


async def test_a_message_arrives(world: World) -> None:
    message = Message("Your payment for **Pro** failed.", (LinkButton("Pay", "https://pay.example/1"),))
    assert await world.platform.tell(ADA, message) == Done()
    assert world.messages_of(ADA) == ["Your payment for **Pro** failed."]


async def test_a_message_may_have_a_button_that_comes_back(world: World) -> None:
    assert await world.platform.tell(ADA, Message("Cancel?", (ActionButton("Cancel", "cancel:sub_1", True),))) == Done()


async def test_who_takes_no_messages_is_not_reached(world: World) -> None:
    world.takes_no_messages(ADA)
    outcome = await world.platform.tell(ADA, Message("Hello"))
    assert isinstance(outcome, Blocked)
    assert outcome.code == "dm_closed"


async def test_a_platform_that_is_away_asks_to_come_back_later(world: World) -> None:
    world.is_away()
    outcome = await world.platform.give(ADA, role(), "")
    assert isinstance(outcome, Busy)
    assert outcome.retry_after_ms > 0
    assert world.roles_of(ADA) == set()


async def test_it_says_who_may_manage_the_place(world: World) -> None:
    place = Place(Platform.DISCORD, GUILD)
    assert await world.platform.member(ADA, place) == PlaceMember(True, Standing.MEMBER, frozenset())
    world.makes_admin(ADA)
    ada = await world.platform.member(ADA, place)
    assert ada is not None
    assert ada.standing > Standing.MEMBER
    bob = await world.platform.member(BOB, place)
    assert bob is not None
    assert bob.standing is Standing.MEMBER


async def test_it_says_who_is_not_in_the_place(world: World) -> None:
    assert await world.platform.member(STRANGER, Place(Platform.DISCORD, GUILD)) == PlaceMember(inside=False)


async def test_an_admin_who_left_is_none_any_more(world: World) -> None:
    world.makes_admin(ADA)
    world.leaves(ADA)
    assert await world.platform.member(ADA, Place(Platform.DISCORD, GUILD)) == PlaceMember(inside=False)


async def test_while_it_is_away_nobody_knows_who_may_manage_the_place(world: World) -> None:
    world.makes_admin(ADA)
    world.is_away()
    assert await world.platform.member(ADA, Place(Platform.DISCORD, GUILD)) is None


@pytest.mark.parametrize("user_id", [ADA, STRANGER])
async def test_while_the_bot_is_out_nobody_knows_who_may_manage_the_place(world: World, user_id: str) -> None:
    world.makes_admin(ADA)
    world.puts_the_bot_out()
    place = Place(Platform.DISCORD, GUILD)
    assert await world.platform.member(user_id, place) is None
    assert await world.platform.hand_out(user_id, role()) is None
    assert await world.platform.givers(place, PRO) is None
    assert await world.platform.holders(place) is None


async def test_somebody_without_rights_could_hand_out_no_role(world: World) -> None:
    found = await world.platform.hand_out(BOB, role())
    assert found is not None
    assert not found.may


@pytest.mark.parametrize("user_id", [BOB, STRANGER, "301"])
async def test_a_dangerous_role_is_told_whoever_asks_about_it(world: World, user_id: str) -> None:
    world.makes_dangerous(PRO)
    found = await world.platform.hand_out(user_id, role())
    assert found is not None
    assert (found.may, found.dangerous, found.owner) == (False, ("Administrator",), False)


async def test_it_does_not_say_who_could_hand_out_what_while_it_is_away(world: World) -> None:
    world.is_away()
    assert await world.platform.hand_out(BOB, role()) is None


async def test_what_is_posted_stands_in_the_place(world: World) -> None:
    message = Message("I need an **admin**.", (LinkButton("Help", "https://help.example/1"),))
    assert await world.platform.post(Place(Platform.DISCORD, GUILD), message) == Done()
    assert world.posts() == ["I need an **admin**."]


async def test_where_it_may_not_write_it_says_so(world: World) -> None:
    world.lets_the_bot_write_nowhere()
    outcome = await world.platform.post(Place(Platform.DISCORD, GUILD), Message("Hello"))
    assert isinstance(outcome, Blocked)
    assert outcome.code == "cannot_post"
    assert world.posts() == []


async def test_where_it_is_not_it_posts_nothing(world: World) -> None:
    world.puts_the_bot_out()
    outcome = await world.platform.post(Place(Platform.DISCORD, GUILD), Message("Hello"))
    assert isinstance(outcome, Blocked)
    assert outcome.code == "no_access"


async def test_while_it_is_away_a_post_comes_back_later(world: World) -> None:
    world.is_away()
    outcome = await world.platform.post(Place(Platform.DISCORD, GUILD), Message("Hello"))
    assert isinstance(outcome, Busy)
    assert outcome.retry_after_ms > 0


async def test_it_leaves_a_place(world: World) -> None:
    place = Place(Platform.DISCORD, GUILD)
    assert await world.platform.leave(place, Message("Bye.")) == Done()
    assert isinstance(await world.platform.give(ADA, role(), ""), Blocked)
