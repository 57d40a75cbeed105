"""How long a purchase takes: from the webhook that tells of it to the role on Discord, at a steady rate of purchases.

The time runs from the moment in which the sandbox begins to deliver the first webhook of a purchase upon which the
service acts, until the role is given there: signature, commit, what Stripe says now, decision, whether the member had
the role before, the call that gives it. Purchases come at their times, whether or not the last one has been served.
Stripe's events come in the order of their making; at last as on a bad day: each of them twice, and each copy at a
moment of its own within two seconds.
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

SPREAD_SECONDS = 2
CALLS_MAX = 6
"""Of Stripe for one purchase, whatever the order of its events."""

BAD_DAY = ", events doubled and out of order"


async def measure(quick: bool) -> list[Figure]:
    """At 5, 20 and 10 purchases a second, the events in order; then at 10 a second on a bad day."""
    seconds = 1 if quick else 20
    figures: list[Figure] = []
    SCRATCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH) as home:
        async with shop(Path(home), f"sqlite:///{home}/guestlist.db") as stage:
            links = await stage.open(WARMING + seconds * (5 + 20 + 10 + 10))
            await stage.buys(links[:WARMING], 5)
            await stage.quiet()
            links = links[WARMING:]
            for rate, order in ((5, ""), (20, ""), (10, ""), (10, BAD_DAY)):
                if order:
                    await stage.play.post("webhooks", {"duplicate": 2, "spread": SPREAD_SECONDS})
                some, links = links[: rate * seconds], links[rate * seconds :]
                figures += await _at(stage, some, rate, f"at {rate}/s{order}")
    return figures


async def _at(stage: Shop, links: Links, rate: int, at: str) -> list[Figure]:
    since, before = time.time(), await stage.counters()
    await stage.buys(links, rate)
    counted = (await stage.counters()).since(before)
    await stage.quiet()
    all_in_all = (await stage.counters()).since(before)
    took = [one.ms for one in await stage.bought(links, since)]
    cores = f"CPU: service {counted.service / counted.at:.0%}, sandbox {counted.sandbox / counted.at:.0%} of a core"
    return [
        at_most(f"webhook to role, p50 {at}", quantile(took, 0.5), "ms", 50, f"{len(took)} purchases; {cores}"),
        at_most(f"webhook to role, p99 {at}", quantile(took, 0.99), "ms", 250, f"the longest {max(took):.0f} ms"),
        at_most(f"calls of Stripe a purchase {at}", all_in_all.calls / len(links), "", CALLS_MAX),
        Figure(f"settlements a purchase {at}", all_in_all.settled / len(links), ""),
    ]
