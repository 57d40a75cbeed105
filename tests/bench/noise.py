"""Everybody at once: what goes on around the purchases and the questions that a measurement is about."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from sandbox.play import eventually
from tests.bench.shop import Links, Shop
from tests.e2e.world import GOOD

SALON, OWNER, EVE = -1_002_000_000_777, 900_000_001, 900_000_002
FANS = range(910_000_001, 910_000_041)
OTHERS = range(920_000_001, 920_000_101)
FOREIGN = [-1_003_000_000_000 - number for number in range(205)]
"""The service's chat and its owner; forty in it who type, a hundred who ask in private; a stranger and her chats."""

TYPE_EVERY_SECONDS = 4.0
ANSWER_SECONDS_MAX = 60.0


def served_group() -> dict[str, Any]:
    """The group, with everybody who types there; and those who ask in private."""
    people = [{"id": user, "username": f"u{user}", "started": True} for user in (OWNER, *FANS, *OTHERS)]
    inside = [{"id": user} for user in FANS]
    chat = {"id": SALON, "type": "supergroup", "title": "Salon", "owner": OWNER, "members": inside}
    return {"users": people, "chats": [chat]}


def strangers_groups() -> dict[str, Any]:
    """The stranger adds the bot to all of hers."""
    chats = [{"id": chat, "type": "supergroup", "title": f"!{chat}", "owner": EVE} for chat in FOREIGN]
    return {"users": [{"id": EVE, "username": "eve", "started": True}], "chats": chats}


async def typing(stage: Shop) -> None:
    """Forty people type in one group, again and again, until cancelled."""

    async def fan(number: int, user: int) -> None:
        await asyncio.sleep(number * TYPE_EVERY_SECONDS / len(FANS))
        while True:
            await stage.play.telegram.message(user, "/plans", chat=SALON, wait=0)
            await asyncio.sleep(TYPE_EVERY_SECONDS)

    await asyncio.gather(*(fan(number, user) for number, user in enumerate(FANS)))


async def asked(stage: Shop, people: Sequence[int], seconds: float) -> list[float]:
    """These people ask in private, one after the other, within so many seconds: how long each waited, in seconds."""

    async def asks(number: int, user: int) -> float:
        await asyncio.sleep(number * seconds / len(people))
        had, began = len(await stage.play.telegram.private_messages(user)), time.monotonic()
        await stage.play.telegram.message(user, "/privacy", wait=0)

        async def answered() -> bool:
            return len(await stage.play.telegram.private_messages(user)) > had

        if not await eventually(answered, seconds=ANSWER_SECONDS_MAX):
            raise RuntimeError(f"{user} was never answered; see the service's log")
        return time.monotonic() - began

    return await asyncio.gather(*(asks(number, user) for number, user in enumerate(people)))


async def slow_settlements(stage: Shop, links: Links, seconds: float) -> None:
    """Stripe keeps the settlements of these purchases waiting for so long; returns once they wait."""
    slow = {"service": "stripe", "method": "GET", "path": "/v1/subscriptions*", "delay": seconds, "times": len(links)}
    await stage.play.post("faults", slow)
    await asyncio.gather(*(stage.play.pay(link, GOOD) for _, link in links))

    async def all_met() -> bool:
        return not (await stage.play.get("faults"))["faults"]

    if not await eventually(all_met, seconds=seconds):
        raise RuntimeError("the settlements that were to wait did not begin; see the service's log")


@contextlib.asynccontextmanager
async def connections(url: str, count: int, say: bytes) -> AsyncIterator[None]:
    """So many connections for the length of a block; who is closed comes back a second later."""
    where = urlsplit(url)

    async def stay() -> None:
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(where.hostname, where.port)
                try:
                    writer.write(say)
                    while await reader.read(4096):
                        pass
                finally:
                    writer.transport.abort()
            await asyncio.sleep(1)

    staying = [asyncio.create_task(stay()) for _ in range(count)]
    try:
        yield
    finally:
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)
