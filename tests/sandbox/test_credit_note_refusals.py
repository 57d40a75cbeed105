"""What Stripe refuses of credit notes. A refused one leaves no refund, no credit and no trace on the invoice."""

from typing import Any

import pytest
import stripe

from tests.sandbox.billing import a_customer, a_price
from tests.sandbox.conftest import Local
from tests.sandbox.test_balances import a_final
from tests.sandbox.test_credit_notes import a_note, a_paid, again, due
from tests.sandbox.test_stripe_invoices import a_draft


async def refused(local: Local, invoice: stripe.Invoice, text: str, **params: Any) -> stripe.InvalidRequestError:
    """The refusal of a note, by both creating and previewing it. Nothing has changed by it."""
    kinds = ("credit_note", "refund", "customer_balance_transaction", "event")
    before = [len(local.sandbox.objects.by_kind[kind]) for kind in kinds]
    wish: Any = {"invoice": invoice.id, **params}
    with pytest.raises(stripe.InvalidRequestError, match=text):
        await local.client.v1.credit_notes.preview_async(wish)
    with pytest.raises(stripe.InvalidRequestError, match=text) as error:
        await local.client.v1.credit_notes.create_async(wish)
    assert error.value.http_status == 400
    assert [len(local.sandbox.objects.by_kind[kind]) for kind in kinds] == before
    return error.value


async def test_only_open_and_paid_invoices_take_notes(local: Local) -> None:
    customer, invoices = await a_customer(local), local.client.v1.invoices
    draft = await a_draft(local, customer)
    assert (await refused(local, draft, "This invoice is draft", amount=100)).param == "invoice"
    gone = await invoices.void_invoice_async((await a_final(local, customer)).id)
    await refused(local, gone, "This invoice is void", amount=100)
    lost = await invoices.mark_uncollectible_async((await a_final(local, customer)).id)
    await refused(local, lost, "This invoice is uncollectible", amount=100)


async def test_a_note_says_of_which_invoice_and_how_much(local: Local) -> None:
    invoice = await a_final(local, await a_customer(local))
    with pytest.raises(stripe.InvalidRequestError, match="No such invoice: 'in_none'"):
        await local.client.v1.credit_notes.create_async({"invoice": "in_none", "amount": 1})
    nothing = await refused(local, invoice, "One of `amount`, `lines`, or `shipping_cost` must be provided")
    assert nothing.code == "parameter_missing"
    await refused(local, invoice, "greater than or equal to 1", amount=0)
    line = {"type": "custom_line_item", "unit_amount": 100}
    await refused(local, invoice, "only specify one of these parameters: amount, lines", amount=100, lines=[line])
    await refused(local, invoice, "no shipping cost", shipping_cost={"shipping_rate": "shr_1"})
    await refused(local, invoice, "Invalid reason: must be one of duplicate", amount=100, reason="mood")
    await refused(
        local, invoice, "Invalid email_type: must be one of credit_note or none", amount=100, email_type="all"
    )
    await refused(local, invoice, "must be at most 5000 characters", amount=100, memo="x" * 5001)


async def test_notes_together_are_at_most_the_total_of_the_invoice(local: Local) -> None:
    invoice = await a_final(local, await a_customer(local))
    await refused(local, invoice, r"\$25.01\) is greater than .* \(\$25.00\)", amount=2501, credit_amount=1)
    await a_note(local, invoice, amount=2000)
    await refused(local, invoice, r"\$5.01\) is greater than .* \(\$5.00\)", amount=501, credit_amount=1)


async def test_what_is_due_is_never_refunded_or_credited(local: Local) -> None:
    invoice = await a_final(local, await a_customer(local))
    for where in ("refund_amount", "credit_amount", "out_of_band_amount"):
        more: Any = {where: 100}
        await refused(local, invoice, r"\(\$1.00\) must equal the post payment amount .*\(\$0.00\)", amount=100, **more)


async def test_what_was_paid_goes_somewhere_to_the_cent(local: Local) -> None:
    invoice = await a_paid(local, await a_customer(local))
    await refused(local, invoice, r"\(\$0.00\) must equal the post payment amount .*\(\$1.00\)", amount=100)
    await refused(local, invoice, "must equal", amount=100, refund_amount=50, credit_amount=49)
    await refused(local, invoice, "must equal", amount=100, refund_amount=50, credit_amount=51)
    await refused(local, invoice, "greater than or equal to 0", amount=100, refund_amount=-1, credit_amount=101)


