"""The stores: what the flows may ask of storage. One transaction is one commit; nothing else is awaited inside it.

Every method runs inside the transaction it hangs on. Methods named ``claim_*`` take work whose lease is free and
whose time has come, oldest first, and mark it with the given lease; the same worker finishes it with the same token,
and a finish under a lost lease raises `LeaseLost`, which rolls the whole transaction back. `machine_now` is machine
time, `now` business time, both in milliseconds.
"""

from payments.ports.stores.catalog import Accounts, Communities, People, Plans
from payments.ports.stores.sold import Bought, Checkouts, Customers, Entitlements
from payments.ports.stores.store import Store, Transaction
from payments.ports.stores.telegram import Chat, Chats, StoredUpdate, Talker, Talkers, Updates
from payments.ports.stores.values import (
    AuditEntry,
    ClaimedCustomer,
    Drift,
    Effect,
    Figures,
    Ingested,
    Lease,
    LeaseLost,
    LedgerEntry,
    Notice,
    Request,
    Retry,
    RevokeCount,
    StoredAccount,
    StoredEvent,
    StoreUnavailable,
)
from payments.ports.stores.work import Accesses, Books, Events, Leases, Notices, Requests

__all__ = [
    "Accesses",
    "Accounts",
    "AuditEntry",
    "Books",
    "Bought",
    "Chat",
    "Chats",
    "Checkouts",
    "ClaimedCustomer",
    "Communities",
    "Customers",
    "Drift",
    "Effect",
    "Entitlements",
    "Events",
    "Figures",
    "Ingested",
    "Lease",
    "LeaseLost",
    "Leases",
    "LedgerEntry",
    "Notice",
    "Notices",
    "People",
    "Plans",
    "Request",
    "Requests",
    "Retry",
    "RevokeCount",
    "Store",
    "StoreUnavailable",
    "StoredAccount",
    "StoredEvent",
    "StoredUpdate",
    "Talker",
    "Talkers",
    "Transaction",
    "Updates",
]
