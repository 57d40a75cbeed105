"""Those who attack the listener: bare sockets that say what they like, as slowly as they like."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import socket
import struct
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from bot.app.service import Service
from bot.config import Settings
from bot.web.limits import Limits, public_limits
from tests.e2e.world import SECRET, World, world

PATIENCE_SECONDS = 30.0
LIMITS = public_limits(1024)


def event(id_: str = "evt_1", **changes: object) -> dict[str, object]:
    """A webhook's event, of a customer nobody knows."""
    return {
        "id": id_,
        "object": "event",
        "created": int(time.time()),
        "livemode": False,
        "type": "invoice.paid",
        "data": {"object": {"id": "in_1", "object": "invoice", "customer": "cus_nobody"}},
    } | changes


def signature(body: bytes) -> str:
    """As Stripe signs it now."""
    at = int(time.time())
    return f"t={at},v1={hmac.new(SECRET.encode(), b'%d.' % at + body, hashlib.sha256).hexdigest()}"


def head(length: int | None, signed: str | None = None, **more: str) -> bytes:
    """The head of a webhook's request."""
    fields = {"Host": "x", "Content-Type": "application/json"}
    fields |= {} if length is None else {"Content-Length": str(length)}
    fields |= {} if signed is None else {"Stripe-Signature": signed}
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST /webhooks/stripe HTTP/1.1\r\n{lines}\r\n".encode()


def webhook(id_: str = "evt_1", **more: str) -> bytes:
    """A whole signed webhook."""
    body = json.dumps(event(id_)).encode()
    return head(len(body), signature(body), **more) + body


def half_body(size: int = 1024, sent: int = 512) -> bytes:
    """A request that claims to be signed, and of which only a part comes."""
    return head(size, "t=1,v1=" + "0" * 64) + b"x" * sent


class Stranger:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def at(cls, url: str, say: bytes = b"") -> Self:
        """Connect, and say this at once."""
        where = urlsplit(url)
        made = cls(*await asyncio.open_connection(where.hostname, where.port))
        made.writer.write(say)
        return made

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, what: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.leaves()

    def says(self, more: bytes) -> None:
        self.writer.write(more)

    async def hears(self) -> bytes:
        """Everything until the connection ends, which must be soon."""
        found = b""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with contextlib.suppress(ConnectionError):
                while more := await self.reader.read(65_536):
                    found += more
        return found

    async def answer(self) -> bytes:
        """The head of the next answer; its body is read too."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            found = await self.reader.readuntil(b"\r\n\r\n")
            length = int(found.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await self.reader.readexactly(length)
            return found

    async def drips(self, text: bytes) -> None:
        """Say something a byte at a time, until hung up on."""
        with contextlib.suppress(ConnectionError):
            for byte in text:
                self.writer.write(bytes([byte]))
                await self.writer.drain()
                await asyncio.sleep(0.02)

    def hangs_up(self) -> None:
        """Without a goodbye: the other side gets a reset."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def leaves(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


async def exchange(url: str, say: bytes) -> bytes:
    """What one request is answered, until the connection ends."""
    async with await Stranger.at(url, say) as stranger:
        return await stranger.hears()


@contextlib.asynccontextmanager
async def crowd(url: str, count: int, say: bytes = b"") -> AsyncIterator[list[Stranger]]:
    """So many strangers at once, for the length of a block."""
    found = list(await asyncio.gather(*(Stranger.at(url, say) for _ in range(count))))
    try:
        yield found
    finally:
        await asyncio.gather(*(one.leaves() for one in found))


@contextlib.asynccontextmanager
async def limited(tmp_path: Path, environ: dict[str, Any] | None = None, **changes: Any) -> AsyncIterator[World]:
    """A world whose listener has other limits than usual: shorter ones, so that no test waits for 20 s."""
    serves = partial(Limited, replace(LIMITS, **changes))
    async with world(tmp_path, serves=serves, **(environ or {})) as w:
        yield w


class Limited(Service):
    """The service with these limits."""

    def __init__(self, limits: Limits, settings: Settings) -> None:
        super().__init__(settings)
        self.limits = limits
