"""Updates by POST: one after the other, each until the receiver answers with a 2xx."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from sandbox.sent_request import SentRequest
from sandbox.telegram.state import Json
from sandbox.telegram.updates import Update, Updates

ATTEMPT_SECONDS_MAX = 10.0
"""How long a receiver may take to answer, in real seconds."""
RETRY_SECONDS_FIRST = 0.5
RETRY_SECONDS_MAX = 5.0
"""Real seconds before the same update is sent again; doubled each time. Telegram's own go up to minutes."""
ANSWER_BYTES_MAX = 64 * 1024


@dataclass(slots=True)
class Hook:
    """Where updates go."""

    url: str
    secret: str = ""
    max_connections: int = 40
    last_error_date: int = 0
    last_error: str = ""


class Webhook:
    """Sends what waits in the queue while a webhook is set."""

    def __init__(self, updates: Updates, now: Callable[[], float]) -> None:
        self._updates = updates
        self._now = now
        self.hook: Hook | None = None
        self.observers: list[Callable[[SentRequest], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._http: aiohttp.ClientSession | None = None
        self._tried = asyncio.Event()

    async def set(self, hook: Hook | None) -> None:
        """Replaces the webhook, or takes it away; what was under way is given up and stays in the queue."""
        await self._stop()
        self.hook = hook
        if hook is not None:
            self._task = asyncio.create_task(self._run(hook), name="telegram webhook")

    async def close(self) -> None:
        """Stops sending."""
        await self._stop()
        if self._http is not None:
            await self._http.close()

    async def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def settled(self) -> None:
        """Returns when everything that waits has been taken, or the first of it was refused once."""
        while self.hook is not None and self._updates.pending:
            self._tried.clear()
            await self._tried.wait()
            if self.hook is None or self.hook.last_error:
                return

    def info(self) -> Json:
        """A WebhookInfo."""
        hook = self.hook
        told: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": self._updates.pending}
        if hook is not None:
            told |= {"url": hook.url, "max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
            if hook.last_error:
                told |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error}
        if self._updates.asked is not None:
            told["allowed_updates"] = self._updates.asked
        return told

    async def _run(self, hook: Hook) -> None:
        pause = RETRY_SECONDS_FIRST
        while True:
            update = self._updates.first()
            if update is None:
                self._updates.arrived.clear()
                await self._updates.arrived.wait()
                continue
            error = await self._post(hook, update)
            if error is None:
                hook.last_error = ""
                self._updates.taken(update)
                pause = RETRY_SECONDS_FIRST
                self._tried.set()
                continue
            hook.last_error, hook.last_error_date = error, int(self._now())
            self._tried.set()
            await asyncio.sleep(pause)
            pause = min(2 * pause, RETRY_SECONDS_MAX)

    async def _post(self, hook: Hook, update: Update) -> str | None:
        """One attempt: None when it was taken, else what went wrong."""
        started, began = time.time(), time.perf_counter()
        body = json.dumps(update.wire(), ensure_ascii=False)
        headers = {"Content-Type": "application/json"}
        if hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
        status, answer_headers, answer, error = 0, {}, "", None
        try:
            async with self._session().post(
                hook.url, data=body.encode(), headers=headers, allow_redirects=False
            ) as response:
                status, answer_headers = response.status, dict(response.headers)
                # The status decides; a body that breaks off changes nothing.
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    answer = (await response.content.read(ANSWER_BYTES_MAX)).decode(errors="replace")
        except TimeoutError:
            error = "Read timeout expired"
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            error = str(fault) or type(fault).__name__
        if error is None and not 200 <= status < 300:
            error = f"Wrong response from the webhook: {status}"
        seconds = time.perf_counter() - began
        sent = SentRequest(hook.url, headers, body, started, seconds, status, answer_headers, answer, error)
        for observer in self.observers:
            observer(sent)
        return error

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=ATTEMPT_SECONDS_MAX)
            self._http = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._http
