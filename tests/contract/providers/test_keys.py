"""The contract of payment providers: whatever costs money, under its key."""

import pytest

from tests.contract.provider_worlds import World, order

pytestmark = pytest.mark.ports("customers", "catalog", "invoicing")


async def test_whatever_costs_money_is_made_once_a_key(world: World) -> None:
    customer, price = await world.customer(), await world.price()
    provider, product = world.provider, price.provider_product_id
    assert product is not None
    await provider.customers.set_email(customer, "ana@example.com")
    checkout = world.order(customer, price)
    bought = [(await provider.checkouts.open("checkout", checkout)).id for _ in range(2)]
    products = [await provider.catalog.create_product("product", name="Pro", metadata={}) for _ in range(2)]
    prices = [
        await provider.catalog.create_price("price", product_id=product, price=price, metadata={}) for _ in range(2)
    ]
    invoices = [await provider.invoicing.create_draft("invoice", order(customer)) for _ in range(2)]
    items = [await provider.invoicing.add_item("item", invoices[0], order(customer)) for _ in range(2)]
    made = (bought, products, prices, invoices, items)
    assert [first for first, _ in made] == [again for _, again in made]
