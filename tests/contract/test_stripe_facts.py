"""Stripe's objects as facts: what is new to us changes nothing, what is absent is nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import stripe

from payments.core.billing import (
    BillingReason,
    CollectionMethod,
    DisputeStatus,
    InvoiceStatus,
    PauseBehavior,
    RefundStatus,
    SnapshotPart,
    SubscriptionStatus,
)
from payments.core.calendar import Unit
from payments.core.ids import InvoiceId, SubscriptionId
from payments.core.lines import CreditedLines, Discount, DiscountDuration, InvoiceLine, SubscriptionItem
from payments.ports.providers import ProviderUnavailable, SessionStatus
from payments.providers.stripe import StripeProvider, calls, facts
from payments.providers.stripe import snapshot as fetching
from payments.rate_limit import Limiter
from tests.contract.provider_worlds import KEY, StripeWorld, bill, stripe_world

SUBSCRIPTION: dict[str, Any] = {
    "id": "sub_1",
    "status": "active",
    "currency": "usd",
    "start_date": 100,
    "items": {
        "data": [
            {
                "id": "si_1",
                "quantity": 2,
                "current_period_start": 100,
                "current_period_end": 200,
                "price": {"id": "price_1", "unit_amount": 900, "recurring": {"interval": "month", "interval_count": 3}},
            }
        ]
    },
}

CHARGE = {"id": "ch_1"}


@pytest.fixture
async def world() -> AsyncIterator[StripeWorld]:
    async with stripe_world() as opened:
        yield opened


def test_the_pinned_version_is_the_one_the_client_was_made_for() -> None:
    assert stripe.api_version == calls.API_VERSION


def test_a_word_that_is_new_to_us_is_unknown() -> None:
    assert facts.subscription(SUBSCRIPTION | {"status": "hibernating"}).status is SubscriptionStatus.UNKNOWN
    assert facts.invoice({"id": "in_1", "status": "on_hold"}).status is InvoiceStatus.UNKNOWN
    odd = {"collection_method": "by_hand", "pause_collection": {"behavior": "forgive"}}
    fact = facts.subscription(SUBSCRIPTION | odd)
    assert (fact.collection_method, fact.pause_behavior) == (CollectionMethod.UNKNOWN, PauseBehavior.UNKNOWN)
    assert facts.invoice({"id": "in_1", "billing_reason": "a_whim"}).billing_reason is BillingReason.UNKNOWN
    assert facts.session({"id": "cs_1", "status": "paused"}).status is SessionStatus.EXPIRED
    assert facts.subscription({"id": "sub_1"}).status is SubscriptionStatus.UNKNOWN
    assert facts.refund({"id": "re_1", "status": "mailed"}, CHARGE, None).status is RefundStatus.UNKNOWN
    assert facts.dispute({"id": "du_1", "status": "appealed"}, CHARGE, None).status is DisputeStatus.UNKNOWN


def test_an_interval_that_is_new_to_us_is_none() -> None:
    raw = json.loads(json.dumps(SUBSCRIPTION))
    raw["items"]["data"][0]["price"]["recurring"]["interval"] = "fortnight"
    assert facts.subscription(raw).unit is None


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        ({"cancel_at_period_end": True}, 200_000),
        ({"cancel_at": 150}, 150_000),
        ({"cancel_at": 150, "cancel_at_period_end": True}, 150_000),
        ({"cancel_at_period_end": False}, None),
    ],
)
def test_both_of_stripes_ways_to_say_when_it_ends(told: dict[str, Any], ends: int | None) -> None:
    assert facts.subscription(SUBSCRIPTION | told).cancel_at == ends


def test_references_may_be_expanded() -> None:
    price = {"id": "price_9"}
    raw = {
        **SUBSCRIPTION,
        "latest_invoice": {"id": "in_9", "object": "invoice"},
        "items": {"data": [{"id": "si_1", "price": price}]},
    }
    fact = facts.subscription(raw)
    assert (fact.latest_invoice_id, fact.provider_price_id) == ("in_9", "price_9")
    assert facts.customer_in({"object": "charge", "customer": {"id": "cus_1"}}) == "cus_1"
    assert facts.customer_in({"object": "customer", "id": "cus_2"}) == "cus_2"
    assert facts.customer_in({"object": "charge"}) is None


def test_discounts_are_kept_whether_told_in_full_or_by_id() -> None:
    coupon = {"id": "THIRD", "percent_off": 33.33, "amount_off": None, "duration": "repeating", "duration_in_months": 4}
    told = {"id": "di_2", "end": 90, "promotion_code": "promo_1", "source": {"type": "coupon", "coupon": coupon}}
    assert facts.subscription(SUBSCRIPTION | {"discounts": [told, "di_1"]}).discounts == (
        Discount("di_1"),
        Discount(
            "di_2", "THIRD", "promo_1", Decimal("33.33"),
            duration=DiscountDuration.REPEATING, duration_months=4, ends_at=90_000,
        ),
    )  # fmt: skip


def test_an_item_says_what_it_sells() -> None:
    raw = {
        "id": "si_1",
        "price": {"id": "price_1", "product": "prod_1", "currency": "eur", "unit_amount": None,
                  "recurring": {"interval": "week", "interval_count": 2, "usage_type": "metered"}},
        "current_period_start": 100,
        "current_period_end": 200,
        "discounts": ["di_1"],
    }  # fmt: skip
    assert facts.subscription(SUBSCRIPTION | {"items": {"data": [raw]}}).items == (
        SubscriptionItem(
            "si_1", "price_1", "prod_1", "eur", None, None, Unit.WEEK, 2, True, 100_000, 200_000, (Discount("di_1"),)
        ),
    )


def test_a_price_of_packages_has_no_amount_of_one_unit() -> None:
    price = {"id": "price_1", "unit_amount": 900, "transform_quantity": {"divide_by": 10, "round": "up"}}
    (found,) = facts.subscription(SUBSCRIPTION | {"items": {"data": [{"id": "si_1", "price": price}]}}).items
    assert found.unit_amount is None


def test_of_items_that_are_not_all_told_nothing_is_known() -> None:
    shown = SUBSCRIPTION["items"] | {"has_more": True}
    assert facts.subscription(SUBSCRIPTION | {"items": shown}).items == ()
    assert facts.subscription(SUBSCRIPTION | {"items": {"data": ["si_1", {"id": 7}, {"id": "si_2"}]}}).items == (
        SubscriptionItem("si_2"),
    )


CREDIT = {
    "id": "il_1",
    "amount": -450,
    "currency": "eur",
    "description": "Unused time on 2 × Pro after 16 Jan 2027",
    "quantity": 2,
    "pricing": {"type": "price_details", "price_details": {"price": "price_1", "product": "prod_1"}},
    "parent": {
        "type": "subscription_item_details",
        "invoice_item_details": None,
        "subscription_item_details": {
            "subscription": "sub_1",
            "subscription_item": "si_1",
            "invoice_item": "ii_1",
            "proration": True,
            "proration_details": {"credited_items": {"invoice": "in_1", "invoice_line_items": ["il_0"]}},
        },
    },
    "period": {"start": 100, "end": 200},
    "discount_amounts": [{"amount": 40, "discount": "di_1"}, {"amount": 2, "discount": {"id": "di_2"}}],
    "taxes": [{"amount": 70, "tax_behavior": "inclusive"}, {"amount": 5, "tax_behavior": "exclusive"}],
}


def test_a_line_says_what_it_is_for_and_what_it_gives_back() -> None:
    assert facts.invoice({"id": "in_2", "lines": {"data": [CREDIT], "has_more": False}}).lines == (
        InvoiceLine(
            id="il_1", amount=-450, currency="eur", description="Unused time on 2 × Pro after 16 Jan 2027", quantity=2,
            provider_price_id="price_1", product_id="prod_1", subscription_id=SubscriptionId("sub_1"),
            subscription_item_id="si_1", period_start_at=100_000, period_end_at=200_000, proration=True,
            credits=CreditedLines(InvoiceId("in_1"), ("il_0",)), discount_amount=42, tax_amount=75, tax_included=70,
        ),
    )  # fmt: skip


def test_a_line_of_an_invoice_item_is_of_no_subscription_item() -> None:
    parent = {"type": "invoice_item_details", "invoice_item_details": {"invoice_item": "ii_1", "subscription": "sub_1"}}
    (line,) = facts.invoice({"id": "in_1", "lines": {"data": [CREDIT | {"parent": parent}]}}).lines or ()
    assert (line.subscription_id, line.subscription_item_id) == ("sub_1", None)
    assert (line.proration, line.credits) == (False, None)


def test_lines_that_are_not_all_shown_are_not_known() -> None:
    assert facts.invoice({"id": "in_1", "lines": {"data": [CREDIT], "has_more": True}}).lines is None
    assert facts.invoice({"id": "in_1"}).lines is None
    odd: dict[str, Any] = {
        "id": "il_2",
        "parent": [],
        "pricing": "none",
        "period": None,
        "taxes": {},
        "discount_amounts": ["di_1"],
    }
    assert facts.invoice({"id": "in_1", "lines": {"data": [odd, "il_3"]}}).lines == (InvoiceLine("il_2"),)


def test_the_same_subscription_has_the_same_items_in_any_order() -> None:
    first, second = {"id": "si_1", "quantity": 1}, {"id": "si_2", "quantity": 2}
    one = facts.subscription(SUBSCRIPTION | {"items": {"data": [first, second]}})
    other = facts.subscription(SUBSCRIPTION | {"items": {"data": [second, first]}})
    assert one.items == other.items


def test_collection_that_is_paused_is_told() -> None:
    paused = SUBSCRIPTION | {"pause_collection": {"behavior": "void", "resumes_at": None}}
    assert facts.subscription(paused).pause_behavior == "void"
    assert facts.subscription(SUBSCRIPTION).pause_behavior is None


def test_an_invoices_own_metadata_stand_above_the_subscriptions() -> None:
    raw = {
        "id": "in_1",
        "status": "paid",
        "metadata": {"guestlist_invoice": "own", "a": "invoice"},
        "parent": {"subscription_details": {"subscription": "sub_1", "metadata": {"a": "subscription", "b": "2"}}},
        "period_start": 1,
        "period_end": 2,
        "lines": {
            "data": [
                {"parent": {"subscription_item_details": {"proration": True}}, "period": {"start": 3, "end": 4}},
                {"parent": {"subscription_item_details": {"proration": False}}, "period": {"start": 5, "end": 6}},
            ]
        },
    }
    fact = facts.invoice(raw)
    assert fact.metadata == {"guestlist_invoice": "own", "a": "invoice", "b": "2"}
    assert (fact.period_start_at, fact.period_end_at) == (5_000, 6_000)
    assert fact.subscription_id == "sub_1"
    assert facts.invoice(raw | {"lines": None}).period_start_at == 1_000


def test_the_least_of_an_object_is_enough() -> None:
    assert facts.invoice({"id": "in_1"}).total == 0
    assert facts.subscription({"id": "sub_1"}).items == ()
    assert facts.refund({"id": "re_1"}, CHARGE, None).status is RefundStatus.UNKNOWN
    assert facts.dispute({"id": "du_1"}, CHARGE, None).amount == 0
    assert facts.event_of({"id": "evt_1"}) is None


async def test_pages_are_bounded(world: StripeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PAGE", 1)
    monkeypatch.setattr(fetching, "PAGE", 1)
    customer = await world.customer("ana@example.com")
    price = await world.price()
    for n in range(7):
        await world.pay(await world.link(customer, price, row=f"chk_{n}"))
    snapshot = await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES)
    assert snapshot.subscriptions is not None
    assert snapshot.invoices is not None
    assert len(snapshot.subscriptions) == fetching.SUBSCRIPTION_PAGES_MAX
    assert len(snapshot.invoices) == fetching.INVOICE_PAGES_MAX


async def test_an_old_open_invoice_is_seen_beyond_the_newest(
    world: StripeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PAGE", 1)
    customer = await world.customer("ana@example.com")
    old = await bill(world, customer)
    await world.provider.invoicing.send(old)
    price = await world.price()
    for n in range(fetching.INVOICE_PAGES_MAX + 1):
        await world.pay(await world.link(customer, price, row=f"chk_{n}"))
    snapshot = await world.provider.snapshot(customer, SnapshotPart.INVOICES)
    assert snapshot.invoices is not None
    assert old in {one.id for one in snapshot.invoices}


async def test_many_refunds_of_one_charge_are_all_read(world: StripeWorld) -> None:
    customer = await world.subscribed()
    for _ in range(12):
        await world.refund(customer, 50)
    snapshot = await world.provider.snapshot(customer, SnapshotPart.CHARGES)
    assert snapshot.refunds is not None
    assert len(snapshot.refunds) == 12


async def test_a_fetch_that_takes_too_long_is_given_up(world: StripeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = await world.customer()
    monkeypatch.setattr(fetching, "FETCH_MS_MAX", 100)
    world.fault("/v1/subscriptions", delay=5)
    with pytest.raises(ProviderUnavailable, match="fetching"):
        await world.provider.snapshot(customer, SnapshotPart.ALL)


async def test_a_call_that_takes_too_long_is_given_up(world: StripeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "CALL_MS_MAX", 100)
    world.fault("/v1/account", delay=5)
    with pytest.raises(ProviderUnavailable, match="no answer") as failed:
        await world.provider.account()
    assert failed.value.unclear


async def test_when_too_many_wait_nothing_is_asked(world: StripeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "CALL_MS_MAX", 100)
    world.limiter.pause(30_000)
    with pytest.raises(ProviderUnavailable) as failed:
        await world.provider.account()
    assert not failed.value.unclear
    assert failed.value.retry_after_ms is not None
    assert failed.value.retry_after_ms > 29_000


async def test_too_long_a_list_is_no_proof_that_nothing_was_made(
    world: StripeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    from payments.ports.providers import ObjectKind
    from payments.providers.stripe import lookup as finding

    monkeypatch.setattr(finding, "PAGE", 1)
    monkeypatch.setattr(finding, "FIND_PAGES_MAX", 2)
    since = world.now()
    for _ in range(3):
        await world.customer()
    with pytest.raises(ProviderUnavailable, match="look through"):
        await world.provider.lookup.find(ObjectKind.CUSTOMER, "unknown", since_at=since, customer=None)


async def test_a_live_key_is_a_live_account() -> None:
    class Clock:
        def now(self) -> int:
            return 0

        async def sleep(self, ms: int) -> None:
            await asyncio.sleep(0)

    provider = StripeProvider(KEY.replace("test", "live"), limiter=Limiter(Clock(), per_second=1, burst=1))
    assert provider._livemode
    await provider.close()
