"""Accesses, effects and what the breaker weighs (invariants 4 to 7)."""

from collections.abc import Collection
from dataclasses import replace

import pytest

from payments.core.access import EffectState, Reason
from payments.core.community import Identity, Place, Platform
from payments.core.ids import PersonId, TargetId
from payments.core.refusals import Cause
from payments.ports.stores import Effect, LeaseLost, Refused, Retry, RevokeCount, Transaction
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import ADA, BEN, CAVE, NOW, ROLE, SERVER, access, lease

WAITING, BLOCKED, DEAD, DONE, OPEN = (
    EffectState.WAITING,
    EffectState.BLOCKED,
    EffectState.DEAD,
    EffectState.DONE,
    EffectState.OPEN,
)


async def claim(tx: Transaction, token: str = "one", at: int = NOW, limit: int = 50) -> list[Effect]:
    return list(await tx.accesses.claim(Platform.DISCORD, lease(token, at + 60_000), at, limit))


async def wanted(store: SqlStore, *person_ids: PersonId) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        for person_id in person_ids or (ADA,):
            await builders.person(tx, person_id)
            await tx.accesses.want(access(person_id), NOW)


async def granted(store: SqlStore, *person_ids: PersonId) -> None:
    await wanted(store, *person_ids)
    async with store.transaction() as tx:
        for effect in await claim(tx):
            await tx.accesses.provenance(effect, lease(), held_before=False, user_id=f"user-{effect.person_id}")
            assert await tx.accesses.done(effect, lease(), applied=True, now=NOW + 1, machine_now=NOW + 1)


async def state(store: SqlStore, person_id: PersonId = ADA) -> EffectState:
    async with store.transaction() as tx:
        effect = await tx.accesses.effect(person_id, ROLE)
    assert effect is not None
    return effect.state


async def test_what_is_wanted_opens_an_effect(store: SqlStore) -> None:
    await wanted(store)
    async with store.transaction() as tx:
        assert await tx.accesses.of([ADA, BEN]) == [access()]
        assert await tx.accesses.get(ADA, ROLE) == access()
        assert await tx.accesses.get(BEN, ROLE) is None
        assert await tx.accesses.effect(BEN, ROLE) is None
        [effect] = await claim(tx)
        assert effect == Effect(ADA, ROLE, 1, OPEN, 0, None, False, NOW)
        assert await claim(tx, "two") == []


async def test_a_decision_never_touches_what_the_platform_confirmed(store: SqlStore) -> None:
    await granted(store)
    async with store.transaction() as tx:
        lie = replace(access(wanted=False), applied=False, held_before=True)
        await tx.accesses.want(lie, NOW + 5)
        stored = await tx.accesses.get(ADA, ROLE)
    account = "user-prs_ada"
    assert stored == replace(access(wanted=False), applied=True, held_before=False, applied_at=NOW + 1, user_id=account)


async def test_a_confirmed_grant_is_done(store: SqlStore) -> None:
    await granted(store)
    async with store.transaction() as tx:
        assert await tx.accesses.get(ADA, ROLE) == replace(
            access(), applied=True, held_before=False, applied_at=NOW + 1, user_id="user-prs_ada"
        )
        assert await claim(tx, "two", NOW + 99_999) == []
    assert await state(store) is DONE


async def test_what_is_confirmed_gone_is_forgotten(store: SqlStore) -> None:
    await granted(store)
    async with store.transaction() as tx:
        await tx.accesses.want(access(wanted=False), NOW + 5)
        [revoke] = await claim(tx, "two", NOW + 6)
        await tx.accesses.forget(revoke, lease("two"))
        forgotten = await tx.accesses.get(ADA, ROLE)
    assert forgotten is not None
    assert (forgotten.held_before, forgotten.user_id, forgotten.applied) == (None, None, True)


