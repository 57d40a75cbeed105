"""What the bot says: text and its formatting, buttons, who can be written to, and how fast."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.ext import ExtBot

from sandbox.play import NotTaken, Play
from sandbox.server import Sandbox
from sandbox.telegram.entities import found_in
from tests.sandbox.telegram_bot import CLUB, MIA, OLGA, SEED, TOM, Polling, connect, polling, refused


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running() as made:
        made.telegram.seed(SEED)
        yield made


@pytest.fixture
async def play(sandbox: Sandbox) -> AsyncIterator[Play]:
    async with Play(sandbox.url) as made:
        await made.telegram.start(MIA, wait=0)
        yield made


@pytest.fixture
async def bot(sandbox: Sandbox, play: Play) -> AsyncIterator[ExtBot[None]]:
    async with connect(sandbox.url) as made:
        yield made


@pytest.fixture
async def live(sandbox: Sandbox, play: Play) -> AsyncIterator[Polling]:
    async with polling(connect(sandbox.url)) as made:
        yield made


# -- who can be written to ------------------------------------------------------------------------------------
async def test_only_who_started_the_bot_and_does_not_block_it_can_be_written_to(
    sandbox: Sandbox, play: Play, live: Polling
) -> None:
    bot = live.bot
    assert (await bot.send_message(MIA, "hello")).chat.first_name == "Mia"
    await play.telegram.block(MIA)
    assert await refused(bot.send_message(MIA, "hello?")) == "Forbidden: bot was blocked by the user"
    with pytest.raises(NotTaken, match="mia has blocked the bot: unblock it first"):
        await play.telegram.message(MIA, "hi")
    await play.telegram.start(MIA, "again", wait=0)
    await bot.send_message(MIA, "welcome back")
    await live.hears("message", 2)
    changes = [one.my_chat_member for one in live.heard if one.my_chat_member and one.my_chat_member.chat.id == MIA]
    assert [(c.old_chat_member.status, c.new_chat_member.status) for c in changes] == [
        ("left", "kicked"),
        ("kicked", "member"),
    ]
    sandbox.telegram.seed({"users": [{"id": 300, "username": "other_bot", "is_bot": True}]})
    assert await refused(bot.send_message(OLGA, "x")) == "Forbidden: bot can't initiate conversation with a user"
    assert await refused(bot.send_message(300, "x")) == "Forbidden: bot can't send messages to bots"
    assert await refused(bot.send_message(TOM, "x")) == "Chat not found", "they never met"
    assert await refused(bot.send_message(999, "x")) == "Chat not found"


# -- text and its formatting ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("mode", "source", "text", "marks"),
    [
        ("HTML", "<b>bold <i>both</i></b> &lt;&amp;", "bold both <&", [("bold", 0, 9), ("italic", 5, 4)]),
        ("HTML", "👋 <code>a_b</code>", "👋 a_b", [("code", 3, 3)]),
        ("HTML", '<a href="https://a.example/x">here</a>', "here", [("text_link", 0, 4)]),
        ("HTML", "<tg-spoiler>x</tg-spoiler> <u>y</u> <s>z</s>", "x y z", None),
        ("HTML", "<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("HTML", '<pre><code class="language-py">x = 1</code></pre>', "x = 1", None),
        ("MarkdownV2", r"*bold _both_* 1\.5", "bold both 1.5", [("bold", 0, 9), ("italic", 5, 4)]),
        ("MarkdownV2", "__under__ ~gone~ ||hidden||", "under gone hidden", None),
        ("MarkdownV2", "[here](https://a.example/x\\))", "here", [("text_link", 0, 4)]),
        ("MarkdownV2", "`a_b*c` ```py\nx.y```", "a_b*c x.y", [("code", 0, 5), ("pre", 6, 3)]),
        ("MarkdownV2", ">said\n>this\nnot", "said\nthis\nnot", [("blockquote", 0, 9)]),
        ("Markdown", "*bold* _it_ [x](https://a.example)", "bold it x", None),
        (
            None,
            "see /plans at https://a.example or @guestlist_bot",
            "see /plans at https://a.example or @guestlist_bot",
            [("bot_command", 4, 6), ("url", 14, 17), ("mention", 35, 14)],
        ),
    ],
)
async def test_formatted_text_is_parsed(
    bot: ExtBot[None], mode: str | None, source: str, text: str, marks: list[tuple[str, int, int]] | None
) -> None:
    sent = await bot.send_message(MIA, source, parse_mode=mode)
    assert sent.text == text
    if marks is not None:
        assert [(mark.type, mark.offset, mark.length) for mark in sent.entities] == marks


@pytest.mark.parametrize(
    ("mode", "source", "sentence"),
    [
        ("HTML", "<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
        ("HTML", "<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("HTML", "ä <b>x</i>", 'Unmatched end tag at byte offset 7, expected "</b>", found "</i>"'),
        ("HTML", "x</b>", "Unexpected end tag at byte offset 1"),
        ("HTML", "1 < 2", "Unclosed start tag at byte offset 2"),
        ("HTML", "1 < 2 > 0", 'Unsupported start tag "" at byte offset 2'),
        ("HTML", '<span class="x">y</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("MarkdownV2", "1.5", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("MarkdownV2", "a *b", "Can't find end of Bold entity at byte offset 2"),
        ("MarkdownV2", "ä _b", "Can't find end of Italic entity at byte offset 3"),
        ("MarkdownV2", "(x)", "Character '(' is reserved and must be escaped with the preceding '\\'"),
        ("MarkdownV2", "`x", "Can't find end of Code entity at byte offset 0"),
        ("Markdown", "a *b", "Can't find end of the entity starting at byte offset 2"),
    ],
)
async def test_what_can_not_be_parsed_is_refused(bot: ExtBot[None], mode: str, source: str, sentence: str) -> None:
    told = await refused(bot.send_message(MIA, source, parse_mode=mode))
    assert told.lower() == f"can't parse entities: {sentence}".lower()


async def test_a_text_has_a_length(bot: ExtBot[None]) -> None:
    await bot.send_message(MIA, "x" * 4096)
    assert await refused(bot.send_message(MIA, "x" * 4097)) == "Message is too long"
    assert await refused(bot.send_message(MIA, "  ")) == "Message text is empty"
    assert await refused(bot.send_message(MIA, "x", parse_mode="BBCode")) == "Unsupported parse_mode"
    marks = [telegram.MessageEntity("bold", 1, 3)]
    sent = await bot.send_message(MIA, " abcd ", entities=marks)
    assert (sent.text, sent.entities[0].offset, sent.entities[0].length) == ("abcd", 0, 3)
    too_far = [telegram.MessageEntity("bold", 0, 9)]
    assert "ends after the end" in await refused(bot.send_message(MIA, "abc", entities=too_far))


def test_plain_text_is_marked_where_a_client_would() -> None:
    text = "/start@guestlist_bot x/y mail ada@example.org #tag a/b"
    assert [(mark["type"], mark["offset"], mark["length"]) for mark in found_in(text)] == [
        ("bot_command", 0, 20),
        ("email", 30, 15),
        ("hashtag", 46, 4),
    ]


# -- buttons -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("buttons", "sentence"),
    [
        ([[{"text": "x", "callback_data": "ä" * 33}]], "Button_data_invalid"),
        ([[{"text": "x", "callback_data": ""}]], "Button_data_invalid"),
        ([[{"text": "x"}]], "Text buttons are unallowed in the inline keyboard"),
        ([[{"text": " ", "callback_data": "x"}]], "Button_text_invalid"),
        ([[{"text": "x", "url": "ftp://a.example"}]], "Inline keyboard button url 'ftp://a.example' is invalid"),
        ([{"text": "x"}], "Can't parse reply keyboard markup json object"),
        ([[{"text": "x", "callback_data": str(n)}] for n in range(101)], "Reply_markup_too_long"),
    ],
)
async def test_buttons_that_can_not_be_are_refused(sandbox: Sandbox, play: Play, buttons: Any, sentence: str) -> None:
    body = {"chat_id": MIA, "text": "x", "reply_markup": {"inline_keyboard": buttons}}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.url}/bot1:sandbox/sendMessage", json=body) as a,
    ):
        told = await a.json()
    assert told["error_code"] == 400
    assert told["description"].lower().startswith(f"bad request: {sentence}".lower())


async def test_keyboards_for_the_person_are_shown(play: Play, bot: ExtBot[None]) -> None:
    await bot.send_message(MIA, "Which?", reply_markup=telegram.ReplyKeyboardMarkup([["One", "Two"]]))
    await bot.send_message(MIA, "How much?", reply_markup=telegram.ForceReply(input_field_placeholder="5"))
    await bot.send_message(MIA, "Done.", reply_markup=telegram.ReplyKeyboardRemove())
    one, two, three = await play.telegram.private_messages(MIA)
    assert one.keyboard is not None
    assert one.keyboard["keyboard"] == [["One", "Two"]]
    assert two.keyboard == {"force_reply": True, "input_field_placeholder": "5"}
    assert three.keyboard == {"remove_keyboard": True}


async def test_a_press_is_answered_with_a_pop_up_and_an_edit(play: Play, live: Polling) -> None:
    async def answer(update: telegram.Update) -> None:
        if update.message is not None and update.message.text == "/plans":
            buttons = [
                InlineKeyboardButton("Pro", callback_data="pro"),
                InlineKeyboardButton("Web", url="https://a.example"),
            ]
            await update.message.reply_text("Choose.", reply_markup=InlineKeyboardMarkup([buttons]), do_quote=True)
        if (query := update.callback_query) is not None:
            assert (query.data, query.from_user.id) == ("pro", MIA)
            await query.answer("Noted.", show_alert=True)
            await query.edit_message_text("Pro it is.")
            assert (await refused(query.answer())).startswith("Query is too old and response timeout expired")

    live.handlers.append(answer)
    said = await play.telegram.message(MIA, "/plans")
    assert (said.text, dict(said.buttons)) == ("Choose.", {"Pro": "pro", "Web": "https://a.example"})
    opened = await play.telegram.click(MIA, said, "web")
    assert opened.url == "https://a.example"
    pressed = await play.telegram.click(MIA, said, "pro")
    assert (pressed.text, pressed.toast, pressed.number) == ("Pro it is.", "Noted.", said.number)
    with pytest.raises(NotTaken, match="sees no message"):
        await play.telegram.click(MIA, said, "Pro")
    with pytest.raises(NotTaken, match="sees no message"):
        await play.telegram.click(TOM, said, "Pro")


async def test_a_query_must_be_answered_soon(play: Play, live: Polling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.telegram.methods_messages.ANSWER_SECONDS_MAX", 0.0)
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    sent = await live.bot.send_message(MIA, "Go?", reply_markup=markup)
    body = {"user": MIA, "message": sent.message_id, "data": "go", "wait": 0}
    assert (await play.post("telegram/click", body))["answered"] is False
    query = await live.hears("callback_query")
    await asyncio.sleep(0.01)
    assert (await refused(query.answer())).startswith("Query is too old")
    assert (await refused(live.bot.answer_callback_query("1" * 19))).startswith("Query is too old")


# -- edits and deletions -----------------------------------------------------------------------------------------
async def test_messages_are_edited_and_deleted(play: Play, bot: ExtBot[None]) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    sent = await bot.send_message(MIA, "one", reply_markup=markup)
    edited = await sent.edit_text("two")
    assert isinstance(edited, telegram.Message)
    assert (edited.text, edited.reply_markup) == ("two", None)
    assert edited.edit_date is not None
    assert (await refused(sent.edit_text("two"))).startswith("Message is not modified: specified new message content")
    await sent.edit_reply_markup(markup)
    assert (await refused(sent.edit_reply_markup(markup))).startswith("Message is not modified")
    hers = (await play.telegram.chat(CLUB))["messages"]
    assert hers == []
    assert await refused(bot.edit_message_text("x", MIA, 999)) == "Message to edit not found"
    assert await refused(bot.edit_message_text("x", MIA, 1)) == "Message can't be edited"
    await sent.delete()
    assert await refused(sent.delete()) == "Message to delete not found"
    assert await play.telegram.private_messages(MIA) == []


async def test_a_reply_needs_its_message(play: Play, bot: ExtBot[None]) -> None:
    sent = await bot.send_message(MIA, "one")
    reply = await bot.send_message(MIA, "two", reply_parameters=telegram.ReplyParameters(sent.message_id))
    assert reply.reply_to_message is not None
    assert reply.reply_to_message.text == "one"
    assert await refused(bot.send_message(MIA, "x", reply_to_message_id=999)) == "Message to be replied not found"
    lenient = telegram.ReplyParameters(999, allow_sending_without_reply=True)
    assert (await bot.send_message(MIA, "x", reply_parameters=lenient)).reply_to_message is None
    assert await bot.send_chat_action(MIA, "typing")
    assert await refused(bot.send_chat_action(MIA, "dancing")) == "Wrong parameter action in request"


async def test_old_messages_stay_unless_the_bot_may_delete_others(play: Play, bot: ExtBot[None]) -> None:
    sent = await bot.send_message(MIA, "one")
    in_club = await bot.send_message(CLUB, "one")
    await play.advance("3d")
    assert await refused(sent.delete()) == "Message can't be deleted"
    assert await in_club.delete()


def texts_of(live: Polling) -> list[str]:
    return [one.message.text for one in live.heard if one.message and one.message.text]


# -- groups --------------------------------------------------------------------------------------------------------
async def test_in_a_group_a_plain_member_hears_commands_and_replies_to_it_only(play: Play, live: Polling) -> None:
    await play.telegram.member(CLUB, MIA, "add")
    await play.telegram.bot(CLUB, "demote")
    own = await live.bot.send_message(CLUB, "I am here.")
    for text in ("hello", "/plans", "/plans@guestlist_bot", "/plans@other_bot", "no/plans"):
        await play.telegram.message(MIA, text, chat=CLUB, wait=0)
    await play.telegram.message(MIA, "a reply", chat=CLUB, reply_to=own.message_id, wait=0)
    told = await play.post("telegram/message", {"chat": "Chess club", "user": "mia", "text": "psst"})
    assert told["seen_by_bot"] is False
    await play.telegram.bot(CLUB, "promote")
    await play.telegram.message(MIA, "to all", chat=CLUB, wait=0)
    await live.until(lambda: texts_of(live)[-1:] == ["to all"])
    assert texts_of(live) == ["/start", "/plans", "/plans@guestlist_bot", "a reply", "to all"]


async def test_people_are_mentioned_answered_and_edit_what_they_wrote(play: Play, live: Polling) -> None:
    for user in (MIA, TOM):
        await play.telegram.member(CLUB, user, "add")
    said = await play.post(
        "telegram/message", {"chat": CLUB, "user": MIA, "text": "/member Tom", "mention": [TOM], "wait": 0}
    )
    message = await live.hears("message", 4)
    marks = [(mark.type, mark.offset, mark.user.id if mark.user else None) for mark in message.entities]
    assert marks == [("bot_command", 0, None), ("text_mention", 8, TOM)]
    await play.telegram.message(TOM, "me?", chat=CLUB, reply_to=said["message"], wait=0)
    answer = await live.hears("message", 5)
    assert answer.reply_to_message.text == "/member Tom"
    await play.telegram.message(MIA, "/member nobody", chat=CLUB, edit=said["message"], wait=0)
    assert (await live.hears("edited_message")).text == "/member nobody"
    with pytest.raises(NotTaken, match="Tom did not write message"):
        await play.telegram.message(TOM, "x", chat=CLUB, edit=said["message"])


async def test_replies_in_the_group_and_in_private_are_both_told(play: Play, live: Polling) -> None:
    await play.telegram.member(CLUB, MIA, "add")

    async def answer(update: telegram.Update) -> None:
        if update.message is not None and update.message.text == "/plans":
            await live.bot.send_message(CLUB, "I write to you in private.")
            note = await live.bot.send_message(MIA, "One moment …")
            await note.edit_text("Pro can be had for 5.")

    live.handlers.append(answer)
    said = await play.telegram.message(MIA, "/plans", chat=CLUB)
    assert said.everything == "I write to you in private.\n\nPro can be had for 5."
    assert said.chat == MIA


# -- limits -----------------------------------------------------------------------------------------------------------
async def test_messages_are_limited_in_all_and_by_chat(
    sandbox: Sandbox, bot: ExtBot[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    sandbox.telegram.seed(
        {"rate_limits": {"chat": {"requests": 2, "seconds": 30}, "group": {"requests": 1, "seconds": 60}}}
    )
    for _ in range(2):
        await bot.send_message(MIA, "x")
    with pytest.raises(telegram.error.RetryAfter) as caught:
        await bot.send_message(MIA, "x")
    wait = caught.value.retry_after
    assert isinstance(wait, datetime.timedelta)
    assert 25 < wait.total_seconds() <= 30
    await bot.send_message(CLUB, "x")
    with pytest.raises(telegram.error.RetryAfter):
        await bot.send_message(CLUB, "x")
    await bot.get_chat_member(CLUB, MIA)
    sandbox.telegram.seed({"rate_limits": {"methods": {"requests": 0, "seconds": 1}}})
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.url}/bot1:sandbox/getChatMember", data={"chat_id": CLUB, "user_id": MIA}) as answer,
    ):
        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
        told = await answer.json()
    assert told["description"] == "Too Many Requests: retry after 1"
    assert told["parameters"] == {"retry_after": 1}
    assert sandbox.telegram.state()["too_many_requests"] == 3
