"""The composition root: opens and closes everything. The only file that imports everything."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import aiohttp
from aiohttp import web

from bot import checks, texts
from bot.clocks import SandboxClock, SteadyClock, SystemClock
from bot.commands.catalog import ACTIONS, COMMANDS
from bot.commands.dispatch import Dispatcher
from bot.config import ConfigError, Mode, Settings
from bot.door import Connection, Door
from bot.keeper import DOOR, Keeper
from bot.loops import Queues, spawn
from bot.platforms.discord.adapter import DiscordPlatform
from bot.platforms.telegram.adapter import TelegramPlatform
from bot.platforms.telegram.client import Webhook
from bot.platforms.telegram.updates import store_one
from bot.web.metrics import Metrics
from bot.web.server import SERVER_LOG, make_app
from bot.web.telegram import TelegramWebhooks
from payments.core.model import Platform
from payments.flows import sweep
from payments.flows.engine import Engine, EngineSettings
from payments.flows.replay import Replayed, replay
from payments.limiter import Limiter
from payments.ports.clocks import BusinessClock
from payments.ports.provider import Account, KeyRefused, ProviderRefused, ProviderUnavailable
from payments.ports.stores import Store, StoredAccount, StoreUnavailable
from payments.providers.stripe.provider import StripeProvider
from payments.providers.stripe.signature import verifier
from payments.worker import Worker
from storage.migrate import SchemaTooNew
from storage.store import SqlStore, open_store

log = logging.getLogger(__name__)

CALLS_PER_SECOND = {Mode.LIVE: 80, Mode.TEST: 20, Mode.SANDBOX: 80}
"""Under Stripe's limits (100 and 25 a second), so that the owner's other programs have room."""

DISCORD_CALLS_PER_SECOND = 45
"""Discord allows a bot 50 in all."""

TELEGRAM_CALLS_PER_SECOND = 30
"""Telegram's own limit of messages; other calls may be more, and are counted alike."""

