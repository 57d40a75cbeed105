"""Webhooks come in: decode only what storing needs, store, mark; then find whose an event without customer is.

An event is a hint: it says of which customer something changed, and which parts of it to ask for (`PARTS`).
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import msgspec

from payments.core.billing import SnapshotPart
from payments.core.ids import AccountId, CustomerId, CustomerRef, EventId
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.retry import backoff_ms, retry_of
from payments.ports.provider import ProviderRefused, ProviderUnavailable
from payments.ports.stores import EventState, Ingested, Lease, QueueName, Retry, StoredEvent, StoreUnavailable

SUBSCRIPTION = SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES
"""A subscription's state is only understood with its invoices: since when it is past due, what pays its period."""

STRANGER_ATTEMPTS = 4
"""A customer that is not ours is asked about so often, for its row may just be on its way into the database."""

NOTE_EVERY_MS = 60_000

ID_LENGTH_MAX = 255
"""Stripe's ids are no longer (https://docs.stripe.com/upgrades), and PostgreSQL's index takes little more."""

CREATED_MAX = 253_402_300_799
"""The last second of the year 9999."""

PARTS: Mapping[str, SnapshotPart | None] = MappingProxyType(
    {
        "customer.subscription.created": SUBSCRIPTION,
        "customer.subscription.updated": SUBSCRIPTION,
        "customer.subscription.deleted": SUBSCRIPTION,
        "customer.subscription.paused": SUBSCRIPTION,
        "customer.subscription.resumed": SUBSCRIPTION,
        "customer.subscription.trial_will_end": SUBSCRIPTION,
        "customer.subscription.pending_update_applied": SUBSCRIPTION,
        "customer.subscription.pending_update_expired": SUBSCRIPTION,
        "invoice.created": SnapshotPart.INVOICES,
        "invoice.finalized": SnapshotPart.INVOICES,
        "invoice.finalization_failed": SnapshotPart.INVOICES,
        "invoice.paid": SUBSCRIPTION,
        "invoice.payment_failed": SUBSCRIPTION,
        "invoice.payment_action_required": SUBSCRIPTION,
        "invoice.voided": SUBSCRIPTION,
        "invoice.marked_uncollectible": SUBSCRIPTION,
        "invoice.upcoming": SnapshotPart.SUBSCRIPTIONS,
        "invoice.overdue": SUBSCRIPTION,
        "checkout.session.completed": SUBSCRIPTION,
        "checkout.session.expired": SUBSCRIPTION,
        "checkout.session.async_payment_succeeded": SUBSCRIPTION,
        "checkout.session.async_payment_failed": SUBSCRIPTION,
        "charge.refunded": SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "refund.created": SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "refund.updated": SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "refund.failed": SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "credit_note.created": SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "credit_note.updated": SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "credit_note.voided": SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "charge.dispute.created": SnapshotPart.DISPUTES | SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "charge.dispute.updated": SnapshotPart.DISPUTES | SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "charge.dispute.closed": SnapshotPart.DISPUTES | SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "charge.dispute.funds_withdrawn": SnapshotPart.DISPUTES | SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "charge.dispute.funds_reinstated": SnapshotPart.DISPUTES | SnapshotPart.CHARGES | SnapshotPart.INVOICES,
        "subscription_schedule.created": SUBSCRIPTION,
        "subscription_schedule.updated": SUBSCRIPTION,
        "subscription_schedule.released": SUBSCRIPTION,
        "subscription_schedule.canceled": SUBSCRIPTION,
        "subscription_schedule.completed": SUBSCRIPTION,
        "subscription_schedule.aborted": SUBSCRIPTION,
        "subscription_schedule.expiring": SUBSCRIPTION,
        "customer.updated": SnapshotPart.SUBSCRIPTIONS,
        "customer.deleted": SnapshotPart.ALL,
        "v1.billing.meter.error_report_triggered": SnapshotPart.SUBSCRIPTIONS,
    }
)
"""Which parts of a customer's state each event type says have changed. A type that is absent is stored and counted."""


@dataclass(frozen=True, slots=True)
class EventHeader:
    """What storing an event needs of it. ``account`` is None for the account that the endpoint belongs to."""

    id: EventId
    type: str
    livemode: bool
    account: AccountId | None
    created_at: int
    object_id: str | None
    stripe_customer_id: CustomerRef | None


class _Data(msgspec.Struct):
    object: dict[str, msgspec.Raw] = {}


class _Event(msgspec.Struct):
    id: str
    type: str
    created: int | str
    livemode: bool
    account: str | None = None
    data: _Data | None = None
    related_object: dict[str, msgspec.Raw] | None = None


_decoder = msgspec.json.Decoder(_Event)


