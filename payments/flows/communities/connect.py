"""`/connect`: a Discord server and Telegram chats become one community, by the word of an admin on each side.

Who asks has a code from the other side's admin; that admin says yes last. Both must be admins at that very moment, and
it is the platform that says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from payments.core.audit import AuditKind
from payments.core.changes import Changes, Thing, of_community
from payments.core.community import Community, Identity, Place
from payments.core.ids import CommunityId
from payments.core.rights import Rank
from payments.flows.communities.claim import vacant
from payments.flows.communities.contact_rank import Seated, seated, unseated
from payments.flows.communities.team import Setter, keep_owners
from payments.flows.messages import enqueue_notice, record_act
from payments.flows.people import codes
from payments.flows.people.codes import BadCode, TooMany
from payments.flows.rights.ranks import rank_in
from payments.flows.runtime.context import AppContext, id_for, new_id
from payments.ports.stores import Code, CodeKind, JoiningState, JoinRequest, QueueName, Transaction

JOINING_MS = 24 * 3_600_000
"""How long an admin has to answer."""


class NotJoinable(StrEnum):
    """Why a good code joins nothing here."""

    SAME = "same"  # the place is in that community already
    TWO_SERVERS = "two_servers"  # a community has one Discord server at most
    GONE = "gone"  # the community, or the wish to join it, is there no more


@dataclass(frozen=True, slots=True)
class Clash:
    """Both communities sell plans of these names: one of each pair must get another name first."""

    names: tuple[str, ...]


class NoAnswer(StrEnum):
    """Why an admin's answer to a wish counts for nothing."""

    NOT_YOURS = "not_yours"  # somebody else was asked
    NO_ADMIN = "no_admin"  # one of the two is no admin any more
    UNSURE = "unsure"  # a platform doesn't say just now who is an admin


Refused = BadCode | TooMany | NotJoinable | Clash


@dataclass(frozen=True, slots=True)
class Preview:
    """What would join what: the places and plans of this side, the community and places of the other."""

    community: str
    there: Mapping[Place, str]
    here: Mapping[Place, str]
    plans: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The other side's admin is asked now."""

    admin: str


@dataclass(frozen=True, slots=True)
class Joined:
    """It is one community now."""

    community: str
    place: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The other side's admin said no; nothing was changed."""

    place: str


@dataclass(frozen=True, slots=True)
class Connections:
    """What is connected. ``removable``: places in which no plan opens anything. ``waiting``: who wants to join."""

    places: Mapping[Place, str]
    removable: frozenset[Place]
    waiting: tuple[JoinRequest, ...]


async def connections(app: AppContext, community: Community, place: Place) -> Connections:
    """What is connected to the community of a place, and who waits for an answer here."""
    async with app.store.transaction() as tx:
        places = await tx.communities.place_names(community.id)
        free = [each for each in places if not await tx.communities.in_use(each)] if len(places) > 1 else []
        waiting = await tx.codes.joinings(place, app.machine.now())
    return Connections(places, frozenset(free), tuple(waiting))


async def new_code(app: AppContext, maker: Identity, place: Place) -> str:
    """A code with which another place can ask to join this one's community."""
    async with app.store.transaction() as tx:
        return await codes.new(app, tx, CodeKind.CONNECT, maker, place)


async def preview(app: AppContext, who: Identity, place: Place, place_name: str, typed: str) -> Refused | Preview:
    """What this code would join. Nothing is changed, and the code stays good."""
    async with app.store.transaction() as tx:
        code = await codes.read(app, tx, CodeKind.CONNECT, typed, who)
        if not isinstance(code, Code):
            return code
        assert code.place is not None, "a code to connect names its place"
        found = await _weigh(tx, place, code.place)
        if not isinstance(found, _Two):
            return found
        there = await tx.communities.place_names(found.host.id)
        here = await tx.communities.place_names(found.own.id) if found.own else {place: place_name}
        plans = await tx.plans.of_community(found.own.id) if found.own else ()
        return Preview(found.host.name, there, here, len(plans))


async def ask(
    app: AppContext, who: Identity, place: Place, place_name: str, typed: str
) -> Refused | NoAnswer | Asked | Joined:
    """This side's admin has confirmed: ask the other's, or join at once if that is the same person.

    The same click that comes again, late or beside this one, finds what came of it.
    """
    again = await _again(app, who, place, typed)
    if again is not None:
        return again
    outcome = await _ask(app, who, place, place_name, typed)
    return (await _again(app, who, place, typed) or outcome) if outcome is BadCode.USED else outcome


