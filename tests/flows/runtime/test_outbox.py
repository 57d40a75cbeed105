"""Nothing is made twice at Stripe, whatever happens between asking and knowing (invariant 10)."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from payments.core.billing import SnapshotPart
from payments.core.ids import CustomerRef, PersonId
from payments.core.plan_terms import PlanDraft
from payments.flows.billing import invoices, portal
from payments.flows.catalog import plans
from payments.flows.checkout import subscribe
from payments.flows.checkout.customers import ensure_customer
from payments.flows.jobs import redrive
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.offered import offered
from payments.flows.runtime.outbox import KEY_MS_MAX, CreateCall, Deadline, Params, create, loaded, look_up
from payments.ports.providers import KeyRefused, ObjectKind, ProviderRefused, ProviderUnavailable
from payments.ports.stores import ProviderRequest, Transaction
from sandbox.play import eventually
from tests.flows.shop_fixture import COMMUNITY, MONTHLY, Shop
from tests.flows.stored import store_subscription

HOUR = 3600
ROW = "pln_test"


class Crash(Exception):
    """The process ends here."""


def product(app: AppContext, *, crash: bool = False) -> CreateCall[str]:
    """A product, as a plan makes it. `crash`: after Stripe's answer and before our commit."""

    async def make(key: str, params: Params) -> str:
        catalog = offered(app.first_account.provider.catalog)
        return await catalog.create_product(key, name=params["name"], metadata={"guestlist_row": ROW})

    async def find(_params: Params, since_at: int) -> str | None:
        return await look_up(app.first_account.provider, ObjectKind.PRODUCT, ROW, since_at=since_at)

    async def on_made(_tx: Transaction, _product_id: str) -> None:
        if crash:
            raise Crash

    return CreateCall(app.first_account.id, "product", ROW, {"name": "Pro"}, make, find, loaded, str, on_made)


async def make(shop: Shop, creation: CreateCall[str] | None = None) -> str:
    return await create(shop.app, creation or product(shop.app), Deadline(shop.app, hurried=False))


async def stored(shop: Shop) -> ProviderRequest:
    async with shop.app.store.transaction() as tx:
        request = await tx.requests.get("product", ROW)
    assert request is not None
    return request


async def test_the_call_is_stored_before_it_is_made(shop: Shop) -> None:
    shop.down("/v1/products")
    with pytest.raises(ProviderUnavailable):
        await make(shop)
    request = await stored(shop)
    assert request.state == "pending"
    assert request.last_error
    assert shop.stripe("product") == []


async def test_what_was_made_is_answered_without_asking_again(shop: Shop) -> None:
    first = await make(shop)
    shop.fault("/v1/products", method="*", status=500, times=0)
    assert await make(shop) == first


async def test_a_crash_between_the_answer_and_our_commit_makes_nothing_twice(shop: Shop) -> None:
    with pytest.raises(Crash):
        await make(shop, product(shop.app, crash=True))
    assert (await stored(shop)).state == "pending"
    made = await make(shop)
    assert [one["id"] for one in shop.stripe("product")] == [made]


async def test_nor_does_one_that_is_resumed_after_stripe_forgot_the_key(shop: Shop) -> None:
    with pytest.raises(Crash):
        await make(shop, product(shop.app, crash=True))
    await shop.advance(25 * HOUR)
    made = await make(shop)
    assert [one["id"] for one in shop.stripe("product")] == [made]


async def test_a_key_that_is_forgotten_is_replaced_when_nothing_was_made(shop: Shop) -> None:
    shop.down("/v1/products")
    with pytest.raises(ProviderUnavailable):
        await make(shop)
    await shop.advance(KEY_MS_MAX / 1000 + 60)
    await make(shop)
    assert len(shop.stripe("product")) == 1
    assert (await stored(shop)).key_version == 1


async def test_an_answer_that_was_lost_after_the_work_is_found_again(shop: Shop) -> None:
    shop.down("/v1/products", after=True)
    with pytest.raises(ProviderUnavailable):
        await make(shop)
    made = await make(shop)
    assert [one["id"] for one in shop.stripe("product")] == [made]


async def test_a_connection_that_breaks_is_tried_again_under_the_same_key(shop: Shop) -> None:
    shop.fault("/v1/products", drop=True, after=True)
    made = await make(shop)
    assert [one["id"] for one in shop.stripe("product")] == [made]
    assert (await stored(shop)).key_version == 0


async def test_a_500_that_stripe_keeps_repeating_gets_a_new_key_once_nothing_is_there(shop: Shop) -> None:
    shop.down("/v1/products", headers={"Idempotent-Replayed": "true"})
    made = await make(shop)
    assert [one["id"] for one in shop.stripe("product")] == [made]
    assert (await stored(shop)).key_version == 1


async def test_a_500_that_stripe_keeps_repeating_though_it_was_made_is_looked_up(shop: Shop) -> None:
    shop.down("/v1/products", after=True, headers={"Idempotent-Replayed": "true"})
    made = await make(shop)
    assert [one["id"] for one in shop.stripe("product")] == [made]
    assert (await stored(shop)).key_version == 0


