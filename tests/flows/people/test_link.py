"""`/link` and `/unlink`: one person, two accounts, and nobody claims another's membership."""

from __future__ import annotations

import asyncio

from payments.core.community import Platform
from payments.flows.people import codes, link
from payments.flows.people.codes import BadCode, TooMany
from payments.flows.people.link import (
    COOLDOWN_MS,
    Cooldown,
    Linked,
    LinkKind,
    NewCode,
    NotLinkable,
    NotLinked,
    Parting,
    Preview,
)
from payments.ports.stores import CodeKind
from storage.store import SqlStore, open_store
from tests.flows.two_platforms import (
    ANN,
    MALLORY,
    TINA,
    BothSides,
    linked,
    on_discord,
    on_telegram,
    open_both_sides,
    refused,
)

# -- a code -----------------------------------------------------------------------------------------------------------


async def test_a_membership_bought_on_one_side_opens_the_other_too(both: BothSides) -> None:
    await both.pays("ann", ANN)
    await both.comes(TINA, "tina")
    assert both.has_role(ANN)
    assert not both.in_lounge(TINA)
    await both.links(ANN, TINA)
    await both.work()
    assert both.has_role(ANN)
    assert both.in_lounge(TINA)
    assert await both.person(ANN) == await both.person(TINA)


async def test_it_works_the_other_way_round_too(both: BothSides) -> None:
    await both.pays("tina", TINA)
    await both.comes(ANN, "ann")
    await both.links(ANN, TINA)
    await both.work()
    assert both.has_role(ANN)
    assert both.in_lounge(TINA)


async def test_both_accounts_are_told_each_where_it_is(both: BothSides) -> None:
    await linked(both)
    told = {str(p["only"]): p["account"] for _, kind, p in await both.club.notices() if kind == "linked"}
    assert told == {"discord": "tina", "telegram": "ann"}


async def test_who_types_a_code_reads_whose_it_is_before_anything_happens(both: BothSides) -> None:
    await both.pays("ann", ANN)
    await both.comes(TINA, "tina")
    seen = await link.preview(both.club.app, TINA, await both.code(ANN))
    assert isinstance(seen, Preview)
    assert (seen.kind, seen.maker.name, seen.maker.identity, seen.theirs) == (LinkKind.PLAIN, "ann", ANN, ("pro",))
    assert await both.person(TINA) != await both.person(ANN)


async def test_a_code_is_read_without_case_blanks_and_dashes(both: BothSides) -> None:
    await both.comes(ANN, "ann")
    await both.comes(TINA, "tina")
    code = await both.code(ANN)
    typed = f" {code.lower().replace('-', ' ')} "
    assert isinstance(await link.preview(both.club.app, TINA, typed), Preview)


async def test_a_code_is_stored_hashed_only(both: BothSides) -> None:
    await both.comes(ANN, "ann")
    code = codes.plain(await both.code(ANN))
    async with both.store.transaction() as tx:
        assert await tx.codes.get(code) is None
        stored = await tx.codes.get(codes.hash_of(CodeKind.LINK, code))
    assert stored is not None
    assert code not in stored.hash.upper()


async def test_a_deep_link_leads_to_telegram_and_none_to_discord(both: BothSides) -> None:
    await both.comes(ANN, "ann")
    await both.comes(TINA, "tina")
    made = await link.new_code(both.club.app, ANN)
    assert isinstance(made, NewCode)
    assert made.links == {Platform.TELEGRAM: f"https://t.me/guestlist_bot?start=link_{codes.plain(made.code)}"}
    there = await link.new_code(both.club.app, TINA)
    assert isinstance(there, NewCode)
    assert there.links == {Platform.DISCORD: None}


# -- nobody claims another's membership -------------------------------------------------------------------------------


async def test_a_code_that_was_used_is_good_for_nobody_else(both: BothSides) -> None:
    await both.pays("ann", ANN)
    await both.comes(TINA, "tina")
    await both.comes(MALLORY, "mallory")
    code = await both.code(ANN)
    assert isinstance(await both.says_yes(TINA, code, LinkKind.PLAIN), Linked)
    assert await refused(both, MALLORY, code) is BadCode.USED
    await both.work()
    assert not both.in_lounge(MALLORY)


