"""Wanted and applied access, and the effects that bring them together."""

from collections.abc import Collection, Sequence

from payments.core.access import Access, EffectState
from payments.core.breaker import End
from payments.core.community import Identity, Place, Platform, Target
from payments.core.ids import CommunityId, PersonId, TargetId
from payments.core.refusals import Cause
from payments.ports.stores import Effect, Lease, Refusal, Refused, Retry, RevokeCount
from storage.database import Tx, Value, chunks, marks
from storage.leased_queue import LeasedQueue, Queue
from storage.rows import row_type
from storage.shared_sql import FREE, held
from storage.statements import columns, select
from storage.tables.communities import TARGET

_ACCESS = row_type(Access)
_SELECT_ACCESS = select("access", _ACCESS.columns)
_EFFECT = row_type(Effect, pending_since_at="heard_at")
_REFUSAL = row_type(Refusal, place="platform, place_id")

EFFECTS = Queue(
    "effect", "person_id, target_id", _EFFECT.columns, waiting="state = 'open'", open="open", order="next_at"
)

_REOPEN = "seq = seq + 1, state = 'open', attempts = 0, next_at = ?, opened_at = ?, heard_at = NULL"
"""What opening an effect again sets; values are machine time, twice. Its lease goes on: its holder sees that."""

_ONE = " WHERE person_id = ? AND target_id = ?"

_PENDING_REVOKE = "a.wanted = 0 AND a.applied = 1 AND w.state = 'open' AND w.breaker_passed = 0"

# Not joined: SQLite would begin with the platform's targets, and read the accesses of all members.
_LET_THROUGH = (
    " AND EXISTS (SELECT 1 FROM access a JOIN target t ON t.id = a.target_id "
    "JOIN community c ON c.id = t.community_id WHERE a.person_id = w.person_id "
    "AND a.target_id = w.target_id AND t.platform = ? "
    "AND (c.breaker_tripped_at IS NULL OR a.wanted = 1 OR w.breaker_passed = 1 OR w.ended = 'grace'))"
)

_EFFECTS_OF_COMMUNITY = (
    "access a JOIN target t ON t.id = a.target_id "
    "JOIN effect w ON w.person_id = a.person_id AND w.target_id = a.target_id"
)

ID_LONGEST = "\U0010ffff" * 24
"""Behind every user id: Discord's have at most 20 digits, Telegram's 16."""

_IN_PLACE = (
    f"SELECT listed.user_id AS account, {columns(_ACCESS.columns, 'a')}, {columns(TARGET.columns, 't')} FROM "
    "(SELECT i.platform, i.user_id, i.person_id FROM identity i WHERE i.platform = ? AND length(i.user_id) = ? "
    "AND i.user_id > ? AND i.user_id <= ? AND EXISTS (SELECT 1 FROM access a JOIN target t ON t.id = a.target_id "
    "WHERE a.person_id = i.person_id AND t.platform = i.platform AND t.place_id = ?) ORDER BY i.user_id LIMIT ?) "
    "AS listed JOIN access a ON a.person_id = listed.person_id JOIN target t ON t.id = a.target_id "
    "WHERE t.platform = listed.platform AND t.place_id = ? ORDER BY listed.user_id, t.id"
)


