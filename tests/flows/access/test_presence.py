"""Members come, leave, come back; moderators give and take by hand; roles move and disappear."""

from __future__ import annotations

import pytest

from payments.core.access import EffectState
from payments.core.community import Identity, Platform
from payments.flows.access import presence
from payments.flows.access.outcomes import Delivery
from tests.fakes.door import PLACE, Door, member_of_pro
from tests.fakes.platform import FakeRole

ADA = Identity(Platform.DISCORD, "ada")


async def test_who_paid_before_joining_gets_the_role_on_joining(door: Door) -> None:
    person, _, role = await member_of_pro(door, inside=False)
    assert await door.state(person, role) is EffectState.WAITING
    door.server.members["ada"] = set()
    assert await presence.member_joined(door.app, ADA, PLACE) == 1
    assert door.woken[-1] == "effects"
    assert await door.work() == [Delivery.GRANTED]


async def test_who_leaves_and_comes_back_has_the_role_again(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    del door.server.members["ada"]
    assert await presence.member_left(door.app, ADA, PLACE) == 1
    assert await door.work() == [Delivery.WAITING]
    assert not (await door.access(person, role)).applied
    door.server.members["ada"] = set()
    await presence.member_joined(door.app, ADA, PLACE)
    assert await door.work() == [Delivery.GRANTED]
    await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED]


async def test_though_nobody_saw_the_leaving_the_role_is_given_on_coming_back(door: Door) -> None:
    _, _, role = await member_of_pro(door)
    door.server.members["ada"] = set()
    await presence.member_joined(door.app, ADA, PLACE)
    assert await door.work() == [Delivery.GRANTED]
    assert door.roles("ada") == {role.external_id}


