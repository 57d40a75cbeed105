"""How fast we may call a service: one limiter per Stripe account and one per chat platform.

A token bucket on the machine clock with a bounded queue. Calls that a person waits for go first, but never more than
`IN_A_ROW` before one of the others; a pause that the service asked for (Retry-After) holds back everybody.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from payments.ports.clocks import MachineClock

IN_A_ROW = 8
"""So many calls that a person waits for go before one of the others that wait: a crowd that keeps pressing buttons
would otherwise hold back the settlements by which everyone else gets, or loses, access."""

PAUSE_MS_MAX = 60_000
"""No service may silence us for longer with one answer; the next answer may ask again."""


_BACKGROUND = ContextVar("background", default=False)


@contextmanager
def in_the_background() -> Iterator[None]:
    """Nobody waits for the calls that are begun within: what a person asked for once, and is being finished."""
    token = _BACKGROUND.set(True)
    try:
        yield
    finally:
        _BACKGROUND.reset(token)


class LimiterFull(Exception):
    """Too many calls wait already, or the wait would be too long. ``retry_after_ms`` says when to come back."""

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__(f"too many calls are waiting; try again in {retry_after_ms} ms")
        self.retry_after_ms = retry_after_ms


@dataclass(slots=True)
class LimiterCounts:
    """For metrics: calls let through, those that had to wait and for how long, refusals, pauses, and how calls ended.

    `ended` is counted by who makes the calls: `ok`, `refused` (the service said no), `unavailable` (no clear answer).
    """

    calls: int = 0
    waited: int = 0
    waited_ms: int = 0
    refused: int = 0
    pauses: int = 0
    ended: Counter[str] = field(default_factory=Counter)


class Limiter:
    """At most `per_second` calls a second (bursts of `burst`), `concurrent` at a time, `waiting_max` in each queue.

    ``kept``: so many calls of a burst, and the same share of what is under way at a time, are left for those that a
    person waits for. Going first alone would have each of them wait for time to pass, or for a slow answer to somebody
    else, while others take every call as soon as it is free.
    """

    def __init__(
        self,
        machine: MachineClock,
        *,
        per_second: float,
        burst: int,
        kept: int = 0,
        concurrent: int = 32,
        waiting_max: int = 1000,
    ) -> None:
        assert per_second > 0
        assert 0 <= kept < burst
        assert concurrent >= 1
        self.counts = LimiterCounts()
        self.machine = machine
        self._per_ms = per_second / 1000
        self._burst = burst
        self._kept = kept
        self._concurrent = concurrent
        self._others_max = max(1, concurrent - concurrent * kept // burst)
        self._waiting_max = waiting_max
        self._tokens = float(burst)
        self._filled_at = machine.now()
        self._paused_until = 0
        self._in_a_row = 0
        self._running = [0, 0]  # as the queues: those that a person waits for, others
        self._queues: tuple[deque[asyncio.Future[None]], deque[asyncio.Future[None]]] = (deque(), deque())
        self._pump: asyncio.Task[None] | None = None

    def pause(self, ms: int) -> None:
        """The service asked to wait: nobody starts a call for so long (never shortens an earlier pause)."""
        self.counts.pauses += 1
        self._paused_until = max(self._paused_until, self.machine.now() + min(max(ms, 0), PAUSE_MS_MAX))

    @property
    def paused_ms(self) -> int:
        """How long the pause lasts from now; 0 without one."""
        return max(0, self._paused_until - self.machine.now())

    @asynccontextmanager
    async def slot(self, *, interactive: bool = False, wait_ms_max: int | None = None) -> AsyncIterator[None]:
        """Hold one call's place. Waits its turn; raises `LimiterFull` when the queue is full or the wait too long.

        ``interactive``: a person waits for it, unless it is made `in_the_background`.
        """
        rank = 0 if interactive and not _BACKGROUND.get() else 1
        await self._enter(rank, wait_ms_max)
        try:
            yield
        finally:
            self._running[rank] -= 1
            self._advance()

    async def _enter(self, rank: int, wait_ms_max: int | None) -> None:
        if len(self._queues[rank]) >= self._waiting_max:
            self._refuse(1000)
        if wait_ms_max is not None and self.paused_ms > wait_ms_max:
            self._refuse(self.paused_ms)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues[rank].append(turn)
        began = self.machine.now()
        self._advance()
        if not turn.done():
            self.counts.waited += 1
        try:
            async with asyncio.timeout(None if wait_ms_max is None else wait_ms_max / 1000):
                await turn
        except BaseException as gone:
            if turn.done() and not turn.cancelled():  # our turn came just as the caller gave up: hand it on
                self._running[rank] -= 1
                self._advance()
            if isinstance(gone, TimeoutError):
                self._refuse(max(self.paused_ms, 1000))
            raise
        self.counts.calls += 1
        self.counts.waited_ms += self.machine.now() - began

    def _refuse(self, retry_after_ms: int) -> None:
        self.counts.refused += 1
        raise LimiterFull(retry_after_ms)

    def _advance(self) -> None:
        """Let through everyone we can now; if somebody must still wait for time to pass, keep one task that waits."""
        delay_ms = self._let_through()
        if delay_ms is not None and (self._pump is None or self._pump.done()):
            self._pump = asyncio.get_running_loop().create_task(self._wait(delay_ms))

    async def _wait(self, delay_ms: int) -> None:
        next_ms: int | None = delay_ms
        while next_ms is not None:
            await self.machine.sleep(next_ms)
            next_ms = self._let_through()

    def _let_through(self) -> int | None:
        """Start calls in order; the milliseconds after which more could start, None when nobody waits for time."""
        now = self.machine.now()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_ms)
        self._filled_at = now
        while (rank := self._next()) is not None:
            if sum(self._running) >= self._concurrent or (rank and self._running[1] >= self._others_max):
                return None  # a finishing call advances the queue
            if now < self._paused_until:
                return self._paused_until - now
            needed = 1 + (self._kept if rank and self._in_a_row < IN_A_ROW else 0)
            if self._tokens < needed:
                missing = min(1, needed - self._tokens)  # never longer: one that a person waits for may come meanwhile
                return max(1, round(missing / self._per_ms))
            self._tokens -= 1
            self._running[rank] += 1
            self._in_a_row = 0 if rank or not self._queues[1] else self._in_a_row + 1
            self._queues[rank].popleft().set_result(None)
        return None

    def _next(self) -> int | None:
        """Whose turn it is, of those that still wait: their queue. The first stays in it until it can start."""
        for queue in self._queues:
            while queue and queue[0].done():
                queue.popleft()
        people, others = map(bool, self._queues)
        if people and others and self._in_a_row >= IN_A_ROW and self._running[1] < self._others_max:
            return 1
        return 0 if people else 1 if others else None
