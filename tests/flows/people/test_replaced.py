"""An account is replaced: what it uses moves to the new account at once, and nobody loses a day that was paid for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.billing import Customer, SubscriptionStatus
from payments.core.ids import PersonId, SubscriptionId
from payments.flows.access.comps import give_comp
from payments.flows.billing import portal
from payments.flows.billing.invoice_list import bills
from payments.flows.billing.portal import NoCustomer, Renewal
from payments.flows.people import link, undo
from payments.flows.people.undo import Undone
from payments.flows.views.membership import of_person
from storage.store import SqlStore
from tests.core.builders import DAY, PRO, dispute, invoice, refund, subscription
from tests.flows.club_fixture import stripe_id
from tests.flows.replaced_account import THIEF, THIRD, move_of, robbed
from tests.flows.two_platforms import ANN, MALLORY, BothSides, open_both_sides


async def renews(both: BothSides, name: str, days: int) -> None:
    """Another period was paid, and it is settled."""
    both.club.pass_time(days * DAY)
    (stripe,) = [c for c in both.club.provider.known if c.startswith(f"cus_{name}")]
    sub = next(iter(both.club.provider.known[stripe].subscriptions))
    both.club.provider.put_invoice(stripe, invoice("in_again", at=both.club.clock.at, subscription_id=sub))
    person_id = await both.person(ANN)
    async with both.store.transaction() as tx:
        found = await tx.customers.of_person(person_id)
    customer = next(c for c in found if stripe_id(c) == stripe)
    await both.club.settle(customer)
    await both.work()


async def asked_back(both: BothSides, customer: Customer, how: str, *, still: bool) -> None:
    """What was paid for Ann's first days is asked back; or not any more: the dispute is won, the refund fails."""
    if how == "disputed":
        status = "needs_response" if still else "won"
        both.club.provider.put_dispute(stripe_id(customer), dispute(status, of="in_pur_first"))
    else:
        status = "succeeded" if still else "failed"
        both.club.provider.put_refund(stripe_id(customer), refund(of="in_pur_first", status=status))
    await both.club.settle(customer)
    await both.work()


async def test_the_roles_of_an_account_that_is_replaced_move_and_nothing_it_pays_does(store: SqlStore) -> None:
    both = await open_both_sides(store)
    await robbed(both, named=True)
    await both.settle()
    await both.work()
    assert both.has_role(THIEF)
    assert not both.has_role(ANN)
    assert [i.id for i in (await bills(both.club.app, ANN)).invoices] == ["in_sub_ann"]
    assert isinstance(await portal.open_portal(both.club.app, ANN), str)
    (shown,) = await of_person(both.club.app, await both.person(ANN))
    assert shown.move is not None
    assert shown.open
    for other in (MALLORY, THIEF):
        assert (await bills(both.club.app, other)).invoices == ()
        assert await portal.open_portal(both.club.app, other) is NoCustomer.NO_CUSTOMER
        assert (await portal.standing(both.club.app, other)).pays == frozenset()
        assert await portal.resume(both.club.app, other, shown.subscription.id) is Renewal.NOT_YOURS  # type: ignore[union-attr]


async def test_whatever_is_settled_later_leaves_it_so(store: SqlStore) -> None:
    """The subscription's metadata go on naming who bought it, for ever."""
    both = await open_both_sides(store)
    await robbed(both, named=True)
    await both.work()
    await renews(both, "ann", 2)
    assert both.has_role(THIEF)
    assert not both.has_role(ANN)
    assert isinstance(await undo.undo(both.club.app, ANN, (await move_of(both, ANN)).id), Undone)
    await both.work()
    await renews(both, "ann", 1)
    assert both.has_role(ANN)
    assert not both.has_role(THIEF)


@pytest.mark.parametrize("taken", ["disputed", "refunded"])
async def test_what_is_disputed_or_refunded_moves_too_and_comes_back_to_who_has_it(store: SqlStore, taken: str) -> None:
    both = await open_both_sides(store)
    await both.comes(ANN, "ann")
    customer = await both.club.customer_of(PersonId("prs_ann"), "ann")
    await both.buys_days(customer, "first")
    await both.comes(MALLORY, "mallory")
    await both.comes(THIEF, "thief")
    await both.links(ANN, MALLORY)
    await asked_back(both, customer, taken, still=True)
    await both.links(THIEF, MALLORY)
    await both.work()
    assert not both.has_role(THIEF)
    both.club.pass_time(DAY)
    await both.buys_days(replace(customer, person_id=await both.person(ANN)), "second")
    await asked_back(both, customer, taken, still=False)
    assert both.has_role(THIEF)
    assert {name: days[0] for name, days in (await both.days(ANN)).items()} == {"pur_second": 1}


async def test_times_that_follow_upon_others_end_where_they_did_though_those_are_over(store: SqlStore) -> None:
    """Whoever stays loses no day that was paid for."""
    both = await open_both_sides(store)
    await both.comes(ANN, "ann")
    await both.comes(MALLORY, "mallory")
    await both.comes(THIEF, "thief")
    await both.buys_days(await both.club.customer_of(PersonId("prs_ann"), "ann"), "first")
    await both.links(ANN, MALLORY)
    both.club.pass_time(10 * DAY)
    mallorys = await both.club.customer_of(PersonId("prs_mallory"), "mallory")
    await both.buys_days(replace(mallorys, person_id=await both.person(MALLORY)), "second")
    both.club.pass_time(30 * DAY)
    both.forget_calls()
    await both.links(THIEF, MALLORY)
    assert await both.days(MALLORY) == {"pur_first": (0, 30), "pur_second": (30, 60)}
    await both.settle()
    await both.work()
    assert await both.days(MALLORY) == {"pur_first": (0, 30), "pur_second": (30, 60)}
    assert both.has_role(THIEF)
    assert both.in_lounge(MALLORY)
    move = await move_of(both, ANN)
    assert isinstance(await undo.undo(both.club.app, ANN, move.id), Undone)
    assert (await both.days(ANN), await both.days(MALLORY)) == ({"pur_first": (0, 30)}, {"pur_second": (10, 40)})


@pytest.mark.parametrize("given", [False, True])
async def test_what_an_account_handed_over_goes_with_it_again_once_the_two_are_linked_and_part(
    store: SqlStore, *, given: bool
) -> None:
    both = await open_both_sides(store)
    if given:
        await both.comes(THIRD, "third")
        actor, ann = await both.person(THIRD), await both.comes(ANN, "ann")
        await give_comp(both.club.app, plan_id=PRO, person_id=ann, days=None, actor=actor)
    await robbed(both, pays=not given)
    await both.work()
    both.club.pass_time(8 * DAY)
    await both.links(ANN, MALLORY)
    await both.work()
    assert both.has_role(ANN)
    assert not both.has_role(THIEF)
    await link.unlink(both.club.app, MALLORY)
    both.club.pass_time(DAY)
    await both.work()
    assert both.has_role(ANN)
    assert not both.in_lounge(MALLORY)


async def test_when_it_ends_it_ends_for_who_uses_it(both: BothSides) -> None:
    await robbed(both)
    await both.work()
    person_id = await both.person(ANN)
    async with both.store.transaction() as tx:
        (customer,) = await tx.customers.of_person(person_id)
    gone = subscription(SubscriptionStatus.CANCELED, id_=SubscriptionId("sub_ann"))
    both.club.provider.put_subscription(stripe_id(customer), gone)
    await both.club.settle(customer)
    await both.work()
    assert not both.has_role(THIEF)
