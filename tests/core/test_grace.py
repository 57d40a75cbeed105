"""The reminder before a grace period ends: once, in time, and not of what is paid or cancelled meanwhile."""

from __future__ import annotations

import pytest

from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.decision import Decision, decide
from payments.core.ids import InvoiceId
from payments.core.notices import PlannedNotice
from payments.core.snapshot import Snapshot
from payments.core.state import State
from tests.core.builders import DAY, T0, invoice, plan, snapshot, state, stored, subscription

HOUR = DAY // 24
FAILED = T0 + 30 * DAY
PAST_DUE = SubscriptionStatus.PAST_DUE
BILL = InvoiceId("in_2")


def renewal_fails(grace: int) -> tuple[State, Decision]:
    """A member's renewal fails; the failure is known at once."""
    given = state(plans=[plan(grace=grace)])
    paid = invoice("in_1", at=T0)
    before = stored(given, decide(given, snapshot(subscription(), invoices=[paid]), T0))
    fails = snapshot(
        subscription(PAST_DUE),
        invoices=[paid, invoice(BILL, InvoiceStatus.OPEN, at=FAILED, attempts=1)],
        failed_at={BILL: FAILED},
    )
    decision = decide(before, fails, FAILED)
    return stored(before, decision), decision


def reminders(decision: Decision) -> list[PlannedNotice]:
    return [one for one in decision.notices if one.kind == "grace_ending"]


@pytest.mark.parametrize(
    ("grace", "before_end"),
    [(10 * DAY, DAY), (3 * DAY, DAY), (2 * DAY, DAY), (2 * DAY - HOUR, DAY - HOUR // 2), (2 * HOUR, HOUR)],
)
def test_it_comes_a_day_before_the_end_or_at_the_half_of_a_short_one(grace: int, before_end: int) -> None:
    given, decision = renewal_fails(grace)
    at = FAILED + grace - before_end
    assert decision.recheck_at == at
    assert not reminders(decision)
    assert not reminders(decide(given, Snapshot(), at - 1))
    (told,) = reminders(decide(given, Snapshot(), at))
    assert told.params == {"at": FAILED + grace, "url": "https://pay.example/in_2"}
    late = decide(given, Snapshot(), FAILED + grace - 1)
    assert [one.key for one in reminders(late)] == [told.key], "a clock that is late loses none, and doubles none"
    assert late.recheck_at == FAILED + grace
    assert not reminders(decide(given, Snapshot(), FAILED + grace))


def test_a_later_failure_of_the_same_debt_is_no_second_grace() -> None:
    given, _ = renewal_fails(3 * DAY)
    at = FAILED + 2 * DAY
    third = snapshot(
        subscription(PAST_DUE),
        invoices=[
            invoice("in_1", at=T0),
            invoice(BILL, InvoiceStatus.OPEN, at=FAILED, attempts=2),
            invoice("in_3", InvoiceStatus.OPEN, at=at, attempts=1),
        ],
        failed_at={BILL: FAILED, InvoiceId("in_3"): at},
    )
    (first,) = reminders(decide(given, Snapshot(), at))
    (second,) = reminders(decide(given, third, at))
    assert first.key == second.key
    assert second.params["url"] == "https://pay.example/in_3", "the newest bill is what brings it back"


@pytest.mark.parametrize("how", ["paid", "cancelled"])
def test_what_is_paid_or_cancelled_is_not_reminded_of_any_more(how: str) -> None:
    given, _ = renewal_fails(3 * DAY)
    at = FAILED + 2 * DAY
    (told,) = reminders(decide(given, Snapshot(), at))
    status = InvoiceStatus.PAID if how == "paid" else InvoiceStatus.OPEN
    facts = snapshot(
        subscription(
            SubscriptionStatus.ACTIVE if how == "paid" else PAST_DUE,
            cancel_at=FAILED + 30 * DAY if how == "cancelled" else None,
        ),
        invoices=[invoice("in_1", at=T0), invoice(BILL, status, at=FAILED, attempts=1)],
    )
    after = decide(given, facts, at)
    assert not reminders(after)
    assert told.key in after.untrue, "one that waits to be sent is withdrawn"
    assert (f"unpaid:acct_1:{BILL}" in after.untrue) is (how == "paid")


def test_a_failure_is_not_told_once_its_bill_is_paid_even_where_there_was_no_grace() -> None:
    given, _ = renewal_fails(0)
    facts = snapshot(subscription(), invoices=[invoice("in_1", at=T0), invoice(BILL, at=FAILED, attempts=1)])
    after = decide(given, facts, FAILED + DAY)
    assert after.untrue == (f"unpaid:acct_1:{BILL}",)
    assert decide(stored(given, after), facts, FAILED + DAY).untrue == ()
