"""What a member has, and what it opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from payments.core.access import Access, EffectState, Entitlement, Reason, reaches, reason_at
from payments.core.billing import Ending, Purchase, Subscription
from payments.core.calendar import DAY_MS
from payments.core.catalog import Plan, PlanTarget
from payments.core.community import Community, Place, Platform, Target, TargetKind
from payments.core.ids import CommunityId, PersonId, PlanId, SubscriptionId, TargetId
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.origins import side_of
from payments.ports.stores import AccountMove, Transaction

ENDED_SHOWN_MAX = 3

ENDED_SHOWN_MS = 14 * DAY_MS
"""How long what was given or bought once is shown after its end: long enough that whoever was away for a holiday reads
why it is gone. A subscription stays: its bills and its card are found there."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A target that a membership opens, with how far the platform is. `effect` is None when nothing was ever asked.

    `cause`: why the platform refuses (`payments.core.refusals.Cause`). `linked`: the person has an account on the
    target's platform. `way_in`: where they may ask to come into the chat.
    """

    target: Target
    access: Access | None
    effect: EffectState | None
    linked: bool
    way_in: str | None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """One entitlement of a person with all that a reader wants to know of it. `open`: it gives access now.

    ``move``: it was handed over to the account that replaced this one, which opens it since. ``side``: the platform of
    the account that pays, of a person with two. ``comes_at``: it is bought and begins then. ``taxed``: the last bill of
    its subscription added tax to the price.
    """

    entitlement: Entitlement
    plan: Plan
    community: Community
    subscription: Subscription | None
    purchase: Purchase | None
    openings: tuple[Opening, ...]
    open: bool
    reason: Reason
    move: AccountMove | None = None
    side: Platform | None = None
    comes_at: int | None = None
    taxed: bool = False

    @property
    def cancelled(self) -> bool:
        """Whether its subscription ends, or is to end."""
        s = self.subscription
        if s is None or s.ending is Ending.KEEP:
            return False
        return s.cancel_at is not None or s.ending in (Ending.AT_ONCE, Ending.PERIOD_END)


async def of_person(
    app: AppContext, person_id: PersonId, community_id: CommunityId | None = None
) -> tuple[Membership, ...]:
    """What a person has, in one community or in all: open ones first, then what may come back, then the last ended."""
    now = app.business.now()
    async with app.store.transaction() as tx:
        found = await memberships(tx, person_id, community_id, now)
    return tuple(membership for membership in found if not _forgotten(membership, now))


async def memberships(
    tx: Transaction, person_id: PersonId, community_id: CommunityId | None, now: int
) -> tuple[Membership, ...]:
    """The same as `of_person`, for who reads more in the same transaction."""
    moves = {move.id: move for move in await tx.moves.of_person(person_id)}
    moved = {e.id: move for move in moves.values() for e in await tx.moves.handed_over([move.id])}
    entitlements = [*await tx.entitlements.of([person_id])]
    known = {e.id for e in entitlements}
    entitlements += [e for e in await tx.moves.handed_over(list(moves)) if e.id not in known]
    subscriptions = {s.id: s for s in await tx.billing.subscriptions_of(person_id)}
    purchases = {p.id: p for p in await tx.billing.purchases_of(person_id)}
    plans, communities = await _plans(tx, [e.plan_id for e in entitlements])
    opened = await tx.plans.targets(list(plans))
    accesses = {a.target_id: a for a in await tx.accesses.of([person_id])}
    found: list[Membership] = []
    giving = {e.source_id for e in entitlements if e.opens(now)}
    for line in entitlements:
        if line.reason is Reason.CHANGED and line.source_id in giving and not line.opens(now):
            continue  # its subscription gives something else in its place
        plan = plans[line.plan_id]
        if community_id is not None and plan.community_id != community_id:
            continue
        subscription = subscriptions.get(SubscriptionId(line.source_id))
        purchase = next((p for p in purchases.values() if p.id == line.source_id), None)
        found.append(
            Membership(
                entitlement=line,
                plan=plan,
                community=communities[plan.community_id],
                subscription=subscription,
                purchase=purchase,
                openings=await _openings(tx, line, opened, accesses) if line.beneficiary_id == person_id else (),
                open=line.opens(now),
                reason=reason_at(line, now),
                move=moved.get(line.id) if line.beneficiary_id != person_id else None,
                side=await _side(tx, subscription, purchase),
                comes_at=line.access_from if line.access_from is not None and line.access_from > now else None,
                taxed=subscription is not None and await _taxed(tx, subscription),
            )
        )
    return _ordered(found)


async def _side(tx: Transaction, subscription: Subscription | None, purchase: Purchase | None) -> Platform | None:
    sold = subscription or purchase
    customer = None if sold is None else await tx.customers.get(sold.customer_id)
    return None if customer is None else await side_of(tx, customer.person_id)


def _forgotten(membership: Membership, now: int) -> bool:
    """Whether it ended so long ago that nobody has to be told. What may be taken back from another account stays."""
    until = membership.entitlement.access_until
    stays = membership.open or membership.subscription is not None or membership.move is not None
    return not stays and until is not None and until + ENDED_SHOWN_MS <= now


async def _taxed(tx: Transaction, subscription: Subscription) -> bool:
    """Whether its last bill added tax to the price, as far as its lines tell."""
    invoices = await tx.billing.invoices(subscription.customer_id)
    mine = [i for i in invoices if i.subscription_id == subscription.id and i.lines]
    last = max(mine, key=lambda invoice: invoice.created_at, default=None)
    return last is not None and any(line.tax_amount > line.tax_included for line in last.lines or ())


def _ordered(found: Sequence[Membership]) -> tuple[Membership, ...]:
    """Open, then what begins later, then unfinished, then at most a few of those that ended; newest first in each but
    what begins later."""
    newest = sorted(found, key=lambda m: m.entitlement.began_at, reverse=True)
    opened = [m for m in newest if m.open]
    coming = sorted((m for m in newest if m.comes_at is not None), key=lambda m: m.comes_at or 0)
    rest = [m for m in newest if m not in opened and m not in coming]
    unfinished = [m for m in rest if m.subscription is not None and m.subscription.ended_at is None]
    ended = [m for m in rest if m not in unfinished]
    return (*opened, *coming, *unfinished, *ended[:ENDED_SHOWN_MAX])


async def _plans(
    tx: Transaction, plan_ids: Sequence[PlanId]
) -> tuple[Mapping[PlanId, Plan], Mapping[CommunityId, Community]]:
    plans: dict[PlanId, Plan] = {}
    communities: dict[CommunityId, Community] = {}
    for plan_id in plan_ids:
        if plan_id in plans:
            continue
        plan = await tx.plans.get(plan_id)
        assert plan is not None, "an entitlement names a plan that is stored"
        plans[plan_id] = plan
        if plan.community_id not in communities:
            community = await tx.communities.get(plan.community_id)
            assert community is not None, "a plan belongs to a community that is stored"
            communities[plan.community_id] = community
    return plans, communities


async def _openings(
    tx: Transaction, line: Entitlement, opened: Sequence[PlanTarget], accesses: Mapping[TargetId, Access]
) -> tuple[Opening, ...]:
    result: list[Opening] = []
    platforms = {account.identity.platform for account in await tx.person_merges.accounts(line.beneficiary_id)}
    for row in opened:
        target = await tx.communities.target(row.target_id) if reaches(line, row) else None
        if target is None:
            continue
        effect = await tx.accesses.effect(line.beneficiary_id, target.id)
        state, linked = effect.state if effect else None, target.platform in platforms
        way_in = await chat_link(tx, target) if linked and state is EffectState.WAITING else None
        result.append(Opening(target, accesses.get(target.id), state, linked, way_in, effect.cause if effect else None))
    return tuple(sorted(result, key=lambda opening: opening.target.name.casefold()))


async def chat_link(tx: Transaction, target: Target) -> str | None:
    """The link by which people ask to join a chat, as it was last known: the platform is not asked."""
    if target.kind is not TargetKind.CHAT:
        return None
    chat = await tx.chat_rooms.get(Place(target.platform, target.place_id))
    return None if chat is None or chat.removed_at is not None else chat.link
