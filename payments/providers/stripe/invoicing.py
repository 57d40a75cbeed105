"""Stripe's one-off invoices."""

import secrets
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from payments.core.billing import InvoiceStatus
from payments.core.ids import CustomerRef, InvoiceId
from payments.core.snapshot import InvoiceFact
from payments.ports.providers import InvoiceOrder, ProviderRefused, ProviderUnavailable
from payments.providers.stripe import facts
from payments.providers.stripe.calls import PAGE, Json, StripeCalls

if TYPE_CHECKING:
    from stripe import params as stripe_params  # for annotations only: a module of thousands of classes

WAITING_PAGES_MAX = 20
"""Of the items that wait for a customer's next invoice, newest first. An invoice takes 250 at most: three pages."""


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
        fact = await self._finalized(invoice, collect=False)
        if fact.status is InvoiceStatus.OPEN:
            fact = await self._send(invoice)
        return fact

    async def finalize(self, invoice: InvoiceId) -> InvoiceFact:
        """Finalize a draft, and let Stripe collect it."""
        return await self._finalized(invoice, collect=True)

    async def _finalized(self, invoice: InvoiceId, *, collect: bool) -> InvoiceFact:
        fact = await self.get(invoice)
        if fact.status is not InvoiceStatus.DRAFT:
            return fact
        try:
            row = await self._calls.ask(
                lambda: self._calls.v1.invoices.finalize_invoice_async(invoice, {"auto_advance": collect}),
                interactive=True,
            )
            return facts.invoice(row)
        except ProviderRefused:
            fact = await self.get(invoice)
            if fact.status is InvoiceStatus.DRAFT:
                raise  # else somebody else finalized it in that moment
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

    async def delete_draft(self, customer: CustomerRef, invoice: InvoiceId, item: str | None) -> None:
        """Delete a draft. Stripe deletes its item with it; one that was taken off it before would be charged with the
        customer's next invoice, and is deleted too.

        The item is asked for first: to delete one that went with its draft is refused, with a 400 that has no code.
        """
        try:
            await self._calls.ask(lambda: self._calls.v1.invoices.delete_async(invoice), interactive=True)
        except ProviderRefused:
            if await self._exists(invoice):
                raise
        if item is not None and await self._waits(customer, item):
            await self._calls.ask(lambda: self._calls.v1.invoice_items.delete_async(item), interactive=True)

    async def _exists(self, invoice: InvoiceId) -> bool:
        try:
            await self.get(invoice)
        except ProviderRefused as refused:
            if refused.code != "missing_object":
                raise
            return False
        return True

    async def _waits(self, customer: CustomerRef, item: str) -> bool:
        """Whether an item is on no invoice yet, and so on the customer's next one."""

        def page(after: str | None) -> Awaitable[Any]:
            params: stripe_params.InvoiceItemListParams = {"customer": customer, "pending": True, "limit": PAGE}
            if after is not None:
                params["starting_after"] = after
            return self._calls.v1.invoice_items.list_async(params)

        try:
            pages = self._calls.pages(page, pages_max=WAITING_PAGES_MAX, interactive=True)
            return item in [row["id"] async for row in pages]
        except ProviderRefused as refused:
            if refused.code != "missing_object":
                raise
            return False  # the owner deleted the customer, who gets no next invoice

    async def void(self, invoice: InvoiceId) -> InvoiceFact:
        """Void an open invoice; one that is past that is answered as it is."""
        try:
            row = await self._calls.ask(lambda: self._calls.v1.invoices.void_invoice_async(invoice), interactive=True)
        except ProviderRefused:
            fact = await self.get(invoice)
            if fact.status is InvoiceStatus.OPEN:
                raise
            return fact
        return facts.invoice(row)

    async def get(self, invoice: InvoiceId) -> InvoiceFact:
        """An invoice as it is now."""
        return facts.invoice(
            await self._calls.ask(lambda: self._calls.v1.invoices.retrieve_async(invoice), interactive=True)
        )
