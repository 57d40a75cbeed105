"""Services as child processes that start at once: a parent that has imported everything forks one for each start.

The parent is a process of its own without a loop or a thread; it starts, and waits for, one child at a time. What the
child has to say (ready, armed, about to die) comes as lines through the same pipe.
"""

import asyncio
import ctypes
import gc
import importlib
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Self, cast

from bot.app.service import Service
from bot.config import FIRST_ACCOUNT, Settings, load
from bot.platforms.discord.adapter import DiscordPlatform
from bot.platforms.telegram.adapter import TelegramPlatform
from payments.flows.runtime.context import AppContext
from payments.flows.settlement import timers
from payments.ports.chat import ChatPlatform
from payments.ports.providers import (
    CatalogSync,
    Checkouts,
    Customers,
    EventSource,
    Invoicing,
    Lookup,
    Portal,
    SubscriptionActions,
)
from payments.providers.stripe.provider import StripeProvider
from sandbox.play import eventually
from storage.database import Database
from storage.open import open_database
from storage.store import SqlStore, store_on
from tests.conftest import trust_nobody
from tests.crash.bomb import NEVER, Bomb, MinedDatabase, MinedPort, Place, When

ROOT = Path(__file__).parents[2]
ARM, DISARM, LOOK = signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP
"""Count calls from 1 and die at one of them; count and don't die; look for work now, as is done each second anyway."""

HASTE = 20

LATE = (
    "aiosqlite",
    "anyio._backends._asyncio",
    "h11",
    "httpcore",
    "storage.engines.postgres",
    "storage.engines.sqlite",
    "stripe._account_service",
    "stripe._charge_service",
    "stripe._checkout_service",
    "stripe._customer_service",
    "stripe._dispute_service",
    "stripe._event_service",
    "stripe._invoice_service",
    "stripe._invoice_item_service",
    "stripe._multipart_data_generator",
    "stripe._oauth",
    "stripe._object_classes",
    "stripe._price_service",
    "stripe._product_service",
    "stripe._refund_service",
    "stripe._subscription_service",
    "stripe._v2_services",
    "stripe._webhook",
    "stripe.checkout._session_service",
)
"""What the service imports only when it needs it: each child would import it again."""

QUEUES = ("customers", "effects", "events", "notices", "requests", "updates")

PR_SET_PDEATHSIG = 1  # of Linux, sys/prctl.h

PORTS: Mapping[str, type[object]] = {
    "checkouts": Checkouts,
    "events": EventSource,
    "customers": Customers,
    "catalog": CatalogSync,
    "subscriptions": SubscriptionActions,
    "invoicing": Invoicing,
    "portal": Portal,
    "lookup": Lookup,
}

START_SECONDS = 120.0
READY_LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Order:
    """How a service is to be started. `armed`: its calls count from the first one on."""

    environ: Mapping[str, str]
    log: str
    place: Place = NEVER
    armed: bool = False


def hurry(platform: TelegramPlatform) -> None:
    """For the pace of messages alone: one a second to a chat would make up most of the story's time."""
    platform._pace._chat_ms //= HASTE
    platform._pace._group_ms //= HASTE


class MinedService(Service):
    """The service, its ports mined."""

    def __init__(self, settings: Settings, bomb: Bomb) -> None:
        super().__init__(settings)
        self._bomb = bomb

    async def _store(self, url: str) -> SqlStore:
        return await store_on(cast("Database", MinedDatabase(await open_database(url), self._bomb)))

    def _provider(self, name: str = FIRST_ACCOUNT) -> StripeProvider:
        """Each call of each port is one."""
        provider = super()._provider(name)
        for port, kind in PORTS.items():
            calls = {call for call in vars(kind) if not call.startswith("_")} - {"decode"}
            setattr(provider, port, MinedPort("stripe", getattr(provider, port), calls, self._bomb))
        return cast("StripeProvider", MinedPort("stripe", provider, {"account", "snapshot"}, self._bomb))

    def _discord(self, app: AppContext) -> DiscordPlatform:
        calls = {name for name in vars(ChatPlatform) if not name.startswith("_")} - {"platform", "ready", "turn"}
        return cast("DiscordPlatform", MinedPort("discord", super()._discord(app), calls, self._bomb))

    def _telegram(self, app: AppContext) -> TelegramPlatform:
        """Each call of the Bot API is one: what the port does in several, such as a kick, is not whole in between."""
        platform = super()._telegram(app)
        hurry(platform)
        pace = platform._pace
        through = pace.process_request

        async def counted(*, endpoint: str, **call: Any) -> Any:
            number = self._bomb.before(f"telegram.{endpoint}")
            answer = await through(endpoint=endpoint, **call)
            self._bomb.after(number, f"telegram.{endpoint}")
            return answer

        vars(pace)["process_request"] = counted
        return platform

    async def connected(self) -> None:
        """Wait until it could be used."""
        assert await eventually(self._usable, seconds=START_SECONDS, every=READY_LOOK_SECONDS)

    async def look(self) -> None:
        """What would be done within a second, done now: see whose time has come, and what waits to be done."""
        if self.app is not None:
            await timers.tick(self.app)
            for queue in QUEUES:
                self.app.wake(queue)

    async def _usable(self) -> bool:
        platforms = {} if self.app is None else self.app.platforms
        return bool(platforms) and all(platform.ready for platform in platforms.values())


