"""The prices of a plan: added, replaced and ended. Our row comes first, then Stripe's product and price."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace

from payments.core.audit import AuditKind
from payments.core.catalog import Plan, PlanState, Price, PriceState, way_of
from payments.core.changes import of_new_plan, same, terms_of
from payments.core.ids import AccountId, PersonId, PlanId, PriceId, TargetId
from payments.core.plan_terms import PRICES_MAX, PlanProblem, Terms, check_terms
from payments.flows.catalog.pending_prices import drop_pending, move_on, price_on, store_price, take_back
from payments.flows.messages import enqueue_contact_notice, record_act
from payments.flows.runtime.context import AppContext, id_for
from payments.flows.runtime.outbox import (
    CreateCall,
    Deadline,
    Params,
    create,
    execute,
    hand_over,
    loaded,
    look_up,
    params_of,
)
from payments.flows.runtime.sales import store_ending
from payments.ports.providers import KeyRefused, ObjectKind, ProviderRefused, ProviderUnavailable
from payments.ports.stores import QueueName, RequestState, Transaction


@dataclass(frozen=True, slots=True)
class PlanMade:
    """The plan is stored. ``on_sale`` False: Stripe did not answer in time; its price is made by itself."""

    plan: Plan
    on_sale: bool


@dataclass(frozen=True, slots=True)
class PlanRefused:
    """Nothing was changed. ``detail`` is Stripe's own word for `STRIPE_REFUSED`."""

    reason: PlanProblem
    detail: str = ""


async def add_price(
    app: AppContext, plan_id: PlanId, terms: Terms, actor: PersonId, key: str | None = None
) -> PlanMade | PlanRefused:
    """Sell a plan at one more price; asked again with the same `key`, the answer is the price that was added.

    Raises `StoreUnavailable`, and `KeyRefused`: the price then waits for Stripe.
    """
    price_id = PriceId(id_for("prc", key))
    async with app.store.transaction() as tx:
        plan = await locked(tx, plan_id)
        if plan is None or plan.state is PlanState.ARCHIVED:
            return PlanRefused(PlanProblem.PLAN_UNKNOWN)
        before = await tx.plans.price(price_id)
        if before is not None:
            return PlanMade(plan, on_sale=before.state is not PriceState.PENDING)
        price = await price_on(tx, app, plan, terms, price_id)
        limits = app.provider(price.account_id).limits
        problem = check_terms(terms, app.business.now(), limits) or _no_room(price, await tx.plans.prices(plan_id))
        if problem is not None:
            return PlanRefused(problem)
        await store_price(tx, app, price, AuditKind.PRICE_ADDED, actor, replaces=())
    return await sell(app, plan, price, Deadline(app))


def _no_room(price: Price, prices: Iterable[Price]) -> PlanProblem | None:
    ways = {way_of(one) for one in prices if one.state is not PriceState.RETIRED}
    if way_of(price) in ways:  # also one that is still sold on a former account
        return PlanProblem.PRICE_EXISTS
    return PlanProblem.PRICES_TOO_MANY if len(ways) >= PRICES_MAX else None


async def end_price(app: AppContext, plan_id: PlanId, price_id: PriceId, actor: PersonId) -> PlanMade | PlanRefused:
    """Sell a plan at a price no more, on links that are open neither; who pays it goes on. Again, it does nothing.

    While it moves to another account, or afterwards, that is the same price there too.
    """
    async with app.store.transaction() as tx:
        plan, price = await locked(tx, plan_id), await tx.plans.price(price_id)
        if plan is None or plan.state is PlanState.ARCHIVED:
            return PlanRefused(PlanProblem.PLAN_UNKNOWN)
        if price is None or price.plan_id != plan_id:
            return PlanRefused(PlanProblem.PRICE_UNKNOWN)
        left = [one for one in await tx.plans.prices(plan_id) if one.state is not PriceState.RETIRED]
        ended = [one for one in left if terms_of(one) == terms_of(price)]
        if not ended:
            return PlanMade(plan, on_sale=True)
        if all(other in ended for other in await tx.plans.on_sale(plan_id)):
            return PlanRefused(PlanProblem.PRICE_LAST)
        kept = await drop_pending(tx, plan_id, ended)
        for one in ended:
            await tx.plans.retire_price(one.id)
        await move_on(tx, app, plan, kept)
        await store_ending(tx, app, plan_id)
        changes = {"plan": same(plan.name), "price": (terms_of(price), None)}
        key = f"price_ended:{ended[0].id}"
        await record_act(
            app, tx, AuditKind.PRICE_ENDED, changes, actor=actor, community_id=plan.community_id, key=key, told=True
        )
    app.wake(QueueName.NOTICES)
    app.wake(QueueName.REQUESTS)
    return PlanMade(plan, on_sale=True)


