"""One-time codes, the attempts at them, and places that are to join a community."""

from collections.abc import Sequence

from payments.core.community import Identity, Place
from payments.ports.stores import Code, JoiningState, JoinRequest
from storage.database import Tx
from storage.rows import row_type
from storage.statements import insert, select

_CODE = row_type(Code, maker="platform, user_id", place="place_platform, place_id")
_JOINING = row_type(
    JoinRequest,
    place="platform, place_id",
    requester="asker_platform, asker_id",
    host="host_platform, host_place_id",
    host_requester="host_asker_platform, host_asker_id",
)
_SELECT_JOINING = select("joining", _JOINING.columns)
KEPT_MS = 86_400_000
"""How long a code that is over is remembered, to say what became of it."""


class SqlCodes:
    """See `payments.ports.stores.Codes`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, code: Code, machine_now: int) -> None:
        await self._tx.execute("DELETE FROM code WHERE expires_at < ?", machine_now - KEPT_MS)
        place_id = code.place.external_id if code.place else None
        await self._tx.execute(
            "UPDATE code SET state = 'replaced' WHERE state = 'open' AND kind = ? AND platform = ? AND user_id = ? "
            "AND COALESCE(place_id, '') = ?",
            code.kind,
            code.maker.platform,
            code.maker.user_id,
            place_id or "",
        )
        await self._tx.execute(insert("code", _CODE.columns), *_CODE.values(code))

    async def get(self, code_hash: str) -> Code | None:
        row = await self._tx.fetch_one(select("code", _CODE.columns) + " WHERE hash = ?", code_hash)
        return _CODE.one(row)

    async def use(self, code_hash: str, machine_now: int) -> bool:
        used = await self._tx.execute(
            "UPDATE code SET state = 'used' WHERE hash = ? AND state = 'open' AND expires_at > ?",
            code_hash,
            machine_now,
        )
        return used > 0

    async def try_one(self, identity: Identity, machine_now: int, window_ms: int) -> tuple[int, int]:
        over = machine_now - window_ms
        row = await self._tx.fetch_one(
            insert("guess", "platform, user_id, tried, since_at") + " ON CONFLICT (platform, user_id) DO UPDATE SET "
            "tried = CASE WHEN guess.since_at <= ? THEN 1 ELSE guess.tried + 1 END, "
            "since_at = CASE WHEN guess.since_at <= ? THEN excluded.since_at ELSE guess.since_at END "
            "RETURNING tried, since_at",
            identity.platform,
            identity.user_id,
            1,
            machine_now,
            over,
            over,
        )
        assert row is not None  # an upsert always answers its row
        return int(row["tried"]), int(row["since_at"])

    async def was_right(self, identity: Identity) -> None:
        await self._tx.execute(
            "UPDATE guess SET tried = tried - 1 WHERE platform = ? AND user_id = ?", identity.platform, identity.user_id
        )

    async def add_joining(self, joining: JoinRequest) -> None:
        await self._tx.execute(insert("joining", _JOINING.columns), *_JOINING.values(joining))

    async def joining(self, joining_id: str) -> JoinRequest | None:
        row = await self._tx.fetch_one(_SELECT_JOINING + " WHERE id = ?", joining_id)
        return _JOINING.one(row)

    async def joinings(self, host: Place, machine_now: int) -> Sequence[JoinRequest]:
        rows = await self._tx.fetch(
            _SELECT_JOINING + " WHERE host_platform = ? AND host_place_id = ? AND state = 'open' AND expires_at > ? "
            "ORDER BY expires_at, id",
            host.platform,
            host.external_id,
            machine_now,
        )
        return _JOINING.all(rows)

    async def end_joining(self, joining_id: str, state: JoiningState) -> bool:
        ended = await self._tx.execute(
            "UPDATE joining SET state = ? WHERE id = ? AND state = 'open'", state, joining_id
        )
        return ended > 0
