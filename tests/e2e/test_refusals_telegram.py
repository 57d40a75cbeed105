"""Telegram refuses, or hides who is there: nothing is taken for done, and all is right by itself after it."""

from __future__ import annotations

import pytest

from payments.core.community import Place, Platform
from payments.core.refusals import Cause
from payments.flows.access import presence
from sandbox.play import eventually
from tests.e2e.refusing import all_right, hours_passed, hurry, looks, refused
from tests.e2e.telegram import MIA, OLGA, SALON, Salon

OVER = "what I told you about is over"
RIGHTS = "Make me an admin of the chat"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


async def member(club: Salon, user: int = MIA) -> str:
    """Somebody who paid is in the chat; the link by which they came."""
    link = await club.buys(user)
    await club.joins(user, link)
    await club.comes_in(user)
    await club.world.quiet()
    return link


async def ends(club: Salon) -> None:
    """The newest membership ends at Stripe."""
    subscription = await club.world.subscription()
    await club.world.owner("DELETE", f"subscriptions/{subscription['id']}")


async def warned(club: Salon, words: str) -> int:
    return sum("⚠️" in text and words in text for text in await club.heard(OLGA))


async def test_who_can_not_be_seen_is_not_taken_for_gone(club: Salon) -> None:
    telegram = club.world.play.telegram
    await club.makes_plan()
    await member(club)
    await club.world.play.post("telegram/chat", {"chat": SALON, "hidden_members": True})
    await telegram.bot(SALON, "demote")
    await ends(club)
    await refused(club.world, Cause.CHAT_NO_RIGHTS)
    await club.reads(OLGA, RIGHTS)
    for _ in range(3):
        await looks(club.world)
    await club.world.quiet()
    assert await warned(club, RIGHTS) == 1
    assert await club.inside(MIA)
    await telegram.bot(SALON, "promote")
    await club.is_out(MIA)
    await all_right(club.world)
    await club.reads(OLGA, "can be bought again")
    assert not [text for text in await club.heard(OLGA) if OVER in text], "over is told once"


async def test_whose_leaving_an_admin_alone_would_be_told_is_not_taken_for_gone(club: Salon) -> None:
    """`left` from a bot that is no admin: Telegram promises an answer to admins only."""
    telegram = club.world.play.telegram
    await club.makes_plan()
    await member(club)
    await telegram.bot(SALON, "demote")
    left = {"ok": True, "result": {"user": {"id": MIA, "is_bot": False, "first_name": "Mia"}, "status": "left"}}
    fault = {"service": "telegram", "path": "getChatMember", "status": 200, "body": left, "times": 1}
    await club.world.play.post("faults", fault)
    await ends(club)
    await refused(club.world, Cause.CHAT_NO_RIGHTS)
    await telegram.bot(SALON, "promote")
    await club.is_out(MIA)
    await all_right(club.world)


async def test_a_chat_that_the_bot_was_put_out_of_is_told_once_for_all(club: Salon) -> None:
    telegram = club.world.play.telegram
    await club.makes_plan()
    await member(club)
    await telegram.bot(SALON, "remove")
    await ends(club)
    await refused(club.world, Cause.CHAT_NO_ACCESS)
    assert await club.inside(MIA)
    await telegram.bot(SALON, "add")
    await telegram.bot(SALON, "promote")
    await club.is_out(MIA)
    await all_right(club.world)


async def test_who_finds_the_chat_full_comes_in_when_there_is_room(club: Salon) -> None:
    await club.makes_plan()
    await club.world.play.post("telegram/chat", {"chat": SALON, "full": True})
    await club.joins(MIA, await club.buys(MIA), wait=0)
    await refused(club.world, Cause.CHAT_FULL)
    await club.reads(OLGA, "as many members as Telegram allows")
    await club.world.play.post("telegram/chat", {"chat": SALON, "full": False})
    await all_right(club.world)
    await club.comes_in(MIA)
    await club.reads(OLGA, OVER)


async def test_who_is_in_too_many_chats_comes_in_when_they_have_left_one(club: Salon) -> None:
    await club.makes_plan()
    link = await club.buys(MIA)
    body = {"description": "Bad Request: USER_CHANNELS_TOO_MUCH"}
    fault = {"service": "telegram", "path": "approveChatJoinRequest", "status": 400, "body": body, "times": 0}
    await club.world.play.post("faults", fault)
    await club.joins(MIA, link, wait=0)
    await refused(club.world, Cause.CHATS_MAX)
    await club.reads(OLGA, "in as many chats as Telegram allows")
    await club.world.play.clear_faults()
    await all_right(club.world)
    await club.comes_in(MIA)


