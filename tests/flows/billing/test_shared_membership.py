"""Accounts that share a membership: each of them can end it; only the one that pays sees bills and the portal."""

from __future__ import annotations

from payments.core.ids import SubscriptionId
from payments.flows.billing import portal
from payments.flows.billing.invoice_list import bills
from payments.flows.billing.portal import NoCustomer, Renewal
from tests.flows.replaced_account import THIEF, robbed
from tests.flows.two_platforms import ANN, MALLORY, TINA, BothSides, linked


async def test_a_linked_account_shares_what_is_had_and_not_how_it_is_paid(both: BothSides) -> None:
    await linked(both)
    assert isinstance(await portal.open_portal(both.club.app, ANN), str)
    assert [i.id for i in (await bills(both.club.app, ANN)).invoices] == ["in_sub_ann"]
    assert await portal.open_portal(both.club.app, TINA) is NoCustomer.NO_CUSTOMER
    assert (await bills(both.club.app, TINA)).invoices == ()
    standing = await portal.standing(both.club.app, TINA)
    assert not standing.pays
    assert standing.ends == {"sub_ann"}


async def test_the_account_that_pays_buys_for_itself_and_ends_what_others_use(both: BothSides) -> None:
    await robbed(both)
    await both.work()
    assert (await portal.standing(both.club.app, ANN)).pays == {"sub_ann"}
    for other in (MALLORY, THIEF):
        assert (await portal.standing(both.club.app, other)).ends == {"sub_ann"}
    assert await portal.cancel(both.club.app, THIEF, SubscriptionId("sub_ann")) is Renewal.CANCELLED
    told = [(who, p) for who, kind, p in await both.club.notices() if kind == "cancelled_by_other"]
    assert [(who, p["account"], p["subscription"]) for who, p in told] == [(await both.person(ANN), "thief", "sub_ann")]


async def test_who_pays_is_told_of_a_cancellation_once_however_often_it_is_asked_for(both: BothSides) -> None:
    await robbed(both)
    await both.work()
    for _ in range(3):
        assert await portal.cancel(both.club.app, THIEF, SubscriptionId("sub_ann")) is Renewal.CANCELLED
        await both.settle()
        both.club.pass_time(120_000)
    assert [kind for _, kind, _ in await both.club.notices()].count("cancelled_by_other") == 1
    assert await portal.resume(both.club.app, ANN, SubscriptionId("sub_ann")) is Renewal.RESUMED
    await both.settle()
    assert await portal.cancel(both.club.app, THIEF, SubscriptionId("sub_ann")) is Renewal.CANCELLED
    assert [kind for _, kind, _ in await both.club.notices()].count("cancelled_by_other") == 2
