"""Where covering bills are easy to get wrong: add-ons beside a plan, items replaced, what is given back twice."""

from dataclasses import replace
from typing import Any

import pytest

from payments.core.access import Reason
from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.decision import Decision, decide
from payments.core.ids import InvoiceId
from payments.core.laid_over import unknown_failures
from payments.core.lines import CreditedLines, InvoiceLine
from payments.core.snapshot import InvoiceFact, Snapshot, SubscriptionFact
from payments.core.state import State
from tests.core.builders import (
    DAY,
    GRACE,
    T0,
    bought,
    dispute,
    invoice,
    item,
    of_plan_sold,
    purchase,
    refund,
    snapshot,
    state,
    stored,
    subscription,
)

S = SubscriptionStatus
OPEN = InvoiceStatus.OPEN
RENEWAL = T0 + 30 * DAY
MID = T0 + 15 * DAY
_n = iter(range(10**6))


def line(
    amount: int, start_at: int, end_at: int, si: str = "si_1", price: str = "stripe_prc_monthly", **more: Any
) -> InvoiceLine:
    products = {"stripe_prc_monthly": "prod_pro", "stripe_prc_lite": "prod_lite"}
    return InvoiceLine(
        id=more.pop("id", f"il_{next(_n)}"),
        amount=amount,
        quantity=more.pop("quantity", 1),
        provider_price_id=price,
        product_id=more.pop("product_id", products.get(price, "prod_x")),
        subscription_item_id=si,
        period_start_at=start_at,
        period_end_at=end_at,
        **more,
    )


def back(
    amount: int, start_at: int, end_at: int, of: str, si: str = "si_1", price: str = "stripe_prc_monthly"
) -> InvoiceLine:
    return line(amount, start_at, end_at, si, price, credits=CreditedLines(InvoiceId(of)))


def lined(fact: InvoiceFact, *lines: InvoiceLine, **more: Any) -> InvoiceFact:
    return replace(fact, lines=lines, **more)


def settle(given: State, facts: Snapshot, now: int) -> State:
    return stored(given, decide(given, facts, now))


def pro(si: str = "si_1", **more: Any) -> Any:
    return replace(item("stripe_prc_monthly", product_id="prod_pro"), id=si, **more)


def lite(si: str) -> Any:
    return replace(item("stripe_prc_lite", product_id="prod_lite"), id=si)


def extra(si: str = "si_x") -> Any:
    return replace(item("price_x", 500, product_id="prod_x"), id=si)


def of(*items: Any, status: SubscriptionStatus = S.ACTIVE, **more: Any) -> SubscriptionFact:
    return replace(subscription(status, **more), items=items)


JAN = lined(invoice("in_1"), line(900, T0, RENEWAL, id="il_jan"))
FEB = lined(invoice("in_2", OPEN, at=RENEWAL, attempts=1), line(900, RENEWAL, RENEWAL + 30 * DAY))
FEB_AT = {InvoiceId("in_2"): RENEWAL}


def member(facts: Any = None, *bills: InvoiceFact) -> State:
    return settle(state(), snapshot(facts or of(pro()), invoices=bills or [JAN]), T0)


def access(given: State) -> tuple[bool, int | None, Reason]:
    (found,) = given.entitlements
    return found.access_from is not None, found.access_until, found.reason


def opens(given: State, now: int) -> bool:
    return of_plan_sold(given).opens(now)


# A debt goes away with a change of items.


def test_a_debt_stays_when_the_plan_is_replaced_beside_an_addon() -> None:
    """Pro and an add-on; February fails. In the dashboard Pro is taken off and Lite put in, nothing prorated."""
    jan = lined(invoice("in_1", total=1400), line(900, T0, RENEWAL), line(500, T0, RENEWAL, "si_x", "price_x"))
    feb_at, end = RENEWAL, RENEWAL + 30 * DAY
    feb = invoice("in_2", OPEN, at=feb_at, total=1400, attempts=1)
    feb = lined(feb, line(900, feb_at, end), line(500, feb_at, end, "si_x", "price_x"))
    failing = snapshot(of(pro(), extra(), status=S.PAST_DUE), invoices=[jan, feb], failed_at=FEB_AT)
    given = settle(member(of(pro(), extra()), jan), failing, RENEWAL)
    late = RENEWAL + GRACE + DAY
    assert not opens(settle(given, failing, late), late)
    changed = replace(failing, subscriptions=(of(lite("si_2"), extra(), status=S.PAST_DUE),))
    assert not opens(settle(given, changed, late), late)


