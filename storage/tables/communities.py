"""Communities, their places and the targets in them."""

from collections.abc import Collection, Mapping, Sequence

from payments.core.community import Community, Place, Platform, Target
from payments.core.ids import CommunityId, PersonId, TargetId
from payments.ports.stores import Stuck
from storage.database import Tx, marks
from storage.rows import row_type
from storage.statements import columns, insert, select

_COMMUNITY = row_type(Community)
_SELECT_COMMUNITY = select("community", _COMMUNITY.columns)
TARGET = row_type(Target)
_SELECT_TARGET = select("target", TARGET.columns)

_STUCK_EFFECT = (
    "SELECT COUNT(*) FROM effect e JOIN target t ON t.id = e.target_id WHERE t.community_id = ? AND e.state = '{state}'"
)
_STUCK_CUSTOMER = (
    "SELECT COUNT(*) FROM customer c WHERE c.settled_seq < c.mark_seq AND c.state = 'dead' AND ("
    "EXISTS (SELECT 1 FROM checkout k JOIN plan p ON p.id = k.plan_id"
    " WHERE k.customer_id = c.id AND p.community_id = ?)"
    " OR EXISTS (SELECT 1 FROM subscription s JOIN plan p ON p.id = s.plan_id"
    " WHERE s.customer_id = c.id AND p.community_id = ?))"
)
_STUCK = (
    f"SELECT ({_STUCK_EFFECT.format(state='blocked')}) AS blocked, ({_STUCK_EFFECT.format(state='dead')}) AS dead, "
    f"({_STUCK_CUSTOMER}) AS customers"
)


