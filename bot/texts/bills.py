"""What became of a bill, in words."""

from bot.texts.formats import day, money
from bot.texts.languages import Safe
from bot.texts.say import say
from payments.core.bill_states import BillState, BillTold


def bill_text(locale: str, bill: BillTold, *, amounts: bool = True) -> Safe:
    """The state of a bill; `amounts`: whether the reader may see what was given back."""
    invoice = bill.invoice
    if bill.state is BillState.OPEN and invoice.due_at is not None:
        return say(locale, "invoice.due", day=day(locale, invoice.due_at))
    if bill.state is BillState.PARTLY_REFUNDED and amounts:
        return say(locale, "invoice.paid_refunded", amount=money(locale, bill.given_back, invoice.currency))
    return say(locale, f"invoice.{bill.state}")