def test_all_refunded_ends_access_of_a_plan_replaced_beside_an_addon() -> None:
    jan = lined(invoice("in_1", total=1400), line(900, T0, RENEWAL), line(500, T0, RENEWAL, "si_x", "price_x"))
    given = member(of(pro(), extra()), jan)
    given = settle(given, snapshot(of(lite("si_2"), extra()), invoices=[jan]), MID)
    all_back = snapshot(refunds=[refund(amount=1400, charge_amount=1400)])
    assert not opens(settle(given, all_back, MID + DAY), MID + DAY)


@pytest.mark.parametrize("what", ["seats", "price"])
def test_a_failed_bill_that_gives_nothing_back_stays_a_debt_after_the_next_change(what: str) -> None:
    """The month becomes a year, unprorated: its bill has one line, and fails. Then two seats, or a new yearly price
    for everybody, without a bill. (So is a price of nothing that becomes one of something.)"""
    moved = invoice("in_u", OPEN, at=MID, total=9000, attempts=1, reason="subscription_update")
    moved = lined(moved, line(9000, MID, MID + 365 * DAY, price="price_year", product_id="prod_pro"))
    year = pro(provider_price_id="price_year")
    facts = snapshot(of(year, status=S.PAST_DUE), invoices=[JAN, moved], failed_at={InvoiceId("in_u"): MID})
    given = settle(member(), facts, MID)
    late = MID + 40 * DAY
    assert not opens(settle(given, facts, late), late)
    then = replace(year, quantity=2) if what == "seats" else replace(year, provider_price_id="price_year_new")
    changed = replace(facts, subscriptions=(of(then, status=S.PAST_DUE),))
    assert not opens(settle(given, changed, late), late)


# Credit notes whose refund failed.


def test_a_credit_note_over_a_line_whose_refund_failed_takes_nothing() -> None:
    from tests.core.builders import note

    facts = snapshot(of(pro()), invoices=[replace(JAN, credited=True)], refunds=[refund(status="failed")])
    given = replace(facts, notes=(note(post=900, by="re_1", line="il_jan"),))
    assert access(settle(member(), given, T0 + 2 * DAY))[0]


def test_a_refund_after_one_that_failed_and_was_split_over_two_notes_takes() -> None:
    from tests.core.builders import note

    refunds = [refund(status="failed"), refund("re_2")]
    facts = snapshot(of(pro()), invoices=[replace(JAN, credited=True)], refunds=refunds)
    notes = (note(post=450, by="re_1"), note(post=450, by="re_1", id_="cn_2"))
    assert access(settle(member(), replace(facts, notes=notes), T0 + 2 * DAY))[2] is Reason.REFUNDED


# A first payment on its way.


def test_a_first_payment_on_its_way_stays_so_when_a_second_bill_comes() -> None:
    """A debit takes nine days; on the third an add-on is billed. Only the newest bill is asked about."""
    first = lined(invoice("in_1", OPEN, attempts=1, reason="subscription_create"), line(900, T0, RENEWAL))
    waits = replace(snapshot(of(pro()), invoices=[first]), processing=frozenset({first.id}))
    given = settle(state(), waits, T0)
    assert access(given)[2] is Reason.AWAITING_FIRST_PAYMENT
    at = T0 + 3 * DAY
    more = invoice("in_u", OPEN, at=at, total=450, attempts=1, reason="subscription_update")
    more = lined(more, line(450, at, RENEWAL, "si_x", "price_x"))
    facts = snapshot(of(pro(), extra()), invoices=[first, more])
    asked = unknown_failures(given, facts)
    told = replace(facts, processing=frozenset(asked))  # Stripe tells of all it is asked about that they are
    assert not opens(settle(given, told, at), at)


# Items merged that are not each other's.


