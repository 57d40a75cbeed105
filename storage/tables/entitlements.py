"""The guest list."""

from collections.abc import Collection, Sequence

from payments.core.access import Entitlement
from payments.core.ids import EntitlementId, PersonId
from storage.database import Tx, chunks, marks
from storage.rows import row_type
from storage.statements import select, upsert

ENTITLEMENT = row_type(Entitlement)
_SELECT = select("entitlement", ENTITLEMENT.columns)


class SqlEntitlements:
    """See `payments.ports.stores.Entitlements`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def of(self, beneficiary_ids: Collection[PersonId]) -> Sequence[Entitlement]:
        found: list[Entitlement] = []
        for some in chunks(beneficiary_ids):
            rows = await self._tx.fetch(
                _SELECT + f" WHERE beneficiary_id IN ({marks(len(some))}) ORDER BY began_at, id",
                *some,
            )
            found += ENTITLEMENT.all(rows)
        return found

    async def get(self, entitlement_id: EntitlementId) -> Entitlement | None:
        row = await self._tx.fetch_one(_SELECT + " WHERE id = ?", entitlement_id)
        return ENTITLEMENT.one(row)

    async def put(self, entitlement: Entitlement) -> None:
        await self._tx.execute(upsert("entitlement", ENTITLEMENT.columns, "id"), *ENTITLEMENT.values(entitlement))
