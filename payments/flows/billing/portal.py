"""A member's own affairs at Stripe: the portal, cancelling, resuming.

What shows or moves money is for the account that pays: the portal, and taking a cancellation back. To cancel at the end
of what is paid is for whoever uses it too; who pays is told, and can keep it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.core.billing import ENDED_STATUSES, Customer, SnapshotPart, Subscription
from payments.core.community import Identity
from payments.core.ids import AccountId, SubscriptionId
from payments.flows.messages import enqueue_notice
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.offered import offered
from payments.flows.runtime.origins import customers_of, side_of, users_of
from payments.flows.runtime.outbox import CreateCall, Deadline, Params, create, loaded
from payments.ports.providers import Portal, PortalFlow, ProviderRefused, SubscriptionActions
from payments.ports.stores import QueueName, Transaction


class NoCustomer(StrEnum):
    """The person has paid nothing here yet, so Stripe has no page for them."""

    NO_CUSTOMER = "no_customer"


class Renewal(StrEnum):
    """What came of cancelling or resuming."""

    CANCELLED = "cancelled"
    RESUMED = "resumed"
    NOT_YOURS = "not_yours"  # unknown, or paid by somebody else
    ENDED = "ended"  # it is already over: subscribe again


@dataclass(frozen=True, slots=True)
class _Mine:
    """``used``: subscriptions that another account pays, and this one may end."""

    customers: Sequence[Customer]
    subscriptions: Sequence[Subscription]
    used: Sequence[Subscription]


@dataclass(frozen=True, slots=True)
class Standing:
    """``pays``: the subscriptions whose payment this account manages; ``ends``: what else it may cancel."""

    pays: frozenset[SubscriptionId]
    ends: frozenset[SubscriptionId]


async def standing(app: AppContext, who: Identity) -> Standing:
    """What this account may do with which subscriptions. Raises `StoreUnavailable`."""
    mine = await _mine(app, who)
    return Standing(frozenset(s.id for s in mine.subscriptions), frozenset(s.id for s in mine.used))


async def open_portal(
    app: AppContext,
    who: Identity,
    flow: PortalFlow = PortalFlow.HOME,
    *,
    subscription_id: SubscriptionId | None = None,
    return_url: str | None = None,
) -> str | NoCustomer:
    """The address of the portal of what this account pays, good for a short time.

    Of several customers (one for each currency) it is the one of `subscription_id`, else of a running subscription.
    Raises `ProviderUnavailable` and `ProviderRefused`.
    """
    deadline = Deadline(app)
    mine = await _mine(app, who)
    customer = _customer(mine, subscription_id)
    if customer is None or customer.stripe_id is None:
        return NoCustomer.NO_CUSTOMER
    own = subscription_id if any(s.id == subscription_id for s in mine.subscriptions) else None
    account_id = customer.account_id
    portal = offered(app.provider(account_id).portal)
    configuration_id = await _configuration(app, account_id, portal, deadline)
    stripe_id = customer.stripe_id
    url = return_url or f"{app.settings.public_url.rstrip('/')}/returned"
    return await deadline.of(
        lambda: portal.open(stripe_id, configuration_id=configuration_id, return_url=url, flow=flow, subscription=own)
    )


async def cancel(app: AppContext, who: Identity, subscription_id: SubscriptionId) -> Renewal:
    """Cancel at the end of what is paid, by the account that pays or one that uses it: then who pays is told.

    Raises `ProviderUnavailable` and `ProviderRefused`.
    """
    mine = await _mine(app, who)
    subscription = next((s for s in (*mine.subscriptions, *mine.used) if s.id == subscription_id), None)
    if subscription is None:
        return Renewal.NOT_YOURS
    if subscription in mine.used and _ends(subscription):
        return Renewal.CANCELLED  # nothing new, so who pays hears nothing: this account must not write to them at will
    if subscription in mine.used:  # stored before it is done: a death between the two must not leave them untold
        await _tell_payer(app, who, subscription)
    return await _renew(app, subscription, cancel_it=True)


async def resume(app: AppContext, who: Identity, subscription_id: SubscriptionId) -> Renewal:
    """Take a cancellation back, by the account that pays. Raises `ProviderUnavailable` and `ProviderRefused`."""
    mine = await _mine(app, who)
    subscription = next((s for s in mine.subscriptions if s.id == subscription_id), None)
    return Renewal.NOT_YOURS if subscription is None else await _renew(app, subscription, cancel_it=False)


async def _renew(app: AppContext, subscription: Subscription, *, cancel_it: bool) -> Renewal:
    subscription_id = subscription.id
    if subscription.status in ENDED_STATUSES:
        return Renewal.ENDED
    actions, deadline = offered(app.provider(subscription.account_id).subscriptions), Deadline(app)
    act = actions.cancel if cancel_it else actions.keep
    try:
        await deadline.of(lambda: act(subscription_id))
    except ProviderRefused as refused:
        await _settle(app, subscription)  # it may have ended a moment ago
        if refused.code == "missing_object" or await _ended(actions, subscription_id, deadline):
            return Renewal.ENDED
        raise
    await _settle(app, subscription)
    return Renewal.CANCELLED if cancel_it else Renewal.RESUMED


async def _ended(actions: SubscriptionActions, subscription_id: SubscriptionId, deadline: Deadline) -> bool:
    """Whether the provider says that it is over: its refusal to change one that is may have any code, or none."""
    return await deadline.of(lambda: actions.status(subscription_id)) in ENDED_STATUSES


def _ends(subscription: Subscription) -> bool:
    """Whether it runs, and ends with what is paid already."""
    at, paid_until = subscription.cancel_at, subscription.period_end_at
    return subscription.status not in ENDED_STATUSES and at is not None and (paid_until is None or at <= paid_until)


async def _settle(app: AppContext, subscription: Subscription) -> None:
    async with app.store.transaction() as tx:
        await tx.customers.mark([subscription.customer_id], SnapshotPart.SUBSCRIPTIONS, app.business.now())
    app.wake(QueueName.CUSTOMERS)


async def _tell_payer(app: AppContext, who: Identity, subscription: Subscription) -> None:
    """Who pays is told, where they pay, that another account cancels; a press twice in a minute is one."""
    now = app.business.now()
    async with app.store.transaction() as tx:
        plan = None if subscription.plan_id is None else await tx.plans.get(subscription.plan_id)
        community = None if plan is None else await tx.communities.get(plan.community_id)
        account = await tx.person_merges.account(who)
        customer = await tx.customers.get(subscription.customer_id)
        if plan is None or community is None or account is None or customer is None:
            return
        side = await side_of(tx, customer.person_id)
        params: dict[str, str | int | None] = {
            "plan": plan.name,
            "community": community.name,
            "account": account.name,
            "platform": who.platform.value,
            "subscription": subscription.id,
            "at": subscription.period_end_at,
        }
        if side is not None:
            params["only"] = side.value
        key = f"cancelled_by_other:{subscription.account_id}:{subscription.id}:{now // 60_000}"
        await enqueue_notice(tx, now, subscription.payer_id, "cancelled_by_other", key, params)
    app.wake(QueueName.NOTICES)


async def _mine(app: AppContext, who: Identity) -> _Mine:
    """What this account pays, and what else it uses that the person's other account pays, or one that was replaced."""
    async with app.store.transaction() as tx:
        person_id = await tx.identities.of(who)
        if person_id is None:
            return _Mine((), (), ())
        customers = await customers_of(tx, who)
        bought = await tx.billing.subscriptions_of(person_id)
        moved = await users_of(tx, bought)
    own = {customer.id for customer in customers}
    return _Mine(
        [customer for customer in customers if customer.stripe_id is not None],
        [s for s in bought if s.payer_id == person_id and s.customer_id in own],
        [
            s
            for s in bought
            if s.customer_id not in own
            and s.beneficiary_id == person_id
            and (s.payer_id == person_id or moved.get((s.account_id, s.id)) == person_id)
        ],
    )


