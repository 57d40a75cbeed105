"""Discord's limits, in real time: one bucket a route and its major parameter, and one for the whole token."""

from __future__ import annotations

import re
import time
import zlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.discord.wire import reply
from sandbox.limit import Limit

BUCKETS_MAX = 10_000
INVALID_WINDOW_S = 600.0


@dataclass(slots=True)
class Limits:
    """What is enforced; a seed may change it. Discord publishes the global limit, the others are as observed."""

    overall: Limit = Limit(50, 1.0)
    member_roles: Limit = Limit(10, 1.0)
    messages: Limit = Limit(5, 1.0)
    webhooks: Limit = Limit(5, 1.0)
    other: Limit = Limit(50, 1.0)


@dataclass(slots=True)
class _Window:
    ends: float = 0.0
    used: int = 0


@dataclass(slots=True)
class Limiter:
    """Counts requests, and those that were refused: 10,000 of these in 10 minutes bring a ban at Discord."""

    limits: Limits = field(default_factory=Limits)
    invalid: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))
    _windows: OrderedDict[str, _Window] = field(default_factory=OrderedDict)
    _overall: _Window = field(default_factory=_Window)

    def take(self, method: str, path: str) -> tuple[web.Response | None, dict[str, str]]:
        """Counts one request. Answers a 429 when it is one too many, and the headers of its bucket."""
        now = time.monotonic()
        name, major, limit = self._bucket(method, path)
        if not path.startswith(("/interactions/", "/webhooks/")):
            left = _take(self._overall, self.limits.overall, now)
            if left < 0:
                return self._refusal(self._overall.ends - now, overall=True), {}
        window = self._windows.setdefault(f"{name}:{major}", _Window())
        self._windows.move_to_end(f"{name}:{major}")
        while len(self._windows) > BUCKETS_MAX:
            self._windows.popitem(last=False)
        left = _take(window, limit, now)
        resets_in = max(0.0, window.ends - now)
        headers = {
            "X-RateLimit-Limit": str(limit.requests),
            "X-RateLimit-Remaining": str(max(0, left)),
            "X-RateLimit-Reset": f"{time.time() + resets_in:.3f}",
            "X-RateLimit-Reset-After": f"{resets_in:.3f}",
            "X-RateLimit-Bucket": f"{zlib.crc32(name.encode()):08x}",
        }
        return (self._refusal(resets_in, overall=False) if left < 0 else None), headers

    def count(self, status: int) -> None:
        """Notes an answer; 401, 403 and 429 count as invalid."""
        if status in (401, 403, 429):
            self.invalid.append(time.monotonic())

    def invalid_recently(self) -> int:
        """Invalid requests of the last ten minutes."""
        since = time.monotonic() - INVALID_WINDOW_S
        return sum(1 for at in self.invalid if at >= since)

    def _refusal(self, retry_after: float, *, overall: bool) -> web.Response:
        return too_many(retry_after, overall=overall)

    def _bucket(self, method: str, path: str) -> tuple[str, str, Limit]:
        parts = path.strip("/").split("/")
        major = "/".join(parts[1:3]) if parts[0] == "webhooks" else parts[1] if len(parts) > 1 else ""
        route = f"{method} " + re.sub(r"\d{5,}", "{id}", path)
        if parts[0] == "webhooks":
            return "webhooks", major, self.limits.webhooks
        if parts[0] == "interactions":
            return "interactions", "/".join(parts[1:3]), self.limits.other
        if re.fullmatch(r"/guilds/\d+/members/\d+/roles/\d+", path):
            return "member roles", major, self.limits.member_roles
        if method == "POST" and re.fullmatch(r"/channels/\d+/messages", path):
            return "messages", major, self.limits.messages
        return route, major, self.limits.other


def _take(window: _Window, limit: Limit, now: float) -> int:
    if now >= window.ends:
        window.ends, window.used = now + limit.seconds, 0
    window.used += 1
    return limit.requests - window.used


def too_many(retry_after: float, *, overall: bool) -> web.Response:
    """A 429 as discord.py understands it: `Via` tells it from a ban by the network in front of Discord."""
    wait = round(max(retry_after, 0.001), 3)
    body = {"message": "You are being rate limited.", "code": 0, "retry_after": wait, "global": overall}
    answer = reply(body, 429)
    answer.headers.update({"Via": "1.1 google", "Retry-After": str(max(1, round(wait)))})
    answer.headers["X-RateLimit-Scope"] = "global" if overall else "user"
    if overall:
        answer.headers["X-RateLimit-Global"] = "true"
    return answer
