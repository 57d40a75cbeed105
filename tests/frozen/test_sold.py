"""What is sold is known in more detail by this version; in a ledger of a released one that is no change of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from payments.core.billing import SnapshotPart
from payments.core.ids import CustomerId
from payments.core.ledger import LedgerSource
from payments.core.lines import Discount, DiscountDuration, InvoiceLine
from payments.core.snapshot import SubscriptionFact
from storage.open import open_database
from storage.store import open_store
from tests.flows.two_platforms import BothSides
from tests.frozen.files import Rows, rows_of
from tests.frozen.steps import catch_up
from tests.frozen.world import open_frozen

HALF = '[{"amount_off":null,"coupon":"HALF","end":null,"id":"di_1","percent_off":50,"promotion_code":null}]'


@pytest.mark.parametrize("version", [12], indirect=True)  # later ones store the details themselves
async def test_an_upgrade_changes_nothing_that_is_sold(frozen_url: str, version: int) -> None:
    prices = {row["stripe_price_id"]: row["stripe_product_id"] for row in (await rows_of(frozen_url))["price"]}
    await _write_items(frozen_url)
    frozen = await rows_of(frozen_url)
    async with open_frozen(frozen_url, version) as both:
        _tell_more(both, prices)
        await catch_up(both)
        await _settle_everyone(both, frozen)
    known, after = {row["id"] for row in frozen["ledger"]}, await rows_of(frozen_url)
    assert [r for r in after["ledger"] if r["id"] not in known and r["source"] == "subscription"] == []
    told = [row for row in after["subscription"] if '"product_id"' in str(row["items"])]
    assert len(told) > 10, "what is known now is stored"
    assert {'"duration":"forever"' in str(row["discounts"]) for row in told} == {True}
    assert all(row["lines"] == '[{"amount":1,"discount_amount":0,"id":"il_1","proration":false,"tax_amount":0,'
               '"tax_included":0}]' for row in after["invoice"] if row["lines"] is not None)  # fmt: skip
    assert [row for row in after["invoice"] if row["lines"] is not None]


async def test_every_amount_of_the_ledger_is_a_units_or_a_total(frozen_url: str) -> None:
    before = {row["id"]: (row["amount_before"], row["amount_after"]) for row in (await rows_of(frozen_url))["ledger"]}
    await (await open_store(frozen_url)).close()
    after = (await rows_of(frozen_url))["ledger"]
    assert {row["source"] for row in after} == set(LedgerSource)
    for row in after:
        units = (row["unit_amount_before"], row["unit_amount_after"])
        totals = (row["total_before"], row["total_after"])
        nothing = (None, None)
        told = (units, totals) if row["source"] == LedgerSource.SUBSCRIPTION else (totals, units)
        assert told == (before[row["id"]], nothing), row["id"]


async def _write_items(url: str) -> None:
    """Give each subscription the texts that the released version made of what Stripe told it."""
    database = await open_database(url)
    try:
        async with database.transaction() as tx:
            joined = "subscription s LEFT JOIN price p ON p.id = s.price_id"
            for row in await tx.fetch(f"SELECT s.*, p.stripe_price_id AS at_stripe FROM {joined}"):
                same: dict[str, Any] = {key: row[key] for key in ("amount", "count", "currency", "quantity", "unit")}
                item = same | {"id": f"si_{row['id']}", "price": row["at_stripe"]}
                text = json.dumps([item], sort_keys=True, separators=(",", ":"))
                change = "UPDATE subscription SET items = ?, discounts = ? WHERE id = ?"
                await tx.execute(change, text, HALF, row["id"])
    finally:
        await database.close()


def _tell_more(both: BothSides, products: dict[Any, Any]) -> None:
    """Stripe tells this version of products, of how long discounts last, and of lines."""
    for customer in both.club.provider.known.values():
        for fact in customer.subscriptions.values():
            customer.subscriptions[fact.id] = _with_all(fact, products)
        for invoice in customer.invoices.values():
            customer.invoices[invoice.id] = replace(invoice, lines=(InvoiceLine("il_1", 1),))


def _with_all(fact: SubscriptionFact, products: dict[Any, Any]) -> SubscriptionFact:
    items = tuple(replace(item, product_id=products.get(item.provider_price_id), usage=False) for item in fact.items)
    return replace(fact, items=items, discounts=(Discount("di_1", "HALF", duration=DiscountDuration.FOREVER),))


async def _settle_everyone(both: BothSides, rows: Rows) -> None:
    everyone = [CustomerId(str(row["id"])) for row in rows["customer"] if row["stripe_id"] is not None]
    async with both.store.transaction() as tx:
        await tx.customers.mark(everyone, SnapshotPart.ALL, both.club.clock.at)
    while await both.club.unsettled():
        await both.settle()