def decode(raw: bytes | str) -> EventHeader:
    """The header of an event's JSON, version 1 or a thin version 2. Raises `ValueError` when it is none."""
    try:
        header = _header(_decoder.decode(raw))
    except (msgspec.MsgspecError, UnicodeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not an event of Stripe: {type(error).__name__}") from error
    named = (header.id, header.type, header.account, header.object_id, header.stripe_customer_id)
    if not all(name is None or _is_name(name) for name in named):
        raise ValueError("not an event of Stripe: an id that none can be")
    if not 0 <= header.created_at <= CREATED_MAX * 1000:
        raise ValueError("not an event of Stripe: a time that none can be")
    return header


def _is_name(text: str) -> bool:
    """Whether a database can keep it as an id, and it came as it is: PostgreSQL takes no NUL, see `json_text.whole`."""
    return 0 < len(text) <= ID_LENGTH_MAX and text.isprintable() and "\ufffd" not in text


def _header(event: _Event) -> EventHeader:
    fields = event.data.object if event.data is not None else {}
    object_id = _text(fields.get("id")) or _text((event.related_object or {}).get("id"))
    customer = object_id if _text(fields.get("object")) == "customer" else _reference(fields.get("customer"))
    if isinstance(event.created, str):
        created_at = round(datetime.fromisoformat(event.created).timestamp() * 1000)
    else:
        created_at = event.created * 1000
    return EventHeader(
        id=EventId(event.id),
        type=event.type,
        livemode=event.livemode,
        account=None if event.account is None else AccountId(event.account),
        created_at=created_at,
        object_id=object_id,
        stripe_customer_id=None if customer is None else CustomerRef(customer),
    )


def _text(raw: msgspec.Raw | None) -> str | None:
    found = None if raw is None else msgspec.json.decode(raw)
    return found if isinstance(found, str) else None


def _reference(raw: msgspec.Raw | None) -> str | None:
    """An id, as it stands or within an expanded object."""
    found = None if raw is None else msgspec.json.decode(raw)
    if isinstance(found, dict):
        found = found.get("id")
    return found if isinstance(found, str) else None


async def store_event(app: AppContext, account_id: AccountId, header: EventHeader, body: str) -> Ingested:
    """Store an event and mark its customer; answers after the commit (invariant 1). Raises `StoreUnavailable`."""
    event = StoredEvent(
        account_id=account_id,
        id=header.id,
        type=header.type,
        object_id=header.object_id,
        stripe_customer_id=header.stripe_customer_id,
        created_at=header.created_at,
        received_at=app.business.now(),
        body=body,
    )
    ingested = await app.store.ingest(event, PARTS.get(header.type))
    await _note(app, event)
    match ingested.state:
        case EventState.MARKED:
            app.wake(QueueName.CUSTOMERS)
        case EventState.UNRESOLVED:
            app.wake(QueueName.EVENTS)
        case _:
            pass
    return ingested


async def _note(app: AppContext, event: StoredEvent) -> None:
    """Remember that webhooks come, once a minute: the sweep stores events too, so the events themselves don't tell."""
    if event.received_at - app.webhook_noted_at < NOTE_EVERY_MS:
        return
    app.webhook_noted_at = event.received_at
    with suppress(StoreUnavailable):  # the event itself is stored; the next minute tells again
        async with app.store.transaction() as tx:
            await tx.provider_accounts.set_webhook(event.account_id, event.received_at)


async def resolve_event(app: AppContext, event: StoredEvent, lease: Lease) -> None:
    """Find whose an event is: mark that customer, or file the event as foreign. Raises `LeaseLost`."""
    stripe_id = event.stripe_customer_id
    try:
        if stripe_id is None:
            stripe_id = await app.provider.customer_of(event.type, event.body)
    except (ProviderUnavailable, ProviderRefused) as error:
        retry = retry_of(app, error, event.attempts)
        async with app.store.transaction() as tx:
            await tx.events.failed(event, lease, retry)
        return
    parts = PARTS.get(event.type) or SnapshotPart.ALL
    resolved = False
    async with app.store.transaction() as tx:
        if stripe_id is not None:
            resolved = await tx.events.resolved(event, lease, stripe_id, parts, app.business.now())
        row = _our_customer(event.body)
        if resolved:
            pass
        elif row is not None and await tx.customers.get(row) is not None:
            # Ours by its metadata, its id at Stripe not yet stored: that is being done, so wait for it.
            unknown = LookupError(f"{stripe_id} is being stored as {row}")
            await tx.events.failed(event, lease, retry_of(app, unknown, event.attempts))
        elif stripe_id is not None and event.attempts + 1 < STRANGER_ATTEMPTS:
            next_at = app.machine.now() + backoff_ms(event.attempts + 1)
            await tx.events.failed(event, lease, Retry(f"{stripe_id} is not known", next_at))
        else:
            await tx.events.file(event, lease, EventState.FOREIGN)
    if resolved:
        app.wake(QueueName.CUSTOMERS)


def _our_customer(body: str) -> CustomerId | None:
    """Our row's id in the metadata of a customer object."""
    try:
        found = json.loads(body)["data"]["object"]
        row = found["metadata"]["guestlist_row"] if found["object"] == "customer" else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return CustomerId(row.split(":")[0]) if isinstance(row, str) and _is_name(row) else None
