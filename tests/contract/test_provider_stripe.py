"""Stripe's adapter beyond the contract: its shapes, its list pages, its errors; the real client against the sandbox."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from payments.core.billing import InvoiceStatus, SnapshotPart, SubscriptionStatus
from payments.core.calendar import Unit
from payments.core.catalog import PriceKind
from payments.core.ids import CustomerRef, InvoiceId, SubscriptionId
from payments.core.lines import CreditedLines, DiscountDuration
from payments.ports.providers import (
    InvoiceOrder,
    KeyRefused,
    ObjectKind,
    ProviderEvent,
    ProviderRefused,
    ProviderUnavailable,
)
from payments.providers.stripe import StripeProvider
from payments.providers.stripe.events import PARTS
from tests.contract.provider_worlds import KEY, StripeWorld, event, stripe_world

NOTHING = SnapshotPart(0)


@pytest.fixture
async def world() -> AsyncIterator[StripeWorld]:
    async with stripe_world() as opened:
        yield opened


@pytest.fixture
def provider(world: StripeWorld) -> StripeProvider:
    return world.provider


def order(customer: CustomerRef) -> InvoiceOrder:
    return InvoiceOrder(customer, 2500, "usd", "A workshop", 14, "Thank you", {"guestlist_row": "bil_1"})


async def bill(world: StripeWorld, customer: CustomerRef) -> InvoiceId:
    invoice = await world.provider.invoicing.create_draft(world.key(), order(customer))
    await world.provider.invoicing.add_item(world.key(), invoice, order(customer))
    return invoice


async def test_the_account_is_the_keys(world: StripeWorld) -> None:
    account = await world.provider.account()
    assert account.id == "acct_sandbox00000001"
    assert not account.livemode
    assert account.currency == "usd"


async def test_finding_reads_on_past_the_first_page(world: StripeWorld, provider: StripeProvider) -> None:
    since = world.now()
    first = await provider.catalog.create_product("first", name="Pro", metadata={"guestlist_row": "wanted"})
    for n in range(101):
        await provider.catalog.create_product(f"k{n}", name="Other", metadata={"guestlist_row": f"row{n}"})
    assert await provider.lookup.find(ObjectKind.PRODUCT, "wanted", since_at=since, customer=None) == first


async def test_a_paid_link_is_a_subscription_with_our_ids(world: StripeWorld, provider: StripeProvider) -> None:
    customer = await world.subscribed()
    snapshot = await provider.snapshot(customer, SnapshotPart.ALL)
    assert snapshot.subscriptions is not None
    (fact,) = snapshot.subscriptions
    assert fact.status is SubscriptionStatus.ACTIVE
    assert (fact.unit_amount, fact.currency, fact.quantity) == (900, "usd", 1)
    assert (fact.unit, fact.count) == (Unit.MONTH, 1)
    assert fact.metadata["guestlist_plan"] == "pln_1"
    assert fact.period_start_at is not None
    assert fact.period_end_at is not None
    assert 28 <= (fact.period_end_at - fact.period_start_at) / 86_400_000 <= 31
    assert fact.ended_at is None
    assert fact.cancel_at is None
    (item,) = fact.items
    assert (item.provider_price_id, item.unit_amount, item.quantity) == (fact.provider_price_id, 900, 1)
    assert (item.product_id, item.usage) == (world.objects("product")[0]["id"], False)
    assert (item.period_start_at, item.period_end_at) == (fact.period_start_at, fact.period_end_at)
    assert (item.discounts, fact.discounts) == ((), ())
    assert snapshot.invoices is not None
    (invoice,) = snapshot.invoices
    assert invoice.id == fact.latest_invoice_id
    assert invoice.subscription_id == fact.id
    assert invoice.status is InvoiceStatus.PAID
    assert invoice.amount_paid == invoice.total == 900
    assert invoice.paid_at is not None
    assert invoice.hosted_url
    assert invoice.metadata["guestlist_plan"] == "pln_1"
    assert (invoice.period_start_at, invoice.period_end_at) == (fact.period_start_at, fact.period_end_at)


async def test_an_invoices_lines_come_with_the_list_of_invoices(world: StripeWorld, provider: StripeProvider) -> None:
    customer = await world.subscribed()
    before = world.limiter.counts.calls
    snapshot = await provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES)
    assert world.limiter.counts.calls - before == 2
    ((subscription,), (invoice,)) = (snapshot.subscriptions or (), snapshot.invoices or ())
    (line,) = invoice.lines or ()
    (item,) = subscription.items
    assert (line.amount, line.currency, line.quantity) == (900, "usd", 1)
    assert (line.provider_price_id, line.product_id) == (item.provider_price_id, item.product_id)
    assert (line.subscription_id, line.subscription_item_id) == (subscription.id, item.id)
    assert (line.period_start_at, line.period_end_at) == (item.period_start_at, item.period_end_at)
    assert (line.proration, line.credits, line.discount_amount, line.tax_amount) == (False, None, 0, 0)


async def test_a_change_credits_the_line_that_was_paid_before(world: StripeWorld, provider: StripeProvider) -> None:
    customer = await world.subscribed()
    (item,) = world.objects("subscription")[0]["items"]["data"]
    price = await world.price(amount=5000)
    await world.client.v1.subscription_items.update_async(
        item["id"], {"price": price.provider_price_id or "", "proration_behavior": "always_invoice"}
    )
    snapshot = await provider.snapshot(customer, SnapshotPart.INVOICES)
    changed, first = snapshot.invoices or ()
    credit, debit = changed.lines or ()
    (paid,) = first.lines or ()
    assert credit.credits == CreditedLines(first.id, (paid.id,))
    assert (credit.proration, debit.proration, debit.credits) == (True, True, None)
    assert (credit.product_id, debit.product_id) == (paid.product_id, price.provider_product_id)
    assert credit.amount < 0 < debit.amount


async def test_discounts_and_taxes_of_a_line_are_told(world: StripeWorld, provider: StripeProvider) -> None:
    v1, customer, price = world.client.v1, await world.customer("ana@example.com"), await world.price()
    await v1.coupons.create_async({"percent_off": 33.33, "duration": "repeating", "duration_in_months": 4})
    coupon = world.objects("coupon")[0]["id"]
    for rate, inclusive in ((20, True), (10, False)):
        await v1.tax_rates.create_async({"display_name": "VAT", "percentage": rate, "inclusive": inclusive})
    await v1.subscriptions.create_async(
        {
            "customer": customer,
            "items": [{"price": price.provider_price_id or ""}],
            "discounts": [{"coupon": coupon}],
            "default_tax_rates": [rate["id"] for rate in world.objects("tax_rate")],
            "collection_method": "send_invoice",
            "days_until_due": 7,
        }
    )
    snapshot = await provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES)
    ((subscription,), (invoice,)) = (snapshot.subscriptions or (), snapshot.invoices or ())
    (discount,) = subscription.discounts
    assert (discount.coupon, discount.percent_off) == (coupon, Decimal("33.33"))
    assert (discount.duration, discount.duration_months) == (DiscountDuration.REPEATING, 4)
    assert discount.ends_at is not None
    assert 119 < (discount.ends_at - subscription.started_at) / 86_400_000 < 124
    (line,) = invoice.lines or ()
    assert (line.amount, line.discount_amount, line.tax_included) == (900, 300, 100)
    assert line.amount - line.discount_amount + line.tax_amount - line.tax_included == invoice.total


async def test_lines_beyond_the_first_ten_cost_one_call_more(world: StripeWorld, provider: StripeProvider) -> None:
    customer = await world.customer()
    for number in range(12):
        params: Any = {"customer": customer, "amount": 100 + number, "currency": "usd"}
        await world.client.v1.invoice_items.create_async(params)
    await world.client.v1.invoices.create_async({"customer": customer, "pending_invoice_items_behavior": "include"})
    before = world.limiter.counts.calls
    snapshot = await provider.snapshot(customer, SnapshotPart.INVOICES)
    assert world.limiter.counts.calls - before == 2
    (invoice,) = snapshot.invoices or ()
    assert [line.amount for line in invoice.lines or ()] == list(range(111, 99, -1))
    assert (await provider.invoicing.get(invoice.id)).lines is None, "an invoice by itself shows ten"


async def test_items_that_are_not_all_shown_cost_one_call_more(world: StripeWorld, provider: StripeProvider) -> None:
    customer = await world.subscribed()
    world.objects("subscription")[0]["items"]["has_more"] = True
    before = world.limiter.counts.calls
    snapshot = await provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS)
    assert world.limiter.counts.calls - before == 2
    (subscription,) = snapshot.subscriptions or ()
    (item,) = subscription.items
    assert item.provider_price_id == subscription.provider_price_id


async def test_a_trial_is_told(world: StripeWorld, provider: StripeProvider) -> None:
    snapshot = await provider.snapshot(await world.trying(), SnapshotPart.SUBSCRIPTIONS)
    assert snapshot.subscriptions is not None
    (fact,) = snapshot.subscriptions
    assert fact.status is SubscriptionStatus.TRIALING
    assert fact.trial_end_at is not None
    assert abs(fact.trial_end_at - world.now() - 3 * 86_400_000) < 60_000


async def test_a_one_time_payment_makes_an_invoice_with_our_purchase(
    world: StripeWorld, provider: StripeProvider
) -> None:
    customer = await world.customer()
    await world.pay(await world.link(customer, await world.price(PriceKind.LIFETIME, 9900)))
    snapshot = await provider.snapshot(customer, SnapshotPart.INVOICES)
    assert snapshot.invoices is not None
    (invoice,) = snapshot.invoices
    assert invoice.status is InvoiceStatus.PAID
    assert invoice.subscription_id is None
    assert invoice.metadata["guestlist_purchase"] == "pur_1"


async def test_a_cancellation_at_the_end_is_told_and_can_be_taken_back(
    world: StripeWorld, provider: StripeProvider
) -> None:
    customer = await world.subscribed()
    snapshot = await provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS)
    assert snapshot.subscriptions is not None
    (before,) = snapshot.subscriptions
    await provider.subscriptions.cancel(before.id)
    snapshot = await provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS)
    assert snapshot.subscriptions is not None
    assert snapshot.subscriptions[0].cancel_at == before.period_end_at
    assert await provider.subscriptions.status(before.id) is SubscriptionStatus.ACTIVE
    await provider.subscriptions.keep(before.id)
    await provider.subscriptions.cancel(before.id)
    await world.advance(32)
    snapshot = await provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS)
    assert snapshot.subscriptions is not None
    (ended,) = snapshot.subscriptions
    assert ended.status is SubscriptionStatus.CANCELED
    assert ended.ended_at is not None


async def scheduled(world: StripeWorld) -> tuple[CustomerRef, SubscriptionId, str]:
    """A subscription that its owner put under a schedule."""
    customer = await world.subscribed()
    subscription = world.objects("subscription")[-1]["id"]
    schedules = world.client.v1.subscription_schedules
    made = await world.client.ask(lambda: schedules.create_async({"from_subscription": subscription}))
    return customer, SubscriptionId(subscription), str(made["id"])


async def test_what_a_schedule_manages_is_cancelled_and_kept_all_the_same(world: StripeWorld) -> None:
    _customer, subscription, _schedule = await scheduled(world)
    await world.provider.subscriptions.cancel(subscription)
    await world.provider.subscriptions.cancel(subscription)
    (row,) = world.objects("subscription")
    assert (row["schedule"], row["cancel_at"]) == (None, row["items"]["data"][0]["current_period_end"])
    await world.provider.subscriptions.keep(subscription)
    assert world.objects("subscription")[0]["cancel_at"] is None
    assert [one["status"] for one in world.objects("subscription_schedule")] == ["released"]


async def test_a_schedule_that_would_cancel_goes_on_without_that(world: StripeWorld) -> None:
    _customer, subscription, schedule = await scheduled(world)
    change = world.client.v1.subscription_schedules.update_async
    await world.client.ask(lambda: change(schedule, {"end_behavior": "cancel"}))
    assert world.objects("subscription")[0]["cancel_at"] is not None
    await world.provider.subscriptions.keep(subscription)
    (row,) = world.objects("subscription")
    assert (row["schedule"], row["cancel_at"]) == (schedule, None)
    await world.advance(32)
    assert world.objects("subscription")[0]["status"] == "active"


async def test_an_end_that_was_set_before_the_schedule_is_taken_back_too(world: StripeWorld) -> None:
    await world.subscribed()
    subscription = SubscriptionId(world.objects("subscription")[-1]["id"])
    await world.provider.subscriptions.cancel(subscription)
    schedules = world.client.v1.subscription_schedules
    await world.client.ask(lambda: schedules.create_async({"from_subscription": subscription}))
    await world.provider.subscriptions.keep(subscription)
    assert world.objects("subscription")[0]["cancel_at"] is None


@pytest.mark.parametrize("end_behavior", ["release", "cancel"])
async def test_a_death_after_the_release_leaves_the_rest_to_the_next_try(world: StripeWorld, end_behavior: Any) -> None:
    _customer, subscription, schedule = await scheduled(world)
    change = world.client.v1.subscription_schedules.update_async
    await world.client.ask(lambda: change(schedule, {"end_behavior": end_behavior}))
    await world.client.ask(lambda: world.client.v1.subscription_schedules.release_async(schedule))
    await world.provider.subscriptions.cancel(subscription)
    await world.advance(32)
    assert world.objects("subscription")[0]["status"] == "canceled"


async def test_two_who_cancel_under_a_schedule_at_once_are_not_refused(world: StripeWorld) -> None:
    _customer, subscription, _schedule = await scheduled(world)
    cancel = world.provider.subscriptions.cancel
    await asyncio.gather(*(cancel(subscription) for _ in range(3)))
    assert world.objects("subscription")[0]["cancel_at"] is not None


async def test_a_refund_that_the_bank_sent_back_says_so(world: StripeWorld, provider: StripeProvider) -> None:
    customer = await world.subscribed()
    await world.sandbox.stripe.refund(invoice=world.objects("invoice")[0]["id"], status="failed")
    snapshot = await provider.snapshot(customer, SnapshotPart.CHARGES)
    assert snapshot.refunds is not None
    assert [one.status for one in snapshot.refunds] == ["failed"]


async def test_events_without_a_customer_are_followed_to_theirs(world: StripeWorld, provider: StripeProvider) -> None:
    customer = await world.subscribed()
    invoice = world.objects("invoice")[0]["id"]
    await world.sandbox.stripe.refund(invoice=invoice, amount=100)
    await world.sandbox.stripe.dispute(invoice=invoice, status="open")
    seen = set()
    for row in world.objects("event"):
        if row["type"].startswith(("charge.", "refund.")):
            seen.add(row["type"])
            assert await provider.events.customer_of(provider.events.decode(json.dumps(row))) == customer
    assert {"charge.dispute.created", "refund.created"} <= seen


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"object": {"object": "dispute", "charge": "ch_gone"}}},
        {"data": {"object": {"object": "balance"}}},
        {"data": {"object": {"object": "dispute", "charge": "x" * 10_000}}},
        {"object": "v2.core.event", "related_object": {"id": "mtr_1"}},
    ],
)
async def test_what_leads_nowhere_is_nobodys(provider: StripeProvider, body: dict[str, Any]) -> None:
    assert await provider.events.customer_of(event("charge.dispute.created", **body)) is None


async def test_the_event_list_comes_page_by_page_newest_first(world: StripeWorld, provider: StripeProvider) -> None:
    since = world.now()
    customers = [await world.customer() for _ in range(103)]
    first = await provider.events.list_changes(since_at=since, after=None)
    assert len(first.items) == 100
    assert first.items[0].customer == customers[-1]
    assert first.next is not None
    second = await provider.events.list_changes(since_at=since, after=first.next)
    assert second.next is None
    both = [*first.items, *second.items]
    assert [e.customer for e in both] == customers[::-1]
    assert {e.type for e in both} == {"customer.created"}
    body = json.loads(both[0].body)
    assert (body["id"], body["type"]) == (both[0].id, "customer.created")
    assert both[0].object_id == customers[-1]
    assert (await provider.events.list_changes(since_at=world.now() + 60_000, after=None)).items == []


async def test_an_invoice_is_sent_once_the_email_is_there(world: StripeWorld, provider: StripeProvider) -> None:
    customer = await world.customer()
    with pytest.raises(ProviderRefused) as refused:
        await provider.invoicing.send(await bill(world, customer))
    assert refused.value.code == "missing_email"
    await provider.customers.set_email(customer, "ana@example.com")
    invoice = await bill(world, customer)
    sent = await provider.invoicing.send(invoice)
    assert sent.status is InvoiceStatus.OPEN
    assert sent.total == sent.amount_remaining == 2500
    assert sent.number
    assert sent.due_at is not None
    assert sent.collection_method == "send_invoice"
    assert sent.description == "A workshop"
    assert (await provider.invoicing.send(invoice)).status is InvoiceStatus.OPEN
    await world.sandbox.stripe.pay(invoice=invoice, card="4242424242424242")
    assert (await provider.invoicing.send(invoice)).status is InvoiceStatus.PAID
    assert (await provider.invoicing.get(invoice)).amount_paid == 2500


async def test_two_currencies_of_one_customer_are_refused(world: StripeWorld, provider: StripeProvider) -> None:
    customer = await world.subscribed()
    await provider.customers.set_email(customer, "ana@example.com")
    euros = InvoiceOrder(customer, 2500, "eur", "A workshop", 14, None, {})
    with pytest.raises(ProviderRefused, match="combine currencies"):
        await provider.invoicing.create_draft("eur", euros)


async def test_a_product_is_renamed(world: StripeWorld, provider: StripeProvider) -> None:
    price = await world.price()
    assert price.provider_product_id is not None
    await provider.catalog.rename_product(price.provider_product_id, "Gold")
    assert world.objects("product")[0]["name"] == "Gold"


async def test_being_too_fast_pauses_everybody(world: StripeWorld, provider: StripeProvider) -> None:
    world.fault("/v1/account", status=429, headers={"Retry-After": "0.3"})
    with pytest.raises(ProviderUnavailable) as busy:
        await provider.account()
    assert busy.value.retry_after_ms == 300
    assert not busy.value.unclear
    assert 0 < world.limiter.paused_ms <= 300
    await provider.account()
    assert world.limiter.counts.waited == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503},
        {"status": 409},
        {"status": 502, "body": "<html>Bad gateway</html>"},
        {"status": 200, "body": "<html>not Stripe</html>"},
        {"drop": True},
    ],
)
async def test_no_clear_answer_is_unavailable_and_unclear(
    world: StripeWorld, provider: StripeProvider, fault: dict[str, Any]
) -> None:
    world.fault("/v1/account", times=0, **fault)
    with pytest.raises(ProviderUnavailable) as failed:
        await provider.account()
    assert failed.value.unclear
    assert not failed.value.replayed


async def test_a_short_failure_is_not_noticed(world: StripeWorld, provider: StripeProvider) -> None:
    world.fault("/v1/account", status=500, times=2)
    assert (await provider.account()).id


@pytest.mark.parametrize(
    ("obj", "leads"),
    [
        ({"object": "refund", "charge": "CHARGE"}, True),
        ({"object": "refund", "charge": None, "payment_intent": "INTENT"}, True),
        ({"object": "charge", "payment_intent": "INTENT"}, True),
        ({"object": "invoice_payment", "invoice": "INVOICE"}, True),
        ({"object": "refund", "charge": "ch_gone"}, False),
        ({"object": "invoice_payment", "invoice": "in_gone"}, False),
    ],
)
async def test_every_way_to_the_customer_is_tried(
    world: StripeWorld, provider: StripeProvider, obj: dict[str, Any], leads: bool
) -> None:
    customer = await world.subscribed()
    real = {
        "CHARGE": world.objects("charge")[0]["id"],
        "INTENT": world.objects("payment_intent")[0]["id"],
        "INVOICE": world.objects("invoice")[0]["id"],
    }
    found = event("refund.updated", data={"object": {key: real.get(value, value) for key, value in obj.items()}})
    assert await provider.events.customer_of(found) == (customer if leads else None)


async def test_finding_whose_an_event_is_fails_like_any_call(world: StripeWorld, provider: StripeProvider) -> None:
    world.fault("/v1/charges/*", status=400)
    with pytest.raises(ProviderRefused):
        await provider.events.customer_of(event("refund.updated", data={"object": {"charge": "ch_1"}}))


async def test_an_answer_that_breaks_off_is_tried_again(world: StripeWorld, provider: StripeProvider) -> None:
    world.fault("/v1/account", drop=True)
    assert (await provider.account()).id


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 400, "body": {"error": {"type": "invalid_request_error", "code": "x_y"}}}, "x_y"),
        ({"status": 400, "body": {"error": {"type": "invalid_request_error"}}}, "invalid_request_error"),
        ({"status": 402, "body": {"error": {"type": "card_error", "code": "card_declined"}}}, "card_declined"),
        ({"status": 404, "body": {"error": {"code": "resource_missing", "param": "id"}}}, "missing_object"),
        ({"status": 400, "body": {"error": {"message": "Missing email. Give one."}}}, "missing_email"),
    ],
)
async def test_a_clear_no_has_its_code_and_never_our_key(
    world: StripeWorld, provider: StripeProvider, fault: dict[str, Any], code: str
) -> None:
    world.fault("/v1/account", **fault)
    with pytest.raises(ProviderRefused) as refused:
        await provider.account()
    assert refused.value.code == code
    assert KEY not in f"{refused.value} {refused.value!r} {provider!r}"
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (401, f"Invalid API Key provided: {KEY}", "authentication_error"),
        (403, "The provided key lacks 'rak_customer_write'.", "permission_error"),
    ],
)
async def test_a_key_that_may_not_is_no_answer_about_what_was_asked(
    world: StripeWorld, provider: StripeProvider, status: int, message: str, code: str
) -> None:
    world.fault("/v1/account", status=status, body={"error": {"message": message}})
    with pytest.raises(KeyRefused) as refused:
        await provider.account()
    assert refused.value.code == code
    assert not refused.value.unclear
    assert KEY not in f"{refused.value} {refused.value!r}"
    if status == 403:
        assert "rak_customer_write" in str(refused.value)


async def test_a_lost_answer_mails_an_invoice_once(world: StripeWorld, provider: StripeProvider) -> None:
    customer = await world.customer("ana@example.com")
    invoice = await bill(world, customer)
    world.fault("/v1/invoices/*/send", method="POST", status=500, after=True, times=3)
    with pytest.raises(ProviderUnavailable):
        await provider.invoicing.send(invoice)
    assert (await provider.invoicing.send(invoice)).status == "open"
    assert [e["type"] for e in world.objects("event")].count("invoice.sent") == 1


async def test_a_mail_that_stripe_keeps_failing_under_its_key_is_sent_under_another(
    world: StripeWorld, provider: StripeProvider
) -> None:
    customer = await world.customer("ana@example.com")
    invoice = await bill(world, customer)
    world.fault("/v1/invoices/*/send", method="POST", status=500, headers={"Idempotent-Replayed": "true"}, times=3)
    assert (await provider.invoicing.send(invoice)).status == "open"


async def test_a_list_that_changes_while_it_is_read_is_no_answer(world: StripeWorld) -> None:
    customer, items = await world.customer(), world.client.v1.invoice_items
    for _ in range(2):
        await items.create_async({"customer": customer, "amount": 2500, "currency": "usd"})
    pages = world.client.pages(
        lambda after: items.list_async(
            {"customer": customer, "limit": 1} | ({"starting_after": after} if after else {})  # type: ignore[arg-type]  # built up from parts
        ),
        pages_max=2,
    )
    newest = await anext(pages)
    await items.delete_async(newest["id"])
    with pytest.raises(ProviderUnavailable, match="changed while it was read"):
        await anext(pages)


async def drafted(world: StripeWorld, provider: StripeProvider) -> tuple[CustomerRef, InvoiceId, str]:
    """A customer's draft and the one item on it."""
    customer = await world.customer("ana@example.com")
    draft = await provider.invoicing.create_draft("draft", order(customer))
    return customer, draft, await provider.invoicing.add_item("item", draft, order(customer))