def _wish_id(typed: str) -> str:
    """The wish's id is made from the code, which is good for one wish."""
    return id_for("joi", codes.hash_of(CodeKind.CONNECT, typed))


async def _ask(
    app: AppContext, who: Identity, place: Place, place_name: str, typed: str
) -> Refused | NoAnswer | Asked | Joined:
    async with app.store.transaction() as tx:
        code = await codes.read(app, tx, CodeKind.CONNECT, typed, who)
        if not isinstance(code, Code):
            return code
        assert code.place is not None, "a code to connect names its place"
        found = await _weigh(tx, place, code.place)
        if not isinstance(found, _Two):
            return found
        if not await tx.codes.use(code.hash, app.machine.now()):
            return BadCode.USED
        wish = JoinRequest(
            id=_wish_id(typed),
            place=place,
            place_name=place_name,
            requester=who,
            host=code.place,
            host_requester=code.maker,
            state=JoiningState.OPEN,
            expires_at=app.machine.now() + JOINING_MS,
        )
        await tx.codes.add_joining(wish)
        admin, requester = await tx.identities.of(code.maker), await tx.identities.of(who)
        assert admin is not None, "who asks is a person"
        assert requester is not None, "who asks is a person"
        if admin != requester:
            params = {
                "id": wish.id,
                "place": place_name,
                "asker": await tx.identities.name(requester, [who.platform]),
                "community": found.host.name,
                "only": code.maker.platform,
            }
            await enqueue_notice(tx, app.business.now(), admin, "join_asked", f"join_asked:{wish.id}", params)
        name = await tx.identities.name(admin, [code.maker.platform])
        assert name is not None, "no account is ever forgotten"
    if admin == requester:
        return await _joined_by_one(app, wish)
    app.wake(QueueName.NOTICES)
    return Asked(name)


async def _again(
    app: AppContext, who: Identity, place: Place, typed: str
) -> NotJoinable | Clash | NoAnswer | Asked | Joined | None:
    """What came of the wish that this asker made with this code; what was cut off in the middle goes on. None: no wish
    of theirs."""
    async with app.store.transaction() as tx:
        wish = await tx.codes.joining(_wish_id(typed))
        if wish is None or (wish.requester, wish.place) != (who, place):
            return None
        admin, requester = await tx.identities.of(wish.host_requester), await tx.identities.of(wish.requester)
        host, own = await tx.communities.at(wish.host), await tx.communities.at(wish.place)
        if wish.state is JoiningState.DONE and host is not None and host == own:
            return Joined(host.name, wish.place_name)
        if wish.state is not JoiningState.OPEN or wish.expires_at <= app.machine.now() or admin is None:
            return NotJoinable.GONE
        if admin != requester:
            name = await tx.identities.name(admin, [wish.host_requester.platform])
            assert name is not None, "no account is ever forgotten"
            return Asked(name)
    return await _joined_by_one(app, wish)


async def _joined_by_one(app: AppContext, wish: JoinRequest) -> NotJoinable | Clash | NoAnswer | Joined:
    """Who asked is the other side's admin too: the question was answered with it."""
    answered = await answer(app, wish.requester, wish.id, yes=True)
    assert not isinstance(answered, Declined), "nobody declined"
    return answered


async def answer(
    app: AppContext, who: Identity, joining_id: str, *, yes: bool
) -> Joined | Declined | NotJoinable | Clash | NoAnswer:
    """The other side's admin answers. Only now, and only if both are admins still, is anything joined."""
    async with app.store.transaction() as tx:
        wish = await tx.codes.joining(joining_id)
        if wish is None or wish.state is not JoiningState.OPEN or wish.expires_at <= app.machine.now():
            return NotJoinable.GONE
        one = await tx.identities.of(wish.host_requester) == await tx.identities.of(wish.requester)
        if who != wish.host_requester and not (one and who == wish.requester):  # the account, not what is linked to it
            return NoAnswer.NOT_YOURS
    if not yes:
        return await _decline(app, wish)
    for admin, place in ((wish.host_requester, wish.host), (wish.requester, wish.place)):
        rank = await rank_in(app, place, admin)
        if rank is not Rank.OWNER:
            return NoAnswer.UNSURE if rank is None else NoAnswer.NO_ADMIN
    async with app.store.transaction() as tx:
        host, own = await tx.communities.at(wish.host), await tx.communities.at(wish.place)
        joining = [wish.place] if own is None else await tx.communities.places(own.id)
    contact = None if host is None else await seated(app, host, joining)
    async with app.store.transaction() as tx:
        joined = await _join(app, tx, wish, contact)
    app.wake(QueueName.NOTICES)
    return joined


