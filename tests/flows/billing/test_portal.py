"""A member's own affairs: the portal, cancelling and resuming; never somebody else's."""

import asyncio

import pytest

from payments.core.billing import SnapshotPart, Subscription
from payments.core.catalog import Plan
from payments.core.ids import CustomerRef, PersonId, SubscriptionId
from payments.flows.billing import login_page
from payments.flows.billing.portal import NoCustomer, Renewal, cancel, open_portal, resume
from payments.flows.checkout.subscribe import CheckoutLink, subscribe
from payments.flows.jobs.redrive import REDRIVEN, redrive
from payments.flows.runtime.offered import offered
from payments.ports.providers import PortalFlow
from tests.flows.shop_fixture import Shop
from tests.flows.stored import store_subscription


async def subscribed(shop: Shop) -> tuple[PersonId, Plan, Subscription]:
    plan, ana = await shop.plan(), await shop.member()
    link = await subscribe(shop.app, person_id=ana, plan_id=plan.id, name="Ana")
    assert isinstance(link, CheckoutLink)
    await shop.sandbox.stripe.pay(session=shop.stripe("checkout.session")[-1]["id"], card="4242424242424242")
    (customer,) = shop.stripe("customer")
    snapshot = await shop.app.first_account.provider.snapshot(CustomerRef(customer["id"]), SnapshotPart.SUBSCRIPTIONS)
    assert snapshot.subscriptions
    return ana, plan, await store_subscription(shop.app, snapshot.subscriptions[0], plan, ana)


async def test_who_never_paid_has_no_portal(shop: Shop) -> None:
    assert await open_portal(shop.app, shop.account(await shop.member()), PortalFlow.HOME) is NoCustomer.NO_CUSTOMER


async def test_the_portal_opens_where_it_is_needed_with_one_configuration(shop: Shop) -> None:
    ana, _plan, subscription = await subscribed(shop)
    for flow in PortalFlow:
        url = await open_portal(shop.app, shop.account(ana), flow, subscription_id=subscription.id)
        assert isinstance(url, str)
        assert url.startswith(shop.sandbox.url)
    assert len(shop.stripe("billing_portal.configuration")) == 1
    sessions = shop.stripe("billing_portal.session")
    assert {session["return_url"] for session in sessions} == {"https://guests.example/returned"}
    assert len({session["customer"] for session in sessions}) == 1


@pytest.mark.parametrize("wiped", [False, True])
async def test_a_portal_configuration_that_was_switched_off_or_wiped_is_made_again_once(
    shop: Shop, wiped: bool
) -> None:
    ana, _plan, _subscription = await subscribed(shop)
    for made in (1, 2, 3):
        urls = await asyncio.gather(*(open_portal(shop.app, shop.account(ana)) for _ in range(3)))
        assert all(isinstance(url, str) for url in urls)
        newest = shop.stripe("billing_portal.configuration")[-1]
        assert shop.stripe("billing_portal.session")[-1]["configuration"] == newest["id"]
        assert len(shop.stripe("billing_portal.configuration")) == (1 if wiped else made)
        if wiped:
            shop.sandbox.stripe.objects.remove(newest)
        else:
            await shop.owners.billing_portal.configurations.update_async(newest["id"], {"active": False})


async def test_a_part_that_the_owner_took_out_of_the_portal_leads_to_its_front_page(shop: Shop) -> None:
    ana, _plan, subscription = await subscribed(shop)
    await open_portal(shop.app, shop.account(ana))
    (configuration,) = shop.stripe("billing_portal.configuration")
    off = {"features": {"subscription_cancel": {"enabled": False}}}
    await shop.owners.billing_portal.configurations.update_async(configuration["id"], off)
    url = await open_portal(shop.app, shop.account(ana), PortalFlow.CANCEL, subscription_id=subscription.id)
    assert isinstance(url, str)
    assert shop.stripe("billing_portal.session")[-1]["flow"] is None
    assert len(shop.stripe("billing_portal.configuration")) == 1


async def test_a_deleted_customer_has_no_portal_and_is_settled(shop: Shop) -> None:
    ana, _plan, _subscription = await subscribed(shop)
    await shop.owners.customers.delete_async(shop.stripe("customer")[0]["id"])
    shop.woken.clear()
    assert await open_portal(shop.app, shop.account(ana)) is NoCustomer.NO_CUSTOMER
    assert "customers" in shop.woken


async def test_cancelling_is_at_the_end_of_what_is_paid_and_can_be_taken_back(shop: Shop) -> None:
    ana, _plan, subscription = await subscribed(shop)
    assert await cancel(shop.app, shop.account(ana), subscription.id) is Renewal.CANCELLED
    (at_stripe,) = shop.stripe("subscription")
    assert at_stripe["cancel_at_period_end"] or at_stripe["cancel_at"]
    assert at_stripe["status"] == "active"
    assert "customers" in shop.woken
    assert await resume(shop.app, shop.account(ana), subscription.id) is Renewal.RESUMED
    (at_stripe,) = shop.stripe("subscription")
    assert not at_stripe["cancel_at_period_end"]
    assert at_stripe["cancel_at"] is None


