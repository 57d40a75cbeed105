"""A small bot made with the real discord.py, and a hand for the sandbox's controls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands

from bot.platforms.discord.client import end_half_made
from sandbox import play

GUILD, ADA, BOB, OWNER = (
    500_000_000_000_000_001,
    600_000_000_000_000_001,
    600_000_000_000_000_002,
    600_000_000_000_000_003,
)
PRO, BOSS = 700_000_000_000_000_001, 700_000_000_000_000_002
SEED: dict[str, Any] = {
    "users": [
        {"id": str(ADA), "name": "ada", "locale": "de"},
        {"id": str(BOB), "name": "bob"},
        {"id": str(OWNER), "name": "olga"},
    ],
    "guilds": [
        {
            "id": str(GUILD),
            "name": "Chess club",
            "owner": str(OWNER),
            "roles": [{"id": str(PRO), "name": "Pro", "color": 255}],
            "members": [{"id": str(ADA)}, {"id": str(BOB), "roles": ["Pro"]}],
        }
    ],
}


class Person:
    """Talks to the controls."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def post(self, path: str, body: Any, status: int = 200) -> dict[str, Any]:
        async with self.session.post(f"{self.url}/sandbox{path}", json=body) as answer:
            told: dict[str, Any] = await answer.json()
            assert answer.status == status, told
            return told

    async def get(self, path: str) -> dict[str, Any]:
        async with self.session.get(f"{self.url}/sandbox{path}") as answer:
            told: dict[str, Any] = await answer.json()
            assert answer.status == 200, told
            return told

    async def guild(self) -> dict[str, Any]:
        return await self.get(f"/discord/guilds/{GUILD}")

    async def roles_of(self, user: int) -> list[str]:
        guild = await self.guild()
        return next(m["role_names"] for m in guild["members"] if m["id"] == str(user))

    async def says(self, user: int, name: str, **options: Any) -> dict[str, Any]:
        return await self.post("/discord/command", {"guild": GUILD, "user": user, "name": name, "options": options})

    async def clicks(self, user: int, message: str, custom_id: str, *values: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"user": user, "message": message, "custom_id": custom_id}
        if values:
            body["values"] = list(values)
        return await self.post("/discord/click", body)


class Bot(discord.Client):
    """Small memory, as the product runs it; commands are added by each test."""

    def __init__(self, *, intents: discord.Intents | None = None) -> None:
        wanted = intents or discord.Intents(guilds=True, members=True, moderation=True)
        super().__init__(
            intents=wanted,
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.05,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self.tree = app_commands.CommandTree(self)
        self.events: list[tuple[str, tuple[Any, ...]]] = []
        self._heard = asyncio.Event()
        self.raised: list[BaseException] = []
        self.tree.error(self._note)

    async def _note(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        self.raised.append(getattr(error, "original", error))
        self._heard.set()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        self.events.append((event, args))
        self._heard.set()
        super().dispatch(event, *args, **kwargs)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def happens(self, event: str, count: int = 1) -> tuple[Any, ...]:
        """Waits until an event has come so many times; answers the last one's arguments."""
        async with asyncio.timeout(60):
            while len(found := [args for name, args in self.events if name == event]) < count:
                self._heard.clear()
                await self._heard.wait()
        return found[-1]


async def eventually(true: Callable[[], Awaitable[bool]]) -> None:
    """Waits, bounded, until something is true."""
    if not await play.eventually(true):
        raise AssertionError("it did not become true within a minute")


@contextlib.contextmanager
def pointed_at(url: str) -> Iterator[None]:
    """discord.py's addresses, for the length of a block."""
    before = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = f"{url}/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"{url.replace('http', 'ws', 1)}/gateway")
    try:
        yield
    finally:
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = before


@contextlib.asynccontextmanager
async def online(bot: Bot, token: str = "token") -> AsyncIterator[Bot]:
    """The bot, connected; it is closed at the end."""
    running = asyncio.create_task(bot.start(token))
    try:
        await bot.happens("ready")
        yield bot
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await end_half_made(bot)
        await bot.close()
