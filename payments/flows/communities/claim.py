"""Whose places are served (invariant 18): those that the configuration names, and those claimed with a code.

A code is made by `guestlist claim` on the owner's machine. Whoever redeems it becomes owner and contact there.
"""

import hashlib
import logging
import re
import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from payments.core.audit import AuditKind
from payments.core.changes import Thing, of_community
from payments.core.community import Community, Identity, Place
from payments.core.ids import PersonId
from payments.core.rights import Rank, TeamEntry, TeamKind
from payments.flows.communities.settings import fresh
from payments.flows.messages import enqueue_notice, record_act
from payments.flows.people import codes
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.locking import lock_found
from payments.flows.runtime.names import name_in
from payments.flows.runtime.places import find_served, served_in
from payments.flows.runtime.unclaimed import Visit
from payments.ports.chat import Busy, Done, Message
from payments.ports.stores import Claim, ClaimState, QueueName, Store, Transaction

log = logging.getLogger(__name__)

LETTERS = 16
"""80 random bits: nobody guesses one, so wrong ones need not be counted."""

CODES_MAX = 100
"""How many codes are looked for in one text: it may look like codes from one end to the other."""

_CODE = re.compile(
    rf"(?:(?<![^\W_])|(?<=/CLAIM))(?=((?:[{codes.ALPHABET}][\W_]{{0,6}}){{{LETTERS - 1}}}[{codes.ALPHABET}]))"
)
"""So many letters of the alphabet from the beginning of a word on, whatever stands between them."""

CLAIM_MS = 24 * 3_600_000

CLAIMED = "claimed"
"""The kind of notice by which whoever held a code hears what it did: there is nothing of theirs to answer to."""


class BadClaim(StrEnum):
    """Why a claim code is good for nothing."""

    WRONG = "wrong"
    EXPIRED = "expired"
    USED = "used"
    SHARED = "shared"
    """The place still belongs to a community with other places that are served, and its plans open something here."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The place is served now."""

    community: Community
    place: Place


@dataclass(frozen=True, slots=True)
class Served:
    """The place is served already: nothing was changed, and the code is as good as before. `contact`: who to ask, by
    their name there; None where nobody has one."""

    contact: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """The code is this Telegram account's: it counts for the chat to which the account adds the bot."""


async def new_code(store: Store, machine_now: int) -> str:
    """A new one-time code: `ABCD-EFGH-JKLM-NPQR`. Raises `StoreUnavailable`."""
    letters = "".join(secrets.choice(codes.ALPHABET) for _ in range(LETTERS))
    async with store.transaction() as tx:
        await tx.claims.add(hash_of(letters), machine_now + CLAIM_MS, machine_now)
    return "-".join(letters[n : n + 4] for n in range(0, LETTERS, 4))


def hash_of(typed: str) -> str:
    """Under which a code is stored, and looked up."""
    return hashlib.sha256(f"guestlist:claim:{codes.plain(typed)}".encode()).hexdigest()


async def redeem(
    app: AppContext, typed: str, who: Identity, name: str, locale: str, place: Place, place_name: str
) -> Claimed | Served | BadClaim:
    """Serve a place from now on; who typed the code is its owner and contact. All or nothing, in one commit.

    Whoever calls says so. Typed again, since nobody saw the answer, the code gets the same one.
    """
    async with app.store.transaction() as tx:
        claim = await _look(app, tx, typed, who)
    if isinstance(claim, Claim):
        return await _redeem(app, claim, who, name, locale, place, place_name, told=True)
    return claim if isinstance(claim, BadClaim) or claim.place == place else BadClaim.USED


async def redeem_held(
    app: AppContext, claim: Claim, who: Identity, name: str, locale: str, place: Place, place_name: str
) -> Claimed | Served | BadClaim:
    """The same with a code that `who` holds, as the bot comes to the place: a notice tells them, once."""
    return await _redeem(app, claim, who, name, locale, place, place_name, told=False)


