"""How a subscription ends: what cancelling means, and what follows when its payment was taken back. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from payments.core.billing import ENDED_STATUSES, Ending, Invoice, InvoiceStatus, Subscription, SubscriptionStatus
from payments.core.covering.bills import Contested, GivenBack, Known, Note, Terms
from payments.core.covering.known import Payments
from payments.core.covering.money import taken_back
from payments.core.covering.periods import Covering, covering
from payments.core.covering.want import unsettled
from payments.core.ids import InvoiceId
from payments.core.lines import SubscriptionItem

IN_TROUBLE = frozenset({SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID})
"""Statuses in which the running period is not paid, and Stripe may go on trying to collect it."""

PAID_FOR = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID})
"""Statuses in which an end is set when nothing that was paid is left: a trial costs nothing yet, a pause neither."""


@dataclass(frozen=True, slots=True)
class CancelTerms:
    """What cancelling does.

    ``until``: when it ends (None: at once). ``withdrawn``: open bills that are voided with it. ``charged``: what is
    collected all the same, since the renewal has begun or its payment is on its way. ``due``: sent bills that stay
    open. ``tried``: older ones that the provider may go on trying to collect until then.
    """

    until: int | None
    at_once: bool = False
    withdrawn: tuple[Invoice, ...] = ()
    charged: tuple[Invoice, ...] = ()
    due: tuple[Invoice, ...] = ()
    tried: tuple[Invoice, ...] = ()


def cancel_terms(s: Subscription, known: Known, payments: Payments, terms: Terms, now: int) -> CancelTerms:
    """What it means to cancel `s` now.

    While a payment is wanting, its bill is voided, so that no retry is charged after "nothing more is charged"; and it
    ends now, unless an earlier payment reaches beyond now. Otherwise it ends with the period.
    """
    bills = _unsettled(known, payments, terms)
    on_its_way = tuple(bill for bill in bills if bill.status is InvoiceStatus.OPEN and bill.processing)
    drafts = tuple(bill for bill in bills if bill.status is InvoiceStatus.DRAFT and bill.auto_advance)
    still_open = tuple(bill for bill in bills if bill.status is InvoiceStatus.OPEN and not bill.processing)
    tried = tuple(b for b in may_be_collected(s, payments) if b not in bills and b.status is InvoiceStatus.OPEN)
    if s.status not in IN_TROUBLE or on_its_way:
        return CancelTerms(s.period_end_at, charged=(*on_its_way, *drafts), due=still_open, tried=tried)
    paid_until = max((c.end_at or 0 for _, c in _covered(known, terms)), default=0)
    if paid_until > now:
        return CancelTerms(paid_until, withdrawn=still_open, charged=drafts, tried=tried)
    return CancelTerms(None, at_once=True, withdrawn=still_open)


def _unsettled(known: Known, payments: Payments, terms: Terms) -> list[Invoice]:
    """The bills that ask for something after what covers now, oldest first. Old debts are none of them."""
    ids = {
        part.bill.id
        for item in known.items
        if item.quantity != 0
        for part in unsettled(known, item, covering(known, item), terms)
    }
    found = (payments.invoices[InvoiceId(id_)] for id_ in ids)
    return sorted((bill for bill in found if bill.amount_remaining > 0), key=lambda bill: (bill.created_at, bill.id))


def may_be_collected(s: Subscription, payments: Payments) -> list[Invoice]:
    """The bills that the provider may collect by itself before the end. One that is sent waits to be paid."""
    ahead = (InvoiceStatus.DRAFT, InvoiceStatus.OPEN)
    bills = [bill for bill in payments.of(s) if bill.status in ahead and bill.auto_advance]
    return [bill for bill in bills if bill.due_at is None and bill.amount_remaining > 0]


def _covered(known: Known, terms: Terms) -> Iterable[tuple[SubscriptionItem, Covering]]:
    """The items that something covers which was not taken back."""
    for item in known.items:
        covers = covering(known, item) if item.quantity != 0 else None
        if covers is not None and taken_back(known, item, covers, terms) is None:
            yield item, covers


class Taken(NamedTuple):
    """The newest bill that covered something, and when the last of its payment was taken back (None: not told)."""

    bill_id: InvoiceId
    at: int | None


def nothing_left(known: Known, terms: Terms) -> Taken | None:
    """What was taken back, if it was all that was paid for now; None: something is left, or nothing was paid for."""
    if known.status not in PAID_FOR or any(True for _ in _covered(known, terms)):
        return None
    covers = [c for item in known.items if item.quantity != 0 and (c := covering(known, item)) is not None]
    newest = max((c.opener for c in covers), key=lambda part: part.order, default=None)
    if newest is None:
        return None
    bills = {part.bill.id for c in covers for part in c.parts}
    back: list[GivenBack | Note | Contested] = [*known.given_back, *known.notes, *known.contested]
    times = [one.at for one in back if one.bill_id in bills]
    return Taken(InvoiceId(newest.bill.id), max((at for at in times if at is not None), default=None))


def with_ending(s: Subscription, known: Known, terms: Terms, now: int, *, joined_again: bool) -> Subscription:
    """A subscription with what follows for its end.

    Once its payment was taken back it ends with its period: or it would be charged again, and open what was just taken.
    When it covers again, the end that was set for this is taken back, unless its user `joined_again`: but not for a
    later bill, which was on its way already when they were told that it ends. What members and owners set stays.
    """
    s = _seen(s)
    if s.status in ENDED_STATUSES or not s.status.known or s.ending is Ending.AT_ONCE:
        return s
    taken = nothing_left(known, terms)
    if taken is not None:
        if taken.bill_id == s.ending_for:
            undone = s.ending is None and not s.ends_by_itself  # an end that is set later is none of ours
            return replace(s, ending_for_at=None) if undone else s
        if s.ends_by_itself or s.ending is Ending.PERIOD_END:
            return s
        return replace(s, ending=Ending.PERIOD_END, ending_for=taken.bill_id, ending_for_at=taken.at or now)
    if s.ending_for is None:
        return s
    restored = replace(s, ending_for=None, ending_for_at=None)
    if s.ending is Ending.ASKED:
        return replace(restored, ending=None)
    set_by_us = s.ending is Ending.PERIOD_END or (s.ends_by_itself and s.ending_for_at is not None)
    counts = any(part.bill.id == s.ending_for for _, covers in _covered(known, terms) for part in covers.parts)
    return replace(restored, ending=Ending.KEEP) if set_by_us and counts and not joined_again else restored


def _seen(s: Subscription) -> Subscription:
    """Without the wish that the provider shows to be done."""
    match s.ending:
        case Ending.AT_ONCE | Ending.PERIOD_END | Ending.ASKED if s.status in ENDED_STATUSES:
            return replace(s, ending=None)
        case Ending.PERIOD_END | Ending.ASKED if s.ends_by_itself:
            return replace(s, ending=None)
        case Ending.KEEP if s.cancel_at is None or s.status in ENDED_STATUSES:
            return replace(s, ending=None)
        case _:
            return s
