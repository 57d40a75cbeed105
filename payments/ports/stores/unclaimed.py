"""Subscriptions to plans of ours that were bought past us, until somebody claims them with a code."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from payments.core.ids import AccountId, CommunityId, CustomerRef, PersonId, PlanId, SubscriptionId


@dataclass(frozen=True, slots=True)
class UnclaimedSubscription:
    """One of them. ``stripe_id``: its customer, who is not here. ``expires_at`` is machine time; ``person_id``: who
    claimed it."""

    account_id: AccountId
    subscription_id: SubscriptionId
    stripe_id: CustomerRef
    plan_id: PlanId
    started_at: int
    code_hash: str | None = None
    expires_at: int | None = None
    person_id: PersonId | None = None


class UnclaimedSubscriptions(Protocol):
    """What was bought past us."""

    async def remember(self, found: Collection[UnclaimedSubscription], now: int) -> None:
        """They are there at `now`; a code that was made for one stays."""
        ...

    async def forget(self, account_id: AccountId, before: int) -> None:
        """Those that nobody claimed, and that were not seen since, are gone."""
        ...

    async def waiting(self, community_id: CommunityId, limit: int) -> Sequence[UnclaimedSubscription]:
        """Those of a community's plans that nobody claimed and whose customer is still unknown, the newest first."""
        ...

    async def get(self, account_id: AccountId, subscription_id: SubscriptionId) -> UnclaimedSubscription | None:
        """One of them."""
        ...

    async def of_code(self, code_hash: str) -> UnclaimedSubscription | None:
        """The one that a code is for."""
        ...

    async def set_code(
        self, account_id: AccountId, subscription_id: SubscriptionId, code_hash: str, expires_at: int
    ) -> bool:
        """It can be claimed with this code alone from now on. False if it was claimed."""
        ...

    async def void(self, code_hash: str) -> bool:
        """The code is good for nothing from now on. False if there is none that was not used."""
        ...

    async def take(self, code_hash: str, person_id: PersonId) -> bool:
        """All of its customer are this person's. True for one caller alone, and only while none of them was claimed."""
        ...
