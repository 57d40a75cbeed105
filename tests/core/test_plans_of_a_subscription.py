"""One entitlement for each plan of a subscription: items swapped, doubled, taken off and put back."""

from dataclasses import replace
from typing import Any

import pytest

from payments.core import refs
from payments.core.access import Reason
from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.decision import decide
from payments.core.ids import InvoiceId, PlanId
from payments.core.selling import KnownPrices
from payments.core.snapshot import InvoiceFact, Snapshot
from payments.core.state import State
from tests.core.builders import DAY, GRACE, LITE, PRICES, PRO, T0, invoice, plan, refund, snapshot, state
from tests.core.test_covering_addons import JAN, MID, RENEWAL, back, line, lined, lite, of, pro, settle

S, R = SubscriptionStatus, Reason
BOTH = lined(
    invoice("in_1", total=1800), line(900, T0, RENEWAL), line(900, T0, RENEWAL, "si_2", "stripe_prc_lite", id="il_lite")
)


def given_of(found: State, now: int) -> dict[PlanId, tuple[bool, Reason]]:
    plans = [e.plan_id for e in found.entitlements]
    assert len(plans) == len(set(plans)), "one for each plan"
    return {e.plan_id: (e.opens(now), e.reason) for e in found.entitlements}


def upgrade(status: InvoiceStatus = InvoiceStatus.OPEN, at: int = MID, credit: str = "in_1") -> InvoiceFact:
    """Pro became Lite, which is the dearer one here, by the price of its item alone."""
    bill = invoice("in_u", status, at=at, total=500, attempts=1, reason="subscription_update")
    return lined(bill, back(-450, at, RENEWAL, credit), line(950, at, RENEWAL, price="stripe_prc_lite"))


def unpaid(at: int = MID) -> Snapshot:
    facts = snapshot(of(lite("si_1"), status=S.PAST_DUE), invoices=[JAN, upgrade(at=at)])
    return replace(facts, failed_at={InvoiceId("in_u"): at})


def member() -> State:
    return settle(state(), snapshot(of(pro()), invoices=[JAN]), T0)


@pytest.mark.parametrize("seen_before", [True, False], ids=["seen before the change", "first seen after it"])
def test_an_unpaid_upgrade_leaves_what_was_paid_for_and_ends_with_its_grace(*, seen_before: bool) -> None:
    found = settle(member() if seen_before else state(), unpaid(), MID + DAY)
    assert given_of(found, MID + DAY) == {LITE: (True, R.GRACE), PRO: (True, R.PAID)}
    ends = {e.plan_id: e.access_until for e in found.entitlements}
    assert ends == {LITE: MID + GRACE, PRO: RENEWAL}
    later = settle(found, unpaid(), MID + GRACE)
    assert given_of(later, MID + GRACE) == {LITE: (False, R.PAST_DUE), PRO: (True, R.PAID)}
    assert not any(opens for opens, _ in given_of(settle(later, unpaid(), RENEWAL), RENEWAL).values())


def test_an_upgrade_that_is_paid_later_ends_what_was_kept_for_the_meantime() -> None:
    found = settle(member(), unpaid(), MID)
    paid = snapshot(of(lite("si_1")), invoices=[JAN, upgrade(InvoiceStatus.PAID)])
    assert given_of(settle(found, paid, MID + DAY), MID + DAY) == {LITE: (True, R.PAID), PRO: (False, R.CHANGED)}


def test_a_refund_of_what_was_paid_for_ends_what_was_kept_too() -> None:
    found = settle(member(), unpaid(), MID)
    gone = replace(unpaid(), refunds=(refund(),))
    assert given_of(settle(found, gone, MID + DAY), MID + DAY)[PRO][0] is False


def two(*items: Any, bill: InvoiceFact = BOTH) -> Snapshot:
    return snapshot(of(*items), invoices=[bill])


