"""What Stripe refuses: its status, code and parameter, as they were recorded at a real account."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.billing import a_customer, a_price, a_subscription
from tests.sandbox.conftest import Local


@pytest.mark.parametrize(
    ("more", "status", "param"),
    [
        ({"payment_behavior": "pending_if_incomplete"}, 400, "payment_behavior"),
        ({"trial_from_plan": True, "trial_end": 4_000_000_000}, 400, None),
        ({"trial_end": 1000}, 400, "trial_end"),
        ({"days_until_due": 5}, 400, None),
        ({"customer": "cus_none"}, 404, "customer"),
    ],
)
async def test_no_subscription_is_made_of_what_does_not_fit(
    local: Local, more: dict[str, Any], status: int, param: str | None
) -> None:
    customer, price, subscriptions = await a_customer(local), await a_price(local), local.client.v1.subscriptions
    params: Any = {"customer": customer.id, "items": [{"price": price.id}], **more}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await subscriptions.create_async(params)
    assert (refused.value.http_status, refused.value.param) == (status, param)
    assert not (await subscriptions.list_async({"customer": customer.id})).data


async def test_no_subscription_has_a_price_twice(local: Local) -> None:
    customer, price = await a_customer(local), await a_price(local)
    with pytest.raises(stripe.InvalidRequestError, match=f"with the same Price: {price.id}"):
        await a_subscription(local, customer, items=[{"price": price.id}, {"price": price.id}])
