"""Entitlements: the guest list itself."""

from collections.abc import Collection, Sequence
from typing import Protocol

from payments.core.access import Entitlement
from payments.core.breaker import Foreseen
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

    async def foresee(self, entitlement_id: EntitlementId, end: Foreseen | None) -> None:
        """Store the end that an entitlement has ahead (None: none is known). That it is known is older where an end
        was that comes no later."""
        ...

    async def foreseen(self, entitlement_id: EntitlementId) -> Foreseen | None:
        """The end that was stored last."""
        ...
