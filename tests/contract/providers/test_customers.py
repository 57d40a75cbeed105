"""The contract of payment providers: Customers."""

import pytest

from payments.core.billing import SnapshotPart
from payments.ports.providers import (
    ProviderRefused,
)
from tests.contract.provider_worlds import World

NOTHING = SnapshotPart(0)


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
