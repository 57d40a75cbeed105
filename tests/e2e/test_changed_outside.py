"""What the owner changes in Stripe's dashboard, past us: noticed, repaired or told, and no refusal reaches a member."""

import pytest

from payments.flows.settlement import reconcile
from sandbox.play import eventually
from tests.e2e.telegram import MIA as MIA_ON_TELEGRAM
from tests.e2e.telegram import OLGA, Salon
from tests.e2e.world import ADA, EXTRA, GUILD, MIA, SECRET, World, checkout_link


async def put_under_a_schedule(w: World, end_behavior: str = "release") -> str:
    """The owner plans what becomes of Mia's subscription."""
    made = await w.owner("POST", "subscription_schedules", {"from_subscription": (await w.subscription())["id"]})
    await w.owner("POST", f"subscription_schedules/{made['id']}", {"end_behavior": end_behavior})
    return str(made["id"])


@pytest.mark.parametrize("end_behavior", ["release", "cancel"])
async def test_what_a_schedule_manages_is_cancelled_and_resumed_on_discord(w: World, end_behavior: str) -> None:
    await w.plan()
    await w.member_buys()
    await put_under_a_schedule(w, end_behavior)
    await w.quiet()
    if end_behavior == "cancel":
        shown = await w.mia("membership")
        assert "Cancelled: yours until" in shown.text
        assert "continues and renews" in (await w.play.click(GUILD, MIA, shown, "Resume")).text
        await w.quiet()
    asked = await w.play.click(GUILD, MIA, await w.mia("membership"), "Cancel Pro")
    assert "is cancelled" in (await w.play.click(GUILD, MIA, asked, "Yes, cancel")).text
    await w.quiet()
    assert (await w.subscription())["cancel_at"] is not None
    await w.advance("32d")
    assert (await w.subscription())["status"] == "canceled"
    await w.lacks("Members")


