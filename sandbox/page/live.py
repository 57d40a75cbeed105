"""The stream on which the page hears what is new: server-sent events, each client at its own pace."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from aiohttp import web

from sandbox.page.backstage import Backstage
from sandbox.page.lines import Lines
from sandbox.page.stripe_timeline import Questions, deliveries, together
from sandbox.page.world import world_of
from sandbox.refused import Refused
from sandbox.services import Services

Json = dict[str, Any]
LOOK_SECONDS = 0.1
"""How often what a client sees is compared with what it saw (real seconds)."""
QUIET_SECONDS_MAX = 15.0
"""After so long without news a comment keeps the connection open (real seconds)."""
WRITE_SECONDS_MAX = 20.0
"""A client that takes nothing for so long is let go; it connects again by itself (real seconds)."""
CLIENTS_MAX = 32


class Live:
    """All clients of the stream. Nothing is looked at while nobody listens."""

    def __init__(self, sandbox: Services) -> None:
        self._sandbox = sandbox
        self._questions = Questions(sandbox)
        self.backstage: Backstage | None = None
        self.lines = Lines()
        self.clients = 0
        self.closing = False
        self._looked_at = 0.0
        self._seen: dict[str | None, tuple[str, str]] = {}

    async def serve(self, request: web.Request, who: str | None) -> web.StreamResponse:
        """`GET /page/live`: everything at once, then what changes. Raises Refused when it can't be served."""
        self._look()
        self._world(who)  # an unknown person is refused before the stream begins
        if self.clients >= CLIENTS_MAX:
            raise Refused(f"{CLIENTS_MAX} pages look already: close one of them, then reload.", 503)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        self.clients += 1
        try:
            await response.prepare(request)
            await self._stream(response, who)
        except (ConnectionError, TimeoutError):
            pass  # the client has gone, or takes nothing any more
        finally:
            self.clients -= 1
        return response

    async def _stream(self, response: web.StreamResponse, who: str | None) -> None:
        shown, mark, spoke = "", 0, time.monotonic()
        await self._write(response, "retry: 1000\n\n")
        while not self.closing:
            self._look()
            compared, world = self._world(who)
            news = ""
            if compared != shown:
                shown, news = compared, f"event: world\ndata: {world}\n\n"
            if self.lines.mark > mark:
                changed, mark = self.lines.since(mark), self.lines.mark
                news += "".join(f"event: line\ndata: {json.dumps(line)}\n\n" for line in changed)
            if not news and time.monotonic() - spoke > QUIET_SECONDS_MAX:
                news = ": still here\n\n"
            if news:
                spoke = time.monotonic()
                await self._write(response, news)
            await asyncio.sleep(LOOK_SECONDS)

    @staticmethod
    async def _write(response: web.StreamResponse, text: str) -> None:
        async with asyncio.timeout(WRITE_SECONDS_MAX):
            await response.write(text.encode())

    def _look(self) -> None:
        """Looks again, once for all clients of a moment."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS / 2:
            return
        self._looked_at = now
        self._seen.clear()
        told = () if self.backstage is None else self.backstage.lines()
        self.lines.take(together(deliveries(self._sandbox), self._questions.lines(), told))

    def _world(self, who: str | None) -> tuple[str, str]:
        """A world without its time, to compare, and with it, to send: that time passes is no news."""
        if who not in self._seen:
            told = world_of(self._sandbox, self.backstage, who)
            compared = json.dumps({**told, "clock": told["clock"]["offset"]})
            self._seen[who] = compared, json.dumps(told)
        return self._seen[who]
