"""What is to be done and what was done: access and effects, messages, events, creating calls, the books."""

from collections.abc import Collection, Sequence
from typing import Protocol

from payments.core.access import Access, EffectState
from payments.core.billing import Part
from payments.core.community import Identity, Place, Platform, Target
from payments.core.ids import (
    AccountId,
    CommunityId,
    EventId,
    InvoiceId,
    PersonId,
    RequestId,
    StripeCustomerId,
    TargetId,
)
from payments.ports.stores.values import (
    AuditEntry,
    Effect,
    Lease,
    LedgerEntry,
    Notice,
    Request,
    Retry,
    RevokeCount,
    StoredEvent,
)


class Accesses(Protocol):
    """Wanted and applied access, and the effects that bring them together."""

    async def of(self, person_ids: Collection[PersonId]) -> Sequence[Access]:
        """All accesses of these persons."""
        ...

    async def get(self, person_id: PersonId, target_id: TargetId) -> Access | None:
        """One access."""
        ...

    async def want(self, access: Access, machine_now: int, heard_at: int | None = None) -> None:
        """Store what is wanted and why (never `applied`, `held_before`, `user_id`), and open its effect: sequence + 1,
        state open, attempts 0, due at once, not told, breaker not passed. `heard_at`: see `Effect`."""
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

    async def provenance(self, effect: Effect, lease: Lease, *, held_before: bool, user_id: str) -> None:
        """Whether this account had it before us, stored before the first grant. Raises `LeaseLost`."""
        ...

    async def forget(self, effect: Effect, lease: Lease, *, parted: bool = False) -> None:
        """Provenance and account are forgotten, once it is confirmed gone. `parted`: gone from a former account of the
        person, so nothing is applied, and no revoke is counted. Raises `LeaseLost`."""
        ...

    async def given_late(self, person_id: PersonId, target_id: TargetId, user_id: str) -> None:
        """We gave it to this account after our lease had ended: it is ours to take, unless the access is about another
        account by now."""
        ...

    async def held_by_another(self, person_id: PersonId, target_id: TargetId, user_id: str) -> bool:
        """Whether this account holds it by our gift to a person that it no longer belongs to."""
        ...

    async def revoked(self, person_id: PersonId, target_id: TargetId) -> bool:
        """Whether it was ever taken from the person, as the platform confirmed."""
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

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease."""
        ...

    async def effect(self, person_id: PersonId, target_id: TargetId) -> Effect | None:
        """One effect."""
        ...

    async def effects(
        self, *, community_id: CommunityId | None, states: Collection[EffectState], limit: int
    ) -> Sequence[Effect]:
        """Effects in these states, oldest first, of one community or of all."""
        ...

    async def reopen_states(
        self, states: Collection[EffectState], machine_now: int, *, platform: Platform | None = None
    ) -> int:
        """Open all effects of these states again; how many."""
        ...

    async def reopen_waiting(self, person_id: PersonId, place: Place, machine_now: int) -> int:
        """Somebody came into a place: open every effect of theirs there."""
        ...

    async def revoke_count(self, community_id: CommunityId, since: int) -> RevokeCount:
        """What the breaker weighs, in persons; nobody is counted twice, nor when an admin released them."""
        ...

    async def members(self, community_id: CommunityId, since: int, at_most: int) -> int:
        """Persons with at least one access applied, or revoked since then; counted no further than `at_most`."""
        ...

    async def pending_revokes(self, community_id: CommunityId, limit: int) -> Sequence[Access]:
        """Accesses applied and no longer wanted, whose revoke no admin released yet."""
        ...

    async def pass_breaker(self, community_id: CommunityId, machine_now: int) -> int:
        """Release the revokes pending now; those that come later are weighed anew."""
        ...

    async def in_place(
        self, place: Place, after: str | None, until: str | None, limit: int
    ) -> Sequence[tuple[Identity, Access, Target]]:
        """The stored accesses in a place of at most `limit` accounts, for the comparison with the platform.

        Of those behind `after` up to `until`, in the order of their ids as numbers: a shorter one comes first.
        """
        ...


class Notices(Protocol):
    """Private messages waiting to be sent."""

    async def add(self, notice: Notice) -> bool:
        """False when its key is known: it was sent or will be."""
        ...

    async def claim(self, lease: Lease, machine_now: int, limit: int) -> Sequence[Notice]:
        """Open ones, oldest first."""
        ...

    async def done(self, key: str, lease: Lease) -> None:
        """It was sent. Raises `LeaseLost`."""
        ...

    async def failed(self, key: str, lease: Lease, retry: Retry, *, counts: bool = True) -> None:
        """Not sent: attempts + 1 where it counts, lease freed. Raises `LeaseLost`."""
        ...

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease."""
        ...

    async def replay_dead(self) -> int:
        """Put the dead ones to work again; how many."""
        ...


