"""Stored updates, handled one after the other for each person, at least once; given up after a bounded time."""

import json
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from bot.platforms.telegram import api_types
from bot.platforms.telegram.api_types import CallbackQuery, JoinRequest, MemberUpdated, Message, Update
from bot.platforms.telegram.chat_events import ChatEvents
from bot.platforms.telegram.client import Raw
from bot.platforms.telegram.inbox import Inbox
from bot.platforms.telegram.message_router import MessageRouter
from bot.platforms.telegram.rate_limit import RateLimit
from bot.platforms.telegram.replies import TryAgain
from bot.platforms.telegram.shares import Shares
from bot.platforms.telegram.strangers import ours
from payments.core.community import Platform
from payments.core.json_text import whole
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.retry import backoff_ms
from payments.ports.stores import Lease, LeaseLost, QueueName, Retry, StoredUpdate, StoreUnavailable, Transaction

log = logging.getLogger("guestlist.telegram")

FAULTS_MAX = 4
"""A fault of ours is tried again so often: the person waits, and what they ask next waits behind it."""

PATIENCE_MS = 15 * 60_000
"""How long we try while Telegram can't be reached: an answer that comes later helps nobody."""

RENUMBERED_MS = 6 * 24 * 3_600_000
"""Telegram keeps an update for a day, and restarts its numbering after a quiet week at the earliest: between the two
lies the age from which on the same number is another update."""

PAUSE_MS_MAX = 30_000
AWAY_MS = 500
DAY_MS = 86_400_000
KEPT_DAYS, DEAD_DAYS = 3, 30
PRUNE_EVERY_MS = 3_600_000


class Heard(StrEnum):
    """What came of one update; counted in the metrics."""

    DONE = "done"
    PUT_BACK = "put_back"  # it is not its asker's turn yet
    BUSY = "busy"
    FAILED = "failed"
    DEAD = "dead"
    LOST = "lost"


async def store(app: AppContext, updates: Sequence[Raw], inbox: Inbox) -> None:
    """Store those that are for us and fit in, in one commit. Raises `StoreUnavailable`: then none is stored.

    What comes from chats that nobody claimed is dropped here: invariant 1 is about places that are served. What is no
    update, however broken, can't be handled by any version, and is told in the log by its size alone.
    """
    now = app.machine.now()
    read = list(_read(updates))
    kept = await ours(app, [update for update, _ in read])
    came = [
        (
            update,
            StoredUpdate(Platform.TELEGRAM, _new_id(), update.update_id, ordering_key, body, now),
        )
        for number, (update, body) in enumerate(read)
        if number in kept and (ordering_key := api_types.ordering_key(update)) is not None
    ]
    if not came:
        return
    async with app.store.transaction() as tx:
        await tx.inbox.add(await inbox.admitted(tx, came), renumbered=now - RENUMBERED_MS)
    app.wake(QueueName.UPDATES)


def _new_id() -> str:
    return f"upd_{secrets.token_hex(10)}"


def _read(updates: Sequence[Raw]) -> Iterator[tuple[Update, str]]:
    for raw in updates:
        body = ""
        try:
            body = whole(json.dumps(raw, separators=(",", ":")))
            yield api_types.decode(body), body
        except (ValueError, RecursionError):
            log.warning("telegram: %d bytes are no update; passed over", len(body))


async def store_one(app: AppContext, body: bytes, inbox: Inbox) -> None:
    """Store an update as Telegram's webhook sends it. Raises ValueError for what is none, and `StoreUnavailable`."""
    text = whole(body.decode())
    try:
        raw = json.loads(text)
    except RecursionError:
        raise ValueError("too deep") from None
    api_types.decode(text)
    await store(app, [raw], inbox)


