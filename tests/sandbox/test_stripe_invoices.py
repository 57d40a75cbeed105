"""One-off invoices: drafts, items, sums, numbers; paid, refused, voided, given up; and what they leave behind."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.billing import DAY, HOUR, a_customer, a_price, a_subscription, happened, times
from tests.sandbox.conftest import Local


async def a_draft(local: Local, customer: stripe.Customer, amount: int = 2500, **more: Any) -> stripe.Invoice:
    """A draft with one item on it."""
    invoices, items = local.client.v1.invoices, local.client.v1.invoice_items
    params: dict[str, Any] = {"customer": customer.id, **more}
    draft = await invoices.create_async(params)  # type: ignore[arg-type]  # built up from parts
    await items.create_async(
        {"customer": customer.id, "invoice": draft.id, "amount": amount, "currency": "usd", "description": "Work"}
    )
    return await invoices.retrieve_async(draft.id)


async def test_a_draft_is_summed_finalized_with_a_number_and_paid(local: Local) -> None:
    customer = await a_customer(local)
    draft = await a_draft(local, customer, description="Thanks!", footer="Bye")
    assert (draft.status, draft.total, draft.auto_advance, draft.hosted_invoice_url) == ("draft", 2500, False, None)
    final = await local.client.v1.invoices.finalize_invoice_async(draft.id)
    assert final.status == "open"
    assert final.number == f"{customer.invoice_prefix}-0001"
    assert final.hosted_invoice_url == f"{local.url}/invoice/{draft.id}"
    assert final.invoice_pdf == f"{local.url}/invoice/{draft.id}/pdf"
    paid = await local.client.v1.invoices.pay_async(draft.id)
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 2500, 0)
    with pytest.raises(stripe.InvalidRequestError, match="Invoice is already paid"):
        await local.client.v1.invoices.pay_async(draft.id)


async def test_the_way_back_from_a_charge_to_its_invoice(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    charge = (await local.client.v1.charges.list_async({"customer": customer.id})).data[0]
    assert isinstance(charge.payment_intent, str)
    payments = await local.client.v1.invoice_payments.list_async(
        {"payment": {"type": "payment_intent", "payment_intent": charge.payment_intent}}
    )
    assert [payment.invoice for payment in payments.data] == [subscription.latest_invoice]
    assert (payments.data[0].status, payments.data[0].amount_paid) == ("paid", 1000)
    assert isinstance(subscription.latest_invoice, str)
    by_invoice = await local.client.v1.invoice_payments.list_async(
        {"invoice": subscription.latest_invoice, "status": "open"}
    )
    assert by_invoice.data == []


async def test_a_refused_payment_answers_402_with_the_banks_word_and_the_invoice_stays_open(local: Local) -> None:
    customer = await a_customer(local, "pm_card_chargeCustomerFail")
    draft = await a_draft(local, customer)
    with pytest.raises(stripe.CardError, match=r"Your card was declined\.") as refused:
        await local.client.v1.invoices.pay_async(draft.id)
    assert refused.value.http_status == 402
    after = await local.client.v1.invoices.retrieve_async(draft.id)
    assert (after.status, after.attempt_count) == ("open", 1)
    assert happened(local, "invoice.payment") == ["invoice.payment_failed"]
    paid = await local.client.v1.invoices.pay_async(draft.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "paid"
    assert len((await local.client.v1.charges.list_async({"customer": customer.id})).data) == 2


async def test_a_card_that_wants_authentication_answers_requires_action(local: Local) -> None:
    customer = await a_customer(local)
    draft = await a_draft(local, customer)
    with pytest.raises(stripe.CardError) as asked:
        await local.client.v1.invoices.pay_async(
            draft.id, {"payment_method": "pm_card_authenticationRequiredOnSetup", "off_session": False}
        )
    assert asked.value.code == "invoice_payment_intent_requires_action"
    assert (await local.client.v1.payment_intents.list_async()).data[0].status == "requires_action"


async def test_a_payment_elsewhere_is_paid_without_payment_succeeded(local: Local) -> None:
    draft = await a_draft(local, await a_customer(local, None))
    paid = await local.client.v1.invoices.pay_async(draft.id, {"paid_out_of_band": True})
    assert (paid.status, paid.amount_paid_off_stripe) == ("paid", 2500)
    assert "invoice.paid" in happened(local)
    assert "invoice.payment_succeeded" not in happened(local)
    intents = (await local.client.v1.payment_intents.list_async()).data
    assert [intent.status for intent in intents] == ["canceled"]


async def test_sending_needs_an_email_address(local: Local) -> None:
    customer = await a_customer(local, None, email="")
    with pytest.raises(stripe.InvalidRequestError, match=r"^Request req_\w+: Missing email\. In order to create"):
        await a_draft(local, customer, collection_method="send_invoice", days_until_due=7)
    with pytest.raises(stripe.InvalidRequestError, match=r"Missing email\."):
        await a_subscription(local, customer, collection_method="send_invoice", days_until_due=7)


async def test_a_sent_invoice_is_due_after_its_days_and_then_overdue(local: Local) -> None:
    draft = await a_draft(local, await a_customer(local, None), collection_method="send_invoice", days_until_due=7)
    await local.clock.advance(HOUR)
    sent = await local.client.v1.invoices.send_invoice_async(draft.id)
    assert sent.status == "open"
    assert sent.status_transitions.finalized_at is not None
    assert sent.due_date == sent.status_transitions.finalized_at + 7 * DAY
    assert happened(local, "invoice.sent") == ["invoice.sent"]
    await local.clock.advance(8 * DAY)
    assert times(local, "invoice.overdue") == [sent.due_date]


async def test_auto_advance_finalizes_after_an_hour_and_charges(local: Local) -> None:
    draft = await a_draft(local, await a_customer(local), auto_advance=True)
    await local.clock.advance(59 * 60)
    assert (await local.client.v1.invoices.retrieve_async(draft.id)).status == "draft"
    await local.clock.advance(120)
    assert (await local.client.v1.invoices.retrieve_async(draft.id)).status == "paid"


async def test_voiding_cancels_the_payment_and_gives_credit_back(local: Local) -> None:
    customer = await a_customer(local, None, balance=-1000)
    draft = await a_draft(local, customer)
    final = await local.client.v1.invoices.finalize_invoice_async(draft.id)
    assert (final.amount_due, final.starting_balance, final.ending_balance) == (1500, -1000, 0)
    voided = await local.client.v1.invoices.void_invoice_async(draft.id)
    assert voided.status == "void"
    assert (await local.client.v1.customers.retrieve_async(customer.id)).balance == -1000
    payments = await local.client.v1.invoice_payments.list_async({"invoice": draft.id})
    assert [payment.status for payment in payments.data] == ["canceled"]
    with pytest.raises(stripe.InvalidRequestError, match="voided"):
        await local.client.v1.invoices.pay_async(draft.id, {"payment_method": "pm_card_visa"})


async def test_a_bad_debt_may_still_be_paid(local: Local) -> None:
    draft = await a_draft(local, await a_customer(local))
    await local.client.v1.invoices.finalize_invoice_async(draft.id)
    lost = await local.client.v1.invoices.mark_uncollectible_async(draft.id)
    assert lost.status == "uncollectible"
    assert (await local.client.v1.invoices.pay_async(draft.id)).status == "paid"


async def test_a_bare_amount_gets_a_price_and_a_product_of_its_own(local: Local) -> None:
    customer, items = await a_customer(local), local.client.v1.invoice_items
    made = [await items.create_async({"customer": customer.id, "amount": n, "currency": "usd"}) for n in (5, -7)]
    await items.update_async(made[0].id, {"amount": 6})
    draft = await local.client.v1.invoices.create_async(
        {"customer": customer.id, "pending_invoice_items_behavior": "include"}
    )
    pricing = [line.pricing for line in draft.lines.data]
    assert [str(one.unit_amount_decimal) for one in pricing if one] == ["-7", "6"]
    assert len({one.price_details.product for one in pricing if one and one.price_details}) == 2


async def test_what_is_settled_is_neither_voided_nor_written_off(local: Local) -> None:
    customer, invoices = await a_customer(local), local.client.v1.invoices
    paid = await a_draft(local, customer)
    await invoices.pay_async(paid.id)
    with pytest.raises(stripe.InvalidRequestError, match="Invoices with `paid` payments cannot be voided"):
        await invoices.void_invoice_async(paid.id)
    with pytest.raises(stripe.InvalidRequestError, match="This invoice isn't open"):
        await invoices.mark_uncollectible_async(paid.id)
    lost = await a_draft(local, customer)
    await invoices.finalize_invoice_async(lost.id)
    await invoices.mark_uncollectible_async(lost.id)
    with pytest.raises(stripe.InvalidRequestError, match="has already been marked uncollectible"):
        await invoices.mark_uncollectible_async(lost.id)


async def test_only_drafts_can_be_deleted_or_rewritten(local: Local) -> None:
    customer = await a_customer(local)
    gone = await a_draft(local, customer)
    assert (await local.client.v1.invoices.delete_async(gone.id)).deleted is True
    kept = await a_draft(local, customer)
    await local.client.v1.invoices.finalize_invoice_async(kept.id)
    with pytest.raises(stripe.InvalidRequestError, match="You can only delete draft invoices"):
        await local.client.v1.invoices.delete_async(kept.id)
    with pytest.raises(stripe.InvalidRequestError, match="Finalized invoices can't be updated"):
        await local.client.v1.invoices.update_async(kept.id, {"footer": "other"})
    noted = await local.client.v1.invoices.update_async(kept.id, {"metadata": {"a": "b"}})
    assert noted.metadata is not None
    assert noted.metadata["a"] == "b"


async def test_an_item_that_went_with_its_draft_can_not_be_changed(local: Local) -> None:
    customer, v1 = await a_customer(local), local.client.v1
    draft = await a_draft(local, customer)
    [item] = (await v1.invoice_items.list_async({"invoice": draft.id})).data
    await v1.invoices.delete_async(draft.id)
    assert (await v1.invoice_items.list_async({"customer": customer.id})).data == []
    with pytest.raises(stripe.InvalidRequestError, match="attached to an invoice that is no longer editable") as kept:
        await v1.invoice_items.delete_async(item.id)
    with pytest.raises(stripe.InvalidRequestError, match="has been deleted") as gone:
        await v1.invoice_items.update_async(item.id, {"description": "Once more"})
    assert [(one.value.http_status, one.value.code) for one in (kept, gone)] == [(400, None)] * 2


async def test_pending_items_are_taken_only_when_asked_for(local: Local) -> None:
    customer = await a_customer(local)
    items, invoices = local.client.v1.invoice_items, local.client.v1.invoices
    once = await a_price(local, 700, recurring="")
    await items.create_async({"customer": customer.id, "pricing": {"price": once.id}, "quantity": 2})
    left = await invoices.create_async({"customer": customer.id})
    assert left.total == 0
    took = await invoices.create_async({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    assert took.total == 1400
    line = took.lines.data[0]
    assert line.pricing is not None
    assert line.pricing.price_details is not None
    assert line.pricing.price_details.price == once.id
    assert (await items.list_async({"customer": customer.id, "pending": True})).data == []


async def test_discounts_and_taxes_are_reckoned_line_by_line(local: Local) -> None:
    v1 = local.client.v1
    vat = await v1.tax_rates.create_async({"display_name": "VAT", "percentage": 20, "inclusive": False})
    coupon = await v1.coupons.create_async({"percent_off": 10, "duration": "once"})
    customer = await a_customer(local)
    draft = await a_draft(local, customer, 1000, default_tax_rates=[vat.id], discounts=[{"coupon": coupon.id}])
    assert (draft.subtotal, draft.total_excluding_tax, draft.total) == (1000, 900, 1080)
    assert draft.total_taxes is not None
    assert [tax.amount for tax in draft.total_taxes] == [180]
    inside = await v1.tax_rates.create_async({"display_name": "VAT", "percentage": 20, "inclusive": True})
    other = await a_draft(local, customer, 1200, default_tax_rates=[inside.id])
    assert (other.total, other.total_excluding_tax) == (1200, 1000)


async def test_an_invoice_holds_250_lines_and_shows_the_first_ten(local: Local) -> None:
    customer = await a_customer(local)
    draft = await local.client.v1.invoices.create_async({"customer": customer.id})
    item: Any = {"customer": customer.id, "invoice": draft.id, "amount": 100, "currency": "usd"}
    for _ in range(250):
        await local.client.v1.invoice_items.create_async(item)
    with pytest.raises(stripe.InvalidRequestError, match="250"):
        await local.client.v1.invoice_items.create_async(item)
    full = await local.client.v1.invoices.retrieve_async(draft.id)
    assert (full.total, len(full.lines.data), full.lines.has_more) == (25_000, 10, True)
    rest = await local.client.v1.invoices.line_items.list_async(draft.id, {"limit": 100})
    assert (len(rest.data), rest.has_more) == (100, True)


async def test_invoices_are_listed_by_customer_subscription_and_status(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    draft = await a_draft(local, customer)
    invoices = local.client.v1.invoices
    assert len((await invoices.list_async({"customer": customer.id})).data) == 2
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_none'"):
        await invoices.list_async({"customer": "cus_none"})
    assert [one.id for one in (await invoices.list_async({"status": "draft"})).data] == [draft.id]
    of_it = (await invoices.list_async({"subscription": subscription.id})).data
    assert [one.id for one in of_it] == [subscription.latest_invoice]
    assert of_it[0].parent is not None
    assert of_it[0].parent.subscription_details is not None
    assert of_it[0].parent.subscription_details.subscription == subscription.id
