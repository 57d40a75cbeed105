"""`/invoices`, `/invoice create`, and the e-mail address that Stripe needs."""

import json
from collections.abc import Mapping

import pytest

from bot.commands.model import Value
from bot.texts import render
from payments.core.ids import InvoiceId
from payments.core.model import Invoice, InvoiceStatus
from tests.commands.conftest import ADA, BEN, DAY, MIA, START, Town, action_of, member


async def _invoice(town: Town, number: str | None, status: InvoiceStatus, *, due_at: int | None = None) -> None:
    customer = await town.customer(MIA)
    row = Invoice(
        account_id=town.account_id,
        id=InvoiceId(f"in_{number}"),
        customer_id=customer.id,
        subscription_id=None,
        purchase_id=None,
        status=status,
        number=number,
        description="Pro @everyone",
        billing_reason=None,
        currency="eur",
        total=999,
        amount_paid=0,
        amount_remaining=999,
        period_start_at=None,
        period_end_at=None,
        due_at=due_at,
        finalized_at=START,
        paid_at=None,
        failed_at=None,
        hosted_url="https://pay.example/i",
        pdf_url="https://pay.example/i.pdf",
        created_at=START,
    )
    async with town.store.transaction() as tx:
        await tx.bought.put_invoice(row)


async def _bill(town: Town, given: Mapping[str, Value] | None = None, **options: Value) -> str:
    usual: dict[str, Value] = {"member": member(MIA), "amount": "25", "what": "Coaching"}
    return (await town.ask(ADA, "invoice create", {**usual, **(given or {}), **options})).text


async def _asked(town: Town, who: str = MIA) -> str:
    """The action of the button in the private message that asks for an address."""
    lease = town.engine.lease()
    async with town.store.transaction() as tx:
        notices = await tx.notices.claim(lease, town.clock.now(), 10)
    (notice,) = [n for n in notices if n.kind == "email_needed"]
    assert notice.person_id == await town.person(who)
    assert json.loads(notice.params)["amount"] == 2500
    button = render(notice, "en").buttons[0]
    assert button.label == "Give my e-mail"
    return getattr(button, "action", "")


async def test_no_invoices_yet(town: Town) -> None:
    assert (await town.ask(MIA, "invoices")).text == "You have no invoices yet."
    assert (await town.ask(MIA, "invoices", reader="de", place=None)).text == "Du hast noch keine Rechnungen."


async def test_invoices_show_number_amount_state_and_links(town: Town) -> None:
    await _invoice(town, "A-1", InvoiceStatus.OPEN, due_at=START + 14 * DAY)
    await _invoice(town, "A-2", InvoiceStatus.PAID)
    await _invoice(town, None, InvoiceStatus.DRAFT)
    shown = (await town.ask(MIA, "invoices")).text
    assert "**A-1** · January 1, 2090 · €9.99 · to pay by January 15, 2090" in shown
    assert "[Pay](https://pay.example/i) · [PDF](https://pay.example/i.pdf)" in shown
    assert "**A-2** · January 1, 2090 · €9.99 · paid" in shown
    assert "[View](https://pay.example/i)" in shown
    assert "(draft)" in shown
    assert "@everyone" not in shown
    german = (await town.ask(MIA, "invoices", reader="de")).text
    assert "9,99\xa0€ · zu zahlen bis 15. Januar 2090" in german


async def test_a_member_without_an_address_is_asked_and_the_invoice_goes_out(town: Town) -> None:
    told = await _bill(town)
    assert "I asked Mia for it; the invoice of €25.00 goes out at once" in told
    action = await _asked(town)
    assert len(action) <= 64
    form = (await town.press(MIA, action, place=None)).form
    assert form is not None
    assert form.title == "Your e-mail for the invoice"
    assert [field.key for field in form.fields] == ["email"]
    wrong = await town.press(MIA, form.action, place=None, email="nonsense")
    assert "does not look like an e-mail address" in wrong.text
    assert action_of(wrong, "Give my e-mail") == action
    thanks = await town.press(MIA, form.action, place=None, email="mia@example.org")
    assert "of €25.00 is on its way to you" in thanks.text
    again = await town.press(MIA, form.action, place=None, email="mia@example.org")
    assert "Nothing waits for your address any more" in again.text


async def test_what_waits_for_an_address_is_asked_for_in_invoices_too(town: Town) -> None:
    await _bill(town)
    shown = await town.ask(MIA, "invoices")
    assert "An invoice of €25.00 waits for you: Coaching." in shown.text
    assert action_of(shown, "Give my e-mail") == await _asked(town)


async def test_nobody_gives_an_address_for_somebody_else(town: Town) -> None:
    await _bill(town)
    action = (await _asked(town)).replace("email:", "email_given:")
    assert "Nothing waits" in (await town.press(BEN, action, email="ben@example.org")).text


async def test_a_known_address_gets_the_invoice_at_once(town: Town) -> None:
    await _bill(town)
    await town.press(MIA, (await _asked(town)).replace("email:", "email_given:"), email="mia@example.org")
    told = await _bill(town, amount="12,50", days=7)
    assert "for €12.50 is sent to Mia: Coaching. Due on January 8, 2090." in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"amount": "lots"}, "I can't read that amount"),
        ({"amount": "0.10"}, "The least is €0.50"),
        ({"currency": "gold"}, "«gold» is not a currency"),
        ({"what": " "}, "what the invoice is for"),
        ({"what": "x" * 201}, "at most 200 characters"),
        ({"days": 400}, "0 to 365 days"),
        ({"member": "nobody"}, "I can't find that member"),
    ],
)
async def test_what_can_not_be_billed_is_refused(town: Town, options: dict[str, Value], said: str) -> None:
    assert said in await _bill(town, options)


async def test_only_admins_send_invoices(town: Town) -> None:
    refused = await town.ask(MIA, "invoice create", member=member(BEN), amount="5", what="x")
    assert "for the admins here" in refused.text


async def test_while_stripe_is_slow_the_admin_hears_that_it_is_on_its_way(town: Town) -> None:
    await town.ask(ADA, "plan list")
    town.sandbox.faults.add({"service": "stripe", "method": "POST", "path": "*", "status": 500, "times": 20})
    assert "The invoice of €25.00 for Mia is on its way" in await _bill(town)


async def test_a_refusal_of_stripe_is_told_in_its_words(town: Town) -> None:
    await _bill(town)
    body = {"error": {"type": "invalid_request_error", "message": "Invalid email address."}}
    fault = {"service": "stripe", "method": "POST", "path": "/v1/customers/*", "status": 400, "body": body, "times": 1}
    town.sandbox.faults.add(fault)
    action = (await _asked(town)).replace("email:", "email_given:")
    refused = await town.press(MIA, action, email="mia@example.org")
    assert "Invalid email address." in refused.text
    body["error"]["message"] = "No invoices for you."
    town.sandbox.faults.add({**fault, "path": "/v1/invoices", "body": body})
    assert "Stripe did not take the invoice: No invoices for you." in await _bill(town)
