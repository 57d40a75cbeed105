"""What somebody has in a community although no membership gives it to them."""

from payments.core.community import Identity, Place, Target, TargetKind
from payments.core.ids import CommunityId, PersonId
from payments.core.rights import Standing
from payments.flows.runtime.context import AppContext

PLACES_MAX = 10
"""In how many places of a community the platform is asked."""


async def had_by_hand(
    app: AppContext, who: Identity, community_id: CommunityId, person_id: PersonId | None
) -> tuple[Target, ...]:
    """The roles and chats that this account has now without a membership, as far as the platform says so: given by
    hand or by another bot, or from before. Whoever runs a chat is in it by that."""
    async with app.store.transaction() as tx:
        targets = [one for one in await tx.communities.targets(community_id) if one.platform is who.platform]
        accesses = await tx.accesses.of([] if person_id is None else [person_id])
    ours = {access.target_id for access in accesses if access.wanted or access.applied}
    places = sorted({Place(one.platform, one.place_id) for one in targets}, key=lambda place: place.external_id)
    platform = app.platforms.get(who.platform)
    if platform is None:
        return ()
    has: set[str] = set()
    for place in places[:PLACES_MAX]:
        member = await platform.member(who.user_id, place)
        if member is not None and member.inside:
            has |= member.role_ids | ({place.external_id} if member.standing is Standing.MEMBER else set())
    return tuple(one for one in targets if one.id not in ours and _named(one) in has)


def _named(target: Target) -> str:
    return target.external_id if target.kind is TargetKind.ROLE else target.place_id
