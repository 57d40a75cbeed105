"""The contract of payment providers: refunds, and drafts that are made payable."""

import pytest

from payments.core.billing import InvoiceStatus, SnapshotPart
from payments.core.ids import CustomerRef, InvoiceId
from payments.ports.providers import ObjectKind, ProviderRefused
from tests.contract.provider_worlds import World, bill

pytestmark = pytest.mark.ports("customers", "invoicing", "refunds", "lookup")

ROW = {"guestlist_row": "ref_1"}


async def paid_bill(world: World, customer: CustomerRef) -> InvoiceId:
    snapshot = await world.provider.snapshot(customer, SnapshotPart.INVOICES)
    (invoice,) = snapshot.invoices or ()
    return invoice.id


async def test_a_payment_goes_back_in_part_and_then_all_that_is_left_once_for_its_key(world: World) -> None:
    since, refunds = world.now(), world.provider.refunds
    customer = await world.subscribed()
    invoice = await paid_bill(world, customer)
    (paid,) = await refunds.payments(invoice)
    assert (paid.amount, paid.left, paid.currency, paid.disputed) == (900, 900, "usd", False)
    part = [await refunds.refund("part", paid.charge, 400, {}) for _ in range(2)]
    assert part[0] == part[1]
    assert [one.left for one in await refunds.payments(invoice)] == [500]
    rest = await refunds.refund("rest", paid.charge, None, ROW)
    assert (rest.amount, rest.currency) == (500, "usd")
    assert await refunds.get(rest.id) == rest
    assert await world.provider.lookup.find(ObjectKind.REFUND, "ref_1", since_at=since, customer=None) == rest.id
    assert [one.left for one in await refunds.payments(invoice)] == [0]
    with pytest.raises(ProviderRefused) as refused:
        await refunds.refund("more", paid.charge, None, {})
    assert refused.value.code == "charge_already_refunded"
    told = await world.provider.snapshot(customer, SnapshotPart.CHARGES)
    assert sorted(one.amount for one in told.refunds or ()) == [400, 500]


async def test_a_contested_payment_is_not_given_back(world: World) -> None:
    customer = await world.subscribed()
    (paid,) = await world.provider.refunds.payments(await world.dispute(customer))
    assert paid.disputed
    with pytest.raises(ProviderRefused) as refused:
        await world.provider.refunds.refund("key", paid.charge, None, {})
    assert refused.value.code == "charge_disputed"


async def test_a_bill_that_nobody_paid_has_no_payment_to_give_back(world: World) -> None:
    customer = await world.customer("ana@example.com")
    assert await world.provider.refunds.payments(await bill(world, customer)) == ()


async def test_a_draft_is_made_payable_and_stays_what_it_is_when_asked_again(world: World) -> None:
    customer = await world.customer("ana@example.com")
    invoice = await bill(world, customer)
    payable = await world.provider.invoicing.finalize(invoice)
    assert payable.status is InvoiceStatus.OPEN
    assert payable.hosted_url
    assert payable.number
    again = await world.provider.invoicing.finalize(invoice)
    assert (again.id, again.status, again.number) == (payable.id, payable.status, payable.number)
