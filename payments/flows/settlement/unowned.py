"""Subscriptions at Stripe that are for a plan of ours, of customers who are not here: an older backup was restored, or
somebody paid by a Payment Link or was subscribed by hand.

They are stored and counted, and the community's contact is told; who they belong to, a human says, with a code for the
buyer (`people.redeem`).
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from payments.core.billing import ENDED_STATUSES, SnapshotPart, SubscriptionStatus
from payments.core.ids import AccountId, CommunityId, CustomerRef, PlanId, SubscriptionId
from payments.core.selling import KnownPrices, named_in, of_subscription
from payments.core.snapshot import SubscriptionFact
from payments.flows.messages import enqueue_contact_notice
from payments.flows.runtime.context import AppContext
from payments.ports.providers import ListedSubscription
from payments.ports.stores import QueueName, Transaction, UnclaimedSubscription

_log = logging.getLogger(__name__)

COUNTED_MAX = 10_000

_NOT_LIVE = ENDED_STATUSES | {SubscriptionStatus.INCOMPLETE}


@dataclass(frozen=True, slots=True, order=True)
class OfNobody:
    """A live subscription of a customer we don't know."""

    started_at: int
    id: SubscriptionId
    plan_id: PlanId
    customer: CustomerRef


async def of_nobody(tx: Transaction, account_id: AccountId, listed: Iterable[ListedSubscription]) -> list[OfNobody]:
    """Those of a page, by the plan that they name or else sell. `tell_of_nobody` looks the plans up."""
    live = [one for one in listed if one.fact.status not in _NOT_LIVE]
    if not live:
        return []
    known = await tx.customers.known_stripe(account_id, {one.customer for one in live})
    strange = [one for one in live if one.customer not in known]
    plans = await plans_of(tx, account_id, [one.fact for one in strange])
    return [
        OfNobody(one.fact.started_at, one.fact.id, plan_id, one.customer)
        for one in strange
        if (plan_id := plans[one.fact.id]) is not None
    ]


async def plans_of(
    tx: Transaction, account_id: AccountId, facts: Sequence[SubscriptionFact]
) -> dict[SubscriptionId, PlanId | None]:
    """What each of these sells of ours, by the plan that it names or else by its items; the plan may be gone."""
    prices = KnownPrices.of(await tx.plans.prices_at_provider(account_id, sorted(named_in(facts))))
    return {f.id: f.refs.plan_id or of_subscription(f, prices, None, None).plan_id for f in facts}


async def look_at_stranger(app: AppContext, account_id: AccountId, customer: CustomerRef) -> None:
    """Tell at once of what a customer bought past us who is not here. Raises as the provider does: the nightly
    comparison finds it all the same."""
    told = await app.provider(account_id).snapshot(customer, SnapshotPart.SUBSCRIPTIONS)
    async with app.store.transaction() as tx:
        listed = [ListedSubscription(customer, fact) for fact in told.subscriptions or ()]
        found = await of_nobody(tx, account_id, listed)
    if found:
        await _tell(app, account_id, found)


async def tell_of_nobody(
    app: AppContext, account_id: AccountId, found: Sequence[OfNobody], since_at: int | None
) -> None:
    """Store and count those of our plans on an account, and tell each community's contact, once until another one is
    found. `since_at`: all that there are were found since; None: there may be more.

    Raises `StoreUnavailable`.
    """
    by_community = await _tell(app, account_id, found, since_at=since_at)
    count = app.of_nobody[account_id] = sum(map(len, by_community.values()))
    if count:
        _log.warning(
            "%d subscriptions at Stripe are for plans of ours and for customers that are not in this database; "
            "look them up in Stripe's dashboard (an older backup was restored, or they were made past Guestlist?).",
            count,
        )


async def _tell(
    app: AppContext, account_id: AccountId, found: Sequence[OfNobody], *, since_at: int | None = None
) -> dict[CommunityId, list[OfNobody]]:
    """`since_at`: what was not seen since then is gone; None: there may be others."""
    told, now = False, app.business.now()
    async with app.store.transaction() as tx:
        by_community = await _by_community(tx, found)
        rows = [
            UnclaimedSubscription(account_id, one.id, one.customer, one.plan_id, one.started_at)
            for theirs in by_community.values()
            for one in theirs
        ]
        await tx.unclaimed.remember(rows, now)
        if since_at is not None:
            await tx.unclaimed.forget(account_id, since_at)
        for community_id, theirs in by_community.items():
            community = await tx.communities.get(community_id)
            if community is None:
                continue
            count = len(await tx.unclaimed.waiting(community_id, COUNTED_MAX))
            params = {"community": community.name, "count": count, "id": community_id}
            key = f"subscriptions_of_nobody:{community_id}:{max(theirs).id}"
            told |= await enqueue_contact_notice(tx, now, community, "subscriptions_of_nobody", key, params)
    if told:
        app.wake(QueueName.NOTICES)
    return by_community


async def _by_community(tx: Transaction, found: Sequence[OfNobody]) -> dict[CommunityId, list[OfNobody]]:
    plans = {plan_id: await tx.plans.get(plan_id) for plan_id in {one.plan_id for one in found}}
    grouped: defaultdict[CommunityId, list[OfNobody]] = defaultdict(list)
    for one in found:
        if (plan := plans[one.plan_id]) is not None:
            grouped[plan.community_id].append(one)
    return dict(grouped)
