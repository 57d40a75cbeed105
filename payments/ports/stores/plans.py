"""Plans, their prices, and what they open."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from payments.core.catalog import Plan, PlanTarget, Price
from payments.core.ids import AccountId, CommunityId, PersonId, PlanId, PriceId, TargetId


class Plans(Protocol):
    """Plans, their prices and what they open."""

    async def add(self, plan: Plan) -> bool:
        """False when an active plan of that name (regardless of case) exists in the community."""
        ...

    async def update(self, plan: Plan) -> bool:
        """Store every field but id, community and creation. False when the name is taken."""
        ...

    async def get(self, plan_id: PlanId) -> Plan | None:
        """One plan."""
        ...

    async def by_name(self, community_id: CommunityId, name: str) -> Plan | None:
        """The active plan of that name, regardless of case."""
        ...

    async def of_community(self, community_id: CommunityId, *, archived: bool = False) -> Sequence[Plan]:
        """Active plans, oldest first; with the archived ones when asked."""
        ...

    async def members(self, plan_id: PlanId, now: int) -> int:
        """How many persons this plan gives access to now."""
        ...

    async def targets(self, plan_ids: Collection[PlanId]) -> Sequence[PlanTarget]:
        """What these plans open."""
        ...

    async def opening(self, target_ids: Collection[TargetId]) -> Sequence[Plan]:
        """The active plans that open any of these to newcomers, oldest first."""
        ...

    async def sources(self, plan_id: PlanId, now: int) -> Mapping[str, int]:
        """How many persons this plan gives access to now, by the source of what gives it."""
        ...

    async def open_target(self, plan_id: PlanId, target_id: TargetId) -> None:
        """Let a plan open a target, also one that was taken off before."""
        ...

    async def close_target(self, plan_id: PlanId, target_id: TargetId, *, closed_at: int | None) -> None:
        """Take a target off: from `closed_at` on for newcomers only, or (None) for everybody."""
        ...

    async def beneficiaries(self, plan_id: PlanId) -> Sequence[PersonId]:
        """Everybody with an entitlement of this plan, whatever its state."""
        ...

    async def add_price(self, price: Price) -> None:
        """Store a new price."""
        ...

    async def activate_price(
        self, price_id: PriceId, product_id: str, provider_price_id: str, replaced: Collection[PriceId] = ()
    ) -> None:
        """Store Stripe's ids; sell at this price from now on, and no more at those `replaced`."""
        ...

    async def retire_price(self, price_id: PriceId) -> None:
        """Sell no more at an active price."""
        ...

    async def drop_pending_price(self, price_id: PriceId) -> None:
        """Take back a price that Stripe refused."""
        ...

    async def price(self, price_id: PriceId) -> Price | None:
        """One price."""
        ...

    async def on_sale(self, plan_id: PlanId) -> Sequence[Price]:
        """The active prices of a plan, oldest first. Of a `way_of` at one account, the schema allows one."""
        ...

    async def prices(self, plan_id: PlanId) -> Sequence[Price]:
        """Every price of a plan, oldest first."""
        ...

    async def prices_at_provider(self, account_id: AccountId, ids: Collection[str]) -> Sequence[Price]:
        """Prices that have one of these ids at the provider, or whose product has."""
        ...
