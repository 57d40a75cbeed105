"""`/team`: only owners change it, a role only if nobody but Administrators can hand it out."""

import json
from dataclasses import replace

import pytest

from bot.commands import dispatch
from bot.commands.catalog import ACTIONS, COMMANDS
from bot.commands.model import Reply, RoleValue
from bot.texts import render
from payments.core.changes import Said, Word, load
from payments.core.community import Place, Platform
from payments.core.ids import PersonId
from payments.core.rights import Rank, Standing
from payments.flows.rights import role_givers
from payments.ports.chat import Givers
from tests.commands.conftest import ADA, BEN, MEMBERS, MIA, SERVER, Town, action_of, member
from tests.fakes.platform import FakeRole

STAFF = RoleValue("role-staff", "Staff", managed=False, everyone=False)
CHAT = Place(Platform.TELEGRAM, "-1001")

RANKS = {
    Rank.SUPPORT: {"member", "end_comp", "retry"},
    Rank.MANAGER: {
        "plan create",
        "plan edit",
        "plan list",
        "plan archive",
        "invoice create",
        "breaker",
        "settings",
        "role_keep",
        "role_lose",
        "archive",
        "breaker_go",
        "breaker_forget",
        "part",
        "part_yes",
    },
    Rank.OWNER: {"team", "team_set", "team_remove", "connect", "connect_yes", "take_out"},
}


def test_every_command_and_button_asks_for_its_rank() -> None:
    asked = {command.name: command.rank for command in COMMANDS} | {action.name: action.rank for action in ACTIONS}
    for rank, names in RANKS.items():
        assert {name for name in names if asked[name] is not rank} == set()
    assert {name for name, rank in asked.items() if rank is Rank.SUPPORT} == RANKS[Rank.SUPPORT]


async def administrator(town: Town, who: str, command: str, **options: object) -> Reply:
    """Somebody with Discord's Administrator, who does not own the server."""
    asked = town.request(who, command, **options)  # type: ignore[arg-type]
    return await dispatch.command(town.app, replace(asked, standing=Standing.ADMINISTRATOR))


async def test_an_owner_adds_somebody_and_reads_how_the_commands_are_shown_to_them(town: Town) -> None:
    told = await town.ask(ADA, "team", member=member(MIA), rank="support")
    assert "**Mia** is now on the team: support." in told.text
    assert "Server Settings > Integrations" in told.text
    assert "Administrators are no longer owners automatically" in told.text
    assert await town.team() == {"Mia": Rank.SUPPORT}
    assert "Mia" in (await town.ask(ADA, "team")).text
    assert (await town.ask(MIA, "member", member=member(BEN))).text.startswith("I don't know")
    assert "no longer owners" not in (await town.ask(ADA, "team", member=member(BEN), rank="support")).text


async def test_a_changed_rank_is_in_the_audit_with_before_and_after(town: Town) -> None:
    await town.ask(ADA, "team", member=member(MIA), rank="support")
    await town.ask(ADA, "team", member=member(MIA), rank="manager")
    await town.ask(ADA, "team", member=member(MIA), rank="none")
    database = town.store._database
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT changes FROM audit WHERE action = 'team_changed' ORDER BY at, id")
    support, manager = Said(Word.SUPPORT), Said(Word.MANAGER)
    ranks = [load(row["changes"])["rank"] for row in rows]
    assert sorted(ranks, key=repr) == [(None, support), (manager, None), (support, manager)]
    assert await town.team() == {}


@pytest.mark.parametrize("rank", [Rank.SUPPORT, Rank.MANAGER])
async def test_nobody_but_owners_changes_the_team(town: Town, rank: Rank) -> None:
    await town.plan()
    await town.ranked(MIA, rank)
    for command in ("team", "connect"):
        assert "Only an owner" in (await town.ask(MIA, command)).text
    assert "Only an owner" in (await town.ask(MIA, "team", member=member(MIA), rank="owner")).text
    assert "Only an owner" in (await town.press(MIA, "team_remove:discord:account:mia")).text
    assert await town.team() == {"Mia": rank}


async def test_managers_can_not_make_themselves_the_contact(town: Town) -> None:
    await town.plan()
    await town.ranked(MIA, Rank.MANAGER)
    before = (await town.community()).contact_id
    assert "Only an owner" in (await town.ask(MIA, "settings", contact_me=True)).text
    assert (await town.community()).contact_id == before
    assert "Grace period of new plans: **5 days**" in (await town.ask(MIA, "settings", grace_days=5)).text
    await town.ranked(MIA, Rank.OWNER)
    await town.ask(MIA, "settings", contact_me=True)
    assert (await town.community()).contact_id == await town.person(MIA)


