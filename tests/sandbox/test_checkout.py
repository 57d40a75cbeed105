"""Checkout, as the shop makes it with the real client and as a person sees it in a browser."""

import re
from typing import Any

import aiohttp
import pytest
import stripe

from tests.sandbox.conftest import Local
from tests.sandbox.shopping import ASKS, DAY, DECLINED, FAILS_LATER, POOR, VISA, again, price, session_of, submit, types
from tests.sandbox.stripe_spec import everything, misfits

# -- one-time payments ------------------------------------------------------------------------------------


async def test_a_person_buys_once_and_comes_back_to_the_shop(local: Local, browser: aiohttp.ClientSession) -> None:
    session = await session_of(local, price=await price(local), client_reference_id="me", metadata={"row": "7"})
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 900)
    async with browser.get(str(session.url)) as answer:
        text = await answer.text()
    assert answer.status == 200
    assert "$9.00" in text
    assert "Pro" in text
    status, place = await submit(browser, session, email="ana@example.com", card=VISA)
    assert (status, place) == (303, f"http://127.0.0.1:9/done?session={session.id}")
    paid = await again(local, session, "payment_intent.latest_charge")
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.customer is None
    assert paid.customer_details is not None
    assert paid.customer_details.email == "ana@example.com"
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert (intent.status, intent.latest_charge.amount, intent.latest_charge.paid) == ("succeeded", 900, True)
    details: Any = intent.latest_charge.payment_method_details
    assert details.card.checks.cvc_check == "pass"
    [completed] = [event for event in (await local.client.v1.events.list_async()).data if "checkout" in event.type]
    assert completed.data.object["metadata"]["row"] == "7"
    assert completed.data.object["client_reference_id"] == "me"


async def test_a_one_time_purchase_with_an_invoice(local: Local, browser: aiohttp.ClientSession) -> None:
    session = await session_of(
        local,
        price=await price(local, 2500),
        invoice_creation={"enabled": True, "invoice_data": {"metadata": {"purchase": "p1"}, "description": "Lifetime"}},
        payment_intent_data={"metadata": {"purchase": "p1"}},
    )
    await submit(browser, session, email="ana@example.com", card=VISA)
    paid = await again(local, session, "invoice", "payment_intent")
    invoice, intent = paid.invoice, paid.payment_intent
    assert isinstance(invoice, stripe.Invoice)
    assert isinstance(intent, stripe.PaymentIntent)
    assert (invoice.status, invoice.amount_paid, invoice.total) == ("paid", 2500, paid.amount_total)
    assert invoice.metadata is not None
    assert (invoice.metadata["purchase"], invoice.description) == ("p1", "Lifetime")
    assert (intent.status, intent.metadata["purchase"]) == ("succeeded", "p1")
    payments = await local.client.v1.invoice_payments.list_async(
        {"payment": {"type": "payment_intent", "payment_intent": intent.id}}
    )
    assert [(one.invoice, one.status, one.amount_paid) for one in payments.data] == [(invoice.id, "paid", 2500)]
    assert paid.customer == invoice.customer
    told = await types(local)
    wanted = ["customer.created", "invoice.finalized", "charge.succeeded", "payment_intent.succeeded", "invoice.paid"]
    assert [kind for kind in told if kind in wanted] == wanted
    assert told[-1] == "checkout.session.completed"


@pytest.mark.parametrize(
    ("card", "sentence"),
    [(DECLINED, "was declined"), (POOR, "insufficient funds"), (FAILS_LATER, "was declined"), ("1234", "is incorrect")],
)
async def test_a_refused_card_is_told_on_the_page_and_another_can_be_tried(
    local: Local, browser: aiohttp.ClientSession, card: str, sentence: str
) -> None:
    session = await session_of(local, price=await price(local))
    status, text = await submit(browser, session, email="ana@example.com", card=card)
    assert status == 402
    assert sentence in text
    assert (await again(local, session)).status == "open"
    assert "checkout.session.completed" not in await types(local)
    status, _ = await submit(browser, session, email="ana@example.com", card=VISA)
    assert status == 303


async def test_an_e_mail_is_asked_for(local: Local, browser: aiohttp.ClientSession) -> None:
    session = await session_of(local, price=await price(local))
    for email in ("", "ana", "ana@nowhere"):
        status, text = await submit(browser, session, email=email, card=VISA)
        assert status == 402
        assert "e-mail" in text


async def test_a_test_cards_button_pays_with_it(local: Local, browser: aiohttp.ClientSession) -> None:
    session = await session_of(local, price=await price(local), customer_email="ana@example.com")
    assert session.url is not None
    fields = {"card": "", "email": "ana@example.com", "test_card": "4242424242424242"}
    async with browser.post(session.url, data=fields, allow_redirects=False) as answer:
        assert answer.status == 303


