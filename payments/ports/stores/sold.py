"""Who buys, what was bought, and what follows from it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from payments.core.access import Entitlement
from payments.core.billing import Checkout, Customer, Dispute, Invoice, Part, Purchase, Refund, Subscription
from payments.core.ids import (
    AccountId,
    CheckoutId,
    CustomerId,
    EntitlementId,
    InvoiceId,
    PersonId,
    PlanId,
    PriceId,
    StripeCustomerId,
    SubscriptionId,
)
from payments.ports.stores.values import ClaimedCustomer, Lease, Retry


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

    async def of_person(self, person_id: PersonId, account_id: AccountId) -> Sequence[Customer]:
        """A person's customers, also those of whom was merged into them."""
        ...

    async def former(self, customer_ids: Collection[CustomerId]) -> Mapping[CustomerId, Sequence[StripeCustomerId]]:
        """The ids that customers had at Stripe before; those that had none are left out."""
        ...

    async def set_stripe_id(self, customer_id: CustomerId, stripe_id: StripeCustomerId) -> None:
        """Store Stripe's id; the one before it is kept as a former one."""
        ...

    async def set_email(self, customer_id: CustomerId, email: str) -> None:
        """Store the e-mail address."""
        ...

    async def mark(self, customer_ids: Collection[CustomerId], parts: Part, now: int) -> None:
        """Mark dirty: bump the sequence, add the parts; a dead one lives again."""
        ...

    async def mark_stripe(
        self, account_id: AccountId, stripe_ids: Collection[StripeCustomerId], parts: Part, now: int
    ) -> int:
        """The same by Stripe's ids, former ones too; how many customers were known."""
        ...

    async def known_stripe(
        self, account_id: AccountId, stripe_ids: Collection[StripeCustomerId]
    ) -> Collection[StripeCustomerId]:
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


class Checkouts(Protocol):
    """Checkout links."""

    async def add(self, checkout: Checkout) -> bool:
        """False when the beneficiary has a pending or open one for the plan already."""
        ...

    async def get(self, checkout_id: CheckoutId) -> Checkout | None:
        """One checkout."""
        ...

    async def current(self, beneficiary_id: PersonId, plan_id: PlanId) -> Checkout | None:
        """The pending or open one."""
        ...

    async def waiting(self, beneficiary_id: PersonId) -> Sequence[Checkout]:
        """All pending and open ones of a person."""
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

    async def subscriptions(self, customer_id: CustomerId) -> Sequence[Subscription]:
        """A customer's subscriptions, oldest first."""
        ...

    async def subscription(self, account_id: AccountId, subscription_id: SubscriptionId) -> Subscription | None:
        """One subscription."""
        ...

    async def subscriptions_of(self, person_id: PersonId) -> Sequence[Subscription]:
        """Those the person pays or benefits from, newest first."""
        ...

    async def put_subscription(self, subscription: Subscription) -> None:
        """Store a subscription as it is now."""
        ...

    async def purchases(self, customer_id: CustomerId) -> Sequence[Purchase]:
        """A customer's purchases, oldest first."""
        ...

    async def purchases_of(self, person_id: PersonId) -> Sequence[Purchase]:
        """Those the person paid for or benefits from, newest first."""
        ...

    async def put_purchase(self, purchase: Purchase) -> None:
        """Store a purchase as it is now."""
        ...

    async def invoices(self, customer_id: CustomerId) -> Sequence[Invoice]:
        """A customer's invoices, oldest first."""
        ...

    async def invoices_of(self, person_id: PersonId, limit: int) -> Sequence[Invoice]:
        """Those of all the person's customers, newest first."""
        ...

    async def invoice(self, account_id: AccountId, invoice_id: InvoiceId) -> Invoice | None:
        """One invoice."""
        ...

    async def put_invoice(self, invoice: Invoice) -> None:
        """Store an invoice as it is now."""
        ...

    async def refunds(self, customer_id: CustomerId) -> Sequence[Refund]:
        """A customer's refunds, oldest first."""
        ...

    async def put_refund(self, refund: Refund) -> None:
        """Store a refund as it is now."""
        ...

    async def disputes(self, customer_id: CustomerId) -> Sequence[Dispute]:
        """A customer's disputes, oldest first."""
        ...

    async def put_dispute(self, dispute: Dispute) -> None:
        """Store a dispute as it is now."""
        ...

    async def drifted(self, account_id: AccountId, ids: Collection[SubscriptionId]) -> Sequence[Subscription]:
        """The stored rows of these subscriptions, for the nightly comparison."""
        ...

    async def unended(self, account_id: AccountId, after: SubscriptionId | None, limit: int) -> Sequence[Subscription]:
        """Subscriptions that have not ended, in the order of their ids, behind `after`."""
        ...


class Entitlements(Protocol):
    """The guest list."""

    async def of(self, beneficiary_ids: Collection[PersonId]) -> Sequence[Entitlement]:
        """All entitlements of these persons, whatever their state, oldest first."""
        ...

    async def get(self, entitlement_id: EntitlementId) -> Entitlement | None:
        """One entitlement."""
        ...

    async def put(self, entitlement: Entitlement) -> None:
        """Store an entitlement as it is now."""
        ...
