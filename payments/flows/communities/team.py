"""`/team`: who may do what in a community, beside what the platform's owner has anyway (invariant 18).

A role counts only while nobody but Administrators can hand it out, and while no plan gives it to those who pay.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from payments.core.audit import AuditKind
from payments.core.changes import Said, Thing, Word, of_community, same
from payments.core.community import Community, Identity, Place, Platform, TargetKind
from payments.core.ids import CommunityId, PersonId
from payments.core.rights import Rank, Standing, TeamEntry, TeamKind, roles_behind
from payments.flows.communities.contact_rank import Seated, contact_of, unseated
from payments.flows.messages import enqueue_notice, record_act
from payments.flows.rights.role_givers import givers_of
from payments.flows.runtime.context import AppContext, new_id
from payments.ports.chat import Givers
from payments.ports.stores import QueueName, Transaction

PLACES_MAX = 10
"""In how many places of a community it is asked what somebody is there."""


class TeamRefused(StrEnum):
    """Why the team was not changed."""

    LAST_OWNER = "last_owner"
    NOT_IN = "not_in"
    OPENED = "opened"  # a plan gives the role to members, or did
    UNKNOWN = "unknown"  # the platform doesn't say
    OWNS_PLACE = "owns_place"  # the server or chat is theirs, so they are its owner whatever the team says
    ADMINISTRATOR = "administrator"  # one of the server's, who are owners while there is no team


@dataclass(frozen=True, slots=True)
class HandedOut:
    """The role can't be in the team: people get it without an Administrator's doing."""

    by: Givers


@dataclass(frozen=True, slots=True)
class TeamChanged:
    """It is stored. `before` and `after`: the rank, NONE for not in the team. `first`: with this entry Administrators
    are owners no more; `joined`: so who set it is an owner now, too. `emptied`: they are owners again. `owns`: names
    of places in which they stay an owner all the same, since those are theirs. `contact`: who set it is the contact."""

    name: str
    before: Rank
    after: Rank
    first: bool = False
    joined: bool = False
    emptied: bool = False
    owns: tuple[str, ...] = ()
    contact: bool = False


@dataclass(frozen=True, slots=True)
class _Stands:
    """What the platform says of an account in a community's places. `owns_all`: its own rank there is never asked."""

    owns: tuple[str, ...]
    owns_all: bool
    administrator: bool


@dataclass(frozen=True, slots=True)
class Setter:
    """The owner who changes the team, and where. `role_ids`: the Discord roles they hold there."""

    person_id: PersonId
    identity: Identity
    name: str
    standing: Standing
    place: Place
    role_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Subject:
    """Who or what an entry names."""

    platform: Platform
    kind: TeamKind
    id: str
    name: str


async def of(app: AppContext, community: Community) -> Sequence[TeamEntry]:
    """The whole team, owners first."""
    async with app.store.transaction() as tx:
        return await tx.team.of(community.id)


async def put(
    app: AppContext, community: Community, subject: Subject, rank: Rank, setter: Setter
) -> TeamChanged | HandedOut | TeamRefused:
    """Add somebody, or give them another rank. A contact who is no owner any more by that gives way to who did it: by
    their own entry, or as an Administrator by the first one of all."""
    if subject.kind is TeamKind.ROLE:
        givers = await givers_of(app, setter.place, subject.id)
        if givers is None:
            return TeamRefused.UNKNOWN
        if givers:
            return HandedOut(givers)
    stands = await _stands(app, community, subject)
    if rank < Rank.OWNER and stands.owns_all:
        return TeamRefused.OWNS_PLACE
    contact = await contact_of(app, community)
    now, place_id = app.business.now(), setter.place.external_id
    made = TeamEntry(community.id, subject.platform, subject.kind, subject.id, place_id, subject.name, rank, now)
    async with app.store.transaction() as tx:
        await tx.communities.lock([community.id])
        team = await tx.team.of(community.id)
        if subject.kind is TeamKind.ROLE and await _opened(tx, community.id, subject.id):
            return TeamRefused.OPENED
        if rank < Rank.OWNER and _last_owner(team, subject, setter):
            return TeamRefused.LAST_OWNER
        await tx.team.put(made)
        heir = None
        known = next((e for e in team if _same(e, subject)), None)
        before = Rank.NONE if known is None else known.rank
        if before is not rank:
            await _tell_them(tx, community, subject, rank, setter, now)
        if before is not rank or (known is not None and known.suspended_at is not None):
            heir = await _heir(tx, community.id, contact, subject, setter, began=not team)
            await _noted(app, tx, community.id, team, setter, subject, before, rank, heir)
        joined = not team and setter.standing is not Standing.OWNER and not _is(made, setter.identity)
        if joined:
            await tx.team.put(_owner(community.id, setter, now))
            who = setter.identity
            own = Subject(who.platform, TeamKind.ACCOUNT, who.user_id, setter.name)
            await _noted(app, tx, community.id, team, setter, own, Rank.NONE, Rank.OWNER)
    app.wake(QueueName.NOTICES)
    owns = stands.owns if rank < Rank.OWNER else ()
    told = heir is not None
    return TeamChanged(subject.name, before, rank, first=not team, joined=joined, owns=owns, contact=told)


