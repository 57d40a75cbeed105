"""Who may do what in a place (invariant 18): the team of its community, and what the platform's owner has anyway.

A rank that comes from a role is asked for at the platform each time it is used: since the last look others may have
got the right to hand the role out.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from payments.core.community import Identity, Place
from payments.core.ids import CommunityId
from payments.core.rights import Rank, Standing, TeamEntry, rank_of, roles_behind
from payments.flows.rights import role_givers
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import served_in


@dataclass(frozen=True, slots=True)
class Here:
    """Whether a place is served, and the rank of an account there. `unsure`: a role of theirs would give a higher one,
    but the platform doesn't say now who could hand it out."""

    served: bool
    rank: Rank
    unsure: bool = False


async def here(app: AppContext, place: Place, who: Identity, role_ids: Iterable[str], standing: Standing) -> Here:
    """As it was when the roles were last looked at. Raises `StoreUnavailable`."""
    served, team = await _look_up(app, place)
    return Here(served, rank_of(team, who, role_ids, standing))


async def proven(app: AppContext, place: Place, who: Identity, role_ids: Iterable[str], standing: Standing) -> Here:
    """The same, but a role counts only if the platform says now that nobody but Administrators could hand it out."""
    served, team = await _look_up(app, place)
    behind = roles_behind(team, who, role_ids, standing) if served else ()
    answers = await asyncio.gather(*(role_givers.counts(app, entry) for entry in behind))
    failed = {entry.subject_id for entry, counts in zip(behind, answers, strict=True) if not counts}
    rank = rank_of(team, who, set(role_ids) - failed, standing)
    return Here(served, rank, unsure=None in answers and rank < max(entry.rank for entry in behind))


async def _look_up(app: AppContext, place: Place) -> tuple[bool, Sequence[TeamEntry]]:
    """Whether a place is served, and its team, in one transaction."""
    async with app.store.transaction() as tx:
        served = await served_in(app, tx, [place])
        community = await tx.communities.at(place)
        return bool(served), [] if community is None else await tx.team.of(community.id)


async def rank_in(app: AppContext, place: Place, who: Identity) -> Rank | None:
    """The rank of an account in a served place, as the platform says it now; None when the platform doesn't say."""
    platform = app.platforms.get(place.platform)
    member = None if platform is None else await platform.member(who.user_id, place)
    if member is None:
        return None
    if not member.inside:
        return Rank.NONE
    found = await proven(app, place, who, member.role_ids, member.standing)
    if found.unsure:
        return None
    return found.rank if found.served else Rank.NONE


async def rank_anywhere(app: AppContext, community_id: CommunityId, who: Identity) -> Rank | None:
    """The highest rank of an account in a community's places on its platform: for who presses a button in private.

    None when it has none, as far as the platforms say it now, but one of them doesn't.
    """
    async with app.store.transaction() as tx:
        places = [place for place in await tx.communities.places(community_id) if place.platform is who.platform]
    ranks = [await rank_in(app, place, who) for place in places]
    best = max((rank for rank in ranks if rank is not None), default=Rank.NONE)
    return None if best is Rank.NONE and None in ranks else best
