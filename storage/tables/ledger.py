"""The ledger: append-only."""

from collections.abc import Sequence

from payments.core.ledger import Change, LedgerSource
from payments.ports.stores import LedgerEntry
from storage.database import Tx
from storage.rows import row_type
from storage.statements import insert

_LEDGER = row_type(LedgerEntry, change=row_type(Change).columns)
_ADD = insert("ledger", _LEDGER.columns + ", amount_before, amount_after")


class SqlLedger:
    """See `payments.ports.stores.Ledger`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, entries: Sequence[LedgerEntry]) -> None:
        for entry in entries:
            await self._tx.execute(_ADD, *_LEDGER.values(entry), *_former(entry.change))


def _former(change: Change) -> tuple[int | None, int | None]:
    """The amounts as schema 12 had them, unit amounts and totals alike: nothing reads them, but one must be there."""
    if change.source is LedgerSource.SUBSCRIPTION:
        return change.unit_amount_before, change.unit_amount_after
    return change.total_before, change.total_after
