"""Webhooks as they came, until they are settled."""

from collections.abc import Collection, Sequence
from typing import Protocol

from payments.core.billing import SnapshotPart
from payments.core.ids import (
    AccountId,
    CustomerRef,
    EventId,
    InvoiceId,
)
from payments.ports.stores.records import (
    EventState,
    Lease,
    MarkingEvent,
    Retry,
    StoredEvent,
)


class Events(Protocol):
    """Webhooks."""

    async def settled(self, account_id: AccountId, stripe_ids: Collection[CustomerRef], mark_seq: int) -> None:
        """Events of a customer, under all its ids at Stripe, answered by a settlement up to this mark."""
        ...

    async def marking(
        self, account_id: AccountId, stripe_id: CustomerRef, mark_seq: int, limit: int
    ) -> Sequence[MarkingEvent]:
        """Events of a customer that no settlement has answered, up to this mark; `limit` of them at most."""
        ...

    async def claim_unresolved(self, lease: Lease, machine_now: int, limit: int) -> Sequence[StoredEvent]:
        """Events whose customer is not known yet, oldest first."""
        ...

    async def resolved(
        self, event: StoredEvent, lease: Lease, stripe_id: CustomerRef, parts: SnapshotPart, now: int
    ) -> bool:
        """Mark the customer found and the event `marked` by it; False (event stays) if the customer is not ours."""
        ...

    async def file(self, event: StoredEvent, lease: Lease, state: EventState) -> None:
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