class Updates:
    """Hands each update to the part it concerns. Until it is `connected`, the bot doesn't know its own name and id."""

    def __init__(
        self, router: MessageRouter, events: ChatEvents, pace: RateLimit, connected: Callable[[], bool]
    ) -> None:
        self._connected = connected
        self._pace = pace
        self._shares = Shares()
        self._router = router
        self._events = events
        self._prune_at = 0

    async def claim(self, tx: Transaction, lease: Lease, machine_now: int, limit: int) -> Sequence[StoredUpdate]:
        """Claim those whose turn it is."""
        return await self._shares.claim(tx, lease, machine_now, limit)

    async def hear(self, app: AppContext, update: StoredUpdate, lease: Lease) -> Heard:
        """Handle one update, and store what came of it. Raises `StoreUnavailable`."""
        self._shares.begin(update)
        try:
            return await self._finish(app, update, lease, await self._handled(app, update))
        except LeaseLost:
            return Heard.LOST
        finally:
            self._shares.end(update)

    async def _handled(self, app: AppContext, update: StoredUpdate) -> tuple[Heard, Retry | None]:
        now = app.machine.now()
        try:
            if not self._connected():  # its own link, command or deed would look like another's
                raise TryAgain(AWAY_MS, "not connected to Telegram")
            await self._in_turn(api_types.decode(update.body), update.id)
        except (StoreUnavailable, LeaseLost):
            raise
        except TryAgain as again:
            pause = again.retry_after_ms if again.paced else max(again.retry_after_ms, backoff_ms(update.attempts + 1))
            pause = min(pause, PAUSE_MS_MAX)
            dead = now + pause - update.received_at > PATIENCE_MS
            heard = Heard.PUT_BACK if again.paced else Heard.BUSY
            return Heard.DEAD if dead else heard, Retry(str(again)[:300], now + pause, dead=dead)
        except Exception as error:
            log.exception("telegram: update %s could not be handled", update.id)
            attempts = update.attempts + 1
            dead = attempts >= FAULTS_MAX
            retry = Retry(type(error).__name__, now + backoff_ms(attempts), dead=dead)
            return Heard.DEAD if dead else Heard.FAILED, retry
        return Heard.DONE, None

    async def _finish(
        self, app: AppContext, update: StoredUpdate, lease: Lease, came: tuple[Heard, Retry | None]
    ) -> Heard:
        heard, retry = came
        now = app.machine.now()
        async with app.store.transaction() as tx:
            if retry is None:
                await tx.inbox.done(update, lease)
            else:
                await tx.inbox.failed(update, lease, retry, counts=heard is not Heard.PUT_BACK)
            if now >= self._prune_at:
                self._prune_at = now + PRUNE_EVERY_MS
                await tx.inbox.prune(Platform.TELEGRAM, now - KEPT_DAYS * DAY_MS, now - DEAD_DAYS * DAY_MS)
        if heard in (Heard.DONE, Heard.DEAD):
            app.wake(QueueName.UPDATES)  # what waits behind it in its lane
        return heard

    async def _in_turn(self, update: Update, key: str) -> None:
        """Handle it once the answer may go out: whoever asks faster than we may answer waits in the inbox, not here,
        and nothing is done twice for it. Raises `TryAgain`."""
        chat_id = api_types.answered_in(update)
        if chat_id is None:
            await self._route(update, key)
            return
        wait_ms = self._pace.turn(chat_id)
        if wait_ms:
            raise TryAgain(wait_ms, "is not answered yet: one message a second to a chat", paced=True)
        with self._pace.granted(chat_id):
            await self._route(update, key)

    async def _route(self, update: Update, key: str) -> None:
        match update:
            case Update(message=Message() as message):
                if message.migrate_to_chat_id is not None or message.new_chat_title is not None:
                    await self._events.group_news(message)
                else:
                    await self._router.message(message, key)
            case Update(callback_query=CallbackQuery() as query):
                await self._router.press(query, key)
            case Update(my_chat_member=MemberUpdated() as changed):
                await self._events.own_standing(changed, key)
            case Update(chat_member=MemberUpdated() as changed):
                await self._events.standing(changed)
            case Update(chat_join_request=JoinRequest() as asked):
                await self._events.asks_in(asked, key)
            case _:
                return
