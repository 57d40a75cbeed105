"""The connection: the library's Bot, and a loop of our own that stores every update before it asks for the next ones.

The library's own polling confirms updates before they are handled, so a crash would lose them.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from telegram import User
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.commands.model import Command
from bot.platforms.telegram.api_types import ALLOWED
from bot.platforms.telegram.menu import menus
from bot.platforms.telegram.rate_limit import RateLimit, seconds_of
from payments.ports.stores import StoreUnavailable
from payments.rate_limit import LimiterFull

log = logging.getLogger("guestlist.telegram")

API = "https://api.telegram.org"
POLL_S = 30
"""How long Telegram holds an empty answer back."""

BATCH_MAX = 100
READ_S = 10.0
CONNECTIONS = 32
BACKOFF_S_MAX = 60.0
REFUSED_RETRY_S = 60.0
CONFLICT_RETRY_S = 10.0
STORE_RETRY_S = 1.0
LOOK_S = 60.0
"""How often the webhook is looked at: whether it is still ours, and what Telegram could not deliver."""

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram sends updates, and the secret by which we know that it is Telegram."""

    url: str
    secret: str


class Connection:
    """`run` connects and stays connected until `close`. `store` keeps updates; it answers after the commit."""

    def __init__(
        self,
        *,
        token: str,
        api_base: str | None,
        pace: RateLimit,
        commands: Sequence[Command],
        store: Callable[[Sequence[Raw]], Awaitable[None]],
        webhook: Webhook | None,
    ) -> None:
        self._pace = pace
        self._address = (token, f"{(api_base or API).rstrip('/')}/bot")
        self._commands = commands
        self._store = store
        self._webhook = webhook
        self._closing = asyncio.Event()
        self._registered = False
        self.bot: ExtBot[bool] = self._new_bot()
        self.me: User | None = None
        self.up = False

    def _new_bot(self) -> ExtBot[bool]:
        token, base_url = self._address
        direct = {"trust_env": base_url.startswith(API)}  # proxies of the environment lead to the world, not to ours
        return ExtBot(
            token,
            base_url=base_url,
            request=HTTPXRequest(
                CONNECTIONS, read_timeout=READ_S, connect_timeout=READ_S, pool_timeout=READ_S, httpx_kwargs=direct
            ),
            get_updates_request=HTTPXRequest(
                2, read_timeout=POLL_S + READ_S, connect_timeout=READ_S, httpx_kwargs=direct
            ),
            rate_limiter=self._pace,
        )

    async def run(self) -> None:
        """Connect and stay connected."""
        failures = 0
        try:
            while not self._closing.is_set():
                error = await self._until_closing(self._live())
                if error is None:
                    break
                failures = 0 if self.up else failures + 1
                self.up = False
                await self._wait(self._pause(error, failures))
        finally:
            self.up, self.me = False, None
            await self.bot.shutdown()

    async def close(self) -> None:
        """Let `run` end."""
        self._closing.set()

    async def _until_closing(self, work: Awaitable[None]) -> Exception | None:
        """Work that never ends by itself, until we close (None) or it fails."""
        running = asyncio.ensure_future(work)
        stop = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
            error = running.exception() if running.done() else None
            if error is not None and not isinstance(error, Exception):
                raise error
            return error
        finally:
            for task in (running, stop):
                task.cancel()
            await asyncio.gather(running, stop, return_exceptions=True)

    async def _live(self) -> None:
        """Log in, say which commands there are, then hear updates."""
        await self.bot.initialize()
        self.me = self.bot.bot
        if self._webhook is None:
            await self.bot.delete_webhook()
        else:
            await self._set_webhook(self._webhook)
        if not self._registered:
            await self._register()
        log.info("telegram: connected as @%s", self.me.username)
        if self._webhook is None:
            await self._poll()
        else:
            await self._watch(self._webhook)

    async def _register(self) -> None:
        """Say which commands there are. Refused, the former ones stay: what people type is answered all the same."""
        try:
            for menu in menus(self._commands):
                await self.bot.set_my_commands(menu.commands, scope=menu.scope, language_code=menu.language)
        except BadRequest as error:
            log.error("telegram: the commands were refused, so the former ones stay: %s", self._words(error))
        else:
            self._registered = True

    # -- polling -----------------------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        """Ask for updates; store them; confirm them by asking for those after them.

        Once an empty answer has confirmed everything, we ask without an offset: after a quiet week Telegram begins its
        numbers again, perhaps below the last one.
        """
        offset: int | None = None
        while True:
            wait_s = POLL_S if self.up else 0  # the first answer comes at once, and tells that we are heard
            asked: Raw = {"timeout": wait_s, "limit": BATCH_MAX, "allowed_updates": list(ALLOWED)}
            if offset is not None:
                asked["offset"] = offset
            found: Any = await self.bot._post("getUpdates", asked, read_timeout=POLL_S + READ_S)
            self.up = True
            updates = [raw for raw in found if isinstance(raw, dict) and isinstance(raw.get("update_id"), int)]
            if updates:
                await self._keep(updates)
                offset = max(raw["update_id"] for raw in updates) + 1
            else:
                offset = None

    async def _keep(self, updates: Sequence[Raw]) -> None:
        """Store a batch, however long it takes: until then Telegram keeps it."""
        while True:
            try:
                await self._store(updates)
            except StoreUnavailable as error:
                log.error("telegram: updates could not be stored (%s); trying again", error)
                await asyncio.sleep(STORE_RETRY_S)
            else:
                return

    # -- by webhook --------------------------------------------------------------------------------------------------

    async def _set_webhook(self, webhook: Webhook) -> None:
        await self.bot.set_webhook(webhook.url, secret_token=webhook.secret, allowed_updates=ALLOWED)

    async def _watch(self, webhook: Webhook) -> None:
        told = ""
        while True:
            info = await self.bot.get_webhook_info()
            if info.url != webhook.url:
                log.warning("telegram: somebody took the webhook away; it is set again")
                await self._set_webhook(webhook)
            elif info.last_error_message and f"{info.last_error_date}" != told:
                told = f"{info.last_error_date}"
                log.warning("telegram: could not deliver to %s: %s", webhook.url, info.last_error_message)
            self.up = True
            await asyncio.sleep(LOOK_S)

    # -- when it fails -----------------------------------------------------------------------------------------------

    def _words(self, error: Exception) -> str:
        """Telegram's own words, without the token, which is a part of every address there."""
        return f"{type(error).__name__}: {error}".replace(self._address[0], "the token")

    def _pause(self, error: Exception, failures: int) -> float:
        """Say what happened, and how long to wait before the next try, in seconds. The token is in no message."""
        match error:
            case InvalidToken():
                log.error(
                    "telegram: the token was refused. Copy the bot's token from @BotFather (/mybots, API Token) into"
                    " telegram.token or TELEGRAM_TOKEN. Trying again in a minute."
                )
                return REFUSED_RETRY_S
            case Conflict():
                log.error(
                    "telegram: another program asks for this bot's updates, or a webhook is set. Stop the other one:"
                    " a bot has one listener. Trying again in %.0f s. (%s)",
                    CONFLICT_RETRY_S,
                    self._words(error),
                )
                return CONFLICT_RETRY_S
            case RetryAfter():
                return float(seconds_of(error))
            case BadRequest() | Forbidden():
                log.error("telegram: refused us (%s). Trying again in a minute.", self._words(error))
                return REFUSED_RETRY_S
            case TelegramError() | LimiterFull():
                pause = min(BACKOFF_S_MAX, 2.0 ** min(failures, 6)) * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, no secret
                log.warning("telegram: disconnected (%s); trying again in %.0f s", self._words(error), pause)
                return pause
            case _:
                log.error("telegram: a fault in the connection; trying again in a minute", exc_info=error)
                return BACKOFF_S_MAX

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return
