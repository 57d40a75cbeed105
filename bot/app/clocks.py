"""The clocks that the service runs on (invariant 9)."""

import asyncio
import logging
import time

import aiohttp

log = logging.getLogger(__name__)


class SystemClock:
    """Business time in test and live mode: the system's."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000


class SteadyClock:
    """Machine time: the system's time at start, carried on by the monotonic clock, so that it never jumps."""

    def __init__(self) -> None:
        self._start_ns = time.time_ns() - time.monotonic_ns()

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        return (self._start_ns + time.monotonic_ns()) // 1_000_000

    async def sleep(self, ms: int) -> None:
        """Wait."""
        await asyncio.sleep(ms / 1000)


class SandboxClock:
    """Business time in sandbox mode: follows the sandbox's clock, which flows like ours but may be ahead of it.

    `offset_ms` is how far.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + "/sandbox/clock"
        self.offset_ms = 0
        self._told = 0.0  # as it was told, for the sandbox answers at once to whoever names another
        self._moved = asyncio.Condition()

    def now(self) -> int:
        """Milliseconds since 1970 UTC, in the sandbox's time."""
        return time.time_ns() // 1_000_000 + self.offset_ms

    async def read(self, session: aiohttp.ClientSession) -> None:
        """Take over the sandbox's time once. Raises aiohttp.ClientError or TimeoutError when it can't be reached."""
        async with session.get(self._url, timeout=aiohttp.ClientTimeout(total=5)) as answer:
            await self._take(await answer.json())

    async def caught_up(self, offset_ms: int) -> None:
        """Wait until it is as far ahead as the sandbox says it is."""
        async with self._moved:
            await self._moved.wait_for(lambda: abs(self.offset_ms - offset_ms) <= 1)

    async def follow(self) -> None:
        """Keep up with the sandbox for ever: it answers as soon as its clock has jumped."""
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    query = {"offset": repr(self._told), "wait": "20"}
                    async with session.get(self._url, params=query, timeout=aiohttp.ClientTimeout(total=30)) as answer:
                        await self._take(await answer.json())
                except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                    log.warning("The sandbox's clock can't be read (%s); trying again.", type(error).__name__)
                    await asyncio.sleep(1)

    async def _take(self, body: dict[str, float]) -> None:
        async with self._moved:
            self._told = float(body["offset"])
            self.offset_ms = round(self._told * 1000)
            self._moved.notify_all()
