"""The log channel: each fact once, many in one message; what can't be said waits for hours, not for days."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.access import Entitlement
from payments.core.calendar import DAY_MS
from payments.core.community import Community, Identity, Platform
from payments.core.ids import CommunityId
from payments.core.log_facts import LogKind, digest_due
from payments.flows.access import alarms
from payments.flows.communities.log_channel import LogEnded, LogSet, Missing, NotSet, set_log
from payments.flows.jobs.say_log import LINES_MAX, WAITING_MAX, say_log
from payments.ports.chat import Busy, Room
from payments.ports.stores import LogLine
from storage.open import open_database
from storage.store import SqlStore
from tests.fakes.door import PLACE, Door, open_door

HOUR_MS = 3_600_000
OWNER = Identity(Platform.DISCORD, "olga")


@pytest.fixture
async def door(store: SqlStore) -> Door:
    """On both engines, with a log in a channel of the server."""
    made = await open_door(store)
    made.server.members["olga"] = set()
    made.server.admins.add("olga")
    made.server.rooms["77"] = Room("77", "team")
    assert await sets(made, "#team") == LogSet("team", open=False)
    return made


async def sets(door: Door, typed: str, who: Identity = OWNER) -> object:
    return await set_log(door.app, door.community, PLACE, who, typed, actor=door.contact)


async def joins(door: Door, name: str) -> Entitlement:
    plan = await door.plan("Pro", await door.role("Pro"))
    person = await door.person(name)
    await door.joins_plan(person, plan)
    async with door.store.transaction() as tx:
        (held,) = await tx.entitlements.of([person])
    return held


async def facts(door: Door, count: int) -> None:
    """So many payments fail at once."""
    ann, now = await door.person("ann"), door.business.at
    about = (now, LogKind.FAILED, ann, 999, "eur", '{"plan": "Pro", "until": null, "inside": false}')
    async with door.store.transaction() as tx:
        for number in range(count):
            await tx.logs.add(LogLine(f"failed:{now}:{number}", door.community.id, *about))


async def passes(door: Door, ms: int) -> None:
    door.machine.at += ms
    door.business.at += ms
    await say_log(door.app)


async def test_a_line_is_said_once_and_again_only_by_the_same_message_after_a_death(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await joins(door, "ann")
    post = door.platform.post

    async def dies(*args: object, **how: object) -> object:
        await post(*args, **how)  # type: ignore[arg-type]
        raise RuntimeError("dead")

    monkeypatch.setattr(door.platform, "post", dies)
    with pytest.raises(RuntimeError, match="dead"):
        await say_log(door.app)
    monkeypatch.undo()
    await joins_more(door, "bob")
    for _ in range(3):
        await say_log(door.app)
    ann, bob = door.server.log
    assert "Ann joined **Pro**" in ann, "the platform took the repeat for the same message"
    assert "Bob" not in ann
    assert "Bob joined **Pro**" in bob


async def joins_more(door: Door, name: str) -> None:
    async with door.store.transaction() as tx:
        (plan,) = await tx.plans.of_community(door.community.id)
    await door.joins_plan(await door.person(name), plan)


async def test_many_lines_at_once_are_few_messages(door: Door) -> None:
    await facts(door, 300)
    for _ in range(300 // LINES_MAX + 30):
        await say_log(door.app)
    assert 1 < len(door.server.log) <= 20
    assert all(len(text) <= 2000 for text in door.server.log)
    assert sum(len(text.splitlines()) for text in door.server.log) == 300


async def test_what_a_platform_can_t_take_waits_for_hours_and_is_dropped_after_a_day(door: Door) -> None:
    await facts(door, 1)
    door.platform.answers = [Busy(5_000, "away")]
    await say_log(door.app)
    await say_log(door.app)
    assert door.server.log == []
    await passes(door, HOUR_MS)
    assert len(door.server.log) == 1
    door.server.rooms.clear()
    await facts(door, 1)
    for _ in range(4):
        await passes(door, 7 * HOUR_MS)
    async with door.store.transaction() as tx:
        waiting = await tx.logs.waiting(door.community.id, 10)
    assert LogKind.FAILED not in {line.kind for line in waiting}, "after a day"


async def test_of_hundreds_that_waited_the_newest_follow_a_line_that_counts_the_rest(door: Door) -> None:
    await facts(door, WAITING_MAX + 4)
    room = door.server.rooms.pop("77")
    for _ in range(3):
        await passes(door, HOUR_MS)
        await facts(door, 1)
    door.server.rooms["77"] = room
    await passes(door, 7 * HOUR_MS)
    for _ in range(30):
        await say_log(door.app)
    said = "\n".join(door.server.log).splitlines()
    assert [n for n, line in enumerate(said) if "left out" in line] == [0]
    assert "7 older lines are left out" in said[0]
    assert len(said) == 1 + WAITING_MAX


async def test_a_channel_that_is_gone_is_told_of_once_and_works_again_when_another_is_set(door: Door) -> None:
    await door.notices()
    door.server.rooms.clear()
    for _ in range(5):
        await facts(door, 3)
        await passes(door, HOUR_MS)
        await alarms.look(door.app)
    assert [what["code"] for _, what in (await door.notices())["blocked"]] == ["log_gone"]
    door.server.rooms["78"] = Room("78", "staff", missing=("Send Messages",))
    assert await sets(door, "staff") == Missing("staff", ("Send Messages",))
    door.server.rooms["78"] = Room("78", "staff", open=True)
    assert await sets(door, "staff") == LogSet("staff", open=True)
    await say_log(door.app)
    assert len("\n".join(door.server.log).splitlines()) == 15
    await alarms.look(door.app)
    assert "blocked_over" in await door.notices()


async def test_only_a_manager_sets_it_and_it_is_recorded(door: Door) -> None:
    await door.person("eve")
    for typed in ("off", "team"):
        assert await sets(door, typed, Identity(Platform.DISCORD, "eve")) is NotSet.NO_MANAGER
    assert await sets(door, "cellar") is NotSet.UNKNOWN
    assert await sets(door, "off") == LogEnded()
    await joins(door, "ann")
    await say_log(door.app)
    assert door.server.log == []
    async with door.store.transaction() as tx:
        acts = await tx.audit_log.acts(door.community.id, 10)
    assert [act.action for act in acts] == ["settings_changed"] * 2


async def test_a_place_that_goes_to_another_community_takes_no_log_along(door: Door) -> None:
    await facts(door, 1)
    other = Community(CommunityId("com_2"), "Others", "en", "eur", 0, None, None, door.business.at)
    async with door.store.transaction() as tx:
        channel = await tx.logs.channel(door.community.id)
        assert channel is not None
        await tx.communities.take_out(PLACE, other)
        assert await tx.logs.channels() == []
        await tx.logs.begin(replace(channel, since_at=1), door.business.at)  # and if it had been kept
    await say_log(door.app)
    assert door.server.log == []


async def test_who_was_a_member_before_has_not_joined_and_leaves_once(door: Door) -> None:
    await sets(door, "off")
    ann = await joins(door, "ann")
    await sets(door, "team")
    await door.decide(ann.beneficiary_id)
    await say_log(door.app)
    assert door.server.log == []
    async with door.store.transaction() as tx:
        await tx.entitlements.put(replace(ann, access_until=door.business.at + 5))
    await passes(door, 10)
    for _ in range(2):
        await door.decide(ann.beneficiary_id)
        await passes(door, 1)
    (left,) = door.server.log
    assert "Ann left **Pro**" in left


async def test_members_are_locked_before_the_log_knows_or_forgets_them(door: Door, store_url: str) -> None:
    """A settlement of several entitlements holds their person first: the other way round is a deadlock."""
    ann = await joins(door, "ann")
    beneath = await open_database(store_url)

    async def version() -> int:
        async with beneath.transaction() as tx:
            row = await tx.fetch_one("SELECT version FROM person WHERE id = ?", ann.beneficiary_id)
        assert row is not None
        return int(row["version"])

    before = await version()
    await sets(door, "off")
    await sets(door, "team")
    assert await version() == before + 2
    await beneath.close()


async def test_who_is_found_to_have_been_a_member_for_long_has_not_joined_now(door: Door) -> None:
    bob = await door.person("bob")
    held = await door.entitle(bob, await door.plan("Pro", await door.role("Pro")))
    long_ago = replace(held, access_from=door.business.at - HOUR_MS)
    async with door.store.transaction() as tx:
        await tx.entitlements.put(long_ago)
    await door.decide(bob)
    await say_log(door.app)
    assert door.server.log == []
    async with door.store.transaction() as tx:
        await tx.entitlements.put(replace(long_ago, access_until=door.business.at))
    await door.decide(bob)
    await say_log(door.app)
    assert "Bob left **Pro**" in door.server.log[0], "but is known from then on"


async def test_a_digest_comes_once_a_day_if_anything_happened_and_never_adds_currencies_up(door: Door) -> None:
    await passes(door, digest_due(door.business.at) + DAY_MS - door.business.at)
    assert door.server.log == [], "nothing happened, and nothing is open"
    async with door.store.transaction() as tx:
        for key, amount, currency in (("1", 999, "eur"), ("2", 1, "eur"), ("3", 500, "jpy")):
            line = LogLine(key, door.community.id, door.business.at, LogKind.PAID, None, amount, currency, "{}", 0)
            assert await tx.logs.add(line)
            assert not await tx.logs.add(line)
    await passes(door, DAY_MS)
    await passes(door, HOUR_MS)
    (digest,) = door.server.log
    assert "Money in: €10.00 · ¥500" in digest
    await passes(door, DAY_MS)
    assert len(door.server.log) == 1


async def test_what_is_committed_just_after_a_digest_is_due_is_in_it(door: Door) -> None:
    due = digest_due(door.business.at) + DAY_MS
    await passes(door, due - door.business.at)
    line = LogLine("1", door.community.id, due - 1, LogKind.PAID, None, 999, "eur", "{}", 0)
    async with door.store.transaction() as tx:
        await tx.logs.add(line)
    await passes(door, HOUR_MS)
    await passes(door, DAY_MS)
    (digest,) = door.server.log
    assert "Money in: €9.99" in digest


async def test_a_digest_names_what_an_admin_must_do(door: Door) -> None:
    async with door.store.transaction() as tx:
        await tx.communities.trip_breaker(door.community.id, door.machine.at)
    await passes(door, DAY_MS)
    (digest,) = door.server.log
    assert "decide with `/breaker`" in digest
