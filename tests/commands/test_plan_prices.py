"""A plan with several prices, in words: admins add, change and end them; members see them and choose one."""

from dataclasses import replace
from typing import Any

import pytest

from bot.commands.model import Reply, Value
from bot.platforms.telegram.markup import DATA_BYTES_MAX
from payments.core.catalog import Price, in_order
from payments.core.community import Platform
from payments.core.plan_terms import PRICES_MAX
from payments.ports.chat import ActionButton
from tests.commands.conftest import ADA, BEN, CHATS, DAY, MEMBERS, MIA, OTHER_SERVER, Town, action_of, link_of


async def yearly(town: Town, price: str = "99.90", **options: Value) -> Reply:
    """Pro by the month, and by the year."""
    await town.plan(given=options)
    return await town.ask(ADA, "plan price_add", plan="Pro", price=price, period="every_years")


async def prices(town: Town) -> tuple[Price, ...]:
    plan = await town.stored_plan()
    async with town.store.transaction() as tx:
        return in_order(await tx.plans.on_sale(plan.id))


def labels(reply: Reply) -> list[str]:
    return [button.label for button in reply.buttons]


async def test_an_admin_adds_a_price_and_members_see_what_the_year_saves(town: Town) -> None:
    added = await yearly(town, trial_days=7)
    assert "**Pro** is now also sold at €99.90 a year, first 7 days free." in added.text
    shown = await town.ask(MIA, "plans")
    assert "**Pro** · €9.99 a month, first 7 days free · €99.90 a year (saves 16%), first 7 days free" in shown.text
    assert labels(shown) == ["Join Pro"]
    german = await town.ask(MIA, "plans", reader="de")
    assert "99,90\xa0€ im Jahr (16\xa0% gespart)" in german.text


async def test_no_saving_is_said_where_there_is_none(town: Town) -> None:
    await yearly(town, "119.88")
    assert "saves" not in (await town.ask(MIA, "plans")).text


async def test_a_price_whose_last_day_has_passed_is_shown_to_admins_alone(town: Town) -> None:
    await town.plan()
    await town.ask(ADA, "plan price_add", plan="Pro", price="20", period="until", until="2090-01-01")
    assert "€9.99 a month · €20.00 once, until January 1, 2090" in (await town.ask(MIA, "plans")).text
    town.clock.at += 2 * DAY
    await town.sandbox.clock.advance(2 * DAY / 1000)
    assert "**Pro** · €9.99 a month\n" in (await town.ask(MIA, "plans")).text
    assert (
        "€20.00 once, until January 1, 2090 · its last day has passed"
        in (await town.ask(ADA, "plan prices", plan="Pro")).text
    )
    assert link_of(await town.ask(MIA, "subscribe", plan="Pro"))


async def test_a_german_admin_adds_and_ends_a_price_in_german(town: Town) -> None:
    await town.plan()
    added = await town.ask(ADA, "plan price_add", reader="de", plan="Pro", price="99,90", period="every_years")
    assert "**Pro** gibt es jetzt auch für 99,90\xa0€ im Jahr." in added.text
    asked = await town.ask(ADA, "plan price_end", reader="de", plan="Pro")
    assert "Welcher Preis von **Pro** soll enden?" in asked.text
    ended = await town.press(ADA, action_of(asked, "99,90 € im Jahr beenden"), reader="de")
    assert "wird nicht mehr für 99,90\xa0€ im Jahr verkauft" in ended.text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"period": "every_months"}, "already has a price in that currency for that period"),
        ({"price": "0"}, "The minimum is €0.50"),
        ({"period": "forever", "every": 3}, "Leave out what doesn't fit"),
        ({"plan": "Nope"}, "I don't know that plan"),
    ],
)
async def test_a_price_that_can_not_be_added_is_refused_with_what_to_do(
    town: Town, options: dict[str, Value], said: str
) -> None:
    await town.plan()
    given: dict[str, Value] = {"plan": "Pro", "price": "99", "period": "every_years"} | options
    assert said in (await town.ask(ADA, "plan price_add", given)).text
    assert len(await prices(town)) == 1


async def test_a_price_without_a_currency_is_in_that_of_the_plan(town: Town) -> None:
    await yearly(town, currency="usd")
    assert {price.currency for price in await prices(town)} == {"usd"}
    await town.ask(ADA, "plan price_add", plan="Pro", price="8", period="every_months", currency="gbp")
    assert (
        "€7.00 a month" in (await town.ask(ADA, "plan price_add", plan="Pro", price="7", period="every_months")).text
    ), "of two currencies neither is the plan's, so it is the community's"


