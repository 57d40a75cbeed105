"""The access table, row by row."""

from dataclasses import replace

import pytest

from payments.core.access import Entitlement, Reason
from payments.core.billing import DisputeStatus, InvoiceStatus, RefundStatus, SubscriptionStatus
from payments.core.decision import Decision, decide
from payments.core.ids import InvoiceId, SubscriptionId
from payments.core.laid_over import unknown_failures
from payments.core.snapshot import Snapshot
from payments.core.state import State
from tests.core.builders import (
    ANN,
    BEN,
    DAY,
    GRACE,
    LITE,
    PRO,
    SUB,
    T0,
    dispute,
    invoice,
    plan,
    refund,
    snapshot,
    state,
    stored,
    subscription,
)

NOW = T0 + 31 * DAY
"""A day after the renewal."""
S = SubscriptionStatus
OPEN = InvoiceStatus.OPEN
PAID_ONCE = invoice("in_1", at=T0)


def only(decision: Decision) -> Entitlement:
    assert len(decision.entitlements) == 1
    return decision.entitlements[0]


def past_due(failed_at: int | None = NOW - DAY, at: int = NOW - DAY) -> Snapshot:
    """The renewal of a member who had paid once failed."""
    return snapshot(
        subscription(S.PAST_DUE),
        invoices=[PAID_ONCE, invoice("in_2", OPEN, at=at, attempts=1)],
        failed_at={} if failed_at is None else {InvoiceId("in_2"): failed_at},
    )


def member(given: State | None = None) -> State:
    """A member who has paid and is in."""
    given = given or state()
    return stored(given, decide(given, snapshot(subscription(), invoices=[PAID_ONCE]), T0))


def test_an_active_member_is_in_with_no_end() -> None:
    found = only(decide(state(), snapshot(subscription(), invoices=[PAID_ONCE]), NOW))
    assert found.opens(NOW)
    assert (found.access_until, found.reason, found.plan_id) == (None, Reason.PAID, PRO)


def test_the_end_of_a_period_is_no_end_of_access() -> None:
    found = only(decide(state(), snapshot(subscription(), invoices=[PAID_ONCE]), NOW))
    assert found.opens(T0 + 31 * DAY)


def test_a_member_on_trial_is_in() -> None:
    facts = snapshot(subscription(S.TRIALING, trial_end_at=T0 + 14 * DAY), invoices=[invoice(total=0)])
    decision = decide(state(), facts, NOW)
    assert only(decision).opens(NOW)
    assert only(decision).reason is Reason.TRIALING


def test_a_member_who_cancels_stays_until_the_day_named() -> None:
    until = NOW + 10 * DAY
    decision = decide(member(), snapshot(subscription(cancel_at=until)), NOW)
    assert only(decision).opens(until - 1)
    assert not only(decision).opens(until)
    assert decision.recheck_at == until


def test_a_member_who_resumes_stays_with_no_end() -> None:
    leaving = stored(member(), decide(member(), snapshot(subscription(cancel_at=NOW + DAY)), NOW))
    assert only(decide(leaving, snapshot(subscription()), NOW)).access_until is None


def test_someone_billed_by_invoice_is_not_in_before_the_first_is_paid() -> None:
    bill = invoice(status=OPEN, due_at=NOW + 20 * DAY)
    before = decide(state(), snapshot(subscription(method="send_invoice"), invoices=[bill]), NOW)
    assert not only(before).opens(NOW)
    assert only(before).reason is Reason.AWAITING_FIRST_PAYMENT
    after = decide(
        stored(state(), before), snapshot(subscription(method="send_invoice"), invoices=[PAID_ONCE]), NOW + 1
    )
    assert only(after).opens(NOW + 1)


