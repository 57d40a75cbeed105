"""Stripe's events: which parts of a customer each type says have changed, whose they are, and the account's lists."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from payments.core import refs
from payments.core.billing import DisputeStatus, InvoiceStatus, RefundStatus, SnapshotPart
from payments.core.ids import AccountId, CustomerId, CustomerRef, EventId
from payments.ports.providers import (
    ListedMoney,
    ListedSubscription,
    MoneyKind,
    Page,
    ProviderEvent,
    ProviderRefused,
)
from payments.providers.stripe import facts
from payments.providers.stripe.calls import PAGE, Json, StripeCalls
from payments.providers.stripe.fields import ID_LENGTH_MAX, int_of, map_of, reference

if TYPE_CHECKING:
    from stripe import params as stripe_params  # for annotations only: a module of thousands of classes

log = logging.getLogger(__name__)

SUBSCRIPTION = SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES
"""A subscription's state is only understood with its invoices: since when it is past due, what pays its period."""

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
        "radar.early_fraud_warning.created": SnapshotPart.CHARGES | SnapshotPart.INVOICES,
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

LEADS = ("charge", "payment_intent", "invoice")

THIN = "v1."
"""What the types of thin events begin with: they carry no object, only which one to look up."""

THIN_FAMILIES = (
    "customer.subscription.",
    "subscription_schedule.",
    "invoice.",
    "invoice_payment.",
    "checkout.session.",
)
"""Thin events have types of their own (`v1.customer.subscription.past_due`); each of these is about a subscription."""


def parts_of(type_: str) -> SnapshotPart | None:
    """What an event of this type says has changed; None: nothing that we read."""
    plain = type_.removeprefix(THIN)
    found = PARTS.get(type_, PARTS.get(plain))
    return SUBSCRIPTION if found is None and type_ != plain and plain.startswith(THIN_FAMILIES) else found


class _Object(msgspec.Struct):
    """What an event is of, of any type: only what says whose it is. Any value can stand in a field."""

    id: Any = None
    object: Any = None
    customer: Any = None
    charge: Any = None
    payment_intent: Any = None
    invoice: Any = None
    metadata: Any = None


class _Data(msgspec.Struct):
    object: _Object = msgspec.field(default_factory=_Object)


class _Related(msgspec.Struct):
    id: Any = None
    type: Any = None


class _Event(msgspec.Struct):
    id: str
    type: str
    created: int | str
    livemode: bool
    account: str | None = None
    context: Any = None
    data: _Data | None = None
    related_object: _Related | None = None


_decoder = msgspec.json.Decoder(_Event)