async def remove(app: AppContext, community: Community, subject: Subject, setter: Setter) -> TeamChanged | TeamRefused:
    """Take somebody out. A contact who is no owner any more by that gives way to who did it."""
    stands = await _stands(app, community, subject)
    if stands.owns_all:
        return TeamRefused.OWNS_PLACE
    contact = await contact_of(app, community)
    async with app.store.transaction() as tx:
        await tx.communities.lock([community.id])
        team = await tx.team.of(community.id)
        found = next((e for e in team if _same(e, subject)), None)
        if found is None:
            return TeamRefused.ADMINISTRATOR if stands.administrator and not team else TeamRefused.NOT_IN
        if _last_owner(team, subject, setter):
            return TeamRefused.LAST_OWNER
        await tx.team.remove(community.id, subject.platform, subject.kind, subject.id)
        gone = replace(subject, name=found.name)
        heir = await _heir(tx, community.id, contact, subject, setter)
        await _noted(app, tx, community.id, team, setter, gone, found.rank, Rank.NONE, heir)
    app.wake(QueueName.NOTICES)
    emptied, told = len(team) == 1, heir is not None
    return TeamChanged(found.name, found.rank, Rank.NONE, emptied=emptied, owns=stands.owns, contact=told)


async def _stands(app: AppContext, community: Community, subject: Subject) -> _Stands:
    """Where the platform doesn't say, somebody is nothing there: taking them out must work while it is away."""
    platform = app.platforms.get(subject.platform)
    if platform is None or subject.kind is not TeamKind.ACCOUNT:
        return _Stands((), owns_all=False, administrator=False)
    async with app.store.transaction() as tx:
        names = await tx.communities.place_names(community.id)
    places = [place for place in names if place.platform is subject.platform]
    found = {place: await platform.member(subject.id, place) for place in places[:PLACES_MAX]}
    at = {place: member.standing for place, member in found.items() if member is not None and member.inside}
    owns = [place for place, standing in at.items() if standing is Standing.OWNER]
    return _Stands(
        tuple(names[place] for place in owns),
        owns_all=bool(owns) and len(owns) == len(places),
        administrator=Standing.ADMINISTRATOR in at.values(),
    )


async def _tell_them(
    tx: Transaction, community: Community, subject: Subject, rank: Rank, setter: Setter, now: int
) -> None:
    """Whoever is new in the team, or has another rank, reads what they may do; not who did it to themselves."""
    who = Identity(subject.platform, subject.id)
    if subject.kind is not TeamKind.ACCOUNT or who == setter.identity:
        return
    person_id = await tx.identities.of(who)
    if person_id is None:
        person_id = await tx.identities.ensure(who, subject.name, community.locale, PersonId(new_id("prs")), now)
    params = {"community": community.name, "rank": rank.name.lower(), "only": who.platform.value}
    await enqueue_notice(
        tx, now, person_id, "team_rank", f"team_rank:{community.id}:{who.platform}:{who.user_id}:{now}", params
    )


