"""Codes that claim places, and who holds them."""

from collections.abc import Collection, Sequence

from payments.core.community import Place
from payments.ports.stores import Claim, ClaimState
from storage.database import Tx, chunks, marks
from storage.rows import row_type
from storage.statements import insert, select

_CLAIM = row_type(Claim, place="platform, place_id")


_SELECT = select("claim", _CLAIM.columns)


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
