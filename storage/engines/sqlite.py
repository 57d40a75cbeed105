"""SQLite: one file, one writer. What differs from PostgreSQL, and nothing else."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always placeholders

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import aiosqlite

from payments.core.ids import AccountId, CustomerId, CustomerRef, EventId
from payments.ports.stores import EventState, Ingested, StoreUnavailable
from storage.database import (
    DatabaseRefused,
    Delivery,
    Marks,
    finish,
    marks,
)
from storage.engines.sqlite_transaction import (
    SQLITE,
    SqliteMigrationTx,
    SqliteTx,
    committed,
    refuse_dangling,
    translated,
)
from storage.event_batches import EventKey, KnownCustomer, KnownEvent, StripeKey, first_state, plan_batch, stripe_key
from storage.files.backup import is_damage, keep_before_upgrade
from storage.files.lock import lock_path, refuse_mixture, sidecar
from storage.files.private import make_private, tighten
from storage.shared_sql import EVENT_COLUMNS, HEARD, event_marks, event_values, needs_no_driving
from storage.statements import insert

T = TypeVar("T")

_log = logging.getLogger(__name__)

TURN_SECONDS_MAX = 30
"""How long a transaction waits for those before it in this process."""

CLOSE_SECONDS_MAX = 5

END_LOG_MS_MAX = 100
"""How long commits may be kept waiting for readers to leave the log, so that it can be emptied; else it is put off."""


WAL_PAUSES_MS = (5, 10, 20, 40, 80, 160, 320, 640)
"""How long to wait between tries of switching a new file to WAL: more than a second in all."""


WAL_PAGES = 4000
"""How long the log grows, 16 MiB, before it is written back into the file, within somebody's commit."""


@dataclass(frozen=True, slots=True)
class SqliteSettings:
    """The file, how long to wait for another process's lock, and how many pages it may have (0: any number)."""

    path: Path
    busy_timeout_ms: int = 5000
    max_page_count: int = 0

    def pragmas(self) -> list[str]:
        """What every connection is told first. It is money, hence FULL: a commit is on the disk when it returns."""
        limit = [f"PRAGMA max_page_count = {self.max_page_count}"] if self.max_page_count else []
        return [
            f"PRAGMA busy_timeout = {self.busy_timeout_ms}",
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            f"PRAGMA wal_autocheckpoint = {WAL_PAGES}",
            "PRAGMA foreign_keys = ON",
            *limit,
        ]


def settings_of(url: str) -> SqliteSettings:
    """``sqlite:///relative.db`` or ``sqlite:////absolute.db``, with ``?busy_timeout_ms=`` and ``?max_page_count=``."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    if unknown := options.keys() - {"busy_timeout_ms", "max_page_count"}:
        raise ValueError(f"the database's address has an unknown option: {sorted(unknown)[0]}")
    path = unquote(parts.path.removeprefix("/"))
    if not path:
        raise ValueError("the database's address names no file: write sqlite:///guestlist.db")
    numbers = {name: int(values[-1]) for name, values in options.items()}
    return SqliteSettings(Path(path), **numbers)


async def open_sqlite(url: str) -> "SqliteDatabase":
    """Open the file, made if it isn't there. Raises `StoreUnavailable` and `DatabaseRefused`."""
    database = SqliteDatabase(settings_of(url))
    await database.connect()
    return database


async def _set(connection: aiosqlite.Connection, pragma: str) -> None:
    """Set one pragma. While others open a new file too, SQLite refuses WAL at once, whatever the busy timeout is."""
    for pause_ms in WAL_PAUSES_MS:
        try:
            await connection.execute(pragma)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            await asyncio.sleep(timedelta(milliseconds=pause_ms).total_seconds())
        else:
            return
    await connection.execute(pragma)


def damaged(path: Path, how: str) -> str:
    """What to do with a broken file."""
    return f"{path} is damaged, or no database ({how}); put a backup in its place: guestlist restore FILE"


