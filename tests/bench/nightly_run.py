"""One nightly comparison in a process of its own: `python -m tests.bench.nightly_run DATABASE SANDBOX [PER_SECOND]`.

With the product's own provider, limiter and store; then the settlements of what it marked. Says what it took, as JSON.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from bot.app.adapters import CALLS_PER_SECOND
from bot.app.clocks import SteadyClock, SystemClock
from bot.app.workers import CONCURRENCY
from bot.config import SANDBOX_KEY, Mode
from payments.flows.runtime.context import AppContext, AppSettings
from payments.flows.settlement import reconcile
from payments.flows.settlement.settle import settle_customer
from payments.ports.chat import Message
from payments.providers.stripe.provider import StripeProvider
from payments.rate_limit import Limiter
from storage.store import open_store
from tests.bench.crowded import memory
from tests.fakes.accounts import INSTALLATION, only

UNLIMITED = 100_000


async def _main(database: str, stripe: str, per_second: int) -> dict[str, Any]:
    machine = SteadyClock()
    limiter = Limiter(machine, per_second=per_second, burst=per_second)
    provider = StripeProvider(SANDBOX_KEY, limiter=limiter, api_base=stripe)
    store = await open_store(database)
    try:
        engine = AppContext(
            store=store,
            accounts=only(await provider.account(), provider),
            installation=INSTALLATION,
            business=SystemClock(),
            machine=machine,
            settings=AppSettings(public_url="https://bench.example", livemode=False),
            render=lambda notice, locale, platform: Message(""),
        )
        await provider.events.list_live(after=None)  # imports and connections are not the comparison's
        told = {"compared": await _measured(limiter, lambda: reconcile.compare_all(engine, engine.first_account.id))}
        told["settled"] = await _measured(limiter, lambda: _settle(engine))
        return told
    finally:
        await provider.close()
        await store.close()


async def _measured(limiter: Limiter, work: Any) -> dict[str, Any]:
    """Seconds of the clock and of the processor, calls, and how much memory grew at most (MiB)."""
    forget_peak()
    before, calls = memory(os.getpid()).resident, limiter.counts.calls
    began, cpu = time.perf_counter(), time.process_time()
    found = await work()
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
        "calls": limiter.counts.calls - calls,
        "grown_mib": memory(os.getpid()).peak - before,
        "found": [found.listed, found.marked] if isinstance(found, reconcile.Compared) else found,
    }


def forget_peak() -> None:
    """The most memory this process had is told from now on."""
    Path("/proc/self/clear_refs").write_text("5")


async def _settle(engine: AppContext) -> int:
    """Settle whoever was marked, as many at a time as the service's worker does."""
    settled = 0
    while True:
        lease = engine.lease()
        async with engine.store.transaction() as tx:
            claimed = await tx.customers.claim(lease, engine.machine.now(), CONCURRENCY)
        if not claimed:
            return settled
        await asyncio.gather(*(settle_customer(engine, one, lease) for one in claimed))
        settled += len(claimed)


if __name__ == "__main__":
    url, sandbox_url, *limit = sys.argv[1:]
    print(json.dumps(asyncio.run(_main(url, sandbox_url, int(limit[0]) if limit else CALLS_PER_SECOND[Mode.LIVE]))))
