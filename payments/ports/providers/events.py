"""What the provider tells of by itself, and its lists, in which the sweep finds what nobody told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from payments.core.billing import DisputeStatus, InvoiceStatus, RefundStatus, SnapshotPart
from payments.core.ids import AccountId, CustomerId, CustomerRef, EventId
from payments.core.snapshot import SubscriptionFact

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """An event: a hint that something of a customer changed.

    ``parts``: what to ask for; None for a type from which nothing follows. ``account`` is None for the account that the
    endpoint belongs to. ``row``: our customer's id, where the event is of a customer that we made. ``leads``: what its
    object points to, by the provider's names, for `EventSource.customer_of`. ``body`` is its JSON text.
    """

    id: EventId
    type: str
    livemode: bool
    account: AccountId | None
    created_at: int
    object_id: str | None
    customer: CustomerRef | None
    parts: SnapshotPart | None
    body: str
    row: CustomerId | None = None
    leads: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, newest first; ``next`` is the cursor of the following one, None at the end."""

    items: Sequence[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class ListedSubscription:
    """A subscription in the account's list, with whose it is."""

    customer: CustomerRef
    fact: SubscriptionFact


class MoneyKind(StrEnum):
    """What else is compared at night, by its table."""

    INVOICE = "invoice"
    REFUND = "refund"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class ListedMoney:
    """An invoice, a refund or a dispute in the account's list: whose, and what would be new of it.

    ``amount``: what is paid of an invoice, what a refund gives back, or what is disputed; in minor units.
    """

    id: str
    customer: CustomerRef
    status: InvoiceStatus | RefundStatus | DisputeStatus
    amount: int


class EventSource(Protocol):
    """Events and lists. Required of every provider."""

    def decode(self, body: str) -> ProviderEvent:
        """An event from its JSON text, whose signature was checked. Raises `ValueError` when it is none."""
        ...

    async def customer_of(self, event: ProviderEvent) -> CustomerRef | None:
        """Whose an event without customer is (charge → payment intent → customer); None: nobody's."""
        ...

    async def list_changes(self, *, since_at: int, after: str | None) -> Page[ProviderEvent]:
        """One page (100) of the account's events since a time, newest first."""
        ...

    async def list_live(self, *, after: str | None) -> Page[ListedSubscription]:
        """One page (100) of all the account's subscriptions, ended ones too."""
        ...

    async def list_money(self, kind: MoneyKind, *, since_at: int, after: str | None) -> Page[ListedMoney]:
        """One page (100) of the account's invoices, refunds or disputes made since a time, newest first.

        What belongs to no customer is left out.
        """
        ...
