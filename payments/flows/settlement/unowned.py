"""Subscriptions at Stripe that are for a plan of ours, of customers who are not here: an older backup was restored, or
somebody paid by a Payment Link or was subscribed by hand.

They are counted and the community's contact is told; who they belong to, a human finds out.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from payments.core.billing import ENDED_STATUSES, SubscriptionStatus
from payments.core.ids import AccountId, CommunityId, PlanId, SubscriptionId
from payments.core.selling import KnownPrices, named_in, of_subscription
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
    """Those of a page, by the plan that they name or else sell. `tell_of_nobody` looks the plans up."""
    live = [one for one in listed if one.fact.status not in _NOT_LIVE]
    if not live:
        return []
    known = await tx.customers.known_stripe(account_id, {one.customer for one in live})
    strange = [one.fact for one in live if one.customer not in known]
    prices = KnownPrices.of(await tx.plans.prices_at_provider(account_id, sorted(named_in(strange))))
    plans = {f.id: f.refs.plan_id or of_subscription(f, prices, None, None).plan_id for f in strange}
    return [OfNobody(fact.started_at, fact.id, plan_id) for fact in strange if (plan_id := plans[fact.id]) is not None]


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
            "look them up in Stripe's dashboard (an older backup was restored, or they were made past Guestlist?).",
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
