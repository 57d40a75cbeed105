"""Products and prices as objects of the provider's own."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from payments.core.catalog import Price


class Offered(StrEnum):
    """Whether a price can be bought at the provider."""

    SOLD = "sold"
    ARCHIVED = "archived"  # the owner took it, or its product, out of sale there
    GONE = "gone"  # it is not there any more: test data was deleted


class CatalogSync(Protocol):
    """Products and prices. Where a provider has none, the ids of our plans and prices stand for them."""

    async def create_product(self, key: str, *, name: str, metadata: Mapping[str, str]) -> str:
        """Make a product, once for its key: one for each plan and account."""
        ...

    async def rename_product(self, product_id: str, name: str) -> None:
        """A plan's new name, as checkout and invoices will show it."""
        ...

    async def create_price(self, key: str, *, product_id: str, price: Price, metadata: Mapping[str, str]) -> str:
        """Make a price of a product, once for its key."""
        ...

    async def offered(self, provider_price_id: str) -> Offered:
        """Whether a price can be bought, once a link was refused."""
        ...
