"""A price that the provider refuses to sell at: archived there by the owner, or gone with its test data."""

from dataclasses import asdict

from payments.core.calendar import DAY_MS
from payments.core.catalog import Price
from payments.core.changes import terms_of
from payments.flows.messages import enqueue_contact_notice
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.outbox import Deadline
from payments.ports.providers import Offered
from payments.ports.stores import QueueName


async def offered_at_provider(app: AppContext, price: Price, deadline: Deadline) -> Offered:
    """Whether the provider still sells at a price of which it has just refused a link."""
    catalog, provider_price_id = app.provider(price.account_id).catalog, price.provider_price_id
    if catalog is None or provider_price_id is None:
        return Offered.SOLD
    return await deadline.of(lambda: catalog.offered(provider_price_id))


async def tell_withdrawn(app: AppContext, price: Price) -> None:
    """The contact hears, once a day at most, that somebody could not buy at an archived price."""
    now = app.business.now()
    async with app.store.transaction() as tx:
        plan = await tx.plans.get(price.plan_id)
        community = None if plan is None else await tx.communities.get(plan.community_id)
        if plan is None or community is None:
            return
        told = {"plan": plan.name, "community": community.name, "price": asdict(terms_of(price))}
        key = f"price_archived:{price.id}:{now // DAY_MS}"
        await enqueue_contact_notice(tx, now, community, "price_archived", key, told)
    app.wake(QueueName.NOTICES)