async def _redeem(
    app: AppContext,
    claim: Claim,
    who: Identity,
    name: str,
    locale: str,
    place: Place,
    place_name: str,
    *,
    told: bool,
) -> Claimed | Served | BadClaim:
    """A code that was used up meanwhile changes nothing. `told`: who typed it gets an answer, so there is no notice."""
    now = app.business.now()
    async with app.store.transaction() as tx:
        found = await locked(tx, place)
        if await served_in(app, tx, [place]):
            return await _served_already(tx, place)
        shared = found is not None and await _others(app, tx, found, who)
        known = await tx.identities.of(who)  # their row is brought up to date below: it is locked with the others
        if shared and not await vacant(tx, place, () if known is None else [known]):
            return BadClaim.SHARED
        if not await tx.claims.redeem(claim.code_hash, who.user_id, place):
            return BadClaim.USED
        person_id = await tx.identities.ensure(who, name, locale, PersonId(new_id("prs")), now)
        if found is not None and shared:
            found = await part(tx, found, place, fresh(app, place_name, person_id, locale))
        was = None if found is None else found.contact_id
        left = () if found is None else await dismiss(app, tx, found)
        if found is None:
            found = await tx.communities.add(fresh(app, place_name, person_id, locale), place, place_name)
        await tx.communities.serve(place, served=True)
        community = replace(found, contact_id=person_id)
        changes: dict[str, tuple[Thing, Thing]] = {"place": (None, place_name)}
        changes |= of_community(replace(found, contact_id=was), community)
        if left:
            changes["team"] = (left, (name,))
        key = f"claim:{claim.code_hash}"
        await record_act(
            app, tx, AuditKind.PLACE_CLAIMED, changes, actor=person_id, community_id=community.id, key=key, told=True
        )
        await tx.communities.update(community)
        await tx.team.put(_owner(community, who, name, place, now))
        if not told:  # no other account of theirs is an owner, so none is told
            params = {"place": place_name, "only": who.platform}
            await enqueue_notice(tx, now, person_id, CLAIMED, f"{CLAIMED}:{claim.code_hash}", params)
    app.wake(QueueName.NOTICES)
    app.unclaimed.forget(place)
    log.info("%s %s (%s) was claimed and is served from now on.", place.platform, place.external_id, place_name)
    return Claimed(community, place)


async def already(app: AppContext, place: Place) -> Served | None:
    """Whether a place is served already, before anybody is asked for a code."""
    async with app.store.transaction() as tx:
        return await _served_already(tx, place) if await served_in(app, tx, [place]) else None


async def _served_already(tx: Transaction, place: Place) -> Served:
    community = await tx.communities.at(place)
    if community is None or community.contact_id is None:
        return Served(None)
    return Served(await name_in(tx, community.id, community.contact_id, place.platform))


async def locked(tx: Transaction, place: Place) -> Community | None:
    """The community of a place, which nobody else changes until the commit."""
    found = await tx.communities.at(place)
    if found is None:
        return None
    await tx.communities.lock([found.id])
    now_at = await tx.communities.at(place)
    return found if now_at is None or now_at.id == found.id else await locked(tx, place)


async def _others(app: AppContext, tx: Transaction, community: Community, who: Identity) -> bool:
    """Whether a place that is not served lies in somebody else's community: one with other places, which are served,
    and in which whoever claims is no owner, by no account of theirs."""
    served = await served_in(app, tx, await tx.communities.places(community.id))
    if not served:
        return False
    person_id = await tx.identities.of(who)
    accounts = [who] if person_id is None else await tx.identities.identities(person_id)
    team = await tx.team.of(community.id)  # whoever is in it elsewhere counts where nobody is in it here; see `dismiss`
    here = [entry for entry in team if Place(entry.platform, entry.place_id) in served] or team
    mine = [entry for account in accounts for entry in await _owned(tx, community, account)]
    return not any(entry in here for entry in mine)


async def _owned(tx: Transaction, community: Community, who: Identity) -> list[TeamEntry]:
    """By what this account is an owner in a community."""
    owners = [e for e in await tx.team.of(community.id) if e.rank is Rank.OWNER and e.kind is TeamKind.ACCOUNT]
    return [e for e in owners if (e.platform, e.subject_id) == (who.platform, who.user_id)]


async def vacant(tx: Transaction, place: Place, also: Collection[PersonId] = ()) -> bool:
    """Whether a place can be taken out of its community, which is locked: no plan opens anything there, nobody has
    anything of it. Only then are all who once had locked, and `also`: nobody gets their access until the commit.

    Raises `PersonsMerged`.
    """
    if await tx.communities.in_use(place):
        return False

    async def concerned() -> Collection[PersonId]:
        return {*await tx.communities.once_in(place), *also}

    await lock_found(tx, concerned)
    return not await tx.communities.in_use(place)


async def part(tx: Transaction, community: Community, place: Place, own: Community) -> Community:
    """A place that is vacant gets a community of its own. Its owners stay in a team that would be empty without them:
    where there is none, Administrators are owners."""
    former = await tx.team.of(community.id)
    await tx.communities.take_out(place, own)
    if former and not await tx.team.of(community.id):
        for entry in former:
            if entry.rank is Rank.OWNER:
                await tx.team.put(entry)
    return own


async def dismiss(app: AppContext, tx: Transaction, community: Community) -> tuple[str, ...]:
    """Where no place of the team's is served any more, it ends; their names. Who joined the team in a place that is
    served stays; and who owns a place that is not, if nobody else would be in the team of those that are."""
    served = await served_in(app, tx, await tx.communities.places(community.id))
    team = await tx.team.of(community.id)
    left = [entry for entry in team if Place(entry.platform, entry.place_id) not in served]
    if served and len(left) == len(team):
        left = [entry for entry in left if entry.rank is not Rank.OWNER]
    for entry in left:
        await tx.team.remove(community.id, entry.platform, entry.kind, entry.subject_id)
    return tuple(entry.name for entry in left)


