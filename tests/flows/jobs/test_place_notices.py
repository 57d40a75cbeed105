"""What asks an admin to act and reaches nobody in private is said in the place, and nothing about members with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.calendar import DAY_MS
from payments.flows.jobs.deliver_notices import Told, deliver_notice
from payments.flows.messages import enqueue_contact_notice
from payments.ports.chat import Busy
from tests.fakes.door import Door

SAYS = "**Chess club** needs one of its owners"


async def asks(door: Door, kind: str = "given_up", key: str = "k1") -> bool:
    """Something needs an admin, because of Ada's membership."""
    async with door.store.transaction() as tx:
        community = await tx.communities.get(door.community.id)
        assert community is not None
        params = {"member": "Ada", "target": "VIP", "detail": "50013", "community": community.name, "count": 3}
        return await enqueue_contact_notice(tx, door.business.at, community, kind, key, params)


async def has_no_contact(door: Door, locale: str = "en") -> None:
    async with door.store.transaction() as tx:
        await tx.communities.update(replace(door.community, contact_id=None, locale=locale))


@pytest.fixture
def olga(door: Door) -> str:
    """The contact, an owner who takes no messages."""
    door.server.members["olga"] = set()
    door.server.admins.add("olga")
    door.platform.closed.add("olga")
    return "olga"


async def test_an_owner_who_takes_messages_is_told_and_the_place_hears_nothing(door: Door, olga: str) -> None:
    door.platform.closed.clear()
    await asks(door)
    assert await door.tell() == [Told.DONE]
    assert await door.tell() == []
    assert door.server.posts == []


async def test_where_the_contact_takes_no_messages_the_place_hears_that_an_owner_is_needed(
    door: Door, olga: str
) -> None:
    await asks(door)
    assert await door.tell() == [Told.CLOSED]
    assert await door.tell() == [Told.DONE]
    [said] = door.server.posts
    assert SAYS in said
    assert "`/settings contact_me:True`" in said
    for private in ("Ada", "VIP", "50013", "3", "http"):
        assert private not in said


async def test_where_nobody_is_an_owner_any_more_the_place_hears_it(door: Door) -> None:
    door.server.members["olga"] = set()
    await asks(door)
    assert await door.tell() == [Told.CLOSED]
    assert await door.tell() == [Told.DONE]
    assert len(door.server.posts) == 1


async def test_where_there_is_no_contact_the_place_hears_it_in_its_language(door: Door) -> None:
    await has_no_contact(door, "de")
    assert await asks(door)
    assert await door.tell() == [Told.DONE]
    [said] = door.server.posts
    assert "**Chess club** braucht einen Inhaber" in said


async def test_the_place_hears_it_once_a_day(door: Door, olga: str) -> None:
    for key in ("k1", "k2"):
        await asks(door, key=key)
        await door.tell()
        await door.tell()
    assert len(door.server.posts) == 1
    door.business.at += DAY_MS
    await asks(door, key="k3")
    await door.tell()
    await door.tell()
    assert len(door.server.posts) == 2


@pytest.mark.parametrize("kind", ["paid_old_price", "member_pays_twice", "team_act"])
async def test_what_asks_nobody_to_act_is_not_said_in_the_place(door: Door, olga: str, kind: str) -> None:
    await asks(door, kind)
    assert await door.tell() == [Told.CLOSED]
    await has_no_contact(door)
    assert not await asks(door, kind, "k2")
    assert await door.tell() == []
    assert door.server.posts == []


async def test_nothing_is_said_in_a_place_that_is_not_served(door: Door) -> None:
    await has_no_contact(door)
    await asks(door)
    async with door.store.transaction() as tx:
        assert await tx.communities.serve(door.place, served=False)
    assert await door.tell() == [Told.CLOSED]
    assert door.server.posts == []


async def test_where_the_bot_may_not_write_the_log_says_so_and_nothing_goes_round_in_circles(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    door.server.may_write = False
    await has_no_contact(door)
    await asks(door)
    assert await door.tell() == [Told.CLOSED]
    assert await door.tell() == []
    assert "notice admin_needed to" in caplog.text
    assert "cannot_post" in caplog.text


async def test_a_platform_that_is_busy_is_waited_for(door: Door) -> None:
    await has_no_contact(door)
    await asks(door)
    door.platform.answers = [Busy(30_000, "429")]
    assert await door.tell() == [Told.BUSY]
    assert await door.tell() == []
    door.machine.at += 3_600_000
    assert await door.tell() == [Told.DONE]
    assert len(door.server.posts) == 1


async def test_a_messenger_that_was_taken_over_says_so(door: Door) -> None:
    await has_no_contact(door)
    await asks(door)
    lease = door.app.lease()
    async with door.store.transaction() as tx:
        [stale] = await tx.notices.claim(lease, door.machine.at, 10)
    door.machine.at += 61_000
    assert await door.tell() == [Told.DONE]
    assert await deliver_notice(door.app, stale, lease) is Told.LOST


async def test_a_death_before_the_last_commit_loses_nothing(door: Door, olga: str) -> None:
    """The end of the private message and the wish for the post stand in one commit."""
    await asks(door)
    lease = door.app.lease()
    async with door.store.transaction() as tx:
        [notice] = await tx.notices.claim(lease, door.machine.at, 10)
    door.machine.at += 61_000  # it died with the lease in its hand, before or after it asked the platform
    assert await door.tell() == [Told.CLOSED]
    assert await deliver_notice(door.app, notice, lease) is Told.LOST, "and did no second wish"
    assert await door.tell() == [Told.DONE]
    assert len(door.server.posts) == 1
