"""An account that is replaced: its roles move at once, what it pays never does, and for three days it takes it back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from payments.core.access import EffectState
from payments.core.billing import Customer, SubscriptionStatus
from payments.core.community import Identity
from payments.core.ids import PersonId, SubscriptionId
from payments.flows.access.comps import give_comp
from payments.flows.billing import portal
from payments.flows.billing.invoice_list import bills
from payments.flows.billing.portal import NoCustomer, Renewal
from payments.flows.people import link, undo
from payments.flows.people.link import Asked, Cooldown, Linked, Unanswerable
from payments.flows.people.merge import UNDO_MS
from payments.flows.people.undo import NotUndone, Undone
from payments.flows.settlement.settle import settle_customer
from payments.flows.views.membership import of_person
from payments.ports.stores import AccountMove
from storage.engines.postgres import PostgresTx
from storage.engines.sqlite_transaction import SqliteTx
from storage.store import SqlStore
from tests.core.builders import DAY, PRO, dispute, invoice, refund, subscription
from tests.flows.club_fixture import CLUB, stripe_id
from tests.flows.two_platforms import ANN, MALLORY, TINA, BothSides, linked, on_discord, on_telegram, open_both_sides

THIEF, THIRD, NEW = on_discord("thief"), on_discord("third"), on_telegram("new")


async def robbed(both: BothSides, *, pays: bool = True, named: bool = False) -> None:
    """Ann pays. Mallory's Telegram account was linked to her, and then puts a Discord account of his in her place."""
    if pays:
        await both.pays("ann", ANN, named="prs_ann" if named else None)
    await both.comes(MALLORY, "mallory")
    await both.comes(THIEF, "thief")
    await both.links(ANN, MALLORY)
    await both.work()
    await both.links(THIEF, MALLORY)


async def move_of(both: BothSides, who: Identity) -> AccountMove:
    """What the message to the account that left carries."""
    (told,) = [p for _, kind, p in await both.club.notices() if kind == "account_left"]
    async with both.store.transaction() as tx:
        move = await tx.moves.get(str(told["move"]))
    assert move is not None
    assert move.left == who
    return move


async def renews(both: BothSides, name: str, days: int) -> None:
    """Another period was paid, and it is settled."""
    both.club.pass_time(days * DAY)
    (stripe,) = [c for c in both.club.provider.known if c.startswith(f"cus_{name}")]
    sub = next(iter(both.club.provider.known[stripe].subscriptions))
    both.club.provider.put_invoice(stripe, invoice("in_again", at=both.club.clock.at, subscription_id=sub))
    person_id = await both.person(ANN)
    async with both.store.transaction() as tx:
        found = await tx.customers.of_person(person_id)
    customer = next(c for c in found if stripe_id(c) == stripe)
    await both.club.settle(customer)
    await both.work()


async def asked_back(both: BothSides, customer: Customer, how: str, *, still: bool) -> None:
    """What was paid for Ann's first days is asked back; or not any more: the dispute is won, the refund fails."""
    if how == "disputed":
        status = "needs_response" if still else "won"
        both.club.provider.put_dispute(stripe_id(customer), dispute(status, of="in_pur_first"))
    else:
        status = "succeeded" if still else "failed"
        both.club.provider.put_refund(stripe_id(customer), refund(of="in_pur_first", status=status))
    await both.club.settle(customer)
    await both.work()


async def test_the_roles_of_an_account_that_is_replaced_move_and_nothing_it_pays_does(store: SqlStore) -> None:
    both = await open_both_sides(store)
    await robbed(both, named=True)
    await both.settle()
    await both.work()
    assert both.has_role(THIEF)
    assert not both.has_role(ANN)
    assert [i.id for i in (await bills(both.club.app, ANN)).invoices] == ["in_sub_ann"]
    assert isinstance(await portal.open_portal(both.club.app, ANN), str)
    (shown,) = await of_person(both.club.app, await both.person(ANN))
    assert shown.move is not None
    assert shown.open
    for other in (MALLORY, THIEF):
        assert (await bills(both.club.app, other)).invoices == ()
        assert await portal.open_portal(both.club.app, other) is NoCustomer.NO_CUSTOMER
        assert (await portal.standing(both.club.app, other)).pays == frozenset()
        assert await portal.resume(both.club.app, other, shown.subscription.id) is Renewal.NOT_YOURS  # type: ignore[union-attr]


