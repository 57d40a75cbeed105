"""What the chat platforms told the bot, once it is stored."""

from collections.abc import Collection, Mapping, Sequence

from payments.core.community import Platform
from payments.ports.stores import Lease, Retry, StoredUpdate
from storage.database import Tx, chunks, marks
from storage.leased_queue import LeasedQueue, Queue
from storage.rows import row_type
from storage.statements import insert, select

_UPDATE = row_type(StoredUpdate, ordering_key="lane")

UPDATES = Queue("telegram_update", "id", _UPDATE.columns, waiting="state = 'open'", open="open", order="update_id")

_FIRST = (
    " AND NOT EXISTS (SELECT 1 FROM telegram_update e WHERE e.platform = w.platform AND e.lane = w.lane AND "
    "e.state = 'open' AND e.update_id < w.update_id)"
)
"""Of the open ones, the first of its lane."""


class SqlInbox:
    """See `payments.ports.stores.Inbox`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._queue = LeasedQueue(tx, UPDATES)

    async def add(self, updates: Sequence[StoredUpdate], *, renumbered: int) -> int:
        new = 0
        for update in updates:
            await self._tx.execute(
                "DELETE FROM telegram_update WHERE platform = ? AND update_id = ? AND received_at < ?",
                update.platform,
                update.update_id,
                renumbered,
            )
            new += await self._tx.execute(
                insert("telegram_update", _UPDATE.columns + ", state")
                + " ON CONFLICT (platform, update_id) DO NOTHING",
                *_UPDATE.values(update),
                "open",
            )
        return new

    async def waiting(self, platform: Platform, machine_now: int, limit: int) -> Sequence[StoredUpdate]:
        rows = await self._tx.fetch(
            select("telegram_update w", _UPDATE.columns)
            + f" WHERE w.platform = ? AND w.next_at <= ? AND w.lease_until <= ? AND {UPDATES.waiting}{_FIRST} "
            + "ORDER BY update_id LIMIT ?",
            platform,
            machine_now,
            machine_now,
            limit,
        )
        return _UPDATE.all(rows)

    async def claim(
        self, platform: Platform, lease: Lease, machine_now: int, limit: int, *, only: Sequence[str] | None = None
    ) -> Sequence[StoredUpdate]:
        among = "" if only is None else f" AND w.id IN ({marks(len(only))})"
        mine = f" AND w.platform = ?{_FIRST}{among}"
        return _UPDATE.all(await self._queue.claim(lease, machine_now, limit, platform, *(only or ()), only=mine))

    async def depths(self, platform: Platform, lanes: Collection[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for some in chunks(sorted(lanes)):
            rows = await self._tx.fetch(
                "SELECT lane, COUNT(*) AS n FROM telegram_update "
                f"WHERE state = 'open' AND platform = ? AND lane IN ({marks(len(some))}) GROUP BY lane",
                platform,
                *some,
            )
            found.update((row["lane"], int(row["n"])) for row in rows)
        return found

    async def done(self, update: StoredUpdate, lease: Lease) -> None:
        await self._queue.done((update.id,), lease)

    async def failed(self, update: StoredUpdate, lease: Lease, retry: Retry, *, counts: bool = True) -> None:
        await self._queue.failed((update.id,), lease, retry, counts=counts)

    async def release(self, lease: Lease) -> None:
        await self._queue.release(lease)

    async def replay_dead(self) -> int:
        return await self._queue.replay_dead()

    async def prune(self, platform: Platform, before: int, dead_before: int) -> int:
        return await self._tx.execute(
            "DELETE FROM telegram_update "
            "WHERE state <> 'open' AND received_at < ? AND (state = 'done' OR received_at < ?) AND platform = ?",
            before,
            dead_before,
            platform,
        )
