"""Creating calls: stored, then made."""

from collections.abc import Collection, Sequence

from payments.core.ids import AccountId, InvoiceId, PersonId, RequestId
from payments.ports.stores import Lease, ProviderRequest, RequestState, Retry
from storage.database import Tx, marks
from storage.leased_queue import LeasedQueue, Queue
from storage.rows import row_type
from storage.shared_sql import FREE, WHOSE
from storage.statements import insert, select

_REQUEST = row_type(ProviderRequest, object_id="subject_id")
_SELECT = select("request", _REQUEST.columns)

REQUESTS = Queue(
    "request",
    "id",
    _REQUEST.columns,
    waiting="state = 'pending'",
    open="pending",
    order="next_at, created_at",
    replayed_at=1,  # with 0 it would wait until no person can be waiting for it
)

PATIENCE_MS = 60_000
"""How long a person may wait for a call; after that a worker takes it up."""


class SqlRequests:
    """See `payments.ports.stores.Requests`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._queue = LeasedQueue(tx, REQUESTS)

    async def add(self, request: ProviderRequest, *, at_once: bool = False) -> ProviderRequest:
        await self._tx.execute(
            insert("request", _REQUEST.columns + ", next_at") + " ON CONFLICT (kind, subject_id) DO NOTHING",
            *_REQUEST.values(request),
            int(at_once),
        )
        return await self.get(request.kind, request.object_id) or request

    async def get(self, kind: str, object_id: str) -> ProviderRequest | None:
        row = await self._tx.fetch_one(_SELECT + " WHERE kind = ? AND subject_id = ?", kind, object_id)
        return _REQUEST.one(row)

    async def lately(self, kind: str, person_id: PersonId, params: str, since_at: int) -> ProviderRequest | None:
        row = await self._tx.fetch_one(
            _SELECT + " WHERE kind = ? AND person_id = ? AND params = ? AND created_at >= ? "
            "AND state <> 'refused' ORDER BY created_at DESC, id LIMIT 1",
            kind,
            person_id,
            params,
            since_at,
        )
        return _REQUEST.one(row)

    async def waits(self, kind: str, account_id: AccountId, named: str) -> bool:
        found = (
            "SELECT 1 FROM request WHERE state = 'pending' AND kind = ? AND account_id = ? AND params LIKE ? LIMIT 1"
        )
        return await self._tx.fetch_one(found, kind, account_id, f'%"{named}"%') is not None

    async def made(self, request_id: RequestId, result_id: str) -> None:
        await self._tx.execute(
            f"UPDATE request SET state = 'made', result_id = ?, last_error = NULL, {FREE} WHERE id = ?",
            result_id,
            request_id,
        )

    async def set_state(self, request_id: RequestId, state: RequestState, error: str | None) -> None:
        await self._tx.execute(
            f"UPDATE request SET state = ?, last_error = ?, next_at = 0, {FREE} WHERE id = ?",
            state,
            error,
            request_id,
        )

    async def hand_over(self, request_id: RequestId, machine_now: int) -> None:
        await self._tx.execute(
            "UPDATE request SET next_at = ? WHERE id = ? AND state = 'pending' AND attempts = 0",
            machine_now,
            request_id,
        )

    async def new_key(self, request_id: RequestId) -> ProviderRequest:
        row = await self._tx.fetch_one(
            "UPDATE request SET key_version = key_version + 1 WHERE id = ? RETURNING " + _REQUEST.columns, request_id
        )
        if row is None:
            raise LookupError(f"there is no request {request_id}")
        return _REQUEST.read(row)

    async def bill_of(self, account_id: AccountId, invoice_id: InvoiceId) -> ProviderRequest | None:
        found = " WHERE kind = 'bill' AND result_id = ? AND account_id = ?"
        row = await self._tx.fetch_one(_SELECT + found, invoice_id, account_id)
        return _REQUEST.one(row)

    async def claim(
        self, kinds: Collection[str], lease: Lease, machine_now: int, limit: int
    ) -> Sequence[ProviderRequest]:
        wanted = sorted(set(kinds))
        if not wanted:
            return []
        # `created_at` is business time and may be ahead of the machine's; such a one is a minute old a minute from now.
        await self._tx.execute(
            "UPDATE request SET next_at = ? WHERE state = 'pending' AND next_at = 0 AND created_at > ?",
            machine_now + PATIENCE_MS,
            machine_now,
        )
        # By the bare kind SQLite would go through all that were ever made, rather than what is pending.
        only = f" AND (w.next_at > 0 OR w.created_at <= ?) AND COALESCE(w.kind, '') IN ({marks(len(wanted))})"
        rows = await self._queue.claim(lease, machine_now, limit, machine_now - PATIENCE_MS, *wanted, only=only)
        return _REQUEST.all(rows)

    async def failed(self, request_id: RequestId, lease: Lease, retry: Retry) -> None:
        await self._queue.failed((request_id,), lease, retry)

    async def release(self, lease: Lease) -> None:
        await self._queue.release(lease)

    async def replay_dead(self) -> int:
        return await self._queue.replay_dead()

    async def needing_email(self, person_id: PersonId) -> Sequence[ProviderRequest]:
        rows = await self._tx.fetch(
            _SELECT + f" WHERE {WHOSE} AND state = 'needs_email' ORDER BY created_at, id",
            person_id,
            person_id,
        )
        return _REQUEST.all(rows)

    async def bills_waiting(self) -> Sequence[ProviderRequest]:
        rows = await self._tx.fetch(_SELECT + " WHERE kind = 'bill' AND state = 'needs_email' ORDER BY created_at, id")
        return _REQUEST.all(rows)
