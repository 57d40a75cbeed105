"""A link of an earlier price that could not be ended, and was paid: it counts, and the contact hears of it once."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from payments.core.billing import SnapshotPart
from payments.core.community import Identity, Platform
from payments.flows.catalog.plans import PlanChange, edit_plan
from payments.flows.checkout.subscribe import CheckoutLink, subscribe
from payments.flows.settlement.settle import settle_customer
from tests.flows.second_account import moves, second_account
from tests.flows.shop_fixture import COMMUNITY, MONTHLY, Shop


@pytest.mark.parametrize("moved", [False, True], ids=["there", "before a move"])
async def test_an_old_price_that_was_paid_is_told_to_the_contact_once(shop: Shop, moved: bool) -> None:
    plan, ana, admin = await shop.plan(), await shop.member(), await shop.member("admin")
    async with shop.app.store.transaction() as tx:
        community = await tx.communities.get(COMMUNITY)
        assert community is not None
        await tx.communities.update(replace(community, contact_id=admin))
        await tx.identities.ensure(Identity(Platform.TELEGRAM, "1"), "Doctor Secret", "en", ana, 0)
    link = await subscribe(shop.app, person_id=ana, plan_id=plan.id, name="Ana")
    assert isinstance(link, CheckoutLink)
    shop.fault("/v1/checkout/sessions/*/expire", status=500, times=0)
    async with second_account(shop) as second:
        if moved:
            await moves(shop, second.id)
        await edit_plan(shop.app, plan.id, PlanChange(terms=replace(MONTHLY, amount=2900)), admin)
        await shop.redrive()
    (session,) = shop.stripe("checkout.session")
    assert session["status"] == "open"
    await shop.sandbox.stripe.pay(session=session["id"], card="4242424242424242", email="ana@example.com")
    for _ in range(2):
        async with shop.app.store.transaction() as tx:
            customers = await tx.customers.of_person(ana)
            await tx.customers.mark([customer.id for customer in customers], SnapshotPart.ALL, shop.app.business.now())
            lease = shop.app.lease()
            claimed = await tx.customers.claim(lease, shop.app.machine.now() + 60_000, 10)
        for customer in claimed:
            await settle_customer(shop.app, customer, lease)
    async with shop.app.store.transaction() as tx:
        assert any(e.opens(shop.app.business.now()) for e in await tx.entitlements.of([ana]))
        notices = await tx.notices.claim(shop.app.lease(), shop.app.machine.now(), 50)
    told = [(n.person_id, json.loads(n.params)) for n in notices if n.kind == "paid_old_price"]
    assert [(who, said["amount"], said["now"]) for who, said in told] == [(admin, 900, 2900)]
    assert "Secret" not in json.dumps(told)  # her other account, on a platform where this community is not
