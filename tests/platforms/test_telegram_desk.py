"""What people ask as the local Telegram's clients can't: anonymous admins, mentions of strangers, forged buttons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.telegram import updates as handling
from tests.platforms.telegram_stage import BEN, MIA, OLGA, SALON, Bot, running

ANONYMOUS = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
BOT = 7_000_000_001
GROUP = {"id": SALON, "type": "supergroup", "title": "Salon"}


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with running(tmp_path) as made:
        await made.hears()
        yield made


def person(user: int, name: str = "Olga", **how: Any) -> dict[str, Any]:
    return {"id": user, "is_bot": False, "first_name": name, "language_code": "en", **how}


class Numbers:
    last = 5_000


async def happens(bot: Bot, **what: Any) -> None:
    Numbers.last += 1
    await handling.store(bot.engine, [{"update_id": Numbers.last, **what}])
    await bot.handles()
    counts = await bot.store.counts()
    assert (counts["updates_open"], counts["updates_dead"]) == (0, 0)


async def writes(bot: Bot, text: str, *, who: dict[str, Any], chat: dict[str, Any] | None = None, **how: Any) -> None:
    there = chat or {"id": who["id"], "type": "private"}
    await happens(bot, message={"message_id": 1, "date": 1, "from": who, "chat": there, "text": text, **how})


async def presses(bot: Bot, data: str, user: int = OLGA) -> None:
    message = {"message_id": 1, "date": 0, "chat": {"id": user, "type": "private"}}
    await happens(bot, callback_query={"id": "1", "from": person(user), "data": data, "message": message})


async def read_by(bot: Bot, user: int) -> str:
    found = await bot.play.get(f"telegram/users/{user}")
    told = [message["text"] for message in found["messages"] if message["by"] == "the bot"]
    return told[-1] if told else ""


async def in_the_group(bot: Bot) -> str:
    texts = [message["text"] for message in (await bot.of())["messages"]]
    return texts[-1] if texts else ""


async def test_an_anonymous_admin_is_told_to_ask_in_private(bot: Bot) -> None:
    await writes(bot, "/plan list", who=ANONYMOUS, chat=GROUP, sender_chat=GROUP)
    assert "You write here anonymously" in await in_the_group(bot)


async def test_somebody_without_a_username_is_named_by_a_mention(bot: Bot) -> None:
    mention = {"type": "text_mention", "offset": 8, "length": 3, "user": person(BEN, "Ben")}
    await writes(bot, "/member Ben", who=person(OLGA), chat=GROUP, entities=[mention])
    assert "Ben" in await read_by(bot, OLGA)
    assert "who «" not in await read_by(bot, OLGA)


async def test_a_message_of_a_bot_names_no_member(bot: Bot) -> None:
    answered = {"message_id": 1, "date": 1, "chat": GROUP, "from": {**ANONYMOUS}, "text": "hi"}
    await writes(bot, "/member", who=person(OLGA), chat=GROUP, reply_to_message=answered)
    assert "The member" in await read_by(bot, OLGA), "it asks who"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "nonsense",
        "tg:",
        "tg:d:",
        "tg:d:x:1:g:",
        "tg:place:-1",
        "tg:place:x",
        "tg:place:-1001\x00",
        "tg:run:",
        "tg:run:plan create@@",
        "archive:\x00",
        "cancel:sub_1:2:3",
        "join:" + "x" * 50,
        "breaker_go:-1",
        "@AAAA",
        "é" * 30,
    ],
)
async def test_a_forged_button_is_handled_and_does_nothing(bot: Bot, data: str) -> None:
    await presses(bot, data)
    async with bot.store.transaction() as tx:
        for community in await tx.communities.all():
            assert await tx.plans.of_community(community.id, archived=True) == []


@pytest.mark.parametrize("chat", [BOT, MIA])
async def test_somebody_who_asks_into_a_private_chat_is_let_in_nowhere(bot: Bot, chat: int) -> None:
    link = {"invite_link": "https://t.me/+x", "creator": {"id": BOT, "is_bot": True, "first_name": "Guestlist"}}
    there = {"id": chat, "type": "private"}
    asked = {"chat": there, "from": person(BEN), "user_chat_id": BEN, "date": 1, "invite_link": link}
    await happens(bot, chat_join_request=asked)
    async with bot.store.transaction() as tx:
        assert await tx.chats.get(str(chat)) is None


async def test_a_forged_button_makes_nobody_an_admin(bot: Bot) -> None:
    await presses(bot, "tg:place:-1001", MIA)
    await presses(bot, "tg:run:plan create", MIA)
    assert "for the admins" in await read_by(bot, MIA)
    async with bot.store.transaction() as tx:
        assert await tx.communities.all() == []


@pytest.mark.parametrize("language", ["", "x", "de\0", "zz-ZZ-zz-zz", "../../etc", "日本"])
async def test_a_language_that_is_none_is_english(bot: Bot, language: str) -> None:
    await writes(bot, "hello", who=person(MIA, language_code=language))
    assert "only understand commands" in await read_by(bot, MIA)


@pytest.mark.parametrize("name", ["", "\0\0", "\u202e", "x" * 5_000, "**bold** <b>"])
async def test_a_name_that_is_none_is_the_accounts_number(bot: Bot, name: str) -> None:
    await writes(bot, "/paysupport", who=person(MIA, name, username="a\0b"))
    async with bot.store.transaction() as tx:
        talker = await tx.talkers.get(str(MIA))
    assert talker is not None
    assert talker.name
    assert len(talker.name) <= 100
    assert talker.username is None


async def test_a_text_of_any_length_and_kind_gets_an_answer(bot: Bot) -> None:
    for text in (
        "/plan create name:" + "x" * 4_000,
        "/plan create name:\0 price:\0 period:\0",
        "/" * 4_000,
        "/start \0",
    ):
        await writes(bot, text, who=person(OLGA))
        assert await read_by(bot, OLGA)
