"""A link to pay for a plan; what the provider has lost of it is made again first."""

from payments.core.catalog import PlanState, Price, PriceState, way_of
from payments.core.changes import terms_of
from payments.core.community import Identity
from payments.core.ids import PersonId, PlanId, PriceId
from payments.flows.catalog.pending_prices import price_on, store_price
from payments.flows.catalog.prices import locked, sell
from payments.flows.checkout.subscribe import NotSold, PriceLost, Subscribed, subscribe
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.outbox import Deadline

ROUNDS_MAX = 3
"""Made again once; if the provider loses it in that moment, once more."""


async def buy(
    app: AppContext,
    *,
    person_id: PersonId,
    plan_id: PlanId,
    name: str,
    account: Identity | None = None,
    price_id: PriceId | None = None,
) -> Subscribed:
    """As `subscribe`, but a price that is gone at the provider is made again, on the same terms.

    `NotSold.NO_PRICE`: it is being made, and will be there soon. Raises as `subscribe`.
    """
    for _ in range(ROUNDS_MAX):
        outcome = await subscribe(
            app, person_id=person_id, plan_id=plan_id, name=name, account=account, price_id=price_id
        )
        if not isinstance(outcome, PriceLost):
            return outcome
        again = await _make_again(app, outcome.price)
        if again is None:
            return NotSold.NO_PRICE
        price_id = None if price_id is None else again
    return NotSold.NO_PRICE


async def _make_again(app: AppContext, lost: Price) -> PriceId | None:
    """A price on the same terms in the place of one that is lost; None while it is not on sale yet."""
    async with app.store.transaction() as tx:
        plan = await locked(tx, lost.plan_id)
        if plan is None or plan.state is PlanState.ARCHIVED:
            return None
        prices = await tx.plans.prices(plan.id)
        same = [one for one in prices if one.state is not PriceState.RETIRED and way_of(one) == way_of(lost)]
        made = next((one for one in same if one.id != lost.id), None)  # by somebody who met it a moment ago
        if made is None:
            made = await price_on(tx, app, plan, terms_of(lost))
            await store_price(tx, app, made, None, None, replaces=[lost.id])
    if made.state is PriceState.PENDING:
        await sell(app, plan, made, Deadline(app))
        async with app.store.transaction() as tx:
            stored = await tx.plans.price(made.id)
        return None if stored is None or stored.state is not PriceState.ACTIVE else made.id
    return made.id
