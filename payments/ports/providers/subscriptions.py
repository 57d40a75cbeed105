"""Changes to subscriptions that run."""

from collections.abc import Mapping
from typing import Protocol

from payments.core.billing import SubscriptionStatus
from payments.core.ids import SubscriptionId


class SubscriptionActions(Protocol):
    """What can be done to a subscription."""

    async def cancel(self, subscription: SubscriptionId) -> None:
        """Cancel at the end of the period that is paid. Refused once it has ended, as `status` then says."""
        ...

    async def keep(self, subscription: SubscriptionId) -> None:
        """Take a cancellation back, at whatever date it was to end. Refused like `cancel`."""
        ...

    async def cancel_now(self, subscription: SubscriptionId) -> None:
        """End a subscription at once: nothing more is charged, and nothing is given back. Refused as `missing_object`
        once it has ended."""
        ...

    async def name_ours(self, subscription: SubscriptionId, metadata: Mapping[str, str]) -> None:
        """Write our ids onto a subscription that somebody else made; doing it again changes nothing."""
        ...

    async def status(self, subscription: SubscriptionId) -> SubscriptionStatus:
        """One subscription's status now, for a person who waits."""
        ...
