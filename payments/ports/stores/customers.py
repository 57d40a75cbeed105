"""Customers at the payment provider, their marks and leases."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from payments.core.billing import Customer, SnapshotPart
from payments.core.ids import (
    AccountId,
    CustomerId,
    CustomerRef,
    PersonId,
)
from payments.ports.stores.records import ClaimedCustomer, Lease, Retry


class Customers(Protocol):
    """Customers, their marks and their leases."""

    async def ensure(self, customer: Customer, now: int) -> Customer:
        """The customer of (person, account, currency), made if there is none."""
        ...

    async def get(self, customer_id: CustomerId) -> Customer | None:
        """One customer."""
        ...

    async def known_since(self, customer_id: CustomerId) -> int:
        """Since when we have the customer (business time): what Stripe did before is history, not news."""
        ...

    async def of_person(self, person_id: PersonId) -> Sequence[Customer]:
        """A person's customers at all accounts, including those of persons merged into them; oldest first."""
        ...

    async def former(self, customer_ids: Collection[CustomerId]) -> Mapping[CustomerId, Sequence[CustomerRef]]:
        """The ids that customers had at Stripe before; those that had none are left out."""
        ...

    async def set_stripe_id(self, customer_id: CustomerId, stripe_id: CustomerRef) -> None:
        """Store Stripe's id; the one before it is kept as a former one."""
        ...

    async def adopt(self, customer_id: CustomerId, stripe_id: CustomerRef, *, current: bool) -> None:
        """Another customer at Stripe, so far unknown here, is this one too: as the one that pays from now on, or beside
        that one, like a former one."""
        ...

    async def set_email(self, customer_id: CustomerId, email: str) -> None:
        """Store the e-mail address."""
        ...

    async def mark(self, customer_ids: Collection[CustomerId], parts: SnapshotPart, now: int) -> None:
        """Mark dirty: bump the sequence, add the parts; a dead one lives again."""
        ...

    async def mark_stripe(
        self, account_id: AccountId, stripe_ids: Collection[CustomerRef], parts: SnapshotPart, now: int
    ) -> int:
        """The same by Stripe's ids, former ones too; how many customers were known."""
        ...

    async def known_stripe(self, account_id: AccountId, stripe_ids: Collection[CustomerRef]) -> Collection[CustomerRef]:
        """Those of Stripe's customers that we have or had."""
        ...

    async def mark_due(self, now: int, limit: int) -> int:
        """Timers: mark (ALL parts of) those whose `recheck_at` has come, clear it, and say how many."""
        ...

    async def claim(self, lease: Lease, machine_now: int, limit: int) -> Sequence[ClaimedCustomer]:
        """Dirty customers, those first that have been dirty longest."""
        ...

    async def settled(
        self, customer_id: CustomerId, lease: Lease, mark_seq: int, recheck_at: int | None, next_at: int = 0
    ) -> None:
        """Clean up to `mark_seq` (later marks stay), lease and attempts cleared. Raises `LeaseLost`.

        ``next_at``: before this machine time nothing that was marked meanwhile, or that an event marks, is claimed
        again. Other marks from now on are claimed at once.
        """
        ...

    async def nothing_new(self, customer_id: CustomerId, lease: Lease, mark_seq: int) -> None:
        """Clean up to `mark_seq` without a settlement: when to look again, and the pause, stay. Raises `LeaseLost`."""
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

    async def replay_dead(self) -> int:
        """Put the dead ones to work again; how many."""
        ...
