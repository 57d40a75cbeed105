"""`/connect`: a server and chats become one community, by the word of an admin on each side."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest

from bot.commands import dispatch
from bot.commands.model import Reply, Request, RoleValue, Value
from bot.texts import render
from payments.core.community import Community, Identity, Place, Platform
from payments.core.rights import Rank, Standing, TeamEntry, TeamKind
from payments.flows.jobs.deliver_notices import deliver_notice
from payments.ports.chat import ActionButton, Givers, Message
from tests.commands.conftest import ADA, BEN, MEMBERS, MIA, OTHER_SERVER, SERVER, Town, action_of, member
from tests.fakes.platform import FakePlatform, FakeRole, FakeServer

CHAT, CHANNEL = Place(Platform.TELEGRAM, "-100"), Place(Platform.TELEGRAM, "-200")
NAMES = {SERVER: "Book Club", OTHER_SERVER: "Chess", CHAT: "Reading room", CHANNEL: "News"}
TOM = Identity(Platform.TELEGRAM, "tom")
ADA_THERE = Identity(Platform.DISCORD, ADA)


class Sides:
    """The town with two Telegram chats, whose admin is Tom."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.telegram = FakePlatform(Platform.TELEGRAM)
        for chat in (CHAT, CHANNEL):
            self.telegram.servers[chat.external_id] = FakeServer(admins={"tom"}, members={"tom": set()})
        town.platform.servers[SERVER.external_id].admins = {ADA}
        town.app.platforms = {**town.app.platforms, Platform.TELEGRAM: self.telegram}

    def request(self, who: Identity, place: Place | None, command: str, options: dict[str, Value]) -> Request:
        name = NAMES[place] if place else None
        standing = Standing.OWNER if who in (TOM, ADA_THERE) else Standing.MEMBER
        return Request(command, who, who.user_id.capitalize(), "en-US", place, name, standing, options=options)

    async def connect(self, who: Identity, place: Place, **options: Value) -> Reply:
        return await dispatch.command(self.town.app, self.request(who, place, "connect", options))

    async def press(self, who: Identity, place: Place | None, action: str) -> Reply:
        return await dispatch.press(self.town.app, action, self.request(who, place, "", {}))

    async def code(self, who: Identity = ADA_THERE, place: Place = SERVER) -> str:
        shown = await self.connect(who, place)
        found = re.search(r"`([2-9A-Z]{4}-[2-9A-Z]{4})`", shown.text)
        assert found, shown.text
        return found.group(1)

    async def asked(self, place: Place = CHAT) -> None:
        """Tom wants a chat to join Ada's server, and has confirmed it on his side."""
        question = await self.connect(TOM, place, code=await self.code())
        assert "I asked **Ada**" in (await self.press(TOM, place, action_of(question, "Yes"))).text

    async def told(self, who: Identity) -> list[Message]:
        """What somebody was told, now that everything is sent."""
        lease = self.town.app.lease()
        async with self.town.store.transaction() as tx:
            due = await tx.notices.claim(lease, self.town.clock.now(), 50)
        for notice in due:
            await deliver_notice(self.town.app, notice, lease)
        return (self.town.platform if who == ADA_THERE else self.telegram).messages.get(who.user_id, [])

    async def answers(self, yes: bool = True) -> Reply:
        """Ada presses a button of what she was asked privately."""
        (asked,) = [m for m in await self.told(ADA_THERE) if "wants" in m.text]
        press = [b.action for b in asked.buttons if isinstance(b, ActionButton)][0 if yes else 1]
        return await self.press(ADA_THERE, None, press)

    async def community(self, place: Place) -> Community | None:
        async with self.town.store.transaction() as tx:
            return await tx.communities.at(place)


@pytest.fixture
async def sides(town: Town) -> Sides:
    return Sides(town)


