"""An admin makes, changes and ends plans; members see them."""

import pytest

from bot.commands import plan_admin
from bot.commands.model import RoleValue, Value
from payments.core.calendar import Unit
from payments.core.catalog import PriceKind
from payments.core.changes import Moment, load, same
from payments.core.community import Place, Platform
from tests.commands.conftest import (
    ADA,
    BEN,
    DAY,
    EXTRA,
    HIGH,
    MEMBERS,
    MIA,
    OTHER_SERVER,
    START,
    Town,
    action_of,
    member,
)


async def test_a_plan_is_made_and_told_in_the_admins_words(town: Town) -> None:
    made = await town.plan(trial_days=7)
    assert "**Pro** is ready: €9.99 a month, first 7 days free." in made.text
    assert "It includes **Members**." in made.text
    assert "Grace period after a failed payment: 3 days." in made.text
    plan = await town.stored_plan()
    assert (plan.trial_days, plan.grace_ms) == (7, 3 * DAY)


async def test_a_german_admin_is_answered_in_german(town: Town) -> None:
    made = await town.ask(
        ADA, "plan create", reader="de", name="Pro", price="9,99", period="every_months", role=MEMBERS, grace_days=0
    )
    assert "**Pro** ist fertig: 9,99\xa0€ im Monat." in made.text
    assert "Keine Nachfrist" in made.text


@pytest.mark.parametrize(
    ("options", "kind", "told"),
    [
        ({"period": "every_weeks", "every": 2}, PriceKind.RECURRING, "€9.99 every 2 weeks"),
        ({"period": "every_years"}, PriceKind.RECURRING, "€9.99 a year"),
        ({"period": "once_days", "every": 30}, PriceKind.FIXED_TIME, "€9.99 once, for 30 days"),
        ({"period": "once_months"}, PriceKind.FIXED_TIME, "€9.99 once, for a month"),
        ({"period": "forever"}, PriceKind.LIFETIME, "€9.99 once, for good"),
        ({"period": "until", "until": "2090-06-30"}, PriceKind.FIXED_DATE, "€9.99 once, until June 30, 2090"),
    ],
)
async def test_every_kind_of_price_can_be_sold(
    town: Town, options: dict[str, Value], kind: PriceKind, told: str
) -> None:
    made = await town.plan(given=options)
    assert told in made.text
    assert (await town.price(await town.stored_plan())).kind is kind


async def test_a_plan_until_a_day_lasts_to_the_end_of_that_day(town: Town) -> None:
    await town.plan(period="until", until="2090-01-02")
    assert (await town.price(await town.stored_plan())).until_at == START + 2 * DAY - 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"price": "free"}, "I can't read that amount"),
        ({"price": "-1"}, "can't be negative"),
        ({"price": "9.9999"}, "too many decimals"),
        ({"price": "0"}, "The minimum is €0.50"),
        ({"price": "9999999999"}, "The maximum is €999,999.99"),
        ({"currency": "gold"}, "“gold” is not a currency"),
        ({"period": "forever", "until": "2090-06-30"}, "Leave out what doesn't fit"),
        ({"period": "forever", "every": 3}, "Leave out what doesn't fit"),
        ({"every": 3, "until": "2090-06-30"}, "Leave out what doesn't fit"),
        ({"period": "until"}, "Add the option `until`"),
        ({"period": "until", "until": "someday"}, "I can't read that date"),
        ({"period": "until", "until": "2020-01-01"}, "must be in the future"),
        ({"every": 37}, "That is too long"),
        ({"period": "forever", "trial_days": 7}, "Only a plan that renews"),
        ({"name": "@everyone"}, "can't have mentions"),
        ({"name": " "}, "needs a name"),
        ({"period": "sometimes"}, "“period” is missing"),
        ({"role": RoleValue("r", "Robot", managed=True, everyone=False)}, "**Robot** belongs to an app"),
        ({"role": RoleValue("r", "@everyone", managed=False, everyone=True)}, "Everyone here already has"),
    ],
)
async def test_what_can_not_be_sold_is_refused_with_what_to_do(
    town: Town, options: dict[str, Value], said: str
) -> None:
    refused = await town.plan(given=options)
    assert said in refused.text
    assert "There are no plans yet" in (await town.ask(ADA, "plan list")).text


