"""`python -m tests.fuzz`: so many inputs, half of them on each engine; the seed is told, and brings the same again."""

import argparse
import asyncio
import secrets
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.webhooks import Outcome, fuzz
from tests.storage_fixtures import empty_database, running_postgres

WRONG_SHOWN = 20


def main() -> int:
    """Exit codes: 0 every input had a right answer and nothing is half done, 1 something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000, help="how many in all (default 10,000)")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="as it was told (default: a new one)")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this input alone, on both engines")
    args = parser.parse_args()
    print(f"SEED={args.seed}", flush=True)
    if args.only is not None:
        first = second = range(args.only, args.only + 1)
    else:
        half = args.inputs // 2
        first, second = range(half), range(half, args.inputs)
    with TemporaryDirectory(prefix="fuzz-") as home, running_postgres() as server:

        async def both() -> list[Outcome]:
            folder = Path(home)
            outcomes = [await fuzz(args.seed, first, f"sqlite:///{folder}/guestlist.db", folder)]
            async with empty_database(server) as url:
                return [*outcomes, await fuzz(args.seed, second, url, folder)]

        outcomes = asyncio.run(both())
    for engine, outcome in zip(("sqlite", "postgres"), outcomes, strict=True):
        print(f"{engine}: answers {dict(outcome.answers)}, events {outcome.states}, {outcome.seconds:.0f} s")
        for wrong in outcome.wrong[:WRONG_SHOWN]:
            print(f"WRONG {wrong}")
        if outcome.wrong:
            print(f"Again: python -m tests.fuzz --inputs {args.inputs} --seed {args.seed}")
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
