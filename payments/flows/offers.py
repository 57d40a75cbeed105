"""What a community sells: plans with their price, what they open, and how many have them."""

from collections.abc import Sequence
from dataclasses import dataclass

from payments.core.ids import CommunityId, PersonId, PlanId, TargetId
from payments.core.model import Community, Place, Plan, PlanState, Platform, Price, PriceKind, Target, TargetKind
from payments.flows.engine import Engine, new_id
from payments.ports.stores import Transaction


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan as it is sold now. `price` is None until Stripe knows it; `targets` are what newcomers get."""

    plan: Plan
    price: Price | None
    targets: tuple[Target, ...]
    members: int

    @property
    def sold(self) -> bool:
        """Whether somebody can buy it now."""
        return self.plan.state is PlanState.ACTIVE and self.price is not None


async def offers(engine: Engine, community_id: CommunityId, *, archived: bool = False) -> tuple[Offer, ...]:
    """The community's plans, oldest first; with the archived ones when asked."""
    async with engine.store.transaction() as tx:
        plans = await tx.plans.of_community(community_id, archived=archived)
        return tuple([await _offer(engine, tx, plan) for plan in plans])


async def find(engine: Engine, community_id: CommunityId, typed: str) -> Offer | None:
    """The plan that somebody chose from the list (its id) or typed (its name). Never one of another community."""
    async with engine.store.transaction() as tx:
        plan = await tx.plans.get(PlanId(typed))
        if plan is None or plan.community_id != community_id:
            plan = await tx.plans.by_name(community_id, typed.strip())
        return await _offer(engine, tx, plan) if plan else None


async def named(engine: Engine, community_id: CommunityId, name: str) -> bool:
    """Whether a plan on sale here is called so."""
    async with engine.store.transaction() as tx:
        return await tx.plans.by_name(community_id, name.strip()) is not None


async def trial_days_for(engine: Engine, offer: Offer, person_id: PersonId) -> int:
    """The free days that this person would get: none for somebody who had the plan before."""
    if offer.price is None or offer.price.kind is not PriceKind.RECURRING or not offer.plan.trial_days:
        return 0
    async with engine.store.transaction() as tx:
        had = any(s.plan_id == offer.plan.id for s in await tx.bought.subscriptions_of(person_id))
    return 0 if had else offer.plan.trial_days


async def _offer(engine: Engine, tx: Transaction, plan: Plan) -> Offer:
    targets: list[Target] = []
    for row in await tx.plans.targets([plan.id]):
        target = await tx.communities.target(row.target_id) if row.closed_at is None else None
        if target is not None:
            targets.append(target)
    price = await tx.plans.current_price(plan.id)
    targets.sort(key=lambda target: target.name.casefold())
    return Offer(plan, price, tuple(targets), await tx.plans.members(plan.id, engine.business.now()))


async def role_targets(
    engine: Engine, community: Community, place: Place, roles: Sequence[tuple[str, str]]
) -> tuple[Target, ...]:
    """The targets of roles (id, name) of a server, made if they are new, each once."""
    wanted = dict(roles)
    async with engine.store.transaction() as tx:
        return tuple(
            [
                await tx.communities.put_target(
                    Target(
                        id=TargetId(new_id("tgt")),
                        community_id=community.id,
                        platform=Platform(place.platform),
                        place_id=place.external_id,
                        kind=TargetKind.ROLE,
                        external_id=role_id,
                        name=name,
                    )
                )
                for role_id, name in wanted.items()
            ]
        )


async def chat_target(engine: Engine, community: Community, chat: Place, title: str) -> Target:
    """The target of a chat, made if it is new."""
    async with engine.store.transaction() as tx:
        return await tx.communities.put_target(
            Target(
                id=TargetId(new_id("tgt")),
                community_id=community.id,
                platform=chat.platform,
                place_id=chat.external_id,
                kind=TargetKind.CHAT,
                external_id=chat.external_id,
                name=title,
            )
        )
