"""Who holds the door: one of several processes, whatever becomes of it; on SQLite the only one, at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from bot.app import leader as keeper_module
from bot.app.clocks import SteadyClock
from bot.app.leader import DOOR, LeaderLease
from bot.app.platform_host import PlatformHost
from bot.app.workers import Queues
from bot.config import Sweep
from bot.web.metrics import Metrics
from payments.core.community import Identity
from payments.core.ids import PersonId
from payments.flows.runtime.context import AppContext
from payments.ports.chat import Done, Message
from payments.ports.stores import Notice
from storage.store import SqlStore, open_store
from tests.fakes.platform import FakePlatform
from tests.flows.club_fixture import open_club

TTL_MS, MARGIN_MS, BEAT_MS, RETRY_MS = 60_000, 20_000, 100, 50
"""The lease is far longer than a machine with a lot to do may stand still; it is renewed often."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that nobody waits for, unless a test makes it `short`."""
    monkeypatch.setattr(keeper_module, "TTL_MS", TTL_MS)
    monkeypatch.setattr(keeper_module, "BEAT_MS", BEAT_MS)
    monkeypatch.setattr(keeper_module, "RETRY_MS", RETRY_MS)
    monkeypatch.setattr(keeper_module, "MARGIN_MS", MARGIN_MS)