async def test_nobody_cancels_what_somebody_else_pays(shop: Shop) -> None:
    _ana, _plan, subscription = await subscribed(shop)
    eve = await shop.member("eve")
    assert await cancel(shop.app, shop.account(eve), subscription.id) is Renewal.NOT_YOURS
    assert await cancel(shop.app, shop.account(eve), SubscriptionId("sub_unknown")) is Renewal.NOT_YOURS
    (at_stripe,) = shop.stripe("subscription")
    assert not at_stripe["cancel_at_period_end"]


async def test_who_was_given_a_membership_does_not_decide_about_its_payment(shop: Shop) -> None:
    ana, plan, subscription = await subscribed(shop)
    ben = await shop.member("ben")
    (customer,) = shop.stripe("customer")
    snapshot = await shop.app.first_account.provider.snapshot(CustomerRef(customer["id"]), SnapshotPart.SUBSCRIPTIONS)
    assert snapshot.subscriptions
    await store_subscription(shop.app, snapshot.subscriptions[0], plan, ana, beneficiary_id=ben)
    assert await cancel(shop.app, shop.account(ben), subscription.id) is Renewal.NOT_YOURS
    assert await open_portal(shop.app, shop.account(ben), PortalFlow.HOME) is NoCustomer.NO_CUSTOMER
    assert await cancel(shop.app, shop.account(ana), subscription.id) is Renewal.CANCELLED


async def test_what_has_ended_can_not_be_resumed(shop: Shop) -> None:
    ana, plan, subscription = await subscribed(shop)
    (customer,) = shop.stripe("customer")
    snapshot = await shop.app.first_account.provider.snapshot(CustomerRef(customer["id"]), SnapshotPart.SUBSCRIPTIONS)
    assert snapshot.subscriptions
    await store_subscription(shop.app, snapshot.subscriptions[0], plan, ana, status="canceled")
    assert await resume(shop.app, shop.account(ana), subscription.id) is Renewal.ENDED


async def test_what_ended_at_stripe_a_moment_ago_is_told_as_ended_and_settled(shop: Shop) -> None:
    ana, _plan, subscription = await subscribed(shop)
    await offered(shop.app.first_account.provider.subscriptions).cancel_now(subscription.id)
    for act in (cancel, resume):
        shop.woken.clear()
        assert await act(shop.app, shop.account(ana), subscription.id) is Renewal.ENDED
        assert "customers" in shop.woken


async def test_what_stripe_refuses_is_looked_at_anew(shop: Shop) -> None:
    ana, _plan, subscription = await subscribed(shop)
    shop.fault("/v1/subscriptions/*", status=404, body={"error": {"code": "resource_missing"}})
    assert await cancel(shop.app, shop.account(ana), subscription.id) is Renewal.ENDED
    shop.woken.clear()
    shop.fault("/v1/subscriptions/*", status=400, times=0)
    assert await cancel(shop.app, shop.account(ana), subscription.id) is Renewal.STORED
    assert "customers" in shop.woken


async def test_what_is_wanted_while_stripe_is_down_is_done_later_and_told(shop: Shop) -> None:
    ana, _plan, subscription = await subscribed(shop)
    shop.down("/v1/subscriptions/*")
    assert await cancel(shop.app, shop.account(ana), subscription.id) is Renewal.STORED
    lease = shop.app.lease()
    async with shop.app.store.transaction() as tx:
        found = await tx.requests.claim(REDRIVEN, lease, shop.app.machine.now() + 600_000, 50)
    for request in found:
        await redrive(shop.app, request, lease)
    (at_stripe,) = shop.stripe("subscription")
    assert at_stripe["cancel_at_period_end"] or at_stripe["cancel_at"]
    async with shop.app.store.transaction() as tx:
        told = await tx.notices.claim(lease, shop.app.machine.now(), 50)
    assert [(one.person_id, one.kind) for one in told] == [(ana, "ending_member")]


async def test_a_login_page_that_stripe_refused_is_asked_for_again_the_next_day(shop: Shop) -> None:
    account_id = shop.app.first_account.id
    shop.fault("/v1/billing_portal/configurations/*", status=403, times=3)
    for there in (False, True):
        await login_page.refresh(shop.app, account_id)
        async with shop.app.store.transaction() as tx:
            account = await tx.provider_accounts.get(account_id)
        assert account is not None
        assert bool(account.login_url) is there
        shop.sandbox.faults.clear()
