"""Where the covering bills are easy to get wrong: early ends, replaced items, pending changes, lost times, repeats."""

from dataclasses import replace
from typing import Any

import pytest

from payments.core.access import Reason
from payments.core.billing import EndedBy, InvoiceStatus, SubscriptionStatus
from payments.core.covering import periods
from payments.core.covering.bills import Bill, Known, Terms
from payments.core.covering.verdict import judge
from payments.core.decision import decide
from payments.core.ids import InvoiceId, SubscriptionId
from payments.core.laid_over import unknown_failures
from payments.core.lines import CreditedLines, InvoiceLine, SubscriptionItem
from payments.core.snapshot import InvoiceFact, Snapshot
from payments.core.state import State
from tests.core.builders import (
    DAY,
    GRACE,
    T0,
    bought,
    dispute,
    invoice,
    item,
    note,
    of_plan_sold,
    purchase,
    refund,
    snapshot,
    state,
    stored,
    subscription,
)

S = SubscriptionStatus
OPEN, VOID = InvoiceStatus.OPEN, InvoiceStatus.VOID
RENEWAL = T0 + 30 * DAY
NOW = T0 + 31 * DAY
_n = iter(range(10**6))


def line(
    amount: int, start_at: int, end_at: int, si: str = "si_1", price: str = "stripe_prc_monthly", **more: Any
) -> InvoiceLine:
    return InvoiceLine(
        id=more.pop("id", f"il_{next(_n)}"),
        amount=amount,
        quantity=1,
        provider_price_id=price,
        subscription_item_id=si,
        period_start_at=start_at,
        period_end_at=end_at,
        **more,
    )


def lined(fact: InvoiceFact, *lines: InvoiceLine) -> InvoiceFact:
    return replace(fact, lines=lines)


def settle(given: State, facts: Snapshot, now: int = NOW) -> State:
    return stored(given, decide(given, facts, now))


JAN = lined(invoice("in_1"), line(900, T0, RENEWAL, id="il_jan"))
FEB_FAILED = lined(invoice("in_2", OPEN, at=RENEWAL, attempts=1), line(900, RENEWAL, RENEWAL + 30 * DAY))


def member(facts: Any = None, *bills: InvoiceFact) -> State:
    return settle(state(), snapshot(facts or subscription(), invoices=bills or [JAN]), T0)


def access(given: State) -> tuple[bool, int | None, Reason]:
    found = of_plan_sold(given)
    return found.access_from is not None, found.access_until, found.reason


def old(given: State) -> State:
    """As version 0.1.0 stored it: items without products, no lines."""
    return replace(
        given,
        subscriptions=tuple(
            replace(s, items=tuple(replace(i, product_id=None, usage=None) for i in s.items))
            for s in given.subscriptions
        ),
        invoices=tuple(replace(i, lines=None) for i in given.invoices),
    )


# Failures whose time the old rows, or Stripe, know.


def test_upgrade_who_has_been_past_due_for_forty_days_gets_no_new_grace() -> None:
    now = RENEWAL + 40 * DAY
    failing = snapshot(subscription(S.PAST_DUE), invoices=[JAN, FEB_FAILED], failed_at={InvoiceId("in_2"): RENEWAL})
    due = settle(settle(member(), failing, RENEWAL), Snapshot(), now)
    due = replace(due, invoices=tuple(replace(i, failed_at=None) for i in due.invoices))  # never needed before
    assert due.subscriptions[0].past_due_since_at == RENEWAL
    assert not due.entitlements[0].opens(now)
    again = settle(due, snapshot(subscription(S.PAST_DUE), invoices=[JAN, FEB_FAILED]), now)
    assert not again.entitlements[0].opens(now)


