"""Two services on one PostgreSQL: both ingest and settle, one delivers, and either may go at any moment."""

import asyncio
import itertools
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from bot.config import SANDBOX_KEY
from payments.flows.runtime.context import LEASE_MS
from sandbox.play import Play, eventually, free_ports
from sandbox.server import Sandbox
from tests.e2e.test_command_line import ROOT
from tests.e2e.test_crash import CROWD, PEOPLE
from tests.e2e.world import ADA, FAILS_LATER, GUILD, MEMBERS, SECRET, answered, checkout_link
from tests.storage_fixtures import start_postgres

MIA = PEOPLE[0]
HEARD = r'guestlist_webhooks_total\{result="(stored|duplicate)"'
SETTLED = r'guestlist_work_total\{outcome="done",queue="customers"'


async def run(cwd: Path, log: Path, environ: dict[str, str]) -> asyncio.subprocess.Process:
    """`guestlist run`, telling its log to a file: a pipe that nobody reads would be full soon."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with log.open("wb") as errors:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            cwd=cwd,
            env={**kept, "PYTHONPATH": str(ROOT), **environ},
            stderr=errors,
        )


@dataclass
class Process:
    """One `guestlist run`."""

    running: asyncio.subprocess.Process
    url: str
    operations_url: str
    log: Path

    async def about(self) -> dict[str, Any]:
        """What `/readyz` says; nothing when the process is gone."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
                session.get(self.operations_url + "/readyz") as answer,
            ):
                told: dict[str, Any] = await answer.json()
                return told
        except (aiohttp.ClientError, TimeoutError):
            return {}

    async def ready(self) -> bool:
        return bool((await self.about()).get("ready"))

    async def holds(self) -> bool:
        """Whether it runs the bot and delivers."""
        about = await self.about()
        return bool(about.get("ready") and about.get("door") and about.get("discord"))

    async def counted(self, metric: str) -> float:
        """The sum of a metric's samples whose name and labels contain this."""
        async with aiohttp.ClientSession() as session, session.get(self.operations_url + "/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if re.match(metric, line))

    async def dies(self) -> None:
        self.running.kill()
        await self.running.wait()

    async def ends(self) -> None:
        self.running.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(self.running.wait(), 60) == 0


@dataclass
class Pair:
    """A sandbox, two services, and the database they share."""

    sandbox: Sandbox
    play: Play
    database: str
    home: Path
    processes: list[Process] = field(default_factory=list)

    async def starts(self) -> Process:
        port = free_ports()
        url = f"http://127.0.0.1:{port}"
        environ = {
            "GUESTLIST_SANDBOX__URL": self.sandbox.url,
            "GUESTLIST_PUBLIC_URL": url,
            "GUESTLIST_WEB__PORT": str(port),
            "GUESTLIST_WEB__OPERATIONS_PORT": str(port + 1),
            "DATABASE_URL": self.database,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "GUESTLIST_DISCORD__SERVERS": GUILD,
        }
        log = self.home / f"{port}.log"
        operations_url = f"http://127.0.0.1:{port + 1}"
        process = Process(await run(self.home, log, environ), url, operations_url, log)
        self.processes.append(process)
        assert await eventually(process.ready), log.read_text()
        return process

    async def one_holds(self) -> tuple[Process, Process]:
        """The one that delivers, and the other."""
        found: list[Process] = []

        async def look() -> bool:
            found[:] = [process for process in self.processes if await process.holds()]
            return len(found) == 1

        assert await eventually(look), self.logs()
        (other,) = (process for process in self.processes if process is not found[0])
        return found[0], other

    def logs(self) -> str:
        return "\n".join(f"--- {process.url}\n{process.log.read_text()}" for process in self.processes)

    async def sells(self) -> None:
        """A plan for 9.99 USD a month that includes Members."""
        options = {"name": "Pro", "price": "9.99", "period": "every_months", "role": MEMBERS}
        await answered(self.play, await self.play.command(GUILD, ADA, "plan create", **options))

    async def link(self, user: str = MIA) -> str:
        return checkout_link(await answered(self.play, await self.play.command(GUILD, user, "subscribe", plan="Pro")))

    async def inside(self, *users: str) -> None:
        assert await eventually(lambda: self._are(users, True)), self.logs()

    async def outside(self, *users: str) -> None:
        assert await eventually(lambda: self._are(users, False)), self.logs()

    async def _are(self, users: tuple[str, ...], inside: bool) -> bool:
        return all([("Members" in await self.play.roles(GUILD, user)) is inside for user in users])

    async def owner(self, method: str, path: str, form: dict[str, str] | None = None) -> None:
        """The owner does something in Stripe's dashboard."""
        headers = {"Authorization": f"Bearer {SANDBOX_KEY}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{self.sandbox.url}/v1/{path}", data=form) as answer,
        ):
            assert answer.status == 200, await answer.text()

    async def both_work(self, subscriptions: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
        """Something changes again and again, until each process has heard and settled: which one does is chance.

        How often each heard something of Stripe's, and how often it settled a customer.
        """
        for number in range(30):
            await self.play.post("settle")
            assert await eventually(self.all_settled), self.logs()
            heard = [await one.counted(HEARD) for one in self.processes]
            settled = [await one.counted(SETTLED) for one in self.processes]
            if all(heard) and all(settled):
                break
            for one in subscriptions:
                await self.owner("POST", f"subscriptions/{one['id']}", {"metadata[again]": str(number)})
        return heard, settled

    async def rows(self, sql: str, *values: object) -> list[Any]:
        connection = await asyncpg.connect(self.database)
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    async def all_settled(self) -> bool:
        """Nothing is left to settle or to deliver, and every event is answered."""
        [left] = await self.rows(
            "SELECT (SELECT COUNT(*) FROM customer WHERE settled_seq < mark_seq) "
            "+ (SELECT COUNT(*) FROM event WHERE state IN ('marked', 'unresolved', 'dead')) "
            "+ (SELECT COUNT(*) FROM access WHERE wanted <> applied) "
            "+ (SELECT COUNT(*) FROM effect WHERE state <> 'done') AS work"
        )
        return int(left["work"]) == 0


@asynccontextmanager
async def pair(database: str, home: Path, *, har: Path | None = None) -> AsyncIterator[Pair]:
    """Two services on a database with nothing in it."""
    async with Sandbox.running(har=har) as sandbox, Play(sandbox.url) as play:
        await play.post("seed", CROWD)
        made = Pair(sandbox, play, database, home)
        try:
            for _ in range(2):
                await made.starts()
            yield made
        finally:
            for process in made.processes:
                if process.running.returncode is None:
                    process.running.kill()
                    await process.running.wait()


# -- working together --------------------------------------------------------------------------------------------------


async def test_both_ingest_and_settle_and_no_customer_is_settled_by_two_at_once(
    postgres_url: str, tmp_path: Path
) -> None:
    recording = tmp_path / "traffic.har"
    async with pair(postgres_url, tmp_path, har=recording) as p:
        await p.one_holds()
        await p.sells()
        links = {user: await p.link(user) for user in PEOPLE}
        fault = {"service": "stripe", "method": "GET", "path": "/v1/subscriptions", "delay": 0.3, "times": 10_000}
        await p.play.post("faults", fault)  # so that two at once would be seen
        await p.play.post("webhooks", {"duplicate": 2})
        await asyncio.gather(*(p.play.pay(link) for link in links.values()))
        await p.inside(*PEOPLE)
        subscriptions = await p.play.stripe("subscription")
        for number in range(3):
            await asyncio.gather(
                *(p.owner("POST", f"subscriptions/{s['id']}", {"metadata[turn]": str(number)}) for s in subscriptions)
            )
        heard, settled = await p.both_work(subscriptions)
        assert all(heard), heard
        assert all(settled), settled
        assert sum(settled) <= sum(heard), "no more often than something was heard"
        began = await p.rows("SELECT 1 FROM ledger WHERE source = 'subscription' AND status_before IS NULL")
        assert len(began) == len(PEOPLE)
        log = (await p.play.get(f"discord/guilds/{GUILD}"))["log"]
        assert sorted(e["user"] for e in log if e["action"] == "role_add") == sorted(PEOPLE)
    asked = settlements(recording)
    assert len(asked) == len(PEOPLE)
    for times in asked.values():
        assert len(times) >= 2
        for (_, end), (begin, _) in itertools.pairwise(times):
            assert end <= begin, "two at once asked Stripe about one customer"


def settlements(recording: Path) -> dict[str, list[tuple[float, float]]]:
    """For each customer, when Stripe was asked for its subscriptions: from, to."""
    found: dict[str, list[tuple[float, float]]] = {}
    for entry in json.loads(recording.read_text())["log"]["entries"]:
        address = urlsplit(entry["request"]["url"])
        customers = parse_qs(address.query).get("customer", [])
        if entry["request"]["method"] == "GET" and address.path == "/v1/subscriptions" and customers:
            begin = iso_seconds(entry["startedDateTime"])
            found.setdefault(customers[0], []).append((begin, begin + entry["time"] / 1000))
    return {customer: sorted(times) for customer, times in found.items()}


def iso_seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


# -- one goes ----------------------------------------------------------------------------------------------------------


async def test_the_story_goes_on_when_the_holder_is_killed(postgres_url: str, tmp_path: Path) -> None:
    async with pair(postgres_url, tmp_path) as p:
        holder, other = await p.one_holds()
        await p.sells()
        link = await p.link()
        await p.play.pay(link)
        await holder.dies()
        began = time.monotonic()
        await p.inside(MIA)
        print(f"killed: the role came {time.monotonic() - began:.1f} s later")
        assert await eventually(other.holds), p.logs()
        print(f"killed: taken over after {time.monotonic() - began:.1f} s")

        # A failed renewal, the payment, the end: all of it with the second process, and a third that joins it.
        p.processes.remove(holder)
        await p.starts()
        shown = await answered(p.play, await p.play.command(GUILD, MIA, "membership"))
        portal = await answered(p.play, await p.play.click(GUILD, MIA, shown, "Manage payment"))
        await p.play.change_card(portal.button("Open"), FAILS_LATER)
        await p.play.advance("1mo 2h")
        assert await eventually(lambda: told(p, "didn't go through")), p.logs()
        assert "Members" in await p.play.roles(GUILD, MIA), "the grace of three days runs"
        await p.play.advance("73h")
        await p.outside(MIA)
        [message] = [m for m in await p.play.direct_messages(GUILD, MIA) if "didn't go through" in m.text]
        await p.play.pay(message.button("Pay"))
        await p.inside(MIA)

        await other.dies()
        [subscription] = await p.play.stripe("subscription")
        await p.owner("DELETE", f"subscriptions/{subscription['id']}")
        began = time.monotonic()
        await p.outside(MIA)
        print(f"killed again: the role went {time.monotonic() - began:.1f} s later")
        assert await eventually(p.all_settled), p.logs()


async def told(p: Pair, words: str) -> bool:
    return any(words in message.text for message in await p.play.direct_messages(GUILD, MIA))


async def test_a_holder_that_ends_in_order_is_replaced_at_once(postgres_url: str, tmp_path: Path) -> None:
    async with pair(postgres_url, tmp_path) as p:
        holder, other = await p.one_holds()
        await p.sells()
        [door] = await p.rows("SELECT token FROM lease WHERE name = 'door'")
        began = time.monotonic()
        await holder.ends()
        now = "EXTRACT(EPOCH FROM clock_timestamp()) * 1000"
        held = f"SELECT 1 FROM lease WHERE name = 'door' AND token = $1 AND until_at > {now}"
        assert not await p.rows(held, door["token"]), (
            "it gave the door back, so that nobody waits for its time to be over"
        )
        assert await eventually(other.holds), p.logs()
        print(f"ended in order: taken over after {time.monotonic() - began:.1f} s")
        await p.play.pay(await p.link())
        await p.inside(MIA)


async def test_a_customer_that_a_killed_process_was_settling_is_settled_by_the_other(
    postgres_url: str, tmp_path: Path
) -> None:
    async with pair(postgres_url, tmp_path) as p:
        holder, other = await p.one_holds()
        await p.sells()
        link = await p.link()
        fault = {"service": "stripe", "method": "GET", "path": "/v1/subscriptions", "delay": 50, "times": 1}
        await p.play.post("faults", fault)
        await p.play.pay(link)
        held: list[Any] = []

        async def is_held() -> bool:
            held[:] = await p.rows("SELECT lease_token FROM customer WHERE lease_token IS NOT NULL")
            return bool(held)

        assert await eventually(is_held), p.logs()
        [door] = await p.rows("SELECT token FROM lease WHERE name = 'door'")
        settling = holder if held[0]["lease_token"].startswith(door["token"]) else other
        await settling.dies()
        began = time.monotonic()
        await p.inside(MIA)
        which = "the holder" if settling is holder else "the other"
        print(f"{which} was killed while settling: the role came {time.monotonic() - began:.1f} s later")


# -- the database goes -------------------------------------------------------------------------------------------------


class Restartable:
    """A PostgreSQL server of the test's own, that keeps what it promised: no setting is relaxed."""

    def __init__(self, folder: str) -> None:
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self.server = start_postgres(folder)

    async def stops(self) -> None:
        """At once, as when its process is killed: what was not written to the log is gone."""
        process = self.server.get_postmaster_info().process
        assert process is not None
        process.send_signal(signal.SIGQUIT)
        await asyncio.to_thread(process.wait, 20)

    async def starts(self) -> None:
        await asyncio.to_thread(self.server.ensure_postgres_running)


@pytest.fixture
def restartable() -> Iterator[Restartable]:
    made = Restartable(tempfile.mkdtemp(prefix="guestlist-"))
    try:
        yield made
    finally:
        made.server.cleanup()


async def test_when_the_database_restarts_nothing_acked_is_lost_and_the_story_goes_on(
    restartable: Restartable, tmp_path: Path
) -> None:
    async with pair(restartable.url, tmp_path) as p:
        await p.one_holds()
        await p.sells()
        links = {user: await p.link(user) for user in PEOPLE}
        await asyncio.gather(*(p.play.pay(link) for link in links.values()))
        await p.inside(*PEOPLE)
        subscriptions = await p.play.stripe("subscription")
        ending = asyncio.Event()

        async def life_goes_on() -> None:
            """Something changes all the time, so that webhooks are under way when the database goes."""
            turn = 0
            while not ending.is_set():
                turn += 1
                one = subscriptions[turn % len(subscriptions)]
                await p.owner("POST", f"subscriptions/{one['id']}", {"metadata[turn]": str(turn)})
                await asyncio.sleep(0.02)

        life = asyncio.create_task(life_goes_on())
        for away_seconds in (0.5, 10.0):  # shorter than the door's lease, and longer than its holder may go on
            await asyncio.sleep(1)
            await restartable.stops()
            await asyncio.sleep(away_seconds)
            await restartable.starts()
        await asyncio.sleep(1)
        ending.set()
        await life
        began = time.monotonic()
        await p.one_holds()
        print(f"after the database was away for 10 s: one delivers {time.monotonic() - began:.1f} s after it was back")
        await p.owner("DELETE", f"subscriptions/{subscriptions[0]['id']}")
        await p.play.advance("2m")  # Stripe sends again what was not acked
        await p.play.post("settle")
        # Whose claim was committed, but its answer lost with the connection, is free when the lease of 60 s is over.
        assert await eventually(p.all_settled, seconds=LEASE_MS / 1000 + 60), p.logs()

        deliveries = (await p.play.state())["stripe"]["deliveries"]
        acked = {d["event"] for d in deliveries if d["state"] == "delivered"}
        refused = [a for d in deliveries for a in d["attempts"] if a["status"] == 503]
        stored = {row["id"] for row in await p.rows("SELECT id FROM event")}
        assert refused, "the database was missed"
        assert acked
        assert acked <= stored
        roles = {user: "Members" in await p.play.roles(GUILD, user) for user in PEOPLE}
        assert sum(roles.values()) == len(PEOPLE) - 1
