"""What a bill's lines do for an item, whether the bill is settled for it, and the bills that cover the item now."""

from collections.abc import Collection
from dataclasses import dataclass

from payments.core.billing import InvoiceStatus
from payments.core.covering.bills import Bill, Known, net
from payments.core.lines import InvoiceLine, SubscriptionItem


@dataclass(frozen=True, slots=True)
class Part:
    """What a bill asks for an item: ``line`` is the last debit of it, ``debits`` all of them, ``back`` its credits.

    It opens the period from ``start_at`` until before ``end_at`` (None: not told); or ``changes`` one that runs.
    """

    bill: Bill
    line: InvoiceLine
    debits: tuple[InvoiceLine, ...]
    back: tuple[InvoiceLine, ...]
    changes: bool

    @property
    def start_at(self) -> int:
        """Where its period, or what is left of the one it changes, begins."""
        return _start(self.line, self.bill)

    @property
    def end_at(self) -> int | None:
        """Where its period ends."""
        return self.line.period_end_at

    @property
    def order(self) -> tuple[int, int, int, str]:
        """Later by period, not by the day of payment."""
        return (*_span(self.line, self.bill), self.bill.created_at, self.bill.id)

    @property
    def owed(self) -> int:
        """What it asks for the item after discounts."""
        return sum(net(line) for line in self.debits)


