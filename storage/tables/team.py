"""The codes that claim places, and who may do what in a community."""

from collections.abc import Collection, Sequence

from payments.core.community import Place, Platform
from payments.core.ids import CommunityId
from payments.core.rights import Rank, TeamEntry, TeamKind
from payments.ports.stores import Claim, ClaimState
from storage.database import Row, Tx, chunks, marks
from storage.rows import row_type
from storage.statements import insert, select, upsert

_CLAIM = row_type(Claim, place="platform, place_id")
_SELECT = select("claim", _CLAIM.columns)
_TEAM = "community_id, platform, kind, subject_id, place_id, name, rank, added_at, suspended_at"


class SqlClaims:
    """See `payments.ports.stores.Claims`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, code_hash: str, expires_at: int, now: int) -> None:
        await self._tx.execute(
            insert("claim", "code_hash, state, expires_at, created_at"), code_hash, ClaimState.OPEN, expires_at, now
        )

    async def get(self, code_hash: str) -> Claim | None:
        row = await self._tx.fetch_one(_SELECT + " WHERE code_hash = ?", code_hash)
        return _CLAIM.one(row)

    async def held_by(self, user_ids: Collection[str], machine_now: int) -> Sequence[Claim]:
        if not user_ids:
            return []
        rows = await self._tx.fetch(
            _SELECT
            + f" WHERE state = 'held' AND expires_at > ? AND holder_id IN ({marks(len(user_ids))})"
            + " ORDER BY created_at DESC, code_hash",
            machine_now,
            *user_ids,
        )
        return _CLAIM.all(rows)

    async def hold(self, code_hash: str, user_id: str) -> bool:
        changed = await self._tx.execute(
            "UPDATE claim SET state = 'held', holder_id = ? WHERE code_hash = ? AND state = 'open'", user_id, code_hash
        )
        return changed > 0

    async def drop(self, code_hashes: Collection[str]) -> int:
        dropped = 0
        for some in chunks(code_hashes):
            which = f"code_hash IN ({marks(len(some))}) AND state <> 'redeemed'"
            if await self._tx.fetch_one(f"SELECT 1 AS found FROM claim WHERE {which}", *some):
                dropped += await self._tx.execute(f"DELETE FROM claim WHERE {which}", *some)
        return dropped

    async def redeem(self, code_hash: str, holder_id: str, place: Place) -> bool:
        changed = await self._tx.execute(
            "UPDATE claim SET state = 'redeemed', holder_id = ?, platform = ?, place_id = ? WHERE code_hash = ? AND "
            "(state = 'open' OR (state = 'held' AND holder_id = ?))",
            holder_id,
            place.platform,
            place.external_id,
            code_hash,
            holder_id,
        )
        return changed > 0


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