async def test_two_plans_of_one_name_are_refused(town: Town) -> None:
    await town.plan()
    assert "There is already a plan with this name" in (await town.plan("PRO")).text


async def test_a_role_above_the_bots_is_warned_about(town: Town) -> None:
    made = await town.plan(role2=HIGH)
    assert "can't give anyone **High** yet, so the plan isn't sold until I can. Move my own role above" in made.text


async def test_only_admins_make_plans(town: Town) -> None:
    refused = await town.ask(MIA, "plan create", name="Pro", price="1", period="forever", role=MEMBERS)
    assert "for the community's team" in refused.text
    assert (await town.ask(ADA, "plan create", place=None)).text == "Use this in the server or chat it is about."


async def test_members_see_plans_with_a_button_to_join(town: Town) -> None:
    await town.plan(description="Books and *more*")
    shown = await town.ask(MIA, "plans")
    assert "**Plans in Book Club**" in shown.text
    assert "**Pro** · €9.99 a month" in shown.text
    assert r"Books and \*more\*" in shown.text
    assert action_of(shown, "Join Pro").startswith("join:pln_")


async def test_a_server_without_plans_says_who_can_change_that(town: Town) -> None:
    assert "Ask an admin" in (await town.ask(MIA, "plans")).text
    assert "`/plan create`" in (await town.ask(ADA, "plans")).text
    assert "Use this in the server" in (await town.ask(MIA, "plans", place=None)).text


async def test_a_new_price_is_for_newcomers(town: Town) -> None:
    await town.plan()
    before = await town.price(await town.stored_plan())
    edited = await town.ask(ADA, "plan edit", plan="Pro", price="19.50", name="Pro Plus", grace_days=0)
    assert "**Pro Plus** was changed: €19.50 a month." in edited.text
    assert "current members keep paying" in edited.text
    assert "No grace period" in edited.text
    after = await town.price(await town.stored_plan("Pro Plus"))
    assert (after.unit_amount, after.unit, after.count) == (1950, Unit.MONTH, 1)
    assert after.id != before.id


async def test_an_edit_that_changes_nothing_says_so(town: Town) -> None:
    await town.plan()
    assert "Nothing to change" in (await town.ask(ADA, "plan edit", plan="Pro")).text
    assert "I don't know that plan" in (await town.ask(ADA, "plan edit", plan="Nope", price="1")).text
    assert "doesn't include **Extra**" in (await town.ask(ADA, "plan edit", plan="Pro", remove_role=EXTRA.name)).text
    assert "Only a plan that renews" not in (await town.ask(ADA, "plan edit", plan="Pro", trial_days=3)).text


async def test_a_role_is_added_for_everybody_who_has_the_plan(town: Town) -> None:
    await town.plan()
    edited = await town.ask(ADA, "plan edit", plan="Pro", add_role=EXTRA)
    assert "Members now get **Extra**." in edited.text
    assert "Includes **Extra** and **Members**" in (await town.ask(MIA, "plans")).text


async def test_taking_a_role_off_a_plan_with_members_asks_what_becomes_of_theirs(town: Town) -> None:
    await town.plan(role2=EXTRA)
    await town.subscribed()
    asked = await town.ask(ADA, "plan edit", plan="Pro", remove_role=EXTRA.name)
    assert "**Pro** has 1 member. Should they keep **Extra**" in asked.text
    kept = await town.press(ADA, action_of(asked, "keep"))
    assert "current members keep it" in kept.text
    assert "Includes **Members**\n" in (await town.ask(MIA, "plans")).text
    again = await town.press(ADA, action_of(asked, "keep"))
    assert "older message" in again.text


async def test_taking_a_role_off_everybody_can_be_said_at_once(town: Town) -> None:
    await town.plan(role2=EXTRA)
    await town.subscribed()
    edited = await town.ask(ADA, "plan edit", plan="Pro", remove_role=EXTRA.name, members_keep="lose")
    assert "no longer on the plan, and its members lose it" in edited.text
    assert edited.buttons == ()


