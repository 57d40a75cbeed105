"""What the provider says now of a plan and its buyer, since a webhook may be on its way, or lost."""

from collections.abc import Mapping, Sequence

from payments.core.billing import (
    ENDED_STATUSES,
    Customer,
    SnapshotPart,
    SubscriptionStatus,
)
from payments.core.ids import PlanId, SubscriptionId
from payments.core.refs import read
from payments.core.selling import KnownPrices, named_in, of_subscription
from payments.core.snapshot import SubscriptionFact
from payments.flows.checkout.offer import AlreadyMember, Offer
from payments.flows.checkout.sessions import CheckoutLink as CheckoutLink
from payments.flows.checkout.sessions import Completing as Completing
from payments.flows.checkout.sessions import completing
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.outbox import Deadline
from payments.ports.providers import ProviderRefused


async def ask_provider(
    app: AppContext, offer: Offer, deadline: Deadline
) -> tuple[bool, AlreadyMember | Completing | None]:
    """What Stripe says now of these customers and this plan, since a webhook may be on its way, or lost.

    Whether they ever had a subscription of it (a trial is given once), and the answer if they have it already.
    """
    had_one, answer = False, None
    for customer in offer.known:
        try:
            had, answer = await _ask_of(app, offer, customer, deadline)
        except ProviderRefused as refused:
            if refused.code != "missing_object":
                raise
            continue  # it was deleted there, and nothing is left of it
        had_one = had_one or had
        if answer is not None:
            break
    return had_one, answer


async def _ask_of(
    app: AppContext, offer: Offer, customer: Customer, deadline: Deadline
) -> tuple[bool, AlreadyMember | Completing | None]:
    provider = app.provider(customer.account_id)
    stripe_id = customer.stripe_id
    if stripe_id is None:
        return False, None
    if offer.unsettled:
        sessions = await deadline.of(lambda: provider.checkouts.completed(stripe_id))
        # Also one whose money is still on its way, for days: its link's row is over long before.
        if any(s.bought and read(s.metadata).purchase_id in offer.unsettled for s in sessions):
            return False, await completing(app, customer.id)
    if not offer.renews:
        return False, None
    snapshot = await deadline.of(lambda: provider.snapshot(stripe_id, SnapshotPart.SUBSCRIPTIONS))
    theirs = [f for f in snapshot.subscriptions or () if _is_theirs(f, offer)]
    sold = await _sold(app, customer, theirs)
    had_one = any(offer.plan.id in (f.refs.plan_id, sold[f.id]) for f in theirs)
    spent = {s.id for s in offer.spent}
    going_on = [f for f in theirs if f.id not in spent and f.status not in ENDED_STATUSES]
    running = next((f for f in going_on if sold[f.id] == offer.plan.id), None)
    if running is None:
        return had_one, None
    settled = await completing(app, customer.id)
    if running.status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING):
        return had_one, settled
    return had_one, AlreadyMember(running.id, running.status)


def _is_theirs(fact: SubscriptionFact, offer: Offer) -> bool:
    """Whether they use it: it was bought for them, and not handed over to somebody else since."""
    used_by = fact.refs.beneficiary_id
    return (used_by is None or used_by in offer.origins) and fact.id not in offer.moved


async def _sold(
    app: AppContext, customer: Customer, facts: Sequence[SubscriptionFact]
) -> Mapping[SubscriptionId, PlanId | None]:
    """The plans that these subscriptions sell, as a settlement would have it."""
    if not facts:
        return {}
    async with app.store.transaction() as tx:
        known = KnownPrices.of(await tx.plans.prices_at_provider(customer.account_id, sorted(named_in(facts))))
        stored = {s.id: s for s in await tx.billing.drifted(customer.account_id, [fact.id for fact in facts])}
        named = {fact.id: await tx.plans.price(fact.refs.price_id) for fact in facts if fact.refs.price_id is not None}
    return {fact.id: of_subscription(fact, known, stored.get(fact.id), named.get(fact.id)).plan_id for fact in facts}
