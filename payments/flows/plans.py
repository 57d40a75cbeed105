"""What a community sells: plans made, changed and archived. Our rows come first, then Stripe's product and price."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import islice

from payments.core.ids import CommunityId, PersonId, PlanId, PriceId, TargetId
from payments.core.model import Plan, PlanState, Price, PriceKind, PriceState
from payments.core.plans import (
    PlanDraft,
    PlanProblem,
    Terms,
    check_description,
    check_draft,
    check_grace,
    check_name,
    check_targets,
    check_terms,
    check_trial,
)
from payments.flows.engine import Engine, id_for, new_id
from payments.flows.links import store_ending
from payments.flows.noting import note
from payments.flows.requesting import Creation, Params, Patience, carry_out, create, loaded, store_request
from payments.flows.wanting import want_access
from payments.ports.provider import KeyRefused, Made, ProviderRefused, ProviderUnavailable
from payments.ports.stores import Transaction

PEOPLE_BATCH = 500
"""Of how many persons at a time it is looked up all that they have."""


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


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What to change; None leaves a thing as it is. ``terms`` make a new price: who is a member keeps theirs."""

    name: str | None = None
    description: str | None = None
    terms: Terms | None = None
    trial_days: int | None = None
    grace_ms: int | None = None
    pause_keeps_access: bool | None = None
    refund_ends_access: bool | None = None
    dispute_ends_access: bool | None = None


async def create_plan(
    engine: Engine, community_id: CommunityId, draft: PlanDraft, actor: PersonId, key: str | None = None
) -> PlanMade | PlanRefused:
    """Make a plan with its price; asked again with the same `key`, the answer is the plan that was made.

    Raises `StoreUnavailable`, and `KeyRefused`: the plan then waits for its price.
    """
    now = engine.business.now()
    plan_id = PlanId(id_for("pln", key))
    async with engine.store.transaction() as tx:
        before = await tx.plans.get(plan_id)
        if before is not None and before.state is PlanState.ACTIVE:
            return PlanMade(before, on_sale=await tx.plans.current_price(plan_id) is not None)
    draft = replace(draft, name=draft.name.strip(), description=draft.description.strip())
    problem = check_draft(draft, now)
    if problem is not None:
        return PlanRefused(problem)
    plan = Plan(
        id=plan_id if before is None else PlanId(new_id("pln")),  # that one was refused by Stripe
        community_id=community_id,
        name=draft.name,
        description=draft.description,
        state=PlanState.ACTIVE,
        grace_ms=draft.grace_ms,
        trial_days=draft.trial_days,
        pause_keeps_access=draft.pause_keeps_access,
        refund_ends_access=draft.refund_ends_access,
        dispute_ends_access=draft.dispute_ends_access,
        created_at=now,
    )
    async with engine.store.transaction() as tx:
        if not await _known(tx, community_id, draft.targets):
            return PlanRefused(PlanProblem.TARGET_UNKNOWN)
        if not await tx.plans.add(plan):
            return PlanRefused(PlanProblem.NAME_TAKEN)
        for target_id in dict.fromkeys(draft.targets):
            await tx.plans.open_target(plan.id, target_id)
        price = await _add_price(tx, engine, plan, draft.terms)
        detail = f"Plan «{plan.name}» was made."
        await note(tx, now, "plan_created", detail, actor=actor, community_id=community_id)
    outcome = await _sell(engine, plan, price, Patience(engine))
    if isinstance(outcome, PlanRefused):  # without a price it is no plan; its name is free again
        async with engine.store.transaction() as tx:
            await tx.plans.update(replace(plan, state=PlanState.ARCHIVED))
    return outcome


async def edit_plan(engine: Engine, plan_id: PlanId, change: PlanChange, actor: PersonId) -> PlanMade | PlanRefused:
    """Change a plan. Raises `ProviderUnavailable` when a new name can't reach Stripe: then nothing was changed."""
    now = engine.business.now()
    async with engine.store.transaction() as tx:
        plan = await tx.plans.get(plan_id)
        price = await tx.plans.current_price(plan_id)
    if plan is None or plan.state is PlanState.ARCHIVED:
        return PlanRefused(PlanProblem.PLAN_UNKNOWN)
    kind = change.terms.kind if change.terms else price.kind if price else PriceKind.RECURRING
    changed = _changed(plan, change, kind)
    problem = _problem(changed, change, kind, now)
    if problem is not None:
        return PlanRefused(problem)
    patience = Patience(engine)
    refused = await _rename(engine, plan, changed, price, patience)
    if refused is not None:
        return refused
    terms = change.terms if change.terms is not None and not _same(price, change.terms) else None
    async with engine.store.transaction() as tx:
        if not await tx.plans.update(changed):
            return PlanRefused(PlanProblem.NAME_TAKEN)
        if terms is not None:
            await _drop_pending(tx, plan.id)
        added = await _add_price(tx, engine, changed, terms) if terms is not None else None
        detail = f"Plan «{changed.name}» was changed."
        await note(tx, now, "plan_edited", detail, actor=actor, community_id=plan.community_id)
    if added is None:
        return PlanMade(changed, on_sale=price is not None)
    return await _sell(engine, changed, added, patience)


