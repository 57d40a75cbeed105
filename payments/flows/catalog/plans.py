"""What a community sells: plans made, changed and archived. Our rows come first, then Stripe's product and price."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from payments.core.audit import AuditKind
from payments.core.catalog import Plan, PlanState, Price, PriceKind, PriceState, way_of
from payments.core.changes import Changes, Said, Word, of_plan, same, terms_of
from payments.core.community import TargetKind
from payments.core.ids import CommunityId, PersonId, PlanId, PriceId, TargetId
from payments.core.money import Limits
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
from payments.flows.catalog.pending_prices import drop_pending, move_on, price_on, store_price
from payments.flows.catalog.prices import PlanMade as PlanMade
from payments.flows.catalog.prices import PlanRefused as PlanRefused
from payments.flows.catalog.prices import locked, named, sell
from payments.flows.messages import record_act
from payments.flows.runtime.context import AppContext, id_for, new_id
from payments.flows.runtime.outbox import Deadline
from payments.flows.runtime.sales import store_ending
from payments.ports.providers import ProviderRefused, ProviderUnavailable
from payments.ports.stores import QueueName, Transaction

PEOPLE_BATCH = 500
"""Of how many persons at a time it is looked up all that they have."""

FREE = frozenset({"trial", "grace", "pause_keeps", "refund_ends", "dispute_ends", "at_once", "moved_paid"})
"""What of a plan says how long access is open unpaid: that is a price too, so the contact hears of it."""


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What to change; None leaves a thing as it is. ``terms`` make a new price, in the place of ``price_id`` where that
    is named: who is a member keeps theirs."""

    name: str | None = None
    description: str | None = None
    terms: Terms | None = None
    price_id: PriceId | None = None
    trial_days: int | None = None
    grace_ms: int | None = None
    pause_keeps_access: bool | None = None
    refund_ends_access: bool | None = None
    dispute_ends_access: bool | None = None
    at_once: bool | None = None
    moved_paid: bool | None = None


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
            return PlanMade(before, on_sale=bool(await tx.plans.on_sale(plan_id)))
        limits = app.limits(await tx.communities.get(community_id))
    draft = replace(draft, name=draft.name.strip(), description=draft.description.strip())
    problem = check_draft(draft, now, limits)
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
        at_once=draft.at_once,
        moved_paid=draft.moved_paid,
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
        price = await price_on(tx, app, plan, draft.terms)
        await store_price(tx, app, price, AuditKind.PLAN_CREATED, actor, replaces=())
    return await sell(app, plan, price, Deadline(app))


@dataclass(frozen=True, slots=True)
class _Edit:
    """A change, weighed against the plan as it stands. ``price``: the one to come, where it is another, with those that
    it ``replaces``."""

    before: Plan
    after: Plan
    on_sale: Sequence[Price]
    price: Price | None
    replaces: Sequence[Price]


async def edit_plan(app: AppContext, plan_id: PlanId, change: PlanChange, actor: PersonId) -> PlanMade | PlanRefused:
    """Change a plan. New terms replace the price of the same way to pay, or the only one there is; of several
    others, `PlanChange.price_id` says which.

    Raises `ProviderUnavailable` when a new name can't reach Stripe: then nothing was changed.
    """
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
        added = edit.price
        if change.terms is not None:  # also back to what is on sale, before Stripe has the other
            former = [*edit.replaces, *([added] if added is not None else [])]
            left = await drop_pending(tx, plan_id, former if edit.on_sale else None)
            if added is not None:
                replaces = {price.id for price in edit.replaces}
                await store_price(tx, app, added, AuditKind.PRICE_CHANGED, actor, replaces=replaces)
                left -= replaces
            await move_on(tx, app, edit.after, left)
        if edit.after.trial_days != edit.before.trial_days:
            await store_ending(tx, app, plan_id, every=True)
        await _note_edit(app, tx, edit.before, edit.after, actor)
    app.wake(QueueName.NOTICES)
    app.wake(QueueName.REQUESTS)
    if added is None:
        return PlanMade(edit.after, on_sale=bool(edit.on_sale))
    return await sell(app, edit.after, added, deadline)


async def _weighed(app: AppContext, tx: Transaction, plan_id: PlanId, change: PlanChange) -> _Edit | PlanRefused:
    plan = await tx.plans.get(plan_id)
    if plan is None or plan.state is PlanState.ARCHIVED:
        return PlanRefused(PlanProblem.PLAN_UNKNOWN)
    on_sale = await tx.plans.on_sale(plan_id)
    price = None if change.terms is None else await price_on(tx, app, plan, change.terms)
    replaces = [] if price is None else _in_place_of(price, on_sale, change.price_id)
    if isinstance(replaces, PlanProblem):
        return PlanRefused(replaces)
    kinds = {one.kind for one in on_sale if one not in replaces} | ({price.kind} if price is not None else set())
    kind = PriceKind.RECURRING if not kinds or PriceKind.RECURRING in kinds else min(kinds)
    changed = _changed(plan, change, kind)
    limits = app.limits(await tx.communities.get(plan.community_id))
    problem = _problem(changed, change, kind, app.business.now(), limits)
    if problem is not None:
        return PlanRefused(problem)
    if price is not None and any(
        one.account_id == price.account_id and terms_of(one) == change.terms for one in on_sale
    ):
        price = None
    return _Edit(plan, changed, on_sale, price, replaces)