class SqliteDatabase:
    """One connection for transactions, one in a thread of its own for batches of events; they take turns.

    SQLite has one writer. Waiting for each other in the process, in order, costs less than polling the file's lock,
    which is left to other processes (`busy_timeout`). Transactions stand in a line and only its first one waits for its
    turn, so that a batch of events, for which Stripe waits, has at most two before it.
    """

    dialect = SQLITE
    ingest_writers = 1
    one_process = True

    def __init__(self, settings: SqliteSettings) -> None:
        self._settings = settings
        self._turn = asyncio.Lock()
        self._line = asyncio.Lock()
        self._connection: aiosqlite.Connection | None = None
        self._ingest: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ingest")
        self._inode: int | None = None
        self._lock_inode: int | None = None

    async def connect(self) -> None:
        """Open the file, for its owner alone. Raises `StoreUnavailable` and `DatabaseRefused`."""
        path = self._settings.path
        refuse_mixture(path)
        try:
            make_private(path)
            connection = await aiosqlite.connect(path, isolation_level=None)
            try:
                connection.row_factory = sqlite3.Row
                for pragma in self._settings.pragmas():
                    await _set(connection, pragma)
                self._inode, self._lock_inode = _inode(path), _inode(lock_path(path))
                tighten(path.resolve(), *(sidecar(path, ending) for ending in ("-wal", "-shm")), lock_path(path))
            except BaseException:
                await finish(connection.close())
                raise
        except (sqlite3.Error, OSError) as error:
            if is_damage(error):
                raise DatabaseRefused(damaged(path, str(error))) from error
            raise StoreUnavailable(f"{path} can't be opened: {error}") from error
        self._connection = connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteTx]:
        """See `Database`."""
        async with self._my_turn(self._line):
            connection = self._opened()
            async with committed(connection):
                yield SqliteTx(connection)

    @asynccontextmanager
    async def migration(self) -> AsyncIterator[SqliteTx]:
        """See `Database`. SQLite lets nobody drop a table that others refer to, unless it enforces no references; and
        it is told so before a transaction, as within one it doesn't listen."""
        async with self._my_turn(self._line):
            connection = self._opened()
            try:
                with translated():
                    await finish(connection.execute("PRAGMA foreign_keys = OFF"))
                async with committed(connection):
                    tx = SqliteMigrationTx(connection)
                    yield tx
                    await refuse_dangling(tx)
            finally:
                await finish(self._enforce_references(connection))

    async def _enforce_references(self, connection: aiosqlite.Connection) -> None:
        """A connection that can't be told so is not used again."""
        with suppress(sqlite3.Error, ValueError):
            await connection.execute("PRAGMA foreign_keys = ON")
            [row] = await connection.execute_fetchall("PRAGMA foreign_keys")
            if row[0]:
                return
        self._connection = None
        await connection.close()

    def _opened(self) -> aiosqlite.Connection:
        if self._connection is None:
            raise StoreUnavailable("the database is closed")
        return self._connection

    @asynccontextmanager
    async def _my_turn(self, line: AbstractAsyncContextManager[None]) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(TURN_SECONDS_MAX), line:
                await self._turn.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("the database is busy: too many transactions are waiting") from error
        try:
            self._same_file()
            yield
        finally:
            self._turn.release()

    def _same_file(self) -> None:
        """SQLite goes on writing to a file that was deleted or replaced; then a commit would be worth nothing. And who
        holds a lock file that was deleted keeps nobody else from the database."""
        path = self._settings.path
        if _inode(path) != self._inode:
            raise StoreUnavailable(
                f"{path} was moved or replaced; put it back, or restart Guestlist to use the new one"
            )
        if self._lock_inode is not None and _inode(lock_path(path)) != self._lock_inode:
            raise StoreUnavailable(
                f"{lock_path(path)} was deleted or replaced, so another service may run on the database; "
                "stop every one, then start one"
            )

    async def write_events(self, batch: Sequence[Delivery]) -> Sequence[Ingested]:
        """See `Database`."""
        async with self._my_turn(nullcontext()):
            with translated():
                return await self._in_thread(lambda: self._write(batch))

    def _write(self, batch: Sequence[Delivery]) -> Sequence[Ingested]:
        if self._ingest is None:
            self._ingest = _connect(self._settings)
        connection = self._ingest
        try:
            connection.execute("BEGIN IMMEDIATE")
            answers = _store(connection, batch)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        return answers

    async def back_up(self, version: int) -> None:
        """See `Database`."""
        kept_as = await finish(asyncio.to_thread(keep_before_upgrade, self._settings.path, version))
        _log.warning("The schema is brought up to date; the database as it was is kept as %s.", kept_as)

    async def checkpoint(self, marks: Marks) -> None:
        """See `Database`. Commits go on while the bulk is written; they wait for the little that came since.

        A reader that takes long, such as a backup, puts it off.
        """
        if not _size(sidecar(self._settings.path, "-wal")):
            return
        with translated():
            await finish(asyncio.to_thread(_copy_log, self._settings))
            async with self._my_turn(nullcontext()):
                await finish(asyncio.to_thread(_end_log, self._settings, marks))

    def notify(self, queue: str) -> None:
        """See `Database`. There is nobody else."""

    async def subscribe(self, heard: Callable[[str], None]) -> None:
        """See `Database`. There is nobody else."""

    async def close(self) -> None:
        """See `Database`."""
        connection, self._connection = self._connection, None  # nothing begins any more
        try:
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                await self._turn.acquire()
        except TimeoutError:  # an abandoned transaction: closing rolls it back
            pass
        else:
            self._turn.release()
        await self._in_thread(self._close_ingest)
        self._thread.shutdown()
        if connection is not None:
            await finish(connection.close())

    def _close_ingest(self) -> None:
        if self._ingest is not None:
            self._ingest.close()
            self._ingest = None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await finish(asyncio.get_running_loop().run_in_executor(self._thread, work))


