"""Stands between a socket and aiohttp, which limits no time and no number: what comes in is let through in order.

A request's head is passed on only when all of it is here; then it is known whether it claims to be signed. If it does
not, its body is dropped. Otherwise bytes and their order stay as they came: aiohttp alone decides what a request is.
"""

import asyncio
import re
import sys
from collections.abc import Callable
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler as RouteHandler

from bot.web.connections import Connections, Stage
from bot.web.headers import refusal

END_OF_HEAD = b"\r\n\r\n"
_SIGNED = re.compile(rb"\r\n(?:stripe-signature|x-telegram-bot-api-secret-token)[ \t]*:", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*([0-9]{1,15})[ \t]*(?=\r\n)", re.IGNORECASE)
_FRAMING = re.compile(rb"\r\n(?:content-length|transfer-encoding)\b", re.IGNORECASE)
UNKNOWN = sys.maxsize

ANSWERS = {
    "head": refusal(408, "Request Timeout"),
    "body": refusal(408, "Request Timeout"),
    "page": refusal(503, "Service Unavailable"),
    "crowded": refusal(503, "Service Unavailable"),
    "bytes": refusal(503, "Service Unavailable"),
    "too_large": refusal(431, "Request Header Fields Too Large"),
}
"""What is said when it ends before it was answered. An idle connection gets no word: nothing was asked."""


class Gate(asyncio.BufferedProtocol):
    """One connection. `inner` makes aiohttp's protocol; `buffer` is lent for each reading; `webhooks`: do any come?"""

    def __init__(
        self, connections: Connections, inner: Callable[[], asyncio.Protocol], buffer: bytearray, *, webhooks: bool
    ) -> None:
        self.stage: Stage | None = None
        self.held = 0
        self.whole = False
        self._connections = connections
        self._make = inner
        self._inner: asyncio.Protocol | None = None
        """Made for the first request: who only connects shall cost little."""
        self._buffer = memoryview(buffer)
        self._webhooks = webhooks
        self._transport: asyncio.Transport | None = None
        self._head = bytearray()
        self._passed = 0
        self._body_left = 0
        self._answering = False
        self._unread: asyncio.TimerHandle | None = None
        """Runs while no more can be sent because the other side does not read."""
        self._known = False
        self.last = False
        """Whether no other request may follow: where this one's body ends we don't know, or don't wait for."""

    # -- what asyncio tells --------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A connection; what it is for shows when its first request's head is here."""
        self._transport = cast("asyncio.Transport", transport)
        self._connections.enter(self, Stage.HEAD)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone, whoever ended it."""
        self._connections.leave(self)
        self._transport = None
        self._stop_waiting()
        if self._inner is not None:
            self._inner.connection_lost(exc)

    def eof_received(self) -> bool | None:
        """The other side sends no more."""
        return None if self._inner is None else self._inner.eof_received()

    def pause_writing(self) -> None:
        """The other side does not read: it gets no further request begun, and has a limited time."""
        self._unread = asyncio.get_running_loop().call_later(
            self._connections.limits.unread_seconds, self.end, "unread"
        )
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """It reads again."""
        self._stop_waiting()
        if self._inner is not None:
            self._inner.resume_writing()
        asyncio.get_running_loop().call_soon(self._look)

    def _stop_waiting(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next reading goes."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """So much came: held until it is verified or answered, and passed on in order."""
        if self._gone():
            return
        if self._body_left and self.stage not in (Stage.BODY, Stage.VERIFIED):
            return  # the body of a request that was refused, or that nobody signed: it is not read
        data = bytes(self._buffer[:nbytes])
        body, data = data[: self._body_left], data[self._body_left :]
        self._body_left -= len(body)
        self.whole = not self._body_left
        if body:
            self._pass(body)
        if data:
            self._head += data
            self._look()
        self._account()

    def _pass(self, data: bytes) -> None:
        self._passed += len(data)
        if self._inner is None:
            assert self._transport is not None, "data comes after the connection"
            self._inner = self._make()
            self._inner.connection_made(self._transport)
        self._inner.data_received(data)

    def _account(self) -> None:
        """What is held is what waits here, and what aiohttp got since it last was verified or answered."""
        if not self._gone():
            self._connections.hold(self, self._passed + len(self._head) - self.held)

    def _gone(self) -> bool:
        return self.stage is None

    # -- requests ------------------------------------------------------------------------------------------------------
    def _look(self) -> None:
        """Pass a request on, if its head is here and the answer to the one before it is out."""
        if self._gone() or not self._head:
            return
        end = self._head.find(END_OF_HEAD)
        if self._answering or self._unread is not None or end < 0:
            if len(self._head) > self._connections.limits.head_bytes:
                self.end("too_large")
            elif self.stage is Stage.IDLE and not self._answering:
                self._connections.enter(self, Stage.HEAD)
            return
        end += len(END_OF_HEAD)
        if end > self._connections.limits.head_bytes:
            self.end("too_large")
            return
        head = bytes(self._head[:end])
        self._begin(head, len(self._head) - end)
        if self._gone():
            return
        rest = bytes(self._head[end:])
        body, self._head = b"", bytearray()
        if self.stage is Stage.BODY or not self._body_left:
            body, self._head = rest[: self._body_left], bytearray(rest[self._body_left :])
            self._body_left -= len(body)
        self._pass(head + body)

    def _begin(self, head: bytes, here: int) -> None:
        """A request's head is here, and so many bytes after it."""
        self._answering = True
        lengths, framing = _LENGTH.findall(head), _FRAMING.findall(head)
        if not framing:
            self._body_left = 0
        elif len(framing) == len(lengths) == 1:
            self._body_left = int(lengths[0])
        else:
            self._body_left, self.last = UNKNOWN, True
        signed = self._webhooks and head.startswith(b"POST /webhooks/") and _SIGNED.search(head) is not None
        self.last |= bool(self._body_left) and not signed
        self.whole = self._body_left <= here
        self._connections.enter(self, Stage.BODY if signed else Stage.PAGE)

    def verified(self) -> None:
        """Who sent the request that is being answered is known."""
        if not self._gone():
            self._known, self._passed = True, 0
            self._account()
            self._connections.enter(self, Stage.VERIFIED)

    def answers(self) -> None:
        """The answer is decided, and about to be written: nothing is waited for but that it is read."""
        if self._gone():
            return
        self._passed = 0
        self._account()
        self._connections.enter(self, Stage.KEPT if self._known else Stage.IDLE)

    def answered(self) -> None:
        """The answer is written, and the other side reads: another request may follow."""
        self._answering = False
        if self._head and not self._gone():
            asyncio.get_running_loop().call_soon(self._look)

    def end(self, why: str) -> None:
        """Close the connection for a limit, with a word if it waits for an answer; see `ANSWERS`."""
        idle = self.stage in (Stage.IDLE, Stage.KEPT)
        self._connections.leave(self)
        self._connections.ended(why)
        transport = self._transport
        if transport is None:
            return
        answer = ANSWERS.get(why)
        if answer is not None and not idle and not transport.is_closing():
            transport.write(answer)
        transport.close()
        if transport.get_write_buffer_size():  # it reads nothing either
            transport.abort()


def gate_of(request: web.BaseRequest) -> Gate | None:
    """The gate that a request came through; None where it came without, or its connection is gone."""
    found = None if request.transport is None else request.transport.get_protocol()
    return found if isinstance(found, Gate) else None


def verified(request: web.Request) -> None:
    """Say that who sent a request is known: it is not cut off any more."""
    gate = gate_of(request)
    if gate is not None:
        gate.verified()


@web.middleware
async def watched(request: web.Request, handler: RouteHandler) -> web.StreamResponse:
    """Closes the connection after an answer that no other request may follow. The outermost of all middlewares."""
    gate = gate_of(request)
    if gate is None:
        return await handler(request)
    try:
        response = await handler(request)
    except web.HTTPException as error:
        if gate.last:
            error.force_close()
        raise
    else:
        if gate.last:
            response.force_close()
        return response