async def archive_plan(engine: Engine, plan_id: PlanId, actor: PersonId) -> PlanMade | PlanRefused:
    """Sell it no more, on links that are open neither; who has it keeps it, and goes on paying for it."""
    async with engine.store.transaction() as tx:
        plan = await tx.plans.get(plan_id)
        if plan is None:
            return PlanRefused(PlanProblem.PLAN_UNKNOWN)
        archived = replace(plan, state=PlanState.ARCHIVED)
        if plan.state is not PlanState.ARCHIVED:
            await tx.plans.update(archived)
            await _drop_pending(tx, plan.id)
            await store_ending(tx, engine, plan.id)
            now, detail = engine.business.now(), f"Plan «{plan.name}» is not sold any more."
            await note(tx, now, "plan_archived", detail, actor=actor, community_id=plan.community_id)
    engine.wake("requests")
    return PlanMade(archived, on_sale=False)


async def set_targets(
    engine: Engine, plan_id: PlanId, targets: Collection[TargetId], actor: PersonId, *, keep_members: bool
) -> PlanMade | PlanRefused:
    """Say what a plan opens. What is added opens for everybody who has it.

    What is taken off is taken off for newcomers only (`keep_members`), or for present members too.
    """
    now = engine.business.now()
    problem = check_targets(targets)
    if problem is not None:
        return PlanRefused(problem)
    wanted = set(targets)
    async with engine.store.transaction() as tx:
        plan = await tx.plans.get(plan_id)
        if plan is None:
            return PlanRefused(PlanProblem.PLAN_UNKNOWN)
        if not await _known(tx, plan.community_id, wanted):
            return PlanRefused(PlanProblem.TARGET_UNKNOWN)
        stored = await tx.plans.targets([plan_id])
        is_open = {row.target_id for row in stored if row.closed_at is None}
        added = sorted(wanted - is_open)
        removed = sorted(is_open - wanted)
        for target_id in added:
            await tx.plans.open_target(plan_id, target_id)
        for target_id in removed:
            await tx.plans.close_target(plan_id, target_id, closed_at=now if keep_members else None)
        if added or (removed and not keep_members):
            members = await tx.people.lock(await tx.plans.beneficiaries(plan_id))
            people = iter(sorted(set(members.values())))
            while some := list(islice(people, PEOPLE_BATCH)):  # of very many the memory would not hold all they have
                await want_access(engine, tx, some)
        if added or removed:
            detail = f"Plan «{plan.name}»: {len(added)} added, {len(removed)} taken off what it opens."
            await note(tx, now, "plan_targets", detail, actor=actor, community_id=plan.community_id)
        on_sale = await tx.plans.current_price(plan_id) is not None
    engine.wake("effects")
    return PlanMade(plan, on_sale=on_sale)


async def finish_price(engine: Engine, price_id: PriceId, patience: Patience) -> None:
    """Have Stripe make a pending price, and sell at it. Raises `ProviderUnavailable` and `ProviderRefused`.

    A refusal takes the price back.
    """
    async with engine.store.transaction() as tx:
        price = await tx.plans.price(price_id)
        plan = await tx.plans.get(price.plan_id) if price else None
        request = await tx.requests.get("price", price_id)
    if price is None or plan is None or request is None or price.state is not PriceState.PENDING:
        return
    try:
        await carry_out(engine, _price_creation(engine, plan, price, patience), request, patience)
    except ProviderRefused:
        async with engine.store.transaction() as tx:
            await tx.requests.set_state(request.id, "refused", "Stripe refused the price")
            await tx.plans.drop_pending_price(price_id)
        raise


async def _sell(engine: Engine, plan: Plan, price: Price, patience: Patience) -> PlanMade | PlanRefused:
    try:
        await finish_price(engine, price.id, patience)
    except KeyRefused:
        raise
    except ProviderUnavailable:
        return PlanMade(plan, on_sale=False)
    except ProviderRefused as refused:
        return PlanRefused(PlanProblem.STRIPE_REFUSED, str(refused))
    finally:
        engine.wake("requests")
    return PlanMade(plan, on_sale=True)


# -- Stripe's side ---------------------------------------------------------------------------------------------------
async def _product(engine: Engine, plan: Plan, patience: Patience) -> str:
    """The plan's product, one for all its prices."""

    async def make(key: str, params: Params) -> str:
        metadata = {"guestlist_row": plan.id, "guestlist_plan": plan.id}
        return await engine.provider.create_product(key, name=params["name"], metadata=metadata)

    async def find(_params: Params, since_at: int) -> str | None:
        return await engine.provider.find(Made.PRODUCT, plan.id, since_at=since_at, customer=None)

    async def on_made(_tx: Transaction, _product_id: str) -> None:
        """The request's own result is where it is kept until a price names it."""

    creation = Creation("product", plan.id, {"name": plan.name}, make, find, loaded, str, on_made)
    return await create(engine, creation, patience)


