"""The stores: what the flows may ask of storage. One transaction is one commit; nothing else is awaited inside it.

Every method runs inside the transaction it hangs on. Methods named ``claim_*`` take work whose lease is free and
whose time has come, oldest first, and mark it with the given lease; the same worker finishes it with the same token,
and a finish under a lost lease raises `LeaseLost`, which rolls the whole transaction back. `machine_now` is machine
time, `now` business time, both in milliseconds.
"""

from payments.ports.stores.aged import Aged, Attic, Forgotten
from payments.ports.stores.catalog import Accounts, Communities, People, Plans
from payments.ports.stores.codes import Code, CodeKind, Codes, CodeState, Joining, JoiningState
from payments.ports.stores.moves import AccountMove, LinkWish, Moves, Trials, WishState
from payments.ports.stores.persons import LinkedAccount, Persons, StoredPerson
from payments.ports.stores.sold import Bought, Checkouts, Customers, Entitlements
from payments.ports.stores.store import Store, Transaction
from payments.ports.stores.team import Claim, Claims, ClaimState, Team
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
    PersonsMerged,
    Request,
    Retry,
    RevokeCount,
    StoredAccount,
    StoredEvent,
    StoreUnavailable,
    Stuck,
)
from payments.ports.stores.work import Accesses, Books, Events, Leases, Notices, Requests

__all__ = [
    "Accesses",
    "AccountMove",
    "Accounts",
    "Aged",
    "Attic",
    "AuditEntry",
    "Books",
    "Bought",
    "Chat",
    "Chats",
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
    "Customers",
    "Drift",
    "Effect",
    "Entitlements",
    "Events",
    "Figures",
    "Forgotten",
    "Ingested",
    "Joining",
    "JoiningState",
    "Lease",
    "LeaseLost",
    "Leases",
    "LedgerEntry",
    "LinkWish",
    "LinkedAccount",
    "Moves",
    "Notice",
    "Notices",
    "People",
    "Persons",
    "PersonsMerged",
    "Plans",
    "Request",
    "Requests",
    "Retry",
    "RevokeCount",
    "Store",
    "StoreUnavailable",
    "StoredAccount",
    "StoredEvent",
    "StoredPerson",
    "StoredUpdate",
    "Stuck",
    "Talker",
    "Talkers",
    "Team",
    "Transaction",
    "Trials",
    "Updates",
    "WishState",
]
