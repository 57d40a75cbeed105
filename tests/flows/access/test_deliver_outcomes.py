"""The door: what is done, waited for, blocked or tried again is what the platform said (invariant 5)."""

from __future__ import annotations

from payments.core.access import EffectState
from payments.core.community import Identity, Platform
from payments.core.ids import PersonId
from payments.core.refusals import PAUSE_MS_MAX, PAUSE_MS_MIN, Cause
from payments.flows.access import presence
from payments.flows.access.outcomes import Delivery, store_fault
from payments.flows.runtime.retry import retry_of
from payments.ports.chat import Busy, Failed
from tests.fakes.door import DAY, PLACE, START, Door, member_of_pro


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
        person = await tx.identities.ensure(elsewhere, "Tess", "en", PersonId("prs_tess"), START)
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
        person = await tx.identities.ensure(elsewhere, "Tess", "en", PersonId("prs_tess"), START)
    await door.joins_plan(person, plan)
    assert await door.work() == [Delivery.WAITING]
    await door.ends(person, plan)
    assert await door.work() == [Delivery.NOTHING]


async def test_a_revoke_is_tried_again_as_patiently_as_a_grant(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    await door.ends(person, plan)
    door.platform.answers = [Busy(5_000, "429")]
    assert await door.work() == [Delivery.BUSY]
    for _ in range(40):
        door.machine.at += PAUSE_MS_MAX
        door.platform.answers = [Failed("500")]
        assert await door.work() == [Delivery.FAILED]
    assert (await door.access(person, role)).applied
    assert await door.audit(person) == ["granted", "revoke_failed"]
    door.machine.at += PAUSE_MS_MAX
    assert await door.work() == [Delivery.REVOKED]


async def test_without_its_platform_a_revoke_waits_too(door: Door) -> None:
    person, plan, _ = await member_of_pro(door)
    await door.ends(person, plan)
    door.app.platforms = {}
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


async def test_an_answer_that_nobody_knows_is_waited_for_with_growing_pauses_and_for_ever(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    pauses: list[int] = []
    for _ in range(30):
        door.platform.answers = [Failed("418")]
        assert await door.work() == [Delivery.FAILED]
        effect = await door.effect(person, role)
        assert (effect.state, effect.attempts, effect.cause) == (EffectState.OPEN, 0, Cause.UNKNOWN)
        pauses.append(await door.next_due(person, role) - door.machine.at)
        door.machine.at += pauses[-1]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (PAUSE_MS_MIN, PAUSE_MS_MAX)
    assert await door.audit(person) == ["grant_failed"]
    assert await door.work() == [Delivery.GRANTED]
    assert (await door.effect(person, role)).cause is None


async def test_a_fault_of_our_own_uses_attempts_up_and_is_told_when_it_is_given_up(door: Door) -> None:
    person, plan, role = await member_of_pro(door)
    await door.ends(person, plan)
    for attempt in range(door.app.settings.attempts_max):
        ((effect, lease),) = await door.claim()
        retry = retry_of(door.app, ValueError("ours"), effect.attempts)
        async with door.store.transaction() as tx:
            await store_fault(door.app, tx, effect, lease, retry)
        door.machine.at += 3_600_000
        dead = attempt == door.app.settings.attempts_max - 1
        assert await door.state(person, role) is (EffectState.DEAD if dead else EffectState.OPEN)
    assert [who for who, _ in (await door.notices())["given_up"]] == ["prs_olga"]
    await presence.compare_place(door.app, PLACE)  # each night, and whenever we are back
    assert await door.work() == [Delivery.REVOKED]


async def test_without_its_platform_an_effect_waits_and_costs_nothing(door: Door) -> None:
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person("ada")
    await door.joins_plan(person, plan)
    platforms, door.app.platforms = door.app.platforms, {}
    assert await door.work() == [Delivery.BUSY]
    door.app.platforms = platforms
    door.machine.at += 30_000
    assert await door.work() == [Delivery.GRANTED]