async def test_a_chat_joins_when_both_admins_have_said_yes(sides: Sides) -> None:
    code = await sides.code()
    question = await sides.connect(TOM, CHAT, code=code)
    assert "Should **Reading room (Telegram)** join the community **Book Club**?" in question.text
    assert await sides.community(CHAT) is None
    await sides.press(TOM, CHAT, action_of(question, "Yes"))
    assert await sides.community(CHAT) is None
    (asked,) = await sides.told(ADA_THERE)
    assert "**Tom** wants **Reading room** to join your community **Book Club**" in asked.text
    assert "**Reading room** is now part of **Book Club**" in (await sides.answers()).text
    assert await sides.community(CHAT) == await sides.community(SERVER)
    assert ["✅ **Reading room** is now part of **Book Club**" in m.text for m in await sides.told(TOM)] == [True]
    assert "· Reading room (Telegram)" in (await sides.connect(ADA_THERE, SERVER)).text


@pytest.mark.parametrize("rank", [None, Rank.MANAGER])
async def test_a_contact_who_is_no_owner_by_the_team_that_a_chat_brings_gives_way(
    sides: Sides, rank: Rank | None
) -> None:
    town = sides.town
    await town.plan()
    town.platform.servers[SERVER.external_id].administrators = {MIA}
    asked = replace(town.request(MIA, "settings", contact_me=True), standing=Standing.ADMINISTRATOR)
    await dispatch.command(town.app, asked)
    await sides.connect(TOM, CHAT)  # makes the chat's community
    chat = await sides.community(CHAT)
    assert chat is not None
    if rank is not None:
        entry = TeamEntry(chat.id, Platform.TELEGRAM, TeamKind.ACCOUNT, "kim", CHAT.external_id, "Kim", rank, 1)
        async with town.store.transaction() as tx:
            await tx.team.put(entry)
    await sides.asked()
    assert "is now part of" in (await sides.answers()).text
    async with town.store.transaction() as tx:
        tom = await tx.identities.of(TOM)
    joined = await town.community()
    assert joined.contact_id == (await town.person(MIA) if rank is None else tom)
    await sides.told(ADA_THERE)
    told = [message.text for message in town.platform.messages.get(MIA, []) if "contact: Mia → Tom" in message.text]
    assert len(told) == (0 if rank is None else 1)


async def test_a_server_joins_the_community_of_a_chat_too(sides: Sides) -> None:
    code = await sides.code(TOM, CHAT)
    question = await sides.connect(ADA_THERE, SERVER, code=code)
    await sides.press(ADA_THERE, SERVER, action_of(question, "Yes"))
    (asked,) = await sides.told(TOM)
    action = next(b.action for b in asked.buttons if isinstance(b, ActionButton))
    assert "is now part of" in (await sides.press(TOM, None, action)).text
    assert await sides.community(CHAT) == await sides.community(SERVER)


async def test_a_chat_joins_another_chat_and_one_admin_of_both_is_asked_once(sides: Sides) -> None:
    question = await sides.connect(TOM, CHANNEL, code=await sides.code(TOM, CHAT))
    done = await sides.press(TOM, CHANNEL, action_of(question, "Yes"))
    assert "**News** is now part of **Reading room**" in done.text
    assert await sides.community(CHANNEL) == await sides.community(CHAT)


async def test_no_is_no_and_is_told(sides: Sides) -> None:
    await sides.asked()
    assert "will not join" in (await sides.answers(yes=False)).text
    assert await sides.community(CHAT) is None
    assert "the other side said no" in (await sides.told(TOM))[0].text
    assert "already answered" in (await sides.answers()).text


async def test_the_question_stands_in_connect_too(sides: Sides) -> None:
    await sides.asked()
    shown = await sides.connect(ADA_THERE, SERVER)
    assert "**Reading room** wants to join." in shown.text
    done = await sides.press(ADA_THERE, SERVER, action_of(shown, "Let Reading room join"))
    assert "is now part of **Book Club**" in done.text


async def test_only_who_made_the_code_answers(sides: Sides) -> None:
    await sides.asked()
    shown = await sides.connect(ADA_THERE, SERVER)
    action = action_of(shown, "Let Reading room join")
    for stranger in (TOM, Identity(Platform.DISCORD, MIA)):
        assert "This question is for somebody else" in (await sides.press(stranger, None, action)).text
    assert await sides.community(CHAT) is None


