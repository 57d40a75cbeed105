"""The breaker: nobody is put out in a crowd before an admin has looked (invariant 6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from payments.core.access import Reason
from payments.core.community import Identity, Platform, Target
from payments.flows.access import breaker
from payments.flows.access.gates import HOLD_REVOKES_MS
from payments.flows.access.outcomes import Delivery
from tests.fakes.door import DAY, PLACE, Door


async def crowd(door: Door, members: int) -> tuple[list[Any], Any, Target]:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    people = [await door.person(f"member{n:03}") for n in range(members)]
    for person in people:
        await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.GRANTED] * members
    await door.notices()
    return people, plan, role


def inside(door: Door, role: Target) -> int:
    return sum(role.external_id in roles for roles in door.server.members.values())


async def test_a_pass_that_would_put_out_too_many_stops_and_keeps_everybody_in(door: Door) -> None:
    people, plan, role = await crowd(door, 40)
    for person in people[:11]:
        await door.ends(person, plan)
    outcomes = await door.work()
    assert outcomes[0] is Delivery.TRIPPED
    assert set(outcomes[1:]) <= {Delivery.HELD}
    assert inside(door, role) == 40
    told = await door.notices()
    ((contact, what),) = told["breaker"]
    assert (contact, what["community"], what["count"]) == ("prs_olga", "Chess club", 11)
    assert await door.work() == []


async def test_the_contact_is_told_as_many_as_the_breaker_lists(door: Door) -> None:
    people, plan, _ = await crowd(door, 40)
    await door.ends(people[0], plan)
    assert await door.work() == [Delivery.REVOKED]
    for person in people[1:11]:
        await door.ends(person, plan)
    assert (await door.work())[0] is Delivery.TRIPPED
    ((_, what),) = (await door.notices())["breaker"]
    assert what["count"] == (await breaker.view(door.app, door.community.id)).count == 10


async def test_the_contact_reads_no_name_of_an_account_elsewhere(door: Door) -> None:
    people, plan, _ = await crowd(door, 12)
    async with door.store.transaction() as tx:
        for person in people:
            await tx.identities.ensure(Identity(Platform.TELEGRAM, person), "Doctor Secret", "en", person, 0)
    for person in people:
        await door.ends(person, plan)
    await door.work()
    ((_, what),) = (await door.notices())["breaker"]
    assert what["members"][0].startswith("Member0")
    assert "Doctor Secret" not in what["members"]
    shown = await breaker.view(door.app, door.community.id)
    assert {held.member for held in shown.shown} == {f"Member{n:03}" for n in range(12)}


async def test_a_breaker_that_nobody_is_told_of_stands_in_the_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    async with door.store.transaction() as tx:
        community = await tx.communities.at(PLACE)
        assert community is not None
        await tx.communities.update(replace(community, contact_id=None))
    people, plan, _ = await crowd(door, 12)
    for person in people:
        await door.ends(person, plan)
    await door.work()
    assert "12 members would lose access at once" in caplog.text
    assert "has no contact; /settings contact_me:True" in caplog.text


async def test_ends_that_were_agreed_at_purchase_all_happen(door: Door) -> None:
    """Half of all members had paid until midnight. What comes by surprise beside them is still weighed."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    people = [await door.person(f"member{n:03}") for n in range(60)]
    midnight = door.business.at + 30 * DAY
    for n, person in enumerate(people):
        await door.joins_plan(person, plan, until=midnight if n < 30 else None)
    await door.work()
    for person in people[30:41]:
        await door.ends(person, plan)
    assert (await door.work())[0] is Delivery.TRIPPED
    door.business.at = midnight
    for person in people[:30]:
        await door.decide(person)
    assert await door.work() == [Delivery.REVOKED] * 30
    assert inside(door, role) == 30
    assert (await breaker.view(door.app, door.community.id)).count == 11


async def test_grace_periods_end_unless_unusually_many_do(door: Door) -> None:
    people, plan, role = await crowd(door, 100)
    for person in people[:14]:
        await door.ends(person, plan, reason=Reason.PAST_DUE)
    assert await door.work() == [Delivery.REVOKED] * 14
    for person in people[14:16]:
        await door.ends(person, plan, reason=Reason.PAST_DUE)
    assert await door.work() == [Delivery.TRIPPED, Delivery.HELD]
    assert inside(door, role) == 86
    assert (await breaker.view(door.app, door.community.id)).count == 2
    await breaker.release(door.app, door.community.id, seen=2, actor=door.contact)
    assert await door.work() == [Delivery.REVOKED] * 2


async def test_the_contact_is_reminded_once_a_day_while_removals_are_held_back(door: Door) -> None:
    people, plan, _ = await crowd(door, 12)
    for person in people:
        await door.ends(person, plan)
    await door.work()
    await door.notices()
    assert await breaker.remind(door.app) == 0
    door.business.at += DAY
    assert (await breaker.remind(door.app), await breaker.remind(door.app)) == (1, 0)
    ((contact, what),) = (await door.notices())["breaker"]
    assert (contact, what["count"]) == (door.contact, 12)
    assert what["since_at"] == door.business.at
    await breaker.release(door.app, door.community.id, seen=12, actor=door.contact)
    door.business.at += DAY
    assert await breaker.remind(door.app) == 0


