"""The way back into an unpaid subscription: its newest bill, for the account that pays it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.billing import Customer, InvoiceStatus, SubscriptionStatus
from payments.core.community import Identity, Platform
from payments.core.ids import InvoiceId
from payments.flows.billing.newest_bill import NothingToPay, ToPay, newest_bill
from payments.ports.providers import ProviderUnavailable
from tests.core.builders import DAY, SUB, subscription
from tests.flows.club_fixture import Club, stripe_id
from tests.flows.settlement.test_late_payments import bill, over

ANN = Identity(Platform.DISCORD, "user-ann")
S, DRAFT = SubscriptionStatus, InvoiceStatus.DRAFT
NEWEST = InvoiceId("in_3")


async def waits(club: Club) -> Customer:
    """Ann's subscription is unpaid, and its newest bill a draft."""
    customer = await over(club, S.UNPAID)
    club.pass_time(15 * DAY)
    bill(club, customer, DRAFT, id_=NEWEST)
    club.provider.put_subscription(stripe_id(customer), subscription(S.UNPAID, latest=NEWEST))
    await club.settle(customer)
    return customer


def status(club: Club, customer: Customer) -> InvoiceStatus:
    return club.provider.customer(stripe_id(customer)).invoices[NEWEST].status


async def test_it_is_made_payable_and_the_same_when_asked_again(any_club: Club) -> None:
    club = any_club
    customer = await waits(club)
    for _ in range(2):
        assert await newest_bill(club.app, ANN, SUB) == ToPay("https://invoice.example/in_3", 900, "usd")
    assert status(club, customer) is InvoiceStatus.OPEN


async def test_a_lost_answer_is_asked_for_again(any_club: Club) -> None:
    club = any_club
    customer = await waits(club)
    club.provider.lost.append(ProviderUnavailable("gone"))
    with pytest.raises(ProviderUnavailable):
        await newest_bill(club.app, ANN, SUB)
    assert status(club, customer) is InvoiceStatus.OPEN
    assert isinstance(await newest_bill(club.app, ANN, SUB), ToPay)


async def test_nobody_else_makes_it_payable(any_club: Club) -> None:
    club = any_club
    customer = await waits(club)
    await club.person("ben")
    ben = Identity(Platform.DISCORD, "user-ben")
    stranger = Identity(Platform.DISCORD, "user-nobody")
    for who in (ben, stranger):
        assert await newest_bill(club.app, who, SUB) is NothingToPay.NOT_YOURS
    assert status(club, customer) is DRAFT


async def test_who_uses_what_another_pays_does_not_make_it_payable(club: Club) -> None:
    customer = await waits(club)
    await club.person("ben")
    gift = subscription(S.UNPAID, latest=NEWEST, metadata={"guestlist_beneficiary": "prs_ben"})
    club.provider.put_subscription(stripe_id(customer), gift)
    await club.settle(customer)
    assert [e.reason for e in await club.entitlements("ben")], "it is theirs to use"
    assert await newest_bill(club.app, Identity(Platform.DISCORD, "user-ben"), SUB) is NothingToPay.NOT_YOURS
    assert isinstance(await newest_bill(club.app, ANN, SUB), ToPay)


async def test_what_is_active_again_at_the_provider_is_left_alone(club: Club) -> None:
    customer = await waits(club)
    club.provider.put_subscription(stripe_id(customer), subscription(latest=NEWEST))
    assert await newest_bill(club.app, ANN, SUB) is NothingToPay.NOT_YOURS
    assert status(club, customer) is DRAFT
    assert await club.unsettled() == 1, "it is looked at again"


@pytest.mark.parametrize(
    ("found", "answer"), [(InvoiceStatus.PAID, NothingToPay.PAID), (InvoiceStatus.VOID, NothingToPay.NO_BILL)]
)
async def test_a_bill_that_asks_for_nothing_any_more_is_said_to(
    club: Club, found: InvoiceStatus, answer: NothingToPay
) -> None:
    customer = await waits(club)
    invoices = club.provider.customer(stripe_id(customer)).invoices
    invoices[NEWEST] = replace(invoices[NEWEST], status=found)
    assert await newest_bill(club.app, ANN, SUB) is answer
