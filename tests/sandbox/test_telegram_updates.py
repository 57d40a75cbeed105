"""How a bot hears: long polling and webhooks, in order, until it has confirmed or taken what there is."""

import asyncio
import datetime
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import telegram
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram.ext import ExtBot

from sandbox.play import NotTaken, Play, eventually
from sandbox.server import Sandbox
from tests.sandbox.telegram_bot import CLUB, MIA, SEED, TOM, connect, polling, refused


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running() as made:
        made.telegram.seed({"users": SEED["users"]})
        yield made


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[ExtBot[None]]:
    async with connect(sandbox.url) as made:
        yield made


async def texts(bot: ExtBot[None], **params: Any) -> list[str | None]:
    return [one.message.text for one in await bot.get_updates(**params) if one.message]


async def test_updates_stay_until_an_offset_confirms_them(play: Play, bot: ExtBot[None]) -> None:
    for text in ("one", "two", "three"):
        await play.telegram.message(MIA, text, wait=0)
    first = await bot.get_updates()
    assert [one.message.text for one in first if one.message] == ["one", "two", "three"]
    assert [one.update_id for one in first] == list(range(first[0].update_id, first[0].update_id + 3))
    assert await texts(bot) == ["one", "two", "three"], "nothing was confirmed"
    assert await texts(bot, limit=2) == ["one", "two"]
    assert await texts(bot, offset=first[1].update_id) == ["two", "three"]
    assert await texts(bot, offset=-1) == ["three"], "a negative offset forgets all but the last"
    assert await texts(bot) == ["three"]
    assert await texts(bot, offset=first[2].update_id + 1) == []
    assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_a_long_poll_answers_as_soon_as_there_is_something(play: Play, bot: ExtBot[None]) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await eventually(lambda: _polling(play))
    await play.telegram.message(MIA, "hello", wait=0)
    (update,) = await asyncio.wait_for(waiting, 60)
    assert update.message is not None
    assert update.message.text == "hello"
    assert await bot.get_updates(offset=update.update_id + 1, timeout=1) == ()


async def _polling(play: Play) -> bool:
    return bool((await play.state())["telegram"]["updates"]["polling"])


async def test_of_two_pollers_the_earlier_is_told_of_the_conflict(
    sandbox: Sandbox, play: Play, bot: ExtBot[None]
) -> None:
    async with connect(sandbox.url) as other:
        earlier = asyncio.create_task(bot.get_updates(timeout=20))
        await eventually(lambda: _polling(play))
        later = asyncio.create_task(other.get_updates(timeout=20))
        with pytest.raises(telegram.error.Conflict, match="terminated by other getUpdates request; make sure that"):
            await asyncio.wait_for(earlier, 60)
        await play.telegram.message(MIA, "hello", wait=0)
        assert len(await asyncio.wait_for(later, 60)) == 1


async def test_a_poller_that_hangs_up_leaves_everything_in_the_queue(sandbox: Sandbox, play: Play) -> None:
    async with connect(sandbox.url) as bot:
        gone = asyncio.create_task(bot.get_updates(timeout=20))
        await eventually(lambda: _polling(play))
        gone.cancel()
    assert await eventually(lambda: _not_polling(play))
    await play.telegram.message(MIA, "hello", wait=0)
    async with connect(sandbox.url) as bot:
        assert await texts(bot) == ["hello"]


async def _not_polling(play: Play) -> bool:
    return not await _polling(play)


async def test_members_are_told_of_only_to_a_bot_that_asks_for_them(
    sandbox: Sandbox, play: Play, bot: ExtBot[None]
) -> None:
    sandbox.telegram.seed(SEED)
    await bot.get_updates()
    await play.telegram.member(CLUB, MIA, "add")
    kinds = [next(key for key in one.to_dict() if key != "update_id") for one in await bot.get_updates()]
    assert kinds == ["my_chat_member", "my_chat_member", "message"]
    await bot.get_updates(offset=-1, allowed_updates=["chat_member"])
    await play.telegram.member(CLUB, TOM, "add")
    update = (await bot.get_updates())[-1]
    assert update.chat_member is not None, "what was asked for is remembered"
    assert update.chat_member.new_chat_member.user.id == TOM
    assert (await bot.get_webhook_info()).allowed_updates == ("chat_member",)


