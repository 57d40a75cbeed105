"""A plan or a comp gives only what the acting admin could hand out; dangerous roles are the server's owner's."""

from dataclasses import replace

import pytest

from bot.commands import dispatch
from bot.commands.model import RoleValue, Value
from payments.core.access import EffectState
from payments.core.community import Place, Platform
from payments.core.rights import Rank
from tests.commands.conftest import ADA, BEN, EXTRA, MIA, SERVER, Town, action_of, member
from tests.fakes.platform import FakeRole, FakeServer

BOSS = RoleValue("role-boss", "Boss", managed=False, everyone=False)
CHAT = Place(Platform.TELEGRAM, "-1001")


def server(town: Town) -> FakeServer:
    return town.platform.servers[SERVER.external_id]


async def staffed(town: Town, rank: Rank = Rank.MANAGER, *, may: bool = False) -> None:
    """Ben is in the team; without Manage Roles and a higher role he could hand out nothing."""
    server(town).roles[BOSS.role_id] = FakeRole(dangerous=("administrator", "manage roles"))
    await town.plan()
    await town.ranked(BEN, rank)
    if may:
        server(town).role_managers.add(BEN)


def gold(**more: Value) -> dict[str, Value]:
    return {"name": "Gold", "price": "5", "currency": "eur", "period": "every_months", "role": EXTRA, **more}


async def sells_boss(town: Town) -> None:
    await town.plan("Coup", {"role": BOSS})
    made = await town.plan("Coup", {"role": BOSS})
    assert "**Coup** is ready" in made.text, made


async def test_a_manager_sells_what_they_could_hand_out(town: Town) -> None:
    await staffed(town)
    assert "couldn't give **Extra**" in (await town.ask(BEN, "plan create", gold())).text
    assert "couldn't give **Extra**" in (await town.ask(BEN, "plan edit", plan="Pro", add_role=EXTRA, name="X")).text
    assert list(await town.targets()) == ["Members"]
    assert (await town.stored_plan()).name == "Pro"
    server(town).role_managers.add(BEN)
    assert "**Gold** is ready" in (await town.ask(BEN, "plan create", gold())).text
    assert "**Extra**" in (await town.ask(BEN, "plan edit", plan="Pro", add_role=EXTRA)).text


@pytest.mark.parametrize("option", ["role", "role2", "role3"])
async def test_none_of_the_roles_of_a_plan_slips_through(town: Town, option: str) -> None:
    await staffed(town, may=True)
    refused = await town.ask(BEN, "plan create", {**gold(), option: BOSS})
    assert "Only the server's owner" in refused.text
    assert "administrator, manage roles" in refused.text
    assert "Only the server's owner" in (await town.ask(BEN, "plan create", {**gold(), option: BOSS})).text
    assert list(await town.targets()) == ["Members"]


async def test_a_comp_gives_only_what_the_giver_could(town: Town) -> None:
    await staffed(town, Rank.SUPPORT)
    for who in (BEN, MIA):
        assert "couldn't give **Members**" in (await town.ask(BEN, "member", member=member(who), give="Pro")).text
    assert await town.entitlements(BEN) == []
    server(town).role_managers.add(BEN)
    assert "free for" in (await town.ask(BEN, "member", member=member(MIA), give="Pro", days=3)).text


async def test_every_role_of_the_plan_counts_for_a_comp(town: Town) -> None:
    await staffed(town, Rank.SUPPORT, may=True)
    edit: dict[str, Value] = {"plan": "Pro", "add_role": BOSS}
    await town.ask(ADA, "plan edit", edit)
    await town.ask(ADA, "plan edit", edit)
    assert set(await town.targets()) == {"Members", "Boss"}
    assert "Only the server's owner" in (await town.ask(BEN, "member", member=member(BEN), give="Pro")).text
    assert await town.entitlements(BEN) == []


async def test_the_owner_is_warned_and_confirms_by_sending_the_same_again(town: Town) -> None:
    await staffed(town)
    warned = await town.plan("Coup", {"role": BOSS})
    assert "dangerous permissions: administrator, manage roles" in warned.text
    assert "within 10 minutes" in warned.text
    other = await town.plan("Coup", {"role": BOSS, "price": "1"})
    assert "within 10 minutes" in other.text  # another command is not the same
    assert "**Coup** is ready" in (await town.plan("Coup", {"role": BOSS})).text
    comp: dict[str, Value] = {"member": member(MIA), "give": "Coup"}
    assert "within 10 minutes" in (await town.ask(ADA, "member", comp)).text
    assert "free for" in (await town.ask(ADA, "member", comp)).text


