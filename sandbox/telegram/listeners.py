"""Who listens for what the bot says: a control that waits for an answer hears each message as it goes out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from sandbox.telegram.state import Json, Message

QUIET_SECONDS = 0.12
"""The bot has said what it had to say when it has been silent for so long (real time)."""
ROUNDS_MAX = 100
LOOK_SECONDS = 0.02
HANDLED_SECONDS_MAX = 60.0


@dataclass(slots=True)
class Listener:
    """Hears the bot in some chats. `toast` is what a callback query was answered with."""

    chats: frozenset[int]
    query: str | None = None
    handled: Callable[[], Awaitable[bool]] | None = None
    said: dict[tuple[int, int], Message] = field(default_factory=dict)
    toast: Json | None = None
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def until_quiet(self, seconds: float) -> None:
        """Returns when the bot has said something here and is quiet again, or after so many seconds."""
        if self.handled is not None:
            await self._until(self.handled, seconds)
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not self.said and await self._next(until - loop.time()):
            # A pop-up with a text may be all there is to an answered query.
            if self.toast is not None and (self.toast.get("text") or self.toast.get("url")):
                until = min(until, loop.time() + 1.0)
        if self.said and self.query is not None and self.toast is None:
            await self._next(min(1.0, until - loop.time()))
        for _ in range(ROUNDS_MAX):
            if not await self._next(QUIET_SECONDS):
                return

    async def _until(self, handled: Callable[[], Awaitable[bool]], seconds: float) -> None:
        """Returns when the bot has handled all that happened; where it can't, after so many seconds, if it spoke."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not await handled():
            waited = loop.time() - began
            if waited > HANDLED_SECONDS_MAX or (waited > seconds and self.said):
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _next(self, seconds: float) -> bool:
        """Whether something is heard within so many seconds."""
        if seconds <= 0:
            return False
        try:
            async with asyncio.timeout(seconds):
                await self.heard.wait()
        except TimeoutError:
            return False
        self.heard.clear()
        return True


class Listeners:
    """All who listen now.

    `handled`: set by who runs the bot in the same process, and so knows whether it has handled every update; then no
    silence is waited for, which is a guess.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self.handled: Callable[[], Awaitable[bool]] | None = None

    @contextlib.contextmanager
    def listening(self, *chats: int, query: str | None = None) -> Iterator[Listener]:
        """Listens for the length of a block."""
        listener = Listener(frozenset(chats), query, self.handled)
        self._listeners.append(listener)
        try:
            yield listener
        finally:
            self._listeners.remove(listener)

    def said(self, message: Message) -> None:
        """The bot wrote or edited a message; the newest form of it counts, at the end."""
        for listener in self._listeners:
            if message.chat.id in listener.chats:
                key = (message.chat.id, message.id)
                listener.said.pop(key, None)
                listener.said[key] = message
                listener.heard.set()

    def gone(self, message: Message) -> None:
        """The bot took a message away."""
        for listener in self._listeners:
            listener.said.pop((message.chat.id, message.id), None)

    def answered(self, query: str, toast: Json) -> None:
        """The bot answered a callback query."""
        for listener in self._listeners:
            if listener.query == query:
                listener.toast = toast
                listener.heard.set()
