"""How long a purchase takes: from the webhook that tells of it to the role on Discord, at a steady rate of purchases.

The time runs from the moment in which the sandbox begins to deliver the first webhook of a purchase upon which the
service acts, until the role is given there: signature, commit, what Stripe says now, decision, whether the member had
the role before, the call that gives it. Purchases come at their times, whether or not the last one has been served.
"""

import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figure, at_most, quantile
from tests.bench.machine import SCRATCH
from tests.bench.shop import Links, Shop, shop

TITLE = "From the webhook to the role, the sandbox answering at once"

WARMING = 10
"""Purchases before any is measured: the first of each kind open connections and compile statements."""


async def measure(quick: bool) -> list[Figure]:
    """At 5 and at 20 purchases a second."""
    rates = [(5, 1), (20, 1)] if quick else [(5, 20), (20, 20)]
    SCRATCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH) as home:
        async with shop(Path(home), f"sqlite:///{home}/guestlist.db") as stage:
            links = await stage.open(WARMING + sum(rate * seconds for rate, seconds in rates))
            await stage.buys(links[:WARMING], 5)
            await stage.quiet()
            begin, figures = WARMING, list[Figure]()
            for rate, seconds in rates:
                figures += await _at(stage, links[begin : begin + rate * seconds], rate)
                begin += rate * seconds
            return figures


async def _at(stage: Shop, links: Links, rate: int) -> list[Figure]:
    since, before = time.time(), await stage.counters()
    await stage.buys(links, rate)
    counted = (await stage.counters()).since(before)
    await stage.quiet()
    all_in_all = (await stage.counters()).since(before)
    took = [one.ms for one in await stage.bought(links, since)]
    at = f"at {rate}/s"
    cores = f"CPU: service {counted.service / counted.at:.0%}, sandbox {counted.sandbox / counted.at:.0%} of a core"
    return [
        at_most(f"webhook to role, p50 {at}", quantile(took, 0.5), "ms", 50, f"{len(took)} purchases; {cores}"),
        at_most(f"webhook to role, p99 {at}", quantile(took, 0.99), "ms", 250, f"the longest {max(took):.0f} ms"),
        Figure(f"calls of Stripe a purchase {at}", all_in_all.calls / len(links), ""),
        Figure(f"settlements a purchase {at}", all_in_all.settled / len(links), ""),
    ]
