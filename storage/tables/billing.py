"""Subscriptions, purchases, invoices, credit notes, refunds, disputes: what settlements read and write."""

from collections.abc import Collection, Mapping, Sequence

from payments.core.billing import ENDED_STATUSES, CreditNote, Dispute, Invoice, Purchase, Refund, Subscription
from payments.core.ids import AccountId, CommunityId, CustomerId, InvoiceId, PersonId, SubscriptionId
from storage.database import Tx, chunks, marks
from storage.rows import row_type
from storage.statements import select, upsert

SUBSCRIPTION = row_type(Subscription, unit_amount="amount")
_SELECT_SUBSCRIPTION = select("subscription", SUBSCRIPTION.columns)
PURCHASE = row_type(Purchase, total="amount")
_SELECT_PURCHASE = select("purchase", PURCHASE.columns)
INVOICE = row_type(Invoice)
REFUND = row_type(Refund)
DISPUTE = row_type(Dispute)
NOTE = row_type(CreditNote)

_SOLD_BY = "plan_id IN (SELECT id FROM plan WHERE community_id = ?)"
_OF_CUSTOMER = " WHERE customer_id = ? ORDER BY created_at, id"


class SqlBilling:
    """See `payments.ports.stores.Bought`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def subscriptions(self, customer_id: CustomerId) -> Sequence[Subscription]:
        rows = await self._tx.fetch(
            _SELECT_SUBSCRIPTION + " WHERE customer_id = ? ORDER BY started_at, id", customer_id
        )
        return SUBSCRIPTION.all(rows)

    async def subscription(self, account_id: AccountId, subscription_id: SubscriptionId) -> Subscription | None:
        row = await self._tx.fetch_one(
            _SELECT_SUBSCRIPTION + " WHERE account_id = ? AND id = ?",
            account_id,
            subscription_id,
        )
        return SUBSCRIPTION.one(row)

    async def subscriptions_of(self, person_id: PersonId) -> Sequence[Subscription]:
        rows = await self._tx.fetch(
            _SELECT_SUBSCRIPTION + " WHERE payer_id = ? OR beneficiary_id = ? ORDER BY started_at DESC, id DESC",
            person_id,
            person_id,
        )
        return SUBSCRIPTION.all(rows)

    async def put_subscription(self, subscription: Subscription) -> None:
        await self._tx.execute(
            upsert("subscription", SUBSCRIPTION.columns, "account_id, id"), *SUBSCRIPTION.values(subscription)
        )

    async def ended_for_payment(self, community_id: CommunityId, after_at: int, before_at: int) -> int:
        row = await self._tx.fetch_one(
            f"SELECT count(*) AS n FROM subscription WHERE ending_for_at > ? AND ending_for_at < ? AND {_SOLD_BY}",
            after_at,
            before_at,
            community_id,
        )
        assert row is not None
        return int(row["n"])

    async def bounced(self, person_ids: Collection[PersonId], besides: CustomerId) -> frozenset[PersonId]:
        found: set[PersonId] = set()
        for some in chunks(person_ids):
            for role in ("payer_id", "beneficiary_id"):  # each by its index
                rows = await self._tx.fetch(
                    f"SELECT DISTINCT s.{role} AS who FROM subscription s "
                    "JOIN invoice i ON i.customer_id = s.customer_id AND i.subscription_id = s.id "
                    f"WHERE s.{role} IN ({marks(len(some))}) AND s.customer_id <> ? "
                    "AND s.paid_once = 0 AND s.trial_end_at IS NULL AND i.failed_at IS NOT NULL AND i.due_at IS NULL "
                    "AND s.status NOT IN ('incomplete', 'incomplete_expired')",
                    *some,
                    besides,
                )
                found |= {PersonId(row["who"]) for row in rows}
        return frozenset(found)

    async def asked_about(self, community_id: CommunityId, limit: int) -> Sequence[Subscription]:
        asked = f" WHERE ending_for_at IS NOT NULL AND ending = 'asked' AND {_SOLD_BY}"
        ordered = " ORDER BY ending_for_at, id LIMIT ?"
        rows = await self._tx.fetch(_SELECT_SUBSCRIPTION + asked + ordered, community_id, limit)
        return SUBSCRIPTION.all(rows)

    async def purchases(self, customer_id: CustomerId) -> Sequence[Purchase]:
        rows = await self._tx.fetch(_SELECT_PURCHASE + _OF_CUSTOMER, customer_id)
        return PURCHASE.all(rows)

    async def purchases_of(self, person_id: PersonId) -> Sequence[Purchase]:
        rows = await self._tx.fetch(
            _SELECT_PURCHASE + " WHERE payer_id = ? OR beneficiary_id = ? ORDER BY created_at DESC, id DESC",
            person_id,
            person_id,
        )
        return PURCHASE.all(rows)

    async def put_purchase(self, purchase: Purchase) -> None:
        await self._tx.execute(upsert("purchase", PURCHASE.columns, "id"), *PURCHASE.values(purchase))

    async def invoice(self, account_id: AccountId, invoice_id: InvoiceId) -> Invoice | None:
        found = select("invoice", INVOICE.columns) + " WHERE account_id = ? AND id = ?"
        return INVOICE.one(await self._tx.fetch_one(found, account_id, invoice_id))

    async def invoices(self, customer_id: CustomerId) -> Sequence[Invoice]:
        rows = await self._tx.fetch(select("invoice", INVOICE.columns) + _OF_CUSTOMER, customer_id)
        return INVOICE.all(rows)

    async def put_invoice(self, invoice: Invoice) -> None:
        await self._tx.execute(upsert("invoice", INVOICE.columns, "account_id, id"), *INVOICE.values(invoice))

    async def refunds(self, customer_id: CustomerId) -> Sequence[Refund]:
        rows = await self._tx.fetch(select("refund", REFUND.columns) + _OF_CUSTOMER, customer_id)
        return REFUND.all(rows)

    async def put_refund(self, refund: Refund) -> None:
        await self._tx.execute(upsert("refund", REFUND.columns, "account_id, id"), *REFUND.values(refund))

    async def disputes(self, customer_id: CustomerId) -> Sequence[Dispute]:
        rows = await self._tx.fetch(select("dispute", DISPUTE.columns) + _OF_CUSTOMER, customer_id)
        return DISPUTE.all(rows)

    async def put_dispute(self, dispute: Dispute) -> None:
        await self._tx.execute(upsert("dispute", DISPUTE.columns, "account_id, id"), *DISPUTE.values(dispute))

    async def notes(self, customer_id: CustomerId) -> Sequence[CreditNote]:
        rows = await self._tx.fetch(select("credit_note", NOTE.columns) + _OF_CUSTOMER, customer_id)
        return NOTE.all(rows)

    async def put_note(self, note: CreditNote) -> None:
        await self._tx.execute(upsert("credit_note", NOTE.columns, "account_id, id"), *NOTE.values(note))

    async def drifted(self, account_id: AccountId, ids: Collection[SubscriptionId]) -> Sequence[Subscription]:
        found: list[Subscription] = []
        for some in chunks(ids):
            rows = await self._tx.fetch(
                _SELECT_SUBSCRIPTION + f" WHERE account_id = ? AND id IN ({marks(len(some))})",
                account_id,
                *some,
            )
            found += SUBSCRIPTION.all(rows)
        return found

    async def unended(self, account_id: AccountId, after: SubscriptionId | None, limit: int) -> Sequence[Subscription]:
        ended = sorted(ENDED_STATUSES)
        rows = await self._tx.fetch(
            _SELECT_SUBSCRIPTION
            + f" WHERE account_id = ? AND id > ? AND status NOT IN ({marks(len(ended))}) ORDER BY id LIMIT ?",
            account_id,
            after or "",
            *ended,
            limit,
        )
        return SUBSCRIPTION.all(rows)

    async def money(self, account_id: AccountId, kind: str, ids: Collection[str]) -> Mapping[str, tuple[str, int]]:
        amount = {"invoice": "amount_paid", "refund": "amount", "dispute": "amount"}[kind]
        found: dict[str, tuple[str, int]] = {}
        for some in chunks(ids):
            of = f"SELECT id, status, {amount} AS amount FROM {kind}"
            rows = await self._tx.fetch(f"{of} WHERE account_id = ? AND id IN ({marks(len(some))})", account_id, *some)
            found |= {str(row["id"]): (str(row["status"]), int(row["amount"])) for row in rows}
        return found