def test_a_way_of_paying_that_is_new_to_us_lets_nobody_in_who_waits_for_a_bill() -> None:
    bill = invoice(status=OPEN, due_at=NOW + 20 * DAY)
    waiting = decide(state(), snapshot(subscription(method="send_invoice"), invoices=[bill]), NOW)
    changed = decide(stored(state(), waiting), snapshot(subscription(method="something_new")), NOW + 1)
    assert (changed.subscriptions, changed.entitlements) == ((), ())
    assert only(decide(state(), snapshot(subscription(method="something_new"), invoices=[PAID_ONCE]), NOW)).opens(NOW)


def test_a_free_subscription_billed_by_invoice_waits_for_nothing() -> None:
    facts = snapshot(subscription(method="send_invoice", amount=0), invoices=[invoice(total=0)])
    assert only(decide(state(), facts, NOW)).opens(NOW)


def test_a_member_whose_renewal_fails_keeps_access_while_grace_lasts() -> None:
    decision = decide(member(), past_due(failed_at=NOW), NOW)
    assert only(decision).reason is Reason.GRACE
    assert only(decision).opens(NOW + GRACE - 1)
    assert not only(decision).opens(NOW + GRACE)
    assert decision.recheck_at == NOW + GRACE - DAY, "its end is reminded of"


def test_time_alone_says_why_it_is_over() -> None:
    failing = stored(member(), decide(member(), past_due(failed_at=NOW), NOW))
    over = only(decide(failing, Snapshot(), NOW + GRACE))
    assert (over.reason, over.access_until) == (Reason.PAST_DUE, NOW + GRACE)
    leaving = stored(member(), decide(member(), snapshot(subscription(cancel_at=NOW + DAY)), NOW))
    assert only(decide(leaving, Snapshot(), NOW + DAY)).reason is Reason.CANCELED


def test_without_grace_a_failed_renewal_puts_out_at_once() -> None:
    strict = member(state(plans=[plan(grace=0)]))
    assert not only(decide(strict, past_due(failed_at=NOW), NOW)).opens(NOW)


def test_who_never_paid_gets_no_grace() -> None:
    facts = snapshot(
        subscription(S.PAST_DUE),
        invoices=[invoice("in_0", total=0), invoice("in_1", OPEN, at=NOW, attempts=1)],
        failed_at={InvoiceId("in_1"): NOW},
    )
    found = only(decide(state(), facts, NOW))
    assert not found.opens(NOW)
    assert found.reason is Reason.PAST_DUE


def test_grace_runs_from_the_first_failure_of_the_oldest_unpaid_invoice() -> None:
    facts = snapshot(
        subscription(S.PAST_DUE),
        invoices=[
            PAID_ONCE,
            invoice("in_3", OPEN, at=NOW - 1, attempts=1),
            invoice("in_2", OPEN, at=NOW - 2 * DAY, attempts=3),
        ],
        failed_at={InvoiceId("in_3"): NOW - 1, InvoiceId("in_2"): NOW - 2 * DAY},
    )
    assert only(decide(state(), facts, NOW)).access_until == NOW - 2 * DAY + GRACE


def test_later_failures_and_renewals_never_move_grace() -> None:
    failing = stored(member(), decide(member(), past_due(failed_at=NOW), NOW))
    again = snapshot(
        subscription(S.PAST_DUE),
        invoices=[
            PAID_ONCE,
            invoice("in_2", OPEN, at=NOW, attempts=4),
            invoice("in_3", OPEN, at=NOW + DAY, attempts=1),
        ],
        failed_at={InvoiceId("in_2"): NOW + DAY, InvoiceId("in_3"): NOW + DAY},
    )
    decision = decide(failing, again, NOW + 2 * DAY)
    assert decision.entitlements == ()
    assert decision.recheck_at == NOW + GRACE


def test_paying_ends_grace_and_the_next_failure_begins_a_new_one() -> None:
    failing = stored(member(), decide(member(), past_due(failed_at=NOW), NOW))
    paid = [PAID_ONCE, invoice("in_2", at=NOW - DAY, paid_at=NOW + DAY)]
    back = decide(failing, snapshot(subscription(), invoices=paid), NOW + DAY)
    assert only(back).reason is Reason.PAID
    assert back.subscriptions[0].past_due_since_at is None
    later = NOW + 30 * DAY
    facts = snapshot(
        subscription(S.PAST_DUE),
        invoices=[*paid, invoice("in_3", OPEN, at=later, attempts=1)],
        failed_at={InvoiceId("in_3"): later},
    )
    assert only(decide(stored(failing, back), facts, later)).access_until == later + GRACE


