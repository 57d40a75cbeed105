"""What Stripe says now of one customer: bounded, paged, by parts."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from payments.core.billing import ENDED_STATUSES, SnapshotPart
from payments.core.ids import CustomerRef, InvoiceId
from payments.core.snapshot import CreditNoteFact, DisputeFact, InvoiceFact, RefundFact, Snapshot, SubscriptionFact
from payments.ports.providers import KeyRefused, ProviderRefused, ProviderUnavailable
from payments.providers.stripe import facts
from payments.providers.stripe.calls import PAGE, Json, StripeCalls
from payments.providers.stripe.fields import map_of, milliseconds, reference, rows_of

if TYPE_CHECKING:
    from stripe import params as stripe_params  # for annotations only: a module of thousands of classes

FETCH_MS_MAX = 45_000
"""All calls of one fetch together: less than a lease, so that a settlement is never still fetching when it ends."""

SUBSCRIPTION_PAGES_MAX = 5
INVOICE_PAGES_MAX = 3
LINE_PAGES_MAX = 3  # an invoice has 250 at most
NOTE_PAGES_MAX = 3
CHARGE_PAGES_MAX = 3
REFUND_PAGES_MAX = 5
EVENT_PAGES_MAX = 10
DAY_MS = 86_400_000
EVENTS_KEPT_MS = 30 * DAY_MS
"""Stripe's event list reaches back 30 days."""

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


@dataclass(slots=True)
class _Traced:
    """A charge that gave money back or is contested, with the invoice it paid."""

    charge: Json
    invoice_id: InvoiceId | None


async def fetch(
    calls: StripeCalls, customer: CustomerRef, parts: SnapshotPart, failures_unknown: Sequence[InvoiceId]
) -> Snapshot:
    """The parts asked for. Raises `ProviderUnavailable` also when all of it takes too long."""
    try:
        async with asyncio.timeout(FETCH_MS_MAX / 1000):
            try:
                return await _fetch(calls, customer, parts, failures_unknown)
            except ProviderRefused as refused:  # of a deleted customer Stripe may list nothing at all
                if refused.code != "missing_object" or not await _deleted(calls, customer):
                    raise
                return Snapshot(subscriptions=() if SnapshotPart.SUBSCRIPTIONS in parts else None, deleted=True)
    except TimeoutError:
        raise ProviderUnavailable(f"fetching took longer than {FETCH_MS_MAX // 1000} s", unclear=False) from None


async def _fetch(
    calls: StripeCalls, customer: CustomerRef, parts: SnapshotPart, failures_unknown: Sequence[InvoiceId]
) -> Snapshot:
    sold, invoices, traced = await _all_of(
        _sold(calls, customer) if SnapshotPart.SUBSCRIPTIONS in parts else _nothing(),
        _invoices(calls, customer) if SnapshotPart.INVOICES in parts else _nothing(),
        _traced_charges(calls, customer) if parts & (SnapshotPart.CHARGES | SnapshotPart.DISPUTES) else _nothing(),
    )
    subscriptions, deleted = (None, False) if sold is None else sold
    refunds = await _refunds(calls, traced) if traced is not None and SnapshotPart.CHARGES in parts else None
    disputes = await _disputes(calls, traced) if traced is not None and SnapshotPart.DISPUTES in parts else None
    failed_at = await _failures(calls, failures_unknown, invoices or ()) if failures_unknown else {}
    on_their_way = {id_ for id_ in failures_unknown if id_ not in failed_at and await _on_its_way(calls, id_)}
    credited = any(invoice.credited for invoice in invoices or ())
    notes = None if invoices is None else await _notes(calls, customer) if credited else ()
    return Snapshot(subscriptions, invoices, refunds, disputes, failed_at, deleted, notes, frozenset(on_their_way))


async def _nothing() -> None:
    """A part that was not asked for."""


async def _all_of(one: Awaitable[A], two: Awaitable[B], three: Awaitable[C]) -> tuple[A, B, C]:
    """What all three answer, asked at the same time; the first one's error once none is under way any more.

    No two lists are ever of one moment, whatever the order: a change between them sends an event, and that is a mark.
    """
    asked = (asyncio.ensure_future(one), asyncio.ensure_future(two), asyncio.ensure_future(three))
    await asyncio.gather(*asked, return_exceptions=True)
    return asked[0].result(), asked[1].result(), asked[2].result()


async def _sold(calls: StripeCalls, customer: CustomerRef) -> tuple[tuple[SubscriptionFact, ...], bool]:
    """The subscriptions, and whether the customer is deleted: that ends them, so while one goes on it is not asked."""
    found = await _subscriptions(calls, customer)
    ended = all(one.status in ENDED_STATUSES for one in found)
    return found, ended and await _deleted(calls, customer)


