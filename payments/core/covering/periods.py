"""What a bill's lines do for an item, whether the bill is settled for it, and the bills that cover the item now."""

from dataclasses import dataclass

from payments.core.billing import InvoiceStatus
from payments.core.covering.bills import Bill, Known, net
from payments.core.lines import InvoiceLine, SubscriptionItem


@dataclass(frozen=True, slots=True)
class Part:
    """What a bill asks for an item: ``line`` is the last debit of it, ``debits`` all of them.

    It opens the period from ``start_at`` until before ``end_at`` (None: not told); or ``changes`` one that runs.
    """

    bill: Bill
    line: InvoiceLine
    debits: tuple[InvoiceLine, ...]
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
    that sells its product now, or, where no bill tells of the only one that is there, by that.
    """
    there = {one.id for one in known.items}
    gone = {line.subscription_item_id for bill in known.bills for line in bill.lines} - there - {None}
    if not gone:
        return frozenset({item.id})
    lines = [line for bill in known.bills for line in bill.lines]
    found = {line.subscription_item_id for line in lines if line.subscription_item_id in gone and _same(line, item)}
    ids = {item.id, *found}
    for bill in sorted(known.bills, key=lambda one: (one.created_at, one.id), reverse=True):
        ends = {line.period_end_at for line in bill.lines if line.subscription_item_id in ids and line.amount > 0}
        back = [line for line in bill.lines if line.subscription_item_id in gone and _gives_back(line)]
        ids |= {line.subscription_item_id for line in back if line.period_end_at in ends}
    alone = [one.id for one in known.items if one.quantity != 0] == [item.id]
    if alone and not any(line.subscription_item_id in ids for line in lines):
        ids |= gone
    return frozenset(id_ for id_ in ids if id_ is not None)


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
        return Part(bill, last, debits, changes=False)
    back = [line for line in mine if _gives_back(line)]
    return Part(bill, last, debits, changes=any(line.period_end_at == last.period_end_at for line in back))


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

    A credit note before payment over all of it settles nothing. What was paid by proration credits alone stands and
    falls with the bills that these credit. Money after the subscription's end by want of payment comes too late.
    """
    return _settled(known, part.bill, part.debits, set())


def _settled(known: Known, bill: Bill, debits: tuple[InvoiceLine, ...], asked: set[str]) -> bool:
    if bill.forgiven:
        return True
    if bill.status is not InvoiceStatus.PAID or _too_late(known, bill) or _credited(known, bill, debits):
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

    It has not while it waits for its payment, or after it has lapsed: then the item is still what the bill credits, and
    no later bill credits this one.
    """
    if not part.bill.change or part.bill.status is InvoiceStatus.PAID or not _differs(part.line, item):
        return True
    if any(
        line.credits is not None and line.credits.invoice_id == part.bill.id for b in known.bills for line in b.lines
    ):
        return True
    return any(_gives_back(line) and _differs(line, item) for line in part.bill.lines)


def _differs(line: InvoiceLine, item: SubscriptionItem) -> bool:
    told = (
        (line.product_id, item.product_id),
        (line.provider_price_id, item.provider_price_id),
        (line.quantity, item.quantity),
    )
    return any(None not in (asked, sold) and asked != sold for asked, sold in told)


def covering(known: Known, item: SubscriptionItem) -> Covering | None:
    """The item's covering set; None while nothing was settled for it. A draft changes nothing."""
    paid = [part for part in parts_of(known, item) if settled(known, part)]
    openers = [part for part in paid if not part.changes]
    if not openers:
        return None
    opener = openers[-1]
    changers = tuple(
        part for part in paid if part.changes and part.end_at == opener.end_at and part.start_at >= opener.start_at
    )
    return Covering(opener, changers)
