"""Whether the payments that cover an item were taken back."""

from collections.abc import Iterable
from dataclasses import dataclass

from payments.core.access import Reason
from payments.core.covering.bills import Bill, Contested, Known, Terms, net
from payments.core.covering.periods import Covering, credited_by, parts_of, took_place
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
    disputed = [one for one in known.contested if terms.dispute_ends]
    if sum(_taken(known, bill, disputed, None) for bill in bills) >= paid:
        return Reason.DISPUTED
    if not terms.refund_ends or item.usage:
        return None
    later = [part for part in parts_of(known, item) if not part.changes and took_place(known, part, item)]
    later_at = min((part.start_at for part in later if part.start_at > covers.opener.start_at), default=None)
    back = _GivenBack(later_at)
    if sum(_taken(known, bill, disputed, back) for bill in bills) >= paid or _all_lines(known, covers, back):
        return Reason.REFUNDED
    return None


def gone(known: Known, bill: Bill) -> int:
    """How much of what a bill was paid was given back or is contested, whatever the plan makes of it."""
    return _taken(known, bill, known.contested, _GivenBack(None))


def given_back(known: Known, bill: Bill) -> int:
    """How much of what a bill was paid was refunded or credited since, in minor units."""
    return _taken(known, bill, (), _GivenBack(None))


def contested(known: Known, bill: Bill) -> bool:
    """Whether a payment of it is disputed, or was lost by that."""
    return any(one.bill_id == bill.id for one in known.contested)


@dataclass(frozen=True, slots=True)
class _GivenBack:
    """What is given back counts, unless a later period had begun by then."""

    later_at: int | None

    def counts(self, at: int | None) -> bool:
        return at is None or self.later_at is None or at < self.later_at


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


def _taken(known: Known, bill: Bill, disputed: Iterable[Contested], back: _GivenBack | None) -> int:
    """How much of what a bill was paid is gone: of each payment at most all, and so of the bill.

    A refund that a credit note made counts once: of the note what its refunds don't give back.
    """
    gone: dict[str | None, int] = {}
    whole: dict[str | None, int] = {}
    for dispute in disputed:
        if dispute.bill_id == bill.id:
            gone[dispute.charge_id] = gone.get(dispute.charge_id, 0) + _over(dispute)
            whole[dispute.charge_id] = dispute.payment
    noted = 0
    if back is not None:
        amounts = {one.id: one.amount for one in known.given_back}
        for note in known.notes:
            if note.bill_id == bill.id and back.counts(note.at):
                noted += max(0, note.post - sum(amounts.get(id_, 0) for id_ in note.refund_ids))
        for one in known.given_back:
            if one.bill_id == bill.id and not one.kept and back.counts(one.at):
                gone[one.charge_id] = gone.get(one.charge_id, 0) + one.amount
                if one.payment is not None:
                    whole[one.charge_id] = one.payment
    each = sum(min(amount, whole.get(charge_id, amount)) for charge_id, amount in gone.items())
    return min(bill.money, each + noted)


def _over(dispute: Contested) -> int:
    """One of nine tenths of a payment or more is over all of it: the payer's bank counts in another currency."""
    return dispute.payment if dispute.amount * 10 >= dispute.payment * 9 else dispute.amount


def _all_lines(known: Known, covers: Covering, back: _GivenBack) -> bool:
    """Whether credit notes name all lines of the item in its covering set, each in full."""
    for part in covers.parts:
        notes = [note for note in known.notes if note.bill_id == part.bill.id and back.counts(note.at)]
        for line in part.debits:
            if net(line) > 0 and sum(note.lines.get(line.id, 0) for note in notes) < line.amount:
                return False
    return True