@pytest.mark.parametrize("lost", [False, True], ids=["done", "its answer lost"])
async def test_a_draft_that_is_gone_counts_as_deleted_whatever_stripe_calls_that(
    world: StripeWorld, provider: StripeProvider, lost: bool
) -> None:
    customer, draft, item = await drafted(world, provider)
    if lost:
        world.fault(f"/v1/invoices/{draft}", method="DELETE", status=500, after=True)
    await provider.invoicing.delete_draft(customer, draft, item)
    world.fault(f"/v1/invoices/{draft}", method="DELETE", status=400)
    await provider.invoicing.delete_draft(customer, draft, item)
    assert (world.objects("invoice"), world.objects("invoiceitem")) == ([], [])


async def test_a_draft_that_stripe_keeps_is_not_taken_for_deleted(world: StripeWorld, provider: StripeProvider) -> None:
    customer, draft, item = await drafted(world, provider)
    world.fault(f"/v1/invoices/{draft}", method="DELETE", status=400)
    with pytest.raises(ProviderRefused):
        await provider.invoicing.delete_draft(customer, draft, item)
    assert [one["id"] for one in world.objects("invoice")] == [draft]


async def pending_of(world: StripeWorld, provider: StripeProvider) -> tuple[CustomerRef, InvoiceId, str]:
    """A customer's draft and an item that waits for their next invoice, as if the owner had taken it off the draft."""
    customer = await world.customer("ana@example.com")
    draft = await provider.invoicing.create_draft("draft", order(customer))
    items = world.client.v1.invoice_items
    made = await world.client.ask(lambda: items.create_async({"customer": customer, "amount": 2500, "currency": "usd"}))
    return customer, draft, str(made["id"])


