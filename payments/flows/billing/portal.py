"""A member's own affairs at Stripe: the portal, cancelling, resuming.

What shows or moves money is for the account that pays: the portal, and taking a cancellation back. To cancel is for
whoever uses it too; who pays is told, and can keep it while it still runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from payments.core.billing import ENDED_STATUSES, Customer, Ending, SnapshotPart, Subscription
from payments.core.community import Identity
from payments.core.endings import CancelTerms
from payments.core.ids import AccountId, SubscriptionId
from payments.flows import endings
from payments.flows.endings import By, Ended
from payments.flows.messages import enqueue_notice
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.offered import offered
from payments.flows.runtime.origins import customers_of, side_of, users_of
from payments.flows.runtime.outbox import CreateCall, Deadline, Params, create, hand_over, loaded
from payments.ports.providers import Portal, PortalFlow, ProviderRefused, ProviderUnavailable
from payments.ports.stores import ProviderRequest, QueueName, Transaction


class NoCustomer(StrEnum):
    """The person has paid nothing here yet, so Stripe has no page for them."""

    NO_CUSTOMER = "no_customer"


class Renewal(StrEnum):
    """What came of cancelling or resuming."""

    CANCELLED = "cancelled"
    CANCELLED_NOW = "cancelled_now"  # at once: no payment was left to use up
    RESUMED = "resumed"
    STORED = "stored"  # the provider doesn't do it just now; it is done by itself
    NOT_YOURS = "not_yours"  # unknown, or paid by somebody else
    ENDED = "ended"  # it is already over: subscribe again
    TAKEN_BACK = "taken_back"  # nothing that was paid is left of it: subscribe again


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
    stripe_id, portal = customer.stripe_id, offered(app.provider(customer.account_id).portal)
    url = return_url or f"{app.settings.public_url.rstrip('/')}/returned"

    async def opened(configuration_id: str, flow: PortalFlow) -> str:
        return await deadline.of(
            lambda: portal.open(
                stripe_id, configuration_id=configuration_id, return_url=url, flow=flow, subscription=own
            )
        )

    configuration_id = await configuration(app, customer.account_id, portal, deadline)
    try:
        return await opened(configuration_id, flow)
    except ProviderRefused as refused:
        if refused.code == "missing_object" and refused.param == "customer":  # deleted at Stripe, with all it paid
            async with app.store.transaction() as tx:
                await tx.customers.mark([customer.id], SnapshotPart.ALL, app.business.now())
            app.wake(QueueName.CUSTOMERS)
            return NoCustomer.NO_CUSTOMER
        if not await deadline.of(lambda: portal.usable(configuration_id)):
            again = await configuration(app, customer.account_id, portal, deadline, instead_of=configuration_id)
            return await opened(again, flow)
        if flow is PortalFlow.HOME:
            raise
    return await opened(configuration_id, PortalFlow.HOME)  # the owner has taken that part out of the page


async def cancelling(app: AppContext, who: Identity, subscription_id: SubscriptionId) -> CancelTerms | None:
    """What it would mean for this account to cancel now; None: it can't, or it has been done."""
    subscription = await _endable(app, who, subscription_id)
    if subscription is None or subscription.status in ENDED_STATUSES or _ends(subscription):
        return None
    async with app.store.transaction() as tx:
        return await endings.terms_now(tx, subscription, app.business.now())


async def cancel(app: AppContext, who: Identity, subscription_id: SubscriptionId) -> Renewal:
    """Cancel as `cancelling` says, by the account that pays or one that uses it: then who pays is told.

    The wish is stored first, and carried out whatever happens to the process or the provider.
    """
    subscription = await _endable(app, who, subscription_id)
    if subscription is None:
        return Renewal.NOT_YOURS
    if subscription.status in ENDED_STATUSES:
        return Renewal.ENDED
    if subscription.ending is Ending.AT_ONCE:
        return Renewal.STORED  # it is to end sooner than this could say
    used = subscription_id in (await standing(app, who)).ends
    if used and _ends(subscription):
        return Renewal.CANCELLED  # nothing new, so who pays hears nothing: this account must not write to them at will
    async with app.store.transaction() as tx:
        terms = await endings.terms_now(tx, subscription, app.business.now())
        ending = Ending.AT_ONCE if terms.at_once else Ending.PERIOD_END
        bills = [bill.id for bill in terms.withdrawn]
        request = await endings.wish(tx, app, subscription, ending, By.MEMBER, bills=bills)
        if used:
            await _tell_payer(app, tx, who, subscription, terms)
    app.wake(QueueName.NOTICES)
    return await _carry_out(app, request)


