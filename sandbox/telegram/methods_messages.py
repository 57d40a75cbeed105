"""Methods about messages: written, edited, deleted; callback queries answered."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from sandbox.telegram import entities, markup, wire
from sandbox.telegram.errors import bad, query_too_old
from sandbox.telegram.params import Params
from sandbox.telegram.rest import Rest
from sandbox.telegram.state import Chat, Json, Kind, Message

ANSWER_SECONDS_MAX = 15.0
"""So long a callback query can be answered (real time; Telegram publishes none, this is what is seen)."""
QUERIES_MAX = 10_000
OWN_SECONDS_MAX = 48 * 3600
"""A message can be deleted for so long (sandbox time)."""
ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


@dataclass(slots=True)
class Queries:
    """The callback queries that wait for their answer, with when they came (machine time)."""

    open: dict[str, float] = field(default_factory=dict)

    def add(self, query: str) -> None:
        """A button was pressed."""
        while len(self.open) >= QUERIES_MAX:
            del self.open[next(iter(self.open))]
        self.open[query] = time.monotonic()

    def answer(self, query: str) -> bool:
        """Whether it can still be answered; it is, once."""
        came = self.open.pop(query, None)
        return came is not None and time.monotonic() - came <= ANSWER_SECONDS_MAX


class MessageMethods:
    """Each method takes the call's parameters and answers its result; all raise ApiError."""

    def __init__(self, rest: Rest, queries: Queries) -> None:
        self.rest = rest
        self.queries = queries

    def send_message(self, params: Params) -> Json:
        text = entities.of(params)
        under = markup.read(params)
        chat = self.rest.writable(params)
        reply_to = self._reply(params, chat)
        text = entities.checked(text)
        self.rest.limiter.message(chat.id, chat.kind)
        preview = params.object("link_preview_options")
        return self._told(self.rest.life.say(chat, text, under, reply_to=reply_to, preview=preview))

    def _reply(self, params: Params, chat: Chat) -> Message | None:
        given = params.object("reply_parameters") or {}
        wanted = Params(given).whole("message_id") or params.whole("reply_to_message_id")
        if not wanted:
            return None
        found = chat.messages.get(wanted)
        if found is None and not given.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")
        return found

    def _own(self, params: Params) -> tuple[Chat, Message]:
        chat, _ = self.rest.group(params)
        message = chat.messages.get(params.whole("message_id"))
        if message is None:
            raise bad("message to edit not found")
        mine = message.sender is self.rest.me or (
            message.sender is None and self.rest.life.may(chat, "can_edit_messages")
        )
        if not mine or message.service:
            raise bad("message can't be edited")
        return chat, message

    def edit_message_text(self, params: Params) -> Json:
        text, under = entities.of(params), markup.read(params)
        chat, message = self._own(params)
        text = entities.checked(text)
        if (text.text, text.entities, under.inline) == (message.text, message.entities, message.inline_keyboard):
            raise bad(NOT_MODIFIED)
        self.rest.limiter.message(chat.id, chat.kind)
        message.text, message.entities = text.text, text.entities
        message.link_preview = params.object("link_preview_options")
        return self._edited(message, under)

    def edit_message_reply_markup(self, params: Params) -> Json:
        under = markup.read(params)
        chat, message = self._own(params)
        if under.inline == message.inline_keyboard:
            raise bad(NOT_MODIFIED)
        self.rest.limiter.message(chat.id, chat.kind)
        return self._edited(message, under)

    def _edited(self, message: Message, under: markup.Markup) -> Json:
        message.inline_keyboard = under.inline
        message.edited = int(self.rest.now())
        self.rest.ears.said(message)
        return self._told(message)

    def _told(self, message: Message) -> Json:
        return wire.message(self.rest.world, message)

    def delete_message(self, params: Params) -> bool:
        chat, _ = self.rest.group(params)
        message = chat.messages.get(params.whole("message_id"))
        if message is None:
            raise bad("message to delete not found")
        mine = message.sender is self.rest.me
        young = self.rest.now() - message.date <= OWN_SECONDS_MAX
        may = self.rest.life.may(chat, "can_delete_messages")
        if not (may or (young and (mine or chat.kind is Kind.PRIVATE))):
            raise bad("message can't be deleted")
        del chat.messages[message.id]
        self.rest.ears.gone(message)
        return True

    def send_chat_action(self, params: Params) -> bool:
        if params.text("action") not in ACTIONS:
            raise bad("wrong parameter action in request")
        self.rest.writable(params)
        return True

    def answer_callback_query(self, params: Params) -> bool:
        text = params.text("text")
        if len(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        query = params.text("callback_query_id")
        if not self.queries.answer(query):
            raise query_too_old()
        toast: Json = {"text": text, "alert": params.flag("show_alert"), "url": params.text("url") or None}
        self.rest.ears.answered(query, toast)
        return True
