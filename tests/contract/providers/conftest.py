"""The worlds in which the ports are tried."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.provider_worlds import FakeWorld, World, stripe_world


@pytest.fixture(params=["fake", "stripe"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
    else:
        async with stripe_world() as opened:
            yield opened
