"""The contact is an owner: who is none any more hears nothing more of the community."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.commands import dispatch
from bot.commands.model import RoleValue, Value
from payments.core.community import Identity, Platform
from payments.core.ids import PersonId
from payments.core.rights import Rank, Standing
from payments.flows.communities import contact as contacts
from payments.flows.jobs.deliver_notices import Told, deliver_notice
from payments.flows.runtime.context import new_id
from payments.ports.chat import Givers
from tests.commands.conftest import ADA, BEN, MIA, SERVER, Town, member
from tests.fakes.platform import FakeRole

CLEO = "cleo"
STAFF = RoleValue("role-staff", "Staff", managed=False, everyone=False)


async def told(town: Town) -> Sequence[tuple[str, str]]:
    """Sends what waits; who was told what since the last time."""
    town.platform.messages.clear()
    while True:
        lease = town.app.lease()
        async with town.store.transaction() as tx:
            waiting = await tx.notices.claim(lease, town.clock.now(), 100)
        if not waiting:
            return [(who, one.text) for who, messages in town.platform.messages.items() for one in messages]
        for notice in waiting:
            assert await deliver_notice(town.app, notice, lease) in (Told.DONE, Told.CLOSED)


async def mia_is_contact(town: Town) -> None:
    await town.plan()
    await town.ranked(MIA, Rank.OWNER)
    await town.ranked(BEN, Rank.MANAGER)
    await town.ask(MIA, "settings", contact_me=True)
    await told(town)
    await town.ask(BEN, "plan edit", plan="Pro", price="12")
    assert [who for who, _ in await told(town)] == [MIA]


async def links(town: Town, platform: Platform, name: str) -> None:
    """Another account of Mia's."""
    account, mia = Identity(platform, name), await town.person(MIA)
    async with town.store.transaction() as tx:
        await tx.identities.ensure(account, "Mia", "en", PersonId(new_id("prs")), town.clock.now())
        await tx.person_merges.give_account(account, mia)


@pytest.mark.parametrize("rank", ["none", "support", "manager"])
async def test_a_contact_who_is_dismissed_hears_of_that_and_of_nothing_after_it(town: Town, rank: str) -> None:
    await mia_is_contact(town)
    await town.ask(ADA, "team", member=member(MIA), rank=rank)
    assert (await town.community()).contact_id == await town.person(ADA)
    news = await told(town)
    assert {who for who, _ in news} == {MIA}
    assert len([text for _, text in news if "contact: Mia → Ada" in text]) == 1
    await town.ask(BEN, "plan edit", plan="Pro", price="14")
    assert [who for who, _ in await told(town)] == [ADA]
    assert "contact: " in (await town.ask(ADA, "audit")).text


@pytest.mark.parametrize("rank", ["none", "manager"])
@pytest.mark.parametrize("how", ["a role", "a linked account", "the chat is theirs"])
async def test_a_contact_who_is_dismissed_and_an_owner_all_the_same_stays(town: Town, how: str, rank: str) -> None:
    await mia_is_contact(town)
    server = town.platform.servers[SERVER.external_id]
    if how == "a role":
        server.roles[STAFF.role_id] = FakeRole()
        server.members[MIA] = {STAFF.role_id}
        await town.ask(ADA, "team", role=STAFF, rank="owner")
    elif how == "a linked account":
        await links(town, Platform.DISCORD, CLEO)
        server.members[CLEO] = set()
        await town.ranked(CLEO, Rank.OWNER)
    else:
        await town.has_chat("-100", "Salon")
        await links(town, Platform.TELEGRAM, CLEO)
        town.chats.chats["-100"].members.add(CLEO)
        town.chats.chats["-100"].admins.add(CLEO)
    shown = await town.ask(ADA, "team", member=member(MIA), rank=rank)
    assert "You are now the contact" not in shown.text
    mia = await town.person(MIA)
    assert (await town.community()).contact_id == mia
    assert await contacts.is_owner(town.app, (await town.community()).id, mia)


