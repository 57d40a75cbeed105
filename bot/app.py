"""The composition root: opens and closes everything. The only file that imports everything."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import aiohttp
from aiohttp import web

from bot import texts
from bot.clocks import SandboxClock, SteadyClock, SystemClock
from bot.commands.dispatch import Dispatcher
from bot.config import Mode, Settings
from bot.loops import every, workers
from bot.platforms.discord.adapter import DiscordPlatform
from bot.web.metrics import Metrics
from bot.web.server import make_app
from payments.core.model import Platform
from payments.flows import presence, sweep, timers
from payments.flows.engine import Engine, EngineSettings
from payments.limiter import Limiter
from payments.ports.clocks import BusinessClock
from payments.ports.provider import Account, ProviderRefused, ProviderUnavailable
from payments.ports.stores import Store, StoredAccount, StoreUnavailable
from payments.providers.stripe.provider import StripeProvider
from payments.providers.stripe.signature import verifier
from payments.worker import Worker
from storage.store import open_store

log = logging.getLogger(__name__)

CALLS_PER_SECOND = {Mode.LIVE: 80, Mode.TEST: 20, Mode.SANDBOX: 80}
"""Under Stripe's limits (100 and 25 a second), so that the owner's other programs have room."""

DISCORD_CALLS_PER_SECOND = 45
STOP_SECONDS = 8
RETRY_SECONDS_MAX = 30


class StartError(Exception):
    """The service can't start. The message is one line that says what to do."""


