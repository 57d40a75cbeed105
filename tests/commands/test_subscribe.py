"""`/subscribe` and the "Join" button."""

from dataclasses import replace
from typing import Any

from payments.core.access import Reason
from payments.core.billing import SubscriptionStatus
from payments.core.community import Identity, Place, Platform
from payments.core.ids import PersonId
from payments.flows.catalog import offers, plans
from payments.flows.communities.stop_serving import stop
from tests.commands.conftest import ADA, BEN, CHATS, MIA, OTHER_SERVER, SERVER, Town, action_of, link_of


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
    assert "first 7 days free" in (await town.ask(MIA, "plans")).text
    assert "**€0.00 today, €9.99 on January 8, 2090** if you start now" in offered.text
    assert offered.buttons[0].label == "Start for €0.00"


async def test_who_pays_for_another_plan_is_told_that_both_will_be_paid(town: Town) -> None:
    await town.plan()
    await town.plan("Gold")
    going = await town.subscribed()
    offered = await town.ask(MIA, "subscribe", plan="Gold")
    assert "You are paying for **Pro** already" in offered.text
    assert "Du würdest beides bezahlen" in (await town.ask(MIA, "subscribe", plan="Gold", reader="de")).text
    assert "pay for both" not in (await town.ask(BEN, "subscribe", plan="Gold")).text
    async with town.store.transaction() as tx:
        await tx.billing.put_subscription(replace(going, cancel_at=town.app.business.now() + 86_400_000))
    assert "pay for both" not in (await town.ask(MIA, "subscribe", plan="Gold")).text, "it ends by itself"


async def test_who_had_the_plan_before_is_offered_no_second_trial(town: Town) -> None:
    await town.plan(trial_days=7)
    await town.subscribed(status=SubscriptionStatus.CANCELED, reason=Reason.CANCELED, access_from=None)
    offered = await town.ask(MIA, "subscribe", plan="Pro")
    assert "days free" not in offered.text
    assert "no free trial this time" in offered.text
    assert "Diesmal ohne Probezeit" in (await town.ask(MIA, "subscribe", plan="Pro", reader="de")).text
    assert offered.buttons[0].label == "Pay €9.99"
    assert "days free" not in (await town.ask(MIA, "plans")).text


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
        "Pay the open invoice in `/invoices` instead of buying it again"
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
    assert "isn't for sale right now" in (await town.press(MIA, action_of(shown, "Join Pro"))).text


async def test_a_plan_nobody_made_is_not_found(town: Town) -> None:
    assert "There is nothing to join here yet" in (await town.ask(MIA, "subscribe", plan="Pro")).text
    await town.plan()
    assert "I don't know that plan" in (await town.ask(MIA, "subscribe", plan="Nope")).text
    assert "in the server or chat it is about" in (await town.ask(MIA, "subscribe", place=None, plan="Pro")).text
    assert "is from an older message" not in (await town.press(MIA, "join")).text


async def test_who_is_banned_from_a_chat_on_the_other_side_is_not_sold_what_opens_it(town: Town) -> None:
    await town.plan()
    await town.has_chat("-1001", "Reading room")
    room = town.chats.chats["-1001"]
    room.admins, room.members = {*room.admins, ADA}, {*room.members, ADA}
    await town.ask(ADA, "plan edit", plan="Pro", add_chat="-1001")
    async with town.store.transaction() as tx:
        mia = await tx.identities.ensure(Identity(Platform.DISCORD, MIA), "Mia", "en", PersonId("prs_mia"), 0)
        await tx.identities.ensure(Identity(Platform.TELEGRAM, "mia-there"), "Mia", "en", mia, 0)
    room.banned = {"mia-there"}
    refused = await town.ask(MIA, "subscribe", plan="Pro")
    assert "an admin has banned you there" in refused.text
    assert not refused.buttons
    assert link_of(await town.ask(BEN, "subscribe", plan="Pro"))
    named = town.app.settings.named_places
    town.app.settings = replace(town.app.settings, named_places=named - {Place(Platform.TELEGRAM, "-1001")})
    async with town.store.transaction() as tx:
        await tx.communities.serve(Place(Platform.TELEGRAM, "-1001"), served=False)
    assert link_of(await town.ask(MIA, "subscribe", plan="Pro")), "the chat is not offered, so its ban is no matter"
    town.app.settings = replace(town.app.settings, named_places=named | {Place(Platform.TELEGRAM, "-1001")})
    room.bot_inside = False
    assert link_of(await town.ask(MIA, "subscribe", plan="Pro")), "where Telegram doesn't say, nobody is refused"


async def test_what_opens_a_stopped_server_alone_is_neither_listed_nor_sold_in_the_chat_beside_it(town: Town) -> None:
    await town.plan()
    chat = CHATS[0]
    await town.has_chat(chat.external_id, "Reading room")
    town.chats.chats[chat.external_id].members.add("tina")
    there: dict[str, Any] = {"place": chat, "platform": Platform.TELEGRAM}
    assert "**Pro**" in (await town.ask("tina", "plans", **there)).text
    town.app.settings = replace(town.app.settings, named_places=frozenset({chat}))
    assert await stop(town.app, SERVER) is not None
    assert "Pro" not in (await town.ask("tina", "plans", **there)).text
    assert "**Pro** isn't for sale right now." in (await town.ask("tina", "subscribe", **there, plan="Pro")).text
    assert town.sandbox.stripe.state().get("checkout.session", []) == []


async def test_an_offer_names_nothing_in_a_server_that_was_stopped(town: Town) -> None:
    chat = CHATS[0]
    await town.plan()
    await town.has_chat(chat.external_id, "Reading room")
    community, plan = await town.community(), await town.stored_plan()
    (room,) = await offers.stored(town.app, [offers.chat(community, chat, "Reading room")])
    await plans.change_targets(town.app, plan.id, await town.person(ADA), add=[room.id])
    town.chats.chats[chat.external_id].members.add("tina")
    there: dict[str, Any] = {"place": chat, "platform": Platform.TELEGRAM}
    assert "Members" in (await town.ask("tina", "plans", **there)).text
    town.app.settings = replace(town.app.settings, named_places=frozenset({chat}))
    assert await stop(town.app, SERVER) is not None
    for told in (await town.ask("tina", "plans", **there), await town.ask("tina", "subscribe", **there, plan="Pro")):
        assert "Reading room" in told.text
        assert "Members" not in told.text