async def test_the_last_owner_stays_unless_the_servers_owner_says_otherwise(town: Town) -> None:
    await town.ask(ADA, "team", member=member(MIA), rank="owner")
    assert "only owner" in (await town.ask(MIA, "team", member=member(MIA), rank="none")).text
    assert "only owner" in (await town.ask(MIA, "team", member=member(MIA), rank="support")).text
    assert "only owner" in (await town.press(MIA, "team_remove:discord:account:mia")).text
    assert await town.team() == {"Mia": Rank.OWNER}
    assert "no longer on the team" in (await town.press(ADA, "team_remove:discord:account:mia")).text
    assert await town.team() == {}
    assert "isn't on the team" in (await town.press(ADA, "team_remove:discord:account:mia")).text


async def test_who_owns_the_server_is_neither_lowered_nor_removed(town: Town) -> None:
    await town.ask(ADA, "settings")
    await town.ranked(MIA, Rank.OWNER)
    for rank in ("support", "none"):
        told = await town.ask(MIA, "team", member=member(ADA), rank=rank)
        assert "**Ada** owns the server or chat itself, so they are always an owner here" in told.text
        assert told.refused
    await town.ranked(ADA, Rank.OWNER)
    told = await town.press(MIA, "team_remove:discord:account:ada")
    assert "**Ada** owns the server or chat itself" in told.text
    assert await town.team() == {"Ada": Rank.OWNER, "Mia": Rank.OWNER}
    assert "changed the rank" not in (await town.ask(ADA, "audit")).text


async def test_who_owns_one_of_several_chats_is_removed_and_it_is_said_where_they_stay_an_owner(town: Town) -> None:
    await town.ask(ADA, "settings")
    await town.has_chat(CHAT.external_id, "Reading room")
    await town.has_chat("-200", "Attic")
    town.chats.chats[CHAT.external_id].members |= {"ted"}
    town.chats.chats[CHAT.external_id].admins = {"ted"}
    await town.ranked("ted", Rank.MANAGER, Platform.TELEGRAM)
    told = await town.press(ADA, "team_remove:telegram:account:ted")
    assert "**Ted** is no longer on the team" in told.text
    assert "still an owner in **Reading room**" in told.text
    assert await town.team() == {}


async def test_administrators_are_told_that_they_are_owners_while_the_team_is_empty(town: Town) -> None:
    town.platform.servers[SERVER.external_id].administrators |= {BEN}
    await town.ask(ADA, "settings")
    told = await town.ask(ADA, "team", member=member(BEN), rank="none")
    assert "**Ben** is an Administrator of the server" in told.text
    assert "while the team is empty" in told.text
    await town.ranked(BEN, Rank.MANAGER)
    told = await town.press(ADA, "team_remove:discord:account:ben")
    assert "the server's Administrators are owners again" in told.text


async def test_somebody_new_in_the_team_reads_in_private_what_they_may_do(town: Town) -> None:
    async def notices() -> list[tuple[PersonId, str]]:
        async with town.store.transaction() as tx:
            found = await tx.notices.claim(town.app.lease(), town.clock.now(), 9)
        ranks = [(one.person_id, render(one, "en").text) for one in found if one.kind == "team_rank"]
        return [(person_id, text) for person_id, text in ranks if person_id is not None]

    await town.ask(ADA, "team", member=member(MIA), rank="support")
    await town.ask(ADA, "team", member=member(MIA), rank="support")
    ((person, text),) = await notices()
    assert person == await town.person(MIA)
    assert "on the team of **Book Club**, as support" in text
    assert "Support looks members up" in text
    assert "`/help`" in text
    town.clock.at += 1
    await town.ask(ADA, "team", member=member(ADA), rank="owner")
    await town.ask(ADA, "team", member=member(MIA), rank="none")
    assert await notices() == []


async def test_on_telegram_a_refusal_names_the_command_that_changes_the_team(town: Town) -> None:
    await town.ask(ADA, "settings")
    await town.has_chat(CHAT.external_id, "Reading room")
    there = await town.ask(MIA, "settings", place=CHAT, platform=Platform.TELEGRAM)
    assert "add you with `/team_set`" in there.text
    assert "add you with `/team`." in (await town.ask(MIA, "settings")).text
    await town.ranked(MIA, Rank.SUPPORT, Platform.TELEGRAM)
    there = await town.ask(MIA, "settings", place=CHAT, platform=Platform.TELEGRAM)
    assert "change your rank with `/team_set`" in there.text


