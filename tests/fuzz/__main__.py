"""`python -m tests.fuzz`: so many inputs, half of them on each engine; the seed is told, and brings the same again.

Of each engine's, half are requests to Stripe's listener; a fifth are Telegram's updates, half of them by its webhook,
half by `getUpdates`; a tenth are commands and buttons; a fifth (2,000 of 10,000) are acts of people who may not, half
of them on Discord, the others on Telegram and on the product's pages.
"""

import argparse
import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.commands import fuzz_commands
from tests.fuzz.telegram import fuzz_updates
from tests.fuzz.webhooks import Outcome, fuzz
from tests.fuzz.who_may import fuzz_rights
from tests.fuzz.who_may_pages import fuzz_pages
from tests.fuzz.who_may_telegram import fuzz_rights_on_telegram
from tests.storage_fixtures import PostgresServer, empty_database, running_postgres

WRONG_SHOWN = 20

Fuzz = Callable[[str, range, str, Path], Awaitable[Outcome]]
FUZZES: Mapping[str, tuple[int, Fuzz]] = {
    "requests": (50, fuzz),
    "rights": (10, lambda seed, numbers, *place: fuzz_rights(f"{seed}:{numbers.start}", len(numbers), *place)),
    "rights-telegram": (
        7,
        lambda seed, numbers, *place: fuzz_rights_on_telegram(f"{seed}:{numbers.start}", len(numbers), *place),
    ),
    "rights-pages": (3, lambda seed, numbers, *place: fuzz_pages(f"{seed}:{numbers.start}", len(numbers), *place)),
    "telegram-webhook": (10, lambda seed, numbers, url, home: fuzz_updates(seed, numbers, url, home, webhook=True)),
    "telegram-poll": (10, lambda seed, numbers, url, home: fuzz_updates(seed, numbers, url, home, webhook=False)),
    "commands": (10, lambda seed, numbers, url, home: fuzz_commands(seed, len(numbers), url, home)),
}
"""What is thrown at the service, each with its share in percent."""


def main() -> int:
    """Exit codes: 0 every input had a right answer and nothing is half done, 1 something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000, help="how many in all (default 10,000)")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="as it was told (default: a new one)")
    parser.add_argument("--kind", choices=FUZZES, help="one kind instead of all")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this input of the kind alone")
    args = parser.parse_args()
    print(f"SEED={args.seed}", flush=True)
    wrong = 0
    with running_postgres() as server:
        for engine, place in (("sqlite", None), ("postgres", server)):
            for name in FUZZES if args.kind is None else [args.kind]:
                share = 100 if args.kind else FUZZES[name][0]
                count = max(1, args.inputs * share // 100 // 2)
                # Other inputs on each engine, so that there are as many as were asked for.
                numbers = range(count) if place is None else range(count, 2 * count)
                if args.only is not None:
                    numbers = range(args.only, args.only + 1)
                outcome = asyncio.run(_on(place, FUZZES[name][1], args.seed, numbers))
                _tell(engine, name, outcome, f"--inputs {args.inputs} --seed {args.seed} --kind {name}")
                wrong += len(outcome.wrong)
    return 1 if wrong else 0


def _tell(engine: str, name: str, outcome: Outcome, again: str) -> None:
    ended = f", ended {outcome.states}" if outcome.states else ""
    print(f"{engine}, {name}: answers {dict(outcome.answers)}{ended}, {outcome.seconds:.0f} s", flush=True)
    for what in outcome.wrong[:WRONG_SHOWN]:
        print(f"WRONG {what}", flush=True)
    if outcome.wrong:
        print(f"Again: python -m tests.fuzz {again}", flush=True)


async def _on(server: PostgresServer | None, throw: Fuzz, seed: str, numbers: range) -> Outcome:
    """These inputs on a database of their own (None: SQLite)."""
    with TemporaryDirectory(prefix="fuzz-") as home:
        folder = Path(home)
        if server is None:
            return await throw(seed, numbers, f"sqlite:///{folder}/guestlist.db", folder)
        async with empty_database(server) as url:
            return await throw(seed, numbers, url, folder)


if __name__ == "__main__":
    sys.exit(main())
