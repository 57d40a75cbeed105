"""What only one process may hold."""

from payments.ports.stores import Lease
from storage.database import Tx


class SqlLeases:
    """See `payments.ports.stores.Leases`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def take(self, name: str, lease: Lease, machine_now: int) -> bool:
        """Take it or keep it; False while another token holds it."""
        changed = await self._tx.execute(
            "INSERT INTO lease (name, token, until_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE "
            "SET token = excluded.token, until_at = excluded.until_at "
            "WHERE lease.token = excluded.token OR lease.until_at <= ?",
            name,
            lease.token,
            lease.until,
            machine_now,
        )
        return changed > 0

    async def give_back(self, name: str, lease: Lease) -> None:
        """Let others take it; nothing happens when it is not held any more."""
        await self._tx.execute("DELETE FROM lease WHERE name = ? AND token = ?", name, lease.token)
