"""Subscribing: one link, one subscription, whatever goes wrong between us and Stripe (invariant 10)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from payments.core.access import Entitlement, Reason, Source
from payments.core.billing import Checkout, CheckoutState, PurchaseState, SubscriptionStatus
from payments.core.calendar import Unit
from payments.core.catalog import Plan, PriceKind
from payments.core.ids import EntitlementId, PersonId, PlanId
from payments.core.plan_terms import PlanDraft, Terms
from payments.flows.catalog import plans
from payments.flows.checkout.subscribe import AlreadyMember, CheckoutLink, Completing, NotSold, Subscribed, subscribe
from payments.flows.runtime.offered import offered
from payments.ports.providers import ProviderUnavailable
from tests.flows.shop_fixture import COMMUNITY, DAY, MONTHLY, Shop

HOUR = 3600


async def ask(shop: Shop, plan: Plan, person: PersonId) -> Subscribed:
    return await subscribe(shop.app, person_id=person, plan_id=plan.id, name="Ana")


async def current(shop: Shop, plan: Plan, person: PersonId) -> Checkout | None:
    async with shop.app.store.transaction() as tx:
        return await tx.checkouts.current(person, plan.id)


async def pay(shop: Shop, card: str = "4242424242424242") -> str:
    session = shop.stripe("checkout.session")[-1]
    paid = await shop.sandbox.stripe.pay(session=session["id"], card=card)
    return str(paid["status"])


async def test_a_member_gets_a_link_that_names_everything_we_need_to_know_again(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    link = await ask(shop, plan, ana)
    assert isinstance(link, CheckoutLink)
    (session,) = shop.stripe("checkout.session")
    assert session["url"] == link.url
    assert session["mode"] == "subscription"
    names = session["metadata"]
    assert session["success_url"] == f"https://guests.example/paid?checkout={names['guestlist_checkout']}"
    assert names["guestlist_plan"] == plan.id
    assert names["guestlist_payer"] == names["guestlist_beneficiary"] == ana
    assert names["guestlist_checkout"] == names["guestlist_row"]
    assert await pay(shop) == "paid"
    (subscription,) = shop.stripe("subscription")
    assert subscription["metadata"] == names


async def test_asking_again_gives_the_same_link(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    assert await ask(shop, plan, ana) == await ask(shop, plan, ana)
    assert len(shop.stripe("checkout.session")) == 1


async def test_a_double_click_gives_one_session_and_one_customer(any_shop: Shop) -> None:
    shop = any_shop
    plan, ana = await shop.plan(), await shop.member()
    links = await asyncio.gather(*(ask(shop, plan, ana) for _ in range(4)))
    assert len(set(links)) == 1
    assert isinstance(links[0], CheckoutLink)
    assert len(shop.stripe("checkout.session")) == 1
    assert len(shop.stripe("customer")) == 1


async def test_two_people_get_their_own_links(shop: Shop) -> None:
    plan = await shop.plan()
    first = await ask(shop, plan, await shop.member("ana"))
    second = await ask(shop, plan, await shop.member("ben"))
    assert first != second


async def test_a_payment_whose_webhook_is_lost_is_no_reason_to_sell_twice(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    await ask(shop, plan, ana)
    await pay(shop)
    assert await ask(shop, plan, ana) == Completing()
    assert "customers" in shop.woken
    async with shop.app.store.transaction() as tx:  # even with the link's row gone, Stripe is asked
        row = await tx.checkouts.current(ana, plan.id)
        assert row is not None
        await tx.checkouts.expire_due(shop.app.business.now() + 2 * DAY)
    assert await ask(shop, plan, ana) == Completing()
    assert len(shop.stripe("checkout.session")) == 1
    assert await shop.app.store.counts() | {"customers_dirty": 1} == await shop.app.store.counts()


async def test_an_expired_link_is_replaced(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    first = await ask(shop, plan, ana)
    await shop.advance(23.5 * HOUR)
    second = await ask(shop, plan, ana)
    assert isinstance(second, CheckoutLink)
    assert second != first
    assert [s["status"] for s in shop.stripe("checkout.session")] == ["expired", "open"]


async def test_a_link_of_a_retired_price_is_ended_before_another_is_given(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    await ask(shop, plan, ana)
    admin = await shop.member("admin")
    dearer = Terms(PriceKind.RECURRING, 1200, "usd", Unit.MONTH, 1)
    await plans.edit_plan(shop.app, plan.id, plans.PlanChange(terms=dearer), admin)
    link = await ask(shop, plan, ana)
    assert isinstance(link, CheckoutLink)
    old, new = shop.stripe("checkout.session")
    assert (old["status"], new["status"]) == ("expired", "open")
    assert new["url"] == link.url


async def test_a_link_of_a_retired_price_that_was_paid_just_now_counts(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    await ask(shop, plan, ana)
    await pay(shop)
    dearer = Terms(PriceKind.RECURRING, 1200, "usd", Unit.MONTH, 1)
    await plans.edit_plan(shop.app, plan.id, plans.PlanChange(terms=dearer), await shop.member("admin"))
    assert await ask(shop, plan, ana) == Completing()


async def test_a_trial_is_given_once(shop: Shop) -> None:
    plan, ana = await shop.plan(trial_days=7), await shop.member()
    await ask(shop, plan, ana)
    await pay(shop)
    (subscription,) = shop.stripe("subscription")
    assert subscription["status"] == "trialing"
    await offered(shop.app.first_account.provider.subscriptions).cancel(subscription["id"])
    await shop.advance(8 * 24 * HOUR)
    assert shop.stripe("subscription")[0]["status"] == "canceled"
    async with shop.app.store.transaction() as tx:
        await tx.checkouts.expire_due(shop.app.business.now())
    assert isinstance(await ask(shop, plan, ana), CheckoutLink)
    await pay(shop)
    assert [s["status"] for s in shop.stripe("subscription")] == ["canceled", "active"]


async def test_a_trial_is_given_once_in_another_currency_too(shop: Shop) -> None:
    plan, ana = await shop.plan(trial_days=7), await shop.member()
    await ask(shop, plan, ana)
    await pay(shop)
    (subscription,) = shop.stripe("subscription")
    await offered(shop.app.first_account.provider.subscriptions).cancel(subscription["id"])
    await shop.advance(8 * 24 * HOUR)
    await settled_as(shop, plan, ana, status="canceled")
    euros = Terms(PriceKind.RECURRING, 900, "eur", Unit.MONTH, 1)
    await plans.edit_plan(shop.app, plan.id, plans.PlanChange(terms=euros), await shop.member("admin"))
    async with shop.app.store.transaction() as tx:
        await tx.checkouts.expire_due(shop.app.business.now() + 2 * DAY)
    assert isinstance(await ask(shop, plan, ana), CheckoutLink)
    await pay(shop)
    assert sorted(s["status"] for s in shop.stripe("subscription")) == ["active", "canceled"]


@pytest.mark.parametrize(
    "terms", [Terms(PriceKind.LIFETIME, 9900, "usd"), Terms(PriceKind.FIXED_TIME, 900, "usd", Unit.WEEK, 1)]
)
async def test_a_purchase_has_its_row_before_it_is_paid(shop: Shop, terms: Terms) -> None:
    plan, ana = await shop.plan(terms=terms), await shop.member()
    await ask(shop, plan, ana)
    async with shop.app.store.transaction() as tx:
        (purchase,) = await tx.billing.purchases_of(ana)
    assert purchase.state is PurchaseState.OPEN
    assert purchase.total == terms.amount
    (session,) = shop.stripe("checkout.session")
    assert session["mode"] == "payment"
    await pay(shop)
    (invoice,) = shop.stripe("invoice")
    assert invoice["metadata"]["guestlist_purchase"] == purchase.id
    async with shop.app.store.transaction() as tx:
        await tx.checkouts.expire_due(shop.app.business.now() + 2 * DAY)
    assert await ask(shop, plan, ana) == Completing()


async def test_each_currency_has_its_own_customer(shop: Shop) -> None:
    ana = await shop.member()
    await ask(shop, await shop.plan("Dollars"), ana)
    await ask(shop, await shop.plan("Euros", terms=Terms(PriceKind.RECURRING, 900, "eur", Unit.MONTH, 1)), ana)
    assert len(shop.stripe("customer")) == 2


async def test_what_is_not_sold_says_why(shop: Shop) -> None:
    ana, admin = await shop.member(), await shop.member("admin")
    assert await subscribe(shop.app, person_id=ana, plan_id=PlanId("pln_none"), name="Ana") is NotSold.UNKNOWN
    plan = await shop.plan()
    await plans.archive_plan(shop.app, plan.id, admin)
    assert await ask(shop, plan, ana) is NotSold.ARCHIVED
    until = shop.app.business.now() + DAY
    summer = await shop.plan("Summer", terms=Terms(PriceKind.FIXED_DATE, 900, "usd", until_at=until))
    await shop.advance(25 * HOUR)
    assert await ask(shop, summer, ana) is NotSold.OVER


async def test_when_stripe_is_down_the_next_try_resumes_the_same_request(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/checkout/sessions")
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, ana)
    pending = await current(shop, plan, ana)
    assert pending is not None
    assert pending.state is CheckoutState.PENDING
    assert isinstance(await ask(shop, plan, ana), CheckoutLink)
    opened = await current(shop, plan, ana)
    assert opened is not None
    assert opened.id == pending.id
    assert len(shop.stripe("checkout.session")) == 1


async def test_when_the_answer_is_lost_after_the_work_was_done_there_is_still_one_session(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/checkout/sessions", after=True)
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, ana)
    assert len(shop.stripe("checkout.session")) == 1
    link = await ask(shop, plan, ana)
    assert isinstance(link, CheckoutLink)
    (session,) = shop.stripe("checkout.session")
    assert session["url"] == link.url


async def test_a_slow_stripe_is_not_waited_for_longer_than_a_reply_may_take(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.app.settings = replace(shop.app.settings, person_waits_ms=700)
    shop.fault("/v1/checkout/sessions", delay=5, after=True)
    with pytest.raises(ProviderUnavailable, match="slow"):
        await ask(shop, plan, ana)
    assert isinstance(await ask(shop, plan, ana), CheckoutLink)
    assert len(shop.stripe("checkout.session")) == 1


async def test_the_customer_whose_answer_was_lost_is_found_again(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/customers", after=True)
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, ana)
    assert isinstance(await ask(shop, plan, ana), CheckoutLink)
    assert len(shop.stripe("customer")) == 1


@pytest.mark.parametrize("paid", [False, True])
async def test_a_lost_link_of_a_retired_price_is_found_and_ended(shop: Shop, paid: bool) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/checkout/sessions", after=True)
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, ana)
    if paid:
        await pay(shop)
    dearer = Terms(PriceKind.RECURRING, 1200, "usd", Unit.MONTH, 1)
    await plans.edit_plan(shop.app, plan.id, plans.PlanChange(terms=dearer), await shop.member("admin"))
    answer = await ask(shop, plan, ana)
    if paid:
        assert answer == Completing()
        assert len(shop.stripe("checkout.session")) == 1
    else:
        assert isinstance(answer, CheckoutLink)
        assert [s["status"] for s in shop.stripe("checkout.session")] == ["expired", "open"]


async def test_a_link_that_was_never_made_in_its_time_is_asked_for_anew(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/checkout/sessions")
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, ana)
    await shop.advance(22.8 * HOUR)
    link = await ask(shop, plan, ana)
    assert isinstance(link, CheckoutLink)
    assert link.expires_at > shop.app.business.now() + 22 * 3_600_000
    assert len(shop.stripe("checkout.session")) == 1


async def test_an_abandoned_link_that_was_paid_all_the_same_counts(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/checkout/sessions", after=True)
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, ana)
    await pay(shop)
    assert await shop.redrive()
    assert "customers" in shop.woken
    assert await ask(shop, plan, ana) == Completing()


async def _moved(shop: Shop, price: str, *, quantity: int = 1) -> None:
    """The owner gives the only subscription another price in Stripe's dashboard."""
    (subscription,) = shop.stripe("subscription")
    item = subscription["items"]["data"][0]["id"]
    await shop.owners.subscription_items.update_async(item, {"price": price, "quantity": quantity})