async def test_refunds_outside_of_notes_count_against_the_same_total(local: Local) -> None:
    invoice = await a_paid(local, await a_customer(local))
    [charge] = (await local.client.v1.charges.list_async()).data
    refund = await local.client.v1.refunds.create_async({"charge": charge.id, "amount": 900})
    await refused(local, invoice, r"is greater than .* \(\$16.00\)", amount=1601, credit_amount=1601)
    failed = await local.sandbox.refund(charge=charge.id, amount=600, status="failed")
    await refused(local, invoice, "At most .0.00 of the refund", amount=1, refunds=[{"refund": failed["id"]}])
    await a_note(local, invoice, amount=1600, credit_amount=1600)
    await a_note(local, invoice, amount=900, refunds=[{"refund": refund.id}])
    await refused(local, invoice, r"is greater than .* \(\$0.00\)", amount=1, credit_amount=1)


async def test_a_refund_needs_a_charge_with_enough_left(local: Local) -> None:
    customer = await a_customer(local)
    elsewhere = await a_final(local, customer)
    await local.client.v1.invoices.pay_async(elsewhere.id, {"paid_out_of_band": True})
    await refused(local, elsewhere, "no charge of this invoice", amount=100, refund_amount=100)
    partly = await a_final(local, await a_customer(local, balance=-2000))
    await local.client.v1.invoices.pay_async(partly.id)
    wish: Any = {"amount": 600, "refund_amount": 600}
    await refused(
        local, partly, r"Refund amount \(\$6.00\) is greater than unrefunded amount on charge \(\$5.00\)", **wish
    )
    await a_note(local, partly, amount=600, refund_amount=500, credit_amount=100)
    disputed = await a_paid(local, customer)
    await local.sandbox.dispute(invoice=disputed.id)
    await refused(local, disputed, "has been charged back; cannot issue a refund", amount=100, refund_amount=100)


async def test_a_refund_is_linked_once_and_to_its_own_invoice(local: Local) -> None:
    customer = await a_customer(local)
    invoice, other = await a_paid(local, customer), await a_paid(local, customer)
    theirs = await local.sandbox.refund(invoice=other.id, amount=300)
    mine = await local.sandbox.refund(invoice=invoice.id, amount=300)
    await refused(local, invoice, "not of a payment of this invoice", amount=300, refunds=[{"refund": theirs["id"]}])
    await refused(local, invoice, "not of a payment of this invoice", amount=300, refunds=[{"refund": "re_none"}])
    twice = [{"refund": mine["id"]}, {"refund": mine["id"]}]
    await refused(local, invoice, "At most .0.00 of the refund", amount=600, refunds=twice)
    more = [{"refund": mine["id"], "amount_refunded": 301}]
    await refused(local, invoice, "At most .3.00 of the refund", amount=301, refunds=more)
    both: Any = {"refunds": [{"refund": mine["id"]}], "refund_amount": 100}
    await refused(local, invoice, "only specify one of these parameters: refund_amount, refunds", amount=400, **both)
    record: Any = [{"type": "payment_record_refund"}]
    await refused(local, invoice, "Missing required param", amount=300, refunds=record)


async def test_a_deleted_customer_gets_no_credit(local: Local) -> None:
    customer = await a_customer(local)
    invoice = await a_paid(local, customer)
    await local.client.v1.customers.delete_async(customer.id)
    await refused(local, invoice, "has been deleted", amount=100, credit_amount=100)
    await a_note(local, invoice, amount=100, refund_amount=100)


