"""Stripe's one-off invoices."""

import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from payments.core.billing import InvoiceStatus
from payments.core.ids import InvoiceId
from payments.core.snapshot import InvoiceFact
from payments.ports.providers import InvoiceOrder, ProviderRefused, ProviderUnavailable
from payments.providers.stripe import facts
from payments.providers.stripe.calls import Json, StripeCalls

if TYPE_CHECKING:
    from stripe import params as stripe_params  # for annotations only: a module of thousands of classes


class StripeInvoicing:
    """`Invoicing` of one account."""

    def __init__(self, calls: StripeCalls) -> None:
        self._calls = calls

    async def create_draft(self, key: str, order: InvoiceOrder) -> InvoiceId:
        """Make an empty draft that will be sent; nothing pending of the customer is pulled in."""
        params: stripe_params.InvoiceCreateParams = {
            "customer": order.customer,
            "currency": order.currency,
            "collection_method": "send_invoice",
            "days_until_due": order.days_until_due,
            "description": order.description,
            "auto_advance": False,
            "pending_invoice_items_behavior": "exclude",
            "metadata": dict(order.metadata),
        }
        if order.footer is not None:
            params["footer"] = order.footer
        row = await self._calls.ask(
            lambda: self._calls.v1.invoices.create_async(params, {"idempotency_key": key}), interactive=True
        )
        return InvoiceId(str(row["id"]))

    async def add_item(self, key: str, invoice: InvoiceId, order: InvoiceOrder) -> str:
        """Put the one item on the draft."""
        params: stripe_params.InvoiceItemCreateParams = {
            "customer": order.customer,
            "invoice": invoice,
            "amount": order.amount,
            "currency": order.currency,
            "description": order.description,
            "metadata": dict(order.metadata),
        }
        row = await self._calls.ask(
            lambda: self._calls.v1.invoice_items.create_async(params, {"idempotency_key": key}), interactive=True
        )
        return str(row["id"])

    async def send(self, invoice: InvoiceId) -> InvoiceFact:
        """Finalize a draft and send it; an invoice that is past that is answered as it is."""
        fact = await self.get(invoice)
        if fact.status is InvoiceStatus.DRAFT:
            try:
                row = await self._calls.ask(
                    lambda: self._calls.v1.invoices.finalize_invoice_async(invoice, {"auto_advance": False}),
                    interactive=True,
                )
                fact = facts.invoice(row)
            except ProviderRefused:
                fact = await self.get(invoice)
                if fact.status is InvoiceStatus.DRAFT:
                    raise  # else somebody else finalized it in that moment
        if fact.status is InvoiceStatus.OPEN:
            fact = await self._send(invoice)
        return fact

    async def _send(self, invoice: InvoiceId) -> InvoiceFact:
        """Have an open invoice mailed: once, for as long as Stripe remembers the key; then a repeated mail is the
        lesser evil."""

        def ask(key: str) -> Awaitable[Json]:
            return self._calls.ask(
                lambda: self._calls.v1.invoices.send_invoice_async(invoice, {}, {"idempotency_key": key}),
                interactive=True,
            )

        try:
            return facts.invoice(await ask(f"gl-send-{invoice}"))
        except ProviderUnavailable as failed:
            if not failed.replayed:
                raise
        return facts.invoice(await ask(f"gl-send-{invoice}-{secrets.token_hex(4)}"))

    async def delete_draft(self, invoice: InvoiceId, item: str | None) -> None:
        """Delete a draft, then its item: left behind, that would be charged with the customer's next invoice."""
        await self._delete(lambda: self._calls.v1.invoices.delete_async(invoice))
        if item is not None:
            await self._delete(lambda: self._calls.v1.invoice_items.delete_async(item))

    async def _delete(self, call: Callable[[], Awaitable[Any]]) -> None:
        try:
            await self._calls.ask(call, interactive=True)
        except ProviderRefused as refused:
            if refused.code != "missing_object":
                raise

    async def get(self, invoice: InvoiceId) -> InvoiceFact:
        """An invoice as it is now."""
        return facts.invoice(
            await self._calls.ask(lambda: self._calls.v1.invoices.retrieve_async(invoice), interactive=True)
        )
