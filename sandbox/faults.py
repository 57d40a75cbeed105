"""Faults on demand: slow answers, error answers, answers that never come, before or after the work is done."""

from __future__ import annotations

import asyncio
import fnmatch
import itertools
import json
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.discord.ratelimit import too_many
from sandbox.refused import Refused

FAULTS_MAX = 1_000
DELAY_MAX_S = 120.0
SERVICES = ("stripe", "discord", "telegram", "page")
KEYS = ("service", "method", "path", "status", "body", "headers", "delay", "times", "after", "drop")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def service_of(path: str) -> str | None:
    """Which service a path belongs to; None for the controls and the page to try things on."""
    if path == "/" or path.startswith(("/sandbox", "/page/")):
        return None
    if path.startswith(("/v1/", "/v2/")):
        return "stripe"
    if path.startswith("/api/") or path.rstrip("/") == "/gateway":
        return "discord"
    if re.match(r"/bot[^/]+/", path):
        return "telegram"
    return "page"


@dataclass(slots=True)
class Fault:
    """One fault; `times` None is until it is cleared, `status` None only delays."""

    id: str
    service: str | None
    method: str | None
    path: str
    status: int | None
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    times: int | None = 1
    after: bool = False
    drop: bool = False
    hits: int = 0

    def meets(self, service: str, method: str, path: str) -> bool:
        """Whether this request is one of those."""
        if (self.service not in (None, service)) or (self.method not in (None, method)):
            return False
        short = path.removeprefix("/api/v10")
        if service == "telegram" and fnmatch.fnmatchcase(path.rpartition("/")[2], self.path.removeprefix("/")):
            return True
        return fnmatch.fnmatchcase(path, self.path) or fnmatch.fnmatchcase(short, self.path)

    def told(self) -> dict[str, Any]:
        """This fault for the controls."""
        return {
            "id": self.id,
            **{key: getattr(self, key) for key in KEYS},
            "hits": self.hits,
        }


class Faults:
    """The faults that wait for their request, and the middleware that plays them."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._numbers = itertools.count(1)

    def add(self, data: Any) -> Fault:
        """Takes a fault as the controls describe it. Raises Refused when it can't be played."""
        if not isinstance(data, dict):
            raise Refused('A fault is an object: give at least {"service": "stripe", "status": 500}.')
        for key in data:
            if key not in KEYS:
                raise Refused(f"A fault has no key {key!r}: use {', '.join(KEYS)}.")
        service, status = data.get("service"), data.get("status")
        delay, times = data.get("delay") or 0, data.get("times", 1)
        if service not in (None, *SERVICES):
            raise Refused(f"service is one of {', '.join(SERVICES)}, or left out for all: {service!r} is none.")
        if status is not None and not (type(status) is int and 200 <= status <= 599):
            raise Refused("status is a number from 200 to 599: give one, or leave it out to delay only.")
        if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay <= DELAY_MAX_S:
            raise Refused(f"delay is a number of seconds up to {DELAY_MAX_S:.0f}: give one, or leave it out.")
        if times is not None and not (type(times) is int and times >= 0):
            raise Refused("times is how many requests are met, 0 for all until cleared: give a whole number.")
        if status is None and not delay and not data.get("drop"):
            raise Refused("That fault does nothing: give it a status, a delay, or drop: true.")
        if len(self._waiting) >= FAULTS_MAX:
            raise Refused("There are too many faults already: DELETE /sandbox/faults clears them.")
        method = data.get("method")
        headers = data.get("headers") or {}
        if not isinstance(headers, dict):
            raise Refused('headers is an object of names and values: give it as {"Retry-After": "2"}.')
        fault = Fault(
            id=f"fault_{next(self._numbers)}",
            service=service,
            method=None if method in (None, "*") else str(method).upper(),
            path=str(data.get("path") or "*"),
            status=status,
            body=data.get("body"),
            headers={str(k): str(v) for k, v in headers.items()},
            delay=float(delay),
            times=times or None,
            after=bool(data.get("after")),
            drop=bool(data.get("drop")),
        )
        self._waiting.append(fault)
        return fault

    def told(self) -> list[dict[str, Any]]:
        """All that wait."""
        return [fault.told() for fault in self._waiting]

    def clear(self, fault_id: str | None = None) -> int:
        """Takes one out, or all; answers how many there were."""
        gone = [f for f in self._waiting if fault_id in (None, f.id)]
        self._waiting = [f for f in self._waiting if f not in gone]
        return len(gone)

    def _take(self, service: str, method: str, path: str) -> Fault | None:
        fault = next((f for f in self._waiting if f.meets(service, method, path)), None)
        if fault is not None:
            fault.hits += 1
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
        return fault

    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Looks at every request to a service."""
        service = service_of(request.path)
        fault = None if service is None else self._take(service, request.method, request.path)
        if fault is None or service is None:
            return await handler(request)
        answer: web.StreamResponse | None = None
        if fault.after:
            answer = await handler(request)
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=502)
        if fault.status is not None:
            return _played(fault, service)
        return await handler(request) if answer is None else answer


def _played(fault: Fault, service: str) -> web.Response:
    status = fault.status or 500
    if service == "discord" and status == 429:
        body = fault.body if isinstance(fault.body, dict) else {}
        retry_after = float(body.get("retry_after", fault.headers.get("Retry-After", 1.0)))
        answer = too_many(retry_after, overall=bool(body.get("global")))
    else:
        raw, kind = _raw(fault, service, status)
        answer = web.Response(status=status, body=raw, content_type=kind)
        if service == "discord":
            answer.headers["Via"] = "1.1 google"
    answer.headers.update(fault.headers)
    return answer


def _raw(fault: Fault, service: str, status: int) -> tuple[bytes, str]:
    body = fault.body
    if service == "telegram" and status >= 400 and not isinstance(body, str):
        body = _telegram_body(status, body if isinstance(body, dict) else {})
    if isinstance(body, str):
        return body.encode(), "text/html" if body.lstrip().startswith("<") else "text/plain"
    if body is None:
        if service == "page":
            return f"<h1>{status}</h1>".encode(), "text/html"
        body = _stripe_body(status) if service == "stripe" else {"message": f"{status}: sandbox fault", "code": 0}
    return json.dumps(body).encode(), "application/json"


def _telegram_body(status: int, given: dict[str, Any]) -> dict[str, Any]:
    """An error of the Bot API's form around what was given; `retry_after` alone is put where it belongs."""
    given = dict(given)
    description = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Sandbox fault"
    if status == 429:
        wait = max(1, math.ceil(float(given.pop("retry_after", 1))))
        description = f"Too Many Requests: retry after {wait}"
        given.setdefault("parameters", {"retry_after": wait})
    return {"ok": False, "error_code": status, "description": description, **given}


def _stripe_body(status: int) -> dict[str, Any]:
    error = {"type": "api_error" if status >= 500 else "invalid_request_error", "message": "Sandbox fault."}
    if status == 429:
        error |= {"type": "invalid_request_error", "code": "rate_limit"}
    return {"error": error}
