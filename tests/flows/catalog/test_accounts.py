"""Two payment accounts: what was paid on one is never sold again on the other, and a move is whole or said again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.app import platform_host
from payments.core.calendar import DAY_MS, Unit
from payments.core.catalog import PriceKind, PriceState
from payments.core.ids import AccountId, InvoiceId
from payments.core.plan_terms import Terms
from payments.flows.access.comps import give_comp
from payments.flows.catalog.plans import PlanChange, PlanMade, edit_plan
from payments.flows.catalog.prices import add_price
from payments.flows.checkout.customers import ensure_customer
from payments.flows.checkout.subscribe import CheckoutLink, Completing, subscribe
from payments.flows.runtime.context import ACCOUNT_MISSING, PaymentAccount
from payments.flows.runtime.offered import offered
from payments.flows.runtime.outbox import store_request
from payments.flows.runtime.retry import retry_of
from payments.flows.settlement import timers
from payments.flows.settlement.webhooks import note_webhook, store_event
from payments.ports.providers import KeyRefused, ProviderRefused, ProviderUnavailable
from tests.flows.second_account import moves, prices, settles, settles_marked
from tests.flows.shop_fixture import COMMUNITY, MONTHLY, Shop

YEARLY = Terms(PriceKind.RECURRING, 9000, "usd", Unit.YEAR, 1)
FOR_GOOD = Terms(PriceKind.LIFETIME, 5000, "usd")
VISA = "4242424242424242"
HOUR = 3600
DAY = 24 * HOUR
ACTIVE, PENDING = PriceState.ACTIVE, PriceState.PENDING


async def paid_there(shop: Shop) -> None:
    """Somebody pays the only link on the second account."""
    there = shop.sandbox.accounts["second"]
    (session,) = there.state()["checkout.session"]
    assert (await there.pay(session=session["id"], card=VISA))["status"] == "paid"


# -- nobody is sold a plan twice ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("terms", [MONTHLY, FOR_GOOD], ids=["subscription", "once"])
async def test_what_was_paid_on_an_account_that_is_away_is_not_sold_again(
    shop: Shop, second: PaymentAccount, terms: Terms
) -> None:
    first = shop.app.first_account
    plan, ben = await shop.plan(terms=terms), await shop.member("ben")
    await moves(shop, second.id)
    assert isinstance(await subscribe(shop.app, person_id=ben, plan_id=plan.id, name="Ben"), CheckoutLink)
    await paid_there(shop)
    both, shop.app.accounts = shop.app.accounts, {first.id: first}  # its key was rolled before the webhook came
    await moves(shop, first.id)
    await shop.advance(25 * HOUR)
    await timers.tick(shop.app)
    with pytest.raises(KeyRefused) as refused:
        await subscribe(shop.app, person_id=ben, plan_id=plan.id, name="Ben")
    assert refused.value.code == ACCOUNT_MISSING
    shop.app.accounts = both
    assert isinstance(await subscribe(shop.app, person_id=ben, plan_id=plan.id, name="Ben"), Completing)


async def test_an_account_where_nothing_was_begun_is_not_asked(
    shop: Shop, second: PaymentAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, ben = await shop.plan(), await shop.member("ben")
    await ensure_customer(shop.app, shop.app.first_account.id, ben, "usd", "Ben")
    await moves(shop, second.id)

    async def dead(*_: object, **__: object) -> None:
        raise KeyRefused("authentication_error", "expired key")

    monkeypatch.setattr(shop.app.first_account.provider, "snapshot", dead)
    assert isinstance(await subscribe(shop.app, person_id=ben, plan_id=plan.id, name="Ben"), CheckoutLink)


# -- a move ------------------------------------------------------------------------------------------------------------


async def test_a_move_whose_price_was_refused_is_made_when_it_is_said_again(
    shop: Shop, second: PaymentAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await shop.plan()

    async def no(*_: object, **__: object) -> str:
        raise ProviderRefused("currency_not_supported", "this account can't charge in usd yet")

    with monkeypatch.context() as patch:
        patch.setattr(offered(second.provider.catalog), "create_price", no)
        await moves(shop, second.id)
    assert await prices(shop, plan.id, ACTIVE) == [(shop.app.first_account.id, 900)]
    await moves(shop, second.id)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 900)]


async def test_what_another_community_sold_elsewhere_moves_when_its_host_says_so(
    shop: Shop, second: PaymentAccount
) -> None:
    plan = await shop.plan()
    await moves(shop, second.id)
    first = shop.app.first_account
    shop.app.accounts = {second.id: replace(second, name="main"), first.id: replace(first, name="old")}
    async with shop.app.store.transaction() as tx:  # as if it had never chosen: the first account is another now
        community = await tx.communities.get(COMMUNITY)
        assert community is not None
        await tx.communities.update(replace(community, account_id=None))
    await moves(shop, first.id)
    assert await prices(shop, plan.id, ACTIVE) == [(first.id, 900)]


async def test_a_price_that_is_to_replace_another_moves_as_that_and_is_told(shop: Shop, second: PaymentAccount) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    shop.down("/v1/prices")
    await edit_plan(shop.app, plan.id, PlanChange(terms=YEARLY), admin)
    assert await prices(shop, plan.id, PENDING) == [(shop.app.first_account.id, 9000)]
    await moves(shop, second.id)
    assert await prices(shop, plan.id, ACTIVE) == [(second.id, 9000)]
    async with shop.app.store.transaction() as tx:
        assert "price_changed" in [line.action for line in await tx.audit_log.acts(COMMUNITY, 100)]


async def test_a_move_taken_back_at_once_changes_nothing(shop: Shop, second: PaymentAccount) -> None:
    plan, first = await shop.plan(), shop.app.first_account
    shop.down("/accounts/second/v1/prices")
    await moves(shop, second.id)
    await moves(shop, first.id)
    assert await prices(shop, plan.id, ACTIVE) == [(first.id, 900)]
    assert await prices(shop, plan.id, PENDING) == []


async def test_a_key_that_was_used_before_is_no_refusal_when_the_lookup_fails(shop: Shop) -> None:
    """An older version asked with less metadata, and the list of prices does not answer just then."""
    plan, admin = await shop.plan(), await shop.member("admin")
    used = {"error": {"type": "idempotency_error", "message": "Keys for idempotent requests"}}
    shop.fault("/v1/prices", status=400, body=used)
    shop.fault("/v1/prices", method="GET", status=500, times=3)
    assert await add_price(shop.app, plan.id, YEARLY, admin) == PlanMade(plan, on_sale=False)
    for hours in (0, 1, 24):
        await shop.redrive(hours=hours)
    assert await prices(shop, plan.id, PENDING) == []
    assert len(await prices(shop, plan.id, ACTIVE)) == 2


async def test_a_name_can_be_changed_while_a_former_account_is_broken(shop: Shop, second: PaymentAccount) -> None:
    plan, admin = await shop.plan(), await shop.member("admin")
    await moves(shop, second.id)
    shop.fault("/v1/products/*", method="POST", status=401)
    assert isinstance(await edit_plan(shop.app, plan.id, PlanChange(name="Gold"), admin), PlanMade)


# -- each for itself ---------------------------------------------------------------------------------------------------


async def test_what_waits_for_an_account_never_dies(shop: Shop) -> None:
    missing = KeyRefused(ACCOUNT_MISSING, "not in the configuration")
    assert not retry_of(shop.app, missing, 10_000).dead
    assert retry_of(shop.app, ProviderUnavailable("away"), 10_000).dead


async def test_an_account_that_cannot_be_asked_is_compared_as_soon_as_it_can(
    shop: Shop, second: PaymentAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def compared() -> set[AccountId]:
        async with shop.app.store.transaction() as tx:
            return {account.id for account in await tx.provider_accounts.all() if account.compared_at is not None}

    async def down(**_: object) -> None:
        raise ProviderUnavailable("the key was rolled")

    first = shop.app.first_account
    with monkeypatch.context() as broken:
        broken.setattr(second.provider.events, "list_live", down)
        with pytest.raises(ProviderUnavailable):
            await platform_host.compare_due(shop.app, DAY_MS)
        assert await compared() == {first.id}
    monkeypatch.setattr(first.provider.events, "list_live", down)  # it is not asked again
    await platform_host.compare_due(shop.app, DAY_MS)
    assert await compared() == {first.id, second.id}
    await shop.advance(2 * DAY)
    with pytest.raises(ProviderUnavailable):
        await platform_host.compare_due(shop.app, DAY_MS)


@pytest.mark.parametrize("removed", [False, True])
async def test_a_present_ends_though_the_account_is_gone_on_which_its_person_has_a_customer(
    shop: Shop, second: PaymentAccount, removed: bool
) -> None:
    plan, ben, admin = await shop.plan(), await shop.member("ben"), await shop.member("admin")
    await ensure_customer(shop.app, second.id, ben, "usd", "Ben")
    await give_comp(shop.app, person_id=ben, plan_id=plan.id, days=1, actor=admin, key="k")
    assert await settles(shop, ben) == [True]
    if removed:
        shop.app.accounts = {shop.app.first_account.id: shop.app.first_account}
    await shop.advance(3 * DAY)
    await timers.tick(shop.app)
    assert await settles_marked(shop, ben) == [False]


async def test_each_account_remembers_its_own_webhooks(shop: Shop, second: PaymentAccount) -> None:
    for number, account in enumerate((shop.app.first_account, second)):
        event = {"id": f"evt_{number}", "type": "invoice.paid", "created": 1, "livemode": False}
        body = json.dumps({**event, "data": {"object": {"id": "in_1", "object": "invoice", "customer": "cus_1"}}})
        await store_event(shop.app, account.id, account.provider.events.decode(body))
        await note_webhook(shop.app, account.id)
    async with shop.app.store.transaction() as tx:
        stored = {account.id: account.webhook_at for account in await tx.provider_accounts.all()}
    assert None not in {stored[shop.app.first_account.id], stored[second.id]}


async def test_an_invoice_of_one_account_is_no_bill_of_another(shop: Shop, second: PaymentAccount) -> None:
    first = shop.app.first_account
    async with shop.app.store.transaction() as tx:
        request = await store_request(tx, shop.app, first.id, "bill", "bil_1", {})
        await tx.requests.made(request.id, "in_1")
        assert await tx.requests.bill_of(second.id, InvoiceId("in_1")) is None
        assert await tx.requests.bill_of(first.id, InvoiceId("in_1")) is not None
