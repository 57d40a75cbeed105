"""An admin bills a member: one invoice, whatever goes wrong on the way."""

import asyncio
import json
from dataclasses import replace

import pytest

from payments.core.ids import PersonId
from payments.core.money import AmountProblem, AmountRefused
from payments.flows.billing.invoices import (
    Bill,
    BillProblem,
    InvoicePending,
    InvoiceSent,
    NeedsEmail,
    Refused,
    bill,
    email_given,
)
from payments.flows.jobs import redrive as creating
from payments.ports.stores import Notice, ProviderRequest
from tests.flows.shop_fixture import COMMUNITY, Shop


async def order(shop: Shop) -> Bill:
    ana, admin = await shop.member(), await shop.member("admin")
    return Bill(ana, "Ana", COMMUNITY, 2500, "usd", "A workshop", 14, admin)


async def notices(shop: Shop) -> list[Notice]:
    async with shop.app.store.transaction() as tx:
        return list(await tx.notices.claim(shop.app.lease(), shop.app.machine.now(), 50))


async def asked(shop: Shop, order: Bill) -> NeedsEmail:
    answer = await bill(shop.app, order)
    assert isinstance(answer, NeedsEmail), answer
    return answer


async def test_a_member_without_an_email_is_asked_for_it_and_then_gets_the_invoice(shop: Shop) -> None:
    asked_for = await order(shop)
    waiting = await asked(shop, asked_for)
    (told,) = await notices(shop)
    assert told.kind == "email_needed"
    assert told.person_id == asked_for.person_id
    said = json.loads(told.params)
    assert said["request_id"] == waiting.request_id
    assert (said["community"], said["what"], said["amount"], said["currency"]) == (
        "The Club",
        "A workshop",
        2500,
        "usd",
    )

    sent = await email_given(shop.app, shop.account(asked_for.person_id), waiting.request_id, " ana@example.com ")
    assert isinstance(sent, InvoiceSent)
    assert sent.invoice.total == 2500
    assert sent.invoice.status == "open"
    assert sent.invoice.hosted_url
    (made,) = [i for i in shop.stripe("invoice") if i["status"] == "open"]
    assert made["metadata"]["guestlist_invoice"] == waiting.request_id
    assert made["description"] == "A workshop"
    kinds = [one.kind for one in await notices(shop)]
    assert kinds == ["invoice_sent"]
    async with shop.app.store.transaction() as tx:
        (customer,) = await tx.customers.of_person(asked_for.person_id)
        assert customer.email == "ana@example.com"
        assert await tx.requests.needing_email(asked_for.person_id) == []


async def test_a_member_whose_email_is_known_gets_it_at_once(shop: Shop) -> None:
    asked_for = await order(shop)
    waiting = await asked(shop, asked_for)
    await email_given(shop.app, shop.account(asked_for.person_id), waiting.request_id, "ana@example.com")
    second = await bill(shop.app, replace(asked_for, what="Another"))
    assert isinstance(second, InvoiceSent)


async def test_one_email_sends_everything_that_waits_for_it(shop: Shop) -> None:
    asked_for = await order(shop)
    first = await asked(shop, asked_for)
    second = await asked(shop, replace(asked_for, what="Another"))
    assert isinstance(
        await email_given(shop.app, shop.account(asked_for.person_id), first.request_id, "ana@example.com"),
        InvoiceSent,
    )
    await redrive(shop, "bill")
    async with shop.app.store.transaction() as tx:
        assert await tx.requests.needing_email(asked_for.person_id) == []
    bodies = {i["metadata"]["guestlist_invoice"] for i in shop.stripe("invoice") if i["status"] == "open"}
    assert bodies == {first.request_id, second.request_id}


async def test_pressing_twice_while_the_worker_is_at_it_too_sends_one(any_shop: Shop) -> None:
    shop = any_shop
    asked_for = await order(shop)
    waiting = await asked(shop, asked_for)
    person = asked_for.person_id
    await asyncio.gather(
        *(email_given(shop.app, shop.account(person), waiting.request_id, "ana@example.com") for _ in range(2)),
        redrive(shop, "bill"),
    )
    await redrive(shop, "bill")
    (made,) = [one for one in shop.stripe("invoice") if one["status"] == "open"]
    assert made["amount_due"] == 2500
    assert len(shop.stripe("invoiceitem")) == 1
    async with shop.app.store.transaction() as tx:
        stored = await tx.requests.needing_email(person)
        assert stored == []
    assert (await shop.app.store.counts())["requests_pending"] == 0


async def test_somebody_else_can_not_answer_for_a_member(shop: Shop) -> None:
    waiting = await asked(shop, await order(shop))
    answer = await email_given(shop.app, shop.account(await shop.member("eve")), waiting.request_id, "eve@example.com")
    assert answer == Refused(BillProblem.GONE)


@pytest.mark.parametrize(
    "typed", ["", "ana", "ana@example", "a b@example.com", "ana@example.com,b@example.com", "@x.de"]
)
async def test_what_is_no_email_is_not_sent_to_stripe(shop: Shop, typed: str) -> None:
    asked_for = await order(shop)
    waiting = await asked(shop, asked_for)
    assert await email_given(shop.app, shop.account(asked_for.person_id), waiting.request_id, typed) == Refused(
        BillProblem.EMAIL
    )