async def test_a_linked_account_shares_what_is_had_and_not_how_it_is_paid(both: BothSides) -> None:
    await linked(both)
    assert isinstance(await portal.open_portal(both.club.app, ANN), str)
    assert [i.id for i in (await bills(both.club.app, ANN)).invoices] == ["in_sub_ann"]
    assert await portal.open_portal(both.club.app, TINA) is NoCustomer.NO_CUSTOMER
    assert (await bills(both.club.app, TINA)).invoices == ()
    standing = await portal.standing(both.club.app, TINA)
    assert not standing.pays
    assert standing.ends == {"sub_ann"}


async def test_whatever_is_settled_later_leaves_it_so(store: SqlStore) -> None:
    """The subscription's metadata go on naming who bought it, for ever."""
    both = await open_both_sides(store)
    await robbed(both, named=True)
    await both.work()
    await renews(both, "ann", 2)
    assert both.has_role(THIEF)
    assert not both.has_role(ANN)
    assert isinstance(await undo.undo(both.club.app, ANN, (await move_of(both, ANN)).id), Undone)
    await both.work()
    await renews(both, "ann", 1)
    assert both.has_role(ANN)
    assert not both.has_role(THIEF)


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


async def asks_back(both: BothSides, who: Identity) -> None:
    move = await move_of(both, who)
    for _ in range(2):  # a press may come twice
        assert isinstance(await link.ask_back(both.club.app, who, move.id), Asked)
    (question,) = await link.questions(both.club.app, move.kept)
    assert question.preview.back
    assert question.preview.maker.identity == who


async def put_aside(both: BothSides) -> None:
    """Ann pays; of her two accounts on Telegram, the one that an ex-partner has is replaced by her own."""
    await linked(both)
    await both.comes(NEW, "new")
    await both.links(ANN, NEW)
    await both.work()
    assert both.in_lounge(NEW)
    assert not both.in_lounge(TINA)


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


@pytest.mark.parametrize("taken", ["disputed", "refunded"])
async def test_what_is_disputed_or_refunded_moves_too_and_comes_back_to_who_has_it(store: SqlStore, taken: str) -> None:
    both = await open_both_sides(store)
    await both.comes(ANN, "ann")
    customer = await both.club.customer_of(PersonId("prs_ann"), "ann")
    await both.buys_days(customer, "first")
    await both.comes(MALLORY, "mallory")
    await both.comes(THIEF, "thief")
    await both.links(ANN, MALLORY)
    await asked_back(both, customer, taken, still=True)
    await both.links(THIEF, MALLORY)
    await both.work()
    assert not both.has_role(THIEF)
    both.club.pass_time(DAY)
    await both.buys_days(replace(customer, person_id=await both.person(ANN)), "second")
    await asked_back(both, customer, taken, still=False)
    assert both.has_role(THIEF)
    assert {name: days[0] for name, days in (await both.days(ANN)).items()} == {"pur_second": 1}


async def test_times_that_follow_upon_others_end_where_they_did_though_those_are_over(store: SqlStore) -> None:
    """Whoever stays loses no day that was paid for."""
    both = await open_both_sides(store)
    await both.comes(ANN, "ann")
    await both.comes(MALLORY, "mallory")
    await both.comes(THIEF, "thief")
    await both.buys_days(await both.club.customer_of(PersonId("prs_ann"), "ann"), "first")
    await both.links(ANN, MALLORY)
    both.club.pass_time(10 * DAY)
    mallorys = await both.club.customer_of(PersonId("prs_mallory"), "mallory")
    await both.buys_days(replace(mallorys, person_id=await both.person(MALLORY)), "second")
    both.club.pass_time(30 * DAY)
    both.forget_calls()
    await both.links(THIEF, MALLORY)
    assert await both.days(MALLORY) == {"pur_first": (0, 30), "pur_second": (30, 60)}
    await both.settle()
    await both.work()
    assert await both.days(MALLORY) == {"pur_first": (0, 30), "pur_second": (30, 60)}
    assert both.has_role(THIEF)
    assert both.in_lounge(MALLORY)
    move = await move_of(both, ANN)
    assert isinstance(await undo.undo(both.club.app, ANN, move.id), Undone)
    assert (await both.days(ANN), await both.days(MALLORY)) == ({"pur_first": (0, 30)}, {"pur_second": (10, 40)})