async def test_only_the_team_manages_prices(town: Town) -> None:
    await yearly(town)
    for command in ("plan price_add", "plan price_end", "plan prices"):
        assert "for the community's team" in (await town.ask(MIA, command, plan="Pro", price="1")).text
    year = (await prices(town))[1]
    assert "for the community's team" in (await town.press(MIA, f"price_end:{year.id}")).text
    assert len(await prices(town)) == 2


async def test_a_price_is_ended_by_its_button_and_the_list_keeps_it(town: Town) -> None:
    await yearly(town)
    asked = await town.ask(ADA, "plan price_end", plan="Pro")
    assert labels(asked) == ["End €9.99 a month", "End €99.90 a year"]
    ended = await town.press(ADA, action_of(asked, "End €99.90 a year"))
    assert "**Pro** is no longer sold at €99.90 a year. Members who pay it keep it." in ended.text
    told = (await town.ask(ADA, "plan prices", plan="Pro")).text
    assert told == "**Prices of Pro**\n· €9.99 a month · on sale\n· €99.90 a year · ended"
    again = await town.press(ADA, action_of(asked, "End €99.90 a year"))
    assert again.text == ended.text


async def test_a_price_that_moves_to_another_account_has_one_button(town: Town) -> None:
    await yearly(town)
    second = await town.second_account()
    await town.ask(ADA, "settings", account="north_1")
    asked = await town.ask(ADA, "plan price_end", plan="Pro")
    assert labels(asked) == ["End €9.99 a month", "End €99.90 a year"]
    await town.press(ADA, action_of(asked, "End €99.90 a year"))
    await town.redriven("price")
    assert [(price.account_id, price.unit_amount) for price in await prices(town)] == [(second, 999)]


async def test_the_only_price_can_not_be_ended(town: Town) -> None:
    await yearly(town)
    asked = await town.ask(ADA, "plan price_end", plan="Pro")
    await town.press(ADA, action_of(asked, "End €99.90 a year"))
    refused = await town.press(ADA, action_of(asked, "End €9.99 a month"))
    assert "the only price that the plan is sold at" in refused.text
    assert "`/plan archive`" in refused.text
    assert (await town.ask(ADA, "plan price_end", plan="Pro")).text == refused.text
    assert [price.unit_amount for price in await prices(town)] == [999]


async def test_a_price_of_another_community_is_neither_ended_nor_bought(town: Town) -> None:
    await yearly(town)
    month, _ = await prices(town)
    await town.ask(ADA, "plan create", place=OTHER_SERVER, name="Pro", price="1", period="forever", role=MEMBERS)
    refused = await town.press(ADA, f"price_end:{month.id}", place=OTHER_SERVER, admin=True)
    assert "isn't a price of the plan" in refused.text
    assert "I don't know that plan" in (await town.press(MIA, f"buy:{month.id}", place=OTHER_SERVER)).text
    assert len(await prices(town)) == 2
    assert town.sandbox.stripe.state().get("checkout.session", []) == []


async def test_of_several_prices_the_one_to_change_has_to_be_named(town: Town) -> None:
    await yearly(town)
    unclear = await town.ask(ADA, "plan edit", plan="Pro", price="12")
    assert "several prices. Say with the option `which`" in unclear.text
    assert unclear.refused
    edited = await town.ask(ADA, "plan edit", plan="Pro", price="89", which="a year")
    assert "**Pro** was changed: €89.00 a year." in edited.text
    assert [price.unit_amount for price in await prices(town)] == [999, 8900]
    month = (await prices(town))[0]
    assert "€11.00 a month" in (await town.ask(ADA, "plan edit", plan="Pro", price="11", which=month.id)).text
    renamed = await town.ask(ADA, "plan edit", plan="Pro", name="Gold")
    assert "**Gold** was changed: €11.00 a month · €89.00 a year (saves 32%)." in renamed.text


async def test_who_subscribes_is_asked_for_a_price_by_buttons(town: Town) -> None:
    await yearly(town)
    asked = await town.ask(MIA, "subscribe", plan="Pro")
    assert asked.text == "How would you like to pay for **Pro**?"
    assert labels(asked) == ["€9.99 a month", "€99.90 a year (saves 16%)"]
    joined = await town.press(MIA, action_of(await town.ask(MIA, "plans"), "Join Pro"))
    assert joined == asked
    offered = await town.press(MIA, action_of(asked, "€99.90 a year"))
    assert "**Pro** · €99.90 a year" in offered.text
    assert labels(offered) == ["Pay €99.90"]
    german = await town.ask(MIA, "subscribe", reader="de", plan="Pro")
    assert german.text == "Wie möchtest du **Pro** bezahlen?"
    assert labels(german)[1] == "99,90 € im Jahr (16 % gespart)"