async def _subscriptions(calls: StripeCalls, customer: CustomerRef) -> tuple[SubscriptionFact, ...]:
    def page(after: str | None) -> "stripe_params.SubscriptionListParams":
        params: stripe_params.SubscriptionListParams = {
            "customer": customer,
            "status": "all",
            "limit": PAGE,
            "expand": ["data.discounts.source.coupon"],
        }
        if after:
            params["starting_after"] = after
        return params

    rows = calls.pages(lambda after: calls.v1.subscriptions.list_async(page(after)), pages_max=SUBSCRIPTION_PAGES_MAX)
    return tuple([facts.subscription(await _with_all(row, "items", partial(_all_items, calls))) async for row in rows])


async def _with_all(row: Json, part: str, rest: Callable[[str], Awaitable[list[Json]]]) -> Json:
    """The object with the whole of a list of which it shows ten at most: one more call where there are more."""
    if not map_of(row.get(part)).get("has_more"):
        return row
    return {**row, part: {"data": await rest(str(row["id"]))}}


async def _all_items(calls: StripeCalls, subscription: str) -> list[Json]:
    params: stripe_params.SubscriptionItemListParams = {"subscription": subscription, "limit": PAGE}
    rows = calls.pages(lambda after: calls.v1.subscription_items.list_async(params), pages_max=1)  # 20 at most
    return [row async for row in rows]


async def _all_lines(calls: StripeCalls, invoice: str) -> list[Json]:
    def page(after: str | None) -> "stripe_params.InvoiceLineItemListParams":
        params: stripe_params.InvoiceLineItemListParams = {"limit": PAGE}
        if after:
            params["starting_after"] = after
        return params

    service = calls.v1.invoices.line_items
    rows = calls.pages(lambda after: service.list_async(invoice, page(after)), pages_max=LINE_PAGES_MAX)
    return [row async for row in rows]


async def _deleted(calls: StripeCalls, customer: CustomerRef) -> bool:
    row = await calls.ask(lambda: calls.v1.customers.retrieve_async(customer))
    return row.get("deleted") is True


async def _invoices(calls: StripeCalls, customer: CustomerRef) -> tuple[InvoiceFact, ...]:
    """The newest 300, and every open one however old: an unpaid one is what a grace hangs on."""

    def page(after: str | None, status: str | None) -> "stripe_params.InvoiceListParams":
        params: stripe_params.InvoiceListParams = {"customer": customer, "limit": PAGE}
        if status:
            params["status"] = status
        if after:
            params["starting_after"] = after
        return params

    service = calls.v1.invoices
    found: dict[InvoiceId, InvoiceFact] = {}
    newest = calls.pages(lambda after: service.list_async(page(after, None)), pages_max=INVOICE_PAGES_MAX)
    async for row in newest:
        fact = facts.invoice(await _with_all(row, "lines", partial(_all_lines, calls)))
        found[fact.id] = fact
    if len(found) >= INVOICE_PAGES_MAX * PAGE:
        still_open = calls.pages(lambda after: service.list_async(page(after, "open")), pages_max=INVOICE_PAGES_MAX)
        async for row in still_open:
            fact = facts.invoice(await _with_all(row, "lines", partial(_all_lines, calls)))
            found[fact.id] = fact
    return tuple(found.values())


async def _notes(calls: StripeCalls, customer: CustomerRef) -> tuple[CreditNoteFact, ...] | None:
    """None where our key may not read them, as one from before they counted: the rest is settled all the same."""

    def page(after: str | None) -> "stripe_params.CreditNoteListParams":
        params: stripe_params.CreditNoteListParams = {"customer": customer, "limit": PAGE}
        if after:
            params["starting_after"] = after
        return params

    rows = calls.pages(lambda after: calls.v1.credit_notes.list_async(page(after)), pages_max=NOTE_PAGES_MAX)
    try:
        whole = [await _with_all(row, "lines", partial(_all_note_lines, calls)) async for row in rows]
    except KeyRefused as refused:
        if refused.code != "permission_error":
            raise
        return None
    return tuple(facts.credit_note(note, rows_of(note.get("lines"))) for note in whole)


async def _all_note_lines(calls: StripeCalls, note: str) -> list[Json]:
    def page(after: str | None) -> "stripe_params.CreditNoteLineItemListParams":
        params: stripe_params.CreditNoteLineItemListParams = {"limit": PAGE}
        if after:
            params["starting_after"] = after
        return params

    service = calls.v1.credit_notes.line_items
    rows = calls.pages(lambda after: service.list_async(note, page(after)), pages_max=LINE_PAGES_MAX)
    return [row async for row in rows]


async def _traced_charges(calls: StripeCalls, customer: CustomerRef) -> list[_Traced]:
    def page(after: str | None) -> "stripe_params.ChargeListParams":
        params: stripe_params.ChargeListParams = {"customer": customer, "limit": PAGE, "expand": ["data.refunds"]}
        if after:
            params["starting_after"] = after
        return params

    rows = calls.pages(lambda after: calls.v1.charges.list_async(page(after)), pages_max=CHARGE_PAGES_MAX)
    return [
        _Traced(charge, await _invoice_of(calls, charge))
        async for charge in rows
        if charge.get("amount_refunded") or charge.get("disputed") or (charge.get("refunds") or {}).get("data")
    ]


