"""The recording of a whole Telegram bot: nothing in it that the published specification does not have, no secrets."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import telegram
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from sandbox.play import Play
from sandbox.server import Sandbox
from tests.e2e.wire import CHECKER, findings
from tests.sandbox.telegram_bot import CLUB, MIA, OLD, SEED, TOM, Polling, connect, polling, refused

SECRET = "not-to-be-kept"


@pytest.fixture
def har(tmp_path: Path) -> Path:
    return tmp_path / "traffic.har"


@pytest.fixture
async def sandbox(har: Path) -> AsyncIterator[Sandbox]:
    async with Sandbox.running(har=har) as made:
        made.telegram.seed(SEED)
        made.telegram.seed({"chats": [{"id": -1007, "type": "channel", "title": "News", "owner": "olga"}]})
        yield made


def read(path: Path) -> str:
    return path.read_text()


async def answer(update: telegram.Update) -> None:
    """A bot that says something to everything."""
    if update.message is not None and update.message.text:
        buttons = [
            InlineKeyboardButton("Pro", callback_data="pro"),
            InlineKeyboardButton("Pay", url="https://shop.example"),
        ]
        markup = InlineKeyboardMarkup([buttons])
        await update.message.reply_text("<b>Choose</b> /plans", parse_mode="HTML", reply_markup=markup, do_quote=True)
    if (query := update.callback_query) is not None:
        await query.answer("Noted.")
        await query.edit_message_text("*Pro*", parse_mode="MarkdownV2")
    if (asked := update.chat_join_request) is not None:
        await asked.get_bot().send_message(asked.user_chat_id, "Welcome.")
        await (asked.approve() if asked.from_user.id == MIA else asked.decline())


async def use_everything(live: Polling, play: Play) -> None:
    bot, people = live.bot, play.telegram
    live.handlers.append(answer)
    await bot.set_my_commands([("plans", "What there is")], scope=telegram.BotCommandScopeAllGroupChats())
    await bot.get_my_commands()
    await bot.delete_my_commands()
    await bot.set_my_short_description("Keeps the door.")
    await bot.get_my_short_description()
    said = await people.start(MIA, "pro")
    await people.click(MIA, said, "Pro")
    link = await bot.create_chat_invite_link(CLUB, creates_join_request=True, name="members")
    assert (await people.join(MIA, link.invite_link)).status == "member"
    assert (await people.join(TOM, link.invite_link)).status == "declined"
    limited = await bot.create_chat_invite_link(-1007, member_limit=1)
    await people.join(TOM, limited.invite_link)
    await bot.edit_chat_invite_link(CLUB, link, name="more", creates_join_request=True)
    await bot.revoke_chat_invite_link(CLUB, link)
    await bot.export_chat_invite_link(-1007)
    for chat in (CLUB, OLD, -1007):
        await bot.get_chat(chat)
        await bot.get_chat_administrators(chat)
        await bot.get_chat_member_count(chat)
        await bot.get_chat_member(chat, TOM)
    await bot.get_chat(MIA)
    await people.message(MIA, "/plans Tom", chat=CLUB, mention=[TOM])
    await bot.ban_chat_member(CLUB, MIA)
    await bot.get_chat_member(CLUB, MIA)
    await bot.unban_chat_member(CLUB, MIA, only_if_banned=True)
    await people.member(CLUB, MIA, "promote")
    await bot.send_message(-1007, "news")
    await people.message("olga", "hers", chat="News", wait=0)
    await people.message("olga", "hello", chat=OLD)
    await people.block(MIA)
    await refused(bot.send_message(MIA, "hello?"))
    note = await bot.send_message(CLUB, "to be deleted")
    await note.edit_reply_markup(InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")]]))
    await note.delete()
    await bot.send_chat_action(CLUB, "typing")
    new = await people.migrate(OLD)
    await refused(bot.send_message(OLD, "x"))
    await people.bot(new, "ban")
    await refused(bot.get_chat_member_count(new))
    await bot.leave_chat(CLUB)
    await refused(bot.create_chat_invite_link(CLUB))
    await live.hears("my_chat_member", 6)


async def _took(_: web.Request) -> web.Response:
    return web.Response(text="ok")


@pytest.mark.skipif(not CHECKER.exists(), reason="the wire checker is not beside this checkout")
async def test_the_checker_finds_nothing_in_the_traffic_of_a_whole_bot(
    sandbox: Sandbox, har: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = web.Application()
    app.router.add_post("/webhooks/telegram", _took)
    async with Play(sandbox.url) as play, TestServer(app) as receiver:
        async with polling(connect(sandbox.url)) as live:
            await use_everything(live, play)
        async with connect(sandbox.url) as bot:
            await bot.set_webhook(str(receiver.make_url("/webhooks/telegram")), secret_token=SECRET)
            await play.telegram.start(TOM, wait=0)
            await play.post("settle")
            await bot.get_webhook_info()
            await bot.delete_webhook()
    assert sandbox.recorder is not None
    sandbox.recorder.flush()
    entries = json.loads(read(har))["log"]["entries"]
    assert {"getUpdates", "banChatMember", "telegram"} <= {
        entry["request"]["url"].partition("?")[0].rpartition("/")[2] for entry in entries
    }
    assert findings(har, capsys, monkeypatch) == ""


async def test_neither_the_token_nor_the_webhooks_secret_is_kept(sandbox: Sandbox, har: Path) -> None:
    app = web.Application()
    app.router.add_post("/webhooks/telegram", _took)
    async with Play(sandbox.url) as play, TestServer(app) as receiver, aiohttp.ClientSession() as session:
        base, hook = f"{sandbox.url}/bot1:very-secret/", str(receiver.make_url("/webhooks/telegram"))
        fields = {"url": hook, "secret_token": SECRET}
        await session.post(base + "setWebhook", json=fields)
        await session.post(base + "setWebhook", data=fields)
        await session.post(base + "setWebhook", data=aiohttp.FormData(fields, default_to_multipart=True))
        await session.get(base + "setWebhook", params=fields)
        await play.telegram.start(MIA, wait=0)
        await play.post("settle")
    assert sandbox.recorder is not None
    sandbox.recorder.flush()
    text = read(har)
    assert "very-secret" not in text
    assert SECRET not in text
    entries = json.loads(text)["log"]["entries"]
    assert {entry["response"]["status"] for entry in entries} == {200}
    urls = [entry["request"]["url"] for entry in entries]
    assert urls.count(f"{sandbox.url}/botREDACTED/setWebhook") == 3
    assert urls.count(hook) >= 4, "updates were delivered"