async def finish_price(app: AppContext, price_id: PriceId, deadline: Deadline, *, awaited: bool = False) -> None:
    """Have Stripe make a pending price, and sell at it. Raises `ProviderUnavailable`, and `ProviderRefused`: the price
    is taken back by then. Unless the answer is `awaited` by whoever asked for it, the contact is told.
    """
    async with app.store.transaction() as tx:
        price = await tx.plans.price(price_id)
        plan = await tx.plans.get(price.plan_id) if price else None
        request = await tx.requests.get("price", price_id)
    if price is None or plan is None or request is None or price.state is not PriceState.PENDING:
        return

    params, taken_back = params_of(request), False

    async def on_refused(tx: Transaction, refused: ProviderRefused) -> None:
        nonlocal taken_back
        taken_back = await _take_back_refused(tx, app, price, params, refused, awaited=awaited)

    creation = replace(_price_creation(app, plan, price, params, deadline), on_refused=on_refused)
    try:
        await execute(app, creation, request, deadline)
    except ProviderRefused as refused:
        if not taken_back:  # it was replaced or dropped meanwhile, or it is the look-up that was refused
            raise ProviderUnavailable(str(refused), unclear=False) from refused
        raise
    finally:
        app.wake(QueueName.NOTICES)
        app.wake(QueueName.REQUESTS)


async def _take_back_refused(
    tx: Transaction, app: AppContext, price: Price, params: Params, refused: ProviderRefused, *, awaited: bool
) -> bool:
    """Stripe refused a price, so it is not sold. False: it wasn't wanted any more."""
    plan, stored = await locked(tx, price.plan_id), await tx.plans.price(price.id)
    if plan is None or stored is None or stored.state is not PriceState.PENDING:
        return False
    await take_back(tx, price, "Stripe refused the price")
    still_sold = any(terms_of(one) == terms_of(price) for one in await tx.plans.on_sale(plan.id))
    if not still_sold:  # else it is this very move that the account refuses
        await move_on(tx, app, plan, params.get("replaces", ()))
    if awaited:
        if params.get("action") == AuditKind.PLAN_CREATED:
            await _archive_unpriced(tx, plan)
        return True
    community = await tx.communities.get(plan.community_id)
    if community is not None:
        told = {
            "plan": plan.name,
            "community": community.name,
            "price": asdict(terms_of(price)),
            "moved_to": app.accounts[price.account_id].name if still_sold else None,
            "detail": str(refused),
        }
        key = f"price_refused:{price.id}"
        await enqueue_contact_notice(tx, app.business.now(), community, "price_refused", key, told)
    return True


async def _archive_unpriced(tx: Transaction, plan: Plan) -> None:
    """Without a price it is no plan, and its name is free again. Somebody else may have given it one meanwhile."""
    if all(price.state is PriceState.RETIRED for price in await tx.plans.prices(plan.id)):
        await tx.plans.update(replace(plan, state=PlanState.ARCHIVED))


async def sell(app: AppContext, plan: Plan, price: Price, deadline: Deadline) -> PlanMade | PlanRefused:
    """Have Stripe make a stored price, if it answers in time. Raises `KeyRefused`."""
    try:
        await finish_price(app, price.id, deadline, awaited=True)
    except KeyRefused:
        raise
    except ProviderUnavailable:
        async with app.store.transaction() as tx:
            request = await tx.requests.get("price", price.id)
        await hand_over(app, *([request] if request else []))
        return PlanMade(plan, on_sale=False)
    except ProviderRefused as refused:
        return PlanRefused(PlanProblem.STRIPE_REFUSED, str(refused))
    finally:
        app.wake(QueueName.REQUESTS)
    return PlanMade(plan, on_sale=True)


# -- Stripe's side ---------------------------------------------------------------------------------------------------
async def _product_row(tx: Transaction, plan_id: PlanId, account_id: AccountId) -> str:
    """The id of the request that makes a plan's product at an account: the first account's is the plan's own."""
    first = await tx.requests.get("product", plan_id)
    return plan_id if first is None or first.account_id == account_id else f"{plan_id}:{account_id}"


async def _product(app: AppContext, plan: Plan, account_id: AccountId, deadline: Deadline) -> str:
    """The plan's product at an account, one for all its prices there."""
    provider = app.provider(account_id)
    async with app.store.transaction() as tx:
        row = await _product_row(tx, plan.id, account_id)

    async def make(key: str, params: Params) -> str:
        if provider.catalog is None:
            return plan.id
        metadata = app.refs.product(row, plan.id)
        return await provider.catalog.create_product(key, name=params["name"], metadata=metadata)

    async def find(_params: Params, since_at: int) -> str | None:
        return await look_up(provider, ObjectKind.PRODUCT, row, since_at=since_at)

    async def on_made(_tx: Transaction, _product_id: str) -> None:
        """The request's own result is where it is kept until a price names it."""

    creation = CreateCall(account_id, "product", row, {"name": plan.name}, make, find, loaded, str, on_made)
    return await create(app, creation, deadline)