async def _invoice_of(calls: StripeCalls, charge: Json) -> InvoiceId | None:
    """charge → payment intent → invoice payment → invoice: a charge has no `invoice` any more."""
    intent = reference(charge.get("payment_intent"))
    if intent is None:
        return None
    paid = await calls.ask(
        lambda: calls.v1.invoice_payments.list_async(
            {"payment": {"type": "payment_intent", "payment_intent": intent}, "limit": 1}
        )
    )
    rows = paid.get("data") or []
    found = reference(rows[0].get("invoice")) if rows else None
    return InvoiceId(found) if found else None


async def _refunds(calls: StripeCalls, traced: Iterable[_Traced]) -> tuple[RefundFact, ...]:
    found = []
    for one in traced:
        inline = one.charge.get("refunds") or {}
        rows = list(inline.get("data") or [])
        if inline.get("has_more") or (not rows and one.charge.get("amount_refunded")):
            rows = await _all_refunds(calls, str(one.charge["id"]))
        found += [facts.refund(row, one.charge, one.invoice_id) for row in rows]
    return tuple(found)


async def _all_refunds(calls: StripeCalls, charge: str) -> list[Json]:
    def page(after: str | None) -> "stripe_params.RefundListParams":
        params: stripe_params.RefundListParams = {"charge": charge, "limit": PAGE}
        if after:
            params["starting_after"] = after
        return params

    rows = calls.pages(lambda after: calls.v1.refunds.list_async(page(after)), pages_max=REFUND_PAGES_MAX)
    return [row async for row in rows]


async def _disputes(calls: StripeCalls, traced: Iterable[_Traced]) -> tuple[DisputeFact, ...]:
    found = []
    for one in traced:
        if one.charge.get("disputed"):
            page = await calls.ask(
                partial(calls.v1.disputes.list_async, {"charge": str(one.charge["id"]), "limit": PAGE})
            )
            found += [facts.dispute(row, one.charge, one.invoice_id) for row in page.get("data") or []]
    return tuple(found)


async def _failures(
    calls: StripeCalls, wanted: Sequence[InvoiceId], known: Iterable[InvoiceFact]
) -> Mapping[InvoiceId, int]:
    """When each invoice's first payment failed: only its event knows. An invoice that is not found stays unknown.

    The list is the whole account's, so the day after finalizing is read first: there the first attempt is made.
    """
    by_id = {fact.id: fact for fact in known}
    found: dict[InvoiceId, int] = {}
    for invoice_id in dict.fromkeys(wanted):
        fact = by_id.get(invoice_id) or await _invoice(calls, invoice_id)
        if fact is None:
            continue
        since = fact.finalized_at or fact.created_at
        at = await _first_failure(calls, invoice_id, since, since + DAY_MS)
        if at is None:
            at = await _first_failure(calls, invoice_id, since + DAY_MS, since + EVENTS_KEPT_MS)
        if at is not None:
            found[invoice_id] = at
    return found


async def _on_its_way(calls: StripeCalls, invoice_id: InvoiceId) -> bool:
    """Whether a payment of an invoice is on its way, as debits are for days. One that is not there has none."""
    try:
        paid = await calls.ask(
            lambda: calls.v1.invoice_payments.list_async(
                {"invoice": invoice_id, "status": "open", "limit": PAGE, "expand": ["data.payment.payment_intent"]}
            )
        )
    except ProviderRefused as refused:
        if refused.code == "missing_object":
            return False
        raise
    intents = (map_of(map_of(row.get("payment")).get("payment_intent")) for row in paid.get("data") or [])
    return any(intent.get("status") == "processing" for intent in intents)


async def _invoice(calls: StripeCalls, invoice_id: InvoiceId) -> InvoiceFact | None:
    try:
        return facts.invoice(await calls.ask(lambda: calls.v1.invoices.retrieve_async(invoice_id)))
    except ProviderRefused as refused:
        if refused.code == "missing_object":
            return None
        raise


async def _first_failure(calls: StripeCalls, invoice_id: InvoiceId, since_at: int, until_at: int) -> int | None:
    def page(after: str | None) -> "stripe_params.EventListParams":
        params: stripe_params.EventListParams = {
            "type": "invoice.payment_failed",
            "created": {"gte": since_at // 1000, "lte": until_at // 1000},
            "limit": PAGE,
        }
        if after:
            params["starting_after"] = after
        return params

    rows = calls.pages(lambda after: calls.v1.events.list_async(page(after)), pages_max=EVENT_PAGES_MAX)
    times = [at async for row in rows if facts.event_of(row) == invoice_id and (at := milliseconds(row["created"]))]
    return min(times, default=None)
