"""One call of the Bot API within a bound of time; what Telegram refuses is a value.

Telegram tells its refusals apart by their texts alone: there is one code for all of them.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.platforms.telegram.rate_limit import seconds_of
from payments.ports.chat import Blocked, Busy, Failed, NotThere
from payments.rate_limit import LimiterFull

CALL_S = 15.0
AWAY_RETRY_MS = 5_000
REFUSED_RETRY_MS = 60_000

NOT_THERE = (
    "user not found",
    "participant_id_invalid",
    "member not found",
    "user_not_participant",
    "invalid user_id",
)
DELETED = ("user is deactivated",)
CLOSED = ("bot was blocked by the user", "can't initiate conversation", "can't send messages to")
GONE = ("chat was deleted", "group chat was deactivated", "supergroup chat was upg")
OUT = ("bot was kicked", "bot is not a member", "bot can't be a member", "channel_private", "chat not found")
"""We can't see the chat. It may be there all the same: who is in it is not taken for put out."""

RIGHTS = (
    "not enough rights",
    "chat_admin_required",
    "need administrator rights",
    "have no rights",
    "user_not_admin",
    "member list is inaccessible",
)
FULL = ("users_too_much", "too many members")
CHATS_MAX = ("user_channels_too_much", "channels_too_much")
ADMIN = ("user is an administrator", "can't remove chat owner", "user_admin_invalid", "can't restrict self")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moved:
    """The group became a supergroup; this is its id from now on."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Telegram understood and says no, for another reason than those that we know; its text in lower case."""

    text: str


@dataclass(frozen=True, slots=True)
class Deleted(NotThere):
    """The account was deleted: for certain, nobody is there to be let in, put out or written to."""


@dataclass(frozen=True, slots=True)
class Paced(Busy):
    """We write as fast as we may: nothing was sent, and nothing failed. Come back then."""


No = NotThere | Blocked | Busy | Failed | Moved | Refusal
NO = (NotThere, Blocked, Busy, Failed, Moved, Refusal)


def outcome_of(no: No) -> NotThere | Blocked | Busy | Failed:
    """What was refused, as the port of chat platforms says it."""
    match no:
        case Moved():
            return Busy(0, "the group became a supergroup")
        case Refusal(text=text):
            return Failed(text)
        case Deleted():
            return NotThere()
        case _:
            return no


async def ask(call: Awaitable[T]) -> T | No:
    """Await a call of the bot, its place in the queue included."""
    try:
        async with asyncio.timeout(CALL_S):
            return await call
    except LimiterFull as full:
        return Paced(full.retry_after_ms, "too many calls wait for Telegram")
    except TimeoutError:
        return Busy(AWAY_RETRY_MS, "Telegram did not answer within 15 s")
    except TelegramError as error:
        return refusal(error)


def refusal(error: TelegramError) -> No:
    """Telegram's refusal as a value."""
    text = error.message.lower()[:300]
    match error:
        case ChatMigrated(new_chat_id=chat_id):
            return Moved(chat_id)
        case RetryAfter():
            return Busy(seconds_of(error) * 1000, "Telegram asks to wait")
        case InvalidToken() | Conflict():
            return Busy(REFUSED_RETRY_MS, f"Telegram refuses the bot: {type(error).__name__}")
        case Forbidden() | BadRequest():
            return _refused(text, forbidden=isinstance(error, Forbidden))
        case _:
            return Busy(AWAY_RETRY_MS, f"Telegram can't be reached: {type(error).__name__}")


def _refused(text: str, *, forbidden: bool) -> No:
    for words, code in (
        (CLOSED, "dm_closed"),
        (OUT, "chat_no_access"),
        (ADMIN, "chat_admin"),
        (CHATS_MAX, "chats_max"),
        (FULL, "chat_full"),
        (RIGHTS, "chat_no_rights"),
        (GONE, "target_gone"),
    ):
        if any(word in text for word in words):
            return Blocked(code, text)
    if any(word in text for word in DELETED):
        return Deleted()
    if any(word in text for word in NOT_THERE):
        return NotThere()
    return Blocked("chat_no_access", text) if forbidden else Refusal(text)
