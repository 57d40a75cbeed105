"""Listens on an address for an application, within limits: see `Limits`, `Connections` and `Gate`."""

import asyncio
import contextlib
import errno
import logging
import os
import socket
from collections.abc import Callable
from typing import Any

from aiohttp import web, web_fileresponse
from aiohttp.http_exceptions import HttpProcessingError

from bot.web.connections import Connections
from bot.web.gate import Gate, gate_of
from bot.web.headers import refusal
from bot.web.limits import Limits
from bot.web.quiet import SERVER_LOG

log = logging.getLogger("guestlist.web")

BACKLOG = 1024
"""Where it overflows, whoever is honest waits a second, then three, for the next try of their system."""
OPENING_MAX = 16
"""So many have a descriptor already and are not counted yet, at most."""
READ_BYTES = 64 * 1024
"""So much is read of a connection at once, into one buffer for all: only what came is allocated."""
SWEEP_SECONDS = 0.25
PAUSE_SECONDS = 0.5
"""How long nothing is accepted after there was no descriptor left."""
SHED = 8
LINGERING_SECONDS = 1.0
"""How long the rest of a body that was refused is read and dropped, so that the answer is not lost on the way."""
SHUTDOWN_SECONDS = 2.0
BAD_REQUEST = refusal(400, "Bad Request")

# A connection that is closed during a sendfile leaves its descriptor's number registered with the event loop, and the
# next connection with that number is never heard. This is what AIOHTTP_NOSENDFILE sets; our files are a few KiB.
web_fileresponse.NOSENDFILE = True  # type: ignore[misc]  # a Final of aiohttp's


class Handler(web.RequestHandler):
    """aiohttp's own, but it tells the gate when an answer is out, and says nothing of itself to what is not HTTP."""

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """As aiohttp's, which ends when the answer is written; before that, aiohttp can't take another request."""
        gate = gate_of(request)
        if gate is not None:
            gate.answers()
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            if gate is not None:
                gate.answered()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """As aiohttp's; what can't be read as HTTP gets its 400 here, for no signal adds headers to that."""
        if isinstance(exc, HttpProcessingError) and self.transport is not None:
            self.transport.write(BAD_REQUEST)
            self.force_close()
            return web.Response(status=400)  # nobody gets it
        return super().handle_error(request, status, exc, message)


class Listener:
    """An application that listens. `start`, then `stop`; each once. `ended` as of `Connections`."""

    def __init__(self, app: web.Application, limits: Limits, ended: Callable[[str], None]) -> None:
        self.connections = Connections(limits, ended)
        self._runner = web.AppRunner(app, access_log=None, logger=SERVER_LOG, shutdown_timeout=SHUTDOWN_SECONDS)
        self._buffer = bytearray(READ_BYTES)
        self._sockets: list[socket.socket] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    async def start(self, host: str, port: int) -> int:
        """Listen there; answers the port, which is any free one for 0. Raises OSError."""
        await self._runner.setup()
        try:
            await self._bind(host, port)
        except OSError:
            await self.stop()
            raise
        for listening in self._sockets:
            self._loop.add_reader(listening, self._accept, listening)
        self._sweep_on()
        bound: int = self._sockets[0].getsockname()[1]
        return bound

    async def _bind(self, host: str, port: int) -> None:
        found = await self._loop.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, address in dict.fromkeys((one[0], one[4][:2]) for one in found):
            try:
                made = socket.create_server(address, family=family, backlog=BACKLOG)
            except OSError as error:
                if error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL) and len(found) > 1:
                    continue  # of a name's addresses this machine has not all
                raise
            made.setblocking(False)
            self._sockets.append(made)
        if not self._sockets:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))

    async def stop(self) -> None:
        """Listen no more, give what is being answered a moment, and close every connection."""
        for listening in self._sockets:
            self._loop.remove_reader(listening)
            listening.close()
        self._sockets.clear()
        if self._sweep is not None:
            self._sweep.cancel()
        await asyncio.gather(*self._opening)
        await self._runner.cleanup()
        self.connections.end_all()
        await asyncio.sleep(0)  # their sockets are closed a moment later

    def _sweep_on(self) -> None:
        self.connections.sweep()
        self._sweep = self._loop.call_later(SWEEP_SECONDS, self._sweep_on)

    # -- accepting -----------------------------------------------------------------------------------------------------
    def _accept(self, listening: socket.socket) -> None:
        while len(self._opening) < OPENING_MAX:
            try:
                accepted, _ = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(listening, error)
                return
            opening = self._loop.create_task(self._open(accepted))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    def _pause(self, listening: socket.socket, error: OSError) -> None:
        """No descriptor is left, or no memory: a ready socket would be tried again without end."""
        self.connections.tell("accept", f"No connection can be accepted ({error.strerror}); raise LimitNOFILE.")
        self.connections.shed(SHED)
        self._loop.remove_reader(listening)
        self._loop.call_later(PAUSE_SECONDS, self._resume, listening)

    def _resume(self, listening: socket.socket) -> None:
        if listening in self._sockets:
            self._loop.add_reader(listening, self._accept, listening)

    async def _open(self, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        with contextlib.suppress(OSError):  # gone already
            await self._loop.connect_accepted_socket(self._gate, accepted)

    def _gate(self) -> Gate:
        return Gate(self.connections, self._handler, self._buffer, webhooks=self.connections.limits.webhooks > 0)

    def _handler(self) -> Handler:
        server = self._runner.server
        assert server is not None, "set up before anything is accepted"
        options: dict[str, Any] = {"access_log": None, "logger": SERVER_LOG, "auto_decompress": False}
        return Handler(server, loop=self._loop, lingering_time=LINGERING_SECONDS, **options)