def apart() -> tuple[State, Snapshot]:
    """Pro 9.00 a month; on day 5 an add-on, billed at once. On day 15 the add-on is taken off and Pro gets a second
    seat in one change, billed at once."""
    five = T0 + 5 * DAY
    added = lined(
        invoice("in_x", at=five, total=420, reason="subscription_update"), line(420, five, RENEWAL, "si_x", "price_x")
    )
    seats = invoice("in_u", at=MID, total=200, reason="subscription_update")
    seats = lined(
        seats,
        back(-250, MID, RENEWAL, "in_x", "si_x", "price_x"),
        back(-450, MID, RENEWAL, "in_1"),
        line(900, MID, RENEWAL, quantity=2),
    )
    given = settle(member(), snapshot(of(pro(), extra()), invoices=[JAN, added]), five)
    given = settle(given, snapshot(of(pro(quantity=2)), invoices=[JAN, added, seats]), MID)
    return given, snapshot()


def test_a_removed_addon_does_not_cover_the_plan() -> None:
    """All that was ever paid for Pro goes back; what the add-on cost stays."""
    given, _ = apart()
    gone = [refund(), refund("re_2", of="in_u", amount=200, charge_amount=200, charge="ch_2")]
    assert not opens(settle(given, snapshot(refunds=gone), MID + DAY), MID + DAY)


def test_a_removed_addon_s_unpaid_bill_is_no_debt_of_the_plan() -> None:
    """The add-on's bill failed and is still open when it is taken off and seats are added, which is paid."""
    five = T0 + 5 * DAY
    added = invoice("in_x", OPEN, at=five, total=420, attempts=1, reason="subscription_update")
    added = lined(added, line(420, five, RENEWAL, "si_x", "price_x"))
    seats = invoice("in_u", at=MID, total=200, reason="subscription_update")
    seats = lined(
        seats,
        back(-250, MID, RENEWAL, "in_x", "si_x", "price_x"),
        back(-450, MID, RENEWAL, "in_1"),
        line(900, MID, RENEWAL, quantity=2),
    )
    failed = {InvoiceId("in_x"): five}
    given = settle(
        member(), snapshot(of(pro(), extra(), status=S.PAST_DUE), invoices=[JAN, added], failed_at=failed), five
    )
    assert access(given) == (True, None, Reason.PAID)
    given = settle(given, snapshot(of(pro(quantity=2)), invoices=[JAN, added, seats], failed_at=failed), MID)
    assert access(given) == (True, None, Reason.PAID)


def test_a_refunded_addon_takes_nothing_from_a_plan_that_replaced_both() -> None:
    """Pro and an add-on of day 5 are both taken off for Lite, nothing prorated; the add-on's 4.20 go back."""
    five = T0 + 5 * DAY
    added = lined(
        invoice("in_x", at=five, total=420, reason="subscription_update"), line(420, five, RENEWAL, "si_x", "price_x")
    )
    given = settle(member(), snapshot(of(pro(), extra()), invoices=[JAN, added]), five)
    given = settle(given, snapshot(of(lite("si_2")), invoices=[JAN, added]), MID)
    assert opens(given, MID)
    gone = refund(of="in_x", amount=420, charge_amount=420, charge="ch_2")
    assert opens(settle(given, snapshot(refunds=[gone]), MID + DAY), MID + DAY)


# What is told.


def told(decision: Decision) -> Any:
    (found,) = [one for one in decision.notices if one.kind == "payment_failed"]
    return found.params


def test_who_has_canceled_is_not_told_to_pay_an_addon_to_keep_the_plan() -> None:
    sub = of(pro(), extra(), status=S.PAST_DUE, cancel_at=RENEWAL)
    bill = invoice("in_x", OPEN, at=MID, total=250, attempts=1, reason="subscription_update")
    bill = lined(bill, line(250, MID, RENEWAL, "si_x", "price_x"))
    params = told(decide(member(), snapshot(sub, invoices=[JAN, bill], failed_at={InvoiceId("in_x"): MID}), MID))
    assert params["grace_until_at"] is None, (
        "'You keep access until RENEWAL: pay before then so that you don't lose it.'"
    )


