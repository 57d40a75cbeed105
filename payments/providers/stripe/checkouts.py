"""Stripe Checkout."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from payments.core.catalog import PriceKind
from payments.core.ids import CustomerRef
from payments.ports.providers import CheckoutOrder, CheckoutSession, PaidOnce, ProviderRefused
from payments.providers.stripe import facts
from payments.providers.stripe.calls import PAGE, StripeCalls
from payments.providers.stripe.fields import int_of, map_of, reference

if TYPE_CHECKING:
    from stripe.params import checkout as checkout_params  # for annotations only


class StripeCheckouts:
    """`Checkouts` of one account."""

    def __init__(self, calls: StripeCalls) -> None:
        self._calls = calls

    async def open(self, key: str, order: CheckoutOrder) -> CheckoutSession:
        """Make a checkout session: a subscription, or a payment that makes an invoice."""
        assert order.price.provider_price_id is not None
        metadata = dict(order.metadata)
        params: checkout_params.SessionCreateParams = {
            "customer": order.customer,
            "client_reference_id": order.reference,
            "line_items": [{"price": order.price.provider_price_id, "quantity": 1}],
            "metadata": metadata,
            "success_url": order.success_url,
            "cancel_url": order.cancel_url,
            "expires_at": order.expires_at // 1000,
        }
        if order.price.kind is PriceKind.RECURRING:
            params["mode"] = "subscription"
            params["subscription_data"] = {"metadata": metadata}
            if order.trial_days:
                params["subscription_data"]["trial_period_days"] = order.trial_days
        else:
            params["mode"] = "payment"
            params["invoice_creation"] = {"enabled": True, "invoice_data": {"metadata": metadata}}
            params["payment_intent_data"] = {"metadata": metadata}
        row = await self._calls.ask(
            lambda: self._calls.v1.checkout.sessions.create_async(params, {"idempotency_key": key}), interactive=True
        )
        return facts.session(row)

    async def get(self, session_id: str) -> CheckoutSession:
        """A checkout session as it is now."""
        params: checkout_params.SessionRetrieveParams = {"expand": ["payment_intent", "customer"]}
        row = await self._calls.ask(
            lambda: self._calls.v1.checkout.sessions.retrieve_async(session_id, params), interactive=True
        )
        return facts.session(row)

    async def completed(self, customer: CustomerRef) -> Sequence[CheckoutSession]:
        """The customer's sessions that ended with a payment, the newest 100."""
        params: checkout_params.SessionListParams = {
            "customer": customer,
            "status": "complete",
            "limit": PAGE,
            "expand": ["data.payment_intent"],
        }
        page = await self._calls.ask(lambda: self._calls.v1.checkout.sessions.list_async(params), interactive=True)
        return [facts.session(row) for row in page.get("data") or []]

    async def paid_once(self, session_id: str) -> PaidOnce | None:
        """By the session and its first ten lines, in one call."""
        params: checkout_params.SessionRetrieveParams = {"expand": ["line_items"]}
        try:
            row = await self._calls.ask(lambda: self._calls.v1.checkout.sessions.retrieve_async(session_id, params))
        except ProviderRefused as refused:
            if refused.code != "missing_object":
                raise
            return None
        if row.get("mode") != "payment" or row.get("payment_status") != "paid":
            return None
        prices = [map_of(line.get("price")) for line in map_of(row.get("line_items")).get("data") or []]
        names = {reference(name) for price in prices for name in (price.get("id"), price.get("product"))}
        sells = frozenset(name for name in names if name is not None)
        return PaidOnce(sells, int_of(row.get("amount_total")), str(row.get("currency") or ""))

    async def expire(self, session_id: str) -> None:
        """End an open session. Raises `ProviderRefused` if it is not open."""
        await self._calls.ask(lambda: self._calls.v1.checkout.sessions.expire_async(session_id), interactive=True)
