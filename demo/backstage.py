"""The service behind the page: its process, and the lines of what it does."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import aiohttp

from demo.service_process import ServiceProcess
from demo.timeline import Timeline
from sandbox.page.backstage import CanNot, Line

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
"""How often its database is read."""
ASK_EVERY = 10
"""At each so many looks it is asked whether it is ready."""
SERVICE_LINES_MAX = 50


class ServiceBackstage:
    """See `sandbox.page.backstage.Backstage`. `now`: the sandbox's seconds."""

    def __init__(self, child: ServiceProcess, database: Path, now: Callable[[], float]) -> None:
        self._child = child
        self._way = Timeline(database)
        self._now = now
        self._told: list[Line] = []
        self._number = 0
        self._was_alive = False
        self._turn = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where the service's own pages are."""
        return self._child.url

    @property
    def pid(self) -> int | None:
        """Of its process."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._child.alive

    @property
    def ready(self) -> bool:
        """Whether it does its work."""
        return self._child.ready

    def lines(self) -> Sequence[Line]:
        """What it did."""
        return [*self._told, *self._way.lines]

    async def start(self) -> None:
        """Starts it and waits until it is ready. Raises CanNot."""
        async with self._turn:
            again = self._number > 0
            self._say("starting", "The service starts again" if again else "The service starts")
            try:
                await self._child.start()
            except CanNot:
                self._say("dead", "The service did not become ready", same=True)
                raise
            self._was_alive = True
            text = f"The service runs {'again, on what it had stored' if again else 'and is ready'}"
            self._say("ready", f"{text} (process {self._child.pid})", same=True)
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch(), name="backstage")

    async def kill(self) -> None:
        """SIGKILL. Raises CanNot when it does not run."""
        async with self._turn:
            pid = self._child.pid
            await self._child.kill()
            self._was_alive = False
            reason = "kill -9: it had no chance to tidy up. What it acknowledged is in its database."
            self._say("killed", f"The service is gone (process {pid})", reason)

    async def close(self) -> None:
        """Ends the service in order, and stops reading."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        await self._child.stop()
        self._way.close()

    def _say(self, state: str, text: str, reason: str | None = None, *, same: bool = False) -> None:
        """A line about the process; `same`: what became of the one before."""
        if same:
            self._told.pop()
        else:
            self._number += 1
        line = Line(f"service:{self._number}", self._now(), "service", text, state, reason=reason)
        self._told = [*self._told, line][-SERVICE_LINES_MAX:]

    async def _watch(self) -> None:
        """Reads what changed, for ever; a fault in reading ends nothing but the lines of that moment."""
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            looks, fault = 0, ""
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                looks += 1
                try:
                    await asyncio.to_thread(self._way.read)
                except Exception as error:
                    if str(error) != fault:  # told once, not ten times a second
                        fault = str(error)
                        log.exception("the service's database can't be read")
                if not self._turn.locked():
                    self._notice_end()
                    if looks % ASK_EVERY == 0:
                        await self._child.look(session)

    def _notice_end(self) -> None:
        """It ended, and nobody here killed it."""
        if self._was_alive and not self._child.alive:
            self._was_alive = False
            self._say("killed", f"The service has ended by itself (code {self._child.ended_with})")