async def test_what_is_gone_from_a_former_account_is_no_revoke_of_the_person(store: SqlStore) -> None:
    """The breaker counts members who lose access, not those who change their account."""
    await granted(store)
    async with store.transaction() as tx:
        await tx.accesses.reopen(ADA, ROLE, NOW + 5)
        [effect] = await claim(tx, "two", NOW + 6)
        await tx.accesses.forget(effect, lease("two"), parted=True)
        assert await tx.accesses.get(ADA, ROLE) == access()
        counted = await tx.accesses.revoke_count(CAVE, NOW)
    assert (counted.pending, counted.recent) == (0, 0)


async def test_provenance_is_stored_by_who_holds_the_lease_alone(store: SqlStore) -> None:
    await wanted(store)
    async with store.transaction() as tx:
        [effect] = await claim(tx)
        with pytest.raises(LeaseLost):
            await tx.accesses.provenance(effect, lease("two"), held_before=False, user_id="user-1")
        with pytest.raises(LeaseLost):
            await tx.accesses.forget(effect, lease("two"))
        await tx.accesses.provenance(effect, lease(), held_before=True, user_id="user-1")
        assert await tx.accesses.get(ADA, ROLE) == replace(access(), held_before=True, user_id="user-1")


async def test_an_account_that_holds_another_s_gift_is_known(store: SqlStore) -> None:
    await granted(store)
    async with store.transaction() as tx:
        assert await tx.accesses.held_by_another(BEN, ROLE, "user-prs_ada")
        assert not await tx.accesses.held_by_another(ADA, ROLE, "user-prs_ada")
        assert not await tx.accesses.held_by_another(BEN, ROLE, "user-prs_ben")


async def test_another_reason_opens_no_effect(store: SqlStore) -> None:
    await granted(store)
    async with store.transaction() as tx:
        await tx.accesses.explain(replace(access(wanted=False), reason=Reason.GRACE))
        explained = await tx.accesses.get(ADA, ROLE)
        assert explained is not None
        assert (explained.wanted, explained.reason) == (True, Reason.GRACE)
    assert await state(store) is DONE


async def test_a_grant_confirmed_again_keeps_its_time(store: SqlStore) -> None:
    await granted(store)
    async with store.transaction() as tx:
        await tx.accesses.reopen(ADA, ROLE, NOW + 50)
        [effect] = await claim(tx, "two", NOW + 50)
        assert effect.seq == 2
        await tx.accesses.done(effect, lease("two"), applied=True, now=NOW + 51, machine_now=NOW + 51)
        kept = await tx.accesses.get(ADA, ROLE)
        assert kept is not None
        assert kept.applied_at == NOW + 1


async def test_a_late_grant_does_not_close_a_newer_decision(store: SqlStore) -> None:
    await wanted(store)
    async with store.transaction() as tx:
        [grant] = await claim(tx)
    async with store.transaction() as tx:
        await tx.accesses.want(access(wanted=False), NOW + 5)  # refunded while Discord was asked
        assert await claim(tx, "two", NOW + 6) == []  # one delivery at a time
    async with store.transaction() as tx:
        assert not await tx.accesses.done(grant, lease(), applied=True, now=NOW + 7, machine_now=NOW + 7)
        [revoke] = await claim(tx, "two", NOW + 8)
        stored = await tx.accesses.get(ADA, ROLE)
    assert revoke.seq == 2
    assert stored is not None
    assert (stored.wanted, stored.applied) == (False, True)


@pytest.mark.parametrize("end", ["done", "park", "failed"])
async def test_a_delivery_under_a_lost_lease_stores_nothing(store: SqlStore, end: str) -> None:
    await wanted(store)
    async with store.transaction() as tx:
        [effect] = await claim(tx)
        assert len(await claim(tx, "two", NOW + 60_000)) == 1
        with pytest.raises(LeaseLost):  # noqa: PT012 - one of three
            if end == "done":
                await tx.accesses.done(effect, lease(), applied=True, now=NOW, machine_now=NOW)
            elif end == "park":
                await tx.accesses.park(effect, lease(), BLOCKED, "the role is above ours")
            else:
                await tx.accesses.failed(effect, lease(), Retry("503", NOW))
        assert await tx.accesses.get(ADA, ROLE) == access()