async def test_what_a_schedule_manages_is_cancelled_and_resumed_on_telegram(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(MIA_ON_TELEGRAM, await club.buys(MIA_ON_TELEGRAM))
    await club.reads(MIA_ON_TELEGRAM, "You now have access to")
    await put_under_a_schedule(club.world)
    asked = await club.presses(MIA_ON_TELEGRAM, await club.writes(MIA_ON_TELEGRAM, "/membership"), "Cancel")
    assert "is cancelled" in (await club.presses(MIA_ON_TELEGRAM, asked, "Yes")).text
    again = await club.presses(MIA_ON_TELEGRAM, await club.writes(MIA_ON_TELEGRAM, "/membership"), "Resume")
    assert "continues and renews" in again.text
    assert (await club.world.subscription())["cancel_at"] is None


async def test_the_wish_to_end_survives_a_lost_answer_to_the_release(w: World) -> None:
    await w.plan()
    await w.member_buys()
    schedule = await put_under_a_schedule(w)
    asked = await w.play.click(GUILD, MIA, await w.mia("membership"), "Cancel Pro")
    path = f"/v1/subscription_schedules/{schedule}/release"
    await w.play.post("faults", {"service": "stripe", "path": path, "status": 500, "after": True})
    assert "is cancelled" in (await w.play.click(GUILD, MIA, asked, "Yes, cancel")).text
    assert (await w.subscription())["cancel_at"] is not None


async def switch_the_portal_off(w: World) -> None:
    for configuration in await w.play.stripe("billing_portal.configuration"):
        await w.owner("POST", f"billing_portal/configurations/{configuration['id']}", {"active": "false"})


async def test_a_portal_that_the_owner_switched_off_is_made_again_on_discord(w: World) -> None:
    await w.plan()
    await w.member_buys()
    shown = await w.mia("membership")
    first = await w.play.click(GUILD, MIA, shown, "Manage payment")
    await switch_the_portal_off(w)
    again = await w.play.click(GUILD, MIA, shown, "Manage payment")
    assert again.text == first.text
    assert [one["active"] for one in await w.play.stripe("billing_portal.configuration")] == [False, True]


async def test_a_portal_that_the_owner_switched_off_is_made_again_on_telegram(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(MIA_ON_TELEGRAM, await club.buys(MIA_ON_TELEGRAM))
    await club.reads(MIA_ON_TELEGRAM, "You now have access to")
    shown = await club.writes(MIA_ON_TELEGRAM, "/membership")
    first = await club.presses(MIA_ON_TELEGRAM, shown, "Manage payment")
    await switch_the_portal_off(club.world)
    again = await club.presses(MIA_ON_TELEGRAM, shown, "Manage payment")
    assert again.text == first.text
    assert [one["active"] for one in await club.world.play.stripe("billing_portal.configuration")] == [False, True]


async def test_who_was_deleted_while_active_is_out_and_told_and_buys_again(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.owner("DELETE", f"customers/{(await w.play.stripe('customer'))[-1]['id']}")
    await w.lacks("Members")
    await w.told(MIA, "has ended")
    assert "haven't paid" in (await w.mia("membership")).text or "Manage" not in (await w.mia("membership")).buttons
    await w.member_buys()


async def test_a_deleted_customer_of_whom_stripe_lists_nothing_is_out(w: World) -> None:
    await w.plan()
    await w.member_buys()
    refusal = {
        "error": {"type": "invalid_request_error", "code": "resource_missing", "param": "customer", "message": "No"}
    }
    fault = {"service": "stripe", "method": "GET", "status": 404, "body": refusal, "times": 0}
    for path in ("/v1/subscriptions", "/v1/invoices", "/v1/charges"):
        await w.play.post("faults", fault | {"path": path})
    await w.owner("DELETE", f"customers/{(await w.play.stripe('customer'))[-1]['id']}")
    await w.lacks("Members")


async def test_a_deletion_that_nobody_told_is_noticed_at_the_next_purchase(w: World) -> None:
    await w.plan()
    await w.plan("Extra", role=EXTRA)
    await w.member_buys()
    await w.play.post("webhooks", {"drop": True})
    await w.owner("DELETE", f"customers/{(await w.play.stripe('customer'))[-1]['id']}")
    await w.mia("subscribe", plan="Extra")
    await w.lacks("Members")
    await w.play.post("webhooks", {"drop": False})
    await w.buy("Extra")
    await w.holds("Extra")


async def test_after_all_test_data_was_deleted_members_are_out_and_plans_are_sold_again(w: World) -> None:
    await w.plan()
    await w.plan("Extra", role=EXTRA)
    await w.member_buys()
    assert checkout_link(await w.mia("subscribe", plan="Extra"))
    await w.play.post("stripe/wipe", {})
    assert w.service.app is not None
    await reconcile.compare_everything(w.service.app, w.service.app.first_account.id)
    await w.lacks("Members")
    await w.buy("Extra")
    await w.holds("Extra")
    await w.member_buys()
    assert "Pro Plus" in (await w.ada("plan edit", plan="Pro", name="Pro Plus")).text
    names = {one["name"] for one in await w.play.stripe("product")}
    assert names == {"Pro Plus", "Extra"}


@pytest.mark.parametrize("kind", ["price", "product"])
async def test_what_is_archived_in_stripe_is_not_sold_and_the_contact_is_told(w: World, kind: str) -> None:
    await w.plan()
    archived = (await w.play.stripe(kind))[-1]["id"]
    await w.owner("POST", f"{kind}s/{archived}", {"active": "false"})
    for _ in range(2):
        assert "isn't for sale right now" in (await w.mia("subscribe", plan="Pro")).text
    told = await w.told(ADA, "is archived in Stripe")
    assert "price_end" in told.text
    await w.owner("POST", f"{kind}s/{archived}", {"active": "true"})
    await w.member_buys()


async def test_what_is_archived_or_gone_is_told_and_made_again_on_telegram(club: Salon) -> None:
    await club.makes_plan()
    product = (await club.world.play.stripe("product"))[-1]["id"]
    await club.world.owner("POST", f"products/{product}", {"active": "false"})
    assert "isn't for sale right now" in (await club.writes(MIA_ON_TELEGRAM, "/subscribe Pro")).text
    await club.reads(OLGA, "is archived in Stripe")
    await club.world.play.post("stripe/wipe", {})
    await club.joins(MIA_ON_TELEGRAM, await club.buys(MIA_ON_TELEGRAM))
    await club.reads(MIA_ON_TELEGRAM, "You now have access to")


@pytest.mark.parametrize("taken", ["refund", "dispute"])
async def test_money_taken_back_of_which_stripe_listed_nothing_is_found_at_night(w: World, taken: str) -> None:
    await w.plan()
    await w.member_buys()
    nothing = {"object": "list", "data": [], "has_more": False, "url": "/v1/charges"}
    fault = {"service": "stripe", "method": "GET", "path": "/v1/charges", "status": 200, "body": nothing, "times": 0}
    await w.play.post("faults", fault)
    await w.play.post(f"stripe/{taken}", {"subscription": (await w.subscription())["id"]})
    await w.quiet()
    await w.play.clear_faults()
    await w.quiet()
    assert "Members" in await w.roles()
    assert w.service.app is not None
    await reconcile.compare_everything(w.service.app, w.service.app.first_account.id)
    await w.lacks("Members")
    await w.quiet()
    assert (await reconcile.compare_everything(w.service.app, w.service.app.first_account.id)).marked == 0


async def test_thin_events_are_looked_up_by_what_they_name(w: World) -> None:
    endpoint = {"url": f"{w.url}/webhooks/stripe", "secret": SECRET, "thin": True}
    await w.play.post("webhooks", endpoint)
    await w.plan()
    await w.member_buys()
    await w.play.post("stripe/refund", {"subscription": (await w.subscription())["id"]})
    await w.lacks("Members")
    await w.owner("DELETE", f"subscriptions/{(await w.subscription())['id']}")
    await w.quiet()
    await w.member_buys()
    await w.play.post("stripe/dispute", {"subscription": (await w.subscription())["id"]})
    await w.lacks("Members")


async def test_the_contact_hears_of_a_subscription_that_was_made_by_hand(w: World) -> None:
    await w.plan()
    card = {"payment_method": "pm_card_visa", "invoice_settings[default_payment_method]": "pm_card_visa"}
    somebody = await w.owner("POST", "customers", {"email": "lou@example.com"} | card)
    price = (await w.play.stripe("price"))[-1]["id"]
    made = await w.owner("POST", "subscriptions", {"customer": somebody["id"], "items[0][price]": price})
    assert made["status"] == "active"
    assert w.service.app is not None
    for _ in range(2):
        await reconcile.compare_everything(w.service.app, w.service.app.first_account.id)
    await w.told(ADA, "when you add a subscription in Stripe by hand")
    await w.quiet()
    heard = [one.text for one in await w.play.direct_messages(GUILD, ADA)]
    assert sum("Stripe charges for 1 membership" in text for text in heard) == 1


async def test_a_key_of_another_account_is_refused_until_the_former_one_is_back(
    w: World, caplog: pytest.LogCaptureFixture
) -> None:
    await w.plan()
    await w.member_buys()
    await w.stop_service()
    right = w.settings
    swapped = right.stripe.model_copy(update={"api_base": f"{w.sandbox.url}/accounts/second"})
    w.service = w.serves(right.model_copy(update={"stripe": swapped}))
    await w.service.start()
    assert await eventually(lambda: _said(caplog, "Put that key back"))
    assert (await w.play.open(w.service.operations_url + "/readyz"))[0] == 503
    await w.service.stop()
    w.settings = right
    await w.start_service()
    await w.owner("DELETE", f"subscriptions/{(await w.subscription())['id']}")
    await w.lacks("Members")


async def _said(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return any(words in record.getMessage() for record in caplog.records)
