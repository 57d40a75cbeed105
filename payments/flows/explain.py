"""Why a person has, or does not have, each access: entitlement by entitlement, attempt by attempt."""

from collections.abc import Mapping
from dataclasses import dataclass

from payments.core.access import reaches, reason_at
from payments.core.ids import CommunityId, PersonId, PlanId
from payments.core.model import Access, EffectState, Entitlement, Plan, Reason, Source, Subscription, Target
from payments.flows.engine import Engine
from payments.flows.noting import note
from payments.ports.stores import AuditEntry, Effect, Transaction

LOG_SHOWN_MAX = 8
LOG_READ_MAX = 50
STUCK = (EffectState.BLOCKED, EffectState.DEAD, EffectState.WAITING)


@dataclass(frozen=True, slots=True)
class Ground:
    """An entitlement that names a target: what it says and who pays."""

    entitlement: Entitlement
    plan: Plan
    payer: str | None
    subscription: Subscription | None
    open: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class Explained:
    """One target and one person: what is wanted, what the platform confirmed, and on which grounds.

    `held_back`: a removal that the breaker stopped.
    """

    target: Target
    access: Access | None
    effect: Effect | None
    grounds: tuple[Ground, ...]
    held_back: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one person in one community."""

    person_id: PersonId
    explained: tuple[Explained, ...]
    comps: tuple[Ground, ...]
    log: tuple[AuditEntry, ...]

    @property
    def stuck(self) -> bool:
        """Whether an admin can try something again."""
        return any(line.effect is not None and line.effect.state in STUCK for line in self.explained)


async def explain(engine: Engine, person_id: PersonId, community_id: CommunityId) -> Explanation:
    """Why this person has, or does not have, each target of the community."""
    now = engine.business.now()
    async with engine.store.transaction() as tx:
        community = await tx.communities.get(community_id)
        assert community is not None, "the caller found the community"
        plans = {plan.id: plan for plan in await tx.plans.of_community(community_id, archived=True)}
        grounds = await _grounds(tx, person_id, plans, now)
        opened = await tx.plans.targets(list(plans))
        accesses = {access.target_id: access for access in await tx.accesses.of([person_id])}
        explained: list[Explained] = []
        for target in await tx.communities.targets(community_id):
            naming = {row.plan_id: row for row in opened if row.target_id == target.id}
            mine = tuple(g for g in grounds if g.plan.id in naming and reaches(g.entitlement, naming[g.plan.id]))
            access = accesses.get(target.id)
            effect = await tx.accesses.effect(person_id, target.id) if access else None
            held_back = _held_back(access, effect, tripped=community.breaker_tripped_at is not None)
            explained.append(Explained(target, access, effect, mine, held_back))
        log = await _log(tx, person_id, community_id)
    comps = tuple(g for g in grounds if g.entitlement.source is Source.COMP and g.open)
    return Explanation(person_id, tuple(explained), comps, log)


def _held_back(access: Access | None, effect: Effect | None, *, tripped: bool) -> bool:
    if access is None or effect is None or not tripped:
        return False
    return access.applied and not access.wanted and not effect.breaker_passed


async def _grounds(tx: Transaction, person_id: PersonId, plans: Mapping[PlanId, Plan], now: int) -> tuple[Ground, ...]:
    """The person's entitlements of these plans, those that open first, then the newest."""
    subscriptions = {str(s.id): s for s in await tx.bought.subscriptions_of(person_id)}
    found: list[Ground] = []
    for line in await tx.entitlements.of([person_id]):
        if line.plan_id not in plans:
            continue
        gift = line.payer_id != person_id and line.source is not Source.COMP
        found.append(
            Ground(
                entitlement=line,
                plan=plans[line.plan_id],
                payer=await tx.people.name(line.payer_id) if gift else None,
                subscription=subscriptions.get(line.source_id) if line.source is Source.SUBSCRIPTION else None,
                open=line.opens(now),
                reason=reason_at(line, now),
            )
        )
    return tuple(sorted(found, key=lambda g: (not g.open, -g.entitlement.began_at)))


async def _log(tx: Transaction, person_id: PersonId, community_id: CommunityId) -> tuple[AuditEntry, ...]:
    """What was done lately, newest first; lines of no community are the person's own (an event of their customer)."""
    entries = await tx.books.audit_of(person_id, LOG_READ_MAX)
    return tuple(entry for entry in entries if entry.community_id in (community_id, None))[:LOG_SHOWN_MAX]


async def try_again(engine: Engine, *, person_id: PersonId, community_id: CommunityId, actor: PersonId) -> int:
    """Open again every access of this person here that is blocked, given up, or waits; how many."""
    async with engine.store.transaction() as tx:
        again: list[Target] = []
        for target in await tx.communities.targets(community_id):
            effect = await tx.accesses.effect(person_id, target.id)
            if effect is not None and effect.state in STUCK:
                await tx.accesses.reopen(person_id, target.id, engine.machine.now())
                again.append(target)
        for target in again:
            await note(
                tx,
                engine.business.now(),
                "tried_again",
                "an admin asked to try again",
                actor=actor,
                community_id=community_id,
                person_id=person_id,
                target_id=target.id,
            )
    if again:
        engine.wake("effects")
    return len(again)
