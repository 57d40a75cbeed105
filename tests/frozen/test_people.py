"""Linked and replaced accounts, and places that ask to join, go on where a released version left them."""

from __future__ import annotations

from payments.core.community import Identity
from payments.flows.communities import connect as connecting
from payments.flows.communities.connect import Joined
from payments.flows.people import link as linking
from payments.flows.people import undo as undoing
from payments.flows.people.link import Linked, Parting
from payments.flows.people.undo import Undone
from tests.flows.two_platforms import ANN, LOUNGE, TINA, BothSides, on_discord, on_telegram
from tests.frozen.neighbours import SIDS, TOM, TOMS
from tests.frozen.steps import catch_up, has


async def test_a_linked_pair_unlinks_and_each_keeps_what_it_pays_for(frozen: BothSides) -> None:
    assert frozen.has_role(ANN)
    assert frozen.in_lounge(TINA)
    assert isinstance(await linking.unlink(frozen.club.app, ANN), Parting)
    await catch_up(frozen)
    assert frozen.has_role(ANN)
    assert not frozen.in_lounge(TINA)
    assert await frozen.person(ANN) != await frozen.person(TINA)
    taken = await frozen.access(await frozen.person(TINA), LOUNGE)
    assert taken is None or not (taken.wanted or taken.applied)


async def test_when_two_who_both_pay_unlink_each_keeps_their_own(frozen: BothSides) -> None:
    leni, lea = on_telegram("leni"), on_discord("lea")
    assert await frozen.person(leni) == await frozen.person(lea)
    assert has(frozen, "lea"), "Leni's plan opens a role, too"
    assert isinstance(await linking.unlink(frozen.club.app, lea), Parting)
    await catch_up(frozen)
    assert frozen.in_lounge(leni)
    assert not has(frozen, "lea")
    assert has(frozen, "lea", "role-tgt_bar")


async def test_an_account_that_was_replaced_takes_back_what_it_pays_for(frozen: BothSides) -> None:
    kim, kit = on_discord("kim"), on_discord("kit")
    assert frozen.has_role(kit)
    assert not frozen.has_role(kim)
    await undo(frozen, kim)
    assert frozen.has_role(kim)
    assert not frozen.has_role(kit)


async def undo(both: BothSides, who: Identity) -> None:
    async with both.store.transaction() as tx:
        person_id = await tx.identities.of(who)
        assert person_id is not None
        (move,) = await tx.moves.of_person(person_id)
    assert isinstance(await undoing.undo(both.club.app, who, move.id), Undone)
    await catch_up(both)


async def test_an_account_that_was_being_replaced_is_out_before_the_other_is_in(frozen: BothSides) -> None:
    assert frozen.in_lounge(on_telegram("ned"))
    await frozen.work()
    hers = [change for change in frozen.changes if "tg-ne" in change]
    assert hers == ["take tg-ned -200", "give tg-nell -200"]


async def test_a_link_that_waits_for_a_yes_is_made(frozen: BothSides) -> None:
    gus, gia = on_telegram("gus"), on_discord("gia")
    (question,) = await linking.questions(frozen.club.app, gus)
    assert isinstance(await linking.confirm(frozen.club.app, gus, question.wish_id), Linked)
    assert await frozen.accounts(await frozen.person(gus)) == {gus, gia}


async def test_a_place_that_waits_for_an_answer_joins(frozen: BothSides) -> None:
    async with frozen.store.transaction() as tx:
        (wish,) = await tx.codes.joinings(TOMS, frozen.club.machine.at)
    answered = await connecting.answer(frozen.club.app, TOM, wish.id, yes=True)
    assert isinstance(answered, Joined), answered
    async with frozen.store.transaction() as tx:
        assert await tx.communities.at(SIDS) == await tx.communities.at(TOMS)
