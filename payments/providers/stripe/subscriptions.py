"""What can be done to a subscription of Stripe's."""

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from payments.core.billing import ENDED_STATUSES, SubscriptionStatus
from payments.core.ids import SubscriptionId
from payments.ports.providers import ProviderRefused
from payments.providers.stripe.calls import Json, StripeCalls
from payments.providers.stripe.fields import reference

if TYPE_CHECKING:
    from stripe import params as stripe_params  # for annotations only: a module of thousands of classes

AT_THE_END: "stripe_params.SubscriptionUpdateParams" = {"cancel_at_period_end": True}


class StripeSubscriptions:
    """`SubscriptionActions` of one account."""

    def __init__(self, calls: StripeCalls) -> None:
        self._calls = calls

    async def cancel(self, subscription: SubscriptionId) -> None:
        """Cancel at the end of the period that is paid.

        A schedule decides how its subscription ends, and Stripe refuses anything else: it is released first.
        """
        try:
            await self._update(subscription, AT_THE_END)
        except ProviderRefused as refused:
            if schedule := await self._schedule(subscription, refused):
                await self._release(schedule)
            await self._update(subscription, AT_THE_END)

    async def keep(self, subscription: SubscriptionId) -> None:
        """Take a cancellation back, also one on a date of its own, or by a schedule, which otherwise goes on."""
        try:
            await self._keep(subscription)
        except ProviderRefused as refused:
            if schedule := await self._schedule(subscription, refused):
                await self._let_go_on(subscription, schedule)
            else:
                await self._keep(subscription)

    async def _keep(self, subscription: SubscriptionId) -> None:
        row = await self._update(subscription, {"cancel_at_period_end": False})
        if row.get("cancel_at") is not None:
            await self._update(subscription, {"cancel_at": ""})

    async def _let_go_on(self, subscription: SubscriptionId, schedule: str) -> None:
        """Have a schedule let its subscription go on at its end; release it if the end was not of its making."""
        await self._calls.ask(
            lambda: self._calls.v1.subscription_schedules.update_async(schedule, {"end_behavior": "release"}),
            interactive=True,
        )
        row = await self._retrieve(subscription)
        if row.get("cancel_at") is not None or row.get("cancel_at_period_end"):
            await self._release(schedule)
            await self._keep(subscription)

    async def _schedule(self, subscription: SubscriptionId, refused: ProviderRefused) -> str | None:
        """The schedule that may have made Stripe refuse a change. Raises that refusal of what has ended."""
        if refused.code == "missing_object":
            raise refused
        row = await self._retrieve(subscription)
        if SubscriptionStatus(str(row.get("status"))) in ENDED_STATUSES:
            raise refused
        return reference(row.get("schedule"))

    async def _release(self, schedule: str) -> None:
        """Whatever end it had set stays for now: should we die here, the subscription still ends no later."""
        with contextlib.suppress(ProviderRefused):  # it has just ended, or somebody else released it
            await self._calls.ask(
                lambda: self._calls.v1.subscription_schedules.release_async(schedule, {"preserve_cancel_date": True}),
                interactive=True,
            )

    async def _retrieve(self, subscription: SubscriptionId) -> Json:
        return await self._calls.ask(
            lambda: self._calls.v1.subscriptions.retrieve_async(subscription), interactive=True
        )

    async def _update(self, subscription: SubscriptionId, params: "stripe_params.SubscriptionUpdateParams") -> Json:
        return await self._calls.ask(
            lambda: self._calls.v1.subscriptions.update_async(subscription, params), interactive=True
        )

    async def cancel_now(self, subscription: SubscriptionId) -> None:
        """End a subscription at once: nothing more is charged, and nothing is given back."""
        await self._calls.ask(lambda: self._calls.v1.subscriptions.cancel_async(subscription))

    async def name_ours(self, subscription: SubscriptionId, metadata: Mapping[str, str]) -> None:
        """Metadata of others stays."""
        await self._update(subscription, {"metadata": dict(metadata)})

    async def status(self, subscription: SubscriptionId) -> SubscriptionStatus:
        """One subscription's status now."""
        row = await self._retrieve(subscription)
        return SubscriptionStatus(str(row.get("status")))
