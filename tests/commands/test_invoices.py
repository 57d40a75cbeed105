"""`/invoices`, `/invoice create`, and the e-mail address that Stripe needs."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.commands import dispatch
from bot.commands.model import RoleValue, Value
from bot.texts import render
from payments.core.billing import Invoice, InvoiceStatus, Refund, RefundStatus
from payments.core.community import Platform
from payments.core.ids import ChargeId, InvoiceId, PersonId
from payments.core.rights import Rank, TeamKind
from payments.flows.billing import withdrawals
from payments.flows.communities.stop_serving import stop
from payments.ports.chat import Givers
from tests.commands.conftest import ADA, BEN, CHATS, DAY, MIA, SERVER, START, Town, action_of, member
from tests.fakes.platform import FakeRole


async def _invoice(
    town: Town, number: str | None, status: InvoiceStatus, *, due_at: int | None = None, paid: int = 0
) -> None:
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
        amount_paid=paid,
        amount_remaining=999 - paid,
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
        await tx.billing.put_invoice(row)


async def _bill(town: Town, given: Mapping[str, Value] | None = None, **options: Value) -> str:
    usual: dict[str, Value] = {"member": member(MIA), "amount": "25", "what": "Coaching"}
    return (await town.ask(ADA, "invoice create", {**usual, **(given or {}), **options})).text


async def _asked(town: Town, who: str = MIA) -> str:
    """The action of the button in the private message that asks for an address."""
    lease = town.app.lease()
    async with town.store.transaction() as tx:
        notices = await tx.notices.claim(lease, town.clock.now(), 10)
    (notice,) = [n for n in notices if n.kind == "email_needed"]
    assert notice.person_id == await town.person(who)
    assert json.loads(notice.params)["amount"] == 2500
    button = render(notice, "en").buttons[0]
    assert button.label == "Give my email address"
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


async def _given_back(town: Town, number: str, amount: int, status: RefundStatus = RefundStatus.SUCCEEDED) -> None:
    """So much of a payment of 9.99 is refunded."""
    customer = await town.customer(MIA)
    row = Refund(
        account_id=town.account_id,
        id=f"re_{number}_{amount}",
        customer_id=customer.id,
        charge_id=ChargeId(f"ch_{number}"),
        invoice_id=InvoiceId(f"in_{number}"),
        status=status,
        amount=amount,
        charge_amount=999,
        currency="eur",
        created_at=START,
    )
    async with town.store.transaction() as tx:
        await tx.billing.put_refund(row)


async def test_what_was_given_back_is_not_called_paid(town: Town) -> None:
    for number in ("A-1", "A-2", "A-3"):
        await _invoice(town, number, InvoiceStatus.PAID, paid=999)
    await _given_back(town, "A-1", 999)
    await _given_back(town, "A-2", 300)
    await _given_back(town, "A-3", 999, RefundStatus.FAILED)
    shown = (await town.ask(MIA, "invoices")).text
    assert "**A-1** · January 1, 2090 · €9.99 · refunded" in shown
    assert "**A-2** · January 1, 2090 · €9.99 · paid, €3.00 of it refunded" in shown
    assert "**A-3** · January 1, 2090 · €9.99 · paid\n" in shown
    german = (await town.ask(MIA, "invoices", reader="de")).text
    assert "9,99\xa0€ · erstattet" in german
    assert "bezahlt, davon 3,00\xa0€ erstattet" in german


async def test_a_member_without_an_address_is_asked_and_the_invoice_goes_out(town: Town) -> None:
    told = await _bill(town)
    assert "I asked Mia for theirs; the invoice for €25.00 goes out as soon as" in told
    action = await _asked(town)
    assert len(action) <= 64
    form = (await town.press(MIA, action, place=None)).form
    assert form is not None
    assert form.title == "Your email address for the invoice"
    assert [field.key for field in form.fields] == ["email"]
    wrong = await town.press(MIA, form.action, place=None, email="nonsense")
    assert "doesn't look like an email address" in wrong.text
    assert action_of(wrong, "Give my email address") == action
    thanks = await town.press(MIA, form.action, place=None, email="mia@example.org")
    assert "for €25.00 is on its way to you" in thanks.text
    again = await town.press(MIA, form.action, place=None, email="mia@example.org")
    assert "Your address is no longer needed" in again.text


async def test_what_waits_for_an_address_is_asked_for_in_invoices_too(town: Town) -> None:
    await _bill(town)
    shown = await town.ask(MIA, "invoices")
    assert "An invoice for €25.00 is waiting for you: Coaching." in shown.text
    assert action_of(shown, "Give my email address") == await _asked(town)


async def test_nobody_gives_an_address_for_somebody_else(town: Town) -> None:
    await _bill(town)
    action = (await _asked(town)).replace("email:", "email_given:")
    assert "no longer needed" in (await town.press(BEN, action, email="ben@example.org")).text


async def test_a_known_address_gets_the_invoice_at_once(town: Town) -> None:
    await _bill(town)
    await town.press(MIA, (await _asked(town)).replace("email:", "email_given:"), email="mia@example.org")
    told = await _bill(town, amount="12,50", days=7)
    assert "for €12.50 was sent to Mia: Coaching. Due on January 8, 2090." in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"amount": "lots"}, "I can't read that amount"),
        ({"amount": "0.10"}, "The minimum is €0.50"),
        ({"currency": "gold"}, "“gold” is not a currency"),
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
    assert "for the community's team" in refused.text


async def test_while_stripe_is_slow_the_admin_hears_that_it_is_on_its_way(town: Town) -> None:
    await town.ask(ADA, "plan list")
    town.sandbox.faults.add({"service": "stripe", "method": "POST", "path": "*", "status": 500, "times": 20})
    assert "The invoice for €25.00 to Mia is on its way" in await _bill(town)


def refused(path: str, words: str) -> dict[str, object]:
    body = {"error": {"type": "invalid_request_error", "message": words}}
    return {"service": "stripe", "method": "POST", "path": path, "status": 400, "body": body, "times": 1}


async def test_an_admin_reads_why_stripe_takes_no_invoice_and_not_whose_account_it_is(town: Town) -> None:
    await _bill(town)
    await town.press(MIA, (await _asked(town)).replace("email:", "email_given:"), email="mia@example.org")
    town.sandbox.faults.add(refused("/v1/invoices", "No invoices for acct_1Abc."))
    told = await _bill(town, amount="12.50")
    assert "Stripe didn't accept the invoice: No invoices for …." in told


async def test_a_member_whose_address_stripe_refuses_is_asked_again_in_plain_words(town: Town) -> None:
    await _bill(town)
    town.sandbox.faults.add(refused("/v1/customers/*", "Invalid email address for cus_Abc on acct_1Abc."))
    action = (await _asked(town)).replace("email:", "email_given:")
    told = await town.press(MIA, action, email="mia@example.org")
    assert "doesn't look like an email address" in told.text
    assert not any(word in told.text for word in ("cus_", "cus\\_", "acct", "Invalid"))
    assert action_of(told, "Give my email address")


async def test_a_member_whose_invoice_stripe_refuses_gets_a_number_and_not_its_words(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    await _bill(town)
    town.sandbox.faults.add(refused("/v1/invoices", "No such price: price_1PqX in test mode."))
    action = (await _asked(town)).replace("email:", "email_given:")
    told = (await town.press(MIA, action, email="mia@example.org")).text
    assert "Please tell an admin, and give them the number" in told
    assert "price" not in told
    [number] = re.findall(r"[0-9a-f]{8}", told)
    assert f"incident {number}" in caplog.text
    assert "No such price" in caplog.text


async def _billed_by_ben(town: Town) -> str:
    """Ben, a manager, bills Mia, who is asked for her address: what her form does."""
    await town.plan()
    await town.ranked(BEN, Rank.MANAGER)
    await town.ranked(ADA, Rank.OWNER)
    given: dict[str, Value] = {"member": member(MIA), "amount": "25", "what": "Coaching"}
    assert "I asked Mia for theirs" in (await town.ask(BEN, "invoice create", given)).text
    form = (await town.press(MIA, await _asked(town), place=None)).form
    assert form is not None
    return form.action


def _at_stripe(town: Town) -> list[str]:
    return [one["status"] for one in town.sandbox.stripe.state().get("invoice", [])]


async def _told(town: Town) -> dict[PersonId, str]:
    async with town.store.transaction() as tx:
        notices = await tx.notices.claim(town.app.lease(), town.clock.now(), 10)
    told = [(notice.person_id, render(notice, "en").text) for notice in notices if notice.kind.startswith("bill_")]
    return {person_id: text for person_id, text in told if person_id is not None}


async def test_what_a_manager_billed_is_not_sent_once_they_left_the_team(town: Town) -> None:
    form = await _billed_by_ben(town)
    community = await town.community()
    async with town.store.transaction() as tx:
        await tx.team.remove(community.id, Platform.DISCORD, TeamKind.ACCOUNT, BEN)
    for answer in ("This invoice was withdrawn, and nothing was sent", "Your address is no longer needed"):
        assert answer in (await town.press(MIA, form, place=None, email="mia@example.org")).text
    assert _at_stripe(town) == []
    told = await _told(town)
    assert "You have nothing to pay" in told[await town.person(MIA)]
    assert "The invoice for €25.00 to Mia in Book Club was not sent: Coaching." in told[await town.person(ADA)]


async def test_what_was_billed_by_a_role_that_others_can_hand_out_by_now_is_not_sent(town: Town) -> None:
    await town.plan()
    server = town.platform.servers[SERVER.external_id]
    server.roles["role-staff"] = FakeRole()
    server.members[BEN] = {"role-staff"}
    staff = RoleValue("role-staff", "Staff", managed=False, everyone=False)
    await town.ask(ADA, "team", role=staff, rank="manager")
    given: dict[str, Value] = {"member": member(MIA), "amount": "25", "what": "Coaching"}
    asked = replace(town.request(BEN, "invoice create"), options=given, role_ids=frozenset({"role-staff"}))
    assert "I asked Mia for theirs" in (await dispatch.command(town.app, asked)).text
    form = (await town.press(MIA, await _asked(town), place=None)).form
    assert form is not None
    server.roles["role-staff"].givers = Givers(("Helpers",))  # and no event told of it
    assert "was withdrawn" in (await town.press(MIA, form.action, place=None, email="mia@example.org")).text
    assert _at_stripe(town) == []


async def test_what_stripe_sent_for_a_manager_who_left_the_team_then_is_told_as_sent(town: Town) -> None:
    form = await _billed_by_ben(town)
    fault = {"method": "POST", "path": "/v1/invoices/*/send", "status": 500, "after": True, "times": 3}
    town.sandbox.faults.add({"service": "stripe", **fault})
    await town.press(MIA, form, place=None, email="mia@example.org")
    community = await town.community()
    async with town.store.transaction() as tx:
        await tx.team.remove(community.id, Platform.DISCORD, TeamKind.ACCOUNT, BEN)
    await town.redriven("bill")
    assert _at_stripe(town) == ["open"]
    assert await _told(town) == {}
    shown = await town.ask(MIA, "invoices", place=None)
    assert "waiting" not in shown.text


async def test_what_was_billed_in_a_place_that_was_stopped_is_not_sent(town: Town) -> None:
    form = await _billed_by_ben(town)
    town.app.settings = replace(town.app.settings, named_places=frozenset())
    assert await stop(town.app, SERVER) is not None
    gone = await town.press(MIA, form, place=None, email="mia@example.org")
    assert "Your address is no longer needed" in gone.text
    assert _at_stripe(town) == []
    assert "You have nothing to pay" in (await _told(town))[await town.person(MIA)]


async def test_what_was_billed_in_a_place_that_is_named_no_longer_is_not_sent(town: Town) -> None:
    form = await _billed_by_ben(town)
    town.app.settings = replace(town.app.settings, named_places=frozenset())
    async with town.store.transaction() as tx:
        await tx.communities.serve(SERVER, served=False)
    assert "was withdrawn" in (await town.press(MIA, form, place=None, email="mia@example.org")).text


@pytest.mark.parametrize("nightly", [False, True])
async def test_a_bill_waits_two_weeks_for_an_address(town: Town, nightly: bool) -> None:
    form = await _billed_by_ben(town)
    town.clock.at += 14 * DAY - 1
    assert await withdrawals.end_late(town.app) == 0
    town.clock.at += 1
    assert not nightly or await withdrawals.end_late(town.app) == 1
    told = await town.press(MIA, form, place=None, email="mia@example.org")
    assert ("no longer needed" if nightly else "was withdrawn") in told.text
    assert "gave no email address within 14 days" in (await _told(town))[await town.person(ADA)]


async def test_while_nobody_says_who_may_bill_the_invoice_waits_and_goes_out_later(town: Town) -> None:
    form = await _billed_by_ben(town)
    platforms, town.app.platforms = town.app.platforms, {}
    assert "mia@" not in (await town.press(MIA, form, place=None, email="mia@example.org")).text
    assert _at_stripe(town) == []
    town.app.platforms = platforms
    await town.redriven("bill")
    assert _at_stripe(town) == ["open"]


@pytest.mark.parametrize(
    ("platform", "reader", "words"),
    [
        (Platform.DISCORD, "en-US", "That isn't possible here"),
        (Platform.DISCORD, "de", "Das geht hier nicht"),
        (Platform.TELEGRAM, "en", "That isn't possible here"),
        (Platform.TELEGRAM, "de", "Das geht hier nicht"),
    ],
)
async def test_where_the_provider_makes_no_invoices_it_says_so_and_stores_nothing(
    town: Town, platform: Platform, reader: str, words: str
) -> None:
    await town.customer(MIA)
    town.chats.chats[CHATS[0].external_id].members.add(MIA)
    setattr(town.app.first_account.provider, "invoicing", None)  # noqa: B010 -- a provider offers it, or never does
    usual: dict[str, Value] = {"member": member(MIA), "amount": "25", "what": "Coaching", "currency": "eur"}
    place = SERVER if platform is Platform.DISCORD else CHATS[0]
    answer = await town.ask(ADA, "invoice create", usual, reader=reader, place=place, platform=platform, admin=True)
    assert words in answer.text
    async with town.store.transaction() as tx:
        assert not await tx.requests.bills_waiting()
