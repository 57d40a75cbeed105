"""What the stores take and answer, beyond the values of the core, and the errors that they raise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.core.access import EffectState
from payments.core.billing import Customer, SnapshotPart
from payments.core.breaker import End
from payments.core.community import Place, Platform
from payments.core.ids import (
    AccountId,
    CommunityId,
    CustomerRef,
    EventId,
    PersonId,
    RequestId,
    TargetId,
)
from payments.core.ledger import Change
from payments.core.refusals import Cause


class StoreUnavailable(Exception):
    """The database is locked, full or gone. Nothing was committed.

    But for a connection that broke off while it committed: then nobody knows, and what is done again must bear that.
    """


class PersonsMerged(StoreUnavailable):
    """While a person was waited for, they were merged with another, or parted. Nothing was committed; do it again."""


class LeaseLost(Exception):
    """Another worker took this work over; the transaction is rolled back."""


class QueueName(StrEnum):
    """The queues of work. Workers of a queue, in every process, are woken by its name."""

    CUSTOMERS = "customers"
    EVENTS = "events"
    REQUESTS = "requests"
    EFFECTS = "effects"
    NOTICES = "notices"
    UPDATES = "updates"


class EventState(StrEnum):
    """The life of a webhook that was stored."""

    UNRESOLVED = "unresolved"  # the customer is not known yet
    MARKED = "marked"  # its customer waits to be settled
    SETTLED = "settled"
    NOTED = "noted"  # of a type that changes nothing
    FOREIGN = "foreign"  # about nothing of ours
    DEAD = "dead"


class RequestState(StrEnum):
    """The life of a creating call."""

    PENDING = "pending"
    NEEDS_EMAIL = "needs_email"  # waits for the person's email address
    MADE = "made"
    REFUSED = "refused"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's hold on a piece of work: an unguessable token and when it ends (machine time)."""

    token: str
    until: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal by a platform: why, and since when it has been so without a break (machine time)."""

    cause: Cause
    since_at: int
    platform: Platform | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a platform refuses for one target and cause: for how many, since when, and for one of them."""

    community_id: CommunityId
    place: Place
    target_id: TargetId
    cause: str
    count: int
    since_at: int
    person_id: PersonId


@dataclass(frozen=True, slots=True)
class RefusedMessages:
    """What a platform refuses of private messages, by cause."""

    platform: Platform
    cause: str
    count: int
    since_at: int


@dataclass(frozen=True, slots=True)
class Retry:
    """How a piece of work that did not succeed goes on: when (machine time), or never (`dead`), and why."""

    error: str
    next_at: int
    dead: bool = False
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class ClaimedCustomer:
    """A dirty customer taken for settling. `mark_seq` is the last mark this settlement will answer, `settled_seq`
    the last that one before it has answered."""

    customer: Customer
    parts: SnapshotPart
    mark_seq: int
    settled_seq: int
    attempts: int
    dirty_since_at: int
    pending_since_at: int | None = None
    """Since when something waits to be settled, by the database's clock: for telling how long we take."""
    former: tuple[CustomerRef, ...] = ()
    """Its ids at Stripe before: what was bought under them is refunded and disputed there."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The row of an effect."""

    person_id: PersonId
    target_id: TargetId
    seq: int
    state: EffectState
    attempts: int
    last_error: str | None
    breaker_passed: bool
    opened_at: int
    pending_since_at: int | None = None
    """When that was heard of which it follows, by the database's clock; None when it was opened for another reason."""
    cause: str | None = None
    """Why the platform refuses (`payments.core.refusals.Cause`), until it confirms or the person is not there."""
    refused_at: int | None = None
    """Since when, by machine time."""
    ended: End | None = None
    """What kind of end it carries out; None for one that came by surprise."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to be sent once; `key` makes it so. `params` is JSON text for `bot.texts`.

    It is for a person, in private, or for a place, where all who are there read it: for one of them.
    """

    key: str
    person_id: PersonId | None
    kind: str
    params: str
    created_at: int
    attempts: int = 0
    place: Place | None = None
    cause: str | None = None
    """Why the platform takes no private messages from us (`payments.core.refusals.Cause`), while it is so."""
    refused_at: int | None = None
    """Since when, by machine time."""
    paced: bool = False
    """Nobody waits for it: it is sent in its turn (`payments.core.pace`)."""

    def __post_init__(self) -> None:
        assert (self.person_id is None) != (self.place is None)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A webhook as it came."""

    account_id: AccountId
    id: EventId
    type: str
    object_id: str | None
    stripe_customer_id: CustomerRef | None
    created_at: int
    received_at: int
    body: str
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class MarkingEvent:
    """An event that has marked a customer, and the mark that it made."""

    type: str
    object_id: str | None
    mark_seq: int


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """A creating call: stored, then made. The idempotency key is ``gl-{id}-{key_version}``.

    ``person_id``: the person `needing_email` finds it by, when Stripe needs an e-mail address to continue.
    """

    id: RequestId
    account_id: AccountId
    kind: str
    object_id: str
    params: str
    state: RequestState
    result_id: str | None
    key_version: int
    attempts: int
    last_error: str | None
    created_at: int
    person_id: PersonId | None = None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of what is sold, and when we wrote it; see the table `ledger`."""

    id: str
    change: Change
    recorded_at: int


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What was done and who did it (`actor`: a person's id, `guestlist`, `stripe`): a kind (`payments.core.audit`) with
    its parameters, as `payments.core.changes` stores them.

    Lines of older versions have a text instead (`detail`), and kinds of which this version may know nothing.
    """

    id: str
    at: int
    community_id: CommunityId | None
    person_id: PersonId | None
    target_id: TargetId | None
    actor: str
    action: str
    detail: str = ""
    changes: str | None = None


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """What we keep of a Stripe account. Times are business time; `webhook_at` is when a webhook last came, give or
    take a minute. `login_url`: the login page of its portal; None: not asked for yet, empty: there is none."""

    id: AccountId
    livemode: bool
    currency: str
    portal_configuration_id: str | None
    event_cursor_at: int | None
    compared_at: int | None
    webhook_at: int | None = None
    login_url: str | None = None


@dataclass(frozen=True, slots=True)
class RevokeCount:
    """What the breaker weighs for one community: what came by surprise, or ended grace periods."""

    pending: int  # revokes that are wanted and not yet done nor released
    recent: int  # confirmed since the given machine time


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of an event in the ingest commit."""

    new: bool
    state: EventState


@dataclass(frozen=True, slots=True)
class Drift:
    """How many accesses of a platform are not as they should be: wanted and not given, or given by us and unwanted."""

    platform: Platform
    wanted: bool
    state: EffectState
    count: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """What of a community can't go on by itself: accesses that the platform blocks, accesses given up, and customers
    whose purchases here could not be read."""

    blocked: int
    dead: int
    customers: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What metrics tell of the database.

    `counts` as of `Store.counts`. `oldest`: by queue, since when its oldest work waits; a queue without is left out.
    Customers, effects and updates in machine time, events, notices and requests in business time.
    """

    counts: Mapping[str, int]
    oldest: Mapping[str, int]
    drift: Sequence[Drift]
