"""PostgreSQL: a pool of connections, many processes. What differs from SQLite, and nothing else."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always placeholders

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import lru_cache
from typing import Any, Protocol

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from payments.core.ids import AccountId, CustomerId, CustomerRef, EventId
from payments.ports.stores import EventState, Ingested, StoreUnavailable
from storage.database import ConstraintViolated, Delivery, Dialect, Marks, Row, Value, finish, kept, unavailable
from storage.event_batches import EventKey, KnownCustomer, KnownEvent, StripeKey, first_state, plan_batch, stripe_key
from storage.notify import Notifier
from storage.shared_sql import EVENT_COLUMNS, HEARD, event_marks, event_values, needs_no_driving

POSTGRES = Dialect(
    text='TEXT COLLATE "C"',
    skip_locked="FOR UPDATE OF w SKIP LOCKED",
    lock_rows="FOR UPDATE",
    lock_schema="SELECT pg_advisory_xact_lock(7104951264)",  # any number that only Guestlist uses
    now_ms="CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",  # now() would stand still in a transaction
)

CONNECTIONS_MAX = 10
ACQUIRE_SECONDS_MAX = 10
STATEMENT_SECONDS_MAX = 15
MIGRATION_SECONDS_MAX = 24 * 3600
"""Of one statement of a migration, which may rewrite a table of any size."""

CLOSE_SECONDS_MAX = 5

_E = asyncpg.exceptions
_OUTAGES = (
    OSError,  # and with it TimeoutError, ConnectionError
    _E.PostgresConnectionError,
    _E.InsufficientResourcesError,  # disk full, too many connections, out of memory
    _E.OperatorInterventionError,  # shut down, cancelled, starting up
    _E.PostgresSystemError,  # input and output errors
    _E.TransactionRollbackError,  # deadlock, serialization
    _E.LockNotAvailableError,
    _E.ReadOnlySQLTransactionError,
    _E.InvalidAuthorizationSpecificationError,
    _E.InvalidCatalogNameError,  # the database is gone
    _E.InterfaceError,
    _E.InternalClientError,
)


@lru_cache(maxsize=1024)
def numbered(sql: str) -> str:
    """``?`` as ``$1``, ``$2``, ...; those inside a literal are left alone."""
    count = 0

    def number(match: re.Match[str]) -> str:
        nonlocal count
        if match.group() != "?":
            return match.group()
        count += 1
        return f"${count}"

    return re.sub(r"'[^']*'|\?", number, sql)


async def open_postgres(url: str) -> "PostgresDatabase":
    """Connect. Raises `StoreUnavailable`."""
    with _translated():
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=CONNECTIONS_MAX,
            timeout=ACQUIRE_SECONDS_MAX,
            command_timeout=STATEMENT_SECONDS_MAX,
            server_settings={"application_name": "guestlist"},
        )
    return PostgresDatabase(pool, Notifier(url, pool, _OUTAGES))


class _translated:  # noqa: N801 - reads as a word of the with statement
    """The driver's errors as ours. A class, since a generator costs ten times as much and this runs per statement."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, _E.IntegrityConstraintViolationError):
            raise ConstraintViolated(str(error)) from error
        if isinstance(error, _OUTAGES) and not isinstance(error, _E.DataError | ValueError):
            raise unavailable(error) from error


class _Connection(Protocol):
    """What is used of asyncpg's connection."""

    async def fetch(self, sql: str, *values: Any, timeout: float | None = None) -> list[Row]: ...
    async def execute(self, sql: str, *values: Any, timeout: float | None = None) -> str: ...


