"""The guest list."""

from collections.abc import Collection, Sequence

from payments.core.access import Entitlement, Reason, Source
from payments.core.ids import AccountId, EntitlementId, PersonId, PlanId
from storage.database import Row, Tx, chunks, marks
from storage.statements import select, upsert

COLUMNS = (
    "id, source, source_id, account_id, plan_id, payer_id, beneficiary_id, began_at, access_from, access_until, reason"
)


def entitlement_of(row: Row) -> Entitlement:
    """An entitlement's row."""
    return Entitlement(
        id=EntitlementId(row["id"]),
        source=Source(row["source"]),
        source_id=row["source_id"],
        account_id=AccountId(row["account_id"]) if row["account_id"] is not None else None,
        plan_id=PlanId(row["plan_id"]),
        payer_id=PersonId(row["payer_id"]),
        beneficiary_id=PersonId(row["beneficiary_id"]),
        began_at=row["began_at"],
        access_from=row["access_from"],
        access_until=row["access_until"],
        reason=Reason(row["reason"]),
    )


class SqlEntitlements:
    """See `payments.ports.stores.Entitlements`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def of(self, beneficiary_ids: Collection[PersonId]) -> Sequence[Entitlement]:
        """All entitlements of these persons, whatever their state, oldest first."""
        found: list[Entitlement] = []
        for some in chunks(beneficiary_ids):
            rows = await self._tx.fetch(
                select("entitlement", COLUMNS) + f" WHERE beneficiary_id IN ({marks(len(some))}) ORDER BY began_at, id",
                *some,
            )
            found += [entitlement_of(row) for row in rows]
        return found

    async def get(self, entitlement_id: EntitlementId) -> Entitlement | None:
        """One entitlement."""
        row = await self._tx.fetch_one(select("entitlement", COLUMNS) + " WHERE id = ?", entitlement_id)
        return entitlement_of(row) if row else None

    async def put(self, entitlement: Entitlement) -> None:
        """Store an entitlement as it is now."""
        await self._tx.execute(
            upsert("entitlement", COLUMNS, "id"),
            entitlement.id,
            entitlement.source,
            entitlement.source_id,
            entitlement.account_id,
            entitlement.plan_id,
            entitlement.payer_id,
            entitlement.beneficiary_id,
            entitlement.began_at,
            entitlement.access_from,
            entitlement.access_until,
            entitlement.reason,
        )
