"""The worlds in which the ports are tried: each test in those whose provider offers the ports it is marked with."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.provider_worlds import EVERYTHING, BareWorld, FakeWorld, StripeWorld, World, stripe_world

WORLDS: dict[str, type[World]] = {"bare": BareWorld, "fake": FakeWorld, "stripe": StripeWorld}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`@pytest.mark.ports("portal")`: the required ports are not named."""
    if "world" not in metafunc.fixturenames:
        return
    needed = {port for mark in metafunc.definition.iter_markers("ports") for port in mark.args}
    assert needed <= EVERYTHING, f"no such port: {needed - EVERYTHING}"
    metafunc.parametrize("world", [name for name, made in WORLDS.items() if needed <= made.offers], indirect=True)


@pytest.fixture
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "stripe":
        async with stripe_world() as opened:
            yield opened
    else:
        yield WORLDS[request.param]()