async def test_a_press_that_comes_twice_reads_that_they_are_linked(both: BothSides) -> None:
    """As when the process died before it could answer, and the platform delivers the press again."""
    await both.comes(ANN, "ann")
    await both.comes(TINA, "tina")
    code = await both.code(ANN)
    assert isinstance(await both.says_yes(TINA, code, LinkKind.PLAIN), Linked)
    assert await both.says_yes(TINA, code, LinkKind.PLAIN) is NotLinkable.ALREADY


async def test_a_code_ends_after_ten_minutes_of_machine_time(both: BothSides) -> None:
    await both.comes(ANN, "ann")
    await both.comes(TINA, "tina")
    code = await both.code(ANN)
    both.club.clock.at += 90 * 86_400_000  # a jump of business time ends no code
    both.club.machine.at += codes.CODE_MS - 1
    assert isinstance(await link.preview(both.club.app, TINA, code), Preview)
    both.club.machine.at += 1
    assert await refused(both, TINA, code) is BadCode.EXPIRED


async def test_a_new_code_takes_the_place_of_the_old_one(both: BothSides) -> None:
    await both.comes(ANN, "ann")
    await both.comes(TINA, "tina")
    old = await both.code(ANN)
    new = await both.code(ANN)
    assert await refused(both, TINA, old) is BadCode.REPLACED
    assert isinstance(await link.preview(both.club.app, TINA, new), Preview)


async def test_a_code_does_not_link_the_account_that_made_it(both: BothSides) -> None:
    await both.comes(ANN, "ann")
    assert await refused(both, ANN, await both.code(ANN)) is NotLinkable.OWN


async def test_a_code_proves_nothing_on_the_platform_that_it_was_made_on(both: BothSides) -> None:
    await both.pays("ann", ANN)
    await both.comes(on_discord("eve"), "eve")
    assert await refused(both, on_discord("eve"), await both.code(ANN)) is NotLinkable.SAME_PLATFORM


async def test_accounts_that_are_linked_are_not_linked_again(both: BothSides) -> None:
    await linked(both)
    assert await refused(both, TINA, await both.code(ANN)) is NotLinkable.ALREADY


async def test_a_code_tried_a_thousand_times_is_not_even_looked_up(both: BothSides) -> None:
    await both.comes(ANN, "ann")
    await both.comes(MALLORY, "mallory")
    code = await both.code(ANN)
    guesses = [await link.preview(both.club.app, MALLORY, f"GUESS{n:03}") for n in range(1000)]
    assert guesses[:5] == [BadCode.WRONG] * 5
    assert guesses[5:] == [TooMany(codes.WINDOW_MS)] * 995
    both.club.machine.at += codes.WINDOW_MS - 1
    assert await link.preview(both.club.app, MALLORY, code) == TooMany(1)
    both.club.machine.at += 1
    assert await link.preview(both.club.app, MALLORY, code) is BadCode.EXPIRED


async def test_a_right_code_does_not_buy_more_guesses(both: BothSides) -> None:
    """A guesser could have a code of another account of its own."""
    await both.comes(ANN, "ann")
    await both.comes(MALLORY, "mallory")
    own = await both.code(ANN)
    for _ in range(5):
        assert await link.preview(both.club.app, MALLORY, "GUESS234") is BadCode.WRONG
        both.club.machine.at += 1
        if _ < 4:
            assert isinstance(await link.preview(both.club.app, MALLORY, own), Preview)
    assert isinstance(await link.preview(both.club.app, MALLORY, own), TooMany)


async def test_guesses_at_once_are_counted_one_by_one(store: SqlStore) -> None:
    both = await open_both_sides(store)
    await both.comes(MALLORY, "mallory")
    guesses = await asyncio.gather(*(link.preview(both.club.app, MALLORY, f"GUESS23{n}") for n in range(9)))
    assert sum(guess is BadCode.WRONG for guess in guesses) == codes.TRIES_MAX


async def test_a_code_used_by_two_at_once_links_one_of_them(store: SqlStore) -> None:
    both = await open_both_sides(store)
    await both.pays("ann", ANN)
    takers = [on_telegram(f"t{number}") for number in range(6)]
    for number, taker in enumerate(takers):
        await both.comes(taker, f"t{number}")
    code = await both.code(ANN)
    answers = await asyncio.gather(*(both.says_yes(taker, code, LinkKind.PLAIN) for taker in takers))
    assert sum(isinstance(answer, Linked) for answer in answers) == 1
    assert len(await both.accounts(await both.person(ANN))) == 2
    await both.work()
    assert sum(both.in_lounge(taker) for taker in takers) == 1


