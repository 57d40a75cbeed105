"""Two persons who both pay become one: without a moment out, and without a double charge unsaid."""

from __future__ import annotations

import asyncio

import pytest

from payments.core.access import EffectState, Reason
from payments.core.billing import Customer
from payments.core.ids import PersonId
from payments.flows.access.comps import give_comp
from payments.flows.people import link
from payments.flows.people.link import Linked, LinkKind, Parting, Preview
from payments.flows.settlement.settle import settle_customer
from payments.ports.stores import LeaseLost
from storage.store import SqlStore
from tests.core.builders import DAY, LITE, PRO, VIP
from tests.flows.two_platforms import LOUNGE, BothSides, on_discord, on_telegram, open_both_sides

ANN, TINA = on_discord("ann"), on_telegram("tina")


async def two_payers(both: BothSides, *, named: bool = False) -> tuple[Customer, Customer]:
    """Ann pays on Discord, Tina on Telegram; both are in."""
    ann = await both.pays("ann", ANN, named="prs_ann" if named else None)
    tina = await both.pays("tina", TINA, named="prs_tina" if named else None)
    assert both.has_role(ANN)
    assert both.in_lounge(TINA)
    both.forget_calls()
    return ann, tina


async def test_nobody_is_a_moment_out_when_two_payers_become_one(store: SqlStore) -> None:
    both = await open_both_sides(store)
    await two_payers(both)
    linked = await both.links(ANN, TINA)
    assert [twice.plan.id for twice in linked.twice] == [PRO]
    await both.work()
    await both.settle()
    await both.work()
    assert both.changes == []
    assert both.has_role(ANN)
    assert both.in_lounge(TINA)
    person = await both.person(ANN)
    assert await both.person(TINA) == person
    for target, account in ((VIP, "user-ann"), (LOUNGE, "tg-tina")):
        access = await both.access(person, target)
        assert access is not None
        assert (access.wanted, access.applied, access.held_before, access.user_id) == (True, True, False, account)


async def test_a_plan_paid_by_both_is_said_at_once_and_once(both: BothSides) -> None:
    await two_payers(both)
    seen = await link.preview(both.club.app, TINA, await both.code(ANN))
    assert isinstance(seen, Preview)
    assert (seen.kind, seen.twice) == (LinkKind.MERGE, ("pro",))
    linked = await both.links(ANN, TINA)
    assert [sorted(twice.subscriptions) for twice in linked.twice] == [["sub_ann", "sub_tina"]]
    for _ in range(2):
        told = [(who, p) for who, kind, p in await both.club.notices() if kind == "paid_twice"]
        assert [(who, p["subscriptions"]) for who, p in told] == [(await both.person(ANN), "sub_ann sub_tina")]
        await both.settle()


async def test_what_both_pay_stays_until_both_have_ended(both: BothSides) -> None:
    ann, tina = await two_payers(both)
    await both.links(ANN, TINA)
    await both.settle()
    await both.ends(ann, "ann")
    await both.work()
    assert both.has_role(ANN)
    assert both.in_lounge(TINA)
    await both.ends(tina, "tina")
    await both.work()
    assert not both.has_role(ANN)
    assert not both.in_lounge(TINA)


async def test_what_both_bought_follows_upon_each_other_while_they_are_one_and_nobody_is_a_moment_out(
    store: SqlStore,
) -> None:
    """Before anything is settled again: a kick for a moment would cost the seat in the chat."""
    both = await open_both_sides(store)
    for name, who in (("ann", ANN), ("tina", TINA)):
        await both.comes(who, name)
        await both.buys_days(await both.club.customer_of(PersonId(f"prs_{name}"), name), name)
        both.club.pass_time(10 * DAY)
    both.forget_calls()
    await both.links(ANN, TINA)
    assert await both.days(ANN) == {"pur_ann": (0, 30), "pur_tina": (30, 60)}
    await both.work()
    both.club.pass_time(5 * DAY)
    await link.unlink(both.club.app, TINA)
    await both.work()
    assert (await both.days(ANN), await both.days(TINA)) == ({"pur_ann": (0, 30)}, {"pur_tina": (10, 40)})
    assert both.changes == []
    await both.settle()
    await both.work()
    assert both.changes == []


async def test_stripe_goes_on_naming_the_merged_person_and_means_who_lives_on(both: BothSides) -> None:
    ann, tina = await two_payers(both, named=True)
    await both.links(ANN, TINA)
    await both.club.settle(ann, tina)
    person = await both.person(ANN)
    async with both.store.transaction() as tx:
        lines = await tx.entitlements.of([person])
        assert {line.beneficiary_id for line in lines} == {line.payer_id for line in lines} == {person}
        assert len(lines) == len(await tx.billing.subscriptions_of(person)) == 2
        assert len(await tx.customers.of_person(person)) == 2
    assert await both.work() == []


@pytest.mark.parametrize("who", ["ann", "tina"])
async def test_a_settlement_of_either_during_the_merge_ends_up_with_who_lives_on(store: SqlStore, who: str) -> None:
    """Stripe was asked before the merge, its answer is stored after it."""
    both = await open_both_sides(store)
    customers = dict(zip(("ann", "tina"), await two_payers(both, named=True), strict=True))
    await both.club.mark(customers[who])
    (claimed,), lease = await both.club.claim()

    async def merged_meanwhile() -> None:
        await both.links(ANN, TINA)

    both.club.provider.during = merged_meanwhile
    await settle_customer(both.club.app, claimed, lease)
    await both.settle()
    await both.work()
    assert both.changes == []
    person = await both.person(ANN)
    async with both.store.transaction() as tx:
        assert len(await tx.entitlements.of([person])) == 2
        for old in {PersonId("prs_ann"), PersonId("prs_tina")} - {person}:
            assert await tx.entitlements.of([old]) == []
            assert await tx.accesses.of([old]) == []