def test_a_payment_that_nobody_told_us_of_begins_a_new_grace_too() -> None:
    failing = stored(member(), decide(member(), past_due(failed_at=NOW), NOW))
    later = NOW + 30 * DAY
    facts = snapshot(
        subscription(S.PAST_DUE),
        invoices=[
            PAID_ONCE,
            invoice("in_2", at=NOW - DAY, paid_at=NOW + DAY),
            invoice("in_3", OPEN, at=later, attempts=1),
        ],
        failed_at={InvoiceId("in_3"): later},
    )
    assert only(decide(failing, facts, later)).access_until == later + GRACE


def test_an_invoice_that_was_sent_is_late_from_its_due_date() -> None:
    facts = snapshot(
        subscription(S.PAST_DUE, method="send_invoice"),
        invoices=[PAID_ONCE, invoice("in_2", OPEN, at=T0 + DAY, due_at=NOW - 1, finalized_at=T0 + DAY)],
    )
    assert only(decide(state(), facts, NOW)).access_until == NOW - 1 + GRACE


def test_a_failure_that_no_event_tells_of_counts_from_when_we_first_saw_it() -> None:
    facts = snapshot(
        subscription(S.PAST_DUE),
        invoices=[PAID_ONCE, invoice("in_2", OPEN, at=T0 + DAY, finalized_at=NOW - 2, attempts=1)],
    )
    assert unknown_failures(state(), facts) == (InvoiceId("in_2"),)
    failing = decide(state(), facts, NOW)
    assert only(failing).access_until == NOW + GRACE
    assert decide(stored(state(), failing), facts, NOW + DAY).entitlements == ()


def test_past_due_while_nothing_has_failed_keeps_its_member_in() -> None:
    tried = [PAID_ONCE, invoice("in_2", OPEN, at=NOW - DAY)]
    decision = decide(member(), snapshot(subscription(S.PAST_DUE), invoices=tried), NOW)
    assert (decision.entitlements, decision.notices) == ((), ())


def test_a_failure_whose_time_is_known_is_not_asked_for_again() -> None:
    assert unknown_failures(state(), past_due()) == ()
    assert unknown_failures(stored(member(), decide(member(), past_due(), NOW)), past_due(failed_at=None)) == ()


def test_cancelling_at_a_day_within_grace_ends_there() -> None:
    facts = past_due(failed_at=NOW)
    facts = replace(facts, subscriptions=(subscription(S.PAST_DUE, cancel_at=NOW + DAY),))
    assert only(decide(member(), facts, NOW)).access_until == NOW + DAY


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (S.INCOMPLETE, Reason.AWAITING_FIRST_PAYMENT),
        (S.INCOMPLETE_EXPIRED, Reason.CANCELED),
        (S.UNPAID, Reason.UNPAID),
        (S.CANCELED, Reason.CANCELED),
        (S.PAUSED, Reason.PAUSED),
    ],
)
def test_these_statuses_open_nothing(status: SubscriptionStatus, reason: Reason) -> None:
    found = only(decide(member(), snapshot(subscription(status)), NOW))
    assert not found.opens(NOW)
    assert found.reason is reason


def test_a_paused_collection_suspends_the_member_unless_the_plan_keeps_them() -> None:
    facts = snapshot(subscription(pause="void"))
    found = only(decide(member(), facts, NOW))
    assert (found.access_from, found.reason) == (None, Reason.PAUSED)
    assert decide(member(state(plans=[plan(pause_keeps=True)])), facts, NOW).entitlements == ()


def test_a_status_we_do_not_know_changes_nothing() -> None:
    decision = decide(member(), snapshot(subscription(S.UNKNOWN, pause="void", cancel_at=NOW - 1)), NOW)
    assert decision == Decision()
    assert decide(state(), snapshot(subscription(S.UNKNOWN)), NOW).entitlements == ()


