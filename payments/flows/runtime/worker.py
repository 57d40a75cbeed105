"""One bounded loop of claim, lease and outcome for every queue: customers, events, effects, notices, requests."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from payments.flows.runtime.context import LEASE_MS, AppContext
from payments.flows.runtime.retry import backoff_ms, retry_of
from payments.ports.stores import Lease, LeaseLost, Retry, StoreUnavailable

WORK_SECONDS_MAX = (LEASE_MS - 5_000) / 1000
"""A piece of work that takes longer is given up before its lease ends and another worker takes it."""

GATHER_SECONDS = 0.01
"""How long a free place may wait for others to become free too: a claim is a commit, and serves them all."""

FINISH_SECONDS = 6.0
RELEASE_SECONDS = 1.5
"""On stopping: how long work may still finish, and how long freeing the rest may take. Together less than 8 s."""

STORE_RETRY_MS = 1_000
STORE_RETRY_SECONDS_MAX = 15.0

log = logging.getLogger(__name__)


class Work(Protocol):
    """A piece of work, as a store hands it out."""

    @property
    def attempts(self) -> int:
        """How many attempts at it failed."""
        ...


W = TypeVar("W", bound=Work)


class Worker(Generic[W]):
    """Takes work while there is any, at most `concurrency` at once, and lives through everything.

    ``claim(lease, limit)`` takes what is due; ``work(item, lease)`` does one and stores its outcome itself. What it
    raises is stored by ``failed(item, lease, retry)``: tried again later, and dead after the bound of attempts.
    ``release(lease)`` frees what was taken and not finished. Without a wake it looks again every ``idle_ms``.
    """

    def __init__(
        self,
        name: str,
        *,
        app: AppContext,
        claim: Callable[[Lease, int], Awaitable[Sequence[W]]],
        work: Callable[[W, Lease], Awaitable[object]],
        failed: Callable[[W, Lease, Retry], Awaitable[None]],
        release: Callable[[Lease], Awaitable[None]],
        concurrency: int = 8,
        idle_ms: int = 1_000,
    ) -> None:
        self.name = name
        self._app = app
        self._claim = claim
        self._work = work
        self._failed = failed
        self._release = release
        self._concurrency = concurrency
        self._idle_ms = idle_ms
        self._signal = asyncio.Event()
        self._stopping = asyncio.Event()
        self._running: dict[asyncio.Task[None], Lease] = {}
        self._at_once = False

    def wake(self) -> None:
        """There may be work now."""
        self._signal.set()

    def stop(self, *, at_once: bool = False) -> None:
        """Take nothing more; `run` ends within 8 s, having finished or released what it holds.

        `at_once`: what is being worked on is given up instead.
        """
        self._at_once = at_once
        self._stopping.set()
        self._signal.set()

    async def run(self) -> None:
        """Work until `stop`. Never raises for what a piece of work does, nor for a database that is away."""
        failures = 0
        try:
            while not self._stopping.is_set():
                await self._gather()
                self._signal.clear()
                free = self._free
                if free == 0:
                    await self._pause()
                    continue
                took = await self._take(free)
                failures = failures + 1 if took is None else 0
                if took is None:
                    await self._wait_for_store(failures)
                elif took < free:
                    await self._pause()
        finally:
            await self._finish()

    @property
    def _free(self) -> int:
        return self._concurrency - len(self._running)

    async def _gather(self) -> None:
        """Wait a moment until half of the places are free. However slow the others are, none is kept empty for longer.

        What wakes us meanwhile is claimed right after.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                while 0 < self._free * 2 < self._concurrency and not self._stopping.is_set():
                    self._signal.clear()
                    await self._signal.wait()

    async def _take(self, limit: int) -> int | None:
        """Claim and begin; how many. None when the store can't be asked."""
        lease = self._app.lease()
        try:
            items = await self._claim(lease, limit)
        except StoreUnavailable as error:
            log.warning("%s: the database is away (%s); trying again.", self.name, error)
            return None
        except Exception as error:  # noqa: BLE001 -- a fault in one claim must not end the queue for good
            self._tell(error, "claiming work")
            return None
        for item in items:
            task = asyncio.create_task(self._one(item, lease), name=f"{self.name} work")
            self._running[task] = lease
            task.add_done_callback(self._ended)
        return len(items)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self._running.pop(task, None)
        self._signal.set()

    async def _one(self, item: W, lease: Lease) -> None:
        try:
            try:
                async with asyncio.timeout(WORK_SECONDS_MAX):
                    await self._work(item, lease)
            except LeaseLost:
                log.info("%s: another worker took over.", self.name)
            except StoreUnavailable as error:
                log.warning("%s: the database is away (%s); trying again.", self.name, error)
                retry = Retry(f"database: {error}", self._app.machine.now() + STORE_RETRY_MS)
                await self._failed(item, lease, retry)
            except Exception as error:  # noqa: BLE001 -- any fault is stored with its work, seen and replayable
                self._tell(error, "working")
                await self._failed(item, lease, retry_of(self._app, error, item.attempts))
        except LeaseLost:
            log.info("%s: another worker took over.", self.name)
        except StoreUnavailable:
            log.warning("%s: could not store a failure; the lease ends by itself.", self.name)
        except Exception as error:  # noqa: BLE001 -- the lease ends by itself, and the work is claimed again
            self._tell(error, "storing a failure")

    def _tell(self, error: Exception, doing: str) -> None:
        """Log where a fault is, without its text: that may carry what nobody should read in a log."""
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s: %s while %s.\n%s", self.name, type(error).__name__, doing, where)

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._idle_ms / 1000):
                await self._signal.wait()

    async def _wait_for_store(self, failures: int) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(backoff_ms(failures) / 1000, STORE_RETRY_SECONDS_MAX)):
                await self._stopping.wait()

    async def _finish(self) -> None:
        running = list(self._running)
        if running:
            await asyncio.wait(running, timeout=0 if self._at_once else FINISH_SECONDS)
        left = {task: lease for task, lease in self._running.items() if not task.done()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=RELEASE_SECONDS / 3)
        with suppress(TimeoutError, StoreUnavailable):
            async with asyncio.timeout(RELEASE_SECONDS):
                for lease in set(left.values()):
                    await self._release(lease)
        self._running.clear()
