"""How fast we may write on Telegram: 30 calls a second in all, and for messages one a second to a chat, 20 a minute to
a group (Telegram's FAQ for bots, «My bot is hitting limits»).

Only messages count for their chat: putting a hundred people out of a group is no hundred messages, though python-
telegram-bot's own limiter counts it so.
"""

import os
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter
from telegram.ext import BaseRateLimiter

from payments.limiter import Limiter, LimiterFull
from payments.ports.clocks import MachineClock

CALLS_PER_SECOND = 30
CHAT_MS, CHAT_MESSAGES = 3_000, 3
"""One message a second to a chat; a few at once do no harm, so they are counted over three seconds."""

GROUP_MS, GROUP_MESSAGES = 60_000, 20
CHATS_MAX = 5_000
QUEUE_MS = 10_000
SOON_MS = 5_000
"""How long a person who waits for an answer is made to wait when Telegram asks for a pause."""

MESSAGES = frozenset({"sendMessage", "editMessageText"})

os.environ.setdefault("PTB_TIMEDELTA", "1")
"""The library's way to choose the newer form of a wait, a duration; the older one warns each time it is made."""

Answer = bool | dict[str, Any] | list[dict[str, Any]]


class Pace(BaseRateLimiter[bool]):
    """`rate_limit_args=True` marks a call that somebody waits for: those go before the others.

    Raises `LimiterFull` when the wait would be too long, and `telegram.error.RetryAfter` when Telegram asks for a
    pause: from then on everything waits, the other calls too.
    """

    def __init__(self, machine: MachineClock, limiter: Limiter) -> None:
        self._machine = machine
        self._limiter = limiter
        self._sent: OrderedDict[int, deque[int]] = OrderedDict()

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to clear."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: bool | None,
    ) -> Answer:
        """One call, in its turn."""
        interactive = rate_limit_args is True
        if endpoint in MESSAGES and isinstance(data.get("chat_id"), int | str):
            await self._turn(int(data["chat_id"]))
        try:
            return await self._call(callback, args, kwargs, interactive)
        except RetryAfter as asked:
            pause_ms = seconds_of(asked) * 1000
            self._limiter.pause(pause_ms)
            if not interactive or pause_ms > SOON_MS:
                raise
        return await self._call(callback, args, kwargs, interactive)

    async def _call(
        self, callback: Callable[..., Coroutine[Any, Any, Answer]], args: Any, kwargs: dict[str, Any], interactive: bool
    ) -> Answer:
        ended = "unavailable"
        try:
            async with self._limiter.slot(interactive=interactive, wait_ms_max=QUEUE_MS):
                answer = await callback(*args, **kwargs)
            ended = "ok"
        except (BadRequest, ChatMigrated, Forbidden, InvalidToken):
            ended = "refused"
            raise
        finally:
            self._limiter.counts.ended[ended] += 1
        return answer

    async def _turn(self, chat_id: int) -> None:
        """Wait until another message to the chat is due; it counts from now on."""
        while (wait_ms := self._wait_ms(chat_id)) > 0:
            if wait_ms > QUEUE_MS:
                raise LimiterFull(wait_ms)
            await self._machine.sleep(wait_ms)
        self._sent[chat_id].append(self._machine.now())

    def _wait_ms(self, chat_id: int) -> int:
        now = self._machine.now()
        sent = self._sent.setdefault(chat_id, deque(maxlen=GROUP_MESSAGES))
        self._sent.move_to_end(chat_id)
        if len(self._sent) > CHATS_MAX:
            self._sent.popitem(last=False)
        due = now if len(sent) < CHAT_MESSAGES else sent[-CHAT_MESSAGES] + CHAT_MS
        if chat_id < 0 and len(sent) == GROUP_MESSAGES:
            due = max(due, sent[0] + GROUP_MS)
        return due - now


def seconds_of(asked: RetryAfter) -> int:
    """How long Telegram asks to wait."""
    wait = asked.retry_after
    return max(1, round(wait.total_seconds() if isinstance(wait, timedelta) else wait))
