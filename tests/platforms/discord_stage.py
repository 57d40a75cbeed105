"""Guestlist's Discord adapter, connected to the sandbox's Discord by the real discord.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app.clocks import SteadyClock
from bot.commands.model import Action, Choice, Command, Reply, Request
from bot.platforms.discord.adapter import DiscordPlatform
from bot.platforms.discord.interactions import Dispatcher
from payments.flows.runtime.context import AppContext
from payments.ports.stores import StoreUnavailable
from payments.rate_limit import Limiter
from sandbox.server import Sandbox

GUILD, ADA, BOB, OWNER = "500000000000000001", "600000000000000001", "600000000000000002", "600000000000000003"
PRO, BOSS, ROBOT = "700000000000000001", "700000000000000002", "700000000000000003"
TOKEN = "test-token"
SEED: dict[str, Any] = {
    "application": {"token": TOKEN, "intents": ["members"]},
    "users": [
        {"id": ADA, "name": "ada", "display_name": "Ada", "locale": "de"},
        {"id": BOB, "name": "bob"},
        {"id": OWNER, "name": "olga"},
    ],
    "guilds": [
        {
            "id": GUILD,
            "name": "Chess club",
            "owner": OWNER,
            "roles": [
                {"id": PRO, "name": "Pro", "position": 1},
                {"id": ROBOT, "name": "Robot", "position": 2, "managed": True},
                {"id": BOSS, "name": "Boss", "position": 4},
            ],
            "members": [{"id": ADA}, {"id": BOB, "roles": ["Pro"]}],
            "bot": {"position": 3},
        }
    ],
}


class Silent:
    """A dispatcher with nothing to say, for tests that are not about commands."""

    async def command(self, app: AppContext, request: Request, /) -> Reply:
        return Reply("-")

    async def press(self, app: AppContext, action: str, request: Request, /) -> Reply:
        return Reply("-")

    async def complete(self, app: AppContext, request: Request, option: str, typed: str, /) -> tuple[Choice, ...]:
        return ()


def no_engine() -> AppContext:
    """For tests that need no database: events are left to the sweep, as when it is away."""
    raise StoreUnavailable("there is no database in this test")


async def until(true: Callable[[], Any] | Callable[[], Awaitable[Any]], seconds: float = 60.0) -> Any:
    """Wait, bounded, until something holds."""
    async with asyncio.timeout(seconds):
        while True:
            answer = true()
            if isinstance(answer, Awaitable):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(0.02)


@dataclass(slots=True)
class Bot:
    """A running bot, and the world it lives in."""

    platform: DiscordPlatform
    sandbox: Sandbox
    task: asyncio.Task[None]

    async def connected(self, seconds: float = 60.0) -> None:
        await until(lambda: self.platform.ready, seconds)

    async def stop(self) -> None:
        await self.platform.close()
        await self.task

    def roles_of(self, user_id: str) -> set[str] | None:
        guild = self.sandbox.discord.people.guild(GUILD)
        member = next((m for m in guild.members.values() if str(m.user.id) == user_id), None)
        return None if member is None else {str(role) for role in member.roles}

    def log(self, action: str) -> list[dict[str, Any]]:
        """The server's own audit log."""
        return [line for line in self.sandbox.discord.people.guild(GUILD).log if line["action"] == action]

    async def type(self, user: str, name: str, /, **options: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.sandbox.discord.people.command(
            {"guild": GUILD, "user": user, "name": name, "options": options}
        )
        return answer

    async def offered(self, user: str, name: str, focused: str, /, **options: Any) -> list[dict[str, Any]]:
        answer = await self.sandbox.discord.people.autocomplete(
            {"guild": GUILD, "user": user, "name": name, "focused": focused, "options": options}
        )
        found: list[dict[str, Any]] = answer["choices"]
        return found

    async def press(self, user: str, reply: dict[str, Any], custom_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.sandbox.discord.people.click(
            {"user": user, "message": reply["message"], "custom_id": custom_id}
        )
        return answer

    async def send_form(self, user: str, custom_id: str, **values: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.sandbox.discord.people.modal(
            {"user": user, "custom_id": custom_id, "values": values}
        )
        return answer


def start(
    sandbox: Sandbox,
    *,
    dispatcher: Dispatcher | None = None,
    commands: Sequence[Command] = (),
    actions: Sequence[Action] = (),
    app: Callable[[], AppContext] = no_engine,
    token: str = TOKEN,
) -> Bot:
    """Start a bot; it connects by itself."""
    platform = DiscordPlatform(
        app=app,
        dispatcher=Silent() if dispatcher is None else dispatcher,
        commands=commands,
        actions=actions,
        token=token,
        machine=SteadyClock(),
        limiter=Limiter(SteadyClock(), per_second=50, burst=50),
        api_base=f"{sandbox.url}/api/v10",
        gateway=sandbox.url.replace("http", "ws") + "/gateway",
    )
    return Bot(platform, sandbox, asyncio.create_task(platform.run()))


@asynccontextmanager
async def running(seed: dict[str, Any] | None = None, har: Path | None = None, **how: Any) -> AsyncIterator[Bot]:
    """A sandbox with a connected bot; `har` keeps what is said on the wire."""
    async with Sandbox.running(har=har) as sandbox:
        sandbox.discord.seed(SEED if seed is None else seed)
        bot = start(sandbox, **how)
        try:
            await bot.connected()
            yield bot
        finally:
            await bot.stop()
