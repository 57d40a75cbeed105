"""Private messages: told once, where the person can be reached, and never for ever."""

from __future__ import annotations

import pytest

from payments.core.ids import PersonId
from payments.flows.jobs.deliver_notices import AGE_MS_MAX, TURN_MS_MAX, Told, deliver_notice
from payments.ports.chat import Busy, Failed
from tests.fakes.door import Door, notice


async def news(door: Door, person: PersonId, key: str = "n1") -> bool:
    async with door.store.transaction() as tx:
        return await tx.notices.add(
            notice(key, person, "access_opened", plan="Pro", community="Chess club", targets=["Pro"])
        )


async def test_a_person_is_told_in_her_language_and_once(door: Door) -> None:
    ada = await door.person("ada")
    assert await news(door, ada)
    assert not await news(door, ada)
    assert await door.tell() == [Told.DONE]
    assert await door.tell() == []
    (message,) = door.platform.messages["ada"]
    assert "**Pro**" in message.text


async def test_who_takes_no_messages_is_not_tried_again(door: Door) -> None:
    ada = await door.person("ada")
    door.platform.closed.add("ada")
    await news(door, ada)
    assert await door.tell() == [Told.CLOSED]
    door.machine.at += AGE_MS_MAX
    assert await door.tell() == []


async def test_a_busy_platform_is_waited_for(door: Door) -> None:
    ada = await door.person("ada")
    await news(door, ada)
    for _ in range(30):
        door.platform.answers = [Busy(30_000, "429")]
        assert await door.tell() == [Told.BUSY]
        assert await door.tell() == []
        door.machine.at += 3_600_000
    assert await door.tell() == [Told.DONE]


async def test_news_that_waited_for_days_is_dropped(door: Door) -> None:
    ada = await door.person("ada")
    await news(door, ada)
    door.business.at += AGE_MS_MAX + 1
    door.platform.answers = [Busy(1_000, "away")]
    assert await door.tell() == [Told.DEAD]


async def test_what_is_refused_for_reasons_we_do_not_know_is_tried_while_it_is_news(door: Door) -> None:
    ada = await door.person("ada")
    await news(door, ada)
    outcomes = []
    for _ in range(30):
        door.platform.answers = [Failed("400")]
        outcomes += await door.tell()
        door.machine.at += 3_600_000
    assert outcomes == [Told.FAILED] * 30
    door.business.at += AGE_MS_MAX + 1
    door.platform.answers = [Failed("400")]
    assert await door.tell() == [Told.DEAD]
    assert await door.tell() == []


async def test_without_a_connected_platform_there_is_nobody_to_tell(door: Door) -> None:
    ada = await door.person("ada")
    await news(door, ada)
    door.app.platforms = {}
    assert await door.tell() == [Told.CLOSED]


async def test_a_messenger_that_was_taken_over_says_so(door: Door) -> None:
    ada = await door.person("ada")
    await news(door, ada)
    lease = door.app.lease()
    async with door.store.transaction() as tx:
        (stale,) = await tx.notices.claim(lease, door.machine.at, 10)
    door.machine.at += 61_000
    assert await door.tell() == [Told.DONE]
    assert await deliver_notice(door.app, stale, lease) is Told.LOST


async def test_a_word_to_an_admin_that_does_not_arrive_stands_in_the_log(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    person = await door.person("ada")
    door.platform.closed.add("ada")
    async with door.store.transaction() as tx:
        await tx.notices.add(notice("b", person, "breaker", community="Chess club", count=1))
    await door.tell()
    assert "notice breaker to" in caplog.text


async def test_nothing_is_sent_anywhere_before_it_may_be_sent_everywhere(door: Door) -> None:
    """A person is written to as fast as may be: others are told meanwhile, and no copy is lost or sent twice."""
    ada = await door.person("ada")
    bob = await door.person("bob")
    await news(door, ada)
    await news(door, bob, "n2")
    door.platform.waits["ada"] = 3_000
    assert await door.tell() == [Told.PUT_BACK, Told.DONE]
    assert list(door.platform.messages) == ["bob"]
    assert await door.tell() == [], "it waits in its queue"
    door.platform.waits.clear()
    door.machine.at += 3_000
    assert await door.tell() == [Told.DONE]
    assert len(door.platform.messages["ada"]) == 1


async def test_being_put_back_is_no_attempt(door: Door) -> None:
    ada = await door.person("ada")
    await news(door, ada)
    door.platform.waits["ada"] = 1_000
    for _ in range(20):
        assert await door.tell() == [Told.PUT_BACK]
        door.machine.at += 1_000
    door.platform.waits.clear()
    door.platform.answers = [Failed("400")]
    assert await door.tell() == [Told.FAILED]


async def test_somebody_who_is_written_to_without_end_is_told_where_it_is_possible(door: Door) -> None:
    ada = await door.person("ada")
    await news(door, ada)
    door.platform.waits["ada"] = 1_000
    door.business.at += TURN_MS_MAX
    assert await door.tell() == [Told.DONE]