@pytest.mark.parametrize("parked", [WAITING, BLOCKED, DEAD])
async def test_a_parked_effect_rests_until_it_is_opened(store: SqlStore, parked: EffectState) -> None:
    await wanted(store)
    async with store.transaction() as tx:
        [effect] = await claim(tx)
        await tx.accesses.park(effect, lease(), parked, "why")
    assert (await store.counts())[f"effects_{parked}"] == 1
    async with store.transaction() as tx:
        assert await claim(tx, "two", NOW + 10**9) == []
        [resting] = await tx.accesses.effects(community_id=CAVE, states=[parked, DONE], limit=5)
        assert (resting.state, resting.last_error) == (parked, "why")
        assert await tx.accesses.effects(community_id=None, states=[OPEN], limit=5) == []
        assert await tx.accesses.effects(community_id=None, states=[], limit=5) == []
        assert await tx.accesses.reopen_states([], NOW) == 0
        assert await tx.accesses.reopen_states([parked], NOW, platform=Platform.TELEGRAM) == 0
        assert await tx.accesses.reopen_states([parked], NOW, platform=Platform.DISCORD) == 1
        [again] = await claim(tx, "two")
        assert (again.seq, again.attempts) == (2, 0)


async def test_an_effect_decided_anew_while_it_was_delivered_is_not_parked(store: SqlStore) -> None:
    await wanted(store)
    async with store.transaction() as tx:
        [effect] = await claim(tx)
        await tx.accesses.reopen(ADA, ROLE, NOW + 1)
        await tx.accesses.park(effect, lease(), BLOCKED, "why")
    assert await state(store) is OPEN


async def test_somebody_who_left_has_nothing_applied_and_counts_for_no_breaker(store: SqlStore) -> None:
    await granted(store)
    async with store.transaction() as tx:
        await tx.accesses.reopen(ADA, ROLE, NOW + 5)
        [effect] = await claim(tx, "two", NOW + 5)
        await tx.accesses.park(effect, lease("two"), WAITING, "not in the server", absent=True)
        gone = await tx.accesses.get(ADA, ROLE)
        assert gone is not None
        assert (gone.applied, gone.applied_at) == (False, None)
        assert await tx.accesses.revoke_count(CAVE, NOW) == RevokeCount(0, 0)


async def test_an_effect_is_tried_again_at_its_time(store: SqlStore) -> None:
    await wanted(store)
    async with store.transaction() as tx:
        [effect] = await claim(tx)
        await tx.accesses.failed(effect, lease(), Retry("429", NOW + 10), counts=False)
        assert await claim(tx, "two", NOW + 9) == []
        [effect] = await claim(tx, "two", NOW + 10)
        assert (effect.attempts, effect.last_error) == (0, "429")
        await tx.accesses.failed(effect, lease("two"), Retry("503", NOW + 20))
        [effect] = await claim(tx, "three", NOW + 20)
        assert effect.attempts == 1
        await tx.accesses.failed(effect, lease("three"), Retry("503", NOW + 30, dead=True))
    assert await state(store) is DEAD


async def test_a_failure_does_not_delay_a_newer_decision(store: SqlStore) -> None:
    await wanted(store)
    async with store.transaction() as tx:
        [effect] = await claim(tx)
        await tx.accesses.want(access(wanted=False), NOW + 5)
        await tx.accesses.failed(effect, lease(), Retry("503", NOW + 3, dead=True))
        [again] = await claim(tx, "two", NOW + 5)
        assert (again.state, again.attempts) == (OPEN, 0)


