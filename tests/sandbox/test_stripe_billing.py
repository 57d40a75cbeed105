"""What time does to subscriptions: every renewal, retry and end happens, in order, each at its own time."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
import stripe

from sandbox.stripe.periods import after, next_end
from tests.sandbox.billing import (
    DAY,
    HOUR,
    a_customer,
    a_month_passes,
    a_price,
    a_subscription,
    happened,
    new_default_card,
    status_of,
    times,
)
from tests.sandbox.conftest import Local


async def test_a_first_payment_makes_the_subscription_active_and_says_so_in_stripes_order(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    assert subscription.status == "active"
    assert happened(local, "customer.subscription", "invoice.", "charge.", "payment_intent.s") == [
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.updated",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
    ]


async def test_a_jump_of_95_days_makes_three_renewals_each_with_its_hour_as_a_draft(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    await local.clock.advance(95 * DAY)
    invoices = await local.client.v1.invoices.list_async({"subscription": subscription.id})
    assert [invoice.billing_reason for invoice in invoices.data] == ["subscription_cycle"] * 3 + ["subscription_create"]
    assert {invoice.status for invoice in invoices.data} == {"paid"}
    created, finalized, paid = (times(local, f"invoice.{word}") for word in ("created", "finalized", "paid"))
    assert [late - early for early, late in zip(created[1:], finalized[1:], strict=True)] == [HOUR] * 3
    # The first is finalized and paid by our own calls, which a second may pass between; the clock stands in a jump.
    assert paid[1:] == finalized[1:]
    assert len(times(local, "invoice.upcoming")) == 3


async def test_a_renewal_invoice_is_a_draft_for_an_hour_while_the_subscription_stays_active(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    item = subscription["items"]["data"][0]
    await local.clock.advance(item.current_period_end - local.clock.now() + 60)
    renewed = await local.client.v1.subscriptions.retrieve_async(subscription.id, {"expand": ["latest_invoice"]})
    assert renewed.status == "active"
    assert renewed["items"]["data"][0].current_period_start == item.current_period_end
    draft = renewed.latest_invoice
    assert isinstance(draft, stripe.Invoice)
    assert draft.status == "draft"
    assert draft.automatically_finalizes_at == item.current_period_end + HOUR
    line = draft.lines.data[0]
    assert (line.period.start, line.amount) == (item.current_period_end, 1000)


async def test_a_card_that_fails_at_renewal_is_tried_after_3_5_and_7_days_then_the_subscription_ends(
    local: Local,
) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    await new_default_card(local, customer, "pm_card_chargeCustomerFail")
    await a_month_passes(local)
    assert await status_of(local, subscription) == "past_due"
    assert (await local.client.v1.customers.retrieve_async(customer.id)).delinquent is True
    await local.clock.advance(20 * DAY)
    failures = times(local, "invoice.payment_failed")
    assert [round((late - early) / DAY) for early, late in pairwise(failures)] == [3, 5, 7]
    ended = await local.client.v1.subscriptions.retrieve_async(subscription.id)
    assert ended.status == "canceled"
    assert ended.cancellation_details is not None
    assert ended.cancellation_details.reason == "payment_failed"
    assert happened(local)[-2:] == ["invoice.payment_failed", "customer.subscription.deleted"]


@pytest.mark.parametrize("setting", ["unpaid", "past_due"])
async def test_dunning_may_also_end_without_canceling(local: Local, setting: str) -> None:
    local.sandbox.settings(dunning_end=setting)
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    await new_default_card(local, customer, "pm_card_chargeCustomerFail")
    await local.clock.advance(50 * DAY)
    assert await status_of(local, subscription) == setting


async def test_a_new_card_pays_the_open_invoice_at_the_next_retry(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    await new_default_card(local, customer, "pm_card_chargeCustomerFail")
    await a_month_passes(local)
    await new_default_card(local, customer, "pm_card_visa")
    assert await status_of(local, subscription) == "past_due"
    await local.clock.advance(3 * DAY)
    assert await status_of(local, subscription) == "active"
    assert (await local.client.v1.customers.retrieve_async(customer.id)).delinquent is False


async def test_paying_an_older_invoice_does_not_end_past_due_while_the_latest_is_unpaid(local: Local) -> None:
    local.sandbox.settings(dunning_end="past_due")
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    await new_default_card(local, customer, "pm_card_chargeCustomerFail")
    await local.clock.advance(65 * DAY)
    unpaid = (await local.client.v1.invoices.list_async({"subscription": subscription.id, "status": "open"})).data
    assert len(unpaid) == 2
    await new_default_card(local, customer, "pm_card_visa")
    await local.client.v1.invoices.pay_async(unpaid[1].id)
    assert await status_of(local, subscription) == "past_due"
    await local.client.v1.invoices.pay_async(unpaid[0].id)
    assert await status_of(local, subscription) == "active"


async def test_while_unpaid_only_the_newest_bill_makes_it_active_and_it_must_be_finalized_first(local: Local) -> None:
    local.sandbox.settings(dunning_end="unpaid")
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    await new_default_card(local, customer, "pm_card_chargeCustomerFail")
    await local.clock.advance(65 * DAY)
    newest, older = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data[:2]
    assert (newest.status, newest.auto_advance, older.status) == ("draft", False, "open")
    await new_default_card(local, customer, "pm_card_visa")
    await local.client.v1.invoices.pay_async(older.id)
    assert await status_of(local, subscription) == "unpaid"
    paid = await local.client.v1.invoices.finalize_invoice_async(newest.id, {"auto_advance": True})
    assert paid.status == "paid"
    assert await status_of(local, subscription) == "active"


async def test_a_first_payment_that_fails_leaves_it_incomplete_and_after_23_hours_expired(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local, "pm_card_chargeCustomerFail"))
    assert subscription.status == "incomplete"
    await local.clock.advance(22 * HOUR)
    assert await status_of(local, subscription) == "incomplete"
    await local.clock.advance(2 * HOUR)
    assert await status_of(local, subscription) == "incomplete_expired"
    invoices = await local.client.v1.invoices.list_async({"subscription": subscription.id})
    assert [invoice.status for invoice in invoices.data] == ["void"]
    await local.clock.advance(70 * DAY)
    assert len(times(local, "invoice.created")) == 1


async def test_error_if_incomplete_refuses_and_leaves_nothing_behind(local: Local) -> None:
    customer = await a_customer(local, "pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError, match=r"Your card was declined\.") as refused:
        await a_subscription(local, customer, payment_behavior="error_if_incomplete")
    assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
    found = await local.client.v1.subscriptions.list_async({"customer": customer.id, "status": "all"})
    assert found.data == []


async def test_default_incomplete_waits_for_the_person_to_pay(local: Local) -> None:
    customer = await a_customer(local, None)
    subscription = await a_subscription(local, customer, payment_behavior="default_incomplete")
    assert subscription.status == "incomplete"
    assert isinstance(subscription.latest_invoice, str)
    await local.client.v1.invoices.pay_async(subscription.latest_invoice, {"payment_method": "pm_card_visa"})
    assert await status_of(local, subscription) == "active"


async def test_without_any_card_a_subscription_is_refused(local: Local) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source or default payment method"):
        await a_subscription(local, await a_customer(local, None))


async def test_a_trial_begins_with_a_paid_invoice_of_nothing_and_ends_with_a_real_one(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local), trial_period_days=14)
    assert subscription.status == "trialing"
    first = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data[0]
    assert (first.status, first.total) == ("paid", 0)
    await local.clock.advance(12 * DAY)
    assert times(local, "customer.subscription.trial_will_end") == [subscription.trial_end - 3 * DAY]  # type: ignore[operator]  # a trial has an end
    await local.clock.advance(2 * DAY + 2 * HOUR)
    assert await status_of(local, subscription) == "active"
    second = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data[0]
    assert (second.status, second.amount_paid) == ("paid", 1000)


@pytest.mark.parametrize(
    ("wish", "status", "event"),
    [
        ("cancel", "canceled", "customer.subscription.deleted"),
        ("pause", "paused", "customer.subscription.paused"),
        ("create_invoice", "past_due", "invoice.payment_failed"),
    ],
)
async def test_a_trial_that_ends_without_a_card_does_as_its_settings_say(
    local: Local, wish: str, status: str, event: str
) -> None:
    subscription = await a_subscription(
        local,
        await a_customer(local, None),
        trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": wish}},
    )
    await local.clock.advance(7 * DAY + 2 * HOUR)
    assert await status_of(local, subscription) == status
    assert len(times(local, event)) == 1


async def test_cancel_at_period_end_ends_it_there_without_another_invoice(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    end = subscription["items"]["data"][0].current_period_end
    leaving = await local.client.v1.subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})
    assert (leaving.status, leaving.cancel_at, leaving.cancel_at_period_end) == ("active", end, True)
    await local.clock.advance(40 * DAY)
    assert times(local, "customer.subscription.deleted") == [end]
    assert len(times(local, "invoice.created")) == 1


async def test_a_cancellation_can_be_taken_back(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    await local.client.v1.subscriptions.update_async(subscription.id, {"cancel_at": "min_period_end"})
    back = await local.client.v1.subscriptions.update_async(subscription.id, {"cancel_at": ""})
    assert (back.cancel_at, back.canceled_at) == (None, None)
    await local.clock.advance(40 * DAY)
    assert await status_of(local, subscription) == "active"


async def test_cancel_at_a_moment_within_the_period(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    when = int(local.clock.now()) + 10 * DAY
    await local.client.v1.subscriptions.update_async(subscription.id, {"cancel_at": when})
    await local.clock.advance(11 * DAY)
    assert times(local, "customer.subscription.deleted") == [when]


async def test_canceling_now_stops_collecting_what_is_open(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    await new_default_card(local, customer, "pm_card_chargeCustomerFail")
    await a_month_passes(local)
    await local.client.v1.subscriptions.cancel_async(subscription.id)
    failed = len(times(local, "invoice.payment_failed"))
    await local.clock.advance(30 * DAY)
    assert len(times(local, "invoice.payment_failed")) == failed
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        await local.client.v1.subscriptions.cancel_async(subscription.id)


async def test_of_a_canceled_subscription_only_notes_change(local: Local) -> None:
    subscription, subscriptions = await a_subscription(local, await a_customer(local)), local.client.v1.subscriptions
    await subscriptions.cancel_async(subscription.id)
    noted = await subscriptions.update_async(subscription.id, {"metadata": {"a": "b"}})
    assert (noted.status, noted.metadata["a"]) == ("canceled", "b")
    with pytest.raises(stripe.InvalidRequestError, match="can only update its cancellation_details") as refused:
        await subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})
    assert (refused.value.http_status, refused.value.code) == (400, "invalid_canceled_subscription_fields")
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription") as unknown:
        await subscriptions.resume_async(subscription.id)
    assert unknown.value.http_status == 404


async def test_canceling_with_proration_and_invoice_gives_the_unused_half_as_credit(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer, await a_price(local, recurring={"interval": "day"}))
    await local.clock.advance(12 * HOUR)
    await local.client.v1.subscriptions.cancel_async(subscription.id, {"prorate": True, "invoice_now": True})
    assert (await local.client.v1.customers.retrieve_async(customer.id)).balance == pytest.approx(-500, abs=2)


@pytest.mark.parametrize(("behavior", "status"), [("void", "void"), ("mark_uncollectible", "uncollectible")])
async def test_paused_collection_stays_active_and_forgives_its_invoices(
    local: Local, behavior: str, status: str
) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    await local.client.v1.subscriptions.update_async(
        subscription.id,
        {"pause_collection": {"behavior": behavior}},
    )
    await a_month_passes(local)
    assert await status_of(local, subscription) == "active"
    latest = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data[0]
    assert latest.status == status


async def test_paused_collection_can_keep_drafts_and_resumes_by_itself(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    resumes = int(local.clock.now()) + 40 * DAY
    await local.client.v1.subscriptions.update_async(
        subscription.id, {"pause_collection": {"behavior": "keep_as_draft", "resumes_at": resumes}}
    )
    await local.clock.advance(63 * DAY)
    kept = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data
    assert [invoice.status for invoice in kept] == ["paid", "draft", "paid"]
    assert (await local.client.v1.subscriptions.retrieve_async(subscription.id)).pause_collection is None


async def test_a_paused_subscription_bills_nothing_until_it_is_resumed(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    await local.client.v1.subscriptions.pause_async(subscription.id)
    assert await status_of(local, subscription) == "paused"
    await local.clock.advance(70 * DAY)
    assert len(times(local, "invoice.created")) == 1
    resumed = await local.client.v1.subscriptions.resume_async(subscription.id)
    assert resumed.status == "active"
    assert "customer.subscription.resumed" in happened(local)
    await a_month_passes(local)
    assert await status_of(local, subscription) == "active"
    # The unused first month is credit: it pays for the first month after the pause.
    invoices = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data
    assert [invoice.status for invoice in invoices] == ["paid"] * 3


async def test_sent_invoices_make_it_active_before_anything_is_paid_and_past_due_when_overdue(local: Local) -> None:
    subscription = await a_subscription(
        local, await a_customer(local, None), collection_method="send_invoice", days_until_due=7
    )
    assert subscription.status == "active"
    first = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data[0]
    assert first.status == "draft"
    await local.clock.advance(2 * HOUR)
    first = await local.client.v1.invoices.retrieve_async(first.id)
    assert (first.status, first.due_date) == ("open", first.status_transitions.finalized_at + 7 * DAY)  # type: ignore[operator]  # open ones have it
    await local.clock.advance(8 * DAY)
    assert times(local, "invoice.overdue") == [first.due_date]
    assert await status_of(local, subscription) == "past_due"
    await local.client.v1.invoices.pay_async(first.id, {"paid_out_of_band": True})
    assert await status_of(local, subscription) == "active"
    assert "invoice.payment_succeeded" not in happened(local)


async def test_a_card_that_wants_authentication_asks_once_and_fails_off_session(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    await new_default_card(local, customer, "pm_card_authenticationRequiredOnSetup")
    await a_month_passes(local)
    assert await status_of(local, subscription) == "past_due"
    assert len(times(local, "invoice.payment_action_required")) == 1


async def test_a_change_of_price_is_prorated_on_the_next_invoice(local: Local) -> None:
    customer = await a_customer(local)
    small = await a_price(local, recurring={"interval": "day"})
    big = await a_price(local, 3000, recurring={"interval": "day"})
    subscription = await a_subscription(local, customer, small)
    item = subscription["items"]["data"][0].id
    await local.clock.advance(12 * HOUR)
    changed = await local.client.v1.subscriptions.update_async(
        subscription.id, {"items": [{"id": item, "price": big.id}]}
    )
    assert changed["items"]["data"][0].price.id == big.id
    await local.clock.advance(14 * HOUR)
    latest = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data[0]
    assert latest.total == pytest.approx(3000 + 1000, abs=2)
    assert [line.parent.subscription_item_details.proration for line in latest.lines.data] == [True, True, False]  # type: ignore[union-attr]  # all are subscription lines


async def test_always_invoice_charges_an_upgrade_at_once(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    big = await a_price(local, 5000)
    await local.client.v1.subscriptions.update_async(
        subscription.id,
        {
            "items": [{"id": subscription["items"]["data"][0].id, "price": big.id}],
            "proration_behavior": "always_invoice",
        },
    )
    latest = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data[0]
    assert (latest.billing_reason, latest.status) == ("subscription_update", "paid")
    assert latest.amount_paid == pytest.approx(4000, abs=2)


async def test_another_interval_begins_a_new_cycle_now(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local))
    yearly = await a_price(local, 10_000, recurring={"interval": "year"})
    await local.clock.advance(3 * DAY)
    changed = await local.client.v1.subscriptions.update_async(
        subscription.id, {"items": [{"id": subscription["items"]["data"][0].id, "price": yearly.id}]}
    )
    item = changed["items"]["data"][0]
    assert item.current_period_start == pytest.approx(local.clock.now(), abs=5)
    assert item.current_period_end - item.current_period_start >= 365 * DAY


async def test_deleting_a_customer_ends_the_subscriptions(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    await local.client.v1.customers.delete_async(customer.id)
    assert await status_of(local, subscription) == "canceled"
    gone = await local.client.v1.customers.retrieve_async(customer.id)
    assert gone.deleted is True


async def test_canceled_ones_are_listed_only_when_asked_for(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    await local.client.v1.subscriptions.cancel_async(subscription.id)
    subscriptions = local.client.v1.subscriptions
    assert (await subscriptions.list_async({"customer": customer.id})).data == []
    assert len((await subscriptions.list_async({"customer": customer.id, "status": "all"})).data) == 1
    assert len((await subscriptions.list_async({"customer": customer.id, "status": "ended"})).data) == 1


async def test_a_schedule_downgrades_at_the_end_of_the_period_and_lets_go(local: Local) -> None:
    customer = await a_customer(local)
    big, small = await a_price(local, 3000), await a_price(local, 1000)
    subscription = await a_subscription(local, customer, big)
    schedules = local.client.v1.subscription_schedules
    schedule = await schedules.create_async({"from_subscription": subscription.id})
    first = schedule.phases[0]
    await schedules.update_async(
        schedule.id,
        {
            "end_behavior": "release",
            "phases": [
                {"items": [{"price": big.id}], "start_date": first.start_date, "end_date": first.end_date},
                {"items": [{"price": small.id}], "duration": {"interval": "month", "interval_count": 1}},
            ],
        },
    )
    await a_month_passes(local)
    renewed = await local.client.v1.subscriptions.retrieve_async(subscription.id)
    assert renewed["items"]["data"][0].price.id == small.id
    latest = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data[0]
    assert (latest.total, latest.status) == (1000, "paid")
    await a_month_passes(local)
    assert (await schedules.retrieve_async(schedule.id)).status == "released"
    assert await status_of(local, subscription) == "active"


async def test_a_coupon_of_one_time_lowers_the_first_invoice_only(local: Local) -> None:
    coupon = await local.client.v1.coupons.create_async({"percent_off": 25, "duration": "once"})
    subscription = await a_subscription(local, await a_customer(local), discounts=[{"coupon": coupon.id}])
    await a_month_passes(local)
    invoices = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data
    assert [invoice.total for invoice in invoices] == [1000, 750]


async def test_two_currencies_on_one_customer_are_refused(local: Local) -> None:
    customer = await a_customer(local)
    await a_subscription(local, customer)
    euro = await a_price(local, currency="eur")
    with pytest.raises(stripe.InvalidRequestError, match="You cannot combine currencies on a single customer"):
        await a_subscription(local, customer, euro)


async def test_an_invoice_below_the_smallest_charge_is_paid_and_carried_to_the_balance(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer, await a_price(local, 30))
    assert subscription.status == "active"
    assert (await local.client.v1.customers.retrieve_async(customer.id)).balance == 30
    await a_month_passes(local)
    latest = (await local.client.v1.invoices.list_async({"subscription": subscription.id})).data[0]
    assert (latest.total, latest.starting_balance, latest.amount_paid) == (30, 30, 60)
    assert (await local.client.v1.customers.retrieve_async(customer.id)).balance == 0


async def test_the_preview_tells_the_next_invoice_and_changes_nothing(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    preview = await local.client.v1.invoices.create_preview_async({"subscription": subscription.id})
    assert (preview.total, preview.lines.data[0].amount) == (1000, 1000)
    assert len((await local.client.v1.invoices.list_async({"customer": customer.id})).data) == 1


def test_a_cycle_that_begins_on_the_31st_keeps_to_the_end_of_the_month() -> None:
    anchor = int(datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp())
    monthly = {"interval": "month", "interval_count": 1}
    ends = [anchor]
    for _ in range(4):
        ends.append(next_end(anchor, ends[-1], monthly))
    assert [datetime.fromtimestamp(end, UTC).strftime("%m-%d") for end in ends] == [
        "01-31",
        "02-28",
        "03-31",
        "04-30",
        "05-31",
    ]
    assert after(anchor, "year", 1) - anchor == 365 * DAY


async def test_a_refused_subscription_uses_up_neither_coupon_nor_pending_items(local: Local) -> None:
    v1 = local.client.v1
    customer = await a_customer(local, "pm_card_chargeCustomerFail")
    coupon = await v1.coupons.create_async({"percent_off": 10, "max_redemptions": 1})
    await v1.invoice_items.create_async({"customer": customer.id, "amount": 500, "currency": "usd"})
    with pytest.raises(stripe.CardError):
        await a_subscription(local, customer, payment_behavior="error_if_incomplete", discounts=[{"coupon": coupon.id}])
    assert (await v1.coupons.retrieve_async(coupon.id)).times_redeemed == 0
    assert len((await v1.invoice_items.list_async({"pending": True})).data) == 1
    await new_default_card(local, customer, "pm_card_visa")
    subscription = await a_subscription(local, customer, discounts=[{"coupon": coupon.id}])
    first = (await v1.invoices.list_async({"subscription": subscription.id})).data[0]
    assert first.amount_paid == 1350