def _in_place_of(price: Price, on_sale: Sequence[Price], price_id: PriceId | None) -> Sequence[Price] | PlanProblem:
    """The price that another one takes the place of."""
    same_way = [one for one in on_sale if way_of(one) == way_of(price)]
    if price_id is not None:
        meant = [one for one in on_sale if one.id == price_id]
        if not meant:
            return PlanProblem.PRICE_UNKNOWN
        return PlanProblem.PRICE_EXISTS if same_way and meant[0] not in same_way else same_way or meant
    if same_way or len(on_sale) < 2:
        return same_way or on_sale
    return PlanProblem.PRICE_UNCLEAR


async def archive_plan(app: AppContext, plan_id: PlanId, actor: PersonId) -> PlanMade | PlanRefused:
    """Sell it no more, on links that are open neither; who has it keeps it, and goes on paying for it."""
    async with app.store.transaction() as tx:
        plan = await locked(tx, plan_id)
        if plan is None:
            return PlanRefused(PlanProblem.PLAN_UNKNOWN)
        archived = replace(plan, state=PlanState.ARCHIVED)
        if plan.state is not PlanState.ARCHIVED:
            await tx.plans.update(archived)
            await drop_pending(tx, plan.id)
            await store_ending(tx, app, plan.id)
            changes: Changes = {"plan": same(plan.name), "on_sale": (True, False)}
            key = f"plan_archived:{plan.id}"
            await record_act(
                app, tx, AuditKind.PLAN_ARCHIVED, changes, actor=actor, community_id=plan.community_id, key=key
            )
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
        plan = await locked(tx, plan_id)
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
        if added or removed:
            await store_ending(tx, app, plan.id)  # something that it opens now may be out of our reach
        if added or (removed and not keep_members):
            members = await tx.identities.lock(await tx.plans.beneficiaries(plan_id))
            people = iter(sorted(set(members.values())))
            while some := list(islice(people, PEOPLE_BATCH)):  # of very many the memory would not hold all they have
                await sync_desired_access(app, tx, some)
        if added or removed:
            changes = {"plan": same(plan.name), "opens": (await named(tx, is_open), await named(tx, wanted))}
            if removed:
                changes["members"] = (None, Said(Word.KEEP if keep_members else Word.LOSE))
            await record_act(app, tx, AuditKind.PLAN_TARGETS, changes, actor=actor, community_id=plan.community_id)
        on_sale = bool(await tx.plans.on_sale(plan_id))
    app.wake(QueueName.EFFECTS)
    app.wake(QueueName.REQUESTS)
    return PlanMade(plan, on_sale=on_sale)


async def _rename(app: AppContext, before: Plan, after: Plan, deadline: Deadline) -> PlanRefused | None:
    """Bring a new name to Stripe, if it is free here."""
    if after.name == before.name:
        return None
    async with app.store.transaction() as tx:
        namesake = await tx.plans.by_name(before.community_id, after.name)
        prices = await tx.plans.prices(before.id)
    if namesake is not None and namesake.id != before.id:
        return PlanRefused(PlanProblem.NAME_TAKEN)
    sold_at = {price.account_id for price in prices if price.state is PriceState.ACTIVE}
    products = {(price.account_id, price.provider_product_id) for price in prices if price.account_id in app.accounts}
    for account_id, product_id in sorted(one for one in products if one[1] is not None):
        catalog = app.provider(account_id).catalog
        try:
            if catalog is not None:
                await deadline.of(partial(catalog.rename_product, str(product_id), after.name))
        except ProviderRefused as refused:
            # A product that is gone gets today's name when it is made again.
            if account_id in sold_at and refused.code != "missing_object":
                return PlanRefused(PlanProblem.STRIPE_REFUSED, str(refused))
        except ProviderUnavailable:
            if account_id in sold_at:  # where it is sold no more, an old name does no harm
                raise
    return None


async def _note_edit(app: AppContext, tx: Transaction, before: Plan, after: Plan, actor: PersonId) -> None:
    changes = of_plan(before, after)
    if changes:
        about = {"plan": same(before.name), **changes}
        told = not FREE.isdisjoint(changes)
        await record_act(app, tx, AuditKind.PLAN_EDITED, about, actor=actor, community_id=after.community_id, told=told)


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
        at_once=pick(change.at_once, plan.at_once),
        moved_paid=pick(change.moved_paid, plan.moved_paid),
    )


def _problem(changed: Plan, change: PlanChange, kind: PriceKind, now: int, limits: Limits) -> PlanProblem | None:
    return (
        check_name(changed.name)
        or check_description(changed.description)
        or (check_terms(change.terms, now, limits) if change.terms is not None else None)
        or check_trial(changed.trial_days, kind)
        or check_grace(changed.grace_ms)
    )
