"""How fast we may write on Telegram: 30 calls a second in all, and for messages one a second to a chat, 20 a minute to
a group (Telegram's FAQ for bots, "My bot is hitting limits").

Only messages count for their chat: putting a hundred people out of a group is no hundred messages, though python-
telegram-bot's own limiter counts it so.

Nobody waits here for a chat's turn: a worker's place is for work. Whoever comes too early is told when to come back,
and that turn is kept for them.
"""

import os
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter
from telegram.ext import BaseRateLimiter

from payments.ports.clocks import MachineClock
from payments.rate_limit import Limiter, LimiterFull

CALLS_PER_SECOND = 30
CHAT_MS, CHAT_MESSAGES = 3_000, 3
"""One message a second to a chat; a few at once do no harm, so they are counted over three seconds."""

GROUP_MS, GROUP_MESSAGES = 60_000, 20
CHATS_MAX = 5_000
QUEUE_MS = 10_000
TELL_MS = 1_000
"""How long a message that nobody waits for may wait for its turn among all calls: it takes a worker's place."""

SOON_MS = 5_000
"""How long a person who waits for an answer is made to wait when Telegram asks for a pause."""

KEPT_MS_MAX = 30_000
"""Turns are kept so far ahead; whoever comes after that many others asks again then."""

LATE_MS_MAX = 5_000
"""A turn is kept for so long: whoever it was kept for may be gone."""

MESSAGES = frozenset({"sendMessage", "editMessageText"})

os.environ.setdefault("PTB_TIMEDELTA", "1")
"""The library's way to choose the newer form of a wait, a duration; the older one warns each time it is made."""

Answer = bool | dict[str, Any] | list[dict[str, Any]]


@dataclass(slots=True)
class Turns:
    """When a chat got its last messages, and the turns that are kept for those that came too early. Machine time."""

    sent: deque[int] = field(default_factory=lambda: deque(maxlen=GROUP_MESSAGES))
    kept: deque[int] = field(default_factory=deque)


@dataclass(slots=True)
class Granted:
    """A turn that an update has before it is handled: what it sends to the chat never has to wait half way."""

    chat_id: int
    used: bool = False


_GRANTED: ContextVar[Granted | None] = ContextVar("granted", default=None)


class RateLimit(BaseRateLimiter[bool]):
    """`rate_limit_args=True` marks a call that somebody waits for: those go before the others.

    Raises `LimiterFull` when it is not the chat's turn yet or the wait would be too long, and
    `telegram.error.RetryAfter` when Telegram asks for a pause: from then on everything waits, the other calls too.
    """

    def __init__(self, machine: MachineClock, limiter: Limiter) -> None:
        self._machine = machine
        self._limiter = limiter
        self._chat_ms, self._group_ms = CHAT_MS, GROUP_MS
        self._turns: OrderedDict[int, Turns] = OrderedDict()

    def turn(self, chat_id: int) -> int:
        """Take the chat's turn for one message (0), or the milliseconds after which to ask again."""
        return self._limiter.paused_ms or self._turn(chat_id)

    @contextmanager
    def granted(self, chat_id: int) -> Iterator[None]:
        """Handle what has taken the chat's turn: its messages there go out at once. Given back if it sends none."""
        grant = Granted(chat_id)
        token = _GRANTED.set(grant)
        try:
            yield
        finally:
            _GRANTED.reset(token)
            if not grant.used and self._of(chat_id).sent:
                self._of(chat_id).sent.pop()

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
            self._write(int(data["chat_id"]))
        try:
            return await self._call(callback, args, kwargs, interactive, endpoint)
        except RetryAfter as asked:
            pause_ms = seconds_of(asked) * 1000
            self._limiter.pause(pause_ms)
            if not interactive or pause_ms > SOON_MS:
                raise
        return await self._call(callback, args, kwargs, interactive, endpoint)

    async def _call(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        interactive: bool,
        endpoint: str,
    ) -> Answer:
        ended = "unavailable"
        wait_ms = TELL_MS if endpoint in MESSAGES and not interactive else QUEUE_MS
        try:
            async with self._limiter.slot(interactive=interactive, wait_ms_max=wait_ms):
                answer = await callback(*args, **kwargs)
            ended = "ok"
        except (BadRequest, ChatMigrated, Forbidden, InvalidToken):
            ended = "refused"
            raise
        finally:
            self._limiter.counts.ended[ended] += 1
        return answer

    def _write(self, chat_id: int) -> None:
        """A message to a chat: by the turn that was granted, or in turn. Raises `LimiterFull`."""
        grant = _GRANTED.get()
        if grant is None or grant.chat_id != chat_id:
            wait_ms = self._turn(chat_id)
            if wait_ms:
                raise LimiterFull(wait_ms)
        elif grant.used:
            self._of(chat_id).sent.append(self._machine.now())  # its second message: those after it wait the longer
        else:
            grant.used = True

    def _turn(self, chat_id: int) -> int:
        now, turns = self._machine.now(), self._of(chat_id)
        while turns.kept and turns.kept[0] < now - LATE_MS_MAX:
            turns.kept.popleft()
        ours = bool(turns.kept) and turns.kept[0] <= now
        if ours:
            turns.kept.popleft()
        due = self._due(chat_id, [*turns.sent, *turns.kept], now)
        if (ours or due <= now) and self._due(chat_id, turns.sent, now) <= now:
            turns.sent.append(now)
            return 0
        if due > now + KEPT_MS_MAX:
            return KEPT_MS_MAX
        turns.kept.append(due)
        return max(due - now, 1)

    def _due(self, chat_id: int, taken: Sequence[int], now: int) -> int:
        """When the next message to a chat may go out, after these."""
        due = now if len(taken) < CHAT_MESSAGES else taken[-CHAT_MESSAGES] + self._chat_ms
        if chat_id < 0 and len(taken) >= GROUP_MESSAGES:
            due = max(due, taken[-GROUP_MESSAGES] + self._group_ms)
        return due

    def _of(self, chat_id: int) -> Turns:
        turns = self._turns.setdefault(chat_id, Turns())
        self._turns.move_to_end(chat_id)
        if len(self._turns) > CHATS_MAX:
            self._turns.popitem(last=False)
        return turns


def seconds_of(asked: RetryAfter) -> int:
    """How long Telegram asks to wait."""
    wait = asked.retry_after
    return max(1, round(wait.total_seconds() if isinstance(wait, timedelta) else wait))
