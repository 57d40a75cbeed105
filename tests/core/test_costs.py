"""What a subscription costs: access waits for the first payment, and no text names an amount that isn't known."""

from dataclasses import replace

import pytest

from payments.core.access import Reason
from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.decision import decide
from payments.core.lines import Discount, SubscriptionItem
from payments.core.snapshot import SubscriptionFact
from tests.core.builders import DAY, T0, invoice, item, plan, snapshot, state, subscription
from tests.core.test_decision import NOW, only

PAID = item("stripe_prc_monthly")
FREE = replace(item("price_free", 0), id="si_0")
TIERS = replace(PAID, unit_amount=None)
USAGE = replace(PAID, quantity=None, usage=True)
BILL = invoice(status=InvoiceStatus.OPEN, due_at=NOW + 20 * DAY)


def by_invoice(*items: SubscriptionItem) -> SubscriptionFact:
    """A subscription whose first item says no amount: the provider sends None, or 0."""
    return replace(subscription(method="send_invoice", amount=0), items=items)


@pytest.mark.parametrize("items", [(TIERS,), (FREE, PAID), (FREE, TIERS)], ids=["tiers", "free first", "both"])
def test_who_gets_an_invoice_waits_for_its_payment_though_the_amount_is_not_known(
    items: tuple[SubscriptionItem, ...],
) -> None:
    for invoices in ([], [BILL]):  # the first one is a draft for an hour
        found = only(decide(state(), snapshot(by_invoice(*items), invoices=invoices), NOW))
        assert (found.access_from, found.reason) == (None, Reason.AWAITING_FIRST_PAYMENT)
    assert only(decide(state(), snapshot(by_invoice(*items), invoices=[invoice()]), NOW)).opens(NOW)


@pytest.mark.parametrize("items", [(PAID,), (TIERS,)], ids=["all off by a coupon", "tiers"])
def test_a_first_invoice_of_nothing_is_waited_for_until_it_is_settled(items: tuple[SubscriptionItem, ...]) -> None:
    fact = replace(by_invoice(*items), latest_invoice_id=invoice().id)
    for status, opens in ((InvoiceStatus.DRAFT, False), (InvoiceStatus.VOID, False), (InvoiceStatus.PAID, True)):
        found = only(decide(state(), snapshot(fact, invoices=[invoice(status=status, total=0)]), NOW))
        assert found.opens(NOW) is opens, status


@pytest.mark.parametrize("items", [(), (replace(FREE, provider_price_id="stripe_prc_monthly"),)])
def test_an_open_invoice_is_waited_for_though_nothing_else_costs(items: tuple[SubscriptionItem, ...]) -> None:
    """The items aren't all told, or something is charged besides."""
    fact = replace(by_invoice(*items), metadata={"guestlist_plan": "pln_pro", "guestlist_price": "prc_monthly"})
    found = only(decide(state(), snapshot(fact, invoices=[BILL]), NOW))
    assert (found.access_from, found.reason) == (None, Reason.AWAITING_FIRST_PAYMENT)


def test_what_is_free_but_for_a_quantity_of_0_waits_for_nothing() -> None:
    free = replace(FREE, provider_price_id="stripe_prc_monthly")
    assert only(decide(state(), snapshot(by_invoice(free, replace(PAID, quantity=0))), NOW)).opens(NOW)


@pytest.mark.parametrize(
    ("items", "amount"),
    [
        ((PAID,), 900),
        ((replace(PAID, quantity=3),), 2700),
        ((TIERS,), None),
        ((USAGE,), None),
        ((FREE, PAID), None),
        ((replace(PAID, currency="eur"),), None),  # the price's own currency, of several that it has
        ((replace(PAID, discounts=(Discount("di_1"),)),), 900),  # and that a discount comes off
        ((), None),
    ],
    ids=["one", "three", "tiers", "usage", "two items", "other currency", "discount", "not told"],
)
def test_a_trial_s_payer_reads_what_it_will_cost_where_that_is_known(
    items: tuple[SubscriptionItem, ...], amount: int | None
) -> None:
    metadata = {"guestlist_plan": "pln_pro", "guestlist_price": "prc_monthly"}
    fact = subscription(SubscriptionStatus.TRIALING, trial_end_at=NOW + DAY, started_at=T0, metadata=metadata)
    (notice,) = decide(state(), snapshot(replace(fact, items=items)), NOW).notices
    assert (notice.kind, notice.params["amount"]) == ("trial_ending", amount)
    discounted = replace(fact, items=items, discounts=(Discount("di_1"),))
    (notice,) = decide(state(), snapshot(discounted), NOW).notices
    assert (notice.params["amount"], notice.params["discounted"]) == (amount, 1)


def test_a_paused_trial_names_no_amount() -> None:
    fact = subscription(SubscriptionStatus.TRIALING, trial_end_at=NOW + DAY, started_at=T0, pause="void")
    (notice,) = decide(state(plans=[plan(pause_keeps=True)]), snapshot(fact), NOW).notices
    assert (notice.kind, notice.params["amount"]) == ("trial_ending", None)
