"""A price that Stripe refuses is taken back whole, and whoever has to know is told once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from payments.core.catalog import Plan, PlanState
from payments.core.plan_terms import PlanDraft, PlanProblem
from payments.flows.catalog import prices as catalog_prices
from payments.flows.catalog.pending_prices import take_back
from payments.flows.catalog.plans import PlanChange, PlanMade, PlanRefused, create_plan, edit_plan
from payments.flows.catalog.prices import add_price
from payments.flows.runtime import outbox
from payments.flows.runtime.context import PaymentAccount
from payments.flows.runtime.offered import offered
from payments.ports.providers import ProviderUnavailable
from tests.flows.catalog.refusals import (
    ACTIVE,
    AWAY,
    DEARER,
    NO,
    PENDING,
    YEARLY,
    Died,
    answering,
    caught_up,
    refused_move,
    refusing_once,
    told,
    with_contact,
)
from tests.flows.second_account import moves, prices
from tests.flows.shop_fixture import COMMUNITY, MONTHLY, PLACE, Shop


async def test_the_contact_is_told_of_a_price_that_could_not_move(shop: Shop, second: PaymentAccount) -> None:
    olga = await with_contact(shop)
    await refused_move(shop, second)
    (notice,) = await told(shop)
    assert notice.person_id == olga
    params = json.loads(notice.params)
    assert (params["plan"], params["moved_to"], params["price"]["amount"]) == ("Pro", "second", 900)
    assert "can't charge in usd" in params["detail"]


async def test_the_contact_is_told_of_a_price_that_was_to_go_on_sale_by_itself(
    shop: Shop, second: PaymentAccount
) -> None:
    await with_contact(shop)
    plan, admin = await shop.plan(), await shop.member("admin")
    first = shop.app.first_account
    with answering(first, AWAY):
        assert await add_price(shop.app, plan.id, YEARLY, admin) == PlanMade(plan, on_sale=False)
    assert await told(shop) == []
    with answering(first, NO):
        await caught_up(shop)
    (notice,) = await told(shop)
    params = json.loads(notice.params)
    assert (params["moved_to"], params["price"]["amount"]) == (None, 9000)


@pytest.mark.parametrize("committed", [False, True])
async def test_a_refusal_is_noted_whole_or_not_at_all_though_the_process_dies(
    shop: Shop, second: PaymentAccount, committed: bool
) -> None:
    real = outbox._refuse

    async def dies(*args: Any) -> None:
        if committed:
            await real(*args)
        raise Died

    await with_contact(shop)
    plan = await shop.plan()
    with answering(second, NO):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(outbox, "_refuse", dies)
            with pytest.raises(Died):
                await moves(shop, second.id)
        assert len(await prices(shop, plan.id, PENDING)) == (0 if committed else 1)
        await caught_up(shop)
    assert await prices(shop, plan.id, PENDING) == []
    assert len(await told(shop)) == 1


async def test_a_refusal_whose_commit_outlasts_the_reply_s_time_is_still_the_answer(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*args: Any) -> None:
        await take_back(*args)
        await asyncio.sleep(1)

    plan, admin = await shop.plan(), await shop.member("admin")
    monkeypatch.setattr(catalog_prices, "take_back", slow)
    shop.app.settings = replace(shop.app.settings, person_waits_ms=500)
    with answering(shop.app.first_account, NO):
        refused = await add_price(shop.app, plan.id, YEARLY, admin)
    assert refused == PlanRefused(PlanProblem.STRIPE_REFUSED, str(NO))
    assert await prices(shop, plan.id, PENDING) == []


async def test_a_look_up_that_is_refused_leaves_the_price_to_be_made_later(shop: Shop) -> None:
    plan, admin, first = await shop.plan(), await shop.member("admin"), shop.app.first_account

    async def refused(*_: object, **__: object) -> str | None:
        raise NO

    with answering(first, ProviderUnavailable("did it come?")):
        await add_price(shop.app, plan.id, YEARLY, admin)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offered(first.provider.lookup), "find", refused)
        await shop.redrive(hours=2)
    assert await prices(shop, plan.id, PENDING) == [(first.id, 9000)]
    await shop.redrive(hours=4)
    assert sorted(await prices(shop, plan.id, ACTIVE)) == [(first.id, 900), (first.id, 9000)]


async def test_whoever_was_refused_at_once_is_told_alone(shop: Shop) -> None:
    await with_contact(shop)
    plan, admin = await shop.plan(), await shop.member("admin")
    with answering(shop.app.first_account, NO):
        assert isinstance(await add_price(shop.app, plan.id, YEARLY, admin), PlanRefused)
    assert await told(shop) == []


async def test_nobody_is_told_of_a_refusal_of_what_was_not_wanted_any_more(shop: Shop, second: PaymentAccount) -> None:
    await with_contact(shop)
    plan, first = await shop.plan(), shop.app.first_account
    with refusing_once(second, partial(moves, shop, first.id)):
        await moves(shop, second.id)
    assert await told(shop) == []
    assert await prices(shop, plan.id, ACTIVE) == [(first.id, 900)]


async def test_where_no_contact_can_be_told_the_place_hears_that_an_owner_is_needed(
    shop: Shop, second: PaymentAccount
) -> None:
    await refused_move(shop, second)
    async with shop.app.store.transaction() as tx:
        waiting = await tx.notices.claim(shop.app.lease(), shop.app.machine.now(), 50)
    assert [(notice.kind, notice.place) for notice in waiting] == [("admin_needed", PLACE)]


async def test_an_edit_to_the_same_amount_moves_what_could_not_move(shop: Shop, second: PaymentAccount) -> None:
    plan, admin = await refused_move(shop, second)
    assert await edit_plan(shop.app, plan.id, PlanChange(terms=MONTHLY), admin) == PlanMade(plan, on_sale=True)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 900)]


@pytest.mark.parametrize(("answer", "notices"), [(AWAY, ["second"]), (NO, [])], ids=["later", "at once"])
async def test_an_edit_to_the_same_amount_that_is_refused_again_is_told_once_as_a_move(
    shop: Shop, second: PaymentAccount, answer: Exception, notices: list[str]
) -> None:
    await with_contact(shop)
    plan, admin = await refused_move(shop, second)
    await told(shop)
    with answering(second, answer):
        await edit_plan(shop.app, plan.id, PlanChange(terms=MONTHLY), admin)
    with answering(second, NO):
        await caught_up(shop)
    assert [json.loads(notice.params)["moved_to"] for notice in await told(shop)] == notices
    assert await prices(shop, plan.id, ACTIVE) == [(shop.app.first_account.id, 900)]


# -- the first price of a plan -----------------------------------------------------------------------------------------


async def gold(shop: Shop) -> PlanMade | PlanRefused:
    """An admin makes a plan, always by the same message."""
    draft = PlanDraft("Gold", "", MONTHLY, 0, 0, (await shop.target(),))
    return await create_plan(shop.app, COMMUNITY, draft, await shop.member("admin"), "update 1")


async def gold_plan(shop: Shop) -> Plan:
    async with shop.app.store.transaction() as tx:
        (found,) = await tx.plans.of_community(COMMUNITY, archived=True)
    return found


async def test_a_plan_whose_price_is_made_elsewhere_meanwhile_goes_on_sale(shop: Shop, second: PaymentAccount) -> None:
    await with_contact(shop)
    with refusing_once(shop.app.first_account, partial(moves, shop, second.id)):
        made = await gold(shop)
    plan = await gold_plan(shop)
    assert made == PlanMade(plan, on_sale=False)
    assert plan.state is PlanState.ACTIVE
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 900)]
    assert await told(shop) == []


async def test_a_plan_that_somebody_gave_another_price_meanwhile_stays_on_sale(shop: Shop) -> None:
    first = shop.app.first_account

    async def adds_a_price() -> None:
        plan, admin = await gold_plan(shop), await shop.member("admin")
        assert await add_price(shop.app, plan.id, YEARLY, admin) == PlanMade(plan, on_sale=True)

    with refusing_once(first, adds_a_price):
        assert isinstance(await gold(shop), PlanRefused)
    plan = await gold_plan(shop)
    assert plan.state is PlanState.ACTIVE
    assert await prices(shop, plan.id, ACTIVE) == [(first.id, 9000)]


async def test_a_plan_whose_price_is_refused_gives_its_name_back_though_the_process_dies(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse = outbox._refuse

    async def dies(*args: Any) -> None:
        await refuse(*args)
        raise Died

    monkeypatch.setattr(outbox, "_refuse", dies)
    with answering(shop.app.first_account, NO), pytest.raises(Died):
        await gold(shop)
    assert (await gold_plan(shop)).state is PlanState.ARCHIVED
    again = await gold(shop)
    assert isinstance(again, PlanMade)
    assert again.on_sale


async def test_a_changed_price_that_is_made_elsewhere_meanwhile_is_not_told_as_refused(
    shop: Shop, second: PaymentAccount
) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    with refusing_once(shop.app.first_account, partial(moves, shop, second.id)):
        edited = await edit_plan(shop.app, plan.id, PlanChange(terms=DEARER), admin)
    assert edited == PlanMade(plan, on_sale=False)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 1200)]