def test_a_subscription_that_is_missing_from_the_list_keeps_its_member_in() -> None:
    assert decide(member(), snapshot(), NOW) == Decision()


def test_parts_that_were_not_asked_for_keep_what_is_stored() -> None:
    assert decide(member(), Snapshot(), NOW) == Decision()


def test_a_customer_deleted_at_stripe_has_no_subscription_left() -> None:
    decision = decide(member(), snapshot(deleted=True), NOW)
    assert only(decision).reason is Reason.CANCELED
    assert not only(decision).opens(NOW)
    assert decision.subscriptions[0].ended_at == NOW
    assert decide(stored(member(), decision), snapshot(deleted=True), NOW + DAY) == Decision()


def test_a_full_refund_of_the_current_period_puts_out_until_a_later_one_is_paid() -> None:
    given = member()
    decision = decide(given, snapshot(refunds=[refund()]), NOW)
    assert only(decision).reason is Reason.REFUNDED
    assert not only(decision).opens(NOW)
    refunded = stored(given, decision)
    draft = snapshot(subscription(), invoices=[invoice("in_2", InvoiceStatus.DRAFT, at=NOW + 1)])
    assert decide(refunded, draft, NOW + 1).entitlements == ()
    paid = snapshot(subscription(), invoices=[invoice("in_2", at=NOW + 1)])
    assert only(decide(refunded, paid, NOW + 1)).opens(NOW + 1)


def test_a_refund_in_parts_counts_once_the_parts_are_all_of_it() -> None:
    given = member()
    half = decide(given, snapshot(refunds=[refund(amount=500)]), NOW)
    assert half.entitlements == ()
    assert len(half.refunds) == 1
    rest = decide(stored(given, half), snapshot(refunds=[refund("re_2", amount=400)]), NOW)
    assert only(rest).reason is Reason.REFUNDED


@pytest.mark.parametrize("status", ["pending", "requires_action"])
def test_a_refund_on_its_way_takes_and_gives_back_when_it_fails(status: str) -> None:
    given = stored(member(), decide(member(), snapshot(refunds=[refund(status=status)]), NOW))
    assert not any(entitlement.opens(NOW) for entitlement in given.entitlements)
    assert only(decide(given, snapshot(refunds=[refund(status="failed")]), NOW)).opens(NOW)


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_did_not_succeed_is_only_recorded(status: str) -> None:
    decision = decide(member(), snapshot(refunds=[refund(status=status)]), NOW)
    assert decision.entitlements == ()
    assert len(decision.refunds) == 1


def test_a_status_that_is_new_to_us_takes_nothing_and_gives_nothing_back() -> None:
    new = snapshot(refunds=[refund(status="something_new")], disputes=[dispute("something_new")])
    first = decide(member(), new, NOW)
    assert first.entitlements == ()
    assert [row.status for row in first.refunds] == [RefundStatus.UNKNOWN]
    assert [row.status for row in first.disputes] == [DisputeStatus.UNKNOWN]
    taken = stored(member(), decide(member(), snapshot(refunds=[refund()], disputes=[dispute("lost")]), NOW))
    again = decide(taken, new, NOW)
    assert (again.refunds, again.disputes, again.entitlements, again.ledger) == ((), (), (), ())


def test_a_refund_of_one_of_two_payments_of_an_invoice_is_partial() -> None:
    decision = decide(member(), snapshot(refunds=[refund(amount=450, charge_amount=450)]), NOW)
    assert decision.entitlements == ()


def test_a_refund_or_dispute_of_an_earlier_period_changes_nothing() -> None:
    given = member()
    given = stored(given, decide(given, snapshot(subscription(), invoices=[invoice("in_2", at=NOW)]), NOW))
    decision = decide(given, snapshot(refunds=[refund()], disputes=[dispute("lost")]), NOW)
    assert decision.entitlements == ()
    assert (len(decision.refunds), len(decision.disputes)) == (1, 1)