@pytest.mark.parametrize("by_hand", [False, True], ids=["our price", "a price made by hand"])
async def test_what_was_moved_to_another_plan_at_stripe_is_not_on_its_way(shop: Shop, by_hand: bool) -> None:
    pro, gold, ana = await shop.plan(), await shop.plan("Gold"), await shop.member()
    await ask(shop, pro, ana)
    await pay(shop)
    assert await ask(shop, pro, ana) == Completing()
    golden = await shop.price(gold.id)
    assert golden.provider_price_id is not None
    price = golden.provider_price_id
    if by_hand:
        params: Any = {"product": golden.provider_product_id, "unit_amount": 700, "currency": "usd"}
        await shop.owners.prices.create_async(params | {"recurring": {"interval": "month"}})
        price = shop.stripe("price")[-1]["id"]
    await _moved(shop, price)
    await _forget_link(shop)
    assert await ask(shop, gold, ana) == Completing()
    answer = await ask(shop, pro, ana)
    assert isinstance(answer, CheckoutLink)
    assert answer.url.endswith(shop.stripe("checkout.session")[-1]["id"])


@pytest.mark.parametrize("how", ["foreign", "quantity 0"])
async def test_what_was_moved_away_from_all_plans_can_be_bought_again(shop: Shop, how: str) -> None:
    pro, ana = await shop.plan(trial_days=7), await shop.member()
    await ask(shop, pro, ana)
    await pay(shop)
    price = shop.stripe("price")[-1]["id"]
    if how == "foreign":
        params: Any = {"product_data": {"name": "Hat"}, "unit_amount": 700, "currency": "usd"}
        await shop.owners.prices.create_async(params | {"recurring": {"interval": "month"}})
        price = shop.stripe("price")[-1]["id"]
    await _moved(shop, price, quantity=0 if how == "quantity 0" else 1)
    await _forget_link(shop)
    assert isinstance(await ask(shop, pro, ana), CheckoutLink)
    (request,) = [r for r in shop.stripe("checkout.session") if r["status"] == "open"]
    assert request["metadata"]["guestlist_plan"] == pro.id
    checkout = await current(shop, pro, ana)
    assert checkout is not None
    async with shop.app.store.transaction() as tx:
        asked = await tx.requests.get("checkout", checkout.id)
    assert asked is not None
    assert '"trial_days": 0' in asked.params, "a trial is given once"


