"""Telegram's updates, once they are stored."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always placeholders

from collections.abc import Collection, Mapping, Sequence

from payments.ports.stores import Lease, Retry, StoredUpdate
from storage.database import Tx, chunks, marks
from storage.rows import row_type
from storage.shared_sql import FREE, held
from storage.statements import claim, insert, select

_UPDATE = row_type(StoredUpdate)
_HELD = " WHERE id = ? AND lease_token = ?"

_FIRST = (
    "w.state = 'open' AND NOT EXISTS (SELECT 1 FROM telegram_update e WHERE e.lane = w.lane AND "
    "e.state = 'open' AND e.update_id < w.update_id)"
)
"""The first open one of its lane."""

_REDELIVERED_MS = 6 * 24 * 3_600_000
"""Telegram keeps an update for a day, and restarts its numbering after a quiet week at the earliest: between the two
lies the age from which on the same number is another update."""


class SqlUpdates:
    """See `payments.ports.stores.Updates`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, updates: Sequence[StoredUpdate]) -> int:
        """Store those that are new; how many."""
        new = 0
        for update in updates:
            await self._tx.execute(
                "DELETE FROM telegram_update WHERE update_id = ? AND received_at < ?",
                update.update_id,
                update.received_at - _REDELIVERED_MS,
            )
            new += await self._tx.execute(
                insert("telegram_update", _UPDATE.columns + ", state") + " ON CONFLICT (update_id) DO NOTHING",
                *_UPDATE.values(update),
                "open",
            )
        return new

    async def waiting(self, machine_now: int, limit: int) -> Sequence[StoredUpdate]:
        """The first open one of each lane that could be claimed now, oldest first."""
        rows = await self._tx.fetch(
            select("telegram_update w", _UPDATE.columns)
            + f" WHERE w.next_at <= ? AND w.lease_until <= ? AND {_FIRST} ORDER BY w.update_id LIMIT ?",
            machine_now,
            machine_now,
            limit,
        )
        return _UPDATE.all(rows)

    async def claim(
        self, lease: Lease, machine_now: int, limit: int, *, only: Sequence[str] | None = None
    ) -> Sequence[StoredUpdate]:
        """The first open one of each lane, oldest first; `only` those of these ids."""
        among = "" if only is None else f" AND w.id IN ({marks(len(only))})"
        rows = await self._tx.fetch(
            claim(
                "telegram_update",
                "id",
                ready=_FIRST + among,
                order="w.update_id",
                skip_locked=self._tx.dialect.skip_locked,
                answer=_UPDATE.columns,
            ),
            lease.token,
            lease.until,
            machine_now,
            machine_now,
            *(only or ()),
            limit,
        )
        return [_UPDATE.read(row) for row in sorted(rows, key=lambda row: row["update_id"])]

    async def depths(self, lanes: Collection[str]) -> Mapping[str, int]:
        """How many wait in each of these lanes; those in which none does are left out."""
        found: dict[str, int] = {}
        for some in chunks(sorted(lanes)):
            rows = await self._tx.fetch(
                "SELECT lane, COUNT(*) AS n FROM telegram_update "
                f"WHERE state = 'open' AND lane IN ({marks(len(some))}) GROUP BY lane",
                *some,
            )
            found.update((row["lane"], int(row["n"])) for row in rows)
        return found

    async def done(self, update: StoredUpdate, lease: Lease) -> None:
        """It was handled. Raises `LeaseLost`."""
        held(
            await self._tx.execute(
                f"UPDATE telegram_update SET state = 'done', last_error = NULL, {FREE}{_HELD}", update.id, lease.token
            )
        )

    async def failed(self, update: StoredUpdate, lease: Lease, retry: Retry, *, counts: bool = True) -> None:
        """Not handled: attempts + 1 where it counts, lease freed. Raises `LeaseLost`."""
        held(
            await self._tx.execute(
                "UPDATE telegram_update SET state = ?, attempts = attempts + ?, next_at = ?, last_error = ?, "
                + FREE
                + _HELD,
                "dead" if retry.dead else "open",
                int(counts),
                retry.next_at,
                retry.error,
                update.id,
                lease.token,
            )
        )

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease."""
        await self._tx.execute(
            f"UPDATE telegram_update SET {FREE} WHERE state = 'open' AND lease_token = ?", lease.token
        )

    async def replay_dead(self) -> int:
        """Put the dead ones to work again; how many."""
        return await self._tx.execute(
            "UPDATE telegram_update SET state = 'open', attempts = 0, next_at = 0 WHERE state = 'dead'"
        )

    async def prune(self, before: int, dead_before: int) -> int:
        """Forget those handled, and those given up, that came before these times; how many."""
        return await self._tx.execute(
            "DELETE FROM telegram_update "
            "WHERE state <> 'open' AND received_at < ? AND (state = 'done' OR received_at < ?)",
            before,
            dead_before,
        )
