"""The stores: what the flows may ask of storage. One transaction is one commit; nothing else is awaited inside it.

Every method runs inside the transaction it hangs on. Methods named ``claim_*`` take work whose lease is free and
whose time has come, oldest first, and mark it with the given lease; the same worker finishes it with the same token,
and a finish under a lost lease raises `LeaseLost`, which rolls the whole transaction back. `machine_now` is machine
time, `now` business time, both in milliseconds.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from payments.core.ids import (
    AccountId,
    CheckoutId,
    CommunityId,
    CustomerId,
    EntitlementId,
    EventId,
    InvoiceId,
    PersonId,
    PlanId,
    PriceId,
    RequestId,
    StripeCustomerId,
    SubscriptionId,
    TargetId,
)
from payments.core.model import (
    Access,
    Checkout,
    Community,
    Customer,
    Dispute,
    EffectState,
    Entitlement,
    Identity,
    Invoice,
    Part,
    Place,
    Plan,
    PlanTarget,
    Platform,
    Price,
    Purchase,
    Refund,
    Subscription,
    Target,
)


class StoreUnavailable(Exception):
    """The database is locked, full or gone. Nothing was committed."""


class LeaseLost(Exception):
    """Another worker took this work over; the transaction is rolled back."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's hold on a piece of work: an unguessable token and when it ends (machine time)."""

    token: str
    until: int


@dataclass(frozen=True, slots=True)
class Retry:
    """How a piece of work that did not succeed goes on: when (machine time), or never (`dead`), and why."""

    error: str
    next_at: int
    dead: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedCustomer:
    """A dirty customer taken for settling. `mark_seq` is the last mark this settlement will answer."""

    customer: Customer
    parts: Part
    mark_seq: int
    attempts: int
    dirty_since_at: int


