"""A person as a customer at Stripe: one for each currency, made when first needed."""

from dataclasses import replace

from payments.core.billing import ENDED_STATUSES, Customer
from payments.core.ids import AccountId, CustomerId, CustomerRef, PersonId
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.origins import account_of_origin
from payments.flows.runtime.outbox import CreateCall, Deadline, Params, create, loaded, look_up
from payments.ports.providers import ObjectKind
from payments.ports.stores import Transaction

NAME_MAX = 200


async def ensure_customer(
    app: AppContext,
    account_id: AccountId,
    person_id: PersonId,
    currency: str,
    name: str,
    deadline: Deadline | None = None,
) -> Customer:
    """The person's customer at an account in a currency (Stripe allows one currency a customer), with its id there.

    Raises `ProviderUnavailable` and `ProviderRefused`; calling again resumes.
    """
    async with app.store.transaction() as tx:
        customer = await tx.customers.ensure(
            Customer(CustomerId(new_id("cus")), person_id, account_id, currency, None, None),
            app.business.now(),
        )
    if customer.stripe_id is not None:
        return customer
    return await _make(app, customer, customer.id, name, deadline or Deadline(app))


async def replace_deleted(app: AppContext, customer: Customer, name: str, deadline: Deadline) -> Customer | None:
    """A new customer at Stripe for one that the owner deleted there; None while one of its subscriptions goes on."""
    async with app.store.transaction() as tx:
        subscriptions = await tx.billing.subscriptions(customer.id)
    if any(one.status not in ENDED_STATUSES for one in subscriptions):
        return None
    return await _make(app, customer, f"{customer.id}:{customer.stripe_id}", name, deadline)


async def _make(app: AppContext, customer: Customer, object_id: str, name: str, deadline: Deadline) -> Customer:
    provider = app.provider(customer.account_id)
    async with app.store.transaction() as tx:
        metadata = app.refs.customer(object_id, customer.person_id, await account_of_origin(tx, customer.person_id))

    async def make(key: str, params: Params) -> str:
        if provider.customers is None:
            return customer.id
        stored = params.get("metadata", metadata)  # a version before this one did not store it
        return await provider.customers.create(key, name=params["name"], email=params["email"], metadata=stored)

    async def find(_params: Params, since_at: int) -> str | None:
        return await look_up(provider, ObjectKind.CUSTOMER, object_id, since_at=since_at)

    async def on_made(tx: Transaction, stripe_id: str) -> None:
        await tx.customers.set_stripe_id(customer.id, CustomerRef(stripe_id))

    creation = CreateCall(
        account_id=customer.account_id,
        kind="customer",
        object_id=object_id,
        params={"name": name[:NAME_MAX], "email": customer.email, "metadata": metadata},
        make=make,
        find=find,
        load=loaded,
        name=str,
        on_made=on_made,
    )
    stripe_id = await create(app, creation, deadline)
    return replace(customer, stripe_id=CustomerRef(stripe_id))