async def keep_owners(
    tx: Transaction, former: Collection[TeamEntry], sides: Collection[CommunityId], setter: Setter, now: int
) -> None:
    """A community was parted: its owners are in the team of each side, and no side is left without a team, in which
    Administrators would be owners who were none before."""
    owners = [entry for entry in former if entry.kind is TeamKind.ACCOUNT and entry.rank is Rank.OWNER]
    for side in sides if former else ():
        for entry in owners:
            await tx.team.put(replace(entry, community_id=side))
        if not await tx.team.of(side):
            await tx.team.put(_owner(side, setter, now))


async def _opened(tx: Transaction, community_id: CommunityId, role_id: str) -> bool:
    """Whether a plan opens the role or did, archived ones too: our own bot hands it to those who pay."""
    plans = await tx.plans.of_community(community_id, archived=True)
    named = {row.target_id for row in await tx.plans.targets([plan.id for plan in plans])}
    targets = await tx.communities.targets(community_id)
    return any(t.id in named and t.kind is TargetKind.ROLE and t.external_id == role_id for t in targets)


def _last_owner(team: Collection[TeamEntry], subject: Subject, setter: Setter) -> bool:
    """Whether nobody in the team is an owner without this one; the platform's owner may do that, being one anyway."""
    owners = [e for e in team if e.rank is Rank.OWNER and e.suspended_at is None]
    return setter.standing is not Standing.OWNER and bool(owners) and all(_same(e, subject) for e in owners)


def _same(entry: TeamEntry, subject: Subject) -> bool:
    return (entry.platform, entry.kind, entry.subject_id) == (subject.platform, subject.kind, subject.id)


def _is(entry: TeamEntry, who: Identity) -> bool:
    return entry.kind is TeamKind.ACCOUNT and (entry.platform, entry.subject_id) == (who.platform, who.user_id)


def _owner(community_id: CommunityId, setter: Setter, now: int) -> TeamEntry:
    who, place_id = setter.identity, setter.place.external_id
    return TeamEntry(community_id, who.platform, TeamKind.ACCOUNT, who.user_id, place_id, setter.name, Rank.OWNER, now)


async def _noted(
    app: AppContext,
    tx: Transaction,
    community_id: CommunityId,
    team: Collection[TeamEntry],
    setter: Setter,
    subject: Subject,
    before: Rank,
    after: Rank,
    heir: tuple[Community, Community] | None = None,
) -> None:
    changes: dict[str, tuple[Thing, Thing]] = {"what": same(subject.name), "rank": (_said(before), _said(after))}
    if behind := roles_behind(team, setter.identity, setter.role_ids, setter.standing):
        changes["through"] = (None, tuple(role.name for role in behind))
    if heir is not None:
        changes |= of_community(*heir)
    account = subject.kind is TeamKind.ACCOUNT
    await record_act(
        app,
        tx,
        AuditKind.TEAM_CHANGED,
        changes,
        actor=setter.person_id,
        community_id=community_id,
        person_id=await tx.identities.of(Identity(subject.platform, subject.id)) if account else None,
        told=True,
    )
    if heir is not None:  # after the act: the former contact is told of it
        await tx.communities.update(heir[1])


async def _heir(
    tx: Transaction,
    community_id: CommunityId,
    contact: Seated | None,
    subject: Subject,
    setter: Setter,
    *,
    began: bool = False,
) -> tuple[Community, Community] | None:
    """Before and after, if the contact is no owner any more: by their own entry, or by the first of all."""
    if contact is None:
        return None
    person = (
        await tx.identities.of(Identity(subject.platform, subject.id)) if subject.kind is TeamKind.ACCOUNT else None
    )
    living = await tx.identities.living([contact.person_id] if person is None else [contact.person_id, person])
    theirs = person is not None and living[person] == living[contact.person_id]
    if not theirs and not (began and contact.certain):
        return None
    return await unseated(tx, community_id, contact, setter.person_id)


def _said(rank: Rank) -> Said | None:
    return None if rank is Rank.NONE else Said(Word(rank.name.lower()))
