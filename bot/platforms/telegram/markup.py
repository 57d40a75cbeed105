"""Texts and buttons as Telegram takes them: our markup becomes HTML, an action string becomes callback data."""

import base64
import re
from collections.abc import Collection, Iterator, Sequence
from html import escape

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from payments.ports.chat import ActionButton, Button, LinkButton

TEXT_MAX = 4096
"""Telegram's limit of a message, in UTF-16 units, after its markup is read."""

DATA_BYTES_MAX = 64
BUTTONS_MAX = 100
LABEL_MAX = 64

_TOKEN = re.compile(r"\\(?P<literal>.)|(?P<bold>\*\*)|`(?P<code>[^`\n]*)`", re.DOTALL)
_PLACE_MARK = "@"
_CHAT_PAYLOAD = "chat_"


def html(text: str, commands: Collection[str] = ()) -> str:
    """Our markup (see `bot.texts.formats`) as Telegram's HTML, cut to what a message takes.

    A command in backticks becomes one that can be touched: of two words, Telegram knows it with a line between them.
    Discord offers a choice of True and False; who types here says yes.
    """
    shown: list[str] = []
    left, bold = TEXT_MAX - 1, False
    for piece, mark in _pieces(text, commands):
        if mark == "bold":
            shown.append("</b>" if bold else "<b>")
            bold = not bold
            continue
        fits = _fitting(piece, left)
        left -= _units(fits)
        escaped = escape(fits, quote=False) + ("" if fits == piece else "…")
        shown.append(f"<code>{escaped}</code>" if mark == "code" and not bold else escaped)  # code can't stand in bold
        if fits != piece:
            break
    return "".join(shown) + ("</b>" if bold else "")


def _pieces(text: str, commands: Collection[str]) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with its mark: `text`, `code`, or `bold` for where bold begins or ends."""
    at = 0
    for token in _TOKEN.finditer(text):
        yield text[at : token.start()], "text"
        at = token.end()
        code = token["code"]
        if token["bold"]:
            yield "", "bold"
        elif code is None:
            yield token["literal"], "text"
        elif code.startswith("/") and code[1:] in commands:
            yield code.replace(" ", "_"), "text"
        else:
            yield code.replace(":True", ":yes") if code.startswith("/") else code, "code"
    yield text[at:], "text"


def plain_text(text: str) -> str:
    """The words alone, for what can't have markup."""
    return _TOKEN.sub(lambda token: token["literal"] or token["code"] or "", text)


def _units(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def _fitting(text: str, units: int) -> str:
    if _units(text) <= units:
        return text
    kept = text[: max(units, 0)]
    while _units(kept) > units:
        kept = kept[:-1]
    return kept


def keyboard(buttons: Sequence[Button], place: int | None = None) -> InlineKeyboardMarkup | None:
    """Buttons below each other. Actions carry the chat that they are about, where there is room for it."""
    rows = [[made] for button in buttons[:BUTTONS_MAX] if (made := _button(button, place)) is not None]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(button: Button, place: int | None) -> InlineKeyboardButton | None:
    label = button.label if len(button.label) <= LABEL_MAX else button.label[: LABEL_MAX - 1] + "…"
    match button:
        case LinkButton(url=url):
            return InlineKeyboardButton(label, url=url)
        case ActionButton(action=action):
            return InlineKeyboardButton(label, callback_data=data_of(action, place))


def data_of(action: str, place: int | None) -> str:
    """Callback data: the action, and the chat it is about if both fit in Telegram's 64 bytes."""
    if place is None:
        return action
    there = action + _PLACE_MARK + _packed(place)
    return there if len(there.encode()) <= DATA_BYTES_MAX else action


def action_of(data: str) -> tuple[str, int | None]:
    """An action, and the chat it is about if the button says so."""
    action, mark, packed = data.rpartition(_PLACE_MARK)
    if not mark:
        return data, None
    place = _unpacked(packed)
    return (data, None) if place is None else (action, place)


def _packed(number: int) -> str:
    size = max(1, (number.bit_length() + 8) // 8)
    return base64.urlsafe_b64encode(number.to_bytes(size, "big", signed=True)).decode().rstrip("=")


def _unpacked(text: str) -> int | None:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return int.from_bytes(raw, "big", signed=True) if raw and len(raw) <= 8 else None


def start_payload(chat_id: int) -> str:
    """What a deep link carries to lead to a chat's community: `t.me/<bot>?start=...` (64 of `A-Za-z0-9_-`)."""
    return _CHAT_PAYLOAD + _packed(chat_id)


def chat_of_payload(payload: str) -> int | None:
    """The chat that a deep link leads to; None for any other payload."""
    return _unpacked(payload.removeprefix(_CHAT_PAYLOAD)) if payload.startswith(_CHAT_PAYLOAD) else None
