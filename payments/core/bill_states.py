"""What became of a bill, as people are told it: what was given back of it comes before that it was paid. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from payments.core.billing import Invoice, InvoiceStatus
from payments.core.covering.known import Payments, known_of_bill
from payments.core.covering.money import contested, given_back


class BillState(StrEnum):
    """The states of a bill, each with its words in `bot.texts`."""

    DRAFT = "draft"
    OPEN = "open"
    ON_ITS_WAY = "on_its_way"  # a payment takes days, such as a debit
    FAILED = "failed"  # open, and a payment of it failed
    PAID = "paid"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly_refunded"
    DISPUTED = "disputed"
    CREDITED = "credited"  # taken off before anything was paid
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BillTold:
    """A bill with what became of it; ``given_back`` in minor units."""

    invoice: Invoice
    state: BillState
    given_back: int


def told(invoice: Invoice, payments: Payments) -> BillTold:
    """What became of a bill."""
    known = known_of_bill(invoice, payments)
    (bill,) = known.bills
    back = given_back(known, bill) if bill.money else 0
    match invoice.status:
        case InvoiceStatus.PAID if contested(known, bill):
            state = BillState.DISPUTED
        case InvoiceStatus.PAID if back:
            state = BillState.REFUNDED if back >= bill.money else BillState.PARTLY_REFUNDED
        case InvoiceStatus.PAID if not bill.money and any(note.bill_id == bill.id for note in known.notes):
            state = BillState.CREDITED
        case InvoiceStatus.OPEN if invoice.processing:
            state = BillState.ON_ITS_WAY
        case InvoiceStatus.OPEN if invoice.failed_at is not None:
            state = BillState.FAILED
        case status:
            state = BillState(status)
    return BillTold(invoice, state, back)
