"""The contract of payment providers: snapshots."""

from collections.abc import Callable

import pytest

from payments.core.billing import NoteStatus, SnapshotPart, SubscriptionStatus
from payments.core.ids import InvoiceId
from payments.core.snapshot import Snapshot
from payments.ports.providers import (
    ProviderUnavailable,
)
from tests.contract.provider_worlds import World, only_subscription

NOTHING = SnapshotPart(0)


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


async def test_when_a_payment_first_failed_is_found_in_the_events(world: World) -> None:
    customer, invoice, first = await world.failing()
    told = await world.provider.snapshot(customer, NOTHING, failures_unknown=[invoice, InvoiceId("in_unknown")])
    assert told.failed_at == {invoice: first}
    snapshot = await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES)
    assert only_subscription(snapshot).status is SubscriptionStatus.PAST_DUE
    assert snapshot.failed_at == {}


async def test_a_credit_note_names_its_invoice_the_lines_and_its_refund(world: World) -> None:
    customer = await world.subscribed()
    asked = SnapshotPart.INVOICES | SnapshotPart.CHARGES
    assert (await world.provider.snapshot(customer, asked)).notes == ()
    invoice = await world.credit(customer, 300)
    told = await world.provider.snapshot(customer, asked)
    assert told.notes is not None
    assert told.refunds is not None
    ((note,), (refund,)) = told.notes, told.refunds
    assert (note.invoice_id, note.status) == (invoice, NoteStatus.ISSUED)
    assert (note.pre_payment_amount, note.post_payment_amount, note.currency) == (0, 300, "usd")
    assert [line.amount for line in note.lines] == [300]
    assert [one.refund_id for one in note.refunds] == [refund.id]
    (bill,) = told.invoices or ()
    assert bill.credited
    assert [line.line_id for line in note.lines] == [line.id for line in bill.lines or ()] or bill.lines is None
    assert (await world.provider.snapshot(customer, SnapshotPart.SUBSCRIPTIONS)).notes is None


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


async def test_a_customer_who_bought_nothing_has_nothing(world: World) -> None:
    told = await world.provider.snapshot(await world.customer(), SnapshotPart.ALL)
    assert (told.subscriptions, told.invoices, told.refunds, told.disputes) == ((), (), (), ())
    assert not told.deleted


async def test_of_a_provider_that_is_away_nobody_knows_what_it_has_made(world: World) -> None:
    order = world.order(await world.customer(), await world.price())
    world.goes_away()
    with pytest.raises(ProviderUnavailable) as failed:
        await world.provider.checkouts.open("away", order)
    assert failed.value.unclear
