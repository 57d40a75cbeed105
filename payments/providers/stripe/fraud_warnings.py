"""Stripe's early fraud warnings: of charges, which alone know their customer and what is left of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from payments.core.ids import ChargeId, CustomerRef, InvoiceId
from payments.ports.providers import FraudWarning, Page, ProviderEvent
from payments.providers.stripe.calls import PAGE, StripeCalls
from payments.providers.stripe.fields import int_of, map_of, reference

if TYPE_CHECKING:
    from stripe import params as stripe_params  # for annotations only: a module of thousands of classes

TYPE = "radar.early_fraud_warning.created"


class StripeFraudWarnings:
    """`FraudWarnings` of one account."""

    def __init__(self, calls: StripeCalls) -> None:
        self._calls = calls

    async def of(self, event: ProviderEvent) -> FraudWarning | None:
        """By the charge, which every key may read: it says itself whether it is refunded or disputed by now."""
        if event.type != TYPE or event.object_id is None:
            return None
        charge_id = event.leads.get("charge")
        if charge_id is None:  # a thin event
            warning_id = event.object_id
            v1 = self._calls.v1
            row = await self._calls.ask(lambda: v1.radar.early_fraud_warnings.retrieve_async(warning_id))
            charge_id = str(reference(row.get("charge")))
        charge = await self._calls.ask(lambda: self._calls.v1.charges.retrieve_async(charge_id))
        return _warning(event.object_id, charge)

    async def list(self, *, since_at: int, after: str | None) -> Page[FraudWarning]:
        """A call for each hundred."""
        params: stripe_params.radar.EarlyFraudWarningListParams = {
            "created": {"gte": since_at // 1000},
            "limit": PAGE,
            "expand": ["data.charge"],
        }
        if after is not None:
            params["starting_after"] = after
        page = await self._calls.ask(lambda: self._calls.v1.radar.early_fraud_warnings.list_async(params))
        rows = page.get("data") or []
        found = [_warning(str(row["id"]), map_of(row.get("charge"))) for row in rows]
        return Page(found, str(rows[-1]["id"]) if page.get("has_more") and rows else None)

    async def bills(self, warning: FraudWarning) -> Sequence[InvoiceId]:
        """charge → payment intent → invoice payments → invoices."""
        charge = await self._calls.ask(lambda: self._calls.v1.charges.retrieve_async(warning.charge))
        intent = reference(charge.get("payment_intent"))
        if intent is None:
            return ()
        params: stripe_params.InvoicePaymentListParams = {
            "payment": {"type": "payment_intent", "payment_intent": intent},
            "limit": PAGE,
        }
        listed = await self._calls.ask(lambda: self._calls.v1.invoice_payments.list_async(params))
        found = [reference(row.get("invoice")) for row in listed.get("data") or []]
        return tuple(InvoiceId(one) for one in found if one is not None)


def _warning(warning_id: str, charge: Mapping[str, Any]) -> FraudWarning:
    customer = reference(charge.get("customer"))
    return FraudWarning(
        id=warning_id,
        charge=ChargeId(str(charge.get("id"))),
        customer=None if customer is None else CustomerRef(customer),
        left=max(0, int_of(charge.get("amount")) - int_of(charge.get("amount_refunded"))),
        currency=str(charge.get("currency") or ""),
        disputed=bool(charge.get("disputed")),
    )
