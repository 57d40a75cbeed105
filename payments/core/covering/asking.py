"""Which bills that nobody paid and somebody took back hang on the owner's answer: shall access be kept all the same?"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from payments.core.billing import InvoiceStatus
from payments.core.covering.bills import Bill, Known, Terms
from payments.core.covering.periods import Part, covering
from payments.core.covering.verdict import Verdict, judge
from payments.core.covering.want import Sells, left_unpaid, unsettled


class TakenBack(StrEnum):
    """What became of a bill that nobody paid."""

    VOIDED = "voided"
    WRITTEN_OFF = "written_off"
    CREDITED = "credited"
    LEFT_DRAFT = "left_draft"
    PAUSED = "paused"  # a pause ended it or left it


@dataclass(frozen=True, slots=True)
class Asked:
    """What the owner is asked about one subscription.

    ``bills``: their ids, the oldest first; a yes settles them all. ``how``: what became of the oldest. ``ends_at``:
    when access ends without a yes (None: it has). ``until``: until when a yes keeps it (None: no end is told).
    """

    bills: tuple[str, ...]
    how: TakenBack
    ends_at: int | None
    until: int | None


def asked(known: Known, sells: Sells, terms: Terms, now: int) -> Asked | None:
    """What the owner is to be asked; None: nothing, or nothing hangs on the answer.

    A first bill is none of them, unless there was a trial: nobody was let in for it yet. Nor are those of a
    subscription that ended, or waits, for want of payment: there the provider itself leaves drafts.
    """
    if known.payment_ended_it:
        return None
    parts = _taken_back(known, sells, terms)
    if not parts:
        return None
    ids = {part.bill.id for part in parts}
    without, given = judge(known, sells, terms, now), judge(_kept(known, ids), sells, terms, now)
    if without is None or given is None or not given.access or given == without:
        return None
    oldest = min(parts, key=lambda part: (part.bill.created_at, part.bill.id))
    return Asked(
        bills=tuple(dict.fromkeys(part.bill.id for part in sorted(parts, key=lambda part: part.bill.created_at))),
        how=how_taken_back(oldest.bill),
        ends_at=without.until if without.access else None,
        until=_until(parts, given),
    )


def how_taken_back(bill: Bill) -> TakenBack:
    """What became of a bill that was taken back."""
    if bill.by_pause:
        return TakenBack.PAUSED
    match bill.status:
        case InvoiceStatus.VOID:
            return TakenBack.VOIDED
        case InvoiceStatus.UNCOLLECTIBLE:
            return TakenBack.WRITTEN_OFF
        case InvoiceStatus.DRAFT:
            return TakenBack.LEFT_DRAFT
        case _:
            return TakenBack.CREDITED


def _taken_back(known: Known, sells: Sells, terms: Terms) -> list[Part]:
    """The plan's bills that were taken back, by the owner, and are not settled, after one that was."""
    found: dict[str, Part] = {}
    for item in known.items:
        covers = covering(known, item)
        if item.quantity == 0 or not sells(item) or (covers is None and known.trial_end_at is None):
            continue
        for part in unsettled(known, item, covers, terms):
            if part.bill.withdrawn:
                continue
            credited = part.bill.status is InvoiceStatus.PAID  # that is why it is not settled
            if credited or left_unpaid(part.bill):
                found.setdefault(part.bill.id, part)
    return list(found.values())


def _kept(known: Known, ids: Collection[str]) -> Known:
    return replace(known, bills=tuple(replace(b, forgiven=b.forgiven or b.id in ids) for b in known.bills))


def _until(parts: Collection[Part], given: Verdict) -> int | None:
    """Where the kept access ends, or the time that was billed."""
    return given.until or max((part.end_at for part in parts if part.end_at is not None), default=None)
