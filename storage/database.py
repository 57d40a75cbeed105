"""A database as the stores see it: transactions with three verbs, whichever engine is behind.

SQL is written once, with ``?`` for values, for both engines. The little that differs between them is a `Dialect`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from payments.core.billing import SnapshotPart
from payments.ports.stores import Ingested, StoredEvent, StoreUnavailable

Value = str | int | None
"""What a column holds; booleans are 0 or 1."""

T = TypeVar("T")

IN_MAX = 500
"""How many values one ``IN (...)`` names at most; longer collections are asked for in several statements."""


class Row(Protocol):
    """A row of either driver, read by the name of its column."""

    def __getitem__(self, key: Any, /) -> Any: ...


class ConstraintViolated(Exception):
    """A CHECK, UNIQUE or FOREIGN KEY of the schema was about to be broken: a bug, never a business outcome."""


class DatabaseRefused(Exception):
    """The database can't be used as it is, and trying again won't help. The message says what to do, on one line."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """All that differs in the SQL of the two engines."""

    text: str  # the type of text columns: compared by bytes on both
    skip_locked: str  # ends the inner SELECT of a claim, whose table has the alias `w`
    lock_rows: str  # ends an inner SELECT that locks rows in its order
    lock_schema: str | None  # keeps other processes from migrating at the same time
    now_ms: str  # the database's own clock at this moment, milliseconds since 1970 UTC


class Tx(Protocol):
    """One transaction. Each verb raises `StoreUnavailable` or `ConstraintViolated`."""

    @property
    def dialect(self) -> Dialect:
        """What differs in this engine's SQL."""
        ...

    async def fetch(self, sql: str, *values: Value) -> Sequence[Row]:
        """All rows of a query, or of what ``RETURNING`` answers."""
        ...

    async def fetch_one(self, sql: str, *values: Value) -> Row | None:
        """The first row, or None."""
        ...

    async def execute(self, sql: str, *values: Value) -> int:
        """How many rows were changed."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event to be stored, and the parts of its customer that it says have changed (None: it is only noted)."""

    event: StoredEvent
    parts: SnapshotPart | None


class Database(Protocol):
    """An open database."""

    @property
    def dialect(self) -> Dialect:
        """What differs in this engine's SQL."""
        ...

    @property
    def ingest_writers(self) -> int:
        """How many batches of events may be written at the same time."""
        ...

    @property
    def one_process(self) -> bool:
        """Whether one service at a time uses it."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """One transaction: committed at the end of the block, rolled back if it raises or is cancelled."""
        ...

    def migration(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that changes the schema, by ALTER TABLE as PostgreSQL knows it. Rows must lead to those that
        they refer to at its end, not on the way: else it raises `DatabaseRefused` and is rolled back.
        """
        ...

    async def write_events(self, batch: Sequence[Delivery]) -> Sequence[Ingested]:
        """Store a batch of different events and mark their customers in one commit; answers in the batch's order."""
        ...

    def notify(self, queue: str) -> None:
        """Wake a queue's workers in other processes, soon."""
        ...

    async def subscribe(self, heard: Callable[[str], None]) -> None:
        """Hear other processes ring, for ever; ends at once where there are none."""
        ...

    async def back_up(self, version: int) -> None:
        """Keep a copy before the schema is changed from this version, where that is ours to do.

        Raises `DatabaseRefused` when it can't be made.
        """
        ...

    async def checkpoint(self, marks: "Marks") -> None:
        """Write what was committed lately into the main file, where commits stand in a log of their own first."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class Marks(Protocol):
    """Remembers which mark the main file carries, so that a file put in its place is known (`storage.files.lock`)."""

    def next(self) -> int:
        """The mark to write next. From now on the file may carry it, or the one before."""
        ...

    def settle(self) -> None:
        """The file carries the mark last asked for, and no other."""
        ...


def unavailable(error: BaseException) -> StoreUnavailable:
    """The driver's words as `StoreUnavailable`."""
    return StoreUnavailable(f"the database is not available: {error or type(error).__name__}")


def kept(values: Iterable[Value]) -> tuple[Value, ...]:
    """The values as both engines can keep them.

    PostgreSQL takes no NUL, and neither takes half a surrogate pair: what people type or are called may have either.
    """
    return tuple(_kept(value) if isinstance(value, str) else value for value in values)


def _kept(text: str) -> str:
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


async def finish(work: Awaitable[T]) -> T:
    """Await to the end even when cancelled meanwhile; the cancellation is raised afterwards.

    A commit or a rollback that is left half-way would leave the connection in a state nobody knows.
    """
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        if not task.cancelled():
            task.exception()  # so that it counts as seen
        raise asyncio.CancelledError
    return task.result()


def marks(count: int) -> str:
    """So many placeholders."""
    return ", ".join("?" * count)


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Different values in order, in lists that fit one ``IN (...)``."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), IN_MAX):
        yield ordered[start : start + IN_MAX]
