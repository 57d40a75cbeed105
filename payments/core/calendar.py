"""The calendar: intervals counted in days or calendar months, in UTC."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Unit(StrEnum):
    """Units of a billing interval, as Stripe's ``recurring.interval`` has them."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


DAY_MS = 24 * 3_600_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR = 9999


def months_of(unit: Unit, count: int) -> int:
    """How many calendar months `count` units are; 0 for units that are days."""
    match unit:
        case Unit.MONTH:
            return count
        case Unit.YEAR:
            return 12 * count
        case _:
            return 0


def add_interval(start_at: int, unit: Unit, count: int) -> int:
    """`count` units after `start_at`, in UTC. Months and years keep the day, or take the month's last one.

    Counted from the start in one go: a month after 31 January is 28 February, two months after it are 31 March.
    """
    months = months_of(unit, count)
    if months == 0:
        return start_at + count * (7 if unit is Unit.WEEK else 1) * DAY_MS
    start = _EPOCH + timedelta(milliseconds=start_at)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year >= _LAST_YEAR:
        year, month = _LAST_YEAR, 0
    end = start.replace(year=year, month=month + 1, day=min(start.day, _days_in(year, month + 1)))
    return (end - _EPOCH) // timedelta(milliseconds=1)


def _days_in(year: int, month: int) -> int:
    if month == 12:
        return 31
    return (datetime(year, month + 1, 1, tzinfo=UTC) - datetime(year, month, 1, tzinfo=UTC)).days
