"""What stands in the service's database, read beside it; and what must be true of it when everything is quiet."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from sandbox.play import eventually

BUSY = {
    "customers to be settled": "SELECT COUNT(*) FROM customer WHERE settled_seq < mark_seq",
    "effects open": "SELECT COUNT(*) FROM effect WHERE state = 'open'",
    "events unresolved": "SELECT COUNT(*) FROM event WHERE state IN ('marked', 'unresolved')",
    "notices open": "SELECT COUNT(*) FROM notice WHERE state = 'open'",
    "updates open": "SELECT COUNT(*) FROM telegram_update WHERE state = 'open'",
    "requests pending": "SELECT COUNT(*) FROM request WHERE state = 'pending'",
}
"""Work that is not done yet."""

WRONG = {
    "what is wanted and not so": "SELECT COUNT(*) FROM access a JOIN effect e ON e.person_id = a.person_id AND "
    "e.target_id = a.target_id WHERE a.wanted <> a.applied AND e.state <> 'waiting'",
    "an access without its effect": "SELECT COUNT(*) FROM access a WHERE NOT EXISTS (SELECT 1 FROM effect e "
    "WHERE e.person_id = a.person_id AND e.target_id = a.target_id)",
    "effects not done": "SELECT COUNT(*) FROM effect WHERE state NOT IN ('done', 'waiting')",
    "dead updates": "SELECT COUNT(*) FROM telegram_update WHERE state = 'dead'",
    "kicks that were begun and not ended": "SELECT COUNT(*) FROM telegram_kick",
    "dead events": "SELECT COUNT(*) FROM event WHERE state = 'dead'",
    "dead requests": "SELECT COUNT(*) FROM request WHERE state = 'dead'",
    "refused requests": "SELECT COUNT(*) FROM request WHERE state = 'refused' "
    "AND kind IN ('bill', 'customer', 'price', 'product')",
    "links open beside each other": "SELECT COUNT(*) - 1 FROM checkout WHERE state IN ('pending', 'open') "
    "GROUP BY beneficiary_id, plan_id HAVING COUNT(*) > 1",
    "dead notices": "SELECT COUNT(*) FROM notice WHERE state = 'dead'",
    "a made request without its result": "SELECT COUNT(*) FROM request WHERE state = 'made' AND result_id IS NULL",
    "prices not on sale": "SELECT COUNT(*) FROM price WHERE state <> 'active'",
    "subscriptions that began twice or never": "SELECT COUNT(*) FROM subscription s WHERE 1 <> (SELECT COUNT(*) "
    "FROM ledger l WHERE l.source = 'subscription' AND l.source_id = s.id AND l.status_before IS NULL)",
    "refunds told twice or never": "SELECT COUNT(*) FROM refund r WHERE 1 <> (SELECT COUNT(*) FROM ledger l "
    "WHERE l.source = 'refund' AND l.source_id = r.id AND l.status_after = 'succeeded')",
}
"""Counts that are 0 when all is well and quiet."""


WORK = ("customer", "effect", "event", "notice", "request", "telegram_update")

END_WAITS = [f"UPDATE {table} SET next_at = 1 WHERE next_at > 1" for table in WORK] + [
    "UPDATE request SET next_at = 1 WHERE next_at = 0 AND state = 'pending'"
]
END_LEASES = [f"UPDATE {table} SET lease_until = 0 WHERE lease_until > 0" for table in WORK] + [
    "UPDATE lease SET until_at = 0"
]


LOCK_SECONDS = 60


class Reader(Protocol):
    """A connection beside the service's. All that it ever changes is what time would."""

    async def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        """All rows of a query."""
        ...

    async def broken(self) -> Sequence[str]:
        """What the engine's own checks find."""
        ...

    async def end_waits(self) -> None:
        """Time passes: what is to be tried again later is due."""
        ...

    async def end_leases(self) -> None:
        """Time passes: what the process that died held is free. There may be no tables yet."""
        ...


@dataclass(frozen=True, slots=True)
class SqliteReader:
    """Opens the file again each time, so that it never holds a lock for long."""

    path: Path

    async def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()

    async def broken(self) -> Sequence[str]:
        whole = [row[0] for row in await self.rows("PRAGMA integrity_check") if row[0] != "ok"]
        return [*whole, *(str(row) for row in await self.rows("PRAGMA foreign_key_check"))]

    async def end_waits(self) -> None:
        # In a thread: who holds the lock may be a task of this very loop.
        await asyncio.to_thread(self._end_waits)

    def _end_waits(self) -> None:
        with closing(sqlite3.connect(self.path, timeout=LOCK_SECONDS)) as connection, connection:
            for statement in END_WAITS:
                connection.execute(statement)

    async def end_leases(self) -> None:
        """The only process there is frees everything when it starts."""


@dataclass(frozen=True, slots=True)
class PostgresReader:
    connection: asyncpg.Connection

    async def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        found: Sequence[Sequence[Any]] = await self.connection.fetch(sql)
        return found

    async def broken(self) -> Sequence[str]:
        return []  # its constraints always hold

    async def end_waits(self) -> None:
        for statement in END_WAITS:
            # What is lost to a deadlock with the service is only late: it is hastened again a moment later. And each
            # by itself: a transaction over all tables would hold the rows of one while it waits for those of the next.
            with contextlib.suppress(asyncpg.DeadlockDetectedError):
                await self.connection.execute(statement)

    async def end_leases(self) -> None:
        # What it had sent before it died the server still does: only then its leases are its last.
        assert await eventually(self._is_alone, seconds=LOCK_SECONDS)
        if await self.connection.fetchval("SELECT to_regclass('telegram_update')") is not None:
            await self.connection.execute("; ".join(END_LEASES))

    async def _is_alone(self) -> bool:
        others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return bool(await self.connection.fetchval(others) == 0)


@asynccontextmanager
async def reading(url: str) -> AsyncIterator[Reader]:
    """A reader of the database at this address."""
    if url.startswith("sqlite:///"):
        yield SqliteReader(Path(url.removeprefix("sqlite:///")))
        return
    connection = await asyncpg.connect(url)
    try:
        yield PostgresReader(connection)
    finally:
        await connection.close()


async def counted(reader: Reader, questions: dict[str, str]) -> list[str]:
    """What of these is not 0, in words."""
    sql = "SELECT " + ", ".join(f"({question})" for question in questions.values())
    (row,) = await reader.rows(sql)
    return [f"{name}: {count}" for name, count in zip(questions, row, strict=True) if count]
