"""The contract of payment providers: finding again what was made."""

import pytest

from payments.ports.providers import (
    ObjectKind,
)
from tests.contract.provider_worlds import World, order

pytestmark = pytest.mark.ports("customers", "catalog", "invoicing", "lookup")


async def test_what_was_made_is_found_by_our_id(world: World) -> None:
    since, find = world.now(), world.provider.lookup.find
    customer = await world.provider.customers.create(
        "c", name="Ana", email="ana@x.com", metadata={"guestlist_row": "x"}
    )
    price = await world.price()
    session = await world.link(customer, price)
    invoice = await world.provider.invoicing.create_draft("in", order(customer))
    item = await world.provider.invoicing.add_item("ii", invoice, order(customer))
    found = {
        ObjectKind.CUSTOMER: ("x", None, customer),
        ObjectKind.PRODUCT: ("pln_1", None, price.provider_product_id),
        ObjectKind.PRICE: (price.id, None, price.provider_price_id),
        ObjectKind.CHECKOUT_SESSION: ("chk_1", customer, session.id),
        ObjectKind.INVOICE: ("bil_1", customer, invoice),
        ObjectKind.INVOICE_ITEM: ("bil_1", customer, item),
    }
    assert {*found, ObjectKind.REFUND} == set(ObjectKind)  # refunds: see `test_refunds`
    for kind, (row, of, made) in found.items():
        assert await find(kind, row, since_at=since, customer=of) == made
        assert await find(kind, "unknown", since_at=since, customer=of) is None
        assert await find(kind, row, since_at=world.now() + 3_600_000, customer=of) is None
