"""Finding again what we made, by our id in its metadata.

Lists only: `/search` lags behind, so an object made a second ago may be missing there.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, assert_never

from payments.core import refs
from payments.core.ids import CustomerRef
from payments.ports.providers import ObjectKind, ProviderUnavailable
from payments.providers.stripe.calls import PAGE, Json, StripeCalls

FIND_PAGES_MAX = 20
SLACK_SECONDS = 300
"""Our clock and Stripe's may differ: what was made shortly before is looked at too."""


class StripeLookup:
    """`Lookup` of one account."""

    def __init__(self, calls: StripeCalls) -> None:
        self._calls = calls

    async def find(self, kind: ObjectKind, row_id: str, *, since_at: int, customer: CustomerRef | None) -> str | None:
        """The id of the object that carries `row_id`. Raises `ProviderUnavailable` if the list is too long to say."""
        seen = 0
        async for row in _listed(self._calls, kind, since_at // 1000 - SLACK_SECONDS, customer):
            seen += 1
            if refs.read(row.get("metadata") or {}).row == row_id and not row.get("deleted"):
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
        case ObjectKind.REFUND:
            service = v1.refunds.list_async
        case _:
            assert_never(kind)

    def page(after: str | None) -> Awaitable[Any]:
        return service(params | ({"starting_after": after} if after else {}))

    return calls.pages(page, pages_max=FIND_PAGES_MAX, interactive=True)
