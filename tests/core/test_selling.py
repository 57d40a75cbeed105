"""What a subscription sells, by its items' products and prices: one table, for settling and for selling."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.access import Reason
from payments.core.billing import Subscription, SubscriptionStatus
from payments.core.catalog import Price
from payments.core.decision import decide
from payments.core.ids import PlanId, PriceId
from payments.core.lines import SubscriptionItem
from payments.core.selling import NOTHING, KnownPrices, Sold, named_in, of_item, of_subscription
from tests.core.builders import DAY, LITE, MONTHLY, PRICES, PRO, item, price, snapshot, state, stored, subscription
from tests.core.test_decision import NOW, PAID_ONCE, member, only

KNOWN = KnownPrices.of([*PRICES, price(PriceId("prc_twin"), PlanId("pln_twin"))])
SOLD_PRO, SOLD_LITE = Sold(PRO, MONTHLY), Sold(LITE, PriceId("prc_lite"))


@pytest.mark.parametrize(
    ("sold", "sells"),
    [
        (item("stripe_prc_monthly", product_id="prod_pro"), SOLD_PRO),
        (item("stripe_prc_monthly"), SOLD_PRO),  # told by an earlier version
        (item("stripe_prc_lite", product_id="prod_elsewhere"), SOLD_LITE),
        (item("price_by_hand", product_id="prod_pro"), Sold(PRO, None)),
        (item("price_by_hand", product_id="prod_other"), NOTHING),
        (item("price_by_hand"), None),
        (item(None), None),
        (item(None, product_id="prod_lite"), Sold(LITE, None)),
        (replace(item("stripe_prc_monthly", product_id="prod_pro"), quantity=0), NOTHING),
        (replace(item("price_by_hand", product_id="prod_pro"), quantity=None, usage=True), Sold(PRO, None)),
    ],
    ids=[
        "ours",
        "no product",
        "price first",
        "price by hand",
        "foreign",
        "unknown",
        "nothing",
        "product",
        "0",
        "usage",
    ],
)
def test_what_an_item_sells(sold: SubscriptionItem, sells: Sold | None) -> None:
    assert of_item(sold, KNOWN) == sells


def test_a_product_of_two_plans_says_nothing() -> None:
    both = KnownPrices.of([price(), replace(price(PriceId("prc_lite"), LITE), provider_product_id="prod_pro")])
    assert of_item(item("price_by_hand", product_id="prod_pro"), both) is None


def _row() -> Subscription:
    return member().subscriptions[0]


HERS = item("price_by_hand", product_id="prod_pro")
LITES = replace(item("stripe_prc_lite", product_id="prod_lite"), id="si_2")
HAT = replace(item("price_hat", product_id="prod_hat"), id="si_3")
UNREAD = SubscriptionItem("si_4")


@pytest.mark.parametrize(
    ("items", "known_before", "sells"),
    [
        ((LITES,), True, SOLD_LITE),
        ((HAT, HERS), False, Sold(PRO, None)),
        ((LITES, HERS), True, Sold(PRO, None)),  # of several, what it sold before
        ((LITES, HERS), False, SOLD_LITE),
        ((HAT,), True, NOTHING),  # though metadata names Pro
        ((HAT,), False, NOTHING),
        ((HAT, UNREAD), True, SOLD_PRO),  # one item can't be read: no change
        ((UNREAD,), True, SOLD_PRO),
        ((), True, SOLD_PRO),
        ((), False, SOLD_PRO),  # what our link was made for
        ((UNREAD,), False, SOLD_PRO),
        ((UNREAD, LITES), True, SOLD_LITE),
    ],
)
def test_what_a_subscription_sells(items: tuple[SubscriptionItem, ...], known_before: bool, sells: Sold) -> None:
    metadata = {"guestlist_plan": PRO, "guestlist_price": MONTHLY}
    fact = replace(subscription(metadata=metadata), items=items)
    named = next(price for price in PRICES if price.id == MONTHLY)
    assert of_subscription(fact, KNOWN, _row() if known_before else None, named) == sells


@pytest.mark.parametrize("named", [None, replace(PRICES[0], provider_price_id=None)], ids=["not here", "not made yet"])
@pytest.mark.parametrize("known_before", [True, False])
def test_metadata_sell_where_their_price_was_lost(named: Price | None, known_before: bool) -> None:
    """An older backup was restored: the product is not known, and nothing says that it is foreign."""
    fact = replace(subscription(metadata={"guestlist_plan": PRO, "guestlist_price": MONTHLY}), items=(HAT,))
    assert of_subscription(fact, KNOWN, _row() if known_before else None, named).plan_id == PRO


def test_a_quantity_of_0_sells_nothing_though_the_price_in_its_metadata_was_lost() -> None:
    metadata = {"guestlist_plan": PRO, "guestlist_price": MONTHLY}
    fact = replace(subscription(metadata=metadata), items=(replace(HAT, quantity=0),))
    assert of_subscription(fact, KNOWN, None, None) == NOTHING
    assert of_subscription(fact, KNOWN, _row(), None) == NOTHING


def test_all_that_items_name_is_looked_up() -> None:
    facts = [replace(subscription(), items=(HERS, LITES)), replace(subscription(), items=(UNREAD,))]
    assert named_in(facts) == {"price_by_hand", "prod_pro", "stripe_prc_lite", "prod_lite"}


@pytest.mark.parametrize("items", [(HAT,), (replace(HERS, quantity=0),)], ids=["foreign product", "quantity 0"])
def test_access_ends_with_the_change_and_says_why(items: tuple[SubscriptionItem, ...]) -> None:
    changed = replace(subscription(metadata={"guestlist_plan": PRO}), items=items)
    held = member()
    decision = decide(held, snapshot(changed), NOW)
    ended = only(decision)
    assert (ended.opens(NOW), ended.reason, ended.plan_id) == (False, Reason.CHANGED, PRO)
    assert [(line.plan_id, line.status_after) for line in decision.ledger] == [(None, "active")]
    held = stored(held, decision)
    assert decide(held, snapshot(changed), NOW + DAY).entitlements == ()
    back = only(decide(held, snapshot(subscription()), NOW + 2 * DAY))
    assert (back.opens(NOW + 2 * DAY), back.reason) == (True, Reason.PAID)


def test_what_had_ended_before_the_change_keeps_its_reason() -> None:
    held = member()
    held = stored(held, decide(held, snapshot(subscription(SubscriptionStatus.PAUSED)), NOW))
    gone = replace(subscription(SubscriptionStatus.PAUSED), items=(HAT,))
    assert decide(held, snapshot(gone), NOW + DAY).entitlements == ()


def test_a_first_payment_whose_items_cannot_be_read_opens_what_it_was_made_for() -> None:
    fact = replace(subscription(metadata={"guestlist_plan": PRO, "guestlist_price": MONTHLY}), items=())
    decision = decide(state(), snapshot(fact, invoices=[PAID_ONCE]), NOW)
    assert only(decision).opens(NOW)
    assert (decision.subscriptions[0].plan_id, decision.subscriptions[0].price_id) == (PRO, MONTHLY)
    later = decide(stored(state(), decision), snapshot(replace(fact, metadata={})), NOW + DAY)
    assert (later.entitlements, later.subscriptions) == ((), ())


def test_a_price_made_by_hand_for_a_plans_product_opens_the_plan() -> None:
    decision = decide(state(), snapshot(replace(subscription(), items=(HERS,)), invoices=[PAID_ONCE]), NOW)
    assert only(decision).plan_id == PRO
    assert decision.subscriptions[0].price_id is None
