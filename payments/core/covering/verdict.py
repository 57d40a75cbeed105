"""The access table: what a subscription gives of one plan now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from payments.core.access import Reason
from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.covering.bills import Known, Pause, Terms
from payments.core.covering.money import taken_back
from payments.core.covering.periods import Part, covering
from payments.core.covering.want import Sells, had_paid, unsettled, wanting_since
from payments.core.lines import SubscriptionItem


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether there is access now, until before when (None: no end known), and why or why not."""

    access: bool
    until: int | None
    reason: Reason


def _out(reason: Reason) -> Verdict:
    return Verdict(False, None, reason)


def judge(known: Known, sells: Sells, terms: Terms, now: int) -> Verdict | None:
    """What the subscription gives of the plan at `now` (of a customer on a test clock: its time).

    None: its status says nothing that we know, so nothing changes. Asked in this order: pause, trial, taken back,
    want of payment, the rest; ``cancel_at`` bounds them all.
    """
    if not known.status.known:
        return None
    sold = [item for item in known.items if item.quantity != 0 and sells(item)]
    if not sold:
        found = _held_after_change(known, sells, terms, now)
    else:
        found = _of_status(known, terms) or _best(_of_item(known, item, sells, terms, now) for item in sold)
    return _bounded(found, known.cancel_at, now)


def _of_status(known: Known, terms: Terms) -> Verdict | None:
    """What the status alone decides."""
    match known.status:
        case SubscriptionStatus.INCOMPLETE:
            return _out(Reason.AWAITING_FIRST_PAYMENT)
        case SubscriptionStatus.INCOMPLETE_EXPIRED:
            return _out(Reason.CANCELED)
        case SubscriptionStatus.CANCELED if not known.payment_ended_it:
            return _out(Reason.CANCELED)
    if known.pause is not None and (known.pause is Pause.UNASKED or not terms.pause_keeps):
        return _out(Reason.PAUSED)
    if known.status is SubscriptionStatus.TRIALING:
        return Verdict(True, None, Reason.TRIALING)
    return None


def _of_item(known: Known, item: SubscriptionItem, sells: Sells, terms: Terms, now: int) -> Verdict:
    covers = covering(known, item)
    paid_until = None if covers is None or not sells(covers.line) else covers.end_at
    taken = None if covers is None else taken_back(known, item, covers, terms)
    if taken is not None:
        return _out(taken)
    wanting = unsettled(known, item, covers, terms)
    since = wanting_since(known, wanting, now)
    if since is not None:
        end = since + terms.grace_ms if had_paid(known, wanting, since) else since
        then = Reason.AWAITING_FIRST_PAYMENT if covers is None and _goes_on(known) else _ended(known)
        if paid_until is not None and paid_until > end:  # the grace holds, and so does what was paid for before
            return _until(paid_until, Reason.PAID, then, now)
        return _until(end, Reason.GRACE, then, now)
    if known.payment_ended_it:
        return _until(paid_until, Reason.PAID, _ended(known), now)
    if covers is None and _waits_for_first(known, item, wanting, terms):
        return _out(Reason.AWAITING_FIRST_PAYMENT)
    return Verdict(True, None, Reason.PAID)


def _until(end: int | None, why: Reason, then: Reason, now: int) -> Verdict:
    return Verdict(True, end, why) if end is not None and now < end else _out(then)


def _goes_on(known: Known) -> bool:
    return known.status is SubscriptionStatus.ACTIVE


def _ended(known: Known) -> Reason:
    match known.status:
        case SubscriptionStatus.CANCELED:
            return Reason.CANCELED
        case SubscriptionStatus.UNPAID:
            return Reason.UNPAID
        case _:
            return Reason.PAST_DUE


def _waits_for_first(known: Known, item: SubscriptionItem, wanting: list[Part], terms: Terms) -> bool:
    """Whether the first bill is still to be paid, by who gets it sent or pays by a method that takes days.

    A plan may let people in at once, but nobody whose first payment bounced before. Usage is billed afterwards.
    """
    if item.usage or had_paid(known, wanting, None) or (terms.at_once and not known.bounced_before):
        return False
    if any(part.bill.status is InvoiceStatus.OPEN and part.bill.processing for part in wanting):
        return True
    return known.sent and (bool(wanting) or item.unit_amount != 0)


def _held_after_change(known: Known, sells: Sells, terms: Terms, now: int) -> Verdict:
    """A plan that no item sells any more ended with the change; an unpaid change leaves it what was paid for."""
    ended = _out(Reason.CHANGED)
    if _of_status(known, terms) is not None:
        return ended
    found = [ended]
    for item in known.items:
        covers = covering(known, item)
        if covers is None or not sells(covers.line) or taken_back(known, item, covers, terms) is not None:
            continue
        if wanting_since(known, unsettled(known, item, covers, terms), now) is not None:
            found.append(_until(covers.end_at, Reason.PAID, Reason.CHANGED, now))
    return _best(found)


def _best(verdicts: Iterable[Verdict]) -> Verdict:
    """Of several items the one that gives most."""
    return max(verdicts, key=lambda one: (one.access, one.until is None, one.until or 0))


def _bounded(verdict: Verdict, cancel_at: int | None, now: int) -> Verdict:
    if not verdict.access or cancel_at is None or (verdict.until is not None and verdict.until <= cancel_at):
        return verdict
    return replace(verdict, until=cancel_at) if now < cancel_at else _out(Reason.CANCELED)
