"""Settling: very many customers are marked at once, as after an outage, and settled by one process or by two.

Each is settled as a webhook has it settled: what Stripe says of its subscriptions and invoices, the decision, the
commit. Nothing changes for anybody, so no access is given or taken. The sandbox answers at once, on a core of its own
at most: its share is told, for where it computes all the time it is Stripe that is measured.
"""

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from payments.core.ids import CustomerId
from payments.providers.stripe.events import SUBSCRIPTION
from storage.store import SqlStore, open_store
from tests.bench import crowd
from tests.bench.crowded import Running, Stripe, sandbox, service
from tests.bench.figures import Figure, median, ratio
from tests.bench.load import cpu_seconds
from tests.bench.machine import SCRATCH
from tests.bench.servers import durable_postgres
from tests.bench.shop import counted
from tests.crash.ledger import Reader, reading
from tests.storage_fixtures import empty_database

TITLE = "Settling, all customers marked at once"

UNLIMITED = {"GUESTLIST_STRIPE__CALLS_PER_SECOND": "1000"}
LOOK_SECONDS = 0.05
ROUND_SECONDS_MAX = 120.0


@dataclass(frozen=True, slots=True)
class Round:
    """What one round says: customers a second, and shares of a core."""

    per_second: float
    calls: float
    sandbox: float
    services: float


@dataclass(frozen=True, slots=True)
class Crowd:
    """Customers in a database and at a sandbox, and services that settle them."""

    store: SqlStore
    reader: Reader
    members: int
    stripe: Stripe
    database: str

    def service(self, home: Path) -> contextlib.AbstractAsyncContextManager[Running]:
        """One more service on the database."""
        return service(home, self.stripe.url, self.database, UNLIMITED)

    async def round(self, services: Sequence[Running]) -> Round:
        """Mark all, and see how fast they are settled, from the first look at which some are."""
        ids = [CustomerId(crowd.customer(n)) for n in range(self.members)]
        calls = await _calls(services)
        async with self.store.transaction() as tx:
            await tx.customers.mark(ids, SUBSCRIPTION, int(time.time() * 1000))
        self.store.notify("customers")
        async with asyncio.timeout(ROUND_SECONDS_MAX):
            settled = await self._less_than(self.members)
            began, busy = time.monotonic(), self._busy(services)
            await self._less_than(1)
        seconds = time.monotonic() - began
        shares = [(after - before) / seconds for before, after in zip(busy, self._busy(services), strict=True)]
        made = (await _calls(services) - calls) / self.members
        ((told,),) = await self.reader.rows("SELECT COUNT(*) FROM notice WHERE kind <> 'welcome'")
        assert not told, f"nothing has changed, and {told} messages tell of it"
        return Round(settled / seconds, made, shares[0], sum(shares[1:]))

    async def _less_than(self, count: int) -> int:
        """Wait until fewer than so many are left; how many those are."""
        while True:
            ((left,),) = await self.reader.rows("SELECT COUNT(*) FROM customer WHERE settled_seq < mark_seq")
            if left < count:
                return int(left)
            await asyncio.sleep(LOOK_SECONDS)

    def _busy(self, services: Sequence[Running]) -> list[float]:
        return [cpu_seconds(self.stripe.pid), *(cpu_seconds(one.pid) for one in services)]


async def measure(quick: bool) -> list[Figure]:
    """SQLite with one process, PostgreSQL with one and with two: each of them once in each round."""
    members, rounds = (100, 1) if quick else (1000, 3)
    SCRATCH.mkdir(exist_ok=True)
    sqlite, single, double = list[Round](), list[Round](), list[Round]()
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        home = Path(folder)
        async with (
            durable_postgres() as server,
            empty_database(server) as url,
            _crowd(f"sqlite:///{home}/guestlist.db", members) as small,
            _crowd(url, members) as large,
            small.service(home) as alone,
            large.service(home) as one,
        ):
            for _ in range(rounds):
                sqlite.append(await small.round([alone]))
                single.append(await large.round([one]))
                async with large.service(home) as other:
                    double.append(await large.round([one, other]))
    times = ratio([each.per_second for each in double], [each.per_second for each in single])
    return [
        _figure("customers settled, SQLite, one process", sqlite),
        _figure("customers settled, PostgreSQL, one process", single),
        _figure("customers settled, PostgreSQL, two processes", double),
        Figure("two processes to one", times, "times", note=f"on {os.cpu_count()} cores, the sandbox's among them"),
        Figure("calls of Stripe a settlement", median([each.calls for each in (*sqlite, *single, *double)]), ""),
    ]


def _figure(name: str, rounds: Sequence[Round]) -> Figure:
    stripe = median([each.sandbox for each in rounds])
    services = median([each.services for each in rounds])
    note = f"CPU: service {services:.0%}, sandbox {stripe:.0%} of a core"
    return Figure(name, median([each.per_second for each in rounds]), "/s", note=note)


@contextlib.asynccontextmanager
async def _crowd(database: str, members: int) -> AsyncIterator[Crowd]:
    """Members of a new database at `database`, and the same at a sandbox."""
    began = int(time.time()) - crowd.MONTH // 2
    await crowd.fill(database, members, began)
    async with sandbox(members, began) as stripe, reading(database) as reader:
        store = await open_store(database)
        try:
            yield Crowd(store, reader, members, stripe, database)
        finally:
            await store.close()


async def _calls(services: Sequence[Running]) -> float:
    return sum([(await counted(one.operations_url))(r'guestlist_calls_total\{.*service="stripe"') for one in services])
