"""Subscriptions, purchases, invoices, credit notes, refunds and disputes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from payments.core.billing import CreditNote, Dispute, Invoice, Purchase, Refund, Subscription
from payments.core.ids import (
    AccountId,
    CommunityId,
    CustomerId,
    InvoiceId,
    PersonId,
    SubscriptionId,
)


class BillingRecords(Protocol):
    """What settlements read and write."""

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

    async def ended_for_payment(self, community_id: CommunityId, after_at: int, before_at: int) -> int:
        """How many subscriptions of a community are to end because their payment was taken back between these times."""
        ...

    async def bounced(self, person_ids: Collection[PersonId], besides: CustomerId) -> frozenset[PersonId]:
        """Who of them pays or uses a subscription whose first payment bounced, and for which nothing ever came in; but
        for this customer's."""
        ...

    async def asked_about(self, community_id: CommunityId, limit: int) -> Sequence[Subscription]:
        """A community's subscriptions whose contact is asked whether they end, oldest question first."""
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

    async def invoice(self, account_id: AccountId, invoice_id: InvoiceId) -> Invoice | None:
        """One invoice."""
        ...

    async def invoices(self, customer_id: CustomerId) -> Sequence[Invoice]:
        """A customer's invoices, oldest first."""
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

    async def notes(self, customer_id: CustomerId) -> Sequence[CreditNote]:
        """A customer's credit notes, oldest first."""
        ...

    async def put_note(self, note: CreditNote) -> None:
        """Store a credit note as it is now."""
        ...

    async def drifted(self, account_id: AccountId, ids: Collection[SubscriptionId]) -> Sequence[Subscription]:
        """The stored rows of these subscriptions, for the nightly comparison."""
        ...

    async def unended(self, account_id: AccountId, after: SubscriptionId | None, limit: int) -> Sequence[Subscription]:
        """Subscriptions that have not ended, in the order of their ids, behind `after`."""
        ...

    async def money(self, account_id: AccountId, kind: str, ids: Collection[str]) -> Mapping[str, tuple[str, int]]:
        """Status and amount (of an invoice: paid) of the stored rows of a kind: invoice, refund or dispute."""
        ...
