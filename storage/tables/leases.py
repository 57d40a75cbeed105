"""What only one process may hold, and the work that dead processes held."""

from payments.ports.stores import Lease
from storage.database import Tx
from storage.leased_queue import LeasedQueue
from storage.tables.accesses import EFFECTS
from storage.tables.customers import CUSTOMERS
from storage.tables.events import EVENTS
from storage.tables.inbox import UPDATES
from storage.tables.notices import NOTICES
from storage.tables.requests import REQUESTS

_TAKE = (
    "INSERT INTO lease (name, token, until_at) VALUES (?, ?, {until}) ON CONFLICT (name) DO UPDATE "
    "SET token = excluded.token, until_at = excluded.until_at "
    "WHERE lease.token = excluded.token OR lease.until_at <= {now}"
)

_DELIVERIES = (EFFECTS, NOTICES, UPDATES)
_SETTLING = (CUSTOMERS, EVENTS, REQUESTS)

_DEAD_MS = 60_000
"""How long a dead process is remembered: as long as what it held is leased (`runtime.context.LEASE_MS`)."""

_OF_THE_DEAD = (
    " AND SUBSTR(w.lease_token, 1, 16) NOT IN "
    "(SELECT token FROM lease WHERE name LIKE 'process:%' AND until_at > {now})"
)
"""A token begins with the name of its process (`payments.flows.runtime.context.Engine.lease`)."""


class SqlLeases:
    """See `payments.ports.stores.Leases`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._now = tx.dialect.now_ms

    async def take(self, name: str, lease: Lease, machine_now: int) -> bool:
        sql = _TAKE.format(until="?", now="?")
        return await self._tx.execute(sql, name, lease.token, lease.until, machine_now) > 0

    async def hold(self, name: str, token: str, ttl_ms: int) -> bool:
        sql = _TAKE.format(until=f"{self._now} + ?", now=self._now)
        return await self._tx.execute(sql, name, token, ttl_ms) > 0

    async def give_back(self, name: str, token: str) -> None:
        await self._tx.execute("DELETE FROM lease WHERE name = ? AND token = ?", name, token)

    async def free_deliveries(self) -> None:
        for queue in _DELIVERIES:
            await LeasedQueue(self._tx, queue).free()

    async def free_dead(self) -> None:
        ended = await self._tx.fetch_one(
            f"SELECT 1 AS found FROM lease WHERE name LIKE 'process:%' AND until_at <= {self._now}"
        )
        if ended is None:  # most of the time nobody is dead, and this one question is all
            return
        for queue in _SETTLING:
            await LeasedQueue(self._tx, queue).free(_OF_THE_DEAD.format(now=self._now))
        await self._tx.execute(
            f"DELETE FROM lease WHERE name LIKE 'process:%' AND until_at <= {self._now} - ?", _DEAD_MS
        )

    async def free_all(self) -> None:
        """Free all work, and every other lease: for the only process there is."""
        for queue in _DELIVERIES + _SETTLING:
            await LeasedQueue(self._tx, queue).free()
        await self._tx.execute("DELETE FROM lease")
