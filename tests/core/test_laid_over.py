"""What only we remember of bills and subscriptions, and how what is stored decides on access."""

from dataclasses import replace
from typing import Any

import pytest

from payments.core.access import Reason
from payments.core.billing import EndedBy, InvoiceStatus, PausedBy, SubscriptionStatus
from payments.core.decision import decide
from payments.core.ids import InvoiceId
from payments.core.laid_over import unknown_failures
from payments.core.lines import CreditedLines, InvoiceLine
from payments.core.snapshot import InvoiceFact, Snapshot
from payments.core.state import State
from tests.core.builders import (
    DAY,
    GRACE,
    T0,
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
from tests.core.test_decision import NOW, OPEN, PAID_ONCE, S, member, only

RENEWAL = T0 + 30 * DAY
UNSEEN = invoice("in_2", OPEN, at=RENEWAL, attempts=1)


def bill_of(given: State, id_: str = "in_2") -> Any:
    return next(one for one in given.invoices if one.id == id_)


def settle(given: State, facts: Snapshot, now: int = NOW) -> State:
    return stored(given, decide(given, facts, now))


def line(amount: int, start_at: int, end_at: int, price: str = "stripe_prc_monthly", **more: Any) -> InvoiceLine:
    return InvoiceLine(
        id="il_1",
        amount=amount,
        provider_price_id=price,
        subscription_item_id="si_1",
        period_start_at=start_at,
        period_end_at=end_at,
        **more,
    )


def lined(fact: InvoiceFact, *lines: InvoiceLine) -> InvoiceFact:
    return replace(fact, lines=lines)


def test_a_payment_on_its_way_has_not_failed_until_it_bounces() -> None:
    facts = replace(snapshot(subscription(S.PAST_DUE), invoices=[PAID_ONCE, UNSEEN]), processing=frozenset({UNSEEN.id}))
    waiting = settle(member(), facts)
    assert bill_of(waiting).processing
    assert waiting.entitlements[0].reason is Reason.PAID
    bounced = settle(waiting, replace(facts, processing=frozenset(), failed_at={UNSEEN.id: NOW + DAY}), NOW + DAY)
    assert not bill_of(bounced).processing
    assert bounced.entitlements[0].access_until == NOW + DAY + GRACE


def test_a_first_payment_that_takes_days_opens_nothing_until_it_is_paid() -> None:
    first = invoice("in_1", OPEN, attempts=1)
    facts = snapshot(subscription(), invoices=[first])
    assert unknown_failures(state(), facts) == (first.id,)
    waiting = decide(state(), replace(facts, processing=frozenset({first.id})), T0 + DAY)
    assert (only(waiting).access_from, only(waiting).reason) == (None, Reason.AWAITING_FIRST_PAYMENT)
    paid = snapshot(subscription(), invoices=[PAID_ONCE])
    assert only(decide(stored(state(), waiting), paid, T0 + 6 * DAY)).opens(T0 + 6 * DAY)
    assert unknown_failures(state(), paid) == ()


@pytest.mark.parametrize("status", [InvoiceStatus.VOID, InvoiceStatus.UNCOLLECTIBLE, InvoiceStatus.DRAFT])
def test_what_a_pause_ended_or_left_is_remembered(status: InvoiceStatus) -> None:
    ended = replace(invoice("in_2", status, at=RENEWAL), auto_advance=False)
    paused = settle(member(), snapshot(subscription(pause="void"), invoices=[PAID_ONCE, ended]))
    assert bill_of(paused).by_pause
    resumed = settle(paused, snapshot(subscription(), invoices=[PAID_ONCE, ended]))
    assert bill_of(resumed).by_pause
    collected = settle(resumed, snapshot(subscription(), invoices=[replace(ended, status=OPEN)]))
    assert not bill_of(collected).by_pause


def test_what_the_owner_voids_during_a_pause_after_it_was_open_is_no_doing_of_the_pause() -> None:
    given = settle(member(), snapshot(subscription(), invoices=[invoice("in_2", OPEN, at=RENEWAL)]))
    voided = invoice("in_2", InvoiceStatus.VOID, at=RENEWAL)
    assert not bill_of(settle(given, snapshot(subscription(pause="void"), invoices=[voided]))).by_pause


def test_a_credit_note_that_is_voided_gives_back_what_it_took() -> None:
    credited = replace(PAID_ONCE, credited=True)
    facts = replace(snapshot(subscription(), invoices=[credited]), notes=(note(post=900),))
    taken = settle(member(), facts)
    assert taken.entitlements[0].reason is Reason.REFUNDED
    again = settle(taken, replace(snapshot(subscription(), invoices=[PAID_ONCE]), notes=()))
    assert again.entitlements[0].opens(NOW)
    assert settle(taken, Snapshot()).notes == taken.notes


def test_a_refund_that_a_credit_note_made_counts_once() -> None:
    facts = replace(
        snapshot(subscription(), invoices=[replace(PAID_ONCE, credited=True)], refunds=[refund(amount=500)]),
        notes=(note(post=500, by="re_1"),),
    )
    assert decide(member(), facts, NOW).entitlements == ()


def test_a_dispute_of_nearly_all_of_a_payment_is_over_all_of_it() -> None:
    nearly = replace(dispute("needs_response"), amount=897, charge_amount=900)
    assert only(decide(member(), snapshot(disputes=[nearly]), NOW)).reason is Reason.DISPUTED
    half = replace(nearly, amount=450)
    assert decide(member(), snapshot(disputes=[half]), NOW).entitlements == ()


def test_a_bill_that_the_customers_balance_paid_is_paid() -> None:
    paid = replace(invoice("in_1", total=900), amount_paid=0, balance_applied=900)
    given = settle(state(), snapshot(subscription(), invoices=[paid]), T0)
    assert given.subscriptions[0].paid_once
    failing = snapshot(subscription(S.PAST_DUE), invoices=[paid, UNSEEN], failed_at={UNSEEN.id: NOW})
    assert only(decide(given, failing, NOW)).access_until == NOW + GRACE


def test_a_pause_that_was_asked_for_keeps_what_the_plan_keeps_and_any_other_keeps_nothing() -> None:
    keeping = member(state(plans=[plan(pause_keeps=True)]))
    for cause, opens in ((PausedBy.PAUSE_REQUESTED, True), (PausedBy.TRIAL_END_WITHOUT_PAYMENT_METHOD, False)):
        paused = replace(subscription(S.PAUSED), paused_by=cause)
        assert settle(keeping, snapshot(paused)).entitlements[0].opens(NOW) is opens


def test_a_cancel_for_want_of_payment_leaves_the_announced_grace() -> None:
    failing = snapshot(subscription(S.PAST_DUE), invoices=[PAID_ONCE, UNSEEN], failed_at={UNSEEN.id: NOW})
    given = settle(member(), failing)
    ended = replace(subscription(S.CANCELED, ended_at=NOW + DAY), ended_by=EndedBy.PAYMENT_FAILED)
    over = settle(given, snapshot(ended), NOW + DAY)
    assert (over.entitlements[0].access_until, over.entitlements[0].reason) == (NOW + GRACE, Reason.GRACE)
    late = invoice("in_2", at=RENEWAL, paid_at=NOW + 5 * DAY)
    assert settle(over, snapshot(ended, invoices=[late]), NOW + 5 * DAY).entitlements[0].reason is Reason.CANCELED


def test_since_when_it_is_unpaid_is_remembered_while_it_is() -> None:
    given = settle(member(), snapshot(subscription(S.UNPAID)), NOW)
    assert settle(given, snapshot(subscription(S.UNPAID)), NOW + DAY).subscriptions[0].unpaid_since_at == NOW
    assert settle(given, snapshot(subscription()), NOW + DAY).subscriptions[0].unpaid_since_at is None


def test_a_refund_of_the_month_before_the_year_was_bought_takes_nothing() -> None:
    """Month to year in the dashboard: the year's bill is a change by its reason, and pays for a period of its own."""
    month = lined(PAID_ONCE, line(900, T0, RENEWAL))
    back = line(-600, NOW - 10 * DAY, RENEWAL, credits=CreditedLines(InvoiceId("in_1")))
    year = invoice("in_y", at=NOW - 10 * DAY, total=9000, reason="subscription_update")
    year = lined(year, back, line(9600, NOW - 10 * DAY, NOW + 355 * DAY))
    given = settle(member(), snapshot(subscription(), invoices=[month, year]))
    assert decide(given, snapshot(refunds=[refund()]), NOW).entitlements == ()
    whole = refund(of="in_y", amount=9000, charge_amount=9000, charge="ch_y")
    assert only(decide(given, snapshot(refunds=[whole]), NOW)).reason is Reason.REFUNDED


def test_an_old_debt_eats_no_fresh_grace() -> None:
    old = invoice("in_2", OPEN, at=RENEWAL, attempts=4)
    paid = invoice("in_3", at=RENEWAL + 30 * DAY)
    now = RENEWAL + 61 * DAY
    fresh = invoice("in_4", OPEN, at=RENEWAL + 60 * DAY, attempts=1)
    facts = snapshot(
        subscription(S.PAST_DUE),
        invoices=[PAID_ONCE, old, paid, fresh],
        failed_at={InvoiceId("in_2"): RENEWAL, InvoiceId("in_4"): now},
    )
    decision = decide(member(), facts, now)
    assert only(decision).access_until == now + GRACE
    assert [told.params["url"] for told in decision.notices] == ["https://pay.example/in_4"]


def test_moved_to_another_product_while_that_is_unpaid_leaves_what_was_paid_for() -> None:
    month = lined(PAID_ONCE, line(900, T0, RENEWAL))
    now = T0 + 10 * DAY
    given = settle(state(), snapshot(subscription(), invoices=[month]), T0)
    back = line(-600, now, RENEWAL, credits=CreditedLines(InvoiceId("in_1")))
    change = invoice("in_u", OPEN, at=now, total=100, attempts=1, reason="subscription_update")
    change = lined(change, back, replace(line(700, now, RENEWAL), provider_price_id="price_other", product_id="prod_x"))
    moved = subscription(SubscriptionStatus.PAST_DUE, provider_price_id="price_other")
    moved = replace(moved, items=(replace(moved.items[0], product_id="prod_x"),))
    held = settle(given, snapshot(moved, invoices=[month, change], failed_at={InvoiceId("in_u"): now}), now)
    assert (held.entitlements[0].access_until, held.entitlements[0].reason) == (RENEWAL, Reason.PAID)
    paid = replace(change, status=InvoiceStatus.PAID, amount_paid=100, amount_remaining=0, paid_at=now + DAY)
    over = settle(held, snapshot(replace(moved, status=S.ACTIVE), invoices=[month, paid]), now + DAY)
    assert over.entitlements[0].reason is Reason.CHANGED
