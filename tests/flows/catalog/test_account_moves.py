"""A move to another payment account: only an owner takes it back, and no way to pay is sold twice meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.catalog import Plan, Price, PriceState
from payments.core.ids import AccountId, PersonId, PriceId
from payments.core.plan_terms import PlanProblem, Terms
from payments.flows.catalog.plans import PlanChange, PlanMade, PlanRefused, edit_plan
from payments.flows.catalog.prices import add_price, end_price
from payments.flows.checkout.subscribe import CheckoutLink, subscribe
from payments.flows.runtime.context import PaymentAccount
from payments.ports.stores import StoredAccount
from tests.flows.catalog.refusals import (
    ACTIVE,
    AWAY,
    DEARER,
    NO,
    PENDING,
    QUARTERLY,
    YEARLY,
    acts,
    answering,
    caught_up,
    given_up,
    refused_move,
    stored,
)
from tests.flows.second_account import moves, prices
from tests.flows.shop_fixture import COMMUNITY, MONTHLY, Shop


async def sold_twice(shop: Shop, second: PaymentAccount) -> tuple[Plan, PersonId]:
    """A plan with a monthly price on either account, as no version makes it any more."""
    plan, admin = await refused_move(shop, second)
    await put_on_sale(shop, await stored(shop, plan, ACTIVE), second.id)
    return plan, admin


async def put_on_sale(shop: Shop, like: Price, account_id: AccountId) -> None:
    """A dearer price of the same way, stored past every rule."""
    dearer = replace(
        like, id=PriceId("prc_dearer"), unit_amount=1200, account_id=account_id, created_at=like.created_at + 1
    )
    async with shop.app.store.transaction() as tx:
        await tx.plans.add_price(replace(dearer, state=PENDING, provider_product_id=None, provider_price_id=None))
        await tx.plans.activate_price(dearer.id, "prod_dearer", "price_dearer")


# -- what a manager does while a price is on its way -------------------------------------------------------------------


@pytest.mark.parametrize("said", [[MONTHLY], [DEARER, MONTHLY]], ids=["the same", "there and back"])
async def test_an_edit_to_the_amount_on_sale_does_not_undo_a_move(
    shop: Shop, second: PaymentAccount, said: list[Terms]
) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    with answering(second, AWAY):
        await moves(shop, second.id)
        for terms in said:
            assert isinstance(await edit_plan(shop.app, plan.id, PlanChange(terms=terms), admin), PlanMade)
    await caught_up(shop)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 900)]
    assert "price_changed" not in await acts(shop), "the price is the same"


async def test_a_change_that_is_ended_before_it_comes_does_not_undo_a_move(shop: Shop, second: PaymentAccount) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    with answering(second, AWAY):
        await moves(shop, second.id)
        await edit_plan(shop.app, plan.id, PlanChange(terms=DEARER), admin)
        dearer = await stored(shop, plan, PENDING, 1200)
        assert await end_price(shop.app, plan.id, dearer.id, admin) == PlanMade(plan, on_sale=True)
    await caught_up(shop)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 900)]


async def test_a_change_that_the_new_account_refuses_does_not_undo_a_move(shop: Shop, second: PaymentAccount) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    with answering(second, AWAY):
        await moves(shop, second.id)
    with answering(second, NO):
        refused = await edit_plan(shop.app, plan.id, PlanChange(terms=DEARER), admin)
        assert isinstance(refused, PlanRefused)
    await caught_up(shop)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 900)]


async def test_a_price_whose_replacement_gives_way_to_another_goes_on_moving(
    shop: Shop, second: PaymentAccount
) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    await add_price(shop.app, plan.id, YEARLY, admin)
    month, year = [await stored(shop, plan, ACTIVE, amount) for amount in (900, 9000)]
    with answering(second, AWAY):
        await moves(shop, second.id)
        for former in (month, year):
            await edit_plan(shop.app, plan.id, PlanChange(terms=QUARTERLY, price_id=former.id), admin)
    await caught_up(shop)
    assert sorted(await prices(shop, plan.id, ACTIVE)) == [(second.id, 900), (second.id, 2500)]


async def test_a_change_that_is_ended_before_it_comes_leaves_the_price_as_it_was(shop: Shop) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    with answering(shop.app.first_account, AWAY):
        await edit_plan(shop.app, plan.id, PlanChange(terms=DEARER), admin)
        await end_price(shop.app, plan.id, (await stored(shop, plan, PENDING, 1200)).id, admin)
    assert await prices(shop, plan.id, PENDING) == []
    assert await prices(shop, plan.id, ACTIVE) == [(shop.app.first_account.id, 900)]


@pytest.mark.parametrize("pressed", [ACTIVE, PENDING])
async def test_a_price_that_moves_ends_on_both_accounts(
    shop: Shop, second: PaymentAccount, pressed: PriceState
) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    await add_price(shop.app, plan.id, YEARLY, admin)
    with answering(second, AWAY):
        await moves(shop, second.id)
        month = await stored(shop, plan, pressed)
        assert await end_price(shop.app, plan.id, month.id, admin) == PlanMade(plan, on_sale=True)
        assert await prices(shop, plan.id, ACTIVE) == [(shop.app.first_account.id, 9000)]
    await caught_up(shop)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 9000)]
    assert (await acts(shop)).count("price_ended") == 1


async def test_a_price_that_has_moved_since_it_was_shown_ends_where_it_is_now(
    shop: Shop, second: PaymentAccount
) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    await add_price(shop.app, plan.id, YEARLY, admin)
    shown = await stored(shop, plan, ACTIVE)
    await moves(shop, second.id)
    for _ in range(2):
        assert await end_price(shop.app, plan.id, shown.id, admin) == PlanMade(plan, on_sale=True)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 9000)]
    assert (await acts(shop)).count("price_ended") == 1


async def test_the_only_price_does_not_end_by_its_copy_on_the_new_account(shop: Shop, second: PaymentAccount) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    with answering(second, AWAY):
        await moves(shop, second.id)
        coming = await stored(shop, plan, PENDING)
        assert await end_price(shop.app, plan.id, coming.id, admin) == PlanRefused(PlanProblem.PRICE_LAST)
    await caught_up(shop)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 900)]


# -- an owner says again where a community sells -----------------------------------------------------------------------


async def test_a_move_that_was_given_up_is_made_when_an_owner_says_it_again(shop: Shop, second: PaymentAccount) -> None:
    plan = await shop.plan()
    with answering(second, AWAY):
        await moves(shop, second.id)
    await given_up(shop, plan)
    await moves(shop, second.id)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 900)]
    assert await prices(shop, plan.id, PENDING) == []


async def test_a_price_that_was_given_up_goes_on_sale_as_it_was_asked_for(shop: Shop) -> None:
    plan, admin, first = await shop.plan(), await shop.member("admin"), shop.app.first_account
    with answering(first, AWAY):
        await add_price(shop.app, plan.id, YEARLY, admin)
    await given_up(shop, plan)
    await moves(shop, first.id)
    assert sorted(await prices(shop, plan.id, ACTIVE)) == [(first.id, 900), (first.id, 9000)]
    assert (await acts(shop)).count("price_added") == 1


async def test_a_price_that_is_on_its_way_is_not_asked_for_twice(shop: Shop, second: PaymentAccount) -> None:
    plan = await shop.plan()
    with answering(second, AWAY):
        await moves(shop, second.id)
        coming = await stored(shop, plan, PENDING)
        await moves(shop, second.id)
    assert await stored(shop, plan, PENDING) == coming


# -- one price of each way to pay --------------------------------------------------------------------------------------


async def test_no_price_is_added_beside_one_that_could_not_move(shop: Shop, second: PaymentAccount) -> None:
    plan, admin = await refused_move(shop, second)
    assert await add_price(shop.app, plan.id, DEARER, admin) == PlanRefused(PlanProblem.PRICE_EXISTS)
    await edit_plan(shop.app, plan.id, PlanChange(terms=DEARER), admin)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 1200)]


async def test_no_price_is_changed_into_one_that_could_not_move(shop: Shop, second: PaymentAccount) -> None:
    plan, admin = await refused_move(shop, second)
    await add_price(shop.app, plan.id, YEARLY, admin)
    change = PlanChange(terms=DEARER, price_id=(await stored(shop, plan, ACTIVE, 9000)).id)
    assert await edit_plan(shop.app, plan.id, change, admin) == PlanRefused(PlanProblem.PRICE_EXISTS)


async def test_a_price_that_waits_for_a_former_account_gives_way_to_a_change(
    shop: Shop, second: PaymentAccount
) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    with answering(shop.app.first_account, AWAY):
        await add_price(shop.app, plan.id, YEARLY, admin)
    async with shop.app.store.transaction() as tx:  # as if it had joined a community that sells there
        community = await tx.communities.get(COMMUNITY)
        assert community is not None
        await tx.communities.update(replace(community, account_id=second.id))
    change = PlanChange(terms=replace(YEARLY, amount=9900), price_id=(await stored(shop, plan, ACTIVE)).id)
    assert isinstance(await edit_plan(shop.app, plan.id, change, admin), PlanMade)
    await caught_up(shop)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 9900)]


async def test_of_two_prices_of_one_way_that_on_the_account_stays(shop: Shop, second: PaymentAccount) -> None:
    plan, _ = await sold_twice(shop, second)
    month = await stored(shop, plan, ACTIVE)
    ben = await shop.member("ben")
    link = await subscribe(shop.app, person_id=ben, plan_id=plan.id, name="Ben", price_id=month.id)
    assert isinstance(link, CheckoutLink)
    await moves(shop, second.id)
    await caught_up(shop)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 1200)]
    assert [session["status"] for session in shop.stripe("checkout.session")] == ["expired"]


async def test_two_prices_of_one_way_move_to_a_third_account_as_one(shop: Shop, second: PaymentAccount) -> None:
    plan, _ = await sold_twice(shop, second)
    third = replace(second, id=AccountId("acct_third"), name="third")
    async with shop.app.store.transaction() as tx:
        await tx.provider_accounts.ensure(StoredAccount(third.id, False, "usd", None, None, None), 1)
    shop.app.accounts = {**shop.app.accounts, third.id: third}
    await moves(shop, third.id)
    assert await prices(shop, plan.id, ACTIVE) == [(third.id, 1200)]


async def test_a_change_takes_the_place_of_both_prices_of_one_way(shop: Shop, second: PaymentAccount) -> None:
    plan, admin = await sold_twice(shop, second)
    dearest = replace(MONTHLY, amount=1500)
    assert isinstance(await edit_plan(shop.app, plan.id, PlanChange(terms=dearest), admin), PlanMade)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 1500)]


async def test_a_price_that_goes_on_sale_ends_every_other_of_its_way(shop: Shop, second: PaymentAccount) -> None:
    plan, admin, first = await shop.plan(), await shop.member("admin"), shop.app.first_account
    with answering(first, AWAY):
        await add_price(shop.app, plan.id, YEARLY, admin)
    await put_on_sale(shop, await stored(shop, plan, PENDING, 9000), second.id)
    await caught_up(shop)
    assert await prices(shop, plan.id, ACTIVE) == [(first.id, 900), (first.id, 9000)]
