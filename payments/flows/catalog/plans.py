"""What a community sells: plans made, changed and archived. Our rows come first, then Stripe's product and price."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from payments.core.catalog import Plan, PlanState, Price, PriceKind, PriceState
from payments.core.changes import Changes, Said, Word, of_new_plan, of_plan, same, terms_of
from payments.core.community import TargetKind
from payments.core.ids import AccountId, CommunityId, PersonId, PlanId, PriceId, TargetId
from payments.core.plan_terms import (
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
from payments.core.rights import TeamKind
from payments.flows.access.desired import sync_desired_access
from payments.flows.checkout.sessions import store_ending
from payments.flows.messages import record_act
from payments.flows.runtime.context import AppContext, id_for, new_id
from payments.flows.runtime.outbox import (
    CreateCall,
    Deadline,
    Params,
    create,
    execute,
    loaded,
    look_up,
    params_of,
    store_request,
)
from payments.ports.providers import KeyRefused, ObjectKind, ProviderRefused, ProviderUnavailable
from payments.ports.stores import QueueName, RequestState, Transaction

PEOPLE_BATCH = 500
"""Of how many persons at a time it is looked up all that they have."""

FREE = frozenset({"trial", "grace", "pause_keeps", "refund_ends", "dispute_ends"})
"""What of a plan says how long access is open unpaid: that is a price too, so the contact hears of it."""


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
    app: AppContext, community_id: CommunityId, draft: PlanDraft, actor: PersonId, key: str | None = None
) -> PlanMade | PlanRefused:
    """Make a plan with its price; asked again with the same `key`, the answer is the plan that was made.

    Raises `StoreUnavailable`, and `KeyRefused`: the plan then waits for its price.
    """
    now = app.business.now()
    plan_id = PlanId(id_for("pln", key))
    async with app.store.transaction() as tx:
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
    async with app.store.transaction() as tx:
        unfit = await _unfit(tx, community_id, draft.targets)
        if unfit is not None:
            return PlanRefused(unfit)
        if not await tx.plans.add(plan):
            return PlanRefused(PlanProblem.NAME_TAKEN)
        for target_id in dict.fromkeys(draft.targets):
            await tx.plans.open_target(plan.id, target_id)
        price = await _add_price(tx, app, plan, draft.terms, "plan_created", actor)
    outcome = await _sell(app, plan, price, Deadline(app))
    if isinstance(outcome, PlanRefused):  # without a price it is no plan; its name is free again
        async with app.store.transaction() as tx:
            await tx.plans.update(replace(plan, state=PlanState.ARCHIVED))
    return outcome


@dataclass(frozen=True, slots=True)
class _Edit:
    """A change, weighed against the plan as it stands."""

    before: Plan
    after: Plan
    price: Price | None
    terms: Terms | None
    """Of the price to come, where it is another."""


async def edit_plan(app: AppContext, plan_id: PlanId, change: PlanChange, actor: PersonId) -> PlanMade | PlanRefused:
    """Change a plan. Raises `ProviderUnavailable` when a new name can't reach Stripe: then nothing was changed."""
    async with app.store.transaction() as tx:
        edit = await _weighed(app, tx, plan_id, change)
    if isinstance(edit, PlanRefused):
        return edit
    deadline = Deadline(app)
    refused = await _rename(app, edit.before, edit.after, deadline)
    if refused is not None:
        return refused
    async with app.store.transaction() as tx:
        await tx.communities.lock([edit.before.community_id])
        edit = await _weighed(app, tx, plan_id, change)  # others may have changed it while Stripe was asked
        if isinstance(edit, PlanRefused):
            return edit
        if not await tx.plans.update(edit.after):
            return PlanRefused(PlanProblem.NAME_TAKEN)
        added = None
        if edit.terms is not None:
            await _drop_pending(tx, plan_id)
            added = await _add_price(tx, app, edit.after, edit.terms, "price_changed", actor)
        if edit.after.trial_days != edit.before.trial_days:
            await store_ending(tx, app, plan_id, every=True)
        await _note_edit(app, tx, edit.before, edit.after, actor)
    app.wake(QueueName.NOTICES)
    app.wake(QueueName.REQUESTS)
    if added is None:
        return PlanMade(edit.after, on_sale=edit.price is not None)
    return await _sell(app, edit.after, added, deadline)