@pytest.mark.parametrize("status", [S.UNPAID, S.CANCELED])
def test_upgrade_who_was_out_for_want_of_payment_is_not_let_in(status: SubscriptionStatus) -> None:
    now = RENEWAL + 70 * DAY
    ended = subscription(status, ended_at=RENEWAL + 20 * DAY if status is S.CANCELED else None)
    was = settle(member(), snapshot(ended, invoices=[JAN]), RENEWAL + 20 * DAY)
    was = settle(was, Snapshot(), now)
    cause = EndedBy.PAYMENT_FAILED if status is S.CANCELED else None
    told = snapshot(replace(ended, ended_by=cause), invoices=[JAN, FEB_FAILED])
    assert not was.entitlements[0].opens(now)
    assert not settle(was, told, now).entitlements[0].opens(now)


@pytest.mark.parametrize("status", [S.UNPAID, S.CANCELED])
def test_stripe_is_asked_when_a_payment_failed_that_ended_a_subscription(status: SubscriptionStatus) -> None:
    told = snapshot(replace(subscription(status), ended_by=EndedBy.PAYMENT_FAILED), invoices=[JAN, FEB_FAILED])
    assert unknown_failures(member(), told) == (InvoiceId("in_2"),)


# Trials.

TRIAL = lined(invoice("in_1", total=0), line(0, T0, T0 + 14 * DAY))
ENDED = T0 + 3 * DAY
FIRST = lined(invoice("in_2", OPEN, at=ENDED, attempts=1), line(900, ENDED, ENDED + 30 * DAY))


def test_a_trial_that_was_ended_early_pays_for_nothing() -> None:
    given = member(subscription(S.TRIALING, trial_end_at=T0 + 14 * DAY), TRIAL)
    failing = snapshot(
        subscription(S.PAST_DUE, trial_end_at=ENDED), invoices=[TRIAL, FIRST], failed_at={InvoiceId("in_2"): ENDED}
    )
    assert access(settle(given, failing, ENDED + DAY)) == (False, None, Reason.PAST_DUE)


def test_a_trial_that_was_ended_early_is_no_first_payment_of_who_gets_bills_sent() -> None:
    given = member(subscription(S.TRIALING, trial_end_at=T0 + 14 * DAY, method="send_invoice"), TRIAL)
    sent = replace(FIRST, attempt_count=0, due_at=ENDED + 14 * DAY)
    facts = snapshot(subscription(trial_end_at=ENDED, method="send_invoice"), invoices=[TRIAL, sent])
    assert access(settle(given, facts, ENDED + DAY)) == (False, None, Reason.AWAITING_FIRST_PAYMENT)


@pytest.mark.parametrize("bills", [[TRIAL, replace(FIRST, status=VOID)], [TRIAL]], ids=["voided", "not listed yet"])
def test_after_a_trial_a_sent_first_bill_that_is_voided_or_not_listed_lets_nobody_in(bills: list[InvoiceFact]) -> None:
    end = T0 + 14 * DAY
    given = member(subscription(S.TRIALING, trial_end_at=end, method="send_invoice"), TRIAL)
    facts = subscription(trial_end_at=end, method="send_invoice", latest=InvoiceId("in_2"))
    assert access(settle(given, snapshot(facts, invoices=bills), end + DAY)) == (
        False,
        None,
        Reason.AWAITING_FIRST_PAYMENT,
    )


# Items that were replaced (the dashboard takes one product off and adds another).

MID = T0 + 15 * DAY


def replaced() -> tuple[Any, InvoiceFact]:
    sub = subscription()
    sub = replace(sub, items=(replace(item("stripe_prc_lite", 1900), id="si_2"),), provider_price_id="stripe_prc_lite")
    back = line(-450, MID, RENEWAL, credits=CreditedLines(InvoiceId("in_1")))
    change = invoice("in_u", at=MID, total=500, reason="subscription_update")
    return sub, lined(change, back, line(950, MID, RENEWAL, "si_2", "stripe_prc_lite"))


