"""The door: what a person should have becomes what they have, and nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from payments.core.ids import PersonId
from payments.core.model import EffectState, Identity, Platform, Target
from payments.flows.deliver import HOLD_REVOKES_MS, deliver_effect
from payments.flows.delivering import Delivery
from payments.ports.platform import Busy, Failed
from storage.store import SqlStore
from tests.fakes.door import DAY, START, Door, open_door


@pytest.fixture
async def door(sqlite_store: SqlStore) -> Door:
    return await open_door(sqlite_store)


async def member_of_pro(door: Door, name: str = "ada") -> tuple[Any, Any, Target]:
    """A member whose role is given."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person(name)
    await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.GRANTED]
    return person, plan, role


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


async def test_two_plans_with_one_role_hold_it_until_both_are_over(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    gold = await door.plan("Gold", role)
    await door.joins_plan(person, gold)
    await door.ends(person, plan)
    assert Delivery.REVOKED not in await door.work()
    assert door.roles("ada") == {role.external_id}
    await door.ends(person, gold)
    assert await door.work() == [Delivery.REVOKED]


async def test_the_welcome_names_everything_once(door: Door) -> None:
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
    assert await door.notices() == {"access_ended": [(person, over)]}


@pytest.mark.parametrize("last", ["parked", "blocked"])
async def test_the_welcome_comes_also_when_the_last_of_several_can_not_be_given(door: Door, last: str) -> None:
    """The first says nothing, since another is under way: so that other has to."""
    pro, lounge = await door.role("Pro"), await door.role("Lounge")
    plan = await door.plan("Pro", pro, lounge)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    first, second = await door.claim()
    given = pro if first[0].target_id == pro.id else lounge
    assert await deliver_effect(door.engine, *first) is Delivery.GRANTED
    if last == "parked":
        del door.server.members["ada"]
    else:
        door.server.rank = 0
    assert await deliver_effect(door.engine, *second) in (Delivery.WAITING, Delivery.BLOCKED)
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
    assert await deliver_effect(door.engine, *stale) is Delivery.LOST
    assert door.roles("ada") == set()
    assert not any(call.startswith("give") for call in door.platform.calls[calls:])


async def test_no_call_is_begun_that_the_lease_may_not_outlast(door: Door) -> None:
    person, plan, _ = await member_of_pro(door)
    await door.ends(person, plan)
    ((effect, lease),) = await door.claim()
    door.machine.at = lease.until - 10_000
    assert await deliver_effect(door.engine, effect, lease) is Delivery.BUSY
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
        await tx.people.lock([person])
        (entitlement,) = await tx.entitlements.of([person])
        await tx.entitlements.put(replace(entitlement, access_until=None))
        delivering = asyncio.create_task(deliver_effect(door.engine, effect, lease))
        await asyncio.sleep(0.3)
    await delivering
    assert (await door.access(person, role)).wanted
    assert door.roles("ada") == {role.external_id}


# -- invariant 5: done when the platform says so -----------------------------------------------------------------------


async def test_who_is_not_in_the_server_is_waited_for_and_told_once(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role, await door.role("Lounge"))
    person = await door.person("ada", inside=False)
    await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.WAITING, Delivery.WAITING]
    assert await door.state(person, role) is EffectState.WAITING
    assert not (await door.access(person, role)).applied
    assert await door.notices() == {"not_there": [(person, {"plan": "Pro", "community": "Chess club"})]}


async def test_who_can_come_in_by_a_link_gets_it_each_time_access_opens_anew(door: Door) -> None:
    door.platform.way_in = "https://t.me/+abc"
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada", inside=False)
    await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.WAITING]
    link = {"plan": "Pro", "community": "Chess club", "target": "Pro", "url": "https://t.me/+abc"}
    assert (await door.notices())["come_in"] == [(person, link)]
    await door.ends(person, plan)
    await door.work()
    door.machine.at += 1_000
    door.business.at += 1_000
    await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.WAITING]
    assert (await door.notices())["come_in"] == [(person, link)]