async def test_an_item_that_outlives_its_draft_is_deleted_too(world: StripeWorld, provider: StripeProvider) -> None:
    customer, draft, item = await pending_of(world, provider)
    await provider.invoicing.delete_draft(customer, draft, item)
    assert world.objects("invoiceitem") == []


async def test_an_item_that_the_owner_put_on_another_invoice_stays_there(
    world: StripeWorld, provider: StripeProvider
) -> None:
    customer = await world.customer("ana@example.com")
    draft = await provider.invoicing.create_draft("draft", order(customer))
    other = await provider.invoicing.create_draft("other", order(customer))
    item = await provider.invoicing.add_item("item", other, order(customer))
    await provider.invoicing.delete_draft(customer, draft, item)
    assert (await provider.invoicing.get(other)).total == 2500


async def test_an_item_that_would_still_be_charged_is_not_taken_for_deleted(
    world: StripeWorld, provider: StripeProvider
) -> None:
    customer, draft, item = await pending_of(world, provider)
    world.fault(f"/v1/invoiceitems/{item}", method="DELETE", status=400)
    with pytest.raises(ProviderRefused):
        await provider.invoicing.delete_draft(customer, draft, item)
    await provider.invoicing.delete_draft(customer, draft, item)
    assert world.objects("invoiceitem") == []


