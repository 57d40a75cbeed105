"""What is bought once: for a time, for good, or to a date."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from payments.core.access import Entitlement, Reason
from payments.core.billing import Customer, InvoiceStatus, PurchaseState
from payments.core.calendar import Unit, add_interval
from payments.core.decision import decide
from payments.core.state import State
from tests.core.builders import ANNS, BEN, DAY, T0, bought, dispute, plan, purchase, refund, snapshot, state, stored

NOW = T0 + DAY


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def windows(given: State) -> dict[str, tuple[int | None, int | None]]:
    return {e.source_id: (e.access_from, e.access_until) for e in given.entitlements}


def paid(*purchases: tuple[str, str, int], now: int) -> State:
    """These were bought (id, price, when it was paid), and settled at `now`."""
    given = state(*(purchase(id_, price_id) for id_, price_id, _ in purchases))
    return stored(given, decide(given, snapshot(invoices=[bought(id_, when) for id_, _, when in purchases]), now))


def test_a_purchase_counts_from_the_moment_it_is_paid() -> None:
    given = state(purchase())
    waiting = decide(given, snapshot(), NOW)
    assert waiting.entitlements == ()
    decision = decide(given, snapshot(invoices=[bought(at=T0)]), NOW)
    assert decision.purchases[0].state is PurchaseState.PAID
    assert decision.completed == ("chk_pur_1",)
    (found,) = decision.entitlements
    assert (found.access_from, found.access_until, found.reason) == (T0, T0 + 30 * DAY, Reason.PAID)
    assert decision.recheck_at == T0 + 30 * DAY
    assert [(c.source, c.status_after, c.stripe_at) for c in decision.ledger] == [("purchase", "paid", T0)]


def test_an_invoice_that_is_still_open_buys_nothing() -> None:
    waits = replace(bought(), status=InvoiceStatus.OPEN, paid_at=None)
    decision = decide(state(purchase()), snapshot(invoices=[waits]), NOW)
    assert (decision.purchases, decision.entitlements) == ((), ())


def test_a_purchase_is_over_at_its_end() -> None:
    given = paid(("pur_1", "prc_days", T0), now=NOW)
    decision = decide(given, snapshot(), T0 + 30 * DAY)
    assert decision.entitlements[0].reason is Reason.EXPIRED
    assert not decision.entitlements[0].opens(T0 + 30 * DAY)
    assert decision.recheck_at is None


def test_a_lifetime_purchase_has_no_end() -> None:
    assert windows(paid(("pur_1", "prc_ever", T0), now=NOW)) == {"pur_1": (T0, None)}


def test_a_purchase_to_a_date_ends_there() -> None:
    assert windows(paid(("pur_1", "prc_date", T0), now=NOW)) == {"pur_1": (T0, T0 + 100 * DAY)}


def test_buying_again_adds_to_what_is_left() -> None:
    given = paid(("pur_1", "prc_days", T0), ("pur_2", "prc_days", T0 + 10 * DAY), now=T0 + 10 * DAY)
    assert windows(given) == {
        "pur_1": (T0, T0 + 30 * DAY),
        "pur_2": (T0 + 30 * DAY, T0 + 60 * DAY),
    }


def test_buying_again_after_the_end_begins_anew() -> None:
    given = paid(("pur_1", "prc_days", T0), ("pur_2", "prc_days", T0 + 40 * DAY), now=T0 + 40 * DAY)
    assert windows(given)["pur_2"] == (T0 + 40 * DAY, T0 + 70 * DAY)


def test_time_bought_on_top_of_a_date_begins_there() -> None:
    given = paid(("pur_1", "prc_date", T0), ("pur_2", "prc_days", T0 + DAY), now=NOW)
    assert windows(given)["pur_2"] == (T0 + 100 * DAY, T0 + 130 * DAY)


def test_months_in_a_row_lose_no_days() -> None:
    start = at("2026-01-31")
    given = paid(("pur_1", "prc_month", start), ("pur_2", "prc_month", start + 1), now=start + 2)
    assert windows(given)["pur_1"][1] == at("2026-02-28")
    assert windows(given)["pur_2"] == (at("2026-02-28"), at("2026-03-31"))


def test_days_after_months_begin_where_the_months_end() -> None:
    start = at("2026-01-31")
    given = paid(("pur_1", "prc_month", start), ("pur_2", "prc_days", start + 1), now=start + 2)
    assert windows(given)["pur_2"] == (at("2026-02-28"), at("2026-03-30"))


def test_a_refunded_purchase_opens_nothing_and_the_next_counts_from_its_own_payment() -> None:
    given = paid(("pur_1", "prc_days", T0), ("pur_2", "prc_days", T0 + 10 * DAY), now=T0 + 10 * DAY)
    given = stored(given, decide(given, snapshot(refunds=[refund(of="in_pur_1")]), T0 + 11 * DAY))
    assert windows(given) == {"pur_1": (None, None), "pur_2": (T0 + 10 * DAY, T0 + 40 * DAY)}


def test_a_disputed_purchase_comes_back_when_the_dispute_is_won() -> None:
    given = paid(("pur_1", "prc_ever", T0), now=NOW)
    given = stored(given, decide(given, snapshot(disputes=[dispute("needs_response", of="in_pur_1")]), NOW))
    assert given.entitlements[0].reason is Reason.DISPUTED
    given = stored(given, decide(given, snapshot(disputes=[dispute("won", of="in_pur_1")]), NOW))
    assert given.entitlements[0].opens(NOW)


def test_a_plan_may_let_a_refunded_purchase_stand() -> None:
    given = paid(("pur_1", "prc_ever", T0), now=NOW)
    lenient = replace(given, plans={**given.plans, given.purchases[0].plan_id: plan(refund_ends=False)})
    assert decide(lenient, snapshot(refunds=[refund(of="in_pur_1")]), NOW).entitlements == ()


def test_a_gift_opens_for_the_one_who_gets_it_and_stacks_on_what_others_bought() -> None:
    own = paid(("pur_0", "prc_days", T0), now=NOW)
    theirs = replace(own.entitlements[0], beneficiary_id=BEN)
    given = replace(state(purchase("pur_1", beneficiary=BEN)), entitlements=(theirs,))
    decision = decide(given, snapshot(invoices=[bought("pur_1", T0 + DAY)]), T0 + DAY)
    (found,) = decision.entitlements
    assert decision.recheck_at == T0 + 30 * DAY
    assert (found.beneficiary_id, found.access_from, found.access_until) == (BEN, T0 + 30 * DAY, T0 + 60 * DAY)


def test_a_gift_bought_later_does_not_push_what_was_bought_before() -> None:
    given = paid(("pur_1", "prc_days", T0), now=NOW)
    later: Entitlement = replace(
        given.entitlements[0],
        id=type(given.entitlements[0].id)("ent_purchase_acct_1_pur_9"),
        source_id="pur_9",
        began_at=T0 + DAY,
        access_from=T0 + 30 * DAY,
        access_until=T0 + 60 * DAY,
    )
    other: Customer = ANNS
    with_gift = replace(given, customer=other, entitlements=(*given.entitlements, later))
    assert decide(with_gift, snapshot(), NOW).entitlements == ()


def test_a_purchase_paid_by_a_clock_ahead_of_ours_opens_at_once() -> None:
    given = paid(("pur_1", "prc_days", NOW + DAY), now=NOW)
    assert given.entitlements[0].opens(NOW)
    assert given.entitlements[0].access_until == NOW + 31 * DAY


@pytest.mark.parametrize(
    ("start", "unit", "count", "end"),
    [
        ("2026-01-31", Unit.MONTH, 1, "2026-02-28"),
        ("2024-01-31", Unit.MONTH, 1, "2024-02-29"),
        ("2026-01-31", Unit.MONTH, 2, "2026-03-31"),
        ("2026-12-15", Unit.MONTH, 1, "2027-01-15"),
        ("2026-11-30", Unit.MONTH, 1, "2026-12-30"),
        ("2024-02-29", Unit.YEAR, 1, "2025-02-28"),
        ("2024-02-29", Unit.YEAR, 4, "2028-02-29"),
        ("2026-03-01", Unit.WEEK, 2, "2026-03-15"),
        ("2026-03-28", Unit.DAY, 3, "2026-03-31"),
        ("2026-03-28T13:14:15.016", Unit.MONTH, 1, "2026-04-28T13:14:15.016"),
        ("9998-06-01", Unit.YEAR, 40, "9999-01-01"),
    ],
)
def test_an_interval_ends_on_the_same_day_or_the_month_s_last(start: str, unit: Unit, count: int, end: str) -> None:
    assert add_interval(at(start), unit, count) == at(end)