async def test_an_administrator_who_makes_the_first_entry_does_not_lock_themselves_out(town: Town) -> None:
    told = await administrator(town, BEN, "team", member=member(MIA), rank="manager")
    assert "made you one too" in told.text
    assert await town.team() == {"Ben": Rank.OWNER, "Mia": Rank.MANAGER}
    told = await town.ask(ADA, "audit")
    assert "**Ben** added **Ben** to the team\n· rank: owner" in told.text
    assert "**Ben** added **Mia** to the team\n· rank: manager" in told.text
    assert "for the community's team" in (await administrator(town, "zoe", "team")).text


async def test_only_who_is_here_joins_the_team(town: Town) -> None:
    assert "Only people who are here" in (await town.ask(ADA, "team", member=member("zoe"), rank="owner")).text
    town.platform.servers[SERVER.external_id].bot_inside = False
    assert "can't find out right now" in (await town.ask(ADA, "team", member=member(MIA), rank="owner")).text
    assert await town.team() == {}


async def test_a_role_joins_only_if_nobody_but_administrators_hands_it_out(town: Town) -> None:
    roles = town.platform.servers[SERVER.external_id].roles
    roles[STAFF.role_id] = FakeRole(givers=Givers(("Helpers", "Music bot")))
    told = await town.ask(ADA, "team", role=STAFF, rank="manager")
    assert "through **Helpers** and **Music bot**" in told.text
    assert await town.team() == {}
    roles[STAFF.role_id] = FakeRole()
    assert "**Staff** is now on the team: manager." in (await town.ask(ADA, "team", role=STAFF, rank="manager")).text
    asked = town.request(MIA, "plan list")
    assert "team" in (await dispatch.command(town.app, asked)).text
    staff = replace(asked, role_ids=frozenset({STAFF.role_id}))
    assert "no plans yet" in (await dispatch.command(town.app, staff)).text


async def test_a_role_that_others_could_hand_out_by_now_counts_for_nothing_and_is_told_once(town: Town) -> None:
    roles = town.platform.servers[SERVER.external_id].roles
    roles[STAFF.role_id] = FakeRole()
    await town.ask(ADA, "team", role=STAFF, rank="manager")
    staff = replace(town.request(MIA, "plan list"), role_ids=frozenset({STAFF.role_id}))
    assert await role_givers.look_at_roles(town.app) == 0
    roles[STAFF.role_id].givers = Givers(("Helpers",))
    assert await role_givers.look_at_roles(town.app) == 1
    assert await role_givers.look_at_roles(town.app) == 0
    assert "for the community's team" in (await dispatch.command(town.app, staff)).text
    assert "doesn't count right now" in (await town.ask(ADA, "team")).text
    async with town.store._database.transaction() as tx:
        notices = await tx.fetch("SELECT params FROM notice WHERE kind = 'team_suspended'")
    assert len(notices) == 1
    assert "Helpers" in notices[0]["params"]
    roles[STAFF.role_id].givers = Givers()
    assert await role_givers.look_at_roles(town.app) == 1
    assert "team" not in (await dispatch.command(town.app, staff)).text


async def staff(town: Town, who: str, command: str, **options: object) -> Reply:
    """Somebody with the role."""
    asked = town.request(who, command, **options)  # type: ignore[arg-type]
    return await dispatch.command(town.app, replace(asked, role_ids=frozenset({STAFF.role_id})))


@pytest.mark.parametrize("rank", ["support", "manager", "owner"])
async def test_a_role_that_somebody_gave_themselves_opens_nothing_before_the_daily_look_either(
    town: Town, rank: str
) -> None:
    roles = town.platform.servers[SERVER.external_id].roles
    roles[STAFF.role_id] = FakeRole()
    await town.ask(ADA, "team", role=STAFF, rank=rank)
    roles[STAFF.role_id].givers = Givers(("Helpers",))
    for command, options in (
        ("team", {"member": member(MIA), "rank": "owner"}),
        ("settings", {"contact_me": True}),
        ("plan list", {}),
        ("member", {"member": member(MIA)}),
    ):
        assert "for the community's team" in (await staff(town, MIA, command, **options)).text, command
    assert await town.team() == {"Staff": Rank[rank.upper()]}
    assert (await town.community()).contact_id == await town.person(ADA)
    assert "doesn't count right now" in (await town.ask(ADA, "team")).text
    roles[STAFF.role_id].givers = Givers()
    assert await role_givers.look_at_roles(town.app, CHAT) == 0
    assert await role_givers.look_at_roles(town.app, SERVER) == 1
    assert "team" not in (await staff(town, MIA, "member", member=member(BEN))).text