def _connect(settings: SqliteSettings) -> sqlite3.Connection:
    connection = sqlite3.connect(settings.path, isolation_level=None)
    try:
        for pragma in settings.pragmas():
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def _copy_log(settings: SqliteSettings) -> None:
    with closing(_connect(settings)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _end_log(settings: SqliteSettings, marks: Marks) -> None:
    """The rest of the log into the file, with a new mark; then the log is empty, and the file by itself is whole."""
    with closing(_connect(settings)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {END_LOG_MS_MAX}")
        connection.execute(f"PRAGMA user_version = {marks.next()}")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            marks.settle()


def _inode(path: Path) -> int | None:
    try:
        return os.stat(path).st_ino
    except OSError:
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


_INSERT_EVENT = insert("event", EVENT_COLUMNS)
_MARK = (
    "UPDATE customer SET mark_seq = mark_seq + 1, parts = parts | ?, marked_at = ?, "
    "dirty_since_at = CASE WHEN settled_seq < mark_seq THEN dirty_since_at ELSE ? END, "
    f"{HEARD.format(now_ms=SQLITE.now_ms)}, {event_marks(SQLITE)} WHERE id = ?"
)
_REDRIVE = (
    "UPDATE event SET state = ?, mark_seq = ?, stripe_customer_id = COALESCE(stripe_customer_id, ?), next_at = 0, "
    "attempts = 0 WHERE account_id = ? AND id = ?"
)


def _store(connection: sqlite3.Connection, batch: Sequence[Delivery]) -> Sequence[Ingested]:
    """The batch's rows, within a transaction that holds the write lock: what is read here stays true."""
    known = _known_events(connection, batch)
    named = {key for delivery in batch if (key := stripe_key(delivery.event))}
    found = {(account, event.stripe_customer_id) for (account, _), event in known.items() if event.stripe_customer_id}
    customers = _known_customers(connection, sorted(named | found))
    plan = plan_batch(batch, customers, known)
    new = [delivery for delivery in batch if (delivery.event.account_id, delivery.event.id) not in known]
    connection.executemany(
        _INSERT_EVENT, [event_values(new_one.event, *first_state(new_one, customers)) for new_one in new]
    )
    connection.executemany(_MARK, [(mark.parts, mark.at, mark.at, mark.customer.id) for mark in plan.marks.values()])
    connection.executemany(
        _REDRIVE,
        [(state, mark, event.stripe_customer_id, event.account_id, event.id) for event, state, mark in plan.redriven],
    )
    return plan.answers


_KEYS = "WITH key (account_id, name) AS (VALUES {keys}) "
_KNOWN_EVENTS = (
    _KEYS + "SELECT event.account_id, event.id, event.state, event.stripe_customer_id "
    "FROM key CROSS JOIN event ON event.account_id = key.account_id AND event.id = key.name"
)
_WAITING = needs_no_driving(SQLITE)
_KNOWN_CUSTOMERS = (
    _KEYS + f"SELECT customer.account_id, customer.stripe_id, customer.id, customer.mark_seq, {_WAITING} "
    "FROM key CROSS JOIN customer ON customer.account_id = key.account_id AND customer.stripe_id = key.name "
    f"UNION ALL SELECT former.account_id, former.stripe_id, customer.id, customer.mark_seq, {_WAITING} "
    "FROM key CROSS JOIN former_customer former ON former.account_id = key.account_id AND former.stripe_id = key.name "
    "CROSS JOIN customer ON customer.id = former.customer_id"
)
"""CROSS JOIN: the keys first, each sought by its index. Of `(a, b) IN (VALUES ...)` it would read the whole table."""


def _known_events(connection: sqlite3.Connection, batch: Sequence[Delivery]) -> dict[EventKey, KnownEvent]:
    rows = _named(connection, _KNOWN_EVENTS, [(one.event.account_id, one.event.id) for one in batch])
    return {(AccountId(a), EventId(i)): KnownEvent(EventState(state), stripe_id) for a, i, state, stripe_id in rows}


def _known_customers(connection: sqlite3.Connection, keys: Sequence[StripeKey]) -> dict[StripeKey, KnownCustomer]:
    rows = _named(connection, _KNOWN_CUSTOMERS, keys) if keys else ()
    return {
        (AccountId(a), CustomerRef(s)): KnownCustomer(CustomerId(i), seq, bool(waiting))
        for a, s, i, seq, waiting in rows
    }


def _named(connection: sqlite3.Connection, sql: str, keys: Sequence[tuple[str, str]]) -> Iterable[Any]:
    found = sql.format(keys=marks(len(keys)).replace("?", "(?, ?)"))
    return connection.execute(found, [value for key in keys for value in key])