async def test_a_line_is_credited_up_to_its_amount_and_quantity_and_in_one_way(local: Local) -> None:
    customer = await a_customer(local)
    draft = await local.client.v1.invoices.create_async({"customer": customer.id})
    price = await a_price(local, 400, recurring="")
    item: Any = {"customer": customer.id, "invoice": draft.id, "pricing": {"price": price.id}, "quantity": 3}
    await local.client.v1.invoice_items.create_async(item)
    less: Any = {"customer": customer.id, "invoice": draft.id, "amount": -100, "currency": "usd"}
    await local.client.v1.invoice_items.create_async(less)
    invoice = await local.client.v1.invoices.finalize_invoice_async(draft.id)
    rows = {row.amount: row.id for row in invoice.lines.data}
    line = {"type": "invoice_line_item", "invoice_line_item": rows[1200]}
    await refused(local, invoice, r"at most \$12.00", lines=[line | {"amount": 1201}])
    await refused(local, invoice, "at most 3", lines=[line | {"quantity": 4}])
    await refused(local, invoice, "at most 1", lines=[line | {"quantity": 2}, line | {"quantity": 2}])
    await refused(local, invoice, "exactly one of these parameters: amount, quantity", lines=[line])
    negative = {"type": "invoice_line_item", "invoice_line_item": rows[-100]}
    await refused(local, invoice, "must be greater than zero", lines=[negative | {"quantity": 1}])
    for amount in (-101, 1, 0):
        await refused(local, invoice, r"at most -\$1.00", lines=[negative | {"amount": amount}])
    await refused(local, invoice, r"at most \$12.00", lines=[line | {"amount": -1}])
    await refused(local, invoice, r"\$12.00\) is greater than .* \(\$11.00\)", lines=[line | {"quantity": 3}])
    note = await a_note(local, invoice, lines=[line | {"quantity": 1}])
    await refused(local, invoice, "credited by quantity already", lines=[line | {"amount": 1}])
    await refused(local, invoice, "at most 2", lines=[line | {"quantity": 3}])
    await local.client.v1.credit_notes.void_credit_note_async(note.id)
    await a_note(local, invoice, lines=[line | {"amount": 800}])
    await refused(local, invoice, r"at most \$4.00", lines=[line | {"amount": 401}])


async def test_each_kind_of_line_has_its_own_parameters(local: Local) -> None:
    customer = await a_customer(local)
    invoice, other = await a_final(local, customer), await a_final(local, customer)
    mine: dict[str, Any] = {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id, "amount": 100}
    custom: dict[str, Any] = {"type": "custom_line_item", "unit_amount": 100}
    foreign = mine | {"invoice_line_item": other.lines.data[0].id}
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"amount": 100}, r"Missing required param: lines\[0\]\[type\]", "lines[0][type]"),
        ({"type": "gift"}, "must be one of custom_line_item or invoice_line_item", "lines[0][type]"),
        (foreign, "No such invoice line item: 'il_", "lines[0][invoice_line_item]"),
        (
            mine | {"unit_amount": 1},
            "`unit_amount` is only valid when `type` is `custom_line_item`",
            "lines[0][unit_amount]",
        ),
        (mine | {"description": "x"}, "only valid when `type` is `custom_line_item`", "lines[0][description]"),
        (mine | {"tax_amounts": [{"amount": 1}]}, "Stripe made for automatic tax", "lines[0][tax_amounts]"),
        (custom | {"amount": 1}, "`amount` is only valid when `type` is `invoice_line_item`", "lines[0][amount]"),
        ({"type": "custom_line_item"}, "Missing required param", "lines[0][unit_amount]"),
        (custom | {"unit_amount_decimal": "1.5"}, "only specify one", "lines[0][unit_amount]"),
        (custom | {"quantity": 0}, "greater than or equal to 1", "lines[0][quantity]"),
        (custom | {"tax_rates": ["txr_none"]}, "No such tax rate", "lines[0][tax_rates]"),
    ]
    for line, text, param in cases:
        assert (await refused(local, invoice, text, lines=[line])).param == param


async def test_a_note_is_voided_once_and_only_while_its_invoice_is_open(local: Local) -> None:
    invoice = await a_final(local, await a_customer(local))
    notes = local.client.v1.credit_notes
    first, second = await a_note(local, invoice, amount=100), await a_note(local, invoice, amount=200)
    await notes.void_credit_note_async(first.id)
    with pytest.raises(stripe.InvalidRequestError, match="already been voided"):
        await notes.void_credit_note_async(first.id)
    await local.client.v1.invoices.pay_async(invoice.id)
    with pytest.raises(stripe.InvalidRequestError, match="only void a credit note of an open invoice"):
        await notes.void_credit_note_async(second.id)
    assert due(await again(local, invoice)) == (2300, 2300, 0)
    with pytest.raises(stripe.InvalidRequestError, match="No such credit note: 'cn_none'"):
        await notes.void_credit_note_async("cn_none")


async def test_a_payment_on_its_way_lets_nobody_change_what_is_due(local: Local) -> None:
    invoice = await a_final(local, await a_customer(local))
    note = await a_note(local, invoice, amount=100)
    [intent] = local.sandbox.objects.by_kind["payment_intent"].values()
    intent["status"] = "processing"
    error = await refused(local, invoice, "has a status of processing", amount=100)
    assert error.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError, match="has a status of processing"):
        await local.client.v1.credit_notes.void_credit_note_async(note.id)
    assert due(await again(local, invoice)) == (2400, 0, 2400)