def _price_creation(engine: Engine, plan: Plan, price: Price, patience: Patience) -> Creation[str]:
    async def make(key: str, _params: Params) -> str:
        product_id = await _product(engine, plan, patience)
        metadata = {"guestlist_row": price.id, "guestlist_plan": plan.id, "guestlist_price": price.id}
        return await engine.provider.create_price(key, product_id=product_id, price=price, metadata=metadata)

    async def find(_params: Params, since_at: int) -> str | None:
        return await engine.provider.find(Made.PRICE, price.id, since_at=since_at, customer=None)

    async def on_made(tx: Transaction, stripe_price_id: str) -> None:
        product = await tx.requests.get("product", plan.id)
        stored = await tx.plans.price(price.id)
        assert product is not None, "a price is made after its product"
        assert product.result_id is not None
        if stored is not None and stored.state is PriceState.PENDING:  # else an admin took it back meanwhile
            await tx.plans.activate_price(price.id, product.result_id, stripe_price_id)
            await store_ending(tx, engine, plan.id)  # nobody buys at the price before

    return Creation("price", price.id, {}, make, find, loaded, str, on_made)


async def _rename(
    engine: Engine, before: Plan, after: Plan, price: Price | None, patience: Patience
) -> PlanRefused | None:
    """Bring a new name to Stripe, if it is free here."""
    if after.name == before.name:
        return None
    async with engine.store.transaction() as tx:
        namesake = await tx.plans.by_name(before.community_id, after.name)
    if namesake is not None and namesake.id != before.id:
        return PlanRefused(PlanProblem.NAME_TAKEN)
    product_id = price.stripe_product_id if price else None
    if product_id is None:
        return None
    try:
        await patience.of(lambda: engine.provider.rename_product(product_id, after.name))
    except ProviderRefused as refused:
        return PlanRefused(PlanProblem.STRIPE_REFUSED, str(refused))
    return None


# -- ours ------------------------------------------------------------------------------------------------------------
async def _add_price(tx: Transaction, engine: Engine, plan: Plan, terms: Terms) -> Price:
    price = Price(
        id=PriceId(new_id("prc")),
        plan_id=plan.id,
        account_id=engine.account.id,
        kind=terms.kind,
        amount=terms.amount,
        currency=terms.currency,
        unit=terms.unit,
        count=terms.count,
        until_at=terms.until_at,
        state=PriceState.PENDING,
        stripe_product_id=None,
        stripe_price_id=None,
        created_at=engine.business.now(),
    )
    await tx.plans.add_price(price)
    await store_request(tx, engine, "price", price.id, {"plan_id": plan.id})
    return price


async def _drop_pending(tx: Transaction, plan_id: PlanId) -> None:
    """A price that Stripe never confirmed is not wanted any more: a late answer must not put it on sale."""
    for price in await tx.plans.prices(plan_id):
        if price.state is PriceState.PENDING:
            request = await tx.requests.get("price", price.id)
            if request is not None:
                await tx.requests.set_state(request.id, "refused", "not wanted any more")
            await tx.plans.drop_pending_price(price.id)


async def _known(tx: Transaction, community_id: CommunityId, targets: Collection[TargetId]) -> bool:
    return set(targets) <= {target.id for target in await tx.communities.targets(community_id)}


def _changed(plan: Plan, change: PlanChange, kind: PriceKind) -> Plan:
    def pick(new: bool | None, old: bool) -> bool:
        return old if new is None else new

    trial_days = plan.trial_days if change.trial_days is None else change.trial_days
    if change.trial_days is None and kind is not PriceKind.RECURRING:
        trial_days = 0
    return replace(
        plan,
        name=plan.name if change.name is None else change.name.strip(),
        description=plan.description if change.description is None else change.description.strip(),
        trial_days=trial_days,
        grace_ms=plan.grace_ms if change.grace_ms is None else change.grace_ms,
        pause_keeps_access=pick(change.pause_keeps_access, plan.pause_keeps_access),
        refund_ends_access=pick(change.refund_ends_access, plan.refund_ends_access),
        dispute_ends_access=pick(change.dispute_ends_access, plan.dispute_ends_access),
    )


def _problem(changed: Plan, change: PlanChange, kind: PriceKind, now: int) -> PlanProblem | None:
    return (
        check_name(changed.name)
        or check_description(changed.description)
        or (check_terms(change.terms, now) if change.terms is not None else None)
        or check_trial(changed.trial_days, kind)
        or check_grace(changed.grace_ms)
    )


def _same(price: Price | None, terms: Terms) -> bool:
    return price is not None and terms == Terms(
        price.kind, price.amount, price.currency, price.unit, price.count, price.until_at
    )
