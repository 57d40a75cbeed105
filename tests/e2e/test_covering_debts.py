"""Debts and debits that must not be lost by a later change, over the wire."""

import asyncio

from tests.e2e.test_covering import DEBIT
from tests.e2e.test_purchase import mia_changes_her_card
from tests.e2e.world import FAILS_LATER, World


async def test_a_debt_that_gives_nothing_back_stays_when_seats_are_added(w: World) -> None:
    await w.play.post("stripe/settings", {"dunning_end": "past_due"})
    await w.plan(grace_days=1)
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("10d")
    item = (await w.subscription())["items"]["data"][0]
    form = {"product": item["price"]["product"], "currency": "usd", "unit_amount": "9000"}
    year = await w.owner("POST", "prices", form | {"recurring[interval]": "year"})
    await w.change(**{"items[0][id]": item["id"], "items[0][price]": year["id"], "proration_behavior": "none"})
    await w.advance("28d")
    assert (await w.subscription())["status"] == "past_due"
    await w.lacks("Members")
    item = (await w.subscription())["items"]["data"][0]
    await w.change(**{"items[0][id]": item["id"], "items[0][quantity]": "2", "proration_behavior": "none"})
    await w.quiet()
    await asyncio.sleep(2)
    assert (await w.subscription())["status"] == "past_due"
    assert "Members" not in await w.roles(), await w.why()


async def test_a_first_debit_on_its_way_stays_so_when_an_addon_is_billed(w: World) -> None:
    await w.plan()
    await w.buy(card=DEBIT)
    await w.quiet()
    await w.advance("1d")
    made = await w.owner("POST", "products", {"name": "Add-on"})
    form = {"product": made["id"], "currency": "usd", "unit_amount": "500", "recurring[interval]": "month"}
    price = await w.owner("POST", "prices", form)
    await w.change(**{"items[0][price]": price["id"], "proration_behavior": "always_invoice"})
    await w.quiet()
    await asyncio.sleep(2)
    assert [one["status"] for one in await w.play.stripe("invoice")] == ["open", "open"]
    assert await w.roles() == set(), await w.why()