async def test_a_refusal_stands_until_the_platform_confirms(store: SqlStore) -> None:
    await wanted(store)
    async with store.transaction() as tx:
        [effect] = await claim(tx)
        refused = Refused(Cause.TWO_FACTOR, NOW)
        await tx.accesses.park(effect, lease(), EffectState.BLOCKED, "60003", refused=refused)
        [summed] = await tx.accesses.refusals(10)
        assert (summed.cause, summed.count, summed.since_at, summed.person_id) == ("two_factor", 1, NOW, ADA)
        assert await tx.accesses.refused_in(summed.place)
        assert await tx.accesses.probe(summed.place, None, Cause.UNKNOWN, NOW) == 0
        assert await tx.accesses.probe(summed.place, ROLE, Cause.TWO_FACTOR, NOW) == 1
        [again] = await claim(tx, "two")
        assert (again.state, again.cause, again.refused_at) == (OPEN, "two_factor", NOW)
        await tx.accesses.failed(again, lease("two"), Retry("held", NOW + 3), counts=False)
        assert len(await tx.accesses.refusals(10)) == 1, "what waits for something else is refused still"
        assert await tx.accesses.reopen_refused(summed.place, None, [Cause.TWO_FACTOR], NOW) == 1
        [last] = await claim(tx, "three")
        await tx.accesses.done(last, lease("three"), applied=True, now=NOW, machine_now=NOW)
        assert await tx.accesses.refusals(10) == []


async def test_a_stopping_worker_frees_its_effects(store: SqlStore) -> None:
    await wanted(store)
    async with store.transaction() as tx:
        await claim(tx)
        await tx.accesses.release(lease())
        assert len(await claim(tx, "two")) == 1


async def test_effects_are_claimed_by_platform_oldest_first(store: SqlStore) -> None:
    chat = Place(Platform.TELEGRAM, "-100")
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.communities.add(builders.community(), chat, "chat")
        await tx.communities.put_target(builders.target("tgt_chat", "-100", chat))
        await tx.accesses.want(access(target_id=TargetId("tgt_chat")), NOW)
        await tx.accesses.want(access(BEN), NOW + 2)
        await tx.accesses.want(access(ADA), NOW + 1)
        assert [effect.person_id for effect in await claim(tx, at=NOW + 5)] == [ADA, BEN]
        assert [effect.target_id for effect in await tx.accesses.claim(Platform.TELEGRAM, lease(), NOW, 9)] == [
            "tgt_chat"
        ]


async def test_somebody_who_comes_in_has_everything_there_opened(store: SqlStore) -> None:
    await granted(store, ADA, BEN)
    async with store.transaction() as tx:
        assert await tx.accesses.reopen_waiting(ADA, Place(Platform.DISCORD, "elsewhere"), NOW) == 0
        assert await tx.accesses.reopen_waiting(ADA, SERVER, NOW + 9) == 1
        assert [effect.person_id for effect in await claim(tx, "two", NOW + 9)] == [ADA]


async def test_a_place_is_compared_with_all_that_is_stored_about_it(store: SqlStore) -> None:
    await granted(store)
    async with store.transaction() as tx:
        [(identity, stored, target)] = await tx.accesses.in_place(SERVER, None, None, 10)
        assert identity == Identity(Platform.DISCORD, f"user-{ADA}")
        assert stored == await tx.accesses.get(ADA, ROLE)
        assert target == builders.target()
        assert await tx.accesses.in_place(Place(Platform.TELEGRAM, "server-1"), None, None, 10) == []


async def test_a_place_is_read_in_parts_in_the_order_of_ids_as_numbers(store: SqlStore) -> None:
    accounts = ["9", "10", "11", "100", "101"]
    second = builders.target("tgt_second", "role-2")
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.communities.put_target(second)
        for n, account in enumerate(reversed(accounts)):
            person = await tx.identities.ensure(
                Identity(Platform.DISCORD, account), "M", "en", PersonId(f"prs_{n}"), NOW
            )
            for target_id in (ROLE, second.id):
                await tx.accesses.want(access(person, target_id=target_id), NOW)

        async def read(after: str | None, until: str | None, limit: int) -> list[str]:
            rows = await tx.accesses.in_place(SERVER, after, until, limit)
            return [identity.user_id for identity, _, _ in rows]

        assert await read(None, None, 50) == [account for account in accounts for _ in range(2)]
        assert await read(None, None, 2) == ["9", "9", "10", "10"]
        assert await read("10", None, 2) == ["11", "11", "100", "100"]
        assert await read("9", "100", 50) == ["10", "10", "11", "11", "100", "100"]
        assert await read("101", None, 50) == []


CROWD = tuple(PersonId(f"prs_{number:02}") for number in range(20))


