"""Stripe's products and prices."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from payments.core.catalog import Price, PriceKind
from payments.ports.providers import Offered, ProviderRefused
from payments.providers.stripe.calls import StripeCalls
from payments.providers.stripe.fields import map_of

if TYPE_CHECKING:
    from stripe import params as stripe_params  # for annotations only: a module of thousands of classes


class StripeCatalog:
    """`CatalogSync` of one account."""

    def __init__(self, calls: StripeCalls) -> None:
        self._calls = calls

    async def create_product(self, key: str, *, name: str, metadata: Mapping[str, str]) -> str:
        """Make a product."""
        row = await self._calls.ask(
            lambda: self._calls.v1.products.create_async(
                {"name": name, "metadata": dict(metadata)}, {"idempotency_key": key}
            ),
            interactive=True,
        )
        return str(row["id"])

    async def rename_product(self, product_id: str, name: str) -> None:
        """A plan's new name."""
        await self._calls.ask(
            lambda: self._calls.v1.products.update_async(product_id, {"name": name}), interactive=True
        )

    async def create_price(self, key: str, *, product_id: str, price: Price, metadata: Mapping[str, str]) -> str:
        """Make a price. Only a recurring one has an interval at Stripe; how long the others last is our affair."""
        params: stripe_params.PriceCreateParams = {
            "product": product_id,
            "currency": price.currency,
            "unit_amount": price.unit_amount,
            "metadata": dict(metadata),
        }
        if price.kind is PriceKind.RECURRING:
            assert price.unit is not None
            assert price.count is not None
            params["recurring"] = {"interval": price.unit.value, "interval_count": price.count}
        row = await self._calls.ask(
            lambda: self._calls.v1.prices.create_async(params, {"idempotency_key": key}), interactive=True
        )
        return str(row["id"])

    async def offered(self, provider_price_id: str) -> Offered:
        """Whether a price and its product are there and active."""
        try:
            row = await self._calls.ask(
                lambda: self._calls.v1.prices.retrieve_async(provider_price_id, {"expand": ["product"]}),
                interactive=True,
            )
        except ProviderRefused as refused:
            if refused.code == "missing_object":
                return Offered.GONE
            raise
        product = map_of(row.get("product"))
        if product.get("deleted"):
            return Offered.GONE
        return Offered.SOLD if row.get("active") and product.get("active") else Offered.ARCHIVED
