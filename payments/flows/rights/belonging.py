"""Who belongs to a community: an invoice, a comp or a look-up is for nobody else (invariant 18).

That is who the platform says is in one of its places now, and who by our own rows bought, held or was billed there.
"""

from dataclasses import dataclass
from enum import StrEnum

from payments.core.community import Community, Identity, Place
from payments.core.ids import PersonId
from payments.flows.runtime.context import AppContext

PLACES_MAX = 10
"""In how many places of a community the platform is asked."""


class Elsewhere(StrEnum):
    """Why somebody can't be named here. Nothing tells whether they are known to us."""

    NOT_HERE = "not_here"
    UNKNOWN = "unknown"  # the platform doesn't say


@dataclass(frozen=True, slots=True)
class Belongs:
    """They do. `person_id` is None for somebody we have never met; `name` is our own word for them."""

    person_id: PersonId | None
    name: str | None


async def dealt_at(app: AppContext, place: Place, who: Identity) -> bool:
    """Whether by our own rows an account bought, held or was billed something in the community of a place."""
    async with app.store.transaction() as tx:
        community = await tx.communities.at(place)
        person_id = await tx.identities.of(who)
        return bool(community and person_id and await tx.identities.dealt(person_id, community.id))


async def belonging(app: AppContext, community: Community, place: Place, who: Identity) -> Belongs | Elsewhere:
    """Whether an account belongs to the community of a place, and whose it is. Makes no row."""
    async with app.store.transaction() as tx:
        account = await tx.person_merges.account(who)
        dealt = account is not None and await tx.identities.dealt(account.person_id, community.id)
        places = [p for p in await tx.communities.places(community.id) if p.platform is who.platform and p != place]
    found = Belongs(None, None) if account is None else Belongs(account.person_id, account.name)
    if dealt:
        return found
    inside = [await _inside(app, each, who) for each in (place, *places[: PLACES_MAX - 1])]
    if any(inside):
        return found
    return Elsewhere.UNKNOWN if None in inside else Elsewhere.NOT_HERE


async def _inside(app: AppContext, place: Place, who: Identity) -> bool | None:
    platform = app.platforms.get(place.platform)
    member = None if platform is None else await platform.member(who.user_id, place)
    return None if member is None else member.inside