async def test_what_nobody_fetches_is_lost_after_a_day_and_after_a_week_the_ids_begin_anew(
    sandbox: Sandbox, play: Play, bot: ExtBot[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.telegram.updates.FRESH_SECONDS", 0.0)
    await play.telegram.message(MIA, "one", wait=0)
    (before,) = await bot.get_updates()
    await play.advance("23h")
    assert await texts(bot) == ["one"]
    await play.advance("2h")
    assert await texts(bot) == []
    await play.advance("8d")
    await play.telegram.message(MIA, "two", wait=0)
    (after,) = await bot.get_updates(offset=before.update_id + 1)
    assert after.update_id != before.update_id + 1


async def test_a_jump_of_the_clock_does_not_lose_what_came_this_moment(play: Play, bot: ExtBot[None]) -> None:
    await play.telegram.message(MIA, "one", wait=0)
    await play.advance("31d")
    assert await texts(bot) == ["one"]


class Receiver:
    """Takes updates by POST; `answers` are the statuses it gives, the last one for good."""

    def __init__(self) -> None:
        self.answers = [200]
        self.heard: list[tuple[str | None, dict[str, Any]]] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.heard.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), json.loads(await request.text())))
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=status)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for _, update in self.heard]


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/webhooks/telegram", made.handle)
    async with TestServer(app) as server:
        yield made, str(server.make_url("/webhooks/telegram"))