async def test_an_account_linked_to_the_owner_is_neither_asked_nor_answers(sides: Sides) -> None:
    eve = Identity(Platform.TELEGRAM, "eve")
    await sides.asked()
    person_id = await sides.town.person(ADA)
    async with sides.town.store._database.transaction() as tx:
        await tx.execute(
            "INSERT INTO identity (platform, user_id, person_id, name, created_at) "
            "VALUES ('telegram', 'eve', ?, 'E', 0)",
            person_id,
        )
    (asked,) = [m for m in await sides.told(ADA_THERE) if "wants" in m.text]
    assert sides.telegram.messages.get("eve") is None
    press = next(b.action for b in asked.buttons if isinstance(b, ActionButton))
    assert "This question is for somebody else" in (await sides.press(eve, None, press)).text
    assert await sides.community(CHAT) is None


@pytest.mark.parametrize("side", ["host", "guest"])
async def test_who_is_no_admin_any_more_joins_nothing(sides: Sides, side: str) -> None:
    await sides.asked()
    if side == "host":
        sides.town.platform.servers[SERVER.external_id].admins.clear()
    else:
        sides.telegram.servers[CHAT.external_id].admins.clear()
    assert "is no longer an admin there" in (await sides.answers()).text
    assert await sides.community(CHAT) is None


async def test_who_is_an_owner_by_a_role_that_others_can_hand_out_by_now_joins_nothing(sides: Sides) -> None:
    await sides.town.plan()
    server = sides.town.platform.servers[SERVER.external_id]
    server.roles["role-staff"] = FakeRole()
    server.members[BEN] = {"role-staff"}
    staff = RoleValue("role-staff", "Staff", managed=False, everyone=False)
    await sides.town.ask(ADA, "team", role=staff, rank="owner")
    ben = Identity(Platform.DISCORD, BEN)
    asked = replace(sides.request(ben, SERVER, "connect", {}), role_ids=frozenset({"role-staff"}))
    shown = (await dispatch.command(sides.town.app, asked)).text
    code = re.search(r"`([2-9A-Z]{4}-[2-9A-Z]{4})`", shown)
    assert code, shown
    question = await sides.connect(TOM, CHAT, code=code[1])
    await sides.press(TOM, CHAT, action_of(question, "Yes"))
    server.roles["role-staff"].givers = Givers(("Helpers",))  # and no event told of it
    await sides.told(ben)
    (told,) = [m for m in sides.town.platform.messages[BEN] if "wants" in m.text]
    yes = next(b.action for b in told.buttons if isinstance(b, ActionButton))
    assert "is no longer an admin there" in (await sides.press(ben, None, yes)).text
    assert await sides.community(CHAT) is None


async def test_while_a_platform_does_not_say_who_is_an_admin_nothing_is_joined(sides: Sides) -> None:
    await sides.asked()
    sides.telegram.servers[CHAT.external_id].bot_inside = False
    assert "can't find out right now" in (await sides.answers()).text
    sides.telegram.servers[CHAT.external_id].bot_inside = True
    assert "is now part of" in (await sides.answers()).text


async def test_a_member_connects_nothing(sides: Sides) -> None:
    code = await sides.code()
    mia = Identity(Platform.DISCORD, MIA)
    assert "for the community's team" in (await sides.connect(mia, SERVER)).text
    stranger = Identity(Platform.TELEGRAM, "eve")
    assert "for the community's team" in (await sides.connect(stranger, CHAT, code=code)).text
    forged = f"connect_yes:{code.replace('-', '')}"
    assert "for the community's team" in (await sides.press(stranger, CHAT, forged)).text


async def test_a_code_connects_once_and_is_none_for_linking(sides: Sides) -> None:
    code = await sides.code()
    assert "I don't know this code" in (await sides.town.ask("tom", "link", code=code)).text
    question = await sides.connect(TOM, CHAT, code=code)
    await sides.press(TOM, CHAT, action_of(question, "Yes"))
    assert "has already been used" in (await sides.press(TOM, CHANNEL, action_of(question, "Yes"))).text
    assert "has already been used" in (await sides.connect(TOM, CHANNEL, code=code)).text
    assert "already part of that community" in (await sides.connect(ADA_THERE, SERVER, code=await sides.code())).text