async def _forget_link(shop: Shop) -> None:
    async with shop.app.store.transaction() as tx:
        await tx.checkouts.expire_due(shop.app.business.now() + 2 * DAY)


@pytest.mark.parametrize("status", ["past_due", "active"])
async def test_a_subscription_that_only_stripe_knows_counts(shop: Shop, status: str) -> None:
    plan, ana = await shop.plan(), await shop.member()
    await ask(shop, plan, ana)
    await pay(shop)
    (subscription,) = shop.stripe("subscription")
    subscription["status"] = status
    async with shop.app.store.transaction() as tx:
        await tx.checkouts.expire_due(shop.app.business.now() + 2 * DAY)
    answer = await ask(shop, plan, ana)
    if status == "active":
        assert answer == Completing()
    else:
        assert answer == AlreadyMember(subscription["id"], SubscriptionStatus.PAST_DUE)


async def test_what_is_bought_for_good_is_bought_once(shop: Shop) -> None:
    plan, ana = await shop.plan(terms=Terms(PriceKind.LIFETIME, 9900, "usd")), await shop.member()
    now = shop.app.business.now()
    bought = Entitlement(
        EntitlementId("ent_1"), Source.PURCHASE, "pur_1", None, plan.id, ana, ana, now, now, None, Reason.PAID
    )
    async with shop.app.store.transaction() as tx:
        await tx.entitlements.put(bought)
    assert await ask(shop, plan, ana) == AlreadyMember(None, None)
    async with shop.app.store.transaction() as tx:  # given back: it may be bought again
        await tx.entitlements.put(replace(bought, access_from=None, reason=Reason.REFUNDED))
    assert isinstance(await ask(shop, plan, ana), CheckoutLink)


