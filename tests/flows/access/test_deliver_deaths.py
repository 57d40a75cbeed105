"""The door: a process that dies or stands still in the middle of a delivery loses nothing, and claims nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from payments.core.catalog import Plan
from payments.core.community import Place
from payments.core.ids import CommunityId, PersonId
from payments.flows.access.deliver import deliver_effect
from payments.flows.access.gates import HOLD_REVOKES_MS
from payments.flows.access.outcomes import Delivery
from tests.fakes.door import Door, member_of_pro

# -- what if it dies here ----------------------------------------------------------------------------------------------


class Death(BaseException):
    """The process ends."""


@pytest.mark.parametrize("dies_in", ["holds", "give"])
async def test_a_death_in_the_middle_of_a_grant_loses_nothing_and_claims_nothing(door: Door, dies_in: str) -> None:
    """The role is given once more, and it is still ours to take: what we gave doesn't count as "held before"."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    whole = getattr(door.platform, dies_in)

    async def dies(*arguments: Any, **named: Any) -> Any:
        await whole(*arguments, **named)
        raise Death

    setattr(door.platform, dies_in, dies)
    with pytest.raises(Death):
        await door.work()
    setattr(door.platform, dies_in, whole)
    assert await door.work() == []
    door.machine.at += 61_000
    assert await door.work() == [Delivery.GRANTED]
    assert (await door.access(person, role)).held_before is False
    await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED]
    assert door.roles("ada") == set()


async def test_a_grant_of_unknown_outcome_is_taken_back_when_it_is_over(door: Door) -> None:
    """Given, but the answer was lost; then the plan ends: the role must not stay behind."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)

    async def lost() -> None:
        raise Death

    door.platform.after = lost
    with pytest.raises(Death):
        await door.work()
    door.platform.after = None
    await door.ends(person, plan)
    door.machine.at += 61_000
    assert await door.work() == [Delivery.REVOKED]
    assert door.roles("ada") == set()


async def test_a_death_after_a_take_takes_again_and_says_so(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    await door.ends(person, plan)

    async def lost() -> None:
        raise Death

    door.platform.after = lost
    with pytest.raises(Death):
        await door.work()
    door.platform.after = None
    assert (await door.access(person, role)).applied
    door.machine.at += 61_000
    assert await door.work() == [Delivery.REVOKED]


async def test_many_deliveries_at_once_come_to_the_same(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    for n in range(30):
        await door.joins_plan(await door.person(f"p{n}"), plan)
    claimed = await door.claim()
    outcomes = await asyncio.gather(*(deliver_effect(door.app, effect, lease) for effect, lease in claimed))
    assert outcomes == [Delivery.GRANTED] * 30
    assert sum(role.external_id in roles for roles in door.server.members.values()) == 30


# -- a process that stood still ----------------------------------------------------------------------------------------


async def test_who_may_not_deliver_any_more_begins_no_call(door: Door) -> None:
    await member_of_pro(door, "ben")
    plan = await door.plan("Gold", await door.role("Gold"))
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    ((effect, lease),) = await door.claim()
    door.app.delivering = lambda: False
    assert await deliver_effect(door.app, effect, lease) is Delivery.BUSY
    assert door.roles("ada") == set()


async def taken_over(door: Door, person: PersonId, plan: Plan) -> None:
    """Another process delivers now: it gave, and took again once the membership had ended."""
    door.platform.after = None
    async with door.store.transaction() as tx:
        await tx.leases.free_deliveries()
    assert await door.work() == [Delivery.GRANTED]
    await door.ends(person, plan)
    door.machine.at += HOLD_REVOKES_MS
    assert await door.work() == [Delivery.REVOKED]


async def test_what_was_given_too_late_is_taken_again(door: Door) -> None:
    """The process stood still within its call; meanwhile another took over, and the membership ended."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    (stale,) = await door.claim()

    async def stood_still() -> None:
        await taken_over(door, person, plan)
        door.server.members["ada"].add(role.external_id)  # the late call reaches the platform only now

    door.platform.after = stood_still
    assert await deliver_effect(door.app, *stale) is Delivery.LOST
    assert door.roles("ada") == {role.external_id}
    assert await door.work() == [Delivery.REVOKED]
    assert door.roles("ada") == set()


async def test_so_it_is_when_the_place_was_taken_out_of_its_community_meanwhile(door: Door) -> None:
    """Who once had something there is forgotten with it."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    (stale,) = await door.claim()

    async def stood_still() -> None:
        await taken_over(door, person, plan)
        async with door.store.transaction() as tx:
            await tx.plans.close_target(plan.id, role.id, closed_at=None)
            former = await tx.communities.get(role.community_id)
            assert former is not None
            place = Place(role.platform, role.place_id)
            assert not await tx.communities.in_use(place)
            await tx.communities.take_out(place, replace(former, id=CommunityId("com_own")))
        door.server.members["ada"].add(role.external_id)  # the late call reaches the platform only now

    door.platform.after = stood_still
    assert await deliver_effect(door.app, *stale) is Delivery.LOST
    assert door.roles("ada") == {role.external_id}
    assert await door.work() == [Delivery.REVOKED]
    assert door.roles("ada") == set()


async def test_what_was_taken_too_late_is_given_again(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    await door.ends(person, plan)
    (stale,) = await door.claim()

    async def stood_still() -> None:
        door.platform.after = None
        async with door.store.transaction() as tx:
            await tx.leases.free_deliveries()
        await door.joins_plan(person, plan)
        assert await door.work() == [Delivery.GRANTED]
        door.server.members["ada"].discard(role.external_id)

    door.platform.after = stood_still
    assert await deliver_effect(door.app, *stale) is Delivery.LOST
    assert await door.work() == [Delivery.GRANTED]
    assert door.roles("ada") == {role.external_id}
