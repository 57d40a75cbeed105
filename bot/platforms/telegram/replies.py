"""What the bot says: privately to the person who asked, and in a group one line saying that it did."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from telegram import ForceReply, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ChatAction, ParseMode

from bot.platforms.telegram import markup
from bot.platforms.telegram.api_types import Message as Heard
from bot.platforms.telegram.calls import NO, Moved, No, Paced, Refusal, outcome_of
from bot.platforms.telegram.invite_links import BotClient
from bot.texts import label, say
from payments.ports.chat import Blocked, Busy, Done, Failed, LinkButton, Message, NotThere, Outcome

log = logging.getLogger("guestlist.telegram")

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
TOAST_MAX = 200


class TryAgain(Exception):
    """Telegram asks to wait, or can't be reached: what is being done must be done again later.

    `paced`: it was only not our turn yet, which is no failed attempt.
    """

    def __init__(self, retry_after_ms: int, detail: str, *, paced: bool = False) -> None:
        super().__init__(detail)
        self.retry_after_ms = retry_after_ms
        self.paced = paced


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that arrived, by its number in its chat."""

    message_id: int


class Replies:
    """`names` are the commands that can be touched in a text."""

    def __init__(self, wire: BotClient, names: Collection[str]) -> None:
        self._wire = wire
        self._names = frozenset(names)

    async def tell(self, user_id: int, message: Message) -> Outcome:
        """A private message that nobody waits for."""
        answer = await self._send(user_id, message, None, waited_for=False)
        if isinstance(answer, Blocked | NotThere):
            return Blocked("dm_closed", answer.detail if isinstance(answer, Blocked) else "Telegram knows no such user")
        return outcome_of(answer) if isinstance(answer, NO) else Done()

    async def post(self, chat_id: int, message: Message) -> Outcome:
        """Write in a group or channel, without a sound."""
        answer = await self._send(chat_id, message, None, waited_for=False, silent=True)
        if isinstance(answer, NotThere):
            return Blocked("chat_no_access", "Telegram knows no such chat")
        if isinstance(answer, Blocked) and answer.code == "chat_no_rights":
            return Blocked("cannot_post", answer.detail)
        return outcome_of(answer) if isinstance(answer, NO) else Done()

    async def leave(self, chat_id: int, message: Message) -> Outcome:
        """Say a last word in a chat, best effort, and leave it."""
        await self._send(chat_id, message, None, waited_for=False)
        answer = await self._wire.ask(lambda bot: bot.leave_chat(chat_id))
        return outcome_of(answer) if isinstance(answer, NO) else Done()

    async def private(
        self, user_id: int, message: Message, place: int | None = None, *, ask: str | None = None
    ) -> Sent | None:
        """Answer somebody; None if they take no messages from us. `ask`: the answer is typed, this is its placeholder.

        Raises `TryAgain`.
        """
        answer = await self._send(user_id, message, place, waited_for=True, ask=ask)
        return _arrived(answer)

    async def edit(self, user_id: int, message_id: int, message: Message) -> Sent | None:
        """Put other words in place of an earlier message; sent again where that can't be done. Raises `TryAgain`."""
        answer = await self._wire.ask(
            lambda bot: bot.edit_message_text(
                markup.html(message.text, self._names),
                chat_id=user_id,
                message_id=message_id,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=markup.keyboard(message.buttons),
                rate_limit_args=True,
            )
        )
        if isinstance(answer, Refusal) and "not modified" in answer.text:
            return Sent(message_id)
        if isinstance(answer, Refusal):
            return await self.private(user_id, message)
        return _arrived(Sent(message_id) if not isinstance(answer, NO) else answer)

    async def _send(
        self,
        user_id: int,
        message: Message,
        place: int | None,
        *,
        waited_for: bool,
        ask: str | None = None,
        silent: bool = False,
    ) -> Sent | No:
        shown: InlineKeyboardMarkup | ForceReply | None = markup.keyboard(message.buttons, place)
        if ask is not None and shown is None:
            shown = ForceReply(input_field_placeholder=ask[:64] or None)
        answer = await self._wire.ask(
            lambda bot: bot.send_message(
                user_id,
                markup.html(message.text, self._names),
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=shown,
                disable_notification=silent,
                rate_limit_args=waited_for,
            )
        )
        return answer if isinstance(answer, NO) else Sent(answer.message_id)

    async def typing(self, user_id: int) -> None:
        """Show that an answer is on its way."""
        await self._wire.ask(lambda bot: bot.send_chat_action(user_id, ChatAction.TYPING, rate_limit_args=True))

    async def toast(self, query_id: str, text: str | None = None) -> None:
        """Answer a press at once, with a word that pops up, or none. Too late is no fault."""
        shown = None if text is None else markup.plain_text(text)[:TOAST_MAX]
        await self._wire.ask(
            lambda bot: bot.answer_callback_query(query_id, shown, show_alert=bool(shown), rate_limit_args=True)
        )

    async def in_group(self, to: Heard, locale: str, key: str, payload: str, **params: str) -> None:
        """One line below a message in a group, with a button that leads to the bot.

        Best effort: the group may be closed, and has so many messages a minute; beyond them it gets no line.
        """
        link = self.deep_link(payload)
        buttons = () if link is None else (LinkButton(label(locale, "button.open_private"), link),)
        answer = await self._wire.ask(
            lambda bot: bot.send_message(
                to.chat.id,
                markup.html(say(locale, key, **params), self._names),
                parse_mode=ParseMode.HTML,
                reply_parameters=ReplyParameters(to.message_id, allow_sending_without_reply=True),
                reply_markup=markup.keyboard(buttons),
                rate_limit_args=True,
            )
        )
        if isinstance(answer, NO) and not isinstance(answer, Paced):  # else each who types there would fill the log
            log.info("telegram: no line in the group %s: %s", to.chat.id, answer)

    def deep_link(self, payload: str) -> str | None:
        """A link that opens the bot in private; None until we know the bot's name."""
        return f"https://t.me/{self._wire.username}?start={payload}" if self._wire.username else None


def _arrived(answer: Sent | No) -> Sent | None:
    match answer:
        case Sent():
            return answer
        case Blocked() | NotThere():
            return None
        case Busy(retry_after_ms=ms, detail=detail):
            raise TryAgain(ms, detail, paced=isinstance(answer, Paced))
        case Moved() | Refusal() | Failed():
            raise TryAgain(0, f"Telegram refuses a message: {answer}")
