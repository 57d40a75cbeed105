"""A move and its undo are whole or not at all, wherever the process dies and whatever is settled meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from payments.core.access import EffectState
from payments.flows.people import link, undo
from payments.flows.people.link import Linked
from payments.flows.settlement.settle import settle_customer
from storage.engines.postgres import PostgresTx
from storage.engines.sqlite_transaction import SqliteTx
from storage.store import SqlStore
from tests.flows.replaced_account import THIEF, asks_back, move_of
from tests.flows.two_platforms import ANN, MALLORY, open_both_sides


class Killed(Exception):
    """The process ends."""


@pytest.mark.parametrize("act", ["move", "undo", "back"])
async def test_killed_at_each_write_a_move_and_its_undo_are_whole_or_not_at_all(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """Wherever the process dies: nothing is half done, and doing it again ends right."""
    both = await open_both_sides(store)
    await both.pays("ann", ANN)
    await both.comes(MALLORY, "mallory")
    await both.comes(THIEF, "thief")
    await both.links(ANN, MALLORY)
    await both.work()
    code = await both.code(THIEF)
    seen = await link.preview(both.club.app, MALLORY, code)
    assert isinstance(seen, link.Preview)
    await link.ask(both.club.app, MALLORY, code, seen.kind)
    (question,) = await link.questions(both.club.app, THIEF)
    move = None
    if act != "move":
        assert isinstance(await link.confirm(both.club.app, THIEF, question.wish_id), Linked)
        move = await move_of(both, ANN)
    if move is not None and act == "back":
        await undo.undo(both.club.app, ANN, move.id)
        await asks_back(both, ANN)
        (question,) = await link.questions(both.club.app, MALLORY)
    kind = SqliteTx if store._database.one_process else PostgresTx
    execute: Any = kind.execute
    left = 0

    async def dying(self: Any, sql: str, *values: Any) -> int:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return int(await execute(self, sql, *values))

    async def state() -> list[object]:
        persons = [await both.person(who) for who in (ANN, MALLORY, THIEF)]
        async with both.store.transaction() as tx:
            used = await tx.entitlements.of(persons)
        return [[await both.accounts(one) for one in persons], sorted((e.id, e.beneficiary_id) for e in used)]

    for deaths in range(300):
        before = await state()
        with monkeypatch.context() as doomed:
            doomed.setattr(kind, "execute", dying)
            left = deaths
            try:
                if move is None or act == "back":
                    await link.confirm(both.club.app, THIEF if move is None else MALLORY, question.wish_id)
                else:
                    await undo.undo(both.club.app, ANN, move.id)
                break
            except Killed:
                pass
        assert await state() == before
    assert deaths > 8
    await both.settle()
    await both.work()
    assert both.has_role(ANN if move is not None else THIEF)
    assert not both.has_role(THIEF if move is not None else ANN)
    persons = {await both.person(who) for who in (ANN, MALLORY, THIEF)}
    async with both.store.transaction() as tx:
        for person_id in persons:
            for access in await tx.accesses.of([person_id]):
                effect = await tx.accesses.effect(access.person_id, access.target_id)
                assert effect is not None
                assert effect.state in (EffectState.DONE, EffectState.WAITING)


@pytest.mark.parametrize("moment", ["before", "under"])
async def test_a_settlement_during_a_move_or_its_undo_ends_right(store: SqlStore, moment: str) -> None:
    """Stripe was asked before, its answer is stored after."""
    both = await open_both_sides(store)
    await both.pays("ann", ANN, named="prs_ann")
    await both.comes(MALLORY, "mallory")
    await both.comes(THIEF, "thief")
    await both.links(ANN, MALLORY)
    await both.work()
    person_id = await both.person(ANN)
    async with both.store.transaction() as tx:
        (customer,) = await tx.customers.of_person(person_id)

    async def settles_during(change: Callable[[], Awaitable[object]]) -> None:
        await both.club.mark(customer)
        (claimed,), lease = await both.club.claim()
        if moment == "under":
            await asyncio.gather(settle_customer(both.club.app, claimed, lease), change())
        else:

            async def once() -> None:
                both.club.provider.during = None
                await change()

            both.club.provider.during = once
            await settle_customer(both.club.app, claimed, lease)
        await both.settle()
        await both.work()

    await settles_during(lambda: both.links(THIEF, MALLORY))
    assert both.has_role(THIEF)
    assert not both.has_role(ANN)
    both.club.pass_time(2_000)
    move = await move_of(both, ANN)
    await settles_during(lambda: undo.undo(both.club.app, ANN, move.id))
    assert both.has_role(ANN)
    assert not both.has_role(THIEF)