async def test_the_last_role_can_not_be_taken_off(town: Town) -> None:
    await town.plan()
    refused = await town.ask(ADA, "plan edit", plan="Pro", remove_role=MEMBERS.role_id)
    assert "A plan must include something" in refused.text


async def test_archiving_asks_first_and_then_sells_no_more(town: Town) -> None:
    await town.plan()
    asked = await town.ask(ADA, "plan archive", plan="Pro")
    assert "Stop selling **Pro**?" in asked.text
    assert "**Pro** · €9.99" in (await town.ask(ADA, "plan list")).text
    done = await town.press(ADA, action_of(asked, "Stop selling"))
    assert "no longer sold" in done.text
    assert "**Pro** · archived" in (await town.ask(ADA, "plan list")).text
    assert "nothing to join" in (await town.ask(MIA, "plans")).text


async def test_a_plan_that_is_archived_says_who_goes_on_paying(town: Town) -> None:
    await town.plan()
    await town.subscribed()
    paying = (await town.ask(ADA, "plan archive", plan="Pro")).text
    assert "goes on paying until the subscription is cancelled" in paying
    await town.ask(ADA, "member", member=member(BEN), give="Pro")
    both = (await town.ask(ADA, "plan archive", plan="Pro")).text
    assert "Its 2 members keep it" in both
    assert "1 pays for it regularly" in both
    assert "1 was given it" in both
    await town.plan("Once", period="forever")
    await town.ask(ADA, "member", member=member(BEN), give="Once")
    asked = (await town.ask(ADA, "plan archive", plan="Once")).text
    assert "Its 1 member keeps it" in asked
    assert "keeps it for as long as it was given, and pays nothing" in asked
    assert "goes on" not in asked
    german = (await town.ask(ADA, "plan archive", plan="Once", reader="de")).text
    assert "1 geschenkt" in german
    assert "Abo" not in german
    cheaper = (await town.ask(ADA, "plan edit", plan="Once", price="5")).text
    assert "what was bought before stays as it is" in cheaper


async def test_a_member_can_not_press_an_admins_button(town: Town) -> None:
    await town.plan()
    asked = await town.ask(ADA, "plan archive", plan="Pro")
    assert "for the community's team" in (await town.press(MIA, action_of(asked, "Stop"))).text
    assert "**Pro** · €9.99" in (await town.ask(ADA, "plan list")).text


async def test_an_admin_of_another_server_can_not_touch_this_ones_plans(town: Town) -> None:
    await town.plan()
    asked = await town.ask(ADA, "plan archive", plan="Pro")
    refused = await town.press(ADA, action_of(asked, "Stop"), place=OTHER_SERVER)
    assert "I don't know that plan" in refused.text
    assert "**Pro** · €9.99" in (await town.ask(ADA, "plan list")).text


async def test_plan_names_are_offered_while_typing(town: Town) -> None:
    await town.plan("Pro")
    await town.plan("Max")
    choices = await town.complete(MIA, "subscribe", "plan", "ma")
    assert [choice.label for choice in choices] == ["Max · €9.99 a month"]
    assert await town.complete(MIA, "plan edit", "plan", "") == ()
    assert len(await town.complete(ADA, "plan edit", "plan", "")) == 2
    assert await town.complete(ADA, "plan edit", "name", "x") == ()


async def test_the_first_admin_becomes_the_contact_and_currency_is_the_accounts(town: Town) -> None:
    await town.ask(ADA, "plan list")
    community = await town.community()
    assert (community.name, community.currency) == ("Book Club", "eur")
    assert community.contact_id == await town.person(ADA)


async def test_a_role_above_the_bots_is_warned_about_when_it_is_added(town: Town) -> None:
    await town.plan()
    edited = await town.ask(ADA, "plan edit", reader="de", plan="Pro", add_role=HIGH)
    assert "**High** kann ich noch nicht vergeben; bis dahin wird das Angebot nicht verkauft. Schieb" in edited.text


async def test_an_edit_that_can_not_be_is_refused_and_changes_nothing(town: Town) -> None:
    await town.plan()
    await town.plan("Max")
    assert "already" in (await town.ask(ADA, "plan edit", plan="Pro", name="Max", add_role=EXTRA)).text
    assert "Extra" not in (await town.ask(ADA, "plan list")).text