async def _weighed(app: AppContext, tx: Transaction, plan_id: PlanId, change: PlanChange) -> _Edit | PlanRefused:
    plan = await tx.plans.get(plan_id)
    price = await tx.plans.current_price(plan_id)
    if plan is None or plan.state is PlanState.ARCHIVED:
        return PlanRefused(PlanProblem.PLAN_UNKNOWN)
    kind = change.terms.kind if change.terms else price.kind if price else PriceKind.RECURRING
    changed = _changed(plan, change, kind)
    problem = _problem(changed, change, kind, app.business.now())
    if problem is not None:
        return PlanRefused(problem)
    terms = change.terms if change.terms is not None and not _same(price, change.terms) else None
    return _Edit(plan, changed, price, terms)


async def archive_plan(app: AppContext, plan_id: PlanId, actor: PersonId) -> PlanMade | PlanRefused:
    """Sell it no more, on links that are open neither; who has it keeps it, and goes on paying for it."""
    async with app.store.transaction() as tx:
        plan = await _locked(tx, plan_id)
        if plan is None:
            return PlanRefused(PlanProblem.PLAN_UNKNOWN)
        archived = replace(plan, state=PlanState.ARCHIVED)
        if plan.state is not PlanState.ARCHIVED:
            await tx.plans.update(archived)
            await _drop_pending(tx, plan.id)
            await store_ending(tx, app, plan.id)
            changes: Changes = {"plan": same(plan.name), "on_sale": (True, False)}
            key = f"plan_archived:{plan.id}"
            await record_act(app, tx, "plan_archived", changes, actor=actor, community_id=plan.community_id, key=key)
    app.wake(QueueName.REQUESTS)
    return PlanMade(archived, on_sale=False)


async def change_targets(
    app: AppContext,
    plan_id: PlanId,
    actor: PersonId,
    *,
    add: Collection[TargetId] = (),
    take: Collection[TargetId] = (),
    keep_members: bool = True,
) -> PlanMade | PlanRefused:
    """Change what a plan opens, whatever else it opens by now. What is added opens for everybody who has it.

    What is taken off is taken off for newcomers only (`keep_members`), or for present members too.
    """
    now = app.business.now()
    async with app.store.transaction() as tx:
        plan = await _locked(tx, plan_id)
        if plan is None:
            return PlanRefused(PlanProblem.PLAN_UNKNOWN)
        is_open = {row.target_id for row in await tx.plans.targets([plan_id]) if row.closed_at is None}
        wanted = (is_open | set(add)) - set(take)
        problem = check_targets(wanted) or await _unfit(tx, plan.community_id, wanted)
        if problem is not None:
            return PlanRefused(problem)
        added = sorted(wanted - is_open)
        removed = sorted(is_open - wanted)
        for target_id in added:
            await tx.plans.open_target(plan_id, target_id)
        for target_id in removed:
            await tx.plans.close_target(plan_id, target_id, closed_at=now if keep_members else None)
        if removed:
            await store_ending(tx, app, plan.id)  # what is left may lie where the bot serves no longer
        if added or (removed and not keep_members):
            members = await tx.identities.lock(await tx.plans.beneficiaries(plan_id))
            people = iter(sorted(set(members.values())))
            while some := list(islice(people, PEOPLE_BATCH)):  # of very many the memory would not hold all they have
                await sync_desired_access(app, tx, some)
        if added or removed:
            changes = {"plan": same(plan.name), "opens": (await _named(tx, is_open), await _named(tx, wanted))}
            if removed:
                changes["members"] = (None, Said(Word.KEEP if keep_members else Word.LOSE))
            await record_act(app, tx, "plan_targets", changes, actor=actor, community_id=plan.community_id)
        on_sale = await tx.plans.current_price(plan_id) is not None
    app.wake(QueueName.EFFECTS)
    app.wake(QueueName.REQUESTS)
    return PlanMade(plan, on_sale=on_sale)


