"""Payment accounts that refuse a price or give no answer, and what is told of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from payments.core.calendar import Unit
from payments.core.catalog import Plan, Price, PriceKind, PriceState
from payments.core.ids import PersonId
from payments.core.plan_terms import Terms
from payments.flows.runtime.context import PaymentAccount
from payments.flows.runtime.offered import offered
from payments.ports.providers import ProviderRefused, ProviderUnavailable
from payments.ports.stores import Notice, RequestState
from tests.flows.second_account import moves, prices
from tests.flows.shop_fixture import COMMUNITY, MONTHLY, Shop

YEARLY = Terms(PriceKind.RECURRING, 9000, "usd", Unit.YEAR, 1)
QUARTERLY = Terms(PriceKind.RECURRING, 2500, "usd", Unit.MONTH, 3)
DEARER = replace(MONTHLY, amount=1200)
ACTIVE, PENDING = PriceState.ACTIVE, PriceState.PENDING
AWAY = ProviderUnavailable("away", unclear=False)
NO = ProviderRefused("currency_not_supported", "acct_1Abc can't charge in usd yet.")


@contextmanager
def answering(account: PaymentAccount, error: Exception) -> Iterator[None]:
    """Whoever has a price made on an account gets this answer."""

    async def answer(*_: object, **__: object) -> str:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offered(account.provider.catalog), "create_price", answer)
        yield


@contextmanager
def refusing_once(account: PaymentAccount, meanwhile: Callable[[], Awaitable[object]]) -> Iterator[None]:
    """The next price is refused by an account, and something else is done before it says so."""
    with pytest.MonkeyPatch.context() as patch:

        async def too_late(*_: object, **__: object) -> str:
            patch.undo()
            await meanwhile()
            raise NO

        patch.setattr(offered(account.provider.catalog), "create_price", too_late)
        yield


async def stored(shop: Shop, plan: Plan, state: PriceState, amount: int = 900) -> Price:
    """The plan's price of that state and amount."""
    async with shop.app.store.transaction() as tx:
        (found,) = [one for one in await tx.plans.prices(plan.id) if (one.state, one.unit_amount) == (state, amount)]
    return found


class Died(BaseException):
    """The process is gone."""


async def caught_up(shop: Shop) -> None:
    """The worker does what is due, and what follows from it."""
    for hours in (0, 2, 4):
        await shop.redrive(hours=hours)


async def refused_move(shop: Shop, second: PaymentAccount) -> tuple[Plan, PersonId]:
    """A plan whose price the second account refused, and a manager."""
    plan, admin = await shop.plan(), await shop.member("admin")
    with answering(second, NO):
        await moves(shop, second.id)
    assert await prices(shop, plan.id, ACTIVE) == [(shop.app.first_account.id, 900)]
    return plan, admin


async def acts(shop: Shop) -> list[str]:
    async with shop.app.store.transaction() as tx:
        return [line.action for line in await tx.audit_log.acts(COMMUNITY, 100)]


async def told(shop: Shop) -> list[Notice]:
    """What is waiting to be told of refused prices."""
    async with shop.app.store.transaction() as tx:
        waiting = await tx.notices.claim(shop.app.lease(), shop.app.machine.now(), 50)
    return [notice for notice in waiting if notice.kind == "price_refused"]


async def with_contact(shop: Shop) -> PersonId:
    olga = await shop.member("olga")
    async with shop.app.store.transaction() as tx:
        community = await tx.communities.get(COMMUNITY)
        assert community is not None
        await tx.communities.update(replace(community, contact_id=olga))
    return olga


async def given_up(shop: Shop, plan: Plan) -> None:
    """The calls for the plan's prices to come have failed for so long that nobody tries them any more."""
    async with shop.app.store.transaction() as tx:
        for price in await tx.plans.prices(plan.id):
            request = await tx.requests.get("price", price.id)
            if price.state is PENDING and request is not None:
                await tx.requests.set_state(request.id, RequestState.DEAD, "Invalid API key")
