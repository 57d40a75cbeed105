"""What a person is called in a community."""

from payments.core.community import Platform
from payments.core.ids import CommunityId, PersonId
from payments.flows.runtime.origins import side_of
from payments.ports.stores import Transaction


async def name_in(
    tx: Transaction, community_id: CommunityId, person_id: PersonId, first: Platform | None = None
) -> str | None:
    """What a person is called in a community: by an account on one of its platforms, never by another.

    By the one on `first` if they have one there, else by the one that was this person before others were linked.
    """
    platforms = {place.platform for place in await tx.communities.places(community_id)}
    side = await side_of(tx, person_id)
    return await tx.identities.name(
        person_id, sorted(platforms, key=lambda each: (each is not first, each is not side, each))
    )


async def names(
    tx: Transaction, community_id: CommunityId, people: set[PersonId], first: Platform | None = None
) -> dict[str, str]:
    """What these persons are called in a community, as `name_in`. Who has no account there is left out."""
    found = {person_id: await name_in(tx, community_id, person_id, first) for person_id in sorted(people)}
    return {person_id: name for person_id, name in found.items() if name is not None}
