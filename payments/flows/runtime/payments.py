"""What a customer paid, as it is stored, for the pure rules."""

from payments.core.covering.known import Payments
from payments.core.ids import CustomerId
from payments.ports.stores import Transaction


async def payments_of(tx: Transaction, customer_id: CustomerId) -> Payments:
    """A customer's invoices, and what was given back of them or is contested."""
    return Payments(
        invoices={invoice.id: invoice for invoice in await tx.billing.invoices(customer_id)},
        refunds=await tx.billing.refunds(customer_id),
        disputes=await tx.billing.disputes(customer_id),
        notes=await tx.billing.notes(customer_id),
    )