async def take_out(app: AppContext, community: Community, place: Place, actor: Setter) -> str | None:
    """A place gets a community of its own again, and nobody notices: no plan opens anything there. Its name; None when
    that is not so. The owners in the team own both."""
    async with app.store.transaction() as tx:
        await tx.communities.lock([community.id])
        places = await tx.communities.place_names(community.id)
        if place not in places or len(places) < 2 or not await vacant(tx, place):
            return None
        own = replace(
            community,
            id=CommunityId(new_id("com")),
            name=places[place],
            contact_id=actor.person_id,
            breaker_tripped_at=None,
            created_at=app.business.now(),
        )
        former = await tx.team.of(community.id)
        await tx.communities.take_out(place, own)
        await keep_owners(tx, former, (community.id, own.id), actor, own.created_at)
        left: Changes = {"place": (places[place], None)}
        await record_act(app, tx, AuditKind.PLACE_TAKEN_OUT, left, actor=actor.person_id, community_id=community.id)
    return places[place]


@dataclass(frozen=True, slots=True)
class _Two:
    """The community that is joined, and the one that the joining place has so far."""

    host: Community
    own: Community | None


async def _weigh(tx: Transaction, place: Place, host_place: Place) -> _Two | NotJoinable | Clash:
    host, own = await tx.communities.at(host_place), await tx.communities.at(place)
    if host is None:
        return NotJoinable.GONE
    if own is not None and own.id == host.id:
        return NotJoinable.SAME
    moving: Sequence[Place] = await tx.communities.places(own.id) if own is not None else [place]
    sides = [await tx.communities.places(host.id), moving]
    here, there = ({each.platform for each in side} for side in sides)
    if any(platform.traits.one_place for platform in here & there):
        return NotJoinable.TWO_SERVERS
    names = await tx.communities.namesakes(own.id, host.id) if own is not None else ()
    return Clash(tuple(names)) if names else _Two(host, own)


async def _join(
    app: AppContext, tx: Transaction, wish: JoinRequest, contact: Seated | None
) -> Joined | NotJoinable | Clash:
    """`contact`: the host's, if the joining place brings a team by which they are no owner; who asked is it then."""
    found = await _weigh(tx, wish.place, wish.host)
    if not isinstance(found, _Two):
        return found
    await tx.communities.lock([found.host.id, *([found.own.id] if found.own else [])])
    found = await _weigh(tx, wish.place, wish.host)  # only now does nobody else change them
    if not isinstance(found, _Two):
        return found
    if not await tx.codes.end_joining(wish.id, JoiningState.DONE):
        return NotJoinable.GONE
    host, own = found.host, found.own
    if own is None:
        await tx.communities.add(host, wish.place, wish.place_name)
    else:
        await tx.communities.join(own.id, host.id)
        if await tx.logs.channel(host.id) is not None:  # the members of both joined before
            await tx.identities.lock(await tx.logs.concerned(host.id))
            await tx.logs.know_members(host.id, app.business.now())
    admin, requester = await tx.identities.of(wish.host_requester), await tx.identities.of(wish.requester)
    assert admin is not None, "who answers is a person"
    joined: dict[str, tuple[Thing, Thing]] = {"place": (None, wish.place_name)}
    heir = None if contact is None or requester is None else await unseated(tx, host.id, contact, requester)
    if heir is not None:
        joined |= of_community(*heir)
    key, told = f"joined:{wish.id}", heir is not None
    await record_act(
        app,
        tx,
        AuditKind.PLACE_JOINED,
        joined,
        actor=admin,
        community_id=host.id,
        person_id=requester,
        key=key,
        told=told,
    )
    if heir is not None:  # after the act: the former contact is told of it
        await tx.communities.update(heir[1])
    if requester is not None and requester != admin:
        params = {"place": wish.place_name, "community": host.name}
        await enqueue_notice(tx, app.business.now(), requester, "joined", f"joined:{wish.id}", params)
    return Joined(host.name, wish.place_name)


async def _decline(app: AppContext, wish: JoinRequest) -> Declined | NotJoinable:
    async with app.store.transaction() as tx:
        if not await tx.codes.end_joining(wish.id, JoiningState.REFUSED):
            return NotJoinable.GONE
        requester = await tx.identities.of(wish.requester)
        if requester is not None:
            params = {"place": wish.place_name}
            await enqueue_notice(tx, app.business.now(), requester, "join_declined", f"join_declined:{wish.id}", params)
    app.wake(QueueName.NOTICES)
    return Declined(wish.place_name)
