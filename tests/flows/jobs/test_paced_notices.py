"""Hundreds of messages on one day: spread for those who wait for nothing, at once for those who did something."""

from __future__ import annotations

from dataclasses import replace

from payments.core.calendar import DAY_MS
from payments.core.pace import EVERY_MS, Pace
from payments.flows.jobs.deliver_notices import claim, deliver_notice
from payments.flows.messages import enqueue_notice
from tests.fakes.door import Door

MANY = 60
LEASE_MS = 10_000


async def turn(door: Door, pace: Pace, *, dies: bool = False) -> int:
    """The worker looks for work once, as it often does; how much it took. It may be killed with it."""
    lease = replace(door.app.lease(), until=door.machine.at + LEASE_MS)
    async with door.store.transaction() as tx:
        found = await claim(tx, lease, door.machine.at, 8, pace)
    for one in [] if dies else found:
        await deliver_notice(door.app, one, lease)
    return len(found)


async def test_sixty_failed_renewals_are_told_one_a_second_and_a_kill_loses_and_doubles_none(door: Door) -> None:
    ana = await door.person("ana")
    people = [await door.person(f"member{n}") for n in range(MANY)]
    about = {"plan": "Pro", "community": "Chess club", "url": None, "grace_until_at": door.business.at + DAY_MS}
    async with door.store.transaction() as tx:
        for n, person in enumerate(people):
            await enqueue_notice(tx, door.business.at, person, "payment_failed", f"unpaid:{n}", about)
    began, pace = door.machine.at, Pace()
    for second in range(MANY + 2 * LEASE_MS // 1_000):
        if second == 30:
            await turn(door, pace, dies=True)
            pace = Pace()  # another process
        if second == 15:
            opened = {"plan": "Pro", "community": "Chess club", "targets": ["Pro"]}
            async with door.store.transaction() as tx:
                await enqueue_notice(tx, door.business.at, ana, "access_opened", "opened", opened)
        took = await turn(door, pace) + await turn(door, pace)  # it looks whenever something is new
        assert took <= 1 + (second == 15)
        assert ("ana" in door.platform.messages) is (second >= 15), "who did something is answered at once"
        door.machine.at += EVERY_MS
        if len(door.platform.messages) == MANY + 1:
            break
    assert door.machine.at - began >= (MANY - 1) * EVERY_MS
    told = {name: len(messages) for name, messages in door.platform.messages.items()}
    assert told == dict.fromkeys(["ana", *(f"member{n}" for n in range(MANY))], 1)


async def test_an_answer_never_waits_for_its_place_behind_others(door: Door) -> None:
    person = await door.person("ana")
    async with door.store.transaction() as tx:
        for n in range(20):
            await enqueue_notice(tx, door.business.at, person, "payment_failed", f"unpaid:{n}", {"plan": "Pro"})
        for n in range(8):
            await enqueue_notice(tx, door.business.at + 1, person, "linked", f"linked:{n}", {"only": "discord"})
        found = await claim(tx, door.app.lease(), door.machine.at, 8, Pace())
    assert {one.kind for one in found} == {"linked"}


def test_a_pace_saves_nothing_up_and_lives_through_a_clock_that_is_set_back() -> None:
    pace = Pace()
    assert pace.may(0)
    pace.went(10_000)
    assert not pace.may(10_000 + EVERY_MS - 1)
    assert pace.may(10_000 + EVERY_MS)
    pace.went(500_000)
    assert not pace.may(500_001), "a long silence allows one, not many"
    assert pace.may(20_000), "the clock was set back"
