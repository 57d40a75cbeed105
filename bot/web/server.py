"""The aiohttp application: webhooks, the pages for people, health, metrics."""

import logging
from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.web.metrics import CONTENT_TYPE, Metrics
from bot.web.pages import Pages
from bot.web.telegram import TelegramWebhooks
from bot.web.webhooks import BODY_BYTES_MAX, StripeWebhooks
from payments.flows.engine import Engine
from payments.ports.stores import StoreUnavailable

HERE = Path(__file__).parent
STATIC = "/static/"

SERVER_LOG = logging.getLogger("guestlist.web")
"""Where aiohttp's server tells of faults."""


class _Noise(logging.Filter):
    """What is not HTTP, or a body that is not what its headers say, got its 400. Anybody can send that."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be told."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


SERVER_LOG.addFilter(_Noise())


class Site:
    """The routes that probes and Prometheus use."""

    def __init__(self, engine: Callable[[], Engine | None], metrics: Metrics) -> None:
        self._engine = engine
        self._metrics = metrics

    async def alive(self, _request: web.Request) -> web.Response:
        """The process answers. Says nothing of the database or the bots: restarting would not mend those."""
        return web.json_response({"alive": True})

    async def ready(self, _request: web.Request) -> web.Response:
        """Database writable, and every bot connected that this process runs: 200, else 503 with what is missing.

        `door` says whether it is the one of several processes on one database that runs the bots and delivers.
        """
        engine = self._engine()
        checks = {"account": engine is not None, "database": engine is not None and await engine.store.healthy()}
        if engine is not None:
            checks |= {str(name): platform.ready for name, platform in engine.platforms.items()}
        ready = all(checks.values())
        door = engine is not None and engine.delivering()
        return web.json_response({"ready": ready, "door": door, **checks}, status=200 if ready else 503)

    async def metrics(self, _request: web.Request) -> web.Response:
        """Prometheus' exposition format."""
        engine = self._engine()
        if engine is None:
            body = self._metrics.render(None, machine_now=0, business_now=0, door=False)
        else:
            try:
                figures = await engine.store.figures()
            except StoreUnavailable:
                figures = None
            machine_now, business_now = engine.machine.now(), engine.business.now()
            body = self._metrics.render(
                figures, machine_now=machine_now, business_now=business_now, door=engine.delivering()
            )
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


def make_app(
    verify: Callable[[bytes, str], bool],
    engine: Callable[[], Engine | None],
    metrics: Metrics,
    telegram: TelegramWebhooks | None = None,
    *,
    sandbox: str | None = None,
) -> web.Application:
    """The application. Bodies over 1 MiB are refused before they are read. `telegram`: unless it is polled.
    `sandbox`: its address, in its mode; see `Pages`."""
    webhooks = StripeWebhooks(verify, engine, metrics)
    site, pages = Site(engine, metrics), Pages(engine, sandbox=sandbox)
    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[pages.faults])
    app.router.add_post("/webhooks/stripe", webhooks.receive)
    if telegram is not None:
        app.router.add_post("/webhooks/telegram", telegram.receive)
    app.router.add_get("/healthz", site.alive)
    app.router.add_get("/readyz", site.ready)
    app.router.add_get("/metrics", site.metrics)
    app.add_routes(pages.routes())
    app.router.add_static(STATIC, HERE / "static")
    app.on_response_prepare.append(_sniffed_by_nobody)
    return app


async def _sniffed_by_nobody(request: web.Request, response: web.StreamResponse) -> None:
    """What lies under /static is what its type says."""
    if request.path.startswith(STATIC):
        response.headers["X-Content-Type-Options"] = "nosniff"
