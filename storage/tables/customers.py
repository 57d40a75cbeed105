"""Customers, their marks and their leases."""

from collections.abc import Collection, Mapping, Sequence

from payments.core.billing import Customer, SnapshotPart
from payments.core.ids import AccountId, CustomerId, CustomerRef, PersonId
from payments.ports.stores import ClaimedCustomer, Lease, Retry
from storage.database import Row, Tx, chunks, marks
from storage.leased_queue import LeasedQueue, Queue
from storage.rows import row_type
from storage.shared_sql import WHOSE, marking
from storage.statements import insert, select

_CUSTOMER = row_type(Customer)
_SELECT = select("customer", _CUSTOMER.columns)

CUSTOMERS = Queue(
    "customer",
    "id",
    _CUSTOMER.columns + ", parts, mark_seq, settled_seq, attempts, dirty_since_at, heard_at",
    waiting="settled_seq < mark_seq",
    open="live",
    order="dirty_since_at",
    dead="settled_seq < mark_seq AND state = 'dead'",
)

_CLEAN = (
    "settled_seq = ?, parts = CASE WHEN mark_seq = ? THEN 0 ELSE parts END, "
    "dirty_since_at = CASE WHEN mark_seq = ? THEN NULL ELSE marked_at END, "
    "heard_at = CASE WHEN mark_seq = ? THEN NULL ELSE heard_at END, attempts = 0, last_error = NULL"
)
"""What makes a customer clean up to a mark, given four times."""


def _claimed_of(row: Row, former: Sequence[CustomerRef]) -> ClaimedCustomer:
    return ClaimedCustomer(
        customer=_CUSTOMER.read(row),
        parts=SnapshotPart(row["parts"]),
        mark_seq=row["mark_seq"],
        settled_seq=row["settled_seq"],
        attempts=row["attempts"],
        dirty_since_at=row["dirty_since_at"],
        pending_since_at=row["heard_at"],
        former=tuple(former),
    )


