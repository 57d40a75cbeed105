"""The stores: what the flows may ask of storage. One transaction is one commit; nothing else is awaited inside it.

Every method runs inside the transaction it hangs on. Methods named ``claim_*`` take work whose lease is free and
whose time has come, oldest first, and mark it with the given lease; the same worker finishes it with the same token,
and a finish under a lost lease raises `LeaseLost`, which rolls the whole transaction back. `machine_now` is machine
time, `now` business time, both in milliseconds.
"""

from payments.ports.stores.accesses import Accesses
from payments.ports.stores.alarms import Alarm, Alarms
from payments.ports.stores.attic import Aged, Attic, Forgotten
from payments.ports.stores.audit_log import AuditLog
from payments.ports.stores.billing import BillingRecords
from payments.ports.stores.chat_rooms import ChatRoom, ChatRooms
from payments.ports.stores.checkouts import Checkouts
from payments.ports.stores.claims import Claim, Claims, ClaimState
from payments.ports.stores.codes import Code, CodeKind, Codes, CodeState, JoiningState, JoinRequest
from payments.ports.stores.communities import Communities
from payments.ports.stores.contacts import Contact, Contacts
from payments.ports.stores.customers import Customers
from payments.ports.stores.entitlements import Entitlements
from payments.ports.stores.events import Events
from payments.ports.stores.identities import Identities
from payments.ports.stores.inbox import Inbox, StoredUpdate
from payments.ports.stores.leases import Leases
from payments.ports.stores.ledger import Ledger
from payments.ports.stores.logs import LogChannel, LogLine, Logs, LogSum
from payments.ports.stores.moves import AccountMove, LinkWish, Moves, WishState
from payments.ports.stores.notices import Notices
from payments.ports.stores.person_merges import LinkedAccount, PersonMerges, StoredPerson
from payments.ports.stores.plans import Plans
from payments.ports.stores.provider_accounts import ProviderAccounts
from payments.ports.stores.records import (
    AuditEntry,
    ClaimedCustomer,
    Drift,
    Effect,
    EventState,
    Figures,
    Ingested,
    Lease,
    LeaseLost,
    LedgerEntry,
    MarkingEvent,
    Notice,
    PersonsMerged,
    ProviderRequest,
    QueueName,
    Refusal,
    Refused,
    RefusedMessages,
    RequestState,
    Retry,
    RevokeCount,
    StoredAccount,
    StoredEvent,
    StoreUnavailable,
    Stuck,
)
from payments.ports.stores.requests import Requests
from payments.ports.stores.sessions import Sessions
from payments.ports.stores.team import Team
from payments.ports.stores.trials import Trials
from payments.ports.stores.unclaimed import UnclaimedSubscription, UnclaimedSubscriptions
from payments.ports.stores.unit_of_work import Store, Transaction

__all__ = [
    "Accesses",
    "AccountMove",
    "Aged",
    "Alarm",
    "Alarms",
    "Attic",
    "AuditEntry",
    "AuditLog",
    "BillingRecords",
    "ChatRoom",
    "ChatRooms",
    "Checkouts",
    "Claim",
    "ClaimState",
    "ClaimedCustomer",
    "Claims",
    "Code",
    "CodeKind",
    "CodeState",
    "Codes",
    "Communities",
    "Contact",
    "Contacts",
    "Customers",
    "Drift",
    "Effect",
    "Entitlements",
    "EventState",
    "Events",
    "Figures",
    "Forgotten",
    "Identities",
    "Inbox",
    "Ingested",
    "JoinRequest",
    "JoiningState",
    "Lease",
    "LeaseLost",
    "Leases",
    "Ledger",
    "LedgerEntry",
    "LinkWish",
    "LinkedAccount",
    "LogChannel",
    "LogLine",
    "LogSum",
    "Logs",
    "MarkingEvent",
    "Moves",
    "Notice",
    "Notices",
    "PersonMerges",
    "PersonsMerged",
    "Plans",
    "ProviderAccounts",
    "ProviderRequest",
    "QueueName",
    "Refusal",
    "Refused",
    "RefusedMessages",
    "RequestState",
    "Requests",
    "Retry",
    "RevokeCount",
    "Sessions",
    "Store",
    "StoreUnavailable",
    "StoredAccount",
    "StoredEvent",
    "StoredPerson",
    "StoredUpdate",
    "Stuck",
    "Team",
    "Transaction",
    "Trials",
    "UnclaimedSubscription",
    "UnclaimedSubscriptions",
    "WishState",
]