async def test_who_has_no_account_on_the_platform_is_told_once_how_to_link_one(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    async with door.store.transaction() as tx:
        elsewhere = Identity(Platform.TELEGRAM, "77")
        person = await tx.people.ensure(elsewhere, "Tess", "en", PersonId("prs_tess"), START)
    await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.WAITING]
    told = {"plan": "Pro", "community": "Chess club", "target": "Pro", "platform": "discord"}
    assert await door.notices() == {"not_linked": [(person, told)]}


async def test_a_refused_grant_is_blocked_and_the_contact_told_once(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    door.server.rank = 1
    for name in ("ada", "bob", "eve"):
        await door.joins_plan(await door.person(name), plan)
    assert await door.work() == [Delivery.BLOCKED] * 3
    told = await door.notices()
    assert [(who, what["target"], what["code"]) for who, what in told["blocked"]] == [("prs_olga", "Pro", "hierarchy")]


async def test_the_contact_is_told_again_of_another_cause_and_after_it_worked(door: Door) -> None:
    person, _, role = await member_of_pro(door)

    async def again() -> list[str]:
        door.roles("ada").clear()
        door.business.at += DAY
        async with door.store.transaction() as tx:
            await tx.accesses.reopen(person, role.id, door.machine.at)
        await door.work()
        return [str(what["code"]) for _, what in (await door.notices()).get("blocked", [])]

    door.server.rank = 1
    assert await again() == ["hierarchy"]
    assert await again() == []
    door.server.may_manage = False
    assert await again() == ["no_access"]
    door.server.rank, door.server.may_manage = 9, True
    assert await again() == []
    door.server.rank = 1
    assert await again() == ["hierarchy"]


async def test_nobody_has_a_role_that_is_gone(door: Door) -> None:
    person, _, role = await member_of_pro(door)
    del door.server.roles[role.external_id]
    async with door.store.transaction() as tx:
        await tx.accesses.reopen(person, role.id, door.machine.at)
    assert await door.work() == [Delivery.BLOCKED]
    assert not (await door.access(person, role)).applied


async def test_a_refused_revoke_is_never_recorded_as_done(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    door.server.may_manage = False
    await door.ends(person, plan)
    assert await door.work() == [Delivery.BLOCKED]
    assert (await door.access(person, role)).applied
    assert await door.state(person, role) is EffectState.BLOCKED
    assert (await door.audit(person))[-1] == "blocked"
    assert door.roles("ada") == {role.external_id}


async def test_a_revoke_of_who_left_is_done(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    del door.server.members["ada"]
    await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED]
    assert not (await door.access(person, role)).applied


async def test_a_revoke_of_a_deleted_role_is_done(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    del door.server.roles[role.external_id]
    await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED]


async def test_who_has_no_account_on_the_platform_is_waited_for(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    async with door.store.transaction() as tx:
        elsewhere = Identity(Platform.TELEGRAM, "77")
        person = await tx.people.ensure(elsewhere, "Tess", "en", PersonId("prs_tess"), START)
    await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.WAITING]
    await door.ends(person, plan)
    assert await door.work() == [Delivery.NOTHING]


async def test_a_revoke_is_tried_again_as_patiently_as_a_grant(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    await door.ends(person, plan)
    door.platform.answers = [Busy(5_000, "429")]
    assert await door.work() == [Delivery.BUSY]
    for attempt in range(1, 13):
        door.machine.at += 3_600_000
        door.platform.answers = [Failed("500")]
        assert await door.work() == [Delivery.DEAD if attempt == 12 else Delivery.FAILED]
    assert (await door.access(person, role)).applied
    assert await door.audit(person) == ["granted", *["revoke_failed"] * 12]


async def test_without_its_platform_a_revoke_waits_too(door: Door) -> None:
    person, plan, _ = await member_of_pro(door)
    await door.ends(person, plan)
    door.engine.platforms = {}
    assert await door.work() == [Delivery.BUSY]


async def test_what_can_not_be_asked_is_not_given(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    door.server.bot_inside = False
    assert await door.work() == [Delivery.BLOCKED]
    assert (await door.access(person, role)).held_before is None
    assert (await door.notices())["blocked"][0][1]["code"] == "no_access"


async def test_a_busy_platform_costs_no_attempt(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    for _ in range(20):
        door.platform.answers = [Busy(5_000, "429")]
        assert await door.work() == [Delivery.BUSY]
        door.machine.at += 5_000
    door.platform.answers = [Failed("500")]
    assert await door.work() == [Delivery.FAILED]  # the first attempt, and by far not the last
    door.machine.at += 5_000
    assert await door.work() == [Delivery.GRANTED]
    assert await door.audit(person) == ["grant_failed", "granted"]


async def test_failures_are_tried_again_with_patience_and_then_given_up_visibly(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    for attempt in range(1, 13):
        door.platform.answers = [Failed("500")]
        assert await door.work() == [Delivery.DEAD if attempt == 12 else Delivery.FAILED]
        door.machine.at += 3_600_000
    assert await door.work() == []
    assert await door.state(person, role) is EffectState.DEAD
    assert await door.audit(person) == ["grant_failed"] * 12
    assert [who for who, _ in (await door.notices())["given_up"]] == ["prs_olga"]


async def test_without_its_platform_an_effect_waits_and_costs_nothing(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    platforms, door.engine.platforms = door.engine.platforms, {}
    assert await door.work() == [Delivery.BUSY]
    door.engine.platforms = platforms
    door.machine.at += 30_000
    assert await door.work() == [Delivery.GRANTED]


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


# -- what if it dies here ----------------------------------------------------------------------------------------------


class Death(BaseException):
    """The process ends."""


@pytest.mark.parametrize("dies_in", ["holds", "give"])
async def test_a_death_in_the_middle_of_a_grant_loses_nothing_and_claims_nothing(door: Door, dies_in: str) -> None:
    """The role is given once more, and it is still ours to take: what we gave ourselves is no «held before»."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    whole = getattr(door.platform, dies_in)

    async def dies(*arguments: Any) -> Any:
        await whole(*arguments)
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
    outcomes = await asyncio.gather(*(deliver_effect(door.engine, effect, lease) for effect, lease in claimed))
    assert outcomes == [Delivery.GRANTED] * 30
    assert sum(role.external_id in roles for roles in door.server.members.values()) == 30


# -- a process that stood still ----------------------------------------------------------------------------------------


async def test_who_may_not_deliver_any_more_begins_no_call(door: Door) -> None:
    await member_of_pro(door, "ben")
    plan = await door.plan("Gold", await door.role("Gold"))
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    ((effect, lease),) = await door.claim()
    door.engine.delivering = lambda: False
    assert await deliver_effect(door.engine, effect, lease) is Delivery.BUSY
    assert door.roles("ada") == set()


async def test_what_was_given_too_late_is_taken_again(door: Door) -> None:
    """The process stood still within its call; meanwhile another took over, and the membership ended."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    (stale,) = await door.claim()

    async def stood_still() -> None:
        door.platform.after = None
        async with door.store.transaction() as tx:
            await tx.leases.free_deliveries()
        assert await door.work() == [Delivery.GRANTED]
        await door.ends(person, plan)
        door.machine.at += HOLD_REVOKES_MS
        assert await door.work() == [Delivery.REVOKED]
        door.server.members["ada"].add(role.external_id)  # the late call reaches the platform only now

    door.platform.after = stood_still
    assert await deliver_effect(door.engine, *stale) is Delivery.LOST
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
    assert await deliver_effect(door.engine, *stale) is Delivery.LOST
    assert await door.work() == [Delivery.GRANTED]
    assert door.roles("ada") == {role.external_id}
