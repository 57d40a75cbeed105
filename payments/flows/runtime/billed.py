"""A customer's bills as they are stored, with what was given back of them."""

from payments.core.covering.known import Payments
from payments.core.ids import CustomerId
from payments.ports.stores import Transaction


async def payments_of(tx: Transaction, customer_id: CustomerId) -> Payments:
    """A customer's invoices, and what was given back of them or is disputed."""
    return Payments(
        {invoice.id: invoice for invoice in await tx.billing.invoices(customer_id)},
        await tx.billing.refunds(customer_id),
        await tx.billing.disputes(customer_id),
        await tx.billing.notes(customer_id),
    )
