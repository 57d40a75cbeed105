"""Billing periods: whole intervals counted from an anchor, so that the 31st stays the 31st."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime

from sandbox.stripe.store import Obj

_SECONDS = {"day": 86400, "week": 7 * 86400}
_MONTHS = {"month": 1, "year": 12}


def after(anchor: int, interval: str, count: int) -> int:
    """The moment `count` intervals after the anchor; a day that the month lacks becomes its last."""
    if interval in _SECONDS:
        return anchor + count * _SECONDS[interval]
    start = datetime.fromtimestamp(anchor, UTC)
    month = start.month - 1 + count * _MONTHS[interval]
    year, month = start.year + month // 12, month % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def next_end(anchor: int, start: int, recurring: Obj) -> int:
    """The end of the period that begins at `start`: the first whole step from the anchor that lies after it."""
    interval, every = str(recurring["interval"]), int(recurring["interval_count"])
    if anchor > start:
        # A cycle anchored in the future: the first period runs up to it, or to a whole number of steps before it.
        steps = 0
        while after(anchor, interval, -(steps + 1) * every) > start:
            steps += 1
        return after(anchor, interval, -steps * every)
    rough = _SECONDS[interval] if interval in _SECONDS else 31 * 86400 * _MONTHS[interval]
    steps = max(1, (start - anchor) // (rough * every))
    while after(anchor, interval, steps * every) <= start:
        steps += 1
    return after(anchor, interval, steps * every)


def business_days_after(moment: int, days: int) -> int:
    """The same time of day so many business days (Monday to Friday, UTC) later; holidays are not known here."""
    while days:
        moment += _SECONDS["day"]
        days -= datetime.fromtimestamp(moment, UTC).weekday() < 5
    return moment
