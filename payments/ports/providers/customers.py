"""Customers as objects of the provider's own."""

from collections.abc import Mapping
from typing import Protocol

from payments.core.ids import CustomerRef


class Customers(Protocol):
    """Customers. Where a provider has none, the id of our own row stands for one in every other port."""

    async def create(self, key: str, *, name: str, email: str | None, metadata: Mapping[str, str]) -> CustomerRef:
        """Make a customer, once for its key."""
        ...

    async def set_email(self, customer: CustomerRef, email: str) -> None:
        """Set the e-mail that invoices are sent to."""
        ...

    async def email(self, customer: CustomerRef) -> str | None:
        """The e-mail of a customer, who may have been made by somebody else."""
        ...

    async def name_ours(self, customer: CustomerRef, metadata: Mapping[str, str]) -> None:
        """Write our ids onto a customer that somebody else made; doing it again changes nothing."""
        ...

    async def cards(self, customer: CustomerRef) -> frozenset[str]:
        """Fingerprints of the customer's cards and accounts: the same card has the same one, whoever's it is.

        Empty where we may not read them.
        """
        ...
