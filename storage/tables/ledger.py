"""The ledger: append-only."""

from collections.abc import Sequence

from payments.core.ledger import Change
from payments.ports.stores import LedgerEntry
from storage.database import Tx
from storage.rows import row_type
from storage.statements import insert

_LEDGER = row_type(LedgerEntry, change=row_type(Change).columns)


class SqlLedger:
    """See `payments.ports.stores.Ledger`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, entries: Sequence[LedgerEntry]) -> None:
        for entry in entries:
            await self._tx.execute(insert("ledger", _LEDGER.columns), *_LEDGER.values(entry))
