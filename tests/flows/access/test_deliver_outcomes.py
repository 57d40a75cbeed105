"""The door: what is done, waited for, blocked or tried again is what the platform said (invariant 5)."""

from __future__ import annotations

from payments.core.access import EffectState
from payments.core.community import Identity, Platform
from payments.core.ids import PersonId
from payments.flows.access.outcomes import Delivery
from payments.ports.chat import Busy, Failed
from tests.fakes.door import DAY, START, Door, member_of_pro


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
    for attempt in range(1, 13):
        door.machine.at += 3_600_000
        door.platform.answers = [Failed("500")]
        assert await door.work() == [Delivery.DEAD if attempt == 12 else Delivery.FAILED]
    assert (await door.access(person, role)).applied
    assert await door.audit(person) == ["granted", *["revoke_failed"] * 12]


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
    platforms, door.app.platforms = door.app.platforms, {}
    assert await door.work() == [Delivery.BUSY]
    door.app.platforms = platforms
    door.machine.at += 30_000
    assert await door.work() == [Delivery.GRANTED]
