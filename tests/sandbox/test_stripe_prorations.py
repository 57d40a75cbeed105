"""What a change costs pro rata: the lines of the sandbox's bills, in Stripe's shapes and to the cent."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

import pytest
import stripe

from sandbox.stripe.money import prorated
from tests.sandbox.billing import DAY, a_customer, a_price, a_subscription
from tests.sandbox.conftest import Local
from tests.sandbox.stripe_spec import everything, misfits


@pytest.mark.parametrize(
    ("amount", "part", "whole", "right"),
    [
        (-1000, 1, 400, -3),  # -2.5
        (1800, 1, 400, 4),  # 4.5
        (3000, 1, 400, 7),  # 7.5
        (-1000, 445_540, 2_678_400, -166),
        (3252, 445_540, 2_678_400, 541),
        (-2000, 1, 3, -667),
        (1000, 1, 3, 333),
        (0, 1, 3, 0),
    ],
)
def test_a_line_is_rounded_to_the_nearest_and_an_exact_half_down(
    amount: int, part: int, whole: int, right: int
) -> None:
    assert prorated(amount, part, whole) == right == ceil(Fraction(amount * part, whole) - Fraction(1, 2))


async def _change(local: Local, subscription: stripe.Subscription, price: stripe.Price, **more: Any) -> None:
    item = {"id": subscription["items"]["data"][0].id, "price": price.id, **more}
    params: Any = {"items": [item], "proration_behavior": "always_invoice"}
    await local.client.v1.subscriptions.update_async(subscription.id, params)


async def _lines(local: Local, subscription: stripe.Subscription) -> list[Any]:
    """The lines of the newest bill."""
    latest = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data[0]
    return list(latest.lines.data)


async def test_a_credit_comes_first_and_names_the_line_that_it_gives_back(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    (paid,) = await _lines(local, subscription)
    await local.clock.advance(3 * DAY)
    gold = await a_price(local, 5000, product_data={"name": "Gold"})
    await _change(local, subscription, gold, quantity=3)
    credit, debit = await _lines(local, subscription)
    assert credit.amount < 0 < debit.amount
    assert credit.description.startswith("Unused time on Pro after ")
    assert debit.description.startswith("Remaining time on 3 × Gold after ")
    details = credit.parent.subscription_item_details.proration_details.credited_items
    assert (details.invoice, details.invoice_line_items) == (paid.invoice, [paid.id])
    assert debit.parent.subscription_item_details.proration_details.credited_items is None
    assert credit.pricing.price_details.product == paid.pricing.price_details.product
    assert debit.pricing.price_details.product == gold.product
    assert credit.period.end == debit.period.end == paid.period.end

    await _change(local, subscription, await a_price(local, 7000))
    again, _ = await _lines(local, subscription)
    details = again.parent.subscription_item_details.proration_details.credited_items
    assert (details.invoice, details.invoice_line_items) == (debit.invoice, [debit.id]), "what was paid last"


async def test_a_credit_of_what_was_never_billed_names_the_waiting_item(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    item = subscription["items"]["data"][0].id
    await local.clock.advance(3 * DAY)
    for amount in (5000, 7000):
        price = await a_price(local, amount)
        await local.client.v1.subscriptions.update_async(subscription.id, {"items": [{"id": item, "price": price.id}]})
    waiting: list[Any] = (await local.client.v1.invoice_items.list_async({"pending": True})).data
    back, _, first, _ = [one.proration_details.credited_items for one in waiting]
    assert (back.type, back.invoice_item) == ("invoice_item", waiting[3].id)
    assert first.type == "invoice_line_items"
    assert misfits(everything(local.sandbox.state())) == []


async def test_a_cycle_that_begins_now_charges_the_time_behind_what_is_paid_and_later(local: Local) -> None:
    customer = await a_customer(local)
    subscription, v1 = await a_subscription(local, customer), local.client.v1
    paid_until = subscription["items"]["data"][0].current_period_end
    await local.clock.advance(15 * DAY)
    moved = await v1.subscriptions.update_async(subscription.id, {"billing_cycle_anchor": {"type": "now"}})
    (item,) = moved["items"]["data"]
    assert item.current_period_start == moved.billing_cycle_anchor
    assert moved.latest_invoice == subscription.latest_invoice
    (waits,) = (await v1.invoice_items.list_async({"customer": customer.id, "pending": True})).data
    assert (waits.proration, waits.period.start, waits.period.end) == (True, paid_until, item.current_period_end)
    added = item.current_period_end - paid_until
    assert waits.amount == prorated(1000, added, item.current_period_end - item.current_period_start) > 400
