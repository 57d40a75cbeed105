"""Finding again what we made, by our id in its metadata, and whose an event without customer is.

Lists only: `/search` lags behind, so an object made a second ago may be missing there.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, assert_never

from payments.core.ids import CustomerRef
from payments.ports.provider import ObjectKind, ProviderRefused, ProviderUnavailable
from payments.providers.stripe import facts
from payments.providers.stripe.calls import PAGE, Json, StripeCalls

FIND_PAGES_MAX = 20
SLACK_SECONDS = 300
"""Our clock and Stripe's may differ: what was made shortly before is looked at too."""


async def find(
    calls: StripeCalls, kind: ObjectKind, row_id: str, *, since_at: int, customer: CustomerRef | None
) -> str | None:
    """The id of the object that carries `row_id`. Raises `ProviderUnavailable` when the list is too long to be sure."""
    seen = 0
    async for row in _listed(calls, kind, since_at // 1000 - SLACK_SECONDS, customer):
        seen += 1
        if (row.get("metadata") or {}).get("guestlist_row") == row_id and not row.get("deleted"):
            return str(row["id"])
    if seen >= FIND_PAGES_MAX * PAGE:
        raise ProviderUnavailable(f"more than {seen} objects to look through for {row_id}", unclear=False)
    return None


def _listed(calls: StripeCalls, kind: ObjectKind, since: int, customer: CustomerRef | None) -> AsyncIterator[Json]:
    v1 = calls.v1
    # The same fields in each list's parameters, so one untyped dict serves them all.
    params: dict[str, Any] = {"created": {"gte": since}, "limit": PAGE}
    of_customer = params | ({"customer": customer} if customer is not None else {})
    match kind:
        case ObjectKind.CUSTOMER:
            service: Callable[[Any], Awaitable[Any]] = v1.customers.list_async
        case ObjectKind.PRODUCT:
            service = v1.products.list_async
        case ObjectKind.PRICE:
            service = v1.prices.list_async
        case ObjectKind.CHECKOUT_SESSION:
            service, params = v1.checkout.sessions.list_async, of_customer
        case ObjectKind.INVOICE:
            service, params = v1.invoices.list_async, of_customer
        case ObjectKind.INVOICE_ITEM:
            service, params = v1.invoice_items.list_async, of_customer
        case _:
            assert_never(kind)

    def page(after: str | None) -> Awaitable[Any]:
        return service(params | ({"starting_after": after} if after else {}))

    return calls.pages(page, pages_max=FIND_PAGES_MAX, interactive=True)


async def customer_of(calls: StripeCalls, event_type: str, body: str) -> CustomerRef | None:
    """Follow an event's object to its customer: dispute, refund → charge → payment intent → customer.

    None when it leads nowhere: it belongs to something else that the account sells.
    """
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    data = event.get("data") if isinstance(event, dict) else None
    obj = data.get("object") if isinstance(data, dict) else None
    if not isinstance(obj, dict):
        return None  # a thin event (v2) names a related object of no customer of ours
    found = facts.customer_in(obj)
    if found is not None:
        return found
    try:
        return await _follow(calls, event_type, obj)
    except ProviderRefused as refused:
        if refused.code == "missing_object":
            return None
        raise


async def _follow(calls: StripeCalls, event_type: str, obj: Json) -> CustomerRef | None:
    v1 = calls.v1
    charge, intent = facts.reference(obj.get("charge")), facts.reference(obj.get("payment_intent"))
    invoice = facts.reference(obj.get("invoice"))
    if event_type.startswith("charge.") and obj.get("object") == "charge":
        charge = None  # the charge itself, without a customer: its intent may have one
    if charge is not None:
        row = await calls.ask(lambda: v1.charges.retrieve_async(charge))
        if (found := facts.customer_in(row)) is not None:
            return found
        intent = intent or facts.reference(row.get("payment_intent"))
    if intent is not None:
        row = await calls.ask(lambda: v1.payment_intents.retrieve_async(intent))
        if (found := facts.customer_in(row)) is not None:
            return found
    if invoice is not None:
        return facts.customer_in(await calls.ask(lambda: v1.invoices.retrieve_async(invoice)))
    return None
