"""What every payment provider must do; the fake and Stripe's client (over the wire) pass the same tests."""

from collections.abc import AsyncIterator, Callable

import pytest

from payments.core.billing import InvoiceStatus, SnapshotPart, SubscriptionStatus
from payments.core.calendar import Unit
from payments.core.ids import CustomerRef, InvoiceId
from payments.core.snapshot import Snapshot, SubscriptionFact
from payments.ports.providers import (
    InvoiceOrder,
    ObjectKind,
    PortalFlow,
    ProviderRefused,
    ProviderUnavailable,
    SessionStatus,
)
from tests.contract.provider_worlds import FakeWorld, World, event, stripe_world

NOTHING = SnapshotPart(0)


@pytest.fixture(params=["fake", "stripe"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
    else:
        async with stripe_world() as opened:
            yield opened


def order(customer: CustomerRef, row: str = "bil_1") -> InvoiceOrder:
    return InvoiceOrder(customer, 2500, "usd", "A workshop", 14, "Thank you", {"guestlist_row": row})


async def bill(world: World, customer: CustomerRef) -> InvoiceId:
    invoice = await world.provider.invoicing.create_draft(world.key(), order(customer))
    await world.provider.invoicing.add_item(world.key(), invoice, order(customer))
    return invoice


def only_subscription(snapshot: Snapshot) -> SubscriptionFact:
    assert snapshot.subscriptions is not None
    (fact,) = snapshot.subscriptions
    return fact


async def test_a_call_repeated_under_its_key_makes_one(world: World) -> None:
    names = {"guestlist_row": "cus_1"}
    first = await world.provider.customers.create("same", name="Ana", email=None, metadata=names)
    assert await world.provider.customers.create("same", name="Ana", email=None, metadata=names) == first
    assert await world.provider.customers.create("other", name="Ana", email=None, metadata=names) != first


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


async def test_another_order_under_the_same_key_is_refused(world: World) -> None:
    await world.provider.customers.create("same", name="Ana", email=None, metadata={})
    with pytest.raises(ProviderRefused) as refused:
        await world.provider.customers.create("same", name="Ben", email=None, metadata={})
    assert refused.value.code == "idempotency_error"


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
    assert set(found) == set(ObjectKind)
    for kind, (row, of, made) in found.items():
        assert await find(kind, row, since_at=since, customer=of) == made
        assert await find(kind, "unknown", since_at=since, customer=of) is None
        assert await find(kind, row, since_at=world.now() + 3_600_000, customer=of) is None


async def test_a_link_is_open_until_it_is_ended_or_paid(world: World) -> None:
    customer, price = await world.customer(), await world.price()
    session = await world.link(customer, price)
    assert session.status is SessionStatus.OPEN
    assert session.url
    assert abs(session.expires_at - (world.now() + 3_600_000)) < 5_000
    assert await world.provider.checkouts.get(session.id) == session
    await world.provider.checkouts.expire(session.id)
    assert (await world.provider.checkouts.get(session.id)).status is SessionStatus.EXPIRED
    with pytest.raises(ProviderRefused):
        await world.provider.checkouts.expire(session.id)
    paid = await world.link(customer, price, row="chk_2")
    await world.pay(paid)
    over = await world.provider.checkouts.get(paid.id)
    assert over.status is SessionStatus.COMPLETE
    assert over.url is None
    assert over.bought
    assert not over.failed
    assert [one.id for one in await world.provider.checkouts.completed(customer)] == [paid.id]
    (listed,) = await world.provider.checkouts.completed(customer)
    assert listed.metadata["guestlist_row"] == "chk_2"


async def test_nothing_can_be_paid_by_an_open_link_of_a_deleted_customer(world: World) -> None:
    customer = await world.customer()
    session = await world.link(customer, await world.price())
    await world.delete(customer)
    dead = await world.provider.checkouts.get(session.id)
    assert (dead.status, dead.url) == (SessionStatus.OPEN, None)
    await world.provider.checkouts.expire(session.id)


async def test_a_paid_link_is_a_subscription_with_our_ids(world: World) -> None:
    snapshot = await world.provider.snapshot(await world.subscribed(), SnapshotPart.ALL)
    fact = only_subscription(snapshot)
    assert fact.status is SubscriptionStatus.ACTIVE
    assert (fact.amount, fact.currency, fact.quantity, fact.unit, fact.count) == (900, "usd", 1, Unit.MONTH, 1)
    assert fact.metadata["guestlist_plan"] == "pln_1"
    assert fact.metadata["guestlist_row"] == "chk_1"
    assert fact.ended_at is None
    assert fact.cancel_at is None
    assert snapshot.invoices is not None
    (invoice,) = snapshot.invoices
    assert invoice.id == fact.latest_invoice_id
    assert invoice.subscription_id == fact.id
    assert invoice.status is InvoiceStatus.PAID
    assert invoice.amount_paid == invoice.total == 900
    assert invoice.paid_at is not None
    assert (invoice.period_start_at, invoice.period_end_at) == (fact.period_start_at, fact.period_end_at)
    assert snapshot.refunds == ()
    assert snapshot.disputes == ()
    assert not snapshot.deleted
    assert await world.provider.subscriptions.status(fact.id) is SubscriptionStatus.ACTIVE


async def test_only_what_was_asked_for_is_told(world: World) -> None:
    customer = await world.subscribed()
    told: dict[SnapshotPart, Callable[[Snapshot], object]] = {
        SnapshotPart.SUBSCRIPTIONS: lambda snapshot: snapshot.subscriptions,
        SnapshotPart.INVOICES: lambda snapshot: snapshot.invoices,
        SnapshotPart.CHARGES: lambda snapshot: snapshot.refunds,
        SnapshotPart.DISPUTES: lambda snapshot: snapshot.disputes,
    }
    for part in told:
        snapshot = await world.provider.snapshot(customer, part)
        assert {other for other, of in told.items() if of(snapshot) is not None} == {part}


async def test_a_cancellation_is_told_and_can_be_taken_back(world: World) -> None:
    customer = await world.subscribed()
    before = only_subscription(await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS))
    await world.provider.subscriptions.cancel(before.id)
    cancelled = only_subscription(await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS))
    assert cancelled.cancel_at == before.period_end_at
    assert cancelled.status is SubscriptionStatus.ACTIVE
    await world.provider.subscriptions.keep(before.id)
    resumed = only_subscription(await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS))
    assert resumed.cancel_at is None


