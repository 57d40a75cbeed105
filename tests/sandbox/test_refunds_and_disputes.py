"""Money that goes back: refunds by the shop, disputes by a bank."""

from typing import Any

import pytest
import stripe

from tests.sandbox.billing import a_customer, a_subscription
from tests.sandbox.conftest import Local
from tests.sandbox.stripe_spec import everything, misfits

DAY = 86_400


async def paid_charge(local: Local, amount: int = 1000) -> stripe.Charge:
    """Somebody has bought something once, with an invoice."""
    item: Any = {
        "quantity": 1,
        "price_data": {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Lifetime"}},
    }
    session = await local.client.v1.checkout.sessions.create_async(
        {
            "mode": "payment",
            "success_url": "http://127.0.0.1:9/done",
            "line_items": [item],
            "invoice_creation": {"enabled": True},
        }
    )
    assert await local.sandbox.pay(session=session.id, card="4242424242424242") == {
        "status": "paid",
        "message": "Thank you.",
    }
    [charge] = (await local.client.v1.charges.list_async({"limit": 1})).data
    return charge


async def types(local: Local, prefix: str) -> list[str]:
    """Events of these kinds, oldest first."""
    events = await local.client.v1.events.list_async({"limit": 100})
    return [event.type for event in reversed(events.data) if event.type.startswith(prefix)]


async def charge_now(local: Local, charge: stripe.Charge) -> stripe.Charge:
    return await local.client.v1.charges.retrieve_async(charge.id, {"expand": ["refunds"]})


# -- refunds ----------------------------------------------------------------------------------------------


async def test_a_full_refund_by_charge(local: Local) -> None:
    charge = await paid_charge(local)
    refund = await local.client.v1.refunds.create_async(
        {"charge": charge.id, "reason": "requested_by_customer", "metadata": {"row": "1"}}
    )
    assert (refund.amount, refund.status, refund.charge, refund.payment_intent) == (
        1000,
        "succeeded",
        charge.id,
        charge.payment_intent,
    )
    after = await charge_now(local, charge)
    assert (after.refunded, after.amount_refunded) == (True, 1000)
    assert after.refunds is not None
    assert [one.id for one in after.refunds.data] == [refund.id]
    assert await types(local, "charge.refunded") == ["charge.refunded"]
    assert await types(local, "refund.") == ["refund.created", "refund.updated"]
    with pytest.raises(stripe.InvalidRequestError) as again:
        await local.client.v1.refunds.create_async({"charge": charge.id})
    assert again.value.code == "charge_already_refunded"


async def test_partial_refunds_by_payment_intent_until_nothing_is_left(local: Local) -> None:
    charge = await paid_charge(local)
    refunds, intent = local.client.v1.refunds, str(charge.payment_intent)
    first = await refunds.create_async({"payment_intent": intent, "amount": 300})
    after = await charge_now(local, charge)
    assert (after.refunded, after.amount_refunded) == (False, 300)
    with pytest.raises(stripe.InvalidRequestError, match=r"\$8.00.*\$7.00"):
        await refunds.create_async({"payment_intent": intent, "amount": 800})
    second = await refunds.create_async({"payment_intent": intent})
    assert second.amount == 700
    assert (await charge_now(local, charge)).refunded
    ways: list[Any] = [{"charge": charge.id}, {"payment_intent": intent}]
    for way in ways:
        found = await refunds.list_async(way)
        assert [one.id for one in found.data] == [second.id, first.id]
    changed = await refunds.update_async(first.id, {"metadata": {"why": "kind"}})
    assert (await refunds.retrieve_async(first.id)).metadata == changed.metadata
    assert (await types(local, "refund."))[-1] == "refund.updated"


async def test_a_refund_needs_to_know_of_what(local: Local) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        await local.client.v1.refunds.create_async({})
    with pytest.raises(stripe.InvalidRequestError, match="No such charge"):
        await local.client.v1.refunds.create_async({"charge": "ch_none"})


async def test_a_refund_that_the_bank_sends_back(local: Local) -> None:
    charge = await paid_charge(local)
    refund = await local.sandbox.refund(charge=charge.id, status="failed")
    assert (refund["status"], refund["failure_reason"]) == ("failed", "expired_or_canceled_card")
    after = await charge_now(local, charge)
    assert (after.refunded, after.amount_refunded) == (False, 0)
    assert "refund.failed" in await types(local, "refund.")


async def test_a_refund_leaves_the_balance_in_some_days_and_names_its_charge(local: Local) -> None:
    charge = await paid_charge(local)
    await local.client.v1.charges.update_async(charge.id, {"description": "Lifetime"})
    refund = await local.client.v1.refunds.create_async({"charge": charge.id})
    entry = await local.client.v1.balance_transactions.retrieve_async(str(refund.balance_transaction))
    assert (entry.amount, entry.status, entry.description) == (-1000, "pending", "REFUND FOR CHARGE (Lifetime)")


async def test_the_control_refunds_what_an_invoice_was_paid_with(local: Local) -> None:
    charge = await paid_charge(local)
    [invoice] = (await local.client.v1.invoices.list_async()).data
    refund = await local.sandbox.refund(invoice=invoice.id, amount=250)
    assert (refund["charge"], refund["amount"]) == (charge.id, 250)


# -- disputes ---------------------------------------------------------------------------------------------


async def test_a_chargeback_takes_the_money_and_is_won(local: Local) -> None:
    charge = await paid_charge(local)
    opened = await local.sandbox.dispute(charge=charge.id, status="open")
    assert (opened["status"], opened["amount"], opened["reason"]) == ("needs_response", 1000, "fraudulent")
    assert "customer" not in opened
    assert (await charge_now(local, charge)).disputed
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        await local.client.v1.refunds.create_async({"charge": charge.id})
    won = await local.sandbox.dispute(payment_intent=str(charge.payment_intent), status="won")
    assert (won["id"], won["status"]) == (opened["id"], "won")
    assert [(entry["amount"], entry["fee"]) for entry in won["balance_transactions"]] == [(-1000, 1500), (1000, 0)]
    assert [entry["reporting_category"] for entry in won["balance_transactions"]] == ["dispute", "dispute_reversal"]
    assert await types(local, "charge.dispute.") == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.updated",
        "charge.dispute.closed",
    ]


