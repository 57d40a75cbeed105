"""A member's own affairs at Stripe: the portal, cancelling, resuming. Only ever of what they pay themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.core.ids import AccountId, PersonId, SubscriptionId
from payments.core.model import ENDED_STATUSES, Customer, Part, Subscription
from payments.flows.engine import Engine
from payments.flows.requesting import Creation, Params, Patience, create, loaded
from payments.ports.provider import PortalFlow, ProviderRefused
from payments.ports.stores import Transaction


class NoCustomer(StrEnum):
    """The person has paid nothing here yet, so Stripe has no page for them."""

    NO_CUSTOMER = "no_customer"


class Renewal(StrEnum):
    """What came of cancelling or resuming."""

    CANCELLED = "cancelled"
    RESUMED = "resumed"
    NOT_YOURS = "not_yours"  # unknown, or paid by somebody else
    ENDED = "ended"  # it is over already: subscribe anew


@dataclass(frozen=True, slots=True)
class _Mine:
    customers: Sequence[Customer]
    subscriptions: Sequence[Subscription]


async def open_portal(
    engine: Engine,
    person_id: PersonId,
    flow: PortalFlow = PortalFlow.HOME,
    *,
    subscription_id: SubscriptionId | None = None,
    return_url: str | None = None,
) -> str | NoCustomer:
    """The address of the person's own portal, good for a short time.

    Of several customers (one for each currency) it is the one of `subscription_id`, else of a running subscription.
    Raises `ProviderUnavailable` and `ProviderRefused`.
    """
    patience = Patience(engine)
    mine = await _mine(engine, person_id)
    customer = _customer(mine, subscription_id)
    if customer is None or customer.stripe_id is None:
        return NoCustomer.NO_CUSTOMER
    own = subscription_id if any(s.id == subscription_id for s in mine.subscriptions) else None
    configuration_id = await _configuration(engine, patience)
    stripe_id = customer.stripe_id
    url = return_url or f"{engine.settings.public_url.rstrip('/')}/returned"
    return await patience.of(
        lambda: engine.provider.create_portal(
            stripe_id, configuration_id=configuration_id, return_url=url, flow=flow, subscription=own
        )
    )


async def cancel(engine: Engine, person_id: PersonId, subscription_id: SubscriptionId) -> Renewal:
    """Cancel at the end of what is paid. Raises `ProviderUnavailable` and `ProviderRefused`."""
    return await _renew(engine, person_id, subscription_id, cancel_it=True)


async def resume(engine: Engine, person_id: PersonId, subscription_id: SubscriptionId) -> Renewal:
    """Take a cancellation back. Raises `ProviderUnavailable` and `ProviderRefused`."""
    return await _renew(engine, person_id, subscription_id, cancel_it=False)


async def _renew(engine: Engine, person_id: PersonId, subscription_id: SubscriptionId, *, cancel_it: bool) -> Renewal:
    mine = await _mine(engine, person_id)
    subscription = next((s for s in mine.subscriptions if s.id == subscription_id), None)
    if subscription is None:
        return Renewal.NOT_YOURS
    if subscription.status in ENDED_STATUSES:
        return Renewal.ENDED
    try:
        await Patience(engine).of(lambda: engine.provider.cancel_at_period_end(subscription_id, cancel_it))
    except ProviderRefused as refused:
        await _settle(engine, subscription)  # it may have ended a moment ago
        if refused.code == "missing_object":
            return Renewal.ENDED
        raise
    await _settle(engine, subscription)
    return Renewal.CANCELLED if cancel_it else Renewal.RESUMED


async def _settle(engine: Engine, subscription: Subscription) -> None:
    async with engine.store.transaction() as tx:
        await tx.customers.mark([subscription.customer_id], Part.SUBSCRIPTIONS, engine.business.now())
    engine.wake("customers")


async def _mine(engine: Engine, person_id: PersonId) -> _Mine:
    async with engine.store.transaction() as tx:
        customers = await tx.customers.of_person(person_id, engine.account.id)
        bought = await tx.bought.subscriptions_of(person_id)
    return _Mine(
        [customer for customer in customers if customer.stripe_id is not None],
        [one for one in bought if one.payer_id == person_id and one.account_id == engine.account.id],
    )


def _customer(mine: _Mine, subscription_id: SubscriptionId | None) -> Customer | None:
    """The customer whose affairs these are."""
    wanted = [s.customer_id for s in mine.subscriptions if s.id == subscription_id]
    wanted += [s.customer_id for s in mine.subscriptions if s.status not in ENDED_STATUSES]
    wanted += [s.customer_id for s in mine.subscriptions]
    by_id = {customer.id: customer for customer in mine.customers}
    found = next((by_id[customer_id] for customer_id in wanted if customer_id in by_id), None)
    return found or (mine.customers[0] if mine.customers else None)


async def _configuration(engine: Engine, patience: Patience) -> str:
    """The account's portal configuration, made once. A second one would do no harm, so it is never looked up."""
    account_id: AccountId = engine.account.id
    async with engine.store.transaction() as tx:
        account = await tx.accounts.get(account_id)
    if account is not None and account.portal_configuration_id is not None:
        return account.portal_configuration_id

    async def make(key: str, _params: Params) -> str:
        return await engine.provider.create_portal_configuration(key)

    async def find(_params: Params, _since_at: int) -> str | None:
        return None

    async def on_made(tx: Transaction, configuration_id: str) -> None:
        await tx.accounts.set_portal_configuration(account_id, configuration_id)

    creation = Creation(
        kind="portal_configuration",
        subject_id=account_id,
        params={},
        make=make,
        find=find,
        load=loaded,
        name=str,
        on_made=on_made,
    )
    return await create(engine, creation, patience)
