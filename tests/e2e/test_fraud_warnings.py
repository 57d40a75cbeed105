"""Early fraud warnings, over the wire: told once, with a button that refunds before there is a dispute."""

from typing import Any

from payments.flows.settlement import reconcile
from sandbox.play import eventually
from tests.e2e.telegram import MIA as TINA
from tests.e2e.telegram import OLGA, Salon
from tests.e2e.world import ADA, GUILD, World

WARNED = "4000000000005423"
TOLD = "as possible fraud"


async def warn(w: World, **which: str) -> dict[str, Any]:
    return await w.play.post("stripe/fraud_warning", which or {"subscription": (await w.subscription())["id"]})


async def heard(w: World) -> list[str]:
    return [one.text for one in await w.play.direct_messages(GUILD, ADA) if TOLD in one.text]


async def night(w: World) -> None:
    """The nightly comparison."""
    assert w.service.app is not None
    await reconcile.compare_everything(w.service.app, w.service.app.first_account.id)
    await w.quiet()


async def test_the_contact_is_told_once_and_a_button_refunds_and_ends_access(w: World) -> None:
    await w.plan()
    await w.buy(card=WARNED)
    await w.holds("Members")
    await w.advance("5s")
    told = await w.told(ADA, TOLD)
    assert "mia's payment of $9.99 for **Pro**" in told.text
    asked = await w.play.click(GUILD, ADA, told, "Refund $9.99")
    assert "Refund $9.99 to mia for **Pro**?" in asked.text
    assert await w.play.stripe("refund") == []
    done = await w.play.click(GUILD, ADA, asked, "Yes, refund $9.99")
    assert "$9.99 is on its way back" in done.text
    await w.lacks("Members")
    (warning,) = await w.play.stripe("radar.early_fraud_warning")
    assert not warning["actionable"]
    await night(w)
    assert len(await heard(w)) == 1


async def test_a_warning_whose_event_was_lost_is_told_at_night_and_once(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.quiet()
    await w.play.post("webhooks", {"drop": True})
    await warn(w)
    await w.quiet()
    assert await heard(w) == []
    for _ in range(2):
        await night(w)
    assert len(await heard(w)) == 1


async def test_what_is_refunded_disputed_or_not_ours_is_not_told(w: World) -> None:
    await w.plan()
    await w.member_buys()
    foreign = await w.owner("POST", "customers", {"email": "x@example.org", "payment_method": "pm_card_visa"})
    method = (await w.owner("GET", f"payment_methods?customer={foreign['id']}&type=card"))["data"][0]["id"]
    bill = await w.owner("POST", "invoices", {"customer": foreign["id"], "currency": "usd"})
    item = {"customer": foreign["id"], "invoice": bill["id"], "amount": "900", "currency": "usd"}
    await w.owner("POST", "invoiceitems", item)
    await w.owner("POST", f"invoices/{bill['id']}/pay", {"payment_method": method})
    await warn(w, invoice=bill["id"])
    subscription = (await w.subscription())["id"]
    await w.play.post("stripe/dispute", {"subscription": subscription, "status": "open"})
    assert not (await warn(w))["actionable"]
    await w.lacks("Members")
    await w.buy()
    await w.holds("Members")
    await w.play.post("stripe/refund", {"subscription": (await w.subscription())["id"]})
    await warn(w)
    await w.quiet()
    await night(w)
    assert await heard(w) == []


async def test_a_key_that_may_not_read_warnings_compares_the_rest(w: World) -> None:
    await w.plan()
    await w.member_buys()
    body = {"error": {"type": "invalid_request_error", "message": "The provided key lacks a permission."}}
    path = "/v1/radar/early_fraud_warnings"
    await w.play.post("faults", {"service": "stripe", "method": "GET", "path": path, "status": 403, "body": body})
    await night(w)
    await warn(w)
    await w.told(ADA, TOLD)


async def test_on_telegram_a_warning_is_told_and_refunded_too(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(TINA, await club.buys(TINA))
    await club.comes_in(TINA)
    await warn(club.world)
    told = await club.reads(OLGA, TOLD)
    asked = await club.presses(OLGA, told, "Refund €9.99")
    assert "€9.99 is on its way back" in (await club.presses(OLGA, asked, "Yes, refund €9.99")).text
    await club.is_out(TINA)

    async def once() -> bool:
        return [one["amount"] for one in await club.world.play.stripe("refund")] == [999]

    assert await eventually(once)
