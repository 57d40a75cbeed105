"""Who may do what in a community."""

from collections.abc import Sequence

from payments.core.community import Platform
from payments.core.ids import CommunityId
from payments.core.rights import Rank, TeamEntry, TeamKind
from storage.database import Row, Tx
from storage.statements import select, upsert

_TEAM = "community_id, platform, kind, subject_id, place_id, name, rank, added_at, suspended_at"


class SqlTeam:
    """See `payments.ports.stores.Team`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def of(self, community_id: CommunityId) -> Sequence[TeamEntry]:
        rows = await self._tx.fetch(select("team", _TEAM) + " WHERE community_id = ?", community_id)
        return sorted(map(_entry_of, rows), key=lambda e: (-e.rank, e.name.casefold(), e.subject_id))

    async def put(self, entry: TeamEntry) -> None:
        await self._tx.execute(
            upsert("team", _TEAM, "community_id, platform, kind, subject_id"),
            entry.community_id,
            entry.platform,
            entry.kind,
            entry.subject_id,
            entry.place_id,
            entry.name,
            entry.rank.name.lower(),
            entry.added_at,
            None,
        )

    async def remove(self, community_id: CommunityId, platform: Platform, kind: TeamKind, subject_id: str) -> bool:
        changed = await self._tx.execute(
            "DELETE FROM team WHERE community_id = ? AND platform = ? AND kind = ? AND subject_id = ?",
            community_id,
            platform,
            kind,
            subject_id,
        )
        return changed > 0

    async def suspend(self, entry: TeamEntry, at: int | None) -> bool:
        one = "community_id = ? AND platform = ? AND kind = 'role' AND subject_id = ?"
        changed = await self._tx.execute(
            f"UPDATE team SET suspended_at = ? WHERE {one} AND suspended_at IS {'NULL' if at else 'NOT NULL'}",
            at,
            entry.community_id,
            entry.platform,
            entry.subject_id,
        )
        return changed > 0

    async def roles(self) -> Sequence[TeamEntry]:
        rows = await self._tx.fetch(select("team", _TEAM) + " WHERE kind = 'role' ORDER BY place_id, subject_id")
        return [_entry_of(row) for row in rows]


def _entry_of(row: Row) -> TeamEntry:  # by hand: a rank is stored by its name
    return TeamEntry(
        community_id=CommunityId(row["community_id"]),
        platform=Platform(row["platform"]),
        kind=TeamKind(row["kind"]),
        subject_id=row["subject_id"],
        place_id=row["place_id"],
        name=row["name"],
        rank=Rank[row["rank"].upper()],
        added_at=row["added_at"],
        suspended_at=row["suspended_at"],
    )
