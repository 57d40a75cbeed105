"""Codes, attempts, and persons who become one or part (invariants 2 and 7)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from payments.core.access import EffectState
from payments.core.community import Identity, Place, Platform
from payments.core.ids import EntitlementId, PersonId, PlanId
from payments.ports.stores import AccountMove, Code, CodeKind, CodeState, LeaseLost, LinkedAccount, PersonsMerged
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import ADA, BEN, NOW

TEN_MINUTES = 600_000
DAY = 86_400_000
ADAS = Identity(Platform.DISCORD, "user-prs_ada")
CHAT = Place(Platform.TELEGRAM, "-100")


def code(code_hash: str = "h1", *, kind: CodeKind = CodeKind.LINK, place: Place | None = None) -> Code:
    return Code(code_hash, kind, ADAS, place, CodeState.OPEN, NOW + TEN_MINUTES)


async def test_a_code_is_found_by_its_hash_and_used_once(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.codes.add(code(), NOW)
        assert await tx.codes.get("h1") == code()
        assert await tx.codes.get("h2") is None
    async with store.transaction() as tx:
        assert await tx.codes.use("h1", NOW + 1)
        assert not await tx.codes.use("h1", NOW + 1)
        assert await tx.codes.get("h1") == replace(code(), state=CodeState.USED)


async def test_a_code_is_not_used_when_its_time_is_over(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.codes.add(code(), NOW)
        assert not await tx.codes.use("h1", NOW + TEN_MINUTES)


async def test_two_who_use_a_code_at_once_are_one(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.codes.add(code(), NOW)

    async def use() -> bool:
        async with store.transaction() as tx:
            return await tx.codes.use("h1", NOW)

    assert sum(await asyncio.gather(*(use() for _ in range(5)))) == 1


async def test_a_new_code_replaces_those_of_its_kind_and_place_alone(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.codes.add(code("link"), NOW)
        await tx.codes.add(code("here", kind=CodeKind.CONNECT, place=CHAT), NOW)
        await tx.codes.add(code("there", kind=CodeKind.CONNECT, place=replace(CHAT, external_id="-200")), NOW)
        await tx.codes.add(replace(code("other"), maker=Identity(Platform.TELEGRAM, "9")), NOW)
        await tx.codes.add(code("here2", kind=CodeKind.CONNECT, place=CHAT), NOW)
        states = {}
        for name in ("link", "here", "there", "other", "here2"):
            found = await tx.codes.get(name)
            assert found is not None
            states[name] = found.state.value
    assert states == {"link": "open", "here": "replaced", "there": "open", "other": "open", "here2": "open"}


async def test_what_became_of_a_code_is_remembered_for_a_day(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.codes.add(code("old"), NOW)
        await tx.codes.add(replace(code("new"), expires_at=NOW + DAY + 2 * TEN_MINUTES), NOW + DAY + TEN_MINUTES)
        assert await tx.codes.get("old") is not None
        await tx.codes.add(code("newer"), NOW + DAY + TEN_MINUTES + 1)
        assert await tx.codes.get("old") is None


async def test_attempts_are_counted_within_their_window(store: SqlStore) -> None:
    async with store.transaction() as tx:
        assert await tx.codes.try_one(ADAS, NOW, TEN_MINUTES) == (1, NOW)
        assert await tx.codes.try_one(ADAS, NOW + 5, TEN_MINUTES) == (2, NOW)
        await tx.codes.was_right(ADAS)
        assert await tx.codes.try_one(ADAS, NOW + TEN_MINUTES - 1, TEN_MINUTES) == (2, NOW)
        assert await tx.codes.try_one(Identity(Platform.TELEGRAM, ADAS.user_id), NOW, TEN_MINUTES) == (1, NOW)
        assert await tx.codes.try_one(ADAS, NOW + TEN_MINUTES, TEN_MINUTES) == (1, NOW + TEN_MINUTES)


# -- persons ----------------------------------------------------------------------------------------------------------


async def merged(store: SqlStore) -> None:
    """Ben, who pays, was merged into Ada, who pays too."""
    async with store.transaction() as tx:
        await builders.cave(tx)
        for number, person_id in enumerate((ADA, BEN), 1):
            customer = await builders.customer(tx, person_id)
            await tx.billing.put_subscription(builders.subscription(customer, f"sub_{number}"))
            await tx.entitlements.put(builders.entitlement(person_id, number))
        await tx.identities.lock([ADA, BEN])
        await tx.person_merges.merge(BEN, ADA)


async def test_everything_of_a_merged_person_is_who_lives_on_s(store: SqlStore) -> None:
    await merged(store)
    async with store.transaction() as tx:
        assert await tx.identities.of(Identity(Platform.DISCORD, "user-prs_ben")) == ADA
        assert await tx.identities.identities(BEN) == await tx.identities.identities(ADA)
        assert await tx.identities.name(BEN, [Platform.DISCORD]) == await tx.identities.name(ADA, [Platform.DISCORD])
        assert {(e.payer_id, e.beneficiary_id) for e in await tx.entitlements.of([ADA])} == {(ADA, ADA)}
        assert await tx.entitlements.of([BEN]) == []
        assert len(await tx.billing.subscriptions_of(ADA)) == 2
        assert [c.person_id for c in await tx.customers.of_person(ADA)] == [ADA, BEN]
        assert await tx.identities.living([ADA, BEN, PersonId("prs_x")]) == {ADA: ADA, BEN: ADA, "prs_x": "prs_x"}
        assert await tx.identities.lock([BEN]) == {BEN: ADA}


async def test_who_is_merged_again_means_the_last_who_lives_on(store: SqlStore) -> None:
    await merged(store)
    async with store.transaction() as tx:
        cleo = await builders.person(tx, "prs_cleo")
        await tx.person_merges.merge(ADA, cleo)
        assert await tx.identities.living([ADA, BEN]) == {ADA: cleo, BEN: cleo}
        assert {origin.id for origin in await tx.person_merges.origins(cleo)} == {ADA, BEN, cleo}


async def test_who_parts_takes_along_what_was_theirs_and_what_their_customers_paid(store: SqlStore) -> None:
    await merged(store)
    async with store.transaction() as tx:
        bens = next(c for c in await tx.customers.of_person(ADA) if c.person_id == BEN)
        later = replace(builders.subscription(bens, "sub_3"), payer_id=ADA, beneficiary_id=ADA)
        await tx.billing.put_subscription(later)
        await tx.entitlements.put(replace(builders.entitlement(ADA, 3), source_id="sub_3"))
        going = await tx.person_merges.would_go(ADA, [BEN])
        await tx.person_merges.split(ADA, [BEN], BEN)
        assert {e.id for e in await tx.entitlements.of([BEN])} == set(going) == {"ent_prs_ben_2", "ent_prs_ada_3"}
        assert {(e.payer_id, e.beneficiary_id) for e in await tx.entitlements.of([BEN])} == {(BEN, BEN)}
        assert [s.id for s in await tx.billing.subscriptions_of(ADA)] == ["sub_1"]
        assert await tx.identities.living([BEN]) == {BEN: BEN}
        assert [c.person_id for c in await tx.customers.of_person(ADA)] == [ADA]


async def test_an_account_remembers_when_it_left(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.person(tx, ADA)
        await tx.person_merges.add(BEN, like=ADA, now=NOW + 1)
        await tx.person_merges.give_account(ADAS, BEN)
        await tx.person_merges.parted(ADAS, [ADA, BEN], NOW + 2)
        assert await tx.person_merges.account(ADAS) == LinkedAccount(ADAS, BEN, "Ada", NOW + 2)
        assert await tx.person_merges.accounts(ADA) == []
        ada, ben = await tx.person_merges.get(ADA), await tx.person_merges.get(BEN)
    assert ada is not None
    assert ben is not None
    assert (ada.parted_at, ben.parted_at, ben.created_at) == (NOW + 2, NOW + 2, NOW + 1)


async def test_who_waited_for_a_person_that_was_merged_begins_again(postgres_store: SqlStore) -> None:
    """On SQLite nobody waits within a transaction."""
    async with postgres_store.transaction() as tx:
        await builders.person(tx, ADA)
        await builders.person(tx, BEN)
    holding, merge = asyncio.Event(), asyncio.Event()

    async def merging() -> None:
        async with postgres_store.transaction() as tx:
            await tx.identities.lock([ADA, BEN])
            holding.set()
            await merge.wait()
            await tx.person_merges.merge(BEN, ADA)

    async def waiting() -> None:
        await holding.wait()
        asyncio.get_running_loop().call_later(0.2, merge.set)
        async with postgres_store.transaction() as tx:
            await tx.identities.lock([BEN])

    first, second = await asyncio.gather(merging(), waiting(), return_exceptions=True)
    assert first is None
    assert isinstance(second, PersonsMerged)
    async with postgres_store.transaction() as tx:
        assert await tx.identities.lock([BEN]) == {BEN: ADA}


@pytest.mark.parametrize("busy", [False, True])
async def test_accesses_that_become_one_keep_the_state_of_whose_account_has_it(store: SqlStore, busy: bool) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        for person_id in (ADA, BEN):
            await tx.accesses.want(builders.access(person_id), NOW)
        for effect in await tx.accesses.claim(Platform.DISCORD, builders.lease(), NOW, 9):
            if effect.person_id == BEN:
                await tx.accesses.provenance(effect, builders.lease(), held_before=False, user_id="bens")
                await tx.accesses.done(effect, builders.lease(), applied=True, now=NOW, machine_now=NOW)
            elif not busy:
                await tx.accesses.park(effect, builders.lease(), EffectState.WAITING, "not there")
        hold = await tx.accesses.get(BEN, builders.ROLE)
        await tx.person_merges.unite_access(BEN, builders.ROLE, ADA, hold, NOW)
        united = await tx.accesses.get(ADA, builders.ROLE)
        assert united is not None
        assert (united.applied, united.held_before, united.user_id) == (True, False, "bens")
        assert await tx.accesses.of([BEN]) == []
        stored = await tx.accesses.effect(ADA, builders.ROLE)
        assert stored is not None
        assert stored.state == ("open" if busy else "done")
        assert await tx.accesses.claim(Platform.DISCORD, builders.lease("two"), NOW + 59_999, 9) == []
        assert len(await tx.accesses.claim(Platform.DISCORD, builders.lease("two"), NOW + 60_000, 9)) == int(busy)


async def test_an_access_that_moves_is_left_alone_while_it_is_being_delivered(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.accesses.want(builders.access(BEN), NOW)
        [effect] = await tx.accesses.claim(Platform.DISCORD, builders.lease(), NOW, 9)
        await tx.person_merges.move_access(BEN, builders.ROLE, ADA)
        assert await tx.accesses.of([ADA, BEN]) == [builders.access(ADA)]
        with pytest.raises(LeaseLost):
            await tx.accesses.provenance(effect, builders.lease(), held_before=False, user_id="bens")
        with pytest.raises(LeaseLost):
            await tx.accesses.done(effect, builders.lease(), applied=True, now=NOW, machine_now=NOW)
        assert await tx.accesses.claim(Platform.DISCORD, builders.lease("two"), NOW + 59_999, 9) == []
        [again] = await tx.accesses.claim(Platform.DISCORD, builders.lease("two"), NOW + 60_000, 9)
        assert again.person_id == ADA


async def test_a_subscription_of_two_plans_is_handed_over_and_given_back_whole(store: SqlStore) -> None:
    """Also the plan that came to it while it was with the other account."""
    lite, gold = PlanId("pln_lite"), PlanId("pln_gold")
    one = builders.entitlement(ADA)
    two = replace(one, id=EntitlementId("ent_2"), plan_id=lite)
    later = replace(one, id=EntitlementId("ent_3"), plan_id=gold, beneficiary_id=BEN)
    async with store.transaction() as tx:
        await builders.cave(tx)
        for plan_id in (lite, gold):
            await tx.plans.add(builders.plan(plan_id, plan_id))
        sold = builders.subscription(await builders.customer(tx))
        await tx.billing.put_subscription(sold)
        for each in (one, two):
            await tx.entitlements.put(each)
        bens = Identity(Platform.DISCORD, f"user-{BEN}")
        await tx.moves.add(AccountMove("mov_1", ADAS, ADA, bens, bens, False, NOW, NOW + DAY))
        await tx.moves.hand_over("mov_1", [one.id, two.id], ADA, BEN)
        await tx.entitlements.put(later)
        used = await tx.billing.subscription(sold.account_id, sold.id)
        assert used is not None
        assert used.beneficiary_id == BEN
        assert {e.id for e in await tx.moves.handed_over(["mov_1"])} == {one.id, two.id, later.id}
        assert await tx.moves.give_back("mov_1", ADA) == [BEN]
        assert {e.id for e in await tx.entitlements.of([ADA])} == {one.id, two.id, later.id}
        back = await tx.billing.subscription(sold.account_id, sold.id)
        assert back == sold
