"""`python -m tests.soak --steps N --seed S [--database postgres]`: the state machine for as long as one likes."""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

from tests.soak.broken import BROKEN
from tests.soak.machine import Report, Wrong, run
from tests.storage_fixtures import PostgresServer, empty_database, running_postgres

WORLDS = 4
"""Communities side by side: each waits a good deal, for clocks and for what was told to try again."""


def main() -> int:
    """Exit code 0: everything was right after each quiet period; 1: it was not, and what was wrong is printed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--steps", type=int, default=2_000)
    parser.add_argument("--seed", type=int, help="of the first community's steps; without it a random one")
    parser.add_argument("--worlds", type=int, default=WORLDS, help="communities side by side that share the steps")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--broken", choices=BROKEN, help="break the product in this way: the machine must find it")
    args = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if args.seed is None else args.seed
    print(f"{args.steps} steps in {args.worlds} communities on {args.database}, seed {seed}", flush=True)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="guestlist-soak-")))
        server = stack.enter_context(running_postgres()) if args.database == "postgres" else None
        reports: Sequence[Report] | None
        try:
            reports = asyncio.run(_all(args.steps, seed, args.worlds, home, server, args.broken))
        except* Wrong as wrongs:
            print(*wrongs.exceptions, sep="\n\n")
            reports = None
    if reports is None:
        return 1
    _print(reports)
    return 0


async def _all(
    steps: int, seed: int, worlds: int, home: Path, server: PostgresServer | None, broken: str | None
) -> Sequence[Report]:
    share = [steps // worlds + (number < steps % worlds) for number in range(worlds)]
    running = []
    async with asyncio.TaskGroup() as group:
        for number, part in enumerate(share):
            (home / str(number)).mkdir()
            running.append(group.create_task(_one(part, seed + number, home / str(number), server, broken)))
    return [task.result() for task in running]


async def _one(steps: int, seed: int, home: Path, server: PostgresServer | None, broken: str | None) -> Report:
    async with AsyncExitStack() as stack:
        database = None if server is None else await stack.enter_async_context(empty_database(server))
        report = await run(steps, seed, home, database=database, broken=broken)
    print(f"seed {seed}: {report.steps} steps, all right in {report.seconds:.0f} s", flush=True)
    return report


def _print(reports: Sequence[Report]) -> None:
    """What was done and met, and the service's own figures (of its last life in each community, added up)."""
    thrown: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    metrics: Counter[str] = Counter()
    for report in reports:
        thrown.update(report.thrown)
        calls.update(report.calls)
        metrics.update({name: value for name, value in report.metrics.items() if "_created" not in name})
    done = {name: sum(getattr(report, name) for report in reports) for name in ("steps", "quiets", "kills", "trips")}
    print(
        f"\n{done['steps']} steps and {done['quiets']} quiet periods in {max(r.seconds for r in reports):.0f} s; "
        f"killed {done['kills']} times, the breaker tripped {done['trips']} times"
    )
    _table("requests of the service", calls)
    _table("of them met by a fault", thrown)
    _table("its metrics at the end", {name: value for name, value in metrics.items() if value})


def _table(title: str, rows: Counter[str] | dict[str, float]) -> None:
    print(f"\n{title}")
    for name in sorted(rows):
        print(f"  {rows[name]:>12g}  {name}")


if __name__ == "__main__":
    sys.exit(main())