async def revoking(store: SqlStore, person_ids: Collection[PersonId]) -> None:
    async with store.transaction() as tx:
        for person_id in person_ids:
            await tx.accesses.want(access(person_id, wanted=False), NOW + 10)


async def test_what_was_taken_once_is_known_for_good(store: SqlStore) -> None:
    await granted(store, ADA)
    await revoking(store, [ADA])
    async with store.transaction() as tx:
        assert not await tx.accesses.revoked(ADA, ROLE)
        assert not await tx.accesses.revoked(BEN, ROLE)
        for effect in await claim(tx, "two", NOW + 20):
            await tx.accesses.done(effect, lease("two"), applied=False, now=NOW + 20, machine_now=NOW + 20)
        assert await tx.accesses.revoked(ADA, ROLE)
        await tx.accesses.want(access(), NOW + 30)
        for effect in await claim(tx, "three", NOW + 30):
            await tx.accesses.done(effect, lease("three"), applied=True, now=NOW + 31, machine_now=NOW + 31)
        assert await tx.accesses.revoked(ADA, ROLE)


async def test_the_breaker_weighs_pending_and_recent_revokes_in_persons(store: SqlStore) -> None:
    await granted(store, *CROWD)
    await revoking(store, CROWD[:5])
    async with store.transaction() as tx:
        assert await tx.accesses.revoke_count(CAVE, NOW + 15) == RevokeCount(pending=5, recent=0)
        assert await tx.accesses.members(CAVE, NOW + 15, 50) == 20
        for effect in await claim(tx, "two", NOW + 20, limit=2):
            await tx.accesses.done(effect, lease("two"), applied=False, now=NOW + 20, machine_now=NOW + 20)
        assert await tx.accesses.revoke_count(CAVE, NOW + 15) == RevokeCount(pending=3, recent=2)
        assert await tx.accesses.members(CAVE, NOW + 15, 50) == 20
        assert await tx.accesses.revoke_count(CAVE, NOW + 21) == RevokeCount(pending=3, recent=0)
        assert await tx.accesses.members(CAVE, NOW + 21, 50) == 18
        assert await tx.accesses.members(CAVE, NOW, 7) == 7  # counted no further
        empty = builders.community("com_empty").id
        assert await tx.accesses.revoke_count(empty, NOW) == RevokeCount(0, 0)
        assert await tx.accesses.members(empty, NOW, 50) == 0


async def test_a_tripped_breaker_holds_revokes_and_never_a_grant(store: SqlStore) -> None:
    await granted(store, ADA)
    await revoking(store, [ADA])
    async with store.transaction() as tx:
        await tx.communities.trip_breaker(CAVE, NOW)
        await tx.accesses.want(access(BEN), NOW + 10)
        assert [effect.person_id for effect in await claim(tx, "two", NOW + 10)] == [BEN]
        await tx.communities.reset_breaker(CAVE)
        assert [effect.person_id for effect in await claim(tx, "two", NOW + 10)] == [ADA]


async def test_go_on_releases_what_is_pending_and_weighs_later_revokes_anew(store: SqlStore) -> None:
    await granted(store, *CROWD)
    await revoking(store, CROWD[:3])
    async with store.transaction() as tx:
        await tx.communities.trip_breaker(CAVE, NOW)
        assert [held.person_id for held in await tx.accesses.pending_revokes(CAVE, 2)] == list(CROWD[:2])
        assert await tx.accesses.pass_breaker(CAVE, NOW + 10) == 3
        assert await tx.accesses.pending_revokes(CAVE, 50) == []
    await revoking(store, CROWD[3:4])
    async with store.transaction() as tx:
        released = await claim(tx, "two", NOW + 10)
        assert {effect.person_id for effect in released} == set(CROWD[:3])
        for effect in released:
            assert effect.breaker_passed
            await tx.accesses.done(effect, lease("two"), applied=False, now=NOW + 11, machine_now=NOW + 11)
        # Those that the admin released do not trip it again.
        assert await tx.accesses.revoke_count(CAVE, NOW) == RevokeCount(pending=1, recent=0)
        assert await tx.accesses.members(CAVE, NOW, 50) == 20
