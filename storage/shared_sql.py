"""What several stores read and write alike: events, customers' marks, and the ends of leases."""

from payments.ports.stores import LeaseLost, StoredEvent
from storage.database import Dialect, Value
from storage.rows import row_type

EVENT = row_type(StoredEvent)
EVENT_COLUMNS = EVENT.columns + ", state, mark_seq"

HEARD = "heard_at = CASE WHEN settled_seq < mark_seq AND heard_at IS NOT NULL THEN heard_at ELSE {now_ms} END"
"""Since when, by the database's clock, something waits to be settled; `now_ms` is the dialect's."""


def marking(dialect: Dialect) -> str:
    """What marking sets on a customer; values are parts, now, now."""
    return (
        "mark_seq = mark_seq + 1, parts = parts | ?, marked_at = ?, "
        "dirty_since_at = CASE WHEN settled_seq < mark_seq THEN dirty_since_at ELSE ? END, "
        f"{HEARD.format(now_ms=dialect.now_ms)}, next_at = 0, state = 'live', attempts = 0"
    )


PAUSE_MS_MAX = 60_000
"""A pause that would last longer was set by a clock that was ahead: it ends with the next event."""


def event_marks(dialect: Dialect) -> str:
    """What an event's mark sets: what failed is tried at once, what was settled a moment ago keeps its pause."""
    return (
        f"next_at = CASE WHEN attempts = 0 AND next_at <= {dialect.now_ms} + {PAUSE_MS_MAX} THEN next_at ELSE 0 END, "
        "state = 'live', attempts = 0"
    )


def needs_no_driving(dialect: Dialect) -> str:
    """Whether a customer waits to be settled, and would be no sooner if it were marked again: see `event_marks`."""
    return (
        "(customer.settled_seq < customer.mark_seq AND customer.state = 'live' AND customer.attempts = 0 "
        f"AND customer.next_at <= {dialect.now_ms} + {PAUSE_MS_MAX})"
    )


PERSON_AND_MERGED = "(SELECT CAST(? AS TEXT) UNION ALL SELECT id FROM person WHERE merged_into = ?)"
"""A person, and everybody merged into them; the person is given twice."""

WHOSE = f"person_id IN {PERSON_AND_MERGED}"
"""A row of a person, or of somebody merged into them; the person is given twice.

Written as "this or one of those", PostgreSQL would read the whole table.
"""

FREE = "lease_token = NULL, lease_until = 0"
"""What ending a lease sets."""


def event_values(event: StoredEvent, state: str, mark_seq: int) -> tuple[Value, ...]:
    """The values of `EVENT_COLUMNS`."""
    return (*EVENT.values(event), state, mark_seq)


def held(rows_changed: int) -> None:
    """Raise `LeaseLost` when a finish under a lease found nothing held by it."""
    if rows_changed == 0:
        raise LeaseLost("another worker took this over")
