"""What several stores read and write alike: events, customers' marks, and the ends of leases."""

from payments.core.ids import AccountId, CustomerRef, EventId
from payments.ports.stores import LeaseLost, StoredEvent
from storage.database import Dialect, Row, Value

EVENT_COLUMNS = (
    "account_id, id, type, object_id, stripe_customer_id, created_at, received_at, body, attempts, state, mark_seq"
)

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


WHOSE = "person_id IN (SELECT CAST(? AS TEXT) UNION ALL SELECT id FROM person WHERE merged_into = ?)"
"""A row of a person, or of somebody merged into them; the person is given twice.

Written as "this or one of those", PostgreSQL would read the whole table.
"""

FREE = "lease_token = NULL, lease_until = 0"
"""What ending a lease sets."""


def event_values(event: StoredEvent, state: str, mark_seq: int) -> tuple[Value, ...]:
    """The values of `EVENT_COLUMNS`."""
    return (
        event.account_id,
        event.id,
        event.type,
        event.object_id,
        event.stripe_customer_id,
        event.created_at,
        event.received_at,
        event.body,
        event.attempts,
        state,
        mark_seq,
    )


def event_of(row: Row) -> StoredEvent:
    """An event's row."""
    stripe_id = row["stripe_customer_id"]
    return StoredEvent(
        account_id=AccountId(row["account_id"]),
        id=EventId(row["id"]),
        type=row["type"],
        object_id=row["object_id"],
        stripe_customer_id=CustomerRef(stripe_id) if stripe_id is not None else None,
        created_at=row["created_at"],
        received_at=row["received_at"],
        body=row["body"],
        attempts=row["attempts"],
    )


def held(rows_changed: int) -> None:
    """Raise `LeaseLost` when a finish under a lease found nothing held by it."""
    if rows_changed == 0:
        raise LeaseLost("another worker took this over")