async def finish_price(app: AppContext, price_id: PriceId, deadline: Deadline) -> None:
    """Have Stripe make a pending price, and sell at it. Raises `ProviderUnavailable` and `ProviderRefused`.

    A refusal takes the price back.
    """
    async with app.store.transaction() as tx:
        price = await tx.plans.price(price_id)
        plan = await tx.plans.get(price.plan_id) if price else None
        request = await tx.requests.get("price", price_id)
    if price is None or plan is None or request is None or price.state is not PriceState.PENDING:
        return
    try:
        await execute(app, _price_creation(app, plan, price, params_of(request), deadline), request, deadline)
    except ProviderRefused:
        async with app.store.transaction() as tx:
            await tx.requests.set_state(request.id, RequestState.REFUSED, "Stripe refused the price")
            await tx.plans.drop_pending_price(price_id)
        raise
    app.wake(QueueName.NOTICES)


async def _sell(app: AppContext, plan: Plan, price: Price, deadline: Deadline) -> PlanMade | PlanRefused:
    try:
        await finish_price(app, price.id, deadline)
    except KeyRefused:
        raise
    except ProviderUnavailable:
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


def _price_creation(app: AppContext, plan: Plan, price: Price, params: Params, deadline: Deadline) -> CreateCall[str]:
    provider = app.provider(price.account_id)

    async def make(key: str, _params: Params) -> str:
        product_id = await _product(app, plan, price.account_id, deadline)
        if provider.catalog is None:
            return price.id
        metadata = app.refs.price(price.id, plan.id)
        return await provider.catalog.create_price(key, product_id=product_id, price=price, metadata=metadata)

    async def find(_params: Params, since_at: int) -> str | None:
        return await look_up(provider, ObjectKind.PRICE, price.id, since_at=since_at)

    async def on_made(tx: Transaction, provider_price_id: str) -> None:
        product = await tx.requests.get("product", await _product_row(tx, plan.id, price.account_id))
        await _locked(tx, plan.id)  # else an edit takes it back between the look and the commit
        stored = await tx.plans.price(price.id)
        assert product is not None, "a price is made after its product"
        assert product.result_id is not None
        if stored is not None and stored.state is PriceState.PENDING:  # else an admin took it back meanwhile
            await _note_price(app, tx, plan, price, params)
            await tx.plans.activate_price(price.id, product.result_id, provider_price_id)
            await store_ending(tx, app, plan.id)  # nobody buys at the price before

    return CreateCall(price.account_id, "price", price.id, {}, make, find, loaded, str, on_made)


async def _rename(app: AppContext, before: Plan, after: Plan, deadline: Deadline) -> PlanRefused | None:
    """Bring a new name to Stripe, if it is free here."""
    if after.name == before.name:
        return None
    async with app.store.transaction() as tx:
        namesake = await tx.plans.by_name(before.community_id, after.name)
        prices = await tx.plans.prices(before.id)
    if namesake is not None and namesake.id != before.id:
        return PlanRefused(PlanProblem.NAME_TAKEN)
    products = {(price.account_id, price.provider_product_id) for price in prices if price.account_id in app.accounts}
    try:
        for account_id, product_id in sorted(one for one in products if one[1] is not None):
            catalog = app.provider(account_id).catalog
            if catalog is not None:
                await deadline.of(partial(catalog.rename_product, str(product_id), after.name))
    except ProviderRefused as refused:
        return PlanRefused(PlanProblem.STRIPE_REFUSED, str(refused))
    return None


