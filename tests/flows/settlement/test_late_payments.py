"""Money that opens nothing is told to whoever paid it and to the contact, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.billing import Customer, EndedBy, InvoiceStatus, SubscriptionStatus
from payments.core.ids import InvoiceId, SubscriptionId
from payments.flows.settlement.settle import settle_customer
from payments.ports.stores import LeaseLost
from tests.core.builders import DAY, invoice, refund, subscription
from tests.flows.club_fixture import Club, member, stripe_id
from tests.flows.settlement.test_refunds import with_contact

S, OPEN, DRAFT = SubscriptionStatus, InvoiceStatus.OPEN, InvoiceStatus.DRAFT
KINDS = ("late_payment", "member_paid_late")


async def told(club: Club) -> list[tuple[str, str, dict[str, object]]]:
    return [one for one in await club.notices() if one[1] in KINDS]


def bill(club: Club, customer: Customer, status: InvoiceStatus, *, id_: str = "in_2", age: int = 0) -> None:
    """A bill that was made so long ago, and is paid now if it is."""
    made_at = club.clock.at - age
    fact = invoice(id_, status, at=made_at, attempts=1, paid_at=club.clock.at)
    club.provider.put_invoice(stripe_id(customer), replace(fact, auto_advance=status is not DRAFT))


async def over(club: Club, status: SubscriptionStatus = S.CANCELED) -> Customer:
    """A member whose renewal failed for good."""
    customer = await member(club)
    club.pass_time(30 * DAY)
    bill(club, customer, OPEN)
    club.provider.put_subscription(stripe_id(customer), subscription(S.PAST_DUE))
    await club.settle(customer)
    club.pass_time(15 * DAY)
    ended_at = club.clock.at if status is S.CANCELED else None
    fact = subscription(status, ended_at=ended_at, latest=InvoiceId("in_2"))
    club.provider.put_subscription(stripe_id(customer), replace(fact, ended_by=EndedBy.PAYMENT_FAILED))
    await club.settle(customer)
    club.pass_time(DAY)
    return customer


async def pays_late(club: Club, customer: Customer) -> None:
    bill(club, customer, InvoiceStatus.PAID, age=16 * DAY)
    await club.settle(customer)


async def test_a_late_payment_is_told_to_payer_and_contact_once_and_opens_nothing(any_club: Club) -> None:
    club = any_club
    contact = await with_contact(club)
    customer = await over(club)
    await pays_late(club, customer)
    about = {"plan": "pro", "community": "The Club", "amount": 900, "currency": "usd", "unpaid": None}
    payer = ("prs_ann", "late_payment", about | {"again": False, "sold": True, "team": True})
    team = (contact, "member_paid_late", about | {"member": "ann", "bill": "in_2", "contact_of": "com_1"})
    assert sorted(await told(club)) == sorted([payer, team])
    assert not await club.inside("ann")
    for _ in range(2):
        await club.settle(customer)
    assert len(await told(club)) == 2


async def test_a_settlement_that_dies_tells_nothing_and_the_next_one_tells_it(any_club: Club) -> None:
    club = any_club
    await with_contact(club)
    customer = await over(club)
    bill(club, customer, InvoiceStatus.PAID, age=16 * DAY)
    await club.mark(customer)
    (claimed,), lease = await club.claim()
    with pytest.raises(LeaseLost):
        await settle_customer(club.app, claimed, replace(lease, token="somebody else"))
    assert await told(club) == []
    await settle_customer(club.app, claimed, lease)
    assert len(await told(club)) == 2


async def test_what_was_refunded_before_anyone_was_told_is_told_to_nobody(club: Club) -> None:
    await with_contact(club)
    customer = await over(club)
    bill(club, customer, InvoiceStatus.PAID, age=16 * DAY)
    club.provider.put_refund(stripe_id(customer), replace(refund(of="in_2"), created_at=club.clock.at))
    await club.settle(customer)
    assert await told(club) == []


async def test_what_was_paid_before_we_had_the_customer_is_no_news(club: Club) -> None:
    await with_contact(club)
    club.pass_time(60 * DAY)
    customer = await club.customer("ann")
    ended_at = club.clock.at - 9 * DAY
    club.provider.put_subscription(stripe_id(customer), subscription(S.CANCELED, ended_at=ended_at))
    paid = invoice("in_2", at=ended_at - DAY, paid_at=ended_at + DAY)
    club.provider.put_invoice(stripe_id(customer), paid)
    await club.settle(customer)
    assert await told(club) == []


async def test_who_subscribed_again_meanwhile_is_told_so(club: Club) -> None:
    await with_contact(club)
    customer = await over(club)
    again = SubscriptionId("sub_again")
    club.provider.put_subscription(stripe_id(customer), subscription(id_=again, started_at=club.clock.at))
    club.provider.put_invoice(stripe_id(customer), invoice("in_9", at=club.clock.at, subscription_id=again))
    await pays_late(club, customer)
    assert [params["again"] for _, kind, params in await told(club) if kind == "late_payment"] == [True]
    assert await club.inside("ann")


async def test_where_nobody_is_the_contact_the_place_is_asked_for_an_admin(club: Club) -> None:
    customer = await over(club)
    await pays_late(club, customer)
    assert [(who, params["team"]) for who, _, params in await told(club)] == [("prs_ann", False)]
    async with club.store.transaction() as tx:
        kinds = [one.kind for one in await tx.notices.claim(club.app.lease(), club.machine.at, 50)]
    assert "admin_needed" in kinds


async def test_an_older_bill_of_an_unpaid_one_is_told_with_the_way_out(any_club: Club) -> None:
    club = any_club
    contact = await with_contact(club)
    customer = await over(club, S.UNPAID)
    club.pass_time(15 * DAY)
    bill(club, customer, DRAFT, id_="in_3")
    club.provider.put_subscription(stripe_id(customer), subscription(S.UNPAID, latest=InvoiceId("in_3")))
    club.pass_time(DAY)
    bill(club, customer, InvoiceStatus.PAID, age=32 * DAY)
    for _ in range(2):
        await club.settle(customer)
    assert sorted((who, params["unpaid"]) for who, _, params in await told(club)) == sorted(
        [("prs_ann", "sub_1"), (contact, "sub_1")]
    )


async def test_the_newest_bill_of_an_unpaid_one_is_told_to_nobody(club: Club) -> None:
    await with_contact(club)
    customer = await over(club, S.UNPAID)
    bill(club, customer, InvoiceStatus.PAID, age=16 * DAY)  # seen before the status that follows
    await club.settle(customer)
    club.provider.put_subscription(stripe_id(customer), subscription(latest=InvoiceId("in_2")))
    await club.settle(customer)
    assert await told(club) == []
    assert await club.inside("ann")
