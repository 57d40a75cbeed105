"""A bomb in the ports: the process kills itself right before, or right after, its n-th port call.

A port call is one call of the payment provider, one call of a chat platform, or one commit that changed something.
A commit's "before" is the end of its block, everything written and nothing committed. A transaction that changed
nothing is no call: dying in it leaves what dying after the call before it left.
"""

import functools
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from payments.ports.stores import Ingested
from storage.database import Database, Delivery, Dialect, Row, Tx, Value

WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE(?! OF)|DELETE FROM)\s+(\w+)")


class When(StrEnum):
    """On which side of its call the process dies."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the process dies: at the `at`-th call since the bomb was armed; with `at` 0 it never does.

    `of` is the port whose calls count: `database`, `stripe`, `discord` or `telegram`. Without one those of all do.
    """

    at: int = 0
    when: When = When.BEFORE
    of: str = ""

    def __str__(self) -> str:
        return f"{self.at} {self.when}{self.of and f' of {self.of}'}"


NEVER = Place()


class Bomb:
    """Counts port calls since it was armed, and goes off at its place. Until armed it is a dud."""

    def __init__(self, place: Place, tell: Callable[[str], None]) -> None:
        self._place = place
        self._tell = tell
        self._armed = False
        self._count = 0

    def arm(self) -> None:
        """Count from 1 again."""
        self._armed = self._place.at > 0
        self._count = 0

    def disarm(self) -> int:
        """Count no more; how many calls there were."""
        self._armed = False
        return self._count

    def before(self, name: str) -> int:
        """A call is about to be made; answers its number."""
        if not self._armed or not name.startswith(self._place.of):
            return 0
        self._count += 1
        self._go_off(self._count, When.BEFORE, name)
        return self._count

    def after(self, number: int, name: str) -> None:
        """The call of this number was made."""
        self._go_off(number, When.AFTER, name)

    def _go_off(self, number: int, when: When, name: str) -> None:
        if self._armed and number == self._place.at and when is self._place.when:
            self._tell(f"bomb {number} {when} {name}")
            os.kill(os.getpid(), signal.SIGKILL)


class MinedPort:
    """A port whose calls of these names are counted; everything else of it is as it was."""

    def __init__(self, name: str, port: object, calls: Iterable[str], bomb: Bomb) -> None:
        self._name = name
        self._port = port
        self._calls = frozenset(calls)
        self._bomb = bomb

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name not in self._calls:
            return found
        return self._counted(f"{self._name}.{name}", found)

    def _counted(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(call)
        async def counted(*args: object, **kwargs: object) -> Any:
            number = self._bomb.before(name)
            answer = await call(*args, **kwargs)
            self._bomb.after(number, name)
            return answer

        return counted


class MinedTx:
    """A transaction that notes which tables it changed."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.changed: dict[str, None] = {}

    @property
    def dialect(self) -> Dialect:
        return self._tx.dialect

    async def fetch(self, sql: str, *values: Value) -> Sequence[Row]:
        rows = await self._tx.fetch(sql, *values)
        if rows:
            self._note(sql)
        return rows

    async def fetch_one(self, sql: str, *values: Value) -> Row | None:
        row = await self._tx.fetch_one(sql, *values)
        if row is not None:
            self._note(sql)
        return row

    async def execute(self, sql: str, *values: Value) -> int:
        count = await self._tx.execute(sql, *values)
        if count > 0:
            self._note(sql)
        return count

    def _note(self, sql: str) -> None:
        match = None if sql.startswith("SELECT") else WRITES.search(sql)
        if match is not None:
            self.changed[match.group(1)] = None


class MinedDatabase:
    """A database whose commits are counted; everything else of it is as it was."""

    def __init__(self, database: Database, bomb: Bomb) -> None:
        self._database = database
        self._bomb = bomb

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        number, name = 0, ""
        async with self._database.transaction() as tx:
            mined = MinedTx(tx)
            yield mined
            if mined.changed:
                name = f"database: {', '.join(mined.changed)}"
                number = self._bomb.before(name)
        self._bomb.after(number, name)

    async def write_events(self, batch: Sequence[Delivery]) -> Sequence[Ingested]:
        name = f"database: {len(batch)} events stored"
        number = self._bomb.before(name)
        answers = await self._database.write_events(batch)
        self._bomb.after(number, name)
        return answers
