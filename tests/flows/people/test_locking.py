"""Who waits for persons looks again, once they are locked, whether it is still they: an account, what it uses or a free
membership may be another person's by then, and nobody has locked them (invariant 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from payments.core.access import Source
from payments.core.ids import PersonId
from payments.flows.access.comps import end_comp, give_comp
from payments.flows.people import link, merge, undo
from payments.flows.people.link import Linked
from payments.flows.people.undo import Sides, Undone
from payments.ports.stores import PersonsMerged
from tests.core.builders import DAY, PRO
from tests.flows.club_fixture import CLUB
from tests.flows.server import Server
from tests.flows.two_platforms import ANN, LOUNGE, MALLORY, TINA, BothSides, linked, on_discord, on_telegram

NEW, NEWER, DORA = on_telegram("new"), on_telegram("newer"), on_discord("dora")
ADMIN = PersonId("prs_mallory")

Act = Callable[[BothSides], Awaitable[object]]


async def parted_meanwhile(both: BothSides, server: Server, person_id: PersonId, act: Act) -> None:
    """A person's accounts part while the act waits for that person; then it is begun again."""
    async with both.store.transaction() as tx:
        await tx.identities.lock([person_id])
        acting = asyncio.ensure_future(act(both))
        await server.waits(acting)
        await merge.unmerge(both.club.app, tx, person_id)
    with pytest.raises(PersonsMerged):
        await acting


async def replaced(both: BothSides) -> None:
    """Tina, who pays, was linked to Ann and then replaced by another account, as whose person Ann goes on."""
    await both.pays("tina", TINA)
    await both.comes(ANN, "ann")
    await both.links(ANN, TINA)
    await both.club.customer_of(await both.comes(NEW, "new"), "new")
    await both.links(ANN, NEW)
    await both.work()
    assert await both.person(ANN) == "prs_new"


async def undoes(both: BothSides) -> object:
    async with both.store.transaction() as tx:
        (move,) = await tx.moves.of_person(PersonId("prs_tina"))
    return await undo.undo(both.club.app, TINA, move.id)


async def parts(both: BothSides) -> object:
    return await undo.part(both.club.app, PersonId("prs_tina"), CLUB, ADMIN)


@pytest.mark.parametrize("act", [undoes, parts])
async def test_what_is_taken_back_is_taken_from_who_has_it_by_then(
    postgres_both: BothSides, server: Server, act: Act
) -> None:
    both = postgres_both
    await replaced(both)
    await parted_meanwhile(both, server, PersonId("prs_new"), act)
    assert await both.person(ANN) == "prs_ann"
    async with both.store.transaction() as tx:
        assert len(await tx.entitlements.of([PersonId("prs_ann")])) == 1
    assert isinstance(await act(both), Undone | Sides)
    assert await both.club.inside("tina", LOUNGE)
    assert not await both.club.inside("ann")


async def test_a_link_takes_nothing_from_somebody_who_is_another_person_by_then(
    postgres_both: BothSides, server: Server
) -> None:
    """Tina could not be put out yet for the account that took her place, and has been linked to Dora since."""
    both = postgres_both
    await linked(both)
    await both.comes(NEW, "new")
    await both.links(ANN, NEW)
    both.club.pass_time(8 * DAY)
    await both.club.customer_of(await both.comes(DORA, "dora"), "dora")
    await both.links(DORA, TINA)
    anns = await both.person(ANN)
    held = await both.access(anns, LOUNGE)
    assert held is not None
    assert held.user_id == TINA.user_id
    await both.comes(NEWER, "newer")
    code = await both.code(ANN)
    seen = await link.preview(both.club.app, NEWER, code)
    assert isinstance(seen, link.Preview)
    await link.ask(both.club.app, NEWER, code, seen.kind)
    await parted_meanwhile(both, server, PersonId("prs_dora"), lambda both: both.agrees(ANN))
    assert isinstance(await both.agrees(ANN), Linked)


async def test_a_free_membership_ends_for_who_has_it_by_then(postgres_both: BothSides, server: Server) -> None:
    both, app = postgres_both, postgres_both.club.app
    await both.comes(MALLORY, "mallory")
    await both.comes(ANN, "ann")
    await both.club.customer_of(await both.comes(TINA, "tina"), "tina")
    comp = await give_comp(app, plan_id=PRO, person_id=PersonId("prs_ann"), days=None, actor=ADMIN)
    await both.links(ANN, TINA)
    assert await both.person(ANN) == "prs_tina"

    async def ends(_both: BothSides) -> object:
        return await end_comp(app, source_id=comp.source_id, community_id=CLUB, actor=ADMIN)

    await parted_meanwhile(both, server, PersonId("prs_tina"), ends)
    assert await ends(both) is not None
    async with both.store.transaction() as tx:
        (over,) = await tx.entitlements.of([PersonId("prs_ann")])
    assert over.source is Source.COMP
    assert not over.opens(both.club.clock.at)