class SqlCustomers:
    """See `payments.ports.stores.Customers`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._queue = LeasedQueue(tx, CUSTOMERS)

    async def ensure(self, customer: Customer, now: int) -> Customer:
        await self._tx.execute(
            insert("customer", _CUSTOMER.columns + ", created_at")
            + " ON CONFLICT (person_id, account_id, currency) DO NOTHING",
            *_CUSTOMER.values(customer),
            now,
        )
        row = await self._tx.fetch_one(
            _SELECT + " WHERE person_id = ? AND account_id = ? AND currency = ?",
            customer.person_id,
            customer.account_id,
            customer.currency,
        )
        assert row is not None  # it was there, or was just made
        return _CUSTOMER.read(row)

    async def get(self, customer_id: CustomerId) -> Customer | None:
        row = await self._tx.fetch_one(_SELECT + " WHERE id = ?", customer_id)
        return _CUSTOMER.one(row)

    async def known_since(self, customer_id: CustomerId) -> int:
        row = await self._tx.fetch_one("SELECT created_at FROM customer WHERE id = ?", customer_id)
        return 0 if row is None else int(row["created_at"])

    async def of_person(self, person_id: PersonId) -> Sequence[Customer]:
        rows = await self._tx.fetch(
            _SELECT + f" WHERE {WHOSE} ORDER BY created_at, id",
            person_id,
            person_id,
        )
        return _CUSTOMER.all(rows)

    async def former(self, customer_ids: Collection[CustomerId]) -> Mapping[CustomerId, Sequence[CustomerRef]]:
        found: dict[CustomerId, list[CustomerRef]] = {}
        for some in chunks(customer_ids):
            rows = await self._tx.fetch(
                select("former_customer", "customer_id, stripe_id")
                + f" WHERE customer_id IN ({marks(len(some))}) ORDER BY stripe_id",
                *some,
            )
            for row in rows:
                found.setdefault(CustomerId(row["customer_id"]), []).append(CustomerRef(row["stripe_id"]))
        return found

    async def set_stripe_id(self, customer_id: CustomerId, stripe_id: CustomerRef) -> None:
        await self._tx.execute(
            "INSERT INTO former_customer (account_id, stripe_id, customer_id) SELECT account_id, stripe_id, id "
            f"FROM customer WHERE id = ? AND stripe_id <> ? {self._tx.dialect.lock_rows} "
            "ON CONFLICT (account_id, stripe_id) DO NOTHING",
            customer_id,
            stripe_id,
        )
        await self._tx.execute("UPDATE customer SET stripe_id = ? WHERE id = ?", stripe_id, customer_id)

    async def adopt(self, customer_id: CustomerId, stripe_id: CustomerRef, *, current: bool) -> None:
        if current:
            await self.set_stripe_id(customer_id, stripe_id)
            return
        await self._tx.execute(
            "INSERT INTO former_customer (account_id, stripe_id, customer_id) "
            "SELECT account_id, CAST(? AS TEXT), id FROM customer WHERE id = ?",
            stripe_id,
            customer_id,
        )

    async def set_email(self, customer_id: CustomerId, email: str) -> None:
        await self._tx.execute("UPDATE customer SET email = ? WHERE id = ?", email, customer_id)

    async def mark(self, customer_ids: Collection[CustomerId], parts: SnapshotPart, now: int) -> None:
        for some in chunks(customer_ids):
            await self._mark(f"id IN ({marks(len(some))})", some, parts, now)

    async def mark_stripe(
        self, account_id: AccountId, stripe_ids: Collection[CustomerRef], parts: SnapshotPart, now: int
    ) -> int:
        known = 0
        for some in chunks(stripe_ids):
            named = f"account_id = ? AND stripe_id IN ({marks(len(some))})"
            ids = (
                f"SELECT id FROM customer WHERE {named} UNION ALL SELECT customer_id FROM former_customer WHERE {named}"
            )
            known += await self._mark(f"id IN ({ids})", [account_id, *some] * 2, parts, now)
        return known

    async def known_stripe(self, account_id: AccountId, stripe_ids: Collection[CustomerRef]) -> Collection[CustomerRef]:
        known: set[CustomerRef] = set()
        for some in chunks(stripe_ids):
            named = f"account_id = ? AND stripe_id IN ({marks(len(some))})"
            rows = await self._tx.fetch(
                f"SELECT stripe_id FROM customer WHERE {named} UNION ALL "
                f"SELECT stripe_id FROM former_customer WHERE {named}",
                *[account_id, *some] * 2,
            )
            known |= {CustomerRef(row["stripe_id"]) for row in rows}
        return known

    async def mark_due(self, now: int, limit: int) -> int:
        return await self._tx.execute(
            f"UPDATE customer SET recheck_at = NULL, {marking(self._tx.dialect)} WHERE id IN ("
            f"SELECT w.id FROM customer w WHERE w.recheck_at <= ? ORDER BY w.recheck_at "
            f"LIMIT ? {self._tx.dialect.skip_locked})",
            SnapshotPart.ALL,
            now,
            now,
            now,
            limit,
        )

    async def _mark(self, which: str, values: Sequence[str], parts: SnapshotPart, now: int) -> int:
        # Rows are locked in the order of their ids, so that two marks at once can't wait for each other.
        return await self._tx.execute(
            f"UPDATE customer SET {marking(self._tx.dialect)} WHERE id IN ("
            f"SELECT id FROM customer WHERE {which} ORDER BY id {self._tx.dialect.lock_rows})",
            int(parts),
            now,
            now,
            *values,
        )

    async def claim(self, lease: Lease, machine_now: int, limit: int) -> Sequence[ClaimedCustomer]:
        rows = await self._queue.claim(
            lease, machine_now, limit, only=" AND w.state = 'live'", also=", claimed_seq = mark_seq"
        )
        former = await self.former([row["id"] for row in rows])
        return [_claimed_of(row, former.get(row["id"], ())) for row in rows]

    async def settled(
        self, customer_id: CustomerId, lease: Lease, mark_seq: int, recheck_at: int | None, next_at: int = 0
    ) -> None:
        await self._queue.finish(
            (customer_id,),
            lease,
            _CLEAN + ", recheck_at = ?, next_at = ?",
            *[mark_seq] * 4,
            recheck_at,
            next_at,
        )

    async def nothing_new(self, customer_id: CustomerId, lease: Lease, mark_seq: int) -> None:
        await self._queue.finish((customer_id,), lease, _CLEAN, *[mark_seq] * 4)

    async def failed(self, customer_id: CustomerId, lease: Lease, retry: Retry) -> None:
        await self._queue.finish(
            (customer_id,),
            lease,
            # What was marked since it was claimed does not die.
            "attempts = attempts + 1, next_at = ?, last_error = ?, "
            "state = CASE WHEN mark_seq = claimed_seq THEN ? ELSE 'live' END",
            retry.next_at,
            retry.error,
            "dead" if retry.dead else "live",
        )

    async def release(self, lease: Lease) -> None:
        await self._queue.release(lease)

    async def unsettled(self) -> int:
        row = await self._tx.fetch_one(
            "SELECT COUNT(*) AS dirty FROM customer WHERE settled_seq < mark_seq AND state = 'live'"
        )
        return int(row["dirty"]) if row else 0

    async def replay_dead(self) -> int:
        return await self._queue.replay_dead()