def _owner(community: Community, who: Identity, name: str, place: Place, now: int) -> TeamEntry:
    kind, where = TeamKind.ACCOUNT, place.external_id
    return TeamEntry(community.id, who.platform, kind, who.user_id, where, name, Rank.OWNER, now)


async def _look(app: AppContext, tx: Transaction, typed: str, who: Identity) -> Claim | Claimed | BadClaim:
    claim = await tx.claims.get(hash_of(typed))
    if claim is None:
        return BadClaim.WRONG
    if (done := await _done(app, tx, claim, who)) is not None:
        return done
    if claim.state is ClaimState.REDEEMED or (claim.state is ClaimState.HELD and claim.holder_id != who.user_id):
        return BadClaim.USED
    return BadClaim.EXPIRED if claim.expires_at <= app.machine.now() else claim


async def _done(app: AppContext, tx: Transaction, claim: Claim, who: Identity) -> Claimed | None:
    """What this account's code did before, while the place is served and the account its owner."""
    place = claim.place
    if place is None or (place.platform, claim.holder_id) != (who.platform, who.user_id):
        return None
    community = await tx.communities.at(place)
    if community is None or not await served_in(app, tx, [place]) or not await _owned(tx, community, who):
        return None
    return Claimed(community, place)


def moves(app: AppContext, group: Place, supergroup: Place) -> None:
    """A served group is about to become a supergroup, which is served too, until a row knows it."""
    app.unclaimed.expect(supergroup)
    if group in app.settings.named_places:
        log.warning("%s becomes %s: name the new id in the configuration.", group.external_id, supergroup.external_id)


async def void(app: AppContext, texts: Iterable[str]) -> bool:
    """Whoever could read these texts has read the codes in them: they are good for nothing from now on. False if there
    was no open one. Anybody may have written them: nothing is written for what only looks like a code."""
    found = {hash_of(code[1]) for text in texts for code in islice(_CODE.finditer(text.upper()), CODES_MAX)}
    if not found:
        return False
    async with app.store.transaction() as tx:
        return await tx.claims.drop(found) > 0


async def hold(
    app: AppContext, typed: str, who: Identity, name: str, locale: str
) -> Claimed | Served | Held | BadClaim:
    """A code that was typed on Telegram in private: for the chat to which this account brought the bot, or will."""
    brought = app.unclaimed.brought_by(who.user_id)
    if brought:
        return await redeem(app, typed, who, name, locale, brought[-1].place, brought[-1].name)
    async with app.store.transaction() as tx:
        claim = await _look(app, tx, typed, who)
        if not isinstance(claim, Claim):
            return claim
        held = claim.state is ClaimState.HELD or await tx.claims.hold(claim.code_hash, who.user_id)
    return Held() if held else BadClaim.USED


def meet(app: AppContext, place: Place, name: str, added_by: str | None = None, locale: str = "en") -> None:
    """The bot is in a place that is not served: here it is remembered, and whoever holds the door leaves it in time."""
    if app.unclaimed.meet(place, name, app.business.now(), added_by, locale):
        visit = app.unclaimed.of(place)
        assert visit is not None, "it was met a moment ago"
        app.wake(visit.word())


async def greet(app: AppContext, words: Callable[[Visit], Message]) -> None:
    """Tell whoever brought the bot to a place that isn't served how it is served. Once, and in private alone: nobody
    makes the bot write to others, or in a chat, by adding it there."""
    for visit in app.unclaimed.to_greet():
        platform = app.platforms.get(visit.place.platform)
        if platform is not None and visit.added_by is not None:
            await platform.tell(visit.added_by, words(visit))


async def leave_unclaimed(app: AppContext, sentence: str) -> int:
    """Leave the places whose time to be claimed is over; how many. Raises `StoreUnavailable`."""
    due = app.unclaimed.due(app.business.now(), app.settings.unclaimed_ms)
    left = 0
    for visit in due:
        platform = app.platforms.get(visit.place.platform)
        if platform is None or not platform.ready:
            continue
        if visit.place in await find_served(app, [visit.place]):
            app.unclaimed.forget(visit.place)
            continue
        outcome = await platform.leave(visit.place, Message(sentence))
        if isinstance(outcome, Busy):
            continue
        app.unclaimed.forget(visit.place)
        left += isinstance(outcome, Done)
        where = f"{visit.place.platform} {visit.place.external_id} ({visit.name})"
        log.info("Left %s: it isn't served. %s", where, "" if isinstance(outcome, Done) else outcome)
    return left
