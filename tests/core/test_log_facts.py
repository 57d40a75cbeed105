"""What a log tells of: of each payment what became of it, and of members who joined, came back and left."""

from __future__ import annotations

import pytest

from payments.core.access import Entitlement, Reason, Source
from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.decision import decide
from payments.core.ids import EntitlementId, InvoiceId
from payments.core.log_facts import DIGEST_HOUR, HOUR_MS, digest_due, money_facts, moves
from payments.core.snapshot import Snapshot
from tests.core.builders import (
    ACCOUNT,
    ANN,
    DAY,
    PRO,
    T0,
    dispute,
    invoice,
    refund,
    snapshot,
    state,
    stored,
    subscription,
)

S = SubscriptionStatus
FIRST, SECOND = invoice(), invoice("in_2", at=T0 + DAY)
UNPAID = invoice("in_2", InvoiceStatus.OPEN, at=T0 + DAY, attempts=1)
FAILED = {InvoiceId("in_2"): T0 + DAY}
PAYING = snapshot(subscription(), invoices=[FIRST])
FAILING = snapshot(subscription(S.PAST_DUE), invoices=[FIRST, UNPAID], failed_at=FAILED)
RECOVERED = snapshot(subscription(), invoices=[FIRST, SECOND])


def told(*came: Snapshot) -> list[list[str]]:
    """The keys of what is told of each of these, one after the other, without the account."""
    known, found = state(), []
    for number, one in enumerate(came):
        now = T0 + number * DAY
        decision = decide(known, one, now)
        facts = money_facts(known, decision, now)
        found.append([fact.key.replace(f"{ACCOUNT}:", "") for fact in facts])
        known = stored(known, decision)
    return found


def test_each_payment_is_counted_and_a_failed_one_is_told_until_it_is_made_after_all() -> None:
    failed, recovered = ["failed:in_2"], ["paid:in_2", "recovered:in_2"]
    assert told(PAYING, FAILING, RECOVERED) == [["paid:in_1"], failed, recovered]
    assert told(PAYING, RECOVERED) == [["paid:in_1"], ["paid:in_2"]]


def test_a_first_payment_that_failed_before_it_was_made_recovers_nothing() -> None:
    declined = invoice("in_1", InvoiceStatus.OPEN, attempts=1)
    first = snapshot(subscription(S.INCOMPLETE), invoices=[declined], failed_at={InvoiceId("in_1"): T0})
    assert told(first, PAYING) == [[], ["paid:in_1"]]


@pytest.mark.parametrize(("status", "key"), [("succeeded", ["refunded:re_1"]), ("pending", ["refunded:re_1"]),
                                             ("failed", []), ("canceled", [])])  # fmt: skip
def test_a_refund_is_told_unless_it_gave_nothing_back(status: str, key: list[str]) -> None:
    given = snapshot(subscription(), invoices=[FIRST], refunds=[refund(status=status)])
    assert told(PAYING, given, given) == [["paid:in_1"], key, []]


def test_a_refund_that_fails_after_it_was_told_is_told_of_too() -> None:
    pending, failed = (
        snapshot(subscription(), invoices=[FIRST], refunds=[refund(status=status)]) for status in ("pending", "failed")
    )
    assert told(PAYING, pending, failed, failed)[1:] == [["refunded:re_1"], ["refund_failed:re_1"], []]


@pytest.mark.parametrize(
    ("status", "key"),
    [
        ("needs_response", ["open"]),
        ("under_review", ["open"]),
        ("won", ["won"]),
        ("lost", ["lost"]),
        ("prevented", ["prevented"]),
        ("warning_needs_response", []),
        ("unheard_of", []),
    ],
)
def test_a_dispute_is_told_by_what_it_means(status: str, key: list[str]) -> None:
    contested = snapshot(subscription(), invoices=[FIRST], disputes=[dispute(status)])
    assert told(PAYING, contested) == [["paid:in_1"], [f"disputed:dp_1:{word}" for word in key]]


def held(name: str, *, opens: bool = True) -> Entitlement:
    until = T0 + DAY if opens else T0
    return Entitlement(
        EntitlementId(name), Source.PURCHASE, name, None, PRO, ANN, ANN, T0 - DAY, T0 - DAY, until, Reason.PAID
    )


@pytest.mark.parametrize(
    ("entitlements", "logged", "said", "known"),
    [
        ([held("a")], {}, ["log_joined"], {"a": True}),
        ([held("a")], {"a": True}, [], {}),
        ([held("a", opens=False)], {}, [], {}),
        ([held("a", opens=False)], {"a": True}, ["log_left"], {"a": False}),
        ([held("a", opens=False)], {"a": False}, [], {}),
        ([held("a")], {"a": False}, ["log_returned"], {"a": True}),
        ([held("a", opens=False), held("b")], {"a": True}, [], {"a": False, "b": True}),  # bought on: still there
        ([held("a", opens=False), held("b")], {"a": False}, ["log_joined"], {"b": True}),
        ([held("a"), held("b")], {"a": True, "b": True}, [], {}),
    ],
)
def test_nobody_joins_twice_or_leaves_while_something_else_opens_the_plan(
    entitlements: list[Entitlement], logged: dict[EntitlementId, bool], said: list[str], known: dict[str, bool]
) -> None:
    found = moves(entitlements, logged, T0)
    assert [move.kind.value for move in found.said] == said
    assert found.known == known


def test_a_digest_is_due_at_one_hour_of_each_day() -> None:
    day = T0 // DAY * DAY
    assert digest_due(day + DIGEST_HOUR * HOUR_MS) == day + DIGEST_HOUR * HOUR_MS
    assert digest_due(day + DIGEST_HOUR * HOUR_MS - 1) == day - DAY + DIGEST_HOUR * HOUR_MS
