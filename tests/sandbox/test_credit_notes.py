"""Credit notes: what is due goes down, what was paid goes back, and the invoice keeps count of both."""

from typing import Any

import aiohttp
import pytest
import stripe

from tests.sandbox.billing import DAY, a_customer, a_price, a_subscription, happened, new_default_card, status_of
from tests.sandbox.conftest import Local
from tests.sandbox.stripe_spec import everything, misfits
from tests.sandbox.test_balances import a_final, balance, moves
from tests.sandbox.test_stripe_invoices import a_draft
from tests.sandbox.test_stripe_wire import raw


async def a_note(local: Local, invoice: stripe.Invoice, **params: Any) -> stripe.CreditNote:
    wish: Any = {"invoice": invoice.id, **params}
    return await local.client.v1.credit_notes.create_async(wish)


async def again(local: Local, invoice: stripe.Invoice) -> stripe.Invoice:
    return await local.client.v1.invoices.retrieve_async(invoice.id)


async def a_paid(local: Local, customer: stripe.Customer, amount: int = 2500, **more: Any) -> stripe.Invoice:
    """An invoice that the customer's card has paid."""
    draft = await a_draft(local, customer, amount, **more)
    return await local.client.v1.invoices.pay_async(draft.id)


def due(invoice: stripe.Invoice) -> tuple[int, int, int]:
    return invoice.amount_due, invoice.amount_paid, invoice.amount_remaining


def credited(invoice: stripe.Invoice) -> tuple[int, int]:
    """By notes before payment, and after it."""
    return invoice.pre_payment_credit_notes_amount, invoice.post_payment_credit_notes_amount


# -- before payment ---------------------------------------------------------------------------------------


async def test_a_note_on_an_open_invoice_reduces_what_is_due_and_what_is_charged(local: Local) -> None:
    invoice = await a_final(local, await a_customer(local))
    note = await a_note(local, invoice, amount=700, reason="order_change", memo="One less", metadata={"row": "1"})
    assert (note.status, note.type, note.amount, note.total, note.subtotal) == ("issued", "pre_payment", 700, 700, 700)
    assert (note.pre_payment_amount, note.post_payment_amount, note.out_of_band_amount) == (700, 0, None)
    assert (note.number, note.invoice, note.customer) == (f"{invoice.number}-CN-01", invoice.id, invoice.customer)
    assert (note.reason, note.memo, note.refunds, note.customer_balance_transaction) == (
        "order_change",
        "One less",
        [],
        None,
    )
    reduced = await again(local, invoice)
    assert (reduced.status, reduced.total, due(reduced), credited(reduced)) == ("open", 2500, (1800, 0, 1800), (700, 0))
    [payment] = (await local.client.v1.invoice_payments.list_async({"invoice": invoice.id})).data
    assert payment.amount_requested == 1800
    paid = await local.client.v1.invoices.pay_async(invoice.id)
    assert (paid.status, due(paid)) == ("paid", (1800, 1800, 0))
    [charge] = (await local.client.v1.charges.list_async()).data
    assert charge.amount == 1800
    [payment] = (await local.client.v1.invoice_payments.list_async({"invoice": invoice.id})).data
    assert payment.amount_paid == 1800


async def test_an_invoice_that_is_wholly_credited_is_paid_and_nobody_paid(local: Local) -> None:
    invoice = await a_final(local, await a_customer(local))
    await a_note(local, invoice, amount=1000)
    before = happened(local)
    note = await a_note(local, invoice, amount=1500)
    assert (note.number, note.type) == (f"{invoice.number}-CN-02", "pre_payment")
    paid = await again(local, invoice)
    assert (paid.status, due(paid), credited(paid)) == ("paid", (0, 0, 0), (2500, 0))
    assert (paid.amount_paid_off_stripe, paid.attempted, paid.attempt_count) == (0, True, 0)
    assert happened(local)[len(before) :] == [
        "credit_note.created",
        "invoice.updated",
        "payment_intent.canceled",
        "invoice.updated",
        "invoice.paid",
    ]
    payments = await local.client.v1.invoice_payments.list_async({"invoice": invoice.id})
    assert [payment.status for payment in payments.data] == ["canceled"]
    assert (await local.client.v1.charges.list_async()).data == []


async def test_the_event_of_a_note_tells_what_changed_on_the_invoice(local: Local) -> None:
    invoice = await a_final(local, await a_customer(local))
    await a_note(local, invoice, amount=700)
    [event] = [e for e in local.sandbox.objects.newest("event") if e["type"] == "invoice.updated"][:1]
    assert event["data"]["previous_attributes"] == {
        "amount_due": 2500,
        "amount_remaining": 2500,
        "pre_payment_credit_notes_amount": 0,
    }