KEPT_SHARE = 4
"""Of the calls that may be made at once, one in so many is kept for those that a person waits for."""

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
        self._workers: Mapping[str, Worker[Any]] = {}
        self._limiters: dict[str, Limiter] = {}
        self._door: Door | None = None
        self._keeper: Keeper | None = None
        self._machine = SteadyClock()
        self._clock: BusinessClock = SystemClock()

    async def start(self) -> None:
        """Open the database, listen, and connect in the background. Raises `StartError`.

        The listener answers from the first moment; webhooks get 503 until Stripe has said whose account this is.
        """
        store = await self._open_store()
        if self.settings.telegram.token is not None and Platform.TELEGRAM in self.settings.sells_on:
            log.warning("telegram: %s", checks.TELEGRAM_RULE)
        await self._listen()
        if self.settings.mode is Mode.SANDBOX:
            self._clock = await self._join_sandbox()
        self._spawn("connect", self._connect(store))

    async def stop(self) -> None:
        """Stop taking, finish or release what is held, close everything; within 10 seconds."""
        for worker in self._workers.values():
            worker.stop()
        finishing = [task for task in self._tasks if task.get_name().startswith("worker")]
        for task in self._tasks:
            if task not in finishing:
                task.cancel()
        if self._keeper is not None:
            await self._keeper.end()
        if finishing:
            await asyncio.wait(finishing, timeout=STOP_SECONDS)
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
            await clock.caught_up(round(offset_seconds * 1000))

    async def check(self) -> list[tuple[bool, str]]:
        """Database, Stripe and the platforms, asked once: whether each is good, and what to do where it is not."""
        lines = []
        try:
            store = await self._open_store()
            good = await store.healthy()
            lines.append((good, "database" if good else "database: can't be written; see storage.url and its disk"))
        except StartError as error:
            lines.append((False, f"database: {error}"))
        provider = self._provider()
        self._stack.push_async_callback(provider.close)
        lines += await checks.stripe(provider)
        lines += await checks.discord(self.settings)
        return lines + await checks.telegram(self.settings)

    async def replay(self) -> Replayed:
        """Dead and blocked work becomes open again; the running service takes it up. Raises `StartError`."""
        store = await self._open_store()
        provider = self._provider()
        self._stack.push_async_callback(provider.close)
        try:
            account = await provider.account()
            return await replay(self._engine(store, provider, account))
        except (ProviderUnavailable, ProviderRefused, StoreUnavailable) as error:
            raise StartError(f"replay: {error}; run `guestlist check`") from None

    # -- opening -------------------------------------------------------------------------------------
    async def _open_store(self) -> SqlStore:
        try:
            store = await self._store(self.settings.storage.url.get_secret_value())
        except StoreUnavailable as error:
            raise StartError(
                f"storage.url: the database can't be opened ({error}); see that it runs and may be written"
            ) from None
        except SchemaTooNew as error:
            raise StartError(f"storage.url: {error}") from None
        except ValueError as error:
            raise ConfigError(f"storage.url: {error}") from None
        self._stack.push_async_callback(store.close)
        await self._refuse_other_mode(store)
        return store

    async def _store(self, url: str) -> SqlStore:
        return await open_store(url)

    async def _refuse_other_mode(self, store: Store) -> None:
        """Test and live never mix: what was sold in the one, Stripe does not know in the other (invariant 11)."""
        live = self.settings.mode is Mode.LIVE
        try:
            async with store.transaction() as tx:
                mixed = any(account.livemode is not live for account in await tx.accounts.all())
        except StoreUnavailable as error:
            raise StartError(f"storage.url: the database can't be read ({error}); see that it runs") from None
        if mixed:
            theirs = "test" if live else "live"
            raise StartError(
                f"storage.url: this database was begun in {theirs} mode, and Stripe knows its plans and members only "
                f"there; name another, empty database for {self.settings.mode} mode"
            )

    async def _listen(self) -> None:
        found = [secret.get_secret_value() for secret in self.settings.stripe.webhook_secrets]
        # Stripe signs by the time of day, which the machine's clock leaves when the machine sleeps.
        hook = self._telegram_webhook()
        telegram = None
        if hook is not None:
            telegram = TelegramWebhooks(hook.secret, lambda: self.engine, self.metrics, store_one)
        verify = verifier(found, SystemClock().now)
        sandbox = self.settings.sandbox.url if self.settings.mode is Mode.SANDBOX else None
        app = make_app(verify, lambda: self.engine, self.metrics, telegram, sandbox=sandbox)
        runner = web.AppRunner(app, access_log=None, logger=SERVER_LOG, shutdown_timeout=2.0)
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

    async def _join_sandbox(self) -> SandboxClock:
        """Follow the sandbox's clock, and have its webhooks sent to our listener: there is no dashboard to do it in."""
        clock = SandboxClock(self.settings.sandbox.url)
        secrets = [secret.get_secret_value() for secret in self.settings.stripe.webhook_secrets]
        endpoint = {"url": f"{self.url}/webhooks/stripe", "secret": secrets[0]}
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
                await clock.read(session)
                async with session.post(f"{self.settings.sandbox.url}/sandbox/webhooks", json=endpoint) as answer:
                    answer.raise_for_status()
        except (aiohttp.ClientError, TimeoutError):
            raise StartError(
                f"sandbox.url: no sandbox answers at {self.settings.sandbox.url}; start it with `guestlist sandbox`"
            ) from None
        self._spawn("sandbox clock", clock.follow())
        return clock

    async def _connect(self, store: SqlStore) -> None:
        """Build the engine once Stripe has answered; then work on it, and keep the door or wait for it."""
        provider = self._provider()
        self._stack.push_async_callback(provider.close)
        account = await self._account(provider)
        engine = self._engine(store, provider, account)
        queues = Queues(engine, self.metrics)
        door = self._door = Door(engine, queues, lambda: self._platforms(engine), self.settings.sweep)
        keeper = self._keeper = Keeper(engine, door)
        engine.delivering = keeper.holds
        while True:
            try:
                await store.take_over()
                await self._know(store, account)
                await keeper.begin()
                break
            except StoreUnavailable as error:
                log.error("The database can't be written (%s); trying again.", error)
                await asyncio.sleep(1)
        self._workers = queues.settling()
        self.engine = engine
        for name, worker in self._workers.items():
            self._spawn(f"worker {name}", worker.run())
        self._spawn("keeper", keeper.run())
        self._spawn("bell", store.listen(self._heard))
        log.info("Connected: %s mode, account %s.", self.settings.mode, account.id)

    def _platforms(self, engine: Engine) -> Collection[Connection]:
        """The chat platforms, for one opening of the door; each new platform is one line here."""
        settings = self.settings
        found: list[Connection] = [] if settings.discord.token is None else [self._discord(engine)]
        return found if settings.telegram.token is None else [*found, self._telegram(engine)]

    async def _know(self, store: Store, account: Account) -> None:
        """The account is known from now on at the latest."""
        now = self._clock.now()
        fresh = StoredAccount(account.id, account.livemode, account.currency, None, sweep.first_cursor(now), None)
        async with store.transaction() as tx:
            await tx.accounts.ensure(fresh, now)

    def _engine(self, store: Store, provider: StripeProvider, account: Account) -> Engine:
        return Engine(
            store=store,
            provider=provider,
            account=account,
            business=self._clock,
            machine=self._machine,
            settings=self._engine_settings(),
            render=texts.render,
            wake=self._wake,
        )

    async def _account(self, provider: StripeProvider) -> Account:
        wait = 1.0
        while True:
            try:
                account = await provider.account()
                break
            except KeyRefused as error:
                log.error("Stripe: %s. Trying again in %.0f s.", checks.key_words(error), wait)
            except ProviderUnavailable as error:
                log.warning("Stripe can't be reached (%s); trying again in %.0f s.", error, wait)
            except ProviderRefused as error:
                log.error("Stripe refuses to say whose key this is (%s). Trying again.", error)
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
            limiter=self._limiter("stripe", rate),
        )

    def _discord(self, engine: Engine) -> DiscordPlatform:
        token = self.settings.discord.token
        assert token is not None
        return DiscordPlatform(
            engine=lambda: engine,
            dispatcher=Dispatcher(),
            commands=COMMANDS,
            actions=ACTIONS,
            token=token.get_secret_value(),
            api_base=self.settings.discord_api_base,
            gateway=self.settings.discord_gateway,
            limiter=self._limiter("discord", DISCORD_CALLS_PER_SECOND),
        )

    def _telegram(self, engine: Engine) -> TelegramPlatform:
        settings, token = self.settings, self.settings.telegram.token
        assert token is not None
        return TelegramPlatform(
            engine=lambda: engine,
            dispatcher=Dispatcher(),
            commands=COMMANDS,
            token=token.get_secret_value(),
            machine=self._machine,
            limiter=self._limiter("telegram", TELEGRAM_CALLS_PER_SECOND),
            api_base=settings.telegram_api_base,
            webhook=self._telegram_webhook(),
        )

    def _telegram_webhook(self) -> Webhook | None:
        secret = self.settings.telegram.webhook_secret
        if not self.settings.telegram.webhook or secret is None:
            return None
        return Webhook(f"{self.settings.public_url.rstrip('/')}/webhooks/telegram", secret.get_secret_value())

    def _limiter(self, service: str, per_second: int) -> Limiter:
        """The one limiter of a service: a fresh connection to it has the same limits as the last one."""
        if service not in self._limiters:
            kept = per_second // KEPT_SHARE
            self._limiters[service] = Limiter(self._machine, per_second=per_second, burst=per_second, kept=kept)
            self.metrics.limiters[service] = self._limiters[service].counts
        return self._limiters[service]

    def _engine_settings(self) -> EngineSettings:
        settings = self.settings
        return EngineSettings(
            public_url=settings.public_url.rstrip("/"),
            livemode=settings.mode is Mode.LIVE,
            breaker_percent=settings.breaker.percent,
            breaker_members=settings.breaker.members,
            invoice_footer=settings.stripe.invoice_footer,
            sells_on=settings.sells_on,
        )

    def _wake(self, queue: str) -> None:
        """There may be work: here, and in other processes."""
        self._heard(queue)
        if self.engine is not None:
            self.engine.store.ring(queue)

    def _heard(self, queue: str) -> None:
        """There may be work here, or the door was given back."""
        if queue == DOOR and self._keeper is not None:
            self._keeper.rung()
        for workers in (self._workers, {} if self._door is None else self._door.workers):
            for name, worker in workers.items():
                if name.partition(" ")[0] == queue:
                    worker.wake()

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(spawn(name, work))


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
    """What `guestlist check` says, line by line, and whether each is good."""
    lines = [(True, f"configuration: {settings.mode} mode, public address {settings.public_url}")]
    service = Service(settings)
    try:
        lines += await service.check()
    finally:
        await service.stop()
    return lines


async def replay_dead(settings: Settings) -> Replayed:
    """What `guestlist replay` does. Raises `StartError`."""
    service = Service(settings)
    try:
        return await service.replay()
    finally:
        await service.stop()