async def _product_again(app: AppContext, plan: Plan, account_id: AccountId, gone: str, deadline: Deadline) -> str:
    """A product in the place of one that the provider has no more, as after its test data was deleted."""
    async with app.store.transaction() as tx:
        request = await tx.requests.get("product", await _product_row(tx, plan.id, account_id))
        if request is not None and request.result_id == gone:
            await tx.requests.set_state(request.id, RequestState.REFUSED, "gone at the provider")
    made, catalog = await _product(app, plan, account_id, deadline), app.provider(account_id).catalog
    if catalog is not None:  # the stored call has the name that the plan had once
        await catalog.rename_product(made, plan.name)
    return made


def _price_creation(app: AppContext, plan: Plan, price: Price, params: Params, deadline: Deadline) -> CreateCall[str]:
    provider = app.provider(price.account_id)

    async def make(key: str, _params: Params) -> str:
        product_id = await _product(app, plan, price.account_id, deadline)
        if provider.catalog is None:
            return price.id
        metadata = app.refs.price(price.id, plan.id)
        try:
            return await provider.catalog.create_price(key, product_id=product_id, price=price, metadata=metadata)
        except ProviderRefused as refused:
            if refused.code != "missing_object" or refused.param != "product":
                raise
        product_id = await _product_again(app, plan, price.account_id, product_id, deadline)
        # Under the same key something else would be asked for now.
        return await provider.catalog.create_price(
            f"{key}-{product_id}", product_id=product_id, price=price, metadata=metadata
        )

    async def find(_params: Params, since_at: int) -> str | None:
        return await look_up(provider, ObjectKind.PRICE, price.id, since_at=since_at)

    async def on_made(tx: Transaction, provider_price_id: str) -> None:
        product = await tx.requests.get("product", await _product_row(tx, plan.id, price.account_id))
        await locked(tx, plan.id)  # else an edit takes it back between the look and the commit
        stored = await tx.plans.price(price.id)
        assert product is not None, "a price is made after its product"
        assert product.result_id is not None
        if stored is not None and stored.state is PriceState.PENDING:  # else an admin took it back meanwhile
            replaced = _replaced(stored, params, await tx.plans.on_sale(plan.id))
            await _note_price(app, tx, plan, price, params, replaced)
            await tx.plans.activate_price(price.id, product.result_id, provider_price_id, [one.id for one in replaced])
            await store_ending(tx, app, plan.id)  # nobody buys at the price before

    return CreateCall(price.account_id, "price", price.id, {}, make, find, loaded, str, on_made)


# -- ours ------------------------------------------------------------------------------------------------------------
def _replaced(price: Price, params: Params, on_sale: Iterable[Price]) -> list[Price]:
    """What is sold no more once `price` is. Whatever else would take its place was refused or dropped before."""
    meant = params.get("replaces")
    if meant is None:  # stored by a version in which a plan had one price
        return [one for one in on_sale if one.created_at <= price.created_at]
    return [one for one in on_sale if one.id in meant or way_of(one) == way_of(price)]


async def _note_price(
    app: AppContext, tx: Transaction, plan: Plan, price: Price, params: Params, replaced: list[Price]
) -> None:
    """Only now is it sold at this price: Stripe might have refused it, and then nothing was changed."""
    action, actor = params.get("action"), params.get("actor")
    if action is None or actor is None:  # it was written down with what asked for it
        return
    stored = await tx.plans.get(plan.id) or plan
    kind = AuditKind(action)
    if kind is AuditKind.PLAN_CREATED:
        opened = [row.target_id for row in await tx.plans.targets([plan.id]) if row.closed_at is None]
        changes = of_new_plan(stored, terms_of(price), await named(tx, opened))
    else:
        before = terms_of(replaced[0]) if replaced else None
        if before == terms_of(price):  # another account alone: its owner's act says so
            return
        changes = {"plan": same(stored.name), "price": (before, terms_of(price))}
    await record_act(
        app, tx, kind, changes, actor=actor, community_id=stored.community_id, key=f"price:{price.id}", told=True
    )


async def named(tx: Transaction, target_ids: Collection[TargetId]) -> tuple[str, ...]:
    """What these targets are called, in the order of the alphabet."""
    found = [await tx.communities.target(target_id) for target_id in target_ids]
    return tuple(sorted((target.name for target in found if target is not None), key=str.casefold))


async def locked(tx: Transaction, plan_id: PlanId) -> Plan | None:
    """The plan as it stands, changed by nobody else until this commit."""
    plan = await tx.plans.get(plan_id)
    if plan is None:
        return None
    await tx.communities.lock([plan.community_id])
    return await tx.plans.get(plan_id)