def test_a_refund_that_can_not_be_traced_changes_nothing() -> None:
    assert decide(member(), snapshot(refunds=[refund(of=None)]), NOW).entitlements == ()


def test_a_change_of_plan_in_between_does_not_hide_the_period_s_invoice() -> None:
    given = member()
    proration = invoice("in_p", at=NOW - DAY, total=100, reason="subscription_update")
    given = stored(given, decide(given, snapshot(subscription(), invoices=[proration]), NOW))
    partly = decide(given, snapshot(refunds=[refund(of="in_p", amount=100, charge_amount=100)]), NOW)
    assert partly.entitlements == ()
    assert only(decide(given, snapshot(refunds=[refund()]), NOW)).reason is Reason.REFUNDED


@pytest.mark.parametrize(
    "status", ["needs_response", "under_review", "appeal_needs_response", "appeal_under_review", "lost", "prevented"]
)
def test_a_dispute_that_is_open_or_lost_puts_out(status: str) -> None:
    found = only(decide(member(), snapshot(disputes=[dispute(status)]), NOW))
    assert (found.access_from, found.reason) == (None, Reason.DISPUTED)


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review", "warning_closed"])
def test_an_inquiry_is_no_dispute(status: str) -> None:
    assert decide(member(), snapshot(disputes=[dispute(status)]), NOW).entitlements == ()


def test_a_dispute_that_is_won_gives_access_back() -> None:
    given = member()
    given = stored(given, decide(given, snapshot(disputes=[dispute("under_review")]), NOW))
    assert only(decide(given, snapshot(disputes=[dispute("won")]), NOW + DAY)).opens(NOW + DAY)


def test_a_plan_may_let_refunds_and_disputes_pass() -> None:
    lenient = member(state(plans=[plan(refund_ends=False, dispute_ends=False)]))
    decision = decide(lenient, snapshot(refunds=[refund()], disputes=[dispute("lost")]), NOW)
    assert decision.entitlements == ()


def test_a_price_of_ours_says_which_plan_even_after_a_change() -> None:
    moved = decide(member(), snapshot(subscription(provider_price_id="stripe_prc_lite")), NOW)
    assert [(e.plan_id, e.opens(NOW), e.reason) for e in moved.entitlements] == [
        (LITE, True, Reason.PAID),
        (PRO, False, Reason.CHANGED),
    ]


def test_a_subscription_with_a_price_made_by_hand_counts_by_our_metadata() -> None:
    facts = snapshot(subscription(provider_price_id="price_by_hand", metadata={"guestlist_plan": PRO}))
    assert only(decide(state(), facts, NOW)).plan_id == PRO


@pytest.mark.parametrize("metadata", [{}, {"guestlist_plan": "pln_gone"}])
def test_a_subscription_that_sells_nothing_of_ours_is_recorded_and_opens_nothing(metadata: dict[str, str]) -> None:
    decision = decide(state(), snapshot(subscription(provider_price_id="price_other", metadata=metadata)), NOW)
    assert decision.entitlements == ()
    assert decision.subscriptions[0].plan_id is None


def test_a_gift_is_for_the_one_it_names() -> None:
    metadata = {"guestlist_payer": ANN, "guestlist_beneficiary": BEN}
    found = only(decide(state(), snapshot(subscription(metadata=metadata)), NOW))
    assert (found.payer_id, found.beneficiary_id) == (ANN, BEN)


@pytest.mark.parametrize("named", ["prs_nobody", "ben", ""])
def test_a_beneficiary_we_do_not_know_is_the_customer(named: str) -> None:
    found = only(decide(state(), snapshot(subscription(metadata={"guestlist_beneficiary": named})), NOW))
    assert found.beneficiary_id == ANN


def test_metadata_that_is_gone_does_not_move_a_gift() -> None:
    gift = subscription(metadata={"guestlist_beneficiary": BEN})
    given = stored(state(), decide(state(), snapshot(gift), NOW))
    assert decide(given, snapshot(subscription()), NOW).entitlements == ()


