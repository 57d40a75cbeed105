"""`POST /webhooks/stripe[/<account>]`: verify, decode, store and mark in one shared commit, then 200 (invariant 1)."""

import logging
import time
from collections.abc import Callable

from aiohttp import StreamReader, web

from bot.web.gate import verified
from bot.web.metrics import Metrics
from payments.core.json_text import whole
from payments.flows.runtime.context import AppContext
from payments.flows.settlement.webhooks import note_webhook, store_event
from payments.ports.stores import EventState, StoreUnavailable

log = logging.getLogger(__name__)

BODY_BYTES_MAX = 1024 * 1024
TOO_LARGE = 413
UTF_8 = ("utf-8", "utf8", "us-ascii")
"""JSON that systems exchange is in UTF-8 (RFC 8259), and so does Stripe send it: nothing else is guessed at."""


BAD_SIGNATURE = "The signature is missing, wrong, or too old."


class Unreadable(Exception):
    """A body that is not taken: the answer's status, what it is counted as, and its text."""

    def __init__(self, status: int, result: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.result = result
        self.text = text


async def read(request: web.Request) -> bytes:
    """A body of JSON in UTF-8, as it is and within the bound. Raises `Unreadable`."""
    if request.content_type != "application/json":
        raise Unreadable(400, "content_type", "Send application/json.")
    if (request.charset or "utf-8").lower() not in UTF_8:
        raise Unreadable(400, "content_type", "Send JSON in UTF-8.")
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("identity", ""):
        raise Unreadable(400, "bad_encoding", "Send it without compression.")
    if request.content_length is not None and request.content_length > BODY_BYTES_MAX:
        raise Unreadable(TOO_LARGE, "too_large", "At most 1 MiB.")
    try:
        return await _whole(request.content)
    except web.RequestPayloadError:
        raise Unreadable(400, "bad_encoding", "The body is not what its headers say.") from None
    except (OSError, RuntimeError):
        if request.transport is not None:
            raise
        raise Unreadable(400, "cut_off", "The connection ended before the body did.") from None  # nobody reads this


async def _whole(content: StreamReader) -> bytes:
    """All of a body. Raises `Unreadable` beyond the bound, and what aiohttp raises."""
    body = bytearray()
    try:
        while not content.at_eof():
            body += await content.readany()
            if len(body) > BODY_BYTES_MAX:
                raise Unreadable(TOO_LARGE, "too_large", "At most 1 MiB.")
        return bytes(body)
    finally:
        body.clear()  # an exception's traceback may keep this frame for a while


class StripeWebhooks:
    """The listener for Stripe. `verify` names the account whose secret signed a body. `app` answers None until the
    service knows its database."""

    def __init__(
        self, verify: Callable[[bytes, str], str | None], app: Callable[[], AppContext | None], metrics: Metrics
    ) -> None:
        self._verify = verify
        self._app = app
        self._metrics = metrics

    async def receive(self, request: web.Request) -> web.Response:
        """Answer one webhook. The table of answers is in docs/listener.md."""
        began = time.monotonic()
        signature = request.headers.get("Stripe-Signature", "")
        if not signature:
            return self._answer(400, "bad_signature", BAD_SIGNATURE)  # and nothing of its body is read
        try:
            body = await read(request)
        except Unreadable as refused:
            return self._answer(refused.status, refused.result, refused.text)
        name = self._verify(body, signature)
        if name is None:
            return self._answer(400, "bad_signature", BAD_SIGNATURE)
        verified(request)
        return await self._store(name, body, began)

    async def _store(self, name: str, body: bytes, began: float) -> web.Response:
        app = self._app()
        account = None if app is None else app.account_named(name)
        if app is None or account is None:
            return self._answer(503, "not_ready", "Starting; send it again.")
        try:
            event = account.provider.events.decode(whole(body.decode()))
        except ValueError:
            log.warning("A signed webhook of %d bytes is not an event; nothing was stored.", len(body))
            return self._answer(400, "bad_json", "Signed, but not an event in JSON.")
        if event.livemode != account.livemode:
            return self._answer(200, "other_mode", "Of the other mode; not stored.")
        if event.account not in (None, account.id):
            return self._answer(200, "other_account", "Of another account; not stored.")
        try:
            ingested = await store_event(app, account.id, event)
            await note_webhook(app, account.id)
        except StoreUnavailable as error:
            log.error("A webhook could not be stored (%s); Stripe will send it again.", error)
            return self._answer(503, "store_unavailable", "Could not be stored; send it again.")
        if ingested.state is EventState.NOTED:
            self._metrics.noted.inc()
        self._metrics.ack_seconds.observe(time.monotonic() - began)
        return self._answer(200, "stored" if ingested.new else "duplicate", "Stored.")

    def _answer(self, status: int, result: str, text: str) -> web.Response:
        self._metrics.webhooks.labels(result).inc()
        answer = web.Response(status=status, text=text + "\n")
        if status == TOO_LARGE:
            answer.force_close()  # the rest of the body is not read, so nobody should use the connection again
        return answer
