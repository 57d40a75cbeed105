"""However many updates one person or chat sends, others are answered beside them; nobody waits in a worker's place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app.workers import Queues
from bot.platforms.telegram import inbox, shares
from bot.platforms.telegram import updates as handling
from bot.platforms.telegram.inbox import Inbox
from bot.web.metrics import Metrics
from payments.core.community import Place, Platform
from payments.flows.runtime.worker import Worker
from payments.ports.stores import StoredUpdate
from tests.platforms.telegram_stage import BEN, MIA, SALON, SEED, TOM, Bot, running

CROWD = range(1_001, 1_041)
CROWDED: dict[str, Any] = {
    **SEED,
    "users": [*SEED["users"], *({"id": user, "username": f"fan{user}", "started": True} for user in CROWD)],
}
GROUP = {"id": SALON, "type": "supergroup", "title": "Salon"}
SLOW_SECONDS = 10.0


def person(user: int) -> dict[str, Any]:
    return {"id": user, "is_bot": False, "first_name": f"Fan {user}", "language_code": "en"}


def written(number: int, user: int, text: str = "/privacy", chat: dict[str, Any] | None = None) -> dict[str, Any]:
    there = chat or {"id": user, "type": "private", "first_name": "Fan"}
    message = {"message_id": number, "date": 1, "from": person(user), "chat": there, "text": text}
    return {"update_id": number, "message": message}


def added(number: int, user: int) -> dict[str, Any]:
    """Somebody adds the bot to a group of theirs."""
    bot = {"id": 7_000_000_001, "is_bot": True, "first_name": "Guestlist"}
    change = {
        "chat": {"id": -100_000 - number, "type": "supergroup", "title": f"!{number}"},
        "from": person(user),
        "date": 1,
        "old_chat_member": {"status": "left", "user": bot},
        "new_chat_member": {"status": "member", "user": bot},
    }
    return {"update_id": number, "my_chat_member": change}


def asks_in(number: int, user: int) -> dict[str, Any]:
    request = {"chat": GROUP, "from": person(user), "user_chat_id": user, "date": 1}
    return {"update_id": number, "chat_join_request": request}


def came_in(number: int, user: int) -> dict[str, Any]:
    old, new = ({"status": status, "user": person(user)} for status in ("left", "member"))
    change = {"chat": GROUP, "from": person(user), "date": 1, "old_chat_member": old, "new_chat_member": new}
    return {"update_id": number, "chat_member": change}


def serves(bot: Bot, *raws: dict[str, Any]) -> None:
    """The owner named the groups that these are about: from others nothing would reach the inbox."""
    named = {Place(Platform.TELEGRAM, str(raw["my_chat_member"]["chat"]["id"])) for raw in raws}
    bot.app.settings = replace(bot.app.settings, named_places=bot.app.settings.named_places | named)


async def read_by(bot: Bot, user: int) -> list[str]:
    found = await bot.play.get(f"telegram/users/{user}")
    return [message["text"] for message in found["messages"] if message["by"] == "the bot"]


async def lines_in_the_group(bot: Bot) -> int:
    return sum(message["by"] == "the bot" for message in (await bot.of())["messages"])


async def open_now(bot: Bot) -> int:
    return (await bot.store.counts())["updates_open"]


async def happens(bot: Bot, *raws: dict[str, Any]) -> None:
    await handling.store(bot.app, list(raws), Inbox())


@asynccontextmanager
async def working(bot: Bot) -> AsyncIterator[Worker[Any]]:
    """The service's own worker of updates."""
    bot.app.platforms = {Platform.TELEGRAM: bot.platform}
    worker = Queues(bot.app, Metrics()).delivering([bot.platform])["updates telegram"]
    bot.app.wake = lambda _queue: worker.wake()
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop(at_once=True)
        await task


