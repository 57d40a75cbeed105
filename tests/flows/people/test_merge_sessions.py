"""What two persons were about to pay when they became one: nothing is sold a second time (invariant 10)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from payments.core.billing import SnapshotPart
from payments.core.catalog import Plan
from payments.core.community import Identity, Platform
from payments.core.ids import PersonId
from payments.flows.checkout.subscribe import AlreadyMember, CheckoutLink, Completing, Subscribed, subscribe
from payments.flows.people import link as linking
from payments.flows.people.link import Asked, Linked, NewCode, Preview
from payments.flows.settlement.settle import settle_customer
from payments.ports.providers import ProviderUnavailable
from payments.ports.stores import Store
from sandbox.play import Play
from tests.flows.shop_fixture import Shop, open_shop

ANA, TOM = Identity(Platform.DISCORD, "user-ana"), Identity(Platform.TELEGRAM, "user-tom")


@pytest.fixture
async def shop(sqlite_store: Store) -> AsyncIterator[Shop]:
    async with open_shop(sqlite_store) as opened:
        await opened.member("ana")
        async with sqlite_store.transaction() as tx:
            await tx.identities.ensure(TOM, "tom", "en-US", PersonId("prs_tom"), opened.app.business.now())
        yield opened


async def wants(shop: Shop, plan: Plan, who: str) -> Subscribed:
    return await subscribe(shop.app, person_id=PersonId(f"prs_{who}"), plan_id=plan.id, name=who)


async def link_of(shop: Shop, plan: Plan, who: str) -> CheckoutLink:
    link = await wants(shop, plan, who)
    assert isinstance(link, CheckoutLink), link
    return link


async def links(shop: Shop) -> PersonId:
    """Ana and Tom become one; who lives on."""
    made = await linking.new_code(shop.app, ANA)
    assert isinstance(made, NewCode)
    code = made.code
    seen = await linking.preview(shop.app, TOM, code)
    assert isinstance(seen, Preview)
    asked = await linking.ask(shop.app, TOM, code, seen.kind)
    assert isinstance(asked, Asked)
    (question,) = await linking.questions(shop.app, ANA)
    assert isinstance(await linking.confirm(shop.app, ANA, question.wish_id), Linked)
    async with shop.app.store.transaction() as tx:
        person_id = await tx.identities.of(ANA)
    assert person_id is not None
    return person_id


async def pays(shop: Shop, link: CheckoutLink) -> None:
    async with Play(shop.sandbox.url) as play:
        await play.pay(link.url, "4242424242424242")


async def settles(shop: Shop) -> None:
    """All that is dirty is settled, as after every webhook."""
    lease = shop.app.lease()
    async with shop.app.store.transaction() as tx:
        claimed = await tx.customers.claim(lease, shop.app.machine.now(), 10)
    for customer in claimed:
        await settle_customer(shop.app, customer, lease)


def open_sessions(shop: Shop) -> int:
    return sum(session["status"] == "open" for session in shop.stripe("checkout.session"))


async def test_links_that_would_charge_twice_are_ended_here_and_at_stripe(shop: Shop) -> None:
    plan = await shop.plan()
    await link_of(shop, plan, "ana")
    await link_of(shop, plan, "tom")
    assert open_sessions(shop) == 2
    person_id = await links(shop)
    async with shop.app.store.transaction() as tx:
        assert await tx.checkouts.current(person_id, plan.id) is None
    await shop.redrive()
    assert open_sessions(shop) == 0
    assert isinstance(await subscribe(shop.app, person_id=person_id, plan_id=plan.id, name="ana"), CheckoutLink)


async def test_a_link_for_what_the_other_has_is_ended(shop: Shop) -> None:
    plan = await shop.plan()
    tom = await link_of(shop, plan, "tom")
    await pays(shop, tom)
    async with shop.app.store.transaction() as tx:
        customers = await tx.customers.of_person(PersonId("prs_tom"))
        await tx.customers.mark([customer.id for customer in customers], SnapshotPart.ALL, shop.app.business.now())
    await settles(shop)
    await link_of(shop, plan, "ana")
    person_id = await links(shop)
    await shop.redrive()
    assert open_sessions(shop) == 0
    assert isinstance(await subscribe(shop.app, person_id=person_id, plan_id=plan.id, name="ana"), AlreadyMember)


async def test_what_the_other_paid_a_moment_ago_is_not_sold_again(shop: Shop) -> None:
    """Its webhook is not here yet, and Stripe's objects name the person who was merged."""
    plan = await shop.plan()
    first, second = await link_of(shop, plan, "ana"), await link_of(shop, plan, "tom")
    person_id = await links(shop)
    await pays(shop, second if person_id == "prs_ana" else first)  # before the worker could end it
    answer = await subscribe(shop.app, person_id=person_id, plan_id=plan.id, name="ana")
    assert isinstance(answer, Completing), answer
    await settles(shop)
    async with shop.app.store.transaction() as tx:
        (line,) = await tx.entitlements.of([person_id])
    assert line.opens(shop.app.business.now())
    assert isinstance(await subscribe(shop.app, person_id=person_id, plan_id=plan.id, name="ana"), AlreadyMember)


async def test_who_was_merged_while_a_link_was_made_gets_none(shop: Shop) -> None:
    """The button was pressed before, the link would be stored after: it starts over as the person who lives on."""
    plan = await shop.plan()
    await link_of(shop, plan, "ana")
    person_id = await links(shop)
    merged = PersonId("prs_tom" if person_id == "prs_ana" else "prs_ana")
    async with shop.app.store.transaction() as tx:
        assert await tx.identities.lock([merged]) == {merged: person_id}
    with pytest.raises(ProviderUnavailable, match="being changed just now"):
        await subscribe(shop.app, person_id=merged, plan_id=plan.id, name="tom")