def test_a_clock_that_is_behind_does_not_keep_a_payer_out() -> None:
    found = only(decide(state(), snapshot(subscription(started_at=NOW + DAY)), NOW))
    assert found.opens(NOW)


def test_the_payer_is_told_once_of_each_unpaid_invoice_and_where_to_pay() -> None:
    decision = decide(member(), past_due(failed_at=NOW), NOW)
    (notice,) = decision.notices
    assert (notice.kind, notice.person_id) == ("payment_failed", ANN)
    assert notice.params == {"url": "https://pay.example/in_2", "grace_until_at": NOW + GRACE}
    again = decide(stored(member(), decision), past_due(failed_at=NOW), NOW + DAY)
    assert [w.key for w in again.notices] == [notice.key]


def test_the_payer_is_told_when_the_bank_wants_a_confirmation() -> None:
    waiting = replace(member(), action_required=frozenset({InvoiceId("in_2")}))
    (notice,) = decide(waiting, past_due(), NOW).notices
    assert (notice.kind, notice.params) == ("payment_action_required", {"url": "https://pay.example/in_2"})


def test_a_trial_s_payer_is_told_three_days_before_the_first_charge() -> None:
    end = NOW + 10 * DAY
    facts = snapshot(subscription(S.TRIALING, trial_end_at=end))
    early = decide(state(), facts, NOW)
    assert early.notices == ()
    assert early.recheck_at == end - 3 * DAY
    (notice,) = decide(state(), facts, end - 3 * DAY).notices
    assert notice.kind == "trial_ending"
    assert notice.params == {
        "at": end,
        "amount": 900,
        "currency": "usd",
        "unit": "month",
        "count": 1,
        "discounted": 0,
        "subscription": "sub_1",
    }


def test_a_trial_that_was_cancelled_charges_nothing_and_tells_nothing() -> None:
    end = NOW + DAY
    decision = decide(state(), snapshot(subscription(S.TRIALING, trial_end_at=end, cancel_at=end)), NOW)
    assert decision.notices == ()
    assert decision.untrue == (f"trial_ending:acct_1:sub_1:{end}",), "one that waits to be sent is withdrawn"


def test_the_checkout_that_led_to_a_subscription_is_complete() -> None:
    facts = snapshot(subscription(metadata={"guestlist_checkout": "chk_1"}))
    assert decide(state(), facts, NOW).completed == ("chk_1",)


def test_an_invoice_remembers_its_first_failure_whatever_the_order_of_events() -> None:
    given = stored(member(), decide(member(), past_due(failed_at=NOW), NOW))
    decision = decide(given, Snapshot(failed_at={InvoiceId("in_2"): NOW - 5}), NOW)
    assert decision.invoices[0].failed_at == NOW - 5
    later = decide(given, Snapshot(failed_at={InvoiceId("in_2"): NOW + 5}), NOW)
    assert later.invoices == ()
    assert SUB in {s.id for s in given.subscriptions}


def test_two_subscriptions_of_one_plan_by_one_person_are_told_of_once() -> None:
    two = decide(state(), snapshot(subscription(), subscription(id_=SubscriptionId("sub_2"))), NOW)
    (notice,) = two.notices
    assert (notice.kind, notice.person_id, notice.plan_id, notice.key) == (
        "paid_twice",
        ANN,
        PRO,
        "paid_twice:sub_1+sub_2",
    )
    one_ended = snapshot(subscription(), subscription(S.CANCELED, id_=SubscriptionId("sub_2")))
    assert decide(state(), one_ended, NOW).notices == ()


def test_a_gift_beside_one_s_own_subscription_is_not_paying_twice() -> None:
    gift = subscription(id_=SubscriptionId("sub_2"), metadata={"guestlist_beneficiary": BEN})
    other = subscription(id_=SubscriptionId("sub_3"), provider_price_id="stripe_prc_lite")
    assert decide(state(), snapshot(subscription(), gift, other), NOW).notices == ()