async def test_a_bank_asks_for_authentication(local: Local, browser: aiohttp.ClientSession) -> None:
    session = await session_of(local, price=await price(local), customer_email="ana@example.com")
    status, text = await submit(browser, session, card=ASKS)
    assert status == 200
    assert "Your bank asks" in text
    assert "3155" in text
    status, text = await submit(browser, session, authentication="fail")
    assert status == 402
    assert "unable to authenticate" in text
    assert (await again(local, session)).payment_status == "unpaid"
    await submit(browser, session, card=ASKS)
    status, _ = await submit(browser, session, authentication="complete")
    assert status == 303
    assert (await again(local, session)).payment_status == "paid"


async def test_after_a_failed_authentication_only_the_card_is_asked_for_again(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    session = await session_of(local, price=await price(local))
    await submit(browser, session, email="ana@example.com", card=ASKS)
    _, text = await submit(browser, session, authentication="fail")
    assert 'value="ana@example.com"' in text


async def test_the_keyboard_is_taken_to_what_was_wrong(local: Local, browser: aiohttp.ClientSession) -> None:
    session = await session_of(local, price=await price(local))
    _, text = await submit(browser, session, card=VISA)
    assert re.findall(r'<input id="(\w+)"[^>]*autofocus', text) == ["email"]
    _, text = await submit(browser, session, email="ana@example.com", card=DECLINED)
    assert re.findall(r'<input id="(\w+)"[^>]*autofocus', text) == ["card"]


async def test_every_field_of_a_page_has_its_label(local: Local, browser: aiohttp.ClientSession) -> None:
    field: Any = {"key": "nick", "type": "text", "label": {"type": "custom", "custom": "Nickname"}}
    session = await session_of(local, price=await price(local), custom_fields=[field], allow_promotion_codes=True)
    assert session.url is not None
    async with browser.get(session.url) as answer:
        text = await answer.text()
    assert set(re.findall(r'<input id="([^"]+)"', text)) == set(re.findall(r'<label for="([^"]+)"', text))


async def test_what_a_person_types_is_shown_as_text_and_never_as_markup(
    local: Local, browser: aiohttp.ClientSession
) -> None:
    session = await session_of(local, price=await price(local))
    _, text = await submit(browser, session, email='"><script>alert(1)</script>', card="<b>1</b>")
    assert "<script>" not in text
    assert "<b>1" not in text


async def test_a_paid_page_cannot_be_paid_again(local: Local, browser: aiohttp.ClientSession) -> None:
    session = await session_of(local, price=await price(local))
    await submit(browser, session, email="ana@example.com", card=VISA)
    status, text = await submit(browser, session, email="ana@example.com", card=VISA)
    assert status == 200
    assert "paid already" in text
    assert len((await local.client.v1.charges.list_async()).data) == 1


async def test_custom_fields_are_answered(local: Local, browser: aiohttp.ClientSession) -> None:
    label = {"type": "custom", "custom": "Your handle"}
    session = await session_of(
        local, price=await price(local), custom_fields=[{"key": "handle", "label": label, "type": "text"}]
    )
    status, text = await submit(browser, session, email="ana@example.com", card=VISA)
    assert (status, "Your handle” is missing" in text) == (402, True)
    await submit(browser, session, email="ana@example.com", card=VISA, **{"field.handle": "ana#1"})
    [field] = (await again(local, session)).custom_fields
    assert field.text is not None
    assert field.text.value == "ana#1"


# -- discounts, taxes -------------------------------------------------------------------------------------


async def test_a_promotion_code_makes_it_cheaper(local: Local, browser: aiohttp.ClientSession) -> None:
    coupon = await local.client.v1.coupons.create_async({"percent_off": 50, "duration": "once"})
    promotion: Any = {"type": "coupon", "coupon": coupon.id}
    await local.client.v1.promotion_codes.create_async({"promotion": promotion, "code": "HALF"})
    session = await session_of(
        local, price=await price(local), allow_promotion_codes=True, invoice_creation={"enabled": True}
    )
    status, text = await submit(browser, session, action="promotion", promotion_code="NOPE")
    assert (status, "code is invalid" in text) == (402, True)
    status, text = await submit(browser, session, action="promotion", promotion_code="half")
    assert (status, "$4.50" in text) == (200, True)
    await submit(browser, session, email="ana@example.com", card=VISA)
    paid = await again(local, session, "invoice")
    assert isinstance(paid.invoice, stripe.Invoice)
    assert (paid.amount_subtotal, paid.amount_total, paid.invoice.amount_paid) == (900, 450, 450)
    assert (await local.client.v1.coupons.retrieve_async(coupon.id)).times_redeemed == 1


async def test_a_code_for_first_purchases_works_once(local: Local, browser: aiohttp.ClientSession) -> None:
    coupon = await local.client.v1.coupons.create_async({"percent_off": 50, "duration": "once"})
    wish: Any = {
        "promotion": {"type": "coupon", "coupon": coupon.id},
        "code": "HELLO",
        "restrictions": {"first_time_transaction": True},
    }
    await local.client.v1.promotion_codes.create_async(wish)
    customer = await local.client.v1.customers.create_async({"email": "ana@example.com"})
    item = await price(local)
    first = await session_of(local, price=item, customer=customer.id, allow_promotion_codes=True)
    assert (await submit(browser, first, card=VISA, promotion_code="hello"))[0] == 303
    second = await session_of(local, price=item, customer=customer.id, allow_promotion_codes=True)
    status, text = await submit(browser, second, card=VISA, promotion_code="hello")
    assert (status, "first purchase only" in text) == (402, True)


async def test_the_invoice_comes_to_the_same_sum_as_the_page(local: Local, browser: aiohttp.ClientSession) -> None:
    on_top = await local.client.v1.tax_rates.create_async(
        {"display_name": "VAT", "percentage": 19.5, "inclusive": False}
    )
    inside = await local.client.v1.tax_rates.create_async({"display_name": "GST", "percentage": 7, "inclusive": True})
    coupon = await local.client.v1.coupons.create_async({"amount_off": 101, "currency": "usd"})
    lines = [
        {"price": await price(local, 333), "quantity": 3, "tax_rates": [on_top.id]},
        {"price": await price(local, 1001), "quantity": 1, "tax_rates": [inside.id]},
    ]
    session = await session_of(
        local, line_items=lines, discounts=[{"coupon": coupon.id}], invoice_creation={"enabled": True}
    )
    shown = await local.client.v1.checkout.sessions.line_items.list_async(session.id)
    assert sum(line.amount_total for line in shown.data) == session.amount_total
    await submit(browser, session, email="ana@example.com", card=VISA)
    paid = await again(local, session, "invoice")
    assert isinstance(paid.invoice, stripe.Invoice)
    assert paid.invoice.total == paid.amount_total
    assert paid.total_details is not None
    assert paid.total_details.amount_discount == 101
    assert paid.total_details.amount_tax == sum(tax.amount for tax in paid.invoice.total_taxes or [])


async def test_a_purchase_that_costs_nothing_needs_no_card(local: Local, browser: aiohttp.ClientSession) -> None:
    coupon = await local.client.v1.coupons.create_async({"percent_off": 100, "duration": "once"})
    session = await session_of(
        local, price=await price(local), discounts=[{"coupon": coupon.id}], invoice_creation={"enabled": True}
    )
    status, _ = await submit(browser, session, email="ana@example.com")
    assert status == 303
    paid = await again(local, session, "invoice")
    assert isinstance(paid.invoice, stripe.Invoice)
    assert (paid.payment_status, paid.invoice.status, paid.payment_intent) == ("no_payment_required", "paid", None)


# -- setup ------------------------------------------------------------------------------------------------


async def test_a_card_is_saved_without_a_payment(local: Local, browser: aiohttp.ClientSession) -> None:
    customer = await local.client.v1.customers.create_async({"email": "ana@example.com"})
    session = await session_of(local, mode="setup", customer=customer.id, currency="usd")
    assert session.payment_status == "no_payment_required"
    status, text = await submit(browser, session, card=DECLINED)
    assert (status, "declined" in text) == (402, True)
    await submit(browser, session, card=VISA)
    done = await again(local, session, "setup_intent")
    assert isinstance(done.setup_intent, stripe.SetupIntent)
    assert (done.setup_intent.status, done.setup_intent.customer) == ("succeeded", customer.id)
    saved = await local.client.v1.payment_methods.list_async({"customer": customer.id})
    assert [method.id for method in saved.data] == [done.setup_intent.payment_method]


# -- expiry, lists, refusals --------------------------------------------------------------------------------


async def test_a_session_that_nobody_pays_expires_by_the_clock(local: Local, browser: aiohttp.ClientSession) -> None:
    made = await session_of(local, price=await price(local))
    short = await session_of(local, price=await price(local), expires_at=made.created + 1801)
    await local.clock.advance(1800 + 5)
    assert ((await again(local, short)).status, (await again(local, made)).status) == ("expired", "open")
    await local.clock.advance(DAY)
    expired = await again(local, made)
    assert (expired.status, expired.url) == ("expired", None)
    assert (await types(local)).count("checkout.session.expired") == 2
    status, text = await submit(browser, made, email="ana@example.com", card=VISA)
    assert (status, "timed out" in text) == (410, True)


async def test_nothing_can_be_paid_once_the_customer_is_deleted(local: Local, browser: aiohttp.ClientSession) -> None:
    customer = await local.client.v1.customers.create_async({"email": "ana@example.com"})
    session = await session_of(local, price=await price(local), customer=customer.id)
    await local.client.v1.customers.delete_async(customer.id)
    status, text = await submit(browser, session, email="ana@example.com", card=VISA)
    assert (status, "Ask for a new link" in text) == (402, True)
    assert (await again(local, session)).status == "open"
    assert (await local.client.v1.charges.list_async({"customer": customer.id})).data == []


async def test_the_shop_can_close_a_session(local: Local) -> None:
    session = await session_of(local, price=await price(local))
    assert (await local.client.v1.checkout.sessions.expire_async(session.id)).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        await local.client.v1.checkout.sessions.expire_async(session.id)


async def test_sessions_are_found_by_customer_and_payment_intent(local: Local, browser: aiohttp.ClientSession) -> None:
    customer = await local.client.v1.customers.create_async({"email": "ana@example.com"})
    mine = await session_of(local, price=await price(local), customer=customer.id)
    await session_of(local, price=await price(local))
    await submit(browser, mine, card=VISA)
    paid = await again(local, mine)
    sessions = local.client.v1.checkout.sessions
    assert [one.id for one in (await sessions.list_async({"customer": customer.id})).data] == [mine.id]
    found = await sessions.list_async({"payment_intent": str(paid.payment_intent)})
    assert [one.id for one in found.data] == [mine.id]
    assert len((await sessions.list_async({"status": "open"})).data) == 1


async def test_what_checkout_refuses(local: Local) -> None:
    once, monthly = await price(local), await price(local, interval="month")
    refused: list[tuple[dict[str, Any], str]] = [
        ({"price": monthly}, "recurring price"),
        ({"price": once, "mode": "subscription"}, "at least one recurring price"),
        ({}, "Missing required param: line_items"),
        ({"price": once, "success_url": None}, "Missing required param: success_url"),
        ({"price": once, "subscription_data": {"trial_period_days": 3}}, "can not pass `subscription_data`"),
        ({"price": once, "payment_method_types": ["card"]}, "unknown parameter: payment_method_types"),
        ({"price": once, "expires_at": 5}, "at least 30 minutes"),
        ({"price": once, "customer": "cus_nobody"}, "No such customer"),
        ({"price": "price_none"}, "No such price"),
        ({"price": once, "allowed_payment_method_types": ["paypal"]}, "No valid payment method types"),
    ]
    for params, sentence in refused:
        with pytest.raises(stripe.InvalidRequestError, match=sentence):
            await session_of(local, **params)


async def test_a_person_is_played_by_the_control(local: Local) -> None:
    session = await session_of(local, price=await price(local))
    play = local.sandbox.pay
    assert (await play(session=session.id, card=DECLINED))["status"] == "failed"
    asked = await play(session=session.id, card=ASKS, email="ana@example.com")
    assert asked["status"] == "requires_action"
    assert (await play(session=session.id, card="complete"))["status"] == "paid"
    assert (await again(local, session)).status == "complete"


async def test_every_object_of_checkout_fits_the_specification(local: Local, browser: aiohttp.ClientSession) -> None:
    coupon = await local.client.v1.coupons.create_async({"percent_off": 10, "duration": "once"})
    rate = await local.client.v1.tax_rates.create_async({"display_name": "VAT", "percentage": 20, "inclusive": True})
    label = {"type": "custom", "custom": "Size"}
    choice = {"options": [{"label": "Small", "value": "s"}]}
    session = await session_of(
        local,
        line_items=[{"price": await price(local), "quantity": 2, "tax_rates": [rate.id]}],
        discounts=[{"coupon": coupon.id}],
        invoice_creation={"enabled": True},
        automatic_tax={"enabled": True},
        custom_fields=[{"key": "size", "label": label, "type": "dropdown", "dropdown": choice, "optional": True}],
        custom_text={"submit": {"message": "Thanks"}},
        allowed_payment_method_types=["card"],
    )
    await submit(browser, session, email="ana@example.com", card=DECLINED)
    await submit(browser, session, email="ana@example.com", card=VISA)
    other = await session_of(local, mode="setup", currency="usd")
    await submit(browser, other, email="ana@example.com", card=VISA)
    address = f"{local.url}/v1/checkout/sessions/{session.id}?expand[]=line_items"
    async with browser.get(address, headers={"Authorization": "Bearer sk_test_sandbox"}) as answer:
        expanded = await answer.json()
    assert len(expanded["line_items"]["data"]) == 1
    assert misfits([*everything(local.sandbox.state()), expanded, *expanded["line_items"]["data"]]) == []
