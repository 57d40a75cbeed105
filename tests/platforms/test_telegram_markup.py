"""Texts, buttons and updates as they go over Telegram's wire."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.commands.catalog import ACTIONS, COMMANDS
from bot.platforms.telegram import api_types, markup
from bot.platforms.telegram.menu import menus
from bot.texts import clean
from payments.ports.chat import ActionButton, LinkButton

NAMES = frozenset(command.name for command in COMMANDS)
SALON = -1001234567890


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "plain"),
        ("**Pro** & <co>", "<b>Pro</b> &amp; &lt;co&gt;"),
        (r"a \*\*star\*\* and \\", r"a **star** and \\"[:-1]),
        ("`/plan create` or `/plans`", "/plan_create or /plans"),
        ("`/settings contact_me:True`", "<code>/settings contact_me:yes</code>"),
        ("**a `b` c**", "<b>a b c</b>"),
        ("**never closed", "<b>never closed</b>"),
    ],
)
def test_our_markup_becomes_html(text: str, html: str) -> None:
    assert markup.html(text, NAMES) == html


@pytest.mark.parametrize("name", ["<b>", "**bold**", "`code`", "a\\", "[x](http://evil)", "_x_", "&amp;"])
def test_no_name_gets_markup_into_a_text(name: str) -> None:
    shown = markup.html(f"Hello **{clean(name)}**!", NAMES)
    assert shown.startswith("Hello <b>")
    assert shown.endswith("</b>!")
    assert shown.count("<") == 2


def test_a_long_text_is_cut_to_what_a_message_takes() -> None:
    shown = markup.html("**" + "😀" * 5000 + "**")
    assert shown.endswith("…</b>")
    assert len(shown.encode("utf-16-le")) // 2 <= markup.TEXT_MAX + len("<b></b>")


def test_a_button_says_which_chat_it_is_about_where_there_is_room() -> None:
    data = markup.data_of("join:pln_0123456789abcdefghij", SALON)
    assert len(data.encode()) <= 64
    assert markup.action_of(data) == ("join:pln_0123456789abcdefghij", SALON)
    long = "role_keep:pln_0123456789abcdefghij:tgt_0123456789abcdefghij"
    assert markup.action_of(markup.data_of(long, SALON)) == (long, None)
    assert markup.action_of("manage") == ("manage", None)


@pytest.mark.parametrize("data", ["", "@", "a@", "a@@", "a@ä", "a@" + "A" * 50])
def test_what_no_button_of_ours_says_is_an_action_that_nobody_knows(data: str) -> None:
    action, _ = markup.action_of(data)
    assert action not in {known.name for known in ACTIONS}


def test_a_deep_link_leads_to_a_chat() -> None:
    payload = markup.start_payload(SALON)
    assert set(payload) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert markup.chat_of_payload(payload) == SALON
    assert markup.chat_of_payload("link_ABCD") is None
    assert markup.chat_of_payload("chat_") is None


def test_buttons_stand_below_each_other() -> None:
    made = markup.keyboard((LinkButton("Pay", "https://pay.test/"), ActionButton("x" * 99, "cancel:sub_1")), SALON)
    assert made is not None
    assert [len(row) for row in made.inline_keyboard] == [1, 1]
    assert made.inline_keyboard[0][0].url == "https://pay.test/"
    assert len(made.inline_keyboard[1][0].text) == markup.LABEL_MAX
    assert markup.keyboard(()) is None


def test_the_menu_has_admins_commands_for_admins_alone() -> None:
    found = {(type(m.scope).__name__, m.language): {c.command for c in m.commands} for m in menus(COMMANDS)}
    assert "plan_create" in found["BotCommandScopeAllChatAdministrators", None]
    for scope in ("BotCommandScopeDefault", "BotCommandScopeAllPrivateChats"):
        assert {"start", "plans", "subscribe", "paysupport", "privacy"} <= found[scope, "de"]
        assert "plan_create" not in found[scope, None]


USER = {"id": 7, "is_bot": False, "first_name": "Mia"}
GROUP = {"id": SALON, "type": "supergroup", "title": "Salon"}
PRIVATE = {"id": 7, "type": "private"}


def message(**fields: Any) -> dict[str, Any]:
    return {"update_id": 1, "message": {"message_id": 2, "date": 3, "from": USER, "chat": GROUP, **fields}}


@pytest.mark.parametrize(
    ("update", "ordering_key"),
    [
        (message(text="/plans"), "7"),
        (message(text="what we say among ourselves"), None),
        (message(), None),
        (message(chat=PRIVATE, text="hello"), "7"),
        (message(chat={"id": -5, "type": "group"}, migrate_to_chat_id=SALON), "-5"),
        (message(new_chat_title="Den"), str(SALON)),
        (message(chat={"id": -9, "type": "channel"}, text="/plans"), None),
        ({"update_id": 1, "callback_query": {"id": "1", "from": USER, "data": "x"}}, "7"),
        ({"update_id": 1, "poll": {}}, None),
    ],
)
def test_only_what_is_for_the_bot_is_kept(update: dict[str, Any], ordering_key: str | None) -> None:
    assert api_types.ordering_key(api_types.decode(json.dumps(update))) == ordering_key


@pytest.mark.parametrize(
    "body",
    [
        *("", "null", "[]", "{}", "[" * 9999, '{"update_id": "1"}', '{"update_id": -1}', '{"update_id": 1e99}'),
        '{"update_id": 1, "message": []}',
        '{"update_id": 1, "message": {"message_id": 1, "chat": {"id": 1e30, "type": "x"}}}',
    ],
)
def test_what_is_no_update_is_a_value_error_that_quotes_nothing(body: str) -> None:
    with pytest.raises(ValueError, match=r"^no update: \w+$"):
        api_types.decode(body)
