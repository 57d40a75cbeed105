"""Every frozen version on both engines."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from tests.flows.two_platforms import BothSides
from tests.frozen.files import VERSIONS, load
from tests.frozen.world import open_frozen
from tests.storage_fixtures import ENGINES, PostgresServer, empty_database

_loaded: set[str] = set()
"""Where frozen databases are loaded on PostgreSQL, for tests to copy."""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture
def server(engine: str, request: pytest.FixtureRequest) -> PostgresServer | None:
    """The PostgreSQL server; None on SQLite."""
    found: PostgresServer | None = request.getfixturevalue("postgres_server") if engine == "postgres" else None
    return found


@pytest.fixture
async def frozen_url(server: PostgresServer | None, version: int, tmp_path: Path) -> AsyncIterator[str]:
    """A frozen database in the schema of its version."""
    if server is None:
        url = f"sqlite:///{tmp_path}/guestlist.db"
        await load(version, url)
        yield url
        return
    async with empty_database(server, like=await _model(server, version)) as url:
        yield url


async def _model(server: PostgresServer, version: int) -> str:
    """The name of a database with this version, loaded once: copying it is much faster."""
    name = f"frozen_{version}"
    if server.url(name) not in _loaded:
        connection = await asyncpg.connect(server.url("postgres"))
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        await load(version, server.url(name))
        _loaded.add(server.url(name))
    return name


@pytest.fixture
async def frozen(frozen_url: str, version: int) -> AsyncIterator[BothSides]:
    """A frozen world, opened by this version."""
    async with open_frozen(frozen_url, version) as both:
        yield both
