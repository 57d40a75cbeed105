"""The team decides how subscriptions end whose payment was taken back: at once, or (of several) whether they end."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from payments.core.audit import AuditKind
from payments.core.billing import ENDED_STATUSES, Ending, InvoiceStatus, Subscription
from payments.core.catalog import Plan
from payments.core.changes import Changes, same
from payments.core.community import Community, Identity
from payments.core.ids import AccountId, CommunityId, PersonId, SubscriptionId
from payments.core.rights import Rank
from payments.flows import endings
from payments.flows.endings import By, Ended
from payments.flows.messages import record_act
from payments.flows.rights.ranks import rank_anywhere
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.names import name_in
from payments.flows.runtime.outbox import Deadline, hand_over
from payments.ports.providers import ProviderRefused, ProviderUnavailable
from payments.ports.stores import QueueName, Transaction

SHOWN_MAX = 15
ASKED_MAX = 10_000
"""More than a community refunds at once; a list without a bound could fill the memory."""


class NotNow(StrEnum):
    """Why nothing was done."""

    NOT_YOURS = "not_yours"  # unknown, or not this account's to decide
    UNSURE = "unsure"  # the platform doesn't say now what this account may do
    OVER = "over"  # it has ended, or somebody decided already
    STORED = "stored"  # the provider doesn't do it just now; it is done by itself


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription that waits for an answer: whose, of what, and when it would be charged again."""

    member: str | None
    plan: Plan
    charged_at: int | None


@dataclass(frozen=True, slots=True)
class Question:
    """All that wait in a community; `shown` is a part of `count`. ``mark``: the same for the very same ones."""

    community: Community
    count: int
    mark: str
    shown: tuple[Asked, ...]


async def question(app: AppContext, who: Identity, community_id: CommunityId) -> Question | NotNow:
    """What the contact is asked about. Raises `StoreUnavailable`."""
    refusal = await _may(app, who, community_id)
    if refusal is not None:
        return refusal
    async with app.store.transaction() as tx:
        community = await tx.communities.get(community_id)
        asked = await tx.billing.asked_about(community_id, ASKED_MAX)
        if community is None or not asked:
            return NotNow.OVER
        shown = [await _asked(tx, community, s) for s in asked[:SHOWN_MAX]]
    return Question(community, len(asked), _mark(asked), tuple(one for one in shown if one is not None))


def _mark(asked: Sequence[Subscription]) -> str:
    """Which ones these are, in as few letters as a button has room for: none that was not seen may be decided about."""
    names = sorted(f"{s.account_id}:{s.id}:{s.ending_for}" for s in asked)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]


async def _asked(tx: Transaction, community: Community, s: Subscription) -> Asked | None:
    plan = None if s.plan_id is None else await tx.plans.get(s.plan_id)
    if plan is None:
        return None
    return Asked(await name_in(tx, community.id, s.beneficiary_id), plan, s.period_end_at)


async def answer(
    app: AppContext, who: Identity, community_id: CommunityId, *, end: bool, mark: str, actor: PersonId
) -> int | Question | NotNow:
    """End those that were seen, or let them go on; how many. When they are others by now: the question as it is now."""
    refusal = await _may(app, who, community_id)
    if refusal is not None:
        return refusal
    async with app.store.transaction() as tx:
        await tx.communities.lock([community_id])  # of two who decide at once the second finds it decided
        people = {
            p for s in await tx.billing.asked_about(community_id, ASKED_MAX) for p in (s.payer_id, s.beneficiary_id)
        }
        await tx.identities.lock(people)
        asked = await tx.billing.asked_about(community_id, ASKED_MAX)
        same = _mark(asked) == mark
        if asked and same:
            await _decide(tx, app, asked, community_id, end=end, actor=actor)
    app.wake(QueueName.REQUESTS)
    app.wake(QueueName.NOTICES)
    if not asked:
        return NotNow.OVER
    return len(asked) if same else await question(app, who, community_id)


async def _decide(
    tx: Transaction, app: AppContext, asked: Sequence[Subscription], community_id: CommunityId, *, end: bool, actor: str
) -> None:
    for s in asked:
        answered = replace(s, ending=Ending.PERIOD_END) if end else replace(s, ending=None, ending_for_at=None)
        await tx.billing.put_subscription(answered)
        if end:
            await endings.store(tx, app, s, Ending.PERIOD_END, By.PAYMENT, at_once=True)
    kind = AuditKind.SUBSCRIPTIONS_ENDED if end else AuditKind.SUBSCRIPTIONS_KEPT
    count: Changes = {"held_back": (len(asked), 0)}
    await record_act(app, tx, kind, count, actor=actor, community_id=community_id, told=True)


async def ending_now(
    app: AppContext, who: Identity, account_id: AccountId, subscription_id: SubscriptionId
) -> Asked | NotNow:
    """What would end at once, if this account may say so."""
    found = await _theirs(app, who, account_id, subscription_id)
    if isinstance(found, NotNow):
        return found
    s, community = found
    async with app.store.transaction() as tx:
        return await _asked(tx, community, s) or NotNow.OVER


async def end_now(
    app: AppContext, who: Identity, account_id: AccountId, subscription_id: SubscriptionId, *, actor: PersonId
) -> Ended | NotNow:
    """End a subscription at once, for the team: nothing more is charged, and nothing is given back."""
    found = await _theirs(app, who, account_id, subscription_id)
    if isinstance(found, NotNow):
        return found
    s, community = found
    async with app.store.transaction() as tx:
        await tx.identities.lock({s.payer_id, s.beneficiary_id})
        plan = None if s.plan_id is None else await tx.plans.get(s.plan_id)
        terms = await endings.terms_now(tx, s, app.business.now())
        # What is on its way can't be voided: then it ends with the period that is paid for so, and not for nothing.
        bills = [
            bill.id for bill in (*terms.withdrawn, *terms.due, *terms.charged) if bill.status is InvoiceStatus.OPEN
        ]
        request = await endings.wish(tx, app, s, Ending.AT_ONCE, By.TEAM, bills=bills)
        sold = {"sold": same("" if plan is None else plan.name)}
        await record_act(
            app,
            tx,
            AuditKind.SUBSCRIPTION_ENDED,
            sold,
            actor=actor,
            community_id=community.id,
            person_id=s.beneficiary_id,
            told=True,
        )
    app.wake(QueueName.NOTICES)
    try:
        return await endings.carry_out(app, request, Deadline(app))
    except (ProviderUnavailable, ProviderRefused):
        await hand_over(app, request)
        return NotNow.STORED


async def _theirs(
    app: AppContext, who: Identity, account_id: AccountId, subscription_id: SubscriptionId
) -> tuple[Subscription, Community] | NotNow:
    """The subscription and its community, if this account may end it and it goes on."""
    async with app.store.transaction() as tx:
        s = await tx.billing.subscription(account_id, subscription_id)
        plan = None if s is None or s.plan_id is None else await tx.plans.get(s.plan_id)
        community = None if plan is None else await tx.communities.get(plan.community_id)
    if s is None or community is None:
        return NotNow.NOT_YOURS
    refusal = await _may(app, who, community.id)
    if refusal is not None:
        return refusal
    return NotNow.OVER if s.status in ENDED_STATUSES or s.ending is Ending.AT_ONCE else (s, community)


async def _may(app: AppContext, who: Identity, community_id: CommunityId) -> NotNow | None:
    """Managers decide about money; whoever may not learns nothing else."""
    rank = await rank_anywhere(app, community_id, who)
    if rank is None:
        return NotNow.UNSURE
    return None if rank >= Rank.MANAGER else NotNow.NOT_YOURS
