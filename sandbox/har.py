"""A HAR 1.2 recorder: all traffic with the services, webhook deliveries included; the file is whole at any time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from sandbox.faults import service_of

FLUSH_S = 1.0
BUFFER_MAX = 500
SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "x-telegram-bot-api-secret-token"})
REDACTED = "REDACTED"
_HEAD = (
    '{"log": {"version": "1.2", "creator": {"name": "guestlist-sandbox", "version": "1.0"}, "pages": [], "entries": ['
)
_TAIL = "\n]}}\n"
_TOKEN = re.compile(r"(//[^/]+/bot)[^/]+/")
_SECRET = re.compile(
    r"""(secret_token=|"secret_token"\s*:\s*"|name="secret_token"(?:\r\n[^\r]+)*\r\n\r\n)[A-Za-z0-9_-]+"""
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Headers = Iterable[tuple[str, str]]


class Delivered(Protocol):
    """A webhook delivery and its answer, as the sender tells it; `status` 0: there was no answer."""

    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def body(self) -> str: ...
    @property
    def started_at(self) -> float: ...
    @property
    def seconds(self) -> float: ...
    @property
    def status(self) -> int: ...
    @property
    def answer_headers(self) -> dict[str, str]: ...
    @property
    def answer(self) -> str: ...


class Recorder:
    """Keeps entries until the next write; each write adds to the file and leaves it whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pending: list[str] = []
        self._written = 0
        self._end = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins a new file. Raises OSError when it can't be written."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(_HEAD + _TAIL, encoding="utf-8")
        self._end = len(_HEAD.encode())
        self._task = asyncio.create_task(self._run(), name="har")

    async def stop(self) -> None:
        """Writes what is left."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.flush()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            self.flush()

    def flush(self) -> None:
        """Adds the pending entries to the file; the closing brackets are written again after them."""
        if not self._pending:
            return
        glue = ",\n" if self._written else "\n"
        text = glue + ",\n".join(self._pending)
        raw = text.encode()
        with self.path.open("r+b") as file:
            file.seek(self._end)
            file.write(raw + _TAIL.encode())
            file.truncate()
        self._end += len(raw)
        self._written += len(self._pending)
        self._pending.clear()

    def _add(self, entry: dict[str, Any]) -> None:
        self._pending.append(json.dumps(entry, ensure_ascii=False))
        if len(self._pending) >= BUFFER_MAX:
            self.flush()

    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Records a request to a service and its answer; controls, pages and WebSockets are passed over."""
        service = service_of(request.path)
        if service not in ("stripe", "discord", "telegram") or request.path.startswith("/gateway"):
            return await handler(request)
        started, began = time.time(), time.perf_counter()
        body = await _text(request)
        answer = await handler(request)
        if request.transport is None or request.transport.is_closing():
            return answer  # cut off: it never reaches the client
        raw = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b""
        self.add(
            method=request.method,
            url=_without_token(str(request.url)),
            request_headers=request.headers.items(),
            request_body=_without_secret(body) if service == "telegram" else body,
            started_at=started,
            seconds=time.perf_counter() - began,
            status=answer.status,
            answer_headers=answer.headers.items(),
            answer=raw.decode(errors="replace"),
        )
        return answer

    def observe(self, sent: Delivered) -> None:
        """Records a webhook delivery; one without an answer is not there on the wire, and not here."""
        if not sent.status:
            return
        self.delivery(
            sent.url,
            sent.headers,
            sent.body,
            sent.status,
            sent.answer,
            started_at=sent.started_at,
            seconds=sent.seconds,
            answer_headers=sent.answer_headers,
        )

    def delivery(
        self,
        url: str,
        headers: Mapping[str, str],
        body: str,
        status: int,
        response_body: str,
        *,
        started_at: float,
        seconds: float,
        answer_headers: Mapping[str, str] | None = None,
    ) -> None:
        """Records a POST that the sandbox itself made. `started_at` in unix seconds, `seconds` until the answer."""
        self.add(
            method="POST",
            url=url,
            request_headers=headers.items(),
            request_body=body,
            started_at=started_at,
            seconds=seconds,
            status=status,
            answer_headers=(answer_headers or {}).items(),
            answer=response_body,
        )

    def add(
        self,
        *,
        method: str,
        url: str,
        request_headers: Headers,
        request_body: str,
        started_at: float,
        seconds: float,
        status: int,
        answer_headers: Headers,
        answer: str,
    ) -> None:
        """Records one exchange. Times in seconds; secrets in headers are not kept."""
        asked, answered = list(request_headers), list(answer_headers)
        took_ms = round(seconds * 1000, 3)
        request: dict[str, Any] = {
            "method": method,
            "url": url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(asked),
            "queryString": [
                {"name": name, "value": value} for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
            ],
            "headersSize": -1,
            "bodySize": len(request_body.encode()),
        }
        if request_body:
            request["postData"] = {"mimeType": _one(asked, "content-type"), "text": request_body}
        response = {
            "status": status,
            "statusText": HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(answered),
            "content": {
                "size": len(answer.encode()),
                "mimeType": _one(answered, "content-type"),
                "text": answer,
            },
            "redirectURL": _one(answered, "location"),
            "headersSize": -1,
            "bodySize": len(answer.encode()),
        }
        self._add(
            {
                "startedDateTime": datetime.fromtimestamp(started_at, UTC).isoformat(timespec="milliseconds"),
                "time": took_ms,
                "request": request,
                "response": response,
                "cache": {},
                "timings": {"send": 0, "wait": took_ms, "receive": 0},
            }
        )


async def _text(request: web.Request) -> str:
    """The body as text; aiohttp keeps it, so that the handler can read it again."""
    if not request.can_read_body:
        return ""
    if request.content_type.startswith("multipart/") and service_of(request.path) != "telegram":
        return ""  # aiohttp reads a form with files once only, and that is the handler's
    return (await request.read()).decode(errors="replace")


def _without_token(url: str) -> str:
    """The address of a Bot API call, the token in it replaced."""
    return _TOKEN.sub(rf"\g<1>{REDACTED}/", _without_secret(url), count=1)


def _without_secret(text: str) -> str:
    """A query, form, multipart form or JSON object, the webhook's secret in it replaced."""
    return _SECRET.sub(rf"\g<1>{REDACTED}", text)


def _headers(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": REDACTED if name.lower() in SECRET_HEADERS else value} for name, value in pairs]


def _one(pairs: list[tuple[str, str]], name: str) -> str:
    return next((value for key, value in pairs if key.lower() == name), "")
