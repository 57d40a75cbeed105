"""The breaker: when so many would be put out at once that a person should look first (invariant 6).

It weighs what comes by surprise. Ends that our rows told beforehand are no accident, and ended grace periods are one
only when there are many more of them than usual.
"""

from dataclasses import dataclass
from enum import StrEnum

from payments.core.access import Entitlement, Reason, Source
from payments.core.calendar import DAY_MS

KNOWN_MS = DAY_MS
"""So long before it our rows must have told an end."""

EARLY_MS = 3_600_000
"""A provider's clock may say that it is time a little before ours does."""

USUAL_MS = 90 * DAY_MS
"""What is usual is told by the ended grace periods of so long."""

USUAL_TIMES = 3
"""As many times the usual share are an accident."""


class End(StrEnum):
    """What kind of end an access came to; of any other it comes by surprise."""

    AGREED = "agreed"  # told beforehand, or what somebody did in our chat for themselves or for one member
    GRACE = "grace"  # a grace period is over, be it one of no days


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The end of an entitlement as our rows told it: when, since when they did, and of what."""

    at: int
    known_at: int
    why: Reason


def end_told(entitlement: Entitlement, trial_end_at: int | None) -> tuple[int, Reason] | None:
    """The end that an open entitlement has ahead, and of what. ``trial_end_at``: of a trial that nobody paid for yet,
    which ends there if nobody does."""
    if entitlement.access_until is not None:
        return entitlement.access_until, entitlement.reason
    return None if trial_end_at is None else (trial_end_at, Reason.TRIALING)


def end_of(entitlement: Entitlement | None, foreseen: Foreseen | None, now: int) -> End | None:
    """What kind of end this is, of the entitlement that gave access last (None: it was not an entitlement's end)."""
    if entitlement is None:
        return None
    if entitlement.reason is Reason.ENDED:
        return End.AGREED
    if foreseen is not None and foreseen.at <= now + EARLY_MS:
        if foreseen.why is Reason.GRACE:
            return End.GRACE
        if entitlement.source is Source.PURCHASE or foreseen.at - foreseen.known_at >= KNOWN_MS:
            return End.AGREED
    past_due = entitlement.reason in (Reason.GRACE, Reason.PAST_DUE, Reason.UNPAID)
    return End.GRACE if past_due else None


def enough_members(revokes: int, percent: int, least: int) -> int:
    """The smallest number of members with which that many revokes don't trip it; no need to count further. 0: any."""
    return 0 if revokes <= least or percent == 0 else -(-revokes * 100 // percent)


def trips(revokes: int, members: int, percent: int, least: int) -> bool:
    """Whether these revokes are more than `percent` of the community's `members` and more than `least` of them.

    A revoke is wanted and neither done nor released by an admin, or was confirmed within the window. Members are who
    have access, or had it within the window. Agreed ends and ended grace periods are not counted here.
    """
    return revokes > least and revokes * 100 > percent * members


def graces_trip(ended: int, members: int, lately: int, percent: int, least: int) -> bool:
    """Whether so many grace periods ended at once that it must be an accident: three times the usual share or more.

    The usual share is that of the members whose grace period ended in a month: a third of those of the 90 days before
    (`lately`), and never less than `percent`.
    """
    many = max(USUAL_TIMES * percent * members, lately * 100)  # in hundredths of a member
    return ended > least and ended * 100 >= many
