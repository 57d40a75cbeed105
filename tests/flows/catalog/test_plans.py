"""Plans: made, changed, archived; our rows first, Stripe's product and price once."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from payments.core.access import Access, Entitlement, Reason, Source
from payments.core.calendar import Unit
from payments.core.catalog import PlanState, PriceKind, PriceState
from payments.core.ids import CommunityId, EntitlementId, PersonId, PlanId, TargetId
from payments.core.plan_terms import PlanDraft, PlanProblem, Terms
from payments.flows.catalog.plans import (
    PlanChange,
    PlanMade,
    PlanRefused,
    archive_plan,
    change_targets,
    create_plan,
    edit_plan,
)
from payments.flows.jobs import redrive as creating
from payments.flows.runtime.offered import offered
from payments.ports.providers import ProviderUnavailable
from tests.flows.shop_fixture import COMMUNITY, DAY, MONTHLY, Shop

DEARER = Terms(PriceKind.RECURRING, 1200, "usd", Unit.MONTH, 1)


async def draft(shop: Shop, **changes: object) -> PlanDraft:
    base = PlanDraft("Pro", "All of it", MONTHLY, 0, 3 * DAY, (await shop.target(),))
    return replace(base, **changes)  # type: ignore[arg-type]  # the tests name fields of PlanDraft


async def test_a_plan_is_a_product_and_a_price(shop: Shop) -> None:
    plan = await shop.plan(" Pro ")
    (product,) = shop.stripe("product")
    (at_stripe,) = shop.stripe("price")
    assert product["name"] == plan.name == "Pro"
    assert product["metadata"]["guestlist_row"] == plan.id
    price = await shop.price(plan.id)
    assert at_stripe["id"] == price.provider_price_id
    assert at_stripe["product"] == product["id"] == price.provider_product_id
    assert at_stripe["recurring"]["interval"] == "month"
    assert at_stripe["metadata"]["guestlist_price"] == price.id


async def test_a_plan_made_while_its_community_joins_another_is_written_down_in_that(
    any_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, hosts = any_shop, list[CommunityId]()
    catalog = offered(shop.app.first_account.provider.catalog)
    made = catalog.create_price

    async def meanwhile(*arguments: Any, **named: Any) -> str:
        hosts.append(await shop.joined())
        return await made(*arguments, **named)

    monkeypatch.setattr(catalog, "create_price", meanwhile)
    plan = await shop.plan()
    async with shop.app.store.transaction() as tx:
        (line,) = await tx.audit_log.acts(hosts[0], 9)
        stored = await tx.plans.get(plan.id)
    assert line.action == "plan_created"
    assert stored is not None
    assert stored.community_id == hosts[0]


async def test_one_time_prices_have_no_interval_at_stripe(shop: Shop) -> None:
    await shop.plan("Week", terms=Terms(PriceKind.FIXED_TIME, 500, "jpy", Unit.WEEK, 2))
    (at_stripe,) = shop.stripe("price")
    assert at_stripe["type"] == "one_time"
    assert at_stripe["currency"] == "jpy"
    assert at_stripe["unit_amount"] == 500


async def test_a_name_is_taken_once_whatever_its_case(shop: Shop) -> None:
    await shop.plan("Pro")
    again = await create_plan(shop.app, COMMUNITY, await draft(shop, name="PRO"), await shop.member("admin"))
    assert again == PlanRefused(PlanProblem.NAME_TAKEN)


async def test_what_a_draft_may_not_be_is_refused(shop: Shop) -> None:
    admin = await shop.member("admin")
    bad = await draft(shop, trial_days=999)
    assert await create_plan(shop.app, COMMUNITY, bad, admin) == PlanRefused(PlanProblem.TRIAL_RANGE)
    foreign = await draft(shop, targets=(TargetId("tgt_of_another_server"),))
    assert await create_plan(shop.app, COMMUNITY, foreign, admin) == PlanRefused(PlanProblem.TARGET_UNKNOWN)
    assert shop.stripe("product") == []


async def test_a_plan_that_stripe_refuses_leaves_its_name_free(shop: Shop) -> None:
    admin = await shop.member("admin")
    shop.fault("/v1/prices", status=400, body={"error": {"type": "invalid_request_error", "message": "Too odd."}})
    refused = await create_plan(shop.app, COMMUNITY, await draft(shop), admin)
    assert isinstance(refused, PlanRefused)
    assert refused.reason is PlanProblem.STRIPE_REFUSED
    assert "Too odd." in refused.detail
    assert isinstance(await create_plan(shop.app, COMMUNITY, await draft(shop), admin), PlanMade)


@pytest.mark.parametrize("path", ["/v1/products", "/v1/prices"])
@pytest.mark.parametrize("after", [False, True])
async def test_a_plan_goes_on_sale_by_itself_once_stripe_answers(shop: Shop, path: str, after: bool) -> None:
    shop.down(path, after=after)
    made = await create_plan(shop.app, COMMUNITY, await draft(shop), await shop.member("admin"))
    assert isinstance(made, PlanMade)
    assert not made.on_sale
    assert "requests" in shop.woken
    await redrive(shop)
    assert (await shop.price(made.plan.id)).state is PriceState.ACTIVE
    assert len(shop.stripe("product")) == 1
    assert len(shop.stripe("price")) == 1


async def test_a_price_that_stripe_refuses_in_the_end_is_taken_back(shop: Shop) -> None:
    shop.down("/v1/prices")
    made = await create_plan(shop.app, COMMUNITY, await draft(shop), await shop.member("admin"))
    assert isinstance(made, PlanMade)
    shop.fault("/v1/prices", status=400)
    await redrive(shop)
    async with shop.app.store.transaction() as tx:
        assert await tx.plans.prices(made.plan.id) == []
    assert (await shop.app.store.counts())["requests_pending"] == 0


async def test_a_new_price_retires_the_old_one_and_keeps_the_product(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    old = await shop.price(plan.id)
    changed = await edit_plan(shop.app, plan.id, PlanChange(terms=DEARER), admin)
    assert changed == PlanMade(plan, on_sale=True)
    new = await shop.price(plan.id)
    assert new.unit_amount == 1200
    assert len(shop.stripe("product")) == 1
    async with shop.app.store.transaction() as tx:
        states = {price.id: price.state for price in await tx.plans.prices(plan.id)}
    assert states == {old.id: PriceState.RETIRED, new.id: PriceState.ACTIVE}


async def test_the_same_price_again_makes_nothing(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    assert await edit_plan(shop.app, plan.id, PlanChange(terms=MONTHLY, grace_ms=0), admin) == PlanMade(
        replace(plan, grace_ms=0), on_sale=True
    )
    assert len(shop.stripe("price")) == 1


async def test_a_newer_price_overtakes_one_that_never_came_to_be(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    shop.down("/v1/prices")
    await edit_plan(shop.app, plan.id, PlanChange(terms=DEARER), admin)
    cheaper = Terms(PriceKind.RECURRING, 700, "usd", Unit.MONTH, 1)
    await edit_plan(shop.app, plan.id, PlanChange(terms=cheaper), admin)
    await redrive(shop)
    assert (await shop.price(plan.id)).unit_amount == 700


async def test_a_plan_is_renamed_at_stripe_too(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    await shop.plan("Other")
    assert await edit_plan(shop.app, plan.id, PlanChange(name="other"), admin) == PlanRefused(PlanProblem.NAME_TAKEN)
    renamed = await edit_plan(shop.app, plan.id, PlanChange(name="Gold", description="New"), admin)
    assert isinstance(renamed, PlanMade)
    assert (renamed.plan.name, renamed.plan.description) == ("Gold", "New")
    assert "Gold" in {product["name"] for product in shop.stripe("product")}


async def test_a_name_that_can_not_reach_stripe_changes_nothing(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    shop.down("/v1/products/*")
    with pytest.raises(ProviderUnavailable):
        await edit_plan(shop.app, plan.id, PlanChange(name="Gold"), admin)
    async with shop.app.store.transaction() as tx:
        assert await tx.plans.get(plan.id) == plan


async def test_changes_are_checked_like_a_draft(shop: Shop) -> None:
    plan, admin = await shop.plan(trial_days=7), await shop.member("admin")

    async def refused(change: PlanChange) -> PlanProblem:
        answer = await edit_plan(shop.app, plan.id, change, admin)
        assert isinstance(answer, PlanRefused)
        return answer.reason

    assert await refused(PlanChange(name="")) is PlanProblem.NAME_EMPTY
    assert await refused(PlanChange(grace_ms=-1)) is PlanProblem.GRACE_RANGE
    assert await refused(PlanChange(trial_days=800)) is PlanProblem.TRIAL_RANGE
    assert await refused(PlanChange(terms=replace(MONTHLY, count=99))) is PlanProblem.INTERVAL_TOO_LONG
    once = await edit_plan(
        shop.app, plan.id, PlanChange(terms=Terms(PriceKind.LIFETIME, 9900, "usd"), refund_ends_access=False), admin
    )
    assert isinstance(once, PlanMade)
    assert once.plan.trial_days == 0
    assert not once.plan.refund_ends_access
    missing = await edit_plan(shop.app, PlanId("pln_none"), PlanChange(name="X"), admin)
    assert missing == PlanRefused(PlanProblem.PLAN_UNKNOWN)


async def test_an_archived_plan_is_sold_no_more_and_its_name_is_free(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    for _ in range(2):
        archived = await archive_plan(shop.app, plan.id, admin)
        assert isinstance(archived, PlanMade)
        assert archived.plan.state is PlanState.ARCHIVED
    assert await edit_plan(shop.app, plan.id, PlanChange(name="X"), admin) == PlanRefused(PlanProblem.PLAN_UNKNOWN)
    assert await archive_plan(shop.app, PlanId("pln_none"), admin) == PlanRefused(PlanProblem.PLAN_UNKNOWN)
    await shop.plan("Pro")


async def has(shop: Shop, person: str, plan_id: PlanId) -> None:
    """Somebody is a member of a plan since an hour, and everything they should have is wanted."""
    from payments.flows.access.desired import sync_desired_access

    ana = await shop.member(person)
    now = shop.app.business.now()
    entitlement = Entitlement(
        EntitlementId(f"ent_{person}"), Source.COMP, person, None, plan_id, ana, ana, now - 3_600_000, now, None,
        Reason.COMP,
    )  # fmt: skip
    async with shop.app.store.transaction() as tx:
        await tx.identities.lock([ana])
        await tx.entitlements.put(entitlement)
        await sync_desired_access(shop.app, tx, [ana])


async def wanted(shop: Shop, person: str) -> dict[str, bool]:
    async with shop.app.store.transaction() as tx:
        accesses: list[Access] = list(await tx.accesses.of([await member_id(shop, person)]))
    return {access.target_id: access.wanted for access in accesses}


async def member_id(shop: Shop, person: str) -> PersonId:
    return PersonId(f"prs_{person}")


async def test_what_is_added_opens_for_members_too(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    await has(shop, "ana", plan.id)
    one, two = await shop.target("1"), await shop.target("2")
    await change_targets(shop.app, plan.id, admin, add=[one, two])
    assert await wanted(shop, "ana") == {one: True, two: True}
    assert "effects" in shop.woken


async def test_what_is_taken_off_can_be_left_to_members(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    one, two = await shop.target("1"), await shop.target("2")
    await has(shop, "ana", plan.id)
    await change_targets(shop.app, plan.id, admin, add=[two], take=[one])
    assert await wanted(shop, "ana") == {one: True, two: True}
    await shop.advance(7200)
    await has(shop, "ben", plan.id)
    assert await wanted(shop, "ben") == {two: True}


async def test_what_is_taken_off_can_be_taken_from_members(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    one, two = await shop.target("1"), await shop.target("2")
    await has(shop, "ana", plan.id)
    await change_targets(shop.app, plan.id, admin, add=[two], take=[one], keep_members=False)
    assert await wanted(shop, "ana") == {one: False, two: True}


async def test_a_plan_opens_something_of_its_own_community(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")

    async def refused(plan_id: PlanId, *add: TargetId, take: Collection[TargetId] = ()) -> PlanProblem:
        answer = await change_targets(shop.app, plan_id, admin, add=add, take=take)
        assert isinstance(answer, PlanRefused)
        return answer.reason

    assert await refused(plan.id, take=[await shop.target()]) is PlanProblem.NO_TARGET
    assert await refused(plan.id, TargetId("tgt_foreign")) is PlanProblem.TARGET_UNKNOWN
    assert await refused(PlanId("pln_none"), await shop.target()) is PlanProblem.PLAN_UNKNOWN


async def redrive(shop: Shop) -> None:
    lease, now = shop.app.lease(), shop.app.machine.now()
    async with shop.app.store.transaction() as tx:
        await tx.requests.claim(creating.REDRIVEN, lease, now, 10)
        found = await tx.requests.claim(creating.REDRIVEN, lease, now + 120_000, 10)
    for request in found:
        await creating.redrive(shop.app, request, lease)


async def test_a_plan_that_is_asked_for_twice_under_one_key_is_made_once(shop: Shop) -> None:
    admin = await shop.member("admin")
    made = await create_plan(shop.app, COMMUNITY, await draft(shop), admin, "upd_1")
    assert isinstance(made, PlanMade)
    assert await create_plan(shop.app, COMMUNITY, await draft(shop), admin, "upd_1") == made
    again = await create_plan(shop.app, COMMUNITY, await draft(shop), admin, "upd_2")
    assert again == PlanRefused(PlanProblem.NAME_TAKEN)
