"""The workers of the process that holds the door."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.app.workers import Queues
from bot.web.metrics import Metrics
from payments.core.community import Platform
from payments.flows.runtime.context import AppContext
from payments.ports.stores import Lease, StoredUpdate, Transaction
from storage.store import SqlStore
from tests.fakes.platform import FakePlatform
from tests.flows.club_fixture import open_club


class Hearing(FakePlatform):
    """A platform that stores its updates first; `asked` once they were to be claimed."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.asked = asyncio.Event()

    async def claim_updates(
        self, _tx: Transaction, _lease: Lease, _machine_now: int, _limit: int
    ) -> Sequence[StoredUpdate]:
        self.asked.set()
        return []

    async def hear(self, _app: AppContext, _update: StoredUpdate, _lease: Lease) -> None:
        raise AssertionError("there was none")


async def test_updates_are_taken_for_each_platform_that_stores_them_while_it_is_connected(store: SqlStore) -> None:
    app = (await open_club(store)).app
    up, down, deaf = Hearing(Platform.TELEGRAM), Hearing(Platform.DISCORD), FakePlatform(Platform.DISCORD)
    down.ready = False
    assert "updates discord" not in Queues(app, Metrics()).delivering([up, deaf])
    workers = Queues(app, Metrics()).delivering([down, up])
    hearing = [workers["updates discord"], workers["updates telegram"]]
    running = [asyncio.create_task(worker.run()) for worker in hearing]
    try:
        async with asyncio.timeout(60):
            await up.asked.wait()
            assert not down.asked.is_set()
            down.ready = True
            await down.asked.wait()
    finally:
        for worker in hearing:
            worker.stop()
        await asyncio.gather(*running)
