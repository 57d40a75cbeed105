"""The store: every table's methods behind one transaction, on either engine."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from payments.core.billing import SnapshotPart
from payments.ports.stores import Figures, Ingested, StoredEvent, StoreUnavailable, Transaction
from storage import metrics as figures
from storage.database import Database, DatabaseRefused, Marks, Tx, finish
from storage.event_batches import Ingester
from storage.files.lock import InUse
from storage.hold import hold
from storage.migrate import migrate, schema_version, shipped
from storage.open import open_database
from storage.tables.accesses import SqlAccesses
from storage.tables.alarms import SqlAlarms
from storage.tables.attic import SqlAttic
from storage.tables.audit_log import SqlAuditLog
from storage.tables.billing import SqlBilling
from storage.tables.chat_rooms import SqlChatRooms
from storage.tables.checkouts import SqlCheckouts
from storage.tables.claims import SqlClaims
from storage.tables.codes import SqlCodes
from storage.tables.communities import SqlCommunities
from storage.tables.contacts import SqlContacts
from storage.tables.customers import SqlCustomers
from storage.tables.entitlements import SqlEntitlements
from storage.tables.events import SqlEvents
from storage.tables.identities import SqlIdentities
from storage.tables.inbox import SqlInbox
from storage.tables.leases import SqlLeases
from storage.tables.ledger import SqlLedger
from storage.tables.logs import SqlLogs
from storage.tables.moves import SqlMoves
from storage.tables.notices import SqlNotices
from storage.tables.person_merges import SqlPersonMerges
from storage.tables.plans import SqlPlans
from storage.tables.provider_accounts import SqlProviderAccounts
from storage.tables.requests import SqlRequests
from storage.tables.sessions import SqlSessions
from storage.tables.team import SqlTeam
from storage.tables.trials import SqlTrials
from storage.tables.unclaimed import SqlUnclaimed

_log = logging.getLogger(__name__)

_PROBE = "x" * 16_384
"""More than a page, so that a database without room for another page says so."""

LOOKS_AT_SCHEMA = 4
LOOK_SECONDS = 1
"""A service that starts needs moments to bring a schema up to date."""


class SqlTransaction:
    """One commit, and the stores seen in it: `payments.ports.stores.Transaction`."""

    def __init__(self, tx: Tx) -> None:
        self.communities = SqlCommunities(tx)
        self.identities = SqlIdentities(tx)
        self.person_merges = SqlPersonMerges(tx)
        self.codes = SqlCodes(tx)
        self.moves = SqlMoves(tx)
        self.trials = SqlTrials(tx)
        self.plans = SqlPlans(tx)
        self.provider_accounts = SqlProviderAccounts(tx)
        self.customers = SqlCustomers(tx)
        self.checkouts = SqlCheckouts(tx)
        self.billing = SqlBilling(tx)
        self.entitlements = SqlEntitlements(tx)
        self.accesses = SqlAccesses(tx)
        self.alarms = SqlAlarms(tx)
        self.logs = SqlLogs(tx)
        self.notices = SqlNotices(tx)
        self.events = SqlEvents(tx)
        self.requests = SqlRequests(tx)
        self.ledger = SqlLedger(tx)
        self.audit_log = SqlAuditLog(tx)
        self.leases = SqlLeases(tx)
        self.sessions = SqlSessions(tx)
        self.inbox = SqlInbox(tx)
        self.chat_rooms = SqlChatRooms(tx)
        self.contacts = SqlContacts(tx)
        self.claims = SqlClaims(tx)
        self.team = SqlTeam(tx)
        self.unclaimed = SqlUnclaimed(tx)
        self.attic = SqlAttic(tx)


class SqlStore:
    """The database as the flows see it: `payments.ports.stores.Store`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ingester = Ingester(database)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction: committed at the end of the block, rolled back if it raises. Raises `StoreUnavailable`."""
        async with self._database.transaction() as tx:
            yield SqlTransaction(tx)

    async def ingest(self, event: StoredEvent, parts: SnapshotPart | None) -> Ingested:
        """Store an event and mark its customer, in a commit shared with concurrent calls (invariant 1)."""
        return await self._ingester.ingest(event, parts)

    @property
    def shared(self) -> bool:
        """Whether other processes may be at work on it."""
        return not self._database.one_process

    def notify(self, queue: str) -> None:
        """Tell the other processes that there may be work in a queue: soon, at most once. Called after a commit."""
        self._database.notify(queue)

    async def subscribe(self, heard: Callable[[str], None]) -> None:
        """Call `heard` with what other processes ring, for ever; ends at once where there are none."""
        await self._database.subscribe(heard)

    async def healthy(self) -> bool:
        """Whether the database answers, can be written and has room. It writes a little and takes it back."""
        try:
            async with self._database.transaction() as tx:
                await tx.execute("INSERT INTO lease (name, token, until_at) VALUES ('probe', ?, 0)", _PROBE)
                await tx.execute("DELETE FROM lease WHERE name = 'probe'")
        except StoreUnavailable as error:
            _log.warning("%s", error)
            return False
        return True

    async def checkpoint(self, marks: Marks) -> None:
        """Let the main file hold what was committed, nearly all of it. Raises `StoreUnavailable`."""
        await self._database.checkpoint(marks)

    async def take_over(self) -> None:
        """The service starts. Where one process uses the database, what a killed one held is free from now on.

        With many processes others may be at work: there a lease ends by its own time.
        """
        if not self._database.one_process:
            return
        async with self._database.transaction() as tx:
            await SqlLeases(tx).free_all()

    async def counts(self) -> dict[str, int]:
        """How much work waits, is stuck or is dead, for metrics."""
        async with self._database.transaction() as tx:
            return await figures.counts(tx)

    async def figures(self) -> Figures:
        """Everything that metrics tell of the database."""
        async with self._database.transaction() as tx:
            return await figures.figures(tx)

    async def close(self) -> None:
        """Store what waits to be stored, then close every connection."""
        await self._ingester.close()
        await self._database.close()


async def open_store(url: str) -> SqlStore:
    """Open a database, bring its schema up to date, and answer its store.

    Raises `StoreUnavailable`, `DatabaseRefused`, `SchemaTooNew`, and `ValueError` for an address that is none.
    """
    return await store_on(await open_database(url))


async def open_beside(url: str) -> SqlStore:
    """Open a database that a service may be running on: its schema is changed only when none is.

    On SQLite the service's lock is taken for that. On PostgreSQL nobody can tell who runs, so an older schema is left
    to `guestlist run`. A service that is just bringing it up to date is waited for. Raises the same as `open_store`.
    """
    for look in range(LOOKS_AT_SCHEMA):
        await asyncio.sleep(LOOK_SECONDS if look else 0)
        version = await _schema_at(url)
        if version == 0 or version >= len(shipped()):  # without a schema it is nobody's yet
            return await open_store(url)
        with suppress(InUse):
            if (lock := hold(url)) is None:
                continue
            try:
                return await open_store(url)
            finally:
                lock.release()
    raise DatabaseRefused(f"schema {version}, but this version needs {len(shipped())}: restart the service")


async def _schema_at(url: str) -> int:
    database = await open_database(url)
    try:
        return await schema_version(database)
    finally:
        await finish(database.close())


async def store_on(database: Database) -> SqlStore:
    """The store on an open database, its schema brought up to date; the database is closed when that fails."""
    try:
        await migrate(database, shipped())
    except BaseException:
        await finish(database.close())
        raise
    return SqlStore(database)