class SqlCommunities:
    """See `payments.ports.stores.Communities`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, community: Community, place: Place, place_name: str) -> Community:
        present = await self.at(place)
        if present is not None:
            return present
        made = await self._insert(community)
        placed = await self._tx.execute(
            insert("place", "platform, external_id, community_id, name") + " ON CONFLICT DO NOTHING",
            place.platform,
            place.external_id,
            community.id,
            place_name,
        )
        if made and not placed:  # another process was faster
            await self._tx.execute("DELETE FROM community WHERE id = ?", community.id)
        return await self.at(place) or community

    async def get(self, community_id: CommunityId) -> Community | None:
        row = await self._tx.fetch_one(_SELECT_COMMUNITY + " WHERE id = ?", community_id)
        return _COMMUNITY.one(row)

    async def at(self, place: Place) -> Community | None:
        row = await self._tx.fetch_one(
            select("community c JOIN place p ON p.community_id = c.id", columns(_COMMUNITY.columns, "c"))
            + " WHERE p.platform = ? AND p.external_id = ?",
            place.platform,
            place.external_id,
        )
        return _COMMUNITY.one(row)

    async def all(self) -> Sequence[Community]:
        rows = await self._tx.fetch(_SELECT_COMMUNITY + " ORDER BY created_at, id")
        return _COMMUNITY.all(rows)

    async def places(self, community_id: CommunityId) -> Sequence[Place]:
        return list(await self.place_names(community_id))

    async def served(self, places: Collection[Place]) -> Collection[Place]:
        if not places:
            return ()
        rows = await self._tx.fetch(
            f"SELECT platform, external_id FROM place WHERE served = 1 AND external_id IN ({marks(len(places))})",
            *(place.external_id for place in places),
        )
        found = {Place(Platform(row["platform"]), row["external_id"]) for row in rows}
        return [place for place in places if place in found]

    async def all_served(self) -> Mapping[Place, str]:
        rows = await self._tx.fetch(
            "SELECT p.platform, p.external_id, p.name FROM place p JOIN community c ON c.id = p.community_id "
            "WHERE p.served = 1 ORDER BY c.created_at, c.id, p.platform, p.external_id"
        )
        return {Place(Platform(row["platform"]), row["external_id"]): row["name"] for row in rows}

    async def serve(self, place: Place, *, served: bool) -> bool:
        changed = await self._tx.execute(
            "UPDATE place SET served = ? WHERE platform = ? AND external_id = ? AND served <> ?",
            int(served),
            place.platform,
            place.external_id,
            int(served),
        )
        return changed > 0

    async def place_names(self, community_id: CommunityId) -> Mapping[Place, str]:
        rows = await self._tx.fetch(
            "SELECT platform, external_id, name FROM place WHERE community_id = ? ORDER BY platform, external_id",
            community_id,
        )
        return {Place(Platform(row["platform"]), row["external_id"]): row["name"] for row in rows}

    async def update(self, community: Community) -> None:
        await self._tx.execute(
            "UPDATE community SET name = ?, locale = ?, currency = ?, grace_ms = ?, contact_id = ?, icon = ?, "
            "color = ?, account_id = ?, skips_rules = ? WHERE id = ?",
            community.name,
            community.locale,
            community.currency,
            community.grace_ms,
            community.contact_id,
            community.icon,
            community.color,
            community.account_id,
            int(community.skips_rules),
            community.id,
        )

    async def adopt(self, target_id: TargetId, *, adopted: bool) -> None:
        await self._tx.execute("UPDATE target SET adopted = ? WHERE id = ?", int(adopted), target_id)

    async def trip_breaker(self, community_id: CommunityId, machine_now: int, now: int | None = None) -> bool:
        changed = await self._tx.execute(
            "UPDATE community SET breaker_tripped_at = ?, breaker_told_at = ? "
            "WHERE id = ? AND breaker_tripped_at IS NULL",
            machine_now,
            now,
            community_id,
        )
        return changed > 0

    async def held_since(self, told_before: int) -> Sequence[Community]:
        rows = await self._tx.fetch(
            select("community", _COMMUNITY.columns) + " WHERE breaker_tripped_at IS NOT NULL "
            "AND (breaker_told_at IS NULL OR breaker_told_at <= ?) ORDER BY id",
            told_before,
        )
        return _COMMUNITY.all(rows)

    async def tell_breaker(self, community_id: CommunityId, now: int) -> bool:
        changed = await self._tx.execute(
            "UPDATE community SET breaker_told_at = ? WHERE id = ? AND breaker_tripped_at IS NOT NULL",
            now,
            community_id,
        )
        return changed > 0

    async def lock(self, community_ids: Collection[CommunityId]) -> None:
        for community_id in sorted(set(community_ids)):
            await self._tx.execute("UPDATE community SET name = name WHERE id = ?", community_id)

    async def join(self, joined: CommunityId, into: CommunityId) -> None:
        for table in ("place", "plan", "target", "audit"):
            await self._tx.execute(f"UPDATE {table} SET community_id = ? WHERE community_id = ?", into, joined)
        await self._join_logs(joined, into)
        for column in ("breaker_tripped_at", "contact_id", "icon", "color"):
            await self._tx.execute(
                f"UPDATE community SET {column} = (SELECT {column} FROM community WHERE id = ?) "
                f"WHERE id = ? AND {column} IS NULL",
                joined,
                into,
            )
        await self._join_team(joined, into)
        await self._tx.execute("DELETE FROM community WHERE id = ?", joined)

    async def _join_logs(self, joined: CommunityId, into: CommunityId) -> None:
        """One community has one log channel: that of the community that goes on, if it has one."""
        both = (into, joined)
        await self._tx.execute(
            "UPDATE log_line SET community_id = ?, batch = CASE WHEN batch > 0 THEN NULL ELSE batch END "
            "WHERE community_id = ?",
            *both,
        )
        await self._tx.execute(
            "UPDATE log_channel SET community_id = ? WHERE community_id = ? "
            "AND NOT EXISTS (SELECT 1 FROM log_channel known WHERE known.community_id = ?)",
            *both,
            into,
        )
        await self._tx.execute("DELETE FROM log_channel WHERE community_id = ?", joined)

    async def _join_team(self, joined: CommunityId, into: CommunityId) -> None:
        """Both teams are one; who is in both keeps the rank that the community has which goes on."""
        same = "mine.platform = team.platform AND mine.kind = team.kind AND mine.subject_id = team.subject_id"
        await self._tx.execute(
            f"DELETE FROM team WHERE community_id = ? AND EXISTS "
            f"(SELECT 1 FROM team mine WHERE mine.community_id = ? AND {same})",
            joined,
            into,
        )
        await self._tx.execute("UPDATE team SET community_id = ? WHERE community_id = ?", into, joined)

    async def namesakes(self, one: CommunityId, other: CommunityId) -> Sequence[str]:
        rows = await self._tx.fetch(
            "SELECT p.name FROM plan p JOIN plan q ON q.name_key = p.name_key AND q.state = 'active' "
            "AND q.community_id = ? WHERE p.community_id = ? AND p.state = 'active' ORDER BY p.name",
            other,
            one,
        )
        return [row["name"] for row in rows]

    async def in_use(self, place: Place) -> bool:
        row = await self._tx.fetch_one(
            "SELECT 1 AS used FROM target t WHERE t.platform = ? AND t.place_id = ? AND ("
            "EXISTS (SELECT 1 FROM plan_target p WHERE p.target_id = t.id) OR "
            "EXISTS (SELECT 1 FROM access a WHERE a.target_id = t.id AND (a.wanted = 1 OR a.user_id IS NOT NULL)))",
            place.platform,
            place.external_id,
        )
        return row is not None

    async def once_in(self, place: Place) -> Collection[PersonId]:
        rows = await self._tx.fetch(
            "SELECT DISTINCT a.person_id FROM access a JOIN target t ON t.id = a.target_id "
            "WHERE t.platform = ? AND t.place_id = ?",
            place.platform,
            place.external_id,
        )
        return [PersonId(row["person_id"]) for row in rows]

    async def take_out(self, place: Place, own: Community) -> None:
        await self._insert(own)
        key = (own.id, place.platform, place.external_id)
        # First, so that a group which becomes a supergroup keeps its old id until all that goes by it is done.
        await self._tx.execute("UPDATE place SET community_id = ? WHERE platform = ? AND external_id = ?", *key)
        await self._tx.execute("UPDATE target SET community_id = ? WHERE platform = ? AND place_id = ?", *key)
        await self._tx.execute(  # those who own the place from now on read nothing of the others' members
            "DELETE FROM log_channel WHERE platform = ? AND place_id = ?", place.platform, place.external_id
        )
        theirs = "target_id IN (SELECT id FROM target WHERE platform = ? AND place_id = ?)"
        # What people once had of them stays behind: the new owners have nothing to do with those.
        await self._tx.execute(  # in the order in which `SqlAccesses` opens many again, without locking persons
            "DELETE FROM effect WHERE (person_id, target_id) IN (SELECT person_id, target_id FROM effect "
            f"WHERE {theirs} ORDER BY person_id, target_id {self._tx.dialect.lock_rows})",
            place.platform,
            place.external_id,
        )
        await self._tx.execute(f"DELETE FROM access WHERE {theirs}", place.platform, place.external_id)
        await self._tx.execute("UPDATE team SET community_id = ? WHERE platform = ? AND place_id = ?", *key)

    async def _insert(self, community: Community) -> int:
        return await self._tx.execute(
            insert("community", _COMMUNITY.columns) + " ON CONFLICT (id) DO NOTHING", *_COMMUNITY.values(community)
        )

    async def rename_place(self, place: Place, name: str) -> bool:
        key = (place.platform, place.external_id)
        row = await self._tx.fetch_one(
            "SELECT community_id, name FROM place WHERE platform = ? AND external_id = ?", *key
        )
        if row is None or row["name"] == name:
            return False
        await self._tx.execute(
            "UPDATE community SET name = ? WHERE id = ? AND name = ?", name, row["community_id"], row["name"]
        )
        await self._tx.execute("UPDATE place SET name = ? WHERE platform = ? AND external_id = ?", name, *key)
        return True

    async def reset_breaker(self, community_id: CommunityId) -> None:
        await self._tx.execute("UPDATE community SET breaker_tripped_at = NULL WHERE id = ?", community_id)

    async def put_target(self, target: Target) -> Target:
        row = await self._tx.fetch_one(
            insert("target", TARGET.columns)
            + " ON CONFLICT (platform, place_id, external_id) DO UPDATE SET name = excluded.name RETURNING "
            + TARGET.columns,
            *TARGET.values(target),
        )
        assert row is not None  # an upsert always answers its row
        return TARGET.read(row)

    async def target(self, target_id: TargetId) -> Target | None:
        row = await self._tx.fetch_one(_SELECT_TARGET + " WHERE id = ?", target_id)
        return TARGET.one(row)

    async def targets(self, community_id: CommunityId) -> Sequence[Target]:
        rows = await self._tx.fetch(_SELECT_TARGET + " WHERE community_id = ? ORDER BY name, id", community_id)
        return TARGET.all(rows)

    async def targets_in(self, place: Place) -> Sequence[Target]:
        rows = await self._tx.fetch(
            _SELECT_TARGET + " WHERE platform = ? AND place_id = ? ORDER BY id", place.platform, place.external_id
        )
        return TARGET.all(rows)

    async def places_with_targets(self) -> Sequence[Place]:
        rows = await self._tx.fetch("SELECT DISTINCT platform, place_id FROM target ORDER BY platform, place_id")
        return [Place(Platform(row["platform"]), row["place_id"]) for row in rows]

    async def set_fault(self, target_id: TargetId, code: str, detail: str, now: int) -> bool:
        changed = await self._tx.execute(
            "UPDATE target SET fault = ?, fault_detail = ?, fault_at = ?, fault_told_at = NULL "
            "WHERE id = ? AND (fault IS NULL OR fault <> ?)",
            code,
            detail,
            now,
            target_id,
            code,
        )
        return changed > 0

    async def end_fault(self, target: Target) -> bool:
        changed = await self._tx.execute(
            "UPDATE target SET fault = NULL, fault_detail = NULL, fault_at = NULL, fault_told_at = NULL "
            "WHERE id = ? AND fault_at = ? AND fault = ?",
            target.id,
            target.fault_at,
            target.fault,
        )
        return changed > 0

    async def tell_fault(self, target_id: TargetId, now: int, before: int) -> bool:
        changed = await self._tx.execute(
            "UPDATE target SET fault_told_at = ? "
            "WHERE id = ? AND fault IS NOT NULL AND (fault_told_at IS NULL OR fault_told_at <= ?)",
            now,
            target_id,
            before,
        )
        return changed > 0

    async def stuck(self, community_id: CommunityId) -> Stuck:
        row = await self._tx.fetch_one(_STUCK, *[community_id] * 4)
        assert row is not None  # a query of aggregates always answers a row
        return Stuck(blocked=int(row["blocked"]), dead=int(row["dead"]), customers=int(row["customers"]))
