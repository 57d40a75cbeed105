"""Since when payment for an item is wanting, and until when the item is open all the same."""

from collections.abc import Callable, Iterable, Mapping

from payments.core.billing import InvoiceStatus
from payments.core.covering.bills import Bill, Known, Terms, net
from payments.core.covering.periods import Covering, Part, covering, parts_of, settled, took_place
from payments.core.lines import InvoiceLine, SubscriptionItem

Sells = Callable[[SubscriptionItem | InvoiceLine], bool]
"""Whether an item sells the plan that is asked about, or a line asked for it, by price and product."""


def unsettled(known: Known, item: SubscriptionItem, covers: Covering | None, terms: Terms) -> list[Part]:
    """The item's unsettled bills after the covering one. Debts from before it are old ones.

    None of them: that of a change which did not take place, what a pause ended or left where the plan keeps access in a
    pause, and what was taken back although it asked for nothing.
    """
    return [
        part
        for part in parts_of(known, item)
        if _after(part, covers)
        and not settled(known, part)
        and not (part.bill.by_pause and terms.pause_keeps)
        and took_place(known, part, item)
        and not (left_unpaid(part.bill) and not any(net(line) for line in part.debits))
    ]


def left_unpaid(bill: Bill) -> bool:
    """Whether the provider won't collect a bill any more, and nobody paid it."""
    match bill.status:
        case InvoiceStatus.VOID | InvoiceStatus.UNCOLLECTIBLE:
            return True
        case InvoiceStatus.DRAFT:
            return bill.stays_draft
        case _:
            return False


def _after(part: Part, covers: Covering | None) -> bool:
    if covers is None or part.order > covers.opener.order:
        return True
    return part.changes and part.end_at == covers.end_at


def wanting_since(known: Known, parts: Iterable[Part], now: int) -> int | None:
    """The first failure among unsettled bills: one debt, one grace, and a later failure starts none."""
    return min((at for part in parts if (at := _failed_at(known, part.bill, now)) is not None), default=None)


def wanting(known: Known, terms: Terms, now: int, sells: Sells | None = None) -> Mapping[str, int]:
    """The bills whose payment is wanting for an item (of those that `sells` says, if given), and when each failed."""
    found: dict[str, int] = {}
    for item in known.items:
        if sells is not None and not sells(item):
            continue
        for part in unsettled(known, item, covering(known, item), terms):
            at = _failed_at(known, part.bill, now)
            if at is not None:
                found[part.bill.id] = at
    return found


def _failed_at(known: Known, bill: Bill, now: int) -> int | None:
    """When a bill failed; None: it has not, or not yet.

    One that is sent fails when it is due. One that was voided, written off or credited before fails at that moment,
    and a draft that stays one when it was made. A payment on its way is neither made nor failed.
    """
    failed_at = bill.failed_at if bill.due_at is None else bill.due_at
    match bill.status:
        case InvoiceStatus.OPEN:
            waits = bill.due_at is not None and (bill.due_at > now or bill.processing)
            return None if waits else failed_at
        case InvoiceStatus.DRAFT:
            return bill.created_at if bill.stays_draft else None
        case InvoiceStatus.VOID | InvoiceStatus.UNCOLLECTIBLE:
            return _earlier(failed_at, bill.created_at if bill.ended_at is None else bill.ended_at)
        case InvoiceStatus.PAID:
            return _earlier(failed_at, _credited_at(known, bill))
        case _:
            return None


def _credited_at(known: Known, bill: Bill) -> int:
    times = [note.at for note in known.notes if note.bill_id == bill.id and note.at is not None]
    return min(times, default=bill.created_at if bill.paid_at is None else bill.paid_at)


def _earlier(failed_at: int | None, ended_at: int) -> int:
    return ended_at if failed_at is None else min(failed_at, ended_at)


def had_paid(known: Known, wanting: Iterable[Part], since: int | None) -> bool:
    """Whether something was paid on the subscription before: then there is a grace.

    A bill that a discount took off altogether counts; a trial and a price of nothing don't, nor does a bill that
    itself is wanting.
    """
    if known.counts_as_paid:
        return True
    ids = {part.bill.id for part in wanting}
    return any(_paid_for(bill, since) for bill in known.bills if bill.id not in ids)


def _paid_for(bill: Bill, since: int | None) -> bool:
    if bill.status is not InvoiceStatus.PAID or not any(line.subscription_item_id for line in bill.lines):
        return False
    if since is not None and bill.paid_at is not None and bill.paid_at > since:
        return False
    asked = sum(line.amount for line in bill.lines)
    return bill.money > 0 or (asked > 0 and sum(net(line) for line in bill.lines) == 0)
