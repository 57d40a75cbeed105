"""Each night: what is finished, old and needed by nobody is forgotten, a few hundred rows a commit.

What is kept for good, because something still asks for it, stands in docs/backup.md.
"""

from collections.abc import Mapping
from types import MappingProxyType

from payments.flows.runtime.context import AppContext
from payments.ports.stores import Aged

DAY_MS = 24 * 3_600_000

KEPT_DAYS: Mapping[Aged, int] = MappingProxyType(
    {
        Aged.GUESSES: 1,  # attempts count for ten minutes
        Aged.JOININGS: 30,  # a wish is answered within a day
        Aged.CLAIMS: 30,  # who types an old code is told that it is used or over
        Aged.TALKERS: 90,  # by then an admin who means a silent member of a chat types their number, or answers them
        Aged.NOTICES: 400,
        Aged.CHECKOUTS: 400,  # a link lives for a day, what is paid late by a bank arrives within weeks
        Aged.LINK_ENDINGS: 400,
        Aged.LOG_LINES: 400,
        Aged.AUDIT: 2 * 366,  # longer than the 540 days for which a card's payment may be disputed
    }
)

BY_MACHINE_TIME = frozenset({Aged.GUESSES, Aged.JOININGS, Aged.CLAIMS})

LOOKED_AT_ONCE = 500


async def forget_old(app: AppContext) -> dict[Aged, int]:
    """How many rows of each were forgotten. Raises `StoreUnavailable`; what is left then is forgotten another night."""
    return {what: await _forget(app, what, days * DAY_MS) for what, days in KEPT_DAYS.items()}


async def _forget(app: AppContext, what: Aged, kept_ms: int) -> int:
    clock = app.machine if what in BY_MACHINE_TIME else app.business
    before, after, count = clock.now() - kept_ms, None, 0
    while True:
        async with app.store.transaction() as tx:
            forgotten = await tx.attic.forget(what, before, after, LOOKED_AT_ONCE)
        count += forgotten.count
        after = forgotten.after
        if after is None:
            return count