def test_all_of_it_refunded_after_the_item_was_replaced_ends_access() -> None:
    sub, change = replaced()
    given = settle(member(), snapshot(sub, invoices=[JAN, change]), MID)
    both = [refund("re_1"), refund("re_2", of="in_u", amount=500, charge_amount=500, charge="ch_2")]
    assert access(settle(given, snapshot(refunds=both), MID + DAY))[2] is Reason.REFUNDED


def test_an_item_replaced_without_proration_stays_covered_by_the_bill_before() -> None:
    sub, _ = replaced()
    given = settle(member(), snapshot(sub, invoices=[JAN]), MID)
    assert access(settle(given, snapshot(refunds=[refund()]), MID + DAY))[2] is Reason.REFUNDED


def test_a_debt_stays_when_the_item_is_replaced() -> None:
    """February failed; in its midst the dashboard takes the product off and adds it fresh at another price."""
    failing = snapshot(subscription(S.PAST_DUE), invoices=[JAN, FEB_FAILED], failed_at={InvoiceId("in_2"): RENEWAL})
    given = settle(member(), failing, RENEWAL)
    late = RENEWAL + GRACE + DAY
    assert not of_plan_sold(settle(given, failing, late)).opens(late)
    fresh = subscription(S.PAST_DUE)
    fresh = replace(fresh, items=(replace(fresh.items[0], id="si_2"),))
    assert not of_plan_sold(settle(given, replace(failing, subscriptions=(fresh,)), late)).opens(late)


@pytest.mark.parametrize("what", ["quantity", "price"])
def test_an_unpaid_change_that_took_place_stays_a_debt_after_the_next_change(what: str) -> None:
    """Pro became Lite and its bill failed; then two seats, or another price of Lite, without a bill."""
    sub = subscription(S.PAST_DUE, provider_price_id="stripe_prc_lite")
    sub = replace(sub, items=(replace(sub.items[0], product_id="prod_lite"),))
    change = invoice("in_u", OPEN, at=MID, total=500, attempts=1, reason="subscription_update")
    back = line(-450, MID, RENEWAL, credits=CreditedLines(InvoiceId("in_1")))
    change = lined(change, back, line(950, MID, RENEWAL, price="stripe_prc_lite", product_id="prod_lite"))
    facts = snapshot(sub, invoices=[JAN, change], failed_at={InvoiceId("in_u"): MID})
    given = settle(member(), facts, MID)
    late = MID + GRACE + DAY
    assert not of_plan_sold(settle(given, facts, late)).opens(late)
    (one,) = sub.items
    then = replace(one, quantity=2) if what == "quantity" else replace(one, provider_price_id="price_lite_new")
    again = replace(facts, subscriptions=(replace(sub, items=(then,)),))
    assert not of_plan_sold(settle(given, again, late)).opens(late)


# What is taken back.


def test_what_goes_back_of_one_bill_takes_no_more_than_was_paid_on_it() -> None:
    """A prevented dispute comes with a refund of the same charge; the other bill of the set keeps its money."""
    change = invoice("in_q", at=MID, total=1000, reason="subscription_update")
    back = line(-450, MID, RENEWAL, credits=CreditedLines(InvoiceId("in_1")))
    change = lined(change, back, line(1450, MID, RENEWAL))
    given = settle(member(), snapshot(subscription(), invoices=[JAN, change]), MID)
    gone = replace(dispute("prevented", of="in_q"), amount=1000, charge_amount=1000)
    refunded = refund(of="in_q", amount=1000, charge_amount=1000)
    assert access(settle(given, snapshot(disputes=[gone], refunds=[refunded]), MID + DAY))[0]


