"""One-time codes, the attempts at them, and places that are to join a community."""

from collections.abc import Sequence

from payments.core.community import Identity, Place, Platform
from payments.ports.stores import Code, CodeKind, CodeState, JoiningState, JoinRequest
from storage.database import Row, Tx
from storage.statements import insert, select

_COLUMNS = "hash, kind, platform, user_id, place_platform, place_id, state, expires_at"
_JOINING = (
    "id, platform, place_id, place_name, asker_platform, asker_id, host_platform, host_place_id, "
    "host_asker_platform, host_asker_id, state, expires_at"
)
KEPT_MS = 86_400_000
"""How long a code that is over is remembered, to say what became of it."""


def code_of(row: Row) -> Code:
    """A code's row."""
    place = None
    if row["place_platform"] is not None:
        place = Place(Platform(row["place_platform"]), row["place_id"])
    return Code(
        hash=row["hash"],
        kind=CodeKind(row["kind"]),
        maker=Identity(Platform(row["platform"]), row["user_id"]),
        place=place,
        state=CodeState(row["state"]),
        expires_at=row["expires_at"],
    )


def joining_of(row: Row) -> JoinRequest:
    """A joining's row."""
    return JoinRequest(
        id=row["id"],
        place=Place(Platform(row["platform"]), row["place_id"]),
        place_name=row["place_name"],
        asker=Identity(Platform(row["asker_platform"]), row["asker_id"]),
        host=Place(Platform(row["host_platform"]), row["host_place_id"]),
        host_asker=Identity(Platform(row["host_asker_platform"]), row["host_asker_id"]),
        state=JoiningState(row["state"]),
        expires_at=row["expires_at"],
    )


class SqlCodes:
    """See `payments.ports.stores.Codes`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, code: Code, machine_now: int) -> None:
        """Store a new code; open ones of the same account, kind and place are replaced by it."""
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
        await self._tx.execute(
            insert("code", _COLUMNS),
            code.hash,
            code.kind,
            code.maker.platform,
            code.maker.user_id,
            code.place.platform if code.place else None,
            place_id,
            code.state,
            code.expires_at,
        )

    async def get(self, code_hash: str) -> Code | None:
        """One code."""
        row = await self._tx.fetch_one(select("code", _COLUMNS) + " WHERE hash = ?", code_hash)
        return code_of(row) if row else None

    async def use(self, code_hash: str, machine_now: int) -> bool:
        """Use it up: True for one caller alone, and only while it is open and its time not over."""
        used = await self._tx.execute(
            "UPDATE code SET state = 'used' WHERE hash = ? AND state = 'open' AND expires_at > ?",
            code_hash,
            machine_now,
        )
        return used > 0

    async def try_one(self, identity: Identity, machine_now: int, window_ms: int) -> tuple[int, int]:
        """Count an attempt of this account: how many since when, this one included."""
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
        """The attempt just counted was none at guessing."""
        await self._tx.execute(
            "UPDATE guess SET tried = tried - 1 WHERE platform = ? AND user_id = ?", identity.platform, identity.user_id
        )

    async def add_joining(self, joining: JoinRequest) -> None:
        """Store a wish to join."""
        await self._tx.execute(
            insert("joining", _JOINING),
            joining.id,
            joining.place.platform,
            joining.place.external_id,
            joining.place_name,
            joining.asker.platform,
            joining.asker.user_id,
            joining.host.platform,
            joining.host.external_id,
            joining.host_asker.platform,
            joining.host_asker.user_id,
            joining.state,
            joining.expires_at,
        )

    async def joining(self, joining_id: str) -> JoinRequest | None:
        """One wish to join."""
        row = await self._tx.fetch_one(select("joining", _JOINING) + " WHERE id = ?", joining_id)
        return joining_of(row) if row else None

    async def joinings(self, host: Place, machine_now: int) -> Sequence[JoinRequest]:
        """Those that wait for an answer here, oldest first."""
        rows = await self._tx.fetch(
            select("joining", _JOINING)
            + " WHERE host_platform = ? AND host_place_id = ? AND state = 'open' AND expires_at > ? "
            "ORDER BY expires_at, id",
            host.platform,
            host.external_id,
            machine_now,
        )
        return [joining_of(row) for row in rows]

    async def end_joining(self, joining_id: str, state: JoiningState) -> bool:
        """True for one caller alone."""
        ended = await self._tx.execute(
            "UPDATE joining SET state = ? WHERE id = ? AND state = 'open'", state, joining_id
        )
        return ended > 0
