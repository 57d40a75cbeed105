"""Renewals and bills that a bank works on for days: by debit, and by cards under an Indian mandate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import stripe

from sandbox.play import Play
from sandbox.server import Sandbox
from sandbox.stripe.debits import TOKENS
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
)
from tests.sandbox.conftest import Local, connect
from tests.sandbox.debiting import ACH, ACH_POOR, DUNNING_DAYS, SEPA, Standing, invoice_of, standing, the_bank_answers
from tests.sandbox.shopping import VISA, again, price, session_of, submit
from tests.sandbox.stripe_spec import everything, misfits

INDIAN, INDIAN_CANCELED = "4000 0035 6000 0123", "4000 0035 6000 0263"
UNDER_WAY = Standing("active", "open", "processing", "open", attempts=1, next_attempt=None)


async def a_renewal_by_debit(local: Local, token: str = "pm_usBankAccount_success") -> stripe.Subscription:
    """A subscription whose first month a card has paid, and whose second a bank account is to pay."""
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    await new_default_card(local, customer, token)
    await a_month_passes(local)
    return subscription


async def test_a_renewal_is_processing_and_the_subscription_stays_active(local: Local) -> None:
    subscription = await a_renewal_by_debit(local)
    assert await standing(local, subscription.id) == UNDER_WAY
    assert happened(local, "invoice.payment_failed") == []
    told = await the_bank_answers(local)
    assert [kind for kind in told if kind.startswith(("invoice.", "customer."))] == [
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    assert await standing(local, subscription.id) == Standing("active", "paid", "succeeded", "paid", 1, None)
    assert misfits(everything(local.sandbox.state())) == []


async def test_a_returned_renewal_is_past_due_from_the_bounce_on(local: Local) -> None:
    subscription = await a_renewal_by_debit(local, "pm_usBankAccount_insufficientFunds")
    assert await standing(local, subscription.id) == UNDER_WAY
    await the_bank_answers(local)
    bounced = Standing("past_due", "open", "requires_payment_method", "open", 1, None)
    assert await standing(local, subscription.id) == bounced
    await local.clock.advance((DUNNING_DAYS - 2) * DAY)
    assert await standing(local, subscription.id) == bounced, "it is not tried again"
    await local.clock.advance(2 * DAY)
    assert await status_of(local, subscription) == "canceled"


async def test_a_good_account_bounces_when_the_next_payment_is_to_be_declined(local: Local) -> None:
    local.sandbox.decline(times=1)
    subscription = await a_renewal_by_debit(local)
    assert await standing(local, subscription.id) == UNDER_WAY
    await the_bank_answers(local)
    assert await status_of(local, subscription) == "past_due"
    assert next(local.sandbox.objects.newest("charge"))["failure_code"] == "insufficient_funds"


async def test_nothing_else_is_done_to_a_bill_that_a_bank_works_on(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    subscription = await a_renewal_by_debit(local)
    invoices = local.client.v1.invoices
    invoice = await invoices.retrieve_async(
        str((await local.client.v1.subscriptions.retrieve_async(subscription.id)).latest_invoice)
    )
    with pytest.raises(stripe.InvalidRequestError, match="status of processing"):
        await invoices.pay_async(invoice.id, {"payment_method": "pm_card_visa"})
    for act in (invoices.void_invoice_async(invoice.id), invoices.pay_async(invoice.id, {"paid_out_of_band": True})):
        with pytest.raises(stripe.InvalidRequestError, match="payment that is processing"):
            await act
    with pytest.raises(stripe.InvalidRequestError, match="status of processing"):
        await local.client.v1.credit_notes.create_async({"invoice": invoice.id, "amount": 100})
    async with browser.get(str(invoice.hosted_invoice_url)) as answer:
        text = await answer.text()
    assert "Your payment is processing" in text
    assert "<form" not in text
    async with browser.post(str(invoice.hosted_invoice_url), data={"action": "pay", "card": VISA}) as answer:
        assert (answer.status, "processing already" in await answer.text()) == (402, True)
    assert await standing(local, subscription.id) == UNDER_WAY


async def test_a_debit_goes_on_after_its_subscription_has_ended(local: Local) -> None:
    subscription = await a_renewal_by_debit(local)
    await local.client.v1.subscriptions.cancel_async(subscription.id)
    await the_bank_answers(local)
    now = await standing(local, subscription.id)
    assert (now.subscription, now.invoice, now.intent) == ("canceled", "paid", "succeeded")


async def test_a_failed_card_is_made_good_by_a_debit_on_the_invoices_page(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    await new_default_card(local, customer, "pm_card_chargeCustomerFail")
    await a_month_passes(local)
    found = await local.client.v1.subscriptions.retrieve_async(subscription.id, {"expand": ["latest_invoice"]})
    assert isinstance(found.latest_invoice, stripe.Invoice)
    assert found.status == "past_due"
    async with browser.post(str(found.latest_invoice.hosted_invoice_url), data={"card": ACH}) as answer:
        assert "some business days to confirm" in await answer.text()
    await local.clock.advance(3 * DAY)
    assert await standing(local, subscription.id) == Standing("past_due", "open", "processing", "open", 2, None)
    await the_bank_answers(local)
    assert await standing(local, subscription.id) == Standing("active", "paid", "succeeded", "paid", 2, None)


async def test_one_of_stripes_accounts_never_answers(local: Local) -> None:
    subscription = await a_renewal_by_debit(local, "pm_usBankAccount_processing")
    await local.clock.advance(20 * DAY)
    assert await standing(local, subscription.id) == UNDER_WAY


# -- through the API --------------------------------------------------------------------------------


async def test_a_subscription_made_by_the_api_is_active_at_once(local: Local) -> None:
    subscription = await a_subscription(local, await a_customer(local, "pm_usBankAccount_success"))
    assert await standing(local, subscription.id) == UNDER_WAY
    await the_bank_answers(local)
    assert (await standing(local, subscription.id)).invoice == "paid"


async def test_an_account_pays_in_its_own_currency_only(local: Local) -> None:
    customer = await a_customer(local, "pm_sepaDebit_success_at")
    with pytest.raises(stripe.InvalidRequestError, match="sepa_debit support the following currencies: eur"):
        await a_subscription(local, customer)
    assert (await local.client.v1.subscriptions.list_async({"status": "all"})).data == []
    subscription = await a_subscription(local, customer, await a_price(local, currency="eur"))
    assert await standing(local, subscription.id) == UNDER_WAY


async def test_a_saved_account_of_another_currency_pays_nothing(local: Local, browser: aiohttp.ClientSession) -> None:
    subscription = await a_renewal_by_debit(local, "pm_sepaDebit_success_at")
    unpaid = Standing("past_due", "open", "requires_payment_method", "open", 1, None)
    found = await standing(local, subscription.id)
    assert found == replace(unpaid, next_attempt=found.next_attempt)
    assert found.next_attempt is not None, "as where there is no payment method at all"
    page = str((await invoice_of(local, subscription.id)).hosted_invoice_url)
    async with browser.post(page, data={"action": "pay", "card": SEPA}) as answer:
        text = await answer.text()
    assert (answer.status, "The currency provided (usd) is invalid." in text) == (402, True)
    assert await standing(local, subscription.id) == found


async def test_every_token_of_stripes_is_a_payment_method(local: Local) -> None:
    customer = await a_customer(local, None)
    for token in TOKENS:
        method = await local.client.v1.payment_methods.attach_async(token, {"customer": customer.id})
        own = getattr(method, method.type)
        assert own.last4 == TOKENS[token][-4:]
    listed = await local.client.v1.customers.payment_methods.list_async(customer.id, {"type": "sepa_debit"})
    assert {method.type for method in listed.data} == {"sepa_debit"}
    assert misfits(everything(local.sandbox.state())) == []


@pytest.mark.parametrize(
    "wish",
    [
        {"type": "sepa_debit", "sepa_debit": {"iban": "AT611904300234573201"}},
        {"type": "bacs_debit", "bacs_debit": {"account_number": "00012345", "sort_code": "108800"}},
        {"type": "us_bank_account", "us_bank_account": {"account_number": ACH, "routing_number": "110000000"}},
    ],
)
async def test_an_account_is_made_a_payment_method_with_its_owners_name(local: Local, wish: dict[str, Any]) -> None:
    methods = local.client.v1.payment_methods
    with pytest.raises(stripe.InvalidRequestError, match=r"billing_details\[name\]"):
        await methods.create_async(wish)  # type: ignore[arg-type]  # built up from parts
    owner = {"billing_details": {"name": "Ana", "email": "ana@example.com"}}
    made = await methods.create_async(wish | owner)  # type: ignore[arg-type]  # built up from parts
    assert (made.type, made.billing_details.name) == (wish["type"], "Ana")
    wrong = {wish["type"]: wish[wish["type"]] | {"iban": "4242424242424242", "account_number": "4242424242424242"}}
    with pytest.raises(stripe.InvalidRequestError, match="account number you provided is invalid"):
        await methods.create_async(wish | owner | wrong)  # type: ignore[arg-type]  # built up from parts


async def test_a_paid_debit_goes_back_by_transfer(local: Local) -> None:
    await a_subscription(local, await a_customer(local, "pm_usBankAccount_success"))
    charge = next(local.sandbox.objects.newest("charge"))["id"]
    with pytest.raises(stripe.InvalidRequestError, match="has not been paid"):
        await local.client.v1.refunds.create_async({"charge": charge})
    await the_bank_answers(local)
    refund = await local.client.v1.refunds.create_async({"charge": charge})
    assert refund.destination_details is not None
    assert (refund.amount, refund.destination_details.type) == (1000, "us_bank_transfer")
    assert misfits(everything(local.sandbox.state())) == []


# -- the Indian mandate -------------------------------------------------------------------------------


async def an_indian_renewal(local: Local, browser: aiohttp.ClientSession, card: str) -> str:
    """A subscription by an Indian card, at the moment when its first renewal was asked for."""
    session = await session_of(local, mode="subscription", price=await price(local, interval="month"))
    await submit(browser, session, email="ana@example.com", card=card)
    status, _ = await submit(browser, session, authentication="complete")
    assert status == 303, "with its owner there it pays at once"
    await a_month_passes(local)
    return str((await again(local, session)).subscription)


async def test_under_an_indian_mandate_a_renewal_waits_for_26_hours(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    key = await an_indian_renewal(local, browser, INDIAN)
    assert await standing(local, key) == Standing("past_due", "open", "processing", "open", 0, None)
    assert happened(local, "invoice.payment_failed") == []
    intent = next(local.sandbox.objects.newest("payment_intent"))
    notice = intent["processing"]["card"]["customer_notification"]
    assert notice["completes_at"] - int(local.clock.now()) in range(24 * HOUR, 26 * HOUR + 1)
    assert intent["latest_charge"] is None
    assert misfits(everything(local.sandbox.state())) == []
    await local.clock.advance(24 * HOUR)
    assert (await standing(local, key)).intent == "processing"
    await local.clock.advance(2 * HOUR)
    assert await standing(local, key) == Standing("active", "paid", "succeeded", "paid", 1, None)


async def test_an_indian_card_whose_mandate_was_canceled_is_tried_once(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    key = await an_indian_renewal(local, browser, INDIAN_CANCELED)
    assert (await standing(local, key)).attempts == 0
    await local.clock.advance(26 * HOUR)
    assert await standing(local, key) == Standing("past_due", "open", "requires_payment_method", "open", 1, None)
    assert happened(local, "invoice.payment_failed") == ["invoice.payment_failed"]
    await local.clock.advance((DUNNING_DAYS + 1) * DAY)
    assert (await standing(local, key)).subscription == "canceled"
    assert len(list(local.sandbox.objects.newest("charge"))) == 2


# -- over the controls --------------------------------------------------------------------------------


async def test_a_script_pays_by_debit_and_moves_the_clock(sandbox: Sandbox, play: Play) -> None:
    http = stripe.AIOHTTPClient()
    client = connect(sandbox.url, http=http)
    try:
        wish = {"currency": "usd", "unit_amount": 900, "product_data": {"name": "Ticket"}}
        params: Any = {
            "mode": "payment",
            "success_url": "http://127.0.0.1:9/done",
            "line_items": [{"price_data": wish, "quantity": 1}],
        }
        session = await client.v1.checkout.sessions.create_async(params)
        paid = await play.pay(str(session.url), ACH_POOR)
        assert paid["status"] == "processing"
        await play.advance("8d")
        (told,) = await play.stripe("checkout.session")
        assert told["payment_status"] == "unpaid"
        (charge,) = await play.stripe("charge")
        assert charge["failure_code"] == "insufficient_funds"
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