@pytest.mark.parametrize("which", ["year", "99.90", "€99.90 A Year"])
async def test_a_price_can_be_named_in_the_line(town: Town, which: str) -> None:
    await yearly(town)
    offered = await town.ask(MIA, "subscribe", plan="Pro", which=which)
    assert labels(offered) == ["Pay €99.90"]


async def test_a_price_that_is_not_clear_is_asked_for_and_nothing_else_is_sold_instead(town: Town) -> None:
    await town.plan()
    asked = await town.ask(MIA, "subscribe", plan="Pro", which="year")
    assert "not sure which price of **Pro** you mean" in asked.text
    assert labels(asked) == ["€9.99 a month"]
    await town.ask(ADA, "plan price_add", plan="Pro", price="25", period="every_months", every=3)
    assert labels(await town.ask(MIA, "subscribe", plan="Pro", which="month")) == [
        "€9.99 a month",
        "€25.00 every 3 months",
    ]


async def test_prices_are_offered_while_they_are_typed(town: Town) -> None:
    await yearly(town)
    month, year = await prices(town)
    found = await town.complete(MIA, "subscribe", "which", "", plan="Pro")
    assert [(choice.label, choice.value) for choice in found] == [
        ("€9.99 a month", month.id),
        ("€99.90 a year (saves 16%)", year.id),
    ]
    found = await town.complete(MIA, "subscribe", "which", "YEAR", plan="Pro")
    assert [choice.value for choice in found] == [year.id]
    assert await town.complete(MIA, "subscribe", "which", "", plan="Nope") == ()


async def test_the_button_of_a_price_that_ended_leads_to_those_that_are_left(town: Town) -> None:
    await yearly(town)
    plan, asked = await town.stored_plan(), await town.ask(MIA, "subscribe", plan="Pro")
    ending = await town.ask(ADA, "plan price_end", plan="Pro")
    await town.press(ADA, action_of(ending, "End €99.90 a year"))
    refused = await town.press(MIA, action_of(asked, "€99.90 a year"))
    assert "**Pro** is no longer sold at that price. Choose another:" in refused.text
    assert labels(refused) == ["€9.99 a month"]
    assert link_of(await town.press(MIA, action_of(refused, "€9.99 a month")))
    await town.press(ADA, action_of(await town.ask(ADA, "plan archive", plan="Pro"), "Stop"))
    assert "isn't for sale right now" in (await town.press(MIA, action_of(asked, "€99.90 a year"))).text
    assert "isn't for sale right now" in (await town.press(MIA, action_of(asked, "€9.99 a month"))).text
    assert "isn't for sale right now" in (await town.ask(MIA, "subscribe", plan=plan.id, which="nothing")).text


async def test_who_has_it_is_told_so_before_any_choice(town: Town) -> None:
    await town.plan()
    await town.subscribed()
    await town.ask(ADA, "plan price_add", plan="Pro", price="99.90", period="every_years")
    _, year = await prices(town)
    assert "so nothing was charged" in (await town.ask(MIA, "subscribe", plan="Pro")).text
    assert "so nothing was charged" in (await town.press(MIA, f"buy:{year.id}")).text


async def test_the_most_prices_fit_into_buttons_on_both_platforms(town: Town) -> None:
    await town.plan()
    for every in range(2, PRICES_MAX + 1):
        await town.ask(ADA, "plan price_add", plan="Pro", price="9", period="every_months", every=every)
    asked = await town.ask(BEN, "subscribe", plan="Pro")
    assert len(asked.buttons) == PRICES_MAX
    ending = await town.ask(ADA, "plan price_end", plan="Pro")
    for button in (*asked.buttons, *ending.buttons):
        assert isinstance(button, ActionButton)
        assert len(button.action.encode()) <= DATA_BYTES_MAX
    full = await town.ask(ADA, "plan price_add", plan="Pro", price="99", period="every_years")
    assert "10 prices at a time" in full.text


async def test_where_telegram_sells_nothing_no_price_is_offered_there(town: Town) -> None:
    await yearly(town)
    await town.has_chat(CHATS[0].external_id, "Reading room")
    month, _ = await prices(town)
    town.app.settings = replace(town.app.settings, sells_on=frozenset({Platform.DISCORD}))
    there: dict[str, Any] = {"place": CHATS[0], "platform": Platform.TELEGRAM}
    for answer in (
        await town.press("tina", f"buy:{month.id}", **there),
        await town.ask("tina", "plans", **there),
        await town.ask("tina", "subscribe", **there, plan="Pro", which="a"),
    ):
        assert "sold in Telegram here" in answer.text
        assert answer.buttons == ()
