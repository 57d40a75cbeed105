"""Messages waiting to be sent."""

from collections.abc import Sequence

from payments.core.ids import PersonId
from payments.ports.stores import Lease, Notice, RefusedMessages, Retry
from storage.database import Tx, marks
from storage.leased_queue import LeasedQueue, Queue
from storage.rows import row_type
from storage.statements import insert

_NOTICE = row_type(Notice, place="place_platform, place_id")

_REFUSED = row_type(RefusedMessages)

NOTICES = Queue("notice", "key", _NOTICE.columns, waiting="state = 'open'", open="open", order="next_at, created_at")


class SqlNotices:
    """See `payments.ports.stores.Notices`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._queue = LeasedQueue(tx, NOTICES)

    async def add(self, notice: Notice) -> bool:
        added = await self._tx.execute(
            insert("notice", _NOTICE.columns + ", state") + " ON CONFLICT (key) DO NOTHING",
            *_NOTICE.values(notice),
            "open",
        )
        return added > 0

    async def added_at(self, key: str) -> int | None:
        row = await self._tx.fetch_one("SELECT created_at FROM notice WHERE key = ?", key)
        return None if row is None else int(row["created_at"])

    async def claim(self, lease: Lease, machine_now: int, limit: int, *, paced: bool | None = None) -> Sequence[Notice]:
        if paced is None:
            return _NOTICE.all(await self._queue.claim(lease, machine_now, limit))
        return _NOTICE.all(await self._queue.claim(lease, machine_now, limit, int(paced), only=" AND w.paced = ?"))

    async def done(self, key: str, lease: Lease) -> None:
        await self._queue.done((key,), lease)

    async def failed(self, key: str, lease: Lease, retry: Retry, *, counts: bool = True, unread: bool = False) -> None:
        if retry.refused is not None:
            await self._tx.execute(
                "UPDATE notice SET refused_on = ?, cause = ?, refused_at = ? WHERE key = ? AND lease_token = ?",
                retry.refused.platform,
                retry.refused.cause,
                retry.refused.since_at,
                key,
                lease.token,
            )
        if unread:
            sql = "UPDATE notice SET unread = 1 WHERE key = ? AND lease_token = ?"
            await self._tx.execute(sql, key, lease.token)
        await self._queue.failed((key,), lease, retry, counts=counts)

    async def unread(self, person_id: PersonId, since: int, limit: int) -> Sequence[Notice]:
        rows = await self._tx.fetch(
            f"SELECT {_NOTICE.columns} FROM notice WHERE unread = 1 AND state <> 'done' AND lease_token IS NULL "
            "AND person_id IN (SELECT id FROM person WHERE id = ? OR merged_into = ?) AND created_at >= ? "
            "ORDER BY created_at, key LIMIT ?",
            person_id,
            person_id,
            since,
            limit,
        )
        return _NOTICE.all(rows)

    async def withdraw(self, keys: Sequence[str]) -> None:
        if keys:
            sql = "UPDATE notice SET state = 'done', unread = 0 WHERE state <> 'done' AND lease_token IS NULL"
            await self._tx.execute(f"{sql} AND key IN ({marks(len(keys))})", *keys)

    async def refusals(self) -> Sequence[RefusedMessages]:
        rows = await self._tx.fetch(
            "SELECT refused_on AS platform, cause, COUNT(*) AS count, MIN(refused_at) AS since_at FROM notice "
            "WHERE cause IS NOT NULL AND state = 'open' AND refused_on IS NOT NULL "
            "GROUP BY refused_on, cause ORDER BY refused_on, cause"
        )
        return _REFUSED.all(rows)

    async def release(self, lease: Lease) -> None:
        await self._queue.release(lease)

    async def replay_dead(self) -> int:
        return await self._queue.replay_dead()
