"""The next automatic payments are declined when somebody asks for it, and no other."""

from __future__ import annotations

import pytest

from sandbox.stripe.errors import StripeError
from tests.sandbox.billing import DAY, a_customer, a_month_passes, a_subscription, status_of
from tests.sandbox.conftest import Local


async def test_a_renewal_is_declined_once_and_the_next_attempt_pays(local: Local) -> None:
    customer = await a_customer(local)
    assert local.sandbox.decline(times=1) == {"declining": 1}
    subscription = await a_subscription(local, customer)
    assert await status_of(local, subscription) == "active", "the first payment is asked for, not automatic"
    await a_month_passes(local)
    assert await status_of(local, subscription) == "past_due"
    assert local.sandbox.decline() == {"declining": 0}
    charge = next(local.sandbox.objects.newest("charge"))
    assert charge["outcome"]["reason"] == "insufficient_funds"
    await local.clock.advance(3 * DAY)
    assert await status_of(local, subscription) == "active"


async def test_it_is_taken_back_and_what_is_no_number_is_refused(local: Local) -> None:
    local.sandbox.decline(times=3)
    assert local.sandbox.decline(times=0) == {"declining": 0}
    for wrong in (-1, 10**6, True):
        with pytest.raises(StripeError, match="whole number"):
            local.sandbox.decline(times=wrong)