async def test_two_at_once_that_both_need_a_new_key_make_one(any_shop: Shop) -> None:
    shop = any_shop
    shop.down("/v1/products")
    with pytest.raises(ProviderUnavailable):
        await make(shop)
    await shop.advance(25 * HOUR)
    answers = await asyncio.gather(*(make(shop) for _ in range(3)), return_exceptions=True)
    assert any(isinstance(answer, str) for answer in answers)
    assert all(isinstance(answer, str | ProviderUnavailable) for answer in answers)
    assert len(shop.stripe("product")) == 1


async def test_a_clear_no_is_remembered_and_asked_anew_under_another_key(shop: Shop) -> None:
    shop.fault("/v1/products", status=400)
    with pytest.raises(ProviderRefused):
        await make(shop)
    assert (await stored(shop)).state == "refused"
    await make(shop)
    assert (await stored(shop)).key_version == 1


async def test_two_at_once_after_a_clear_no_make_one(any_shop: Shop) -> None:
    shop = any_shop
    shop.fault("/v1/products", status=400)
    with pytest.raises(ProviderRefused):
        await make(shop)
    answers = await asyncio.gather(*(make(shop) for _ in range(3)), return_exceptions=True)
    assert any(isinstance(answer, str) for answer in answers)
    assert all(isinstance(answer, str | ProviderUnavailable) for answer in answers)
    assert len(shop.stripe("product")) == 1


async def test_being_too_fast_is_no_doubt_about_what_was_done(shop: Shop) -> None:
    shop.fault("/v1/products", status=429, headers={"Retry-After": "0.2"})
    with pytest.raises(ProviderUnavailable) as busy:
        await make(shop)
    assert busy.value.retry_after_ms == 200
    assert not busy.value.unclear
    assert (await stored(shop)).last_error is None
    await make(shop)


async def test_one_person_has_one_customer_for_each_currency(any_shop: Shop) -> None:
    shop = any_shop
    ana = await shop.member()
    first = await asyncio.gather(
        *(ensure_customer(shop.app, shop.app.first_account.id, ana, "usd", "Ana") for _ in range(3))
    )
    assert len({customer.stripe_id for customer in first}) == 1
    other = await ensure_customer(shop.app, shop.app.first_account.id, ana, "eur", "Ana")
    assert other.stripe_id != first[0].stripe_id
    assert len(shop.stripe("customer")) == 2


async def claimed(shop: Shop, *, hours: int = 0) -> list[ProviderRequest]:
    """What the worker takes up once nobody waits any more, under one lease."""
    lease, now = shop.app.lease(), shop.app.machine.now() + hours * 3_600_000
    async with shop.app.store.transaction() as tx:
        await tx.requests.claim(redrive.REDRIVEN, lease, now, 10)
        return list(await tx.requests.claim(redrive.REDRIVEN, lease, now + 120_000, 10))


async def lost_customer(shop: Shop) -> PersonId:
    ana = await shop.member()
    shop.down("/v1/customers", after=True)
    with pytest.raises(ProviderUnavailable):
        await ensure_customer(shop.app, shop.app.first_account.id, ana, "usd", "Ana")
    return ana


async def test_a_customer_nobody_waits_for_is_finished_by_the_worker(shop: Shop) -> None:
    ana = await lost_customer(shop)
    assert await shop.redrive() == 1
    async with shop.app.store.transaction() as tx:
        (customer,) = await tx.customers.of_person(ana)
    assert customer.stripe_id == shop.stripe("customer")[0]["id"]
    assert await shop.redrive() == 0


async def test_what_the_worker_finishes_takes_no_place_that_is_kept_for_people(shop: Shop) -> None:
    await lost_customer(shop)
    waited = shop.limiter.counts.waited
    async with AsyncExitStack() as held:
        for _ in range(24):  # of 32, a quarter is kept
            await held.enter_async_context(shop.limiter.slot())
        finishing = asyncio.create_task(shop.redrive())

        async def waits() -> bool:
            return finishing.done() or shop.limiter.counts.waited > waited

        assert await eventually(waits)
        assert not finishing.done()
    assert await finishing == 1


async def test_what_the_worker_can_not_finish_is_tried_again_later(shop: Shop) -> None:
    await lost_customer(shop)
    shop.fault("/v1/customers", method="*", status=500, times=0)
    assert await shop.redrive() == 1
    async with shop.app.store.transaction() as tx:
        customer_row = await tx.requests.claim(["customer"], shop.app.lease(), shop.app.machine.now(), 10)
    assert list(customer_row) == []  # not before its time
    assert await shop.redrive(hours=2) == 1
    (request,) = await claimed(shop, hours=4)
    assert request.attempts == 2
    assert request.last_error
    assert (await shop.app.store.counts())["requests_pending"] == 1


async def test_a_worker_whose_lease_was_lost_leaves_the_request_to_the_other(shop: Shop) -> None:
    await lost_customer(shop)
    (request,) = await claimed(shop)
    shop.fault("/v1/customers", method="*", status=500, times=0)
    await redrive.redrive(shop.app, request, shop.app.lease())  # not the lease it is held under
    async with shop.app.store.transaction() as tx:
        now_stored = await tx.requests.get(request.kind, request.object_id)
    assert now_stored is not None
    assert now_stored.attempts == 0


