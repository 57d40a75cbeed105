"""Plans, their prices and what they open."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence

from payments.core.catalog import Plan, PlanState, PlanTarget, Price
from payments.core.ids import AccountId, CommunityId, PersonId, PlanId, PriceId, TargetId
from storage.database import Tx, chunks, marks
from storage.rows import row_type
from storage.statements import insert, select

_PLAN = row_type(Plan)
_SELECT_PLAN = select("plan", _PLAN.columns)
_PRICE = row_type(
    Price, unit_amount="amount", provider_product_id="stripe_product_id", provider_price_id="stripe_price_id"
)
_SELECT_PRICE = select("price", _PRICE.columns)
_OPENED = row_type(PlanTarget)


def name_key(name: str) -> str:
    """A plan's name as it is compared: without case, and with one spelling of each character."""
    return unicodedata.normalize("NFKC", name).casefold()


class SqlPlans:
    """See `payments.ports.stores.Plans`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, plan: Plan) -> bool:
        added = await self._tx.execute(
            insert("plan", _PLAN.columns + ", name_key")
            + " ON CONFLICT (community_id, name_key) WHERE state = 'active' DO NOTHING",
            *_PLAN.values(plan),
            name_key(plan.name),
        )
        return added > 0

    async def update(self, plan: Plan) -> bool:
        # Locks the community's row, so that two plans can't take one name at once.
        await self._tx.execute("UPDATE community SET name = name WHERE id = ?", plan.community_id)
        namesake = await self.by_name(plan.community_id, plan.name)
        if plan.state is PlanState.ACTIVE and namesake is not None and namesake.id != plan.id:
            return False
        await self._tx.execute(
            "UPDATE plan SET name = ?, name_key = ?, description = ?, state = ?, grace_ms = ?, trial_days = ?, "
            "pause_keeps_access = ?, refund_ends_access = ?, dispute_ends_access = ?, at_once = ?, "
            "moved_paid = ? WHERE id = ?",
            plan.name,
            name_key(plan.name),
            plan.description,
            plan.state,
            plan.grace_ms,
            plan.trial_days,
            int(plan.pause_keeps_access),
            int(plan.refund_ends_access),
            int(plan.dispute_ends_access),
            int(plan.at_once),
            int(plan.moved_paid),
            plan.id,
        )
        return True

    async def get(self, plan_id: PlanId) -> Plan | None:
        row = await self._tx.fetch_one(_SELECT_PLAN + " WHERE id = ?", plan_id)
        return _PLAN.one(row)

    async def by_name(self, community_id: CommunityId, name: str) -> Plan | None:
        row = await self._tx.fetch_one(
            _SELECT_PLAN + " WHERE community_id = ? AND name_key = ? AND state = 'active'",
            community_id,
            name_key(name),
        )
        return _PLAN.one(row)

    async def of_community(self, community_id: CommunityId, *, archived: bool = False) -> Sequence[Plan]:
        rows = await self._tx.fetch(
            _SELECT_PLAN + " WHERE community_id = ? AND state IN ('active', ?) ORDER BY created_at, id",
            community_id,
            PlanState.ARCHIVED if archived else PlanState.ACTIVE,
        )
        return _PLAN.all(rows)

    async def members(self, plan_id: PlanId, now: int) -> int:
        row = await self._tx.fetch_one(
            "SELECT COUNT(DISTINCT beneficiary_id) AS members FROM entitlement "
            "WHERE plan_id = ? AND access_from <= ? AND (access_until IS NULL OR access_until > ?)",
            plan_id,
            now,
            now,
        )
        return int(row["members"]) if row else 0

    async def targets(self, plan_ids: Collection[PlanId]) -> Sequence[PlanTarget]:
        found: list[PlanTarget] = []
        for some in chunks(plan_ids):
            rows = await self._tx.fetch(
                select("plan_target", _OPENED.columns)
                + f" WHERE plan_id IN ({marks(len(some))}) ORDER BY plan_id, target_id",
                *some,
            )
            found += _OPENED.all(rows)
        return found

    async def opening(self, target_ids: Collection[TargetId]) -> Sequence[Plan]:
        found: dict[PlanId, Plan] = {}
        for some in chunks(target_ids):
            rows = await self._tx.fetch(
                _SELECT_PLAN + " WHERE state = 'active' AND id IN (SELECT plan_id FROM plan_target "
                f"WHERE closed_at IS NULL AND target_id IN ({marks(len(some))}))",
                *some,
            )
            found |= {plan.id: plan for plan in _PLAN.all(rows)}
        return sorted(found.values(), key=lambda plan: (plan.created_at, plan.id))

    async def sources(self, plan_id: PlanId, now: int) -> Mapping[str, int]:
        rows = await self._tx.fetch(
            "SELECT source, COUNT(DISTINCT beneficiary_id) AS members FROM entitlement WHERE plan_id = ? "
            "AND access_from <= ? AND (access_until IS NULL OR access_until > ?) GROUP BY source",
            plan_id,
            now,
            now,
        )
        return {row["source"]: int(row["members"]) for row in rows}

    async def open_target(self, plan_id: PlanId, target_id: TargetId) -> None:
        await self._tx.execute(
            insert("plan_target", "plan_id, target_id")
            + " ON CONFLICT (plan_id, target_id) DO UPDATE SET closed_at = NULL",
            plan_id,
            target_id,
        )

    async def close_target(self, plan_id: PlanId, target_id: TargetId, *, closed_at: int | None) -> None:
        if closed_at is None:
            await self._tx.execute("DELETE FROM plan_target WHERE plan_id = ? AND target_id = ?", plan_id, target_id)
        else:
            await self._tx.execute(
                "UPDATE plan_target SET closed_at = ? WHERE plan_id = ? AND target_id = ?",
                closed_at,
                plan_id,
                target_id,
            )

    async def beneficiaries(self, plan_id: PlanId) -> Sequence[PersonId]:
        rows = await self._tx.fetch(
            "SELECT DISTINCT beneficiary_id FROM entitlement WHERE plan_id = ? ORDER BY beneficiary_id", plan_id
        )
        return [PersonId(row["beneficiary_id"]) for row in rows]

    async def add_price(self, price: Price) -> None:
        await self._tx.execute(insert("price", _PRICE.columns), *_PRICE.values(price))

    async def activate_price(
        self, price_id: PriceId, product_id: str, provider_price_id: str, replaced: Collection[PriceId] = ()
    ) -> None:
        # The plan's row is locked, so that two prices can't become active at once.
        await self._tx.execute(
            "UPDATE plan SET name = name WHERE id = (SELECT plan_id FROM price WHERE id = ?)", price_id
        )
        for former in replaced:
            await self.retire_price(former)
        await self._tx.execute(
            "UPDATE price SET state = 'active', stripe_product_id = ?, stripe_price_id = ? WHERE id = ?",
            product_id,
            provider_price_id,
            price_id,
        )

    async def retire_price(self, price_id: PriceId) -> None:
        await self._tx.execute("UPDATE price SET state = 'retired' WHERE id = ? AND state = 'active'", price_id)

    async def drop_pending_price(self, price_id: PriceId) -> None:
        await self._tx.execute("DELETE FROM price WHERE id = ? AND state = 'pending'", price_id)

    async def price(self, price_id: PriceId) -> Price | None:
        return await self._price("id = ?", price_id)

    async def on_sale(self, plan_id: PlanId) -> Sequence[Price]:
        rows = await self._tx.fetch(
            _SELECT_PRICE + " WHERE plan_id = ? AND state = 'active' ORDER BY created_at, id", plan_id
        )
        return _PRICE.all(rows)

    async def prices(self, plan_id: PlanId) -> Sequence[Price]:
        rows = await self._tx.fetch(_SELECT_PRICE + " WHERE plan_id = ? ORDER BY created_at, id", plan_id)
        return _PRICE.all(rows)

    async def prices_at_provider(self, account_id: AccountId, ids: Collection[str]) -> Sequence[Price]:
        found: dict[PriceId, Price] = {}
        for some in chunks(ids):
            for column in ("stripe_price_id", "stripe_product_id"):  # each by its index: "or" would use neither
                rows = await self._tx.fetch(
                    _SELECT_PRICE + f" WHERE account_id = ? AND {column} IN ({marks(len(some))})", account_id, *some
                )
                found |= {price.id: price for price in _PRICE.all(rows)}
        return sorted(found.values(), key=lambda price: (price.created_at, price.id))

    async def _price(self, which: str, *values: str) -> Price | None:
        row = await self._tx.fetch_one(_SELECT_PRICE + f" WHERE {which}", *values)
        return _PRICE.one(row)
