"""Products and prices as objects of the provider's own."""

from collections.abc import Mapping
from typing import Protocol

from payments.core.catalog import Price


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
