"""The history that is frozen: a month of a club and its neighbours, played with the real flows.

It stops in the middle of everything. `test_paid.py`, `test_people.py` and `test_stuck.py` take it from there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from unittest.mock import patch

from payments.ports.stores import Store
from tests.core.builders import DAY
from tests.flows.two_platforms import BothSides, open_both_sides
from tests.frozen.cast import Cast
from tests.frozen.month import Month
from tests.frozen.neighbours import Neighbours
from tests.frozen.underway import Underway

HOUR = 3_600_000


async def play(store: Store) -> BothSides:
    """The whole history, in an empty database."""
    cast = Cast(await open_both_sides(store))
    month, neighbours = Month(cast), Neighbours(cast)
    await month.opening()
    await neighbours.move_in()
    await neighbours.dive()
    for chapter in (month.subscriptions, month.comps):
        await chapter()
    cast.club.pass_time(DAY)  # or the breaker would hold back what both lose
    for chapter in (month.refunds, month.undecided, month.purchases, month.bills):
        await chapter()
    cast.club.pass_time(25 * DAY)
    for chapter in (month.renewals, month.customers, month.accounts, cast.rest, cast.tell):
        await chapter()
    cast.club.pass_time(HOUR)
    await Underway(cast, month, neighbours).play()
    return cast.both


@contextmanager
def drawn(seed: int) -> Iterator[None]:
    """Ids and codes follow from this seed, so that both engines hold the same history."""
    # Each length is drawn by itself: storage on PostgreSQL draws a short name besides.
    draws: defaultdict[int, Random] = defaultdict(lambda: Random(seed))
    with (
        patch("secrets.token_hex", lambda count=32: draws[count].randbytes(count).hex()),
        patch("secrets.choice", draws[0].choice),
    ):
        yield
