"""The contact loses their rank: taken out of the team, or an Administrator when a team begins or comes with a place."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from payments.core.community import Community, Identity, Place
from payments.core.ids import CommunityId, PersonId
from payments.core.rights import Rank, Standing, TeamEntry, rank_of
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import served_in
from payments.ports.chat import PlaceMember
from payments.ports.stores import Transaction


@dataclass(frozen=True, slots=True)
class Seated:
    """The contact, and what the platforms say of their accounts in the served places; None where one doesn't say."""

    person_id: PersonId
    at: tuple[tuple[Identity, PlaceMember | None], ...]

    @property
    def certain(self) -> bool:
        """Whether each platform said it."""
        return all(found is not None for _, found in self.at)


async def seated(app: AppContext, community: Community, joining: Collection[Place] = ()) -> Seated | None:
    """The contact, if the rank could be lost with the first entry of a team; None too where a platform doesn't say.

    `joining`: places that are about to be the community's, and may be the contact's own.
    """
    async with app.store.transaction() as tx:
        if await tx.team.of(community.id):
            return None
    contact = await contact_of(app, community, joining)
    return contact if contact is not None and contact.certain else None


async def contact_of(app: AppContext, community: Community, joining: Collection[Place] = ()) -> Seated | None:
    """The contact, as the platforms say it now; None where nobody is."""
    if community.contact_id is None:
        return None
    async with app.store.transaction() as tx:
        served = await served_in(app, tx, [*await tx.communities.places(community.id), *joining])
        accounts = await tx.identities.identities(community.contact_id)
    at: list[tuple[Identity, PlaceMember | None]] = []
    for place, who in [(place, who) for place in served for who in accounts if who.platform is place.platform]:
        platform = app.platforms.get(place.platform)
        at.append((who, None if platform is None else await platform.member(who.user_id, place)))
    return Seated(community.contact_id, tuple(at))


async def unseated(
    tx: Transaction, community_id: CommunityId, contact: Seated, setter: PersonId
) -> tuple[Community, Community] | None:
    """The community before and after, if by its team as it is now the contact is no owner: who changed it is told.

    Where a platform doesn't say, an account has what the team gives it by name.
    """
    community = await tx.communities.get(community_id)
    if community is None or community.contact_id is None:
        return None
    living = await tx.identities.living([community.contact_id, contact.person_id, setter])
    if living[contact.person_id] != living[community.contact_id] or living[setter] == living[contact.person_id]:
        return None
    team = await tx.team.of(community_id)
    ranks = [_rank(team, who, found) for who, found in contact.at]
    return None if Rank.OWNER in ranks else (community, replace(community, contact_id=setter))


def _rank(team: Collection[TeamEntry], who: Identity, found: PlaceMember | None) -> Rank:
    if found is None:
        return rank_of(team, who, (), Standing.MEMBER)
    return rank_of(team, who, found.role_ids, found.standing) if found.inside else Rank.NONE
