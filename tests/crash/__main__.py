"""`python -m tests.crash`: every place of the bomb, on both engines at once; or one place, to see it again."""

import argparse
import asyncio
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from contextlib import nullcontext

from tests.crash.bomb import Place, When
from tests.crash.forks import Forks, die_with_parent
from tests.crash.runs import Run, run
from tests.storage_fixtures import PostgresServer, running_postgres

AT_MAX = 500
"""A chapter with more calls than that has something that never ends."""

HARMS_MAX = 3
PORTS = ("database", "stripe", "discord", "telegram")


def main() -> int:
    """Exit codes: 0 the story survived everywhere, 1 it did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), help="one engine instead of both")
    parser.add_argument("--at", type=int, help="one place instead of all: the n-th call of each chapter")
    parser.add_argument("--when", type=When, choices=list(When), help="before or after that call")
    parser.add_argument("--of", default="", choices=PORTS, help="count the calls of one port alone")
    parser.add_argument("--only", metavar="CHAPTER", help="die in this chapter alone")
    args = parser.parse_args()
    if args.engine is None:
        lanes = [
            subprocess.Popen([sys.executable, "-m", "tests.crash", *sys.argv[1:], "--engine", engine])
            for engine in ("sqlite", "postgres")
        ]
        return max(lane.wait() for lane in lanes)
    die_with_parent(signal.SIGTERM)
    sides = [args.when] if args.when else list(When)
    places = [args.at] if args.at is not None else range(1, AT_MAX)
    began = time.monotonic()
    with running_postgres() if args.engine == "postgres" else nullcontext() as server:
        runs = asyncio.run(_lane(server, places, sides, args.of, args.only))
    deaths, harmed = sum(len(one.deaths) for one in runs), sum(bool(one.harm) for one in runs)
    said = f"{len(runs)} runs, {deaths} deaths, {time.monotonic() - began:.0f} s, {harmed} harmed"
    for one in runs:  # once more, without their logs: the end of a long output is what is kept
        if one.harm:
            print(one.told(log=False), flush=True)
    print(f"{args.engine}: {said}", flush=True)
    return 1 if harmed else 0


async def _lane(
    server: PostgresServer | None, places: Sequence[int], sides: Sequence[When], of: str, only: str | None
) -> list[Run]:
    """Run after run, until the bomb found no call to go off at, on any side."""
    lane = asyncio.current_task()
    assert lane is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lane.cancel)  # the database's server is stopped too
    runs: list[Run] = []
    left = set(sides)
    async with Forks.running() as forks:
        for at in places:
            for when in sorted(left):
                one = await run(forks, server, Place(at, when, of), only)
                runs.append(one)
                print(one.told(), flush=True)
                if not one.deaths:
                    left.discard(when)
            if not left or sum(bool(one.harm) for one in runs) >= HARMS_MAX:
                break
        else:
            assert len(places) == 1, "the story never ends"
    return runs


if __name__ == "__main__":
    warnings.simplefilter("default")
    sys.exit(main())
