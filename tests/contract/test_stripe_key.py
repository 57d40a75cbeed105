"""What a restricted key may not read: what is said of it, and what is done without."""

from collections.abc import AsyncIterator

import pytest

from payments.core.billing import SnapshotPart
from payments.ports.providers import KeyRefused
from tests.contract.provider_worlds import StripeWorld, stripe_world


@pytest.fixture
async def world() -> AsyncIterator[StripeWorld]:
    async with stripe_world() as opened:
        yield opened


def forbid(world: StripeWorld, path: str, right: str) -> None:
    world.fault(path, status=403, body={"error": {"message": f"The provided key lacks '{right}'."}}, times=0)


@pytest.mark.parametrize("path", ["/v1/credit_notes", "/v1/disputes", "/v1/invoice_payments"])
async def test_what_a_key_may_not_read_is_named(world: StripeWorld, path: str) -> None:
    assert await world.provider.lacking() == []
    forbid(world, path, "rak_something_read")
    (missing,) = await world.provider.lacking()
    assert "rak_something_read" in missing


async def test_a_key_from_before_credit_notes_counted_still_tells_the_rest(world: StripeWorld) -> None:
    """Else nobody whose invoice was ever credited would be settled any more after an upgrade."""
    customer = await world.subscribed()
    await world.credit(customer, 300)
    forbid(world, "/v1/credit_notes", "rak_credit_note_read")
    told = await world.provider.snapshot(customer, SnapshotPart.ALL)
    assert told.notes is None
    assert [bill.credited for bill in told.invoices or ()] == [True]
    assert [refund.amount for refund in told.refunds or ()] == [300]


async def test_a_key_that_is_not_accepted_at_all_is_no_answer(world: StripeWorld) -> None:
    customer = await world.subscribed()
    await world.credit(customer, 300)
    world.fault("/v1/credit_notes", status=401, body={"error": {"message": "Invalid API Key provided"}}, times=0)
    with pytest.raises(KeyRefused):
        await world.provider.snapshot(customer, SnapshotPart.ALL)
