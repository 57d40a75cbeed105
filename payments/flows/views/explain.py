"""Why a person is in or out: plan by plan, then role by role and chat by chat, attempt by attempt."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from payments.core.access import Access, EffectState, Source, reaches
from payments.core.audit import AuditKind
from payments.core.billing import ENDED_STATUSES, SubscriptionStatus
from payments.core.catalog import Plan
from payments.core.changes import same
from payments.core.community import Platform, Target
from payments.core.covering.known import Payments
from payments.core.ids import CommunityId, CustomerId, PersonId, PlanId, TargetId
from payments.core.late import LatePayment, late_payments
from payments.flows.messages import record_act
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.payments import payments_of
from payments.flows.views.audit_log import Line, line_of, named
from payments.flows.views.grounds import Ground, PlanBill, grounds_of, paying
from payments.flows.views.verdicts import Verdict, verdicts
from payments.ports.stores import Effect, QueueName, Transaction

LOG_SHOWN_MAX = 8
BILLS_SHOWN_MAX = 5
LOG_READ_MAX = 50
MAY_BE_LATE = ENDED_STATUSES | {SubscriptionStatus.UNPAID}
LATE_SHOWN_MS = 180 * 86_400_000
"""For so long a late payment is shown that nobody gave back: the team may have decided to keep it."""

KNOWN_MS = 60_000
"""By so much Stripe's clock and ours may differ."""

STUCK = (EffectState.BLOCKED, EffectState.DEAD, EffectState.WAITING)


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
class Late:
    """What the person paid too late for it to open anything, and was not given back."""

    payment: LatePayment
    plan: Plan


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one person in one community."""

    person_id: PersonId
    verdicts: tuple[Verdict, ...]
    explained: tuple[Explained, ...]
    bills: tuple[PlanBill, ...]
    comps: tuple[Ground, ...]
    log: tuple[Line, ...]
    late: tuple[Late, ...] = ()

    @property
    def stuck(self) -> bool:
        """Whether an admin can try something again."""
        return any(line.effect is not None and line.effect.state in STUCK for line in self.explained)


async def explain(app: AppContext, person_id: PersonId, community_id: CommunityId, platform: Platform) -> Explanation:
    """Why this person has, or does not have, each target of the community, told to somebody on this platform."""
    now = app.business.now()
    async with app.store.transaction() as tx:
        community = await tx.communities.get(community_id)
        assert community is not None, "the caller found the community"
        plans = {plan.id: plan for plan in await tx.plans.of_community(community_id, archived=True)}
        accesses = {access.target_id: access for access in await tx.accesses.of([person_id])}
        paid = await paying(tx, person_id, plans)
        grounds = await grounds_of(tx, person_id, plans, now, platform, list(accesses.values()), paid)
        opened = await tx.plans.targets(list(plans))
        explained: list[Explained] = []
        for target in await tx.communities.targets(community_id):
            naming = {row.plan_id: row for row in opened if row.target_id == target.id}
            mine = tuple(g for g in grounds if g.plan.id in naming and reaches(g.entitlement, naming[g.plan.id]))
            access = accesses.get(target.id)
            effect = await tx.accesses.effect(person_id, target.id) if access else None
            held_back = _held_back(access, effect, tripped=community.breaker_tripped_at is not None)
            explained.append(Explained(target, access, effect, mine, held_back))
        lines = await _log(tx, person_id, community_id)
        log = tuple([await named(tx, community_id, line, platform) for line in lines])
        late = await _late(tx, person_id, plans, now)
    comps = tuple(g for g in grounds if g.entitlement.source is Source.COMP and g.open)
    bills = paid.bills[:BILLS_SHOWN_MAX]
    return Explanation(person_id, verdicts(grounds, now), tuple(explained), bills, comps, log, late)


def _held_back(access: Access | None, effect: Effect | None, *, tripped: bool) -> bool:
    if access is None or effect is None or not tripped:
        return False
    return access.applied and not access.wanted and not effect.breaker_passed


async def _late(tx: Transaction, person_id: PersonId, plans: Mapping[PlanId, Plan], now: int) -> tuple[Late, ...]:
    """Late payments of what the person pays here, newest first."""
    found: list[Late] = []
    kept: dict[CustomerId, Payments] = {}
    for s in await tx.billing.subscriptions_of(person_id):
        plan = None if s.plan_id is None else plans.get(s.plan_id)
        if plan is None or s.payer_id != person_id or s.status not in MAY_BE_LATE:
            continue
        if s.customer_id not in kept:
            kept[s.customer_id] = await payments_of(tx, s.customer_id)
        since_at = max(await tx.customers.known_since(s.customer_id) - KNOWN_MS, now - LATE_SHOWN_MS)
        late = late_payments(s, kept[s.customer_id])
        found += [Late(one, plan) for one in late if (one.bill.paid_at or 0) >= since_at]
    return tuple(sorted(found, key=lambda one: one.payment.bill.paid_at or 0, reverse=True))


async def _log(tx: Transaction, person_id: PersonId, community_id: CommunityId) -> tuple[Line, ...]:
    """What was done lately, newest first. Lines of no community are the person's own (accounts linked, say): that it
    happened is shown where they bought something, and never what, since it may name their other account."""
    entries = await tx.audit_log.of_person(person_id, LOG_READ_MAX)
    own = await tx.identities.bought(person_id, community_id)
    shown = [entry for entry in entries if entry.community_id == community_id or (own and entry.community_id is None)]
    told = (e if e.community_id is not None else replace(e, detail="", changes=None) for e in shown[:LOG_SHOWN_MAX])
    return tuple(line_of(entry) for entry in told)


async def stuck(app: AppContext, person_id: PersonId, community_id: CommunityId) -> tuple[Target, ...]:
    """What is blocked, given up, or waits, and would be given by another try."""
    async with app.store.transaction() as tx:
        wanted = {access.target_id for access in await tx.accesses.of([person_id]) if access.wanted}
        return tuple([target for target in await _stuck(tx, person_id, community_id) if target.id in wanted])


async def _stuck(tx: Transaction, person_id: PersonId, community_id: CommunityId) -> list[Target]:
    found: list[Target] = []
    for target in await tx.communities.targets(community_id):
        effect = await tx.accesses.effect(person_id, target.id)
        if effect is not None and effect.state in STUCK:
            found.append(target)
    return found


async def try_again(
    app: AppContext,
    *,
    person_id: PersonId,
    community_id: CommunityId,
    actor: PersonId,
    leave: Collection[TargetId] = (),
) -> int:
    """Open again every access of this person here that is blocked, given up, or waits, but for these; how many."""
    async with app.store.transaction() as tx:
        await tx.communities.lock([community_id])
        again = [target for target in await _stuck(tx, person_id, community_id) if target.id not in leave]
        for target in again:
            await tx.accesses.reopen(person_id, target.id, app.machine.now())
        if again:
            await record_act(
                app,
                tx,
                AuditKind.TRIED_AGAIN,
                {"access": same(tuple(target.name for target in again))},
                actor=actor,
                community_id=community_id,
                person_id=person_id,
            )
    if again:
        app.wake(QueueName.EFFECTS)
    return len(again)