async def test_settlements_deliveries_and_a_merge_at_once_end_right(store: SqlStore) -> None:
    """Real concurrency, again and again; a deadlock would raise, a lost row would put somebody out."""
    both = await open_both_sides(store)
    for number in range(4):
        one, other = on_discord(f"d{number}"), on_telegram(f"t{number}")
        customers = [
            await both.pays(f"d{number}", one, named=f"prs_d{number}"),
            await both.pays(f"t{number}", other, named=f"prs_t{number}"),
        ]
        both.forget_calls()
        code = await both.code(one)

        async def settle(customer: Customer) -> None:
            for _ in range(3):
                await both.club.mark(customer)
                claimed, lease = await both.club.claim(limit=1)
                for one_claimed in claimed:
                    await settle_customer(both.club.app, one_claimed, lease)

        async def reopen(who: str) -> None:
            async with both.store.transaction() as tx:
                for access in await tx.accesses.of([PersonId(f"prs_{who}")]):
                    await tx.accesses.reopen(access.person_id, access.target_id, both.club.machine.at)
            await both.work()

        names = (f"d{number}", f"t{number}")
        tasks = [*(settle(c) for c in customers), *(reopen(name) for name in names)]
        linked, *_ = await asyncio.gather(both.says_yes(other, code, LinkKind.MERGE), *tasks)
        assert isinstance(linked, Linked), linked
        both.club.pass_time(61_000)
        await both.settle()
        await both.work()
        assert [call for call in both.changes if call.startswith("take")] == []
        assert both.has_role(one)
        assert both.in_lounge(other)
        person = await both.person(one)
        async with both.store.transaction() as tx:
            assert len(await tx.entitlements.of([person])) == 2
            assert {a.target_id for a in await tx.accesses.of([person])} == {VIP, LOUNGE}


async def test_a_delivery_that_was_under_way_changes_nothing_after_the_merge(store: SqlStore) -> None:
    """Its lease is respected, its answer is not taken, and the next delivery makes it right."""
    both = await open_both_sides(store)
    await both.pays("ann", ANN)
    tina = await both.pays("tina", TINA)
    await both.ends(tina, "tina")
    async with both.store.transaction() as tx:
        lease = both.club.app.lease()
        (revoke,) = await tx.accesses.claim(TINA.platform, lease, both.club.machine.at, 10)
    await both.links(ANN, TINA)
    assert await both.work() == []  # what is under way is left alone
    person = await both.person(ANN)
    async with both.store.transaction() as tx:
        if revoke.person_id != person:
            with pytest.raises(LeaseLost):
                await tx.accesses.done(revoke, lease, applied=False, now=0, machine_now=0)
    both.club.pass_time(61_000)
    await both.work()
    assert both.in_lounge(TINA)
    async with both.store.transaction() as tx:
        effect = await tx.accesses.effect(person, LOUNGE)
    assert effect is not None
    assert effect.state is EffectState.DONE


async def test_unlinking_two_payers_gives_each_account_what_it_paid_without_a_moment_out(store: SqlStore) -> None:
    both = await open_both_sides(store)
    ann, tina = await two_payers(both, named=True)
    await both.links(ANN, TINA)
    await both.settle()
    await both.work()
    parting = await link.unlink(both.club.app, ANN)
    assert isinstance(parting, Parting)
    assert (parting.mine, parting.theirs) == (("pro",), ("pro",))
    await both.work()
    await both.club.settle(ann, tina)
    await both.work()
    assert both.changes == []
    for who in (ANN, TINA):
        person = await both.person(who)
        async with both.store.transaction() as tx:
            lines = await tx.entitlements.of([person])
        assert [(line.payer_id, line.beneficiary_id) for line in lines] == [(person, person)]
    await both.ends(tina, "tina")
    await both.work()
    assert both.has_role(ANN)
    assert not both.in_lounge(TINA)


async def test_a_present_goes_with_the_account_that_it_was_made_to(both: BothSides) -> None:
    await both.pays("ann", ANN)
    tina = await both.comes(TINA, "tina")
    app = both.club.app
    await give_comp(app, plan_id=LITE, person_id=tina, days=None, actor=PersonId("prs_ann"))
    await both.links(ANN, TINA)
    parting = await link.unlink(app, TINA)
    assert isinstance(parting, Parting)
    assert (parting.mine, parting.theirs) == (("lite",), ("pro",))
    person = await both.person(TINA)
    async with both.store.transaction() as tx:
        (line,) = await tx.entitlements.of([person])
    assert (line.plan_id, line.reason) == (LITE, Reason.COMP)


async def test_a_present_to_a_merged_person_is_for_who_lives_on(both: BothSides) -> None:
    await both.pays("ann", ANN)
    tina = await both.comes(TINA, "tina")
    await both.links(ANN, TINA)
    line = await give_comp(both.club.app, plan_id=LITE, person_id=tina, days=3, actor=tina)
    assert line.beneficiary_id == await both.person(ANN)


async def test_the_audit_of_both_is_one(both: BothSides) -> None:
    await two_payers(both)
    await both.links(ANN, TINA)
    person = await both.person(ANN)
    async with both.store.transaction() as tx:
        actions = [entry.action for entry in await tx.audit_log.of_person(person, 100)]
    assert actions.count("granted") == 2
    assert "linked" in actions


async def test_who_has_paid_already_is_who_lives_on(both: BothSides) -> None:
    """So that the next purchase is with the card that is known."""
    await both.comes(ANN, "ann")
    await both.pays("tina", TINA)
    await both.links(ANN, TINA)
    assert await both.person(ANN) == PersonId("prs_tina")
