"""Lengths of time: a month is one of the calendar's, whatever the day it begins."""

from datetime import UTC, datetime

import pytest

from sandbox.lengths import seconds
from sandbox.refused import Refused


@pytest.mark.parametrize(
    ("begin", "length", "end"),
    [
        ("2026-12-01 00:00:05", "1mo 2h", "2027-01-01 02:00:05"),
        ("2027-01-30 12:00:00", "1mo", "2027-02-28 12:00:00"),
        ("2027-01-31 12:00:00", "1mo", "2027-02-28 12:00:00"),
        ("2027-02-28 12:00:00", "1mo", "2027-03-31 12:00:00"),
        ("2028-02-28 12:00:00", "1mo", "2028-03-28 12:00:00"),
        ("2027-02-01 12:00:00", "1mo 3d", "2027-03-04 12:00:00"),
        ("2026-12-31 23:59:59", "13mo", "2028-01-31 23:59:59"),
        ("2026-12-01 00:00:00", "90s", "2026-12-01 00:01:30"),
        ("2026-12-01 00:00:00", "1.5h 30", "2026-12-01 01:30:30"),
    ],
)
def test_a_length_is_counted_from_now(begin: str, length: str, end: str) -> None:
    start, after = (datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() for text in (begin, end))
    assert seconds(length, start) == after - start


@pytest.mark.parametrize(
    "length",
    [
        "mo",
        "1.5mo",
        "-1mo",
        "9999mo",
        "00001mo",
        "1200mo 1200mo",
        "100000w",
        "1mo soon",
        "inf",
        "nan",
        "1e99d",
        "-1h 2h",
    ],
)
def test_what_is_no_length_is_refused(length: str) -> None:
    with pytest.raises(Refused, match="Say how far"):
        seconds(length, 1_800_000_000.0)
