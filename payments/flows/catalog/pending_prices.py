"""Prices that Stripe doesn't know yet: stored with the call that makes them, dropped, and moved on."""

from collections.abc import Collection

from payments.core.audit import AuditKind
from payments.core.catalog import Plan, Price, PriceState, way_of
from payments.core.changes import terms_of
from payments.core.ids import PersonId, PlanId, PriceId
from payments.core.plan_terms import Terms
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.outbox import params_of, store_request
from payments.ports.stores import RequestState, Transaction


async def price_on(
    tx: Transaction, app: AppContext, plan: Plan, terms: Terms, price_id: PriceId | None = None
) -> Price:
    """A price that Stripe doesn't know yet, at the account on which the community sells."""
    community = await tx.communities.get(plan.community_id)
    assert community is not None, "a plan belongs to a community that is stored"
    return Price(
        id=price_id or PriceId(new_id("prc")),
        plan_id=plan.id,
        account_id=app.account_of(community),
        kind=terms.kind,
        unit_amount=terms.amount,
        currency=terms.currency,
        unit=terms.unit,
        count=terms.count,
        until_at=terms.until_at,
        state=PriceState.PENDING,
        provider_product_id=None,
        provider_price_id=None,
        created_at=app.business.now(),
    )


async def store_price(
    tx: Transaction,
    app: AppContext,
    price: Price,
    kind: AuditKind | None,
    actor: PersonId | None,
    *,
    replaces: Collection[PriceId],
    at_once: bool = False,
) -> None:
    """Store a price and the call that makes it. `kind` and `actor` (None: nothing) are written down, and the prices
    that it `replaces` retired, when Stripe has it. `at_once`: by the worker, since no person waits for it."""
    await tx.plans.add_price(price)
    params = {"plan_id": price.plan_id, "action": kind and kind.value, "actor": actor, "replaces": sorted(replaces)}
    await store_request(tx, app, price.account_id, "price", price.id, params, at_once=at_once)


async def drop_pending(tx: Transaction, plan_id: PlanId, former: Collection[Price] | None = None) -> set[PriceId]:
    """A price that Stripe never confirmed is not wanted any more: a late answer must not put it on sale.

    `former`: only what would stand in the place of one of these, or replace it; None: every one of the plan. What was
    dropped would have replaced the prices that it returns (see `move_on`).
    """
    ids, ways = {price.id for price in former or ()}, {way_of(price) for price in former or ()}
    left = set[PriceId]()
    for price in await tx.plans.prices(plan_id):
        if price.state is not PriceState.PENDING:
            continue
        request = await tx.requests.get("price", price.id)
        replaces = () if request is None else params_of(request).get("replaces", ids)  # of old: the plan's price
        if former is None or way_of(price) in ways or not ids.isdisjoint(replaces):
            left.update(replaces)
            await take_back(tx, price)
    return left


async def take_back(tx: Transaction, price: Price, why: str = "not wanted any more") -> None:
    """Forget a price that Stripe never confirmed."""
    request = await tx.requests.get("price", price.id)
    if request is not None:
        await tx.requests.set_state(request.id, RequestState.REFUSED, why)
    await tx.plans.drop_pending_price(price.id)


async def move_on(tx: Transaction, app: AppContext, plan: Plan, left: Collection[PriceId]) -> None:
    """Have what is left on sale on a former account made on the community's, as its owner wants it.

    `left`: what a price that was dropped would have replaced. The caller holds the community's lock.
    """
    for price in await tx.plans.on_sale(plan.id):
        if price.id in left:
            there = await price_on(tx, app, plan, terms_of(price))
            if there.account_id != price.account_id:
                await store_price(tx, app, there, None, None, replaces=[price.id], at_once=True)