async def until_read(bot: Bot, user: int, count: int = 1, seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while len(await read_by(bot, user)) < count:  # noqa: ASYNC110 -- read over the wire
            await asyncio.sleep(0.02)


async def until_done(bot: Bot, seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while await open_now(bot):  # noqa: ASYNC110 -- the database rings no bell
            await asyncio.sleep(0.02)


async def test_two_hundred_groups_of_one_person_keep_nobody_waiting(tmp_path: Path) -> None:
    """Each welcome goes to the one private chat, at the pace of that chat."""
    async with running(tmp_path) as bot:
        await bot.hears()
        groups = [added(number, BEN) for number in range(900, 1_105)]
        serves(bot, *groups)
        await happens(bot, *groups)
        await happens(bot, written(2_000, MIA))
        async with working(bot):
            await until_read(bot, MIA)
            assert await open_now(bot) > 100, "she was answered long before all of them were welcomed"
            assert len(await read_by(bot, MIA)) == 1


async def test_forty_people_who_type_in_a_group_keep_nobody_waiting(tmp_path: Path) -> None:
    async with running(tmp_path, seed=CROWDED) as bot:
        await bot.hears()
        fault = {"service": "telegram", "path": "getChatMember", "delay": SLOW_SECONDS, "times": None}
        bot.sandbox.faults.add(fault)  # each of theirs takes long
        await happens(bot, *(written(n, user, "/plans", GROUP) for n, user in enumerate(CROWD, 900)))
        await happens(bot, written(2_000, MIA))
        async with working(bot):
            await until_read(bot, MIA)
            assert await open_now(bot) > len(CROWD) / 2, "she had a place beside them"


async def test_everybody_in_a_crowded_group_is_answered_and_it_gets_no_more_lines_than_it_may(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(tmp_path, seed=CROWDED) as bot:
        await bot.hears()
        await happens(bot, *(written(n, user, "/plans", GROUP) for n, user in enumerate(CROWD, 900)))
        async with working(bot):
            await until_done(bot)
        for user in CROWD:
            assert len(await read_by(bot, user)) == 1
        assert 1 <= await lines_in_the_group(bot) <= 20
        assert "no line in the group" not in caplog.text, "those who type could fill the log"
        assert (await bot.store.counts())["updates_dead"] == 0


async def test_who_writes_faster_than_we_may_answer_gets_each_answer_once(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.hears()
        await happens(bot, *(written(number, MIA) for number in range(900, 908)))
        async with working(bot):
            await until_done(bot)
        assert len(await read_by(bot, MIA)) == 8


async def test_one_place_is_left_to_others_for_each_that_somebody_or_some_chat_could_take(tmp_path: Path) -> None:
    async with running(tmp_path, seed=CROWDED) as bot:
        await bot.hears()
        groups = [added(number, BEN) for number in range(900, 910)]
        serves(bot, *groups)
        await happens(bot, *groups)
        await happens(bot, *(written(n, user, "/plans", GROUP) for n, user in enumerate(CROWD, 1_000)))
        await happens(bot, *(asks_in(n, user) for n, user in enumerate(CROWD, 1_100)), written(1_200, MIA))
        claimed = await claims(bot, 20)
        assert [one.update_id for one in claimed] == [900, 901, 1_000, 1_001, 1_002, 1_200]
        # Their requests to join wait behind what each of them wrote before; of another they are claimed beside it.
        await happens(bot, *(asks_in(1_300 + n, 5_000 + n) for n in range(10)))
        assert [one.update_id for one in await claims(bot, 20)] == [1_300, 1_301, 1_302]


async def claims(bot: Bot, limit: int) -> list[StoredUpdate]:
    """What is claimed now, and is under way from now on."""
    async with bot.store.transaction() as tx:
        claimed = await bot.platform.claim_updates(tx, bot.app.lease(), bot.app.machine.now(), limit)
    for update in claimed:
        bot.platform._updates._shares.begin(update)
    return list(claimed)


async def test_a_crowd_in_front_hides_nobody(tmp_path: Path) -> None:
    """More of one asker wait in front than a first look sees."""
    async with running(tmp_path) as bot:
        await bot.hears()
        groups = [added(number, BEN) for number in range(900, 900 + 3 * shares.PAGE)]
        serves(bot, *groups)
        await happens(bot, *groups)
        await happens(bot, written(2_000, MIA))
        assert 2_000 in [one.update_id for one in await claims(bot, 8)]


async def test_one_person_fills_no_more_than_their_part_of_the_inbox(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as bot:
        await bot.hears()
        one = Inbox()
        with caplog.at_level(logging.WARNING):
            for number in range(900, 1_000):
                await handling.store(bot.app, [written(number, MIA)], one)
        assert await open_now(bot) == inbox.WAITING_MAX
        told = [record.getMessage() for record in caplog.records if "is dropped" in record.getMessage()]
        assert told == [f"telegram: {MIA} sends faster than it can be answered; what is beyond 30 is dropped"]
        beyond = [written(1_000, MIA), asks_in(1_001, MIA), came_in(1_002, MIA), written(1_003, TOM)]
        await handling.store(bot.app, beyond, one)
        assert await open_now(bot) == inbox.WAITING_MAX + 3, "her place in the chat is not lost, nor anybody else's"


async def test_a_batch_is_bounded_as_one_after_the_other_is(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.hears()
        await happens(bot, *(written(number, MIA) for number in range(900, 1_000)))
        assert await open_now(bot) == inbox.WAITING_MAX
