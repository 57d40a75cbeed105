"""The ledger: what changed in what is sold, so that revenue and churn can be told later."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from payments.core.calendar import Unit
from payments.core.decision import decide
from payments.core.ids import InvoiceId
from payments.core.lines import Discount, DiscountDuration, SubscriptionItem
from tests.core.builders import (
    DAY,
    LITE,
    PRO,
    T0,
    dispute,
    invoice,
    item,
    refund,
    snapshot,
    state,
    stored,
    subscription,
)
from tests.core.test_decision import NOW, PAID_ONCE, S, member, past_due


def test_the_ledger_tells_what_changed_and_when_at_stripe() -> None:
    first = decide(state(), snapshot(subscription(), invoices=[PAID_ONCE]), NOW)
    (began,) = first.ledger
    assert (
        began.status_before,
        began.status_after,
        began.unit_amount_after,
        began.interval_after,
        began.stripe_at,
    ) == (
        None,
        "active",
        900,
        "1 month",
        T0,
    )
    failed = decide(stored(state(), first), past_due(failed_at=NOW), NOW + 1)
    (late,) = failed.ledger
    assert (late.status_before, late.status_after, late.stripe_at) == ("active", "past_due", NOW)
    ended = snapshot(subscription(S.CANCELED, ended_at=NOW + 2))
    (over,) = decide(stored(state(), first), ended, NOW + 9).ledger
    assert (over.status_after, over.stripe_at) == ("canceled", NOW + 2)
    paid = snapshot(subscription(), invoices=[invoice("in_2", at=NOW, paid_at=NOW + 3)])
    (back,) = decide(stored(member(), failed), paid, NOW + 9).ledger
    assert (back.status_before, back.status_after, back.stripe_at) == ("past_due", "active", NOW + 3)


def test_refunds_and_disputes_stand_in_the_ledger_with_their_plan() -> None:
    decision = decide(member(), snapshot(refunds=[refund()], disputes=[dispute("lost")]), NOW)
    assert [(c.source, c.source_id, c.plan_id, c.total_after) for c in decision.ledger] == [
        ("refund", "re_1", PRO, 900),
        ("dispute", "dp_1", PRO, 900),
    ]


def test_a_renewal_that_changes_nothing_sold_is_no_line_of_the_ledger() -> None:
    assert decide(member(), snapshot(subscription(latest=InvoiceId("in_9"))), NOW).ledger == ()


def test_coming_to_know_more_of_what_is_sold_is_no_line_of_the_ledger() -> None:
    """Rows of earlier versions know no product, and of discounts not how long they last."""
    told = replace(
        subscription(),
        items=(item("stripe_prc_monthly", product_id="prod_1"),),
        discounts=(Discount("di_1", "HALF", percent_off=Decimal(50), duration=DiscountDuration.FOREVER),),
    )
    held = stored(member(), decide(member(), snapshot(told), NOW))
    earlier = replace(
        held.subscriptions[0],
        items=(SubscriptionItem("si_1", "stripe_prc_monthly", None, "usd", 900, 1, Unit.MONTH, 1),),
        discounts=(Discount("di_1", "HALF", percent_off=Decimal("50.0")),),
    )
    for row in (earlier, replace(earlier, items=())):
        decision = decide(replace(held, subscriptions=(row,)), snapshot(told), NOW)
        assert decision.ledger == ()
        assert decision.subscriptions == held.subscriptions, "what is known now is stored"


@pytest.mark.parametrize(
    "changed",
    [
        {"items": (item("stripe_prc_monthly", product_id="prod_2"),)},
        {"items": (item("stripe_prc_monthly"), SubscriptionItem("si_2", "price_hat"))},
        {"items": (replace(item("stripe_prc_monthly"), quantity=2),)},
        {"items": (replace(item("stripe_prc_monthly"), discounts=(Discount("di_2"),)),)},
        {"discounts": ()},
        {"discounts": (Discount("di_1", "HALF", percent_off=Decimal(40)),)},
    ],
    ids=["product", "item", "quantity", "item's discount", "no discount", "discount"],
)
def test_what_is_sold_otherwise_is_a_line_of_the_ledger(changed: dict[str, Any]) -> None:
    sold = replace(
        subscription(),
        items=(replace(item("stripe_prc_monthly", product_id="prod_1"), discounts=()),),
        discounts=(Discount("di_1", "HALF", percent_off=Decimal(50)),),
    )
    held = stored(member(), decide(member(), snapshot(sold), NOW))
    (line,) = decide(held, snapshot(replace(sold, **changed)), NOW).ledger
    assert (line.items_before, line.discounts_before) == (sold.items, sold.discounts)


def test_the_ledger_alone_tells_what_a_month_brings_in() -> None:
    """Trial, first payment, upgrade to a yearly price for two, a coupon, the end: each line has before and after."""
    trial = subscription(S.TRIALING, trial_end_at=T0 + 7 * DAY)
    yearly = replace(subscription(provider_price_id="stripe_prc_lite", amount=7200), unit=Unit.YEAR, quantity=2)
    reduced = replace(yearly, discounts=(Discount("di_1", percent_off=Decimal(50)),))
    ended = replace(reduced, status=S.CANCELED, ended_at=T0 + 90 * DAY)
    held, lines = state(), []
    for number, fact in enumerate((trial, subscription(), yearly, reduced, ended)):
        decision = decide(held, snapshot(fact), T0 + number * 10 * DAY)
        held = stored(held, decision)
        (line,) = decision.ledger
        lines.append(line)
    told = [
        (
            c.status_after,
            c.plan_id,
            c.unit_amount_after,
            c.quantity_after,
            c.interval_after,
            c.discounts_after,
            c.currency,
        )
        for c in lines
    ]
    assert told == [
        ("trialing", PRO, 900, 1, "1 month", (), "usd"),
        ("active", PRO, 900, 1, "1 month", (), "usd"),
        ("active", LITE, 7200, 2, "1 year", (), "usd"),
        ("active", LITE, 7200, 2, "1 year", reduced.discounts, "usd"),
        ("canceled", LITE, 7200, 2, "1 year", reduced.discounts, "usd"),
    ]
    for before, after in pairwise(lines):
        assert (
            before.status_after,
            before.items_after,
            before.unit_amount_after,
            before.quantity_after,
            before.interval_after,
            before.discounts_after,
        ) == (
            after.status_before,
            after.items_before,
            after.unit_amount_before,
            after.quantity_before,
            after.interval_before,
            after.discounts_before,
        )
    assert lines[-1].stripe_at == T0 + 90 * DAY
