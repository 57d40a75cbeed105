"""Pages on which people pay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from payments.core.catalog import Price
from payments.core.ids import CustomerRef


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
class PaidOnce:
    """What was paid by a session without a subscription. ``sells``: the provider's ids of its prices and products;
    ``amount`` in minor units."""

    sells: frozenset[str]
    amount: int
    currency: str


class Checkouts(Protocol):
    """Pages on which people pay. Required of every provider; a person waits for each call."""

    async def open(self, key: str, order: CheckoutOrder) -> CheckoutSession:
        """Make a session (recurring, or one payment with an invoice), once for its key."""
        ...

    async def get(self, session_id: str) -> CheckoutSession:
        """A session as it is now."""
        ...

    async def completed(self, customer: CustomerRef) -> Sequence[CheckoutSession]:
        """The customer's sessions that ended with a payment, the newest 100."""
        ...

    async def paid_once(self, session_id: str) -> PaidOnce | None:
        """What was paid by a session; None: it makes a subscription, is not paid (yet), or not there."""
        ...

    async def expire(self, session_id: str) -> None:
        """End an open session, so that it can't be paid any more. Refused (`ProviderRefused`) if it is not open."""
        ...
