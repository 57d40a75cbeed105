"""How a subscription ends: what cancelling means, and what follows when its payment was taken back."""

from dataclasses import replace

from payments.core.billing import Ending, InvoiceStatus, Subscription, SubscriptionStatus
from payments.core.covering.bills import Terms
from payments.core.covering.known import Payments, known_of
from payments.core.decision import Decision, decide
from payments.core.endings import CancelTerms, cancel_terms
from payments.core.snapshot import InvoiceFact, Snapshot
from payments.core.state import State
from tests.core.builders import DAY, SUB, T0, dispute, invoice, refund, state, stored, subscription

MONTH = 30 * DAY
GRACE = Terms(grace_ms=3 * DAY)


def decided(before: State, now: int = T0 + DAY, **parts: object) -> tuple[State, Decision]:
    """What is decided of these facts, and the state once it is stored."""
    decision = decide(before, Snapshot(**parts), now)  # type: ignore[arg-type]
    return stored(before, decision), decision


def only(of: State) -> Subscription:
    (found,) = of.subscriptions
    return found


def paid() -> State:
    return decided(state(), subscriptions=(subscription(),), invoices=(invoice(),))[0]


def terms_at(now: int, status: str, *bills: InvoiceFact, processing: str = "") -> CancelTerms:
    facts = (invoice(), *bills)
    facts_of = subscription(SubscriptionStatus(status))
    found, _ = decided(state(), now, subscriptions=(facts_of,), invoices=facts)
    rows = {i.id: replace(i, processing=i.id == processing) for i in found.invoices}
    payments = Payments(rows, (), ())
    s = only(found)
    return cancel_terms(s, known_of(s, payments), payments, GRACE, now)


def renewal(status: str = "open", **how: object) -> InvoiceFact:
    how = {"at": T0 + MONTH, "attempts": 1, **how}
    return invoice("in_2", InvoiceStatus(status), **how)  # type: ignore[arg-type]


def test_a_membership_that_is_paid_for_ends_with_its_period() -> None:
    found = terms_at(T0 + DAY, "active")
    assert found == CancelTerms(subscription().period_end_at)


def test_while_the_renewal_is_unpaid_its_bill_is_withdrawn_and_it_ends_at_once() -> None:
    found = terms_at(T0 + MONTH + DAY, "past_due", renewal())
    assert found.at_once
    assert found.until is None
    assert [bill.id for bill in found.withdrawn] == ["in_2"]


def test_the_bill_of_a_renewal_on_its_way_can_not_be_withdrawn() -> None:
    found = terms_at(T0 + MONTH + DAY, "past_due", renewal(attempts=0), processing="in_2")
    assert not found.at_once
    assert found.withdrawn == ()
    assert [bill.id for bill in found.charged] == ["in_2"]


def test_a_renewal_that_has_begun_is_charged_and_that_is_said() -> None:
    found = terms_at(T0 + MONTH, "active", renewal("draft", attempts=0))
    assert not found.at_once
    assert [bill.id for bill in found.charged] == ["in_2"]


def test_a_full_refund_lets_the_subscription_end_once() -> None:
    now, first = decided(paid(), refunds=(refund(),))
    (ending,) = first.subscriptions
    assert (ending.ending, ending.ending_for) == (Ending.PERIOD_END, "in_1")
    _, second = decided(now, subscriptions=(subscription(),), refunds=(refund(),))
    assert second.subscriptions == ()
    ends = subscription(cancel_at=subscription().period_end_at)
    now, _ = decided(now, subscriptions=(ends,), refunds=(refund(),))
    assert (only(now).ending, only(now).ending_for) == (None, "in_1")


def test_what_was_given_back_in_part_lets_nothing_end() -> None:
    assert only(decided(paid(), refunds=(refund(amount=400),))[0]).ending is None


def test_when_the_payment_counts_again_the_end_is_taken_back() -> None:
    ends = subscription(cancel_at=subscription().period_end_at)
    now, _ = decided(paid(), disputes=(dispute("needs_response"),))
    now, _ = decided(now, subscriptions=(ends,), disputes=(dispute("needs_response"),))
    now, _ = decided(now, disputes=(dispute("won"),))
    assert (only(now).ending, only(now).ending_for) == (Ending.KEEP, None)
    now, _ = decided(now, subscriptions=(subscription(),))
    assert only(now).ending is None