class Service:
    """The whole service in one event loop. `start`, then `stop`; each once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.engine: Engine | None = None
        self.url = ""
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self._workers: Mapping[str, Worker] = {}
        self._machine = SteadyClock()
        self._clock: BusinessClock = SystemClock()

    async def start(self) -> None:
        """Open the database, listen, and connect in the background. Raises `StartError`.

        The listener answers from the first moment; webhooks get 503 until Stripe has said whose account this is.
        """
        store = await self._open_store()
        await self._listen()
        if self.settings.mode is Mode.SANDBOX:
            self._clock = await self._sandbox_clock()
        self._spawn("connect", self._connect(store))

    async def stop(self) -> None:
        """Stop taking, finish or release what is held, close everything; within 10 seconds."""
        for worker in self._workers.values():
            worker.stop()
        if self._tasks:
            running = [task for task in self._tasks if task.get_name().startswith("worker")]
            if running:
                await asyncio.wait(running, timeout=STOP_SECONDS)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    async def counts(self) -> dict[str, int]:
        """Work by state, as `/metrics` shows it."""
        assert self.engine is not None
        return await self.engine.store.counts()

    async def clock_caught_up(self, offset_seconds: float) -> None:
        """Wait until business time has followed the sandbox's (bounded)."""
        clock = self._clock
        assert isinstance(clock, SandboxClock)
        async with asyncio.timeout(10):
            while abs(clock.offset_ms - offset_seconds * 1000) > 1:
                await asyncio.sleep(0.01)

    # -- opening -------------------------------------------------------------------------------------
    async def _open_store(self) -> Store:
        try:
            store = await open_store(self.settings.storage.url.get_secret_value())
        except StoreUnavailable as error:
            raise StartError(
                f"storage.url: the database can't be opened ({error}); see that it runs and may be written"
            ) from None
        self._stack.push_async_callback(store.close)
        return store

    async def _listen(self) -> None:
        found = [secret.get_secret_value() for secret in self.settings.stripe.webhook_secrets]
        app = make_app(verifier(found, self._machine.now), lambda: self.engine, self.metrics)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        host, port = self.settings.web.host, self.settings.web.port
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise StartError(
                f"web.port: can't listen on {host}:{port} ({error.strerror}); choose another port"
            ) from None
        self.url = f"http://{host}:{runner.addresses[0][1]}"

    async def _sandbox_clock(self) -> SandboxClock:
        clock = SandboxClock(self.settings.sandbox.url)
        try:
            async with aiohttp.ClientSession() as session:
                await clock.read(session)
        except (aiohttp.ClientError, TimeoutError):
            raise StartError(
                f"sandbox.url: no sandbox answers at {self.settings.sandbox.url}; start it with `guestlist sandbox`"
            ) from None
        self._spawn("sandbox clock", clock.follow())
        return clock

    async def _connect(self, store: Store) -> None:
        """Build the engine once Stripe has answered, then start everything that works on it."""
        provider = self._provider()
        self._stack.push_async_callback(provider.close)
        account = await self._account(provider)
        stored = StoredAccount(account.id, account.livemode, account.currency, None, None, None)
        while True:
            try:
                async with store.transaction() as tx:
                    await tx.accounts.ensure(stored, self._clock.now())
                break
            except StoreUnavailable as error:
                log.error("The database can't be written (%s); trying again.", error)
                await asyncio.sleep(1)
        engine = Engine(
            store=store,
            provider=provider,
            account=account,
            business=self._clock,
            machine=self._machine,
            settings=self._engine_settings(),
            render=texts.render,
            wake=self._wake,
        )
        discord = self._discord(engine)
        self._stack.push_async_callback(discord.close)
        engine.platforms = {Platform.DISCORD: discord}
        self._workers = workers(engine, self.metrics)
        self.engine = engine
        for name, worker in self._workers.items():
            self._spawn(f"worker {name}", worker.run())
        self._spawn("discord", discord.run())
        self._start_loops(engine)
        log.info("Ready: %s mode, account %s.", self.settings.mode, account.id)

    def _start_loops(self, engine: Engine) -> None:
        sweeps = self.settings.sweep
        self._spawn("timers", every(1_000, engine.machine, lambda: timers.tick(engine)))
        self._spawn(
            "event sweep", every(sweeps.events_minutes * 60_000, engine.business, lambda: sweep.read_events(engine))
        )
        self._spawn(
            "comparison",
            every(sweeps.compare_hours * 3_600_000, engine.business, lambda: _compare(engine), at_once=False),
        )

    async def _account(self, provider: StripeProvider) -> Account:
        wait = 1.0
        while True:
            try:
                account = await provider.account()
                break
            except ProviderUnavailable as error:
                log.warning("Stripe can't be reached (%s); trying again in %.0f s.", error, wait)
            except ProviderRefused as error:
                log.error(
                    "Stripe refuses the key (%s); set stripe.secret_key to a valid one. Trying again.", error.code
                )
            await asyncio.sleep(wait)
            wait = min(wait * 2, RETRY_SECONDS_MAX)
        assert account.livemode == (self.settings.mode is Mode.LIVE), "config refuses keys of the other mode"
        return account

    def _provider(self) -> StripeProvider:
        stripe = self.settings.stripe
        assert stripe.secret_key is not None
        rate = stripe.calls_per_second or CALLS_PER_SECOND[self.settings.mode]
        return StripeProvider(
            stripe.secret_key.get_secret_value(),
            api_base=self.settings.stripe_api_base,
            limiter=Limiter(self._machine, per_second=rate, burst=rate),
        )

    def _discord(self, engine: Engine) -> DiscordPlatform:
        token = self.settings.discord.token
        assert token is not None
        return DiscordPlatform(
            engine,
            Dispatcher(),
            token=token.get_secret_value(),
            api_base=self.settings.discord_api_base,
            gateway=self.settings.discord_gateway,
            limiter=Limiter(self._machine, per_second=DISCORD_CALLS_PER_SECOND, burst=DISCORD_CALLS_PER_SECOND),
        )

    def _engine_settings(self) -> EngineSettings:
        settings = self.settings
        return EngineSettings(
            public_url=settings.public_url.rstrip("/"),
            livemode=settings.mode is Mode.LIVE,
            breaker_percent=settings.breaker.percent,
            breaker_members=settings.breaker.members,
            sweep_events_every_ms=settings.sweep.events_minutes * 60_000,
            sweep_compare_every_ms=settings.sweep.compare_hours * 3_600_000,
            invoice_footer=settings.stripe.invoice_footer,
        )

    def _wake(self, queue: str) -> None:
        worker = self._workers.get(queue)
        if worker is not None:
            worker.wake()

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(_say_why)
        self._tasks.append(task)


async def _compare(engine: Engine) -> None:
    """The nightly comparison: with Stripe, and with what everybody really holds on the platforms."""
    await sweep.compare_all(engine)
    await presence.compare_places(engine)


def _say_why(task: asyncio.Task[None]) -> None:
    """A task that ends by a fault is told at once; it would otherwise be missed in silence."""
    if not task.cancelled() and task.exception() is not None:
        log.critical("The task «%s» ended by a fault.", task.get_name(), exc_info=task.exception())


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Service]:
    """A service for the length of a block."""
    service = Service(settings)
    try:
        await service.start()
        yield service
    finally:
        with suppress(asyncio.CancelledError):
            await service.stop()


async def check(settings: Settings) -> list[tuple[bool, str]]:
    """What `guestlist check` says: one line each for database, Stripe and Discord, and whether it is good."""
    lines = [(True, f"configuration: {settings.mode} mode, public address {settings.public_url}")]
    service = Service(settings)
    try:
        lines += await service.check()
    finally:
        await service.stop()
    if settings.telegram.token is not None:
        lines.append((True, "telegram.token: taken, but this version has no Telegram bot"))
    return lines


async def replay(settings: Settings) -> dict[str, int]:
    """What `guestlist replay` does: dead and blocked work becomes open again; the running service takes it up."""
    service = Service(settings)
    try:
        return await service.replay()
    finally:
        await service.stop()