async def test_when_a_payment_first_failed_is_found_in_the_events(world: World) -> None:
    customer, invoice, first = await world.failing()
    told = await world.provider.snapshot(customer, NOTHING, failures_unknown=[invoice, InvoiceId("in_unknown")])
    assert told.failed_at == {invoice: first}
    snapshot = await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES)
    assert only_subscription(snapshot).status is SubscriptionStatus.PAST_DUE
    assert snapshot.failed_at == {}


async def test_a_refund_is_traced_to_the_invoice_it_gives_back(world: World) -> None:
    customer = await world.subscribed()
    invoice = await world.refund(customer, 300)
    await world.refund(customer, 600)
    refunds = (await world.provider.snapshot(customer, SnapshotPart.CHARGES)).refunds
    assert refunds is not None
    assert sorted(one.amount for one in refunds) == [300, 600]
    assert {(one.invoice_id, one.charge_amount, one.status) for one in refunds} == {(invoice, 900, "succeeded")}


async def test_a_dispute_is_traced_to_the_invoice_it_contests(world: World) -> None:
    customer = await world.subscribed()
    invoice = await world.dispute(customer)
    disputes = (await world.provider.snapshot(customer, SnapshotPart.DISPUTES)).disputes
    assert disputes is not None
    (one,) = disputes
    assert (one.invoice_id, one.amount, one.status) == (invoice, 900, "needs_response")


async def test_a_deleted_customer_is_a_statement(world: World) -> None:
    customer = await world.subscribed()
    await world.delete(customer)
    assert (await world.provider.snapshot(customer, SnapshotPart.ALL)).deleted


async def test_an_unknown_customer_is_none(world: World) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await world.provider.snapshot(CustomerRef("cus_unknown"), SnapshotPart.ALL)
    assert refused.value.code == "missing_object"


async def test_what_leads_nowhere_is_nobodys(world: World) -> None:
    found = event("charge.dispute.created", data={"object": {"object": "balance"}})
    assert await world.provider.events.customer_of(found) is None


@pytest.mark.parametrize("body", ["", "{}", "no json", "[]", '{"id": "evt_1", "type": "x", "created": 1}'])
async def test_what_is_no_event_is_refused(world: World, body: str) -> None:
    with pytest.raises(ValueError):
        world.provider.events.decode(body)


async def test_an_event_that_names_its_customer_is_theirs(world: World) -> None:
    found = event("charge.updated", data={"object": {"object": "charge", "customer": "cus_9"}})
    assert await world.provider.events.customer_of(found) == "cus_9"


async def test_the_list_of_subscriptions_has_ended_ones_too(world: World) -> None:
    first, second = await world.subscribed(), await world.subscribed()
    await world.delete(first)
    page = await world.provider.events.list_live(after=None)
    assert page.next is None
    assert {one.customer: one.fact.status for one in page.items} == {
        first: SubscriptionStatus.CANCELED,
        second: SubscriptionStatus.ACTIVE,
    }


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
        await provider.invoicing.delete_draft(invoice, item)
    for made in (ObjectKind.INVOICE, ObjectKind.INVOICE_ITEM):
        assert await provider.lookup.find(made, "bil_1", since_at=since, customer=customer) is None
    for ask in (provider.invoicing.get, provider.invoicing.send):
        with pytest.raises(ProviderRefused) as refused:
            await ask(invoice)
        assert refused.value.code == "missing_object"
    sent = await provider.invoicing.send(await bill(world, customer))
    with pytest.raises(ProviderRefused):
        await provider.invoicing.delete_draft(sent.id, None)
    assert (await provider.invoicing.get(sent.id)).status is InvoiceStatus.OPEN


async def test_the_portal_has_an_address(world: World) -> None:
    customer = await world.subscribed()
    fact = only_subscription(await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS))
    configuration = await world.provider.portal.create_configuration("portal")
    assert await world.provider.portal.create_configuration("portal") == configuration
    for flow in PortalFlow:
        url = await world.provider.portal.open(
            customer,
            configuration_id=configuration,
            return_url="https://guests.example/returned",
            flow=flow,
            subscription=fact.id if flow is PortalFlow.CANCEL else None,
        )
        assert url.startswith("http")


async def test_a_provider_that_is_away_is_unavailable(world: World) -> None:
    world.goes_away()
    with pytest.raises(ProviderUnavailable) as failed:
        await world.provider.customers.create("away", name="Ana", email=None, metadata={})
    assert failed.value.unclear
