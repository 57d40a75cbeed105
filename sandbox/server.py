"""The sandbox as one server on one port: Stripe, Discord, Telegram, their pages and the controls."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.control import Control
from sandbox.har import Recorder
from sandbox.page import Page
from sandbox.services import Services

BODY_BYTES_MAX = 30 * 1024 * 1024


class Sandbox(Services):
    """Everything together, on one port."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page(self)
        self.recorder: Recorder | None = None
        self._runner: web.AppRunner | None = None
        self._ticking: asyncio.Task[None] | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls, *, host: str = "127.0.0.1", port: int = 0, har: Path | None = None
    ) -> AsyncIterator[Sandbox]:
        """A sandbox for the length of a block; port 0 takes a free one."""
        sandbox = cls()
        try:
            await sandbox.start(host, port, har=har)
            yield sandbox
        finally:
            await sandbox.stop()

    async def start(self, host: str = "127.0.0.1", port: int = 0, *, har: Path | None = None) -> None:
        """Listens. Raises OSError when the port is taken or the recording can't be written."""
        if har is not None:
            self.recorder = Recorder(har)
            await self.recorder.start()
            for account in self.accounts.values():
                account.deliveries.observers.append(self.recorder.observe)
            self.telegram.webhook.observers.append(self.recorder.observe)
        app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=self._middlewares())
        app.add_routes(self.stripe.routes())
        app.add_routes(self.discord.routes())
        app.add_routes(self.telegram.routes())
        app.add_routes(self.page.routes())
        app.add_routes(Control(self).routes())
        for name, account in self.accounts.items():
            if account is not self.stripe:
                further = web.Application(client_max_size=BODY_BYTES_MAX)
                further.add_routes(account.routes())
                app.add_subapp(f"/accounts/{name}", further)
        # Cancelled with their connection: else dead long polls linger.
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0)
        self._runner = runner
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        await site.start()
        address = runner.addresses[0]
        self.url = f"http://{host}:{address[1]}"
        self._ticking = asyncio.create_task(self.clock.run(), name="sandbox clock")

    def _middlewares(self) -> list[Middleware]:
        @web.middleware
        async def faults(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self.faults.middleware(request, handler)

        recorder = self.recorder
        if recorder is None:
            return [faults]

        @web.middleware
        async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await recorder.middleware(request, handler)

        return [record, faults]

    async def stop(self) -> None:
        """Ends everything that runs, and writes the rest of the recording."""
        if self._ticking is not None:
            self._ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticking
        self.page.close()
        await self.telegram.close()
        await self.discord.close()
        for account in self.accounts.values():
            await account.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self.recorder is not None:
            await self.recorder.stop()


def run(port: int, har: Path | None) -> None:
    """Serves until SIGINT or SIGTERM. Raises OSError when the port is taken."""
    asyncio.run(_serve(port, har))


async def _serve(port: int, har: Path | None) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with Sandbox.running(port=port, har=har) as sandbox:
        where = "Stripe at /v1, Discord at /api/v10, Telegram at /bot<token>/, controls at /sandbox, a page at /"
        print(f"Sandbox: {sandbox.url} ({where})", flush=True)
        await ended.wait()