async def test_a_click_that_comes_twice_asks_once_and_says_what_came_of_it(sides: Sides) -> None:
    question = await sides.connect(TOM, CHAT, code=await sides.code())
    yes = action_of(question, "Yes")
    beside = await asyncio.gather(*(sides.press(TOM, CHAT, yes) for _ in range(3)))
    assert ["I asked **Ada**" in reply.text for reply in (*beside, await sides.press(TOM, CHAT, yes))] == [True] * 4
    await sides.answers()
    assert "**Reading room** is now part of **Book Club**" in (await sides.press(TOM, CHAT, yes)).text
    await sides.press(ADA_THERE, SERVER, "take_out:telegram:-100")
    assert "already answered" in (await sides.press(TOM, CHAT, yes)).text


async def test_one_admin_of_both_who_was_cut_off_in_the_middle_clicks_again(sides: Sides) -> None:
    question = await sides.connect(TOM, CHANNEL, code=await sides.code(TOM, CHAT))
    yes = action_of(question, "Yes")
    sides.telegram.servers[CHAT.external_id].bot_inside = False
    assert "can't find out right now" in (await sides.press(TOM, CHANNEL, yes)).text
    sides.telegram.servers[CHAT.external_id].bot_inside = True
    for _ in range(2):
        assert "**News** is now part of **Reading room**" in (await sides.press(TOM, CHANNEL, yes)).text


async def test_two_servers_are_not_one_community(sides: Sides) -> None:
    assert "only one Discord server" in (await sides.connect(ADA_THERE, OTHER_SERVER, code=await sides.code())).text


async def sells(sides: Sides, name: str) -> None:
    """Tom's chat has a community of its own with a plan that Mia has."""
    sides.telegram.servers[CHAT.external_id].roles = {}
    await sides.connect(TOM, CHAT)
    options: dict[str, Any] = {"name": name, "price": "5", "currency": "eur", "period": "every_months"}
    made = await dispatch.command(
        sides.town.app, sides.request(TOM, CHAT, "plan create", {**options, "chat": CHAT.external_id})
    )
    assert f"**{name}** is ready" in made.text, made.text


async def test_a_chat_that_sells_brings_its_plans_along_and_members_notice_nothing(sides: Sides) -> None:
    await sides.town.plan("Pro", role=MEMBERS)
    await sides.town.subscribed()
    await sells(sides, "Reader")
    question = await sides.connect(TOM, CHAT, code=await sides.code())
    assert "1 plan from here will then be sold there too" in question.text
    await sides.press(TOM, CHAT, action_of(question, "Yes"))
    await sides.answers()
    shown = await sides.town.ask(MIA, "plans")
    assert "**Pro**" in shown.text
    assert "**Reader**" in shown.text
    assert "**Pro**" in (await sides.town.ask(MIA, "membership")).text
    async with sides.town.store.transaction() as tx:
        assert len(await tx.communities.all()) == 1


async def test_plans_of_one_name_are_named_and_how_to_mend_it(sides: Sides) -> None:
    await sides.town.plan("Pro")
    await sells(sides, "PRO")
    assert (
        "Both sides sell **PRO**. Rename one of each" in (await sides.connect(TOM, CHAT, code=await sides.code())).text
    )


async def test_a_place_in_which_nothing_is_opened_can_be_taken_out(sides: Sides) -> None:
    await sides.asked()
    await sides.answers()
    await sides.town.plan("Pro")
    shown = await sides.connect(ADA_THERE, SERVER)
    assert [b.label for b in shown.buttons if isinstance(b, ActionButton)] == ["Remove Reading room"]
    out = await sides.press(ADA_THERE, SERVER, action_of(shown, "Remove Reading room"))
    assert "**Reading room** is a community of its own again" in out.text
    assert await sides.community(CHAT) != await sides.community(SERVER)
    assert "can't be removed" in (await sides.press(ADA_THERE, SERVER, "take_out:telegram:-100")).text
    assert "can't be removed" in (await sides.press(ADA_THERE, SERVER, f"take_out:discord:{SERVER.external_id}")).text


