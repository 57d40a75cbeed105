"""The nightly comparison of all subscriptions, of which one in a hundred is another at Stripe: how it grows."""

import asyncio
import itertools
import json
import sys
from collections.abc import Sequence
from typing import Any

from bot.app.adapters import CALLS_PER_SECOND
from bot.config import Mode
from tests.bench import crowd, crowded, crowds
from tests.bench.figures import Figure, at_most
from tests.bench.nightly_run import UNLIMITED

TITLE = "The nightly comparison of subscriptions, 1 % of them with drift; then the settlements of those"

PAGE = 100
SETTLE_CALLS = 4
"""That one with drift may cost: its subscriptions, invoices and charges, and whether the customer is deleted."""
GROWTH_MAX = 1.3
"""How much more than its share of the time a longer list may take."""


async def measure(quick: bool) -> list[Figure]:
    """Each size with a sandbox of its own, PostgreSQL beside SQLite at the largest. The limiter lets all through:
    what it would make of it is a floor that the calls give."""
    sizes = (1_000, 2_000) if quick else (1_000, 10_000, 100_000)
    began, told = crowd.present(), []
    found: dict[int, dict[str, Any]] = {}
    async with crowds.databases("nightly") as database:
        for size in sizes:
            engines = crowds.ENGINES if size == sizes[-1] else crowds.ENGINES[:1]
            async with crowded.sandbox(size, began, drift=True) as stripe:
                for engine in engines:
                    took = await _night(await database(engine, size, began), stripe.url)
                    told += _figures(f"{size:,} on {engine}", size, took)
                    if engine == "SQLite":
                        found[size] = took["compared"]
    return told + _growth(sizes, found)


async def _night(database: str, stripe: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.nightly_run", database, stripe, str(UNLIMITED)),
        cwd=crowded.ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    told: dict[str, Any] = json.loads(out)
    return told


def _figures(name: str, size: int, took: dict[str, Any]) -> list[Figure]:
    compared, settled = took["compared"], took["settled"]
    drifted = size // crowd.DRIFT_EVERY
    assert compared["found"] == [size, drifted], compared
    assert settled["found"] == drifted, settled
    pages, calls = -(-size // PAGE), compared["calls"] + settled["calls"]
    floors = ", ".join(f"{calls / CALLS_PER_SECOND[mode]:,.1f} s {mode}" for mode in (Mode.LIVE, Mode.TEST))
    most = pages + SETTLE_CALLS * drifted
    return [
        Figure(f"compared {name}", compared["seconds"], "s", note=f"of it ours {compared['cpu_seconds']:.2f} s of CPU"),
        at_most("  calls of Stripe", compared["calls"], "", pages, "one for 100 subscriptions"),
        Figure("  memory grown by, at most", compared["grown_mib"], "MiB"),
        Figure(
            f"  settled the {drifted:,} with drift",
            settled["seconds"],
            "s",
            note=f"{settled['calls'] / drifted:.1f} calls each; {settled['cpu_seconds']:.2f} s of CPU",
        ),
        at_most("  calls, both together", calls, "", most, f"the limiter takes {floors}"),
    ]


def _growth(sizes: Sequence[int], found: dict[int, dict[str, Any]]) -> list[Figure]:
    """The processor's time for one subscription, against the size before."""
    told = []
    for less, more in itertools.pairwise(sizes):
        ratio = found[more]["cpu_seconds"] / found[less]["cpu_seconds"] / (more / less)
        name = f"CPU for one subscription, {more:,} / {less:,}"
        told.append(at_most(name, ratio, "", GROWTH_MAX))
    return told
