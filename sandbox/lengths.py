"""Lengths of time as a person writes them to the sandbox: `90s`, `1.5h`, `32d`, `1mo 2h`."""

from __future__ import annotations

import calendar
import math
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.refused import Refused

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST_S = 100 * 366 * 86_400.0


def seconds(text: Any, now: float) -> float:
    """How long `text` is in seconds, from `now` in unix seconds on; several lengths are added in turn.

    A month, `mo`, is a calendar month. From the last day of one it leads to the last day of another, so that whatever
    renews on the 29th to the 31st has renewed: no number of days does that for February and March alike. A plain number
    is seconds. Raises Refused.
    """
    parts = [] if isinstance(text, bool) or text is None else str(text).strip().lower().split()
    at = now
    for part in parts:
        at = _months_after(at, part[:-2]) if part.endswith("mo") else at + _length(part)
        if at - now >= _LONGEST_S:
            raise _unclear()
    if not parts:
        raise _unclear()
    return at - now


def _length(part: str) -> float:
    factor = _SECONDS.get(part[-1:], 1)
    try:
        value = float(part[:-1] if part[-1:] in _SECONDS else part) * factor
    except ValueError:
        raise _unclear() from None
    if not 0 <= value < _LONGEST_S:
        raise _unclear()
    return value


def _months_after(at: float, count: str) -> float:
    if not (count.isascii() and count.isdigit() and len(count) <= 4):
        raise _unclear()
    start = datetime.fromtimestamp(math.floor(at), UTC)
    first = start.replace(day=1)
    year, month = divmod(first.year * 12 + first.month - 1 + int(count), 12)
    last = calendar.monthrange(year, month + 1)[1]
    was_last = (start + timedelta(days=1)).month != start.month
    end = start.replace(year=year, month=month + 1, day=last if was_last else min(start.day, last))
    return end.timestamp() + (at - math.floor(at))


def _unclear() -> Refused:
    return Refused(
        'Say how far: "advance" is a number with a unit, such as "90s", "5m", "3h", "32d", "2w" or "1mo", '
        'or several of them: "1mo 2h".'
    )
