"""A place is taken out of a community while those who once had something there are linked or parted: each access keeps
its effect, without which nobody would ever deliver it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from payments.core.access import Access, EffectState
from payments.core.community import Identity, Place, Platform
from payments.core.ids import CommunityId, PersonId, RequestId
from payments.core.rights import Rank, Standing, TeamEntry, TeamKind
from payments.flows.communities import claim, connect
from payments.flows.communities.claim import BadClaim
from payments.flows.communities.stop_serving import Stopped, stop
from payments.flows.communities.team import Setter
from payments.flows.people import link, merge
from payments.flows.people.link import Linked
from payments.ports.stores import PersonsMerged, ProviderRequest, RequestState
from storage.store import SqlStore
from tests.core.builders import PRO
from tests.flows.club_fixture import CLUB, PLACE
from tests.flows.server import Server
from tests.flows.two_platforms import ANN, CHAT, LOUNGE, TINA, BothSides, open_both_sides

EVE = Identity(Platform.TELEGRAM, "tg-eve")
EVES, TINAS = PersonId("prs_eve"), PersonId("prs_tina")

TakeOut = Callable[[BothSides], Awaitable[object]]


@pytest.fixture
async def both(store: SqlStore) -> BothSides:
    """On both engines."""
    return await open_both_sides(store)


async def stopped(both: BothSides) -> object:
    return await stop(both.club.app, CHAT)


async def disconnected(both: BothSides) -> object:
    app = both.club.app
    async with both.store.transaction() as tx:
        community = await tx.communities.get(CLUB)
    assert community is not None
    setter = Setter(PersonId("prs_ann"), ANN, "Ann", Standing.OWNER, PLACE)
    return await connect.take_out(app, community, CHAT, setter)


async def claimed(both: BothSides) -> object:
    async with both.store.transaction() as tx:
        await tx.communities.serve(CHAT, served=False)
    code = await claim.new_code(both.store, both.club.machine.at)
    return await claim.redeem(both.club.app, code, EVE, "Eve", "en", CHAT, "Lounge")


WAYS: list[TakeOut] = [stopped, disconnected, claimed]


async def tina_once_paid(both: BothSides) -> None:
    """Tina had the Lounge; her membership is over, and no plan opens it any more. Ann is a customer, who lives on."""
    customer = await both.pays("tina", TINA)
    await both.ends(customer, "tina")
    await both.work()
    async with both.store.transaction() as tx:
        await tx.plans.close_target(PRO, LOUNGE, closed_at=None)
    await both.club.customer_of(await both.comes(ANN, "ann"), "ann")


async def asked(both: BothSides) -> None:
    """Tina has typed Ann's code: a yes is all that is missing."""
    code = await both.code(ANN)
    seen = await link.preview(both.club.app, TINA, code)
    assert isinstance(seen, link.Preview)
    await link.ask(both.club.app, TINA, code, seen.kind)


@pytest.mark.parametrize("take_out", WAYS)
async def test_no_access_loses_its_effect_to_a_link_of_the_same_moment(
    postgres_both: BothSides, server: Server, take_out: TakeOut
) -> None:
    """The place is about to be taken out, its accesses are forgotten but not yet committed: then a yes links them."""
    both = postgres_both
    await tina_once_paid(both)
    await asked(both)
    olga = TeamEntry(CLUB, Platform.TELEGRAM, TeamKind.ACCOUNT, "tg-olga", CHAT.external_id, "Olga", Rank.OWNER, 0)
    async with both.store.transaction() as tx:
        await tx.team.put(olga)
    async with both.store.transaction() as tx:
        await tx.team.put(olga)  # the team goes along last, and waits for this transaction
        taking = asyncio.ensure_future(take_out(both))
        await server.waits(taking)
        linking_ = asyncio.ensure_future(both.agrees(ANN))
        await server.waits(linking_, 2)
    assert await taking
    assert isinstance(await linking_, Linked)
    assert await server.halves() == []


@pytest.mark.parametrize("take_out", WAYS)
async def test_a_link_of_the_same_moment_leaves_nothing_half(both: BothSides, take_out: TakeOut) -> None:
    await tina_once_paid(both)
    await asked(both)
    taken, linked = await asyncio.gather(take_out(both), both.agrees(ANN), return_exceptions=True)
    assert isinstance(linked, Linked)
    assert await take_out(both) if isinstance(taken, PersonsMerged) else taken
    anns = await both.person(ANN)
    async with both.store.transaction() as tx:
        assert await tx.communities.once_in(CHAT) == []
        for access in await tx.accesses.of([anns]):
            assert await tx.accesses.effect(access.person_id, access.target_id) is not None


