"""Telegram's updates, once they are stored."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always placeholders

from collections.abc import Sequence

from payments.ports.stores import Lease, Retry, StoredUpdate
from storage.database import Row, Tx
from storage.rows import FREE, held
from storage.sql import claim, insert

_COLUMNS = "id, update_id, lane, body, received_at, attempts"
_HELD = " WHERE id = ? AND lease_token = ?"

_REDELIVERED_MS = 6 * 24 * 3_600_000
"""Telegram keeps an update for a day, and begins its numbers anew after a quiet week at the earliest: between the two
lies the age from which on the same number is another update."""


def _update_of(row: Row) -> StoredUpdate:
    return StoredUpdate(
        id=row["id"],
        update_id=row["update_id"],
        lane=row["lane"],
        body=row["body"],
        received_at=row["received_at"],
        attempts=row["attempts"],
    )


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
                insert("telegram_update", _COLUMNS + ", state") + " ON CONFLICT (update_id) DO NOTHING",
                update.id,
                update.update_id,
                update.lane,
                update.body,
                update.received_at,
                update.attempts,
                "open",
            )
        return new

    async def claim(self, lease: Lease, machine_now: int, limit: int) -> Sequence[StoredUpdate]:
        """The first open one of each lane, oldest first."""
        rows = await self._tx.fetch(
            claim(
                "telegram_update",
                "id",
                ready="w.state = 'open' AND NOT EXISTS (SELECT 1 FROM telegram_update e WHERE e.lane = w.lane AND "
                "e.state = 'open' AND e.update_id < w.update_id)",
                order="w.update_id",
                skip_locked=self._tx.dialect.skip_locked,
                answer=_COLUMNS,
            ),
            lease.token,
            lease.until,
            machine_now,
            machine_now,
            limit,
        )
        return [_update_of(row) for row in sorted(rows, key=lambda row: row["update_id"])]

    async def done(self, update: StoredUpdate, lease: Lease) -> None:
        """It was handled. Raises `LeaseLost`."""
        held(
            await self._tx.execute(
                f"UPDATE telegram_update SET state = 'done', last_error = NULL, {FREE}{_HELD}", update.id, lease.token
            )
        )

    async def failed(self, update: StoredUpdate, lease: Lease, retry: Retry) -> None:
        """Not handled: attempts + 1, lease freed. Raises `LeaseLost`."""
        held(
            await self._tx.execute(
                "UPDATE telegram_update SET state = ?, attempts = attempts + 1, next_at = ?, last_error = ?, "
                + FREE
                + _HELD,
                "dead" if retry.dead else "open",
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