async def test_a_plan_without_a_price_is_not_sold_yet(shop: Shop) -> None:
    shop.down("/v1/prices")
    draft = PlanDraft("Pro", "", MONTHLY, 0, 0, (await shop.target(),))
    made = await plans.create_plan(shop.app, COMMUNITY, draft, await shop.member("admin"))
    assert isinstance(made, plans.PlanMade)
    assert await ask(shop, made.plan, await shop.member()) is NotSold.NO_PRICE


async def test_a_deleted_customer_is_replaced(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/checkout/sessions")
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, ana)
    (customer,) = shop.stripe("customer")
    await delete_customer(shop, customer["id"])
    link = await ask(shop, plan, ana)
    assert isinstance(link, CheckoutLink)
    assert shop.stripe("checkout.session")[-1]["customer"] != customer["id"]


async def delete_customer(shop: Shop, customer_id: str) -> None:
    """The owner deletes the customer in Stripe's dashboard."""
    import aiohttp

    async with (
        aiohttp.ClientSession(headers={"Authorization": "Bearer sk_test_shop"}) as http,
        http.delete(f"{shop.sandbox.url}/v1/customers/{customer_id}") as answer,
    ):
        assert answer.status == 200


async def test_an_abandoned_link_that_stripe_never_made_just_ends(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/checkout/sessions")
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, ana)
    assert await shop.redrive()
    assert await current(shop, plan, ana) is None
    assert shop.stripe("checkout.session") == []
    assert isinstance(await ask(shop, plan, ana), CheckoutLink)
    assert len(shop.stripe("checkout.session")) == 1


