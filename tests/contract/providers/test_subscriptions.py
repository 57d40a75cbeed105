"""The contract of payment providers: changes to subscriptions."""

import pytest

from payments.core.billing import SnapshotPart, SubscriptionStatus
from tests.contract.provider_worlds import World, only_subscription

pytestmark = pytest.mark.ports("subscriptions")


async def test_a_cancellation_is_told_and_can_be_taken_back(world: World) -> None:
    customer = await world.subscribed()
    before = only_subscription(await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS))
    assert await world.provider.subscriptions.status(before.id) is SubscriptionStatus.ACTIVE
    await world.provider.subscriptions.cancel(before.id)
    cancelled = only_subscription(await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS))
    assert cancelled.cancel_at == before.period_end_at
    assert cancelled.status is SubscriptionStatus.ACTIVE
    await world.provider.subscriptions.keep(before.id)
    resumed = only_subscription(await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS))
    assert resumed.cancel_at is None
