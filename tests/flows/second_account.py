"""A shop with a second payment account, which the sandbox plays too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from payments.core.billing import SnapshotPart
from payments.core.catalog import PriceState
from payments.core.ids import AccountId, PersonId, PlanId
from payments.flows.communities import settings as communities
from payments.flows.runtime.context import PaymentAccount
from payments.flows.settlement.settle import settle_customer
from payments.ports.stores import StoredAccount
from payments.providers.stripe import StripeProvider
from tests.flows.shop_fixture import COMMUNITY, Shop

LIMIT = 10


@asynccontextmanager
async def second_account(shop: Shop) -> AsyncIterator[PaymentAccount]:
    """The shop knows a second account for the length of a block."""
    provider = StripeProvider("sk_test_second", api_base=f"{shop.sandbox.url}/accounts/second", limiter=shop.limiter)
    try:
        found = await provider.account()
        async with shop.app.store.transaction() as tx:
            fresh = StoredAccount(found.id, found.livemode, found.currency, None, None, None)
            await tx.provider_accounts.ensure(fresh, shop.app.business.now())
        account = PaymentAccount(found.id, "second", found.livemode, found.currency, provider)
        shop.app.accounts = {**shop.app.accounts, account.id: account}
        yield account
    finally:
        await provider.close()


async def moves(shop: Shop, account_id: AccountId) -> None:
    """An owner says that the community sells on an account, and the worker does what follows."""
    change = communities.Changes(account_id=account_id)
    await communities.change(shop.app, COMMUNITY, change, actor=await shop.member("olga"))
    await shop.redrive()


async def prices(shop: Shop, plan_id: PlanId, state: PriceState) -> list[tuple[AccountId, int]]:
    """Where a plan is sold in this state, and for how much."""
    async with shop.app.store.transaction() as tx:
        return [(p.account_id, p.unit_amount) for p in await tx.plans.prices(plan_id) if p.state is state]


async def settles(shop: Shop, who: PersonId) -> list[bool]:
    """All of a person's customers are settled; whether each access is wanted then."""
    async with shop.app.store.transaction() as tx:
        mine = [customer.id for customer in await tx.customers.of_person(who)]
        await tx.customers.mark(mine, SnapshotPart.ALL, shop.app.business.now())
    return await settles_marked(shop, who)


async def settles_marked(shop: Shop, who: PersonId) -> list[bool]:
    """The same for the customers that something has marked."""
    lease = shop.app.lease()
    async with shop.app.store.transaction() as tx:
        claimed = await tx.customers.claim(lease, shop.app.machine.now() + 10**10, LIMIT)
    for one in claimed:
        await settle_customer(shop.app, one, lease)
    async with shop.app.store.transaction() as tx:
        return [access.wanted for access in await tx.accesses.of([who])]
