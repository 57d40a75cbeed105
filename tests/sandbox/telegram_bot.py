"""A small bot made with the real python-telegram-bot, which fetches its updates by long polling."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import telegram
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

TOKEN = "1:sandbox"
MIA, TOM, OLGA = 201, 202, 203
CLUB, OLD = -1001, -2
SEED: dict[str, Any] = {
    "users": [
        {"id": MIA, "username": "mia", "first_name": "Mia", "language_code": "de"},
        {"id": TOM, "first_name": "Tom"},
        {"id": OLGA, "username": "olga"},
    ],
    "chats": [
        {"id": CLUB, "title": "Chess club", "owner": "olga"},
        {"id": OLD, "type": "group", "title": "Old club", "owner": "olga", "members": [MIA]},
    ],
}


def connect(url: str, token: str = TOKEN) -> ExtBot[None]:
    """The library's bot, pointed at a sandbox; two connections, so that a long poll holds up nothing."""
    return ExtBot(
        token,
        base_url=f"{url}/bot",
        base_file_url=f"{url}/file/bot",
        request=HTTPXRequest(connection_pool_size=8),
        get_updates_request=HTTPXRequest(connection_pool_size=1),
    )


class Polling:
    """A bot with what it has heard. Handlers run one after the other, each update once."""

    def __init__(self, bot: ExtBot[None], kinds: list[str]) -> None:
        self.bot = bot
        self.heard: list[telegram.Update] = []
        self.handlers: list[Callable[[telegram.Update], Awaitable[None]]] = []
        self.asked = kinds
        self._came = asyncio.Event()

    async def run(self) -> None:
        offset = 0
        while True:
            found = await self.bot.get_updates(offset=offset, timeout=20, allowed_updates=self.asked)
            for update in found:
                offset = update.update_id + 1
                self.heard.append(update)
                self._came.set()
                for handler in self.handlers:
                    await handler(update)

    async def hears(self, kind: str, count: int = 1) -> Any:
        """Waits until so many updates of a kind have come; answers what is in the last of them."""
        await self.until(lambda: len(self._of(kind)) >= count)
        return self._of(kind)[-1]

    def _of(self, kind: str) -> list[Any]:
        return [getattr(one, kind) for one in self.heard if getattr(one, kind)]

    async def until(self, true: Callable[[], bool]) -> None:
        """Waits until something is true of what was heard."""
        async with asyncio.timeout(60):
            while not true():
                self._came.clear()
                await self._came.wait()

    def kinds(self) -> list[str]:
        """What has come, in order."""
        return [next(key for key in update.to_dict() if key != "update_id") for update in self.heard]


@contextlib.asynccontextmanager
async def polling(bot: ExtBot[None], kinds: list[str] | None = None) -> AsyncIterator[Polling]:
    """The bot, initialized and fetching updates; it is shut down at the end."""
    async with bot:
        live = Polling(bot, telegram.Update.ALL_TYPES if kinds is None else kinds)
        await bot.get_updates(allowed_updates=live.asked)  # from here on it hears what it asks for
        running = asyncio.create_task(live.run())
        try:
            yield live
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


async def refused(call: Awaitable[Any]) -> str:
    """The sentence of Telegram's refusal."""
    with pytest.raises(telegram.error.TelegramError) as caught:
        await call
    return caught.value.message