async def test_a_draft_went_with_the_customer_that_the_owner_deleted(
    world: StripeWorld, provider: StripeProvider
) -> None:
    customer, draft, item = await drafted(world, provider)
    await world.delete(customer)
    world.fault("/v1/invoiceitems", method="GET", status=404, body={"error": {"code": "resource_missing"}})
    await provider.invoicing.delete_draft(customer, draft, item)


async def test_resuming_takes_back_a_date_of_its_own_too(world: StripeWorld, provider: StripeProvider) -> None:
    snapshot = await provider.snapshot(await world.subscribed(), SnapshotPart.SUBSCRIPTIONS)
    assert snapshot.subscriptions
    subscription = snapshot.subscriptions[0].id
    await provider.subscriptions.cancel(subscription)
    world.fault(
        "/v1/subscriptions/*", method="POST", status=200, body={"id": subscription, "cancel_at": 1_900_000_000}
    )  # Stripe forgot the one and kept the other
    await provider.subscriptions.keep(subscription)
    assert world.objects("subscription")[0]["cancel_at"] is None


def thin(type_: str, kind: str, object_id: str, **more: Any) -> ProviderEvent:
    related = {"id": object_id, "type": kind, "url": f"/v1/{kind}s/{object_id}"}
    body = {"object": "v2.core.event", "created": "2026-10-28T12:00:00.000Z", "related_object": related}
    return event(type_, **body, **more)


