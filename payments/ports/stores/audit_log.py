"""The audit log: append-only."""

from collections.abc import Sequence
from typing import Protocol

from payments.core.ids import CommunityId, PersonId
from payments.ports.stores.records import AuditEntry


class AuditLog(Protocol):
    """What was done, who did it, and to which person."""

    async def add(self, entry: AuditEntry) -> bool:
        """Write what was done, once for its id. False if it stands there already."""
        ...

    async def of_person(self, person_id: PersonId, limit: int) -> Sequence[AuditEntry]:
        """Newest first."""
        ...

    async def acts(
        self, community_id: CommunityId, limit: int, *, about: PersonId | None = None, before: str | None = None
    ) -> Sequence[AuditEntry]:
        """What people did in a community, newest first; `about`: only about or by this person; `before`:
        what stands behind this line of the same community (nothing if there is no such line)."""
        ...
