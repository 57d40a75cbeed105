"""What an issuer says of a payment before anybody disputes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from payments.core.ids import ChargeId, CustomerRef, InvoiceId
from payments.ports.providers.events import Page, ProviderEvent


@dataclass(frozen=True, slots=True)
class FraudWarning:
    """An issuer says that a payment may be fraud, and how that payment stands now.

    ``left``: what a refund can still give back of it, in minor units. ``customer`` None: it is of nobody we can know.
    """

    id: str
    charge: ChargeId
    customer: CustomerRef | None
    left: int
    currency: str
    disputed: bool

    @property
    def actionable(self) -> bool:
        """Whether a refund can still keep it from becoming a dispute."""
        return self.left > 0 and not self.disputed


class FraudWarnings(Protocol):
    """Warnings of payments that went through the provider."""

    async def of(self, event: ProviderEvent) -> FraudWarning | None:
        """The warning that an event tells of; None: it tells of something else."""
        ...

    async def list(self, *, since_at: int, after: str | None) -> Page[FraudWarning]:
        """One page (100) of the account's warnings since a time, newest first."""
        ...

    async def bills(self, warning: FraudWarning) -> Sequence[InvoiceId]:
        """Which bills the payment is of: one; none of what was not billed."""
        ...