class Events(Protocol):
    """Webhooks."""

    async def settled(self, account_id: AccountId, stripe_ids: Collection[StripeCustomerId], mark_seq: int) -> None:
        """Events of a customer, under all its ids at Stripe, answered by a settlement up to this mark."""
        ...

    async def claim_unresolved(self, lease: Lease, machine_now: int, limit: int) -> Sequence[StoredEvent]:
        """Events whose customer is not known yet, oldest first."""
        ...

    async def resolved(
        self, event: StoredEvent, lease: Lease, stripe_id: StripeCustomerId, parts: Part, now: int
    ) -> bool:
        """Mark the customer found and the event `marked` by it; False (event stays) if the customer is not ours."""
        ...

    async def file(self, event: StoredEvent, lease: Lease, state: str) -> None:
        """File as `foreign` or `noted`. Raises `LeaseLost`."""
        ...

    async def failed(self, event: StoredEvent, lease: Lease, retry: Retry) -> None:
        """Not resolved: attempts + 1, lease freed. Raises `LeaseLost`."""
        ...

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease."""
        ...

    async def first_failure(self, account_id: AccountId, invoice_id: InvoiceId) -> int | None:
        """`created_at` of the earliest stored `invoice.payment_failed` of an invoice."""
        ...

    async def seen(self, account_id: AccountId, event_type: str, object_ids: Collection[str]) -> Collection[str]:
        """Of these objects, those of which an event of this type is stored."""
        ...

    async def replay_dead(self) -> int:
        """Put the dead ones to work again; how many."""
        ...

    async def get(self, account_id: AccountId, event_id: EventId) -> StoredEvent | None:
        """One event."""
        ...


class Requests(Protocol):
    """Creating calls."""

    async def add(self, request: Request, *, at_once: bool = False) -> Request:
        """Store it, or answer the stored one of the same kind and subject. `at_once`: nobody waits for it."""
        ...

    async def get(self, kind: str, subject_id: str) -> Request | None:
        """The request of a kind for a subject."""
        ...

    async def lately(self, kind: str, person_id: PersonId, params: str, since_at: int) -> Request | None:
        """The newest of a kind for a person that asks for the very same, stored since then and not refused."""
        ...

    async def made(self, request_id: RequestId, result_id: str) -> None:
        """Stripe made it: its id."""
        ...

    async def set_state(self, request_id: RequestId, state: str, error: str | None) -> None:
        """Refused, waiting for an e-mail address, or pending again (then at once)."""
        ...

    async def new_key(self, request_id: RequestId) -> Request:
        """A new idempotency key, after it was looked up that the old one made nothing."""
        ...

    async def bill_of(self, invoice_id: InvoiceId) -> Request | None:
        """The bill that this invoice was made for."""
        ...

    async def claim(self, kinds: Collection[str], lease: Lease, machine_now: int, limit: int) -> Sequence[Request]:
        """Pending ones that no person waits for: those older than a minute, and those added `at_once`."""
        ...

    async def failed(self, request_id: RequestId, lease: Lease, retry: Retry) -> None:
        """Not made: attempts + 1, lease freed. Raises `LeaseLost`."""
        ...

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease."""
        ...

    async def needing_email(self, person_id: PersonId) -> Sequence[Request]:
        """What can't go on before this person gives an e-mail address, oldest first."""
        ...

    async def bills_waiting(self) -> Sequence[Request]:
        """Every bill that can't go on before somebody gives an e-mail address, oldest first."""
        ...

    async def replay_dead(self) -> int:
        """Put the dead ones to work again; how many. What they made is looked up before it is made again."""
        ...


class Books(Protocol):
    """Ledger and audit: append-only."""

    async def ledger(self, entries: Sequence[LedgerEntry]) -> None:
        """Write what changed in what is sold."""
        ...

    async def audit(self, entry: AuditEntry) -> bool:
        """Write what was done, once for its id. False if it stands there already."""
        ...

    async def audit_of(self, person_id: PersonId, limit: int) -> Sequence[AuditEntry]:
        """Newest first."""
        ...

    async def acts(
        self, community_id: CommunityId, limit: int, *, whom: PersonId | None = None, before: str | None = None
    ) -> Sequence[AuditEntry]:
        """What people did in a community, newest first; `whom`: about this person or by them alone; `before`: what
        stands behind this line of the same community (nothing if there is no such line)."""
        ...


class Leases(Protocol):
    """What only one process may hold."""

    async def take(self, name: str, lease: Lease, machine_now: int) -> bool:
        """Take it or keep it; False while another token holds it."""
        ...

    async def hold(self, name: str, token: str, ttl_ms: int) -> bool:
        """Take it or keep it for so long by the database's own clock; False while another token holds it.

        For what processes hold against each other: their clocks may differ, the database's is one.
        """
        ...

    async def give_back(self, name: str, token: str) -> None:
        """Let others take it; nothing happens when it is not held any more."""
        ...

    async def free_deliveries(self) -> None:
        """Free every effect, notice and update: for who has just begun to deliver, alone."""
        ...

    async def free_dead(self) -> None:
        """Free the customers, events and requests held by processes whose own lease (`process:`) has ended."""
        ...