class SqlAccesses:
    """See `payments.ports.stores.Accesses`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._queue = LeasedQueue(tx, EFFECTS)

    async def of(self, person_ids: Collection[PersonId]) -> Sequence[Access]:
        found: list[Access] = []
        for some in chunks(person_ids):
            rows = await self._tx.fetch(
                _SELECT_ACCESS + f" WHERE person_id IN ({marks(len(some))}) ORDER BY person_id, target_id",
                *some,
            )
            found += _ACCESS.all(rows)
        return found

    async def get(self, person_id: PersonId, target_id: TargetId) -> Access | None:
        row = await self._tx.fetch_one(_SELECT_ACCESS + _ONE, person_id, target_id)
        return _ACCESS.one(row)

    async def want(
        self, access: Access, machine_now: int, pending_since_at: int | None = None, ended: End | None = None
    ) -> None:
        await self._tx.execute(
            "INSERT INTO access (person_id, target_id, wanted, applied, entitlement_id, reason, wanted_at) "
            "VALUES (?, ?, ?, 0, ?, ?, ?) ON CONFLICT (person_id, target_id) DO UPDATE SET wanted = excluded.wanted, "
            "entitlement_id = excluded.entitlement_id, reason = excluded.reason, wanted_at = excluded.wanted_at",
            access.person_id,
            access.target_id,
            int(access.wanted),
            access.entitlement_id,
            access.reason,
            access.wanted_at,
        )
        await self._tx.execute(
            "INSERT INTO effect (person_id, target_id, seq, state, next_at, opened_at, heard_at, breaker_passed, "
            "ended) VALUES (?, ?, 1, 'open', ?, ?, ?, ?, ?) "
            "ON CONFLICT (person_id, target_id) DO UPDATE SET seq = effect.seq + 1, state = 'open', attempts = 0, "
            "next_at = excluded.next_at, opened_at = excluded.opened_at, heard_at = excluded.heard_at, "
            "last_error = NULL, breaker_passed = excluded.breaker_passed, ended = excluded.ended",
            access.person_id,
            access.target_id,
            machine_now,
            machine_now,
            pending_since_at,
            int(ended is End.AGREED),
            ended,
        )

    async def explain(self, access: Access) -> None:
        await self._tx.execute(
            "UPDATE access SET entitlement_id = ?, reason = ?" + _ONE,
            access.entitlement_id,
            access.reason,
            access.person_id,
            access.target_id,
        )

    async def reopen(self, person_id: PersonId, target_id: TargetId, machine_now: int) -> None:
        await self._reopen("person_id = ? AND target_id = ?", machine_now, person_id, target_id)

    async def _reopen(self, which: str, machine_now: int, *values: Value) -> int:
        # Rows are locked in the order in which a settlement writes them, so that neither waits for the other.
        return await self._tx.execute(
            f"UPDATE effect SET {_REOPEN} WHERE (person_id, target_id) IN (SELECT person_id, target_id FROM effect "
            f"WHERE {which} ORDER BY person_id, target_id {self._tx.dialect.lock_rows})",
            machine_now,
            machine_now,
            *values,
        )

    async def claim(self, platform: Platform, lease: Lease, machine_now: int, limit: int) -> Sequence[Effect]:
        return _EFFECT.all(await self._queue.claim(lease, machine_now, limit, platform, only=_LET_THROUGH))

    async def provenance(self, effect: Effect, lease: Lease, *, held_before: bool, user_id: str) -> None:
        await self._under(lease, effect, "held_before = ?, user_id = ?", int(held_before), user_id)

    async def forget(self, effect: Effect, lease: Lease, *, parted: bool = False, taken_at: int | None = None) -> None:
        gone = ", applied = 0, applied_at = NULL" if parted else ""
        change = "held_before = NULL, user_id = NULL, rejoined_at = NULL, taken_at = ?" + gone
        await self._under(lease, effect, change, taken_at)

    async def _under(self, lease: Lease, effect: Effect, change: str, *values: Value) -> None:
        """Change an access while its delivery is ours. The caller has locked the person."""
        held(
            await self._tx.execute(
                f"UPDATE access SET {change}{_ONE} AND EXISTS (SELECT 1 FROM effect w WHERE w.person_id = "
                "access.person_id AND w.target_id = access.target_id AND w.lease_token = ?)",
                *values,
                effect.person_id,
                effect.target_id,
                lease.token,
            )
        )

    async def given_late(self, person_id: PersonId, target_id: TargetId, user_id: str) -> None:
        await self._tx.execute(
            "UPDATE access SET held_before = 0, user_id = ?" + _ONE + " AND (user_id IS NULL OR user_id = ?)",
            user_id,
            person_id,
            target_id,
            user_id,
        )

    async def held_by_another(self, person_id: PersonId, target_id: TargetId, user_id: str) -> bool:
        row = await self._tx.fetch_one(
            "SELECT 1 AS held FROM access WHERE target_id = ? AND user_id = ? AND person_id <> ? AND held_before = 0",
            target_id,
            user_id,
            person_id,
        )
        return row is not None

    async def revoked(self, person_id: PersonId, target_id: TargetId) -> bool:
        row = await self._tx.fetch_one("SELECT revoked_at FROM access" + _ONE, person_id, target_id)
        return row is not None and row["revoked_at"] is not None

    async def done(self, effect: Effect, lease: Lease, *, applied: bool, now: int, machine_now: int) -> bool:
        row = await self._tx.fetch_one(  # not by the queue: whether it is done, only the row itself says
            "UPDATE effect SET state = CASE WHEN seq = ? THEN 'done' ELSE 'open' END, "
            "attempts = CASE WHEN seq = ? THEN 0 ELSE attempts END, "
            "last_error = CASE WHEN seq = ? THEN NULL ELSE last_error END, "
            f"cause = NULL, refused_at = NULL, {FREE}{_ONE} AND lease_token = ? RETURNING seq",
            effect.seq,
            effect.seq,
            effect.seq,
            effect.person_id,
            effect.target_id,
            lease.token,
        )
        held(1 if row else 0)
        if applied:
            await self._tx.execute(
                "UPDATE access SET applied_at = CASE WHEN applied = 1 THEN applied_at ELSE CAST(? AS BIGINT) END, "
                "applied = 1" + _ONE,
                now,
                effect.person_id,
                effect.target_id,
            )
        else:
            await self._tx.execute(
                # A revoke counts when it took away what was applied.
                "UPDATE access SET revoked_at = CASE WHEN applied = 1 THEN CAST(? AS BIGINT) ELSE revoked_at END, "
                "applied = 0, applied_at = NULL" + _ONE,
                machine_now,
                effect.person_id,
                effect.target_id,
            )
        return row is not None and row["seq"] == effect.seq

    async def park(
        self,
        effect: Effect,
        lease: Lease,
        state: EffectState,
        error: str,
        *,
        absent: bool = False,
        refused: Refused | None = None,
    ) -> None:
        await self._queue.finish(
            (effect.person_id, effect.target_id),
            lease,
            "state = CASE WHEN seq = ? THEN ? ELSE 'open' END, last_error = ?, cause = ?, refused_at = ?",
            effect.seq,
            state,
            error,
            None if refused is None else refused.cause,
            None if refused is None else refused.since_at,
        )
        if absent:
            await self._tx.execute(
                "UPDATE access SET applied = 0, applied_at = NULL" + _ONE, effect.person_id, effect.target_id
            )

    async def failed(self, effect: Effect, lease: Lease, retry: Retry, *, counts: bool = True) -> None:
        await self._queue.finish(
            (effect.person_id, effect.target_id),
            lease,
            "state = CASE WHEN seq = ? THEN ? ELSE 'open' END, "
            "attempts = CASE WHEN seq = ? THEN attempts + CAST(? AS BIGINT) ELSE attempts END, "
            "next_at = CASE WHEN seq = ? OR next_at > ? THEN CAST(? AS BIGINT) ELSE next_at END, last_error = ?, "
            "cause = COALESCE(?, cause), refused_at = COALESCE(CAST(? AS BIGINT), refused_at)",
            effect.seq,
            EffectState.DEAD if retry.dead else EffectState.OPEN,
            effect.seq,
            int(counts),
            effect.seq,
            retry.next_at,
            retry.next_at,
            retry.error,
            None if retry.refused is None else retry.refused.cause,
            None if retry.refused is None else retry.refused.since_at,
        )

    async def refusals(self, limit: int) -> Sequence[Refusal]:
        rows = await self._tx.fetch(
            "SELECT t.community_id, t.platform, t.place_id, w.target_id, w.cause, COUNT(*) AS count, "
            "MIN(w.refused_at) AS since_at, MIN(w.person_id) AS person_id FROM effect w "
            "JOIN target t ON t.id = w.target_id WHERE w.cause IS NOT NULL "
            "GROUP BY t.community_id, t.platform, t.place_id, w.target_id, w.cause "
            "ORDER BY w.target_id, w.cause LIMIT ?",
            limit,
        )
        return _REFUSAL.all(rows)

    async def refused_in(self, place: Place) -> bool:
        row = await self._tx.fetch_one(
            "SELECT 1 AS found FROM effect w WHERE w.cause IS NOT NULL AND w.target_id IN "
            "(SELECT id FROM target WHERE platform = ? AND place_id = ?) LIMIT 1",
            place.platform,
            place.external_id,
        )
        return row is not None

    async def probe(self, place: Place, target_id: TargetId | None, cause: Cause, machine_now: int) -> int:
        one = "" if target_id is None else " AND target_id = ?"
        return await self._reopen(
            "(person_id, target_id) IN (SELECT person_id, target_id FROM effect WHERE state = 'blocked' AND cause = ? "
            f"AND target_id IN (SELECT id FROM target WHERE platform = ? AND place_id = ?){one} "
            "ORDER BY opened_at, person_id LIMIT 1)",
            machine_now,
            cause,
            place.platform,
            place.external_id,
            *([] if target_id is None else [target_id]),
        )

    async def reopen_refused(
        self, place: Place, target_id: TargetId | None, causes: Collection[Cause], machine_now: int
    ) -> int:
        one = "" if target_id is None else " AND target_id = ?"
        return await self._reopen(
            f"cause IN ({marks(len(causes))}) AND state IN ('open', 'blocked') "
            f"AND target_id IN (SELECT id FROM target WHERE platform = ? AND place_id = ?){one}",
            machine_now,
            *causes,
            place.platform,
            place.external_id,
            *([] if target_id is None else [target_id]),
        )

    async def release(self, lease: Lease) -> None:
        await self._queue.release(lease)

    async def effect(self, person_id: PersonId, target_id: TargetId) -> Effect | None:
        row = await self._tx.fetch_one(select("effect", _EFFECT.columns) + _ONE, person_id, target_id)
        return _EFFECT.one(row)

    async def effects(
        self, *, community_id: CommunityId | None, states: Collection[EffectState], limit: int
    ) -> Sequence[Effect]:
        which, values = _states(states), list[Value]()
        if community_id is not None:
            which += " AND w.target_id IN (SELECT id FROM target WHERE community_id = ?)"
            values.append(community_id)
        rows = await self._tx.fetch(
            select("effect w", columns(_EFFECT.columns, "w"))
            + f" WHERE {which} ORDER BY w.opened_at, w.person_id, w.target_id LIMIT ?",
            *values,
            limit,
        )
        return _EFFECT.all(rows)

    async def reopen_states(
        self, states: Collection[EffectState], machine_now: int, *, platform: Platform | None = None
    ) -> int:
        which, values = _states(states).replace("w.", ""), list[Value]()
        if platform is not None:
            which += " AND target_id IN (SELECT id FROM target WHERE platform = ?)"
            values.append(platform)
        return await self._reopen(which, machine_now, *values)

    async def reopen_waiting(self, person_id: PersonId, place: Place, machine_now: int) -> int:
        return await self._reopen(
            "person_id = ? AND target_id IN (SELECT id FROM target WHERE platform = ? AND place_id = ?)",
            machine_now,
            person_id,
            place.platform,
            place.external_id,
        )

    async def rejoined(self, person_id: PersonId, place: Place, machine_now: int) -> None:
        await self._tx.execute(
            "UPDATE access SET rejoined_at = ? WHERE person_id = ? AND wanted = 0 AND taken_at IS NOT NULL "
            "AND target_id IN (SELECT id FROM target WHERE platform = ? AND place_id = ?)",
            machine_now,
            person_id,
            place.platform,
            place.external_id,
        )

    async def came_back(self, person_id: PersonId, target_id: TargetId, user_id: str, since: int) -> bool:
        changed = await self._tx.execute(
            f"UPDATE access SET held_before = 0, user_id = ?, applied = 1{_ONE} AND wanted = 0 AND applied = 0 "
            "AND held_before IS NULL AND taken_at IS NOT NULL AND rejoined_at >= ?",
            user_id,
            person_id,
            target_id,
            since,
        )
        if changed:
            await self._tx.execute("UPDATE effect SET breaker_passed = 1" + _ONE, person_id, target_id)
        return changed > 0

    async def revoke_count(self, community_id: CommunityId, since: int, ended: End | None = None) -> RevokeCount:
        kind = "w.ended IS NULL" if ended is None else f"w.ended = '{End(ended)}'"
        row = await self._tx.fetch_one(
            "SELECT CAST(COALESCE(SUM(pending), 0) AS BIGINT) AS pending, "
            "CAST(COALESCE(SUM(1 - pending), 0) AS BIGINT) AS recent FROM ("
            "SELECT person_id, MAX(pending) AS pending FROM ("
            f"SELECT a.person_id, 1 AS pending FROM {_EFFECTS_OF_COMMUNITY} "
            f"WHERE t.community_id = ? AND {_PENDING_REVOKE} AND {kind} "
            f"UNION ALL SELECT a.person_id, 0 AS pending FROM {_EFFECTS_OF_COMMUNITY} "
            f"WHERE t.community_id = ? AND a.applied = 0 AND w.breaker_passed = 0 AND {kind} AND a.revoked_at >= ?"
            ") AS revokes GROUP BY person_id) AS persons",
            community_id,
            community_id,
            since,
        )
        assert row is not None  # an aggregate always answers a row
        return RevokeCount(pending=row["pending"], recent=row["recent"])

    async def given(self, target_id: TargetId) -> int:
        row = await self._tx.fetch_one(
            "SELECT COUNT(*) AS given FROM access WHERE target_id = ? AND applied = 1 AND held_before = 0", target_id
        )
        assert row is not None  # an aggregate always answers a row
        return int(row["given"])

    async def graces_ended(self, community_id: CommunityId, since: int, before: int) -> int:
        row = await self._tx.fetch_one(
            f"SELECT COUNT(DISTINCT a.person_id) AS ended FROM {_EFFECTS_OF_COMMUNITY} WHERE t.community_id = ? "
            "AND w.ended = 'grace' AND a.wanted = 0 AND a.applied = 0 AND a.revoked_at >= ? AND a.revoked_at < ?",
            community_id,
            since,
            before,
        )
        assert row is not None  # an aggregate always answers a row
        return int(row["ended"])

    async def members(self, community_id: CommunityId, since: int, at_most: int) -> int:
        row = await self._tx.fetch_one(
            "SELECT COUNT(*) AS members FROM (SELECT DISTINCT a.person_id FROM access a "
            "JOIN target t ON t.id = a.target_id "
            "WHERE t.community_id = ? AND (a.applied = 1 OR a.revoked_at >= ?) LIMIT ?) AS persons",
            community_id,
            since,
            at_most,
        )
        assert row is not None  # an aggregate always answers a row
        return int(row["members"])

    async def pending_revokes(self, community_id: CommunityId, limit: int) -> Sequence[Access]:
        rows = await self._tx.fetch(
            select(_EFFECTS_OF_COMMUNITY, columns(_ACCESS.columns, "a"))
            + f" WHERE t.community_id = ? AND {_PENDING_REVOKE} ORDER BY w.opened_at, a.person_id, a.target_id LIMIT ?",
            community_id,
            limit,
        )
        return _ACCESS.all(rows)

    async def pass_breaker(self, community_id: CommunityId, machine_now: int) -> int:
        return await self._tx.execute(
            "UPDATE effect SET breaker_passed = 1, next_at = ?, heard_at = NULL "
            "WHERE (person_id, target_id) IN (SELECT person_id, target_id FROM effect "
            "WHERE (person_id, target_id) IN (SELECT a.person_id, a.target_id "
            f"FROM {_EFFECTS_OF_COMMUNITY} WHERE t.community_id = ? AND {_PENDING_REVOKE}) "
            f"ORDER BY person_id, target_id {self._tx.dialect.lock_rows})",
            machine_now,
            community_id,
        )

    async def in_place(
        self, place: Place, after: str | None, until: str | None, limit: int
    ) -> Sequence[tuple[Identity, Access, Target]]:
        found: list[tuple[Identity, Access, Target]] = []
        accounts = 0
        # Ids of one length are ordered alike as numbers and as texts.
        for length in range(len(after or "1"), len(until or ID_LONGEST) + 1):
            rows = await self._tx.fetch(
                _IN_PLACE,
                place.platform,
                length,
                after if after is not None and length == len(after) else "",
                until if until is not None and length == len(until) else ID_LONGEST,
                place.external_id,
                limit - accounts,
                place.external_id,
            )
            found += [(Identity(place.platform, row["account"]), _ACCESS.read(row), TARGET.read(row)) for row in rows]
            accounts += len({row["account"] for row in rows})
            if accounts == limit:
                break
        return found


def _states(states: Collection[EffectState]) -> str:
    """A condition on the state of `w`; no state at all matches nothing.

    Each stands in it by itself and as a literal: so both engines see which partial index has all of them.
    """
    return "(" + (" OR ".join(f"w.state = '{EffectState(state)}'" for state in sorted(states)) or "1 = 0") + ")"
