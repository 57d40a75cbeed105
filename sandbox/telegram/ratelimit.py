"""Telegram's limits, in real time: messages in all, in one chat, in one group; everything else together."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from sandbox.limit import Limit
from sandbox.telegram.errors import too_many
from sandbox.telegram.state import Kind

CHATS_MAX = 10_000


@dataclass(slots=True)
class Limits:
    """What is enforced; a seed may change it.

    Telegram publishes 30 messages a second in all, one a second in a chat with short bursts allowed, 20 a minute in a
    group (core.telegram.org/bots/faq); the burst and the limit of other methods are not published.
    """

    overall: Limit = Limit(30, 1.0)
    chat: Limit = Limit(20, 20.0)
    group: Limit = Limit(20, 60.0)
    methods: Limit = Limit(100, 1.0)


@dataclass(slots=True)
class Limiter:
    """Counts what is sent. A request that is refused does not count."""

    limits: Limits = field(default_factory=Limits)
    refused: int = 0
    _windows: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def message(self, chat_id: int, kind: Kind) -> None:
        """A message goes out, or one is edited. Raises ApiError 429."""
        own = self.limits.group if kind in (Kind.GROUP, Kind.SUPERGROUP) else self.limits.chat
        self._take({"overall": self.limits.overall, f"chat {chat_id}": own})

    def method(self) -> None:
        """Any other method. Raises ApiError 429."""
        self._take({"methods": self.limits.methods})

    def _take(self, buckets: dict[str, Limit]) -> None:
        now = time.monotonic()
        windows = {name: self._window(name, limit, now) for name, limit in buckets.items()}
        waits = [
            window[0] + buckets[name].seconds - now if window else buckets[name].seconds
            for name, window in windows.items()
            if len(window) >= buckets[name].requests
        ]
        if waits:
            self.refused += 1
            raise too_many(max(1, math.ceil(max(waits))))
        for window in windows.values():
            window.append(now)

    def _window(self, name: str, limit: Limit, now: float) -> deque[float]:
        window = self._windows.setdefault(name, deque())
        self._windows.move_to_end(name)
        while len(self._windows) > CHATS_MAX:
            self._windows.popitem(last=False)
        while window and window[0] + limit.seconds <= now:
            window.popleft()
        return window
