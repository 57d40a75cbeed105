"""Cases of the same kinds beyond the list, each with the answer that a fair owner and a fair member would give."""

from collections.abc import Mapping
from typing import Any

from payments.core.access import Reason
from payments.core.covering.verdict import Verdict, judge
from tests.core.covering.cases import known, moment, terms

JAN, FEB, MAR, APR = "2027-01-01T12:00Z", "2027-02-01T12:00Z", "2027-03-01T12:00Z", "2027-04-01T12:00Z"
IN = Verdict(True, None, Reason.PAID)


def sub(status: str = "active", product: str = "pro", price: str = "pro_m", **more: Any) -> dict[str, Any]:
    items = more.pop("items", {"si_1": {"product": product, "price": price, "start": JAN, "end": FEB}})
    return {"id": "sub_1", "status": status, "items": items, **more}


def line(amount: int = 900, start: str = JAN, end: str = FEB, **more: Any) -> dict[str, Any]:
    return {"item": "si_1", "product": "pro", "price": "pro_m", "amount": amount, "start": start, "end": end, **more}


def bill(*lines: Mapping[str, Any], status: str = "paid", created: str = JAN, **more: Any) -> dict[str, Any]:
    asked = {f"l{number}": one for number, one in enumerate(lines or (line(),))}
    owed = sum(one["amount"] - one.get("discount", 0) for one in asked.values())
    cash = {"cash": max(owed, 0)} if status == "paid" else {}
    return {"reason": "subscription_cycle", "created": created, "status": status, "lines": asked, **cash, **more}


def failed(at: str, start: str = FEB, end: str = MAR, **more: Any) -> dict[str, Any]:
    return bill(line(start=start, end=end), status="open", created=start, failed=at, **more)


def asked(facts: Mapping[str, Any], now: str, plan: str = "pro", **over: Any) -> Verdict | None:
    at = moment(now)
    assert at is not None
    return judge(known(facts), lambda part: part.product_id == plan, terms({"plan": plan, "over": over}), at)


def grace(until: str) -> Verdict:
    return Verdict(True, moment(until), Reason.GRACE)


def out(reason: Reason) -> Verdict:
    return Verdict(False, None, reason)


def test_a_status_that_nobody_knows_changes_nothing() -> None:
    assert asked({"sub": sub("something_new"), "invoices": {"in_1": bill()}}, "2027-01-05T12:00Z") is None


def test_a_first_payment_that_never_came_ends_after_a_day() -> None:
    assert asked({"sub": sub("incomplete_expired")}, "2027-01-03T12:00Z") == out(Reason.CANCELED)


def test_what_was_given_back_before_takes_nothing_from_a_trial() -> None:
    facts = {
        "sub": sub("trialing"),
        "invoices": {"in_1": bill()},
        "refunds": {"re_1": {"invoice": "in_1", "amount": 900}},
    }
    assert asked(facts, "2027-01-05T12:00Z") == Verdict(True, None, Reason.TRIALING)


def test_who_paid_nothing_for_three_months_by_a_discount_has_the_grace() -> None:
    facts = {
        "sub": sub("past_due"),
        "invoices": {"in_1": bill(line(discount=900)), "in_2": failed("2027-02-01T13:00Z")},
    }
    assert asked(facts, "2027-02-02T12:00Z") == grace("2027-02-04T13:00Z")


def test_a_price_of_nothing_gives_no_grace() -> None:
    facts = {"sub": sub("past_due"), "invoices": {"in_1": bill(line(0)), "in_2": failed("2027-02-01T13:00Z")}}
    assert asked(facts, "2027-02-02T12:00Z") == out(Reason.PAST_DUE)


def test_a_renewal_that_is_credited_before_it_is_paid_is_not_paid() -> None:
    renewal = bill(line(start=FEB, end=MAR), created=FEB, cash=0, paid="2027-02-05T12:00Z")
    facts = {
        "sub": sub(),
        "invoices": {"in_1": bill(), "in_2": renewal},
        "notes": {"cn_1": {"invoice": "in_2", "pre": 900, "at": "2027-02-05T12:00Z"}},
    }
    assert asked(facts, "2027-02-06T12:00Z") == grace("2027-02-08T12:00Z")
    assert asked(facts, "2027-02-09T12:00Z") == out(Reason.PAST_DUE)


