"""What the breaker weighs: which ends are no surprise, and how many are too many."""

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from payments.core.access import Entitlement, Reason, Source
from payments.core.breaker import End, Foreseen, end_of, enough_members, graces_trip, trips
from payments.core.calendar import DAY_MS
from payments.core.ids import EntitlementId, PersonId, PlanId

NOW = 1_780_000_000_000
ADA = PersonId("prs_ada")
AHEAD, LATE = 2 * DAY_MS, 3_600_000
SUB, BOUGHT, COMP = Source.SUBSCRIPTION, Source.PURCHASE, Source.COMP


def over(source: Source, reason: Reason) -> Entitlement:
    id_, plan_id = EntitlementId("ent_1"), PlanId("pln_1")
    return Entitlement(id_, source, "one", None, plan_id, ADA, ADA, NOW - 60 * DAY_MS, None, None, reason)


@pytest.mark.parametrize(
    ("source", "reason", "known_ms", "why", "end"),
    [
        pytest.param(SUB, Reason.CANCELED, AHEAD, Reason.PAID, End.AGREED, id="cancelled at the end of the period"),
        pytest.param(SUB, Reason.CANCELED, LATE, Reason.PAID, None, id="the end was set an hour ago, by nobody here"),
        pytest.param(SUB, Reason.CANCELED, 0, None, None, id="cancelled at once in the dashboard"),
        pytest.param(SUB, Reason.REFUNDED, 0, None, None, id="refunded"),
        pytest.param(SUB, Reason.DISPUTED, 0, None, None, id="disputed"),
        pytest.param(SUB, Reason.PAST_DUE, AHEAD, Reason.TRIALING, End.AGREED, id="a trial that nobody paid for"),
        pytest.param(SUB, Reason.PAUSED, AHEAD, Reason.TRIALING, End.AGREED, id="a trial without a card"),
        pytest.param(SUB, Reason.PAST_DUE, LATE, Reason.TRIALING, End.GRACE, id="a trial that was cut short"),
        pytest.param(SUB, Reason.GRACE, AHEAD, Reason.GRACE, End.GRACE, id="a grace period"),
        pytest.param(SUB, Reason.CANCELED, AHEAD, Reason.GRACE, End.GRACE, id="a grace period, and then cancelled"),
        pytest.param(SUB, Reason.PAST_DUE, 0, None, End.GRACE, id="a grace period of no days"),
        pytest.param(BOUGHT, Reason.EXPIRED, LATE, Reason.PAID, End.AGREED, id="a season bought on its last day"),
        pytest.param(COMP, Reason.EXPIRED, AHEAD, Reason.COMP, End.AGREED, id="a free membership until some day"),
        pytest.param(COMP, Reason.ENDED, 0, None, End.AGREED, id="ended by an admin, for one member"),
    ],
)
def test_what_our_rows_knew_a_day_before_is_no_surprise(
    source: Source, reason: Reason, known_ms: int, why: Reason | None, end: End | None
) -> None:
    foreseen = None if why is None else Foreseen(NOW, NOW - known_ms, why)
    assert end_of(over(source, reason), foreseen, NOW) is end


@pytest.mark.parametrize("source", [SUB, BOUGHT, COMP])
def test_an_end_long_before_the_one_that_was_told_is_a_surprise(source: Source) -> None:
    told = Foreseen(NOW + 10 * DAY_MS, NOW - 10 * DAY_MS, Reason.PAID)
    assert end_of(over(source, Reason.REFUNDED), told, NOW) is None
    assert end_of(over(source, Reason.REFUNDED), replace(told, at=NOW), NOW) is End.AGREED
    assert end_of(None, None, NOW) is None, "no entitlement ended: a plan was changed"


@pytest.mark.parametrize(
    ("ended", "members", "lately", "tripped"),
    [
        (12, 100, 0, False),  # a hundred moved over, and twelve cards fail
        (15, 100, 0, True),  # three times 5 %
        (20, 100, 24, False),  # 8 % a month is usual here
        (24, 100, 24, True),
        (10, 12, 0, False),  # not more than ten
    ],
)
def test_grace_periods_that_end_are_an_accident_at_three_times_the_usual_share(
    ended: int, members: int, lately: int, tripped: bool
) -> None:
    assert graces_trip(ended, members, lately, 5, 10) is tripped


@pytest.mark.parametrize(
    ("revokes", "members", "tripped"),
    [
        (11, 100, True),
        (10, 100, False),  # not more than ten
        (11, 220, False),  # not more than 5 %
        (11, 219, True),
        (3, 3, False),  # a small community may empty
        (0, 0, False),
    ],
)
def test_the_breaker_trips_at_more_than_five_percent_and_more_than_ten(
    revokes: int, members: int, tripped: bool
) -> None:
    assert trips(revokes, members, 5, 10) is tripped


@for_all(st.integers(0, 500), st.integers(0, 10_000), st.integers(0, 100), st.integers(0, 50))
def test_members_beyond_enough_change_nothing(revokes: int, members: int, percent: int, least: int) -> None:
    counted = min(members, enough_members(revokes, percent, least))
    assert trips(revokes, counted, percent, least) is trips(revokes, members, percent, least)