async def test_an_admin_of_the_chat_goes_when_they_are_none_any_more(club: Salon) -> None:
    telegram = club.world.play.telegram
    await club.makes_plan()
    await member(club)
    await telegram.member(SALON, MIA, "promote")
    await ends(club)
    await refused(club.world, Cause.CHAT_ADMIN)
    await club.reads(OLGA, "They are an admin of the chat")
    await telegram.member(SALON, MIA, "demote")
    await club.is_out(MIA)
    await all_right(club.world)


async def test_whom_an_admin_banned_comes_in_when_the_ban_is_lifted(club: Salon) -> None:
    telegram = club.world.play.telegram
    await club.makes_plan()
    link = await club.buys(MIA)
    await telegram.member(SALON, MIA, "ban")
    assert club.world.service.app is not None
    await presence.compare_place(club.world.service.app, Place(Platform.TELEGRAM, str(SALON)))  # as each night
    await refused(club.world, Cause.BANNED)
    await club.reads(OLGA, "An admin banned them")
    await telegram.member(SALON, MIA, "unban")
    await club.joins(MIA, link)
    await club.comes_in(MIA)
    await all_right(club.world)


async def test_an_answer_of_telegrams_that_nobody_knows_waits(club: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    hours_passed(monkeypatch, Cause.UNKNOWN)
    await club.makes_plan()
    await member(club)
    body = {"description": "Bad Request: SOMETHING_NEW"}
    fault = {"service": "telegram", "path": "banChatMember", "status": 400, "body": body, "times": 0}
    await club.world.play.post("faults", fault)
    await ends(club)
    await refused(club.world, Cause.UNKNOWN)
    told = await club.reads(OLGA, "has failed for more than an hour")
    assert "SOMETHING_NEW" not in told.text
    assert await club.inside(MIA)
    await club.world.play.clear_faults()
    await club.is_out(MIA)
    await all_right(club.world)
    await club.reads(OLGA, OVER)


async def test_who_leaves_unseen_is_neither_claimed_to_be_in_nor_lost(club: Salon) -> None:
    """In big groups updates get lost. Who comes back by asking is let in again."""
    await club.makes_plan()
    link = await member(club)
    await club.world.play.post("telegram/updates", {"lose": ["chat_member"]})
    await club.world.play.telegram.leave(MIA, SALON)
    await club.joins(MIA, link)
    await club.comes_in(MIA)
    await ends(club)
    await club.is_out(MIA)
    await club.world.quiet()


async def test_who_asks_to_come_in_and_ends_before_the_answer_is_declined_and_told_why(club: Salon) -> None:
    await club.makes_plan()
    link = await club.buys(MIA)
    await club.world.quiet()
    body = {"description": "Bad Request: SOMETHING_NEW"}
    fault = {"service": "telegram", "path": "approveChatJoinRequest", "status": 400, "body": body, "times": 0}
    await club.world.play.post("faults", fault)
    await club.joins(MIA, link, wait=0)
    await refused(club.world, Cause.UNKNOWN)
    assert await club.world.play.telegram.pending(SALON) == {MIA}
    await ends(club)

    async def declined() -> bool:
        return not await club.world.play.telegram.pending(SALON)

    assert await eventually(declined)
    await club.reads(MIA, "has ended")
    assert not await club.inside(MIA)
    await all_right(club.world)


async def test_who_asks_by_an_admins_link_and_ends_is_left_to_the_admins(club: Salon) -> None:
    await club.makes_plan()
    await club.buys(MIA)
    await club.world.quiet()
    link = await club.world.play.telegram.create_link(SALON, creates_join_request=True)
    body = {"description": "Bad Request: SOMETHING_NEW"}
    fault = {"service": "telegram", "path": "approveChatJoinRequest", "status": 400, "body": body, "times": 0}
    await club.world.play.post("faults", fault)
    await club.joins(MIA, link, wait=0)
    await refused(club.world, Cause.UNKNOWN)
    await ends(club)
    await club.world.quiet()
    assert await club.world.play.telegram.pending(SALON) == {MIA}
