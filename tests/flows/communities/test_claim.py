"""Claiming a place: one code, one place, in one commit, whoever tries at once and wherever it dies (invariant 18)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from payments.core.changes import load
from payments.core.community import Identity, Place, Platform
from payments.core.rights import Rank, TeamKind
from payments.flows.communities import claim as places
from payments.flows.communities.claim import CLAIM_MS, BadClaim, Claimed, Held, Served
from payments.flows.runtime.places import find_served
from payments.flows.runtime.unclaimed import GREETED_EVERY_MS, KNOWN_MAX, UNCLAIMED_MAX, Unclaimed
from payments.ports.chat import Message
from storage.engines.postgres import PostgresTx
from storage.engines.sqlite_transaction import SqliteTx
from storage.store import SqlStore
from tests.fakes.chats import FakeChats
from tests.fakes.platform import FakePlatform, FakeServer
from tests.flows.club_fixture import PLACE, Club, open_club

DEN, CELLAR = Place(Platform.DISCORD, "den"), Place(Platform.TELEGRAM, "-100")
EVE, OLGA, TOM = Identity(Platform.DISCORD, "eve"), Identity(Platform.TELEGRAM, "7"), Identity(Platform.TELEGRAM, "8")
QUARTER_MS = 15 * 60_000


Claiming = Callable[[Club, str, Place], Awaitable[Claimed | Served | BadClaim]]


class Killed(BaseException):
    """The process is gone."""


async def redeem(club: Club, code: str, place: Place = DEN, who: Identity = EVE) -> Claimed | Served | BadClaim:
    return await places.redeem(club.app, code, who, "Eve", "en", place, "Eve's den")


async def held(club: Club, code: str, place: Place = CELLAR) -> Claimed | Served | BadClaim:
    """Olga holds a code, and brings the bot to her chat."""
    await places.hold(club.app, code, OLGA, "Olga", "de")
    async with club.app.store.transaction() as tx:
        claim = await tx.claims.get(places.hash_of(code))
    assert claim is not None
    return await places.redeem_held(club.app, claim, OLGA, "Olga", "de", place, "Olgas Keller")


async def code_of(club: Club) -> str:
    return await places.new_code(club.app.store, club.app.machine.now())


async def test_whoever_redeems_a_code_is_owner_and_contact(club: Club) -> None:
    assert not await find_served(club.app, [DEN])
    claimed = await redeem(club, await code_of(club))
    assert isinstance(claimed, Claimed)
    assert await find_served(club.app, [DEN, PLACE]) == {DEN, PLACE}
    async with club.app.store.transaction() as tx:
        (owner,) = await tx.team.of(claimed.community.id)
        assert (owner.rank, owner.subject_id) == (Rank.OWNER, "eve")
        assert claimed.community.contact_id == await tx.identities.of(EVE)


async def test_a_place_that_is_served_no_longer_keeps_its_community_when_it_is_claimed_again(club: Club) -> None:
    async with club.app.store.transaction() as tx:
        before = await tx.communities.at(PLACE)
        await tx.communities.serve(PLACE, served=False)
    claimed = await redeem(club, await code_of(club), PLACE)
    assert before is not None
    assert isinstance(claimed, Claimed)
    assert claimed.community.id == before.id
    assert await find_served(club.app, [PLACE])


async def test_a_former_team_stays_only_in_other_places_that_are_served(club: Club) -> None:
    mallory = Identity(Platform.DISCORD, "mallory")
    claimed = await redeem(club, await code_of(club), who=mallory)
    assert isinstance(claimed, Claimed)
    async with club.app.store.transaction() as tx:
        await tx.communities.add(claimed.community, CELLAR, "Cellar")  # another place of theirs, served all along
        await tx.communities.serve(CELLAR, served=True)
        (owner,) = await tx.team.of(claimed.community.id)
        await tx.team.put(replace(owner, subject_id="max", name="Max", rank=Rank.MANAGER))
        there = replace(owner, platform=Platform.TELEGRAM, subject_id="9", place_id=CELLAR.external_id, name="Tina")
        await tx.team.put(there)
        await tx.communities.serve(DEN, served=False)
    club.clock.at += 1  # so that the audit's newest line is this one's
    again = await redeem(club, await code_of(club))
    async with club.app.store.transaction() as tx:
        team = {entry.subject_id for entry in await tx.team.of(claimed.community.id)}
        assert isinstance(again, Claimed)
        (owner,) = await tx.team.of(again.community.id)
        (line,) = await tx.audit_log.acts(again.community.id, 10)
    assert team == {"9"}
    assert owner.subject_id == "eve"
    assert load(line.changes or "")["team"] == (("Eve", "Max"), ("Eve",))  # whoever redeems is called Eve here


async def test_a_place_that_is_served_is_not_claimed_again_and_the_code_stays_good(store: SqlStore) -> None:
    club = await open_club(store)
    claimed = await redeem(club, await code_of(club))
    assert isinstance(claimed, Claimed)
    code = await code_of(club)
    mallory = Identity(Platform.DISCORD, "mallory")
    assert await places.redeem(club.app, code, mallory, "Mallory", "en", DEN, "Den") == Served("Eve")
    async with club.app.store.transaction() as tx:
        assert [entry.subject_id for entry in await tx.team.of(claimed.community.id)] == ["eve"]
    assert isinstance(await redeem(club, code, CELLAR, OLGA), Claimed)


async def test_codes_that_are_wrong_old_or_used_claim_nothing(club: Club) -> None:
    code, old = await code_of(club), await code_of(club)
    club.machine.at += CLAIM_MS - 1
    assert await redeem(club, "AAAA-AAAA-AAAA-AAAA") is BadClaim.WRONG
    assert isinstance(await redeem(club, code), Claimed)
    assert await redeem(club, code, CELLAR, OLGA) is BadClaim.USED
    club.machine.at += 1
    assert await redeem(club, old, CELLAR, OLGA) is BadClaim.EXPIRED
    assert await find_served(club.app, [CELLAR]) == frozenset()


async def test_of_many_who_use_one_code_at_once_one_has_its_place_served(store: SqlStore) -> None:
    club = await open_club(store)
    code = await code_of(club)
    dens = [Place(Platform.DISCORD, f"den-{n}") for n in range(6)]
    told = await asyncio.gather(*(redeem(club, code, den) for den in dens))
    assert sum(isinstance(one, Claimed) for one in told) == 1
    assert len(await find_served(club.app, dens)) == 1


@pytest.mark.parametrize(("place", "claim", "told"), [(DEN, redeem, []), (CELLAR, held, ["claimed"])])
async def test_killed_at_each_write_a_claim_is_whole_or_not_made(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, place: Place, claim: Claiming, told: list[str]
) -> None:
    club = await open_club(store)
    code = await code_of(club)
    kind: Any = PostgresTx if store.shared else SqliteTx
    execute, left = kind.execute, 0

    async def dying(self: Any, sql: str, *values: Any) -> int:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return int(await execute(self, sql, *values))

    deaths = 0
    for deaths in range(50):
        with monkeypatch.context() as doomed:
            doomed.setattr(kind, "execute", dying)
            left = deaths
            try:
                await claim(club, code, place)
                break
            except Killed:
                pass
        assert not await find_served(club.app, [place])
        assert await club.notices() == []
        async with store.transaction() as tx:
            assert await tx.communities.at(place) is None
    assert deaths >= 5
    assert await find_served(club.app, [place])
    assert [kind for _, kind, _ in await club.notices()] == told


async def test_a_code_that_one_account_holds_is_good_for_no_other(club: Club) -> None:
    code = await code_of(club)
    assert isinstance(await places.hold(club.app, code, OLGA, "Olga", "en"), Held)
    assert isinstance(await places.hold(club.app, code, OLGA, "Olga", "en"), Held)
    assert await places.hold(club.app, code, TOM, "Tom", "en") is BadClaim.USED
    assert await redeem(club, code, DEN, EVE) is BadClaim.USED
    assert isinstance(await redeem(club, code, CELLAR, OLGA), Claimed)


async def test_whoever_held_a_code_is_told_once_and_on_that_account_alone_what_it_did(any_club: Club) -> None:
    code = await code_of(any_club)
    claimed = await held(any_club, code)
    assert isinstance(claimed, Claimed)
    assert await held(any_club, code) == Served("Olga")
    news = ("claimed", {"place": "Olgas Keller", "only": "telegram"})
    assert await any_club.notices() == [(claimed.community.contact_id, *news)]
    assert "notices" in any_club.woken


async def test_whoever_typed_the_code_where_it_counts_is_answered_and_told_no_second_time(any_club: Club) -> None:
    assert isinstance(await redeem(any_club, await code_of(any_club)), Claimed)
    any_club.app.unclaimed.meet(CELLAR, "Cellar", any_club.clock.at, "7")
    assert isinstance(await places.hold(any_club.app, await code_of(any_club), OLGA, "Olga", "en"), Claimed)
    assert await any_club.notices() == []


async def test_a_code_that_is_sent_again_because_no_answer_came_gets_the_same_one(any_club: Club) -> None:
    code, other = await code_of(any_club), await code_of(any_club)
    claimed = await redeem(any_club, code)
    assert isinstance(claimed, Claimed)
    any_club.machine.at += CLAIM_MS
    assert await redeem(any_club, code) == claimed
    assert await redeem(any_club, code, CELLAR) is BadClaim.USED
    assert await redeem(any_club, code, who=replace(EVE, user_id="mallory")) is BadClaim.USED
    any_club.machine.at -= CLAIM_MS
    any_club.app.unclaimed.meet(CELLAR, "Cellar", any_club.clock.at, "7")
    there = await places.hold(any_club.app, other, OLGA, "Olga", "en")
    assert isinstance(there, Claimed)
    assert any_club.app.unclaimed.brought_by("7") == []  # as in a process that was started again
    assert await places.hold(any_club.app, other, OLGA, "Olga", "en") == there


async def test_a_code_is_answered_again_only_while_its_account_owns_the_place_and_that_is_served(club: Club) -> None:
    lost, stopped = await code_of(club), await code_of(club)
    claimed = await redeem(club, lost)
    assert isinstance(claimed, Claimed)
    assert isinstance(await redeem(club, stopped, CELLAR, OLGA), Claimed)
    async with club.app.store.transaction() as tx:
        await tx.team.remove(claimed.community.id, EVE.platform, TeamKind.ACCOUNT, EVE.user_id)
        await tx.communities.serve(CELLAR, served=False)
    assert await redeem(club, lost) is BadClaim.USED
    assert await redeem(club, stopped, CELLAR, OLGA) is BadClaim.USED


async def test_a_void_code_claims_nothing_and_a_used_one_is_not_void(club: Club) -> None:
    code, used = await code_of(club), await code_of(club)
    assert await places.void(club.app, [code])
    assert not await places.void(club.app, [code])
    assert await redeem(club, code) is BadClaim.WRONG
    await redeem(club, used)
    assert not await places.void(club.app, [used])


async def test_every_code_in_a_text_that_others_read_is_void(any_club: Club) -> None:
    one, other, kept = [await code_of(any_club) for _ in range(3)]
    texts = [f"/claim{one}", f"or was it ({other.lower().replace('-', '**-**')})thanks"]
    assert await places.void(any_club.app, ["ABCD " * 200, *texts])
    assert await redeem(any_club, one) is BadClaim.WRONG
    assert await redeem(any_club, other) is BadClaim.WRONG
    assert not await places.void(any_club.app, ["AAAA " * 1_000])
    assert isinstance(await redeem(any_club, kept), Claimed)


async def test_an_unclaimed_place_is_left_when_its_time_is_over(club: Club) -> None:
    platform = FakePlatform()
    platform.servers[DEN.external_id] = FakeServer()
    club.app.platforms = {Platform.DISCORD: platform}
    club.app.unclaimed.meet(DEN, "Den", club.app.business.now())
    club.clock.at += QUARTER_MS - 1
    assert await places.leave_unclaimed(club.app, "Bye.") == 0
    club.clock.at += 1
    assert await places.leave_unclaimed(club.app, "Bye.") == 1
    assert not platform.servers[DEN.external_id].bot_inside
    assert await places.leave_unclaimed(club.app, "Bye.") == 0


async def test_a_place_that_was_claimed_at_the_last_moment_is_not_left(club: Club) -> None:
    platform = FakePlatform()
    platform.servers[DEN.external_id] = FakeServer()
    club.app.platforms = {Platform.DISCORD: platform}
    await redeem(club, await code_of(club))
    club.app.unclaimed.meet(DEN, "Den", club.app.business.now())
    club.clock.at += QUARTER_MS
    assert await places.leave_unclaimed(club.app, "Bye.") == 0
    assert platform.servers[DEN.external_id].bot_inside


async def test_while_the_platform_is_away_a_place_is_left_later(club: Club) -> None:
    platform = FakePlatform()
    platform.servers[DEN.external_id] = FakeServer()
    club.app.platforms = {Platform.DISCORD: platform}
    club.app.unclaimed.meet(DEN, "Den", club.app.business.now())
    club.clock.at += QUARTER_MS
    platform.ready = False
    assert await places.leave_unclaimed(club.app, "Bye.") == 0
    platform.ready = True
    assert await places.leave_unclaimed(club.app, "Bye.") == 1


async def test_whoever_brings_the_bot_somewhere_is_told_in_private_how_it_is_served_and_not_again_and_again(
    club: Club,
) -> None:
    chats = FakeChats()
    club.app.platforms = {Platform.TELEGRAM: chats}
    met = club.app.unclaimed

    async def greets() -> None:
        await places.greet(club.app, lambda visit: Message(f"{visit.name} {visit.locale}"))

    met.meet(CELLAR, "Cellar", club.clock.at, "7", "de")
    met.meet(DEN, "Den", club.clock.at)  # nobody knows who added it there
    await greets()
    await greets()
    assert chats.messages == {"7": [Message("Cellar de")]}
    met.forget(CELLAR)
    met.meet(CELLAR, "Cellar", club.clock.at + 1, "7", "de")
    met.meet(Place(Platform.TELEGRAM, "-200"), "Attic", club.clock.at + 1, "8")
    met.forget(Place(Platform.TELEGRAM, "-200"))  # claimed, or left
    await greets()
    assert chats.messages == {"7": [Message("Cellar de")]}
    met.forget(CELLAR)
    met.meet(CELLAR, "Cellar", club.clock.at + GREETED_EVERY_MS, "7", "de")
    await greets()
    assert len(chats.messages["7"]) == 2


def test_strangers_can_not_fill_the_list_of_unclaimed_places() -> None:
    met = Unclaimed()
    for n in range(UNCLAIMED_MAX + 10):
        met.meet(Place(Platform.TELEGRAM, f"-{n}"), "!", n)
    assert [visit.place.external_id for visit in met.due(UNCLAIMED_MAX, QUARTER_MS)] == [f"-{n}" for n in range(10)]


def test_the_chat_that_an_account_brought_the_bot_to_last_stands_last() -> None:
    met, there, elsewhere = Unclaimed(), Place(Platform.TELEGRAM, "-1"), Place(Platform.TELEGRAM, "-2")
    met.meet(there, "There", 1, "7")
    met.meet(elsewhere, "Elsewhere", 2, "7")
    met.meet(there, "There", 3, "8")
    met.meet(there, "There", 4, "7")
    assert [visit.place for visit in met.brought_by("7")] == [elsewhere, there]


def test_what_one_process_meets_another_hears_of_and_nothing_else_is_taken_for_it() -> None:
    here, there = Unclaimed(), Unclaimed()
    here.meet(DEN, "Den with a space", 1_000, "666")
    visit = here.of(DEN)
    assert visit is not None
    assert there.hear(visit.word())
    assert there.of(DEN) == visit
    assert not there.hear("customers")
    assert not there.hear("effects telegram")


def test_a_process_that_leaves_no_place_remembers_no_more_than_so_many() -> None:
    here = Unclaimed()
    for number in range(KNOWN_MAX + 5):
        here.meet(Place(Platform.TELEGRAM, str(-number)), "!", 0)
    assert here.waiting == KNOWN_MAX
    assert here.of(Place(Platform.TELEGRAM, "0")) is None
