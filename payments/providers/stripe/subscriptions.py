"""What can be done to a subscription of Stripe's."""

from typing import TYPE_CHECKING

from payments.core.billing import SubscriptionStatus
from payments.core.ids import SubscriptionId
from payments.providers.stripe.calls import Json, StripeCalls

if TYPE_CHECKING:
    from stripe import params as stripe_params  # for annotations only: a module of thousands of classes


class StripeSubscriptions:
    """`SubscriptionActions` of one account."""

    def __init__(self, calls: StripeCalls) -> None:
        self._calls = calls

    async def cancel(self, subscription: SubscriptionId) -> None:
        """Cancel at the end of the period that is paid."""
        await self._update(subscription, {"cancel_at_period_end": True})

    async def keep(self, subscription: SubscriptionId) -> None:
        """Take a cancellation back, also one on a date of its own."""
        row = await self._update(subscription, {"cancel_at_period_end": False})
        if row.get("cancel_at") is not None:
            await self._update(subscription, {"cancel_at": ""})

    async def _update(self, subscription: SubscriptionId, params: "stripe_params.SubscriptionUpdateParams") -> Json:
        return await self._calls.ask(
            lambda: self._calls.v1.subscriptions.update_async(subscription, params), interactive=True
        )

    async def cancel_now(self, subscription: SubscriptionId) -> None:
        """End a subscription at once: nothing more is charged, and nothing is given back."""
        await self._calls.ask(lambda: self._calls.v1.subscriptions.cancel_async(subscription))

    async def status(self, subscription: SubscriptionId) -> SubscriptionStatus:
        """One subscription's status now."""
        row = await self._calls.ask(lambda: self._calls.v1.subscriptions.retrieve_async(subscription), interactive=True)
        return SubscriptionStatus(str(row.get("status")))
