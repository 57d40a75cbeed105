"""What is kept of Telegram: updates in their order, chats that migrate, kicks, and what somebody is asked."""

from dataclasses import replace

import pytest

from payments.core.community import Place, Platform, Target, TargetKind
from payments.core.ids import TargetId
from payments.ports.stores import Chat, Contact, LeaseLost, Retry, StoredUpdate
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import CAVE, NOW, lease

OLD, NEW = "-200", "-1000000000300"
CLUB = Chat(OLD, "group", "Chess club", can_invite=True, can_ban=False, added_by="11", link="https://t.me/+a")
DAY = 86_400_000


def update(number: int, ordering_key: str = "11", at: int = NOW) -> StoredUpdate:
    return StoredUpdate(f"upd_{number}", number, ordering_key, "{}", at)


async def test_an_update_that_comes_again_changes_nothing(store: SqlStore) -> None:
    async with store.transaction() as tx:
        assert await tx.updates.add([update(1), update(2)]) == 2
        assert await tx.updates.add([replace(update(2), id="upd_other"), update(3)]) == 1
        claimed = await tx.updates.claim(lease(), NOW, 10)
        assert [one.id for one in claimed] == ["upd_1"]
    assert (await store.counts())["updates_open"] == 3


async def test_a_number_of_a_week_ago_is_another_update(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.updates.add([update(1)])
        assert await tx.updates.add([replace(update(1, at=NOW + 7 * DAY), id="upd_new")]) == 1


async def test_what_concerns_one_person_is_handled_in_order_and_others_beside_it(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.updates.add([update(1), update(2), update(3, ordering_key="12")])
        first = await tx.updates.claim(lease(), NOW, 10)
        assert [one.update_id for one in first] == [1, 3]
        assert await tx.updates.claim(lease("two"), NOW, 10) == []
        await tx.updates.done(first[0], lease())
        assert [one.update_id for one in await tx.updates.claim(lease("two"), NOW, 10)] == [2]


async def test_one_that_fails_holds_back_those_after_it_until_it_is_given_up(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.updates.add([update(1), update(2)])
        [one] = await tx.updates.claim(lease(), NOW, 10)
        await tx.updates.failed(one, lease(), Retry("Telegram is down", NOW + 5))
        assert await tx.updates.claim(lease(), NOW + 4, 10) == []
        [again] = await tx.updates.claim(lease(), NOW + 5, 10)
        assert again == replace(update(1), attempts=1)
        await tx.updates.failed(again, lease(), Retry("still", NOW, dead=True))
        assert [two.update_id for two in await tx.updates.claim(lease("two"), NOW + 5, 10)] == [2]
        await tx.updates.release(lease("two"))
        assert len(await tx.updates.claim(lease(), NOW + 5, 10)) == 1
        assert await tx.updates.replay_dead() == 1


async def test_a_lost_lease_finishes_nothing(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.updates.add([update(1)])
        await tx.updates.claim(lease(), NOW, 10)
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await tx.updates.done(update(1), lease("two"))
    with pytest.raises(LeaseLost):
        async with store.transaction() as tx:
            await tx.updates.failed(update(1), lease("two"), Retry("late", NOW))


async def test_old_updates_are_forgotten_open_ones_never(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.updates.add([update(1, "a"), update(2, "b"), update(3, "c")])
        claimed = await tx.updates.claim(lease(), NOW, 2)
        await tx.updates.done(claimed[0], lease())
        await tx.updates.failed(claimed[1], lease(), Retry("never", NOW, dead=True))
        assert await tx.updates.prune(NOW, NOW) == 0
        assert await tx.updates.prune(NOW + 1, NOW) == 1
        assert await tx.updates.prune(NOW + 1, NOW + 1) == 1
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
        await tx.chats.put(CLUB)
        await tx.chats.begin_kick(OLD, "11", NOW)
        await tx.contacts.seen("11", "Mia", "Mia", NOW)
        await tx.contacts.choose("11", OLD)
    async with store.transaction() as tx:
        assert await tx.chats.migrate(OLD, NEW)
        assert not await tx.chats.migrate(OLD, NEW)
    async with store.transaction() as tx:
        moved = await tx.communities.at(Place(Platform.TELEGRAM, NEW))
        assert moved is not None
        assert moved.id == CAVE
        assert await tx.communities.at(there) is None
        assert await tx.communities.target(target.id) == replace(target, place_id=NEW, external_id=NEW)
        assert await tx.chats.get(NEW) == replace(CLUB, id=NEW, kind="supergroup", link=None)
        assert await tx.chats.get(OLD) is None
        assert not await tx.chats.kicking(NEW, "11")
        talker = await tx.contacts.get("11")
        assert talker is not None
        assert talker.chat_id == NEW


async def test_what_is_known_of_the_supergroup_already_stays(store: SqlStore) -> None:
    """Telegram may tell of the bot in the new chat before it tells of the move."""
    there = Chat(NEW, "supergroup", "Chess club", can_invite=True, can_ban=True)
    async with store.transaction() as tx:
        await tx.chats.put(CLUB)
        await tx.chats.put(there)
        assert await tx.chats.migrate(OLD, NEW)
        assert await tx.chats.present() == [there]


async def test_chats_the_bot_left_are_not_present_and_keep_their_row(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.chats.put(CLUB)
        await tx.chats.set_link(OLD, "https://t.me/+b")
        assert await tx.chats.present() == [replace(CLUB, link="https://t.me/+b")]
        await tx.chats.put(replace(CLUB, removed_at=NOW, link=None))
        assert await tx.chats.present() == []
        assert await tx.chats.get(OLD) == replace(CLUB, removed_at=NOW, link=None)


async def test_a_kick_under_way_is_remembered_until_it_is_ended(store: SqlStore) -> None:
    async with store.transaction() as tx:
        for _ in range(2):
            await tx.chats.begin_kick(OLD, "11", NOW)
        assert await tx.chats.kicking(OLD, "11")
        assert not await tx.chats.kicking(OLD, "12")
        await tx.chats.end_kick(OLD, "11")
        assert not await tx.chats.kicking(OLD, "11")


async def test_somebody_is_found_by_the_name_they_have_now(store: SqlStore) -> None:
    async with store.transaction() as tx:
        assert await tx.contacts.seen("11", "Mia", "Mia", NOW) == Contact("11", "mia", "Mia")
        await tx.contacts.seen("12", None, "Ben", NOW)
        found = await tx.contacts.called("MIA")
        assert found is not None
        assert found.user_id == "11"
        await tx.contacts.seen("12", "mia", "Ben", NOW)  # the name has changed hands
        found = await tx.contacts.called("mia")
        assert found is not None
        assert found.user_id == "12"
        assert await tx.contacts.get("11") == Contact("11", None, "Mia")
        assert await tx.contacts.called("ada") is None
        assert await tx.contacts.get("13") is None


async def test_what_is_asked_and_chosen_outlives_a_new_name(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.contacts.seen("11", "mia", "Mia", NOW)
        await tx.contacts.choose("11", OLD)
        await tx.contacts.ask("11", "{}", NOW)
        assert await tx.contacts.seen("11", "mia2", "Mia M.", NOW) == Contact("11", "mia2", "Mia M.", OLD, "{}", NOW)
        await tx.contacts.ask("11", None, 0)
        await tx.contacts.choose("11", None)
        assert await tx.contacts.get("11") == Contact("11", "mia2", "Mia M.")


async def test_those_that_wait_are_seen_without_being_claimed_and_claimed_by_their_ids(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.updates.add([update(1), update(2), update(3, ordering_key="12"), update(4, ordering_key="13")])
    async with store.transaction() as tx:
        assert [one.update_id for one in await tx.updates.waiting(NOW, 2)] == [1, 3]
        assert [one.update_id for one in await tx.updates.waiting(NOW, 10)] == [1, 3, 4]
        claimed = await tx.updates.claim(lease(), NOW, 10, only=["upd_4", "upd_1", "upd_2"])
        assert [one.update_id for one in claimed] == [1, 4], "the second of a lane is not claimed, by whatever name"
        assert [one.update_id for one in await tx.updates.waiting(NOW, 10)] == [3]


async def test_what_is_put_back_waits_for_its_time_and_no_attempt_is_counted(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.updates.add([update(1), update(2), update(3, ordering_key="12")])
        [one] = await tx.updates.claim(lease(), NOW, 10, only=["upd_1"])
        await tx.updates.failed(one, lease(), Retry("too early", NOW + 5), counts=False)
        assert [other.update_id for other in await tx.updates.waiting(NOW + 4, 10)] == [3], "nor does what is behind it"
        assert await tx.updates.claim(lease(), NOW + 5, 1) == [one]
        assert one.attempts == 0


async def test_it_is_known_how_many_wait_in_a_lane(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.updates.add([update(1), update(2), update(3, ordering_key="12"), update(4, ordering_key="13")])
        [one] = await tx.updates.claim(lease(), NOW, 10, only=["upd_3"])
        await tx.updates.done(one, lease())
        assert await tx.updates.depths({"11", "12", "99"}) == {"11": 2}
        assert await tx.updates.depths(set()) == {}
