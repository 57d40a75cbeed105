"""`POST /webhooks/telegram`: the secret compared in constant time, the update stored, then 200 (invariant 1)."""

import hmac
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.web.gate import verified
from bot.web.metrics import Metrics
from bot.web.webhooks import TOO_LARGE, Unreadable, read
from payments.flows.runtime.context import AppContext
from payments.ports.stores import StoreUnavailable

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- a header's name

StoreUpdate = Callable[[AppContext, bytes], Awaitable[None]]
"""Stores an update. Raises ValueError for what is none, and `StoreUnavailable`."""


class TelegramWebhooks:
    """The listener for Telegram. `app` answers None until the service knows its account and its database."""

    def __init__(self, secret: str, app: Callable[[], AppContext | None], metrics: Metrics, store: StoreUpdate) -> None:
        self._secret = secret.encode()
        self._app = app
        self._metrics = metrics
        self._store = store

    async def receive(self, request: web.Request) -> web.Response:
        """Answer one update. The table of answers is in docs/listener.md."""
        if not hmac.compare_digest(
            request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape"), self._secret
        ):
            return self._answer(403, "bad_secret", "The secret is missing or wrong.")
        try:
            body = await read(request)
        except Unreadable as refused:
            return self._answer(refused.status, refused.result, refused.text)
        verified(request)
        app = self._app()
        if app is None:
            return self._answer(503, "not_ready", "Starting; send it again.")
        try:
            await self._store(app, body)
        except ValueError:
            log.warning("%d bytes by webhook are no update; nothing was stored.", len(body))
            return self._answer(400, "bad_json", "No update in JSON.")
        except StoreUnavailable as error:
            log.error("An update could not be stored (%s); Telegram will send it again.", error)
            return self._answer(503, "store_unavailable", "Could not be stored; send it again.")
        return self._answer(200, "stored", "Stored.")

    def _answer(self, status: int, result: str, text: str) -> web.Response:
        self._metrics.webhooks.labels(f"telegram_{result}").inc()
        answer = web.Response(status=status, text=text + "\n")
        if status == TOO_LARGE:
            answer.force_close()  # the rest of the body is not read, so nobody should use the connection again
        return answer