async def test_a_voided_note_lets_the_whole_amount_be_due_again(local: Local) -> None:
    invoice = await a_final(local, await a_customer(local))
    note = await a_note(local, invoice, amount=700)
    voided = await local.client.v1.credit_notes.void_credit_note_async(note.id)
    assert (voided.status, voided.voided_at is not None, voided.pre_payment_amount) == ("void", True, 700)
    back = await again(local, invoice)
    assert (back.status, due(back), credited(back)) == ("open", (2500, 0, 2500), (0, 0))
    assert happened(local, "credit_note") == ["credit_note.created", "credit_note.voided"]
    assert due(await local.client.v1.invoices.pay_async(invoice.id)) == (2500, 2500, 0)
    [charge] = (await local.client.v1.charges.list_async()).data
    assert charge.amount == 2500
    following = await a_note(local, invoice, amount=2500, credit_amount=2500)
    assert following.number == f"{invoice.number}-CN-02"


async def test_a_subscription_whose_first_invoice_is_credited_becomes_active(local: Local) -> None:
    customer = await a_customer(local, None)
    subscription = await a_subscription(local, customer, payment_behavior="default_incomplete")
    assert subscription.status == "incomplete"
    invoice = await local.client.v1.invoices.retrieve_async(str(subscription.latest_invoice))
    await a_note(local, invoice, amount=1000)
    assert await status_of(local, subscription) == "active"
    assert "invoice.payment_succeeded" not in happened(local)


async def test_dunning_goes_on_for_what_is_left_after_a_note(local: Local) -> None:
    customer = await a_customer(local, "pm_card_chargeCustomerFail")
    invoice = await a_draft(local, customer, auto_advance=True)
    await local.clock.advance(2 * 3600)
    await a_note(local, invoice, amount=500)
    await new_default_card(local, customer, "pm_card_visa")
    await local.clock.advance(4 * DAY)
    paid = await again(local, invoice)
    assert (paid.status, due(paid)) == ("paid", (2000, 2000, 0))


# -- after payment ----------------------------------------------------------------------------------------


async def test_a_note_on_a_paid_invoice_refunds_credits_and_notes_what_goes_outside(local: Local) -> None:
    customer = await a_customer(local)
    invoice = await a_paid(local, customer)
    before = happened(local)
    note = await a_note(
        local, invoice, amount=2000, refund_amount=1200, credit_amount=500, out_of_band_amount=300, reason="duplicate"
    )
    assert (note.type, note.pre_payment_amount, note.post_payment_amount) == ("post_payment", 0, 2000)
    assert note.out_of_band_amount == 300
    [linked] = note.refunds
    refund = await local.client.v1.refunds.retrieve_async(str(linked.refund))
    assert (linked.amount_refunded, refund.amount, refund.status) == (1200, 1200, "succeeded")
    [charge] = (await local.client.v1.charges.list_async()).data
    assert (refund.charge, charge.amount_refunded, charge.refunded) == (charge.id, 1200, False)
    kept = await again(local, invoice)
    assert (kept.status, due(kept), credited(kept)) == ("paid", (2500, 2500, 0), (0, 2000))
    assert await moves(local, customer) == [("credit_note", -500, -500)]
    [row] = (await local.client.v1.customers.balance_transactions.list_async(customer.id)).data
    assert (row.id, row.credit_note, row.invoice) == (note.customer_balance_transaction, note.id, invoice.id)
    assert happened(local)[len(before) :] == [
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "charge.refund.updated",
        "customer.updated",
        "credit_note.created",
        "invoice.updated",
    ]


async def test_credit_of_a_note_is_taken_by_the_next_invoice(local: Local) -> None:
    customer = await a_customer(local)
    await a_note(local, await a_paid(local, customer), amount=800, credit_amount=800)
    following = await a_paid(local, customer, 1000)
    assert (following.amount_paid, following.starting_balance, following.ending_balance) == (200, -800, 0)
    assert await balance(local, customer) == 0


async def test_a_note_may_take_both_from_what_is_due_and_from_what_credit_has_paid(local: Local) -> None:
    customer = await a_customer(local, balance=-1000)
    invoice = await a_final(local, customer)
    note = await a_note(local, invoice, amount=2500, credit_amount=1000)
    assert (note.type, note.pre_payment_amount, note.post_payment_amount) == ("mixed", 1500, 1000)
    paid = await again(local, invoice)
    assert (paid.status, due(paid), credited(paid)) == ("paid", (0, 0, 0), (1500, 1000))
    assert await balance(local, customer) == -1000