async def test_a_few_leave_without_ado(door: Door) -> None:
    people, plan, role = await crowd(door, 40)
    for person in people[:10]:
        await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED] * 10
    assert inside(door, role) == 30


async def test_slices_of_a_pass_are_weighed_together(door: Door) -> None:
    """Ten and then one more within the window are eleven."""
    people, plan, role = await crowd(door, 40)
    for person in people[:10]:
        await door.ends(person, plan)
    await door.work()
    await door.ends(people[10], plan)
    assert await door.work() == [Delivery.TRIPPED]
    assert inside(door, role) == 30


async def test_who_is_released_by_an_admin_goes_and_who_comes_later_is_weighed_anew(door: Door) -> None:
    people, plan, role = await crowd(door, 40)
    for person in people[:11]:
        await door.ends(person, plan)
    await door.work()
    async with door.store.transaction() as tx:
        assert await tx.accesses.pass_breaker(door.community.id, door.machine.at) == 11
        await tx.communities.reset_breaker(door.community.id)
    assert await door.work() == [Delivery.REVOKED] * 11
    assert inside(door, role) == 29
    assert "breaker_tripped" in [a for p in people[:11] for a in await door.audit(p)]


async def test_who_was_released_goes_though_the_breaker_trips_again(door: Door) -> None:
    people, plan, role = await crowd(door, 30)
    for person in people[:12]:
        await door.ends(person, plan)
    await door.work()
    community = door.community
    await breaker.release(door.app, community.id, seen=12, actor=door.contact)
    async with door.store.transaction() as tx:
        assert await tx.communities.trip_breaker(community.id, door.machine.at)
    assert await door.work() == [Delivery.REVOKED] * 12
    assert inside(door, role) == 18


async def test_forgotten_removals_wait_for_new_answers_before_they_are_weighed(door: Door) -> None:
    """They were a mistake: the provider, asked again, says that all pay. Nobody goes, and nobody is alarmed again."""
    people, plan, role = await crowd(door, 40)
    for person in people[:11]:
        await door.ends(person, plan)
    await door.work()
    await door.notices()
    await door.customer(people[0])
    door.machine.at += 10 * HOLD_REVOKES_MS
    assert await breaker.reset(door.app, door.community.id, actor=door.contact) == breaker.Forgotten(1)
    assert set(await door.work()) == {Delivery.HELD}
    for person in people[:11]:
        await door.joins_plan(person, plan)
    assert set(await door.work()) == {Delivery.GRANTED}
    assert inside(door, role) == 40
    assert await door.notices() == {}


async def test_a_tripped_breaker_holds_back_no_grant(door: Door) -> None:
    people, plan, role = await crowd(door, 40)
    for person in people[:11]:
        await door.ends(person, plan)
    await door.work()
    newcomer = await door.person("newcomer")
    await door.joins_plan(newcomer, plan)
    assert await door.work() == [Delivery.GRANTED]
    assert inside(door, role) == 41


async def test_revokes_wait_until_everything_heard_is_settled(door: Door) -> None:
    (person,), plan, _ = await crowd(door, 1)
    customer = await door.unsettled_customer(person)
    await door.ends(person, plan)
    assert await door.work() == [Delivery.HELD]
    lease = door.app.lease()
    async with door.store.transaction() as tx:
        (claimed,) = await tx.customers.claim(lease, door.machine.at, 10)
        await tx.customers.settled(customer.id, lease, claimed.mark_seq, None)
    door.machine.at += 1_000
    assert await door.work() == [Delivery.REVOKED]


async def test_revokes_wait_no_longer_than_a_minute(door: Door) -> None:
    (person,), plan, _ = await crowd(door, 1)
    await door.unsettled_customer(person)
    await door.ends(person, plan)
    assert await door.work() == [Delivery.HELD]
    door.machine.at += HOLD_REVOKES_MS
    assert await door.work() == [Delivery.REVOKED]


async def test_what_is_not_known_to_be_given_is_not_held_back(door: Door) -> None:
    """It is not counted, so no admin could let it go on: it would trip the breaker again and again."""
    people, plan, _ = await crowd(door, 60)
    for person in people[:11]:
        await door.ends(person, plan)
    await door.work()
    released = await breaker.release(door.app, door.community.id, seen=11, actor=door.contact)
    assert released == breaker.Released(11)
    await door.work()
    for person in people[11:21]:
        await door.ends(person, plan)
    assert await door.work() == [Delivery.REVOKED] * 10
    door.server.may_manage = False
    await door.joins_plan(people[0], plan)
    assert await door.work() == [Delivery.BLOCKED]
    door.server.may_manage = True
    await door.ends(people[0], plan)
    assert await door.work() == [Delivery.REVOKED]