class _Patient:
    """A connection whose statements may take as long as a whole table takes, or another process that changes it."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *values: Any, timeout: float | None = None) -> list[Row]:
        return await self._connection.fetch(sql, *values, timeout=timeout or MIGRATION_SECONDS_MAX)

    async def execute(self, sql: str, *values: Any, timeout: float | None = None) -> str:
        return await self._connection.execute(sql, *values, timeout=timeout or MIGRATION_SECONDS_MAX)


class PostgresTx:
    """A transaction on one connection of the pool."""

    dialect = POSTGRES

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *values: Value) -> Sequence[Row]:
        """See `Tx`."""
        with _translated():
            return await self._connection.fetch(numbered(sql), *kept(values))

    async def fetch_one(self, sql: str, *values: Value) -> Row | None:
        """See `Tx`."""
        rows = await self.fetch(sql, *values)
        return rows[0] if rows else None

    async def execute(self, sql: str, *values: Value) -> int:
        """See `Tx`."""
        with _translated():
            status = await self._connection.execute(numbered(sql), *kept(values))
        count = status.rpartition(" ")[2]  # "UPDATE 3"; "CREATE TABLE" changes no row
        return int(count) if count.isdecimal() else 0

    async def arrays(self, sql: str, *columns: Sequence[Value]) -> Sequence[Row]:
        """A statement in this engine's own words, on whole columns at once (``unnest``)."""
        with _translated():
            return await self._connection.fetch(sql, *columns)


class PostgresDatabase:
    """A bounded pool; every transaction is READ COMMITTED and locks what it decides about."""

    dialect = POSTGRES
    ingest_writers = 2
    one_process = False

    def __init__(self, pool: asyncpg.Pool, bell: Notifier) -> None:
        self._pool = pool
        self._notifier = bell

    def transaction(self) -> AbstractAsyncContextManager[PostgresTx]:
        """See `Database`."""
        return self._transaction(lambda connection: connection)

    def migration(self) -> AbstractAsyncContextManager[PostgresTx]:
        """See `Database`."""
        return self._transaction(_Patient)

    @asynccontextmanager
    async def _transaction(self, used: Callable[[_Connection], _Connection]) -> AsyncIterator[PostgresTx]:
        with _translated():
            connection = await self._pool.acquire(timeout=ACQUIRE_SECONDS_MAX)
        try:
            transaction = connection.transaction(isolation="read_committed")
            try:
                with _translated():
                    await finish(transaction.start())
                yield PostgresTx(used(connection))
            except BaseException:
                with suppress(_E.PostgresError, *_OUTAGES):  # a connection that is gone has rolled back by itself
                    await finish(transaction.rollback())
                raise
            with _translated():
                await finish(transaction.commit())
        finally:
            await finish(self._pool.release(connection))  # puts a transaction that is still open right

    async def write_events(self, batch: Sequence[Delivery]) -> Sequence[Ingested]:
        """See `Database`."""
        ordered = sorted(batch, key=_event_key)  # always in one order, so that two writers never wait for each other
        async with self.transaction() as tx:
            answers = dict(zip(map(_event_key, ordered), await _store(tx, ordered), strict=True))
        return [answers[_event_key(delivery)] for delivery in batch]

    async def back_up(self, version: int) -> None:
        """See `Database`. Its backups are `pg_dump`'s, and its owner's to make."""

    async def checkpoint(self, marks: Marks) -> None:
        """See `Database`. The server does that by itself."""

    def notify(self, queue: str) -> None:
        """See `Database`."""
        self._notifier.notify(queue)

    async def subscribe(self, heard: Callable[[str], None]) -> None:
        """See `Database`."""
        await self._notifier.subscribe(heard)

    async def close(self) -> None:
        """See `Database`."""
        await self._notifier.close()
        try:
            with _translated():
                await asyncio.wait_for(self._pool.close(), CLOSE_SECONDS_MAX)
        except StoreUnavailable:  # somebody holds a connection, or the server is gone
            self._pool.terminate()


def _event_key(delivery: Delivery) -> EventKey:
    return delivery.event.account_id, delivery.event.id