class StripeEvents:
    """`EventSource` of one account."""

    def __init__(self, calls: StripeCalls) -> None:
        self._calls = calls

    def decode(self, body: str) -> ProviderEvent:
        """An event from its JSON. Raises `ValueError` when it is none."""
        return decode(body)

    async def customer_of(self, event: ProviderEvent) -> CustomerRef | None:
        """Follow an event's object to its customer: dispute, refund → charge → payment intent → customer.

        None when it leads nowhere: it belongs to something else that the account sells.
        """
        if event.customer is not None:
            return event.customer
        try:
            return await self._follow(await self._looked_up(event.leads))
        except ProviderRefused as refused:
            if refused.code == "missing_object":
                return None
            raise

    async def _looked_up(self, leads: Mapping[str, str]) -> Mapping[str, str]:
        """The leads of what a thin event is about: whose it is, or what it points to, is told by the object itself."""
        v1 = self._calls.v1
        services: Mapping[str, Callable[[str], Awaitable[Any]]] = {
            "subscription": v1.subscriptions.retrieve_async,
            "subscription_schedule": v1.subscription_schedules.retrieve_async,
            "checkout.session": v1.checkout.sessions.retrieve_async,
            "credit_note": v1.credit_notes.retrieve_async,
            "invoice_payment": v1.invoice_payments.retrieve_async,
            "refund": v1.refunds.retrieve_async,
            "dispute": v1.disputes.retrieve_async,
            "radar.early_fraud_warning": v1.radar.early_fraud_warnings.retrieve_async,
        }
        found = next(((name, leads[name]) for name in services if name in leads), None)
        if found is None:
            return leads
        name, object_id = found
        row = await self._calls.ask(lambda: services[name](object_id))
        customer = facts.customer_in(row)
        return {"customer": customer} if customer is not None else _leads(row)

    async def _follow(self, leads: Mapping[str, str]) -> CustomerRef | None:
        v1 = self._calls.v1
        if (customer := leads.get("customer")) is not None:
            return CustomerRef(customer)
        charge, intent, invoice = (leads.get(name) for name in LEADS)
        if charge is not None:
            row = await self._calls.ask(lambda: v1.charges.retrieve_async(charge))
            if (found := facts.customer_in(row)) is not None:
                return found
            intent = intent or reference(row.get("payment_intent"))
        if intent is not None:
            row = await self._calls.ask(lambda: v1.payment_intents.retrieve_async(intent))
            if (found := facts.customer_in(row)) is not None:
                return found
        if invoice is not None:
            return facts.customer_in(await self._calls.ask(lambda: v1.invoices.retrieve_async(invoice)))
        return None

    async def list_changes(self, *, since_at: int, after: str | None) -> Page[ProviderEvent]:
        """One page of the account's events since a time, newest first."""
        params: stripe_params.EventListParams = {"created": {"gte": since_at // 1000}, "limit": PAGE}
        if after is not None:
            params["starting_after"] = after
        page = await self._calls.ask(lambda: self._calls.v1.events.list_async(params))
        rows = page.get("data") or []
        return Page(_listed(rows), str(rows[-1]["id"]) if page.get("has_more") and rows else None)

    async def list_live(self, *, after: str | None) -> Page[ListedSubscription]:
        """One page of all the account's subscriptions, ended ones too."""
        params: stripe_params.SubscriptionListParams = {
            "status": "all",
            "limit": PAGE,
            "expand": ["data.discounts.source.coupon"],
        }
        if after is not None:
            params["starting_after"] = after
        page = await self._calls.ask(lambda: self._calls.v1.subscriptions.list_async(params))
        rows = page.get("data") or []
        listed = [
            ListedSubscription(customer=customer, fact=facts.subscription(row))
            for row in rows
            if (customer := facts.customer_in(row)) is not None
        ]
        return Page(listed, str(rows[-1]["id"]) if page.get("has_more") and rows else None)

    async def list_money(self, kind: MoneyKind, *, since_at: int, after: str | None) -> Page[ListedMoney]:
        """One page of the account's invoices, refunds or disputes: of these only the charge names a customer."""
        v1 = self._calls.v1
        params: dict[str, Any] = {"created": {"gte": since_at // 1000}, "limit": PAGE}
        if after is not None:
            params["starting_after"] = after
        match kind:
            case MoneyKind.INVOICE:
                service: Callable[[Any], Awaitable[Any]] = v1.invoices.list_async
            case MoneyKind.REFUND:
                service, params = v1.refunds.list_async, params | {"expand": ["data.charge"]}
            case MoneyKind.DISPUTE:
                service, params = v1.disputes.list_async, params | {"expand": ["data.charge"]}
        page = await self._calls.ask(lambda: service(params))
        rows = page.get("data") or []
        found = [one for row in rows if (one := _money(kind, row)) is not None]
        return Page(found, str(rows[-1]["id"]) if page.get("has_more") and rows else None)


def _money(kind: MoneyKind, row: Json) -> ListedMoney | None:
    """A row of such a list; None of what belongs to no customer."""
    of = row if kind is MoneyKind.INVOICE else map_of(row.get("charge"))
    customer, word = reference(of.get("customer")), str(row.get("status"))
    if customer is None:
        return None
    match kind:
        case MoneyKind.INVOICE:
            status: InvoiceStatus | RefundStatus | DisputeStatus = InvoiceStatus(word)
        case MoneyKind.REFUND:
            status = RefundStatus(word)
        case MoneyKind.DISPUTE:
            status = DisputeStatus(word)
    amount = int_of(row.get("amount_paid" if kind is MoneyKind.INVOICE else "amount"))
    return ListedMoney(str(row["id"]), CustomerRef(customer), status, amount)


def decode(body: str) -> ProviderEvent:
    """An event from its JSON, version 1 or a thin version 2. Raises `ValueError` when it is none."""
    try:
        return _event(_decoder.decode(body), body)
    except (msgspec.MsgspecError, UnicodeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not an event of Stripe: {type(error).__name__}") from error


def _event(event: _Event, body: str) -> ProviderEvent:
    of = event.data.object if event.data is not None else _Object()
    related = event.related_object if event.related_object is not None and of.id is None else _Related()
    object_id = _text(of.id) or _text(related.id)
    customer = object_id if "customer" in (of.object, related.type) else _reference(of.customer)
    account = event.account or _account(event.context)
    # A thin event of what we know is stored as its plain twin, by whose type failed payments are found again.
    type_ = event.type if event.type in PARTS else event.type.removeprefix(THIN)
    named = (event.id, event.type, account, object_id, customer)
    if not all(name is None or _is_name(name) for name in named):
        raise ValueError("not an event of Stripe: an id that none can be")
    if isinstance(event.created, str):
        created_at = round(datetime.fromisoformat(event.created).timestamp() * 1000)
    else:
        created_at = event.created * 1000
    if not 0 <= created_at <= CREATED_MAX * 1000:
        raise ValueError("not an event of Stripe: a time that none can be")
    return ProviderEvent(
        id=EventId(event.id),
        type=type_ if type_ in PARTS else event.type,
        livemode=event.livemode,
        account=None if account is None else AccountId(account),
        created_at=created_at,
        object_id=object_id,
        customer=None if customer is None else CustomerRef(customer),
        parts=parts_of(event.type),
        body=body,
        row=_row(of),
        leads=_leads({name: getattr(of, name) for name in LEADS}) | _itself(related),
    )


def _itself(related: _Related) -> dict[str, str]:
    """What a thin event is about, by its kind."""
    kind, object_id = _text(related.type), reference(related.id)
    return {} if kind is None or object_id is None else {kind: object_id}


def _account(context: object) -> str | None:
    """The account that a thin event is of, where it says so (`acct_…`, or a path that ends in it)."""
    last = (_text(context) or "").rpartition("/")[2]
    return last if last.startswith("acct_") else None


def _leads(of: Mapping[str, Any]) -> dict[str, str]:
    """What it points to. A charge without customer points to itself in nothing: its intent may have one."""
    found = {name: of.get(name) for name in LEADS}
    return {name: one for name, value in found.items() if (one := reference(value)) is not None}


def _row(of: _Object) -> CustomerId | None:
    """Our row's id in the metadata of a customer."""
    if of.object != "customer" or not isinstance(of.metadata, Mapping):
        return None
    row = refs.read(of.metadata).customer_row
    return row if row is not None and _is_name(row) else None


def _listed(rows: list[Json]) -> list[ProviderEvent]:
    """The events of a list, each with its whole text as a webhook would bring it. What is none is left out."""
    found = []
    for row in rows:
        try:
            body = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
            found.append(_event(msgspec.convert(row, _Event), body))
        except (ValueError, msgspec.MsgspecError, OverflowError):
            log.warning("Stripe's list has an event that can't be read; the nightly comparison makes up for it.")
    return found


def _is_name(text: str) -> bool:
    """Whether a database can keep it as an id, and it came as it is: PostgreSQL takes no NUL, see `json_text.whole`."""
    return 0 < len(text) <= ID_LENGTH_MAX and text.isprintable() and "\ufffd" not in text


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _reference(value: object) -> str | None:
    """An id, as it stands or within an expanded object."""
    return _text(value.get("id")) if isinstance(value, Mapping) else _text(value)
