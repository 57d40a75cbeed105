"""Databases with a crowd in them, of both engines."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from tests.bench import crowd, servers
from tests.bench.machine import SCRATCH

ENGINES = ("SQLite", "PostgreSQL")

Make = Callable[[str, int, int], Awaitable[str]]
"""Fills a new database of an engine with so many members whose period began then; its address."""


@asynccontextmanager
async def databases(purpose: str) -> AsyncIterator[Make]:
    """What makes databases, all gone after the block; one a size and engine."""
    SCRATCH.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{purpose}-", dir=SCRATCH)))
        server = await stack.enter_async_context(servers.durable_postgres())

        async def make(engine: str, size: int, began: int) -> str:
            if engine == "SQLite":
                url = f"sqlite:///{folder / f'{size}.db'}"
            else:
                connection = await asyncpg.connect(server.url("postgres"))
                await connection.execute(f"CREATE DATABASE crowd_{size}")
                await connection.close()
                url = server.url(f"crowd_{size}")
            await crowd.fill(url, size, began)
            return url

        yield make