_CUSTOMERS = (
    "WITH key AS (SELECT * FROM unnest($1::text[], $2::text[]) AS key (account_id, stripe_id)), "
    "named AS MATERIALIZED (SELECT key.*, customer.id FROM key JOIN customer USING (account_id, stripe_id) UNION ALL "
    "SELECT key.*, former.customer_id FROM key JOIN former_customer former USING (account_id, stripe_id)) "
    "SELECT named.account_id, named.stripe_id, customer.id, customer.mark_seq, "
    f"{needs_no_driving(POSTGRES)} AS waiting "
    "FROM named JOIN customer ON customer.id = named.id ORDER BY customer.id FOR UPDATE OF customer"
)
"""Once with the former ids too: by two statements, two batches could each hold a row that the other waits for.

MATERIALIZED: otherwise PostgreSQL joins a row again after waiting for it, and a customer named by two ids comes back
twice under one of them.
"""
_EVENTS = (
    "SELECT account_id, id, state, stripe_customer_id FROM event WHERE (account_id, id) IN "
    "(SELECT * FROM unnest($1::text[], $2::text[]))"
)
_TYPES = {"created_at", "received_at", "mark_seq", "attempts"}
_UNNEST = ", ".join(
    f"${number}::{'bigint' if name in _TYPES else 'text'}[]"
    for number, name in enumerate(EVENT_COLUMNS.split(", "), start=1)
)
_INSERT_EVENTS = (
    f"INSERT INTO event ({EVENT_COLUMNS}) SELECT * FROM unnest({_UNNEST}) "
    "ON CONFLICT (account_id, id) DO NOTHING RETURNING account_id, id"
)
_MARK = (
    "UPDATE customer SET mark_seq = mark_seq + 1, parts = customer.parts | mark.parts, marked_at = mark.at, "
    "dirty_since_at = CASE WHEN settled_seq < mark_seq THEN dirty_since_at ELSE mark.at END, "
    f"{HEARD.format(now_ms=POSTGRES.now_ms)}, {event_marks(POSTGRES)} "
    "FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS mark (id, parts, at) WHERE customer.id = mark.id"
)
_REDRIVE = (
    "UPDATE event SET state = again.state, mark_seq = again.mark_seq, next_at = 0, attempts = 0, "
    "stripe_customer_id = COALESCE(stripe_customer_id, again.stripe_id) "
    "FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[]) "
    "AS again (account_id, id, state, mark_seq, stripe_id) "
    "WHERE event.account_id = again.account_id AND event.id = again.id"
)


async def _store(tx: PostgresTx, batch: Sequence[Delivery]) -> Sequence[Ingested]:
    """The batch's rows. Customers are locked first, so that the marks told to the events are the marks made.

    Two deliveries of one event to two processes: the second insert waits for the first one's commit, then finds the
    event stored, and reads its state after that.
    """
    known = await _known_events(tx, [_event_key(delivery) for delivery in batch])
    named = {key for delivery in batch if (key := stripe_key(delivery.event))}
    found = {(account, event.stripe_customer_id) for (account, _), event in known.items() if event.stripe_customer_id}
    customers = await _locked_customers(tx, named | found)
    new = [event_values(delivery.event, *first_state(delivery, customers)) for delivery in batch]
    inserted = {
        (AccountId(row["account_id"]), EventId(row["id"]))
        for row in await tx.arrays(_INSERT_EVENTS, *(list(column) for column in zip(*new, strict=True)))
    }
    known = await _known_events(tx, [key for key in map(_event_key, batch) if key not in inserted])
    plan = plan_batch(batch, customers, known)
    if plan.marks:
        made = sorted(plan.marks.values(), key=lambda mark: mark.customer.id)
        await tx.arrays(
            _MARK, [mark.customer.id for mark in made], [int(mark.parts) for mark in made], [mark.at for mark in made]
        )
    if plan.redriven:
        rows = [(e.account_id, e.id, state, mark, e.stripe_customer_id) for e, state, mark in plan.redriven]
        await tx.arrays(_REDRIVE, *(list(column) for column in zip(*rows, strict=True)))
    return plan.answers


async def _known_events(tx: PostgresTx, keys: Sequence[EventKey]) -> dict[EventKey, KnownEvent]:
    if not keys:
        return {}
    rows = await tx.arrays(_EVENTS, [key[0] for key in keys], [key[1] for key in keys])
    return {
        (AccountId(row["account_id"]), EventId(row["id"])): KnownEvent(
            EventState(row["state"]), row["stripe_customer_id"]
        )
        for row in rows
    }


async def _locked_customers(tx: PostgresTx, keys: set[StripeKey]) -> dict[StripeKey, KnownCustomer]:
    if not keys:
        return {}
    rows = await tx.arrays(_CUSTOMERS, [key[0] for key in keys], [key[1] for key in keys])
    return {
        (AccountId(row["account_id"]), CustomerRef(row["stripe_id"])): KnownCustomer(
            CustomerId(row["id"]), row["mark_seq"], row["waiting"]
        )
        for row in rows
    }
