"""For three days, an account that was replaced takes back what it brought, with one button and nobody's consent."""

from __future__ import annotations

import pytest

from payments.core.community import Identity
from payments.flows.access.comps import give_comp
from payments.flows.people import link, undo
from payments.flows.people.merge import UNDO_MS
from payments.flows.people.undo import NotUndone, Undone
from storage.store import SqlStore
from tests.core.builders import PRO
from tests.flows.replaced_account import THIEF, THIRD, move_of, robbed
from tests.flows.two_platforms import ANN, MALLORY, TINA, BothSides, open_both_sides


@pytest.mark.parametrize("delivered", [True, False])
async def test_one_button_undoes_it(store: SqlStore, *, delivered: bool) -> None:
    both = await open_both_sides(store)
    await robbed(both)
    if delivered:
        await both.work()
    both.forget_calls()
    undone = await undo.undo(both.club.app, ANN, (await move_of(both, ANN)).id)
    assert isinstance(undone, Undone)
    assert undone.beside is not None
    assert undone.beside.identity == MALLORY
    await both.settle()
    await both.work()
    assert both.has_role(ANN)
    assert not both.has_role(THIEF)
    assert not both.in_lounge(MALLORY)
    if not delivered:
        assert [call for call in both.discord.calls if call.startswith("take")] == []  # she was not a moment out
    assert await both.accounts(await both.person(ANN)) == {ANN}
    assert await both.accounts(await both.person(THIEF)) == {THIEF, MALLORY}
    (told,) = [who for who, kind, _ in await both.club.notices() if kind == "move_undone"]
    assert told == await both.person(MALLORY)


@pytest.mark.parametrize("giver", [THIRD, THIEF])
async def test_what_was_given_for_free_is_taken_back_whoever_gave_it(store: SqlStore, giver: Identity) -> None:
    """Also from an admin who took the place."""
    both = await open_both_sides(store)
    for who, name in ((ANN, "ann"), (MALLORY, "mallory"), (THIEF, "thief"), (THIRD, "third")):
        await both.comes(who, name)
    actor = await both.person(giver)
    await give_comp(both.club.app, plan_id=PRO, person_id=await both.person(ANN), days=None, actor=actor)
    await both.work()
    await both.links(ANN, MALLORY)
    await both.work()
    await both.links(THIEF, MALLORY)
    await both.work()
    assert both.has_role(THIEF)
    assert isinstance(await undo.undo(both.club.app, ANN, (await move_of(both, ANN)).id), Undone)
    await both.settle()
    await both.work()
    assert both.has_role(ANN)
    assert not both.has_role(THIEF)


async def test_what_an_account_pays_it_takes_back_even_from_one_that_has_unlinked(store: SqlStore) -> None:
    both = await open_both_sides(store)
    await robbed(both)
    await both.work()
    await link.unlink(both.club.app, MALLORY)
    await both.work()
    assert await undo.undo(both.club.app, ANN, (await move_of(both, ANN)).id) == Undone(None)
    await both.settle()
    await both.work()
    assert both.has_role(ANN)
    assert not both.in_lounge(MALLORY)
    assert await both.accounts(await both.person(ANN)) == {ANN}


async def test_it_is_undone_once_by_nobody_else_and_within_three_days(both: BothSides) -> None:
    await robbed(both)
    move = await move_of(both, ANN)
    for other in (MALLORY, THIEF, TINA):
        assert await undo.undo(both.club.app, other, move.id) is NotUndone.GONE
    assert await undo.undo(both.club.app, ANN, "mov_unknown") is NotUndone.GONE
    both.club.pass_time(UNDO_MS)
    assert await undo.undo(both.club.app, ANN, move.id) is NotUndone.LATE
    both.club.clock.at -= 1
    undone = await undo.undo(both.club.app, ANN, move.id)
    assert isinstance(undone, Undone)
    assert await undo.undo(both.club.app, ANN, move.id) == undone  # a press may come twice
    assert [kind for _, kind, _ in await both.club.notices()].count("move_undone") == 1
    both.club.clock.at += 1
    assert await undo.undo(both.club.app, ANN, move.id) is NotUndone.GONE


async def test_who_came_keeps_what_it_pays_itself(both: BothSides) -> None:
    await both.pays("ann", ANN)
    await both.comes(MALLORY, "mallory")
    await both.links(ANN, MALLORY)
    await both.pays("thief", THIEF)
    await both.links(THIEF, MALLORY)
    await both.settle()
    await both.work()
    await undo.undo(both.club.app, ANN, (await move_of(both, ANN)).id)
    await both.settle()
    await both.work()
    assert both.has_role(ANN)
    assert both.has_role(THIEF)
