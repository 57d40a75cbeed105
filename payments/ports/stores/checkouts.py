"""Checkout links."""

from collections.abc import Collection, Sequence
from typing import Protocol

from payments.core.billing import Checkout
from payments.core.ids import (
    AccountId,
    CheckoutId,
    CustomerId,
    PersonId,
    PlanId,
    PriceId,
)


class Checkouts(Protocol):
    """Checkout links."""

    async def add(self, checkout: Checkout) -> bool:
        """False when the beneficiary has a pending or open one for the plan already."""
        ...

    async def get(self, checkout_id: CheckoutId) -> Checkout | None:
        """One checkout."""
        ...

    async def of_session(self, customer_id: CustomerId, session_id: str) -> Checkout | None:
        """A customer's checkout by the provider's session."""
        ...

    async def current(self, beneficiary_id: PersonId, plan_id: PlanId) -> Checkout | None:
        """The pending or open one."""
        ...

    async def unfinished_at(self, person_id: PersonId, plan_id: PlanId) -> Collection[AccountId]:
        """The accounts at which a person, or somebody merged into them, had a link for the plan that was not seen paid:
        it may have been, if nobody could ask since."""
        ...

    async def waiting(self, beneficiary_id: PersonId) -> Sequence[Checkout]:
        """All pending and open ones of a person."""
        ...

    async def update(self, checkout: Checkout) -> None:
        """Store state, session, address and expiry."""
        ...

    async def unsold(
        self, plan_id: PlanId, sold: Collection[PriceId], after: CheckoutId | None, limit: int
    ) -> Sequence[Checkout]:
        """Pending and open ones of a plan that are for none of these prices, in the order of their ids, behind
        `after`."""
        ...

    async def expire_due(self, now: int) -> int:
        """Mark open ones whose time is over as expired."""
        ...
