"""Subscriptions at Stripe that name a plan of ours and a customer who is not here: an older backup was restored.

They are counted and the community's contact is told; who they belong to, a human finds out.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from payments.core.billing import ENDED_STATUSES, SubscriptionStatus
from payments.core.ids import AccountId, CommunityId, PlanId, SubscriptionId
from payments.flows.messages import enqueue_contact_notice
from payments.flows.runtime.context import AppContext
from payments.ports.providers import ListedSubscription
from payments.ports.stores import QueueName, Transaction

_log = logging.getLogger(__name__)

_NOT_LIVE = ENDED_STATUSES | {SubscriptionStatus.INCOMPLETE}


@dataclass(frozen=True, slots=True, order=True)
class OfNobody:
    """A live subscription of a customer we don't know."""

    started_at: int
    id: SubscriptionId
    plan_id: PlanId


async def of_nobody(tx: Transaction, account_id: AccountId, listed: Iterable[ListedSubscription]) -> list[OfNobody]:
    """Those of a page; its plans are looked up in the end, by `tell_of_nobody`."""
    named = [one for one in listed if one.fact.status not in _NOT_LIVE and one.fact.refs.plan_id is not None]
    if not named:
        return []
    known = await tx.customers.known_stripe(account_id, {one.customer for one in named})
    return [
        OfNobody(one.fact.started_at, one.fact.id, plan_id)
        for one in named
        if one.customer not in known and (plan_id := one.fact.refs.plan_id) is not None
    ]


async def tell_of_nobody(app: AppContext, account_id: AccountId, found: Sequence[OfNobody]) -> None:
    """Count those of our plans on an account, and tell each community's contact, once until another one is found.

    Raises `StoreUnavailable`.
    """
    told = False
    async with app.store.transaction() as tx:
        by_community = await _by_community(tx, found)
        for community_id, theirs in by_community.items():
            community = await tx.communities.get(community_id)
            if community is None:
                continue
            params = {"community": community.name, "count": len(theirs)}
            key = f"subscriptions_of_nobody:{community_id}:{max(theirs).id}"
            told |= await enqueue_contact_notice(
                tx, app.business.now(), community, "subscriptions_of_nobody", key, params
            )
    count = app.of_nobody[account_id] = sum(map(len, by_community.values()))
    if count:
        _log.warning(
            "%d subscriptions at Stripe are for plans of ours and for customers that are not in this database; "
            "look them up in Stripe's dashboard (a backup from before they were bought was restored?).",
            count,
        )
    if told:
        app.wake(QueueName.NOTICES)


async def _by_community(tx: Transaction, found: Sequence[OfNobody]) -> dict[CommunityId, list[OfNobody]]:
    plans = {plan_id: await tx.plans.get(plan_id) for plan_id in {one.plan_id for one in found}}
    grouped: defaultdict[CommunityId, list[OfNobody]] = defaultdict(list)
    for one in found:
        if (plan := plans[one.plan_id]) is not None:
            grouped[plan.community_id].append(one)
    return dict(grouped)
