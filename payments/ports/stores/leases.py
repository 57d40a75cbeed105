"""Leases: what only one process may hold, and the work that dead processes held."""

from typing import Protocol

from payments.ports.stores.records import Lease


class Leases(Protocol):
    """What only one process may hold."""

    async def take(self, name: str, lease: Lease, machine_now: int) -> bool:
        """Take it or keep it; False while another token holds it."""
        ...

    async def hold(self, name: str, token: str, ttl_ms: int) -> bool:
        """Take it or keep it for so long by the database's own clock; False while another token holds it.

        For what processes hold against each other: their clocks may differ, the database's is one.
        """
        ...

    async def give_back(self, name: str, token: str) -> None:
        """Let others take it; nothing happens when it is not held any more."""
        ...

    async def free_deliveries(self) -> None:
        """Free every effect, notice and update: for who has just begun to deliver, alone."""
        ...

    async def free_dead(self) -> None:
        """Free the customers, events and requests held by processes whose own lease (`process:`) has ended."""
        ...