async def test_an_inquiry_takes_nothing_and_may_become_a_chargeback(local: Local) -> None:
    charge = await paid_charge(local)
    inquiry = await local.sandbox.dispute(charge=charge.id, status="inquiry")
    assert (inquiry["status"], inquiry["balance_transactions"]) == ("warning_needs_response", [])
    lost = await local.sandbox.dispute(charge=charge.id, status="lost")
    assert (lost["status"], len(lost["balance_transactions"])) == ("lost", 1)
    assert await types(local, "charge.dispute.") == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
    ]


async def test_an_unanswered_dispute_is_lost_and_an_inquiry_fades(local: Local) -> None:
    first, second = await paid_charge(local), await paid_charge(local)
    chargeback = await local.sandbox.dispute(charge=first.id)
    inquiry = await local.sandbox.dispute(charge=second.id, status="inquiry")
    await local.clock.advance(10 * DAY)
    disputes = local.client.v1.disputes
    assert (await disputes.retrieve_async(chargeback["id"])).status == "lost"
    assert (await disputes.retrieve_async(inquiry["id"])).status == "warning_needs_response"
    await local.clock.advance(120 * DAY)
    assert (await disputes.retrieve_async(inquiry["id"])).status == "warning_closed"


async def test_the_shop_answers_or_gives_in(local: Local) -> None:
    first, second = await paid_charge(local), await paid_charge(local)
    disputes = local.client.v1.disputes
    one = await local.sandbox.dispute(charge=first.id)
    answered = await disputes.update_async(one["id"], {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert (answered.status, answered.evidence_details.has_evidence) == ("under_review", True)
    await local.clock.advance(2)
    assert (await disputes.retrieve_async(one["id"])).status == "won"
    other = await local.sandbox.dispute(charge=second.id)
    assert (await disputes.close_async(other["id"])).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        await disputes.close_async(other["id"])
    assert [d.id for d in (await disputes.list_async({"charge": first.id})).data] == [one["id"]]
    assert len((await disputes.list_async()).data) == 2


@pytest.mark.parametrize(
    ("card", "status"),
    [("pm_card_createDispute", "needs_response"), ("pm_card_createDisputeInquiry", "warning_needs_response")],
)
async def test_some_test_cards_are_disputed_a_moment_after_they_paid(local: Local, card: str, status: str) -> None:
    await a_subscription(local, await a_customer(local, card))
    [charge] = (await local.client.v1.charges.list_async()).data
    assert not charge.disputed
    await local.clock.advance(2)
    [dispute] = (await local.client.v1.disputes.list_async({"charge": charge.id})).data
    assert (dispute.status, dispute.amount) == (status, charge.amount)
    assert (await charge_now(local, charge)).disputed


async def test_what_was_never_paid_cannot_be_disputed(local: Local) -> None:
    with pytest.raises(Exception, match="No successful charge"):
        await local.sandbox.dispute(invoice="in_none")


async def test_refunds_and_disputes_fit_the_specification(local: Local) -> None:
    first, second = await paid_charge(local), await paid_charge(local)
    await local.sandbox.refund(charge=first.id, amount=10)
    await local.sandbox.refund(charge=first.id, status="failed")
    await local.sandbox.dispute(charge=second.id)
    await local.sandbox.dispute(charge=second.id, status="won")
    assert misfits(everything(local.sandbox.state())) == []


# -- early fraud warnings -----------------------------------------------------------------------------------


async def test_a_warning_is_found_by_its_charge_and_is_over_with_the_refund(local: Local) -> None:
    warnings = local.client.v1.radar.early_fraud_warnings
    charge, other = await paid_charge(local), await paid_charge(local)
    made = await local.sandbox.fraud_warning(charge=charge.id, fraud_type="misc")
    for which in ({"charge": charge.id}, {"payment_intent": str(charge.payment_intent)}, {"created": {"gte": 1}}):
        (found,) = (await warnings.list_async(which)).data  # type: ignore[arg-type]  # one filter at a time
        assert (found.id, found.actionable, found.fraud_type) == (made["id"], True, "misc")
    assert (await warnings.list_async({"charge": other.id})).data == []
    await local.client.v1.refunds.create_async({"charge": charge.id, "amount": 400})
    assert (await warnings.retrieve_async(made["id"])).actionable
    await local.client.v1.refunds.create_async({"charge": charge.id})
    assert not (await warnings.retrieve_async(made["id"])).actionable
    kinds = ["radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"]
    assert await types(local, "radar.") == kinds
    assert misfits(everything(local.sandbox.state())) == []


@pytest.mark.parametrize("dispute", [None, "open"])
async def test_a_test_card_is_warned_of_a_moment_after_it_paid(local: Local, dispute: str | None) -> None:
    await a_subscription(local, await a_customer(local, "pm_card_createIssuerFraudRecord"))
    await local.clock.advance(2)
    (warning,) = (await local.client.v1.radar.early_fraud_warnings.list_async()).data
    assert warning.actionable
    if dispute is not None:
        await local.sandbox.dispute(charge=str(warning.charge), status=dispute)
        assert not (await local.client.v1.radar.early_fraud_warnings.retrieve_async(warning.id)).actionable