async def test_a_webhook_gets_each_update_with_its_secret(
    play: Play, bot: ExtBot[None], receiver: tuple[Receiver, str]
) -> None:
    heard, url = receiver
    await play.telegram.message(MIA, "before", wait=0)
    assert await bot.set_webhook(url, secret_token="s3cret-_", max_connections=5)
    await play.telegram.message(MIA, "after", wait=0)
    await play.post("settle")
    assert heard.texts == ["before", "after"]
    assert {secret for secret, _ in heard.heard} == {"s3cret-_"}
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.max_connections) == (url, 0, 5)
    with pytest.raises(telegram.error.Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    await play.telegram.message(MIA, "later", wait=0)
    assert await texts(bot) == ["later"]
    assert heard.texts == ["before", "after"]


async def test_an_update_is_sent_again_until_it_is_taken_and_the_others_wait_for_it(
    play: Play, bot: ExtBot[None], receiver: tuple[Receiver, str]
) -> None:
    heard, url = receiver
    heard.answers = [500, 302, 200]
    await bot.set_webhook(url)
    for text in ("one", "two"):
        await play.telegram.message(MIA, text, wait=0)
    await play.post("settle")
    info = await bot.get_webhook_info()
    assert (info.last_error_message or "").startswith("Wrong response from the webhook: ")
    assert await eventually(lambda: _taken(heard, 4))
    assert heard.texts == ["one", "one", "one", "two"]
    assert len({update["update_id"] for _, update in heard.heard}) == 2


async def _taken(heard: Receiver, count: int) -> bool:
    return len(heard.heard) >= count


async def test_setting_a_webhook_ends_a_long_poll_and_may_drop_what_waits(
    play: Play, bot: ExtBot[None], receiver: tuple[Receiver, str]
) -> None:
    heard, url = receiver
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await eventually(lambda: _polling(play))
    await bot.set_webhook(url)
    with pytest.raises(telegram.error.Conflict, match="terminated by setWebhook request"):
        await asyncio.wait_for(waiting, 60)
    await bot.delete_webhook()
    await play.telegram.message(MIA, "old", wait=0)
    await bot.set_webhook(url, drop_pending_updates=True)
    await play.telegram.message(MIA, "new", wait=0)
    await play.post("settle")
    assert heard.texts == ["new"]


@pytest.mark.parametrize(
    ("url", "secret", "sentence"),
    [
        ("http://shop.example/hook", "x", "Bad webhook: an https url must be provided for webhook"),
        ("https://shop.example/hook", "not allowed", "Secret token contains unallowed characters"),
    ],
)
async def test_a_webhook_that_can_not_be_is_refused(bot: ExtBot[None], url: str, secret: str, sentence: str) -> None:
    assert await refused(bot.set_webhook(url, secret_token=secret)) == sentence


async def test_tokens_are_checked_as_telegram_does(sandbox: Sandbox) -> None:
    sandbox.telegram.seed({"bot": {"token": "42:right", "username": "club_bot", "name": "Club"}})
    async with connect(sandbox.url, "42:right") as bot:
        assert (bot.id, bot.username, bot.first_name) == (42, "club_bot", "Club")
    async with aiohttp.ClientSession() as session:
        for token, status, sentence in (("42:wrong", 401, "Unauthorized"), ("nonsense", 404, "Not Found")):
            async with session.post(f"{sandbox.url}/bot{token}/getMe") as answer:
                assert answer.status == status
                assert await answer.json() == {"ok": False, "error_code": status, "description": sentence}


async def test_parameters_come_in_any_of_the_four_forms(sandbox: Sandbox, play: Play) -> None:
    await play.telegram.start(MIA, wait=0)
    url = f"{sandbox.url}/bot1:sandbox/SENDMESSAGE"
    reply = {"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}
    fields = {"chat_id": str(MIA), "text": "größer", "reply_markup": json.dumps(reply)}
    multipart = aiohttp.FormData(fields, default_to_multipart=True)
    async with aiohttp.ClientSession() as session:
        ways: list[dict[str, Any]] = [
            {"data": fields},
            {"data": multipart},
            {"json": {"chat_id": MIA, "text": "größer", "reply_markup": reply}},
            {"params": {"chat_id": str(MIA), "text": "größer"}},
        ]
        for way in ways:
            async with session.post(url, **way) as answer:
                told = await answer.json()
                assert told["ok"], told
                assert told["result"]["text"] == "größer"
        async with session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as answer:
            assert (answer.status, (await answer.json())["error_code"]) == (400, 400)
        async with session.get(f"{sandbox.url}/bot1:sandbox/fly") as answer:
            assert (answer.status, (await answer.json())["ok"]) == (404, False)


async def test_a_fault_answers_in_telegrams_form(
    play: Play, bot: ExtBot[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    fault = {"service": "telegram", "path": "getMe", "status": 429, "body": {"retry_after": 3}}
    await play.post("faults", fault)
    with pytest.raises(telegram.error.RetryAfter) as caught:
        await bot.get_me()
    assert caught.value.retry_after == datetime.timedelta(seconds=3)
    await play.post("faults", {"service": "telegram", "path": "/bot*/getMe", "status": 502})
    assert await refused(bot.get_me()) == "Bad Gateway"
    await play.post("faults", {"service": "telegram", "path": "/getMe", "drop": True, "after": True})
    with pytest.raises(telegram.error.NetworkError):
        await bot.get_me()
    assert (await bot.get_me()).is_bot


async def test_the_bot_offers_commands_by_scope_and_language(sandbox: Sandbox, bot: ExtBot[None]) -> None:
    sandbox.telegram.seed(SEED)
    group = telegram.BotCommandScopeChat(CLUB)
    await bot.set_my_commands([("plans", "What there is"), ("start", "Begin")])
    await bot.set_my_commands([("plans", "Angebote")], language_code="de")
    await bot.set_my_commands([("member", "A member")], scope=group)
    assert [one.command for one in await bot.get_my_commands()] == ["plans", "start"]
    assert (await bot.get_my_commands(language_code="de"))[0].description == "Angebote"
    assert [one.command for one in await bot.get_my_commands(scope=group)] == ["member"]
    await bot.delete_my_commands(scope=group)
    assert await bot.get_my_commands(scope=group) == ()
    assert await refused(bot.set_my_commands([("Not Good", "x")])) == "Bot_command_invalid"
    await bot.set_my_description("Keeps the door.")
    assert (await bot.get_my_description()).description == "Keeps the door."
    assert (await bot.get_my_name()).name == "Guestlist"


async def test_a_person_who_waits_for_nobody_is_told_so(play: Play) -> None:
    said = await play.telegram.message(MIA, "hello?", wait=0.1)
    assert said.text == ""
    told = await play.post("telegram/message", {"user": MIA, "text": "hello?", "wait": 0.1})
    assert told["error"].startswith("The bot did not answer within 0.1 seconds")
    with pytest.raises(NotTaken, match="There is no user 'zoe' on Telegram"):
        await play.telegram.message("zoe", "hello")


async def test_polling_hears_what_people_say(sandbox: Sandbox, play: Play) -> None:
    async with polling(connect(sandbox.url)) as live:
        await play.telegram.start(MIA, "pro", wait=0)
        message = await live.hears("message")
        assert (message.text, message.from_user.language_code) == ("/start pro", "de")
        assert message.entities[0].type == "bot_command"
