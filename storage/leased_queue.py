"""Work under leases: how a table of it is claimed, finished, given back, and put to work again when it is dead."""

# ruff: noqa: S608 - statements are put together from constants of the calling modules; values are always placeholders

from collections.abc import Sequence
from dataclasses import dataclass

from payments.ports.stores import Lease, Retry
from storage.database import Row, Tx, Value
from storage.shared_sql import FREE, held
from storage.statements import claim, columns

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """A table of work, described once.

    Both conditions are said as a partial index of the table says them: what was done for years is never read through.
    """

    table: str
    key: str
    columns: str
    """What a claim answers, and a row is read from."""
    waiting: str
    """A condition that all work has which waits or is held under a lease."""
    open: str
    """The state of work that waits."""
    order: str
    """The columns in whose order it is claimed."""
    dead: str = "state = 'dead'"
    replayed_at: int = 0
    """`next_at` of what is put to work again."""


class LeasedQueue:
    """A queue in one transaction. What ends a lease raises `LeaseLost` when the work is not held by it any more."""

    def __init__(self, tx: Tx, queue: Queue) -> None:
        self._tx = tx
        self._queue = queue

    async def claim(
        self, lease: Lease, machine_now: int, limit: int, *values: Value, only: str = "", also: str = ""
    ) -> Sequence[Row]:
        """Take waiting work whose lease is free and whose time has come, in the queue's order.

        `only`: a further condition on the row ``w``, with its `values`; `also`: what else is set.
        """
        queue = self._queue
        order = queue.order.split(", ")
        rows = await self._tx.fetch(
            claim(
                queue.table,
                queue.key,
                ready=queue.waiting + only,
                order=columns(queue.order, "w"),
                skip_locked=self._tx.dialect.skip_locked,
                answer=", ".join(dict.fromkeys([*queue.columns.split(", "), *order])),
                also=also,
            ),
            lease.token,
            lease.until,
            machine_now,
            machine_now,
            *values,
            limit,
        )
        return sorted(rows, key=lambda row: [row[name] for name in order])

    async def finish(self, key: Key, lease: Lease, change: str, *values: Value) -> None:
        """Change what is held under this lease, and end the lease."""
        one = " AND ".join(f"{name} = ?" for name in self._queue.key.split(", "))
        sql = f"UPDATE {self._queue.table} SET {change}, {FREE} WHERE {one} AND lease_token = ?"
        held(await self._tx.execute(sql, *values, *key, lease.token))

    async def done(self, key: Key, lease: Lease) -> None:
        """It was done."""
        await self.finish(key, lease, "state = 'done', last_error = NULL")

    async def failed(self, key: Key, lease: Lease, retry: Retry, *, counts: bool = True) -> None:
        """It is tried again, or dead: attempts + 1 where it counts."""
        await self.finish(
            key,
            lease,
            "state = ?, attempts = attempts + ?, next_at = ?, last_error = ?",
            "dead" if retry.dead else self._queue.open,
            int(counts),
            retry.next_at,
            retry.error,
        )

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease."""
        await self._tx.execute(
            f"UPDATE {self._queue.table} SET {FREE} WHERE {self._queue.waiting} AND lease_token = ?", lease.token
        )

    async def replay_dead(self) -> int:
        """Put the dead ones to work again; how many."""
        return await self._tx.execute(
            f"UPDATE {self._queue.table} SET state = '{self._queue.open}', attempts = 0, "
            f"next_at = {self._queue.replayed_at} WHERE {self._queue.dead}"
        )

    async def free(self, also: str = "") -> None:
        """Free what anybody holds, `also` a further condition on the row ``w``.

        Rows that somebody is writing to are left alone, so that nobody ever waits for another.
        """
        table, key = self._queue.table, self._queue.key
        await self._tx.execute(
            f"UPDATE {table} SET {FREE} WHERE ({key}) IN (SELECT {columns(key, 'w')} FROM {table} w "
            f"WHERE {self._queue.waiting} AND w.lease_token IS NOT NULL{also} {self._tx.dialect.skip_locked})"
        )
