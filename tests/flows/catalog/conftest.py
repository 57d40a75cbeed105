"""A second payment account, for whatever test asks for it."""

from collections.abc import AsyncIterator

import pytest

from payments.flows.runtime.context import PaymentAccount
from tests.flows.second_account import second_account
from tests.flows.shop_fixture import Shop


@pytest.fixture
async def second(shop: Shop) -> AsyncIterator[PaymentAccount]:
    async with second_account(shop) as account:
        yield account
