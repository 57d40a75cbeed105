"""`/subscribe` and the button «Join»."""

from payments.core.model import Reason, SubscriptionStatus
from tests.commands.conftest import ADA, MIA, OTHER_SERVER, Town, action_of, link_of


async def test_a_member_gets_a_link_of_her_own(town: Town) -> None:
    await town.plan()
    offered = await town.ask(MIA, "subscribe", plan="pro")
    assert "**Pro** · €9.99 a month" in offered.text
    assert "seconds later you have **Members**" in offered.text
    assert offered.buttons[0].label == "Pay €9.99"
    assert link_of(await town.ask(MIA, "subscribe", plan="Pro")) == link_of(offered)


async def test_a_german_member_reads_german(town: Town) -> None:
    await town.plan()
    offered = await town.ask(MIA, "subscribe", reader="de", plan="Pro")
    assert "9,99\xa0€ im Monat" in offered.text
    assert offered.buttons[0].label == "9,99 € bezahlen"


async def test_a_trial_is_told_and_its_button_does_not_ask_for_money(town: Town) -> None:
    await town.plan(trial_days=7)
    offered = await town.ask(MIA, "subscribe", plan="Pro")
    assert "first 7 days free" in offered.text
    assert offered.buttons[0].label == "Start"


async def test_who_had_the_plan_before_is_offered_no_second_trial(town: Town) -> None:
    await town.plan(trial_days=7)
    await town.subscribed(status=SubscriptionStatus.CANCELED, reason=Reason.CANCELED, access_from=None)
    offered = await town.ask(MIA, "subscribe", plan="Pro")
    assert "free" not in offered.text
    assert offered.buttons[0].label == "Pay €9.99"


async def test_the_button_of_plans_gives_the_same_link(town: Town) -> None:
    await town.plan()
    joined = await town.press(MIA, action_of(await town.ask(MIA, "plans"), "Join Pro"))
    assert link_of(joined) == link_of(await town.ask(MIA, "subscribe", plan="Pro"))
    elsewhere = await town.press(MIA, action_of(await town.ask(MIA, "plans"), "Join Pro"), place=OTHER_SERVER)
    assert "I don't know that plan" in elsewhere.text


async def test_who_has_it_is_not_charged_twice(town: Town) -> None:
    await town.plan()
    await town.subscribed()
    refused = await town.ask(MIA, "subscribe", plan="Pro")
    assert "so nothing was charged" in refused.text
    assert action_of(refused, "Manage payment") == "manage"


async def test_who_is_past_due_is_asked_to_pay_that(town: Town) -> None:
    await town.plan()
    await town.subscribed(status=SubscriptionStatus.PAST_DUE, reason=Reason.GRACE)
    assert (
        "Pay the open invoice in `/invoices` rather than buying twice"
        in (await town.ask(MIA, "subscribe", plan="Pro")).text
    )


async def test_a_payment_that_is_coming_in_is_not_asked_for_again(town: Town) -> None:
    await town.plan()
    await town.buys(settle=False)
    assert "is just coming in" in (await town.ask(MIA, "subscribe", plan="Pro")).text


async def test_an_archived_plan_is_not_sold(town: Town) -> None:
    await town.plan()
    shown = await town.ask(MIA, "plans")
    archive = await town.ask(ADA, "plan archive", plan="Pro")
    await town.press(ADA, action_of(archive, "Stop"))
    assert "is not sold now" in (await town.press(MIA, action_of(shown, "Join Pro"))).text


async def test_a_plan_nobody_made_is_not_found(town: Town) -> None:
    assert "There is nothing to join here yet" in (await town.ask(MIA, "subscribe", plan="Pro")).text
    await town.plan()
    assert "I don't know that plan" in (await town.ask(MIA, "subscribe", plan="Nope")).text
    assert "in the server or chat it is about" in (await town.ask(MIA, "subscribe", place=None, plan="Pro")).text
    assert "is from an older message" not in (await town.press(MIA, "join")).text
