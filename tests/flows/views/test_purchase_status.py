"""What the page after paying knows of a checkout, before anything is settled; the rest is tried end to end."""

from dataclasses import replace
from unittest.mock import patch

from payments.core.community import Platform, Target, TargetKind
from payments.core.ids import AccountId, CheckoutId, PersonId, TargetId
from payments.flows.access.comps import give_comp
from payments.flows.checkout.subscribe import subscribe
from payments.flows.views.purchase_status import SHOWN_MS, Bought, Past, Stage, TargetStatus, purchase_status
from tests.flows.shop_fixture import COMMUNITY, Shop


async def begun(shop: Shop) -> CheckoutId:
    plan, ana = await shop.plan(), await shop.member()
    await subscribe(shop.app, person_id=ana, plan_id=plan.id, name="Ana")
    (session,) = shop.stripe("checkout.session")
    return CheckoutId(session["metadata"]["guestlist_checkout"])


async def test_a_checkout_that_is_not_paid_says_what_it_would_open_and_where_to_pay(any_shop: Shop) -> None:
    found = await purchase_status(any_shop.app, await begun(any_shop))
    assert isinstance(found, Bought)
    assert (found.stage, found.plan.name, found.community.name, found.locale) == (
        Stage.UNPAID,
        "Pro",
        "The Club",
        "en-US",
    )
    assert [(arrival.target.name, arrival.step, arrival.url) for arrival in found.arrivals] == [
        ("1", TargetStatus.COMING, None)
    ]
    (session,) = any_shop.stripe("checkout.session")
    assert found.pay_url == session["url"]


async def test_a_link_whose_time_is_over_says_so(any_shop: Shop) -> None:
    checkout_id = await begun(any_shop)
    await any_shop.advance(2 * 86_400)
    async with any_shop.app.store.transaction() as tx:
        assert await tx.checkouts.expire_due(any_shop.app.business.now()) == 1
    found = await purchase_status(any_shop.app, checkout_id)
    assert isinstance(found, Bought)
    assert (found.stage, found.pay_url) == (Stage.OVER, None)


async def test_a_checkout_of_nobody_or_of_another_account_is_not_told(any_shop: Shop) -> None:
    checkout_id = await begun(any_shop)
    assert await purchase_status(any_shop.app, CheckoutId("chk_" + "0" * 20)) is None
    other = replace(any_shop.app, accounts={AccountId("acct_other"): any_shop.app.first_account})
    assert await purchase_status(other, checkout_id) is None


async def test_all_of_it_is_read_in_one_transaction_by_name(any_shop: Shop) -> None:
    checkout_id, ana, store = await begun(any_shop), PersonId("prs_ana"), any_shop.app.store
    async with store.transaction() as tx:
        checkout = await tx.checkouts.get(checkout_id)
        assert checkout is not None
        for chat in ("-200", "-100"):
            target = Target(TargetId(f"tgt{chat}"), COMMUNITY, Platform.TELEGRAM, chat, TargetKind.CHAT, chat, chat)
            await tx.plans.open_target(checkout.plan_id, (await tx.communities.put_target(target)).id)
    await told(any_shop, checkout_id, Stage.UNPAID)
    await give_comp(any_shop.app, plan_id=checkout.plan_id, person_id=ana, days=None, actor=ana)
    await told(any_shop, checkout_id, Stage.ARRIVING)


async def told(shop: Shop, checkout_id: CheckoutId, stage: Stage) -> None:
    store = shop.app.store
    with patch.object(store, "transaction", wraps=store.transaction) as transactions:
        found = await purchase_status(shop.app, checkout_id)
    assert isinstance(found, Bought)
    assert (found.stage, [arrival.target.name for arrival in found.arrivals]) == (stage, ["-100", "-200", "1"])
    assert transactions.call_count == 1


async def test_three_days_later_the_page_tells_nothing_any_more(shop: Shop) -> None:
    """Its address may have been passed on; who bought asks the bot."""
    plan, ana = await shop.plan(), await shop.member()
    await subscribe(shop.app, person_id=ana, plan_id=plan.id, name="Ana")
    async with shop.app.store.transaction() as tx:
        checkout = await tx.checkouts.current(ana, plan.id)
    assert checkout is not None
    assert isinstance(await purchase_status(shop.app, checkout.id), Bought)
    await shop.advance(SHOWN_MS / 1000 + 1)
    assert await purchase_status(shop.app, checkout.id) == Past("en-US")
