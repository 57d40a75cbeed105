"""Nobody is put out by a clock that is wrong."""

import pytest

from payments.core.access import EffectState
from payments.core.calendar import DAY_MS
from payments.core.community import Place
from payments.core.refusals import Cause
from payments.flows.access import alarms
from payments.flows.access.outcomes import Delivery
from payments.flows.runtime import clock_guard
from tests.fakes.door import Door, member_of_pro

HOUR = 3_600_000


@pytest.mark.parametrize("jump", [40 * DAY_MS, -40 * DAY_MS, HOUR + 60_000])
async def test_a_clock_that_jumped_puts_nobody_out_and_is_told_and_over_by_itself(door: Door, jump: int) -> None:
    person, plan, _ = await member_of_pro(door)
    await door.notices()
    door.wall.at = door.business.at
    door.business.at += jump
    await door.ends(person, plan)
    assert await door.work() == [Delivery.HELD]
    await alarms.look(door.app)
    assert await door.notices() == {}, "a provider's clock and ours may be set one after the other"
    door.machine.at += 1_000
    assert await door.work() == [Delivery.HELD]
    await alarms.look(door.app)
    ((contact, what),) = (await door.notices())["blocked"]
    assert (contact, what["code"]) == (door.contact, Cause.CLOCK)
    assert await clock_guard.look(door.app) == 0
    door.business.at = door.wall.at
    door.machine.at += clock_guard.ASK_PAUSE_MS
    assert await clock_guard.look(door.app) == 1
    assert await door.work() == [Delivery.REVOKED]
    await alarms.look(door.app)
    assert "blocked_over" in await door.notices()


async def test_who_asked_to_come_in_is_not_turned_away_by_a_wrong_clock(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    place = Place(role.platform, role.place_id)
    async with door.store.transaction() as tx:
        await tx.chat_rooms.ask(place, "ada", door.business.at)
    door.wall.at = door.business.at
    door.business.at += 40 * DAY_MS
    await door.ends(person, plan)
    assert await door.work() == [Delivery.HELD]
    async with door.store.transaction() as tx:
        assert await tx.chat_rooms.asks(place, "ada")


async def test_what_ended_by_the_wrong_clock_alone_goes_on_once_it_is_right(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan, until=door.business.at + DAY_MS)
    await door.work()
    door.wall.at, door.business.at = door.business.at, door.business.at + 40 * DAY_MS
    await door.decide(person)
    assert await door.work() == [Delivery.HELD], "although the end was agreed"
    door.business.at = door.wall.at
    door.machine.at += HOUR
    await door.work()
    assert (await door.access(person, role)).wanted
    assert role.external_id in door.roles("ada")
    assert await door.state(person, role) is EffectState.DONE


async def test_a_provider_that_does_not_tell_the_time_has_nothing_against_our_clock(door: Door) -> None:
    person, plan, _ = await member_of_pro(door)
    door.business.at += 40 * DAY_MS
    await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED]


async def test_a_clock_that_is_a_little_off_stops_nothing(door: Door) -> None:
    person, plan, _ = await member_of_pro(door)
    door.wall.at = door.business.at + HOUR - 60_000
    await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED]
