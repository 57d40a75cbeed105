"""A community sells on another payment account from now on: its plans get the same prices there."""

from collections.abc import Sequence

from payments.core.catalog import Plan, PlanState, Price, PriceState, way_of
from payments.core.changes import terms_of
from payments.core.community import Community
from payments.core.ids import AccountId, PriceId
from payments.flows.catalog.prices import drop_pending, price_on, store_price
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.outbox import params_of
from payments.ports.stores import Transaction


async def move_prices(tx: Transaction, app: AppContext, community: Community) -> None:
    """Have the community's account make what its plans are sold at elsewhere; each price there is sold until then.

    Who pays at a former account goes on paying there. The caller holds the community's lock, and wakes the queue
    `requests` after the commit.
    """
    for plan in await tx.plans.of_community(community.id):
        if plan.state is PlanState.ACTIVE:
            await _move(tx, app, plan, app.account_of(community), await tx.plans.prices(plan.id))


async def _move(tx: Transaction, app: AppContext, plan: Plan, there: AccountId, prices: Sequence[Price]) -> None:
    """Of each way to pay what is newest counts: a price that its account has not made yet before the one on sale."""
    pending = [price for price in prices if price.state is PriceState.PENDING]
    active = [price for price in prices if price.state is PriceState.ACTIVE]
    replaced = {way_of(price): await _replaced(tx, price) for price in pending}
    wanted = {way_of(price): price for price in (*active, *pending)}
    abroad = [price for price in pending if price.account_id != there]
    if abroad:
        await drop_pending(tx, plan.id, abroad)
    for way, price in wanted.items():
        if price.account_id == there and price in pending:
            continue
        former = [one.id for one in active if way_of(one) == way or one.id in replaced.get(way, ())]
        same = next((one for one in active if one.account_id == there and terms_of(one) == terms_of(price)), None)
        if same is None:
            new = await price_on(tx, app, plan, terms_of(price))
            await store_price(tx, app, new, None, None, replaces=former, at_once=True)
            continue
        for price_id in former:
            if price_id != same.id:
                await tx.plans.retire_price(price_id)


async def _replaced(tx: Transaction, price: Price) -> Sequence[PriceId]:
    """Which prices a pending one is to replace."""
    request = await tx.requests.get("price", price.id)
    return () if request is None else tuple(params_of(request).get("replaces", ()))
