"""Readiness and metrics, on an address of their own: what they tell is the owner's, and each costs work."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.web.gate import watched
from bot.web.headers import secure
from bot.web.metrics import CONTENT_TYPE, Metrics
from payments.flows.runtime.context import AppContext
from payments.ports.stores import StoreUnavailable

KEPT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A page's status and body."""

    status: int
    body: bytes
    content_type: str


class Kept:
    """A page that is made at most once a second, however many ask; those who ask meanwhile wait for the one making."""

    def __init__(self, make: Callable[[], Awaitable[Answer]]) -> None:
        self._make = make
        self._made_at = -KEPT_SECONDS
        self._answer: Answer | None = None
        self._making = asyncio.Lock()

    async def get(self, _request: web.Request) -> web.Response:
        """The page, a second old at most."""
        async with self._making:
            if self._answer is None or time.monotonic() - self._made_at >= KEPT_SECONDS:
                self._answer = await self._make()
                self._made_at = time.monotonic()
            answer = self._answer
        headers = {"Content-Type": answer.content_type}
        return web.Response(status=answer.status, body=answer.body, headers=headers)


class Operations:
    """What probes and Prometheus ask. `app` answers None until the service knows its account and its database."""

    def __init__(self, app: Callable[[], AppContext | None], metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def ready(self) -> Answer:
        """Database writable, and every bot connected that this process runs: 200, else 503 with what is missing.

        `door` says whether it is the one of several processes on one database that runs the bots and delivers.
        """
        app = self._app()
        checks = {"account": app is not None, "database": app is not None and await app.store.healthy()}
        if app is not None:
            checks |= {str(name): platform.ready for name, platform in app.platforms.items()}
        ready = all(checks.values())
        door = app is not None and app.delivering()
        told = web.json_response({"ready": ready, "door": door, **checks})
        assert isinstance(told.body, bytes)
        return Answer(200 if ready else 503, told.body, "application/json; charset=utf-8")

    async def metrics(self) -> Answer:
        """Prometheus' exposition format."""
        app = self._app()
        if app is None:
            body = self._metrics.render(None, machine_now=0, business_now=0, door=False)
        else:
            try:
                figures = await app.store.figures()
            except StoreUnavailable:
                figures = None
            machine_now, business_now = app.machine.now(), app.business.now()
            body = self._metrics.render(
                figures,
                machine_now=machine_now,
                business_now=business_now,
                door=app.delivering(),
                of_nobody=sum(app.of_nobody.values()),
            )
        return Answer(200, body, CONTENT_TYPE)


async def alive(_request: web.Request) -> web.Response:
    """The process answers. Says nothing of the database or the bots: restarting would not mend those."""
    return web.json_response({"alive": True})


def make_operations(app: Callable[[], AppContext | None], metrics: Metrics) -> web.Application:
    """The application for probes and Prometheus."""
    operations = Operations(app, metrics)
    application = web.Application(middlewares=[watched])
    application.router.add_get("/healthz", alive)
    application.router.add_get("/readyz", Kept(operations.ready).get)
    application.router.add_get("/metrics", Kept(operations.metrics).get)
    application.on_response_prepare.append(secure)
    return application
