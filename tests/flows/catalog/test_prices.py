"""Several prices of a plan: added once whatever happens on the way, ended for newcomers alone, told in the audit."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from payments.core.calendar import Unit
from payments.core.catalog import Plan, Price, PriceKind, PriceState, in_order
from payments.core.changes import load
from payments.core.ids import AccountId, PersonId, PriceId
from payments.core.plan_terms import PRICES_MAX, PlanProblem, Terms
from payments.flows.catalog.plans import PlanChange, PlanMade, PlanRefused, archive_plan, edit_plan
from payments.flows.catalog.prices import add_price, end_price
from payments.flows.checkout.subscribe import CheckoutLink, subscribe
from payments.flows.runtime.offered import offered
from payments.ports.stores import AuditEntry, StoredAccount
from tests.flows.shop_fixture import COMMUNITY, DAY, MONTHLY, Shop

YEARLY = Terms(PriceKind.RECURRING, 9000, "usd", Unit.YEAR, 1)
FOR_GOOD = Terms(PriceKind.LIFETIME, 29_900, "usd")


async def stored(shop: Shop, plan: Plan) -> Sequence[Price]:
    async with shop.app.store.transaction() as tx:
        return in_order(await tx.plans.prices(plan.id))


async def sold(shop: Shop, plan: Plan) -> list[int]:
    """The amounts that a plan is sold at."""
    return [price.unit_amount for price in await stored(shop, plan) if price.state is PriceState.ACTIVE]


async def priced(shop: Shop, plan: Plan, amount: int) -> PriceId:
    return next(price.id for price in await stored(shop, plan) if price.unit_amount == amount)


async def acts(shop: Shop) -> list[AuditEntry]:
    """Newest first."""
    async with shop.app.store.transaction() as tx:
        return list(await tx.audit_log.acts(COMMUNITY, 100))


async def with_year(shop: Shop) -> tuple[Plan, PersonId]:
    """A plan by the month and by the year."""
    plan, admin = await shop.plan(), await shop.member("admin")
    assert await add_price(shop.app, plan.id, YEARLY, admin) == PlanMade(plan, on_sale=True)
    return plan, admin


async def test_a_price_is_added_beside_the_others_on_the_same_product(any_shop: Shop) -> None:
    plan, admin = await with_year(any_shop)
    assert await sold(any_shop, plan) == [900, 9000]
    assert len(any_shop.stripe("product")) == 1
    assert [price["recurring"]["interval"] for price in any_shop.stripe("price")] == ["month", "year"]
    line = (await acts(any_shop))[0]
    assert (line.action, line.actor) == ("price_added", admin)
    assert load(line.changes or "")["price"] == (None, YEARLY)


async def test_of_two_admins_who_add_the_same_at_once_one_is_told_that_it_exists(any_shop: Shop) -> None:
    plan, admin, other = await any_shop.plan(), await any_shop.member("admin"), await any_shop.member("ben")
    dearer = replace(YEARLY, amount=9900)
    answers = await asyncio.gather(
        add_price(any_shop.app, plan.id, YEARLY, admin), add_price(any_shop.app, plan.id, dearer, other)
    )
    assert PlanRefused(PlanProblem.PRICE_EXISTS) in answers
    assert PlanMade(plan, on_sale=True) in answers
    assert len(await sold(any_shop, plan)) == 2
    assert len(any_shop.stripe("price")) == 2
    assert [line.action for line in await acts(any_shop)] == ["price_added", "plan_created"]


async def test_asked_again_under_the_same_key_nothing_is_added_twice(any_shop: Shop) -> None:
    plan, admin = await any_shop.plan(), await any_shop.member("admin")
    for _ in range(2):
        assert await add_price(any_shop.app, plan.id, YEARLY, admin, "tg:1") == PlanMade(plan, on_sale=True)
    assert len(any_shop.stripe("price")) == 2
    assert [line.action for line in await acts(any_shop)] == ["price_added", "plan_created"]


@pytest.mark.parametrize("after", [False, True])
async def test_a_price_whose_answer_was_lost_goes_on_sale_once(any_shop: Shop, after: bool) -> None:
    plan, admin = await any_shop.plan(), await any_shop.member("admin")
    any_shop.down("/v1/prices", after=after)
    assert await add_price(any_shop.app, plan.id, YEARLY, admin) == PlanMade(plan, on_sale=False)
    assert await sold(any_shop, plan) == [900]
    assert [line.action for line in await acts(any_shop)] == ["plan_created"]
    await any_shop.redrive()
    assert await sold(any_shop, plan) == [900, 9000]
    assert len(any_shop.stripe("price")) == 2
    assert [line.action for line in await acts(any_shop)] == ["price_added", "plan_created"]


@pytest.mark.parametrize("beyond", ["before Stripe", "after Stripe"])
async def test_killed_between_the_row_and_stripe_the_worker_goes_on(
    any_shop: Shop, monkeypatch: pytest.MonkeyPatch, beyond: str
) -> None:
    plan, admin = await any_shop.plan(), await any_shop.member("admin")
    catalog = offered(any_shop.app.first_account.provider.catalog)
    create = catalog.create_price

    async def killed(*arguments: Any, **named: Any) -> str:
        if beyond == "after Stripe":
            await create(*arguments, **named)
        raise asyncio.CancelledError

    monkeypatch.setattr(catalog, "create_price", killed)
    with pytest.raises(asyncio.CancelledError):
        await add_price(any_shop.app, plan.id, YEARLY, admin)
    monkeypatch.undo()
    assert [price.state for price in await stored(any_shop, plan)] == [PriceState.ACTIVE, PriceState.PENDING]
    await any_shop.redrive()
    assert await sold(any_shop, plan) == [900, 9000]
    assert len(any_shop.stripe("price")) == 2


async def test_a_price_that_stripe_refuses_is_taken_back_and_can_be_added_again(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    shop.fault("/v1/prices", status=400)
    refused = await add_price(shop.app, plan.id, YEARLY, admin)
    assert isinstance(refused, PlanRefused)
    assert refused.reason is PlanProblem.STRIPE_REFUSED
    assert await sold(shop, plan) == [900]
    assert await add_price(shop.app, plan.id, YEARLY, admin) == PlanMade(plan, on_sale=True)


async def test_a_plan_has_no_more_prices_than_can_be_shown(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    for count in range(2, PRICES_MAX + 1):
        added = await add_price(shop.app, plan.id, replace(MONTHLY, count=count), admin)
        assert added == PlanMade(plan, on_sale=True)
    too_many = await add_price(shop.app, plan.id, YEARLY, admin)
    assert too_many == PlanRefused(PlanProblem.PRICES_TOO_MANY)
    assert len(await sold(shop, plan)) == PRICES_MAX


async def test_no_price_is_added_to_a_plan_that_is_not_sold_or_on_terms_that_are_none(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    past = Terms(PriceKind.FIXED_DATE, 900, "usd", until_at=1)
    assert await add_price(shop.app, plan.id, past, admin) == PlanRefused(PlanProblem.DATE_PAST)
    await archive_plan(shop.app, plan.id, admin)
    assert await add_price(shop.app, plan.id, YEARLY, admin) == PlanRefused(PlanProblem.PLAN_UNKNOWN)


async def test_a_plan_can_be_sold_until_two_days(any_shop: Shop) -> None:
    plan, admin = await any_shop.plan(), await any_shop.member("admin")
    for days in (30, 60):
        until = any_shop.app.business.now() // DAY * DAY + days * DAY
        added = await add_price(
            any_shop.app, plan.id, Terms(PriceKind.FIXED_DATE, days * 100, "usd", until_at=until), admin
        )
        assert added == PlanMade(plan, on_sale=True)
    assert await sold(any_shop, plan) == [900, 3000, 6000]


async def test_a_changed_amount_replaces_the_price_of_that_interval_alone(any_shop: Shop) -> None:
    plan, admin = await with_year(any_shop)
    await edit_plan(any_shop.app, plan.id, PlanChange(terms=replace(YEARLY, amount=9900)), admin)
    assert await sold(any_shop, plan) == [900, 9900]
    changed = load((await acts(any_shop))[0].changes or "")["price"]
    assert changed == (YEARLY, replace(YEARLY, amount=9900))


async def test_another_interval_replaces_the_only_price_or_the_one_that_is_named(any_shop: Shop) -> None:
    plan, admin = await any_shop.plan(), await any_shop.member("admin")
    await edit_plan(any_shop.app, plan.id, PlanChange(terms=replace(MONTHLY, count=3)), admin)
    assert await sold(any_shop, plan) == [900]
    await add_price(any_shop.app, plan.id, YEARLY, admin)
    half = PlanChange(terms=replace(MONTHLY, amount=4800, count=6))
    assert await edit_plan(any_shop.app, plan.id, half, admin) == PlanRefused(PlanProblem.PRICE_UNCLEAR)
    named = replace(half, price_id=await priced(any_shop, plan, 9000))
    assert await edit_plan(any_shop.app, plan.id, named, admin) == PlanMade(plan, on_sale=True)
    assert await sold(any_shop, plan) == [900, 4800]
    assert await edit_plan(any_shop.app, plan.id, named, admin) == PlanRefused(PlanProblem.PRICE_UNKNOWN)
    taken = PlanChange(terms=replace(MONTHLY, count=3), price_id=await priced(any_shop, plan, 4800))
    assert await edit_plan(any_shop.app, plan.id, taken, admin) == PlanRefused(PlanProblem.PRICE_EXISTS)


async def test_a_changed_amount_replaces_the_price_of_an_account_that_is_no_longer_sold_on(any_shop: Shop) -> None:
    plan, admin = await with_year(any_shop)
    first, second = any_shop.app.first_account, AccountId("acct_second")
    any_shop.app.accounts = {first.id: first, second: replace(first, id=second, name="second")}
    async with any_shop.app.store.transaction() as tx:
        await tx.provider_accounts.ensure(StoredAccount(second, first.livemode, "usd", None, None, None), 1)
        community = await tx.communities.get(COMMUNITY)
        assert community is not None
        await tx.communities.update(replace(community, account_id=second))
    await edit_plan(any_shop.app, plan.id, PlanChange(terms=replace(MONTHLY, amount=1200)), admin)
    on_sale = [price for price in await stored(any_shop, plan) if price.state is PriceState.ACTIVE]
    assert [(price.unit_amount, price.account_id) for price in on_sale] == [(1200, second), (9000, first.id)]


async def test_a_change_that_stripe_was_slow_with_replaces_what_it_was_meant_to(any_shop: Shop) -> None:
    plan, admin = await any_shop.plan(), await any_shop.member("admin")
    any_shop.down("/v1/prices")
    await edit_plan(any_shop.app, plan.id, PlanChange(terms=replace(MONTHLY, count=3)), admin)
    await add_price(any_shop.app, plan.id, YEARLY, admin)
    assert await sold(any_shop, plan) == [900, 9000]
    await any_shop.redrive()
    assert [(p.count, p.unit_amount) for p in await stored(any_shop, plan) if p.state is PriceState.ACTIVE] == [
        (3, 900),
        (1, 9000),
    ]


async def test_a_change_that_is_taken_back_before_stripe_has_it_never_comes(any_shop: Shop) -> None:
    plan, admin = await with_year(any_shop)
    any_shop.down("/v1/prices")
    await edit_plan(any_shop.app, plan.id, PlanChange(terms=replace(YEARLY, amount=9900)), admin)
    await edit_plan(any_shop.app, plan.id, PlanChange(terms=YEARLY), admin)
    await any_shop.redrive()
    assert await sold(any_shop, plan) == [900, 9000]


async def test_a_trial_stays_while_something_renews(shop: Shop) -> None:
    plan, admin = await shop.plan(trial_days=7), await shop.member("admin")
    await add_price(shop.app, plan.id, FOR_GOOD, admin)
    made = await edit_plan(shop.app, plan.id, PlanChange(terms=replace(FOR_GOOD, amount=19_900)), admin)
    assert made == PlanMade(plan, on_sale=True)
    assert plan.trial_days == 7


async def test_an_ended_price_is_not_sold_and_its_open_links_end(any_shop: Shop) -> None:
    plan, admin = await with_year(any_shop)
    month, year = await priced(any_shop, plan, 900), await priced(any_shop, plan, 9000)
    for name, price_id in (("ana", year), ("ben", month)):
        person = await any_shop.member(name)
        link = await subscribe(any_shop.app, person_id=person, plan_id=plan.id, name=name, price_id=price_id)
        assert isinstance(link, CheckoutLink)
    assert await end_price(any_shop.app, plan.id, year, admin) == PlanMade(plan, on_sale=True)
    assert await sold(any_shop, plan) == [900]
    await any_shop.redrive()
    assert [one["status"] for one in any_shop.stripe("checkout.session")] == ["expired", "open"]
    line = (await acts(any_shop))[0]
    assert (line.action, load(line.changes or "")["price"]) == ("price_ended", (YEARLY, None))


async def test_ending_a_price_twice_is_one_act(any_shop: Shop) -> None:
    plan, admin = await with_year(any_shop)
    year = await priced(any_shop, plan, 9000)
    answers = await asyncio.gather(*(end_price(any_shop.app, plan.id, year, admin) for _ in range(2)))
    assert answers == [PlanMade(plan, on_sale=True)] * 2
    assert [line.action for line in await acts(any_shop)] == ["price_ended", "price_added", "plan_created"]


async def test_the_last_price_stays_also_when_both_are_ended_at_once(any_shop: Shop) -> None:
    plan, admin = await with_year(any_shop)
    ids = [price.id for price in await stored(any_shop, plan)]
    answers = await asyncio.gather(*(end_price(any_shop.app, plan.id, id_, admin) for id_ in ids))
    assert sorted(type(answer).__name__ for answer in answers) == ["PlanMade", "PlanRefused"]
    assert PlanRefused(PlanProblem.PRICE_LAST) in answers
    assert len(await sold(any_shop, plan)) == 1


async def test_a_price_of_another_plan_is_not_ended(shop: Shop) -> None:
    (plan, admin), other = await with_year(shop), await shop.plan("Max")
    year = await priced(shop, plan, 9000)
    assert await end_price(shop.app, other.id, year, admin) == PlanRefused(PlanProblem.PRICE_UNKNOWN)
    assert await sold(shop, plan) == [900, 9000]


async def test_an_ended_price_does_not_come_back_with_a_change_that_stripe_was_slow_with(any_shop: Shop) -> None:
    plan, admin = await with_year(any_shop)
    any_shop.down("/v1/prices")
    await edit_plan(any_shop.app, plan.id, PlanChange(terms=replace(YEARLY, amount=9900)), admin)
    await end_price(any_shop.app, plan.id, await priced(any_shop, plan, 9000), admin)
    await any_shop.redrive()
    assert await sold(any_shop, plan) == [900]


async def test_a_price_that_waits_for_stripe_can_be_ended_too(any_shop: Shop) -> None:
    plan, admin = await any_shop.plan(), await any_shop.member("admin")
    any_shop.down("/v1/prices")
    await add_price(any_shop.app, plan.id, YEARLY, admin)
    await end_price(any_shop.app, plan.id, await priced(any_shop, plan, 9000), admin)
    await any_shop.redrive()
    assert await sold(any_shop, plan) == [900]
    assert (await any_shop.app.store.counts())["requests_pending"] == 0


async def test_a_price_begun_before_plans_had_several_takes_the_place_of_the_plans_price(
    any_shop: Shop,
) -> None:
    plan, admin = await any_shop.plan(), await any_shop.member("admin")
    any_shop.down("/v1/prices")
    await edit_plan(any_shop.app, plan.id, PlanChange(terms=YEARLY), admin)
    as_before = '{"action": "price_changed", "actor": "' + admin + '", "plan_id": "' + plan.id + '"}'
    await rewritten(any_shop, await priced(any_shop, plan, 9000), as_before)
    await any_shop.redrive()
    assert await sold(any_shop, plan) == [9000]


async def rewritten(shop: Shop, price_id: PriceId, params: str) -> None:
    """The stored call as an earlier version wrote it."""
    async with shop.app.store.transaction() as tx:
        raw = tx.requests._tx  # type: ignore[attr-defined]  # no product code changes what was asked for
        await raw.execute("UPDATE request SET params = ? WHERE kind = 'price' AND subject_id = ?", params, price_id)
