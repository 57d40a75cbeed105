"""What the service holds in memory: with many members, and after many webhooks."""

import asyncio
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench import crowd, crowded, servers
from tests.bench.figures import Figure, at_most
from tests.bench.load import cpu_seconds
from tests.bench.machine import SCRATCH

TITLE = "Memory of the service: both bots connected to a server and a chat of all members, then webhooks"

RESIDENT_MIB_MAX = 120
GROWTH_MIB_MAX = 2
CUSTOMERS = 300
"""Whose webhooks come, again and again: few enough to be settled at the pace that Stripe allows."""

SEND_SECONDS_MAX = 240.0
QUIET_SECONDS_MAX = 60.0
QUIET_SHARE = 0.03
"""Of a core that a service without work may use."""


async def measure(quick: bool) -> list[Figure]:
    """One service, from its start over the comparison of its server to all webhooks answered and settled."""
    members, first, more = (2_000, 500, 1_500) if quick else (100_000, 25_000, 75_000)
    paying = 20 if quick else CUSTOMERS
    SCRATCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="memory-", dir=SCRATCH) as folder:
        home, began = Path(folder), crowd.present()
        database = f"sqlite:///{home / 'guestlist.db'}"
        await crowd.fill(database, members, began)
        async with crowded.sandbox(members, began) as stripe, crowded.service(home, stripe.url, database) as running:
            await _quiet(running.pid)
            stored = crowded.memory(running.pid)
            port = urlsplit(running.url).port
            assert port is not None
            serving = servers.Serving(port, [running.pid])
            early = await _after(serving, first, paying)
            late = await _after(serving, more, paying)
    assert serving.acks == first + more, "a webhook was not answered with 200"
    told = f"{first + more:,} answered with 200, of {paying} members, settled meanwhile"
    return [
        at_most(
            f"resident, {members:,} members stored",
            stored.resident,
            "MiB",
            RESIDENT_MIB_MAX,
            f"its own part {stored.own:.0f} MiB; Discord's server and Telegram's chat have as many",
        ),
        at_most("the most it had, comparing them all", stored.peak, "MiB", RESIDENT_MIB_MAX),
        Figure(f"ready, {members:,} members stored", running.ready_seconds, "s"),
        Figure(f"resident after {first:,} webhooks", early.resident, "MiB", note=f"the most {early.peak:.0f} MiB"),
        Figure(f"resident after {first + more:,}", late.resident, "MiB", note=f"the most {late.peak:.0f} MiB"),
        at_most("growth between the two", late.resident - early.resident, "MiB", GROWTH_MIB_MAX, told),
    ]


async def _after(serving: servers.Serving, count: int, paying: int) -> crowded.Memory:
    """Memory once so many more webhooks are answered, and what they told of is settled."""
    told = await servers.run(serving, 64, SEND_SECONDS_MAX, count, "--customers", str(paying))
    assert not told.refused, told.refused
    [pid] = serving.pids
    await _quiet(pid)
    return crowded.memory(pid)


async def _quiet(pid: int) -> None:
    """Until the service does next to nothing for two seconds."""
    async with asyncio.timeout(QUIET_SECONDS_MAX):
        calm = 0
        while calm < 2:
            before = cpu_seconds(pid)
            await asyncio.sleep(1)
            calm = calm + 1 if cpu_seconds(pid) - before <= QUIET_SHARE else 0
