"""What metrics tell of the database. Each question reads a partial index of what is not done, never what is done."""

# ruff: noqa: S608 - statements are put together from constants of this package

from payments.core.access import EffectState
from payments.core.community import Platform
from payments.ports.stores import Drift, Figures
from storage.database import Tx

_COUNTS = {
    "customers_dirty": "customer WHERE settled_seq < mark_seq AND state = 'live'",
    "customers_dead": "customer WHERE settled_seq < mark_seq AND state = 'dead'",
    "effects_open": "effect WHERE state = 'open'",
    "effects_waiting": "effect WHERE state = 'waiting'",
    "effects_blocked": "effect WHERE state = 'blocked'",
    "effects_dead": "effect WHERE state = 'dead'",
    "events_unresolved": "event WHERE state = 'unresolved'",
    "events_dead": "event WHERE state = 'dead'",
    "notices_open": "notice WHERE state = 'open'",
    "notices_dead": "notice WHERE state = 'dead'",
    "requests_pending": "request WHERE state = 'pending'",
    "requests_dead": "request WHERE state = 'dead'",
    "updates_open": "telegram_update WHERE state = 'open'",
    "updates_dead": "telegram_update WHERE state = 'dead'",
}
_COUNT = "SELECT " + ", ".join(f"(SELECT COUNT(*) FROM {what}) AS {name}" for name, what in _COUNTS.items())

_OLDEST = {
    "customers": "MIN(heard_at) FROM customer WHERE settled_seq < mark_seq AND state = 'live'",
    "effects": "MIN(opened_at) FROM effect WHERE state = 'open'",
    "events": "MIN(received_at) FROM event WHERE state = 'unresolved'",
    "notices": "MIN(created_at) FROM notice WHERE state = 'open'",
    "requests": "MIN(created_at) FROM request WHERE state = 'pending'",
    "updates": "MIN(received_at) FROM telegram_update WHERE state = 'open'",
}
_OLDEST_OF_ALL = "SELECT " + ", ".join(f"(SELECT {what}) AS {name}" for name, what in _OLDEST.items())

# What is applied and not wanted counts only where we gave it: the rest is not ours to take (invariant 7).
# Which of them differ is said word for word as their index says it.
_DRIFT = (
    "SELECT t.platform, a.wanted, w.state, COUNT(*) AS count FROM access a "
    "JOIN target t ON t.id = a.target_id JOIN effect w ON w.person_id = a.person_id AND w.target_id = a.target_id "
    "WHERE ((a.wanted = 1 AND a.applied = 0) OR (a.wanted = 0 AND a.applied = 1)) "
    "AND (a.wanted = 1 OR a.held_before = 0) GROUP BY t.platform, a.wanted, w.state"
)


async def counts(tx: Tx) -> dict[str, int]:
    """How much work waits, is stuck or is dead."""
    row = await tx.fetch_one(_COUNT)
    assert row is not None  # a query of aggregates always answers a row
    return {name: int(row[name]) for name in _COUNTS}


async def figures(tx: Tx) -> Figures:
    """Everything that `/metrics` tells of the database."""
    row = await tx.fetch_one(_OLDEST_OF_ALL)
    assert row is not None  # a query of aggregates always answers a row
    return Figures(
        counts=await counts(tx),
        oldest={name: int(row[name]) for name in _OLDEST if row[name] is not None},
        drift=[
            Drift(Platform(row["platform"]), bool(row["wanted"]), EffectState(row["state"]), row["count"])
            for row in await tx.fetch(_DRIFT)
        ],
    )
