"""Buying again, once a customer was deleted at Stripe and replaced there: what its former id bought still counts."""

from contextlib import suppress
from typing import Any

import pytest

from payments.core.billing import SnapshotPart
from payments.core.catalog import Plan, PriceKind
from payments.core.ids import CustomerRef, PersonId
from payments.core.plan_terms import Terms
from payments.flows.checkout.subscribe import CheckoutLink, Completing
from payments.flows.runtime.outbox import params_of
from payments.ports.providers import ProviderUnavailable
from storage.engines.postgres import PostgresTx
from storage.engines.sqlite_transaction import SqliteTx
from storage.store import SqlStore
from tests.flows.checkout.test_checkout import ask, current, delete_customer, pay
from tests.flows.shop_fixture import DAY, Shop

LIFE = Terms(PriceKind.LIFETIME, 9900, "usd")
GONE = {"status": 400, "body": {"error": {"code": "resource_missing", "param": "customer", "message": "No such one"}}}


async def deleted(shop: Shop) -> None:
    """The owner deletes the newest customer in Stripe's dashboard; that it was is told nowhere."""
    await delete_customer(shop, shop.stripe("customer")[-1]["id"])


async def paid_untold(shop: Shop, plan: Plan, person: PersonId) -> None:
    """A plan is bought and its link is over, and nothing of that is settled: the money is on its way, say."""
    await ask(shop, plan, person)
    await pay(shop)
    async with shop.app.store.transaction() as tx:
        await tx.checkouts.expire_due(shop.app.business.now() + 2 * DAY)


async def never_answered(shop: Shop, plan: Plan, person: PersonId, *, after: bool = False) -> None:
    """A link is asked for, and Stripe is down; with `after` once it has made it."""
    shop.down("/v1/checkout/sessions", after=after)
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, person)


async def test_what_was_paid_under_a_former_id_is_not_sold_again(shop: Shop) -> None:
    life, pro, ana = await shop.plan("Life", terms=LIFE), await shop.plan(), await shop.member()
    await paid_untold(shop, life, ana)
    await deleted(shop)
    assert isinstance(await ask(shop, pro, ana), CheckoutLink)
    assert len(shop.stripe("customer")) == 2
    assert await ask(shop, life, ana) == Completing()


async def test_a_trial_under_a_former_id_was_the_only_one(shop: Shop) -> None:
    plan, ana = await shop.plan(trial_days=7), await shop.member()
    await paid_untold(shop, plan, ana)
    await deleted(shop)
    assert isinstance(await ask(shop, plan, ana), CheckoutLink)
    assert len(shop.stripe("customer")) == 2
    checkout = await current(shop, plan, ana)
    assert checkout is not None
    async with shop.app.store.transaction() as tx:
        request = await tx.requests.get("checkout", checkout.id)
    assert request is not None
    assert params_of(request)["trial_days"] == 0


@pytest.mark.parametrize("made", [False, True])
async def test_a_link_of_a_former_id_that_was_never_answered_replaces_nobody_again(shop: Shop, made: bool) -> None:
    life, pro, ana = await shop.plan("Life", terms=LIFE), await shop.plan(), await shop.member()
    await never_answered(shop, pro, ana, after=made)
    await deleted(shop)
    assert isinstance(await ask(shop, life, ana), CheckoutLink)
    assert isinstance(await ask(shop, pro, ana), CheckoutLink)
    first, second = shop.stripe("customer")
    assert [s["customer"] for s in shop.stripe("checkout.session") if s["status"] == "open"] == [second["id"]] * 2
    assert first["deleted"]


@pytest.mark.parametrize("answered", [True, False])
async def test_a_link_of_a_deleted_customer_is_ended_for_nothing_can_be_paid_by_it(shop: Shop, answered: bool) -> None:
    pro, ana = await shop.plan(), await shop.member()
    if answered:
        await ask(shop, pro, ana)
    else:
        await never_answered(shop, pro, ana, after=True)
    await deleted(shop)
    link = await ask(shop, pro, ana)
    assert isinstance(link, CheckoutLink)
    dead, session = shop.stripe("checkout.session")
    assert (dead["status"], session["status"], session["url"]) == ("expired", "open", link.url)
    assert session["customer"] == shop.stripe("customer")[-1]["id"]


async def test_a_deleted_customer_of_which_stripe_lists_nothing_is_replaced(shop: Shop) -> None:
    life, pro, ana = await shop.plan("Life", terms=LIFE), await shop.plan(), await shop.member()
    await ask(shop, life, ana)
    await deleted(shop)
    shop.fault("/v1/subscriptions*", method="GET", times=2, **GONE)
    assert isinstance(await ask(shop, pro, ana), CheckoutLink)
    assert len(shop.stripe("customer")) == 2


async def test_a_lost_link_of_a_former_id_of_which_stripe_lists_nothing_is_over(shop: Shop) -> None:
    life, pro, ana = await shop.plan("Life", terms=LIFE), await shop.plan(), await shop.member()
    await never_answered(shop, pro, ana)
    await deleted(shop)
    assert isinstance(await ask(shop, life, ana), CheckoutLink)
    shop.fault("/v1/checkout/sessions*", method="GET", **GONE)
    assert isinstance(await ask(shop, pro, ana), CheckoutLink)


class Killed(Exception):
    """The process ends."""


async def test_killed_at_each_write_a_customer_is_replaced_once(
    any_shop: Shop, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the process dies: the next request goes on, and the former id stays known."""
    pro, ana = await any_shop.plan(), await any_shop.member()
    await ask(any_shop, pro, ana)
    await deleted(any_shop)
    former = CustomerRef(any_shop.stripe("customer")[-1]["id"])
    kind = SqliteTx if store._database.one_process else PostgresTx
    execute: Any = kind.execute
    left = 0

    async def dying(self: Any, sql: str, *values: Any) -> int:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return int(await execute(self, sql, *values))

    for deaths in range(100):
        with monkeypatch.context() as doomed:
            doomed.setattr(kind, "execute", dying)
            left = deaths
            with suppress(Killed):
                assert isinstance(await ask(any_shop, pro, ana), CheckoutLink)
                break
        await any_shop.advance(120)  # what the dead one held is free by then
    assert deaths > 3
    customers = any_shop.stripe("customer")
    assert len(customers) == 2
    links = [s for s in any_shop.stripe("checkout.session") if s["customer"] != former and s["status"] == "open"]
    assert [link["customer"] for link in links] == [customers[-1]["id"]]
    async with store.transaction() as tx:
        assert await tx.customers.mark_stripe(any_shop.app.first_account.id, [former], SnapshotPart.CHARGES, 0) == 1
