"""A sandbox, a service that may die at any moment, and a supervisor that starts it again; and the people before it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from bot.app.owner_commands import new_claim
from bot.config import SANDBOX_KEY, load
from sandbox import scene
from sandbox.play import NotTaken, Play, Received, free_port
from sandbox.server import Sandbox
from tests.crash.bomb import Place
from tests.crash.forks import ARM, DISARM, LOOK, Forks, Order, Running
from tests.crash.ledger import BUSY, Reader, counted, reading
from tests.e2e.world import GUILD, SECRET, SEED, answered

T = TypeVar("T")

UNLIMITED = {"rate_limits": {name: {"requests": 1_000, "seconds": 1} for name in ("overall", "chat", "group")}}

LOOK_SECONDS = 0.03
PATIENCE_SECONDS = 120.0
HASTE_SECONDS = 0.2
"""So often what waits for its time is given it, so that nobody waits for a minute to pass."""

TYPED_MAX = 4
"""How often a person types a command to which there was no answer."""


class Harmed(AssertionError):
    """Something is not as it must be."""


@dataclass(slots=True)
class Death:
    """A bomb that went off: in which chapter, at which call."""

    chapter: str
    call: str


@dataclass(slots=True)
class Stage:
    """One run: `place` is where the bomb goes off in each chapter (`only`: in that chapter alone)."""

    sandbox: Sandbox
    play: Play
    forks: Forks
    reader: Reader
    environ: dict[str, str]
    log: Path
    place: Place
    only: str | None
    service: Running
    chapter: str
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each chapter took."""

    _began: float = field(default_factory=time.monotonic)
    deaths: list[Death] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    """How many port calls there were in each chapter in which nothing died."""

    # -- the process ---------------------------------------------------------------------------------
    async def begin(self, chapter: str) -> None:
        """From now on calls count."""
        while True:
            service = self.service
            service.armed.clear()
            service.signal(ARM if self.only in (None, chapter) else DISARM)
            await _first(service.armed, service.ended)
            if not service.ended.is_set():
                break
            await self.revive()  # the last chapter's bomb went off in this moment
        if self.chapter not in {death.chapter for death in self.deaths}:
            self.calls[self.chapter] = service.calls
        self.seconds[self.chapter] = time.monotonic() - self._began
        self._began = time.monotonic()
        self.chapter = chapter

    async def revive(self) -> None:
        """The process died: note it, and start it again, without a bomb, when a minute has passed: no lease is left."""
        service = self.service
        await service.ended.wait()
        if not service.bomb:
            raise Harmed(f"the service ended by itself ({service.code})")
        self.deaths.append(Death(self.chapter, service.bomb))
        await self.reader.end_leases()
        self.service = await self.forks.start(Order(self.environ, str(self.log), self.place))
        await self.ready()

    async def ready(self) -> None:
        """Wait until the service can be used; if it dies on the way it is started again."""
        service = self.service
        await _first(service.ready, service.ended)
        if service.ended.is_set():
            await self.revive()

    async def hasten(self) -> None:
        """What waits for its time, because it was tried in vain or a person may still wait for it, is due."""
        await self.reader.end_waits()
        self.service.signal(LOOK)

    # -- people --------------------------------------------------------------------------------------
    async def typed(self, act: Callable[[], Awaitable[T]]) -> T:
        """What a person gets for a command or a press; when the process dies under it they do it again."""
        for _ in range(TYPED_MAX):
            acting, died = asyncio.ensure_future(act()), asyncio.create_task(self.service.ended.wait())
            try:
                await asyncio.wait({acting, died}, return_when=asyncio.FIRST_COMPLETED)
                if acting.done() and not (self.service.ended.is_set() and acting.exception() is not None):
                    return acting.result()
            finally:
                acting.cancel()
                died.cancel()
                await asyncio.gather(acting, died, return_exceptions=True)
            await self.revive()
        raise Harmed(f"no answer after {TYPED_MAX} tries")

    async def says(self, user: str, command: str, /, **options: object) -> Received:
        """A slash command and its answer."""
        return await self.typed(lambda: self._answered(self.play.command(GUILD, user, command, **options)))

    async def clicks(self, user: str, heard: Received, label: str) -> Received:
        """A press on a button and its answer."""
        return await self.typed(lambda: self._answered(self.play.click(GUILD, user, heard, label)))

    async def _answered(self, saying: Awaitable[Received]) -> Received:
        heard = await saying
        if not heard.text and heard.modal is None:
            raise NotTaken("no answer")
        return await answered(self.play, heard)

    async def claim_code(self) -> str:
        """What `guestlist claim` prints, beside the service."""
        return await new_claim(load(None, self.environ, None))

    async def owner(self, method: str, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        """The owner does something in Stripe's dashboard."""
        headers = {"Authorization": f"Bearer {SANDBOX_KEY}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{self.sandbox.url}/v1/{path}", data=form) as answer,
        ):
            body: dict[str, Any] = await answer.json()
            assert answer.status == 200, body
            return body

    # -- what is so ----------------------------------------------------------------------------------
    async def until(self, what: str, so: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something is so, starting the service again whenever it died. Raises `Harmed`."""
        until = time.monotonic() + PATIENCE_SECONDS
        haste = time.monotonic() + HASTE_SECONDS
        while True:
            if self.service.ended.is_set():
                await self.revive()
                until = time.monotonic() + PATIENCE_SECONDS
            if await so():
                return
            if time.monotonic() > haste:
                await self.hasten()
                haste = time.monotonic() + HASTE_SECONDS
            if time.monotonic() > until:
                raise Harmed(f"it never came about that {what}")
            await asyncio.sleep(LOOK_SECONDS)

    async def quiet(self) -> None:
        """Everything that was to be done is done: every event of Stripe's is stored, and no work is left."""
        left: list[str] = []

        async def nothing_left() -> bool:
            await self.sandbox.stripe.deliveries.settled()
            stored = {row[0] for row in await self.reader.rows("SELECT id FROM event")}
            missing = self.sandbox.stripe.objects.by_kind["event"].keys() - stored
            left[:] = [*(f"event {event} not stored" for event in missing), *await counted(self.reader, BUSY)]
            if self.sandbox.telegram.updates.pending:
                left.append(f"{self.sandbox.telegram.updates.pending} updates of Telegram not stored")
            return not left

        try:
            await self.until("all work is done", nothing_left)
        except Harmed as harmed:
            raise Harmed(f"{harmed}: {left}") from None

    async def advance(self, by: str) -> None:
        """Time passes. Afterwards the comparison of the night has been made, where a day passed."""
        await self.play.advance(by)
        due = round(self.sandbox.clock.now() * 1000) - 24 * 3_600_000  # it may have been made on the way

        async def compared() -> bool:
            rows = await self.reader.rows("SELECT compared_at FROM stripe_account")
            return bool(rows) and (rows[0][0] or 0) >= due

        await self.until("everything was compared", compared)


async def _first(*events: asyncio.Event) -> None:
    """Wait until one of these came about."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


@asynccontextmanager
async def stage(forks: Forks, folder: Path, url: str, place: Place, only: str | None = None) -> AsyncIterator[Stage]:
    """A fresh sandbox, an empty database at `url`, and a service that has just begun to start."""
    log = folder / "service.log"
    async with Sandbox.running() as sandbox, Play(sandbox.url) as play:
        await play.post("seed", {"discord": SEED["discord"], "telegram": scene.SEED["telegram"] | UNLIMITED})
        port = free_port()
        environ = {
            "GUESTLIST_SANDBOX__URL": sandbox.url,
            "GUESTLIST_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "GUESTLIST_WEB__PORT": str(port),
            "GUESTLIST_WEB__OPERATIONS_PORT": "0",
            "DATABASE_URL": url,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "GUESTLIST_DISCORD__SERVERS": GUILD,
            "GUESTLIST_TELEGRAM__CHATS": str(scene.CHAT),
        }
        armed = only in (None, "start")
        service = await forks.start(Order(environ, str(log), place, armed))
        try:
            async with reading(url) as reader:
                yield Stage(sandbox, play, forks, reader, environ, log, place, only, service, chapter="start")
        finally:
            running = forks.now
            if running is not None:
                await forks.kill(running)
