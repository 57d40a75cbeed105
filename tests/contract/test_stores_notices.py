"""Messages to people and to places, waiting to be sent."""

from dataclasses import replace

import pytest

from payments.core.community import Place, Platform
from payments.ports.stores import Notice, Retry
from storage.database import ConstraintViolated
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import NOW, lease

OLD, NEW = Place(Platform.TELEGRAM, "-200"), Place(Platform.TELEGRAM, "-1000000000300")
CALL = Notice("call", None, "admin_needed", "{}", NOW, place=OLD)


async def test_a_message_for_a_place_is_kept_once_and_found_as_it_was(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.person(tx)
        assert await tx.notices.add(CALL)
        assert not await tx.notices.add(CALL)
        assert await tx.notices.add(builders.notice("told", NOW + 1))
        assert list(await tx.notices.claim(lease(), NOW, 10)) == [CALL, builders.notice("told", NOW + 1)]


async def test_it_goes_along_with_a_chat_that_gets_another_id(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.notices.add(CALL)
        await tx.notices.add(replace(CALL, key="there", place=Place(Platform.DISCORD, "-200")))
        await tx.chat_rooms.migrate(OLD, NEW.external_id, "supergroup")
        found = {one.key: one.place for one in await tx.notices.claim(lease(), NOW, 10)}
        assert found == {"call": NEW, "there": Place(Platform.DISCORD, "-200")}


def test_a_message_is_for_a_person_or_a_place() -> None:
    for wrong in ({"place": None}, {"person_id": builders.ADA}):
        with pytest.raises(AssertionError):
            replace(CALL, **wrong)


@pytest.mark.parametrize("who", ["NULL, NULL, NULL", "'prs_ada', 'discord', '1'", "NULL, 'discord', NULL"])
async def test_the_schema_refuses_a_message_for_nobody_for_two_and_for_half_a_place(store: SqlStore, who: str) -> None:
    async with store.transaction() as tx:
        await builders.person(tx)
    with pytest.raises(ConstraintViolated):
        async with store._database.transaction() as raw:
            await raw.execute(
                "INSERT INTO notice (key, kind, params, state, created_at, person_id, place_platform, place_id) "
                f"VALUES ('k', 'blocked', '{{}}', 'open', 0, {who})"
            )


async def test_what_was_not_sent_may_be_read_otherwise_until_it_is(store: SqlStore) -> None:
    late, dead = Retry("closed", NOW + 5), Retry("closed", NOW, dead=True)
    async with store.transaction() as tx:
        await builders.person(tx)
        for n, key in enumerate(("old", "dead", "open", "other", "busy")):
            await tx.notices.add(builders.notice(key, NOW + n))
        mine = lease()
        await tx.notices.claim(mine, NOW, 10)
        for key, retry in (("old", dead), ("dead", dead), ("open", late), ("other", dead)):
            await tx.notices.failed(key, mine, retry, unread=key != "other")
        assert [one.key for one in await tx.notices.unread(builders.ADA, NOW + 1, 10)] == ["dead", "open"]
        assert [one.key for one in await tx.notices.unread(builders.ADA, 0, 1)] == ["old"]
        await tx.notices.withdraw(["dead", "other"])
        again = lease("again")
        assert [one.key for one in await tx.notices.claim(again, NOW + 5, 10)] == ["open"], "it is being sent"
        assert [one.key for one in await tx.notices.unread(builders.ADA, NOW, 10)] == ["old"]
        await tx.notices.withdraw(["open"])
        await tx.notices.done("open", again)
        await tx.notices.withdraw(["old"])
        assert not await tx.notices.unread(builders.ADA, 0, 10)
        assert await tx.notices.replay_dead() == 0, "what was read is not sent as well"