def test_a_second_debt_beside_the_plans_own_is_told_as_what_it_is() -> None:
    """February of Pro failed and is in its grace; then an add-on's bill fails: paying that one keeps nothing."""
    sub = of(pro(), extra(), status=S.PAST_DUE)
    at = RENEWAL + DAY
    bill = invoice("in_x", OPEN, at=at, total=250, attempts=1, reason="subscription_update")
    bill = lined(bill, line(250, at, RENEWAL + 30 * DAY, "si_x", "price_x"))
    failed = {**FEB_AT, InvoiceId("in_x"): at}
    found = decide(member(), snapshot(sub, invoices=[JAN, FEB, bill], failed_at=failed), at).notices
    by_url = {one.params["url"]: one.params for one in found if one.kind == "payment_failed"}
    assert by_url["https://pay.example/in_2"]["grace_until_at"] == RENEWAL + GRACE
    assert by_url["https://pay.example/in_x"]["grace_until_at"] is None


# More of items.


def test_what_was_given_back_in_credit_does_not_pay_for_the_plan_that_is_bought_again() -> None:
    """Pro for a year and an add-on. On day 30 Pro is taken off (its 11 months go to the balance, which is spent
    elsewhere); on day 60 it is put in again, and that bill fails."""
    year = T0 + 365 * DAY
    first = invoice("in_1", total=9500)
    first = lined(first, line(9000, T0, year), line(500, T0, year, "si_x", "price_x"))
    off_at, again_at = T0 + 30 * DAY, T0 + 60 * DAY
    off = lined(invoice("in_c", at=off_at, total=0, reason="subscription_update"), back(-8260, off_at, year, "in_1"))
    again = invoice("in_3", OPEN, at=again_at, total=7520, attempts=1, reason="subscription_update")
    again = lined(again, line(7520, again_at, year, "si_3"))
    given = member(of(pro(), extra()), first)
    given = settle(given, snapshot(of(extra()), invoices=[first, off]), off_at)
    assert not opens(given, off_at)
    facts = snapshot(
        of(pro("si_3"), extra(), status=S.PAST_DUE),
        invoices=[first, off, again],
        failed_at={InvoiceId("in_3"): again_at},
    )
    late = again_at + GRACE + DAY
    assert not opens(settle(given, facts, late), late)


def test_a_pending_update_of_two_items_is_no_debt() -> None:
    """Seats of Pro and of an add-on, to be changed once it is paid (`pending_if_incomplete`); the payment fails, so
    both items stay what they were."""
    jan = lined(invoice("in_1", total=1400), line(900, T0, RENEWAL), line(500, T0, RENEWAL, "si_x", "price_x"))
    sub = of(pro(), extra())
    waits = invoice("in_p", OPEN, at=MID, total=700, attempts=1, reason="subscription_update")
    waits = lined(
        waits,
        back(-450, MID, RENEWAL, "in_1"),
        line(900, MID, RENEWAL, quantity=2),
        back(-250, MID, RENEWAL, "in_1", "si_x", "price_x"),
        line(500, MID, RENEWAL, "si_x", "price_x", quantity=2),
    )
    facts = snapshot(sub, invoices=[jan, waits], failed_at={InvoiceId("in_p"): MID})
    given = settle(member(sub, jan), facts, MID)
    assert access(given) == (True, None, Reason.PAID)


# Payments on their way, seen through bills alone.


def test_a_debit_on_its_way_is_not_taken_for_failed_when_bills_alone_are_asked_about() -> None:
    """February failed; March is finalized and its debit is on its way. The event of that (`invoice.finalized`) asks
    about the invoices alone, and nothing asks whether a payment is on its way."""
    failing = snapshot(of(pro(), status=S.PAST_DUE), invoices=[JAN, FEB], failed_at=FEB_AT)
    given = settle(member(), failing, RENEWAL)
    at = RENEWAL + 30 * DAY
    march = lined(invoice("in_3", OPEN, at=at, attempts=1), line(900, at, at + 30 * DAY))
    bills = (JAN, FEB, march)
    decision = decide(given, Snapshot(invoices=bills), at)
    given = stored(given, decision)
    assert "unpaid:acct_1:in_3" not in [one.key for one in decision.notices], "your payment didn't go through"
    then = replace(failing, invoices=bills)
    assert unknown_failures(given, then) == (march.id,)