def _customer(mine: _Mine, subscription_id: SubscriptionId | None) -> Customer | None:
    """The customer whose affairs these are."""
    wanted = [s.customer_id for s in mine.subscriptions if s.id == subscription_id]
    wanted += [s.customer_id for s in mine.subscriptions if s.status not in ENDED_STATUSES]
    wanted += [s.customer_id for s in mine.subscriptions]
    by_id = {customer.id: customer for customer in mine.customers}
    found = next((by_id[customer_id] for customer_id in wanted if customer_id in by_id), None)
    return found or (mine.customers[0] if mine.customers else None)


async def _configuration(app: AppContext, account_id: AccountId, portal: Portal, deadline: Deadline) -> str:
    """The account's portal configuration, made once. A second one would do no harm, so it is never looked up."""
    async with app.store.transaction() as tx:
        account = await tx.provider_accounts.get(account_id)
    if account is not None and account.portal_configuration_id is not None:
        return account.portal_configuration_id

    async def make(key: str, _params: Params) -> str:
        return await portal.create_configuration(key)

    async def find(_params: Params, _since_at: int) -> str | None:
        return None

    async def on_made(tx: Transaction, configuration_id: str) -> None:
        await tx.provider_accounts.set_portal_configuration(account_id, configuration_id)

    creation = CreateCall(
        account_id=account_id,
        kind="portal_configuration",
        object_id=account_id,
        params={},
        make=make,
        find=find,
        load=loaded,
        name=str,
        on_made=on_made,
    )
    return await create(app, creation, deadline)
