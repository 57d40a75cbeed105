"""What is known of a case, as the rows that a settlement stores."""

from payments.core.billing import (
    BillingReason,
    CollectionMethod,
    CreditNote,
    Dispute,
    DisputeStatus,
    EndedBy,
    Invoice,
    NoteStatus,
    PauseBehavior,
    PausedBy,
    Refund,
    RefundStatus,
    Subscription,
    SubscriptionStatus,
)
from payments.core.calendar import Unit
from payments.core.covering.bills import Bill, Known, Pause
from payments.core.covering.known import Payments
from payments.core.ids import AccountId, ChargeId, CustomerId, InvoiceId, PersonId, SubscriptionId
from payments.core.lines import NoteLine, NoteRefund

ACCOUNT, CUSTOMER, SUB = AccountId("acct_1"), CustomerId("our_1"), SubscriptionId("sub_1")


def storable(known: Known) -> bool:
    """Whether rows can say it: what a refund of ours means is not stored yet."""
    return not any(one.kept for one in known.given_back)


def subscription_of(known: Known) -> Subscription:
    unpaid = known.status is SubscriptionStatus.UNPAID
    paused = known.status is SubscriptionStatus.PAUSED
    failed = known.payment_ended_it and not unpaid
    return Subscription(
        account_id=ACCOUNT,
        id=SUB,
        customer_id=CUSTOMER,
        payer_id=PersonId("prs_1"),
        beneficiary_id=PersonId("prs_1"),
        plan_id=None,
        price_id=None,
        status=known.status,
        currency="usd",
        unit_amount=900,
        quantity=1,
        unit=Unit.MONTH,
        count=1,
        items=known.items,
        discounts=(),
        collection_method=CollectionMethod.SEND_INVOICE if known.sent else CollectionMethod.CHARGE_AUTOMATICALLY,
        pause_behavior=PauseBehavior.VOID if known.pause is Pause.REQUESTED and not paused else None,
        cancel_at=known.cancel_at,
        trial_end_at=known.trial_end_at,
        period_start_at=None,
        period_end_at=None,
        latest_invoice_id=None,
        past_due_since_at=None,
        paid_once=False,
        started_at=0,
        ended_at=None if unpaid else known.ended_at,
        paused_by=PausedBy.PAUSE_REQUESTED if paused and known.pause is Pause.REQUESTED else None,
        ended_by=EndedBy.PAYMENT_FAILED if failed else None,
        unpaid_since_at=known.ended_at if unpaid else None,
        moved_here=known.counts_as_paid,
    )


def payments_of(known: Known) -> Payments:
    money = {bill.id: bill.money for bill in known.bills}
    refunds = tuple(
        Refund(
            ACCOUNT,
            one.id,
            CUSTOMER,
            ChargeId(f"ch_{one.bill_id}"),
            InvoiceId(one.bill_id),
            RefundStatus.SUCCEEDED,
            one.amount,
            money[one.bill_id],
            "usd",
            0 if one.at is None else one.at,
        )
        for one in known.given_back
    )
    disputes = tuple(
        Dispute(
            ACCOUNT,
            f"dp_{number}",
            CUSTOMER,
            ChargeId(f"ch_{one.bill_id}"),
            InvoiceId(one.bill_id),
            DisputeStatus.LOST,
            one.amount,
            "usd",
            0,
            one.payment,
        )
        for number, one in enumerate(known.contested)
    )
    notes = tuple(
        CreditNote(
            ACCOUNT,
            note.id,
            CUSTOMER,
            InvoiceId(note.bill_id),
            NoteStatus.ISSUED,
            note.pre,
            note.post,
            "usd",
            0 if note.at is None else note.at,
            tuple(NoteLine(line, amount) for line, amount in note.lines.items()),
            tuple(NoteRefund(id_) for id_ in sorted(note.refund_ids)),
        )
        for note in known.notes
    )
    return Payments({InvoiceId(bill.id): _invoice(bill) for bill in known.bills}, refunds, disputes, notes)


def _invoice(bill: Bill) -> Invoice:
    return Invoice(
        account_id=ACCOUNT,
        id=InvoiceId(bill.id),
        customer_id=CUSTOMER,
        subscription_id=SUB,
        purchase_id=None,
        status=bill.status,
        number=None,
        description=None,
        billing_reason=BillingReason.SUBSCRIPTION_UPDATE if bill.change else BillingReason.SUBSCRIPTION_CYCLE,
        currency="usd",
        total=bill.owed,
        amount_paid=bill.cash + bill.outside,
        amount_remaining=0,
        period_start_at=None,
        period_end_at=None,
        due_at=bill.due_at,
        finalized_at=None,
        paid_at=bill.paid_at,
        failed_at=bill.failed_at,
        hosted_url=None,
        pdf_url=None,
        created_at=bill.created_at,
        lines=bill.lines,
        balance_applied=bill.balance,
        auto_advance=not bill.stays_draft,
        ended_at=bill.ended_at,
        by_pause=bill.by_pause,
        processing=bill.processing,
        access_kept=bill.forgiven,
    )
