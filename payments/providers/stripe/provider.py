"""`PaymentProvider` for one Stripe account, port by port. What the objects mean is in `facts`; how a call is made, in
`calls`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from payments.core.billing import SnapshotPart
from payments.core.ids import AccountId, CustomerRef, InvoiceId
from payments.core.snapshot import Snapshot
from payments.ports.providers import Account, KeyRefused
from payments.providers.stripe import snapshot
from payments.providers.stripe.calls import StripeCalls
from payments.providers.stripe.catalog import StripeCatalog
from payments.providers.stripe.checkouts import StripeCheckouts
from payments.providers.stripe.customers import StripeCustomers
from payments.providers.stripe.events import StripeEvents
from payments.providers.stripe.fraud_warnings import StripeFraudWarnings
from payments.providers.stripe.invoicing import StripeInvoicing
from payments.providers.stripe.limits import LIMITS
from payments.providers.stripe.lookup import StripeLookup
from payments.providers.stripe.portal import StripePortal
from payments.providers.stripe.refunds import StripeRefunds
from payments.providers.stripe.subscriptions import StripeSubscriptions
from payments.rate_limit import Limiter


class StripeProvider:
    """One Stripe account. `api_base` None is Stripe itself; `limiter` is the account's own.

    `stripe_account` is set for a connected account. The key appears in no error, log or repr.
    """

    limits = LIMITS

    def __init__(
        self, api_key: str, *, limiter: Limiter, api_base: str | None = None, stripe_account: str | None = None
    ) -> None:
        self._livemode = api_key.startswith(("sk_live_", "rk_live_"))
        calls = self._calls = StripeCalls(api_key, api_base=api_base, limiter=limiter, stripe_account=stripe_account)
        self.checkouts = StripeCheckouts(calls)
        self.events = StripeEvents(calls)
        self.customers = StripeCustomers(calls)
        self.catalog = StripeCatalog(calls)
        self.subscriptions = StripeSubscriptions(calls)
        self.invoicing = StripeInvoicing(calls)
        self.refunds = StripeRefunds(calls)
        self.fraud_warnings = StripeFraudWarnings(calls)
        self.portal = StripePortal(calls)
        self.lookup = StripeLookup(calls)

    async def account(self) -> Account:
        """The account the key belongs to."""
        row = await self._calls.ask(lambda: self._calls.v1.accounts.retrieve_current_async())
        return Account(
            id=AccountId(str(row["id"])),
            livemode=self._livemode,
            currency=str(row.get("default_currency") or "usd"),
        )

    async def lacking(self) -> Sequence[str]:
        """What a restricted key may not read of all that is needed, in Stripe's words.

        Whether it may write shows only when something is made.
        """
        v1 = self._calls.v1
        calls: tuple[Callable[[], Awaitable[Any]], ...] = (
            lambda: v1.customers.list_async({"limit": 1}),
            lambda: v1.products.list_async({"limit": 1}),
            lambda: v1.prices.list_async({"limit": 1}),
            lambda: v1.checkout.sessions.list_async({"limit": 1}),
            lambda: v1.billing_portal.configurations.list_async({"limit": 1}),
            lambda: v1.subscriptions.list_async({"limit": 1}),
            lambda: v1.invoices.list_async({"limit": 1}),
            lambda: v1.invoice_payments.list_async({"limit": 1}),
            lambda: v1.charges.list_async({"limit": 1}),
            lambda: v1.payment_intents.list_async({"limit": 1}),
            lambda: v1.refunds.list_async({"limit": 1}),
            lambda: v1.credit_notes.list_async({"limit": 1}),
            lambda: v1.disputes.list_async({"limit": 1}),
            lambda: v1.radar.early_fraud_warnings.list_async({"limit": 1}),
            lambda: v1.events.list_async({"limit": 1}),
        )
        found = []
        for call in calls:
            try:
                await self._calls.ask(call)
            except KeyRefused as refused:
                found.append(str(refused))
        return found

    async def snapshot(
        self, customer: CustomerRef, parts: SnapshotPart, *, failures_unknown: Sequence[InvoiceId] = ()
    ) -> Snapshot:
        """What Stripe says now of these parts; bounded and paged."""
        return await snapshot.fetch(self._calls, customer, parts, failures_unknown)

    async def close(self) -> None:
        """Close connections."""
        await self._calls.close()
