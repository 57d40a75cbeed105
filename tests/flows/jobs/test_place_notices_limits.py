"""What is said in a place is news, of that place's own community, and said once in a day, wherever it can be said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.calendar import DAY_MS
from payments.core.community import Community, Place, Platform
from payments.core.ids import CommunityId, PersonId
from payments.flows.jobs.deliver_notices import Told
from payments.flows.jobs.replay import replay
from payments.ports.chat import Busy
from tests.fakes.door import Door
from tests.fakes.platform import FakePlatform, FakeServer
from tests.flows.access.test_breaker import crowd
from tests.flows.jobs.test_place_notices import asks, has_no_contact

CHAT = Place(Platform.TELEGRAM, "-100")


def passes(door: Door, ms: int) -> None:
    door.business.at += ms
    door.machine.at += ms


@pytest.fixture
async def chat(door: Door) -> FakeServer:
    """A Telegram chat of the same community, not served by a claim."""
    telegram = FakePlatform(Platform.TELEGRAM)
    found = telegram.servers[CHAT.external_id] = FakeServer()
    door.app.platforms = {**door.app.platforms, Platform.TELEGRAM: telegram}
    other = Community(CommunityId("com_chat"), "Chat", "en", "eur", 0, None, None, door.business.at)
    async with door.store.transaction() as tx:
        await tx.communities.add(other, CHAT, "Chat")
        await tx.communities.join(other.id, door.community.id)
        await tx.communities.serve(CHAT, served=False)
    return found


async def goes_to_somebody_else(door: Door) -> None:
    """The place leaves the community, and its next owner has it served again."""
    own = Community(CommunityId("com_9"), "Somebody else", "de", "eur", 0, PersonId("prs_x"), None, door.business.at)
    async with door.store.transaction() as tx:
        await tx.communities.take_out(door.place, own)
        await tx.communities.serve(door.place, served=True)


async def test_the_next_owner_of_a_place_hears_nothing_of_the_one_before(door: Door) -> None:
    await has_no_contact(door)
    await asks(door)
    door.platform.answers = [Busy(30_000, "429")]
    assert await door.tell() == [Told.BUSY]
    await goes_to_somebody_else(door)
    passes(door, 3_600_000)
    assert await door.tell() == [Told.CLOSED]
    assert door.server.posts == []


async def test_nor_by_a_replay_weeks_later(door: Door) -> None:
    await has_no_contact(door)
    await asks(door)
    async with door.store.transaction() as tx:
        await tx.communities.serve(door.place, served=False)
    assert await door.tell() == [Told.CLOSED]
    passes(door, 21 * DAY_MS)
    async with door.store.transaction() as tx:
        await tx.communities.serve(door.place, served=True)
    await replay(door.app)
    assert await door.tell() == [Told.CLOSED]
    assert door.server.posts == []


async def test_what_could_not_be_posted_for_days_does_not_come_at_once(door: Door) -> None:
    await has_no_contact(door)
    door.server.may_write = False
    for number in range(6):
        await asks(door, key=f"k{number}")
        assert await door.tell() == [Told.CLOSED]
        passes(door, DAY_MS)
    door.server.may_write = True
    await replay(door.app)
    await door.tell()
    assert len(door.server.posts) <= 1


async def test_nor_after_a_platform_was_away_for_days(door: Door) -> None:
    await has_no_contact(door)
    for number in range(3):
        await asks(door, key=f"k{number}")
        door.platform.answers = [Busy(86_000_000, "503")] * 5
        await door.tell()
        passes(door, DAY_MS)
    door.platform.answers = []
    passes(door, 1)
    await asks(door, key="today")
    door.machine.at += 100_000_000
    await door.tell()
    assert len(door.server.posts) == 1


async def test_two_causes_around_midnight_are_one_post(door: Door) -> None:
    await has_no_contact(door)
    door.business.at = (door.business.at // DAY_MS + 1) * DAY_MS - 1_000
    await asks(door, key="before")
    await door.tell()
    door.business.at += 2_000
    await asks(door, key="after")
    await door.tell()
    assert len(door.server.posts) == 1


async def test_a_place_that_the_configuration_serves_hears_it_when_the_server_is_stopped(
    door: Door, chat: FakeServer
) -> None:
    door.app.settings = replace(door.app.settings, named_places=frozenset({CHAT}))
    async with door.store.transaction() as tx:
        await tx.communities.serve(door.place, served=False)
    await has_no_contact(door)
    await asks(door)
    assert await door.tell() == [Told.DONE]
    assert (len(chat.posts), door.server.posts) == (1, [])


async def test_another_place_hears_it_where_the_bot_may_not_write_in_the_server(door: Door, chat: FakeServer) -> None:
    async with door.store.transaction() as tx:
        await tx.communities.serve(CHAT, served=True)
    door.server.may_write = False
    await has_no_contact(door)
    await asks(door)
    assert await door.tell() == [Told.DONE]
    assert len(chat.posts) == 1


async def test_a_breaker_that_no_contact_hears_of_is_said_in_the_place(door: Door) -> None:
    people, plan, _ = await crowd(door, 12)
    await has_no_contact(door)
    for person in people:
        await door.ends(person, plan)
    await door.work()
    await door.tell()
    assert len(door.server.posts) == 1
    assert "12" not in door.server.posts[0]
