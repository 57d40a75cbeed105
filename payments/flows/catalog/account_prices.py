"""A community sells on another payment account from now on: its plans get the same prices there."""

from collections.abc import Sequence

from payments.core.audit import AuditKind
from payments.core.catalog import Plan, PlanState, Price, PriceState, way_of
from payments.core.changes import terms_of
from payments.core.community import Community
from payments.core.ids import AccountId, PersonId, PriceId
from payments.flows.catalog.pending_prices import price_on, store_price, take_back
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.outbox import Params, params_of
from payments.flows.runtime.sales import store_ending
from payments.ports.stores import RequestState, Transaction


async def move_prices(tx: Transaction, app: AppContext, community: Community) -> None:
    """Have the community's account make what its plans are sold at elsewhere; each price there is sold until then.

    Who pays at a former account goes on paying there. Done again, it does what is left to do. The caller holds the
    community's lock, and wakes the queue `requests` after the commit.
    """
    for plan in await tx.plans.of_community(community.id):
        if plan.state is PlanState.ACTIVE:
            await _move(tx, app, plan, app.account_of(community), await tx.plans.prices(plan.id))


async def _move(tx: Transaction, app: AppContext, plan: Plan, there: AccountId, prices: Sequence[Price]) -> None:
    """What is on sale, but for what a price that is still to be made replaces; and that price, as it was asked for."""
    active = [price for price in prices if price.state is PriceState.ACTIVE]
    pending = [price for price in prices if price.state is PriceState.PENDING]
    calls = {price.id: await tx.requests.get("price", price.id) for price in pending}
    asked = {price_id: params_of(call) for price_id, call in calls.items() if call is not None}
    waiting = {price_id for price_id, call in calls.items() if call is not None and call.state is RequestState.PENDING}
    coming_here = [price for price in pending if price.account_id == there and price.id in waiting]
    again = [price for price in pending if price not in coming_here]  # nobody goes on with a call that was given up
    for price in again:
        await take_back(tx, price)
    left = {price_id for params in asked.values() for price_id in params.get("replaces", ())}
    coming = {way_of(price) for price in pending}
    staying = [price for price in active if price.id not in left and way_of(price) not in coming]
    # Of two of one way, what is there already stays, else the newer.
    staying.sort(key=lambda price: (price.account_id != there, -price.created_at))
    retired = set[PriceId]()
    done = {way_of(price) for price in coming_here}
    for price in (*again, *staying):
        if way_of(price) in done:
            continue
        done.add(way_of(price))
        params = asked.get(price.id, {})
        former = {one.id for one in active if way_of(one) == way_of(price)} | set(params.get("replaces", ()))
        same = next((one for one in active if one.account_id == there and terms_of(one) == terms_of(price)), None)
        if same is None:
            await _make(tx, app, plan, price, params, former)
        else:
            retired |= former - {same.id}
    for price_id in retired:
        await tx.plans.retire_price(price_id)
    if retired:
        await store_ending(tx, app, plan.id)


async def _make(
    tx: Transaction, app: AppContext, plan: Plan, price: Price, params: Params, former: set[PriceId]
) -> None:
    action, actor = params.get("action"), params.get("actor")
    kind = None if action is None else AuditKind(action)
    who = None if actor is None else PersonId(actor)
    new = await price_on(tx, app, plan, terms_of(price))
    await store_price(tx, app, new, kind, who, replaces=former, at_once=True)
