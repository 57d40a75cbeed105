"""Ledger and audit: append-only."""

from collections.abc import Sequence
from dataclasses import astuple, fields

from payments.core.ids import CommunityId, PersonId, TargetId
from payments.core.ledger import Change
from payments.ports.stores import AuditEntry, LedgerEntry
from storage.database import Row, Tx, Value
from storage.shared_sql import WHOSE
from storage.statements import insert, select

_LEDGER_COLUMNS = ", ".join(["id", *(field.name for field in fields(Change)), "recorded_at"])
_AUDIT_COLUMNS = ", ".join(field.name for field in fields(AuditEntry))


def audit_of(row: Row) -> AuditEntry:
    """An audit's row."""
    return AuditEntry(
        id=row["id"],
        at=row["at"],
        community_id=CommunityId(row["community_id"]) if row["community_id"] is not None else None,
        person_id=PersonId(row["person_id"]) if row["person_id"] is not None else None,
        target_id=TargetId(row["target_id"]) if row["target_id"] is not None else None,
        actor=row["actor"],
        action=row["action"],
        detail=row["detail"],
        changes=row["changes"],
    )


class SqlBooks:
    """See `payments.ports.stores.Books`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def ledger(self, entries: Sequence[LedgerEntry]) -> None:
        """Write what changed in what is sold."""
        for entry in entries:
            values = (entry.id, *astuple(entry.change), entry.recorded_at)
            await self._tx.execute(insert("ledger", _LEDGER_COLUMNS), *values)

    async def audit(self, entry: AuditEntry) -> bool:
        """Write what was done, once for its id. False if it stands there already."""
        statement = insert("audit", _AUDIT_COLUMNS) + " ON CONFLICT (id) DO NOTHING"
        return await self._tx.execute(statement, *astuple(entry)) > 0

    async def audit_of(self, person_id: PersonId, limit: int) -> Sequence[AuditEntry]:
        """Newest first."""
        rows = await self._tx.fetch(
            select("audit", _AUDIT_COLUMNS) + f" WHERE {WHOSE} ORDER BY at DESC, id DESC LIMIT ?",
            person_id,
            person_id,
            limit,
        )
        return [audit_of(row) for row in rows]

    async def acts(
        self, community_id: CommunityId, limit: int, *, whom: PersonId | None = None, before: str | None = None
    ) -> Sequence[AuditEntry]:
        """What people did in a community, newest first."""
        theirs = WHOSE.removeprefix("person_id ")
        statement = select("audit", _AUDIT_COLUMNS) + " WHERE community_id = ? AND actor <> 'guestlist'"
        values: list[Value] = [community_id]
        if whom is not None:
            statement += f" AND (person_id {theirs} OR actor {theirs})"
            values += [whom] * 4
        if before is not None:
            last = await self._tx.fetch_one(
                select("audit", "at, id") + " WHERE id = ? AND community_id = ?", before, community_id
            )
            if last is None:
                return []
            statement += " AND (at, id) < (?, ?)"
            values += [last["at"], last["id"]]
        rows = await self._tx.fetch(statement + " ORDER BY at DESC, id DESC LIMIT ?", *values, limit)
        return [audit_of(row) for row in rows]
