"""Which payment covers now: cases that both a fair owner and a fair member would call right, decided as they do."""

import pytest

from payments.core.access import Reason
from payments.core.covering.verdict import Verdict, judge
from tests.core.covering.cases import FILE, Step, moment, steps, terms

STEPS = list(steps())


@pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])
def test_a_case_is_decided_as_both_sides_call_right(step: Step) -> None:
    for ask in step.asks:
        products = FILE["plans"][ask["plan"]]["products"]
        found = judge(step.known, lambda part: part.product_id in products, terms(ask), step.now)  # noqa: B023
        right = Verdict(ask["access"], moment(ask["until"]), Reason(ask["reason"]))
        assert found == right, ask


def test_all_cases_are_here() -> None:
    assert len(FILE["cases"]) == 40