async def test_a_thin_event_is_understood_by_the_object_that_it_names(world: StripeWorld) -> None:
    customer = await world.subscribed()
    invoice = world.objects("invoice")[0]["id"]
    await world.sandbox.stripe.refund(invoice=invoice, amount=100)
    await world.sandbox.stripe.dispute(invoice=invoice, status="open")
    events = world.provider.events
    for kind in ("subscription", "invoice", "charge", "refund", "dispute", "payment_intent", "checkout.session"):
        found = thin(f"v1.{kind}.updated", kind, world.objects(kind)[0]["id"])
        assert found.customer is None
        assert await events.customer_of(found) == customer, kind
    assert thin("v1.customer.deleted", "customer", customer).customer == customer
    assert await events.customer_of(thin("v1.customer.subscription.updated", "subscription", "sub_gone")) is None
    assert await events.customer_of(thin("v1.billing.meter.no_meter_found", "billing.meter", "mtr_1")) is None


def test_a_thin_event_says_the_same_as_its_plain_twin() -> None:
    for type_, parts in PARTS.items():
        if not type_.startswith("v1."):
            found = thin(f"v1.{type_}", "subscription", "sub_1")
            assert (found.type, found.parts) == (type_, parts)
    finer = thin("v1.customer.subscription.item_price_changed", "subscription", "sub_1")
    assert finer.parts == SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES
    assert thin("v1.product.updated", "product", "prod_1").parts is None
    assert thin("v1.invoice.paid", "invoice", "in_1", context="acct_9").account == "acct_9"
