"""Buttons about money that opens nothing: who sees them, who may press them, in either language."""

import pytest

from payments.core.access import Reason
from payments.core.billing import Invoice, InvoiceStatus, Subscription, SubscriptionStatus
from payments.core.community import Platform
from payments.core.ids import InvoiceId
from payments.core.rights import Rank
from payments.ports.chat import ActionButton
from tests.commands.conftest import ADA, BEN, DAY, MIA, START, Town, action_of, member

CANCELED, UNPAID = SubscriptionStatus.CANCELED, SubscriptionStatus.UNPAID


async def _bill(town: Town, of: Subscription, status: InvoiceStatus, *, id_: str = "in_late", at: int = START) -> None:
    paid = status is InvoiceStatus.PAID
    row = Invoice(
        account_id=of.account_id,
        id=InvoiceId(id_),
        customer_id=of.customer_id,
        subscription_id=of.id,
        purchase_id=None,
        status=status,
        number=id_,
        description=None,
        billing_reason=None,
        currency="eur",
        total=999,
        amount_paid=999 if paid else 0,
        amount_remaining=0 if paid else 999,
        period_start_at=None,
        period_end_at=None,
        due_at=None,
        finalized_at=at,
        paid_at=START + 2 * DAY if paid else None,
        failed_at=None,
        hosted_url=f"https://pay.example/{id_}",
        pdf_url=None,
        created_at=at,
    )
    async with town.store.transaction() as tx:
        await tx.billing.put_invoice(row)


async def _paid_late(town: Town) -> None:
    await town.plan()
    over = await town.subscribed(status=CANCELED, reason=Reason.CANCELED, access_from=None, ended_at=START + DAY)
    await _bill(town, over, InvoiceStatus.PAID)
    town.clock.at += 3 * DAY


@pytest.mark.parametrize(
    ("reader", "said", "button"),
    [
        ("en-US", "Paid €9.99 on January 3, 2090", "Refund €9.99"),
        ("de", "kamen 9,99\xa0€ für **Pro**", " erstatten"),
    ],
)
async def test_member_shows_a_late_payment_with_its_button(town: Town, reader: str, said: str, button: str) -> None:
    await _paid_late(town)
    told = await town.ask(ADA, "member", reader=reader, member=member(MIA))
    assert said in told.text
    assert action_of(told, button) == "refund:in_late"


async def test_support_reads_no_amount_and_has_no_button(town: Town) -> None:
    await _paid_late(town)
    await town.ranked(BEN, Rank.SUPPORT)
    told = await town.ask(BEN, "member", member=member(MIA))
    assert "A payment for **Pro** came too late" in told.text
    assert "9.99" not in told.text
    assert not any("refund" in one.action for one in told.buttons if isinstance(one, ActionButton))


async def test_a_late_payment_is_shown_for_half_a_year(town: Town) -> None:
    await _paid_late(town)
    town.clock.at += 200 * DAY
    assert "after it had ended" not in (await town.ask(ADA, "member", member=member(MIA))).text


@pytest.mark.parametrize("action", ["refund:in_late", "refund_yes:in_late", "refund:in_unknown", "refund_yes:"])
async def test_whoever_may_not_touch_money_learns_nothing(town: Town, action: str) -> None:
    await _paid_late(town)
    await town.ranked(BEN, Rank.SUPPORT)
    for who in (MIA, BEN):
        for reader, said in (("en-US", "nothing here that you can refund"), ("de", "nichts, was du erstatten kannst")):
            answer = await town.press(who, action, place=None, reader=reader)
            assert said in answer.text
            assert not answer.buttons


async def test_the_owner_asks_in_a_private_message(town: Town) -> None:
    await _paid_late(town)
    told = await town.press(ADA, "refund:in_late", place=None)
    assert "Stripe refused the refund." in told.text
    assert "No such invoice" not in told.text


async def test_an_ended_membership_asks_for_no_payment_of_its_open_bill(town: Town) -> None:
    await town.plan()
    over = await town.subscribed(status=CANCELED, reason=Reason.CANCELED, access_from=None, ended_at=START + DAY)
    await _bill(town, over, InvoiceStatus.OPEN)
    told = (await town.ask(MIA, "invoices")).text
    assert "paying this gives no access" in told
    assert "[Pay]" not in told
    assert "[View]" in told
    assert "Bezahlen gibt keinen Zugang" in (await town.ask(MIA, "invoices", reader="de")).text


async def test_an_unpaid_one_points_from_its_older_bill_to_the_newest(town: Town) -> None:
    await town.plan()
    unpaid = await town.subscribed(status=UNPAID, reason=Reason.UNPAID, access_from=None)
    await _bill(town, unpaid, InvoiceStatus.OPEN)
    assert "[Pay]" in (await town.ask(MIA, "invoices")).text
    await _bill(town, unpaid, InvoiceStatus.DRAFT, id_="in_new", at=START + DAY)
    told = (await town.ask(MIA, "invoices")).text
    assert "waits for a newer invoice" in told
    assert "[Pay]" not in told


async def test_an_unpaid_membership_that_grace_keeps_open_says_how_to_keep_it(town: Town) -> None:
    await town.plan()
    await town.subscribed(status=UNPAID, reason=Reason.GRACE, access_until=START + 9 * DAY)
    for reader, said in (("en-US", "pay its newest bill to keep it"), ("de", "bezahl die neueste Rechnung")):
        told = await town.ask(MIA, "membership", reader=reader)
        assert said in told.text
        assert any("newest_bill:" in one.action for one in told.buttons if isinstance(one, ActionButton))


async def test_who_uses_an_unpaid_gift_is_pointed_to_who_pays(town: Town) -> None:
    await town.plan()
    await town.subscribed(status=UNPAID, reason=Reason.UNPAID, access_from=None, payer=BEN)
    told = await town.ask(MIA, "subscribe", plan="Pro")
    assert "the account that pays for it" in told.text
    assert not told.buttons
    shown = await town.ask(MIA, "membership")
    assert not any("newest_bill:" in one.action for one in shown.buttons if isinstance(one, ActionButton))
    pressed = await town.press(MIA, "newest_bill:sub_x", platform=Platform.DISCORD)
    assert "There is nothing to pay here" in pressed.text
