"""The cases again, from what is stored of them; and of which of them the owner is asked whether access is kept."""

from dataclasses import replace

import pytest

from payments.core.access import Reason
from payments.core.covering.asking import asked
from payments.core.covering.known import known_for
from payments.core.covering.verdict import Verdict, judge
from tests.core import builders
from tests.core.covering.cases import FILE, Raw, Step, moment, steps, terms
from tests.core.covering.rows import payments_of, storable, subscription_of

STEPS = list(steps())
STORED = [step for step in STEPS if storable(step.known)]
QUESTIONS = ("keep_access", "resume_unpaid")


@pytest.mark.parametrize("step", STORED, ids=[step.name for step in STORED])
def test_a_case_is_decided_the_same_from_stored_rows(step: Step) -> None:
    subscription, payments = subscription_of(step.known), payments_of(step.known)
    plan = replace(builders.plan(), moved_paid=True)
    known = known_for(plan, subscription, payments, bounced_before=step.known.bounced_before)
    for ask in step.asks:
        products = FILE["plans"][ask["plan"]]["products"]
        found = judge(known, lambda part: part.product_id in products, terms(ask), step.now)  # noqa: B023
        assert found == Verdict(ask["access"], moment(ask["until"]), Reason(ask["reason"])), ask


def test_only_what_nobody_stores_yet_is_left_out() -> None:
    left = {step.name.partition(".")[0] for step in STEPS if not storable(step.known)}
    assert left == {"33"}


@pytest.mark.parametrize("number", range(len(STEPS)), ids=[step.name for step in STEPS])
def test_the_owner_is_asked_where_both_sides_call_it_right_and_nowhere_else(number: int) -> None:
    step = STEPS[number]
    before = STEPS[number - 1] if number and not step.name.split()[0].endswith(".1") else None
    for ask in step.asks:
        new = _asked(step, ask, step.now) and not (before is not None and _asked(before, ask, step.now))
        assert new is (ask["message"] in QUESTIONS), ask


def _asked(step: Step, ask: Raw, now: int) -> bool:
    products = FILE["plans"][ask["plan"]]["products"]
    return asked(step.known, lambda part: part.product_id in products, terms(ask), now) is not None
