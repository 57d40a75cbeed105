"""Subscriptions, purchases, invoices, refunds, disputes: what settlements read and write."""

from collections.abc import Collection, Sequence

from payments.core.billing import ENDED_STATUSES, Dispute, Invoice, Purchase, Refund, Subscription
from payments.core.ids import AccountId, CustomerId, InvoiceId, PersonId, SubscriptionId
from storage.database import Tx, chunks, marks
from storage.shared_sql import WHOSE
from storage.statements import columns, select, upsert
from storage.tables.billing_rows import (
    DISPUTE_COLUMNS,
    INVOICE_COLUMNS,
    PURCHASE_COLUMNS,
    REFUND_COLUMNS,
    SUBSCRIPTION_COLUMNS,
    dispute_of,
    invoice_of,
    purchase_of,
    refund_of,
    subscription_of,
    values_of,
)

_OF_CUSTOMER = " WHERE customer_id = ? ORDER BY created_at, id"


class SqlBought:
    """See `payments.ports.stores.Bought`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def subscriptions(self, customer_id: CustomerId) -> Sequence[Subscription]:
        """A customer's subscriptions, oldest first."""
        rows = await self._tx.fetch(
            select("subscription", SUBSCRIPTION_COLUMNS) + " WHERE customer_id = ? ORDER BY started_at, id", customer_id
        )
        return [subscription_of(row) for row in rows]

    async def subscription(self, account_id: AccountId, subscription_id: SubscriptionId) -> Subscription | None:
        """One subscription."""
        row = await self._tx.fetch_one(
            select("subscription", SUBSCRIPTION_COLUMNS) + " WHERE account_id = ? AND id = ?",
            account_id,
            subscription_id,
        )
        return subscription_of(row) if row else None

    async def subscriptions_of(self, person_id: PersonId) -> Sequence[Subscription]:
        """Those the person pays or benefits from, newest first."""
        rows = await self._tx.fetch(
            select("subscription", SUBSCRIPTION_COLUMNS)
            + " WHERE payer_id = ? OR beneficiary_id = ? ORDER BY started_at DESC, id DESC",
            person_id,
            person_id,
        )
        return [subscription_of(row) for row in rows]

    async def put_subscription(self, subscription: Subscription) -> None:
        """Store a subscription as it is now."""
        await self._tx.execute(upsert("subscription", SUBSCRIPTION_COLUMNS, "account_id, id"), *values_of(subscription))

    async def purchases(self, customer_id: CustomerId) -> Sequence[Purchase]:
        """A customer's purchases, oldest first."""
        rows = await self._tx.fetch(select("purchase", PURCHASE_COLUMNS) + _OF_CUSTOMER, customer_id)
        return [purchase_of(row) for row in rows]

    async def purchases_of(self, person_id: PersonId) -> Sequence[Purchase]:
        """Those the person paid for or benefits from, newest first."""
        rows = await self._tx.fetch(
            select("purchase", PURCHASE_COLUMNS)
            + " WHERE payer_id = ? OR beneficiary_id = ? ORDER BY created_at DESC, id DESC",
            person_id,
            person_id,
        )
        return [purchase_of(row) for row in rows]

    async def put_purchase(self, purchase: Purchase) -> None:
        """Store a purchase as it is now."""
        await self._tx.execute(upsert("purchase", PURCHASE_COLUMNS, "id"), *values_of(purchase))

    async def invoices(self, customer_id: CustomerId) -> Sequence[Invoice]:
        """A customer's invoices, oldest first."""
        rows = await self._tx.fetch(select("invoice", INVOICE_COLUMNS) + _OF_CUSTOMER, customer_id)
        return [invoice_of(row) for row in rows]

    async def invoices_of(self, person_id: PersonId, limit: int) -> Sequence[Invoice]:
        """Those of all the person's customers, newest first."""
        rows = await self._tx.fetch(
            select("invoice i JOIN customer c ON c.id = i.customer_id", columns(INVOICE_COLUMNS, "i"))
            + f" WHERE {WHOSE} ORDER BY i.created_at DESC, i.id DESC LIMIT ?",
            person_id,
            person_id,
            limit,
        )
        return [invoice_of(row) for row in rows]

    async def invoice(self, account_id: AccountId, invoice_id: InvoiceId) -> Invoice | None:
        """One invoice."""
        row = await self._tx.fetch_one(
            select("invoice", INVOICE_COLUMNS) + " WHERE account_id = ? AND id = ?", account_id, invoice_id
        )
        return invoice_of(row) if row else None

    async def put_invoice(self, invoice: Invoice) -> None:
        """Store an invoice as it is now."""
        await self._tx.execute(upsert("invoice", INVOICE_COLUMNS, "account_id, id"), *values_of(invoice))

    async def refunds(self, customer_id: CustomerId) -> Sequence[Refund]:
        """A customer's refunds, oldest first."""
        rows = await self._tx.fetch(select("refund", REFUND_COLUMNS) + _OF_CUSTOMER, customer_id)
        return [refund_of(row) for row in rows]

    async def put_refund(self, refund: Refund) -> None:
        """Store a refund as it is now."""
        await self._tx.execute(upsert("refund", REFUND_COLUMNS, "account_id, id"), *values_of(refund))

    async def disputes(self, customer_id: CustomerId) -> Sequence[Dispute]:
        """A customer's disputes, oldest first."""
        rows = await self._tx.fetch(select("dispute", DISPUTE_COLUMNS) + _OF_CUSTOMER, customer_id)
        return [dispute_of(row) for row in rows]

    async def put_dispute(self, dispute: Dispute) -> None:
        """Store a dispute as it is now."""
        await self._tx.execute(upsert("dispute", DISPUTE_COLUMNS, "account_id, id"), *values_of(dispute))

    async def drifted(self, account_id: AccountId, ids: Collection[SubscriptionId]) -> Sequence[Subscription]:
        """The stored rows of these subscriptions, for the nightly comparison."""
        found: list[Subscription] = []
        for some in chunks(ids):
            rows = await self._tx.fetch(
                select("subscription", SUBSCRIPTION_COLUMNS) + f" WHERE account_id = ? AND id IN ({marks(len(some))})",
                account_id,
                *some,
            )
            found += [subscription_of(row) for row in rows]
        return found

    async def unended(self, account_id: AccountId, after: SubscriptionId | None, limit: int) -> Sequence[Subscription]:
        """Subscriptions that have not ended, in the order of their ids, behind `after`."""
        ended = sorted(ENDED_STATUSES)
        rows = await self._tx.fetch(
            select("subscription", SUBSCRIPTION_COLUMNS)
            + f" WHERE account_id = ? AND id > ? AND status NOT IN ({marks(len(ended))}) ORDER BY id LIMIT ?",
            account_id,
            after or "",
            *ended,
            limit,
        )
        return [subscription_of(row) for row in rows]
