"""The door: what a person should have becomes what they have, and nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from payments.core.access import EffectState
from payments.core.community import Identity, Platform
from payments.flows.access import presence
from payments.flows.access.deliver import deliver_effect
from payments.flows.access.gates import HOLD_REVOKES_MS
from payments.flows.access.outcomes import Delivery
from storage.store import SqlStore
from tests.fakes.door import DAY, PLACE, START, Door, member_of_pro, open_door

# -- giving and taking -------------------------------------------------------------------------------------------------


async def test_a_member_gets_the_role_of_the_plan(door: Door) -> None:
    person, _, role = await member_of_pro(door)
    assert door.roles("ada") == {role.external_id}
    assert (await door.access(person, role)).applied
    assert await door.state(person, role) is EffectState.DONE
    assert await door.audit(person) == ["granted"]


async def test_a_member_whose_plan_ends_loses_the_role(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED]
    assert door.roles("ada") == set()
    assert not (await door.access(person, role)).applied
    assert await door.audit(person) == ["granted", "revoked"]


async def test_the_role_comes_back_with_the_membership(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    await door.ends(person, plan)
    await door.work()
    await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.GRANTED]
    assert door.roles("ada") == {role.external_id}


async def test_who_lost_a_role_and_has_it_again_is_told_once_each_time(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    assert set(await door.notices()) == {"access_opened"}
    for _ in range(2):
        await door.ends(person, plan)
        await door.work()
        await door.notices()
        await door.joins_plan(person, plan)
        await door.work()
        told = {"plan": "Pro", "community": door.community.name, "targets": [role.name]}
        assert await door.notices() == {"access_back": [(person, told)]}


async def test_who_only_left_the_server_and_came_back_is_not_told_that_it_is_open_again(door: Door) -> None:
    person, _, role = await member_of_pro(door)
    await door.notices()
    del door.server.members["ada"]
    await presence.member_left(door.app, Identity(Platform.DISCORD, "ada"), PLACE)
    await door.work()
    door.server.members["ada"] = set()
    await presence.member_joined(door.app, Identity(Platform.DISCORD, "ada"), PLACE)
    await door.work()
    assert door.roles("ada") == {role.external_id}
    assert "access_back" not in await door.notices()
    assert (await door.access(person, role)).applied


async def test_a_target_that_is_new_on_the_plan_is_not_told_as_open_again(door: Door) -> None:
    person, plan, _ = await member_of_pro(door)
    await door.notices()
    lounge = await door.role("Lounge")
    async with door.store.transaction() as tx:
        await tx.plans.open_target(plan.id, lounge.id)
    await door.decide(person)
    await door.work()
    assert await door.notices() == {}


async def test_two_plans_with_one_role_hold_it_until_both_are_over(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    gold = await door.plan("Gold", role)
    await door.joins_plan(person, gold)
    await door.ends(person, plan)
    assert Delivery.REVOKED not in await door.work()
    assert door.roles("ada") == {role.external_id}
    await door.ends(person, gold)
    assert await door.work() == [Delivery.REVOKED]


async def test_the_welcome_names_everything_once_and_so_does_each_return(door: Door) -> None:
    roles = [await door.role("Pro"), await door.role("Lounge")]
    plan = await door.plan("Pro", *roles)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    await door.work()
    told = await door.notices()
    assert told == {
        "access_opened": [(person, {"plan": "Pro", "community": "Chess club", "targets": ["Lounge", "Pro"]})]
    }
    await door.ends(person, plan)
    await door.work()
    await door.joins_plan(person, plan)
    await door.work()
    over = {"plan": "Pro", "community": "Chess club", "reason": "canceled"}
    back = {"plan": "Pro", "community": "Chess club", "targets": ["Lounge", "Pro"]}
    assert await door.notices() == {"access_ended": [(person, over)], "access_back": [(person, back)]}


@pytest.mark.parametrize("last", ["parked", "blocked"])
async def test_the_welcome_comes_also_when_the_last_of_several_can_not_be_given(door: Door, last: str) -> None:
    """The first says nothing, since another is under way: so that other has to."""
    pro, lounge = await door.role("Pro"), await door.role("Lounge")
    plan = await door.plan("Pro", pro, lounge)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    first, second = await door.claim()
    given = pro if first[0].target_id == pro.id else lounge
    assert await deliver_effect(door.app, *first) is Delivery.GRANTED
    if last == "parked":
        del door.server.members["ada"]
    else:
        door.server.rank = 0
    assert await deliver_effect(door.app, *second) in (Delivery.WAITING, Delivery.BLOCKED)
    told = (await door.notices())["access_opened"]
    assert told == [(person, {"plan": "Pro", "community": "Chess club", "targets": [given.name]})]


# -- invariant 4: level, not edge --------------------------------------------------------------------------------------


async def test_what_is_wanted_is_computed_when_it_is_delivered(door: Door) -> None:
    """A grant that was decided and then undone by a refund is not delivered late."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    await door.ends(person, plan, decide=False)
    assert await door.work() == [Delivery.NOTHING]
    assert door.roles("ada") == set()
    assert not any(call.startswith("give") for call in door.platform.calls)


