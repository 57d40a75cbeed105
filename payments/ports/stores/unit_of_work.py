"""The database: transactions, and the stores seen in them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from payments.core.billing import SnapshotPart
from payments.ports.stores.accesses import Accesses
from payments.ports.stores.alarms import Alarms
from payments.ports.stores.attic import Attic
from payments.ports.stores.audit_log import AuditLog
from payments.ports.stores.billing import BillingRecords
from payments.ports.stores.chat_rooms import ChatRooms
from payments.ports.stores.checkouts import Checkouts
from payments.ports.stores.claims import Claims
from payments.ports.stores.codes import Codes
from payments.ports.stores.communities import Communities
from payments.ports.stores.contacts import Contacts
from payments.ports.stores.customers import Customers
from payments.ports.stores.entitlements import Entitlements
from payments.ports.stores.events import Events
from payments.ports.stores.identities import Identities
from payments.ports.stores.inbox import Inbox
from payments.ports.stores.leases import Leases
from payments.ports.stores.ledger import Ledger
from payments.ports.stores.logs import Logs
from payments.ports.stores.moves import Moves
from payments.ports.stores.notices import Notices
from payments.ports.stores.person_merges import PersonMerges
from payments.ports.stores.plans import Plans
from payments.ports.stores.provider_accounts import ProviderAccounts
from payments.ports.stores.records import Figures, Ingested, StoredEvent
from payments.ports.stores.requests import Requests
from payments.ports.stores.sessions import Sessions
from payments.ports.stores.team import Team
from payments.ports.stores.trials import Trials
from payments.ports.stores.unclaimed import UnclaimedSubscriptions


class Transaction(Protocol):
    """One commit, and the stores seen in it."""

    @property
    def communities(self) -> Communities: ...
    @property
    def identities(self) -> Identities: ...
    @property
    def person_merges(self) -> PersonMerges: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def moves(self) -> Moves: ...
    @property
    def trials(self) -> Trials: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def provider_accounts(self) -> ProviderAccounts: ...
    @property
    def customers(self) -> Customers: ...
    @property
    def checkouts(self) -> Checkouts: ...
    @property
    def billing(self) -> BillingRecords: ...
    @property
    def entitlements(self) -> Entitlements: ...
    @property
    def accesses(self) -> Accesses: ...
    @property
    def alarms(self) -> Alarms: ...
    @property
    def logs(self) -> Logs: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def events(self) -> Events: ...
    @property
    def requests(self) -> Requests: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def audit_log(self) -> AuditLog: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def chat_rooms(self) -> ChatRooms: ...
    @property
    def contacts(self) -> Contacts: ...
    @property
    def claims(self) -> Claims: ...
    @property
    def team(self) -> Team: ...
    @property
    def unclaimed(self) -> UnclaimedSubscriptions: ...
    @property
    def attic(self) -> Attic: ...


class Store(Protocol):
    """The database."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """One transaction: committed at the end of the block, rolled back if it raises. Raises `StoreUnavailable`."""
        ...

    async def ingest(self, event: StoredEvent, parts: SnapshotPart | None) -> Ingested:
        """Store an event and mark its customer, in a commit shared with concurrent calls (invariant 1).

        Answers only after the commit. Known customer: state `marked`; none or unknown: `unresolved`; `parts` None (a
        type we only note): `noted`. A second delivery changes nothing, but marks the customer again while the event
        is not settled. Raises `StoreUnavailable`: nothing of this event was stored.
        """
        ...

    @property
    def shared(self) -> bool:
        """Whether other processes may be at work on it."""
        ...

    def notify(self, queue: str) -> None:
        """Tell the other processes that there may be work in a queue: soon, at most once. Called after a commit."""
        ...

    async def subscribe(self, heard: Callable[[str], None]) -> None:
        """Call `heard` with what other processes ring, for ever; ends at once where there are none.

        What is rung while the connection is lost stays unheard: a worker looks by itself once a second.
        """
        ...

    async def healthy(self) -> bool:
        """Whether the database answers and can be written."""
        ...

    async def counts(self) -> dict[str, int]:
        """How much is left to do: `customers_dirty|dead`, `effects_open|waiting|blocked|dead`,
        `events_unresolved|dead`, `notices_open|dead`, `requests_pending|dead`, `updates_open|dead`."""
        ...

    async def figures(self) -> Figures:
        """For metrics: `counts`, and more. Raises `StoreUnavailable`."""
        ...

    async def close(self) -> None:
        """Store what waits to be stored, then close every connection."""
        ...
