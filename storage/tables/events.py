"""Webhooks, once they are stored. Storing them is `storage.event_batches`."""

from collections.abc import Collection, Sequence

from payments.core.billing import SnapshotPart
from payments.core.ids import AccountId, CustomerRef, EventId, InvoiceId
from payments.ports.stores import EventState, Lease, MarkingEvent, Retry, StoredEvent
from storage.database import Tx, chunks, marks
from storage.leased_queue import LeasedQueue, Queue
from storage.rows import row_type
from storage.shared_sql import EVENT, marking
from storage.statements import select

_MARKING = row_type(MarkingEvent)

EVENTS = Queue(
    "event",
    "account_id, id",
    EVENT.columns,
    waiting="state = 'unresolved'",
    open="unresolved",
    order="next_at, received_at",
)


class SqlEvents:
    """See `payments.ports.stores.Events`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._queue = LeasedQueue(tx, EVENTS)

    async def settled(self, account_id: AccountId, stripe_ids: Collection[CustomerRef], mark_seq: int) -> None:
        for some in chunks(stripe_ids):
            await self._tx.execute(
                "UPDATE event SET state = 'settled' WHERE account_id = ? AND "
                f"stripe_customer_id IN ({marks(len(some))}) AND state = 'marked' AND mark_seq <= ?",
                account_id,
                *some,
                mark_seq,
            )

    async def marking(
        self, account_id: AccountId, stripe_id: CustomerRef, mark_seq: int, limit: int
    ) -> Sequence[MarkingEvent]:
        rows = await self._tx.fetch(
            select("event", _MARKING.columns)
            + " WHERE account_id = ? AND stripe_customer_id = ? AND state = 'marked' AND mark_seq <= ? LIMIT ?",
            account_id,
            stripe_id,
            mark_seq,
            limit,
        )
        return _MARKING.all(rows)

    async def claim_unresolved(self, lease: Lease, machine_now: int, limit: int) -> Sequence[StoredEvent]:
        return EVENT.all(await self._queue.claim(lease, machine_now, limit))

    async def resolved(
        self, event: StoredEvent, lease: Lease, stripe_id: CustomerRef, parts: SnapshotPart, now: int
    ) -> bool:
        customer = await self._tx.fetch_one(
            f"UPDATE customer SET {marking(self._tx.dialect)} WHERE id IN ("
            "SELECT id FROM customer WHERE account_id = ? AND stripe_id = ? UNION ALL "
            "SELECT customer_id FROM former_customer WHERE account_id = ? AND stripe_id = ?) RETURNING mark_seq",
            int(parts),
            now,
            now,
            *[event.account_id, stripe_id] * 2,
        )
        if customer is None:
            return False
        await self._queue.finish(
            (event.account_id, event.id),
            lease,
            "state = 'marked', stripe_customer_id = ?, mark_seq = ?, last_error = NULL",
            stripe_id,
            customer["mark_seq"],
        )
        return True

    async def file(self, event: StoredEvent, lease: Lease, state: EventState) -> None:
        await self._queue.finish((event.account_id, event.id), lease, "state = ?, last_error = NULL", state)

    async def failed(self, event: StoredEvent, lease: Lease, retry: Retry) -> None:
        await self._queue.failed((event.account_id, event.id), lease, retry)

    async def release(self, lease: Lease) -> None:
        await self._queue.release(lease)

    async def first_failure(self, account_id: AccountId, invoice_id: InvoiceId) -> int | None:
        row = await self._tx.fetch_one(
            "SELECT MIN(created_at) AS first FROM event "
            "WHERE account_id = ? AND object_id = ? AND type = 'invoice.payment_failed'",
            account_id,
            invoice_id,
        )
        return int(row["first"]) if row and row["first"] is not None else None

    async def seen(self, account_id: AccountId, event_type: str, object_ids: Collection[str]) -> Collection[str]:
        found: set[str] = set()
        for some in chunks(object_ids):
            rows = await self._tx.fetch(
                "SELECT DISTINCT object_id FROM event "
                f"WHERE account_id = ? AND type = ? AND object_id IN ({marks(len(some))})",
                account_id,
                event_type,
                *some,
            )
            found.update(row["object_id"] for row in rows)
        return found

    async def replay_dead(self) -> int:
        return await self._queue.replay_dead()

    async def get(self, account_id: AccountId, event_id: EventId) -> StoredEvent | None:
        row = await self._tx.fetch_one(
            select("event", EVENT.columns) + " WHERE account_id = ? AND id = ?", account_id, event_id
        )
        return EVENT.one(row)
