"""A free trial is given once: to an account, and to a card. A second one is ended before its first charge.

An account is remembered with its person (`Trials.remember`, `Trials.share`). A card is known only once Stripe has it:
so a second trial with it opens nothing, is ended at Stripe by the worker, and only then the member is told.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from payments.core.access import Entitlement, Reason, Source
from payments.core.billing import Customer, SnapshotPart, Subscription, SubscriptionStatus
from payments.core.decision import Decision
from payments.core.ids import AccountId, CustomerId, SubscriptionId
from payments.core.snapshot import Snapshot
from payments.flows.messages import enqueue_notice
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.offered import offered
from payments.flows.runtime.origins import side_of
from payments.flows.runtime.outbox import params_of, store_request
from payments.ports.providers import ProviderRefused
from payments.ports.stores import ProviderRequest, QueueName, Transaction

NEVER_BEGAN = frozenset({Reason.CANCELED, Reason.AWAITING_FIRST_PAYMENT})


async def cards_of_trials(app: AppContext, customer: Customer, snapshot: Snapshot) -> frozenset[str]:
    """The customer's cards, if one of its subscriptions is on a trial that we gave. Raises `ProviderUnavailable`."""
    if customer.stripe_id is None or not _trials(snapshot):
        return frozenset()
    customers = app.provider(customer.account_id).customers
    return frozenset() if customers is None else await customers.cards(customer.stripe_id)


def _trials(snapshot: Snapshot) -> frozenset[SubscriptionId]:
    """Trials begun by a link of ours: one that the owner gives in the dashboard is the owner's affair."""
    return frozenset(
        fact.id
        for fact in snapshot.subscriptions or ()
        if fact.status is SubscriptionStatus.TRIALING and fact.refs.checkout_id is not None
    )


async def second_ones(
    app: AppContext,
    tx: Transaction,
    snapshot: Snapshot,
    subscriptions: Iterable[Subscription],
    held: Collection[Entitlement],
    cards: Collection[str],
) -> frozenset[SubscriptionId]:
    """Those of these trials whose card had one of the same plan before; that each is to be ended is stored with it.

    Each is weighed when it begins: one that `held` shows to be let in stays, whatever card is added later.
    """
    running, found = _trials(snapshot) - _let_in(held), set()
    for s in subscriptions:
        if s.id not in running or s.plan_id is None:
            continue
        firsts = [await tx.trials.first_with_card(s.account_id, card, s.plan_id, s.id) for card in sorted(cards)]
        if app.settings.trial_once_per_card and any(first != s.id for first in firsts):
            found.add(s.id)
            await _store_end(tx, app, s)
    return frozenset(found)


async def _store_end(tx: Transaction, app: AppContext, second: Subscription) -> None:
    params = {"customer": second.customer_id, "subscription": second.id}
    row = f"{second.account_id}:{second.id}"
    await store_request(tx, app, second.account_id, "trial_end", row, params, at_once=True)


def _let_in(held: Collection[Entitlement]) -> frozenset[str]:
    """The subscriptions that opened something, or would but for a pause, say. A second trial never did."""
    return frozenset(e.source_id for e in held if e.source is Source.SUBSCRIPTION and e.reason not in NEVER_BEGAN)


def without(decision: Decision, held: Collection[Entitlement], second: frozenset[SubscriptionId]) -> Decision:
    """The decision with nothing opened by second trials, nor told of them."""
    if not second:
        return decision
    known = set(held)
    closed = (
        replace(e, access_from=None, access_until=None, reason=Reason.CANCELED)
        if e.source is Source.SUBSCRIPTION and e.source_id in second
        else e
        for e in decision.entitlements
    )
    return replace(
        decision,
        entitlements=tuple(e for e in closed if e not in known),
        notices=tuple(w for w in decision.notices if not any(f":{id_}:" in w.key for id_ in second)),
    )


async def end_second(app: AppContext, request: ProviderRequest) -> None:
    """End a second trial, and tell the member; one that was charged meanwhile goes on. Done again, it does the same.

    Raises `ProviderUnavailable` and `ProviderRefused`.
    """
    params = params_of(request)
    customer_id = CustomerId(params["customer"])
    subscription_id = SubscriptionId(params.get("subscription", request.object_id))  # of old it was the row's own id
    actions = offered(app.provider(request.account_id).subscriptions)
    status = await actions.status(subscription_id)
    if status is SubscriptionStatus.TRIALING:
        try:
            await actions.cancel_now(subscription_id)
        except ProviderRefused as refused:
            if refused.code != "missing_object":
                raise
    async with app.store.transaction() as tx:
        if status in (SubscriptionStatus.TRIALING, SubscriptionStatus.CANCELED):
            await _tell(app, tx, request.account_id, subscription_id)
        await tx.customers.mark([customer_id], SnapshotPart.ALL, app.business.now())
        await tx.requests.made(request.id, subscription_id)
    app.wake(QueueName.NOTICES)
    app.wake(QueueName.CUSTOMERS)


async def _tell(app: AppContext, tx: Transaction, account_id: AccountId, subscription_id: SubscriptionId) -> None:
    sold = await tx.billing.subscription(account_id, subscription_id)
    plan = None if sold is None or sold.plan_id is None else await tx.plans.get(sold.plan_id)
    community = None if plan is None else await tx.communities.get(plan.community_id)
    if sold is None or plan is None or community is None:
        return
    customer = await tx.customers.get(sold.customer_id)
    side = None if customer is None else await side_of(tx, customer.person_id)
    params = {"plan": plan.name, "community": community.name} | ({} if side is None else {"only": side.value})
    await enqueue_notice(
        tx, app.business.now(), sold.payer_id, "trial_again", f"trial_again:{account_id}:{subscription_id}", params
    )
