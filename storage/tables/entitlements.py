"""The guest list."""

from collections.abc import Collection, Sequence

from payments.core.access import Entitlement
from payments.core.breaker import Foreseen
from payments.core.ids import EntitlementId, PersonId
from storage.database import Tx, chunks, marks
from storage.rows import row_type
from storage.statements import select, upsert

ENTITLEMENT = row_type(Entitlement)
_SELECT = select("entitlement", ENTITLEMENT.columns)
_FORESEEN = row_type(Foreseen, at="end_at", known_at="end_known_at", why="end_why")


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

    async def foresee(self, entitlement_id: EntitlementId, end: Foreseen | None) -> None:
        at, known_at, why = (None, None, None) if end is None else (end.at, end.known_at, end.why)
        await self._tx.execute(
            "UPDATE entitlement SET end_known_at = CASE WHEN end_at <= CAST(? AS BIGINT) AND end_known_at < "
            "CAST(? AS BIGINT) THEN end_known_at ELSE CAST(? AS BIGINT) END, end_at = ?, end_why = ? WHERE id = ?",
            at,
            known_at,
            known_at,
            at,
            why,
            entitlement_id,
        )

    async def foreseen(self, entitlement_id: EntitlementId) -> Foreseen | None:
        row = await self._tx.fetch_one(
            select("entitlement", _FORESEEN.columns) + " WHERE id = ? AND end_at IS NOT NULL", entitlement_id
        )
        return _FORESEEN.one(row)
