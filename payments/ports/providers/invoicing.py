"""One-off invoices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from payments.core.ids import CustomerRef, InvoiceId
from payments.core.snapshot import InvoiceFact


@dataclass(frozen=True, slots=True)
class InvoiceOrder:
    """A one-off invoice. ``description`` is the item's and the memo's text."""

    customer: CustomerRef
    amount: int
    currency: str
    description: str
    days_until_due: int
    footer: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)


class Invoicing(Protocol):
    """One-off invoices: a draft, its item, and sending; and drafts of subscriptions that stayed ones."""

    async def create_draft(self, key: str, order: InvoiceOrder) -> InvoiceId:
        """Make a draft that will be sent, without its item, once for its key."""
        ...

    async def add_item(self, key: str, invoice: InvoiceId, order: InvoiceOrder) -> str:
        """Put the one item on the draft, once for its key."""
        ...

    async def send(self, invoice: InvoiceId) -> InvoiceFact:
        """Finalize (when draft) and send. May be called again: the provider mails it once, if it still knows."""
        ...

    async def delete_draft(self, customer: CustomerRef, invoice: InvoiceId, item: str | None) -> None:
        """Delete a customer's draft, and its item should it outlive the draft; what is gone already counts as deleted.
        Refused if it is no draft any more."""
        ...

    async def void(self, invoice: InvoiceId) -> InvoiceFact:
        """Void an open bill, so that nothing of it is owed, and answer the bill as it is then.

        One that was paid meanwhile, or was ended otherwise, stays as it is. Refused while a payment is on its way.
        """
        ...

    async def finalize(self, invoice: InvoiceId) -> InvoiceFact:
        """Make a draft payable, to be collected as its customer's others are: a saved card may be charged at once.

        One that is past that is answered as it is, so it may be called again.
        """
        ...

    async def get(self, invoice: InvoiceId) -> InvoiceFact:
        """An invoice as it is now."""
        ...
