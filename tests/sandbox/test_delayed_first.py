"""A first payment by a bank debit, at Checkout: begun at once, paid or returned business days later."""

from __future__ import annotations

from datetime import UTC, datetime

import aiohttp
import pytest
import stripe

from sandbox.stripe.periods import business_days_after
from tests.sandbox.billing import DAY, happened, status_of
from tests.sandbox.conftest import Local
from tests.sandbox.debiting import (
    ACH,
    DUNNING_DAYS,
    SEPA,
    SEPA_BOUNCES,
    SEPA_DISPUTED,
    SEPA_SLOW,
    Standing,
    euros,
    invoice_of,
    standing,
    subscribed,
    the_bank_answers,
)
from tests.sandbox.shopping import VISA, again, price, session_of, submit
from tests.sandbox.stripe_spec import everything, misfits

UNDER_WAY = Standing("active", "open", "processing", "open", attempts=1, next_attempt=None)


@pytest.mark.parametrize(
    ("begun", "days", "ends"),
    [
        ("2026-11-30", 5, "2026-12-07"),  # from Monday to Monday
        ("2026-12-04", 1, "2026-12-07"),  # Friday's next business day
        ("2026-12-05", 5, "2026-12-11"),  # a Saturday does not count
        ("2026-12-01", 14, "2026-12-21"),
    ],
)
def test_banks_work_from_monday_to_friday(begun: str, days: int, ends: str) -> None:
    moment = int(datetime.fromisoformat(begun).replace(hour=15, tzinfo=UTC).timestamp())
    assert datetime.fromtimestamp(business_days_after(moment, days), UTC).isoformat() == f"{ends}T15:00:00+00:00"


async def test_a_subscription_is_active_while_its_first_debit_is_processing(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    session = await subscribed(local, browser, SEPA)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert session.payment_method_types == ["card", "sepa_debit"]
    assert await standing(local, str(session.subscription)) == UNDER_WAY
    charge = next(local.sandbox.objects.newest("charge"))
    assert (charge["status"], charge["paid"], charge["captured"], charge["balance_transaction"]) == (
        "pending",
        False,
        True,
        None,
    )
    assert charge["id"].startswith("py_"), "a charge of a debit is called a payment"
    wanted = [
        "customer.subscription.created",
        "invoice.finalized",
        "charge.pending",
        "payment_intent.processing",
        "customer.subscription.updated",
        "checkout.session.completed",
    ]
    assert [kind for kind in happened(local) if kind in wanted] == wanted
    assert not {"invoice.paid", "invoice.payment_failed"} & set(happened(local))


async def test_days_later_the_money_is_there(local: Local, browser: aiohttp.ClientSession) -> None:
    session = await subscribed(local, browser, SEPA)
    key = str(session.subscription)
    await local.clock.advance(4 * DAY)
    assert await standing(local, key) == UNDER_WAY
    assert await the_bank_answers(local) == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "checkout.session.async_payment_succeeded",
    ]
    assert await standing(local, key) == Standing("active", "paid", "succeeded", "paid", 1, None)
    assert (await again(local, session)).payment_status == "paid"
    charges = list(local.sandbox.objects.newest("charge"))
    assert [(one["status"], one["paid"]) for one in charges] == [("succeeded", True)], "the one that was pending"
    assert misfits(everything(local.sandbox.state())) == []


@pytest.mark.parametrize(("account", "days"), [(SEPA, 5), (SEPA_SLOW, 14), (ACH, 4)])
async def test_a_debit_takes_its_business_days(
    local: Local, browser: aiohttp.ClientSession, account: str, days: int
) -> None:
    key = str((await subscribed(local, browser, account)).subscription)
    begun = next(local.sandbox.objects.newest("charge"))["created"]
    await the_bank_answers(local)
    paid_at = (await invoice_of(local, key)).status_transitions.paid_at
    assert paid_at == business_days_after(begun, days)


