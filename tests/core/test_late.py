"""Which payments came too late to open anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from payments.core.billing import EndedBy, InvoiceStatus, SubscriptionStatus
from payments.core.decision import Decision, decide
from payments.core.ids import InvoiceId
from payments.core.lines import InvoiceLine, SubscriptionItem
from payments.core.snapshot import CreditNoteFact, DisputeFact, InvoiceFact, RefundFact, SubscriptionFact
from payments.core.state import State
from tests.core.builders import (
    DAY,
    T0,
    comp,
    dispute,
    invoice,
    note,
    plan,
    refund,
    snapshot,
    state,
    stored,
    subscription,
)

S, PAID, OPEN, DRAFT = SubscriptionStatus, InvoiceStatus.PAID, InvoiceStatus.OPEN, InvoiceStatus.DRAFT
FAILED, ENDED, LATE, NOW = T0 + 30 * DAY, T0 + 45 * DAY, T0 + 46 * DAY, T0 + 63 * DAY
SECOND_END = T0 + 60 * DAY


def ended(by: EndedBy = EndedBy.PAYMENT_FAILED) -> SubscriptionFact:
    return replace(subscription(S.CANCELED, ended_at=ENDED), ended_by=by)


def renewal(status: InvoiceStatus = PAID, *, at: int = FAILED, paid_at: int = LATE) -> InvoiceFact:
    return invoice("in_2", status, at=at, paid_at=paid_at, attempts=1)


def settled(
    fact: SubscriptionFact,
    *bills: InvoiceFact,
    before: State | None = None,
    refunds: Iterable[RefundFact] = (),
    disputes: Iterable[DisputeFact] = (),
    notes: Iterable[CreditNoteFact] = (),
    now: int = NOW,
) -> tuple[State, Decision]:
    """What a settlement decides, with the first bill paid; and the state once that is written."""
    begun = before or state()
    asked = snapshot(fact, invoices=[invoice(), *bills], refunds=refunds, disputes=disputes)
    decision = decide(begun, replace(asked, notes=tuple(notes)), now)
    return stored(begun, decision), decision


def late(decision: Decision) -> list[tuple[str, int, bool]]:
    return [(str(one.payment.bill.id), one.payment.kept, one.payment.unpaid) for one in decision.late]


@pytest.mark.parametrize("by", EndedBy)
def test_a_bill_that_is_paid_after_the_end_is_news_once(by: EndedBy) -> None:
    before, first = settled(ended(by), renewal(OPEN))
    assert late(first) == []
    after, told = settled(ended(by), renewal(), before=before)
    assert late(told) == [("in_2", 900, False)]
    assert late(settled(ended(by), renewal(), before=after)[1]) == []


def test_a_bill_seen_paid_before_the_end_is_seen_is_news_then() -> None:
    before, first = settled(subscription(S.PAST_DUE), renewal())
    assert late(first) == []
    assert late(settled(ended(), renewal(), before=before)[1]) == [("in_2", 900, False)]


def test_what_was_paid_before_the_end_is_none() -> None:
    assert late(settled(ended(), renewal(paid_at=ENDED))[1]) == []


def test_a_bill_made_with_the_end_is_for_what_was_used_until_then() -> None:
    assert late(settled(ended(), renewal(at=ENDED))[1]) == []


def test_a_bill_for_usage_is_owed_whenever_it_is_paid() -> None:
    meter = SubscriptionItem("si_1", "stripe_prc_monthly", usage=True)
    used = replace(renewal(), lines=(InvoiceLine("il_1", 900, subscription_item_id="si_1"),))
    assert late(settled(replace(ended(), items=(meter,)), used)[1]) == []


@pytest.mark.parametrize("due_at", [None, SECOND_END], ids=["a debit on its way", "a sent bill"])
def test_a_renewal_that_was_had_in_full_is_owed_whenever_it_is_paid(due_at: int | None) -> None:
    line = InvoiceLine("il_2", 900, subscription_item_id="si_1", period_start_at=FAILED, period_end_at=SECOND_END)
    bill = replace(renewal(paid_at=SECOND_END + 3 * DAY), attempt_count=0, due_at=due_at, lines=(line,))
    over = replace(ended(EndedBy.CANCELLATION_REQUESTED), ended_at=SECOND_END)
    assert late(settled(over, bill)[1]) == []
    assert late(settled(ended(EndedBy.CANCELLATION_REQUESTED), bill)[1]) == [("in_2", 900, False)], "in the midst of it"
    sent_before = replace(bill, due_at=FAILED + 7 * DAY)
    assert late(settled(over, sent_before)[1]) == [("in_2", 900, False)], "it was due before, and access ended"
    first = decide(state(), snapshot(over, invoices=[bill]), NOW)
    assert late(first) == [("in_2", 900, False)], "nobody is let in before a first payment"


def test_a_first_payment_that_comes_after_its_time_is_one() -> None:
    expired = subscription(S.INCOMPLETE_EXPIRED, ended_at=ENDED)
    begun = state()
    decision = decide(begun, snapshot(expired, invoices=[renewal()]), NOW)
    assert late(decision) == [("in_2", 900, False)]


def test_an_older_bill_of_an_unpaid_subscription_is_one_while_a_newer_one_waits() -> None:
    unpaid = subscription(S.UNPAID, latest=InvoiceId("in_3"))
    newest = replace(invoice("in_3", DRAFT, at=T0 + 60 * DAY), auto_advance=False)
    after = renewal(paid_at=T0 + 61 * DAY)
    assert late(settled(unpaid, after, newest)[1]) == [("in_2", 900, True)]
    assert late(settled(unpaid, after)[1]) == [], "the newest bill makes it active"
    assert late(settled(unpaid, renewal(), newest)[1]) == [], "it was the newest then"
    assert late(settled(subscription(), after, newest)[1]) == [], "it is active again"


def test_an_older_bill_that_opens_what_it_is_for_is_none() -> None:
    """Seen paid and unpaid at once: its own period runs still."""
    unpaid = subscription(S.UNPAID, latest=InvoiceId("in_3"))
    newest = replace(invoice("in_3", DRAFT, at=T0 + 40 * DAY), auto_advance=False)
    decision = decide(state(), snapshot(unpaid, invoices=[invoice(), renewal(), newest]), LATE + DAY)
    (held,) = decision.entitlements
    assert held.opens(LATE + DAY)
    assert late(decision) == []


def test_an_older_bill_that_is_paid_in_a_grace_that_runs_on_is_one() -> None:
    """The grace lets its payer in for now, and not the payment."""
    long = replace(plan(), grace_ms=50 * DAY)
    newest = replace(invoice("in_3", DRAFT, at=T0 + 60 * DAY), auto_advance=False)
    unpaid = subscription(S.UNPAID, latest=InvoiceId("in_3"))
    before, _ = settled(unpaid, renewal(OPEN), newest, before=state(plans=[long]), now=T0 + 61 * DAY)
    after, told = settled(unpaid, renewal(paid_at=T0 + 62 * DAY), newest, before=before)
    (held,) = after.entitlements
    assert held.opens(NOW)
    assert late(told) == [("in_2", 900, True)]


def test_what_was_given_back_or_is_contested_is_not_kept() -> None:
    back = refund(of="in_2")
    assert late(settled(ended(), renewal(), refunds=[back])[1]) == []
    assert late(settled(ended(), renewal(), refunds=[replace(back, amount=400)])[1]) == [("in_2", 500, False)]
    assert late(settled(ended(), renewal(), disputes=[dispute("needs_response", of="in_2")])[1]) == []
    credited = replace(renewal(), credited=True)
    assert late(settled(ended(), credited, notes=[note(of="in_2", post=900)])[1]) == []


def test_a_refund_that_failed_leaves_the_money_here() -> None:
    failed = refund(of="in_2", status="failed")
    assert late(settled(ended(), renewal(), refunds=[failed])[1]) == [("in_2", 900, False)]


def test_a_bill_of_nothing_is_none() -> None:
    assert late(settled(ended(), replace(renewal(), total=0, amount_paid=0))[1]) == []


def test_who_has_the_plan_again_by_something_else_is_told_apart() -> None:
    alone = settled(ended(), renewal())[1].late
    beside = settled(ended(), renewal(), before=replace(state(), entitlements=(comp("cmp_1"),)))[1].late
    assert [one.again for one in (*alone, *beside)] == [False, True]
