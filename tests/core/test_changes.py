"""What an act changed is stored, and read again by this version or refused in a way that can be told."""

import pytest

from payments.core.calendar import Unit
from payments.core.catalog import PriceKind
from payments.core.changes import Amount, Changes, Language, Moment, Said, Span, Who, Word, dump, load
from payments.core.ids import PersonId
from payments.core.plan_terms import Terms


def test_changes_are_read_as_they_were_written() -> None:
    changes: Changes = {
        "price": (
            Terms(PriceKind.RECURRING, 900, "usd", Unit.MONTH, 1),
            Terms(PriceKind.FIXED_DATE, 5, "eur", until_at=9),
        ),
        "opens": ((), ("a", "b")),
        "flag": (True, False),
        "count": (1, 0),
        "who": (Who(PersonId("prs_1")), None),
        "span": (Span(1), Moment(2)),
        "language": (Language("de"), Said(Word.KEEP)),
        "amount": (Amount(1, "eur"), "text"),
    }
    assert load(dump(changes)) == changes


@pytest.mark.parametrize("strange", ["[]", '{"a": [{"new": 1}, 2]}', '{"a": 1}', '{"a": [{"word": "other"}, 1]}', "no"])
def test_what_another_version_stored_is_an_error_that_can_be_caught(strange: str) -> None:
    with pytest.raises(ValueError, match=r"read|no such|Word|Expecting"):
        load(strange)
