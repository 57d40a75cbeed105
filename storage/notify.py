"""LISTEN and NOTIFY: a process that made work wakes the others that may do it, at once instead of within a second.

Nothing depends on it: a word that is lost costs the second after which a worker looks by itself.
"""

import asyncio
import logging
import random
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types

CHANNEL = "guestlist"
CONNECT_SECONDS_MAX = 10
SAY_SECONDS_MAX = 2
TOGETHER = timedelta(milliseconds=20)
"""What is rung within this time is said in one statement: a flood of webhooks rings hundreds of times a second."""

CHECK_SECONDS = 30
"""How often a silent connection is asked for a sign of life: one that a network swallowed says nothing for ever."""

RETRY_MS_MAX = 15_000

_SAY = "SELECT pg_notify($1, word) FROM unnest($2::text[]) AS word"

log = logging.getLogger(__name__)


class Notifier:
    """Rings over the pool, and listens on a connection of its own that is opened again whenever it breaks."""

    def __init__(self, url: str, pool: asyncpg.Pool, outages: tuple[type[BaseException], ...]) -> None:
        self._url = url
        self._pool = pool
        self._outages = outages
        self._own = secrets.token_hex(4)  # stands before each word, for who rings hears it too
        self._rung: set[str] = set()
        self._saying: asyncio.Task[None] | None = None

    def notify(self, queue: str) -> None:
        """Say it to the others, within moments."""
        self._rung.add(queue)
        if self._saying is None or self._saying.done():
            self._saying = asyncio.create_task(self._say(), name="bell")

    async def close(self) -> None:
        """Say what was rung, if it can be said at all."""
        if self._saying is not None:
            await asyncio.wait({self._saying}, timeout=SAY_SECONDS_MAX)
            self._saying.cancel()

    async def _say(self) -> None:
        while self._rung:
            rung, self._rung = self._rung, set()
            words = [f"{self._own} {queue}" for queue in sorted(rung)]
            try:
                await self._pool.execute(_SAY, CHANNEL, words, timeout=SAY_SECONDS_MAX)
            except self._outages as error:
                log.info("Other processes could not be woken (%s).", error or type(error).__name__)
            await asyncio.sleep(TOGETHER.total_seconds())

    async def subscribe(self, heard: Callable[[str], None]) -> None:
        """Hear what others ring, for ever."""
        failures = 0
        while True:
            try:
                connection = await asyncpg.connect(
                    self._url,
                    timeout=CONNECT_SECONDS_MAX,
                    command_timeout=CONNECT_SECONDS_MAX,
                    server_settings={"application_name": "guestlist bell"},
                )
                try:
                    await self._hear(connection, heard)
                finally:
                    connection.terminate()  # nothing is in it that could be lost, and a close may wait for the server
                failures = 0
            except self._outages as error:
                log.warning("Other processes can't be heard (%s); trying again.", error or type(error).__name__)
            failures += 1
            longest = min(RETRY_MS_MAX, 500 << min(failures, 5))
            pause = timedelta(milliseconds=random.randint(longest // 4, longest))  # noqa: S311 -- jitter
            await asyncio.sleep(pause.total_seconds())

    async def _hear(self, connection: Any, heard: Callable[[str], None]) -> None:
        """Until the connection is lost."""
        lost = asyncio.Event()

        def said(_connection: object, _pid: int, _channel: str, word: str) -> None:
            ringer, _, queue = word.partition(" ")
            if ringer != self._own:
                heard(queue)

        connection.add_termination_listener(lambda _connection: lost.set())
        await connection.add_listener(CHANNEL, said)
        while not lost.is_set():
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await lost.wait()
            except TimeoutError:
                await connection.execute("SELECT 1")