async def test_a_returned_first_debit_leaves_the_subscription_past_due(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    session = await subscribed(local, browser, SEPA_BOUNCES)
    key = str(session.subscription)
    assert await the_bank_answers(local) == [
        "charge.failed",
        "payment_intent.payment_failed",
        "invoice.payment_failed",
        "customer.updated",
        "customer.subscription.updated",
        "checkout.session.async_payment_failed",
    ]
    assert await standing(local, key) == Standing("past_due", "open", "requires_payment_method", "open", 1, None)
    assert (await again(local, session)).payment_status == "unpaid"
    charge = next(local.sandbox.objects.newest("charge"))
    assert (charge["status"], charge["failure_code"]) == ("failed", "generic_could_not_process")
    assert misfits(everything(local.sandbox.state())) == []


async def test_a_returned_debit_is_not_tried_again_and_ends_as_the_account_has_set(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    session = await subscribed(local, browser, SEPA_BOUNCES)
    subscription = await local.client.v1.subscriptions.retrieve_async(str(session.subscription))
    await the_bank_answers(local)
    await local.clock.advance((DUNNING_DAYS - 2) * DAY)
    assert await status_of(local, subscription) == "past_due"
    await local.clock.advance(2 * DAY)
    assert await status_of(local, subscription) == "canceled"
    assert len(list(local.sandbox.objects.newest("charge"))) == 1


async def test_an_account_may_void_what_was_returned_and_leave_the_subscription_active(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    assert local.sandbox.settings(bounced_first="active")["bounced_first"] == "active"
    key = str((await subscribed(local, browser, SEPA_BOUNCES)).subscription)
    told = await the_bank_answers(local)
    assert [kind for kind in told if kind.startswith(("invoice.", "customer.subscription"))] == [
        "invoice.payment_failed",
        "invoice.voided",
    ]
    now = await standing(local, key)
    assert (now.subscription, now.invoice, now.intent) == ("active", "void", "canceled")


async def test_a_returned_debit_can_be_paid_by_card_on_the_invoices_page(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    session = await subscribed(local, browser, SEPA_BOUNCES)
    key = str(session.subscription)
    await the_bank_answers(local)
    page = (await invoice_of(local, key)).hosted_invoice_url
    async with browser.post(str(page), data={"action": "pay", "card": VISA}) as answer:
        assert "this invoice is paid" in await answer.text()
    assert await standing(local, key) == Standing("active", "paid", "succeeded", "paid", 2, None)
    await local.clock.advance((DUNNING_DAYS + 1) * DAY)
    found = await local.client.v1.subscriptions.retrieve_async(key)
    assert found.status == "active", "nothing of the bounce is left"


@pytest.mark.parametrize("invoiced", [False, True])
@pytest.mark.parametrize(("account", "ending"), [(SEPA, "succeeded"), (SEPA_BOUNCES, "failed")])
async def test_a_one_time_purchase_waits_for_the_bank_too(
    local: Local, browser: aiohttp.ClientSession, account: str, ending: str, invoiced: bool
) -> None:
    wish = {"currency": "eur", "unit_amount": 900, "product_data": {"name": "Ticket"}}
    line = {"price_data": wish, "quantity": 1}
    session = await session_of(local, line_items=[line], invoice_creation={"enabled": invoiced})
    status, _ = await submit(browser, session, email="ana@example.com", card=account)
    assert status == 303
    found = await again(local, session, "payment_intent")
    assert isinstance(found.payment_intent, stripe.PaymentIntent)
    assert (found.status, found.payment_status, found.payment_intent.status) == ("complete", "unpaid", "processing")
    told = await the_bank_answers(local)
    assert told[-1] == f"checkout.session.async_payment_{ending}"
    assert ("invoice.paid" in told) is (invoiced and ending == "succeeded")
    found = await again(local, session, "payment_intent")
    assert found.payment_status == ("paid" if ending == "succeeded" else "unpaid")
    assert misfits(everything(local.sandbox.state())) == []


async def test_a_debit_that_was_paid_can_be_taken_back(local: Local, browser: aiohttp.ClientSession) -> None:
    key = str((await subscribed(local, browser, SEPA_DISPUTED)).subscription)
    told = await the_bank_answers(local)
    assert told.index("invoice.paid") < told.index("charge.dispute.created") < told.index("charge.dispute.closed")
    dispute = (await local.client.v1.disputes.list_async()).data[0]
    assert (dispute.status, dispute.reason, dispute.amount) == ("lost", "debit_not_authorized", 900)
    assert (await invoice_of(local, key)).status == "paid", "Stripe leaves the invoice as it is"
    assert misfits(everything(local.sandbox.state())) == []


async def test_a_trial_keeps_the_account_and_debits_it_when_it_ends(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    session = await session_of(
        local, mode="subscription", price=(await euros(local)).id, subscription_data={"trial_period_days": 7}
    )
    await submit(browser, session, email="ana@example.com", card=SEPA)
    assert (await again(local, session)).payment_status == "no_payment_required"
    await local.clock.advance(7 * DAY + 2 * 3600)
    assert await standing(local, str((await again(local, session)).subscription)) == UNDER_WAY


async def test_a_person_sees_the_accounts_that_the_currency_allows(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    dollars = await session_of(local, mode="subscription", price=await price(local, interval="month"))
    async with browser.get(str(dollars.url)) as answer:
        text = await answer.text()
    assert 'value="000123456789"' in text
    assert "AT611904300234573201" not in text
    status, text = await submit(browser, dollars, email="ana@example.com", card=SEPA)
    assert (status, "choose another one" in text) == (402, True)
    status, text = await submit(browser, dollars, email="ana@example.com", card="AT00 1904 3002 3457 3201")
    assert (status, "The IBAN you provided is invalid." in text) == (402, True)
    only_cards = await session_of(
        local, mode="subscription", price=(await euros(local)).id, excluded_payment_method_types=["sepa_debit"]
    )
    assert only_cards.payment_method_types == ["card"]
    async with browser.get(str(only_cards.url)) as answer:
        assert "bank account" not in await answer.text()
    assert (await local.client.v1.subscriptions.list_async({"status": "all"})).data == []