# -- in the child, and its parent ------------------------------------------------------------------------------------


def tell(line: str) -> None:
    """A line to the supervisor, whole, since it is short."""
    os.write(1, (line + "\n").encode())


async def _serve(order: Order) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    bomb = Bomb(order.place, tell)
    service = MinedService(load(None, order.environ, None), bomb)
    looking: set[asyncio.Task[None]] = set()

    def count_anew(arm: bool) -> None:
        tell(f"armed {bomb.disarm()}")
        if arm:
            bomb.arm()

    def look() -> None:
        task = asyncio.create_task(service.look())
        looking.add(task)
        task.add_done_callback(looking.discard)

    loop.add_signal_handler(signal.SIGTERM, ended.set)
    loop.add_signal_handler(ARM, count_anew, True)
    loop.add_signal_handler(DISARM, count_anew, False)
    loop.add_signal_handler(LOOK, look)
    if order.armed:
        bomb.arm()
    try:
        await service.start()
        await service.connected()
        tell("ready")
        await ended.wait()
    finally:
        await service.stop()


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """Let this process get a signal when the one that started it ends: none is left over, however a test ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def _child(order: Order) -> NoReturn:
    code = 1
    try:
        die_with_parent()
        with open(order.log, "ab", buffering=0) as log:
            os.dup2(log.fileno(), 2)
        logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
        for name in ("discord", "stripe", "aiohttp", "asyncio"):
            logging.getLogger(name).setLevel(logging.WARNING)
        asyncio.run(_serve(order))
        code = 0
    except BaseException:
        logging.exception("The service ended by a fault.")
    finally:
        os._exit(code)


def parent() -> None:
    """Read orders, fork, wait; until the supervisor closes the pipe."""
    die_with_parent()
    for name in LATE:
        importlib.import_module(name)
    trust_nobody()  # to read the authorities takes a third of a start
    gc.freeze()
    tell("up")
    for line in sys.stdin:
        found = json.loads(line)
        place = found["place"]
        order = Order(**{**found, "place": Place(**{**place, "when": When(place["when"])})})
        pid = os.fork()
        if pid == 0:
            _child(order)
        tell(f"began {pid}")
        _, status = os.waitpid(pid, 0)
        tell(f"ended {os.waitstatus_to_exitcode(status)}")


# -- in the supervisor -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Running:
    """A started service."""

    pid: int = 0
    began: asyncio.Event = field(default_factory=asyncio.Event)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    armed: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    calls: int = 0
    code: int | None = None
    bomb: str = ""
    """What it was about to do, or had just done, when its bomb went off."""

    def signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if not self.ended.is_set():
            with suppress(ProcessLookupError):  # it died just now, and we are yet to hear of it
                os.kill(self.pid, number)


class Forks:
    """The supervisor's hold on the parent: one service at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.now: Running | None = None
        self._up = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[Self]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from tests.crash.forks import parent; parent()",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        forks = cls(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                await forks._up.wait()
            yield forks
        finally:
            await forks.close()

    async def close(self) -> None:
        """End the service and the parent."""
        if self.now is not None:
            await self.kill(self.now)
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._reader
        await self._process.wait()

    async def start(self, order: Order) -> Running:
        """Start a service; answers when it has a process, not yet ready."""
        assert self.now is None or self.now.ended.is_set(), "one at a time"
        assert self._process.stdin is not None
        now = self.now = Running()
        self._process.stdin.write((json.dumps(asdict(order)) + "\n").encode())
        async with asyncio.timeout(START_SECONDS):
            await now.began.wait()
        return now

    async def kill(self, service: Running) -> None:
        """End it, if it has not ended."""
        service.signal(signal.SIGKILL)
        async with asyncio.timeout(START_SECONDS):
            await service.ended.wait()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := (await self._process.stdout.readline()).decode().rstrip("\n"):
            word, _, rest = line.partition(" ")
            self._take(word, rest)
        if self.now is not None:
            self.now.ended.set()

    def _take(self, word: str, rest: str) -> None:
        now: Any = self.now
        match word:
            case "up":
                self._up.set()
            case "began":
                now.pid = int(rest)
                now.began.set()
            case "ready":
                now.ready.set()
            case "armed":
                now.calls = int(rest)
                now.armed.set()
            case "bomb":
                now.bomb = rest
            case "ended":
                now.code = int(rest)
                now.ended.set()
            case _:
                raise AssertionError(f"a line that nobody knows: {word} {rest}")
