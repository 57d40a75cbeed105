"""The owner's "keep access": a bill that nobody paid was taken back, and whoever may touch money decides what follows.

The answer is a row on the bills; access follows from the settlement that it asks for, like everything else.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from payments.core.audit import AuditKind
from payments.core.billing import ENDED_STATUSES, Invoice, SnapshotPart, Subscription
from payments.core.catalog import Plan
from payments.core.changes import Changes, Moment, same
from payments.core.community import Identity
from payments.core.covering.asking import Asked
from payments.core.decision import question_of
from payments.core.ids import AccountId, CommunityId, PersonId, SubscriptionId
from payments.core.rights import Rank
from payments.core.selling import KnownPrices, named_in
from payments.core.state import State
from payments.flows.messages import enqueue_notice, record_act
from payments.flows.rights.ranks import rank_anywhere
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.locking import lock_found
from payments.flows.runtime.names import name_in
from payments.flows.runtime.payments import payments_of
from payments.ports.stores import QueueName, Transaction


@dataclass(frozen=True, slots=True)
class Question:
    """A subscription with bills that were taken back unpaid. ``amount``: of all of them, in minor units."""

    subscription: Subscription
    plan: Plan
    asked: Asked
    amount: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Access is kept. ``member``: what they are called here, if they have an account here."""

    member: str | None
    plan: str
    until: int | None


class NotKept(StrEnum):
    """Why the answer changed nothing."""

    NOT_YOURS = "not_yours"  # nothing tells whether there is such a subscription
    UNSURE = "unsure"  # the platform doesn't say now what they may do
    ALREADY = "already"
    SETTLED = "settled"  # paid meanwhile, or nothing hangs on it any more
    ENDED = "ended"  # the subscription is over


async def keep(
    app: AppContext, who: Identity, account_id: AccountId, subscription_id: SubscriptionId, *, actor: PersonId
) -> Kept | NotKept:
    """Keep access although all bills that were taken back by now were not paid. Raises `StoreUnavailable`.

    Whoever asks must be allowed to touch money in the plan's community now, by this very account.
    """
    async with app.store.transaction() as tx:
        found = await tx.billing.subscription(account_id, subscription_id)
        plan = None if found is None or found.plan_id is None else await tx.plans.get(found.plan_id)
    if plan is None:
        return NotKept.NOT_YOURS
    refused = await _refusal(app, who, plan.community_id)
    if refused is not None:
        return refused
    async with app.store.transaction() as tx:
        outcome = await _keep(app, tx, account_id, subscription_id, actor)
    if isinstance(outcome, Kept):
        app.wake(QueueName.CUSTOMERS)
        app.wake(QueueName.NOTICES)
    return outcome


async def waiting(app: AppContext, person_id: PersonId, community_id: CommunityId) -> tuple[Question, ...]:
    """What waits for an answer about what a person pays or uses here."""
    async with app.store.transaction() as tx:
        found = [await _question(app, tx, s) for s in await tx.billing.subscriptions_of(person_id)]
    return tuple(one for one in found if one is not None and one.plan.community_id == community_id)


async def _refusal(app: AppContext, who: Identity, community_id: CommunityId) -> NotKept | None:
    """Why an account may not decide about money in a community; None: it may."""
    rank = await rank_anywhere(app, community_id, who)
    if rank is None:
        return NotKept.UNSURE
    return None if rank >= Rank.MANAGER else NotKept.NOT_YOURS


async def _keep(
    app: AppContext, tx: Transaction, account_id: AccountId, subscription_id: SubscriptionId, actor: PersonId
) -> Kept | NotKept:
    async def concerned() -> Collection[PersonId]:
        one = await tx.billing.subscription(account_id, subscription_id)
        return () if one is None else {one.payer_id, one.beneficiary_id}

    await lock_found(tx, concerned)  # of two who answer at once the second finds it answered; no settlement is between
    s = await tx.billing.subscription(account_id, subscription_id)
    question = None if s is None else await _question(app, tx, s)
    if s is None or question is None:
        return NotKept.NOT_YOURS if s is None else await _why_not(tx, s)
    for invoice in await _invoices(tx, s):
        if invoice.id in question.asked.bills:
            await tx.billing.put_invoice(replace(invoice, access_kept=True))
    await tx.customers.mark([s.customer_id], SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES, app.business.now())
    await _tell(app, tx, question, actor)
    member = await name_in(tx, question.plan.community_id, s.beneficiary_id)
    return Kept(member, question.plan.name, question.asked.until)


async def _tell(app: AppContext, tx: Transaction, question: Question, actor: PersonId) -> None:
    """The audit and the contact, and whoever pays: they were told when access ends."""
    s, plan, until = question.subscription, question.plan, question.asked.until
    key = f"access_kept:{s.account_id}:{s.id}:{question.asked.bills[-1]}"
    changes: Changes = {"plan": same(plan.name), **({} if until is None else {"until": (None, Moment(until))})}
    community_id, kind = plan.community_id, AuditKind.ACCESS_KEPT
    await record_act(
        app, tx, kind, changes, actor=actor, community_id=community_id, person_id=s.beneficiary_id, key=key, told=True
    )
    community = await tx.communities.get(community_id)
    params = {"plan": plan.name, "community": "" if community is None else community.name, "until": until}
    await enqueue_notice(tx, app.business.now(), s.payer_id, "access_kept", key, params)


async def _why_not(tx: Transaction, s: Subscription) -> NotKept:
    if s.status in ENDED_STATUSES:
        return NotKept.ENDED
    newest = max(await _invoices(tx, s), key=lambda one: (one.created_at, one.id), default=None)
    kept = newest is not None and newest.access_kept and newest.amount_paid == 0
    return NotKept.ALREADY if kept else NotKept.SETTLED


async def _invoices(tx: Transaction, s: Subscription) -> Sequence[Invoice]:
    return [invoice for invoice in await tx.billing.invoices(s.customer_id) if invoice.subscription_id == s.id]


async def _question(app: AppContext, tx: Transaction, s: Subscription) -> Question | None:
    """What there is to answer about a subscription, from what is stored now."""
    customer = await tx.customers.get(s.customer_id)
    plan = None if s.plan_id is None else await tx.plans.get(s.plan_id)
    if customer is None or plan is None:
        return None
    payments = await payments_of(tx, s.customer_id)
    named = named_in([s], payments.invoices.values())
    prices = KnownPrices.of(await tx.plans.prices_at_provider(s.account_id, sorted(named)))
    state = State(customer, plans={plan.id: plan}, known=prices)
    asked = question_of(state, s, payments, app.business.now())
    if asked is None:
        return None
    return Question(s, plan, asked, sum(i.total for i in payments.of(s) if i.id in asked.bills))