# -- ours ------------------------------------------------------------------------------------------------------------
async def _add_price(tx: Transaction, app: AppContext, plan: Plan, terms: Terms, action: str, actor: PersonId) -> Price:
    """A price that Stripe doesn't know yet. `action` and `actor` are written down when it does."""
    community = await tx.communities.get(plan.community_id)
    assert community is not None, "a plan belongs to a community that is stored"
    price = Price(
        id=PriceId(new_id("prc")),
        plan_id=plan.id,
        account_id=app.account_of(community),
        kind=terms.kind,
        amount=terms.amount,
        currency=terms.currency,
        unit=terms.unit,
        count=terms.count,
        until_at=terms.until_at,
        state=PriceState.PENDING,
        provider_product_id=None,
        provider_price_id=None,
        created_at=app.business.now(),
    )
    await tx.plans.add_price(price)
    params = {"plan_id": plan.id, "action": action, "actor": actor}
    await store_request(tx, app, price.account_id, "price", price.id, params)
    return price


async def _note_price(app: AppContext, tx: Transaction, plan: Plan, price: Price, params: Params) -> None:
    """Only now is it sold at this price: Stripe might have refused it, and then nothing was changed."""
    action, actor = params.get("action"), params.get("actor")
    if action is None or actor is None:  # stored by a version that wrote its line at once
        return
    stored, before = await tx.plans.get(plan.id) or plan, await tx.plans.current_price(plan.id)
    if action == "plan_created":
        opened = [row.target_id for row in await tx.plans.targets([plan.id]) if row.closed_at is None]
        changes = of_new_plan(stored, terms_of(price), await _named(tx, opened))
    else:
        changes = {"plan": same(stored.name), "price": (terms_of(before) if before else None, terms_of(price))}
    await record_act(
        app, tx, action, changes, actor=actor, community_id=stored.community_id, key=f"price:{price.id}", told=True
    )


async def _note_edit(app: AppContext, tx: Transaction, before: Plan, after: Plan, actor: PersonId) -> None:
    changes = of_plan(before, after)
    if changes:
        about = {"plan": same(before.name), **changes}
        told = not FREE.isdisjoint(changes)
        await record_act(app, tx, "plan_edited", about, actor=actor, community_id=after.community_id, told=told)


async def _named(tx: Transaction, target_ids: Collection[TargetId]) -> tuple[str, ...]:
    found = [await tx.communities.target(target_id) for target_id in target_ids]
    return tuple(sorted((target.name for target in found if target is not None), key=str.casefold))


async def _locked(tx: Transaction, plan_id: PlanId) -> Plan | None:
    """The plan as it stands, changed by nobody else until this commit."""
    plan = await tx.plans.get(plan_id)
    if plan is None:
        return None
    await tx.communities.lock([plan.community_id])
    return await tx.plans.get(plan_id)


async def _drop_pending(tx: Transaction, plan_id: PlanId) -> None:
    """A price that Stripe never confirmed is not wanted any more: a late answer must not put it on sale."""
    for price in await tx.plans.prices(plan_id):
        if price.state is PriceState.PENDING:
            request = await tx.requests.get("price", price.id)
            if request is not None:
                await tx.requests.set_state(request.id, RequestState.REFUSED, "not wanted any more")
            await tx.plans.drop_pending_price(price.id)


async def _unfit(tx: Transaction, community_id: CommunityId, targets: Collection[TargetId]) -> PlanProblem | None:
    """Why a plan of the community can't open these. Team and plans change one after the other (`flows.team`)."""
    await tx.communities.lock([community_id])
    known = {target.id: target for target in await tx.communities.targets(community_id)}
    if not set(targets) <= known.keys():
        return PlanProblem.TARGET_UNKNOWN
    ranked = {entry.subject_id for entry in await tx.team.of(community_id) if entry.kind is TeamKind.ROLE}
    wanted = [known[target_id] for target_id in targets]
    if any(target.kind is TargetKind.ROLE and target.external_id in ranked for target in wanted):
        return PlanProblem.TARGET_OF_TEAM
    return None


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
    return price is not None and terms == terms_of(price)
