"""Which payment covers now, over the wire: debits, changes of price, credit notes, old debts."""

from typing import Any

from tests.e2e.test_purchase import mia_changes_her_card
from tests.e2e.world import FAILS_LATER, GOOD, GUILD, MIA, World

DEBIT, DEBIT_BOUNCES = "000123456789", "000222222227"
"""Accounts that are debited for four business days: paid in the end, or returned."""


async def messages(w: World) -> str:
    return "\n".join(one.text for one in await w.play.direct_messages(GUILD, MIA))


async def invoices(w: World) -> list[dict[str, Any]]:
    return [dict(one) for one in await w.play.stripe("invoice")]


async def test_a_first_debit_opens_access_when_it_is_paid(w: World) -> None:
    await w.plan()
    await w.buy(card=DEBIT)
    await w.quiet()
    assert (await w.subscription())["status"] == "active"
    assert await w.roles() == set()
    await w.advance("2d")
    assert await w.roles() == set()
    await w.advance("6d")
    assert [one["status"] for one in await invoices(w)] == ["paid"]
    await w.holds("Members")
    await w.told(MIA, "Welcome")


async def test_a_first_debit_that_is_returned_opens_nothing(w: World) -> None:
    await w.plan()
    await w.buy(card=DEBIT_BOUNCES)
    await w.advance("8d")
    assert (await w.subscription())["status"] == "past_due"
    assert await w.roles() == set()
    assert "Welcome" not in await messages(w)


async def test_a_renewal_by_debit_has_not_failed_while_it_is_on_its_way(w: World) -> None:
    await w.plan(grace_days=1)
    await w.member_buys()
    await mia_changes_her_card(w, DEBIT)
    await w.advance("1mo 2h")
    await w.advance("3d")
    assert (await invoices(w))[-1]["status"] == "open"
    assert "Members" in await w.roles()
    await w.advance("5d")
    assert (await invoices(w))[-1]["status"] == "paid"
    assert "Members" in await w.roles()
    assert "didn't go through" not in await messages(w)


async def test_a_renewal_by_debit_that_is_returned_has_its_grace_from_then_on(w: World) -> None:
    await w.plan(grace_days=2)
    await w.member_buys()
    await mia_changes_her_card(w, DEBIT_BOUNCES)
    await w.advance("1mo 2h")
    await w.advance("3d")
    assert "Members" in await w.roles()
    await w.advance("3d")
    if (await w.subscription())["status"] == "active":  # a weekend lies between
        await w.advance("2d")
    await w.told(MIA, "didn't go through")
    assert "Members" in await w.roles()
    await w.advance("49h")
    await w.lacks("Members")


async def yearly(w: World) -> None:
    """The owner makes it a year in the dashboard, at a price of their own for the same product."""
    item = (await w.subscription())["items"]["data"][0]
    price = {
        "product": item["price"]["product"],
        "currency": "usd",
        "unit_amount": "9000",
        "recurring[interval]": "year",
    }
    year = await w.owner("POST", "prices", price)
    await w.change(
        **{"items[0][id]": item["id"], "items[0][price]": year["id"], "proration_behavior": "always_invoice"}
    )
    await w.quiet()


async def test_the_year_covers_whatever_becomes_of_the_month_before(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.advance("9d")
    await yearly(w)
    assert ": $90.00 a year" in (await w.mia("membership")).text
    month, year = await invoices(w)
    assert (year["billing_reason"], year["status"]) == ("subscription_update", "paid")
    await w.play.post("stripe/refund", {"invoice": month["id"]})
    await w.quiet()
    assert "Members" in await w.roles()
    await w.play.post("stripe/refund", {"invoice": year["id"]})
    await w.lacks("Members")


async def test_a_first_bill_that_is_credited_instead_of_paid_opens_nothing(w: World) -> None:
    await w.plan()
    await w.mia("subscribe", plan="Pro")
    customer, price = (await w.play.stripe("customer"))[-1], (await w.play.stripe("price"))[-1]
    await w.owner("POST", f"customers/{customer['id']}", {"email": "mia@example.org"})
    sent = {"collection_method": "send_invoice", "days_until_due": "7"}
    await w.owner("POST", "subscriptions", {"customer": customer["id"], "items[0][price]": price["id"], **sent})
    await w.advance("2h")
    bill = (await invoices(w))[-1]
    await w.owner("POST", "credit_notes", {"invoice": bill["id"], "amount": str(bill["total"])})
    await w.quiet()
    assert (await invoices(w))[-1]["status"] == "paid"
    assert await w.roles() == set()


async def test_a_credit_note_after_payment_counts_once_with_its_refund(w: World) -> None:
    await w.plan()
    await w.member_buys()
    (bill,) = await invoices(w)
    half = {"invoice": bill["id"], "amount": "500", "refund_amount": "500"}
    await w.owner("POST", "credit_notes", half)
    await w.quiet()
    assert "Members" in await w.roles()
    await w.owner("POST", "credit_notes", half | {"amount": "499", "refund_amount": "499"})
    await w.lacks("Members")


async def test_an_old_debt_eats_no_fresh_grace(w: World) -> None:
    await w.play.post("stripe/settings", {"dunning_end": "past_due"})
    await w.plan(grace_days=3)
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("1mo 2h")
    await w.advance("20d")
    await w.lacks("Members")
    await mia_changes_her_card(w, GOOD)
    await w.advance("12d")
    await w.holds("Members")
    assert sorted(one["status"] for one in await invoices(w)) == ["open", "paid", "paid"]
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("1mo")
    assert (await w.subscription())["status"] == "past_due"
    assert "Members" in await w.roles(), await w.why()
    await w.advance("3d")
    await w.lacks("Members")
