"""Ledger and audit log: append-only."""

from collections.abc import Sequence
from typing import Protocol

from payments.core.ids import (
    CommunityId,
    PersonId,
)
from payments.ports.stores.records import AuditEntry, LedgerEntry


class Books(Protocol):
    """Ledger and audit: append-only."""

    async def ledger(self, entries: Sequence[LedgerEntry]) -> None:
        """Write what changed in what is sold."""
        ...

    async def audit(self, entry: AuditEntry) -> bool:
        """Write what was done, once for its id. False if it stands there already."""
        ...

    async def audit_of(self, person_id: PersonId, limit: int) -> Sequence[AuditEntry]:
        """Newest first."""
        ...

    async def acts(
        self, community_id: CommunityId, limit: int, *, about: PersonId | None = None, before: str | None = None
    ) -> Sequence[AuditEntry]:
        """What people did in a community, newest first; `about`: only about or by this person; `before`:
        what stands behind this line of the same community (nothing if there is no such line)."""
        ...
