"""Invoices, refunds and disputes that no settlement saw are found at night."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.billing import InvoiceStatus, RefundStatus
from payments.core.ids import CustomerRef
from payments.flows.settlement import money_compared, reconcile
from tests.core.builders import ACCOUNT, DAY, dispute, invoice, refund, subscription
from tests.flows.club_fixture import Club

ANN = CustomerRef("cus_ann_usd")


async def member(club: Club) -> None:
    """Ann has paid, and everybody knows."""
    customer = await club.customer("ann")
    club.provider.put_subscription(ANN, subscription())
    club.provider.put_invoice(ANN, invoice())
    await club.settle(customer)


async def test_what_is_stored_as_it_is_asks_about_nobody(club: Club) -> None:
    await member(club)
    assert (await reconcile.compare_everything(club.app, ACCOUNT)).marked == 0


@pytest.mark.parametrize("kind", ["refund", "dispute"])
async def test_money_taken_back_that_no_settlement_saw_is_found(club: Club, kind: str) -> None:
    await member(club)
    if kind == "refund":
        club.provider.put_refund(ANN, refund())
    else:
        club.provider.put_dispute(ANN, dispute("needs_response"))
    assert await money_compared.compare_money(club.app, ACCOUNT) == 1
    await club.settle()
    assert not await club.inside("ann")
    assert await money_compared.compare_money(club.app, ACCOUNT) == 0


async def test_a_change_of_what_is_stored_is_found_too(club: Club) -> None:
    await member(club)
    club.provider.put_refund(ANN, refund())
    club.provider.put_dispute(ANN, dispute("needs_response"))
    await money_compared.compare_money(club.app, ACCOUNT)
    await club.settle()
    club.provider.put_refund(ANN, replace(refund(), status=RefundStatus.FAILED))
    assert await money_compared.compare_money(club.app, ACCOUNT) == 1
    club.provider.put_dispute(ANN, dispute("won"))
    await club.settle()
    assert await club.inside("ann")


async def test_an_invoice_that_nobody_told_of_is_found(club: Club) -> None:
    await member(club)
    club.provider.put_invoice(ANN, replace(invoice(), status=InvoiceStatus.VOID, amount_paid=0))
    assert await money_compared.compare_money(club.app, ACCOUNT) == 1


async def test_what_is_unknown_foreign_or_long_ago_asks_about_nobody(club: Club) -> None:
    await member(club)
    club.provider.put_refund(ANN, replace(refund(), status=RefundStatus.UNKNOWN))
    club.provider.put_invoice(CustomerRef("cus_else"), invoice())
    assert await money_compared.compare_money(club.app, ACCOUNT) == 0
    club.provider.put_refund(ANN, refund())
    club.pass_time(37 * DAY)
    assert await money_compared.compare_money(club.app, ACCOUNT) == 0


async def test_a_long_list_is_read_page_by_page_up_to_a_bound(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    await member(club)
    club.provider.page = 1
    for number in range(3):
        club.provider.put_refund(ANN, replace(refund(), id=f"re_{number}", amount=1))
    assert await money_compared.compare_money(club.app, ACCOUNT) == 3
    monkeypatch.setattr(money_compared, "PAGES_MAX", 1)
    assert await money_compared.compare_money(club.app, ACCOUNT) == 1