def test_a_credit_note_before_payment_over_a_part_leaves_the_rest_to_pay_for_it() -> None:
    renewal = bill(line(start=FEB, end=MAR), created=FEB, cash=500)
    facts = {
        "sub": sub(),
        "invoices": {"in_1": bill(), "in_2": renewal},
        "notes": {"cn_1": {"invoice": "in_2", "pre": 400}},
    }
    assert asked(facts, "2027-02-06T12:00Z") == IN


def change(**more: Any) -> dict[str, Any]:
    """Pro becomes Gold on day 16."""
    half: dict[str, Any] = {"start": "2027-01-16T12:00Z", "end": FEB, "proration": True}
    back = line(-465, credits="in_1", **half)
    then = line(981, **half) | {"product": "gold", "price": "gold_m"}
    return bill(back, then, **{"created": "2027-01-16T12:00Z", "reason": "subscription_update", **more})


def test_a_change_that_waits_for_its_payment_or_lapsed_asks_for_nothing() -> None:
    waiting = change(status="open", failed="2027-01-16T13:00Z")
    lapsed = change(status="void", failed="2027-01-16T13:00Z", ended="2027-01-17T11:00Z")
    for one in (waiting, lapsed):
        assert asked({"sub": sub(), "invoices": {"in_1": bill(), "in_u": one}}, "2027-01-25T12:00Z") == IN


def test_what_paid_for_the_year_carries_the_month_that_its_credit_paid() -> None:
    year = bill(line(9000, JAN, "2028-01-01T12:00Z", price="pro_y"))
    back = line(-8778, "2027-01-10T12:00Z", "2028-01-01T12:00Z", credits="in_y", price="pro_y")
    month = bill(back, line(900, "2027-01-10T12:00Z", "2027-02-10T12:00Z"), created="2027-01-10T12:00Z")
    facts: dict[str, Any] = {"sub": sub(), "invoices": {"in_y": year, "in_m": month}}
    assert asked(facts, "2027-01-20T12:00Z") == IN
    facts["refunds"] = {"re_1": {"invoice": "in_y", "amount": 9000, "at": "2027-01-12T12:00Z"}}
    assert asked(facts, "2027-01-20T12:00Z") == out(Reason.REFUNDED)


def test_of_several_periods_on_one_bill_the_last_counts() -> None:
    dated_back = bill(line(900, "2026-12-01T12:00Z", JAN), line(900, JAN, FEB))
    facts: dict[str, Any] = {"sub": sub("past_due"), "invoices": {"in_1": dated_back}}
    facts["invoices"]["in_2"] = failed("2027-02-01T13:00Z")
    assert asked(facts, "2027-02-02T12:00Z") == grace("2027-02-04T13:00Z")


def test_a_yearly_add_on_stays_when_the_monthly_plan_beside_it_fails() -> None:
    add_on = {"product": "addon", "price": "addon_y", "start": JAN, "end": "2028-01-01T12:00Z"}
    items = {"si_a": add_on, "si_1": {"product": "pro", "price": "pro_m", "start": FEB, "end": MAR}}
    both = bill(line(), line(9000, JAN, "2028-01-01T12:00Z", item="si_a", product="addon", price="addon_y"))
    facts = {
        "sub": sub("past_due", items=items),
        "invoices": {"in_1": both, "in_2": failed("2027-02-01T13:00Z")},
    }
    assert asked(facts, "2027-02-10T12:00Z") == out(Reason.PAST_DUE)
    assert asked(facts, "2027-02-10T12:00Z", plan="addon") == IN