@dataclass(frozen=True, slots=True)
class Covering:
    """The covering set of an item: the settled part that opened its latest period, and those that changed it since."""

    opener: Part
    changers: tuple[Part, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of them."""
        return (self.opener, *self.changers)

    @property
    def line(self) -> InvoiceLine:
        """The line that says what is paid for by now."""
        return self.parts[-1].line

    @property
    def end_at(self) -> int | None:
        """Until when it is paid for."""
        return self.opener.end_at


def parts_of(known: Known, item: SubscriptionItem) -> tuple[Part, ...]:
    """What each bill asks for the item, or for one that it replaced, in the order of periods."""
    ids = _lineage(known, item)
    found = [part for bill in known.bills if (part := _part(known, bill, item, ids)) is not None]
    return tuple(sorted(found, key=lambda part: part.order))


def _lineage(known: Known, item: SubscriptionItem) -> frozenset[str]:
    """The ids of the item and of those that it replaced.

    An item that is not there any more was replaced by the one for which a bill gives its unused time back, by the one
    that sells its product now, or, the dearest of them, by one of which no bill tells yet.
    """
    there = {one.id for one in known.items if one.quantity != 0 or one.id == item.id}
    lines = [line for bill in known.bills for line in bill.lines]
    gone = {line.subscription_item_id for line in lines if line.subscription_item_id} - there
    if not gone:
        return frozenset({item.id})
    ids = {item.id, *(line.subscription_item_id for line in lines if _is(line, gone) and _same(line, item))}
    for bill in sorted(known.bills, key=lambda one: (one.created_at, one.id), reverse=True):
        for replaced, by in _swaps(bill, gone):
            if by in ids:
                ids.add(replaced)
    if not any(line.subscription_item_id in ids for line in lines):
        ids.add(max((line for line in lines if _is(line, gone)), key=net).subscription_item_id)
    return frozenset(id_ for id_ in ids if id_ is not None)


def _is(line: InvoiceLine, ids: Collection[str]) -> bool:
    return line.subscription_item_id in ids


def _swaps(bill: Bill, gone: Collection[str]) -> list[tuple[str, str]]:
    """Which items a bill gives back for which others that it asks for until the same moment, the dearest first.

    An item of which it gives something back itself was changed and replaced none.
    """
    back = [line for line in bill.lines if _gives_back(line)]
    changed = {line.subscription_item_id for line in back}
    off = sorted((line for line in back if _is(line, gone)), key=lambda line: line.amount)
    ends = {line.period_end_at for line in off}
    asked = [line for line in bill.lines if not _gives_back(line) and line.period_end_at in ends]
    new = sorted((line for line in asked if line.subscription_item_id not in changed), key=lambda line: -line.amount)
    pairs = zip((line.subscription_item_id for line in off), (line.subscription_item_id for line in new), strict=False)
    return [(replaced, by) for replaced, by in pairs if replaced is not None and by is not None]


def _same(line: InvoiceLine, item: SubscriptionItem) -> bool:
    """Whether a line asks for what the item sells."""
    if line.product_id is not None and item.product_id is not None:
        return line.product_id == item.product_id
    return line.provider_price_id is not None and line.provider_price_id == item.provider_price_id


def _part(known: Known, bill: Bill, item: SubscriptionItem, ids: frozenset[str]) -> Part | None:
    mine = [line for line in bill.lines if line.subscription_item_id in ids]
    debits = tuple(line for line in mine if not _gives_back(line) and not _of_trial(known, line))
    if not debits:
        return None
    last = max(debits, key=lambda line: _span(line, bill))
    if item.usage:
        return Part(bill, last, debits, (), changes=False)
    back = tuple(line for line in mine if _gives_back(line))
    return Part(bill, last, debits, back, changes=any(line.period_end_at == last.period_end_at for line in back))


def _gives_back(line: InvoiceLine) -> bool:
    return line.credits is not None or line.amount < 0


def _of_trial(known: Known, line: InvoiceLine) -> bool:
    """A trial's line asks for nothing and opens nothing, also where the trial ended early. That of a price of nothing
    may look alike, and is no loss."""
    trial_end, start = known.trial_end_at, line.period_start_at
    return line.amount == 0 and trial_end is not None and start is not None and start < trial_end


def _start(line: InvoiceLine, bill: Bill) -> int:
    return bill.created_at if line.period_start_at is None else line.period_start_at


def _span(line: InvoiceLine, bill: Bill) -> tuple[int, int]:
    return _start(line, bill), line.period_end_at or 0


def settled(known: Known, part: Part) -> bool:
    """Whether a source paid it, nothing was owed, or the owner answered that access is kept.

    A credit note before payment over all of it settles nothing, nor does the provider's taking it back: there the
    owner's answer counts, but not while it is asked for. What was paid by proration credits alone stands and falls with
    the bills that these credit. Money after the subscription's end by want of payment comes too late.
    """
    return _settled(known, part.bill, part.debits, set())


def _settled(known: Known, bill: Bill, debits: tuple[InvoiceLine, ...], asked: set[str]) -> bool:
    match bill.status:
        case InvoiceStatus.VOID | InvoiceStatus.UNCOLLECTIBLE:
            return bill.forgiven
        case InvoiceStatus.DRAFT:
            return bill.stays_draft and bill.forgiven
        case InvoiceStatus.PAID if _credited(known, bill, debits):
            return bill.forgiven
        case InvoiceStatus.PAID if not _too_late(known, bill):
            pass
        case _:
            return False
    asked.add(bill.id)
    return all(
        _settled(known, credited, (), asked) for credited in credited_by(known, bill) if credited.id not in asked
    )


def credited_by(known: Known, bill: Bill) -> tuple[Bill, ...]:
    """The bills whose credits alone paid this one; none where money paid it, or nothing was owed."""
    if bill.money > 0 or not any(net(line) > 0 for line in bill.lines):
        return ()
    ids = dict.fromkeys(line.credits.invoice_id for line in bill.lines if line.credits is not None)
    return tuple(credited for id_ in ids if (credited := known.bill(id_)) is not None)


def _too_late(known: Known, bill: Bill) -> bool:
    if not known.payment_ended_it or known.ended_at is None:
        return False
    return bill.paid_at is not None and bill.paid_at > known.ended_at


def _credited(known: Known, bill: Bill, debits: tuple[InvoiceLine, ...]) -> bool:
    """Whether credit notes before payment took off all of a bill, or all of these lines."""
    notes = [note for note in known.notes if note.bill_id == bill.id and note.pre > 0]
    if not notes:
        return False
    if bill.money == 0 and 0 < bill.owed <= sum(note.pre for note in notes):
        return True
    asking = [line for line in debits if net(line) > 0]
    return bool(asking) and all(sum(note.lines.get(line.id, 0) for note in notes) >= line.amount for line in asking)


def took_place(known: Known, part: Part, item: SubscriptionItem) -> bool:
    """Whether the change that a bill was made for did.

    It has not while the provider says that it waits for its payment; nor, where that isn't told, while the item is
    still what the bill gives back, and no later bill gives back what this one asks for.
    """
    bill = part.bill
    if not bill.change or bill.status is InvoiceStatus.PAID:
        return True
    if bill.id == known.pending_bill_id:
        return False
    later = (line for other in known.bills for line in other.lines)
    if any(line.credits is not None and line.credits.invoice_id == bill.id for line in later):
        return True
    return not part.back or not _differs(part.line, item) or any(_differs(line, item) for line in part.back)


def _differs(line: InvoiceLine, item: SubscriptionItem) -> bool:
    told = (
        (line.product_id, item.product_id),
        (line.provider_price_id, item.provider_price_id),
        (line.quantity, item.quantity),
    )
    return any(None not in (asked, sold) and asked != sold for asked, sold in told)


def covering(known: Known, item: SubscriptionItem) -> Covering | None:
    """The item's covering set; None while nothing was settled for it. A draft changes nothing, nor does an answer that
    access is kept where the change that it was billed for did not take place."""
    paid = [part for part in parts_of(known, item) if settled(known, part) and took_place(known, part, item)]
    openers = [part for part in paid if not part.changes and not _taken_off(known, part, item)]
    if not openers:
        return None
    opener = openers[-1]
    changers = tuple(
        part for part in paid if part.changes and part.end_at == opener.end_at and part.start_at >= opener.start_at
    )
    return Covering(opener, changers)


def _taken_off(known: Known, part: Part, item: SubscriptionItem) -> bool:
    """Whether what opened a period was taken off since, and the rest of it given back for nothing in its place."""
    id_ = part.line.subscription_item_id
    if id_ == item.id:
        return False
    return any(
        any(_gives_back(line) and line.subscription_item_id == id_ for line in bill.lines)
        and not any(replaced == id_ for replaced, _ in _swaps(bill, {id_ or ""}))
        and all(_gives_back(line) or line.period_end_at != part.end_at for line in bill.lines)
        and any(line.period_end_at == part.end_at for line in bill.lines if line.subscription_item_id == id_)
        for bill in known.bills
        if bill is not part.bill
    )
