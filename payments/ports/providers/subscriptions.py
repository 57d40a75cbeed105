"""Changes to subscriptions that run."""

from typing import Protocol

from payments.core.billing import SubscriptionStatus
from payments.core.ids import SubscriptionId


class SubscriptionActions(Protocol):
    """What can be done to a subscription."""

    async def cancel(self, subscription: SubscriptionId) -> None:
        """Cancel at the end of the period that is paid."""
        ...

    async def keep(self, subscription: SubscriptionId) -> None:
        """Take a cancellation back, at whatever date it was to end."""
        ...

    async def cancel_now(self, subscription: SubscriptionId) -> None:
        """End a subscription at once: nothing more is charged, and nothing is given back."""
        ...

    async def status(self, subscription: SubscriptionId) -> SubscriptionStatus:
        """One subscription's status now, for a person who waits."""
        ...
