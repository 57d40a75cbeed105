"""Stripe's refunds: of charges, since a bill may have been paid in several."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from payments.core.ids import ChargeId, InvoiceId
from payments.ports.providers import Paid, RefundMade
from payments.providers.stripe.calls import PAGE, Json, StripeCalls
from payments.providers.stripe.fields import int_of, map_of, reference

if TYPE_CHECKING:
    from stripe import params as stripe_params  # for annotations only: a module of thousands of classes


class StripeRefunds:
    """`Refunds` of one account."""

    def __init__(self, calls: StripeCalls) -> None:
        self._calls = calls

    async def payments(self, invoice: InvoiceId) -> Sequence[Paid]:
        """invoice → invoice payments → payment intents → charges. A payment record was paid outside Stripe."""
        listed = await self._calls.ask(
            lambda: self._calls.v1.invoice_payments.list_async({"invoice": invoice, "status": "paid", "limit": PAGE}),
            interactive=True,
        )
        payments = [map_of(row.get("payment")) for row in listed.get("data") or []]
        charges = [charge for payment in payments for charge in await self._charges(payment)]
        return tuple(_paid(charge) for charge in charges if charge.get("status") == "succeeded")

    async def _charges(self, payment: Mapping[str, Any]) -> list[Json]:
        charge, intent = reference(payment.get("charge")), reference(payment.get("payment_intent"))
        if charge is not None:
            return [await self._calls.ask(lambda: self._calls.v1.charges.retrieve_async(charge), interactive=True)]
        if intent is None:
            return []
        found = await self._calls.ask(
            lambda: self._calls.v1.charges.list_async({"payment_intent": intent, "limit": PAGE}), interactive=True
        )
        return list(found.get("data") or [])

    async def refund(self, key: str, charge: ChargeId, amount: int | None, metadata: Mapping[str, str]) -> RefundMade:
        """Make a refund."""
        params: stripe_params.RefundCreateParams = {"charge": charge, "metadata": dict(metadata)}
        if amount is not None:
            params["amount"] = amount
        return _made(
            await self._calls.ask(
                lambda: self._calls.v1.refunds.create_async(params, {"idempotency_key": key}), interactive=True
            )
        )

    async def get(self, refund: str) -> RefundMade:
        """A refund as Stripe has it."""
        return _made(await self._calls.ask(lambda: self._calls.v1.refunds.retrieve_async(refund), interactive=True))


def _paid(charge: Json) -> Paid:
    amount = int_of(charge.get("amount"))
    left = max(0, amount - int_of(charge.get("amount_refunded")))
    return Paid(
        ChargeId(str(charge["id"])), amount, left, str(charge.get("currency") or ""), bool(charge.get("disputed"))
    )


def _made(row: Json) -> RefundMade:
    return RefundMade(str(row["id"]), int_of(row.get("amount")), str(row.get("currency") or ""))