def test_a_refund_after_the_next_period_began_takes_nothing() -> None:
    renewal = bill(line(start=FEB, end=MAR), status="draft", created=FEB)
    facts: dict[str, Any] = {"sub": sub(), "invoices": {"in_1": bill(), "in_2": renewal}}
    facts["refunds"] = {"re_1": {"invoice": "in_1", "amount": 900, "at": "2027-02-01T12:20Z"}}
    assert asked(facts, "2027-02-01T12:30Z") == IN
    facts["refunds"]["re_1"]["at"] = "2027-01-31T12:00Z"
    assert asked(facts, "2027-02-01T12:30Z") == out(Reason.REFUNDED)


def test_a_refund_that_a_credit_note_made_counts_once() -> None:
    facts: dict[str, Any] = {
        "sub": sub(),
        "invoices": {"in_1": bill()},
        "refunds": {"re_1": {"invoice": "in_1", "amount": 500}},
        "notes": {"cn_1": {"invoice": "in_1", "post": 500, "refunds": ["re_1"]}},
    }
    assert asked(facts, "2027-01-05T12:00Z") == IN
    facts["notes"]["cn_2"] = {"invoice": "in_1", "post": 400}  # to her balance
    assert asked(facts, "2027-01-05T12:00Z") == out(Reason.REFUNDED)


def test_a_dispute_over_a_part_leaves_the_rest() -> None:
    facts: dict[str, Any] = {"sub": sub(), "invoices": {"in_1": bill()}}
    facts["disputes"] = {"dp_1": {"invoice": "in_1", "amount": 500, "status": "needs_response"}}
    assert asked(facts, "2027-01-05T12:00Z") == IN
    facts["refunds"] = {"re_1": {"invoice": "in_1", "amount": 400}}
    assert asked(facts, "2027-01-05T12:00Z") == out(Reason.REFUNDED)


def test_an_inquiry_contests_nothing_and_a_prevented_dispute_takes_all() -> None:
    facts: dict[str, Any] = {"sub": sub(), "invoices": {"in_1": bill()}}
    facts["disputes"] = {"dp_1": {"invoice": "in_1", "amount": 900, "status": "warning_under_review"}}
    assert asked(facts, "2027-01-05T12:00Z") == IN
    facts["disputes"]["dp_1"]["status"] = "prevented"
    assert asked(facts, "2027-01-05T12:00Z") == out(Reason.DISPUTED)


def test_a_bill_that_the_customers_balance_paid_is_paid() -> None:
    renewal = bill(line(start=FEB, end=MAR), created=FEB, cash=0, balance=900)
    assert asked({"sub": sub(), "invoices": {"in_1": bill(), "in_2": renewal}}, "2027-02-06T12:00Z") == IN


def test_money_for_an_old_bill_while_unpaid_opens_nothing() -> None:
    late = failed("2027-02-01T13:00Z") | {"status": "paid", "cash": 900, "paid": "2027-02-12T12:00Z"}
    facts: dict[str, Any] = {
        "sub": sub("unpaid", ended="2027-02-09T12:00Z"),
        "invoices": {"in_1": bill(), "in_2": late},
    }
    assert asked(facts, "2027-02-12T13:00Z") == out(Reason.UNPAID)
    facts["sub"]["status"] = "active"
    assert asked(facts, "2027-02-12T13:00Z") == IN


def test_the_announced_grace_holds_when_stripe_cancels_before_it_is_over() -> None:
    facts = {
        "sub": sub("canceled", ended="2027-02-01T13:00Z", ended_by="payment_failed"),
        "invoices": {"in_1": bill(), "in_2": failed("2027-02-01T13:00Z")},
    }
    assert asked(facts, "2027-02-03T12:00Z") == grace("2027-02-04T13:00Z")
    assert asked(facts, "2027-02-05T12:00Z") == out(Reason.CANCELED)


def test_a_renewal_on_its_way_is_neither_paid_nor_failed() -> None:
    facts: dict[str, Any] = {
        "sub": sub("past_due"),
        "invoices": {"in_1": bill(), "in_2": bill(line(start=FEB, end=MAR), status="open", created=FEB)},
    }
    facts["invoices"]["in_2"]["processing"] = True
    assert asked(facts, "2027-02-09T12:00Z") == IN
    facts["invoices"]["in_2"] = failed("2027-02-10T12:00Z")
    assert asked(facts, "2027-02-11T12:00Z") == grace("2027-02-13T12:00Z")


