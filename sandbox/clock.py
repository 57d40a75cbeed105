"""The sandbox's clock: real time plus an offset, and the actions that wait for a moment of it."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

log = logging.getLogger("sandbox.clock")

CROWDED = 1_000
"""So many waiting actions (or twice those still meant) are looked through for cancelled ones."""

Action = Callable[[], Awaitable[None]]


@dataclass(slots=True, order=True)
class Handle:
    """One action waiting for its moment; `cancel()` takes it out."""

    when: float
    order: int
    name: str = field(compare=False)
    action: Action = field(compare=False, repr=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """The action will not run any more; harmless if it has already."""
        self.cancelled = True


class Clock:
    """Sandbox time in unix seconds. It flows with real time and can be moved forward, never back."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._frozen: float | None = None
        self._due: list[Handle] = []
        self._crowded = CROWDED
        self._orders = itertools.count()
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._moved = asyncio.Condition()

    def now(self) -> float:
        """Sandbox time, unix seconds; stands still at each action's due time while `advance` runs it."""
        return self._frozen if self._frozen is not None else time.time() + self.offset

    def call_at(self, when: float, action: Action, *, name: str) -> Handle:
        """Run `action` once sandbox time has reached `when`; those of one moment run in the order they were set."""
        if len(self._due) >= self._crowded:
            self._due = [waiting for waiting in self._due if not waiting.cancelled]
            heapq.heapify(self._due)
            self._crowded = max(CROWDED, 2 * len(self._due))
        handle = Handle(when, next(self._orders), name, action)
        heapq.heappush(self._due, handle)
        self._woken.set()
        return handle

    async def advance(self, seconds: float) -> None:
        """Move `seconds` forward, running all that falls due on the way, in order, each at its own time.

        Where an action fails, or the caller is cancelled, the clock stands at that moment: nothing after it is skipped,
        it comes when time goes on. Raises ValueError for a negative or non-finite number of seconds.
        """
        if not 0 <= seconds < float("inf"):
            raise ValueError("the clock moves forward only: give a number of seconds that is not negative")
        try:
            async with self._turn:
                await self._play(self.now() + seconds)
        finally:
            async with self._moved:
                self._moved.notify_all()
            self._woken.set()

    async def _play(self, target: float) -> None:
        self._frozen = self.now()
        try:
            while (handle := self._pop(target)) is not None:
                self._frozen = max(self._frozen, handle.when)
                await handle.action()
            self._frozen = target
        finally:
            self.offset = self._frozen - time.time()
            self._frozen = None

    async def changed(self, offset: float, wait: float) -> None:
        """Return as soon as the offset differs from the given one, or after `wait` seconds of real time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait), self._moved:
                await self._moved.wait_for(lambda: abs(self.offset - offset) > 1e-6)

    async def run(self) -> None:
        """Run due actions as real time flows, until cancelled. An action that fails is logged, the others go on."""
        while True:
            self._woken.clear()
            delay = max(0.0, self._due[0].when - self.now()) if self._due else None
            with contextlib.suppress(TimeoutError):
                # Bounded, so that a machine that slept or a changed system time is noticed.
                async with asyncio.timeout(60.0 if delay is None else min(delay, 60.0)):
                    await self._woken.wait()
            async with self._turn:
                while (handle := self._pop(self.now())) is not None:
                    try:
                        await handle.action()
                    except Exception:
                        log.exception("the action %s failed", handle.name)

    def waiting(self) -> list[tuple[float, str]]:
        """What is still to happen, soonest first: (when, name)."""
        return [(handle.when, handle.name) for handle in sorted(self._due) if not handle.cancelled]

    def _pop(self, until: float) -> Handle | None:
        while self._due and (self._due[0].cancelled or self._due[0].when <= until):
            handle = heapq.heappop(self._due)
            if not handle.cancelled:
                return handle
        return None
