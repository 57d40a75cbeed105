"""What people ask as the local Telegram's clients can't: anonymous admins, mentions of strangers, forged buttons."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.commands.catalog import COMMANDS
from bot.commands.model import About
from bot.platforms.telegram import updates as handling
from bot.platforms.telegram.community_choice import place_of
from bot.platforms.telegram.inbox import Inbox
from bot.platforms.telegram.markup import start_payload
from bot.texts import render
from payments.core.community import Community, Identity, Place, Platform
from payments.core.ids import CommunityId
from payments.flows.communities import claim
from payments.flows.communities.stop_serving import stop
from payments.flows.runtime.places import find_served
from payments.ports.stores import StoredAccount
from tests.platforms.telegram_stage import BEN, MIA, OLGA, SALON, SEED, Bot, running

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
    await handling.store(bot.app, [{"update_id": Numbers.last, **what}], Inbox())
    async with asyncio.timeout(60):
        while (await bot.store.counts())["updates_open"]:  # put back while its asker is answered too fast
            await bot.handles()
            await asyncio.sleep(0.01)
    assert (await bot.store.counts())["updates_dead"] == 0


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


TYPED = (
    "/claim {}",
    "/claim code:{}",
    "/claim {} please",
    "/claim@another_bot {}",
    "I typed /claim {}, and nothing happens",
)
OTHERS_READ: dict[str, dict[str, Any]] = {
    "of strangers": {"chat": {"id": -1_009_999, "type": "supergroup", "title": "Elsewhere"}},
    "served": {"chat": GROUP},
    "anonymously": {"chat": GROUP, "who": ANONYMOUS, "sender_chat": GROUP},
    "as a basic group": {"chat": {"id": SALON, "type": "group", "title": "Salon"}},
}


@pytest.mark.parametrize("where", OTHERS_READ)
async def test_a_claim_code_that_others_in_a_group_read_is_good_for_nothing(bot: Bot, where: str) -> None:
    for text in TYPED:
        code = await claim.new_code(bot.store, bot.app.machine.now())
        await writes(bot, text.format(code), **{"who": person(OLGA), **OTHERS_READ[where]})
        async with bot.store.transaction() as tx:
            assert await tx.claims.get(claim.hash_of(code)) is None, text


@pytest.mark.parametrize("typed", ["/subscribe", "/subscribe Pro", "/plans"])
async def test_who_asks_before_any_community_is_known_is_told_how_to_get_to_one(bot: Bot, typed: str) -> None:
    await writes(bot, typed, who=person(MIA, "Mia"))
    assert "which community this is about" in await read_by(bot, MIA)


async def test_an_anonymous_admin_is_told_to_ask_in_private(bot: Bot) -> None:
    await writes(bot, "/plan list", who=ANONYMOUS, chat=GROUP, sender_chat=GROUP)
    assert "You are posting anonymously here" in await in_the_group(bot)


async def test_somebody_without_a_username_is_named_by_a_mention(bot: Bot) -> None:
    mention = {"type": "text_mention", "offset": 8, "length": 3, "user": person(BEN, "Ben")}
    await writes(bot, "/member Ben", who=person(OLGA), chat=GROUP, entities=[mention])
    assert "Ben" in await read_by(bot, OLGA)
    assert "who “" not in await read_by(bot, OLGA)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("/invoice create member:{olga} amount:5 what:with Ben", "olga"),
        ("/invoice create what:👍👍👍 member:Ben amount:5", "Ben"),
        ("/invoice_create member:Ben what:👍 amount:5", "Ben"),
    ],
)
async def test_a_mention_names_the_member_only_where_it_stands(bot: Bot, text: str, named: str) -> None:
    text, account = text.format(olga=OLGA), bot.app.first_account
    async with bot.store.transaction() as tx:
        await tx.provider_accounts.ensure(
            StoredAccount(account.id, account.livemode, account.currency, None, None, None), 0
        )
    mention = {"type": "text_mention", "length": 3, "user": person(BEN, "Ben")}
    mention["offset"] = len(text[: text.index("Ben")].encode("utf-16-le")) // 2
    await writes(bot, text, who=person(OLGA), chat=GROUP, entities=[mention])
    assert f"I asked {named} for theirs" in await read_by(bot, OLGA)


async def test_a_message_of_a_bot_names_no_member(bot: Bot) -> None:
    answered = {"message_id": 1, "date": 1, "chat": GROUP, "from": {**ANONYMOUS}, "text": "hi"}
    await writes(bot, "/member", who=person(OLGA), chat=GROUP, reply_to_message=answered)
    assert "Which member?" in await read_by(bot, OLGA), "it asks who"


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
        assert await tx.chat_rooms.get(place_of(chat)) is None


async def test_a_forged_button_makes_nobody_an_admin(bot: Bot) -> None:
    await presses(bot, "tg:place:-1001", MIA)
    await presses(bot, "tg:run:plan create", MIA)
    assert "for the community's team" in await read_by(bot, MIA)
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
        talker = await tx.contacts.get(Identity(Platform.TELEGRAM, str(MIA)))
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


CAVE = -1002


@pytest.fixture
async def two_chats(tmp_path: Path) -> AsyncIterator[Bot]:
    """Olga runs two chats; Ben is in one of them."""
    chats = [*SEED["chats"], {"id": CAVE, "title": "Cave", "owner": "olga"}]
    async with running(tmp_path, seed={**SEED, "chats": chats}) as made:
        await made.hears(2)
        yield made


async def test_where_two_chats_are_possible_an_answer_in_private_says_which_one_it_is_about(two_chats: Bot) -> None:
    bot = two_chats
    await presses(bot, f"tg:place:{SALON}")
    await writes(bot, "/plan list", who=person(OLGA))
    assert (await read_by(bot, OLGA)).startswith("This is about Salon.\n")
    await writes(bot, "/plan create", who=person(OLGA))
    assert (await read_by(bot, OLGA)).startswith("This is about Salon.\n")
    await writes(bot, "/cancel", who=person(OLGA))
    await presses(bot, f"tg:place:{SALON}", BEN)
    await writes(bot, "/plan list", who=person(BEN))
    refused = await read_by(bot, BEN)
    assert refused.startswith("This is about Salon.\n")
    assert "for the community's team" in refused


async def test_nobody_is_told_the_name_of_a_chat_they_are_not_in(two_chats: Bot) -> None:
    bot = two_chats
    await presses(bot, f"tg:place:{CAVE}", BEN)
    await writes(bot, "/plan list", who=person(BEN))
    assert "Cave" not in await read_by(bot, BEN)


async def test_start_lets_one_choose_another_community(two_chats: Bot) -> None:
    bot = two_chats
    await presses(bot, f"tg:place:{SALON}")
    await writes(bot, "/start", who=person(OLGA))
    assert "Which community" in await read_by(bot, OLGA)
    await presses(bot, f"tg:place:{CAVE}")
    await writes(bot, "/plan list", who=person(OLGA))
    assert "This is about Cave." in await read_by(bot, OLGA)
    await writes(bot, "/start", who=person(BEN))
    assert "Which community" not in await read_by(bot, BEN)


async def test_which_community_is_meant_is_asked_for_every_command_that_is_about_one(tmp_path: Path) -> None:
    ours = [command for command in COMMANDS if Platform.TELEGRAM in command.platforms and command.name != "start"]
    askers = {900 + n: command for n, command in enumerate(ours)}  # each is answered at once: one message a person
    users = [*SEED["users"], *({"id": user, "username": f"asker{user}", "started": True} for user in askers)]
    chats = [*SEED["chats"], {"id": CAVE, "title": "Cave", "owner": "olga"}]
    seed = {"users": users, "chats": [{**chat, "members": [f"asker{user}" for user in askers]} for chat in chats]}
    asked = set()
    async with running(tmp_path, seed=seed) as bot:
        await bot.hears(2)
        for user, command in askers.items():
            await writes(bot, f"/{command.name}", who=person(user))
            if "Which community" in await read_by(bot, user):
                asked.add(command.name)
    assert asked == {command.name for command in ours if command.about is About.ONE_PLACE}


async def test_with_one_chat_there_is_nothing_to_tell_apart(bot: Bot) -> None:
    await writes(bot, "/plan list", who=person(OLGA))
    assert "This is about" not in await read_by(bot, OLGA)


async def test_what_is_typed_into_audit_without_sense_is_answered_with_how_to_type_it(bot: Bot) -> None:
    await writes(bot, "/audit @nobody", who=person(OLGA))
    told = await read_by(bot, OLGA)
    assert "/audit member:…" in told
    assert "I'll ask for the rest" not in told


async def test_the_contact_reads_that_the_bot_is_back_where_it_was_put_out(bot: Bot) -> None:
    async def told() -> list[str]:
        async with bot.store.transaction() as tx:
            found = await tx.notices.claim(bot.app.lease(), bot.app.machine.now(), 9)
            return [render(one, "en").text for one in found if one.kind.startswith("chat_")]

    await writes(bot, "/plan list", who=person(OLGA))  # makes her the contact
    await bot.play.post("telegram/member", {"chat": SALON, "user": BEN, "action": "promote", "by": OLGA})
    await bot.hears()
    await bot.play.post("telegram/bot", {"chat": SALON, "action": "remove", "by": OLGA})
    await bot.hears()
    assert ["I was removed from **Salon**. Its" in text for text in await told()] == [True]
    await bot.play.post("telegram/bot", {"chat": SALON, "action": "promote", "by": BEN})
    await bot.hears()
    assert await told() == ["✅ I am back in **Salon**, and can let people in and remove them again."]


async def test_who_can_not_be_looked_up_is_not_told_that_they_are_none_of_the_team(bot: Bot) -> None:
    body = {"ok": False, "error_code": 400, "description": "Bad Request: member list is inaccessible"}
    refusal = {"service": "telegram", "path": "/getChatMember", "status": 400, "body": body, "times": 0}
    fault = bot.sandbox.faults.add(refusal)
    await writes(bot, f"/start {start_payload(SALON)}", who=person(OLGA))
    await writes(bot, "/settings", who=person(OLGA))
    assert "can't find out right now who is here" in await read_by(bot, OLGA)
    bot.sandbox.faults.clear(fault.id)
    await writes(bot, "/settings", who=person(OLGA))
    assert "Settings" in await read_by(bot, OLGA)


@pytest.mark.parametrize("looked_at", [False, True])
async def test_a_group_that_became_a_supergroup_is_served_no_longer_than_its_row_says(
    bot: Bot, looked_at: bool
) -> None:
    old, new = (Place(Platform.TELEGRAM, chat_id) for chat_id in ("-9911", "-1009911"))
    community = Community(CommunityId("com_1"), "Cellar", "en", "eur", 0, None, None, 0)
    async with bot.store.transaction() as tx:
        await tx.communities.add(community, old, "Cellar")
    there = {"id": -9911, "type": "group", "title": "Cellar"}
    moved = {"message_id": 1, "date": 1, "chat": there, "migrate_to_chat_id": -1_009_911}
    if looked_at:  # this process heard that it moves, and another one moved it
        await handling.store(bot.app, [{"update_id": 4_999, "message": moved}], Inbox())
        assert await find_served(bot.app, [new]) == {new}
        async with bot.store.transaction() as tx:
            assert await tx.chat_rooms.migrate(place_of(-9911), "-1009911", "supergroup")
        assert await find_served(bot.app, [new]) == {new}
    else:
        await happens(bot, message=moved)
    assert await stop(bot.app, new) is not None
    assert await find_served(bot.app, [new]) == frozenset()