@dataclass(frozen=True, slots=True)
class Effect:
    """The row of an effect."""

    person_id: PersonId
    target_id: TargetId
    seq: int
    state: EffectState
    attempts: int
    last_error: str | None
    told_at: int | None
    breaker_passed: bool
    opened_at: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A private message to be sent once; `key` makes it so. `params` is JSON text for `bot.texts`."""

    key: str
    person_id: PersonId
    kind: str
    params: str
    created_at: int
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A webhook as it came."""

    account_id: AccountId
    id: EventId
    type: str
    object_id: str | None
    stripe_customer_id: StripeCustomerId | None
    created_at: int
    received_at: int
    body: str
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A creating call: stored, then made. The idempotency key is ``gl-{id}-{key_version}``.

    ``person_id``: whom `needing_email` finds it by, when Stripe needs an e-mail address to go on.
    """

    id: RequestId
    account_id: AccountId
    kind: str
    subject_id: str
    params: str
    state: str
    result_id: str | None
    key_version: int
    attempts: int
    last_error: str | None
    created_at: int
    person_id: PersonId | None = None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of what is sold, before and after; see the table `ledger`."""

    id: str
    account_id: AccountId
    customer_id: CustomerId
    source: str
    source_id: str
    plan_id: PlanId | None
    status_before: str | None
    status_after: str
    items_before: str | None
    items_after: str | None
    quantity_before: int | None
    quantity_after: int | None
    amount_before: int | None
    amount_after: int
    currency: str
    interval_before: str | None
    interval_after: str | None
    discounts_before: str | None
    discounts_after: str | None
    stripe_at: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What was done, by whom (`actor`: a person's id, `guestlist`, `stripe`), as an action with a detail."""

    id: str
    at: int
    community_id: CommunityId | None
    person_id: PersonId | None
    target_id: TargetId | None
    actor: str
    action: str
    detail: str


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """What we keep of a Stripe account. Times are business time; `webhook_at` is when a webhook last came, give or
    take a minute."""

    id: AccountId
    livemode: bool
    currency: str
    portal_configuration_id: str | None
    event_cursor_at: int | None
    compared_at: int | None
    webhook_at: int | None = None


@dataclass(frozen=True, slots=True)
class RevokeCount:
    """What the breaker weighs for one community."""

    pending: int  # revokes that are wanted and not yet done nor released by an admin
    recent: int  # confirmed since the given machine time
    members: int  # persons with at least one access applied or revoked since then


class Communities(Protocol):
    """Communities, their places and the targets in them."""

    async def add(self, community: Community, place: Place, place_name: str) -> Community:
        """Make a community for a place, or answer the one the place already has."""
        ...

    async def get(self, community_id: CommunityId) -> Community | None: ...
    async def at(self, place: Place) -> Community | None: ...
    async def all(self) -> Sequence[Community]: ...
    async def places(self, community_id: CommunityId) -> Sequence[Place]: ...
    async def update(self, community: Community) -> None:
        """Store name, locale, currency, grace and contact."""
        ...

    async def trip_breaker(self, community_id: CommunityId, machine_now: int) -> bool:
        """True if it was not tripped yet."""
        ...

    async def reset_breaker(self, community_id: CommunityId) -> None: ...
    async def rename_place(self, place: Place, name: str) -> bool:
        """A place has another name; a community that was called like it follows. False if nothing was changed."""
        ...

    async def put_target(self, target: Target) -> Target:
        """Make a target, or answer the stored one (with the new name) of the same platform, place and external id."""
        ...

    async def target(self, target_id: TargetId) -> Target | None: ...
    async def targets(self, community_id: CommunityId) -> Sequence[Target]: ...


class People(Protocol):
    """Persons and their identities."""

    async def of(self, identity: Identity) -> PersonId | None: ...
    async def ensure(self, identity: Identity, name: str, locale: str, new_id: PersonId, now: int) -> PersonId:
        """The person of an identity, made with `new_id` if unknown; name and locale are brought up to date."""
        ...

    async def identities(self, person_id: PersonId) -> Sequence[Identity]: ...
    async def name(self, person_id: PersonId) -> str: ...
    async def locale(self, person_id: PersonId) -> str: ...
    async def lock(self, person_ids: Collection[PersonId]) -> None:
        """Lock the persons' rows until the commit, in the order of their ids, bumping their version (invariant 2)."""
        ...


class Plans(Protocol):
    """Plans, their prices and what they open."""

    async def add(self, plan: Plan) -> bool:
        """False when an active plan of that name (regardless of case) exists in the community."""
        ...

    async def update(self, plan: Plan) -> bool:
        """Store every field but id, community and creation. False when the name is taken."""
        ...

    async def get(self, plan_id: PlanId) -> Plan | None: ...
    async def by_name(self, community_id: CommunityId, name: str) -> Plan | None:
        """The active plan of that name, regardless of case."""
        ...

    async def of_community(self, community_id: CommunityId, *, archived: bool = False) -> Sequence[Plan]:
        """Active plans, oldest first; with the archived ones when asked."""
        ...

    async def members(self, plan_id: PlanId, now: int) -> int:
        """How many persons this plan gives access to now."""
        ...

    async def targets(self, plan_ids: Collection[PlanId]) -> Sequence[PlanTarget]: ...
    async def open_target(self, plan_id: PlanId, target_id: TargetId) -> None: ...
    async def close_target(self, plan_id: PlanId, target_id: TargetId, *, closed_at: int | None) -> None:
        """Take a target off: from `closed_at` on for newcomers only, or (None) for everybody."""
        ...

    async def beneficiaries(self, plan_id: PlanId) -> Sequence[PersonId]:
        """Everybody with an entitlement of this plan, whatever its state."""
        ...

    async def add_price(self, price: Price) -> None: ...
    async def activate_price(self, price_id: PriceId, product_id: str, stripe_price_id: str) -> None:
        """Store Stripe's ids; sell at this price from now on, and retire the plan's former active one."""
        ...

    async def drop_pending_price(self, price_id: PriceId) -> None:
        """Take back a price that Stripe refused."""
        ...

    async def price(self, price_id: PriceId) -> Price | None: ...
    async def current_price(self, plan_id: PlanId) -> Price | None: ...
    async def prices(self, plan_id: PlanId) -> Sequence[Price]: ...
    async def price_of_stripe(self, account_id: AccountId, stripe_price_id: str) -> Price | None: ...


class Accounts(Protocol):
    """Stripe accounts."""

    async def ensure(self, account: StoredAccount, now: int) -> StoredAccount: ...
    async def get(self, account_id: AccountId) -> StoredAccount | None: ...
    async def all(self) -> Sequence[StoredAccount]:
        """Every account that was ever seen."""
        ...

    async def set_portal_configuration(self, account_id: AccountId, configuration_id: str) -> None: ...
    async def set_event_cursor(self, account_id: AccountId, at: int) -> None: ...
    async def set_compared(self, account_id: AccountId, at: int) -> None: ...
    async def set_webhook(self, account_id: AccountId, at: int) -> None: ...


class Customers(Protocol):
    """Customers, their marks and their leases."""

    async def ensure(self, customer: Customer, now: int) -> Customer:
        """The customer of (person, account, currency), made if there is none."""
        ...

    async def get(self, customer_id: CustomerId) -> Customer | None: ...
    async def of_person(self, person_id: PersonId, account_id: AccountId) -> Sequence[Customer]: ...
    async def by_stripe(self, account_id: AccountId, stripe_id: StripeCustomerId) -> Customer | None: ...
    async def set_stripe_id(self, customer_id: CustomerId, stripe_id: StripeCustomerId) -> None: ...
    async def set_email(self, customer_id: CustomerId, email: str) -> None: ...
    async def mark(self, customer_ids: Collection[CustomerId], parts: Part, now: int) -> None:
        """Mark dirty: bump the sequence, add the parts; a dead one lives again."""
        ...

    async def mark_stripe(
        self, account_id: AccountId, stripe_ids: Collection[StripeCustomerId], parts: Part, now: int
    ) -> int:
        """The same by Stripe's ids; how many were known."""
        ...

    async def mark_due(self, now: int, limit: int) -> int:
        """Timers: mark (ALL parts of) those whose `recheck_at` has come, clear it, and say how many."""
        ...

    async def claim(self, lease: Lease, machine_now: int, limit: int) -> Sequence[ClaimedCustomer]: ...
    async def settled(self, customer_id: CustomerId, lease: Lease, mark_seq: int, recheck_at: int | None) -> None:
        """Clean up to `mark_seq` (later marks stay), lease and attempts cleared. Raises `LeaseLost`."""
        ...

    async def failed(self, customer_id: CustomerId, lease: Lease, retry: Retry) -> None:
        """Not settled: attempts + 1, lease freed. Raises `LeaseLost`."""
        ...

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease (on stopping)."""
        ...

    async def unsettled(self) -> int:
        """How many are dirty and not dead."""
        ...

    async def replay_dead(self) -> int: ...


class Checkouts(Protocol):
    """Checkout links."""

    async def add(self, checkout: Checkout) -> bool:
        """False when the beneficiary has a pending or open one for the plan already."""
        ...

    async def get(self, checkout_id: CheckoutId) -> Checkout | None: ...
    async def current(self, beneficiary_id: PersonId, plan_id: PlanId) -> Checkout | None:
        """The pending or open one."""
        ...

    async def update(self, checkout: Checkout) -> None:
        """Store state, session, address and expiry."""
        ...

    async def unsold(
        self, plan_id: PlanId, price_id: PriceId | None, after: CheckoutId | None, limit: int
    ) -> Sequence[Checkout]:
        """Pending and open ones of a plan that are not for this price, in the order of their ids, behind `after`."""
        ...

    async def expire_due(self, now: int) -> int:
        """Mark open ones whose time is over as expired."""
        ...


class Bought(Protocol):
    """Subscriptions, purchases, invoices, refunds, disputes: what settlements read and write."""

    async def subscriptions(self, customer_id: CustomerId) -> Sequence[Subscription]: ...
    async def subscription(self, account_id: AccountId, subscription_id: SubscriptionId) -> Subscription | None: ...
    async def subscriptions_of(self, person_id: PersonId) -> Sequence[Subscription]:
        """Those the person pays or benefits from, newest first."""
        ...

    async def put_subscription(self, subscription: Subscription) -> None: ...
    async def purchases(self, customer_id: CustomerId) -> Sequence[Purchase]: ...
    async def purchases_of(self, person_id: PersonId) -> Sequence[Purchase]: ...
    async def put_purchase(self, purchase: Purchase) -> None: ...
    async def invoices(self, customer_id: CustomerId) -> Sequence[Invoice]: ...
    async def invoices_of(self, person_id: PersonId, limit: int) -> Sequence[Invoice]:
        """Those of all the person's customers, newest first."""
        ...

    async def invoice(self, account_id: AccountId, invoice_id: InvoiceId) -> Invoice | None: ...
    async def put_invoice(self, invoice: Invoice) -> None: ...
    async def refunds(self, customer_id: CustomerId) -> Sequence[Refund]: ...
    async def put_refund(self, refund: Refund) -> None: ...
    async def disputes(self, customer_id: CustomerId) -> Sequence[Dispute]: ...
    async def put_dispute(self, dispute: Dispute) -> None: ...
    async def drifted(self, account_id: AccountId, ids: Collection[SubscriptionId]) -> Sequence[Subscription]:
        """The stored rows of these subscriptions, for the nightly comparison."""
        ...

    async def unended(self, account_id: AccountId, after: SubscriptionId | None, limit: int) -> Sequence[Subscription]:
        """Subscriptions that have not ended, in the order of their ids, behind `after`."""
        ...


class Entitlements(Protocol):
    """The guest list."""

    async def of(self, beneficiary_ids: Collection[PersonId]) -> Sequence[Entitlement]: ...
    async def get(self, entitlement_id: EntitlementId) -> Entitlement | None: ...
    async def put(self, entitlement: Entitlement) -> None: ...


class Accesses(Protocol):
    """Wanted and applied access, and the effects that bring them together."""

    async def of(self, person_ids: Collection[PersonId]) -> Sequence[Access]: ...
    async def get(self, person_id: PersonId, target_id: TargetId) -> Access | None: ...
    async def want(self, access: Access, machine_now: int) -> None:
        """Store what is wanted and why (never `applied`, `held_before`), and open its effect: sequence + 1, state open,
        attempts 0, due at once, not told, breaker not passed."""
        ...

    async def explain(self, access: Access) -> None:
        """Store another entitlement and reason of an access; what is wanted stays, and no effect is opened."""
        ...

    async def reopen(self, person_id: PersonId, target_id: TargetId, machine_now: int) -> None:
        """Open the effect again without a new decision (drift, a member who came, a replay): sequence + 1."""
        ...

    async def claim(self, platform: Platform, lease: Lease, machine_now: int, limit: int) -> Sequence[Effect]:
        """Open effects of a platform. Revokes of communities whose breaker is tripped are left alone, unless passed."""
        ...

    async def held_before(self, person_id: PersonId, target_id: TargetId, held: bool | None) -> None:
        """Provenance, stored before the first grant; None forgets it, after a confirmed revoke."""
        ...

    async def done(self, effect: Effect, lease: Lease, *, applied: bool, now: int, machine_now: int) -> bool:
        """The platform confirmed. `applied` is stored; the effect is done only if its sequence is unchanged (True);
        otherwise it stays open (False). A confirmed revoke stores `revoked_at`. Raises `LeaseLost`."""
        ...

    async def park(self, effect: Effect, lease: Lease, state: EffectState, error: str, *, absent: bool = False) -> None:
        """Waiting, blocked or dead, unless the sequence moved on (then it stays open). `absent`: the person is not in
        the place, so what was applied there is gone (no revoke: the breaker never counts it). Raises `LeaseLost`."""
        ...

    async def failed(self, effect: Effect, lease: Lease, retry: Retry, *, counts: bool = True) -> None:
        """Try again at `retry.next_at` (`counts`: attempts + 1). Raises `LeaseLost`."""
        ...

    async def told(self, person_id: PersonId, target_id: TargetId, now: int) -> bool:
        """Remember that an admin was told; False if one was already."""
        ...

    async def release(self, lease: Lease) -> None: ...
    async def effect(self, person_id: PersonId, target_id: TargetId) -> Effect | None: ...
    async def effects(
        self, *, community_id: CommunityId | None, states: Collection[EffectState], limit: int
    ) -> Sequence[Effect]: ...
    async def reopen_states(
        self, states: Collection[EffectState], machine_now: int, *, platform: Platform | None = None
    ) -> int:
        """Open all effects of these states again; how many."""
        ...

    async def reopen_waiting(self, person_id: PersonId, place: Place, machine_now: int) -> int:
        """Somebody came into a place: open every effect of theirs there."""
        ...

    async def revoke_count(self, community_id: CommunityId, since: int) -> RevokeCount: ...
    async def pending_revokes(self, community_id: CommunityId, limit: int) -> Sequence[Access]:
        """Accesses applied and no longer wanted, whose revoke no admin released yet."""
        ...

    async def pass_breaker(self, community_id: CommunityId, machine_now: int) -> int:
        """Release the revokes pending now; those that come later are weighed anew."""
        ...

    async def in_place(self, place: Place) -> Sequence[tuple[Identity, Access, Target]]:
        """All stored accesses in a place with the identity concerned, for the comparison with the platform."""
        ...


class Notices(Protocol):
    """Private messages waiting to be sent."""

    async def add(self, notice: Notice) -> bool:
        """False when its key is known: it was sent or will be."""
        ...

    async def claim(self, lease: Lease, machine_now: int, limit: int) -> Sequence[Notice]: ...
    async def done(self, key: str, lease: Lease) -> None: ...
    async def failed(self, key: str, lease: Lease, retry: Retry) -> None: ...
    async def release(self, lease: Lease) -> None: ...
    async def replay_dead(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of an event in the ingest commit."""

    new: bool
    state: str


class Events(Protocol):
    """Webhooks."""

    async def settled(self, account_id: AccountId, stripe_id: StripeCustomerId, mark_seq: int) -> None:
        """Events answered by a settlement up to this mark."""
        ...

    async def claim_unresolved(self, lease: Lease, machine_now: int, limit: int) -> Sequence[StoredEvent]: ...
    async def resolved(
        self, event: StoredEvent, lease: Lease, stripe_id: StripeCustomerId, parts: Part, now: int
    ) -> bool:
        """Mark the customer found and the event `marked` by it; False (event stays) if the customer is not ours."""
        ...

    async def file(self, event: StoredEvent, lease: Lease, state: str) -> None:
        """File as `foreign` or `noted`. Raises `LeaseLost`."""
        ...

    async def failed(self, event: StoredEvent, lease: Lease, retry: Retry) -> None: ...
    async def release(self, lease: Lease) -> None: ...
    async def first_failure(self, account_id: AccountId, invoice_id: InvoiceId) -> int | None:
        """`created_at` of the earliest stored `invoice.payment_failed` of an invoice."""
        ...

    async def seen(self, account_id: AccountId, event_type: str, object_ids: Collection[str]) -> Collection[str]:
        """Of these objects, those of which an event of this type is stored."""
        ...

    async def replay_dead(self) -> int: ...
    async def get(self, account_id: AccountId, event_id: EventId) -> StoredEvent | None: ...


class Requests(Protocol):
    """Creating calls."""

    async def add(self, request: Request, *, at_once: bool = False) -> Request:
        """Store it, or answer the stored one of the same kind and subject. `at_once`: nobody waits for it."""
        ...

    async def get(self, kind: str, subject_id: str) -> Request | None: ...
    async def made(self, request_id: RequestId, result_id: str) -> None: ...
    async def set_state(self, request_id: RequestId, state: str, error: str | None) -> None: ...
    async def new_key(self, request_id: RequestId) -> Request:
        """A new idempotency key, after it was looked up that the old one made nothing."""
        ...

    async def claim(self, kinds: Collection[str], lease: Lease, machine_now: int, limit: int) -> Sequence[Request]:
        """Pending ones that no person waits for: those older than a minute, and those added `at_once`."""
        ...

    async def failed(self, request_id: RequestId, lease: Lease, retry: Retry) -> None: ...
    async def release(self, lease: Lease) -> None: ...
    async def needing_email(self, person_id: PersonId) -> Sequence[Request]: ...
    async def replay_dead(self) -> int: ...


class Books(Protocol):
    """Ledger and audit: append-only."""

    async def ledger(self, entries: Sequence[LedgerEntry]) -> None: ...
    async def audit(self, entry: AuditEntry) -> None: ...
    async def audit_of(self, person_id: PersonId, limit: int) -> Sequence[AuditEntry]:
        """Newest first."""
        ...


class Leases(Protocol):
    """What only one process may hold."""

    async def take(self, name: str, lease: Lease, machine_now: int) -> bool:
        """Take it or keep it; False while another token holds it."""
        ...

    async def give_back(self, name: str, lease: Lease) -> None: ...


class Transaction(Protocol):
    """One commit, and the stores seen in it."""

    @property
    def communities(self) -> Communities: ...
    @property
    def people(self) -> People: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def customers(self) -> Customers: ...
    @property
    def checkouts(self) -> Checkouts: ...
    @property
    def bought(self) -> Bought: ...
    @property
    def entitlements(self) -> Entitlements: ...
    @property
    def accesses(self) -> Accesses: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def events(self) -> Events: ...
    @property
    def requests(self) -> Requests: ...
    @property
    def books(self) -> Books: ...
    @property
    def leases(self) -> Leases: ...


class Store(Protocol):
    """The database."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """One transaction: committed at the end of the block, rolled back if it raises. Raises `StoreUnavailable`."""
        ...

    async def ingest(self, event: StoredEvent, parts: Part | None) -> Ingested:
        """Store an event and mark its customer, in a commit shared with concurrent calls (invariant 1).

        Answers only after the commit. Known customer: state `marked`; none or unknown: `unresolved`; `parts` None (a
        type we only note): `noted`. A second delivery changes nothing, but marks the customer again while the event
        is not settled. Raises `StoreUnavailable`: nothing of this event was stored.
        """
        ...

    async def healthy(self) -> bool:
        """Whether the database answers and can be written."""
        ...

    async def counts(self) -> dict[str, int]:
        """For metrics: `customers_dirty`, `customers_dead`, `effects_open|waiting|blocked|dead`, `events_unresolved`,
        `events_dead`, `notices_open|dead`, `requests_pending|dead`."""
        ...

    async def close(self) -> None: ...
