"""The ledger: append-only."""

from collections.abc import Sequence
from typing import Protocol

from payments.ports.stores.records import LedgerEntry


class Ledger(Protocol):
    """What changed in what is sold, before and after."""

    async def add(self, entries: Sequence[LedgerEntry]) -> None:
        """Write what changed in what is sold."""
        ...