def short(monkeypatch: pytest.MonkeyPatch, ttl_ms: int = 4_000) -> None:
    """A lease whose end is waited for; half of it is margin."""
    monkeypatch.setattr(keeper_module, "TTL_MS", ttl_ms)
    monkeypatch.setattr(keeper_module, "MARGIN_MS", ttl_ms // 2)


class Gateway(FakePlatform):
    """A platform with a connection."""

    def __init__(self) -> None:
        super().__init__()
        self.connected = False
        self._closing = asyncio.Event()

    async def run(self) -> None:
        self.connected = True
        try:
            await self._closing.wait()
        finally:
            self.connected = False

    async def close(self) -> None:
        self._closing.set()


@dataclass
class Process:
    """One of several services on a database, as far as the door is concerned."""

    app: AppContext
    store: SqlStore
    gateways: list[Gateway] = field(default_factory=list)
    running: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.app.machine = SteadyClock()
        self.door = PlatformHost(self.app, Queues(self.app, Metrics()), self.connect, Sweep())
        self.keeper = LeaderLease(self.app, self.door)
        self.app.delivering = self.keeper.holds

    def connect(self) -> list[Gateway]:
        self.gateways.append(Gateway())
        return self.gateways[-1:]

    @property
    def connected(self) -> bool:
        return any(gateway.connected for gateway in self.gateways)

    async def starts(self) -> None:
        await self.keeper.begin()
        self.running = asyncio.create_task(self.keeper.run())
        self.listening = asyncio.create_task(self.store.subscribe(self.heard))

    def heard(self, word: str) -> None:
        if word == DOOR:
            self.keeper.rung()

    async def is_killed(self) -> None:
        """Nothing is given back."""
        assert self.running is not None
        for task in (self.running, self.listening):
            task.cancel()
            await asyncio.wait({task})
        await self.door.close(at_once=True)

    async def ends(self) -> None:
        assert self.running is not None
        self.running.cancel()
        await self.keeper.end()
        self.listening.cancel()
        await asyncio.wait({self.running, self.listening})


@asynccontextmanager
async def processes(url: str, count: int) -> AsyncIterator[list[Process]]:
    stores = [await open_store(url) for _ in range(count)]
    first = await open_club(stores[0])
    made = [Process(first.app, stores[0])]
    for store in stores[1:]:
        app = first.app
        made.append(
            Process(
                AppContext(
                    store=store,
                    accounts=app.accounts,
                    installation=app.installation,
                    business=app.business,
                    machine=app.machine,
                    settings=app.settings,
                    render=app.render,
                ),
                store,
            )
        )
    try:
        for process in made:
            await process.starts()
        yield made
    finally:
        for process in made:
            if process.running is not None and not process.running.done():
                await process.ends()
            await process.door.close(at_once=True)
            await process.store.close()


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 -- nothing rings when somebody connects
            await asyncio.sleep(0.01)


async def left_ms(database: asyncpg.Connection) -> int:
    """How long the lease of the door still runs, by the database's clock; negative: it is over."""
    now = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint"
    left: int = await database.fetchval(f"SELECT until_at - {now} FROM lease WHERE name = $1", DOOR)
    return left


@asynccontextmanager
async def database_at(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_of_two_processes_one_holds_the_door_for_as_long_as_it_lives(postgres_url: str) -> None:
    async with processes(postgres_url, 2) as (one, two), database_at(postgres_url) as database:
        await until(lambda: one.connected)
        first = await database.fetchval("SELECT until_at FROM lease WHERE name = $1", DOOR)
        async with asyncio.timeout(60):
            renewed = "SELECT until_at FROM lease WHERE name = $1"
            while await database.fetchval(renewed, DOOR) < first + 3 * BEAT_MS:  # noqa: ASYNC110 -- rings no bell
                await asyncio.sleep(0.01)
        assert one.connected
        assert one.keeper.holds()
        assert not two.gateways
        assert not two.keeper.holds()
        assert two.app.platforms == {}


async def test_a_holder_that_ends_in_order_is_replaced_at_once(postgres_url: str) -> None:
    async with processes(postgres_url, 2) as (one, two):
        await until(lambda: one.connected)
        await one.ends()
        assert not one.connected
        await until(lambda: two.connected, seconds=TTL_MS / 2_000)  # its lease would have run for far longer


async def test_a_holder_that_was_killed_is_replaced_when_its_lease_ends(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short(monkeypatch)
    async with processes(postgres_url, 2) as (one, two), database_at(postgres_url) as database:
        await until(lambda: one.connected)
        await one.is_killed()
        left = await left_ms(database)
        began = time.monotonic()
        await until(lambda: two.connected)
        assert (time.monotonic() - began) * 1000 >= left - 50, "not before; the two clocks may run apart a little"


async def test_a_holder_whose_database_is_away_stops_before_its_lease_ends(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short(monkeypatch)
    async with processes(postgres_url, 2) as (one, two), database_at(postgres_url) as database:
        await until(lambda: one.connected)
        await one.store.close()
        await until(lambda: not one.connected)
        assert not two.connected, "the database does not let another in before"
        assert await left_ms(database) > 0
        assert not one.keeper.holds()
        await until(lambda: two.connected)


async def test_a_holder_whose_database_does_not_answer_stops_before_its_lease_ends(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short(monkeypatch)
    async with processes(postgres_url, 1) as (one,):
        await until(lambda: one.connected)
        async with database_at(postgres_url) as admin:
            await admin.execute("BEGIN")
            await admin.execute("LOCK TABLE lease, effect, notice")  # neither renewing nor releasing comes to an end
            await until(lambda: not one.connected)
            assert await left_ms(admin) > 0
            assert not one.keeper.holds()
            await admin.execute("ROLLBACK")
        await until(lambda: one.connected)
        assert len(one.gateways) == 2


async def test_a_holder_that_stood_still_does_not_act_any_more(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short(monkeypatch, 2_000)
    async with processes(postgres_url, 1) as (one,):
        await until(lambda: one.app.delivering())
        time.sleep(2)  # noqa: ASYNC251 -- the whole process stands still
        assert not one.app.delivering(), "before anything else has run"


async def test_a_door_that_was_lost_is_opened_again_with_fresh_connections(postgres_url: str) -> None:
    async with processes(postgres_url, 2) as (one, two):
        await until(lambda: one.connected)
        async with two.store.transaction() as tx:
            await tx.leases.give_back(DOOR, one.app.process)  # as if it had ended
            assert await tx.leases.hold(DOOR, two.app.process, 5 * TTL_MS)
        await until(lambda: two.connected and not one.connected)
        await two.ends()
        await until(lambda: one.connected)
        assert len(one.gateways) == 2
        assert one.app.platforms[one.gateways[-1].platform] is one.gateways[-1]


async def test_alone_on_sqlite_the_door_is_open_at_once_and_nothing_is_renewed(sqlite_url: str) -> None:
    async with processes(sqlite_url, 1) as (one,):
        assert one.door.is_open
        assert one.keeper.holds()
        assert one.running is not None
        await asyncio.wait({one.running}, timeout=60)
        assert one.running.done()
        assert one.connected
        async with one.store.transaction() as tx:
            assert await tx.leases.hold(DOOR, "somebody else", 1)


async def test_what_is_being_delivered_is_finished_before_its_platform_is_closed(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_end = asyncio.Event(), asyncio.Event()
    connected = []
    async with processes(sqlite_url, 1) as (one,):
        gateway = one.gateways[0]

        async def tell(_user_id: str, _message: Message) -> Done:
            began.set()
            await may_end.wait()
            connected.append(gateway.connected)
            return Done()

        monkeypatch.setattr(gateway, "tell", tell)
        async with one.store.transaction() as tx:
            ann = await tx.identities.ensure(
                Identity(gateway.platform, "user-ann"), "ann", "en", PersonId("prs_ann"), 0
            )
            await tx.notices.add(Notice("n_1", ann, "blocked", "{}", 0))
        one.door.workers["notices"].wake()
        await asyncio.wait_for(began.wait(), 60)
        ending = asyncio.create_task(one.ends())
        await asyncio.wait({ending}, timeout=0.1)
        may_end.set()
        await ending
        assert connected == [True]
        assert not gateway.connected
