"""`/settings log`: where a community's log is written, by the word of a manager, after the platform was asked."""

from dataclasses import dataclass
from enum import StrEnum

from payments.core.audit import AuditKind
from payments.core.community import Community, Identity, Place, TargetKind
from payments.core.ids import PersonId
from payments.core.log_facts import digest_due
from payments.core.rights import Rank
from payments.flows.messages import record_act
from payments.flows.rights.ranks import rank_in
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import served_in
from payments.ports.chat import Room
from payments.ports.stores import LogChannel, QueueName, Transaction

HERE, OFF = "here", "off"
"""Typed instead of a channel: the chat in which it is asked, and the end of the log."""


class NotSet(StrEnum):
    """Why nothing was changed."""

    UNKNOWN = "unknown"  # no room of this name, or several, in the places of this community
    UNSURE = "unsure"  # the platform doesn't say just now
    NO_MANAGER = "no_manager"


@dataclass(frozen=True, slots=True)
class Missing:
    """The bot can't write there. ``rights``: what it lacks, by the platform's names."""

    name: str
    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogSet:
    """The log is written there from now on. ``open``: all members read it."""

    name: str
    open: bool


@dataclass(frozen=True, slots=True)
class LogEnded:
    """There is no log any more."""


Found = tuple[Place, Room]


async def set_log(
    app: AppContext, community: Community, at: Place, who: Identity, typed: str, *, actor: PersonId
) -> LogSet | LogEnded | Missing | NotSet:
    """Write the log where `typed` says, or end it. Only rooms in places of this very community can be named."""
    if (await rank_in(app, at, who) or Rank.NONE) < Rank.MANAGER:
        return NotSet.NO_MANAGER
    if typed.casefold() == OFF:
        return await _end(app, community, actor)
    found = await _find(app, community, at, typed)
    if isinstance(found, NotSet):
        return found
    place, room = found
    if room.missing:
        return Missing(room.name, room.missing)
    async with app.store.transaction() as tx:
        await tx.communities.lock([community.id])
        if place not in await tx.communities.places(community.id):
            return NotSet.UNKNOWN
        await _begin(app, tx, community, place, room, actor)
        # A chat that a plan opens is full of members.
        opened = place.platform.traits.opens is TargetKind.CHAT and await tx.communities.in_use(place)
    app.wake(QueueName.NOTICES)
    return LogSet(room.name, room.open or opened)


async def _begin(
    app: AppContext, tx: Transaction, community: Community, place: Place, room: Room, actor: PersonId
) -> None:
    before, now = await tx.logs.channel(community.id), app.business.now()
    same_room = before is not None and (before.place, before.room_id) == (place, room.id)
    if before is None:
        await tx.identities.lock(await tx.logs.concerned(community.id))
        await tx.logs.begin(LogChannel(community.id, place, room.id, room.name, now, 0, digest_due(now)), now)
    else:  # what waits is said in the new one
        await tx.logs.move(before, place, room.id, room.name)
    if not same_room:
        name = None if before is None else before.name
        await _record(app, tx, community, name, room.name, actor)


async def _end(app: AppContext, community: Community, actor: PersonId) -> LogEnded:
    async with app.store.transaction() as tx:
        await tx.communities.lock([community.id])
        before = await tx.logs.channel(community.id)
        if before is not None:
            await tx.identities.lock(await tx.logs.concerned(community.id))
            await tx.logs.end(community.id)
            await _record(app, tx, community, before.name, None, actor)
    app.wake(QueueName.NOTICES)
    return LogEnded()


async def _record(
    app: AppContext, tx: Transaction, community: Community, before: str | None, after: str | None, actor: PersonId
) -> None:
    kind, changes = AuditKind.SETTINGS_CHANGED, {"log": (before, after)}
    await record_act(app, tx, kind, changes, actor=actor, community_id=community.id, told=True)


async def _find(app: AppContext, community: Community, at: Place, typed: str) -> Found | NotSet:
    """A room by its id, by Discord's `<#id>`, or by its name where only one is called so."""
    if typed.casefold() == HERE and at.platform.traits.opens is TargetKind.CHAT:
        typed = at.external_id
    named = typed.removeprefix("<#").removesuffix(">").removeprefix("#").casefold()
    known, whole = await _rooms(app, community)
    by_id = [found for found in known if found[1].id == named]
    called = by_id or [found for found in known if found[1].name.removeprefix("#").casefold() == named]
    if len(called) == 1:
        return called[0]
    return NotSet.UNKNOWN if whole or called else NotSet.UNSURE


async def _rooms(app: AppContext, community: Community) -> tuple[list[Found], bool]:
    """All rooms in the places of a community that are served, and whether every platform said which they are."""
    async with app.store.transaction() as tx:
        places = sorted(
            await served_in(app, tx, await tx.communities.places(community.id)),
            key=lambda place: (place.platform, place.external_id),
        )
    found: list[Found] = []
    whole = True
    for place in places:
        platform = app.platforms.get(place.platform)
        here = None if platform is None else await platform.rooms(place)
        whole &= here is not None
        found += [(place, room) for room in here or ()]
    return found, whole


async def channel(app: AppContext, community: Community) -> LogChannel | None:
    """Where the log is written, if anywhere."""
    async with app.store.transaction() as tx:
        return await tx.logs.channel(community.id)