async def test_a_note_accounts_for_a_refund_that_was_made_before(local: Local) -> None:
    invoice = await a_paid(local, await a_customer(local))
    [charge] = (await local.client.v1.charges.list_async()).data
    refund = await local.client.v1.refunds.create_async({"charge": charge.id, "amount": 900})
    part = await a_note(local, invoice, amount=400, refunds=[{"refund": refund.id, "amount_refunded": 400}])
    rest = await a_note(local, invoice, amount=600, refunds=[{"refund": refund.id}], out_of_band_amount=100)
    assert [(one.refund, one.amount_refunded) for one in (*part.refunds, *rest.refunds)] == [
        (refund.id, 400),
        (refund.id, 500),
    ]
    assert credited(await again(local, invoice)) == (0, 1000)
    assert len((await local.client.v1.refunds.list_async()).data) == 1


# -- lines ------------------------------------------------------------------------------------------------


async def test_a_line_is_credited_by_amount_with_its_discount_and_tax(local: Local) -> None:
    v1 = local.client.v1
    vat = await v1.tax_rates.create_async({"display_name": "VAT", "percentage": 19, "inclusive": False})
    coupon = await v1.coupons.create_async({"percent_off": 10, "duration": "once"})
    invoice = await a_final(
        local, await a_customer(local), 1000, default_tax_rates=[vat.id], discounts=[{"coupon": coupon.id}]
    )
    assert invoice.total == 1071
    line = {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id}
    first = await a_note(local, invoice, lines=[line | {"amount": 357}])
    [row] = first.lines.data
    assert (row.type, row.invoice_line_item, row.description) == (
        "invoice_line_item",
        line["invoice_line_item"],
        "Work",
    )
    assert (row.amount, row.discount_amount, row.quantity, row.unit_amount) == (333, 33, None, None)
    assert row.taxes is not None
    assert [(tax.amount, tax.taxable_amount, tax.tax_behavior) for tax in row.taxes] == [(57, 300, "exclusive")]
    assert (first.subtotal, first.discount_amount, first.total_excluding_tax, first.total) == (333, 33, 300, 357)
    rest = await a_note(local, invoice, lines=[line | {"amount": 714}])
    assert (rest.subtotal, rest.discount_amount, rest.total) == (667, 67, 714)
    assert first.total_taxes is not None
    assert rest.total_taxes is not None
    assert first.total_taxes[0].amount + rest.total_taxes[0].amount == 171
    assert (await again(local, invoice)).status == "paid"


async def test_the_amount_of_a_line_includes_the_tax_that_was_added(local: Local) -> None:
    vat = await local.client.v1.tax_rates.create_async({"display_name": "VAT", "percentage": 19, "inclusive": False})
    invoice = await a_final(local, await a_customer(local), 1000, default_tax_rates=[vat.id])
    line = {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id, "amount": 951}
    note = await a_note(local, invoice, lines=[line])
    assert (note.total, note.subtotal, note.total_excluding_tax) == (951, 799, 799)
    assert [(tax.amount, tax.taxable_amount) for tax in note.total_taxes or []] == [(152, 799)]
    assert due(await again(local, invoice)) == (239, 0, 239)


async def test_a_line_is_credited_by_quantity(local: Local) -> None:
    customer = await a_customer(local)
    price = await a_price(local, 400, recurring="")
    draft = await local.client.v1.invoices.create_async({"customer": customer.id})
    item: Any = {"customer": customer.id, "invoice": draft.id, "pricing": {"price": price.id}, "quantity": 3}
    await local.client.v1.invoice_items.create_async(item)
    invoice = await local.client.v1.invoices.finalize_invoice_async(draft.id)
    line = {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id}
    note = await a_note(local, invoice, lines=[line | {"quantity": 2}])
    [row] = note.lines.data
    assert (note.total, row.amount, row.quantity) == (800, 800, 2)
    assert (row.unit_amount, str(row.unit_amount_decimal)) == (400, "400")
    assert due(await again(local, invoice)) == (400, 0, 400)


@pytest.mark.parametrize("by", ["amount", "quantity"])
async def test_a_negative_line_is_credited_below_zero(local: Local, by: str) -> None:
    customer = await a_customer(local)
    draft = await a_draft(local, customer, 10_000)
    less: Any = {"customer": customer.id, "invoice": draft.id, "amount": -5000, "currency": "usd"}
    await local.client.v1.invoice_items.create_async(less)
    invoice = await local.client.v1.invoices.finalize_invoice_async(draft.id)
    lines = [
        {"type": "invoice_line_item", "invoice_line_item": line.id, by: line.amount if by == "amount" else 1}
        for line in invoice.lines.data
    ]
    note = await a_note(local, invoice, lines=lines)
    assert sorted(line.amount for line in note.lines.data) == [-5000, 10_000]
    assert note.total == 5000
    assert (await again(local, invoice)).status == "paid"