async def test_what_can_not_be_billed_is_refused_before_stripe_hears_of_it(shop: Shop) -> None:
    asked_for = await order(shop)
    assert await bill(shop.app, replace(asked_for, what=" ")) == Refused(BillProblem.WHAT_EMPTY)
    assert await bill(shop.app, replace(asked_for, what="x" * 201)) == Refused(BillProblem.WHAT_TOO_LONG)
    assert await bill(shop.app, replace(asked_for, days_until_due=-1)) == Refused(BillProblem.DAYS_RANGE)
    too_little = await bill(shop.app, replace(asked_for, amount=1))
    assert too_little == Refused(AmountRefused(AmountProblem.BELOW_MINIMUM, 50))
    assert shop.stripe("invoice") == []
    assert shop.stripe("customer") == []


@pytest.mark.parametrize(
    "path", ["/v1/customers", "/v1/invoices", "/v1/invoiceitems", "/v1/invoices/*/finalize", "/v1/invoices/*/send"]
)
@pytest.mark.parametrize("after", [False, True])
async def test_a_bill_that_stops_anywhere_goes_on_by_itself_and_is_made_once(
    shop: Shop, path: str, after: bool
) -> None:
    asked_for = await order(shop)
    waiting = await asked(shop, asked_for)
    shop.down(path, after=after)
    if path == "/v1/customers":  # the first one has the e-mail already: bill somebody else
        asked_for = replace(asked_for, person_id=await shop.member("ben"), name="Ben")
        waiting_for = await bill(shop.app, asked_for)
        assert isinstance(waiting_for, InvoicePending)
        await redrive(shop, "bill")
        assert await email_needed(shop, asked_for.person_id)
        assert len(shop.stripe("customer")) == 2
        return
    answer = await email_given(shop.app, shop.account(asked_for.person_id), waiting.request_id, "ana@example.com")
    assert isinstance(answer, InvoicePending)
    assert "requests" in shop.woken
    await redrive(shop, "bill")
    (made,) = [i for i in shop.stripe("invoice") if i["status"] != "draft" or i["amount_due"]]
    assert made["status"] == "open"
    assert made["amount_due"] == 2500
    assert len(shop.stripe("invoiceitem")) == 1


async def email_needed(shop: Shop, person_id: PersonId) -> bool:
    async with shop.app.store.transaction() as tx:
        return bool(await tx.requests.needing_email(person_id))


async def test_a_clear_no_ends_the_bill(shop: Shop) -> None:
    asked_for = await order(shop)
    shop.fault("/v1/customers", status=400, body={"error": {"type": "invalid_request_error", "message": "No."}})
    answer = await bill(shop.app, asked_for)
    assert isinstance(answer, Refused)
    assert answer.problem is BillProblem.STRIPE_REFUSED
    assert "No." in answer.detail
    assert await claimed(shop) == []


async def claimed(shop: Shop) -> list[ProviderRequest]:
    """What the requests worker would take up in two minutes."""
    lease, now = shop.app.lease(), shop.app.machine.now()
    async with shop.app.store.transaction() as tx:
        await tx.requests.claim(creating.REDRIVEN, lease, now, 10)
        found = list(await tx.requests.claim(creating.REDRIVEN, lease, now + 120_000, 10))
        await tx.requests.release(lease)
    return found


async def redrive(shop: Shop, kind: str) -> None:
    lease, now = shop.app.lease(), shop.app.machine.now()
    async with shop.app.store.transaction() as tx:
        await tx.requests.claim([kind], lease, now, 10)
        found = await tx.requests.claim([kind], lease, now + 120_000, 10)
    for request in found:
        await creating.redrive(shop.app, request, lease)


async def test_an_order_that_comes_twice_is_billed_once(shop: Shop) -> None:
    ordered = replace(await order(shop), key="tg:17")
    first = await asked(shop, ordered)
    assert (await asked(shop, ordered)).request_id == first.request_id
    assert (await asked(shop, replace(ordered, key="tg:18", what="Another workshop"))).request_id != first.request_id


async def test_an_order_typed_again_is_the_same_bill_for_ten_minutes(any_shop: Shop) -> None:
    shop = any_shop
    ordered = await order(shop)
    first = await asked(shop, ordered)
    assert (await asked(shop, ordered)).request_id == first.request_id
    sent = await email_given(shop.app, shop.account(ordered.person_id), first.request_id, "ana@example.com")
    assert isinstance(sent, InvoiceSent)
    assert not sent.again
    again = await bill(shop.app, ordered)
    assert isinstance(again, InvoiceSent)
    assert again.again
    assert again.invoice.id == sent.invoice.id
    both = await asyncio.gather(*(bill(shop.app, replace(ordered, what="A book")) for _ in range(2)))
    assert len({one.invoice.id for one in both if isinstance(one, InvoiceSent)} - {sent.invoice.id}) == 1
    await shop.advance(11 * 60)
    later = await bill(shop.app, ordered)
    assert isinstance(later, InvoiceSent)
    assert later.invoice.id != sent.invoice.id


async def test_news_of_an_invoice_is_as_old_as_the_invoice_whatever_the_machine_s_clock_says(shop: Shop) -> None:
    await shop.advance(10 * 86_400)
    await asked(shop, await order(shop))
    (told,) = await notices(shop)
    assert abs(told.created_at - shop.app.business.now()) < 60_000
