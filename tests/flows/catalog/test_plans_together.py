"""Two admins change a plan at once: each changes what he names, and nothing comes back that the other took away."""

import asyncio
from dataclasses import replace

from payments.core.billing import CheckoutState
from payments.core.catalog import Plan, PlanState
from payments.core.changes import load, terms_of
from payments.core.ids import PersonId
from payments.core.plan_terms import PlanProblem
from payments.flows.catalog.plans import PlanChange, PlanMade, PlanRefused, archive_plan, change_targets, edit_plan
from payments.flows.checkout.subscribe import CheckoutLink, subscribe
from sandbox.play import eventually
from tests.flows.shop_fixture import COMMUNITY, MONTHLY, Shop


async def renaming(shop: Shop, plan: Plan, admin: PersonId) -> asyncio.Task[PlanMade | PlanRefused]:
    """Somebody renames the plan, and Stripe takes its time."""
    shop.fault("/v1/products/*", delay=1.0)
    task = asyncio.create_task(edit_plan(shop.app, plan.id, PlanChange(name="Pro+"), admin))

    async def asked() -> bool:
        return not shop.sandbox.faults.told()

    assert await eventually(asked)
    return task


async def stored(shop: Shop, plan: Plan) -> Plan:
    async with shop.app.store.transaction() as tx:
        found = await tx.plans.get(plan.id)
    assert found is not None
    return found


async def opens(shop: Shop, plan: Plan) -> set[str]:
    async with shop.app.store.transaction() as tx:
        return {row.target_id for row in await tx.plans.targets([plan.id]) if row.closed_at is None}


async def link_of(shop: Shop, plan: Plan, person: PersonId) -> CheckoutLink:
    link = await subscribe(shop.app, person_id=person, plan_id=plan.id, name="Ana")
    assert isinstance(link, CheckoutLink)
    return link


async def test_what_others_changed_while_stripe_was_asked_stays(any_shop: Shop) -> None:
    plan, admin = await any_shop.plan(trial_days=7), await any_shop.member("admin")
    task = await renaming(any_shop, plan, admin)
    await edit_plan(any_shop.app, plan.id, PlanChange(trial_days=0), admin)
    assert isinstance(await task, PlanMade)
    found = await stored(any_shop, plan)
    assert (found.name, found.trial_days) == ("Pro+", 0)


async def test_a_plan_archived_while_stripe_was_asked_stays_archived(any_shop: Shop) -> None:
    plan, admin = await any_shop.plan(), await any_shop.member("admin")
    task = await renaming(any_shop, plan, admin)
    await archive_plan(any_shop.app, plan.id, admin)
    assert await task == PlanRefused(PlanProblem.PLAN_UNKNOWN)
    found = await stored(any_shop, plan)
    assert (found.name, found.state) == (plan.name, PlanState.ARCHIVED)


async def test_putting_a_role_on_a_plan_brings_none_back(any_shop: Shop) -> None:
    plan, admin = await any_shop.plan(), await any_shop.member("admin")
    first, second, third = [await any_shop.target(name) for name in ("1", "2", "3")]
    await change_targets(any_shop.app, plan.id, admin, add=[second])
    await asyncio.gather(
        change_targets(any_shop.app, plan.id, admin, add=[third]),
        change_targets(any_shop.app, plan.id, admin, take=[first]),
    )
    assert await opens(any_shop, plan) == {second, third}


async def test_a_link_with_another_trial_is_not_handed_out_again_and_is_ended(any_shop: Shop) -> None:
    plan, ana, admin = await any_shop.plan(trial_days=14), await any_shop.member(), await any_shop.member("admin")
    link = await link_of(any_shop, plan, ana)
    await edit_plan(any_shop.app, plan.id, PlanChange(trial_days=0), admin)
    again = await link_of(any_shop, plan, ana)
    assert again.url != link.url
    assert [one["status"] for one in any_shop.stripe("checkout.session")] == ["expired", "open"]


async def test_all_links_made_before_a_change_of_the_trial_end(any_shop: Shop) -> None:
    plan, ana, admin = await any_shop.plan(), await any_shop.member(), await any_shop.member("admin")
    await link_of(any_shop, plan, ana)
    await edit_plan(any_shop.app, plan.id, PlanChange(trial_days=14), admin)
    await any_shop.advance(1)
    ben = await any_shop.member("ben")
    kept = await link_of(any_shop, plan, ben)
    await any_shop.redrive()
    assert [one["status"] for one in any_shop.stripe("checkout.session")] == ["expired", "open"]
    async with any_shop.app.store.transaction() as tx:
        current = await tx.checkouts.current(ben, plan.id)
    assert current is not None
    assert (current.state, current.url) == (CheckoutState.OPEN, kept.url)


async def test_of_prices_set_at_once_each_is_noted_with_the_one_that_it_replaced(any_shop: Shop) -> None:
    plan, admin = await any_shop.plan(), await any_shop.member("admin")
    dearer = [replace(MONTHLY, amount=amount) for amount in (1_100, 1_200, 1_300, 1_400)]
    await asyncio.gather(
        *(edit_plan(any_shop.app, plan.id, PlanChange(terms=terms), admin) for terms in dearer),
    )
    await any_shop.redrive()
    async with any_shop.app.store.transaction() as tx:
        lines = await tx.audit_log.acts(COMMUNITY, 100)
        (on_sale,) = await tx.plans.on_sale(plan.id)
    prices = [load(line.changes)["price"] for line in lines if line.action == "price_changed" and line.changes]
    befores, afters = [before for before, _ in prices], [after for _, after in prices]
    assert befores == [*afters[1:], MONTHLY]  # newest first
    assert afters[0] == terms_of(on_sale)
