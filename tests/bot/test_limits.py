"""How the connections of a listener are shared out."""

import pytest

from bot.web.limits import CONNECTIONS_MAX, SPARED, WEBHOOKS_MIN, public_limits


@pytest.mark.parametrize("descriptors", [64, 128, 200, 256, 512, 1024, 4096, 10**9])
def test_webhooks_have_64_connections_and_others_have_some(descriptors: int) -> None:
    limits = public_limits(descriptors)
    assert limits.webhooks >= WEBHOOKS_MIN
    assert limits.strangers >= 16
    assert limits.strangers + limits.webhooks <= CONNECTIONS_MAX


@pytest.mark.parametrize("descriptors", [256, 512, 1024, 4096])
def test_descriptors_are_left_for_the_database_stripe_and_the_platforms(descriptors: int) -> None:
    limits = public_limits(descriptors)
    assert descriptors - limits.strangers - limits.webhooks >= SPARED
