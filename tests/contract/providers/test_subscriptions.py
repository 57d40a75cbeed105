"""The contract of payment providers: changes to subscriptions."""

import pytest

from payments.core.billing import SnapshotPart, SubscriptionStatus
from payments.ports.providers import ProviderRefused
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


async def test_what_has_ended_is_not_changed_any_more_and_says_so(world: World) -> None:
    customer = await world.subscribed()
    ended = only_subscription(await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS)).id
    await world.end(customer)
    actions = world.provider.subscriptions
    for change in (actions.cancel, actions.keep):
        with pytest.raises(ProviderRefused):
            await change(ended)
        assert await actions.status(ended) is SubscriptionStatus.CANCELED
    with pytest.raises(ProviderRefused) as refused:
        await actions.cancel_now(ended)
    assert refused.value.code == "missing_object"
