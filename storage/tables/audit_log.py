"""The audit log: append-only."""

from collections.abc import Sequence

from payments.core.ids import CommunityId, PersonId
from payments.ports.stores import AuditEntry
from storage.database import Tx, Value
from storage.rows import row_type
from storage.shared_sql import WHOSE
from storage.statements import insert, select

_AUDIT = row_type(AuditEntry)
_SELECT = select("audit", _AUDIT.columns)


class SqlAuditLog:
    """See `payments.ports.stores.AuditLog`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, entry: AuditEntry) -> bool:
        statement = insert("audit", _AUDIT.columns) + " ON CONFLICT (id) DO NOTHING"
        return await self._tx.execute(statement, *_AUDIT.values(entry)) > 0

    async def of_person(self, person_id: PersonId, limit: int) -> Sequence[AuditEntry]:
        rows = await self._tx.fetch(
            _SELECT + f" WHERE {WHOSE} ORDER BY at DESC, id DESC LIMIT ?",
            person_id,
            person_id,
            limit,
        )
        return _AUDIT.all(rows)

    async def acts(
        self, community_id: CommunityId, limit: int, *, about: PersonId | None = None, before: str | None = None
    ) -> Sequence[AuditEntry]:
        theirs = WHOSE.removeprefix("person_id ")
        statement = _SELECT + " WHERE community_id = ? AND actor <> 'guestlist'"
        values: list[Value] = [community_id]
        if about is not None:
            statement += f" AND (person_id {theirs} OR actor {theirs})"
            values += [about] * 4
        if before is not None:
            last = await self._tx.fetch_one(
                select("audit", "at, id") + " WHERE id = ? AND community_id = ?", before, community_id
            )
            if last is None:
                return []
            statement += " AND (at, id) < (?, ?)"
            values += [last["at"], last["id"]]
        rows = await self._tx.fetch(statement + " ORDER BY at DESC, id DESC LIMIT ?", *values, limit)
        return _AUDIT.all(rows)
