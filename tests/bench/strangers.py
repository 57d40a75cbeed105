"""Purchases and questions among strangers, with 256 descriptors in all.

All at once: 500 silent connections and 300 bodies that never end, 40 people who type in one group, 205 groups that
nobody claimed, and five settlements that Stripe keeps waiting. The same purchases and questions are made before they
come; then how much the memory and the log have grown is told too.
"""

import asyncio
import contextlib
import shutil
import tempfile
import time
from pathlib import Path

from tests.bench import noise
from tests.bench.crowded import memory
from tests.bench.figures import Figure, at_most, quantile
from tests.bench.machine import SCRATCH
from tests.bench.shop import Links, Shop, shop

TITLE = "Purchases and questions among strangers, with 256 file descriptors"

FILES_MAX = 256
IDLE, HALF, SLOW = 500, 300, 5
RATE = 5
BODY_SENT = 60_000
LOOK_SECONDS = 0.25
HEAD = (
    b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Stripe-Signature: t=1,v1=0\r\nContent-Length: 1000000\r\n\r\n"
)


async def measure(quick: bool) -> list[Figure]:
    """Five purchases a second and as many questions, without strangers and with them."""
    if shutil.which("prlimit") is None:
        return [Figure("left out: there is no prlimit", 0, "")]
    purchases = RATE * (1 if quick else 20)
    SCRATCH.mkdir(exist_ok=True)
    environ = {"GUESTLIST_TELEGRAM__CHATS": str(noise.SALON)}
    with tempfile.TemporaryDirectory(dir=SCRATCH) as home:
        async with shop(Path(home), f"sqlite:///{home}/guestlist.db", environ, files_max=FILES_MAX) as stage:
            await stage.play.post("seed", {"telegram": noise.served_group()})
            links = await stage.open(SLOW + 2 * purchases)
            slow, links = links[:SLOW], links[SLOW:]
            took, waited = await _took(stage, links[:purchases])
            return [
                Figure("purchase to role without strangers, p99", quantile(took, 0.99), "s", note=f"{len(took)}"),
                Figure("answer without strangers, longest", max(waited), "s", note=f"{len(waited)} people"),
                *await _among(stage, slow, links[purchases:], max(waited), Path(home) / "service.log"),
            ]


async def _among(stage: Shop, slow: Links, links: Links, waited_before: float, log: Path) -> list[Figure]:
    before, told = memory(stage.service.pid).resident, _size(log)
    most = [before]
    async with contextlib.AsyncExitStack() as stack:
        await stage.play.post("seed", {"telegram": noise.strangers_groups()})
        for count, say in ((IDLE, b""), (HALF, HEAD + b"x" * BODY_SENT)):
            await stack.enter_async_context(noise.connections(stage.service.url, count, say))
        for task in (_look(stage.service.pid, most), noise.typing(stage)):
            stack.callback(asyncio.create_task(task).cancel)
        await asyncio.sleep(2)
        await noise.slow_settlements(stage, slow, len(links) / RATE + 5)
        took, waited = await _took(stage, links)
    await asyncio.sleep(2)
    left = memory(stage.service.pid).resident - before
    who = f"{IDLE} idle, {HALF} half-sent bodies, {len(noise.FANS)} who type, {len(noise.FOREIGN)} foreign groups"
    return [
        Figure("purchase to role among strangers, p50", quantile(took, 0.5), "s", note=who),
        at_most("purchase to role among strangers, p99", quantile(took, 0.99), "s", 1, f"longest {max(took):.2f} s"),
        at_most("answers delayed among strangers, most", max(waited) - waited_before, "s", 1, f"{len(waited)} people"),
        at_most("memory grown, most", most[0] - before, "MiB", 64, f"{left:.1f} MiB after they left"),
        at_most("log grown", (_size(log) - told) / 2**20, "MiB", 1),
    ]


def _size(file: Path) -> int:
    return file.stat().st_size


async def _took(stage: Shop, links: Links) -> tuple[list[float], list[float]]:
    """How long each purchase took to become a role, and each question to be answered, in seconds."""
    since, seconds = time.time(), len(links) / RATE
    people = noise.OTHERS[: len(links)]
    _, waited = await asyncio.gather(stage.buys(links, RATE), noise.asked(stage, people, seconds))
    await stage.quiet()
    return [one.ms / 1000 for one in await stage.bought(links, since)], waited


async def _look(pid: int, most: list[float]) -> None:
    """Note the most memory, again and again, until cancelled."""
    while True:
        most[0] = max(most[0], memory(pid).resident)
        await asyncio.sleep(LOOK_SECONDS)
