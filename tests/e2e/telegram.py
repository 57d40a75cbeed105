"""People on Telegram, in the sandbox, as a test plays them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.platforms.telegram.markup import start_payload
from sandbox.play import eventually
from tests.e2e.world import World, world

OLGA, MIA, BEN, TOM = 301, 302, 303, 304
SALON, CHANNEL, BASIC = -1001, -1002, -5
SEED: dict[str, Any] = {
    "users": [
        {"id": OLGA, "username": "olga", "first_name": "Olga", "started": True},
        {"id": MIA, "username": "mia", "first_name": "Mia", "started": True},
        {"id": BEN, "username": "ben", "first_name": "Ben", "started": True},
        {"id": TOM, "username": "tom", "first_name": "Tom"},
    ],
    "chats": [{"id": SALON, "title": "Salon", "owner": "olga", "members": ["ben"]}],
}


USERS_WHO_CAME = (MIA,)
"""Those who know of the chat though they are not in it."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the bot said last: its text, its buttons by their text (data or address), and everything it said."""

    text: str
    buttons: dict[str, str]
    message: int
    replies: list[dict[str, Any]]

    @property
    def all(self) -> str:
        return "\n".join(reply["text"] for reply in self.replies)


def said(answer: dict[str, Any]) -> Said:
    replies = answer["replies"]
    assert replies, answer
    last = replies[-1]
    buttons = {button["text"]: button.get("data") or button.get("url", "") for button in last["buttons"]}
    return Said(last["text"], buttons, last["message"], replies)


@dataclass(slots=True)
class Salon:
    """The world with a Telegram chat in it."""

    world: World
    _read: set[tuple[int, str, int, str]] = field(default_factory=set)

    async def writes(self, user: int, text: str, *, chat: int | None = None, **how: Any) -> Said:
        """Somebody writes, to the bot or in a chat."""
        body = {"user": user, "text": text, **({} if chat is None else {"chat": chat}), **how}
        return said(await self.world.play.post("telegram/message", body))

    async def presses(self, user: int, heard: Said, button: str) -> Said:
        """Somebody presses a button of what the bot said last."""
        return said(await self.clicks(user, heard, button))

    async def clicks(self, user: int, heard: Said, button: str) -> dict[str, Any]:
        """The same, where the bot may have nothing to say."""
        body = {"user": user, "message": heard.message, "button": button}
        return await self.world.play.post("telegram/click", body)

    async def chat(self, chat: int = SALON) -> dict[str, Any]:
        return await self.world.play.get(f"telegram/chats/{chat}")

    async def inside(self, user: int, chat: int = SALON) -> bool:
        return any(member["id"] == user for member in (await self.chat(chat))["members"])

    async def comes_in(self, user: int, chat: int = SALON) -> None:
        assert await eventually(lambda: self.inside(user, chat)), await self.chat(chat)

    async def is_out(self, user: int, chat: int = SALON) -> None:
        async def out() -> bool:
            return not await self.inside(user, chat)

        assert await eventually(out), await self.chat(chat)

    async def heard(self, user: int) -> list[str]:
        """What the bot has written to somebody, oldest first."""
        found = await self.world.play.get(f"telegram/users/{user}")
        return [message["text"] for message in found["messages"] if message["by"] == "the bot"]

    async def reads(self, user: int, words: str) -> Said:
        """Somebody is written to with these words in it; what was read before is not read again."""
        found: list[dict[str, Any]] = []

        async def look() -> bool:
            messages = (await self.world.play.get(f"telegram/users/{user}"))["messages"]
            came = [m for m in messages if m["by"] == "the bot" and words in m["text"]]
            found[:] = [m for m in came if (user, words, m["message"], m["text"]) not in self._read]
            return bool(found)

        assert await eventually(look), await self.heard(user)
        self._read.update((user, words, m["message"], m["text"]) for m in found)
        return said({"replies": found[-1:]})

    async def came_by_the_link(self, user: int, chat: int = SALON) -> None:
        """Somebody who is not in the chat opened the address by which people are invited."""
        await self.writes(user, f"/start {start_payload(chat)}")

    async def makes_plan(self, name: str = "Pro") -> Said:
        """Olga sells the chat."""
        made = await self.writes(
            OLGA, f"/plan create name:{name} price:9.99 currency:eur period:every_months grace_days:3"
        )
        assert f"{name} is ready" in made.text, made
        return made

    async def buys(self, user: int, plan: str = "Pro") -> str:
        """Somebody subscribes and pays; the link by which they may come in."""
        link = await self.writes(user, f"/subscribe {plan}")
        await self.world.play.pay(next(url for url in link.buttons.values() if "/checkout/" in url))
        told = await self.reads(user, "Ask to join")
        return next(url for url in told.buttons.values() if url.startswith("https://t.me/+"))

    async def joins(self, user: int, link: str, **how: Any) -> dict[str, Any]:
        return await self.world.play.post("telegram/join", {"user": user, "link": link, **how})


@asynccontextmanager
async def salon(tmp_path: Path, *, seed: dict[str, Any] | None = None, **how: Any) -> AsyncIterator[Salon]:
    """A world with a Telegram chat whose door is ours to keep."""
    async with world(tmp_path, **how) as made:
        made.sandbox.telegram.ears.handled = made.telegram_handled
        await made.play.post("seed", {"telegram": SEED if seed is None else seed})
        club = Salon(made)
        await club.reads(OLGA, "let people in")
        for user in USERS_WHO_CAME:
            await club.came_by_the_link(user)
        yield club
