"""Stripe answers each call in 200 ms, and a hundred calls a second are all it allows: how many customers wait?

A service in which the queue grows without end under a rate of purchases can't keep that rate up; one that drains in
the end can. What each purchase costs in calls decides where that begins.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figure, quantile
from tests.bench.machine import SCRATCH
from tests.bench.shop import Links, Shop, shop

TITLE = "Stripe answering in 200 ms, at most 100 calls a second"

ANSWER_SECONDS = 0.2
CALLS_PER_SECOND = 100
LOOK_SECONDS = 0.25


async def measure(quick: bool) -> list[Figure]:
    """At 5, 10 and 20 purchases a second."""
    rates, seconds = ((5, 20), 1) if quick else ((5, 10, 20), 12)
    SCRATCH.mkdir(exist_ok=True)
    environ = {"GUESTLIST_STRIPE__CALLS_PER_SECOND": str(CALLS_PER_SECOND)}
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(dir=SCRATCH) as home:
        async with shop(Path(home), f"sqlite:///{home}/guestlist.db", environ) as stage:
            links = await stage.open(seconds * sum(rates))
            await stage.play.post("faults", {"service": "stripe", "path": "/v1/*", "delay": ANSWER_SECONDS, "times": 0})
            for rate in rates:
                some, links = links[: rate * seconds], links[rate * seconds :]
                figures += await _at(stage, some, rate)
    return figures


async def _at(stage: Shop, links: Links, rate: int) -> list[Figure]:
    since, before = time.time(), await stage.counters()
    deepest = [0.0]
    looking = asyncio.create_task(_look(stage, deepest))
    try:
        await stage.buys(links, rate)
        began = time.monotonic()
        await stage.quiet()
        drained = time.monotonic() - began
    finally:
        looking.cancel()
    counted = (await stage.counters()).since(before)
    took = [one.ms / 1000 for one in await stage.bought(links, since)]
    at = f"at {rate}/s"
    return [
        Figure(f"customers that wait {at}, most", deepest[0], "", note=f"{len(links)} purchases"),
        Figure(f"until all is done after the last purchase {at}", drained, "s"),
        Figure(f"webhook to role, p50 {at}", quantile(took, 0.5), "s"),
        Figure(f"webhook to role, p99 {at}", quantile(took, 0.99), "s"),
        Figure(f"calls of Stripe a purchase {at}", counted.calls / len(links), ""),
    ]


async def _look(stage: Shop, deepest: list[float]) -> None:
    """Note how many customers wait, again and again, until cancelled."""
    while True:
        deepest[0] = max(deepest[0], await stage.waiting_lately("customers", "dirty"))
        await asyncio.sleep(LOOK_SECONDS)
