"""What only Telegram has: `/start`, `/paysupport`, `/privacy`; and where memberships are sold."""

from dataclasses import replace

import pytest

from bot.commands import dispatch
from bot.commands.model import Value
from payments.core.community import Identity, Place, Platform
from payments.core.ids import PersonId
from tests.commands.conftest import ADA, MIA, Town, action_of

CHAT = Place(Platform.TELEGRAM, "-1001")
TG = Platform.TELEGRAM


async def test_start_shows_what_there_is_to_join_in_the_chat_one_came_from(town: Town) -> None:
    await town.plan()
    await town.has_chat("-1001", "Reading room")
    greeted = await town.ask(MIA, "start", place=CHAT, platform=TG)
    assert "Welcome! This is about **Book Club**" in greeted.text
    assert "**Pro** · €9.99 a month" in greeted.text
    assert action_of(greeted, "Join Pro").startswith("join:")


@pytest.mark.parametrize("command", ["start", "settings", "connect", "help"])
async def test_the_address_that_invites_people_is_told_again_to_the_team_alone(town: Town, command: str) -> None:
    await town.plan()
    await town.has_chat("-1001", "Reading room")
    address = "https://t.me/guestlist_bot?start=chat_-1001"
    assert address in (await town.ask(ADA, command, place=CHAT, platform=TG)).text
    assert address not in (await town.ask(MIA, command, place=CHAT, platform=TG)).text
    german = (await town.ask(ADA, command, place=CHAT, platform=TG, reader="de")).text
    assert f"**Zum Einladen** gib den Leuten diese Adresse; sie zeigt ihnen, was sie kaufen können: {address}" in german


@pytest.mark.parametrize("command", ["settings", "connect"])
async def test_a_community_with_several_chats_tells_the_address_of_each(town: Town, command: str) -> None:
    await town.plan()
    await town.has_chat("-1001", "Reading room")
    await town.has_chat("-100", "Lounge")
    told = (await town.ask(ADA, command)).text
    assert "start=chat_-1001" in told
    assert "start=chat_-100\n" in f"{told}\n"


async def test_start_from_nowhere_says_how_to_begin(town: Town) -> None:
    greeted = await town.ask(MIA, "start", place=None, platform=TG)
    assert "add me to the chat as an admin" in greeted.text


async def test_paysupport_names_whom_to_ask(town: Town) -> None:
    await town.plan()
    await town.has_chat("-1001", "Reading room")
    assert "For a refund, write to Ada" in (await town.ask(MIA, "paysupport", place=CHAT, platform=TG)).text
    ada = await town.person(ADA)
    async with town.store.transaction() as tx:
        await tx.identities.ensure(
            Identity(Platform.TELEGRAM, "1"), "Ada there", "en", ada, town.app.business.now() + 1
        )
    assert "For a refund, write to Ada there" in (await town.ask(MIA, "paysupport", place=CHAT, platform=TG)).text
    assert "the admins of the community" in (await town.ask(MIA, "paysupport", place=None, platform=TG)).text


async def test_paysupport_names_nobody_to_a_stranger_who_has_only_the_chats_number(town: Town) -> None:
    await town.plan()
    await town.has_chat("-1001", "Reading room")
    asked = replace(town.request(MIA, "paysupport", place=CHAT, platform=TG), inside=False)
    told = (await dispatch.command(town.app, asked)).text
    assert "write to the community's admins" in told
    assert "Ada" not in told
    async with town.store.transaction() as tx:
        mia = await tx.identities.ensure(asked.identity, "Mia", "en", PersonId("prs_mia"), town.app.business.now())
    await town.subscribed_person(mia)  # and is not in the chat yet, or no longer
    assert "write to Ada" in (await dispatch.command(town.app, asked)).text


async def test_privacy_says_what_is_kept_and_how_to_have_it_deleted(town: Town) -> None:
    text = (await town.ask(MIA, "privacy", place=None, platform=TG)).text
    assert "What I keep" in text
    assert "To have it deleted" in text


async def test_discord_has_none_of_them(town: Town) -> None:
    for command in ("start", "paysupport", "privacy"):
        assert "I don't know this command" in (await town.ask(MIA, command)).text


async def test_where_memberships_are_only_claimed_nothing_is_sold(town: Town) -> None:
    await town.plan()
    await town.has_chat("-1001", "Reading room")
    town.app.settings = replace(town.app.settings, sells_on=frozenset({Platform.DISCORD}))
    shown = await town.ask(MIA, "plans", place=CHAT, platform=TG)
    assert shown.buttons == ()
    assert "type `/link` here" in shown.text
    refused = await town.ask(MIA, "subscribe", plan="Pro", place=CHAT, platform=TG)
    assert refused.buttons == ()
    assert "isn't sold in Telegram here" in refused.text
    assert action_of(await town.ask(ADA, "plans"), "Join Pro")


async def test_an_admin_who_makes_a_plan_where_nothing_is_sold_reads_where_it_is(town: Town) -> None:
    await town.plan()
    await town.has_chat("-1001", "Reading room")
    town.app.settings = replace(town.app.settings, sells_on=frozenset({Platform.DISCORD}))
    gold: dict[str, Value] = {"name": "Gold", "price": "5", "period": "forever", "chat": "Reading room"}
    made = await town.ask(ADA, "plan create", gold, place=CHAT, platform=TG, admin=True)
    assert "**Gold** is ready: €5.00 once, for good. It isn't sold in Telegram here" in made.text
    on_discord = await town.ask(ADA, "plan create", {**gold, "name": "Silver"})
    assert "Members join with `/subscribe`." in on_discord.text
