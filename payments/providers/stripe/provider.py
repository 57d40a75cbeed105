"""`PaymentProvider` for one Stripe account, port by port. What the objects mean is in `facts`; how a call is made, in
`calls`."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from payments.core.billing import SnapshotPart
from payments.core.ids import AccountId, CustomerRef, InvoiceId
from payments.core.snapshot import Snapshot
from payments.ports.providers import Account, KeyRefused, ProviderRefused
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
from payments.providers.stripe.permissions import PERMISSIONS
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

    def told_time(self) -> int | None:
        """What time it is by Stripe's answers."""
        return self._calls.told_time()

    async def account(self) -> Account:
        """The account the key belongs to."""
        row = await self._calls.ask(lambda: self._calls.v1.accounts.retrieve_current_async())
        return Account(
            id=AccountId(str(row["id"])),
            livemode=self._livemode,
            currency=str(row.get("default_currency") or "usd"),
        )

    async def lacking(self) -> Sequence[str]:
        """What a restricted key may not do of all that is needed, to read or to write, each with Stripe's words."""
        found = []
        for permission in PERMISSIONS:
            for probe in permission.probes:
                refused = await self._refused(partial(probe, self._calls.v1))
                if refused is not None:
                    found.append(f"{permission.name}: {'write' if permission.write else 'read'}. {refused}")
                    break
        return found

    async def _refused(self, probe: Callable[[], Awaitable[Any]]) -> KeyRefused | None:
        """Why the key may not do this; None where it may, whatever else Stripe says of what isn't there."""
        try:
            await self._calls.ask(probe)
        except KeyRefused as refused:
            return refused
        except ProviderRefused:
            return None
        return None

    async def snapshot(
        self, customer: CustomerRef, parts: SnapshotPart, *, failures_unknown: Sequence[InvoiceId] = ()
    ) -> Snapshot:
        """What Stripe says now of these parts; bounded and paged."""
        return await snapshot.fetch(self._calls, customer, parts, failures_unknown)

    async def close(self) -> None:
        """Close connections."""
        await self._calls.close()