async def test_with_the_last_entry_a_contact_who_is_an_administrator_is_an_owner_again_and_stays(town: Town) -> None:
    await town.plan()
    town.platform.servers[SERVER.external_id].administrators = {MIA}
    await town.ranked(MIA, Rank.OWNER)
    await town.ask(MIA, "settings", contact_me=True)
    shown = await town.ask(ADA, "team", member=member(MIA), rank="none")
    assert "Administrators are owners again" in shown.text
    assert "You are now the contact" not in shown.text
    assert (await town.community()).contact_id == await town.person(MIA)


async def test_who_is_dismissed_while_discord_is_away_is_the_contact_no_more(town: Town) -> None:
    await mia_is_contact(town)
    town.platform.servers[SERVER.external_id].bot_inside = False
    await town.press(ADA, f"team_remove:discord:account:{MIA}")
    assert (await town.community()).contact_id == await town.person(ADA)


async def test_the_button_that_removes_somebody_does_the_same(town: Town) -> None:
    await mia_is_contact(town)
    await town.press(ADA, f"team_remove:discord:account:{MIA}")
    assert (await town.community()).contact_id == await town.person(ADA)


async def test_news_that_waits_for_a_contact_goes_to_an_owner_once_they_are_none(town: Town) -> None:
    await town.plan()
    server = town.platform.servers[SERVER.external_id]
    server.roles[STAFF.role_id] = FakeRole()
    server.members[MIA] = {STAFF.role_id}
    await town.ask(ADA, "team", role=STAFF, rank="owner")
    await town.ranked(BEN, Rank.OWNER)
    await town.person(BEN)
    asked = replace(town.request(MIA, "settings", contact_me=True), role_ids=frozenset({STAFF.role_id}))
    await dispatch.command(town.app, asked)
    assert (await town.community()).contact_id == await town.person(MIA)
    await told(town)
    await town.ask(ADA, "plan edit", plan="Pro", price="12")
    assert [who for who, _ in await told(town)] == [MIA]
    await town.ask(ADA, "plan edit", plan="Pro", price="14")
    server.members[MIA] = set()
    assert [who for who, _ in await told(town)] == [BEN]
    assert (await town.community()).contact_id == await town.person(BEN)
    await town.ask(ADA, "plan edit", plan="Pro", price="16")
    del server.members[BEN]
    assert await told(town) == [], "nobody is left"
    await town.ranked(MIA, Rank.MANAGER)
    assert "Nobody is told" in (await town.ask(MIA, "settings")).text
    server.members[BEN] = set()
    await town.ask(ADA, "plan edit", plan="Pro", price="18")
    assert [who for who, _ in await told(town)] == [BEN], "an owner again is the contact still"


async def test_an_owner_who_opens_the_settings_is_told_where_nobody_is(town: Town) -> None:
    await mia_is_contact(town)
    del town.platform.servers[SERVER.external_id].members[MIA]
    await town.ask(BEN, "plan edit", plan="Pro", price="14")
    assert await told(town) == []
    await town.ask(BEN, "settings")
    assert (await town.community()).contact_id == await town.person(MIA), "a manager is not told"
    assert "Contact, told when an admin is needed: **Ada**" in (await town.ask(ADA, "settings")).text
    await town.ask(BEN, "plan edit", plan="Pro", price="16")
    assert [who for who, _ in await told(town) if who != MIA] == [ADA]
    assert "contact: Mia → Ada" in (await town.ask(ADA, "audit")).text


async def test_settings_name_the_owner_who_is_told_in_place_of_a_contact_who_left(town: Town) -> None:
    await mia_is_contact(town)
    members = town.platform.servers[SERVER.external_id].members
    members[CLEO] = set()
    await town.ranked(CLEO, Rank.OWNER)
    await town.person(CLEO)
    del members[MIA]
    assert "Contact, told when an admin is needed: **Cleo**" in (await town.ask(BEN, "settings")).text
    assert (await town.community()).contact_id == await town.person(MIA), "who reads changes nothing"
    await town.ask(BEN, "plan edit", plan="Pro", price="14")
    assert [who for who, _ in await told(town)] == [CLEO]
    del members[CLEO]
    assert "Nobody is told" in (await town.ask(BEN, "settings")).text


