"""Ends that were told beforehand, kinds of ends, what came back, and roles from before: on both engines."""

from payments.core.access import Reason
from payments.core.breaker import End, Foreseen
from payments.core.community import Identity, Platform
from payments.ports.stores import RevokeCount
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import ADA, BEN, CAVE, NOW, ROLE, SERVER, access, lease, plan
from tests.contract.test_stores_accesses import claim, granted


async def test_how_long_an_end_is_known_is_kept_unless_it_comes_sooner(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await builders.person(tx)
        await tx.plans.add(plan())
        held = builders.entitlement()
        await tx.entitlements.put(held)
        assert await tx.entitlements.foreseen(held.id) is None
        for told, kept_at in (
            (Foreseen(NOW + 500, NOW, Reason.PAID), NOW),
            (Foreseen(NOW + 500, NOW + 1, Reason.PAID), NOW),  # the same
            (Foreseen(NOW + 900, NOW + 2, Reason.GRACE), NOW),  # later
            (Foreseen(NOW + 400, NOW + 3, Reason.PAID), NOW + 3),  # sooner
            (Foreseen(NOW + 400, 0, Reason.PAID), 0),  # somebody asked for it
        ):
            await tx.entitlements.foresee(held.id, told)
            assert await tx.entitlements.foreseen(held.id) == Foreseen(told.at, kept_at, told.why)
        await tx.entitlements.foresee(held.id, None)
        assert await tx.entitlements.foreseen(held.id) is None


async def test_agreed_ends_pass_and_grace_periods_are_counted_apart(store: SqlStore) -> None:
    await granted(store, ADA, BEN)
    async with store.transaction() as tx:
        await tx.accesses.want(access(ADA, wanted=False), NOW + 10, None, End.AGREED)
        await tx.accesses.want(access(BEN, wanted=False), NOW + 10, None, End.GRACE)
        assert await tx.accesses.revoke_count(CAVE, NOW) == RevokeCount(0, 0)
        assert await tx.accesses.revoke_count(CAVE, NOW, End.GRACE) == RevokeCount(1, 0)
        assert await tx.communities.trip_breaker(CAVE, NOW + 10, NOW)
        assert {(e.person_id, e.ended) for e in await claim(tx, "two", NOW + 10)} == {(ADA, "agreed"), (BEN, "grace")}
        assert [one.id for one in await tx.communities.held_since(NOW)] == [CAVE]
        assert await tx.communities.tell_breaker(CAVE, NOW + 5)
        assert await tx.communities.held_since(NOW) == []
        effect = await tx.accesses.effect(BEN, ROLE)
        assert effect is not None
        await tx.accesses.done(effect, lease("two"), applied=False, now=NOW + 20, machine_now=NOW + 20)
        assert await tx.accesses.graces_ended(CAVE, NOW, NOW + 20) == 0
        assert await tx.accesses.graces_ended(CAVE, NOW, NOW + 21) == 1


async def test_what_comes_back_with_somebody_is_ours_again_and_passes(store: SqlStore) -> None:
    await granted(store, ADA)
    async with store.transaction() as tx:
        await tx.identities.ensure(Identity(Platform.DISCORD, "ada"), "Ada", "en", ADA, NOW)
        assert await tx.accesses.given(ROLE) == 1
        await tx.accesses.want(access(ADA, wanted=False), NOW)
        (effect,) = await claim(tx, "two", NOW)
        await tx.accesses.forget(effect, lease("two"), taken_at=NOW)
        await tx.accesses.done(effect, lease("two"), applied=False, now=NOW, machine_now=NOW)
        assert not await tx.accesses.came_back(ADA, ROLE, "ada", NOW), "they were there all the time"
        await tx.accesses.rejoined(ADA, SERVER, NOW + 5)
        assert not await tx.accesses.came_back(ADA, ROLE, "ada", NOW + 6)
        assert await tx.accesses.came_back(ADA, ROLE, "ada", NOW + 5)
        held, again = await tx.accesses.get(ADA, ROLE), await tx.accesses.effect(ADA, ROLE)
        assert held is not None
        assert again is not None
        assert (held.applied, held.held_before, held.user_id, again.breaker_passed) == (True, False, "ada", True)


async def test_the_owners_word_about_a_role_from_before_is_kept(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        for said in (True, False):
            await tx.communities.adopt(ROLE, adopted=said)
            target = await tx.communities.target(ROLE)
            assert target is not None
            assert target.adopted is said