async def test_while_discord_does_not_say_who_hands_out_a_role_it_opens_nothing_and_stays(town: Town) -> None:
    server = town.platform.servers[SERVER.external_id]
    server.roles[STAFF.role_id] = FakeRole()
    await town.ask(ADA, "team", role=STAFF, rank="owner")
    server.bot_inside = False
    told = await staff(town, MIA, "team", member=member(MIA), rank="owner")
    assert "Discord isn't saying right now" in told.text
    await town.ranked(BEN, Rank.OWNER)
    assert "The team of" in (await staff(town, BEN, "team")).text, "who is an owner anyway needs no role"
    server.bot_inside = True
    assert "The team of" in (await staff(town, MIA, "team")).text


async def test_who_came_into_the_team_through_a_role_is_named_when_it_is_suspended(town: Town) -> None:
    roles = town.platform.servers[SERVER.external_id].roles
    roles[STAFF.role_id] = FakeRole()
    await town.ask(ADA, "team", role=STAFF, rank="owner")
    await town.ask(ADA, "team", member=member(ADA), rank="owner")
    await staff(town, MIA, "team", member=member(BEN), rank="owner")
    assert "entitled by the role: Staff" in (await town.ask(ADA, "audit")).text
    roles[STAFF.role_id].givers = Givers(("Helpers",))
    await role_givers.look_at_roles(town.app)
    async with town.store._database.transaction() as tx:
        (notice,) = await tx.fetch("SELECT params FROM notice WHERE kind = 'team_suspended'")
    assert json.loads(notice["params"])["set"] == ["Ben"]


async def test_where_the_platform_is_away_a_role_goes_on_counting(town: Town) -> None:
    town.platform.servers[SERVER.external_id].roles[STAFF.role_id] = FakeRole()
    await town.ask(ADA, "team", role=STAFF, rank="manager")
    town.platform.servers[SERVER.external_id].bot_inside = False
    assert await role_givers.look_at_roles(town.app) == 0


async def test_what_a_plan_gives_to_payers_is_no_role_of_the_team_and_the_other_way_round(town: Town) -> None:
    await town.plan()
    assert "A plan gives **Members**" in (await town.ask(ADA, "team", role=MEMBERS, rank="support")).text
    await town.press(ADA, action_of(await town.ask(ADA, "plan archive", plan="Pro"), "Stop"))
    assert "A plan gives **Members**" in (await town.ask(ADA, "team", role=MEMBERS, rank="support")).text
    town.platform.servers[SERVER.external_id].roles[STAFF.role_id] = FakeRole()
    await town.ask(ADA, "team", role=STAFF, rank="support")
    assert "would join the team" in (await town.plan("Gold", {"role": STAFF})).text
    await town.plan("Silver", {"role": RoleValue("role-extra", "Extra", managed=False, everyone=False)})
    assert "would join the team" in (await town.ask(ADA, "plan edit", plan="Silver", add_role=STAFF)).text


async def test_on_telegram_the_team_names_accounts(town: Town) -> None:
    await town.ask(ADA, "settings")
    await town.has_chat(CHAT.external_id, "Reading room")
    town.chats.chats[CHAT.external_id].members |= {"ted"}

    async def asked(who: str, command: str, **options: object) -> Reply:
        how = {"place": CHAT, "platform": Platform.TELEGRAM, **options}
        return await town.ask(who, command, **how)  # type: ignore[arg-type]

    told = await asked(ADA, "team_set", member=member("ted"), rank="manager")
    assert "Ted" in told.text
    assert "Integrations" not in told.text
    assert await town.team() == {"Ted": Rank.MANAGER}
    assert "Only an owner" in (await asked("ted", "team", admin=False)).text
    shown = await town.ask(ADA, "team")
    assert "Telegram account" in shown.text
    assert action_of(shown, "Remove Ted") == "team_remove:telegram:account:ted"


async def test_a_rank_without_anybody_and_anybody_without_a_rank_are_asked_for(town: Town) -> None:
    assert "Who?" in (await town.ask(ADA, "team", rank="owner")).text
    assert "rank" in (await town.ask(ADA, "team", member=member(MIA))).text
    both = await town.ask(ADA, "team", member=member(MIA), role=STAFF, rank="owner")
    assert "not both" in both.text
    assert "older message" in (await town.press(ADA, "team_remove:here:there")).text
