"""The demo's two ways: the page, served until Ctrl-C, and the tour, played once in the terminal."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.config import load
from demo.backstage import ServiceBackstage
from demo.service_process import ServiceProcess
from sandbox.narrator import Narrator, NotAsItShouldBe
from sandbox.page.backstage import CanNot
from sandbox.play import NotTaken, Play, free_port
from sandbox.scene import CHAT, GUILD, Scene
from sandbox.server import Sandbox
from sandbox.tour import Tour

PORT = 8090
"""The page's own port, so that it can be reloaded after the demo was started again."""


def environment(sandbox_url: str, port: int, operations_port: int, home: Path) -> dict[str, str]:
    """What a service on this sandbox is configured with; its database is in `home`."""
    return {
        "GUESTLIST_SANDBOX__URL": sandbox_url,
        "GUESTLIST_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "GUESTLIST_WEB__PORT": str(port),
        "GUESTLIST_WEB__OPERATIONS_PORT": str(operations_port),
        "DATABASE_URL": f"sqlite:///{home}/guestlist.db",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
        "GUESTLIST_DISCORD__SERVERS": GUILD,
        "GUESTLIST_TELEGRAM__CHATS": str(CHAT),
        "GUESTLIST_SWEEP__EVENTS_MINUTES": "1",  # nobody who loses a webhook on the page waits for a quarter of an hour
    }


async def tell_tour(har: Path | None) -> int:
    """Sandbox and service in one process, on a database that is gone afterwards, and the tour played on them."""
    from bot.app.service import running  # the page has its service in another process, and need not wait for this

    with tempfile.TemporaryDirectory(prefix="guestlist-demo-") as home:
        async with Sandbox.running(har=har) as sandbox, Play(sandbox.url) as play:
            environ = environment(sandbox.url, free_port(), 0, Path(home))
            async with running(load(None, environ, None)) as service:
                console = Console(highlight=False)
                console.print(f"Sandbox (Stripe, Discord and Telegram): {sandbox.url}\nService: {service.url}")
                good = await Tour(play, console).run(ready_url=f"{service.operations_url}/readyz")
    return 0 if good else 1


async def show_page(har: Path | None, port: int | None) -> int:
    """Sandbox with its page, and the service as a process beside it, until SIGINT, SIGTERM or SIGHUP. Raises OSError.

    `port` None: 8090 where that is free, else any.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            loop.add_signal_handler(getattr(signal, name), ended.set)
    print("Guestlist's demo is starting: a few seconds.", flush=True)
    with tempfile.TemporaryDirectory(prefix="guestlist-demo-", ignore_cleanup_errors=True) as home:
        async with (
            Sandbox.running(port=_page_port() if port is None else port, har=har) as sandbox,
            _staged(sandbox, Path(home)) as stage,
        ):
            try:
                if not await _before(ended, _set(stage, sandbox)):
                    return 0
            except (CanNot, NotTaken, NotAsItShouldBe) as error:
                print(f"guestlist demo: {error}", file=sys.stderr)
                return 1
            print(f"Open this page: {sandbox.url}\n(Ctrl-C ends all; nothing is kept.)", flush=True)
            if _has_desktop():
                await asyncio.to_thread(webbrowser.open, sandbox.url)
            await ended.wait()
    return 0


async def _before(ended: asyncio.Event, what: Coroutine[Any, Any, None]) -> bool:
    """Does something, and leaves off when the end comes before it is done: then False."""
    doing, ending = asyncio.create_task(what), asyncio.create_task(ended.wait())
    await asyncio.wait({doing, ending}, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if not doing.done():
        doing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await doing
        return False
    await doing
    return True


@contextlib.asynccontextmanager
async def _staged(sandbox: Sandbox, home: Path) -> AsyncIterator[ServiceBackstage]:
    port, operations_port = free_port(), free_port()
    environ = environment(sandbox.url, port, operations_port, home)
    child = ServiceProcess(environ, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{operations_port}", home)
    stage = ServiceBackstage(child, home / "guestlist.db", sandbox.clock.now)
    sandbox.page.backstage = stage
    try:
        yield stage
    finally:
        await stage.close()


async def _set(stage: ServiceBackstage, sandbox: Sandbox) -> None:
    """The service runs, and what Ada did before the visitor came is done."""
    await stage.start()
    await _set_scene(sandbox)


async def _set_scene(sandbox: Sandbox) -> None:
    """What Ada did before the visitor came, as she would type it."""
    async with Play(sandbox.url) as play:
        scene = Scene(play, Narrator(Console(quiet=True)))
        await scene.seed()
        await scene.talk()
        await scene.connect()
        await scene.create_plan()


def _page_port() -> int:
    """The usual port where it is free, else 0 for any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            return 0
    return PORT


def _has_desktop() -> bool:
    """Whether somebody sits before a screen: a terminal, and a desktop that could open a browser."""
    if not sys.stdout.isatty():
        return False
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
