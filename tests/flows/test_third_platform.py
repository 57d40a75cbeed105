"""Nothing counts on there being two chat platforms: a third is a line of traits, an adapter, and its texts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.texts import render
from bot.texts.languages import CATALOGS
from payments.core.community import TRAITS, Identity, Place, Platform, Target, TargetKind
from payments.core.ids import CommunityId, PersonId, TargetId
from payments.flows.communities import settings
from payments.flows.communities.connect import NotJoinable, _weigh
from payments.flows.jobs.deliver_notices import Told, deliver_notice
from payments.flows.people import link
from payments.flows.people.link import Linked, NewCode
from storage.store import SqlStore
from tests.core.builders import PRO
from tests.fakes.platform import FakePlatform, FakeRole, FakeServer
from tests.flows.club_fixture import CLUB, PLACE
from tests.flows.two_platforms import ANN, BothSides, open_both_sides

ROOT = Path(__file__).parents[2]
ROOM = TargetId("tgt_room")
NAMES = tuple(Platform.__members__)
OWN = {"payments/core/community.py", "bot/commands/start.py"}
"""Where a platform is named: the table of traits, and the commands that Telegram alone asks of a bot."""


def named(folder: str) -> Iterator[str]:
    """Where the code of a folder names one platform."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in {f"Platform.{name}" for name in NAMES}:
                yield path.relative_to(ROOT).as_posix()


def test_flows_commands_and_texts_ask_what_a_platform_is_like_and_not_which_it_is() -> None:
    found = {path for folder in ("payments", "bot/commands", "bot/texts", "bot/web") for path in named(folder)}
    assert found == OWN


def test_every_platform_has_its_line() -> None:
    assert set(TRAITS) == set(Platform)


@pytest.fixture
def matrix(monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A third platform, as if the enum had it and its texts were written."""
    third = str.__new__(Platform, "matrix")
    third._name_, third._value_ = "MATRIX", "matrix"
    monkeypatch.setitem(Platform._member_map_, "MATRIX", third)
    monkeypatch.setitem(Platform._value2member_map_, "matrix", third)
    monkeypatch.setattr(Platform, "_member_names_", [*Platform._member_names_, "MATRIX"])
    monkeypatch.setitem(TRAITS, third, replace(TRAITS[Platform.TELEGRAM], forms=True))
    for texts in CATALOGS.values():
        monkeypatch.setitem(texts, "platform.matrix", "Matrix")
    return third


@pytest.fixture
async def three(store: SqlStore, matrix: Platform) -> BothSides:
    """The club with a room on the third platform besides: PRO opens it too."""
    both = await open_both_sides(store)
    both.club.app.render = render
    skeleton = FakePlatform(matrix)
    skeleton.servers["!room"] = FakeServer(roles={"!room": FakeRole()})
    both.club.app.platforms = {**both.club.app.platforms, matrix: skeleton}
    async with store.transaction() as tx:
        community = await tx.communities.get(CLUB)
        assert community is not None
        await tx.communities.add(community, Place(matrix, "!room"), "Room")
        target = Target(ROOM, CLUB, matrix, "!room", TargetKind.CHAT, "!room", "Room")
        await tx.communities.put_target(target)
        await tx.plans.open_target(PRO, ROOM)
    return both


def room(three: BothSides, matrix: Platform) -> FakePlatform:
    found = three.club.app.platforms[matrix]
    assert isinstance(found, FakePlatform)
    return found


async def comes(three: BothSides, who: Identity, name: str) -> PersonId:
    """Somebody is in the room, and has talked to the bot there."""
    room(three, who.platform).servers["!room"].members[who.user_id] = set()
    async with three.store.transaction() as tx:
        return await tx.identities.ensure(who, name, "en", PersonId(f"prs_{name}"), three.club.clock.at)


async def tells(three: BothSides) -> list[Told]:
    """Everything that is to be told is told."""
    lease = three.club.app.lease()
    async with three.store.transaction() as tx:
        notices = await tx.notices.claim(lease, three.club.machine.at, 50)
    return [await deliver_notice(three.club.app, notice, lease) for notice in notices]


async def test_what_was_paid_is_given_told_and_taken_there_as_on_any_other(three: BothSides, matrix: Platform) -> None:
    max_ = Identity(matrix, "@max")
    there = room(three, matrix)
    customer = await three.club.customer_of(await comes(three, max_, "max"), "max")
    await three.buys(customer, "max")
    await three.work()
    assert "!room" in there.servers["!room"].members["@max"]
    assert Told.DONE in await tells(three)
    assert any("Room" in message.text for message in there.messages["@max"])
    await three.ends(customer, "max")
    await three.work()
    assert "!room" not in there.servers["!room"].members["@max"]
    await tells(three)
    assert "has ended" in there.messages["@max"][-1].text


async def test_an_account_there_is_linked_and_what_was_paid_elsewhere_opens_there(
    three: BothSides, matrix: Platform
) -> None:
    max_ = Identity(matrix, "@max")
    await three.pays("ann", ANN)
    await comes(three, max_, "max")
    made = await link.new_code(three.club.app, ANN)
    assert isinstance(made, NewCode)
    assert set(made.links) == {Platform.TELEGRAM, matrix}
    assert isinstance(await three.links(max_, ANN), Linked)
    assert await three.accounts(await three.person(ANN)) == {ANN, max_}
    await three.work()
    assert "!room" in room(three, matrix).servers["!room"].members["@max"]
    assert three.has_role(ANN)


async def test_its_places_are_what_plans_open_and_as_many_as_it_says_are_joined(
    three: BothSides, matrix: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, other = Place(matrix, "!room"), Place(matrix, "!den")
    assert (await settings.chats(three.club.app, CLUB))[here] == "Room"
    async with three.store.transaction() as tx:
        club = await tx.communities.get(CLUB)
        assert club is not None
        await tx.communities.add(replace(club, id=CommunityId("com_den"), name="Den"), other, "Den")
        assert not isinstance(await _weigh(tx, other, PLACE), NotJoinable)
        monkeypatch.setitem(TRAITS, matrix, replace(matrix.traits, one_place=True))
        assert await _weigh(tx, other, PLACE) is NotJoinable.TWO_SERVERS
