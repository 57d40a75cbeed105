"""The workers of each queue."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

from bot.web.metrics import Metrics
from payments.core.community import Platform
from payments.core.pace import Pace
from payments.flows.access import deliver
from payments.flows.access.outcomes import Delivery, store_fault
from payments.flows.jobs import deliver_notices, redrive
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.worker import Work, Worker
from payments.flows.settlement import settle, webhooks
from payments.ports.chat import ChatPlatform
from payments.ports.stores import Effect, Lease, QueueName, Retry, StoredUpdate, Transaction

CONCURRENCY = 8

T = TypeVar("T")
W = TypeVar("W", bound=Work)


@runtime_checkable
class UpdateHandler(Protocol):
    """A platform whose updates are stored first, then handled."""

    @property
    def ready(self) -> bool:
        """Whether it is connected now."""
        ...

    async def claim_updates(
        self, tx: Transaction, lease: Lease, machine_now: int, limit: int, /
    ) -> Sequence[StoredUpdate]:
        """Claim those whose turn it is."""
        ...

    async def hear(self, app: AppContext, update: StoredUpdate, lease: Lease, /) -> object:
        """Handle one update, and store what came of it."""
        ...


class Queues:
    """Makes the worker of each queue; counts what comes of its work."""

    def __init__(self, app: AppContext, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._pace = Pace()

    def settling(self) -> Mapping[str, Worker[Any]]:
        """The workers of every process: a queue each, by the names that `Engine.wake` uses."""
        return {
            QueueName.CUSTOMERS: self._worker(
                QueueName.CUSTOMERS,
                claim=lambda tx, lease, limit: tx.customers.claim(lease, self._now(), limit),
                work=settle.settle_customer,
                failed=lambda tx, item, lease, retry: tx.customers.failed(item.customer.id, lease, retry),
                release=lambda tx, lease: tx.customers.release(lease),
            ),
            QueueName.EVENTS: self._worker(
                QueueName.EVENTS,
                claim=lambda tx, lease, limit: tx.events.claim_unresolved(lease, self._now(), limit),
                work=webhooks.resolve_event,
                failed=lambda tx, item, lease, retry: tx.events.failed(item, lease, retry),
                release=lambda tx, lease: tx.events.release(lease),
            ),
            QueueName.REQUESTS: self._worker(
                QueueName.REQUESTS,
                claim=lambda tx, lease, limit: tx.requests.claim(redrive.REDRIVEN, lease, self._now(), limit),
                work=redrive.redrive,
                failed=lambda tx, item, lease, retry: tx.requests.failed(item.id, lease, retry),
                release=lambda tx, lease: tx.requests.release(lease),
            ),
        }

    def delivering(self, platforms: Collection[ChatPlatform]) -> Mapping[str, Worker[Any]]:
        """The workers of the process that holds the door; new ones, since one that was stopped is at its end.

        Each platform has its own for effects, and for updates if it handles any: none waits for another that is slow.
        """
        return {
            **{f"{QueueName.EFFECTS} {one.platform}": self._giving(one.platform) for one in platforms},
            **{
                f"{QueueName.UPDATES} {one.platform}": self._hearing(one)
                for one in platforms
                if isinstance(one, UpdateHandler)
            },
            QueueName.NOTICES: self._worker(
                QueueName.NOTICES,
                claim=lambda tx, lease, limit: deliver_notices.claim(tx, lease, self._now(), limit, self._pace),
                work=deliver_notices.deliver_notice,
                failed=lambda tx, item, lease, retry: tx.notices.failed(item.key, lease, retry),
                release=lambda tx, lease: tx.notices.release(lease),
            ),
        }

    def _giving(self, platform: Platform) -> Worker[Any]:
        return self._worker(
            QueueName.EFFECTS,
            claim=lambda tx, lease, limit: tx.accesses.claim(platform, lease, self._now(), limit),
            work=self._deliver,
            failed=lambda tx, item, lease, retry: store_fault(self._app, tx, item, lease, retry),
            release=lambda tx, lease: tx.accesses.release(lease),
        )

    def _hearing(self, hearing: UpdateHandler) -> Worker[Any]:
        """Takes updates while the platform can be asked: they are given up by age, and waiting for it is no failure."""

        async def claim(tx: Transaction, lease: Lease, limit: int) -> Sequence[StoredUpdate]:
            if not hearing.ready:
                return []
            return await hearing.claim_updates(tx, lease, self._now(), limit)

        return self._worker(
            QueueName.UPDATES,
            claim=claim,
            work=hearing.hear,
            failed=lambda tx, item, lease, retry: tx.inbox.failed(item, lease, retry),
            release=lambda tx, lease: tx.inbox.release(lease),
        )

    async def _deliver(self, app: AppContext, effect: Effect, lease: Lease) -> Delivery:
        outcome = await deliver.deliver_effect(app, effect, lease)
        self._metrics.delivered(outcome, effect.pending_since_at, self._now())
        return outcome

    def _now(self) -> int:
        return self._app.machine.now()

    def _worker(
        self,
        name: str,
        *,
        claim: Callable[[Transaction, Lease, int], Awaitable[Sequence[W]]],
        work: Callable[[AppContext, W, Lease], Awaitable[object]],
        failed: Callable[[Transaction, W, Lease, Retry], Awaitable[None]],
        release: Callable[[Transaction, Lease], Awaitable[None]],
    ) -> Worker[W]:
        """A worker whose claims, failures and releases are each a commit of their own."""
        app = self._app

        async def do(item: W, lease: Lease) -> None:
            outcome = await work(app, item, lease)
            self._metrics.work.labels(name, str(outcome or "done")).inc()

        async def fail(item: W, lease: Lease, retry: Retry) -> None:
            self._metrics.work.labels(name, "dead" if retry.dead else "failed").inc()
            await in_one_commit(app, lambda tx: failed(tx, item, lease, retry))

        return Worker(
            name,
            app=app,
            claim=lambda lease, limit: in_one_commit(app, lambda tx: claim(tx, lease, limit)),
            work=do,
            failed=fail,
            release=lambda lease: in_one_commit(app, lambda tx: release(tx, lease)),
            concurrency=CONCURRENCY,
        )


async def in_one_commit(app: AppContext, use: Callable[[Transaction], Awaitable[T]]) -> T:
    """Use the stores in a transaction of their own. Raises `StoreUnavailable`."""
    async with app.store.transaction() as tx:
        return await use(tx)
