"""Plans, their prices and what they open."""

import unicodedata
from collections.abc import Collection, Sequence

from payments.core.calendar import Unit
from payments.core.catalog import Plan, PlanState, PlanTarget, Price, PriceKind, PriceState
from payments.core.ids import AccountId, CommunityId, PersonId, PlanId, PriceId, TargetId
from storage.database import Row, Tx, chunks, marks
from storage.statements import insert, select

_COLUMNS = (
    "id, community_id, name, description, state, grace_ms, trial_days, "
    "pause_keeps_access, refund_ends_access, dispute_ends_access, created_at"
)
_PRICE_COLUMNS = (
    "id, plan_id, account_id, kind, amount, currency, unit, count, until_at, state, "
    "stripe_product_id, stripe_price_id, created_at"
)


def name_key(name: str) -> str:
    """A plan's name as it is compared: without case, and with one spelling of each character."""
    return unicodedata.normalize("NFKC", name).casefold()


def plan_of(row: Row) -> Plan:
    """A plan's row."""
    return Plan(
        id=PlanId(row["id"]),
        community_id=CommunityId(row["community_id"]),
        name=row["name"],
        description=row["description"],
        state=PlanState(row["state"]),
        grace_ms=row["grace_ms"],
        trial_days=row["trial_days"],
        pause_keeps_access=bool(row["pause_keeps_access"]),
        refund_ends_access=bool(row["refund_ends_access"]),
        dispute_ends_access=bool(row["dispute_ends_access"]),
        created_at=row["created_at"],
    )


def price_of(row: Row) -> Price:
    """A price's row."""
    return Price(
        id=PriceId(row["id"]),
        plan_id=PlanId(row["plan_id"]),
        account_id=AccountId(row["account_id"]),
        kind=PriceKind(row["kind"]),
        amount=row["amount"],
        currency=row["currency"],
        unit=Unit(row["unit"]) if row["unit"] is not None else None,
        count=row["count"],
        until_at=row["until_at"],
        state=PriceState(row["state"]),
        stripe_product_id=row["stripe_product_id"],
        stripe_price_id=row["stripe_price_id"],
        created_at=row["created_at"],
    )