def test_who_cancelled_before_the_refund_stays_cancelled_when_it_fails() -> None:
    ends = subscription(cancel_at=subscription().period_end_at)
    now, _ = decided(paid(), subscriptions=(ends,))
    now, _ = decided(now, refunds=(refund(),))
    assert only(now).ending is None
    now, _ = decided(now, refunds=(refund(status="failed"),))
    assert (only(now).ending, only(now).cancel_at) == (None, ends.cancel_at)


def test_an_end_that_the_owner_took_back_is_not_set_again() -> None:
    ends = subscription(cancel_at=subscription().period_end_at)
    now, _ = decided(paid(), refunds=(refund(),))
    now, _ = decided(now, subscriptions=(ends,), refunds=(refund(),))
    now, _ = decided(now, subscriptions=(subscription(),), refunds=(refund(),))
    assert only(now).ending is None


def test_nothing_is_left_to_end_of_what_has_ended() -> None:
    now, _ = decided(paid(), refunds=(refund(),))
    now, _ = decided(now, subscriptions=(subscription(SubscriptionStatus.CANCELED),))
    assert only(now).ending is None
    assert only(now).status is SubscriptionStatus.CANCELED
    assert InvoiceStatus.VOID not in {bill.status for bill in now.invoices}


def test_a_trial_is_not_ended_for_what_was_given_back() -> None:
    now, _ = decided(
        paid(), subscriptions=(subscription(SubscriptionStatus.TRIALING, trial_end_at=T0 + MONTH),), refunds=(refund(),)
    )
    assert only(now).ending is None
    assert only(now).id == SUB


def test_an_end_that_the_member_set_stays_when_the_contact_had_let_it_go_on() -> None:
    ends = subscription(cancel_at=subscription().period_end_at)
    lost = (dispute("needs_response"),)
    now, _ = decided(paid(), disputes=lost)
    now = replace(now, subscriptions=(replace(only(now), ending=None),))  # the contact's answer
    now, _ = decided(now, subscriptions=(subscription(),), disputes=lost)
    now, _ = decided(now, subscriptions=(ends,), disputes=lost)
    now, _ = decided(now, subscriptions=(ends,), disputes=(dispute("won"),))
    assert only(now).ending is None


def test_an_end_that_was_set_anew_after_the_owner_took_ours_back_stays() -> None:
    ends = subscription(cancel_at=subscription().period_end_at)
    lost = (dispute("needs_response"),)
    now, _ = decided(paid(), disputes=lost)
    now, _ = decided(now, subscriptions=(ends,), disputes=lost)
    now, _ = decided(now, subscriptions=(subscription(),), disputes=lost)
    now, _ = decided(now, subscriptions=(ends,), disputes=lost)
    now, _ = decided(now, subscriptions=(ends,), disputes=(dispute("won"),))
    assert only(now).ending is None


def test_an_older_bill_that_is_still_tried_is_named() -> None:
    old = invoice("in_0", InvoiceStatus.OPEN, at=T0 - MONTH, attempts=2)
    found = terms_at(T0 + DAY, "active", old)
    assert (found.due, [bill.id for bill in found.tried]) == ((), ["in_0"])


def test_a_second_unpaid_bill_beside_one_on_its_way_is_named() -> None:
    second = invoice("in_3", InvoiceStatus.OPEN, at=T0 + 2 * MONTH, attempts=1)
    found = terms_at(T0 + 2 * MONTH + DAY, "past_due", renewal(attempts=0), second, processing="in_2")
    assert [bill.id for bill in found.charged] == ["in_2"]
    assert [bill.id for bill in found.due] == ["in_3"]


def test_a_renewal_that_had_begun_before_the_dispute_does_not_take_the_end_back() -> None:
    begun = T0 + MONTH
    ends = subscription(cancel_at=subscription().period_end_at)
    lost = (dispute("needs_response"),)
    now, _ = decided(paid(), begun, invoices=(invoice(), renewal("draft", attempts=0)))
    now, _ = decided(now, begun, disputes=lost)
    assert only(now).ending is Ending.PERIOD_END
    now, _ = decided(now, begun + DAY, subscriptions=(ends,), invoices=(invoice(), renewal("paid")), disputes=lost)
    assert (only(now).ending, only(now).cancel_at) == (None, ends.cancel_at)
    now, _ = decided(now, begun + DAY, subscriptions=(ends,), disputes=(dispute("won"),))
    assert only(now).ending is None