async def resume(app: AppContext, who: Identity, subscription_id: SubscriptionId) -> Renewal:
    """Take a cancellation back, by the account that pays. One whose payment was taken back can't go on."""
    mine = await _mine(app, who)
    subscription = next((s for s in mine.subscriptions if s.id == subscription_id), None)
    if subscription is None:
        return Renewal.NOT_YOURS
    if subscription.status in ENDED_STATUSES or subscription.ending is Ending.AT_ONCE:
        return Renewal.ENDED
    async with app.store.transaction() as tx:
        if await _taken_back(tx, subscription):
            return Renewal.TAKEN_BACK
        request = await endings.wish(tx, app, subscription, Ending.KEEP, By.MEMBER)
    return await _carry_out(app, request)


async def _carry_out(app: AppContext, request: ProviderRequest) -> Renewal:
    try:
        done = await endings.carry_out(app, request, Deadline(app), told=True)
    except (ProviderUnavailable, ProviderRefused):
        await hand_over(app, request)
        return Renewal.STORED
    match done:
        case Ended.AT_ONCE:
            return Renewal.CANCELLED_NOW
        case Ended.PERIOD_END:
            return Renewal.CANCELLED
        case Ended.KEPT:
            return Renewal.RESUMED
        case Ended.OVER:
            return Renewal.ENDED
        case Ended.REPLACED:
            return Renewal.STORED
        case _:
            assert_never(done)


async def _endable(app: AppContext, who: Identity, subscription_id: SubscriptionId) -> Subscription | None:
    mine = await _mine(app, who)
    return next((s for s in (*mine.subscriptions, *mine.used) if s.id == subscription_id), None)


async def _taken_back(tx: Transaction, s: Subscription) -> bool:
    plan = None if s.plan_id is None else await tx.plans.get(s.plan_id)
    return plan is not None and await endings.spent(tx, s, plan)


def _ends(subscription: Subscription) -> bool:
    """Whether it ends, or is to end, with what is paid already."""
    return subscription.ends_by_itself or subscription.ending in (Ending.PERIOD_END, Ending.AT_ONCE)


async def _tell_payer(
    app: AppContext, tx: Transaction, who: Identity, subscription: Subscription, terms: CancelTerms
) -> None:
    """Who pays is told, where they pay, that another account cancels; a press twice in a minute is one."""
    now = app.business.now()
    plan, community = await endings.sold_until(tx, subscription, terms.until, now)
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
        "at": terms.until,
        "over": int(terms.at_once),
    }
    if side is not None:
        params["only"] = side.value
    key = f"cancelled_by_other:{subscription.account_id}:{subscription.id}:{now // 60_000}"
    await enqueue_notice(tx, now, subscription.payer_id, "cancelled_by_other", key, params)


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


async def configuration(
    app: AppContext, account_id: AccountId, portal: Portal, deadline: Deadline, *, instead_of: str | None = None
) -> str:
    """The account's portal configuration, made once. A second one would do no harm, so it is never looked up.

    `instead_of`: the one that the owner switched off or wiped; whoever finds it so makes the same new one.
    """
    async with app.store.transaction() as tx:
        account = await tx.provider_accounts.get(account_id)
    if account is not None and account.portal_configuration_id not in (None, instead_of):
        return str(account.portal_configuration_id)

    async def make(key: str, _params: Params) -> str:
        return await portal.create_configuration(key)

    async def find(_params: Params, _since_at: int) -> str | None:
        return None

    async def on_made(tx: Transaction, configuration_id: str) -> None:
        await tx.provider_accounts.set_portal_configuration(account_id, configuration_id)

    creation = CreateCall(
        account_id=account_id,
        kind="portal_configuration",
        object_id=account_id if instead_of is None else f"{account_id}:{instead_of}",
        params={},
        make=make,
        find=find,
        load=loaded,
        name=str,
        on_made=on_made,
    )
    return await create(app, creation, deadline)
