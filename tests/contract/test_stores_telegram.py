"""What is kept of what the bot hears: updates in their order, chats that migrate, kicks, and what somebody is asked."""

from dataclasses import replace

import pytest

from payments.core.community import Identity, Place, Platform, Target, TargetKind
from payments.core.ids import TargetId
from payments.ports.stores import ChatRoom, Contact, LeaseLost, Retry, StoredUpdate
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import CAVE, NOW, lease

OLD, NEW = "-200", "-1000000000300"
CLUB = ChatRoom(
    Platform.TELEGRAM, OLD, "group", "Chess club", can_invite=True, can_ban=False, added_by="11", link="https://t.me/+a"
)
HALL, NEW_HALL = Place(Platform.TELEGRAM, OLD), Place(Platform.TELEGRAM, NEW)
DAY = 86_400_000


def account(user_id: str) -> Identity:
    return Identity(Platform.TELEGRAM, user_id)


def update(number: int, ordering_key: str = "11", at: int = NOW) -> StoredUpdate:
    return StoredUpdate(Platform.TELEGRAM, f"upd_{number}", number, ordering_key, "{}", at)


async def test_an_update_that_comes_again_changes_nothing(store: SqlStore) -> None:
    async with store.transaction() as tx:
        assert await tx.inbox.add([update(1), update(2)], renumbered=NOW - 6 * DAY) == 2
        assert await tx.inbox.add([replace(update(2), id="upd_other"), update(3)], renumbered=NOW - 6 * DAY) == 1
        claimed = await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW, 10)
        assert [one.id for one in claimed] == ["upd_1"]
    assert (await store.counts())["updates_open"] == 3


async def test_a_number_of_a_week_ago_is_another_update(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.inbox.add([update(1)], renumbered=NOW - 6 * DAY)
        assert await tx.inbox.add([replace(update(1, at=NOW + 7 * DAY), id="upd_new")], renumbered=NOW + DAY) == 1


async def test_what_concerns_one_person_is_handled_in_order_and_others_beside_it(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.inbox.add([update(1), update(2), update(3, ordering_key="12")], renumbered=NOW - 6 * DAY)
        first = await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW, 10)
        assert [one.update_id for one in first] == [1, 3]
        assert await tx.inbox.claim(Platform.TELEGRAM, lease("two"), NOW, 10) == []
        await tx.inbox.done(first[0], lease())
        assert [one.update_id for one in await tx.inbox.claim(Platform.TELEGRAM, lease("two"), NOW, 10)] == [2]


async def test_one_that_fails_holds_back_those_after_it_until_it_is_given_up(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.inbox.add([update(1), update(2)], renumbered=NOW - 6 * DAY)
        [one] = await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW, 10)
        await tx.inbox.failed(one, lease(), Retry("Telegram is down", NOW + 5))
        assert await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW + 4, 10) == []
        [again] = await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW + 5, 10)
        assert again == replace(update(1), attempts=1)
        await tx.inbox.failed(again, lease(), Retry("still", NOW, dead=True))
        assert [two.update_id for two in await tx.inbox.claim(Platform.TELEGRAM, lease("two"), NOW + 5, 10)] == [2]
        await tx.inbox.release(lease("two"))
        assert len(await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW + 5, 10)) == 1
        assert await tx.inbox.replay_dead() == 1


async def test_a_lost_lease_finishes_nothing(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.inbox.add([update(1)], renumbered=NOW - 6 * DAY)
        await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW, 10)
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await tx.inbox.done(update(1), lease("two"))
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await tx.inbox.failed(update(1), lease("two"), Retry("late", NOW))


async def test_old_updates_are_forgotten_open_ones_never(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.inbox.add([update(1, "a"), update(2, "b"), update(3, "c")], renumbered=NOW - 6 * DAY)
        claimed = await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW, 2)
        await tx.inbox.done(claimed[0], lease())
        await tx.inbox.failed(claimed[1], lease(), Retry("never", NOW, dead=True))
        assert await tx.inbox.prune(Platform.TELEGRAM, NOW, NOW) == 0
        assert await tx.inbox.prune(Platform.TELEGRAM, NOW + 1, NOW) == 1
        assert await tx.inbox.prune(Platform.TELEGRAM, NOW + 1, NOW + 1) == 1
    counts = await store.counts()
    assert (counts["updates_open"], counts["updates_dead"]) == (1, 0)


