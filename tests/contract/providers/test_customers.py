"""The contract of payment providers: Customers."""

import pytest

from payments.core.billing import SnapshotPart
from payments.core.ids import CustomerRef
from payments.ports.providers import ProviderRefused, SessionStatus
from tests.contract.provider_worlds import World

pytestmark = pytest.mark.ports("customers")


async def test_a_call_repeated_under_its_key_makes_one(world: World) -> None:
    names = {"guestlist_row": "cus_1"}
    first = await world.provider.customers.create("same", name="Ana", email=None, metadata=names)
    assert await world.provider.customers.create("same", name="Ana", email=None, metadata=names) == first
    assert await world.provider.customers.create("other", name="Ana", email=None, metadata=names) != first


async def test_another_order_under_the_same_key_is_refused(world: World) -> None:
    await world.provider.customers.create("same", name="Ana", email=None, metadata={})
    with pytest.raises(ProviderRefused) as refused:
        await world.provider.customers.create("same", name="Ben", email=None, metadata={})
    assert refused.value.code == "idempotency_error"


async def test_nothing_can_be_paid_by_an_open_link_of_a_deleted_customer(world: World) -> None:
    customer = await world.customer()
    session = await world.link(customer, await world.price())
    await world.delete(customer)
    dead = await world.provider.checkouts.get(session.id)
    assert (dead.status, dead.url) == (SessionStatus.OPEN, None)
    await world.provider.checkouts.expire(session.id)


async def test_a_deleted_customer_is_a_statement(world: World) -> None:
    customer = await world.subscribed()
    await world.delete(customer)
    assert (await world.provider.snapshot(customer, SnapshotPart.ALL)).deleted


async def test_an_unknown_customer_is_none(world: World) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await world.provider.snapshot(CustomerRef("cus_unknown"), SnapshotPart.ALL)
    assert refused.value.code == "missing_object"