TINA = Identity(Platform.TELEGRAM, "tina")
ZED = Identity(Platform.DISCORD, "zed")


async def zed_is_turned_away(sides: Sides) -> bool:
    """An Administrator of the server that nobody added to the team."""
    asked = sides.request(ZED, SERVER, "invoice create", {"member": member(MIA), "amount": "5", "what": "Fee"})
    told = await dispatch.command(sides.town.app, replace(asked, standing=Standing.ADMINISTRATOR))
    return "for the community's team" in told.text


async def with_a_team(sides: Sides, rank: str) -> None:
    """A server and a chat are one community, whose team was set in the chat."""
    await sides.asked()
    await sides.answers()
    sides.telegram.servers[CHAT.external_id].members[TINA.user_id] = set()
    told = await dispatch.command(
        sides.town.app, sides.request(TOM, CHAT, "team_set", {"member": member("tina"), "rank": rank})
    )
    assert "Tina" in told.text
    assert await zed_is_turned_away(sides)


@pytest.mark.parametrize("rank", ["owner", "manager"])
@pytest.mark.parametrize(
    ("who", "where", "what"),
    [
        (TOM, CHAT, f"take_out:discord:{SERVER.external_id}"),
        (ADA_THERE, SERVER, f"take_out:telegram:{CHAT.external_id}"),
    ],
)
async def test_no_administrator_becomes_an_owner_when_a_place_is_taken_out(
    sides: Sides, who: Identity, where: Place, what: str, rank: str
) -> None:
    await with_a_team(sides, rank)
    assert "community of its own again" in (await sides.press(who, where, what)).text
    assert await sides.community(CHAT) != await sides.community(SERVER)
    assert await zed_is_turned_away(sides)
    asked = await dispatch.command(sides.town.app, sides.request(TINA, CHAT, "team", {}))
    assert ("The team of" in asked.text) is (rank == "owner"), "her rank in the chat is what it was"


async def test_owners_own_both_sides_afterwards(sides: Sides) -> None:
    await with_a_team(sides, "owner")
    await sides.town.ask(ADA, "team", member=member(MIA), rank="owner")
    await sides.press(ADA_THERE, SERVER, f"take_out:telegram:{CHAT.external_id}")
    for place in (CHAT, SERVER):
        community = await sides.community(place)
        assert community is not None
        async with sides.town.store.transaction() as tx:
            owners = {entry.name for entry in await tx.team.of(community.id) if entry.rank is Rank.OWNER}
        assert owners == {"Tina", "Mia"}
    assert "The team of" in (await sides.town.ask(MIA, "team")).text


async def test_what_a_plan_opens_stays_in(sides: Sides) -> None:
    await sells(sides, "Reader")
    question = await sides.connect(TOM, CHAT, code=await sides.code())
    await sides.press(TOM, CHAT, action_of(question, "Yes"))
    await sides.answers()
    assert "can't be removed" in (await sides.press(ADA_THERE, SERVER, "take_out:telegram:-100")).text


async def test_a_wish_ends_after_a_day(sides: Sides) -> None:
    await sides.asked()
    (asked,) = await sides.told(ADA_THERE)
    sides.town.clock.at += 24 * 3_600_000
    action = next(b.action for b in asked.buttons if isinstance(b, ActionButton))
    assert "has expired" in (await sides.press(ADA_THERE, None, action)).text
    assert await sides.community(CHAT) is None


def test_the_question_in_german() -> None:
    from payments.core.ids import PersonId
    from payments.ports.stores import Notice

    text = '{"id": "joi_1", "place": "Lesesaal", "asker": "Tom", "community": "Buchclub"}'
    message = render(Notice("k", PersonId("prs_1"), "join_asked", text, 0), "de")
    assert [b.label for b in message.buttons] == ["Lesesaal aufnehmen", "Lesesaal nicht aufnehmen"]