@pytest.mark.parametrize("given", [False, True])
async def test_what_an_account_handed_over_goes_with_it_again_once_the_two_are_linked_and_part(
    store: SqlStore, *, given: bool
) -> None:
    both = await open_both_sides(store)
    if given:
        await both.comes(THIRD, "third")
        actor, ann = await both.person(THIRD), await both.comes(ANN, "ann")
        await give_comp(both.club.app, plan_id=PRO, person_id=ann, days=None, actor=actor)
    await robbed(both, pays=not given)
    await both.work()
    both.club.pass_time(8 * DAY)
    await both.links(ANN, MALLORY)
    await both.work()
    assert both.has_role(ANN)
    assert not both.has_role(THIEF)
    await link.unlink(both.club.app, MALLORY)
    both.club.pass_time(DAY)
    await both.work()
    assert both.has_role(ANN)
    assert not both.in_lounge(MALLORY)


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


async def test_only_the_account_that_was_replaced_asks_and_within_three_days(both: BothSides) -> None:
    await robbed(both)
    move = await move_of(both, ANN)
    assert await link.ask_back(both.club.app, ANN, move.id) is Unanswerable.GONE  # it has undone nothing yet
    await undo.undo(both.club.app, ANN, move.id)
    for other in (MALLORY, THIEF, TINA):
        assert await link.ask_back(both.club.app, other, move.id) is Unanswerable.GONE
    both.club.pass_time(UNDO_MS)
    assert await link.ask_back(both.club.app, ANN, move.id) is Unanswerable.GONE


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


async def test_the_account_that_pays_buys_for_itself_and_ends_what_others_use(both: BothSides) -> None:
    await robbed(both)
    await both.work()
    assert (await portal.standing(both.club.app, ANN)).pays == {"sub_ann"}
    for other in (MALLORY, THIEF):
        assert (await portal.standing(both.club.app, other)).ends == {"sub_ann"}
    assert await portal.cancel(both.club.app, THIEF, SubscriptionId("sub_ann")) is Renewal.CANCELLED
    told = [(who, p) for who, kind, p in await both.club.notices() if kind == "cancelled_by_other"]
    assert [(who, p["account"], p["subscription"]) for who, p in told] == [(await both.person(ANN), "thief", "sub_ann")]


async def test_who_pays_is_told_of_a_cancellation_once_however_often_it_is_asked_for(both: BothSides) -> None:
    await robbed(both)
    await both.work()
    for _ in range(3):
        assert await portal.cancel(both.club.app, THIEF, SubscriptionId("sub_ann")) is Renewal.CANCELLED
        await both.settle()
        both.club.pass_time(120_000)
    assert [kind for _, kind, _ in await both.club.notices()].count("cancelled_by_other") == 1
    assert await portal.resume(both.club.app, ANN, SubscriptionId("sub_ann")) is Renewal.RESUMED
    await both.settle()
    assert await portal.cancel(both.club.app, THIEF, SubscriptionId("sub_ann")) is Renewal.CANCELLED
    assert [kind for _, kind, _ in await both.club.notices()].count("cancelled_by_other") == 2


async def test_when_it_ends_it_ends_for_who_uses_it(both: BothSides) -> None:
    await robbed(both)
    await both.work()
    person_id = await both.person(ANN)
    async with both.store.transaction() as tx:
        (customer,) = await tx.customers.of_person(person_id)
    gone = subscription(SubscriptionStatus.CANCELED, id_=SubscriptionId("sub_ann"))
    both.club.provider.put_subscription(stripe_id(customer), gone)
    await both.club.settle(customer)
    await both.work()
    assert not both.has_role(THIEF)


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
