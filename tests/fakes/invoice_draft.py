"""An invoice as the fake provider begins it."""

from payments.core.billing import BillingReason, CollectionMethod, InvoiceStatus
from payments.core.ids import InvoiceId
from payments.core.snapshot import InvoiceFact
from payments.ports.providers import InvoiceOrder


def draft(invoice_id: InvoiceId, order: InvoiceOrder, now: int) -> InvoiceFact:
    return InvoiceFact(
        id=invoice_id,
        subscription_id=None,
        status=InvoiceStatus.DRAFT,
        number=None,
        description=order.description,
        billing_reason=BillingReason.MANUAL,
        collection_method=CollectionMethod.SEND_INVOICE,
        currency=order.currency,
        total=0,
        amount_paid=0,
        amount_remaining=0,
        attempt_count=0,
        period_start_at=now,
        period_end_at=now,
        due_at=None,
        finalized_at=None,
        paid_at=None,
        hosted_url=None,
        pdf_url=None,
        created_at=now,
        metadata=dict(order.metadata),
    )
