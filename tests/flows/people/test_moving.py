"""An account that takes the place of another on the same platform: the old one is out first, and nothing is stolen."""

from __future__ import annotations

from payments.core.community import Platform
from payments.flows.access.outcomes import Delivery
from payments.flows.people import link
from payments.flows.people.link import Cooldown, LinkKind, NotLinkable, Preview
from payments.ports.chat import Failed
from tests.core.builders import VIP
from tests.flows.two_platforms import ANN, LOUNGE, MALLORY, TINA, BothSides, linked, on_discord, on_telegram, refused


async def test_the_old_account_is_put_out_before_the_new_one_is_let_in(both: BothSides) -> None:
    await linked(both)
    new = on_telegram("tina2")
    await both.comes(new, "tina2")
    seen = await link.preview(both.club.app, new, await both.code(ANN))
    assert isinstance(seen, Preview)
    assert seen.kind is LinkKind.MOVE
    assert seen.leaving is not None
    assert seen.leaving.identity == TINA
    both.forget_calls()
    await both.links(ANN, new)
    await both.work()
    assert both.changes == ["take tg-tina -200", "give tg-tina2 -200"]
    assert await both.accounts(await both.person(ANN)) == {ANN, new}
    assert both.has_role(ANN)
    assert [kind for who, kind, _ in await both.club.notices() if who == await both.person(TINA)] == ["account_left"]


async def test_while_the_old_account_can_not_be_put_out_the_new_one_waits(both: BothSides) -> None:
    await linked(both)
    new = on_telegram("tina2")
    await both.comes(new, "tina2")
    await both.links(ANN, new)
    both.telegram.answers = [Failed("500")]
    assert Delivery.FAILED in await both.work()
    assert both.in_lounge(TINA)
    assert not both.in_lounge(new)
    both.club.pass_time(60_000)
    await both.work()
    assert not both.in_lounge(TINA)
    assert both.in_lounge(new)


async def test_an_old_account_that_has_left_the_chat_is_out(both: BothSides) -> None:
    await linked(both)
    new = on_telegram("tina2")
    await both.comes(new, "tina2")
    del both.telegram.servers["-200"].members["tg-tina"]
    await both.links(ANN, new)
    await both.work()
    assert both.in_lounge(new)


async def test_what_the_old_account_had_before_us_it_keeps(both: BothSides) -> None:
    await both.pays("ann", ANN)
    await both.comes(TINA, "tina")
    both.telegram.servers["-200"].members["tg-tina"].add("-200")  # an admin let her in by hand
    await both.links(ANN, TINA)
    await both.work()
    new = on_telegram("tina2")
    await both.comes(new, "tina2")
    await both.links(ANN, new)
    await both.work()
    assert both.in_lounge(TINA)
    assert both.in_lounge(new)


async def test_the_new_account_loses_it_with_the_membership(both: BothSides) -> None:
    await linked(both)
    new = on_telegram("tina2")
    await both.comes(new, "tina2")
    await both.links(ANN, new)
    await both.work()
    person = await both.person(ANN)
    async with both.store.transaction() as tx:
        (customer,) = await tx.customers.of_person(person)
    await both.ends(customer, "ann")
    await both.work()
    assert not both.in_lounge(new)
    assert not both.has_role(ANN)


async def test_a_membership_that_ends_in_the_middle_of_a_move_ends_for_the_old_account(both: BothSides) -> None:
    await linked(both)
    new = on_telegram("tina2")
    await both.comes(new, "tina2")
    await both.links(ANN, new)
    person = await both.person(ANN)
    async with both.store.transaction() as tx:
        (customer,) = await tx.customers.of_person(person)
    await both.ends(customer, "ann")
    await both.work()
    assert not both.in_lounge(TINA)
    assert not both.in_lounge(new)


async def test_the_old_account_buys_for_itself_while_it_is_being_put_out(both: BothSides) -> None:
    """It is not taken for somebody who was there before us: what was the other's gift is taken first."""
    await linked(both)
    new = on_telegram("tina2")
    await both.comes(new, "tina2")
    await both.links(ANN, new)
    old = await both.person(TINA)
    customer = await both.club.customer_of(old, "tina")
    both.telegram.answers = [Failed("500")]
    await both.club.settle()
    await both.work()
    await both.buys(customer, "tina")
    both.club.pass_time(60_000)
    await both.work()
    both.club.pass_time(60_000)
    await both.work()
    assert both.in_lounge(TINA)
    assert both.in_lounge(new)
    access = await both.access(old, LOUNGE)
    assert access is not None
    assert access.held_before is False


async def test_an_account_that_pays_itself_comes_in_the_place_of_another_without_a_moment_out(both: BothSides) -> None:
    """Both are in the chat: the one that goes is put out, the one that comes is not touched."""
    await linked(both)
    new = on_telegram("tom")
    await both.pays("tom", new)
    both.forget_calls()
    done = await both.links(ANN, new)
    assert [twice.plan.name for twice in done.twice] == ["pro"]
    await both.settle()
    both.club.pass_time(2_000)
    await both.work()
    assert both.changes == ["take tg-tina -200"]
    assert both.in_lounge(new)
    assert both.has_role(ANN)


async def test_a_move_takes_a_week_of_rest_too(both: BothSides) -> None:
    await linked(both)
    await both.comes(on_telegram("tina2"), "tina2")
    await both.comes(on_telegram("tina3"), "tina3")
    await both.links(ANN, on_telegram("tina2"))
    assert isinstance(await link.new_code(both.club.app, ANN), Cooldown)
    assert isinstance(await refused(both, ANN, await both.code(on_telegram("tina3"))), Cooldown)


async def test_a_move_that_was_a_trick_is_undone_by_unlinking(both: BothSides) -> None:
    """What was paid stays with the account that confirmed the move, not with the one that came by it."""
    await linked(both)
    await both.comes(MALLORY, "mallory")
    await both.links(ANN, MALLORY)
    await both.work()
    await link.unlink(both.club.app, ANN)
    await both.settle()
    await both.work()
    assert both.has_role(ANN)
    assert not both.in_lounge(MALLORY)


async def test_two_who_each_have_two_accounts_unlink_first(both: BothSides) -> None:
    await linked(both)
    await both.comes(on_discord("bob"), "bob")
    await both.comes(on_telegram("bo"), "bo")
    await both.links(on_discord("bob"), on_telegram("bo"))
    assert await refused(both, on_telegram("bo"), await both.code(ANN)) is NotLinkable.BOTH_FULL


async def test_what_was_shown_and_has_changed_is_shown_again(both: BothSides) -> None:
    """Between reading and confirming the maker linked another account: now it would be a move."""
    await both.pays("ann", ANN)
    await both.comes(TINA, "tina")
    await both.comes(MALLORY, "mallory")
    first = await both.code(ANN)
    seen = await link.preview(both.club.app, MALLORY, first)
    assert isinstance(seen, Preview)
    code = await both.code(TINA)
    await both.says_yes(ANN, code, LinkKind.PLAIN)
    again = await both.says_yes(MALLORY, first, seen.kind)
    assert isinstance(again, Preview)
    assert again.kind is LinkKind.MOVE
    assert await both.accounts(await both.person(ANN)) == {ANN, TINA}
    assert Platform.TELEGRAM in {a.platform for a in await both.accounts(await both.person(MALLORY))}
    assert await both.access(await both.person(MALLORY), VIP) is None
