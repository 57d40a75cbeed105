"""Communities, their places, and the targets there."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from payments.core.community import Community, Place, Target
from payments.core.ids import CommunityId, PersonId, TargetId
from payments.ports.stores.records import Stuck


class Communities(Protocol):
    """Communities, their places and the targets in them."""

    async def add(self, community: Community, place: Place, place_name: str) -> Community:
        """Make a community for a place, or answer the one the place already has."""
        ...

    async def get(self, community_id: CommunityId) -> Community | None:
        """One community."""
        ...

    async def at(self, place: Place) -> Community | None:
        """The community of a place."""
        ...

    async def all(self) -> Sequence[Community]:
        """Every community, oldest first."""
        ...

    async def places(self, community_id: CommunityId) -> Sequence[Place]:
        """The places of a community."""
        ...

    async def served(self, places: Collection[Place]) -> Collection[Place]:
        """Those of the places that are served: claimed, or sold in before places had to be claimed."""
        ...

    async def all_served(self) -> Mapping[Place, str]:
        """Every served place with its own name."""
        ...

    async def serve(self, place: Place, *, served: bool) -> bool:
        """A place that has a community is served from now on, or no longer. False if nothing changed."""
        ...

    async def place_names(self, community_id: CommunityId) -> Mapping[Place, str]:
        """The places of a community with the names of server and chats."""
        ...

    async def update(self, community: Community) -> None:
        """Store name, locale, currency, grace, contact, icon, colour and payment account."""
        ...

    async def held_since(self, told_before: int) -> Sequence[Community]:
        """The communities whose breaker is tripped, and whose contact was told of it last before this moment."""
        ...

    async def tell_breaker(self, community_id: CommunityId, now: int) -> bool:
        """The contact is told now; False when it was decided meanwhile."""
        ...

    async def adopt(self, target_id: TargetId, *, adopted: bool) -> None:
        """Store whether who had a role before Guestlist loses it with the membership."""
        ...

    async def trip_breaker(self, community_id: CommunityId, machine_now: int, now: int | None = None) -> bool:
        """True if it was not tripped yet."""
        ...

    async def reset_breaker(self, community_id: CommunityId) -> None:
        """Let revokes through again."""
        ...

    async def lock(self, community_ids: Collection[CommunityId]) -> None:
        """Lock the communities' rows until the commit, in the order of their ids."""
        ...

    async def join(self, joined: CommunityId, into: CommunityId) -> None:
        """All places, plans and targets of one community are the other's, and it is no more. What it held back stays
        held back, and its contact is the other's if that has none."""
        ...

    async def namesakes(self, one: CommunityId, other: CommunityId) -> Sequence[str]:
        """Names of active plans of the one that an active plan of the other has too, regardless of case."""
        ...

    async def in_use(self, place: Place) -> bool:
        """Whether a plan opens something there, or anybody has or should have something of it."""
        ...

    async def once_in(self, place: Place) -> Collection[PersonId]:
        """Everybody who has, had or should have something of a place."""
        ...

    async def take_out(self, place: Place, own: Community) -> None:
        """A place with its targets gets a new community of its own; nobody has anything of them (see `in_use`), and who
        once had is forgotten. The caller has locked those (see `once_in`) before it looked."""
        ...

    async def rename_place(self, place: Place, name: str) -> bool:
        """A place has another name; a community that was called like it follows. False if nothing was changed."""
        ...

    async def put_target(self, target: Target) -> Target:
        """Make a target, or answer the stored one (with the new name) of the same platform, place and external id."""
        ...

    async def target(self, target_id: TargetId) -> Target | None:
        """One target."""
        ...

    async def targets(self, community_id: CommunityId) -> Sequence[Target]:
        """The targets of a community, by name."""
        ...

    async def targets_in(self, place: Place) -> Sequence[Target]:
        """The targets in a place, in the order of their ids."""
        ...

    async def places_with_targets(self) -> Sequence[Place]:
        """Every place in which a target is."""
        ...

    async def set_fault(self, target_id: TargetId, code: str, detail: str, now: int) -> bool:
        """It can't be opened for anybody, of which the contact was not told. False if that was the cause before."""
        ...

    async def end_fault(self, target: Target) -> bool:
        """It can be opened again. False if its fault is not the one of `target` any more."""
        ...

    async def tell_fault(self, target_id: TargetId, now: int, before: int) -> bool:
        """The contact is told of a target's fault now. False if they were told after `before`, or it has none."""
        ...

    async def stuck(self, community_id: CommunityId) -> Stuck:
        """What of this community can't go on by itself; nothing of any other is counted."""
        ...