async def test_a_line_of_its_own_has_a_text_a_quantity_and_taxes(local: Local) -> None:
    vat = await local.client.v1.tax_rates.create_async({"display_name": "VAT", "percentage": 20, "inclusive": True})
    invoice = await a_final(local, await a_customer(local))
    mine = {"type": "custom_line_item", "description": "Goodwill", "metadata": {"by": "max"}}
    note = await a_note(
        local,
        invoice,
        lines=[
            mine | {"unit_amount": 300, "quantity": 2, "tax_rates": [vat.id]},
            mine | {"unit_amount_decimal": "33.5"},
        ],
    )
    first, second = note.lines.data
    assert (first.amount, first.quantity, first.unit_amount, first.description) == (600, 2, 300, "Goodwill")
    assert (second.amount, second.unit_amount, str(second.unit_amount_decimal)) == (34, None, "33.5")
    assert (note.total, note.subtotal_excluding_tax, note.total_excluding_tax) == (634, 534, 534)
    assert [rate.id for rate in first.tax_rates] == [vat.id]
    assert "invoice_line_item" not in first.to_dict()


# -- reading ----------------------------------------------------------------------------------------------


async def test_a_preview_tells_the_note_and_changes_nothing(local: Local) -> None:
    invoice = await a_paid(local, await a_customer(local))
    before = everything(local.sandbox.state())
    notes = local.client.v1.credit_notes
    seen = await notes.preview_async({"invoice": invoice.id, "amount": 900, "refund_amount": 900})
    assert (seen.total, seen.post_payment_amount, seen.number) == (900, 900, f"{invoice.number}-CN-01")
    lines = await notes.preview_lines.list_async({"invoice": invoice.id, "amount": 900, "refund_amount": 900})
    assert [line.amount for line in lines.data] == [900]
    assert everything(local.sandbox.state()) == before


async def test_notes_are_found_by_invoice_and_customer_and_may_be_annotated(local: Local) -> None:
    customer, other = await a_customer(local), await a_customer(local)
    invoice, foreign = await a_final(local, customer), await a_final(local, other)
    first, second = await a_note(local, invoice, amount=100), await a_note(local, invoice, amount=200)
    third = await a_note(local, foreign, amount=300)
    notes = local.client.v1.credit_notes
    assert [note.id for note in (await notes.list_async()).data] == [third.id, second.id, first.id]
    assert [note.id for note in (await notes.list_async({"invoice": invoice.id})).data] == [second.id, first.id]
    assert [note.id for note in (await notes.list_async({"customer": other.id})).data] == [third.id]
    assert [line.amount for line in (await notes.line_items.list_async(second.id)).data] == [200]
    changed = await notes.update_async(first.id, {"memo": "Sorry", "metadata": {"a": "b"}})
    assert (changed.memo, changed.total) == ("Sorry", 100)
    assert (await notes.retrieve_async(first.id, {"expand": ["invoice"]})).memo == "Sorry"
    assert happened(local, "credit_note.updated") == ["credit_note.updated"]


async def test_a_note_is_printed(local: Local, browser: aiohttp.ClientSession) -> None:
    note = await a_note(local, await a_final(local, await a_customer(local)), amount=700)
    async with browser.get(note.pdf) as answer:
        assert (answer.status, answer.content_type) == (200, "application/pdf")
        text = await answer.read()
    assert str(note.number).encode() in text
    assert b"Total: $7.00" in text


async def test_notes_have_stripes_shape(local: Local) -> None:
    v1 = local.client.v1
    vat = await v1.tax_rates.create_async({"display_name": "VAT", "percentage": 19, "inclusive": False})
    coupon = await v1.coupons.create_async({"percent_off": 10, "duration": "once"})
    invoice = await a_paid(
        local, await a_customer(local), default_tax_rates=[vat.id], discounts=[{"coupon": coupon.id}]
    )
    line = {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id, "amount": 1000}
    await a_note(local, invoice, lines=[line], refund_amount=500, credit_amount=500)
    open_one = await a_final(local, await a_customer(local))
    note = await a_note(
        local, open_one, lines=[{"type": "custom_line_item", "unit_amount": 300, "tax_rates": [vat.id]}]
    )
    await v1.credit_notes.void_credit_note_async(note.id)
    status, preview, _ = await raw(local, "GET", f"/v1/credit_notes/preview?invoice={open_one.id}&amount=5")
    assert status == 200
    objects = everything(local.sandbox.state())
    assert {obj["object"] for obj in objects} >= {"credit_note", "customer_balance_transaction", "refund"}
    assert misfits([*objects, preview]) == []