async def test_time_alone_turns_a_late_grant_into_none(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan, until=START + DAY)
    door.business.at += 2 * DAY
    assert await door.work() == [Delivery.NOTHING]
    assert not (await door.access(person, role)).wanted


async def test_a_late_revoke_does_not_put_out_who_paid_meanwhile(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    await door.ends(person, plan)
    await door.entitle(person, plan)  # paid again; its settlement has not decided yet
    assert await door.work() == [Delivery.GRANTED]
    assert door.roles("ada") == {role.external_id}
    assert not any(call.startswith("take") for call in door.platform.calls)


async def test_a_decision_during_the_call_leaves_the_effect_open(door: Door) -> None:
    """A refund that is settled while the grant is on the wire: the role is given, and taken at once."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)

    async def refund() -> None:
        door.platform.after = None
        await door.ends(person, plan)

    door.platform.after = refund
    assert await door.work() == [Delivery.MOVED_ON, Delivery.REVOKED]
    assert door.roles("ada") == set()
    assert "access_opened" not in await door.notices()


async def test_a_worker_that_was_taken_over_changes_nothing(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    (stale,) = await door.claim()
    door.machine.at += 61_000
    assert await door.work() == [Delivery.GRANTED]
    await door.ends(person, plan)
    door.machine.at += HOLD_REVOKES_MS
    assert await door.work() == [Delivery.REVOKED]
    calls = len(door.platform.calls)
    assert await deliver_effect(door.app, *stale) is Delivery.LOST
    assert door.roles("ada") == set()
    assert not any(call.startswith("give") for call in door.platform.calls[calls:])


async def test_no_call_is_begun_that_the_lease_may_not_outlast(door: Door) -> None:
    person, plan, _ = await member_of_pro(door)
    await door.ends(person, plan)
    ((effect, lease),) = await door.claim()
    door.machine.at = lease.until - 10_000
    assert await deliver_effect(door.app, effect, lease) is Delivery.BUSY
    assert not any(call.startswith("take") for call in door.platform.calls)


async def test_a_delivery_does_not_overlook_a_renewal_that_is_being_stored(postgres_store: SqlStore) -> None:
    """Both lock the person: else the door would go by what was true before, and nothing would look again."""
    door = await open_door(postgres_store)
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan, until=START + DAY)
    await door.work()
    door.business.at += 2 * DAY
    async with door.store.transaction() as tx:
        await tx.accesses.reopen(person, role.id, door.machine.at)
    ((effect, lease),) = await door.claim()
    async with door.store.transaction() as tx:
        await tx.identities.lock([person])
        (entitlement,) = await tx.entitlements.of([person])
        await tx.entitlements.put(replace(entitlement, access_until=None))
        delivering = asyncio.create_task(deliver_effect(door.app, effect, lease))
        await asyncio.sleep(0.3)
    await delivering
    assert (await door.access(person, role)).wanted
    assert door.roles("ada") == {role.external_id}


# -- invariant 7: only what we gave, we take ---------------------------------------------------------------------------


async def test_a_role_that_was_there_before_stays(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada", roles=[role.external_id])
    await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.KEPT]
    assert (await door.access(person, role)).held_before is True
    await door.ends(person, plan)
    assert await door.work() == [Delivery.KEPT]
    assert door.roles("ada") == {role.external_id}
    assert await door.audit(person) == ["kept", "kept"]


async def test_a_role_given_by_hand_between_two_memberships_stays(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    await door.ends(person, plan)
    await door.work()
    door.roles("ada").add(role.external_id)
    await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.KEPT]
    await door.ends(person, plan)
    await door.work()
    assert door.roles("ada") == {role.external_id}


async def test_a_role_that_was_there_before_and_was_lost_meanwhile_becomes_ours(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada", roles=[role.external_id])
    await door.joins_plan(person, plan)
    await door.work()
    door.roles("ada").clear()
    async with door.store.transaction() as tx:
        await tx.accesses.reopen(person, role.id, door.machine.at)
    assert await door.work() == [Delivery.GRANTED]
    await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED]
    assert door.roles("ada") == set()
