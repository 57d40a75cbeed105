"""What every platform of chats must do: the fake, and Telegram's adapter over the wire, pass the same tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from payments.core.community import Place, Platform
from payments.core.rights import Standing
from payments.ports.chat import (
    ActionButton,
    Blocked,
    Busy,
    ChatPlatform,
    Done,
    HandOut,
    Holding,
    LinkButton,
    Message,
    NotThere,
    PlaceMember,
)
from tests.fakes.chats import FakeChat, FakeChats
from tests.platforms.telegram_stage import BEN, MIA, OLGA, SALON, TOM, Bot, chat, running


class World(Protocol):
    """What people and admins do, on either side."""

    platform: ChatPlatform

    async def inside(self, user: int) -> bool: ...
    async def asks_in(self, user: int, link: str) -> None: ...
    async def leaves(self, user: int) -> None: ...
    async def bans(self, user: int) -> None: ...
    async def is_banned(self, user: int) -> bool: ...
    async def puts_the_bot_out(self) -> None: ...
    async def brings_the_bot_back(self) -> None: ...
    async def takes_the_bots_rights(self) -> None: ...
    async def takes_no_messages(self, user: int) -> None: ...
    async def is_away(self) -> None: ...
    async def messages_of(self, user: int) -> list[str]: ...
    async def posts(self) -> list[str]: ...


class FakeWorld:
    def __init__(self) -> None:
        self.platform = FakeChats()
        self.chat = FakeChat(members={str(OLGA), str(BEN)}, admins={str(OLGA)})
        self.platform.chats[str(SALON)] = self.chat

    async def inside(self, user: int) -> bool:
        return str(user) in self.chat.members

    async def asks_in(self, user: int, link: str) -> None:
        self.chat.asking.add(str(user))

    async def leaves(self, user: int) -> None:
        self.chat.members.discard(str(user))

    async def bans(self, user: int) -> None:
        self.chat.members.discard(str(user))
        self.chat.banned.add(str(user))

    async def is_banned(self, user: int) -> bool:
        return str(user) in self.chat.banned

    async def puts_the_bot_out(self) -> None:
        self.chat.bot_inside = False

    async def brings_the_bot_back(self) -> None:
        self.chat.bot_inside = True

    async def takes_the_bots_rights(self) -> None:
        self.chat.bot_may = False

    async def takes_no_messages(self, user: int) -> None:
        self.platform.closed.add(str(user))

    async def is_away(self) -> None:
        self.platform.answers = [Busy(1000, "away")]

    async def messages_of(self, user: int) -> list[str]:
        return [message.text.replace("**", "") for message in self.platform.messages.get(str(user), [])]

    async def posts(self) -> list[str]:
        return [text.replace("**", "") for text in self.chat.said]


class TelegramWorld:
    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.platform = bot.platform

    async def inside(self, user: int) -> bool:
        return await self.bot.inside(user)

    async def asks_in(self, user: int, link: str) -> None:
        answer = await self.bot.play.post("telegram/join", {"user": user, "link": link, "wait": 0})
        assert answer["status"] == "pending", answer

    async def leaves(self, user: int) -> None:
        await self.bot.play.post("telegram/leave", {"user": user, "chat": SALON})

    async def bans(self, user: int) -> None:
        await self.bot.play.post("telegram/member", {"chat": SALON, "user": user, "action": "ban"})
        await self.bot.hears()

    async def is_banned(self, user: int) -> bool:
        return user in [one["id"] for one in (await self.bot.of())["banned"]]

    async def puts_the_bot_out(self) -> None:
        await self.bot.play.post("telegram/bot", {"chat": SALON, "action": "ban"})

    async def brings_the_bot_back(self) -> None:
        await self.bot.play.post("telegram/bot", {"chat": SALON, "action": "promote"})

    async def takes_the_bots_rights(self) -> None:
        await self.bot.play.post("telegram/bot", {"chat": SALON, "action": "demote"})

    async def takes_no_messages(self, user: int) -> None:
        await self.bot.play.post("telegram/block", {"user": user})

    async def is_away(self) -> None:
        self.bot.sandbox.faults.add({"service": "telegram", "status": 503, "times": 0})

    async def messages_of(self, user: int) -> list[str]:
        found = await self.bot.play.get(f"telegram/users/{user}")
        return [message["text"] for message in found["messages"] if message["by"] == "the bot"]

    async def posts(self) -> list[str]:
        found = await self.bot.play.get(f"telegram/chats/{SALON}")
        return [message["text"] for message in found["messages"] if message["by"] == "the bot"]


@pytest.fixture(params=["fake", "telegram"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Any]:
    if request.param == "fake":
        yield FakeWorld()
    else:
        async with running(tmp_path) as bot:
            await bot.hears()
            yield TelegramWorld(bot)


async def way_in(world: World, user: int = MIA) -> str:
    outcome = await world.platform.give(str(user), chat(), "member of Pro")
    assert isinstance(outcome, NotThere)
    assert outcome.way_in is not None
    assert outcome.way_in.startswith("https://t.me/+")
    return outcome.way_in


async def comes_in(world: World, user: int = MIA) -> None:
    await world.asks_in(user, await way_in(world, user))
    assert await world.platform.give(str(user), chat(), "") == Done()


async def test_who_is_not_in_gets_the_way_in_and_is_let_in_when_they_ask(world: World) -> None:
    link = await way_in(world)
    assert not await world.inside(MIA)
    await world.asks_in(MIA, link)
    assert await world.platform.give(str(MIA), chat(), "") == Done()
    assert await world.inside(MIA)


async def test_the_way_in_is_one_and_the_same_for_all(world: World) -> None:
    assert await way_in(world, MIA) == await way_in(world, TOM)


async def test_who_is_put_out_is_out_and_not_banned(world: World) -> None:
    assert await world.platform.take(str(BEN), chat(), "membership ended") == Done()
    assert not await world.inside(BEN)
    assert not await world.is_banned(BEN)


async def test_giving_twice_and_taking_twice_are_as_good_as_once(world: World) -> None:
    await comes_in(world)
    assert await world.platform.give(str(MIA), chat(), "") == Done()
    assert await world.platform.take(str(MIA), chat(), "") == Done()
    assert await world.platform.take(str(MIA), chat(), "") == NotThere()
    assert not await world.inside(MIA)


async def test_who_was_put_out_can_come_back(world: World) -> None:
    await comes_in(world)
    await world.platform.take(str(MIA), chat(), "")
    await comes_in(world)
    assert await world.inside(MIA)


async def test_it_tells_who_is_in(world: World) -> None:
    assert await world.platform.holds(str(BEN), chat()) == Holding(True)
    assert await world.platform.holds(str(OLGA), chat()) == Holding(True)
    for user in (MIA, TOM, 999_999):
        assert await world.platform.holds(str(user), chat()) == Holding(False)


async def test_who_left_is_not_in_any_more(world: World) -> None:
    await world.leaves(BEN)
    assert await world.platform.holds(str(BEN), chat()) == Holding(False)
    assert await world.platform.take(str(BEN), chat(), "") == NotThere()


async def test_an_admins_ban_stays(world: World) -> None:
    await world.bans(BEN)
    outcome = await world.platform.give(str(BEN), chat(), "")
    assert isinstance(outcome, Blocked)
    assert outcome.code == "banned"
    assert await world.platform.take(str(BEN), chat(), "") == NotThere()
    assert await world.is_banned(BEN)
    salon = Place(Platform.TELEGRAM, str(SALON))
    assert await world.platform.member(str(BEN), salon) == PlaceMember(inside=False, banned=True)
    assert await world.platform.member(str(MIA), salon) == PlaceMember(inside=False)


async def test_an_admin_of_the_chat_is_out_of_reach(world: World) -> None:
    outcome = await world.platform.take(str(OLGA), chat(), "")
    assert isinstance(outcome, Blocked)
    assert outcome.code == "chat_admin"
    assert await world.platform.give(str(OLGA), chat(), "") == Done()
    salon = Place(Platform.TELEGRAM, str(SALON))
    assert await world.platform.member(str(OLGA), salon) == PlaceMember(True, Standing.OWNER)
    assert await world.platform.member(str(BEN), salon) == PlaceMember(True, Standing.MEMBER)


async def test_a_bot_without_its_rights_says_so(world: World) -> None:
    await world.takes_the_bots_rights()
    outcomes = (
        await world.platform.take(str(BEN), chat(), ""),
        await world.platform.give(str(MIA), chat(), ""),
        await world.platform.check(chat()),
    )
    for outcome in outcomes:
        assert isinstance(outcome, Blocked)
        assert outcome.code == "chat_no_rights"
    assert await world.inside(BEN)


async def test_a_bot_that_was_put_out_has_no_access(world: World) -> None:
    await world.puts_the_bot_out()
    outcomes = (
        await world.platform.holds(str(BEN), chat()),
        await world.platform.take(str(BEN), chat(), ""),
        await world.platform.give(str(MIA), chat(), ""),
        await world.platform.check(chat()),
    )
    for outcome in outcomes:
        assert isinstance(outcome, Blocked)
        assert outcome.code == "chat_no_access"


@pytest.mark.parametrize("user", [OLGA, BEN, MIA, 999_999])
async def test_while_the_bot_is_out_nobody_knows_who_is_in_the_chat_and_at_once_when_it_is_back(
    world: World, user: int
) -> None:
    salon = Place(Platform.TELEGRAM, str(SALON))
    await world.puts_the_bot_out()
    assert await world.platform.member(str(user), salon) is None
    assert await world.platform.hand_out(str(user), chat()) is None
    await world.brings_the_bot_back()
    member = await world.platform.member(str(user), salon)
    assert member is not None
    assert member.inside is (user in (OLGA, BEN))
    assert (member.standing is Standing.OWNER) is (user == OLGA)
    assert await world.platform.hand_out(str(user), chat()) == HandOut(user == OLGA)


async def test_of_a_chat_that_cannot_be_seen_nobody_knows_who_is_in_it(world: World) -> None:
    assert await world.platform.member(str(OLGA), Place(Platform.TELEGRAM, "-1099")) is None
    assert await world.platform.hand_out(str(OLGA), chat(-1099)) is None


async def test_while_it_is_away_nobody_knows_who_is_in_the_chat(world: World) -> None:
    await world.is_away()
    assert await world.platform.member(str(OLGA), Place(Platform.TELEGRAM, str(SALON))) is None


async def test_a_chat_that_cannot_be_seen_is_not_taken_for_gone(world: World) -> None:
    nowhere = chat(-1099)
    outcomes = (
        await world.platform.give(str(MIA), nowhere, ""),
        await world.platform.take(str(MIA), nowhere, ""),
        await world.platform.check(nowhere),
    )
    for outcome in outcomes:
        assert isinstance(outcome, Blocked)
        assert outcome.code == "chat_no_access", "for all we know, who was in it is in it still"


async def test_what_it_can_reach_it_says_so(world: World) -> None:
    assert await world.platform.check(chat()) == Done()


async def test_nobody_is_told_who_is_in_a_chat(world: World) -> None:
    assert await world.platform.holders(Place(Platform.TELEGRAM, str(SALON))) is None


async def test_a_message_arrives_with_its_buttons(world: World) -> None:
    buttons = (LinkButton("Pay", "https://pay.example/1"), ActionButton("Cancel", "cancel:sub_1", danger=True))
    assert await world.platform.tell(str(MIA), Message("Your payment for **Pro** failed.", buttons)) == Done()
    assert await world.messages_of(MIA) == ["Your payment for Pro failed."]


async def test_who_takes_no_messages_is_not_reached(world: World) -> None:
    await world.takes_no_messages(MIA)
    outcome = await world.platform.tell(str(MIA), Message("Hello"))
    assert isinstance(outcome, Blocked)
    assert outcome.code == "dm_closed"


async def test_a_platform_that_is_away_asks_to_come_back_later(world: World) -> None:
    await world.is_away()
    outcome = await world.platform.give(str(MIA), chat(), "")
    assert isinstance(outcome, Busy)
    assert outcome.retry_after_ms > 0
    assert not await world.inside(MIA)


async def test_a_private_talk_has_an_address(world: World) -> None:
    link = world.platform.start_link("link_ABCD")
    assert link is not None
    assert link.endswith("?start=link_ABCD")


HERE = Place(Platform.TELEGRAM, str(SALON))


async def test_what_is_posted_stands_in_the_chat(world: World) -> None:
    message = Message("I need an **admin**.", (LinkButton("Help", "https://help.example/1"),))
    assert await world.platform.post(HERE, message) == Done()
    assert await world.posts() == ["I need an admin."]


async def test_where_it_is_not_it_posts_nothing(world: World) -> None:
    await world.puts_the_bot_out()
    outcome = await world.platform.post(HERE, Message("Hello"))
    assert isinstance(outcome, Blocked)
    assert outcome.code == "chat_no_access"


async def test_while_it_is_away_a_post_comes_back_later(world: World) -> None:
    await world.is_away()
    outcome = await world.platform.post(HERE, Message("Hello"))
    assert isinstance(outcome, Busy)
    assert outcome.retry_after_ms > 0


async def test_a_chat_is_its_own_room_until_the_bot_is_put_out(world: World) -> None:
    place = Place(Platform.TELEGRAM, str(SALON))
    rooms = await world.platform.rooms(place)
    assert rooms is not None
    assert [(room.id, room.missing, room.open) for room in rooms] == [(str(SALON), (), False)]
    assert await world.platform.post(place, Message("For the team"), room=str(SALON), key="1") == Done()
    assert (await world.posts())[-1] == "For the team"
    await world.puts_the_bot_out()
    assert await world.platform.rooms(place) == []
