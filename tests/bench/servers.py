"""Servers under load: how one is started, and what a run of the load generator against it says."""

import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from tests.bench.listener import furnish
from tests.bench.machine import SCRATCH
from tests.storage_fixtures import PostgresServer, running_postgres

START_SECONDS_MAX = 60
FURNISHED = "furnished"


@dataclass(slots=True)
class Serving:
    """A server that answers. `acks` counts the webhooks that it answered with 200."""

    port: int
    pids: Sequence[int]
    path: str = "/webhooks/stripe"
    acks: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What one run says: acks a second, milliseconds, shares of one core."""

    acks: int
    refused: Mapping[str, int]
    per_second: float
    p50: float
    p99: float
    own: float
    server: float


class Subject(Protocol):
    """What is measured: `running` starts it with a fresh database for a round."""

    @property
    def name(self) -> str: ...
    @property
    def connections(self) -> Sequence[int]: ...
    @property
    def seconds(self) -> float: ...
    def running(self) -> AbstractAsyncContextManager[Serving]: ...


@dataclass(slots=True)
class Ground:
    """Where the databases lie: a furnished one of each engine, copied for each server."""

    folder: Path
    postgres: PostgresServer
    _made: int = 0

    @asynccontextmanager
    async def fresh(self, engine: str) -> AsyncIterator[str]:
        """The address of a database of ours that only has its customers; gone after the block."""
        async with self.copied(engine, FURNISHED) as found:
            if engine == "sqlite":
                yield f"sqlite:///{found}"
            else:
                yield self.postgres.url(found.rpartition("/")[2])

    async def empty(self, engine: str, name: str) -> str:
        """A new database, to be copied later: the path of a file, or a server's folder and a name."""
        if engine == "sqlite":
            return str(self.folder / f"{name}.db")
        await self.tell(f"CREATE DATABASE {name}")
        return f"{self.postgres.folder}/{name}"

    @asynccontextmanager
    async def copied(self, engine: str, name: str) -> AsyncIterator[str]:
        """A copy of such a database, gone after the block."""
        self._made += 1
        copy = f"round_{self._made}"
        if engine == "sqlite":
            path = self.folder / f"{copy}.db"
            shutil.copy(self.folder / f"{name}.db", path)
            yield str(path)
            for left in self.folder.glob(f"{path.name}*"):
                left.unlink()
            return
        await self.tell(f"CREATE DATABASE {copy} TEMPLATE {name}")
        yield f"{self.postgres.folder}/{copy}"
        await self.tell(f"DROP DATABASE {copy} WITH (FORCE)")

    async def tell(self, statement: str) -> None:
        """A statement to PostgreSQL."""
        connection = await asyncpg.connect(self.postgres.url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@asynccontextmanager
async def durable_postgres() -> AsyncIterator[PostgresServer]:
    """A server as it comes: for the tests it is told not to care."""
    running = running_postgres()
    server = await asyncio.to_thread(running.__enter__)
    try:
        connection = await asyncpg.connect(server.url("postgres"))
        await connection.execute("ALTER SYSTEM RESET ALL")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()
        yield server
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """The furnished databases."""
    SCRATCH.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="run-", dir=SCRATCH)))
        await furnish(f"sqlite:///{folder / f'{FURNISHED}.db'}")
        postgres = await stack.enter_async_context(durable_postgres())
        made = Ground(folder, postgres)
        await made.empty("postgres", FURNISHED)
        await furnish(postgres.url(FURNISHED))
        yield made


@dataclass(frozen=True, slots=True)
class Guestlist:
    """Our own listener, with options of `tests.bench.listener`."""

    name: str
    ground: Ground
    connections: Sequence[int]
    seconds: float
    engine: str = "sqlite"
    options: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Serving]:
        """See `Subject`. In the end, what was answered with 200 must be in the database."""
        async with self.ground.fresh(self.engine) as url:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.bench.listener", url, *self.options),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=os.environ | self.environment,
            )
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                async with asyncio.timeout(START_SECONDS_MAX):
                    told = json.loads(await process.stdout.readline())
                serving = Serving(told["port"], [told["pid"]])
                yield serving
                process.stdin.close()
                async with asyncio.timeout(START_SECONDS_MAX):
                    kept = json.loads(await process.stdout.readline())
                    await process.wait()
                self._check(kept, serving)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()

    def _check(self, kept: Mapping[str, int], serving: Serving) -> None:
        storing = "--verify-only" not in self.options
        if storing and not (kept["stored"] >= serving.acks and kept["marks"] > 0):
            raise AssertionError(f"{self.name}: {serving.acks} webhooks got their 200, and {kept} was stored")


async def run(serving: Serving, connections: int, seconds: float, count: int, *options: str) -> Told:
    """The load generator against a server, once."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.load", str(serving.port), "--path", serving.path),
        *("--connections", str(connections), "--seconds", str(seconds), "--count", str(count)),
        *("--pids", *map(str, serving.pids), *options),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    told: dict[str, Any] = json.loads(out)
    serving.acks += told["acks"]
    return Told(**told)


async def rounds(subjects: Sequence[Subject], times: int, count: int) -> dict[tuple[str, int], list[Told]]:
    """All subjects, interleaved: in each round every one is restarted, and those of a load run side by side."""
    found: dict[tuple[str, int], list[Told]] = {}
    order = random.Random(4)
    loads = sorted({number for subject in subjects for number in subject.connections})
    for _ in range(times):
        async with AsyncExitStack() as stack:
            up = [(subject, await stack.enter_async_context(subject.running())) for subject in subjects]
            for connections in order.sample(loads, len(loads)):
                theirs = [(subject, serving) for subject, serving in up if connections in subject.connections]
                for subject, serving in order.sample(theirs, len(theirs)):
                    told = await run(serving, connections, subject.seconds, count)
                    found.setdefault((subject.name, connections), []).append(told)
    return found