async def test_a_code_outlives_a_restart(store_url: str, store: SqlStore) -> None:
    both = await open_both_sides(store)
    await both.comes(ANN, "ann")
    await both.comes(TINA, "tina")
    code = await both.code(ANN)
    again = await open_store(store_url)
    try:
        both.club.app.store = again
        assert isinstance(await both.says_yes(TINA, code, LinkKind.PLAIN), Linked)
        assert await both.says_yes(MALLORY, code, LinkKind.PLAIN) is BadCode.USED
    finally:
        await again.close()


async def test_who_was_tricked_into_linking_undoes_it_and_loses_nothing(both: BothSides) -> None:
    """Tina pays; she is made to type a stranger's code. `/unlink` gives everybody what was paid with them."""
    await both.pays("tina", TINA)
    stranger = on_discord("stranger")
    await both.comes(stranger, "stranger")
    await both.links(stranger, TINA)
    await both.work()
    assert both.has_role(stranger)
    both.forget_calls()
    assert isinstance(await link.unlink(both.club.app, TINA), Parting)
    await both.settle()
    await both.work()
    assert both.in_lounge(TINA)
    assert not both.has_role(stranger)
    assert both.changes == ["take user-stranger role-tgt_vip"]


async def test_the_stranger_can_not_unlink_away_what_another_paid(both: BothSides) -> None:
    await both.pays("tina", TINA)
    stranger = on_discord("stranger")
    await both.comes(stranger, "stranger")
    await both.links(stranger, TINA)
    await link.unlink(both.club.app, stranger)
    await both.settle()
    await both.work()
    assert both.in_lounge(TINA)
    assert not both.has_role(stranger)


# -- unlinking --------------------------------------------------------------------------------------------------------


async def test_unlinking_says_what_stays_where_and_takes_it_from_the_other(both: BothSides) -> None:
    await linked(both)
    parting = await link.preview_unlink(both.club.app, TINA)
    assert isinstance(parting, Parting)
    assert (parting.own.name, parting.other.name) == ("tina", "ann")
    assert (parting.mine, parting.theirs) == ((), ("pro",))
    assert both.in_lounge(TINA)
    assert isinstance(await link.unlink(both.club.app, TINA), Parting)
    await both.settle()
    await both.work()
    assert both.has_role(ANN)
    assert not both.in_lounge(TINA)
    assert await both.person(ANN) != await both.person(TINA)


async def test_it_comes_to_the_same_from_either_account(both: BothSides) -> None:
    await linked(both)
    parting = await link.unlink(both.club.app, ANN)
    assert isinstance(parting, Parting)
    assert (parting.mine, parting.theirs) == (("pro",), ())
    await both.settle()
    await both.work()
    assert both.has_role(ANN)
    assert not both.in_lounge(TINA)


async def test_who_is_linked_to_nothing_has_nothing_to_unlink(both: BothSides) -> None:
    assert await link.unlink(both.club.app, ANN) is NotLinked.NOT_LINKED
    await both.comes(ANN, "ann")
    assert await link.unlink(both.club.app, ANN) is NotLinked.NOT_LINKED
    await linked(both)
    await link.unlink(both.club.app, ANN)
    assert await link.unlink(both.club.app, ANN) is NotLinked.NOT_LINKED


async def test_a_membership_is_not_passed_around(both: BothSides) -> None:
    """For a week neither the person nor the account that left links anything."""
    await linked(both)
    await link.unlink(both.club.app, TINA)
    until = both.club.clock.at + COOLDOWN_MS
    await both.comes(MALLORY, "mallory")
    await both.comes(on_discord("dave"), "dave")
    made = await both.code(MALLORY)
    assert await link.new_code(both.club.app, ANN) == Cooldown(until)  # no code that is good for nothing
    assert await refused(both, ANN, made) == Cooldown(until)  # the person's next account
    assert await refused(both, TINA, await both.code(on_discord("dave"))) == Cooldown(
        until
    )  # the account's next person
    both.club.pass_time(COOLDOWN_MS)
    assert isinstance(await link.preview(both.club.app, MALLORY, await both.code(ANN)), Preview)


async def test_they_can_be_linked_again_after_a_week(both: BothSides) -> None:
    await linked(both)
    await link.unlink(both.club.app, TINA)
    await both.settle()
    await both.work()
    both.club.pass_time(COOLDOWN_MS)
    await both.links(TINA, ANN)
    await both.work()
    assert both.has_role(ANN)
    assert both.in_lounge(TINA)
