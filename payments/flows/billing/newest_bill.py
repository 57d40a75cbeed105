"""The way back into an `unpaid` subscription: its newest bill, which Stripe keeps a draft until somebody finalizes it.

Paying an older one leaves the subscription unpaid.
"""

from dataclasses import dataclass
from enum import StrEnum

from payments.core.billing import InvoiceStatus, SnapshotPart, Subscription, SubscriptionStatus
from payments.core.community import Identity
from payments.core.ids import CustomerRef, SubscriptionId
from payments.flows.billing.portal import standing
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.offered import offered
from payments.flows.runtime.outbox import Deadline
from payments.ports.stores import QueueName


@dataclass(frozen=True, slots=True)
class ToPay:
    """The bill with its page; amount in minor units."""

    url: str
    amount: int
    currency: str


class NothingToPay(StrEnum):
    """Why there is no page to pay on."""

    NOT_YOURS = "not_yours"  # not paid by this account, or not unpaid any more
    PAID = "paid"  # it is, or was in this moment by the saved card
    NO_BILL = "no_bill"  # the team took it back


async def newest_bill(app: AppContext, who: Identity, subscription_id: SubscriptionId) -> ToPay | NothingToPay:
    """Make the newest bill of an unpaid subscription payable. Done again, it answers the same.

    Raises `ProviderUnavailable` and `ProviderRefused`.
    """
    found = await _unpaid(app, who, subscription_id)
    if found is None:
        return NothingToPay.NOT_YOURS
    subscription, customer = found
    provider, deadline = app.provider(subscription.account_id), Deadline(app)
    invoicing = offered(provider.invoicing)
    told = await deadline.of(lambda: provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS))
    now = next((fact for fact in told.subscriptions or () if fact.id == subscription_id), None)
    newest = None if now is None or now.status is not SubscriptionStatus.UNPAID else now.latest_invoice_id
    try:
        if newest is None:
            return NothingToPay.NOT_YOURS
        bill = await deadline.of(lambda: invoicing.finalize(newest))
    finally:
        await _settle(app, subscription)
    if bill.status is InvoiceStatus.PAID:
        return NothingToPay.PAID
    if bill.status is InvoiceStatus.VOID or bill.hosted_url is None:
        return NothingToPay.NO_BILL
    return ToPay(bill.hosted_url, bill.amount_remaining, bill.currency)


async def _unpaid(
    app: AppContext, who: Identity, subscription_id: SubscriptionId
) -> tuple[Subscription, CustomerRef] | None:
    """An unpaid subscription that this account pays, with its customer."""
    pays = (await standing(app, who)).pays
    async with app.store.transaction() as tx:
        person_id = await tx.identities.of(who)
        bought = [] if person_id is None else await tx.billing.subscriptions_of(person_id)
        found = next((s for s in bought if s.id == subscription_id and s.id in pays), None)
        customer = None if found is None else await tx.customers.get(found.customer_id)
    if found is None or customer is None or customer.stripe_id is None:
        return None
    return (found, customer.stripe_id) if found.status is SubscriptionStatus.UNPAID else None


async def _settle(app: AppContext, subscription: Subscription) -> None:
    async with app.store.transaction() as tx:
        parts = SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES
        await tx.customers.mark([subscription.customer_id], parts, app.business.now())
    app.wake(QueueName.CUSTOMERS)
