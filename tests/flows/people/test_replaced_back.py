"""After an undo, an account asks to be linked again: only if the other agrees, and if nothing has changed since."""

from __future__ import annotations

import pytest

from payments.core.ids import PersonId
from payments.flows.people import link, undo
from payments.flows.people.link import Cooldown, Linked, Unanswerable
from payments.flows.people.merge import UNDO_MS
from payments.flows.people.undo import NotUndone, Undone
from storage.store import SqlStore
from tests.flows.club_fixture import CLUB
from tests.flows.replaced_account import NEW, THIEF, asks_back, move_of, put_aside, robbed
from tests.flows.two_platforms import ANN, MALLORY, TINA, BothSides, open_both_sides


@pytest.mark.parametrize("delivered", [True, False])
async def test_after_an_undo_the_two_are_linked_again_once_both_say_so(store: SqlStore, *, delivered: bool) -> None:
    both = await open_both_sides(store)
    await robbed(both)
    await undo.undo(both.club.app, ANN, (await move_of(both, ANN)).id)
    if delivered:
        await both.work()
    await asks_back(both, ANN)
    assert await both.accounts(await both.person(ANN)) == {ANN}
    done = await both.agrees(MALLORY)
    assert isinstance(done, Linked)
    assert (done.other.identity, done.leaving and done.leaving.identity) == (ANN, THIEF)
    await both.settle()
    await both.work()
    assert await both.accounts(await both.person(ANN)) == {ANN, MALLORY}
    assert await both.accounts(await both.person(THIEF)) == {THIEF}
    assert await undo.undo(both.club.app, ANN, (await move_of(both, ANN)).id) is NotUndone.GONE
    assert both.has_role(ANN)
    assert both.in_lounge(MALLORY)
    assert not both.has_role(THIEF)
    told = [who for who, kind, _ in await both.club.notices() if kind == "move_undone_for"]
    assert told == [await both.person(THIEF)]


async def test_an_account_that_paid_nothing_gets_nothing_by_undoing_before_the_other_says_yes(store: SqlStore) -> None:
    both = await open_both_sides(store)
    await put_aside(both)
    assert isinstance(await undo.undo(both.club.app, TINA, (await move_of(both, TINA)).id), Undone)
    await asks_back(both, TINA)
    await both.settle()
    await both.work()
    assert not both.in_lounge(TINA)
    assert both.in_lounge(NEW)
    assert await both.accounts(await both.person(ANN)) == {ANN, NEW}
    (question,) = await link.questions(both.club.app, ANN)
    assert await link.decline(both.club.app, ANN, question.wish_id) is None
    assert await link.confirm(both.club.app, ANN, question.wish_id) is Unanswerable.GONE
    move = await move_of(both, TINA)
    assert await link.ask_back(both.club.app, TINA, move.id) is Unanswerable.GONE
    assert not both.in_lounge(TINA)


@pytest.mark.parametrize("how", ["unlink", "admin"])
@pytest.mark.parametrize("when", ["before", "asked"])
async def test_an_undo_links_nobody_to_who_has_parted_since(store: SqlStore, how: str, when: str) -> None:
    """She put the account aside and then parted from her own other one: she is alone, and stays so."""
    both = await open_both_sides(store)
    await put_aside(both)
    move = await move_of(both, TINA)
    if when == "asked":
        assert isinstance(await undo.undo(both.club.app, TINA, move.id), Undone)
        await asks_back(both, TINA)
    async with both.store.transaction() as tx:
        asked = await tx.moves.wish_of_code(move.id)
    if how == "unlink":
        await link.unlink(both.club.app, ANN)
    else:
        parted = await undo.part(both.club.app, await both.person(ANN), CLUB, PersonId("prs_admin"))
        assert isinstance(parted, undo.Sides)
    if asked is not None:
        assert await link.confirm(both.club.app, ANN, asked.id) is Unanswerable.CHANGED
    else:
        assert await undo.undo(both.club.app, TINA, move.id) is NotUndone.GONE
    assert await link.ask_back(both.club.app, TINA, move.id) is Unanswerable.GONE
    await both.settle()
    await both.work()
    assert not both.in_lounge(TINA)
    for alone in (ANN, TINA, NEW):
        assert await both.accounts(await both.person(alone)) == {alone}


async def test_only_the_account_that_was_replaced_asks_and_within_three_days(both: BothSides) -> None:
    await robbed(both)
    move = await move_of(both, ANN)
    assert await link.ask_back(both.club.app, ANN, move.id) is Unanswerable.GONE  # it has undone nothing yet
    await undo.undo(both.club.app, ANN, move.id)
    for other in (MALLORY, THIEF, TINA):
        assert await link.ask_back(both.club.app, other, move.id) is Unanswerable.GONE
    both.club.pass_time(UNDO_MS)
    assert await link.ask_back(both.club.app, ANN, move.id) is Unanswerable.GONE


async def test_after_an_undo_the_same_trick_rests_for_a_week(both: BothSides) -> None:
    await robbed(both)
    await undo.undo(both.club.app, ANN, (await move_of(both, ANN)).id)
    for each in (ANN, THIEF, MALLORY):
        assert isinstance(await link.new_code(both.club.app, each), Cooldown)
    await asks_back(both, ANN)
    assert isinstance(await both.agrees(MALLORY), Linked)
    for each in (ANN, THIEF, MALLORY):
        assert isinstance(await link.new_code(both.club.app, each), Cooldown)


async def test_who_left_without_having_paid_gets_its_place_back_by_a_yes(both: BothSides) -> None:
    await put_aside(both)
    await undo.undo(both.club.app, TINA, (await move_of(both, TINA)).id)
    await asks_back(both, TINA)
    assert isinstance(await both.agrees(ANN), Linked)
    await both.settle()
    await both.work()
    assert both.in_lounge(TINA)
    assert not both.in_lounge(NEW)
    assert both.has_role(ANN)
    assert await both.accounts(await both.person(ANN)) == {ANN, TINA}
