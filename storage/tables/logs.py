"""Log channels and their lines."""

from collections.abc import Collection, Mapping, Sequence

from payments.core.community import Place
from payments.core.ids import CommunityId, EntitlementId, PersonId, PlanId
from payments.ports.stores import LogChannel, LogLine, LogSum
from storage.database import Tx, chunks, marks
from storage.rows import row_type
from storage.statements import insert, select, upsert

_CHANNEL = row_type(LogChannel, place="platform, place_id")
_LINE = row_type(LogLine)
_SUM = row_type(LogSum)
_LINES = select("log_line", _LINE.columns)
_UNSAID = " WHERE community_id = ? AND (batch IS NULL OR batch > 0)"


class SqlLogs:
    """See `payments.ports.stores.Logs`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def channels(self) -> Sequence[LogChannel]:
        return _CHANNEL.all(await self._tx.fetch(select("log_channel", _CHANNEL.columns) + " ORDER BY community_id"))

    async def channel(self, community_id: CommunityId) -> LogChannel | None:
        row = await self._tx.fetch_one(
            select("log_channel", _CHANNEL.columns) + " WHERE community_id = ?", community_id
        )
        return _CHANNEL.one(row)

    async def speaking(self, machine_now: int) -> Sequence[LogChannel]:
        rows = await self._tx.fetch(
            select("log_channel", _CHANNEL.columns) + " WHERE next_at <= ? AND EXISTS (SELECT 1 FROM log_line l "
            "WHERE l.community_id = log_channel.community_id AND (l.batch IS NULL OR l.batch > 0)) "
            "ORDER BY community_id",
            machine_now,
        )
        return _CHANNEL.all(rows)

    async def of_plans(self, plan_ids: Collection[PlanId]) -> Mapping[PlanId, LogChannel]:
        found: dict[PlanId, LogChannel] = {}
        for some in chunks(plan_ids):
            rows = await self._tx.fetch(
                f"SELECT p.id AS plan_id, c.* FROM log_channel c JOIN plan p ON p.community_id = c.community_id "
                f"WHERE p.id IN ({marks(len(some))})",
                *some,
            )
            found |= {PlanId(row["plan_id"]): _CHANNEL.read(row) for row in rows}
        return found

    async def concerned(self, community_id: CommunityId) -> Sequence[PersonId]:
        rows = await self._tx.fetch(
            "SELECT DISTINCT e.beneficiary_id FROM entitlement e JOIN plan p ON p.id = e.plan_id "
            "WHERE p.community_id = ? ORDER BY e.beneficiary_id",
            community_id,
        )
        return [PersonId(row["beneficiary_id"]) for row in rows]

    async def begin(self, channel: LogChannel, now: int) -> None:
        await self._tx.execute(upsert("log_channel", _CHANNEL.columns, "community_id"), *_CHANNEL.values(channel))
        await self._forget_members(channel.community_id)
        await self.know_members(channel.community_id, now)

    async def know_members(self, community_id: CommunityId, now: int) -> None:
        await self._tx.execute(
            "UPDATE entitlement SET logged = 1 WHERE logged IS NULL "
            "AND plan_id IN (SELECT id FROM plan WHERE community_id = ?) "
            "AND access_from <= ? AND (access_until IS NULL OR access_until > ?)",
            community_id,
            now,
            now,
        )

    async def move(self, channel: LogChannel, place: Place, room_id: str, name: str) -> None:
        await self._tx.execute(
            "UPDATE log_channel SET platform = ?, place_id = ?, room_id = ?, name = ?, cause = NULL, "
            "refused_at = NULL, next_at = 0 WHERE community_id = ?",
            place.platform,
            place.external_id,
            room_id,
            name,
            channel.community_id,
        )

    async def end(self, community_id: CommunityId) -> bool:
        await self._tx.execute("UPDATE log_line SET batch = 0" + _UNSAID, community_id)
        await self._forget_members(community_id)
        return await self._tx.execute("DELETE FROM log_channel WHERE community_id = ?", community_id) > 0

    async def _forget_members(self, community_id: CommunityId) -> None:
        await self._tx.execute(
            "UPDATE entitlement SET logged = NULL WHERE logged IS NOT NULL "
            "AND plan_id IN (SELECT id FROM plan WHERE community_id = ?)",
            community_id,
        )

    async def put(self, channel: LogChannel) -> None:
        await self._tx.execute(
            "UPDATE log_channel SET batch = ?, cause = ?, refused_at = ?, next_at = ? "
            "WHERE community_id = ? AND since_at = ? AND room_id = ?",
            channel.batch,
            channel.cause,
            channel.refused_at,
            channel.next_at,
            channel.community_id,
            channel.since_at,
            channel.room_id,
        )

    async def digested(self, channel: LogChannel, until_at: int) -> bool:
        changed = await self._tx.execute(
            "UPDATE log_channel SET digest_at = ? WHERE community_id = ? AND digest_at = ?",
            until_at,
            channel.community_id,
            channel.digest_at,
        )
        return changed > 0

    async def add(self, line: LogLine) -> bool:
        added = await self._tx.execute(
            insert("log_line", _LINE.columns) + " ON CONFLICT (key) DO NOTHING", *_LINE.values(line)
        )
        return added > 0

    async def waiting(self, community_id: CommunityId, limit: int) -> Sequence[LogLine]:
        rows = await self._tx.fetch(
            _LINES + " WHERE community_id = ? AND batch IS NULL ORDER BY at, key LIMIT ?", community_id, limit
        )
        return _LINE.all(rows)

    async def in_message(self, community_id: CommunityId) -> Sequence[LogLine]:
        rows = await self._tx.fetch(_LINES + " WHERE community_id = ? AND batch > 0 ORDER BY at, key", community_id)
        return _LINE.all(rows)

    async def collect(self, keys: Collection[str], batch: int) -> None:
        for some in chunks(keys):
            await self._tx.execute(
                f"UPDATE log_line SET batch = ? WHERE batch IS NULL AND key IN ({marks(len(some))})", batch, *some
            )

    async def said(self, community_id: CommunityId) -> None:
        await self._tx.execute("UPDATE log_line SET batch = 0 WHERE community_id = ? AND batch > 0", community_id)

    async def scatter(self, community_id: CommunityId) -> None:
        await self._tx.execute("UPDATE log_line SET batch = NULL WHERE community_id = ? AND batch > 0", community_id)

    async def drop(self, community_id: CommunityId, before: int) -> int:
        return await self._tx.execute("UPDATE log_line SET batch = 0" + _UNSAID + " AND at < ?", community_id, before)

    async def cut(self, community_id: CommunityId, keep: int) -> int:
        waiting = "community_id = ? AND batch IS NULL"
        return await self._tx.execute(
            f"UPDATE log_line SET batch = 0 WHERE {waiting} AND key NOT IN "
            f"(SELECT key FROM log_line WHERE {waiting} ORDER BY at DESC, key DESC LIMIT ?)",
            community_id,
            community_id,
            keep,
        )

    async def sums(self, community_id: CommunityId, from_at: int, until_at: int) -> Sequence[LogSum]:
        rows = await self._tx.fetch(
            "SELECT kind, currency, COUNT(*) AS count, CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS amount "
            "FROM log_line WHERE community_id = ? AND at >= ? AND at < ? GROUP BY kind, currency "
            "ORDER BY kind, currency",
            community_id,
            from_at,
            until_at,
        )
        return _SUM.all(rows)

    async def logged(self, person_ids: Collection[PersonId]) -> Mapping[EntitlementId, bool]:
        found: dict[EntitlementId, bool] = {}
        for some in chunks(person_ids):
            rows = await self._tx.fetch(
                "SELECT id, logged FROM entitlement WHERE logged IS NOT NULL "
                f"AND beneficiary_id IN ({marks(len(some))})",
                *some,
            )
            found |= {EntitlementId(row["id"]): int(row["logged"]) == 1 for row in rows}
        return found

    async def know(self, entitlement_id: EntitlementId, *, inside: bool) -> None:
        await self._tx.execute("UPDATE entitlement SET logged = ? WHERE id = ?", 1 if inside else 2, entitlement_id)

    async def first_payment(self, entitlement_id: EntitlementId) -> tuple[int, str] | None:
        row = await self._tx.fetch_one(
            "SELECT i.amount_paid, i.currency FROM invoice i JOIN entitlement e ON i.account_id = e.account_id AND "
            "((e.source = 'subscription' AND i.subscription_id = e.source_id) OR "
            "(e.source = 'purchase' AND i.purchase_id = e.source_id)) "
            "WHERE e.id = ? AND i.status = 'paid' AND i.amount_paid > 0 ORDER BY i.created_at, i.id LIMIT 1",
            entitlement_id,
        )
        return None if row is None else (int(row["amount_paid"]), str(row["currency"]))