async def test_who_left_counts_for_no_breaker(door: Door) -> None:
    """Fifty members leaving are fifty who left, and no mass revoke."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    for n in range(50):
        await door.joins_plan(await door.person(f"p{n}"), plan)
    await door.work()
    for n in range(50):
        del door.server.members[f"p{n}"]
        await presence.member_left(door.app, Identity(Platform.DISCORD, f"p{n}"), PLACE)
    await door.work()
    one = await door.person("late")
    await door.joins_plan(one, plan)
    await door.work()
    await door.ends(one, plan)
    assert await door.work() == [Delivery.REVOKED]


async def test_strangers_come_and_go_without_effect(door: Door) -> None:
    stranger = Identity(Platform.DISCORD, "stranger")
    assert await presence.member_joined(door.app, stranger, PLACE) == 0
    assert await presence.member_left(door.app, stranger, PLACE) == 0
    assert await presence.member_updated(door.app, stranger, PLACE, frozenset()) == 0


async def test_a_role_taken_by_hand_is_given_again(door: Door) -> None:
    person, _, role = await member_of_pro(door)
    door.roles("ada").clear()
    door.business.at += 1
    assert await presence.member_updated(door.app, ADA, PLACE, frozenset()) == 1
    assert await door.work() == [Delivery.GRANTED]
    assert await door.audit(person) == ["granted", "drifted", "granted"]
    assert (await door.access(person, role)).held_before is False


async def test_two_bots_of_different_opinion_do_not_fight_for_ever(door: Door) -> None:
    await member_of_pro(door)
    restored = 0
    for _ in range(10):
        door.roles("ada").clear()
        restored += await presence.member_updated(door.app, ADA, PLACE, frozenset())
        await door.work()
    assert restored == presence.RESTORE_MAX


async def test_a_role_given_by_hand_is_not_our_affair(door: Door) -> None:
    role = await door.role("Pro")
    await door.person("ada")
    door.roles("ada").add(role.external_id)
    assert await presence.member_updated(door.app, ADA, PLACE, frozenset({role.external_id})) == 0
    assert await presence.compare_place(door.app, PLACE) == 0
    assert await door.work() == []
    assert door.roles("ada") == {role.external_id}


@pytest.mark.parametrize(
    ("after_ms", "taken"), [(0, True), (presence.STICKY_MS, True), (presence.STICKY_MS + 1, False)]
)
async def test_a_role_that_comes_back_with_somebody_is_taken_again_and_one_by_hand_stays(
    door: Door, after_ms: int, taken: bool
) -> None:
    """Another bot remembers roles: she left with it, her membership ended meanwhile, and she is back."""
    person, plan, role = await member_of_pro(door)
    del door.server.members["ada"]
    await presence.member_left(door.app, ADA, PLACE)
    await door.work()
    await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED]
    door.server.members["ada"] = {role.external_id}
    await presence.member_joined(door.app, ADA, PLACE)
    await door.work()
    assert door.roles("ada") == {role.external_id}, "nobody knows yet who gave it"
    door.machine.at += after_ms
    assert await presence.member_updated(door.app, ADA, PLACE, frozenset({role.external_id})) == taken
    await door.work()
    assert door.roles("ada") == (set() if taken else {role.external_id})
    door.roles("ada").add(role.external_id)
    door.machine.at += 1
    await presence.member_updated(door.app, ADA, PLACE, frozenset({role.external_id}))
    await door.work()
    assert door.roles("ada") == {role.external_id}, "what comes after we took it is given by somebody"


async def test_a_role_from_before_us_is_not_taken_when_it_comes_back(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada", roles=[role.external_id])
    await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.KEPT]
    await door.ends(person, plan)
    assert await door.work() == [Delivery.KEPT]
    await presence.member_joined(door.app, ADA, PLACE)
    assert await presence.member_updated(door.app, ADA, PLACE, frozenset({role.external_id})) == 0
    await door.work()
    assert door.roles("ada") == {role.external_id}


async def test_an_old_event_that_shows_the_time_before_our_grant_does_no_harm(door: Door) -> None:
    """The role is given once more, and stays ours to take."""
    person, plan, role = await member_of_pro(door)
    await presence.member_updated(door.app, ADA, PLACE, frozenset())
    assert await door.work() == [Delivery.GRANTED]
    assert (await door.access(person, role)).held_before is False
    await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED]


async def test_our_own_revoke_is_no_drift(door: Door) -> None:
    person, plan, _ = await member_of_pro(door)
    await door.ends(person, plan)
    await door.work()
    assert await presence.member_updated(door.app, ADA, PLACE, frozenset()) == 0


# -- the comparison of a whole place -----------------------------------------------------------------------------------


async def test_the_comparison_finds_what_no_event_told(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    for name in ("robbed", "gone", "fine"):
        await door.joins_plan(await door.person(name), plan)
    await door.joins_plan(await door.person("came", inside=False), plan)
    await door.work()
    door.roles("robbed").clear()
    del door.server.members["gone"]
    door.server.members["came"] = set()
    assert await presence.compare_place(door.app, PLACE) == 3
    assert sorted(await door.work()) == [Delivery.GRANTED, Delivery.GRANTED, Delivery.WAITING]
    assert door.roles("robbed") == door.roles("came") == door.roles("fine") == {role.external_id}
    assert await presence.compare_place(door.app, PLACE) == 0


async def test_a_list_that_can_not_be_had_changes_nothing(door: Door) -> None:
    await member_of_pro(door)
    door.server.bot_inside = False
    assert await presence.compare_place(door.app, PLACE) == 0
    assert await door.work() == []


async def test_an_incomplete_list_puts_nobody_out(door: Door) -> None:
    """Anyone missing from the list is asked about one by one before anything is believed."""
    person, _, role = await member_of_pro(door)
    members, door.server.members = door.server.members, {}
    await presence.compare_place(door.app, PLACE)
    door.server.members = members
    assert await door.work() == [Delivery.GRANTED]
    assert (await door.access(person, role)).applied


# -- blocked until an admin acts ---------------------------------------------------------------------------------------


async def test_what_was_blocked_is_delivered_when_the_role_can_be_reached(door: Door) -> None:
    door.server.rank = 1
    person, _, role = await member_of_pro(door, comes_to=Delivery.BLOCKED)
    assert await door.state(person, role) is EffectState.BLOCKED
    door.server.rank = 100
    assert await presence.recheck_blocked(door.app, PLACE) == 1
    assert await door.work() == [Delivery.GRANTED]


async def test_what_is_still_out_of_reach_costs_one_question_a_role_and_no_refused_call(door: Door) -> None:
    door.server.rank = 1
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    for n in range(5):
        await door.joins_plan(await door.person(f"p{n}"), plan)
    await door.work()
    await door.notices()
    door.platform.calls.clear()
    assert await presence.recheck_blocked(door.app, PLACE) == 0
    assert door.platform.calls == [f"check - {role.external_id}"]
    assert await door.notices() == {}


async def test_a_deleted_role_is_told_once_and_waits_for_an_admin(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    for name in ("ada", "bob"):
        await door.joins_plan(await door.person(name), plan)
    await door.work()
    await door.notices()
    del door.server.roles[role.external_id]
    for roles in door.server.members.values():
        roles.clear()
    assert await presence.role_deleted(door.app, PLACE, role.external_id) == 2
    assert await door.work() == [Delivery.BLOCKED] * 2
    assert [what["code"] for _, what in (await door.notices())["blocked"]] == ["target_gone"]
    door.server.roles[role.external_id] = FakeRole()
    assert await presence.recheck_blocked(door.app, PLACE) == 2


async def test_a_place_without_community_or_platform_is_left_alone(door: Door) -> None:
    door.app.platforms = {}
    assert await presence.compare_place(door.app, PLACE) == 0
    assert await presence.recheck_blocked(door.app, PLACE) == 0
    elsewhere = type(PLACE)(Platform.DISCORD, "elsewhere")
    assert await presence.recheck_blocked(door.app, elsewhere) == 0


async def test_the_names_of_a_server_and_its_roles_are_kept_up_to_date(door: Door) -> None:
    role = await door.role("Pro")
    names = {role.external_id: "Patrons", "unknown": "Others"}
    assert await presence.renamed(door.app, PLACE, "Go club", names) == 2
    assert await presence.renamed(door.app, PLACE, "Go club", names) == 0
    assert await presence.renamed(door.app, PLACE, None, {}) == 0
    async with door.store.transaction() as tx:
        community, target = await tx.communities.at(PLACE), await tx.communities.target(role.id)
    assert community is not None
    assert target is not None
    assert (community.name, target.name) == ("Go club", "Patrons")
    elsewhere = type(PLACE)(Platform.DISCORD, "elsewhere")
    assert await presence.renamed(door.app, elsewhere, "Go club", names) == 0


async def test_a_role_that_is_left_to_a_moderator_is_told_once_in_the_log(door: Door) -> None:
    person, _, _ = await member_of_pro(door)
    for _ in range(presence.RESTORE_MAX + 3):
        door.roles("ada").clear()
        await presence.member_updated(door.app, ADA, PLACE, frozenset())
        await door.work()
    assert (await door.audit(person)).count("left_so") == 1


async def test_where_nobody_can_be_listed_those_who_wait_are_asked_about(door: Door) -> None:
    """Telegram: who asked to come in while we were away for days waits there still, and no update tells of it."""
    person, _, role = await member_of_pro(door, inside=False)
    door.platform.lists = False
    assert await presence.compare_place(door.app, PLACE) == 1
    assert await door.work() == [Delivery.WAITING]
    door.server.members["ada"] = set()
    await presence.compare_place(door.app, PLACE)
    assert await door.work() == [Delivery.GRANTED]
    assert (await door.access(person, role)).applied
