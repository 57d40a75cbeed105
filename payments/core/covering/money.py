"""Whether the payments that cover an item were taken back."""

from collections.abc import Iterable

from payments.core.access import Reason
from payments.core.covering.bills import Bill, Contested, Known, Terms, net
from payments.core.covering.periods import Covering, credited_by, parts_of
from payments.core.lines import SubscriptionItem


def taken_back(known: Known, item: SubscriptionItem, covers: Covering, terms: Terms) -> Reason | None:
    """Why no money is left in an item's covering set, as far as the plan cares; None: it counts.

    What owed nothing can't be taken back, and usage that is over only by a dispute. A plain refund belongs to no line:
    it counts against all that the set was paid. A credit note with lines takes back the items whose lines it covers.
    """
    bills = _with_credited(known, [part.bill for part in covers.parts])
    paid = sum(bill.money for bill in bills)
    if paid <= 0 or sum(part.owed for part in covers.parts) <= 0:
        return None
    contested = _contested(known, bills) if terms.dispute_ends else 0
    if contested >= paid:
        return Reason.DISPUTED
    if not terms.refund_ends or item.usage:
        return None
    later = [part.start_at for part in parts_of(known, item) if _opens_later(part.start_at, part.changes, covers)]
    back = _given_back(known, bills, min(later, default=None))
    if contested + back >= paid or _all_lines(known, covers, min(later, default=None)):
        return Reason.REFUNDED
    return None


def _opens_later(start_at: int, changes: bool, covers: Covering) -> bool:
    return not changes and start_at > covers.opener.start_at


def _with_credited(known: Known, bills: Iterable[Bill]) -> list[Bill]:
    """These bills, and those whose credits alone paid one of them: a proration credit is no money."""
    found = {bill.id: bill for bill in bills}
    ahead = list(found.values())
    while ahead:
        for bill in credited_by(known, ahead.pop()):
            if bill.id not in found:
                found[bill.id] = bill
                ahead.append(bill)
    return list(found.values())


def _contested(known: Known, bills: Iterable[Bill]) -> int:
    ids = {bill.id for bill in bills}
    return sum(_over(one) for one in known.contested if one.bill_id in ids)


def _over(dispute: Contested) -> int:
    """One of nine tenths of a payment or more is over all of it: the payer's bank counts in another currency."""
    return dispute.payment if dispute.amount * 10 >= dispute.payment * 9 else dispute.amount


def _given_back(known: Known, bills: Iterable[Bill], later_at: int | None) -> int:
    """What went back of these bills, before a later period began; a refund that a credit note made counts once."""
    ids = {bill.id for bill in bills}
    notes = [note for note in known.notes if note.bill_id in ids]
    of_notes = frozenset[str]().union(*(note.refund_ids for note in notes))
    plain = sum(
        one.amount
        for one in known.given_back
        if one.bill_id in ids and one.id not in of_notes and not one.kept and _in_time(one.at, later_at)
    )
    return plain + sum(note.post for note in notes if _in_time(note.at, later_at))


def _in_time(at: int | None, later_at: int | None) -> bool:
    return at is None or later_at is None or at < later_at


def _all_lines(known: Known, covers: Covering, later_at: int | None) -> bool:
    """Whether credit notes name all lines of the item in its covering set, each in full."""
    for part in covers.parts:
        notes = [note for note in known.notes if note.bill_id == part.bill.id and _in_time(note.at, later_at)]
        for line in part.debits:
            if net(line) > 0 and sum(note.lines.get(line.id, 0) for note in notes) < line.amount:
                return False
    return True
