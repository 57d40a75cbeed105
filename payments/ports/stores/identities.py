"""People and their accounts on the chat platforms."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from payments.core.community import Identity, Platform
from payments.core.ids import CommunityId, PersonId


class Identities(Protocol):
    """Persons and their identities."""

    async def of(self, identity: Identity) -> PersonId | None:
        """The person of an identity."""
        ...

    async def ensure(self, identity: Identity, name: str, locale: str, new_id: PersonId, now: int) -> PersonId:
        """The person of an identity, made with `new_id` if unknown; name and locale are brought up to date."""
        ...

    async def identities(self, person_id: PersonId) -> Sequence[Identity]:
        """The person's accounts, oldest first; of one who was merged, those of the person who lives on. So are name and
        locale."""
        ...

    async def name(self, person_id: PersonId, on: Sequence[Platform]) -> str | None:
        """What the person's account is called on the first of these platforms where they have one; None if on none.
        Which other accounts somebody has is nobody's business."""
        ...

    async def locale(self, person_id: PersonId) -> str:
        """The person's locale; English for one we don't know."""
        ...

    async def living(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, PersonId]:
        """Who each of these ids means: itself, or the person it was merged into."""
        ...

    async def dealt(self, person_id: PersonId, community_id: CommunityId) -> bool:
        """Whether somebody bought, held or was billed in a community, by our own rows."""
        ...

    async def bought(self, person_id: PersonId, community_id: CommunityId) -> bool:
        """The same, but for what the team gives by itself: a comp, and what was held by one."""
        ...

    async def lock(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, PersonId]:
        """Lock the living persons' rows until the commit, in the order of their ids, bumping their version
        (invariant 2). Who each id means, as in `living`. Raises `PersonsMerged` if that changed while waiting."""
        ...