def test_two_items_that_swap_their_plans_by_price_alone_stay_both_open() -> None:
    found = settle(state(), two(pro(), lite("si_2")), T0)
    swapped = settle(found, two(lite("si_1"), pro("si_2")), MID)
    assert given_of(swapped, MID) == {PRO: (True, R.PAID), LITE: (True, R.PAID)}


def test_an_item_that_is_taken_off_and_put_back_within_its_period_is_open_again() -> None:
    found = settle(state(), two(pro(), lite("si_2")), T0)
    off = settle(found, two(pro()), MID)
    assert given_of(off, MID) == {PRO: (True, R.PAID), LITE: (False, R.CHANGED)}
    again = settle(off, two(pro(), lite("si_3")), MID + DAY)
    assert given_of(again, MID + DAY)[LITE] == (True, R.PAID)
    assert [e.id for e in again.entitlements] == [e.id for e in found.entitlements]


def test_an_item_of_quantity_0_sells_nothing_beside_the_other() -> None:
    found = settle(state(), two(pro(), lite("si_2")), T0)
    none = settle(found, two(pro(), replace(lite("si_2"), quantity=0)), MID)
    assert given_of(none, MID) == {PRO: (True, R.PAID), LITE: (False, R.CHANGED)}


def test_the_same_plan_twice_is_one_entitlement() -> None:
    twice = lined(invoice("in_1", total=1800), line(900, T0, RENEWAL), line(900, T0, RENEWAL, "si_2"))
    found = settle(state(), two(pro(), pro("si_2"), bill=twice), T0)
    assert given_of(found, T0) == {PRO: (True, R.PAID)}
    assert given_of(settle(found, two(pro(), bill=twice), MID), MID) == {PRO: (True, R.PAID)}


def test_a_plan_whose_prices_are_gone_ends_with_its_item_and_takes_nothing_with_it() -> None:
    """Its item's price and product tell nothing of ours any more: an older backup, or another account's."""
    found = settle(state(), two(pro(), lite("si_2")), T0)
    without = replace(found, known=KnownPrices.of([price for price in PRICES if price.plan_id != LITE]))
    after = settle(without, two(pro(), lite("si_2")), MID)
    assert given_of(after, MID) == {PRO: (True, R.PAID), LITE: (False, R.CHANGED)}


def test_a_plan_that_came_later_began_then() -> None:
    """What was taken off a plan before somebody had it is none of their targets."""
    found = settle(member(), snapshot(of(lite("si_1")), invoices=[JAN, upgrade(InvoiceStatus.PAID)]), MID + DAY)
    assert {e.plan_id: e.began_at for e in found.entitlements} == {PRO: T0, LITE: MID}


def test_deciding_again_changes_nothing() -> None:
    found = settle(state(plans=[plan()]), unpaid(), MID + DAY)
    assert decide(found, unpaid(), MID + DAY).entitlements == ()


@pytest.mark.parametrize(("by_us", "trial", "grace"), [(False, True, True), (True, True, False), (False, False, False)])
def test_who_was_moved_here_on_a_trial_counts_as_paid_and_nobody_else(*, by_us: bool, trial: bool, grace: bool) -> None:
    """A trial that we gave is none of these, nor is what somebody subscribed by hand has to pay at once."""
    sold = of(pro(), status=S.PAST_DUE, trial_end_at=MID if trial else None)
    sold = replace(sold, metadata={refs.CHECKOUT: "chk_1"} if by_us else {})
    bill = lined(invoice("in_1", InvoiceStatus.OPEN, at=MID, attempts=1), line(900, MID, RENEWAL))
    facts = replace(snapshot(sold, invoices=[bill]), failed_at={InvoiceId("in_1"): MID})
    found = settle(state(plans=[replace(plan(), moved_paid=True)]), facts, MID + DAY)
    assert given_of(found, MID + DAY) == {PRO: (grace, R.GRACE if grace else R.PAST_DUE)}
