"""The composition root: opens the store, the listeners and the adapters, and closes everything in order."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any

import aiohttp
from aiohttp.web import Application

from bot import texts
from bot.app import doctor
from bot.app.adapters import Adapters
from bot.app.clocks import SandboxClock, SystemClock
from bot.app.leader import DOOR, LeaderLease
from bot.app.platform_host import Connection, PlatformHost
from bot.app.scheduler import every, spawn
from bot.app.workers import Queues
from bot.commands import naming
from bot.commands.catalog import ACTIONS, COMMANDS
from bot.config import FIRST_ACCOUNT, ConfigError, Mode, Settings, StartError
from bot.platforms.telegram.inbox import Inbox
from bot.platforms.telegram.updates import store_one
from bot.web.limits import DESCRIPTORS_WANTED, OPERATIONS, Limits, descriptors_max, public_limits
from bot.web.listener import Listener
from bot.web.operations import make_operations
from bot.web.server import make_app
from bot.web.telegram import TelegramWebhooks
from payments.core.community import Platform
from payments.core.ids import AccountId
from payments.flows.runtime.context import AppContext, AppSettings, PaymentAccount, new_id
from payments.flows.runtime.worker import Worker
from payments.flows.settlement import reconcile
from payments.ports.clocks import BusinessClock
from payments.ports.providers import KeyRefused, ProviderRefused, ProviderUnavailable
from payments.ports.stores import Store, StoredAccount, StoreUnavailable
from payments.providers.stripe.signature import verifier
from storage.database import DatabaseRefused
from storage.files.lock import Lock
from storage.hold import hold
from storage.migrate import SchemaTooNew
from storage.store import SqlStore, open_store

log = logging.getLogger(__name__)


CHECKPOINT_MS = 60_000
"""So old, at most, is the main file of a SQLite database that is copied as a file; see docs/backup.md."""

STOP_SECONDS = 8
SWAPPED = (
    "stripe.secret_key: its key is of account %s, but this database sells at %s, so nothing is served. "
    "Put that key back; a new account is added beside it, as [stripe.accounts.NAME] (docs/accounts.md)."
)
RETRY_SECONDS_MAX = 30


class Service(Adapters):
    """The whole service in one event loop. `start`, then `stop`; each once."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.app: AppContext | None = None
        self.url = self.operations_url = ""
        self.listeners: list[Listener] = []
        self.limits = public_limits(descriptors_max())
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self._workers: Mapping[str, Worker[Any]] = {}
        self._door: PlatformHost | None = None
        self._keeper: LeaderLease | None = None
        self._clock: BusinessClock = SystemClock()

    async def start(self) -> None:
        """Open the database, listen, and connect in the background. Raises `StartError`.

        The listener answers from the first moment; webhooks get 503 until Stripe has said whose account this is.
        """
        if refused := naming.problems(COMMANDS, ACTIONS):
            raise StartError(f"{refused[0]} (in bot/commands, {len(refused)} to change)")
        lock = self._hold()
        store = await self._open_store()
        if lock is not None:
            self._spawn("checkpoints", every(CHECKPOINT_MS, self._machine, lambda: store.checkpoint(lock)))
        if self.settings.telegram.token is not None and Platform.TELEGRAM in self.settings.sells_on:
            log.warning("telegram: %s", doctor.TELEGRAM_RULE)
        if descriptors_max() < DESCRIPTORS_WANTED:
            log.warning(
                "This process may open %d files at once, and needs %d to keep room for all; raise LimitNOFILE.",
                descriptors_max(),
                DESCRIPTORS_WANTED,
            )
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
        assert self.app is not None
        return await self.app.store.counts()

    async def clock_caught_up(self, offset_seconds: float) -> None:
        """Wait until business time has followed the sandbox's (bounded)."""
        clock = self._clock
        assert isinstance(clock, SandboxClock)
        async with asyncio.timeout(10):
            await clock.caught_up(round(offset_seconds * 1000))

    # -- opening -------------------------------------------------------------------------------------
    def _hold(self) -> Lock | None:
        """The database is this process's alone, where only one may run on it."""
        try:
            lock = hold(self.settings.storage.url.get_secret_value())
        except DatabaseRefused as error:
            raise StartError(f"storage.url: {error}") from None
        except ValueError as error:
            raise ConfigError(f"storage.url: {error}") from None
        if lock is not None:
            self._stack.callback(lock.release)
        return lock

    async def _open_store(self, opened: Callable[[str], Awaitable[SqlStore]] | None = None) -> SqlStore:
        """As the service does, or as `opened` does."""
        try:
            store = await (opened or self._store)(self.settings.storage.url.get_secret_value())
        except StoreUnavailable as error:
            raise StartError(
                f"storage.url: the database can't be opened ({error}); check that it runs and can be written to"
            ) from None
        except (SchemaTooNew, DatabaseRefused) as error:
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
                mixed = any(account.livemode is not live for account in await tx.provider_accounts.all())
        except StoreUnavailable as error:
            raise StartError(f"storage.url: the database can't be read ({error}); check that it runs") from None
        if mixed:
            theirs = "test" if live else "live"
            raise StartError(
                f"storage.url: this database was created in {theirs} mode, and Stripe knows its plans and members only "
                f"there; use another, empty database for {self.settings.mode} mode"
            )

    async def _listen(self) -> None:
        accounts = self.settings.stripe.by_name.items()
        found = {name: [one.get_secret_value() for one in account.webhook_secrets] for name, account in accounts}
        # Stripe signs by the time of day, which the machine's clock leaves when the machine sleeps.
        hook = self._telegram_webhook()
        telegram = None
        if hook is not None:
            store = partial(store_one, inbox=Inbox())
            telegram = TelegramWebhooks(hook.secret, lambda: self.app, self.metrics, store)
        verify = verifier(found, SystemClock().now)
        sandbox = self.settings.sandbox.url if self.settings.mode is Mode.SANDBOX else None
        web = self.settings.web
        application = make_app(verify, lambda: self.app, self.metrics, telegram, sandbox=sandbox)
        self.url = await self._listen_at("web.port", application, self.limits, web.host, web.port)
        operations = make_operations(lambda: self.app, self.metrics)
        self.operations_url = await self._listen_at(
            "web.operations_port", operations, OPERATIONS, web.operations_host, web.operations_at
        )
        log.info("Listening at %s, and at %s for /readyz and /metrics.", self.url, self.operations_url)

    async def _listen_at(self, key: str, application: Application, limits: Limits, host: str, port: int) -> str:
        """The address at which the application listens from now on. Raises `StartError`."""
        listener = Listener(application, limits, self.metrics.connection_ended)
        try:
            bound = await listener.start(host, port)
        except OSError as error:
            why = error.strerror if error.errno is None else os.strerror(error.errno)
            raise StartError(f"{key}: can't listen on {host}:{port} ({why}); choose another port") from None
        self.listeners.append(listener)
        self._stack.push_async_callback(listener.stop)
        return f"http://{f'[{host}]' if ':' in host else host}:{bound}"

    async def _join_sandbox(self) -> SandboxClock:
        """Follow the sandbox's clock, and have its webhooks sent to our listener: there is no dashboard to do it in."""
        clock = SandboxClock(self.settings.sandbox.url)
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
                await clock.read(session)
                for endpoint in self._endpoints():
                    async with session.post(f"{self.settings.sandbox.url}/sandbox/webhooks", json=endpoint) as answer:
                        answer.raise_for_status()
        except (aiohttp.ClientError, TimeoutError):
            raise StartError(
                f"sandbox.url: no sandbox answers at {self.settings.sandbox.url}; start it with `guestlist sandbox`"
            ) from None
        self._spawn("sandbox clock", clock.follow())
        return clock

    def _endpoints(self) -> list[dict[str, str]]:
        """Where each account's events go."""
        return [
            {"url": f"{self.url}/webhooks/stripe", "secret": account.webhook_secrets[0].get_secret_value()}
            | ({} if name == FIRST_ACCOUNT else {"url": f"{self.url}/webhooks/stripe/{name}", "account": name})
            for name, account in self.settings.stripe.by_name.items()
        ]

    async def _connect(self, store: SqlStore) -> None:
        """Build the app once Stripe has answered; then work on it, and hold the door or wait for it.

        That is the first account. The others join when they answer: one whose key was rolled stops nobody else.
        """
        accounts: dict[AccountId, PaymentAccount] = {}
        first = await self._account(FIRST_ACCOUNT)
        accounts[first.id] = first
        await self._refuse_swapped(store, first)
        app = self._app(store, accounts, await self._installation(store))
        queues = Queues(app, self.metrics)
        door = self._door = PlatformHost(app, queues, lambda: self._platforms(app), self.settings.sweep)
        keeper = self._keeper = LeaderLease(app, door)
        app.delivering = keeper.holds
        while True:
            try:
                await store.take_over()
                await self._know(store, first)
                async with store.transaction() as tx:
                    places = self.settings.named_places | set(await tx.communities.all_served())
                await keeper.begin()
                break
            except StoreUnavailable as error:
                log.error("The database can't be written (%s); trying again.", error)
                await asyncio.sleep(1)
        self._workers = queues.settling()
        self.app = app
        for name, worker in self._workers.items():
            self._spawn(f"worker {name}", worker.run())
        self._spawn("keeper", keeper.run())
        self._spawn("bell", store.subscribe(self._heard))
        for _, line in doctor.test_clocks(self.settings):
            log.warning("%s.", line)
        log.info("Connected: %s mode, account %s. Places served: %d.", self.settings.mode, first.id, len(places))
        for name in self.settings.stripe.accounts:
            self._spawn(f"account {name}", self._join(name, store, accounts))

    async def _refuse_swapped(self, store: Store, account: PaymentAccount) -> None:
        """Serve nothing while the only key is one of another account than all that was sold: nobody's end would come,
        and nothing could be cancelled. Several accounts are configured side by side, not swapped."""
        while not self.settings.stripe.accounts:
            try:
                async with store.transaction() as tx:
                    sold_at = await tx.provider_accounts.sold_at()
            except StoreUnavailable as error:
                log.error("The database can't be read (%s); trying again.", error)
            else:
                if not sold_at or account.id in sold_at:
                    return
                log.error(SWAPPED, account.id, ", ".join(sold_at))
            await asyncio.sleep(RETRY_SECONDS_MAX)

    async def _join(self, name: str, store: Store, accounts: dict[AccountId, PaymentAccount]) -> None:
        """A further account is served from the moment at which Stripe says whose its key is."""
        account = await self._account(name)
        if account.id in accounts:
            other = accounts[account.id].name
            log.error("stripe.accounts.%s: its key belongs to the same account as %s; remove one.", name, other)
            return
        while True:
            try:
                await self._know(store, account)
                break
            except StoreUnavailable as error:
                log.error("The database can't be written (%s); trying again.", error)
                await asyncio.sleep(1)
        accounts[account.id] = account
        log.info("Connected: account %s (%s).", account.id, name)

    def _platforms(self, app: AppContext) -> Collection[Connection]:
        """The chat platforms, for one opening of the door; each new platform is one line here."""
        settings = self.settings
        found: list[Connection] = [] if settings.discord.token is None else [self._discord(app)]
        return found if settings.telegram.token is None else [*found, self._telegram(app)]

    async def _know(self, store: Store, account: PaymentAccount) -> None:
        """The account is known from now on at the latest."""
        now = self._clock.now()
        fresh = StoredAccount(account.id, account.livemode, account.currency, None, reconcile.first_cursor(now), None)
        async with store.transaction() as tx:
            await tx.provider_accounts.ensure(fresh, now)

    async def _installation(self, store: Store) -> str:
        """The id that marks what this installation makes at Stripe."""
        while True:
            try:
                async with store.transaction() as tx:
                    return await tx.provider_accounts.installation(new_id("ins"), self._clock.now())
            except StoreUnavailable as error:
                log.error("The database can't be written (%s); trying again.", error)
                await asyncio.sleep(1)

    def _app(self, store: Store, accounts: Mapping[AccountId, PaymentAccount], installation: str) -> AppContext:
        return AppContext(
            store=store,
            accounts=accounts,
            installation=installation,
            business=self._clock,
            machine=self._machine,
            settings=self._app_settings(),
            render=texts.render,
            wake=self._wake,
        )

    async def _account(self, name: str) -> PaymentAccount:
        """One of the configured accounts, once Stripe says which it is."""
        provider = self._provider(name)
        self._stack.push_async_callback(provider.close)
        where = "stripe" if name == FIRST_ACCOUNT else f"stripe.accounts.{name}"
        wait = 1.0
        while True:
            try:
                account = await provider.account()
                break
            except KeyRefused as error:
                log.error("Stripe: %s. Trying again in %.0f s.", doctor.key_words(error, where), wait)
            except ProviderUnavailable as error:
                log.warning("Stripe can't be reached (%s); trying again in %.0f s.", error, wait)
            except ProviderRefused as error:
                log.error("Stripe refuses to say whose key this is (%s). Trying again.", error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, RETRY_SECONDS_MAX)
        assert account.livemode == (self.settings.mode is Mode.LIVE), "config refuses keys of the other mode"
        return PaymentAccount(account.id, name, account.livemode, account.currency, provider)

    def _app_settings(self) -> AppSettings:
        settings = self.settings
        return AppSettings(
            public_url=settings.public_url.rstrip("/"),
            livemode=settings.mode is Mode.LIVE,
            breaker_percent=settings.breaker.percent,
            breaker_members=settings.breaker.members,
            trial_once_per_card=settings.trials.once_per_card,
            invoice_footer=settings.stripe.invoice_footer,
            sells_on=settings.sells_on,
            named_places=settings.named_places,
        )

    def _wake(self, queue: str) -> None:
        """There may be work: here, and in other processes."""
        self._heard(queue)
        if self.app is not None:
            self.app.store.notify(queue)

    def _heard(self, queue: str) -> None:
        """There may be work here, the door was given back, or another process has met a place that is not served."""
        if self.app is not None and self.app.unclaimed.hear(queue):
            return
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
