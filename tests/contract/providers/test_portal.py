"""The contract of payment providers: the portal."""

import pytest

from payments.core.billing import SnapshotPart
from payments.ports.providers import (
    PortalFlow,
)
from tests.contract.provider_worlds import World, only_subscription

pytestmark = pytest.mark.ports("portal")


async def test_the_portal_has_an_address(world: World) -> None:
    customer = await world.subscribed()
    fact = only_subscription(await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS))
    configuration = await world.provider.portal.create_configuration("portal")
    assert await world.provider.portal.create_configuration("portal") == configuration
    assert await world.provider.portal.usable(configuration)
    assert not await world.provider.portal.usable("gone")
    login = await world.provider.portal.login_page(configuration, enable=True)
    assert login is not None
    assert await world.provider.portal.login_page(configuration, enable=False) == login
    for flow in PortalFlow:
        url = await world.provider.portal.open(
            customer,
            configuration_id=configuration,
            return_url="https://guests.example/returned",
            flow=flow,
            subscription=fact.id if flow is PortalFlow.CANCEL else None,
        )
        assert url.startswith("http")
