"""Each payment of a running membership is confirmed once; one that failed first, as all well again."""

from __future__ import annotations

import pytest

from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.decision import Decision, decide
from payments.core.ids import InvoiceId
from payments.core.snapshot import Snapshot
from payments.core.state import State
from tests.core.builders import DAY, T0, invoice, snapshot, state, stored, subscription

RENEWED = T0 + 30 * DAY
FIRST, SECOND = InvoiceId("in_1"), InvoiceId("in_2")
PAID, OPEN = InvoiceStatus.PAID, InvoiceStatus.OPEN


def member() -> tuple[State, Decision]:
    given = state()
    bought = invoice(FIRST, at=T0, reason="subscription_create")
    decision = decide(given, snapshot(subscription(latest=FIRST), invoices=[bought]), T0)
    return stored(given, decision), decision


def bill(status: InvoiceStatus = PAID, *, reason: str = "subscription_cycle", total: int = 900) -> Snapshot:
    """The renewal's bill, beside the first one."""
    status_then = SubscriptionStatus.ACTIVE if status is PAID else SubscriptionStatus.PAST_DUE
    return snapshot(
        subscription(status_then, started_at=RENEWED, latest=SECOND),
        invoices=[
            invoice(FIRST, at=T0, reason="subscription_create"),
            invoice(SECOND, status, at=RENEWED, reason=reason, total=total, attempts=1),
        ],
        failed_at={} if status is PAID else {SECOND: RENEWED},
    )


def told(decision: Decision) -> list[str]:
    return [one.kind for one in decision.notices if one.key.startswith("paid:")]


def test_a_renewal_is_confirmed_and_a_first_payment_has_its_own_welcome() -> None:
    given, first = member()
    assert told(first) == []
    decision = decide(given, bill(), RENEWED)
    (notice,) = decision.notices
    assert (notice.kind, notice.key) == ("renewed", "paid:acct_1:in_2")
    assert notice.params["amount"] == 900
    assert notice.params["until"] == RENEWED + 30 * DAY
    assert told(decide(stored(given, decision), bill(), RENEWED)) == []


def test_one_that_failed_before_is_told_as_all_well_again() -> None:
    given, _ = member()
    failed = decide(given, bill(OPEN), RENEWED)
    assert told(failed) == []
    assert told(decide(stored(given, failed), bill(), RENEWED + DAY)) == ["payment_back"]


@pytest.mark.parametrize(
    ("facts", "now"),
    [
        (bill(total=0), RENEWED),
        (bill(reason="subscription_update"), RENEWED),
        (bill(), RENEWED + 4 * DAY),
    ],
    ids=["nothing was charged", "a change of plan", "no news any more"],
)
def test_what_is_no_payment_of_a_period_or_no_news_is_not_confirmed(facts: Snapshot, now: int) -> None:
    given, _ = member()
    assert told(decide(given, facts, now)) == []


def test_a_history_that_is_brought_in_is_not_confirmed() -> None:
    assert told(decide(state(), bill(), RENEWED)) == []


def test_a_first_payment_that_failed_at_first_is_not_all_well_again() -> None:
    waits = snapshot(
        subscription(SubscriptionStatus.INCOMPLETE, latest=FIRST),
        invoices=[invoice(FIRST, OPEN, reason="subscription_create", attempts=1)],
        failed_at={FIRST: T0},
    )
    given = stored(state(), decide(state(), waits, T0))
    paid = snapshot(subscription(latest=FIRST), invoices=[invoice(FIRST, reason="subscription_create", attempts=1)])
    assert told(decide(given, paid, T0)) == []
