"""The server process under load: the real listener, composed as `bot.app.service` does it, without bots and workers.

Settling is left out, so that nothing but the acknowledgement is measured; what it is told by (the event's row, the
customer marked, the queue rung) is done and paid for. With `--verify-only` the same server is of the other mode than
the events: it does all it does with them but store them (`bot.web.webhooks`). It ends when its standard input does.
"""

import argparse
import asyncio
import cProfile
import json
import os
import sys

import storage.event_batches
from bot import texts
from bot.app.clocks import SteadyClock, SystemClock
from bot.web.limits import descriptors_max, public_limits
from bot.web.listener import Listener
from bot.web.metrics import Metrics
from bot.web.server import make_app
from payments.core.ids import AccountId
from payments.flows.runtime.context import AppContext, AppSettings
from payments.ports.providers import Account
from payments.providers.stripe.provider import StripeProvider
from payments.providers.stripe.signature import verifier
from payments.rate_limit import Limiter
from storage.open import open_database
from storage.store import SqlStore, store_on
from tests.bench.load import CUSTOMERS, FIRST_CUSTOMER, SECRET
from tests.fakes.accounts import INSTALLATION, only

ACCOUNT = AccountId("acct_bench")

_NUMBERS = f"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {CUSTOMERS - 1}) "
_CUSTOMERS = (
    f"INSERT INTO stripe_account (id, livemode, currency, created_at) VALUES ('{ACCOUNT}', 0, 'usd', 0)",
    _NUMBERS + "INSERT INTO person (id, locale, created_at) SELECT 'prs_' || i, 'en', 0 FROM n",
    _NUMBERS + "INSERT INTO customer (id, person_id, account_id, currency, stripe_id, created_at) "
    f"SELECT 'cus_' || i, 'prs_' || i, '{ACCOUNT}', 'usd', 'cus_' || ({FIRST_CUSTOMER} + i), 0 FROM n",
)


async def furnish(url: str) -> None:
    """Make a database with the customers whose invoices are going to be paid."""
    database = await open_database(url)
    store = await store_on(database)
    async with database.transaction() as tx:
        for statement in _CUSTOMERS:
            await tx.execute(statement)
    await store.close()


def engine_on(store: SqlStore, livemode: bool) -> AppContext:
    """As `bot.app.service` puts it together; Stripe is never asked."""
    machine = SteadyClock()
    return AppContext(
        store=store,
        accounts=only(
            Account(ACCOUNT, livemode, "usd"),
            StripeProvider("sk_test_bench", api_base=None, limiter=Limiter(machine, per_second=80, burst=80)),
        ),
        installation=INSTALLATION,
        business=SystemClock(),
        machine=machine,
        settings=AppSettings(public_url="http://127.0.0.1", livemode=livemode),
        render=texts.render,
        wake=store.notify,
    )


async def serve(url: str, *, verify_only: bool) -> None:
    """Listen, say where in a line of JSON, end with the standard input, and say what then is in the database."""
    database = await open_database(url)
    store = await store_on(database)
    engine = engine_on(store, livemode=verify_only)
    metrics = Metrics()
    app = make_app(verifier({"main": [SECRET]}, SystemClock().now), lambda: engine, metrics)
    listener = Listener(app, public_limits(descriptors_max()), metrics.connection_ended)
    print(json.dumps({"port": await listener.start("127.0.0.1", 0), "pid": os.getpid()}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await listener.stop()
    async with database.transaction() as tx:
        events = await tx.fetch_one("SELECT COUNT(*) AS stored FROM event WHERE state = 'marked'")
        marks = await tx.fetch_one("SELECT SUM(mark_seq) AS made FROM customer WHERE settled_seq < mark_seq")
    assert events is not None
    assert marks is not None
    print(json.dumps({"stored": events["stored"], "marks": int(marks["made"] or 0)}), flush=True)
    await engine.first_account.provider.close()
    await store.close()


def main() -> int:
    """Exit code 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.listener", description=__doc__)
    parser.add_argument("url", help="of a database that `furnish` has made")
    parser.add_argument("--verify-only", action="store_true")
    parser.add_argument("--batch", type=int, help="events of one commit at most (the default is the product's)")
    parser.add_argument("--profile", metavar="FILE", help="of the event loop's thread, by cProfile")
    args = parser.parse_args()
    if args.batch is not None:
        storage.event_batches.BATCH_MAX = args.batch
    serving = serve(args.url, verify_only=args.verify_only)
    if args.profile is None:
        asyncio.run(serving)
    else:
        profile = cProfile.Profile()
        profile.runcall(asyncio.run, serving)
        profile.dump_stats(args.profile)
    return 0


if __name__ == "__main__":
    sys.exit(main())
