"""Webhooks come in: store, mark; then find whose an event without customer is.

An event is a hint: it says of which customer something changed, and which parts of it to ask for.
"""

from contextlib import suppress

from payments.core.billing import SnapshotPart
from payments.core.ids import AccountId, CustomerRef
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.retry import backoff_ms, retry_of
from payments.flows.settlement import fraud_warnings, paid_once, unowned
from payments.ports.providers import ProviderEvent, ProviderRefused, ProviderUnavailable
from payments.ports.stores import EventState, Ingested, Lease, QueueName, Retry, StoredEvent, StoreUnavailable

STRANGER_ATTEMPTS = 4
"""A customer that is not ours is asked about so often, for its row may just be on its way into the database."""

BOUGHT = "customer.subscription.created"
"""What a stranger who pays for a plan of ours past us is met by."""

NOTE_EVERY_MS = 60_000


async def store_event(app: AppContext, account_id: AccountId, event: ProviderEvent) -> Ingested:
    """Store an event and mark its customer; answers after the commit (invariant 1). Raises `StoreUnavailable`."""
    stored = StoredEvent(
        account_id=account_id,
        id=event.id,
        type=event.type,
        object_id=event.object_id,
        stripe_customer_id=event.customer,
        created_at=event.created_at,
        received_at=app.business.now(),
        body=event.body,
    )
    ingested = await app.store.ingest(stored, event.parts)
    match ingested.state:
        case EventState.MARKED:
            app.wake(QueueName.CUSTOMERS)
        case EventState.UNRESOLVED:
            app.wake(QueueName.EVENTS)
        case _:
            pass
    return ingested


async def note_webhook(app: AppContext, account_id: AccountId) -> None:
    """Remember that webhooks come, once a minute: the sweep stores events too, so the events themselves don't tell."""
    now = app.business.now()
    if now - app.webhook_noted_at.get(account_id, 0) < NOTE_EVERY_MS:
        return
    app.webhook_noted_at[account_id] = now
    with suppress(StoreUnavailable):  # the event itself is stored; the next minute tells again
        async with app.store.transaction() as tx:
            await tx.provider_accounts.set_webhook(account_id, now)


async def resolve_event(app: AppContext, stored: StoredEvent, lease: Lease) -> None:
    """Find whose an event is: mark that customer, or file the event as foreign. Raises `LeaseLost`."""
    try:
        events = app.provider(stored.account_id).events
        event = events.decode(stored.body)
        customer = await events.customer_of(event)
        warned = None if customer is None else await fraud_warnings.look(app, stored.account_id, event)
        last = stored.attempts + 1 >= STRANGER_ATTEMPTS
        paid = await paid_once.look(app, stored.account_id, event) if customer is None or last else None
    except ValueError:  # a version that read less of it took it for an event
        async with app.store.transaction() as tx:
            await tx.events.file(stored, lease, EventState.FOREIGN)
        return
    except (ProviderUnavailable, ProviderRefused) as error:
        retry = retry_of(app, error, stored.attempts)
        async with app.store.transaction() as tx:
            await tx.events.failed(stored, lease, retry)
        return
    resolved = waits = told = False
    stranger: CustomerRef | None = None
    async with app.store.transaction() as tx:
        if customer is not None:
            parts = event.parts or SnapshotPart.ALL
            if warned is not None and not await fraud_warnings.tell(app, tx, warned) and not last:
                # What it warns of was paid this moment, and its bill is not stored yet: that is settled first.
                waits = bool(await tx.customers.mark_stripe(stored.account_id, {customer}, parts, app.business.now()))
            resolved = not waits and await tx.events.resolved(stored, lease, customer, parts, app.business.now())
        if resolved:
            pass
        elif waits:
            next_at = app.machine.now() + backoff_ms(stored.attempts + 1)
            await tx.events.failed(stored, lease, Retry("its bill is not stored yet", next_at))
        elif event.row is not None and await tx.customers.get(event.row) is not None:
            # Ours by its metadata, its id at Stripe not yet stored: that is being done, so wait for it.
            unknown = LookupError(f"{customer} is being stored as {event.row}")
            await tx.events.failed(stored, lease, retry_of(app, unknown, stored.attempts))
        elif customer is not None and not last:
            next_at = app.machine.now() + backoff_ms(stored.attempts + 1)
            await tx.events.failed(stored, lease, Retry(f"{customer} is not known", next_at))
        else:
            await tx.events.file(stored, lease, EventState.FOREIGN)
            stranger = customer if event.type == BOUGHT else None
            told = paid is not None and await paid_once.tell(app, tx, paid)
    if resolved or waits:
        app.wake(QueueName.CUSTOMERS)
    if told or (resolved and warned is not None):
        app.wake(QueueName.NOTICES)
    if stranger is not None:
        with suppress(ProviderUnavailable, ProviderRefused):  # the nightly comparison looks as well
            await unowned.look_at_stranger(app, stored.account_id, stranger)