@pytest.mark.parametrize("take_out", WAYS)
async def test_who_has_something_there_by_now_keeps_the_place_where_it_is(
    postgres_both: BothSides, server: Server, take_out: TakeOut
) -> None:
    """Given after its lease had ended, as by a machine that stood still: it is to be taken again."""
    both = postgres_both
    await tina_once_paid(both)
    async with both.store.transaction() as tx:
        await tx.identities.lock([TINAS])
        taking = asyncio.ensure_future(take_out(both))
        await server.waits(taking)
        await tx.accesses.given_late(TINAS, LOUNGE, TINA.user_id)
    assert await taking in (Stopped(0, shared=True), None, BadClaim.SHARED)
    async with both.store.transaction() as tx:
        assert CHAT in await tx.communities.places(CLUB)
    assert (await both.access(TINAS, LOUNGE)) is not None


@pytest.mark.parametrize("take_out", WAYS)
async def test_it_begins_again_when_the_access_is_somebody_elses_by_then(
    postgres_both: BothSides, server: Server, take_out: TakeOut
) -> None:
    both = postgres_both
    await tina_once_paid(both)
    await both.links(ANN, TINA)
    anns = await both.person(ANN)
    assert await both.access(anns, LOUNGE) is not None
    async with both.store.transaction() as tx:
        await tx.identities.lock([anns])
        taking = asyncio.ensure_future(take_out(both))
        await server.waits(taking)
        await merge.unmerge(both.club.app, tx, anns)
    with pytest.raises(PersonsMerged):
        await taking
    assert await both.access(TINAS, LOUNGE) is not None
    assert await take_out(both)
    assert await both.access(TINAS, LOUNGE) is None


@pytest.mark.parametrize("take_out", [stopped, claimed])
async def test_who_is_billed_or_claims_is_locked_in_the_order_of_all(
    postgres_both: BothSides, server: Server, take_out: TakeOut
) -> None:
    """Else it could hold Tina and wait for Eve, while another holds Eve and waits for Tina."""
    both = postgres_both
    await tina_once_paid(both)
    async with both.store.transaction() as tx:
        await tx.identities.ensure(EVE, "Eve", "de", EVES, both.club.clock.at)
        await tx.requests.add(bill(both, EVES))
    async with both.store.transaction() as tx:
        await tx.identities.lock([EVES])
        taking = asyncio.ensure_future(take_out(both))
        await server.waits(taking)
        await tx.identities.lock([EVES, TINAS])
    assert await taking
    assert await both.access(TINAS, LOUNGE) is None


async def test_effects_are_forgotten_in_the_order_in_which_they_are_opened_again(
    postgres_both: BothSides, server: Server
) -> None:
    """A replay of all effects locks no persons: it could hold one and wait for the other, which is held for it."""
    both, now = postgres_both, postgres_both.club.machine.at
    first, second = await both.comes(ANN, "ann"), await both.comes(TINA, "tina")
    async with both.store.transaction() as tx:
        for person_id in (second, first):  # as they lie in the table
            await tx.accesses.want(Access(person_id, LOUNGE, False, False, None, None, None, now, None, None), now)
        community = await tx.communities.get(CLUB)
        assert community is not None

    async def replays() -> int:
        async with both.store.transaction() as tx:
            return await tx.accesses.reopen_states({EffectState.OPEN}, now)

    async def takes_out() -> None:
        async with both.store.transaction() as tx:
            await tx.communities.take_out(CHAT, replace(community, id=CommunityId("com_own")))

    async with both.store.transaction() as tx:
        await tx.accesses.reopen(first, LOUNGE, now)
        replaying = asyncio.ensure_future(replays())
        await server.waits(replaying)
        taking = asyncio.ensure_future(takes_out())
        await server.waits(taking, 2)
    assert await replaying == 2
    await taking


async def test_a_group_that_becomes_a_supergroup_at_that_moment_keeps_nothing_half(
    postgres_both: BothSides, server: Server
) -> None:
    both, now = postgres_both, postgres_both.club.machine.at
    await tina_once_paid(both)

    async def moves() -> bool:
        async with both.store.transaction() as tx:
            return await tx.chat_rooms.migrate(CHAT, "-1001", "supergroup")

    async with both.store.transaction() as tx:
        await tx.accesses.reopen(TINAS, LOUNGE, now)  # whoever forgets the effect waits for this transaction
        taking = asyncio.ensure_future(disconnected(both))
        await server.waits(taking)
        moving = asyncio.ensure_future(moves())
        await server.waits(moving, 2)
    assert await taking
    assert await moving
    assert await server.halves() == []
    async with both.store.transaction() as tx:
        own = await tx.communities.at(Place(CHAT.platform, "-1001"))
        assert own is not None
        assert [target.id for target in await tx.communities.targets(own.id)] == [LOUNGE]
    assert own.id != CLUB


def bill(both: BothSides, person_id: PersonId) -> ProviderRequest:
    """A bill made in the chat, which waits for its member's address."""
    params = {
        "person_id": person_id,
        "community_id": CLUB,
        "place": f"{CHAT.platform}:{CHAT.external_id}",
        "what": "Coaching",
        "amount": 2500,
        "currency": "usd",
    }
    account, now = both.club.app.first_account.id, both.club.clock.at
    said, state = json.dumps(params), RequestState.NEEDS_EMAIL
    return ProviderRequest(RequestId("req_1"), account, "bill", "bil_1", said, state, None, 1, 0, None, now)
