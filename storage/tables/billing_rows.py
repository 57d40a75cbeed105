"""Rows of subscriptions, purchases, invoices, refunds and disputes as values, and back."""

from dataclasses import astuple, fields
from typing import TypeVar

from payments.core.billing import (
    Dispute,
    Invoice,
    InvoiceStatus,
    Purchase,
    PurchaseState,
    Refund,
    Subscription,
    SubscriptionStatus,
)
from payments.core.calendar import Unit
from payments.core.ids import (
    AccountId,
    ChargeId,
    CheckoutId,
    CustomerId,
    InvoiceId,
    PersonId,
    PlanId,
    PriceId,
    PurchaseId,
    SubscriptionId,
)
from storage.database import Row, Value

T = TypeVar("T")
Bought = Subscription | Purchase | Invoice | Refund | Dispute


def _columns(kind: type[Bought]) -> str:
    """These values and their tables have the same fields, in the same order."""
    return ", ".join(field.name for field in fields(kind))


SUBSCRIPTION_COLUMNS = _columns(Subscription)
PURCHASE_COLUMNS = _columns(Purchase)
INVOICE_COLUMNS = _columns(Invoice)
REFUND_COLUMNS = _columns(Refund)
DISPUTE_COLUMNS = _columns(Dispute)


def values_of(bought: Bought) -> tuple[Value, ...]:
    """The values of all columns, in their order."""
    return tuple(int(value) if isinstance(value, bool) else value for value in astuple(bought))


def subscription_of(row: Row) -> Subscription:
    """A subscription's row."""
    return Subscription(
        account_id=AccountId(row["account_id"]),
        id=SubscriptionId(row["id"]),
        customer_id=CustomerId(row["customer_id"]),
        payer_id=PersonId(row["payer_id"]),
        beneficiary_id=PersonId(row["beneficiary_id"]),
        plan_id=PlanId(row["plan_id"]) if row["plan_id"] is not None else None,
        price_id=PriceId(row["price_id"]) if row["price_id"] is not None else None,
        status=SubscriptionStatus(row["status"]),
        currency=row["currency"],
        amount=row["amount"],
        quantity=row["quantity"],
        unit=Unit(row["unit"]) if row["unit"] is not None else None,
        count=row["count"],
        items=row["items"],
        discounts=row["discounts"],
        collection_method=row["collection_method"],
        pause_behavior=row["pause_behavior"],
        cancel_at=row["cancel_at"],
        trial_end_at=row["trial_end_at"],
        period_start_at=row["period_start_at"],
        period_end_at=row["period_end_at"],
        latest_invoice_id=InvoiceId(row["latest_invoice_id"]) if row["latest_invoice_id"] is not None else None,
        past_due_since_at=row["past_due_since_at"],
        paid_once=bool(row["paid_once"]),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )


def purchase_of(row: Row) -> Purchase:
    """A purchase's row."""
    return Purchase(
        id=PurchaseId(row["id"]),
        checkout_id=CheckoutId(row["checkout_id"]),
        account_id=AccountId(row["account_id"]),
        customer_id=CustomerId(row["customer_id"]),
        payer_id=PersonId(row["payer_id"]),
        beneficiary_id=PersonId(row["beneficiary_id"]),
        plan_id=PlanId(row["plan_id"]),
        price_id=PriceId(row["price_id"]),
        amount=row["amount"],
        currency=row["currency"],
        state=PurchaseState(row["state"]),
        invoice_id=InvoiceId(row["invoice_id"]) if row["invoice_id"] is not None else None,
        paid_at=row["paid_at"],
        created_at=row["created_at"],
    )


def invoice_of(row: Row) -> Invoice:
    """An invoice's row."""
    return Invoice(
        account_id=AccountId(row["account_id"]),
        id=InvoiceId(row["id"]),
        customer_id=CustomerId(row["customer_id"]),
        subscription_id=SubscriptionId(row["subscription_id"]) if row["subscription_id"] is not None else None,
        purchase_id=PurchaseId(row["purchase_id"]) if row["purchase_id"] is not None else None,
        status=InvoiceStatus(row["status"]),
        number=row["number"],
        description=row["description"],
        billing_reason=row["billing_reason"],
        currency=row["currency"],
        total=row["total"],
        amount_paid=row["amount_paid"],
        amount_remaining=row["amount_remaining"],
        period_start_at=row["period_start_at"],
        period_end_at=row["period_end_at"],
        due_at=row["due_at"],
        finalized_at=row["finalized_at"],
        paid_at=row["paid_at"],
        failed_at=row["failed_at"],
        hosted_url=row["hosted_url"],
        pdf_url=row["pdf_url"],
        created_at=row["created_at"],
    )


def refund_of(row: Row) -> Refund:
    """A refund's row."""
    return Refund(
        account_id=AccountId(row["account_id"]),
        id=row["id"],
        customer_id=CustomerId(row["customer_id"]),
        charge_id=ChargeId(row["charge_id"]),
        invoice_id=InvoiceId(row["invoice_id"]) if row["invoice_id"] is not None else None,
        status=row["status"],
        amount=row["amount"],
        charge_amount=row["charge_amount"],
        currency=row["currency"],
        created_at=row["created_at"],
    )


def dispute_of(row: Row) -> Dispute:
    """A dispute's row."""
    return Dispute(
        account_id=AccountId(row["account_id"]),
        id=row["id"],
        customer_id=CustomerId(row["customer_id"]),
        charge_id=ChargeId(row["charge_id"]),
        invoice_id=InvoiceId(row["invoice_id"]) if row["invoice_id"] is not None else None,
        status=row["status"],
        amount=row["amount"],
        currency=row["currency"],
        created_at=row["created_at"],
    )
