"""Private messages waiting to be sent."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always placeholders

from collections.abc import Sequence

from payments.ports.stores import Lease, Notice, Retry
from storage.database import Tx
from storage.rows import row_type
from storage.shared_sql import FREE, held
from storage.statements import claim, insert

_NOTICE = row_type(Notice)


class SqlNotices:
    """See `payments.ports.stores.Notices`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, notice: Notice) -> bool:
        """False when its key is known: it was sent or will be."""
        added = await self._tx.execute(
            insert("notice", _NOTICE.columns + ", state") + " ON CONFLICT (key) DO NOTHING",
            *_NOTICE.values(notice),
            "open",
        )
        return added > 0

    async def claim(self, lease: Lease, machine_now: int, limit: int) -> Sequence[Notice]:
        """Open ones, oldest first."""
        rows = await self._tx.fetch(
            claim(
                "notice",
                "key",
                ready="w.state = 'open'",
                order="w.next_at, w.created_at",
                skip_locked=self._tx.dialect.skip_locked,
                answer=_NOTICE.columns + ", next_at",
            ),
            lease.token,
            lease.until,
            machine_now,
            machine_now,
            limit,
        )
        return [_NOTICE.read(row) for row in sorted(rows, key=lambda row: (row["next_at"], row["created_at"]))]

    async def done(self, key: str, lease: Lease) -> None:
        """It was sent. Raises `LeaseLost`."""
        held(
            await self._tx.execute(
                f"UPDATE notice SET state = 'done', last_error = NULL, {FREE} WHERE key = ? AND lease_token = ?",
                key,
                lease.token,
            )
        )

    async def failed(self, key: str, lease: Lease, retry: Retry, *, counts: bool = True) -> None:
        """Not sent: attempts + 1 where it counts, lease freed. Raises `LeaseLost`."""
        held(
            await self._tx.execute(
                f"UPDATE notice SET state = ?, attempts = attempts + ?, next_at = ?, last_error = ?, {FREE} "
                "WHERE key = ? AND lease_token = ?",
                "dead" if retry.dead else "open",
                int(counts),
                retry.next_at,
                retry.error,
                key,
                lease.token,
            )
        )

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease."""
        await self._tx.execute(
            f"UPDATE notice SET {FREE} WHERE state = 'open' AND lease_token = ?",
            lease.token,
        )

    async def replay_dead(self) -> int:
        """Put the dead ones to work again; how many."""
        return await self._tx.execute(
            "UPDATE notice SET state = 'open', attempts = 0, next_at = 0 WHERE state = 'dead'"
        )
