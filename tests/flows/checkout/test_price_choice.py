"""Buying a plan that has several prices: one of them is paid, once, whatever was asked for before or beside it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from payments.core.access import Entitlement, Reason, Source
from payments.core.calendar import Unit
from payments.core.catalog import Plan, PriceKind, PriceState
from payments.core.ids import EntitlementId, PersonId, PriceId
from payments.core.plan_terms import Terms
from payments.flows.catalog.plans import PlanMade, archive_plan
from payments.flows.catalog.prices import add_price, end_price
from payments.flows.checkout.subscribe import (
    AlreadyMember,
    CheckoutLink,
    ChoosePrice,
    Completing,
    NotSold,
    Subscribed,
    subscribe,
)
from payments.flows.runtime.offered import offered
from payments.ports.providers import ProviderUnavailable
from tests.flows.shop_fixture import DAY, MONTHLY, Shop

YEARLY = Terms(PriceKind.RECURRING, 9000, "usd", Unit.YEAR, 1)
FOR_GOOD = Terms(PriceKind.LIFETIME, 29_900, "usd")
EUROS = replace(MONTHLY, currency="eur")


async def sells(shop: Shop, *more: Terms, trial_days: int = 0) -> tuple[Plan, list[PriceId]]:
    """A plan by the month, and at these prices too; their ids in this order."""
    plan, admin = await shop.plan(trial_days=trial_days), await shop.member("admin")
    for terms in more:
        assert await add_price(shop.app, plan.id, terms, admin) == PlanMade(plan, on_sale=True)
    async with shop.app.store.transaction() as tx:
        prices = {price.unit_amount: price for price in await tx.plans.prices(plan.id) if price.currency == "usd"}
        euros = [price.id for price in await tx.plans.prices(plan.id) if price.currency == "eur"]
    return plan, [*(prices[t.amount].id for t in (MONTHLY, *more) if t.currency == "usd"), *euros]


async def ask(shop: Shop, plan: Plan, person: PersonId, price_id: PriceId | None = None) -> Subscribed:
    return await subscribe(shop.app, person_id=person, plan_id=plan.id, name="Ana", price_id=price_id)


def sessions(shop: Shop) -> list[tuple[str, int]]:
    """Every checkout session's status and amount, oldest first."""
    return [(one["status"], one["amount_total"]) for one in shop.stripe("checkout.session")]


async def pay(shop: Shop, card: str = "4242424242424242") -> None:
    paid = await shop.sandbox.stripe.pay(session=shop.stripe("checkout.session")[-1]["id"], card=card)
    assert paid["status"] == "paid"


async def forgotten(shop: Shop) -> None:
    """Our rows of the links are over; what was paid on them, nobody has heard of yet."""
    async with shop.app.store.transaction() as tx:
        await tx.checkouts.expire_due(shop.app.business.now() + 2 * DAY)


async def test_of_several_prices_one_has_to_be_chosen(shop: Shop) -> None:
    (plan, (month, year)), ana = await sells(shop, YEARLY), await shop.member()
    asked = await ask(shop, plan, ana)
    assert isinstance(asked, ChoosePrice)
    assert [price.id for price in asked.prices] == [month, year]
    assert sessions(shop) == []
    link = await ask(shop, plan, ana, year)
    assert isinstance(link, CheckoutLink)
    assert (link.price.id, sessions(shop)) == (year, [("open", 9000)])
    assert await ask(shop, plan, ana, year) == link


async def test_a_price_whose_day_has_passed_is_no_choice(shop: Shop) -> None:
    until = shop.app.business.now() + DAY
    dated = Terms(PriceKind.FIXED_DATE, 500, "usd", until_at=until)
    (plan, (_, summer)), ana = await sells(shop, dated), await shop.member()
    await shop.advance(25 * 3600)
    assert await ask(shop, plan, ana, summer) is NotSold.OVER
    link = await ask(shop, plan, ana)
    assert isinstance(link, CheckoutLink)
    assert link.price.unit_amount == 900


