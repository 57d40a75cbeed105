"""The payment provider: creating calls with a key, single questions, and lists for the sweep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from payments.core.billing import SnapshotPart, SubscriptionStatus
from payments.core.catalog import Price
from payments.core.ids import AccountId, CustomerRef, EventId, InvoiceId, SubscriptionId
from payments.core.snapshot import InvoiceFact, Snapshot, SubscriptionFact

T = TypeVar("T")


class ProviderUnavailable(Exception):
    """No clear answer: it can't be reached, is too busy, or answered 5xx. What was asked may have been done.

    ``retry_after_ms`` is set when the provider named it. ``unclear`` is False only when surely nothing was done (429).
    ``replayed``: the provider repeated the error it gave before under this idempotency key, and always will.
    """

    def __init__(
        self, message: str, *, retry_after_ms: int | None = None, unclear: bool = True, replayed: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after_ms = retry_after_ms
        self.unclear = unclear
        self.replayed = replayed


class KeyRefused(ProviderUnavailable):
    """Our key is not accepted, or may not do this: nothing was done. Once the owner has mended it, what waits goes on.

    ``code``: ``authentication_error`` or ``permission_error``. The message is the provider's and names what is missing.
    """

    def __init__(self, code: str, message: str, *, replayed: bool = False) -> None:
        super().__init__(message, unclear=False, replayed=replayed)
        self.code = code


class ProviderRefused(Exception):
    """A clear no. ``code`` is the provider's error code, or its type;

    ``missing_email`` and ``missing_object`` are our names.
    """

    def __init__(self, code: str, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


@dataclass(frozen=True, slots=True)
class Account:
    """The owner's account. ``livemode`` is the key's."""

    id: AccountId
    livemode: bool
    currency: str


class ObjectKind(StrEnum):
    """Kinds of objects we make, each carrying ``guestlist_row`` = our row's id in its metadata."""

    CUSTOMER = "customer"
    PRODUCT = "product"
    PRICE = "price"
    CHECKOUT_SESSION = "checkout_session"
    INVOICE = "invoice"
    INVOICE_ITEM = "invoice_item"


class SessionStatus(StrEnum):
    """Stripe's checkout session statuses."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """What a checkout session is made of. ``metadata`` goes on the session and on what comes of it (subscription,
    invoice, payment intent). ``trial_days`` only for recurring prices."""

    customer: CustomerRef
    price: Price
    trial_days: int
    success_url: str
    cancel_url: str
    expires_at: int
    reference: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    """A checkout session; ``url`` is None once it is over, or its customer was deleted: then nothing can be paid by it.

    ``failed``: it ended with a payment that takes days (a bank debit), and no money came of it in the end.
    """

    id: str
    url: str | None
    status: SessionStatus
    expires_at: int
    failed: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def bought(self) -> bool:
        """Whether it was paid, or may still be."""
        return self.status is SessionStatus.COMPLETE and not self.failed


@dataclass(frozen=True, slots=True)
class InvoiceOrder:
    """A one-off invoice. ``description`` is the item's and the memo's text."""

    customer: CustomerRef
    amount: int
    currency: str
    description: str
    days_until_due: int
    footer: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)


class PortalFlow(StrEnum):
    """Where the portal opens."""

    HOME = "home"
    PAYMENT_METHOD = "payment_method_update"
    CANCEL = "subscription_cancel"


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """An event of the provider's list, as ingest stores it. ``body`` is its JSON text."""

    id: EventId
    type: str
    created_at: int
    object_id: str | None
    stripe_customer_id: CustomerRef | None
    body: str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, newest first; ``next`` is the cursor of the following one, None at the end."""

    items: Sequence[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class ListedSubscription:
    """A subscription in the account's list, with whose it is."""

    stripe_customer_id: CustomerRef
    fact: SubscriptionFact


