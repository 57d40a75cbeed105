"""Entitlements: the guest list itself."""

from collections.abc import Collection, Sequence
from typing import Protocol

from payments.core.access import Entitlement
from payments.core.ids import (
    EntitlementId,
    PersonId,
)


class Entitlements(Protocol):
    """The guest list."""

    async def of(self, beneficiary_ids: Collection[PersonId]) -> Sequence[Entitlement]:
        """All entitlements of these persons, whatever their state, oldest first."""
        ...

    async def get(self, entitlement_id: EntitlementId) -> Entitlement | None:
        """One entitlement."""
        ...

    async def put(self, entitlement: Entitlement) -> None:
        """Store an entitlement as it is now."""
        ...
