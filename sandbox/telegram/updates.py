"""What the bot is told: updates wait in order until they are confirmed by an offset or taken by a webhook."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.telegram.errors import conflict
from sandbox.telegram.state import Json

KINDS = frozenset(
    [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "guest_message",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
    ]
)
UNASKED = KINDS - {"chat_member", "message_reaction", "message_reaction_count"}
"""What comes to a bot that has not asked for anything in particular."""
KEPT_SECONDS = 86_400
"""An update that nobody fetched is lost after a day (sandbox time)."""
FRESH_SECONDS = 2.0
"""One that came within these real seconds is not lost to a jump of the sandbox's clock."""
QUIET_SECONDS = 7 * 86_400
"""After a week without updates the next one's id is random, not the next in order."""
POLL_SECONDS_MAX = 50
CONFLICT_PAUSE_SECONDS = 3.0
"""A second conflict within this time is answered only after it, as Telegram does."""
OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
AHEAD_MAX = 10
"""An offset further ahead than this is from before a random id: it confirms nothing."""


@dataclass(frozen=True, slots=True)
class Update:
    """One update, with when it came in sandbox time and in machine time."""

    id: int
    kind: str
    body: Json
    at: float
    came: float

    def wire(self) -> Json:
        """An Update."""
        return {"update_id": self.id, self.kind: self.body}


class Updates:
    """The bot's queue. `arrived` is set when something was added."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.allowed = UNASKED
        self.asked: list[str] | None = None
        self.lost: frozenset[str] = frozenset()
        """Kinds that never arrive, as those of big groups may not."""
        self.arrived = asyncio.Event()
        self._queue: deque[Update] = deque()
        self._next = random.randint(100_000_000, 900_000_000)
        self._last_at = now()
        self._poll: asyncio.Future[None] | None = None
        self._next_conflict = 0.0

    @property
    def pending(self) -> int:
        """How many wait."""
        self._forget_old()
        return len(self._queue)

    @property
    def polling(self) -> bool:
        """Whether a long poll is open now."""
        return self._poll is not None

    def allow(self, kinds: list[str] | None) -> None:
        """What the bot wants to hear from now on; None leaves it as it is, an empty list is the usual."""
        if kinds is None:
            return
        known = [kind for kind in (str(kind).lower() for kind in kinds) if kind in KINDS]
        self.asked = known or None
        self.allowed = frozenset(known) or UNASKED

    def add(self, kind: str, body: Json) -> bool:
        """Queues an update, unless the bot does not want its kind: whether it was queued."""
        if kind not in self.allowed or kind in self.lost:
            return False
        now = self._now()
        if not self._queue and now - self._last_at > QUIET_SECONDS:
            self._next = random.randint(100_000_000, 900_000_000)
        self._last_at = now
        self._queue.append(Update(self._next, kind, body, now, time.monotonic()))
        self._next += 1
        self.arrived.set()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        return True

    def drop(self) -> None:
        """Forgets everything that waits."""
        self._queue.clear()

    def first(self) -> Update | None:
        """The oldest that waits."""
        self._forget_old()
        return self._queue[0] if self._queue else None

    def taken(self, update: Update) -> None:
        """That update has been taken by a webhook."""
        if self._queue and self._queue[0] is update:
            self._queue.popleft()

    async def poll(self, offset: int, limit: int, seconds: int) -> list[Update]:
        """What waits from `offset` on; those before it are confirmed and gone. Waits up to so many seconds for one.

        Raises ApiError 409 when another poll or a webhook takes its place.
        """
        found = self._from(offset, limit)
        if found or seconds <= 0:
            return found
        self.end_poll(OTHER_POLLER)
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = mine
        try:
            async with asyncio.timeout(min(seconds, POLL_SECONDS_MAX)):
                await mine
        except TimeoutError:
            return []
        except _Ended as ended:
            await self._pause()
            raise conflict(ended.why) from None
        finally:
            if self._poll is mine:
                self._poll = None
        return self._from(offset, limit)

    def end_poll(self, why: str) -> None:
        """An open long poll is answered 409."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(_Ended(why))
        self._poll = None

    async def _pause(self) -> None:
        now = time.monotonic()
        if now < self._next_conflict:
            await asyncio.sleep(CONFLICT_PAUSE_SECONDS)
        else:
            self._next_conflict = now + CONFLICT_PAUSE_SECONDS

    def _from(self, offset: int, limit: int) -> list[Update]:
        self._forget_old()
        if offset < 0:
            while len(self._queue) > -offset:
                self._queue.popleft()
        elif offset <= self._next + AHEAD_MAX:
            while self._queue and self._queue[0].id < offset:
                self._queue.popleft()
        return list(self._queue)[:limit]

    def _forget_old(self) -> None:
        now, machine = self._now(), time.monotonic()
        while self._queue and now - self._queue[0].at > KEPT_SECONDS:
            if machine - self._queue[0].came < FRESH_SECONDS:
                break
            self._queue.popleft()


class _Ended(Exception):
    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
