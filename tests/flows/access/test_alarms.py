"""One cause, one alarm (invariant 15): told once, reminded daily, over once; one of those held up is tried for all."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from payments.core.access import EffectState
from payments.core.community import Identity, Platform, Target
from payments.core.ids import PersonId
from payments.core.refusals import PAUSE_MS_MAX, PROBE_MS_MAX, PROBE_MS_MIN, Cause
from payments.flows.access import alarms, presence
from payments.flows.access.deliver import deliver_effect
from payments.flows.access.outcomes import Delivery
from payments.flows.runtime.context import AppContext
from payments.ports.chat import Blocked, Busy, Failed
from payments.ports.stores import Alarm, StoreUnavailable
from storage.store import SqlStore
from tests.fakes.door import DAY, PLACE, Door, notice, open_door

HOUR = 3_600_000
TWO_FACTOR = Blocked("two_factor", "403 60003")


@pytest.fixture
async def door(store: SqlStore) -> Door:
    """On both engines."""
    return await open_door(store)


async def held_up(door: Door, names: str, refuses: Blocked | None = TWO_FACTOR) -> list[PersonId]:
    """Some buy two roles each, and the platform refuses all of it."""
    door.platform.refuses = refuses
    plan = await door.plan("Pro", await door.role("Pro"), await door.role("Lounge"))
    persons = [await door.person(name) for name in names.split()]
    for person in persons:
        await door.joins_plan(person, plan)
    await door.work()
    return persons


async def told(door: Door) -> list[tuple[str, str, bool]]:
    """What the contact is told now: kind, cause, whether it is a reminder."""
    found = await door.notices()
    return [
        (kind, str(what["code"]), "since_at" in what)
        for kind in ("blocked", "blocked_over")
        for _, what in found.get(kind, [])
    ]


async def later(door: Door, ms: int) -> None:
    door.machine.at += ms
    door.business.at += ms
    await alarms.look(door.app)


async def standing(door: Door) -> list[Alarm]:
    async with door.store.transaction() as tx:
        return list(await tx.alarms.standing())


async def test_one_cause_in_one_place_is_told_once_however_many_and_whatever_it_holds_up(door: Door) -> None:
    await held_up(door, "ada bob eve")
    await alarms.look(door.app)
    assert await told(door) == [("blocked", "two_factor", False)]
    assert len(await standing(door)) == 1


async def test_it_is_told_again_each_day_and_once_when_it_is_over(door: Door) -> None:
    await held_up(door, "ada bob")
    await told(door)
    await later(door, DAY - HOUR)
    await door.work()
    assert await told(door) == []
    await later(door, HOUR)
    await later(door, 1)
    assert await told(door) == [("blocked", "two_factor", True)]
    door.platform.refuses = None
    await later(door, PROBE_MS_MAX)
    assert await door.work() == [Delivery.GRANTED] * 4
    assert await told(door) == [("blocked_over", "two_factor", False)]
    await later(door, DAY)
    assert await told(door) == []
    assert await standing(door) == []


async def test_one_is_tried_for_all_and_when_it_works_the_others_follow_at_once(door: Door) -> None:
    await held_up(door, "ada bob eve")
    await later(door, PROBE_MS_MIN - 1)
    assert await door.work() == []
    await later(door, 1)
    assert await door.work() == [Delivery.BLOCKED]
    door.platform.refuses = None
    await later(door, PROBE_MS_MIN)
    assert await door.work() == [Delivery.GRANTED] * 6


async def test_another_is_tried_each_time(door: Door) -> None:
    await held_up(door, "ada bob eve")
    door.platform.calls.clear()
    for _ in range(6):
        await later(door, PROBE_MS_MAX)
        await door.work()
    assert len({call for call in door.platform.calls if call.startswith("give")}) == 6


async def test_a_revoke_is_tried_for_all_as_well(door: Door) -> None:
    persons = await held_up(door, "ada bob", refuses=None)
    door.platform.refuses = TWO_FACTOR
    async with door.store.transaction() as tx:
        plan = await tx.plans.get((await tx.entitlements.of(persons))[0].plan_id)
    assert plan is not None
    for person in persons:
        await door.ends(person, plan)
    assert await door.work() == [Delivery.BLOCKED] * 4
    door.platform.refuses = None
    await later(door, PROBE_MS_MIN)
    assert await door.work() == [Delivery.REVOKED] * 4


async def test_roles_that_are_out_of_reach_have_an_alarm_each(door: Door) -> None:
    door.server.rank = 1
    await held_up(door, "ada bob", refuses=None)
    assert await told(door) == [("blocked", "hierarchy", False)] * 2


async def test_what_works_for_one_role_says_nothing_about_another(door: Door) -> None:
    """Each refused call counts: Discord bans who is refused too often."""
    door.server.rank = 5
    persons = await held_up(door, "ada", refuses=None)
    assert persons
    door.server.roles["role_Pro"].position = 9
    plan = await door.plan("Max", *[t for t in await targets(door) if t.name == "Pro"])
    bob = await door.person("bob")
    await door.joins_plan(bob, plan)
    assert await door.work() == [Delivery.BLOCKED]
    more = await door.plan("Lounge", *[t for t in await targets(door) if t.name == "Lounge"])
    await door.joins_plan(await door.person("eve"), more)
    assert await door.work() == [Delivery.GRANTED]


async def targets(door: Door) -> list[Target]:
    async with door.store.transaction() as tx:
        return list(await tx.communities.targets(door.community.id))


async def test_what_waits_is_told_after_an_hour_and_no_sooner(door: Door) -> None:
    plan = await door.plan("Pro", await door.role("Pro"))
    await door.joins_plan(await door.person("ada"), plan)
    for _ in range(9):
        door.platform.answers = [Failed("403 <html>")] * 5
        await door.work()
        await later(door, HOUR // 10)
        assert await told(door) == []
    door.platform.answers = [Failed("403 <html>")] * 5
    await door.work()
    await later(door, HOUR // 10)
    assert await told(door) == [("blocked", "unknown", False)]
    door.platform.answers = []
    door.machine.at += PAUSE_MS_MAX
    assert await door.work() == [Delivery.GRANTED]
    assert await told(door) == [("blocked_over", "unknown", False)]


async def test_what_is_told_and_over_again_within_an_hour_is_never_told(door: Door) -> None:
    plan = await door.plan("Pro", await door.role("Pro"))
    await door.joins_plan(await door.person("ada"), plan)
    door.platform.answers = [Busy(5_000, "520")]
    assert await door.work() == [Delivery.BUSY]
    await later(door, HOUR // 2)
    assert await door.work() == [Delivery.GRANTED]
    await later(door, DAY)
    assert await told(door) == []


async def test_what_changes_its_cause_is_told_of_the_new_one_and_the_old_one_is_over(door: Door) -> None:
    await held_up(door, "ada")
    await told(door)
    door.platform.refuses = None
    door.server.may_manage = False
    await later(door, PROBE_MS_MIN)
    await door.work()
    assert ("blocked", "no_access", False) in await told(door)


async def test_two_looks_at_once_tell_once(door: Door) -> None:
    door.platform.refuses = TWO_FACTOR
    plan = await door.plan("Pro", await door.role("Pro"))
    for name in ("ada", "bob", "eve", "mia"):
        await door.joins_plan(await door.person(name), plan)
    claimed = await door.claim()
    await asyncio.gather(*(deliver_effect(door.app, effect, lease) for effect, lease in claimed))
    await asyncio.gather(*(alarms.look(door.app) for _ in range(4)))
    assert await told(door) == [("blocked", "two_factor", False)]


async def test_a_look_that_dies_is_made_up_for_by_the_next(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = alarms.look

    async def dies(app: AppContext) -> None:
        raise StoreUnavailable("killed")

    monkeypatch.setattr(alarms, "look", dies)
    with pytest.raises(StoreUnavailable):
        await held_up(door, "ada")
    monkeypatch.setattr(alarms, "look", looks)
    assert await door.notices() == {}
    await alarms.look(door.app)
    assert await told(door) == [("blocked", "two_factor", False)]


async def test_who_leaves_is_held_up_no_more(door: Door) -> None:
    await held_up(door, "ada")
    await told(door)
    del door.server.members["ada"]
    async with door.store.transaction() as tx:
        await tx.accesses.reopen_states({EffectState.BLOCKED}, door.machine.at)
    door.platform.refuses = None
    assert await door.work() == [Delivery.WAITING] * 2
    await alarms.look(door.app)
    assert await told(door) == [("blocked_over", "two_factor", False)]


async def test_private_messages_that_are_stopped_are_told_once_and_none_is_lost(door: Door) -> None:
    persons = [await door.person(f"p{n}") for n in range(5)]
    async with door.store.transaction() as tx:
        for person in persons:
            await tx.notices.add(notice(f"n{person}", person, plan="Pro", community="Chess club", targets=["Pro"]))
    door.app.settings = replace(door.app.settings, named_places=frozenset({PLACE}))
    door.platform.answers = [Busy(60_000, "403 20026", Cause.MESSAGES_STOPPED)] * 5
    await door.tell()
    await alarms.look(door.app)
    await alarms.look(door.app)
    assert [one.cause for one in await standing(door)] == ["messages_stopped"]
    door.business.at += 6 * DAY  # far longer than news is news otherwise
    door.machine.at += DAY
    await door.tell()
    assert {name for name in door.platform.messages if name.startswith("p")} == {f"p{n}" for n in range(5)}
    await alarms.look(door.app)
    assert await standing(door) == []


async def test_who_joins_again_is_looked_at_whatever_the_pause(door: Door) -> None:
    plan = await door.plan("Pro", await door.role("Pro"))
    await door.joins_plan(await door.person("ada"), plan)
    for _ in range(20):
        door.platform.answers = [Failed("new")]
        await door.work()
        door.machine.at += PAUSE_MS_MAX
    door.platform.answers = [Failed("new")]
    await door.work()
    assert await door.work() == []
    await presence.member_joined(door.app, Identity(Platform.DISCORD, "ada"), PLACE)
    assert await door.work() == [Delivery.GRANTED]
