"""A warning of a payment that was made this very moment waits for its bill, and is told in the commit that ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from payments.core.billing import SnapshotPart
from payments.core.ids import ChargeId, CustomerRef, InvoiceId
from payments.flows.settlement import webhooks
from payments.ports.providers import FraudWarning, Page, ProviderEvent
from tests.core.builders import invoice, subscription
from tests.flows.club_fixture import Club
from tests.flows.settlement.test_refunds import with_contact
from tests.flows.settlement.test_store_webhooks import resolve, state_of

ANN = CustomerRef("cus_ann_usd")


@dataclass
class OneWarning:
    """A provider's warnings: one."""

    warning: FraudWarning

    async def of(self, event: ProviderEvent) -> FraudWarning | None:
        return self.warning if event.type.startswith("radar.") else None

    async def list(self, *, since_at: int, after: str | None) -> Page[FraudWarning]:
        return Page([self.warning], None)

    async def bills(self, warning: FraudWarning) -> Sequence[InvoiceId]:
        return (invoice().id,)


async def warned(club: Club, left: int = 999, *, disputed: bool = False) -> ProviderEvent:
    """Ann has paid, and her bank warns before anything is settled."""
    warning = FraudWarning("issfr_1", ChargeId("ch_1"), ANN, left, "usd", disputed)
    club.provider.fraud_warnings = OneWarning(warning)
    club.provider.whose["issfr_1"] = ANN
    event: ProviderEvent = club.provider.event("radar.early_fraud_warning.created", "issfr_1")
    await club.webhook(event)
    return event


async def told(club: Club) -> list[dict[str, object]]:
    return [params for _, kind, params in await club.notices() if kind == "fraud_warning"]


async def test_it_waits_until_the_bill_is_stored_and_is_told_once(any_club: Club) -> None:
    club = any_club
    await with_contact(club)
    await club.customer("ann")
    event = await warned(club)
    await resolve(club)
    assert await state_of(club, event.id) == "unresolved"
    assert await told(club) == []
    club.provider.put_subscription(ANN, subscription())
    club.provider.put_invoice(ANN, invoice())
    (claimed,), _ = await club.claim()
    assert SnapshotPart.INVOICES in claimed.parts
    club.pass_time(600_000)
    await club.settle()
    club.pass_time(600_000)
    for _ in range(2):
        await resolve(club)
    (about,) = await told(club)
    assert (about["member"], about["amount"], about["bill"], about["ends"]) == ("ann", 999, "in_1", True)
    assert await state_of(club, event.id) == "marked"


async def test_a_bill_that_never_comes_is_not_waited_for_without_end(club: Club) -> None:
    await club.customer("ann")
    event = await warned(club)
    for _ in range(webhooks.STRANGER_ATTEMPTS):
        await resolve(club)
        club.pass_time(3_600_000)
    assert await state_of(club, event.id) == "marked"


@pytest.mark.parametrize(("left", "disputed"), [(0, False), (999, True)])
async def test_what_can_not_be_refunded_any_more_is_not_told(club: Club, left: int, disputed: bool) -> None:
    await with_contact(club)
    customer = await club.customer("ann")
    club.provider.put_subscription(ANN, subscription())
    club.provider.put_invoice(ANN, invoice())
    await club.settle(customer)
    await warned(club, left, disputed=disputed)
    await resolve(club)
    assert await told(club) == []
