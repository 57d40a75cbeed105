"""What a browser hears on the page's stream."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

Json = dict[str, Any]


@dataclass
class Heard:
    """The last world, and the lines in the order of their places; `steps` is every change of a line, as it came."""

    world: Json = field(default_factory=dict)
    worlds: int = 0
    lines: dict[str, Json] = field(default_factory=dict)
    steps: list[Json] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, what: Callable[[Heard], bool], seconds: float = 60.0) -> None:
        """Waits until something has been heard (bounded)."""
        try:
            async with asyncio.timeout(seconds), self.changed:
                await self.changed.wait_for(lambda: what(self))
        except TimeoutError:
            raise AssertionError(f"not heard: {[(s['step'], s['state'], s['text']) for s in self.steps]}") from None

    def states(self, text: str) -> list[str]:
        """Through which states the lines with this text went."""
        return [step["state"] for step in self.steps if step["text"] == text]

    def line(self, text: str) -> Json:
        """The newest line with this text."""
        return [line for line in self.lines.values() if line["text"] == text][-1]


async def _listen(answer: aiohttp.ClientResponse, heard: Heard) -> None:
    event = ""
    async for raw in answer.content:
        name, _, rest = raw.decode().rstrip("\n").partition(": ")
        if name == "event":
            event = rest
        elif name == "data":
            told = json.loads(rest)
            async with heard.changed:
                if event == "world":
                    heard.world = told
                    heard.worlds += 1
                else:
                    heard.lines[told["id"]] = told
                    heard.steps.append(told)
                heard.changed.notify_all()


@contextlib.asynccontextmanager
async def listening(url: str, who: str) -> AsyncIterator[Heard]:
    """Listens to the page as somebody, for the length of a block; the first world is there."""
    heard = Heard()
    async with (
        aiohttp.ClientSession(read_bufsize=2**22) as session,
        session.get(f"{url}/page/live", params={"who": who}) as answer,
    ):
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/event-stream"
        task = asyncio.create_task(_listen(answer, heard))
        try:
            await heard.until(lambda h: bool(h.world))
            yield heard
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
