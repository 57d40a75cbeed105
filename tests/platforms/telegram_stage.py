"""Guestlist's Telegram adapter on a real database, connected to the sandbox's Telegram by the real library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import texts
from bot.app.clocks import SteadyClock, SystemClock
from bot.commands.catalog import COMMANDS
from bot.commands.dispatch import Dispatcher
from bot.platforms.telegram.adapter import TelegramPlatform
from payments.core.community import Place, Platform, Target, TargetKind
from payments.core.ids import CommunityId, TargetId
from payments.flows.runtime.context import AppContext, AppSettings
from payments.ports.providers import Account
from payments.ports.stores import StoredUpdate
from payments.rate_limit import Limiter
from sandbox.play import Play
from sandbox.server import Sandbox
from storage.store import SqlStore, open_store
from tests.core.builders import ACCOUNT
from tests.fakes.accounts import INSTALLATION, only
from tests.fakes.provider import FakeProvider
from tests.platforms.discord_stage import until

OLGA, MIA, BEN, TOM = 301, 302, 303, 304
SALON, GROUP = -1001, -7
TOKEN = "1:sandbox"
SEED: dict[str, Any] = {
    "users": [
        {"id": OLGA, "username": "olga", "started": True},
        {"id": MIA, "username": "mia", "started": True},
        {"id": BEN, "username": "ben", "started": True},
        {"id": TOM, "username": "tom"},
    ],
    "chats": [{"id": SALON, "title": "Salon", "owner": "olga", "members": ["ben"]}],
}


def chat(chat_id: int = SALON) -> Target:
    """A chat as a plan opens it."""
    named = str(chat_id)
    return Target(TargetId("tgt_1"), CommunityId("com_1"), Platform.TELEGRAM, named, TargetKind.CHAT, named, "Salon")


@dataclass(slots=True)
class Bot:
    """A running bot, its database, and the world it lives in."""

    platform: TelegramPlatform
    app: AppContext
    store: SqlStore
    sandbox: Sandbox
    play: Play
    task: asyncio.Task[None] | None = None
    woken: list[str] = field(default_factory=list)

    async def connected(self, seconds: float = 60.0) -> None:
        await until(lambda: self.platform.ready, seconds)

    async def hears(self, count: int = 1) -> Sequence[StoredUpdate]:
        """Wait until so many updates are stored, and handle them all in order."""
        heard: list[StoredUpdate] = []
        async with asyncio.timeout(60):
            while len(heard) < count:
                heard += await self.handles()
                await asyncio.sleep(0.02)
        return heard

    async def handles(self) -> Sequence[StoredUpdate]:
        """Handle what is stored now."""
        lease = self.app.lease()
        async with self.store.transaction() as tx:
            claimed = await tx.inbox.claim(Platform.TELEGRAM, lease, self.app.machine.now(), 50)
        for update in claimed:
            await self.platform.hear(self.app, update, lease)
        return claimed

    async def of(self, chat_id: int = SALON) -> dict[str, Any]:
        return await self.play.get(f"telegram/chats/{chat_id}")

    async def inside(self, user: int, chat_id: int = SALON) -> bool:
        return any(member["id"] == user for member in (await self.of(chat_id))["members"])

    def twin(self) -> TelegramPlatform:
        """The same bot in another process that has not connected yet."""
        return _platform(self.app, self.sandbox.url, TOKEN)

    async def stop(self) -> None:
        await self.platform.close()
        if self.task is not None:
            await self.task


def _platform(app: AppContext, url: str, token: str) -> TelegramPlatform:
    machine = SteadyClock()
    return TelegramPlatform(
        app=lambda: app,
        dispatcher=Dispatcher(),
        commands=COMMANDS,
        token=token,
        machine=machine,
        limiter=Limiter(machine, per_second=30, burst=30),
        api_base=url,
    )


def _named(seed: dict[str, Any] | None) -> frozenset[Place]:
    """Every chat that the test describes is served."""
    described = (SEED if seed is None else seed).get("chats", ())
    ids = {str(one["id"]) for one in described if "id" in one} | {str(SALON), str(GROUP)}
    return frozenset(Place(Platform.TELEGRAM, chat_id) for chat_id in ids)


@asynccontextmanager
async def running(
    tmp_path: Path,
    *,
    seed: dict[str, Any] | None = None,
    har: Path | None = None,
    token: str = TOKEN,
    wait: bool = True,
    faults: Sequence[dict[str, Any]] = (),
) -> AsyncIterator[Bot]:
    """A sandbox with a bot that is connected (unless it shall not `wait`) and has heard nothing yet.

    `faults` are there before it connects.
    """
    store = await open_store(f"sqlite:///{tmp_path}/telegram.db")
    async with Sandbox.running(har=har) as sandbox, Play(sandbox.url) as play:
        await play.post("seed", {"telegram": SEED if seed is None else seed})
        for fault in faults:
            sandbox.faults.add(fault)
        woken: list[str] = []
        app = AppContext(
            store=store,
            accounts=only(Account(id=ACCOUNT, livemode=False, currency="eur"), FakeProvider()),
            installation=INSTALLATION,
            business=SystemClock(),
            machine=SteadyClock(),
            settings=AppSettings(public_url="http://127.0.0.1", livemode=False, named_places=_named(seed)),
            render=texts.render,
            wake=woken.append,
        )
        bot = Bot(_platform(app, sandbox.url, token), app, store, sandbox, play, woken=woken)
        app.platforms = {Platform.TELEGRAM: bot.platform}
        bot.task = asyncio.create_task(bot.platform.run())
        try:
            if wait:
                await bot.connected()
            yield bot
        finally:
            await bot.stop()
            await store.close()