@pytest.mark.parametrize("first", [0, 1])
async def test_at_another_price_the_link_before_is_ended_first(any_shop: Shop, first: int) -> None:
    (plan, prices), ana = await sells(any_shop, YEARLY), await any_shop.member()
    await ask(any_shop, plan, ana, prices[first])
    second = await ask(any_shop, plan, ana, prices[1 - first])
    assert isinstance(second, CheckoutLink)
    assert [status for status, _ in sessions(any_shop)] == ["expired", "open"]
    assert any_shop.stripe("checkout.session")[1]["url"] == second.url


async def test_between_a_subscription_and_a_single_payment_too(any_shop: Shop) -> None:
    (plan, (month, good)), ana = await sells(any_shop, FOR_GOOD), await any_shop.member()
    for price_id in (good, month, good):
        assert isinstance(await ask(any_shop, plan, ana, price_id), CheckoutLink)
    assert sessions(any_shop) == [("expired", 29_900), ("expired", 900), ("open", 29_900)]


async def test_of_a_link_that_can_not_be_ended_no_second_is_given(any_shop: Shop) -> None:
    (plan, (month, year)), ana = await sells(any_shop, YEARLY), await any_shop.member()
    await ask(any_shop, plan, ana, month)
    any_shop.down("/v1/checkout/sessions/*/expire")
    with pytest.raises(ProviderUnavailable):
        await ask(any_shop, plan, ana, year)
    assert sessions(any_shop) == [("open", 900)]


async def test_monthly_and_yearly_at_once_leave_one_page_that_can_be_paid(any_shop: Shop) -> None:
    (plan, prices), ana = await sells(any_shop, YEARLY), await any_shop.member()
    answers = await asyncio.gather(
        *(ask(any_shop, plan, ana, price_id) for price_id in prices * 2), return_exceptions=True
    )
    assert all(isinstance(answer, CheckoutLink | ProviderUnavailable) for answer in answers), answers
    open_ones = [one["url"] for one in any_shop.stripe("checkout.session") if one["status"] == "open"]
    async with any_shop.app.store.transaction() as tx:
        current = await tx.checkouts.current(ana, plan.id)
    assert open_ones == ([] if current is None or current.url is None else [current.url])