class PaymentProvider(Protocol):
    """One account of a payment provider.

    Every method may raise `ProviderUnavailable` (`KeyRefused` is one) or `ProviderRefused`; none retries a creating
    call under another key. `key` is an idempotency key, kept by the provider for 24 hours. `interactive` calls (a
    person waits) go first.
    """

    async def account(self) -> Account:
        """The account the key belongs to."""
        ...

    async def find(self, kind: ObjectKind, row_id: str, *, since_at: int, customer: CustomerRef | None) -> str | None:
        """The id of the object whose metadata names `row_id`, or None. Lists (never searches) what was made since."""
        ...

    async def create_customer(
        self, key: str, *, name: str, email: str | None, metadata: Mapping[str, str]
    ) -> CustomerRef:
        """Make a customer."""
        ...

    async def set_customer_email(self, customer: CustomerRef, email: str) -> None:
        """Set the e-mail that invoices are sent to."""
        ...

    async def create_product(self, key: str, *, name: str, metadata: Mapping[str, str]) -> str:
        """Make a product: one for each plan."""
        ...

    async def rename_product(self, product_id: str, name: str) -> None:
        """A plan's new name, as checkout and invoices will show it."""
        ...

    async def create_price(self, key: str, *, product_id: str, price: Price, metadata: Mapping[str, str]) -> str:
        """Make a price of a product."""
        ...

    async def create_checkout(self, key: str, order: CheckoutOrder) -> CheckoutSession:
        """Make a checkout session (mode subscription, or payment with an invoice)."""
        ...

    async def checkout(self, session_id: str) -> CheckoutSession:
        """A checkout session as it is now."""
        ...

    async def complete_checkouts(self, customer: CustomerRef) -> Sequence[CheckoutSession]:
        """The customer's sessions that ended with a payment, the newest 100."""
        ...

    async def expire_checkout(self, session_id: str) -> None:
        """End an open session, so that it can't be paid any more. Refused (`ProviderRefused`) if it is not open."""
        ...

    async def create_portal_configuration(self, key: str) -> str:
        """Make the portal's configuration: cancel at period end, change card, invoices, e-mail."""
        ...

    async def create_portal(
        self,
        customer: CustomerRef,
        *,
        configuration_id: str,
        return_url: str,
        flow: PortalFlow,
        subscription: SubscriptionId | None = None,
    ) -> str:
        """An address of the portal, good for a short time."""
        ...

    async def cancel_at_period_end(self, subscription: SubscriptionId, cancel: bool) -> None:
        """Cancel at the end of the period, or take that back."""
        ...

    async def cancel_now(self, subscription: SubscriptionId) -> None:
        """End a subscription at once: nothing more is charged, and nothing is given back."""
        ...

    async def cards(self, customer: CustomerRef) -> frozenset[str]:
        """Fingerprints of the customer's cards and accounts: the same card has the same one, whoever's it is.

        Empty where we may not read them.
        """
        ...

    async def create_invoice(self, key: str, order: InvoiceOrder) -> InvoiceId:
        """Make a draft, `send_invoice`, without its item."""
        ...

    async def create_invoice_item(self, key: str, invoice: InvoiceId, order: InvoiceOrder) -> str:
        """Put the one item on the draft."""
        ...

    async def send_invoice(self, invoice: InvoiceId) -> InvoiceFact:
        """Finalize (when draft) and send. May be called again: the provider mails it once, if it still knows."""
        ...

    async def delete_draft(self, invoice: InvoiceId, item: str | None) -> None:
        """Delete a draft, and its item should it outlive the draft; what is gone already counts as deleted. Refused if
        it is no draft any more."""
        ...

    async def invoice(self, invoice: InvoiceId) -> InvoiceFact:
        """An invoice as it is now."""
        ...

    async def fetch(
        self, customer: CustomerRef, parts: SnapshotPart, *, failures_unknown: Sequence[InvoiceId] = ()
    ) -> Snapshot:
        """What the provider says now of these parts; bounded and paged.

        `failures_unknown`: invoices whose first failed payment is to be looked up in the event list too.
        """
        ...

    async def customer_of(self, event_type: str, body: str) -> CustomerRef | None:
        """Whose an event without customer is (charge → payment intent → customer, or metadata); None: nobody's."""
        ...

    async def events_page(self, *, since_at: int, after: str | None) -> Page[ListedEvent]:
        """One page (100) of the account's events since a time, newest first."""
        ...

    async def subscriptions_page(self, *, after: str | None) -> Page[ListedSubscription]:
        """One page (100) of all the account's subscriptions, ended ones too."""
        ...

    async def subscription_status(self, subscription: SubscriptionId) -> SubscriptionStatus:
        """One subscription's status now, for a person who waits."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...