async def test_a_request_that_is_not_needed_any_more_is_ended(shop: Shop) -> None:
    ana = await lost_customer(shop)
    async with shop.app.store.transaction() as tx:  # another path has found it
        (customer,) = await tx.customers.of_person(ana)
        await tx.customers.set_stripe_id(customer.id, CustomerRef(shop.stripe("customer")[0]["id"]))
    assert await shop.redrive() == 1
    assert (await shop.app.store.counts())["requests_pending"] == 0
    assert len(shop.stripe("customer")) == 1


async def test_what_stripe_refuses_again_and_again_is_seen_and_can_be_replayed(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    await subscribe.subscribe(shop.app, person_id=ana, plan_id=plan.id, name="Ana")
    await plans.archive_plan(shop.app, plan.id, await shop.member("admin"))
    shop.fault("/v1/checkout/sessions/*", method="*", status=400, times=0)
    for attempt in range(shop.app.settings.attempts_max):
        assert await shop.redrive(hours=2 * attempt) == 1
    counts = await shop.app.store.counts()
    assert (counts["requests_pending"], counts["requests_dead"]) == (0, 1)
    shop.sandbox.faults.clear()
    async with shop.app.store.transaction() as tx:
        assert await tx.requests.replay_dead() == 1
    await shop.redrive()
    assert [s["status"] for s in shop.stripe("checkout.session")] == ["expired"]


async def test_a_slowish_stripe_lets_everything_succeed_in_one_go(shop: Shop) -> None:
    """At 0.6 s a call, as live Stripe may answer: the longest, an invoice, makes six."""
    plan, ana, admin = await shop.plan(), await shop.member(), await shop.member("admin")
    ben = await shop.member("ben")
    await subscribe.subscribe(shop.app, person_id=ben, plan_id=plan.id, name="Ben")
    await shop.sandbox.stripe.pay(session=shop.stripe("checkout.session")[0]["id"], card="4242424242424242")
    (customer,) = shop.stripe("customer")
    customer_id = CustomerRef(customer["id"])
    await offered(shop.app.first_account.provider.customers).set_email(customer_id, "ben@example.com")
    snapshot = await shop.app.first_account.provider.snapshot(customer_id, SnapshotPart.SUBSCRIPTIONS)
    assert snapshot.subscriptions
    bought = await store_subscription(shop.app, snapshot.subscriptions[0], plan, ben)
    shop.slow(0.6)
    draft = PlanDraft("Slow", "", MONTHLY, 0, 0, (await shop.target(),))
    link, made, billed, portal_url, renewal = await asyncio.gather(
        subscribe.subscribe(shop.app, person_id=ana, plan_id=plan.id, name="Ana"),
        plans.create_plan(shop.app, COMMUNITY, draft, admin),
        invoices.bill(shop.app, invoices.Bill(ben, "Ben", COMMUNITY, 2500, "usd", "A workshop", 14, admin)),
        portal.open_portal(shop.app, shop.account(ben)),
        portal.cancel(shop.app, shop.account(ben), bought.id),
    )
    assert isinstance(link, subscribe.CheckoutLink)
    assert isinstance(made, plans.PlanMade)
    assert made.on_sale
    assert isinstance(billed, invoices.InvoiceSent)
    assert isinstance(portal_url, str)
    assert renewal is portal.Renewal.CANCELLED


async def test_without_a_permission_what_was_begun_waits_until_the_key_is_mended(shop: Shop) -> None:
    lacks = {"error": {"type": "invalid_request_error", "message": "Having 'rak_price_write' would allow this."}}
    shop.fault("/v1/prices", status=403, body=lacks)
    draft = PlanDraft("Pro", "", MONTHLY, 0, 0, (await shop.target(),))
    with pytest.raises(KeyRefused, match="rak_price_write"):
        await plans.create_plan(shop.app, COMMUNITY, draft, await shop.member("admin"))
    shop.fault("/v1/prices", method="*", status=403, body=lacks)
    await shop.redrive()  # still not
    assert (await shop.app.store.counts())["requests_pending"] == 1
    await shop.redrive(hours=2)
    assert len(shop.stripe("price")) == 1
    async with shop.app.store.transaction() as tx:
        (plan,) = await tx.plans.of_community(COMMUNITY)
        assert await tx.plans.on_sale(plan.id)


async def test_a_bill_without_a_permission_waits_too(shop: Shop) -> None:
    ana, admin = await shop.member(), await shop.member("admin")
    shop.fault("/v1/invoices", status=403)
    order = invoices.Bill(ana, "Ana", COMMUNITY, 2500, "usd", "A workshop", 14, admin)
    with pytest.raises(KeyRefused):
        await invoices.bill(shop.app, order)
    await shop.redrive()
    async with shop.app.store.transaction() as tx:
        assert len(await tx.requests.needing_email(ana)) == 1
