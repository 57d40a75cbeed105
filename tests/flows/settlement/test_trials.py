"""A free trial is given once: to an account, whoever it belongs to later, and to a card, whoever holds it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from payments.core.billing import SnapshotPart
from payments.core.catalog import Plan
from payments.core.community import Identity, Platform
from payments.core.ids import PersonId
from payments.flows.catalog import offers
from payments.flows.checkout.subscribe import CheckoutLink, subscribe
from payments.flows.people import link as linking
from payments.flows.people.link import Asked, Linked, NewCode, Preview
from payments.flows.settlement import trials
from payments.flows.settlement.settle import settle_customer
from payments.ports.stores import Notice
from tests.flows.shop_fixture import COMMUNITY, Shop

CARD, OTHER_CARD = "4242424242424242", "5555555555554444"
TOM = Identity(Platform.TELEGRAM, "user-tom")


async def begins(shop: Shop, plan: Plan, name: str, card: str = CARD) -> None:
    """Somebody takes the plan by a link, which gives a trial to who had none."""
    person_id = await shop.member(name)
    link = await subscribe(shop.app, person_id=person_id, plan_id=plan.id, name=name)
    assert isinstance(link, CheckoutLink)
    session = next(s["id"] for s in shop.stripe("checkout.session") if s["id"] in link.url)
    await shop.sandbox.stripe.pay(session=session, card=card, email=f"{name}@example.com")
    async with shop.app.store.transaction() as tx:
        customers = await tx.customers.of_person(person_id)
        await tx.customers.mark([customer.id for customer in customers], SnapshotPart.ALL, shop.app.business.now())


async def settles(shop: Shop) -> None:
    lease = shop.app.lease()
    async with shop.app.store.transaction() as tx:
        claimed = await tx.customers.claim(lease, shop.app.machine.now(), 10)
    await asyncio.gather(*(settle_customer(shop.app, customer, lease) for customer in claimed))


async def ends(shop: Shop) -> None:
    """The worker does what settlements asked for."""
    await shop.redrive()


async def opens(shop: Shop, name: str) -> bool:
    async with shop.app.store.transaction() as tx:
        return any(e.opens(shop.app.business.now()) for e in await tx.entitlements.of([PersonId(f"prs_{name}")]))


async def told(shop: Shop) -> list[tuple[str, str]]:
    async with shop.app.store.transaction() as tx:
        found: list[Notice] = list(await tx.notices.claim(shop.app.lease(), shop.app.machine.now(), 50))
    return [(one.person_id or "", json.loads(one.params)["plan"]) for one in found if one.kind == "trial_again"]


def standing(shop: Shop) -> list[str]:
    return sorted(one["status"] for one in shop.stripe("subscription"))


async def test_a_second_trial_with_the_same_card_opens_nothing_and_is_ended_before_its_charge(any_shop: Shop) -> None:
    shop = any_shop
    plan = await shop.plan(trial_days=7)
    await begins(shop, plan, "ana")
    await settles(shop)
    await begins(shop, plan, "ben")
    await settles(shop)
    assert await opens(shop, "ana")
    assert not await opens(shop, "ben")
    assert "requests" in shop.woken
    assert await told(shop) == []  # nobody is told of what is not done yet
    await ends(shop)
    assert standing(shop) == ["canceled", "trialing"]
    assert await told(shop) == [("prs_ben", "Pro")]
    await settles(shop)
    await ends(shop)
    assert not await opens(shop, "ben")
    assert await told(shop) == []


async def test_two_trials_at_once_with_one_card_are_one(any_shop: Shop) -> None:
    shop = any_shop
    plan = await shop.plan(trial_days=7)
    for name in ("ana", "ben", "cem"):
        await begins(shop, plan, name)
    await settles(shop)
    await ends(shop)
    assert standing(shop) == ["canceled", "canceled", "trialing"]
    assert sum([await opens(shop, name) for name in ("ana", "ben", "cem")]) == 1


async def test_another_card_and_another_plan_have_their_own_trial(shop: Shop) -> None:
    plan, other = await shop.plan(trial_days=7), await shop.plan("Extra", trial_days=7)
    await begins(shop, plan, "ana")
    await begins(shop, plan, "ben", OTHER_CARD)
    await begins(shop, other, "cem")
    await settles(shop)
    await ends(shop)
    assert standing(shop) == ["trialing"] * 3


async def test_by_setting_a_card_may_have_more(shop: Shop) -> None:
    shop.app.settings = replace(shop.app.settings, trial_once_per_card=False)
    plan = await shop.plan(trial_days=7)
    for name in ("ana", "ben"):
        await begins(shop, plan, name)
    await settles(shop)
    await ends(shop)
    assert standing(shop) == ["trialing", "trialing"]


class Killed(BaseException):
    """The process ends."""


async def test_killed_between_the_cancellation_and_the_message_it_is_told_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await shop.plan(trial_days=7)
    for name in ("ana", "ben"):
        await begins(shop, plan, name)
        await settles(shop)

    async def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as doomed:
        doomed.setattr(trials, "_tell", dies)
        with pytest.raises(Killed):
            await ends(shop)
    assert standing(shop) == ["canceled", "trialing"]
    async with shop.app.store.transaction() as tx:
        second = next(one["id"] for one in shop.stripe("subscription") if one["status"] == "canceled")
        request = await tx.requests.get("trial_end", f"{shop.app.first_account.id}:{second}")
    assert request is not None
    for _ in range(2):
        await trials.end_second(shop.app, request)
    assert await told(shop) == [("prs_ben", "Pro")]


async def test_while_stripe_tells_no_card_nothing_is_opened(shop: Shop) -> None:
    plan = await shop.plan(trial_days=7)
    await begins(shop, plan, "ana")
    shop.down("/v1/customers/*/payment_methods", method="GET")
    await settles(shop)
    assert not await opens(shop, "ana")


async def test_a_card_that_was_charged_meanwhile_goes_on(shop: Shop) -> None:
    plan = await shop.plan(trial_days=7)
    for name in ("ana", "ben"):
        await begins(shop, plan, name)
        await settles(shop)
    await shop.advance(8 * 86_400)
    await ends(shop)
    assert standing(shop) == ["active", "active"]
    assert await told(shop) == []
    await settles(shop)
    assert await opens(shop, "ben")


async def test_a_linked_account_brings_its_history_and_keeps_it(any_shop: Shop) -> None:
    """Whoever was ever one person with somebody who had the plan gets no trial of it."""
    shop = any_shop
    plan = await shop.plan(trial_days=7)
    await begins(shop, plan, "ana")
    await settles(shop)
    async with shop.app.store.transaction() as tx:
        await tx.identities.ensure(TOM, "tom", "en-US", PersonId("prs_tom"), shop.app.business.now())
    ana = shop.account(PersonId("prs_ana"))
    made = await linking.new_code(shop.app, ana)
    assert isinstance(made, NewCode)
    code = made.code
    seen = await linking.preview(shop.app, TOM, code)
    assert isinstance(seen, Preview)
    assert isinstance(await linking.ask(shop.app, TOM, code, seen.kind), Asked)
    (question,) = await linking.questions(shop.app, ana)
    assert isinstance(await linking.confirm(shop.app, ana, question.wish_id), Linked)
    await linking.unlink(shop.app, TOM)
    offer = await offers.find(shop.app, COMMUNITY, plan.id)
    assert offer is not None
    async with shop.app.store.transaction() as tx:
        tom = await tx.identities.of(TOM)
        assert tom is not None
        assert await tx.billing.subscriptions_of(tom) == []
    assert await offers.trial_days_for(shop.app, offer, TOM) == 0
