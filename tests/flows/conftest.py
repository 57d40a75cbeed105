"""The stages that the flows are tried on: each a world of fakes around a real store."""

from collections.abc import AsyncIterator

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from storage.store import SqlStore
from tests.fakes.door import Door, open_door
from tests.flows.club_fixture import Club, open_club
from tests.flows.server import Server
from tests.flows.shop_fixture import Shop, open_shop
from tests.flows.two_platforms import BothSides, open_both_sides


@pytest.fixture
async def shop(sqlite_store: SqlStore) -> AsyncIterator[Shop]:
    async with open_shop(sqlite_store) as opened:
        yield opened


@pytest.fixture
async def any_shop(store: SqlStore) -> AsyncIterator[Shop]:
    """On both engines: for what happens at the same time."""
    async with open_shop(store) as opened:
        yield opened


@pytest.fixture
async def both(sqlite_store: SqlStore) -> BothSides:
    return await open_both_sides(sqlite_store)


@pytest.fixture
async def club(sqlite_store: SqlStore) -> Club:
    return await open_club(sqlite_store)


@pytest.fixture
async def door(sqlite_store: SqlStore) -> Door:
    return await open_door(sqlite_store)


@pytest.fixture
async def any_club(store: SqlStore) -> Club:
    """On both engines."""
    return await open_club(store)


@pytest.fixture
async def any_both(store: SqlStore) -> BothSides:
    """On both engines."""
    return await open_both_sides(store)


@pytest.fixture
async def postgres_both(postgres_store: SqlStore) -> BothSides:
    """Where transactions wait for each other in their middle; on SQLite they come one after the other."""
    return await open_both_sides(postgres_store)


@pytest.fixture
async def server(postgres_url: str) -> AsyncIterator[Server]:
    """The server of `postgres_store`."""
    connection = await asyncpg.connect(postgres_url)
    yield Server(connection)
    await connection.close()
