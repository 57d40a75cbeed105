"""Stored updates, handled one after the other for each person, at least once; given up after a bounded time."""

import json
import logging
import secrets
from collections.abc import Callable, Sequence
from enum import StrEnum

from bot.platforms.telegram import wire
from bot.platforms.telegram.client import Raw
from bot.platforms.telegram.desk import Desk
from bot.platforms.telegram.news import News
from bot.platforms.telegram.replies import TryAgain
from bot.platforms.telegram.wire import CallbackQuery, JoinRequest, MemberUpdated, Message, Update
from payments.flows.backoff import backoff_ms
from payments.flows.engine import Engine
from payments.ports.stores import Lease, LeaseLost, Retry, StoredUpdate, StoreUnavailable

log = logging.getLogger("guestlist.telegram")

FAULTS_MAX = 4
"""A fault of ours is tried again so often: the person waits, and what they ask next waits behind it."""

PATIENCE_MS = 15 * 60_000
"""How long we try while Telegram can't be reached: an answer that comes later helps nobody."""

PAUSE_MS_MAX = 30_000
AWAY_MS = 500
DAY_MS = 86_400_000
KEPT_DAYS, DEAD_DAYS = 3, 30
PRUNE_EVERY_MS = 3_600_000


class Heard(StrEnum):
    """What came of one update; counted in the metrics."""

    DONE = "done"
    BUSY = "busy"
    FAILED = "failed"
    DEAD = "dead"
    LOST = "lost"


async def store(engine: Engine, updates: Sequence[Raw]) -> None:
    """Store those that are for us, in one commit. Raises `StoreUnavailable`: then none is stored.

    What is no update, however broken, can't be handled by any version, and is told in the log by its size alone.
    """
    now = engine.machine.now()
    stored: list[StoredUpdate] = []
    for raw in updates:
        body = ""
        try:
            body = json.dumps(raw, separators=(",", ":"))
            update = wire.decode(body)
        except (ValueError, RecursionError):
            log.warning("telegram: %d bytes are no update; passed over", len(body))
            continue
        lane = wire.lane(update)
        if lane is not None:
            stored.append(StoredUpdate(f"upd_{secrets.token_hex(10)}", update.update_id, lane, body, now))
    if not stored:
        return
    async with engine.store.transaction() as tx:
        await tx.updates.add(stored)
    engine.wake("updates")


async def store_one(engine: Engine, body: bytes) -> None:
    """Store an update as Telegram's webhook sends it. Raises ValueError for what is none, and `StoreUnavailable`."""
    try:
        raw = json.loads(body)
    except RecursionError:
        raise ValueError("too deep") from None
    wire.decode(body)
    await store(engine, [raw])


class Updates:
    """Hands each update to whom it concerns. Until it is `connected` the bot does not know its own name and id."""

    def __init__(self, desk: Desk, news: News, connected: Callable[[], bool]) -> None:
        self._connected = connected
        self._desk = desk
        self._news = news
        self._prune_at = 0

    async def hear(self, engine: Engine, update: StoredUpdate, lease: Lease) -> Heard:
        """Handle one update, and store what came of it. Raises `StoreUnavailable`."""
        try:
            return await self._finish(engine, update, lease, await self._handled(engine, update))
        except LeaseLost:
            return Heard.LOST

    async def _handled(self, engine: Engine, update: StoredUpdate) -> tuple[Heard, Retry | None]:
        now = engine.machine.now()
        try:
            if not self._connected():  # its own link, command or deed would look like another's
                raise TryAgain(AWAY_MS, "not connected to Telegram")
            await self._route(wire.decode(update.body), update.id)
        except (StoreUnavailable, LeaseLost):
            raise
        except TryAgain as again:
            pause = min(max(again.retry_after_ms, backoff_ms(update.attempts + 1)), PAUSE_MS_MAX)
            dead = now + pause - update.received_at > PATIENCE_MS
            return Heard.DEAD if dead else Heard.BUSY, Retry(str(again)[:300], now + pause, dead=dead)
        except Exception as error:
            log.exception("telegram: update %s could not be handled", update.id)
            attempts = update.attempts + 1
            dead = attempts >= FAULTS_MAX
            retry = Retry(type(error).__name__, now + backoff_ms(attempts), dead=dead)
            return Heard.DEAD if dead else Heard.FAILED, retry
        return Heard.DONE, None

    async def _finish(
        self, engine: Engine, update: StoredUpdate, lease: Lease, came: tuple[Heard, Retry | None]
    ) -> Heard:
        heard, retry = came
        now = engine.machine.now()
        async with engine.store.transaction() as tx:
            if retry is None:
                await tx.updates.done(update, lease)
            else:
                await tx.updates.failed(update, lease, retry)
            if now >= self._prune_at:
                self._prune_at = now + PRUNE_EVERY_MS
                await tx.updates.prune(now - KEPT_DAYS * DAY_MS, now - DEAD_DAYS * DAY_MS)
        if heard in (Heard.DONE, Heard.DEAD):
            engine.wake("updates")  # what waits behind it in its lane
        return heard

    async def _route(self, update: Update, key: str) -> None:
        match update:
            case Update(message=Message() as message):
                if message.migrate_to_chat_id is not None or message.new_chat_title is not None:
                    await self._news.group_news(message)
                else:
                    await self._desk.message(message, key)
            case Update(callback_query=CallbackQuery() as query):
                await self._desk.press(query, key)
            case Update(my_chat_member=MemberUpdated() as changed):
                await self._news.own_standing(changed, key)
            case Update(chat_member=MemberUpdated() as changed):
                await self._news.standing(changed)
            case Update(chat_join_request=JoinRequest() as asked):
                await self._news.asks_in(asked, key)
            case _:
                return
