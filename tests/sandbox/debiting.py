"""What the tests of payments that take days share: prices in each currency, and where such a payment stands."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp
import stripe

from tests.sandbox.billing import DAY, a_price, happened
from tests.sandbox.conftest import Local
from tests.sandbox.shopping import again, session_of, submit

SEPA, SEPA_SLOW, SEPA_BOUNCES = "AT61 1904 3002 3457 3201", "AT32 1904 3002 3547 3204", "AT86 1904 3002 3547 3202"
SEPA_DISPUTED = "AT59 1904 3002 3547 3203"
ACH, ACH_POOR = "000123456789", "000222222227"
DUNNING_DAYS = 15
"""So long after a bounce the account does with the subscription what it has set."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subscription's newest payment stands."""

    subscription: str
    invoice: str
    intent: str
    payment: str
    attempts: int
    next_attempt: int | None


async def euros(local: Local, amount: int = 900) -> stripe.Price:
    """A monthly price in euros, which SEPA can collect."""
    return await a_price(local, amount, currency="eur")


async def subscribed(local: Local, browser: aiohttp.ClientSession, account: str) -> stripe.checkout.Session:
    """A person subscribes at Checkout, by a bank account (in euros for an IBAN, else in dollars)."""
    price = await (euros(local) if account[:2].isalpha() else a_price(local, 900))
    session = await session_of(local, mode="subscription", price=price.id)
    status, place = await submit(browser, session, email="ana@example.com", card=account)
    assert (status, place.startswith("http://127.0.0.1:9/done")) == (303, True)
    return await again(local, session)


async def invoice_of(local: Local, subscription: str) -> stripe.Invoice:
    """The subscription's newest invoice, its payments with it."""
    found = await local.client.v1.subscriptions.retrieve_async(subscription)
    expand = ["payments.data.payment.payment_intent"]
    return await local.client.v1.invoices.retrieve_async(str(found.latest_invoice), {"expand": expand})


async def standing(local: Local, subscription: str) -> Standing:
    """Where its newest payment stands, read over the API."""
    status = (await local.client.v1.subscriptions.retrieve_async(subscription)).status
    invoice = await invoice_of(local, subscription)
    assert invoice.payments is not None
    payment = invoice.payments.data[0]
    intent = payment.payment.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    return Standing(
        status,
        str(invoice.status),
        intent.status,
        str(payment.status),
        invoice.attempt_count,
        invoice.next_payment_attempt,
    )


async def the_bank_answers(local: Local, kind: str = "payment_intent.") -> list[str]:
    """The clock moves on until the bank has answered; what happened then, in order."""
    before = len(happened(local))
    for _ in range(30):
        await local.clock.advance(DAY)
        told = happened(local)[before:]
        if any(one.startswith(kind) for one in told):
            return told
    raise AssertionError("the bank has not answered within a month")