async def test_a_group_that_becomes_a_supergroup_keeps_everything(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        there = Place(Platform.TELEGRAM, OLD)
        cave = await tx.communities.get(CAVE)
        assert cave is not None
        await tx.communities.add(cave, there, "Chess club")
        target = Target(TargetId("tgt_chat"), CAVE, Platform.TELEGRAM, OLD, TargetKind.CHAT, OLD, "Chess club")
        await tx.communities.put_target(target)
        await tx.chat_rooms.put(CLUB)
        await tx.chat_rooms.begin_kick(HALL, "11", NOW)
        await tx.contacts.seen(account("11"), "Mia", "Mia", NOW)
        await tx.contacts.choose(account("11"), OLD)
    async with store.transaction() as tx:
        assert await tx.chat_rooms.migrate(HALL, NEW, "supergroup")
        assert not await tx.chat_rooms.migrate(HALL, NEW, "supergroup")
    async with store.transaction() as tx:
        moved = await tx.communities.at(Place(Platform.TELEGRAM, NEW))
        assert moved is not None
        assert moved.id == CAVE
        assert await tx.communities.at(there) is None
        assert await tx.communities.target(target.id) == replace(target, place_id=NEW, external_id=NEW)
        assert await tx.chat_rooms.get(NEW_HALL) == replace(CLUB, id=NEW, kind="supergroup", link=None)
        assert await tx.chat_rooms.get(HALL) is None
        assert not await tx.chat_rooms.kicking(NEW_HALL, "11")
        talker = await tx.contacts.get(account("11"))
        assert talker is not None
        assert talker.chat_id == NEW


async def test_what_is_known_of_the_supergroup_already_stays(store: SqlStore) -> None:
    """Telegram may tell of the bot in the new chat before it tells of the move."""
    there = ChatRoom(Platform.TELEGRAM, NEW, "supergroup", "Chess club", can_invite=True, can_ban=True)
    async with store.transaction() as tx:
        await tx.chat_rooms.put(CLUB)
        await tx.chat_rooms.put(there)
        assert await tx.chat_rooms.migrate(HALL, NEW, "supergroup")
        assert await tx.chat_rooms.present(Platform.TELEGRAM) == [there]


async def test_chats_the_bot_left_are_not_present_and_keep_their_row(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.chat_rooms.put(CLUB)
        await tx.chat_rooms.set_link(HALL, "https://t.me/+b")
        assert await tx.chat_rooms.present(Platform.TELEGRAM) == [replace(CLUB, link="https://t.me/+b")]
        await tx.chat_rooms.put(replace(CLUB, removed_at=NOW, link=None))
        assert await tx.chat_rooms.present(Platform.TELEGRAM) == []
        assert await tx.chat_rooms.get(HALL) == replace(CLUB, removed_at=NOW, link=None)


async def test_a_kick_under_way_is_remembered_until_it_is_ended(store: SqlStore) -> None:
    async with store.transaction() as tx:
        for _ in range(2):
            await tx.chat_rooms.begin_kick(HALL, "11", NOW)
        assert await tx.chat_rooms.kicking(HALL, "11")
        assert not await tx.chat_rooms.kicking(HALL, "12")
        await tx.chat_rooms.end_kick(HALL, "11")
        assert not await tx.chat_rooms.kicking(HALL, "11")


async def test_somebody_is_found_by_the_name_they_have_now(store: SqlStore) -> None:
    async with store.transaction() as tx:
        assert await tx.contacts.seen(account("11"), "Mia", "Mia", NOW) == Contact(
            Platform.TELEGRAM, "11", "mia", "Mia"
        )
        await tx.contacts.seen(account("12"), None, "Ben", NOW)
        found = await tx.contacts.called(Platform.TELEGRAM, "MIA")
        assert found is not None
        assert found.user_id == "11"
        await tx.contacts.seen(account("12"), "mia", "Ben", NOW)  # the name has changed hands
        found = await tx.contacts.called(Platform.TELEGRAM, "mia")
        assert found is not None
        assert found.user_id == "12"
        assert await tx.contacts.get(account("11")) == Contact(Platform.TELEGRAM, "11", None, "Mia")
        assert await tx.contacts.called(Platform.TELEGRAM, "ada") is None
        assert await tx.contacts.get(account("13")) is None


async def test_what_is_asked_and_chosen_outlives_a_new_name(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.contacts.seen(account("11"), "mia", "Mia", NOW)
        await tx.contacts.choose(account("11"), OLD)
        await tx.contacts.ask(account("11"), "{}", NOW)
        assert await tx.contacts.seen(account("11"), "mia2", "Mia M.", NOW) == Contact(
            Platform.TELEGRAM, "11", "mia2", "Mia M.", OLD, "{}", NOW
        )
        await tx.contacts.ask(account("11"), None, 0)
        await tx.contacts.choose(account("11"), None)
        assert await tx.contacts.get(account("11")) == Contact(Platform.TELEGRAM, "11", "mia2", "Mia M.")


async def test_those_that_wait_are_seen_without_being_claimed_and_claimed_by_their_ids(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.inbox.add(
            [update(1), update(2), update(3, ordering_key="12"), update(4, ordering_key="13")], renumbered=NOW - 6 * DAY
        )
    async with store.transaction() as tx:
        assert [one.update_id for one in await tx.inbox.waiting(Platform.TELEGRAM, NOW, 2)] == [1, 3]
        assert [one.update_id for one in await tx.inbox.waiting(Platform.TELEGRAM, NOW, 10)] == [1, 3, 4]
        claimed = await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW, 10, only=["upd_4", "upd_1", "upd_2"])
        assert [one.update_id for one in claimed] == [1, 4], "the second of a lane is not claimed, by whatever name"
        assert [one.update_id for one in await tx.inbox.waiting(Platform.TELEGRAM, NOW, 10)] == [3]


async def test_what_is_put_back_waits_for_its_time_and_no_attempt_is_counted(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.inbox.add([update(1), update(2), update(3, ordering_key="12")], renumbered=NOW - 6 * DAY)
        [one] = await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW, 10, only=["upd_1"])
        await tx.inbox.failed(one, lease(), Retry("too early", NOW + 5), counts=False)
        assert [other.update_id for other in await tx.inbox.waiting(Platform.TELEGRAM, NOW + 4, 10)] == [3], (
            "nor does what is behind it"
        )
        assert await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW + 5, 1) == [one]
        assert one.attempts == 0


async def test_it_is_known_how_many_wait_in_a_lane(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.inbox.add(
            [update(1), update(2), update(3, ordering_key="12"), update(4, ordering_key="13")], renumbered=NOW - 6 * DAY
        )
        [one] = await tx.inbox.claim(Platform.TELEGRAM, lease(), NOW, 10, only=["upd_3"])
        await tx.inbox.done(one, lease())
        assert await tx.inbox.depths(Platform.TELEGRAM, {"11", "12", "99"}) == {"11": 2}
        assert await tx.inbox.depths(Platform.TELEGRAM, set()) == {}


# Two platforms may use the same ids


@pytest.fixture
async def both(store: SqlStore) -> SqlStore:
    """The same ids on two platforms."""
    async with store.transaction() as tx:
        for platform in Platform:
            hall, mia = Place(platform, OLD), Identity(platform, "11")
            await tx.inbox.add([replace(update(1), platform=platform, id=f"upd_{platform}")], renumbered=0)
            await tx.chat_rooms.put(replace(CLUB, platform=platform, title=platform))
            await tx.chat_rooms.begin_kick(hall, "11", NOW)
            await tx.contacts.seen(mia, "mia", platform, NOW)
            await tx.contacts.choose(mia, OLD)
    return store


async def test_updates_of_two_platforms_don_t_wait_for_each_other(both: SqlStore) -> None:
    async with both.transaction() as tx:
        await tx.inbox.add([update(0)], renumbered=0)
        assert await tx.inbox.depths(Platform.DISCORD, ["11"]) == {"11": 1}
        [waits] = await tx.inbox.waiting(Platform.DISCORD, NOW, 10)
        [one] = await tx.inbox.claim(Platform.DISCORD, lease(), NOW, 10)
        assert (waits.id, one.id) == ("upd_discord", "upd_discord")
        [first] = await tx.inbox.claim(Platform.TELEGRAM, lease("two"), NOW, 10)
        assert first.id == "upd_0", "which stands before both, but is another platform's"
        await tx.inbox.done(first, lease("two"))
        [other] = await tx.inbox.claim(Platform.TELEGRAM, lease("two"), NOW, 10)
        assert (other.platform, other.id) == (Platform.TELEGRAM, "upd_telegram")
        await tx.inbox.done(one, lease())
        await tx.inbox.done(other, lease("two"))
        later = replace(update(1), id="upd_later", platform=Platform.DISCORD)
        assert await tx.inbox.add([later], renumbered=NOW + 1) == 1, "the number is used again there"
        assert await tx.inbox.prune(Platform.DISCORD, NOW + 1, NOW + 1) == 0
        assert await tx.inbox.prune(Platform.TELEGRAM, NOW + 1, NOW + 1) == 2


async def test_a_chat_that_migrates_takes_nothing_of_another_platform_along(both: SqlStore) -> None:
    there = Place(Platform.DISCORD, OLD)
    async with both.transaction() as tx:
        assert await tx.chat_rooms.migrate(HALL, NEW, "supergroup")
        assert [chat.title for chat in await tx.chat_rooms.present(Platform.DISCORD)] == ["discord"]
        assert await tx.chat_rooms.get(there) == replace(CLUB, platform=Platform.DISCORD, title="discord")
        assert await tx.chat_rooms.kicking(there, "11")
        assert not await tx.chat_rooms.kicking(HALL, "11")
        for platform, chat_id in ((Platform.DISCORD, OLD), (Platform.TELEGRAM, NEW)):
            mia = await tx.contacts.get(Identity(platform, "11"))
            assert mia is not None
            assert mia.chat_id == chat_id


async def test_a_name_is_one_person_s_on_each_platform(both: SqlStore) -> None:
    async with both.transaction() as tx:
        await tx.contacts.seen(account("12"), "mia", "Ben", NOW)
        found = [await tx.contacts.called(platform, "Mia") for platform in Platform]
        assert [(one.platform, one.user_id) for one in found if one is not None] == [
            (Platform.DISCORD, "11"),
            (Platform.TELEGRAM, "12"),
        ]
        await tx.chat_rooms.end_kick(HALL, "11")
        await tx.chat_rooms.set_link(HALL, None)
        await tx.contacts.ask(account("11"), "{}", NOW)
        there = Place(Platform.DISCORD, OLD)
        room, mia = await tx.chat_rooms.get(there), await tx.contacts.get(Identity(Platform.DISCORD, "11"))
        assert await tx.chat_rooms.kicking(there, "11")
        assert room is not None
        assert room.link is not None
        assert mia is not None
        assert mia.dialogue is None
