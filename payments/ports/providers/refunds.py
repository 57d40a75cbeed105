"""Giving money back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from payments.core.ids import ChargeId, InvoiceId


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment of a bill, in minor units. ``left``: what a refund can still give back of it.

    ``disputed``: its bank contests it, and takes the money itself if it wins.
    """

    charge: ChargeId
    amount: int
    left: int
    currency: str
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class RefundMade:
    """A refund as it was made, in minor units; whether the money arrives is told by the snapshot."""

    id: str
    amount: int
    currency: str


class Refunds(Protocol):
    """Refunds of payments that went through the provider. What was paid elsewhere the owner gives back by hand."""

    async def payments(self, invoice: InvoiceId) -> Sequence[Paid]:
        """The payments of a bill that went through the provider; none of one that was paid outside it."""
        ...

    async def refund(self, key: str, charge: ChargeId, amount: int | None, metadata: Mapping[str, str]) -> RefundMade:
        """Give so much of a payment back, or (None) all that is left of it, once for its key.

        Refused: `charge_already_refunded` when nothing is left, `charge_disputed`.
        """
        ...

    async def get(self, refund: str) -> RefundMade:
        """A refund that was made."""
        ...
