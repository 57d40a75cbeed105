"""Who may do what in a community."""

from collections.abc import Sequence
from typing import Protocol

from payments.core.community import Platform
from payments.core.ids import CommunityId
from payments.core.rights import TeamEntry, TeamKind


class Team(Protocol):
    """Who may do what in a community."""

    async def of(self, community_id: CommunityId) -> Sequence[TeamEntry]:
        """The whole team: owners first, then by name."""
        ...

    async def put(self, entry: TeamEntry) -> None:
        """Add somebody, or give them another rank. No longer suspended."""
        ...

    async def remove(self, community_id: CommunityId, platform: Platform, kind: TeamKind, subject_id: str) -> bool:
        """Take somebody out. False if they were not in."""
        ...

    async def suspend(self, entry: TeamEntry, at: int | None) -> bool:
        """A role counts for nothing since this business time; None: it counts again. False if nothing changed."""
        ...

    async def roles(self) -> Sequence[TeamEntry]:
        """Every role in any team: they are looked at daily."""
        ...