@pytest.mark.parametrize("by", [ADA, BEN])
async def test_where_there_is_no_contact_an_owner_who_commands_is_it(town: Town, by: str) -> None:
    await mia_is_contact(town)
    without = replace(await town.community(), contact_id=None)
    async with town.store.transaction() as tx:
        await tx.communities.update(without)
    await town.ask(by, "plan list")
    contact = await town.person(ADA) if by == ADA else None
    assert (await town.community()).contact_id == contact
    await town.ask(BEN, "plan edit", plan="Pro", price="14")
    assert [who for who, _ in await told(town)] == ([ADA] if by == ADA else [])


async def administrator_is_contact(town: Town) -> None:
    """Mia is one of the server's Administrators, and nobody is in the team."""
    town.platform.servers[SERVER.external_id].administrators = {MIA}
    await town.plan()
    asked = replace(town.request(MIA, "settings", contact_me=True), standing=Standing.ADMINISTRATOR)
    await dispatch.command(town.app, asked)
    assert (await town.community()).contact_id == await town.person(MIA)
    await told(town)


async def test_with_a_team_that_begins_a_contact_who_is_no_owner_by_it_gives_way(town: Town) -> None:
    await administrator_is_contact(town)
    shown = await town.ask(ADA, "team", member=member(BEN), rank="manager")
    assert "You are now the contact" in shown.text
    assert (await town.community()).contact_id == await town.person(ADA)
    assert [who for who, text in await told(town) if "contact: Mia → Ada" in text] == [MIA]
    assert "contact: Mia → Ada" in (await town.ask(ADA, "audit")).text
    await town.ask(BEN, "plan edit", plan="Pro", price="0.50")
    assert [(who, "0.50" in text) for who, text in await told(town)] == [(ADA, True)]


@pytest.mark.parametrize("how", ["by the entry", "by a role", "owns the server", "nobody says", "begins it"])
async def test_with_a_team_that_begins_a_contact_who_is_an_owner_still_stays(town: Town, how: str) -> None:
    await administrator_is_contact(town)
    server = town.platform.servers[SERVER.external_id]
    entry: dict[str, Value] = {"member": member(BEN), "rank": "manager"}
    who, standing = ADA, Standing.OWNER
    if how == "by the entry":
        entry = {"member": member(MIA), "rank": "owner"}
    elif how == "by a role":
        server.roles[STAFF.role_id] = FakeRole()
        server.members[MIA] = {STAFF.role_id}
        entry = {"role": STAFF, "rank": "owner"}
    elif how == "owns the server":
        server.admins.add(MIA)
    elif how == "nobody says":
        await town.has_chat("-100", "Salon")
        await links(town, Platform.TELEGRAM, "mia-there")
        town.chats.chats["-100"].bot_inside = False
    else:
        who, standing = MIA, Standing.ADMINISTRATOR
    asked = replace(town.request(who, "team"), options=entry, standing=standing)
    assert "is now on the team" in (await dispatch.command(town.app, asked)).text
    assert (await town.community()).contact_id == await town.person(MIA)
    assert not [text for _, text in await told(town) if "contact:" in text]


async def test_a_contact_by_a_role_that_others_can_hand_out_by_now_hears_nothing(town: Town) -> None:
    await town.plan()
    server = town.platform.servers[SERVER.external_id]
    server.roles[STAFF.role_id] = FakeRole()
    server.members[MIA] = {STAFF.role_id}
    await town.ask(ADA, "team", role=STAFF, rank="owner")
    asked = replace(town.request(MIA, "settings", contact_me=True), role_ids=frozenset({STAFF.role_id}))
    await dispatch.command(town.app, asked)
    await told(town)
    server.roles[STAFF.role_id].givers = Givers(("Helpers",))  # and no event told of it
    await town.ask(ADA, "plan edit", plan="Pro", price="12")
    assert await told(town) == []


async def test_while_discord_does_not_say_who_is_an_owner_the_contact_goes_on_hearing(town: Town) -> None:
    await mia_is_contact(town)
    await town.ask(BEN, "plan edit", plan="Pro", price="14")
    town.platform.servers[SERVER.external_id].bot_inside = False
    assert [who for who, _ in await told(town)] == [MIA]