async def test_an_abandoned_link_that_stripe_made_is_kept_for_the_next_time(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/checkout/sessions", after=True)
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, ana)
    assert await shop.redrive()
    kept = await current(shop, plan, ana)
    assert kept is not None
    assert kept.state is CheckoutState.OPEN
    link = await ask(shop, plan, ana)
    assert isinstance(link, CheckoutLink)
    assert link.url == kept.url
    assert len(shop.stripe("checkout.session")) == 1


async def settled_as(shop: Shop, plan: Plan, ana: PersonId, **changes: object) -> None:
    """What the settlement would store of the one subscription there is at Stripe."""
    from payments.core.billing import SnapshotPart
    from payments.core.ids import CustomerRef
    from tests.flows.stored import store_subscription

    (customer,) = shop.stripe("customer")
    snapshot = await shop.app.first_account.provider.snapshot(CustomerRef(customer["id"]), SnapshotPart.SUBSCRIPTIONS)
    assert snapshot.subscriptions
    await store_subscription(shop.app, snapshot.subscriptions[-1], plan, ana, **changes)


@pytest.mark.parametrize("status", ["past_due", "paused", "unpaid", "incomplete", "active", "trialing", "unknown"])
async def test_no_second_subscription_of_a_plan_while_one_has_not_ended(shop: Shop, status: str) -> None:
    plan, ana = await shop.plan(), await shop.member()
    await ask(shop, plan, ana)
    await pay(shop)
    await settled_as(shop, plan, ana, status=status)
    answer = await ask(shop, plan, ana)
    assert isinstance(answer, AlreadyMember)
    assert answer.status == status
    assert answer.subscription_id == shop.stripe("subscription")[0]["id"]