def test_usage_that_is_over_is_taken_back_only_by_a_dispute() -> None:
    metered = {"si_m": {"product": "meter", "price": "meter_m", "start": FEB, "end": MAR, "metered": True}}
    used = bill(line(1200, item="si_m", product="meter", price="meter_m", metered=True), created=FEB)
    facts: dict[str, Any] = {"sub": sub(items=metered), "invoices": {"in_2": used}}
    facts["refunds"] = {"re_1": {"invoice": "in_2", "amount": 1200}}
    assert asked(facts, "2027-02-05T12:00Z", plan="meter") == IN
    facts["disputes"] = {"dp_1": {"invoice": "in_2", "amount": 1200, "status": "lost"}}
    assert asked(facts, "2027-02-05T12:00Z", plan="meter") == out(Reason.DISPUTED)


def test_a_bill_that_a_pause_wrote_off_is_owed_after_it_only_where_access_was_suspended() -> None:
    paused = bill(line(start=FEB, end=MAR), status="uncollectible", created=FEB, ended="2027-02-01T13:00Z", pause=True)
    facts = {"sub": sub(), "invoices": {"in_1": bill(), "in_2": paused}}
    assert asked(facts, "2027-02-20T12:00Z", pause_keeps=True) == IN
    assert asked(facts, "2027-02-20T12:00Z") == out(Reason.PAST_DUE)


def test_a_cancel_that_is_due_bounds_whatever_is_paid() -> None:
    facts = {"sub": sub(cancel_at=FEB), "invoices": {"in_1": bill()}}
    assert asked(facts, "2027-01-20T12:00Z") == Verdict(True, moment(FEB), Reason.PAID)
    assert asked(facts, "2027-02-01T12:00Z") == out(Reason.CANCELED)


def test_a_first_bill_that_is_sent_opens_at_once_only_where_the_plan_says_so_and_until_it_is_due() -> None:
    sent = bill(status="open", due="2027-01-15T12:00Z")
    facts: dict[str, Any] = {"sub": sub(collection="send_invoice"), "invoices": {"in_1": sent}}
    assert asked(facts, "2027-01-05T12:00Z") == out(Reason.AWAITING_FIRST_PAYMENT)
    assert asked(facts, "2027-01-05T12:00Z", at_once=True) == IN
    facts["sub"]["status"] = "past_due"
    assert asked(facts, "2027-01-16T12:00Z", at_once=True) == out(Reason.PAST_DUE)


def test_facts_beside_the_covering_set_change_nothing() -> None:
    """Old debts, bills by hand, refunds and disputes of other periods, and those of other items."""
    march = bill(line(start=MAR, end=APR), created=MAR)
    plain = {"sub": sub(), "invoices": {"in_1": bill(), "in_3": march}}
    by_hand = {"reason": "manual", "created": JAN, "status": "open", "due": FEB}
    lines = {"lm": {"item": None, "product": "pro", "amount": 5000}}
    crowded = {
        "sub": sub(),
        "invoices": {
            "in_1": bill(),
            "in_2": failed("2027-02-01T13:00Z"),
            "in_3": march,
            "in_m": {**by_hand, "lines": lines},
            "in_o": bill(
                line(item="si_old", product="addon", start="2027-03-02T12:00Z"),
                status="open",
                failed="2027-03-02T13:00Z",
            ),
        },
        "refunds": {"re_1": {"invoice": "in_1", "amount": 900, "at": "2027-03-05T12:00Z"}},
        "disputes": {"dp_1": {"invoice": "in_1", "amount": 900, "status": "lost"}},
        "notes": {"cn_1": {"invoice": "in_1", "post": 900, "refunds": ["re_1"], "at": "2027-03-05T12:00Z"}},
    }
    assert asked(crowded, "2027-03-10T12:00Z") == asked(plain, "2027-03-10T12:00Z") == IN