def test_a_debit_on_its_way_keeps_access_though_bills_alone_were_asked_about_first() -> None:
    """As above; then February is paid, and March's debit takes nine days, of a grace of three."""
    failing = snapshot(of(pro(), status=S.PAST_DUE), invoices=[JAN, FEB], failed_at=FEB_AT)
    given = settle(member(), failing, RENEWAL)
    at = RENEWAL + 30 * DAY
    march = lined(invoice("in_3", OPEN, at=at, attempts=1), line(900, at, at + 30 * DAY))
    given = settle(given, Snapshot(invoices=(JAN, FEB, march)), at)
    paid = replace(FEB, status=InvoiceStatus.PAID, amount_paid=900, amount_remaining=0, paid_at=at + DAY)
    then = snapshot(of(pro(), status=S.PAST_DUE), invoices=[JAN, paid, march])
    then = replace(then, processing=frozenset(unknown_failures(given, then)))
    given = settle(given, then, at + DAY)
    assert opens(settle(given, Snapshot(), at + 4 * DAY), at + 4 * DAY)


# Smaller ones.


def test_a_debt_stays_when_the_old_item_is_set_to_nothing_and_the_plan_added_afresh() -> None:
    failing = snapshot(of(pro(), status=S.PAST_DUE), invoices=[JAN, FEB], failed_at=FEB_AT)
    given = settle(member(), failing, RENEWAL)
    late = RENEWAL + GRACE + DAY
    changed = replace(failing, subscriptions=(of(pro(quantity=0), pro("si_2"), status=S.PAST_DUE),))
    assert not opens(settle(given, changed, late), late)


def test_a_dispute_and_a_credit_note_of_the_same_charge_take_no_more_than_it() -> None:
    """A purchase paid by two charges of 4.50; one is prevented, and its refund is made by a credit note."""
    from tests.core.builders import note

    given = settle(state(purchase()), snapshot(invoices=[bought()]), T0)
    half = replace(dispute("prevented", of="in_pur_1"), amount=450, charge_amount=450)
    back_450 = refund(of="in_pur_1", amount=450, charge_amount=450)
    facts = snapshot(invoices=[replace(bought(), credited=True)], disputes=[half], refunds=[back_450])
    facts = replace(facts, notes=(note(of="in_pur_1", post=450, by="re_1"),))
    assert opens(settle(given, facts, T0 + DAY), T0 + DAY)


def addon_failed(**more: Any) -> tuple[SubscriptionFact, InvoiceFact]:
    bill = invoice("in_x", OPEN, at=MID, total=250, attempts=1, reason="subscription_update")
    bill = lined(bill, line(250, MID, RENEWAL, "si_x", "price_x"))
    return of(pro(), extra(), status=S.PAST_DUE, **more), bill


def test_who_got_the_plan_refunded_is_not_told_that_paying_the_addon_brings_it_back() -> None:
    sub, bill = addon_failed()
    failed = {InvoiceId("in_x"): MID}
    found = decide(member(), snapshot(sub, invoices=[JAN, bill], refunds=[refund()], failed_at=failed), MID)
    assert found.entitlements[0].reason is Reason.REFUNDED
    assert "payment_failed" not in [one.kind for one in found.notices], "Pay, and you get it back at once."


def test_the_bank_s_wish_about_an_addon_is_not_told_as_one_about_the_plan() -> None:
    sub, bill = addon_failed()
    given = replace(member(), action_required=frozenset({InvoiceId("in_x")}))
    found = decide(given, snapshot(sub, invoices=[JAN, bill], failed_at={InvoiceId("in_x"): MID}), MID).notices
    assert "payment_action_required" not in [one.kind for one in found], "it would name Pro"


def test_membership_names_the_end_that_comes_first() -> None:
    """A change's bill failed, so that access ends with the month; it is canceled for May."""
    from types import SimpleNamespace

    from bot.commands.membership import _next
    from bot.texts import day

    shown: Any = SimpleNamespace(
        open=True,
        comes_at=None,
        reason=Reason.PAID,
        subscription=SimpleNamespace(cancel_at=T0 + 180 * DAY, status=S.PAST_DUE),
        entitlement=SimpleNamespace(access_until=RENEWAL),
    )
    for locale in ("en", "de"):
        assert day(locale, RENEWAL) in _next(locale, shown)