async def test_killed_with_the_old_link_ended_the_next_try_gives_the_new_one(
    any_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (plan, (month, year)), ana = await sells(any_shop, YEARLY), await any_shop.member()
    await ask(any_shop, plan, ana, month)
    checkouts = any_shop.app.first_account.provider.checkouts
    create = checkouts.open

    async def killed(*arguments: Any) -> Any:
        await create(*arguments)
        raise asyncio.CancelledError

    monkeypatch.setattr(checkouts, "open", killed)
    with pytest.raises(asyncio.CancelledError):
        await ask(any_shop, plan, ana, year)
    monkeypatch.undo()
    again = await ask(any_shop, plan, ana, month)
    assert isinstance(again, CheckoutLink)
    assert sessions(any_shop) == [("expired", 900), ("expired", 9000), ("open", 900)]


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize("paid", [MONTHLY, YEARLY, FOR_GOOD])
@pytest.mark.parametrize("wanted", [MONTHLY, YEARLY, FOR_GOOD])
async def test_what_was_paid_at_one_price_is_not_sold_at_another(
    shop: Shop, paid: Terms, wanted: Terms, seen: bool
) -> None:
    (plan, ids), ana = await sells(shop, YEARLY, FOR_GOOD), await shop.member()
    at = dict(zip((MONTHLY, YEARLY, FOR_GOOD), ids, strict=True))
    await ask(shop, plan, ana, at[paid])
    await pay(shop)
    if not seen:
        await forgotten(shop)
    assert await ask(shop, plan, ana, at[wanted]) == Completing()
    assert len(sessions(shop)) == 1


async def test_what_was_paid_in_one_currency_is_not_sold_in_another(shop: Shop) -> None:
    (plan, (dollars, euros)), ana = await sells(shop, EUROS), await shop.member()
    await ask(shop, plan, ana, dollars)
    await pay(shop)
    await forgotten(shop)
    assert await ask(shop, plan, ana, euros) == Completing()
    assert len(sessions(shop)) == 1


async def test_an_open_link_in_one_currency_is_ended_before_one_in_another(shop: Shop) -> None:
    (plan, (dollars, euros)), ana = await sells(shop, EUROS), await shop.member()
    await ask(shop, plan, ana, dollars)
    assert isinstance(await ask(shop, plan, ana, euros), CheckoutLink)
    assert [(one["status"], one["currency"]) for one in shop.stripe("checkout.session")] == [
        ("expired", "usd"),
        ("open", "eur"),
    ]
    assert len(shop.stripe("customer")) == 2


async def test_a_trial_is_given_once_across_prices(shop: Shop) -> None:
    (plan, (month, year)), ana = await sells(shop, YEARLY, trial_days=7), await shop.member()
    await ask(shop, plan, ana, month)
    await pay(shop)
    (subscription,) = shop.stripe("subscription")
    assert subscription["status"] == "trialing"
    await offered(shop.app.first_account.provider.subscriptions).cancel(subscription["id"])
    await shop.advance(8 * 24 * 3600)
    await forgotten(shop)
    assert isinstance(await ask(shop, plan, ana, year), CheckoutLink)
    await pay(shop)
    assert sorted(one["status"] for one in shop.stripe("subscription")) == ["active", "canceled"]


@pytest.mark.parametrize("wanted", [MONTHLY, FOR_GOOD])
async def test_who_has_bought_it_for_good_is_sold_no_subscription_of_it(shop: Shop, wanted: Terms) -> None:
    (plan, (month, good)), ana = await sells(shop, FOR_GOOD), await shop.member()
    now = shop.app.business.now()
    bought = Entitlement(
        EntitlementId("ent_1"), Source.PURCHASE, "pur_1", None, plan.id, ana, ana, now, now, None, Reason.PAID
    )
    async with shop.app.store.transaction() as tx:
        await tx.entitlements.put(bought)
    assert await ask(shop, plan, ana, month if wanted is MONTHLY else good) == AlreadyMember(None, None)
    assert await ask(shop, plan, ana) == AlreadyMember(None, None)


async def test_at_a_price_that_ended_or_was_never_the_plans_nothing_is_sold(shop: Shop) -> None:
    (plan, (month, year)), ana = await sells(shop, YEARLY), await shop.member()
    other = await shop.plan("Max")
    assert await ask(shop, other, ana, year) is NotSold.PRICE_ENDED
    await end_price(shop.app, plan.id, year, await shop.member("admin"))
    assert await ask(shop, plan, ana, year) is NotSold.PRICE_ENDED
    assert isinstance(await ask(shop, plan, ana, month), CheckoutLink)
    await archive_plan(shop.app, plan.id, await shop.member("admin"))
    assert await ask(shop, plan, ana, month) is NotSold.ARCHIVED


async def test_a_price_that_ends_while_its_page_is_made_is_not_handed_out(
    any_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (plan, (_, year)), ana = await sells(any_shop, YEARLY), await any_shop.member()
    admin, checkouts = await any_shop.member("admin"), any_shop.app.first_account.provider.checkouts
    create = checkouts.open

    async def meanwhile(*arguments: Any) -> Any:
        made = await create(*arguments)
        await end_price(any_shop.app, plan.id, year, admin)
        return made

    monkeypatch.setattr(checkouts, "open", meanwhile)
    assert await ask(any_shop, plan, ana, year) is NotSold.PRICE_ENDED
    assert sessions(any_shop) == [("expired", 9000)]
    async with any_shop.app.store.transaction() as tx:
        assert await tx.checkouts.current(ana, plan.id) is None
        states = [price.state for price in await tx.plans.prices(plan.id)]
    assert states == [PriceState.ACTIVE, PriceState.RETIRED]