class SqlPlans:
    """See `payments.ports.stores.Plans`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, plan: Plan) -> bool:
        """False when an active plan of that name (regardless of case) exists in the community."""
        added = await self._tx.execute(
            insert("plan", _COLUMNS + ", name_key")
            + " ON CONFLICT (community_id, name_key) WHERE state = 'active' DO NOTHING",
            plan.id,
            plan.community_id,
            plan.name,
            plan.description,
            plan.state,
            plan.grace_ms,
            plan.trial_days,
            int(plan.pause_keeps_access),
            int(plan.refund_ends_access),
            int(plan.dispute_ends_access),
            plan.created_at,
            name_key(plan.name),
        )
        return added > 0

    async def update(self, plan: Plan) -> bool:
        """Store every field but id, community and creation. False when the name is taken."""
        # Locks the community's row, so that two plans can't take one name at once.
        await self._tx.execute("UPDATE community SET name = name WHERE id = ?", plan.community_id)
        namesake = await self.by_name(plan.community_id, plan.name)
        if plan.state is PlanState.ACTIVE and namesake is not None and namesake.id != plan.id:
            return False
        await self._tx.execute(
            "UPDATE plan SET name = ?, name_key = ?, description = ?, state = ?, grace_ms = ?, trial_days = ?, "
            "pause_keeps_access = ?, refund_ends_access = ?, dispute_ends_access = ? WHERE id = ?",
            plan.name,
            name_key(plan.name),
            plan.description,
            plan.state,
            plan.grace_ms,
            plan.trial_days,
            int(plan.pause_keeps_access),
            int(plan.refund_ends_access),
            int(plan.dispute_ends_access),
            plan.id,
        )
        return True

    async def get(self, plan_id: PlanId) -> Plan | None:
        """One plan."""
        row = await self._tx.fetch_one(select("plan", _COLUMNS) + " WHERE id = ?", plan_id)
        return plan_of(row) if row else None

    async def by_name(self, community_id: CommunityId, name: str) -> Plan | None:
        """The active plan of that name, regardless of case."""
        row = await self._tx.fetch_one(
            select("plan", _COLUMNS) + " WHERE community_id = ? AND name_key = ? AND state = 'active'",
            community_id,
            name_key(name),
        )
        return plan_of(row) if row else None

    async def of_community(self, community_id: CommunityId, *, archived: bool = False) -> Sequence[Plan]:
        """Active plans, oldest first; with the archived ones when asked."""
        rows = await self._tx.fetch(
            select("plan", _COLUMNS) + " WHERE community_id = ? AND state IN ('active', ?) ORDER BY created_at, id",
            community_id,
            PlanState.ARCHIVED if archived else PlanState.ACTIVE,
        )
        return [plan_of(row) for row in rows]

    async def members(self, plan_id: PlanId, now: int) -> int:
        """How many persons this plan gives access to now."""
        row = await self._tx.fetch_one(
            "SELECT COUNT(DISTINCT beneficiary_id) AS members FROM entitlement "
            "WHERE plan_id = ? AND access_from <= ? AND (access_until IS NULL OR access_until > ?)",
            plan_id,
            now,
            now,
        )
        return int(row["members"]) if row else 0

    async def targets(self, plan_ids: Collection[PlanId]) -> Sequence[PlanTarget]:
        """What these plans open."""
        found: list[PlanTarget] = []
        for some in chunks(plan_ids):
            rows = await self._tx.fetch(
                select("plan_target", "plan_id, target_id, closed_at")
                + f" WHERE plan_id IN ({marks(len(some))}) ORDER BY plan_id, target_id",
                *some,
            )
            found += [PlanTarget(PlanId(row["plan_id"]), TargetId(row["target_id"]), row["closed_at"]) for row in rows]
        return found

    async def open_target(self, plan_id: PlanId, target_id: TargetId) -> None:
        """Let a plan open a target, also one that was taken off before."""
        await self._tx.execute(
            insert("plan_target", "plan_id, target_id")
            + " ON CONFLICT (plan_id, target_id) DO UPDATE SET closed_at = NULL",
            plan_id,
            target_id,
        )

    async def close_target(self, plan_id: PlanId, target_id: TargetId, *, closed_at: int | None) -> None:
        """Take a target off: from `closed_at` on for newcomers only, or (None) for everybody."""
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
        """Everybody with an entitlement of this plan, whatever its state."""
        rows = await self._tx.fetch(
            "SELECT DISTINCT beneficiary_id FROM entitlement WHERE plan_id = ? ORDER BY beneficiary_id", plan_id
        )
        return [PersonId(row["beneficiary_id"]) for row in rows]

    async def add_price(self, price: Price) -> None:
        """Store a new price."""
        await self._tx.execute(
            insert("price", _PRICE_COLUMNS),
            price.id,
            price.plan_id,
            price.account_id,
            price.kind,
            price.amount,
            price.currency,
            price.unit,
            price.count,
            price.until_at,
            price.state,
            price.stripe_product_id,
            price.stripe_price_id,
            price.created_at,
        )

    async def activate_price(self, price_id: PriceId, product_id: str, stripe_price_id: str) -> None:
        """Store Stripe's ids; sell at this price from now on, and retire the plan's former active one."""
        # The plan's row is locked, so that two prices can't become active at once.
        await self._tx.execute(
            "UPDATE plan SET name = name WHERE id = (SELECT plan_id FROM price WHERE id = ?)", price_id
        )
        await self._tx.execute(
            "UPDATE price SET state = 'retired' WHERE state = 'active' AND id <> ? "
            "AND plan_id = (SELECT plan_id FROM price WHERE id = ?)",
            price_id,
            price_id,
        )
        await self._tx.execute(
            "UPDATE price SET state = 'active', stripe_product_id = ?, stripe_price_id = ? WHERE id = ?",
            product_id,
            stripe_price_id,
            price_id,
        )

    async def drop_pending_price(self, price_id: PriceId) -> None:
        """Take back a price that Stripe refused."""
        await self._tx.execute("DELETE FROM price WHERE id = ? AND state = 'pending'", price_id)

    async def price(self, price_id: PriceId) -> Price | None:
        """One price."""
        return await self._price("id = ?", price_id)

    async def current_price(self, plan_id: PlanId) -> Price | None:
        """The price at which a plan is sold."""
        return await self._price("plan_id = ? AND state = 'active'", plan_id)

    async def prices(self, plan_id: PlanId) -> Sequence[Price]:
        """Every price of a plan, oldest first."""
        rows = await self._tx.fetch(
            select("price", _PRICE_COLUMNS) + " WHERE plan_id = ? ORDER BY created_at, id", plan_id
        )
        return [price_of(row) for row in rows]

    async def price_of_stripe(self, account_id: AccountId, stripe_price_id: str) -> Price | None:
        """The price that is this one at Stripe."""
        return await self._price("account_id = ? AND stripe_price_id = ?", account_id, stripe_price_id)

    async def _price(self, which: str, *values: str) -> Price | None:
        row = await self._tx.fetch_one(select("price", _PRICE_COLUMNS) + f" WHERE {which}", *values)
        return price_of(row) if row else None
