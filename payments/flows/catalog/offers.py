"""What a community sells: plans with their prices, what they open, and how many have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from payments.core.catalog import Plan, PlanState, Price, PriceKind, in_order
from payments.core.community import Community, Identity, Place, Target, TargetKind
from payments.core.ids import CommunityId, PlanId, PriceId, TargetId
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.sales import Opens, opens
from payments.ports.stores import Transaction


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan as it is sold now. `prices` are those on sale that Stripe knows, as they are shown."""

    plan: Plan
    prices: tuple[Price, ...]
    opens: Opens
    members: int

    @property
    def targets(self) -> tuple[Target, ...]:
        """What newcomers get."""
        return self.opens.targets

    @property
    def offered(self) -> tuple[Target, ...]:
        """What of it is in places that are served."""
        return self.opens.offered

    @property
    def sold(self) -> bool:
        """Whether somebody can buy it now."""
        return self.priced and self.opens.sellable

    @property
    def broken(self) -> tuple[Target, ...]:
        """What alone keeps it from being sold: it can't be opened for anybody just now."""
        return self.opens.broken if self.priced else ()

    @property
    def priced(self) -> bool:
        """Whether it is on sale, be it that what it opens could be given or not."""
        return self.plan.state is PlanState.ACTIVE and bool(self.prices)

    @property
    def renews(self) -> bool:
        """Whether it can be had by subscription."""
        return any(price.kind is PriceKind.RECURRING for price in self.prices)


async def offers(app: AppContext, community_id: CommunityId, *, archived: bool = False) -> tuple[Offer, ...]:
    """The community's plans, oldest first; with the archived ones when asked."""
    async with app.store.transaction() as tx:
        plans = await tx.plans.of_community(community_id, archived=archived)
        return tuple([await _offer(app, tx, plan) for plan in plans])


async def find(app: AppContext, community_id: CommunityId, typed: str) -> Offer | None:
    """The plan that somebody chose from the list (its id) or typed (its name). Never one of another community."""
    async with app.store.transaction() as tx:
        plan = await tx.plans.get(PlanId(typed))
        if plan is None or plan.community_id != community_id:
            plan = await tx.plans.by_name(community_id, typed.strip())
        return await _offer(app, tx, plan) if plan else None


async def of_price(app: AppContext, community_id: CommunityId, price_id: str) -> Offer | None:
    """The plan of a price, on sale or not. Never one of another community."""
    async with app.store.transaction() as tx:
        price = await tx.plans.price(PriceId(price_id))
        plan = await tx.plans.get(price.plan_id) if price else None
        return await _offer(app, tx, plan) if plan and plan.community_id == community_id else None


async def prices(app: AppContext, plan_id: PlanId) -> tuple[Price, ...]:
    """Every price that a plan ever had, in the order in which prices are shown."""
    async with app.store.transaction() as tx:
        return in_order(await tx.plans.prices(plan_id))


async def named(app: AppContext, community_id: CommunityId, name: str) -> bool:
    """Whether a plan on sale here is called so."""
    async with app.store.transaction() as tx:
        return await tx.plans.by_name(community_id, name.strip()) is not None


async def sources(app: AppContext, plan_id: PlanId) -> Mapping[str, int]:
    """How many have a plan now, by the `Source` of what gives it to them."""
    async with app.store.transaction() as tx:
        return await tx.plans.sources(plan_id, app.business.now())


async def trial_days_for(app: AppContext, offer: Offer, who: Identity) -> int:
    """The free days that somebody would get with what renews: none for who had the plan before, or whose account was
    ever part of one who had. We may not know them yet."""
    if not offer.renews or not offer.plan.trial_days:
        return 0
    async with app.store.transaction() as tx:
        person_id = await tx.identities.of(who)
        if person_id is None:
            return offer.plan.trial_days
        had = await tx.trials.had(person_id, offer.plan.id)
        had = had or any(s.plan_id == offer.plan.id for s in await tx.billing.subscriptions_of(person_id))
    return 0 if had else offer.plan.trial_days


async def _offer(app: AppContext, tx: Transaction, plan: Plan) -> Offer:
    return Offer(
        plan=plan,
        prices=in_order(await tx.plans.on_sale(plan.id)),
        opens=await opens(app, tx, plan),
        members=await tx.plans.members(plan.id, app.business.now()),
    )


def role(community: Community, server: Place, role_id: str, name: str) -> Target:
    """A role of a server as a target that is not stored yet."""
    return _target(community, server, TargetKind.ROLE, role_id, name)


def chat(community: Community, place: Place, title: str) -> Target:
    """A chat as a target that is not stored yet."""
    return _target(community, place, TargetKind.CHAT, place.external_id, title)


def _target(community: Community, place: Place, kind: TargetKind, external_id: str, name: str) -> Target:
    return Target(
        id=TargetId(new_id("tgt")),
        community_id=community.id,
        platform=place.platform,
        place_id=place.external_id,
        kind=kind,
        external_id=external_id,
        name=name,
    )


async def stored(app: AppContext, targets: Sequence[Target]) -> tuple[Target, ...]:
    """These targets as they are stored, made if they are new."""
    async with app.store.transaction() as tx:
        return tuple([await tx.communities.put_target(target) for target in targets])
