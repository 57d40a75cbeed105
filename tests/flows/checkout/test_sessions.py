"""Checkout links beside each other: at the same time, of what is not sold any more, with payments that take days."""

import asyncio

import pytest

from payments.core.calendar import Unit
from payments.core.catalog import Plan, PriceKind
from payments.core.plan_terms import Terms
from payments.flows.catalog import plans
from payments.flows.checkout.subscribe import CheckoutLink, Completing, NotSold
from payments.flows.jobs import redrive
from payments.ports.providers import ProviderUnavailable
from sandbox.play import eventually
from tests.flows.checkout.test_checkout import ask, current
from tests.flows.shop_fixture import DAY, Shop

# -- at the same time, on both engines --------------------------------------------------------------------------------


async def test_a_person_and_the_worker_at_once_make_one_link(any_shop: Shop) -> None:
    shop = any_shop
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/checkout/sessions", after=True)
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, ana)
    answers = await asyncio.gather(ask(shop, plan, ana), shop.redrive(), ask(shop, plan, ana), return_exceptions=True)
    assert not [a for a in answers if isinstance(a, BaseException) and not isinstance(a, ProviderUnavailable)]
    assert isinstance(await ask(shop, plan, ana), CheckoutLink)
    assert [s["status"] for s in shop.stripe("checkout.session")].count("open") == 1
    assert len(shop.stripe("customer")) == 1


async def test_two_plans_at_once_have_one_customer_and_a_link_each(any_shop: Shop) -> None:
    shop = any_shop
    pro, basic, ana = await shop.plan("Pro"), await shop.plan("Basic"), await shop.member()
    first, second = await asyncio.gather(ask(shop, pro, ana), ask(shop, basic, ana))
    assert isinstance(first, CheckoutLink)
    assert isinstance(second, CheckoutLink)
    assert first.url != second.url
    assert len(shop.stripe("customer")) == 1
    for session in shop.stripe("checkout.session"):
        await shop.sandbox.stripe.pay(session=session["id"], card="4242424242424242")
    assert {s["metadata"]["guestlist_plan"] for s in shop.stripe("subscription")} == {pro.id, basic.id}


async def test_a_plan_that_is_archived_while_somebody_asks_for_it_leaves_no_link(any_shop: Shop) -> None:
    shop = any_shop
    plan, admin = await shop.plan(), await shop.member("admin")
    people = [await shop.member(f"ana{n}") for n in range(4)]

    async def archive() -> None:
        await asyncio.sleep(0)
        await plans.archive_plan(shop.app, plan.id, admin)
        await shop.redrive()

    answers = await asyncio.gather(*(ask(shop, plan, one) for one in people), archive(), return_exceptions=True)
    assert not [a for a in answers if isinstance(a, BaseException)]
    await shop.redrive()
    assert "open" not in {s["status"] for s in shop.stripe("checkout.session")}


# -- links of what is not sold any more -------------------------------------------------------------------------------


async def archived(shop: Shop, plan: Plan) -> None:
    await plans.archive_plan(shop.app, plan.id, await shop.member("admin"))


async def test_an_archived_plan_can_not_be_bought_on_an_open_link(shop: Shop) -> None:
    plan, other = await shop.plan(), await shop.plan("Other")
    for name in [f"ana{n}" for n in range(11)]:
        await ask(shop, plan, await shop.member(name))
    await ask(shop, other, await shop.member("ben"))
    await archived(shop, plan)
    assert "requests" in shop.woken
    async with shop.app.store.transaction() as tx:  # at once: nobody waits for it
        now = shop.app.machine.now()
        (request,) = await tx.requests.claim(redrive.REDRIVEN, lease := shop.app.lease(), now, 10)
    await redrive.redrive(shop.app, request, lease)
    assert [s["status"] for s in shop.stripe("checkout.session")] == ["expired"] * 11 + ["open"]
    assert (await shop.app.store.counts())["requests_pending"] == 0