async def test_a_warning_is_forgotten_after_ten_minutes_and_when_the_role_changes(town: Town) -> None:
    await staffed(town)
    await town.plan("Coup", {"role": BOSS})
    town.clock.at += 10 * 60_000
    assert "within 10 minutes" in (await town.plan("Coup", {"role": BOSS})).text
    server(town).roles[BOSS.role_id].dangerous += ("ban members",)
    assert "ban members" in (await town.plan("Coup", {"role": BOSS})).text
    assert "**Coup** is ready" in (await town.plan("Coup", {"role": BOSS})).text


async def test_what_the_platform_does_not_say_is_refused(town: Town) -> None:
    await staffed(town, may=True)
    server(town).bot_inside = False
    assert "Try again in a minute" in (await town.ask(BEN, "plan create", gold())).text
    town.app.platforms = {}
    assert "Try again in a minute" in (await town.ask(BEN, "plan create", gold())).text
    assert list(await town.targets()) == ["Members"]


@pytest.mark.parametrize("change", [{"price": "0.50"}, {"trial_days": 30}, {"grace_days": 60}])
async def test_a_dangerous_role_is_made_cheaper_by_the_owner_alone(town: Town, change: dict[str, Value]) -> None:
    await staffed(town, may=True)
    await sells_boss(town)
    assert "Only the server's owner" in (await town.ask(BEN, "plan edit", {"plan": "Coup", **change})).text
    assert "was changed" in (await town.ask(BEN, "plan edit", {"plan": "Pro", **change})).text
    assert "was changed" in (await town.ask(ADA, "plan edit", {"plan": "Coup", **change})).text


async def test_a_role_of_discord_is_given_on_discord(town: Town) -> None:
    await staffed(town)
    await town.has_chat(CHAT.external_id, "Reading room")
    town.chats.chats[CHAT.external_id].members |= {"ted"}
    town.chats.chats[CHAT.external_id].admins |= {"ted"}
    there = {"place": CHAT, "platform": Platform.TELEGRAM, "admin": True}
    refused = await town.ask("ted", "member", {"member": member("ted"), "give": "Pro"}, **there)  # type: ignore[arg-type]
    assert "Do this on Discord" in refused.text


async def test_a_chat_is_opened_by_an_admin_who_may_invite_or_from_discord_by_an_owner(town: Town) -> None:
    await staffed(town, may=True)
    await town.has_chat(CHAT.external_id, "Reading room")
    only_chat = {name: value for name, value in gold(chat="Reading room").items() if name != "role"}
    assert "nly an owner of the community" in (await town.ask(BEN, "plan create", only_chat)).text
    town.chats.chats[CHAT.external_id].members |= {"ted"}
    await town.ranked("ted", Rank.MANAGER, Platform.TELEGRAM)
    asked = replace(town.request("ted", "plan create", place=CHAT, platform=Platform.TELEGRAM), options=only_chat)
    assert "couldn't give **Reading room**" in (await dispatch.command(town.app, asked)).text
    town.chats.chats[CHAT.external_id].admins |= {"ted"}
    assert "**Gold** is ready" in (await dispatch.command(town.app, asked)).text
    assert "**Gold2** is ready" in (await town.ask(ADA, "plan create", {**only_chat, "name": "Gold2"})).text


async def test_trying_again_gives_only_what_the_asker_could(town: Town) -> None:
    await staffed(town, Rank.SUPPORT)
    await town.subscribed()
    await town.access(MIA, "Members", applied=False)
    lease = town.app.lease()
    async with town.store.transaction() as tx:
        (effect,) = await tx.accesses.claim(Platform.DISCORD, lease, town.clock.now(), 1)
        await tx.accesses.park(effect, lease, EffectState.BLOCKED, "hierarchy: 50013")
    again = action_of(await town.ask(BEN, "member", member=member(MIA)), "Try again")
    assert "couldn't give **Members**" in (await town.press(BEN, again)).text
    server(town).role_managers.add(BEN)
    assert "Trying 1 role or chat again." in (await town.press(BEN, again)).text


async def test_from_telegram_too_a_dangerous_role_is_made_cheaper_by_nobody(town: Town) -> None:
    await staffed(town)
    await sells_boss(town)
    await town.has_chat(CHAT.external_id, "Reading room")
    there = {"place": CHAT, "platform": Platform.TELEGRAM, "admin": True}
    for plan, told in (("Coup", "Only the server's owner"), ("Pro", "was changed")):
        edit: dict[str, Value] = {"plan": plan, "price": "0.50"}
        assert told in (await town.ask("ted", "plan edit", edit, **there)).text  # type: ignore[arg-type]
