"""Refunds that somebody made at Stripe: the contact hears of each that is news, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.billing import Customer, RefundStatus
from payments.core.changes import Amount, load, same
from payments.core.community import Community, Place, Platform
from payments.core.ids import CommunityId, InvoiceId, PersonId
from payments.flows.messages import TEAM_ACT
from payments.flows.runtime.audit import STRIPE
from payments.flows.runtime.outbox import store_request
from payments.flows.settlement.settle import settle_customer
from payments.ports.stores import LeaseLost
from tests.core.builders import ACCOUNT, DAY, T0, invoice, refund
from tests.flows.club_fixture import CLUB, PLACE, Club, member, stripe_id


async def with_contact(club: Club) -> PersonId:
    contact = await club.person("olga")
    async with club.store.transaction() as tx:
        found = await tx.communities.get(CLUB)
        assert found is not None
        await tx.communities.update(replace(found, contact_id=contact))
    return contact


async def lines(club: Club) -> list[str]:
    async with club.store.transaction() as tx:
        return [line.changes or "" for line in await tx.audit_log.acts(CLUB, 50)]


async def told(club: Club) -> list[str]:
    return [who for who, kind, _ in await club.notices() if kind == TEAM_ACT]


async def refunded(club: Club, customer: Customer, **how: object) -> None:
    club.provider.put_refund(stripe_id(customer), refund(of="in_sub_1", **how))  # type: ignore[arg-type]
    await club.settle(customer)


async def test_a_refund_is_told_to_the_contact_once_however_often_it_is_seen(any_club: Club) -> None:
    club = any_club
    contact = await with_contact(club)
    customer = await member(club)
    club.pass_time(DAY)
    await refunded(club, customer, amount=400)
    assert await told(club) == [contact]
    (changes,) = await lines(club)
    assert load(changes) == {
        "sold": same("pro"),
        "paid": same(Amount(900, "usd")),
        "refund": (None, Amount(400, "usd")),
    }
    await refunded(club, customer, amount=400, status="failed")
    await refunded(club, customer, amount=400)
    await club.settle(customer)
    assert await told(club) == [contact]
    assert len(await lines(club)) == 1
    club.provider.put_refund(stripe_id(customer), refund("re_2", of="in_sub_1", amount=500))
    await club.settle(customer)
    assert await told(club) == [contact, contact]
    async with club.store.transaction() as tx:
        found = await tx.audit_log.acts(CLUB, 50)
    assert {(line.actor, line.person_id) for line in found} == {(STRIPE, customer.person_id)}


async def test_refunds_from_before_we_had_the_customer_are_no_news(any_club: Club) -> None:
    club = any_club
    await with_contact(club)
    club.pass_time(9 * DAY)  # the refund is of the first day
    customer = await member(club)
    await refunded(club, customer)
    assert await told(club) == []
    assert await lines(club) == []


async def test_a_refund_that_was_stored_by_an_older_version_is_no_news(club: Club) -> None:
    await with_contact(club)
    customer = await member(club)
    club.pass_time(DAY)
    await refunded(club, customer)
    async with club.store.transaction() as tx:  # as if the line and the notice had not been invented yet
        stored = await tx.billing.refunds(customer.id)
    assert len(stored) == 1
    database = club.store._database  # type: ignore[attr-defined]
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM audit")
        await tx.execute("DELETE FROM notice")
    await refunded(club, customer, status="pending")
    await club.settle(customer)
    assert await told(club) == []
    assert await lines(club) == []


async def test_a_refund_that_gave_nothing_back_is_no_news(club: Club) -> None:
    await with_contact(club)
    customer = await member(club)
    club.pass_time(DAY)
    await refunded(club, customer, status="failed")
    assert await told(club) == []


async def test_a_refund_whose_status_is_new_to_us_is_told_when_we_know_what_it_is(any_club: Club) -> None:
    club = any_club
    contact = await with_contact(club)
    customer = await member(club)
    club.pass_time(DAY)
    await refunded(club, customer, amount=400, status="something_new")
    assert await told(club) == []
    await refunded(club, customer, amount=400)
    await refunded(club, customer, amount=400, status="something_new")
    assert await told(club) == [contact]
    async with club.store.transaction() as tx:
        assert [row.status for row in await tx.billing.refunds(customer.id)] == [RefundStatus.SUCCEEDED]


async def test_a_refund_that_comes_before_its_invoice_is_told_when_that_is_known(club: Club) -> None:
    contact = await with_contact(club)
    customer = await member(club)
    club.pass_time(DAY)
    club.provider.put_refund(stripe_id(customer), refund(of="in_late"))
    await club.settle(customer)
    assert await told(club) == []
    late = replace(invoice("in_sub_1", at=T0), id=InvoiceId("in_late"))
    club.provider.put_invoice(stripe_id(customer), late)
    await club.settle(customer)
    assert await told(club) == [contact]


async def test_a_refund_of_something_that_is_not_sold_here_is_told_to_nobody(club: Club) -> None:
    await with_contact(club)
    customer = await member(club)
    club.pass_time(DAY)
    club.provider.put_invoice(stripe_id(customer), invoice("in_other", at=T0, subscription_id=None))
    club.provider.put_refund(stripe_id(customer), refund(of="in_other"))
    await club.settle(customer)
    assert await told(club) == []


async def test_a_settlement_that_dies_tells_nothing_and_the_next_one_tells_it(any_club: Club) -> None:
    club = any_club
    contact = await with_contact(club)
    customer = await member(club)
    club.pass_time(DAY)
    club.provider.put_refund(stripe_id(customer), refund(of="in_sub_1"))
    await club.mark(customer)
    (claimed,), lease = await club.claim()
    with pytest.raises(LeaseLost):
        await settle_customer(club.app, claimed, replace(lease, token="somebody else"))
    assert await told(club) == []
    assert await lines(club) == []
    await settle_customer(club.app, claimed, lease)
    assert await told(club) == [contact]


async def test_a_refund_of_a_bill_is_told_in_the_community_that_the_billing_one_joined(any_club: Club) -> None:
    club, host = any_club, CommunityId("com_host")
    contact = await with_contact(club)
    customer = await club.customer("ann")
    params = {"community_id": CLUB, "place": f"{PLACE.platform}:{PLACE.external_id}", "what": "A workshop"}
    async with club.store.transaction() as tx:
        request = await store_request(tx, club.app, ACCOUNT, "bill", "bil_1", params, person_id=customer.person_id)
        await tx.requests.made(request.id, "in_bill")
        chat = Place(Platform.TELEGRAM, "-1")
        await tx.communities.add(Community(host, "The Host", "en", "usd", 0, None, None, T0), chat, "The Host")
        await tx.communities.join(CLUB, host)
    club.provider.put_invoice(stripe_id(customer), invoice("in_bill", subscription_id=None))
    club.pass_time(DAY)
    club.provider.put_refund(stripe_id(customer), refund(of="in_bill"))
    await club.settle(customer)
    assert await told(club) == [contact]
    async with club.store.transaction() as tx:
        (line,) = await tx.audit_log.acts(host, 50)
    assert line.action == "refunded"