def test_a_pending_update_begins_no_later_period() -> None:
    """A yearly price that waits for its payment; meanwhile January goes back in full."""
    waits = invoice("in_y", OPEN, at=T0 + DAY // 2, total=8100, reason="subscription_update", attempts=1)
    waits = lined(waits, line(9000, T0 + DAY // 2, T0 + 365 * DAY, price="stripe_prc_yearly"))
    pending = replace(subscription(), pending_invoice_id=InvoiceId("in_y"))
    given = settle(member(), snapshot(pending, invoices=[JAN, waits]), T0 + DAY // 2)
    assert access(settle(given, snapshot(refunds=[refund()]), T0 + DAY))[2] is Reason.REFUNDED


def test_a_credit_notes_refund_that_failed_takes_nothing() -> None:
    facts = snapshot(subscription(), invoices=[replace(JAN, credited=True)], refunds=[refund(status="failed")])
    assert access(settle(member(), replace(facts, notes=(note(post=900, by="re_1"),))))[0]


# Messages.


def test_nobody_pays_twice_whose_first_subscription_was_canceled_for_want_of_payment() -> None:
    failing = snapshot(subscription(S.PAST_DUE), invoices=[JAN, FEB_FAILED], failed_at={InvoiceId("in_2"): RENEWAL})
    given = settle(member(), failing, RENEWAL)
    ended = replace(subscription(S.CANCELED, ended_at=NOW), ended_by=EndedBy.PAYMENT_FAILED)
    fresh = subscription(id_=SubscriptionId("sub_2"), started_at=NOW)
    paid = invoice("in_n", at=NOW, subscription_id=SubscriptionId("sub_2"))
    decision = decide(given, snapshot(ended, fresh, invoices=[JAN, FEB_FAILED, paid]), NOW)
    assert "paid_twice" not in [told.kind for told in decision.notices]


def test_who_is_in_is_not_told_that_there_is_no_access() -> None:
    """The proration of an add-on, put in beside the plan, fails; the plan's own item is paid."""
    sub = subscription(S.PAST_DUE)
    extra = replace(item("price_other", 500, product_id="prod_x"), id="si_x")
    sub = replace(sub, items=(*sub.items, extra))
    bill = invoice("in_x", OPEN, at=MID, total=250, attempts=1, reason="subscription_update")
    bill = lined(bill, line(250, MID, RENEWAL, "si_x", "price_other", product_id="prod_x"))
    decision = decide(member(), snapshot(sub, invoices=[JAN, bill], failed_at={InvoiceId("in_x"): MID}), MID)
    held = stored(member(), decision).entitlements[0]
    (told,) = [one for one in decision.notices if one.kind == "payment_failed"]
    assert held.opens(MID)
    assert told.params["stays"], "else it is told as: you have no access for now"


# Payments on their way.


def test_a_payment_that_is_not_on_its_way_any_more_has_failed_though_no_event_told() -> None:
    facts = replace(
        snapshot(subscription(S.PAST_DUE), invoices=[JAN, FEB_FAILED]), processing=frozenset({FEB_FAILED.id})
    )
    waiting = settle(member(), facts, RENEWAL)
    over = replace(facts, processing=frozenset())  # asked again: nothing is under way, and nothing tells a failure
    assert unknown_failures(waiting, over) == (InvoiceId("in_2"),)
    assert access(settle(waiting, over, NOW)) == (True, NOW + GRACE, Reason.GRACE)


def test_deciding_again_on_a_failure_that_came_while_asking_changes_nothing() -> None:
    facts = snapshot(subscription(S.PAST_DUE), invoices=[JAN, FEB_FAILED], failed_at={InvoiceId("in_2"): NOW})
    facts = replace(facts, processing=frozenset({FEB_FAILED.id}))
    once = settle(member(), facts)
    assert decide(once, facts, NOW).invoices == ()


def test_stripe_is_not_asked_again_and_again_for_a_failure_that_it_does_not_tell() -> None:
    """Active, free by a coupon for ever: an old bill that was tried is asked about at each settlement."""
    free = replace(invoice("in_3", at=NOW), amount_paid=0)
    facts = snapshot(subscription(), invoices=[FEB_FAILED, free])
    given = settle(member(subscription(), FEB_FAILED), facts)
    assert unknown_failures(given, facts) == ()


def test_an_answer_for_a_change_that_did_not_take_place_opens_nothing() -> None:
    """An upgrade of the database marks bills that were taken back before anybody was asked, whatever they were for."""
    year = T0 + 10 * DAY, T0 + 375 * DAY
    monthly = InvoiceLine("il_1", 900, "prc_month", subscription_item_id="si_1", period_start_at=T0)
    first, renewed = replace(monthly, period_end_at=NOW), replace(monthly, id="il_3", period_start_at=NOW)
    back = replace(monthly, id="il_2", amount=-600, period_start_at=year[0], period_end_at=NOW)
    asked = replace(back, id="il_y", amount=9000, provider_price_id="prc_year", period_end_at=year[1])
    known = Known(
        S.PAST_DUE,
        (SubscriptionItem("si_1", "prc_month"),),
        (
            Bill("in_1", InvoiceStatus.PAID, T0, (first,), cash=900, paid_at=T0),
            Bill("in_y", InvoiceStatus.VOID, year[0], (back, asked), ended_at=year[0], change=True, forgiven=True),
            Bill("in_2", InvoiceStatus.OPEN, NOW, (replace(renewed, period_end_at=NOW + 30 * DAY),), failed_at=NOW),
        ),
    )
    found = judge(known, lambda _: True, Terms(grace_ms=GRACE), NOW + GRACE)
    assert found is not None
    assert (found.access, found.reason) == (False, Reason.PAST_DUE)


# Work.


def test_changes_paid_by_credits_alone_are_each_looked_at_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each change gives back a line of each of the two bills before, as seats that go up and down do."""
    bills = [Bill("in_0", InvoiceStatus.PAID, T0, (line(9000, T0, T0 + 365 * DAY),), cash=9000)]
    bills.append(Bill("in_1", InvoiceStatus.PAID, T0, (line(9000, T0 + 1, T0 + 365 * DAY),), cash=9000))
    for n in range(2, 26):
        at = T0 + n * DAY
        back = [line(-100, at, T0 + 365 * DAY, credits=CreditedLines(InvoiceId(f"in_{n - k}"))) for k in (1, 2)]
        bills.append(Bill(f"in_{n}", InvoiceStatus.PAID, at, (*back, line(150, at, T0 + 365 * DAY)), change=True))
    known = Known(S.ACTIVE, (SubscriptionItem("si_1"),), tuple(bills))
    looked = 0
    kept = periods.credited_by

    def counted(known: Known, bill: Bill) -> tuple[Bill, ...]:
        nonlocal looked
        looked += 1
        return kept(known, bill)

    monkeypatch.setattr(periods, "credited_by", counted)
    judge(known, lambda _: True, Terms(), T0 + 30 * DAY)
    assert looked < 10 * len(bills) ** 2, "not 2 to the power of their number"


# Purchases.


def test_a_purchase_whose_bill_was_credited_before_it_was_paid_opens_nothing() -> None:
    given = state(purchase())
    credited = replace(bought(), amount_paid=0, credited=True)
    facts = replace(snapshot(invoices=[credited]), notes=(note(of="in_pur_1", pre=900),))
    found = decide(given, facts, T0).entitlements
    assert not any(one.opens(T0) for one in found)


def test_a_purchase_one_of_whose_two_charges_was_prevented_keeps_what_the_other_paid() -> None:
    """Paid by two charges of 4.50; one is contested and, as a prevented dispute is, given back."""
    given = settle(state(purchase()), snapshot(invoices=[bought()]), T0)
    half = replace(dispute("prevented", of="in_pur_1"), amount=450, charge_amount=450)
    facts = snapshot(disputes=[half], refunds=[refund(of="in_pur_1", amount=450, charge_amount=450)])
    assert settle(given, facts, T0 + DAY).entitlements[0].opens(T0 + DAY)
