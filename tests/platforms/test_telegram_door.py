"""What a death in the middle leaves, links that somebody revokes, groups that move: the adapter finds its way."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.telegram.community_choice import place_of
from payments.core.community import Community, Place, Platform
from payments.core.ids import CommunityId
from payments.ports.chat import Blocked, Busy, Done, Message, NotThere, PlaceMember
from tests.platforms.discord_stage import until
from tests.platforms.telegram_stage import BEN, GROUP, MIA, OLGA, SALON, SEED, TOKEN, Bot, chat, running


def api(bot: Bot) -> Any:
    """The library's bot, to do half of what the adapter does."""
    return bot.platform._connection.bot


async def begins_to_kick(bot: Bot, user: int) -> None:
    """As far as a process that dies between the ban and its end."""
    async with bot.store.transaction() as tx:
        await tx.chat_rooms.begin_kick(place_of(SALON), str(user), 0)
    await api(bot).ban_chat_member(SALON, user)


async def banned(bot: Bot) -> list[int]:
    return [one["id"] for one in (await bot.of())["banned"]]


async def test_a_kick_that_a_death_cut_in_two_is_ended(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await begins_to_kick(bot, BEN)
        assert await banned(bot) == [BEN]
        assert await bot.platform.take(str(BEN), chat(), "") == Done()
        assert await banned(bot) == []
        assert await bot.platform.take(str(BEN), chat(), "") == NotThere()


async def test_who_paid_meanwhile_is_not_kept_out_by_a_ban_of_ours(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await begins_to_kick(bot, BEN)
        assert isinstance(await bot.platform.give(str(BEN), chat(), ""), NotThere)
        assert await banned(bot) == []


async def test_who_has_not_paid_and_is_put_out_is_not_taken_for_banned_meanwhile(tmp_path: Path) -> None:
    salon = Place(Platform.TELEGRAM, str(SALON))
    async with running(tmp_path) as bot:
        await begins_to_kick(bot, BEN)
        assert await bot.platform.member(str(BEN), salon) == PlaceMember(inside=False)
        await api(bot).ban_chat_member(SALON, MIA)
        assert await bot.platform.member(str(MIA), salon) == PlaceMember(inside=False, banned=True)


async def test_an_admin_who_bans_while_we_kick_has_the_last_word(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.hears()
        async with bot.store.transaction() as tx:
            await tx.chat_rooms.begin_kick(place_of(SALON), str(BEN), 0)
        await bot.play.post("telegram/member", {"chat": SALON, "user": BEN, "action": "ban"})
        await bot.hears()
        assert await bot.platform.take(str(BEN), chat(), "") == NotThere()
        assert await banned(bot) == [BEN]


async def test_an_admin_who_bans_whom_we_could_not_put_out_has_the_last_word(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.play.post("telegram/bot", {"chat": SALON, "action": "promote", "rights": ["invite_users"]})
        assert isinstance(await bot.platform.take(str(BEN), chat(), ""), Blocked)
        await bot.play.post("telegram/member", {"chat": SALON, "user": BEN, "action": "ban"})  # not heard of yet
        await bot.play.post("telegram/bot", {"chat": SALON, "action": "promote"})
        assert await bot.platform.take(str(BEN), chat(), "") == NotThere()
        assert await banned(bot) == [BEN]


async def test_whose_account_was_deleted_is_in_no_chat_any_more(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        body = {"ok": False, "error_code": 403, "description": "Forbidden: user is deactivated"}
        bot.sandbox.faults.add({"service": "telegram", "path": "*/banChatMember", "status": 403, "body": body})
        assert await bot.platform.take(str(BEN), chat(), "") == NotThere()
        bot.sandbox.faults.add({"service": "telegram", "path": "*/sendMessage", "status": 403, "body": body})
        told = await bot.platform.tell(str(MIA), Message("Hello"))
        assert isinstance(told, Blocked)
        assert told.code == "dm_closed"


async def test_a_link_that_somebody_revoked_is_made_again(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        first = await bot.platform.give(str(MIA), chat(), "")
        assert isinstance(first, NotThere)
        await bot.play.post("telegram/link", {"link": first.way_in, "action": "revoke"})
        assert await bot.platform.give(str(MIA), chat(), "") == first, "it is looked at now and then"
        bot.platform._doorman._links.doubt(str(SALON))
        second = await bot.platform.give(str(MIA), chat(), "")
        assert isinstance(second, NotThere)
        assert second.way_in != first.way_in


async def test_a_chat_whose_link_takes_long_holds_up_no_other_chat(tmp_path: Path) -> None:
    cellar = -1002
    chats = [*SEED["chats"], {"id": cellar, "title": "Cellar", "owner": "olga"}]
    async with running(tmp_path, seed={**SEED, "chats": chats}) as bot:
        takes_long = {"service": "telegram", "path": "createChatInviteLink", "delay": 60.0, "times": 1}
        fault = bot.sandbox.faults.add(takes_long)
        slow = asyncio.create_task(bot.platform.give(str(MIA), chat(), ""))
        await until(lambda: fault.hits)
        other = asyncio.create_task(bot.platform.give(str(MIA), chat(cellar), ""))
        await asyncio.wait({slow, other}, return_when=asyncio.FIRST_COMPLETED)
        assert not slow.done()
        assert isinstance(await other, NotThere)
        slow.cancel()


async def test_a_bot_that_was_put_out_and_is_back_makes_another_link(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.hears()
        first = await bot.platform.give(str(MIA), chat(), "")
        await bot.play.post("telegram/bot", {"chat": SALON, "action": "ban"})
        await bot.hears()
        assert isinstance(await bot.platform.give(str(MIA), chat(), ""), Blocked)
        await bot.play.post("telegram/bot", {"chat": SALON, "action": "promote"})
        await bot.hears()
        second = await bot.platform.give(str(MIA), chat(), "")
        assert isinstance(second, NotThere)
        assert second != first


async def test_a_chat_of_which_no_update_told_is_asked_about(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        async with bot.store.transaction() as tx:
            assert await tx.chat_rooms.get(place_of(SALON)) is None
        await bot.platform.give(str(MIA), chat(), "")
        async with bot.store.transaction() as tx:
            known = await tx.chat_rooms.get(place_of(SALON))
        assert known is not None
        assert (known.title, known.kind, known.can_invite, known.can_ban) == ("Salon", "supergroup", True, True)


async def test_a_group_that_moved_is_found_by_what_telegram_answers(tmp_path: Path) -> None:
    """No update told of it: the first call that fails says where the group is now."""
    group = {"id": GROUP, "type": "group", "title": "Cellar", "owner": "olga"}
    async with running(tmp_path, seed={**SEED, "chats": [group]}) as bot:
        community = Community(CommunityId("com_1"), "Cellar", "en", "eur", 0, None, None, 0)
        async with bot.store.transaction() as tx:
            await tx.communities.add(community, Place(Platform.TELEGRAM, str(GROUP)), "Cellar")
            await tx.communities.put_target(chat(GROUP))
        moved = await bot.play.post("telegram/migrate", {"chat": GROUP})
        assert isinstance(await bot.platform.take(str(OLGA), chat(GROUP), ""), Busy)
        async with bot.store.transaction() as tx:
            target = await tx.communities.target(chat().id)
        assert target is not None
        assert (target.place_id, target.external_id) == (str(moved["id"]), str(moved["id"]))
        outcome = await bot.platform.take(str(OLGA), target, "")
        assert isinstance(outcome, Blocked)
        assert outcome.code == "chat_admin"


async def test_when_telegram_asks_to_wait_everything_waits(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        fault = {"service": "telegram", "path": "/getChatMember", "status": 429, "body": {"retry_after": 7}}
        bot.sandbox.faults.add(fault)
        outcome = await bot.platform.give(str(MIA), chat(), "")
        assert outcome == Busy(7000, "Telegram asks to wait")
        assert bot.platform._connection._pace._limiter.paused_ms > 6000


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_server_in_trouble_is_busy_never_a_no(tmp_path: Path, status: int) -> None:
    async with running(tmp_path) as bot:
        bot.sandbox.faults.add({"service": "telegram", "path": "/getChatMember", "status": status, "times": 1})
        outcome = await bot.platform.holds(str(BEN), chat())
        assert isinstance(outcome, Busy)


async def test_a_channel_that_we_may_not_see_any_more_is_there_all_the_same(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        refused = {"ok": False, "error_code": 400, "description": "Bad Request: CHANNEL_PRIVATE"}
        fault = {"service": "telegram", "path": "/getChatMember", "status": 400, "body": refused}
        bot.sandbox.faults.add(fault)
        outcome = await bot.platform.take(str(BEN), chat(), "")
        assert isinstance(outcome, Blocked)
        assert outcome.code == "chat_no_access", "who has the chat keeps it: it is not gone, and nobody is out of it"


async def test_who_was_let_in_a_moment_before_us_is_in_and_not_asked_to_come(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        way = await bot.platform.give(str(MIA), chat(), "")
        assert isinstance(way, NotThere)
        await bot.play.post("telegram/join", {"user": MIA, "link": way.way_in})
        refused = {"ok": False, "error_code": 400, "description": "Bad Request: USER_ALREADY_PARTICIPANT"}
        path = "/approveChatJoinRequest"
        fault = {"service": "telegram", "path": path, "status": 400, "body": refused, "after": True}
        bot.sandbox.faults.add(fault)
        assert await bot.platform.give(str(MIA), chat(), "") == Done()


# -- what Telegram refuses at the start --------------------------------------------------------------------------------


def refusal(words: str, path: str, times: int = 1) -> dict[str, Any]:
    body = {"ok": False, "error_code": 400, "description": f"Bad Request: {words}"}
    return {"service": "telegram", "path": path, "status": 400, "body": body, "times": times}


async def test_commands_that_telegram_refuses_stop_nothing_and_its_words_stand_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fault = refusal("BOT_COMMAND_INVALID", "/setMyCommands", times=99)
    async with running(tmp_path, faults=[fault]) as bot:
        assert "the commands were refused, so the former ones stay" in caplog.text
        assert "Bot_command_invalid" in caplog.text or "BOT_COMMAND_INVALID" in caplog.text
        assert isinstance(await bot.platform.give(str(BEN), chat(), ""), Done)


@pytest.mark.parametrize("method", ["/deleteWebhook", "/getUpdates"])
async def test_what_telegram_refuses_when_we_connect_is_told_in_its_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    async with running(tmp_path, faults=[refusal("the moon is full", method, times=99)], wait=False) as bot:
        await until(lambda: "he moon is full" in caplog.text)
        assert not bot.platform.ready
        assert TOKEN not in caplog.text


CHANNEL = -1009
NEWS = {"id": CHANNEL, "type": "channel", "title": "News", "owner": "olga", "bot": {"rights": ["post_messages"]}}


async def test_a_post_rings_nobody_and_a_channel_without_the_right_to_post_says_so(tmp_path: Path) -> None:
    har = tmp_path / "wire.har"
    async with running(tmp_path, seed={**SEED, "chats": [NEWS]}, har=har) as bot:
        assert await bot.platform.post(place_of(CHANNEL), Message("Hello")) == Done()
        assert [one["text"] for one in (await bot.of(CHANNEL))["messages"]] == ["Hello"]
        await bot.play.post("telegram/bot", {"chat": CHANNEL, "action": "promote", "rights": ["can_invite_users"]})
        outcome = await bot.platform.post(place_of(CHANNEL), Message("Hello"))
        assert isinstance(outcome, Blocked)
        assert outcome.code == "cannot_post"
    requests = [entry["request"] for entry in json.loads(har.read_text())["log"]["entries"]]
    sent = [r["postData"] for r in requests if r["url"].endswith("/sendMessage")]
    assert len(sent) == 2
    assert all("disable_notification" in json.dumps(data) for data in sent)
