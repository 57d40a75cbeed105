"""One account of a payment provider, as a bundle of ports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from payments.core.billing import SnapshotPart
from payments.core.ids import AccountId, CustomerRef, InvoiceId
from payments.core.money import Limits
from payments.core.snapshot import Snapshot
from payments.ports.providers.catalog import CatalogSync
from payments.ports.providers.checkouts import Checkouts
from payments.ports.providers.customers import Customers
from payments.ports.providers.events import EventSource
from payments.ports.providers.fraud_warnings import FraudWarnings
from payments.ports.providers.invoicing import Invoicing
from payments.ports.providers.lookup import Lookup
from payments.ports.providers.portal import Portal
from payments.ports.providers.refunds import Refunds
from payments.ports.providers.subscriptions import SubscriptionActions


@dataclass(frozen=True, slots=True)
class Account:
    """The owner's account. ``livemode`` is the key's."""

    id: AccountId
    livemode: bool
    currency: str


class PaymentProvider(Protocol):
    """One account. A port that the provider does not offer is None.

    Every method of every port may raise `ProviderUnavailable` (`KeyRefused` is one) or `ProviderRefused`; none retries
    a creating call under another key. ``key`` is an idempotency key, kept by the provider for 24 hours.
    """

    @property
    def checkouts(self) -> Checkouts:
        """Pages on which people pay."""
        ...

    @property
    def events(self) -> EventSource:
        """What the provider tells of by itself, and its lists for the sweep."""
        ...

    @property
    def customers(self) -> Customers | None:
        """Customers as objects of the provider's own."""
        ...

    @property
    def catalog(self) -> CatalogSync | None:
        """Products and prices as objects of the provider's own."""
        ...

    @property
    def subscriptions(self) -> SubscriptionActions | None:
        """Changes to subscriptions that run."""
        ...

    @property
    def invoicing(self) -> Invoicing | None:
        """One-off invoices."""
        ...

    @property
    def refunds(self) -> Refunds | None:
        """Giving money back."""
        ...

    @property
    def fraud_warnings(self) -> FraudWarnings | None:
        """What issuers say of payments."""
        ...

    @property
    def portal(self) -> Portal | None:
        """A page on which members manage what they pay."""
        ...

    @property
    def lookup(self) -> Lookup | None:
        """Finding again what we made."""
        ...

    @property
    def limits(self) -> Limits:
        """The currencies it charges in, and how little and how much of each."""
        ...

    def told_time(self) -> int | None:
        """What time it is by the provider's clock (milliseconds since 1970 UTC), carried on from its newest answer;
        None while none has told."""
        ...

    async def account(self) -> Account:
        """The account that the key belongs to."""
        ...

    async def snapshot(
        self, customer: CustomerRef, parts: SnapshotPart, *, failures_unknown: Sequence[InvoiceId] = ()
    ) -> Snapshot:
        """What the provider says now of these parts; bounded and paged.

        `failures_unknown`: invoices whose first failed payment is to be looked up in the event list too.
        """
        ...

    async def close(self) -> None:
        """Close connections."""
        ...
