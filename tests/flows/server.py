"""PostgreSQL seen from beside: whether transactions wait for each other, so that a test need not wait for a time."""

from __future__ import annotations

import asyncio

import asyncpg  # type: ignore[import-untyped]  # it ships no types


class Server:
    """What happens on the server, seen from beside."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def waits(self, task: asyncio.Task[object], count: int = 1) -> None:
        """Until so many transactions wait for another, or this one is over."""
        waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        async with asyncio.timeout(60):
            while not task.done() and await self._connection.fetchval(waiting) < count:  # noqa: ASYNC110 -- no bell
                await asyncio.sleep(0.01)

    async def halves(self) -> list[str]:
        """Accesses without an effect. The other way round there is a foreign key."""
        rows = await self._connection.fetch(
            "SELECT person_id FROM access a WHERE NOT EXISTS "
            "(SELECT 1 FROM effect e WHERE e.person_id = a.person_id AND e.target_id = a.target_id)"
        )
        return [row["person_id"] for row in rows]
