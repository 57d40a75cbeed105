"""`python -m tests.fuzz`: so many inputs, half of them on each engine; the seed is told, and brings the same again.

Most are requests to the listener; a tenth are commands and buttons.
"""

import argparse
import asyncio
import secrets
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.commands import fuzz_commands
from tests.fuzz.webhooks import Outcome, fuzz
from tests.storage_fixtures import PostgresServer, empty_database, running_postgres

TYPED_SHARE = 10
WRONG_SHOWN = 20


def main() -> int:
    """Exit codes: 0 every input had a right answer and nothing is half done, 1 something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000, help="how many in all (default 10,000)")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="as it was told (default: a new one)")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this request alone, on both engines")
    args = parser.parse_args()
    print(f"SEED={args.seed}", flush=True)
    typed = args.inputs // TYPED_SHARE // 2 if args.only is None else 0
    half = (args.inputs - 2 * typed) // 2
    sqlite, postgres = range(half), range(half, args.inputs - 2 * typed)
    if args.only is not None:
        sqlite = postgres = range(args.only, args.only + 1)
    wrong = False
    with running_postgres() as server:
        for engine, requests in ((None, sqlite), (server, postgres)):
            for name, outcome in asyncio.run(_both(engine, args.seed, requests, typed)).items():
                told = f"answers {dict(outcome.answers)}, events {outcome.states}, {outcome.seconds:.0f} s"
                print(f"{'sqlite' if engine is None else 'postgres'}, {name}: {told}", flush=True)
                for what in outcome.wrong[:WRONG_SHOWN]:
                    print(f"WRONG {what}", flush=True)
                wrong = wrong or bool(outcome.wrong)
    if wrong:
        print(f"Again: python -m tests.fuzz --inputs {args.inputs} --seed {args.seed}")
    return int(wrong)


async def _both(server: PostgresServer | None, seed: str, requests: range, typed: int) -> dict[str, Outcome]:
    """Requests and commands on one engine (None: SQLite), each on a database of its own."""
    outcomes = {}
    for name, number in (("requests", len(requests)), ("commands", typed)):
        if not number:
            continue
        with TemporaryDirectory(prefix="fuzz-") as home:
            folder = Path(home)

            async def on(url: str, name: str = name, folder: Path = folder) -> Outcome:
                if name == "requests":
                    return await fuzz(seed, requests, url, folder)
                return await fuzz_commands(seed, typed, url, folder)

            if server is None:
                outcomes[name] = await on(f"sqlite:///{folder}/guestlist.db")
            else:
                async with empty_database(server) as url:
                    outcomes[name] = await on(url)
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
