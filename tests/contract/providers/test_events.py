"""The contract of payment providers: events and lists."""

import pytest

from payments.core.billing import InvoiceStatus, SnapshotPart, SubscriptionStatus
from payments.ports.providers import MoneyKind
from tests.contract.provider_worlds import World, event

NOTHING = SnapshotPart(0)


async def test_what_leads_nowhere_is_nobodys(world: World) -> None:
    found = event("charge.dispute.created", data={"object": {"object": "balance"}})
    assert await world.provider.events.customer_of(found) is None


@pytest.mark.parametrize("body", ["", "{}", "no json", "[]", '{"id": "evt_1", "type": "x", "created": 1}'])
async def test_what_is_no_event_is_refused(world: World, body: str) -> None:
    with pytest.raises(ValueError):
        world.provider.events.decode(body)


async def test_an_event_that_names_its_customer_is_theirs(world: World) -> None:
    found = event("charge.updated", data={"object": {"object": "charge", "customer": "cus_9"}})
    assert await world.provider.events.customer_of(found) == "cus_9"


async def test_the_list_of_subscriptions_has_ended_ones_too(world: World) -> None:
    first, second = await world.subscribed(), await world.subscribed()
    await world.end(first)
    page = await world.provider.events.list_live(after=None)
    assert page.next is None
    assert {one.customer: one.fact.status for one in page.items} == {
        first: SubscriptionStatus.CANCELED,
        second: SubscriptionStatus.ACTIVE,
    }


async def test_what_was_billed_given_back_and_disputed_is_listed_with_whose_it_is(world: World) -> None:
    customer, other = await world.subscribed(), await world.subscribed()
    invoice, since = await world.refund(customer, 100), world.now() - 86_400_000
    disputed = await world.dispute(other)
    events = world.provider.events
    bills = await events.list_money(MoneyKind.INVOICE, since_at=since, after=None)
    assert {(one.id, one.customer, one.status, one.amount) for one in bills.items} == {
        (invoice, customer, InvoiceStatus.PAID, 900),
        (disputed, other, InvoiceStatus.PAID, 900),
    }
    for kind, whose, amount in ((MoneyKind.REFUND, customer, 100), (MoneyKind.DISPUTE, other, 900)):
        (found,) = (await events.list_money(kind, since_at=since, after=None)).items
        assert (found.customer, found.amount) == (whose, amount)
        assert found.status.known
        assert not (await events.list_money(kind, since_at=world.now() + 86_400_000, after=None)).items