async def test_admin_acts_are_in_the_audit(town: Town) -> None:
    await town.plan()
    await town.ask(ADA, "member", member=member(BEN), give="Pro", days=3)
    ben, ada = await town.person(BEN), await town.person(ADA)
    async with town.store.transaction() as tx:
        (entry,) = await tx.audit_log.of_person(ben, 10)
    assert (entry.action, entry.actor, entry.detail) == ("comp_given", ada, "")
    until = Moment(town.clock.now() + 3 * 86_400_000)
    assert load(entry.changes or "") == {"plan": same("Pro"), "until": (None, until), "on": same("discord")}


async def test_a_role_to_take_off_is_chosen_among_the_plans_own_though_it_is_gone(town: Town) -> None:
    await town.plan(role2=EXTRA)
    offered = await town.complete(ADA, "plan edit", "remove_role", "ex", plan="Pro")
    assert [choice.label for choice in offered] == ["Extra"]
    assert await town.complete(ADA, "plan edit", "remove_role", "ex", plan="Nope") == ()
    edited = await town.ask(ADA, "plan edit", plan="Pro", remove_role=offered[0].value)
    assert "Extra" in edited.text
    assert "Includes **Members**\n" in (await town.ask(MIA, "plans")).text


async def test_a_date_may_be_written_as_in_german(town: Town) -> None:
    options: dict[str, Value] = {"name": "Max", "price": "5", "period": "until", "role": MEMBERS, "until": "30.06.2091"}
    assert "bis 30. Juni 2091" in (await town.ask(ADA, "plan create", options, reader="de")).text


async def test_a_list_that_is_cut_says_so(town: Town) -> None:
    await town.plan()
    assert "first" not in (await town.ask(ADA, "plan list")).text
    for n in range(plan_admin.LIST_MAX):
        await town.plan(f"Plan {n}")
    assert "These are the first 20." in (await town.ask(ADA, "plan list")).text


async def test_a_chat_of_the_community_can_be_opened_by_a_plan_made_on_discord(town: Town) -> None:
    await town.plan("Starter")
    await town.has_chat("-1001", "Reading room")
    (choice,) = await town.complete(ADA, "plan create", "chat", "read")
    assert (choice.label, choice.value) == ("Reading room", "-1001")
    made = await town.ask(
        ADA, "plan create", name="Reader", price="5", period="every_months", role=MEMBERS, chat="reading ROOM"
    )
    assert "It includes **Members** and **Reading room**" in made.text


async def test_a_chat_that_is_not_the_communitys_is_refused(town: Town) -> None:
    refused = await town.ask(ADA, "plan create", name="Reader", price="5", period="every_months", chat="Elsewhere")
    assert "I don't know a chat called “Elsewhere” in this community" in refused.text


async def test_on_telegram_a_plan_opens_the_chat_it_is_made_in(town: Town) -> None:
    chat = Place(Platform.TELEGRAM, "-1001")
    made = await town.ask(
        ADA, "plan create", name="Reader", price="5", period="every_months", place=chat, platform=Platform.TELEGRAM
    )
    assert "It includes **Book Club**" in made.text


async def test_a_plan_that_opens_nothing_is_refused(town: Town) -> None:
    refused = await town.ask(ADA, "plan create", name="Reader", price="5", period="every_months")
    assert "A plan must include something" in refused.text


async def test_a_chat_is_put_on_a_plan_and_taken_off_again(town: Town) -> None:
    await town.plan()
    await town.has_chat("-1001", "Reading room")
    assert "Members now get **Reading room**" in (await town.ask(ADA, "plan edit", plan="Pro", add_chat="-1001")).text
    (choice,) = await town.complete(ADA, "plan edit", "remove_chat", "", plan="Pro")
    assert choice.label == "Reading room"
    removed = await town.ask(ADA, "plan edit", plan="Pro", remove_chat=choice.value)
    assert "**Reading room** is no longer on the plan" in removed.text


async def test_a_plan_without_members_is_archived_without_a_word_on_them(town: Town) -> None:
    await town.plan()
    assert (await town.ask(ADA, "plan archive", plan="Pro")).text == "Stop selling **Pro**? Nobody has it right now."
