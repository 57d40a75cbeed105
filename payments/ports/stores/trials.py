"""Who had a trial of which plan already, and with which card."""

from collections.abc import Collection
from typing import Protocol

from payments.core.ids import AccountId, PersonId, PlanId, SubscriptionId


class Trials(Protocol):
    """Who had which plan already, and with which card."""

    async def had(self, person_id: PersonId, plan_id: PlanId) -> bool:
        """Whether an account of this person was ever part of somebody who had the plan."""
        ...

    async def remember(self, person_ids: Collection[PersonId], plan_id: PlanId) -> None:
        """All accounts of these (living) persons had this plan."""
        ...

    async def share(self, person_id: PersonId) -> None:
        """Of a person's accounts, each had what any of them had."""
        ...

    async def first_with_card(
        self, account_id: AccountId, fingerprint: str, plan_id: PlanId, subscription_id: SubscriptionId
    ) -> SubscriptionId:
        """The subscription that first had a trial of the plan with this card: this one, unless there was another."""
        ...
