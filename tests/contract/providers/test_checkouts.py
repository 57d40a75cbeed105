"""The contract of payment providers: pages to pay on."""

import pytest

from payments.core.billing import InvoiceStatus, SnapshotPart, SubscriptionStatus
from payments.core.calendar import Unit
from payments.ports.providers import (
    ProviderRefused,
    SessionStatus,
)
from tests.contract.provider_worlds import World, only_subscription

NOTHING = SnapshotPart(0)


async def test_a_link_is_open_until_it_is_ended_or_paid(world: World) -> None:
    customer, price = await world.customer(), await world.price()
    session = await world.link(customer, price)
    assert session.status is SessionStatus.OPEN
    assert session.url
    assert abs(session.expires_at - (world.now() + 3_600_000)) < 5_000
    assert await world.provider.checkouts.get(session.id) == session
    await world.provider.checkouts.expire(session.id)
    assert (await world.provider.checkouts.get(session.id)).status is SessionStatus.EXPIRED
    with pytest.raises(ProviderRefused):
        await world.provider.checkouts.expire(session.id)
    paid = await world.link(customer, price, row="chk_2")
    await world.pay(paid)
    over = await world.provider.checkouts.get(paid.id)
    assert over.status is SessionStatus.COMPLETE
    assert over.url is None
    assert over.bought
    assert not over.failed
    assert [one.id for one in await world.provider.checkouts.completed(customer)] == [paid.id]
    (listed,) = await world.provider.checkouts.completed(customer)
    assert listed.metadata["guestlist_row"] == "chk_2"


async def test_a_link_is_made_once_for_its_key(world: World) -> None:
    order = world.order(await world.customer(), await world.price())
    first = await world.provider.checkouts.open("same", order)
    assert await world.provider.checkouts.open("same", order) == first
    assert (await world.provider.checkouts.open("other", order)).id != first.id


async def test_a_paid_link_is_a_subscription_with_our_ids(world: World) -> None:
    snapshot = await world.provider.snapshot(await world.subscribed(), SnapshotPart.ALL)
    fact = only_subscription(snapshot)
    assert fact.status is SubscriptionStatus.ACTIVE
    assert (fact.unit_amount, fact.currency, fact.quantity, fact.unit, fact.count) == (900, "usd", 1, Unit.MONTH, 1)
    assert fact.metadata["guestlist_plan"] == "pln_1"
    assert fact.metadata["guestlist_row"] == "chk_1"
    assert fact.ended_at is None
    assert fact.cancel_at is None
    assert snapshot.invoices is not None
    (invoice,) = snapshot.invoices
    assert invoice.id == fact.latest_invoice_id
    assert invoice.subscription_id == fact.id
    assert invoice.status is InvoiceStatus.PAID
    assert invoice.amount_paid == invoice.total == 900
    assert invoice.paid_at is not None
    assert (invoice.period_start_at, invoice.period_end_at) == (fact.period_start_at, fact.period_end_at)
    assert snapshot.refunds == ()
    assert snapshot.disputes == ()
    assert not snapshot.deleted
