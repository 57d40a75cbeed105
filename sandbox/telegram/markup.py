"""Keyboards under messages: what Telegram takes, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.telegram.errors import bad
from sandbox.telegram.params import Params
from sandbox.telegram.state import Json

CALLBACK_BYTES_MAX = 64
BUTTONS_MAX = 100
SCHEMES = ("http://", "https://", "tg://", "ton://", "mailto:")
ACTS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


@dataclass(frozen=True, slots=True)
class Markup:
    """What stands under a message: buttons in it, or another keyboard for the person."""

    inline: list[list[Json]] | None = None
    keyboard: Json | None = None


def read(params: Params) -> Markup:
    """The `reply_markup` of a call. Raises ApiError where Telegram would."""
    given = params.object("reply_markup")
    if not given:
        return Markup()
    if "inline_keyboard" in given:
        rows = [[_button(button) for button in row] for row in _rows(given["inline_keyboard"])]
        rows = [row for row in rows if row]
        if sum(map(len, rows)) > BUTTONS_MAX:
            raise bad("REPLY_MARKUP_TOO_LONG")
        return Markup(inline=rows or None)
    if "keyboard" in given:
        rows = [[_key(key) for key in row] for row in _rows(given["keyboard"])]
        return Markup(keyboard={**given, "keyboard": rows})
    if given.get("force_reply") or given.get("remove_keyboard"):
        return Markup(keyboard=given)
    raise bad("object expected as reply markup")


def _rows(value: Any) -> list[list[Any]]:
    if not isinstance(value, list) or any(not isinstance(row, list) for row in value):
        raise bad('can\'t parse reply keyboard markup JSON object: field must be an "Array of Arrays"')
    return value


def _button(value: Any) -> Json:
    if not isinstance(value, dict):
        raise bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    text = value.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad("text buttons are unallowed in the inline keyboard" if text is None else "BUTTON_TEXT_INVALID")
    acts = [act for act in ACTS if act in value]
    if not acts:
        raise bad("text buttons are unallowed in the inline keyboard")
    if "callback_data" in value:
        data = value["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= CALLBACK_BYTES_MAX:
            raise bad("BUTTON_DATA_INVALID")
    if "url" in value and not str(value["url"]).startswith(SCHEMES):
        raise bad(f"inline keyboard button URL '{value['url']}' is invalid: unsupported URL protocol")
    return dict(value)


def _key(value: Any) -> Json:
    if isinstance(value, str):
        return {"text": value}
    if not isinstance(value, dict) or not isinstance(value.get("text"), str) or not value["text"]:
        raise bad("can't parse keyboard button: KeyboardButton must be an Object with a text")
    return dict(value)
