"""Updates are stored before they are confirmed, handled at least once, and given up in a bounded time."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.telegram import updates as handling
from bot.platforms.telegram.inbox import Inbox
from bot.platforms.telegram.updates import Heard
from payments.core.community import Platform
from payments.ports.chat import NotThere
from payments.ports.stores import Lease, StoredUpdate, StoreUnavailable
from tests.platforms.discord_stage import until
from tests.platforms.telegram_stage import MIA, OLGA, TOM, Bot, chat, running


def written(number: int, text: str = "/privacy", user: int = MIA) -> dict[str, Any]:
    """Somebody wrote to the bot."""
    who = {"id": user, "is_bot": False, "first_name": "Mia", "language_code": "en"}
    chat = {"id": user, "type": "private", "first_name": "Mia"}
    return {"update_id": number, "message": {"message_id": number, "date": 1, "from": who, "chat": chat, "text": text}}


async def read_by(bot: Bot, user: int = MIA) -> list[str]:
    found = await bot.play.get(f"telegram/users/{user}")
    return [message["text"] for message in found["messages"] if message["by"] == "the bot"]


async def stored(bot: Bot, *raws: dict[str, Any]) -> None:
    await handling.store(bot.app, list(raws), Inbox())


async def test_what_is_stored_twice_is_answered_once(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.hears()
        await stored(bot, written(900), written(900))
        await stored(bot, written(900))
        assert "updates" in bot.woken
        await bot.handles()
        await bot.handles()
        assert len(await read_by(bot)) == 1


async def test_an_update_is_confirmed_only_once_it_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = 2

    async def unsure(app: Any, raws: Any) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreUnavailable("the disk is full")
        await handling.store(app, raws, Inbox())

    async with running(tmp_path) as bot:
        await bot.hears()
        monkeypatch.setattr(bot.platform._connection, "_store", lambda raws: unsure(bot.app, raws))
        await bot.play.post("telegram/message", {"user": MIA, "text": "/privacy", "wait": 0})
        await bot.hears()
        assert failures == 0
        assert len(await read_by(bot)) == 1


async def test_what_was_stored_before_a_death_is_answered_after_it(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.hears()
        await stored(bot, written(900))
    async with running(tmp_path) as bot:
        await bot.hears(2)
        assert any("What I keep" in text for text in await read_by(bot))


async def test_nothing_is_handled_by_a_bot_that_does_not_know_itself_yet(tmp_path: Path) -> None:
    """What calls it by its name would be another bot's, and who comes by its link would be left to the admins."""
    async with running(tmp_path) as bot:
        await bot.hears()
        told = await bot.platform.give(str(MIA), chat(), "paid")
        assert isinstance(told, NotThere)
        bot.woken.clear()
        await bot.play.post("telegram/join", {"user": TOM, "link": told.way_in, "wait": 0})
        await until(lambda: "updates" in bot.woken)
        early, lease = bot.twin(), bot.app.lease()
        [update] = await _claimed(bot, lease)
        assert await early.hear(bot.app, update, lease) is Heard.BUSY
        [update] = await _claimed(bot, lease, later=60_000)
        assert await bot.platform.hear(bot.app, update, lease) is Heard.DONE
        assert (await bot.of())["requests"] == []


async def test_an_update_that_fails_again_and_again_is_given_up_and_can_be_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = True

    async def route(self: Any, update: Any, key: str) -> None:
        if broken:
            raise RuntimeError("a bug")

    async with running(tmp_path) as bot:
        await bot.hears()
        monkeypatch.setattr(handling.Updates, "_route", route)
        await stored(bot, written(900), written(901))
        lease = bot.app.lease()
        [update] = await _claimed(bot, lease)
        for attempt in range(handling.FAULTS_MAX):
            outcome = await bot.platform.hear(bot.app, replace(update, attempts=attempt), lease)
            assert outcome is (Heard.DEAD if attempt == handling.FAULTS_MAX - 1 else Heard.FAILED)
            async with bot.store.transaction() as tx:
                await tx.inbox.replay_dead()
            [update] = await _claimed(bot, lease, later=60_000)
        broken = False
        assert await bot.platform.hear(bot.app, update, lease) is Heard.DONE
        assert [one.update_id for one in await _claimed(bot, lease)] == [901]


async def _claimed(bot: Bot, lease: Lease, later: int = 0) -> list[StoredUpdate]:
    async with bot.store.transaction() as tx:
        return list(await tx.inbox.claim(Platform.TELEGRAM, lease, bot.app.machine.now() + later, 10))


async def test_while_telegram_is_away_an_answer_waits_and_is_given_up_in_the_end(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        await bot.hears()
        fault = bot.sandbox.faults.add({"service": "telegram", "path": "sendMessage", "status": 502, "times": None})
        await stored(bot, written(900))
        lease = bot.app.lease()
        [update] = await _claimed(bot, lease)
        assert await bot.platform.hear(bot.app, update, lease) is Heard.BUSY
        old = replace(update, received_at=update.received_at - handling.PATIENCE_MS)
        [update] = await _claimed(bot, lease, later=60_000)
        assert await bot.platform.hear(bot.app, old, lease) is Heard.DEAD
        assert fault is not None
        assert (await bot.store.counts())["updates_dead"] == 1


async def test_a_wrong_token_is_told_without_the_token(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seed = {"bot": {"token": "7:right"}, "users": [{"id": OLGA, "username": "olga"}]}
    with caplog.at_level(logging.INFO):
        async with running(tmp_path, seed=seed, token="7:wrong", wait=False) as bot:
            await until(lambda: "the token was refused" in caplog.text)
            assert not bot.platform.ready
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("guestlist")]
    assert all("7:wrong" not in line for line in ours)


async def test_another_listener_is_told_of_and_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(tmp_path) as bot:
        await bot.hears()
        fault = {"service": "telegram", "path": "getUpdates", "status": 409, "body": "Conflict"}
        bot.sandbox.faults.add({**fault, "body": {"ok": False, "error_code": 409, "description": "Conflict: x"}})
        await bot.play.post("telegram/message", {"user": MIA, "text": "/privacy", "wait": 0})
        await until(lambda: "a bot has one listener" in caplog.text)
        assert not bot.platform.ready


async def test_a_batch_with_nonsense_in_it_loses_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(tmp_path) as bot:
        await bot.hears()
        nonsense = {"update_id": 901, "message": {"secret": "what somebody wrote"}}
        await stored(bot, nonsense, written(902), {"update_id": 903, "poll": {"id": "1"}})
        assert [json.loads(one.body)["update_id"] for one in await bot.handles()] == [902]
        assert "what somebody wrote" not in caplog.text


async def test_old_updates_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path) as bot:
        await bot.hears()
        await stored(bot, written(900))
        await bot.handles()
        monkeypatch.setattr(bot.platform._updates, "_prune_at", 0)
        monkeypatch.setattr(handling, "KEPT_DAYS", -1)
        await stored(bot, written(901))
        await bot.handles()
        async with bot.store.transaction() as tx:
            assert (
                await tx.inbox.add([StoredUpdate(Platform.TELEGRAM, "upd_x", 900, "x", "{}", 0)], renumbered=0) == 1
            ), "it was forgotten"
