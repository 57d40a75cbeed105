"""What an event tells and a settlement has seen before: then nothing is asked of the provider again.

One purchase sends about ten events, each on its own way. Some tell of a step that an object takes once and never takes
back: it is made, finalized, paid. Where what is stored of the object is past that step, it was fetched after it, so
the event has nothing to add, whenever it comes. No clock is compared, and what an event says of its object is not read.
Everything else is asked about: an update, whatever ends or fails, and all marks that no event made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from payments.core.billing import CheckoutState, Customer, Invoice, InvoiceStatus, Subscription, SubscriptionStatus
from payments.flows.runtime.context import AppContext
from payments.ports.stores import ClaimedCustomer, Lease, MarkingEvent, Transaction

EVENTS_MAX = 64
"""Of more, nothing is concluded."""

FINAL = frozenset({InvoiceStatus.OPEN, InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.UNCOLLECTIBLE})
BEGUN = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING})


async def seen_before(app: AppContext, claimed: ClaimedCustomer, lease: Lease) -> bool:
    """Whether nothing that marked a customer is news; then it is clean again. Raises `LeaseLost`.

    The customer's rows stand still meanwhile: only its settlements write them, and each holds the lease.
    """
    customer = claimed.customer
    if customer.stripe_id is None:
        return False
    async with app.store.transaction() as tx:
        events = await tx.events.marking(customer.account_id, customer.stripe_id, claimed.mark_seq, EVENTS_MAX + 1)
        if not _only_events(claimed, events) or not await _all_seen(tx, customer, events):
            return False
        await tx.customers.nothing_new(customer.id, lease, claimed.mark_seq)
        await tx.events.settled(customer.account_id, [customer.stripe_id], claimed.mark_seq)
    return True


def _only_events(claimed: ClaimedCustomer, events: Sequence[MarkingEvent]) -> bool:
    """Whether each mark since the last settlement is an event's: those of people, timers and comparisons have none.

    Nor is an event that named a former id of the customer among them.
    """
    if len(events) > EVENTS_MAX or claimed.mark_seq - claimed.settled_seq > EVENTS_MAX:
        return False
    made = {event.mark_seq for event in events}
    return made >= set(range(claimed.settled_seq + 1, claimed.mark_seq + 1))


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the last settlement has stored of a customer."""

    customer: Customer
    subscriptions: Iterable[Subscription]
    invoices: Iterable[Invoice]


async def _all_seen(tx: Transaction, customer: Customer, events: Sequence[MarkingEvent]) -> bool:
    stored = _Stored(customer, await tx.billing.subscriptions(customer.id), await tx.billing.invoices(customer.id))
    return all([await _seen(tx, stored, event) for event in events])


async def _seen(tx: Transaction, stored: _Stored, event: MarkingEvent) -> bool:
    invoice = next((i for i in stored.invoices if i.id == event.object_id), None)
    match event.type:
        case "customer.updated":
            return not await _buying(tx, stored.customer)
        case "customer.subscription.created":
            return any(s.id == event.object_id for s in stored.subscriptions)
        case "invoice.created":
            return invoice is not None
        case "invoice.finalized":
            return invoice is not None and invoice.status in FINAL
        case "invoice.paid":
            return invoice is not None and invoice.status is InvoiceStatus.PAID and _opened(stored, invoice)
        case "checkout.session.completed":
            return await _completed(tx, stored, event)
        case _:
            return False


async def _buying(tx: Transaction, customer: Customer) -> bool:
    """Whether the customer has a link to pay at: a card or an address, all that is new, may be the first of a purchase.

    Nothing of it is read by a settlement; so without a link there is nothing to ask.
    """
    return any(link.customer_id == customer.id for link in await tx.checkouts.waiting(customer.person_id))


def _opened(stored: _Stored, paid: Invoice) -> bool:
    """Whether its subscription was seen to go on by this invoice: the two may have been fetched a moment apart."""
    if paid.subscription_id is None:
        return True
    of = next((s for s in stored.subscriptions if s.id == paid.subscription_id), None)
    return of is not None and of.status in BEGUN and of.latest_invoice_id == paid.id


async def _completed(tx: Transaction, stored: _Stored, event: MarkingEvent) -> bool:
    """Whether what was bought there was seen: a settlement then closed our link."""
    checkout = None if event.object_id is None else await tx.checkouts.of_session(stored.customer.id, event.object_id)
    begun = all(s.status is not SubscriptionStatus.INCOMPLETE for s in stored.subscriptions)
    return checkout is not None and checkout.state is CheckoutState.COMPLETE and begun
