"""The contract of payment providers: one-off invoices."""

import pytest

from payments.core.billing import InvoiceStatus
from payments.ports.providers import (
    ObjectKind,
    ProviderRefused,
)
from tests.contract.provider_worlds import World, bill, order

pytestmark = pytest.mark.ports("customers", "invoicing", "lookup")


async def test_an_invoice_is_sent_once_the_email_is_there(world: World) -> None:
    customer = await world.customer()
    with pytest.raises(ProviderRefused) as refused:
        await world.provider.invoicing.send(await bill(world, customer))
    assert refused.value.code == "missing_email"
    await world.provider.customers.set_email(customer, "ana@example.com")
    invoice = await bill(world, customer)
    assert (await world.provider.invoicing.get(invoice)).status is InvoiceStatus.DRAFT
    sent = await world.provider.invoicing.send(invoice)
    assert sent.status is InvoiceStatus.OPEN
    assert sent.total == sent.amount_remaining == 2500
    assert sent.number
    assert sent.hosted_url
    assert sent.due_at is not None
    assert sent.metadata["guestlist_row"] == "bil_1"
    again = await world.provider.invoicing.send(invoice)
    assert (again.id, again.status, again.number) == (sent.id, sent.status, sent.number)


async def test_a_draft_can_be_deleted_until_it_is_sent(world: World) -> None:
    since, provider = world.now(), world.provider
    customer = await world.customer()
    await provider.customers.set_email(customer, "ana@example.com")
    invoice = await provider.invoicing.create_draft("in", order(customer))
    item = await provider.invoicing.add_item("ii", invoice, order(customer))
    for _ in range(2):
        await provider.invoicing.delete_draft(customer, invoice, item)
    for made in (ObjectKind.INVOICE, ObjectKind.INVOICE_ITEM):
        assert await provider.lookup.find(made, "bil_1", since_at=since, customer=customer) is None
    for ask in (provider.invoicing.get, provider.invoicing.send):
        with pytest.raises(ProviderRefused) as refused:
            await ask(invoice)
        assert refused.value.code == "missing_object"
    sent = await provider.invoicing.send(await bill(world, customer))
    with pytest.raises(ProviderRefused):
        await provider.invoicing.delete_draft(customer, sent.id, None)
    assert (await provider.invoicing.get(sent.id)).status is InvoiceStatus.OPEN