async def test_a_link_that_came_too_late_for_its_plan_is_not_given(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.fault("/v1/checkout/sessions", delay=5)  # far longer than archiving takes
    asking = asyncio.create_task(ask(shop, plan, ana))

    async def under_way() -> bool:
        return await current(shop, plan, ana) is not None

    assert await eventually(under_way, every=0.01)
    await archived(shop, plan)
    assert await asking is NotSold.ARCHIVED
    assert [s["status"] for s in shop.stripe("checkout.session")] == ["expired"]
    assert await current(shop, plan, ana) is None


async def test_who_paid_an_archived_plan_in_the_meantime_has_bought_it(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    await ask(shop, plan, ana)
    await ask(shop, plan, await shop.member("ben"))
    ours, _ = shop.stripe("checkout.session")
    await shop.sandbox.stripe.pay(session=ours["id"], card="4242424242424242")
    await archived(shop, plan)
    shop.woken.clear()
    await shop.redrive()
    assert [s["status"] for s in shop.stripe("checkout.session")] == ["complete", "expired"]
    assert "customers" in shop.woken
    assert [s["status"] for s in shop.stripe("subscription")] == ["active"]
    assert shop.stripe("refund") == []


async def test_links_that_could_not_be_ended_are_ended_later(shop: Shop) -> None:
    plan = await shop.plan()
    await ask(shop, plan, await shop.member("ana"))
    await ask(shop, plan, await shop.member("ben"))
    await archived(shop, plan)
    shop.fault("/v1/checkout/sessions/*/expire", status=500, times=6)  # both, each with its retries
    await shop.redrive()
    assert (await shop.app.store.counts())["requests_pending"] == 1
    assert "open" in {s["status"] for s in shop.stripe("checkout.session")}
    await shop.redrive(hours=2)
    assert {s["status"] for s in shop.stripe("checkout.session")} == {"expired"}


async def test_a_link_whose_answer_was_lost_is_ended_too(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    shop.down("/v1/checkout/sessions", after=True)
    with pytest.raises(ProviderUnavailable):
        await ask(shop, plan, ana)
    await archived(shop, plan)
    await shop.redrive()
    assert [s["status"] for s in shop.stripe("checkout.session")] == ["expired"]
    assert await current(shop, plan, ana) is None


async def test_a_new_price_ends_the_links_of_the_old_one(shop: Shop) -> None:
    plan, ana, ben = await shop.plan(), await shop.member(), await shop.member("ben")
    await ask(shop, plan, ana)
    dearer = Terms(PriceKind.RECURRING, 1200, "usd", Unit.MONTH, 1)
    await plans.edit_plan(shop.app, plan.id, plans.PlanChange(terms=dearer), await shop.member("admin"))
    await ask(shop, plan, ben)
    await shop.redrive()
    assert [s["status"] for s in shop.stripe("checkout.session")] == ["expired", "open"]
    assert isinstance(await ask(shop, plan, ana), CheckoutLink)


async def test_a_link_that_stripe_does_not_know_any_more_holds_nobody_up(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.member()
    await ask(shop, plan, ana)
    await archived(shop, plan)
    gone = {"error": {"type": "invalid_request_error", "code": "resource_missing"}}
    shop.fault("/v1/checkout/sessions/*/expire", status=404, body=gone)
    await shop.redrive()
    assert await current(shop, plan, ana) is None


# -- payments that take days ------------------------------------------------------------------------------------------


def pays_by_debit(shop: Shop, state: str) -> None:
    """The last link ended with a bank debit, which is under way, or failed (`state`: of its payment intent)."""
    stripe, session = shop.sandbox.stripe, shop.stripe("checkout.session")[-1]
    at_stripe = stripe.objects.by_id[session["id"]]
    intent = stripe.payments.create_intent(
        amount=9900, currency="usd", customer=session["customer"], livemode=False, extra=session["metadata"]
    )
    intent["status"] = state
    at_stripe |= {"status": "complete", "payment_status": "unpaid", "payment_intent": intent["id"], "url": None}


async def test_a_debit_that_is_under_way_is_not_asked_for_twice(shop: Shop) -> None:
    plan, ana = await shop.plan(terms=Terms(PriceKind.LIFETIME, 9900, "usd")), await shop.member()
    await ask(shop, plan, ana)
    pays_by_debit(shop, "processing")
    assert await ask(shop, plan, ana) == Completing()
    async with shop.app.store.transaction() as tx:  # also days later, when the link's own time is over
        await tx.checkouts.expire_due(shop.app.business.now() + 2 * DAY)
    assert await ask(shop, plan, ana) == Completing()
    assert len(shop.stripe("checkout.session")) == 1


async def test_a_debit_that_failed_in_the_end_leaves_the_way_to_a_new_link(shop: Shop) -> None:
    plan, ana = await shop.plan(terms=Terms(PriceKind.LIFETIME, 9900, "usd")), await shop.member()
    await ask(shop, plan, ana)
    pays_by_debit(shop, "requires_payment_method")
    link = await ask(shop, plan, ana)
    assert isinstance(link, CheckoutLink)
    assert [s["status"] for s in shop.stripe("checkout.session")] == ["complete", "open"]
    async with shop.app.store.transaction() as tx:
        await tx.checkouts.expire_due(shop.app.business.now() + 2 * DAY)
    assert isinstance(await ask(shop, plan, ana), CheckoutLink)
