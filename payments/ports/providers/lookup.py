"""Finding again what we made, for the outbox alone."""

from enum import StrEnum
from typing import Protocol

from payments.core.ids import CustomerRef


class ObjectKind(StrEnum):
    """Kinds of objects we make, each with our row's id in its metadata (`payments.core.refs`)."""

    CUSTOMER = "customer"
    PRODUCT = "product"
    PRICE = "price"
    CHECKOUT_SESSION = "checkout_session"
    INVOICE = "invoice"
    INVOICE_ITEM = "invoice_item"
    REFUND = "refund"


class Lookup(Protocol):
    """What was made and never answered. A provider without this has to make the same object for the same row always,
    not only under the same key."""

    async def find(self, kind: ObjectKind, row_id: str, *, since_at: int, customer: CustomerRef | None) -> str | None:
        """The id of the object whose metadata names `row_id`, or None. Lists (never searches) what was made since."""
        ...
