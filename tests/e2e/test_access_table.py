"""Every row of the design's access table, over the wire."""

import time

import pytest

from tests.e2e.test_purchase import mia_changes_her_card
from tests.e2e.world import DECLINED, EXTRA, FAILS_LATER, GOOD, GUILD, MIA, World


async def invoice_of(w: World, which: int = -1) -> str:
    """The id of one of Mia's paid invoices, oldest first."""
    paid = [i for i in await w.play.stripe("invoice") if i["status"] == "paid"]
    return str(paid[which]["id"])


async def failing_renewal(w: World) -> None:
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("1mo 2h")


async def test_trialing_has_access(w: World) -> None:
    await w.plan(trial_days=7)
    offered = await w.mia("subscribe", plan="Pro")
    await w.member_buys()
    trial = await w.subscription()
    assert trial["status"] == "trialing"
    first = time.strftime("%B %-d, %Y", time.gmtime(trial["trial_end"]))
    assert f"$0.00 today, $9.99 on {first} if you start now" in offered.text.replace("**", "")
    await w.advance("8d")
    assert (await w.subscription())["status"] == "active"
    assert "Members" in await w.roles()


async def test_active_has_access_until_cancel_at(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.change(cancel_at=str(int(w.sandbox.clock.now()) + 5 * 86400))
    await w.advance("4d")
    assert "Members" in await w.roles()
    await w.advance("2d")
    await w.lacks("Members")


async def test_send_invoice_gives_access_only_once_its_first_invoice_is_paid(w: World) -> None:
    await w.plan()
    await w.mia("subscribe", plan="Pro")
    customer = (await w.play.stripe("customer"))[-1]
    await w.owner("POST", f"customers/{customer['id']}", {"email": "mia@example.org"})
    price = (await w.play.stripe("price"))[-1]
    form = {
        "customer": customer["id"],
        "items[0][price]": price["id"],
        "collection_method": "send_invoice",
        "days_until_due": "7",
    }
    made = await w.owner("POST", "subscriptions", form)
    await w.advance("2h")
    assert made["status"] == "active"
    assert await w.roles() == set()
    invoice = (await w.play.stripe("invoice"))[-1]
    await w.play.post("stripe/pay", {"invoice": invoice["id"], "card": GOOD})
    await w.holds("Members")


async def test_past_due_keeps_access_through_the_plans_grace(w: World) -> None:
    await w.plan(grace_days=5)
    await w.member_buys()
    await failing_renewal(w)
    await w.advance("3d")
    assert "Members" in await w.roles()
    await w.advance("2d")
    await w.lacks("Members")


async def test_later_failures_do_not_move_the_grace(w: World) -> None:
    await w.plan(grace_days=4)
    await w.member_buys()
    await failing_renewal(w)
    await w.advance("3d")  # Stripe's own second try fails in here
    assert "Members" in await w.roles()
    await w.advance("25h")
    await w.lacks("Members")


async def test_without_grace_a_failed_payment_ends_access_at_once(w: World) -> None:
    await w.plan(grace_days=0)
    await w.member_buys()
    await failing_renewal(w)
    await w.lacks("Members")
    await w.told(MIA, "you have no access for now")


async def test_past_due_after_a_trial_that_was_never_paid_has_no_grace(w: World) -> None:
    await w.plan(trial_days=3)
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("4d")
    assert (await w.subscription())["status"] == "past_due"
    await w.lacks("Members")


async def test_dunning_that_ends_in_canceled_leaves_no_access(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await failing_renewal(w)
    await w.advance("30d")
    assert (await w.subscription())["status"] == "canceled"
    await w.lacks("Members")


async def test_unpaid_has_none_once_the_announced_grace_is_over(w: World) -> None:
    await w.play.post("stripe/settings", {"dunning_end": "unpaid"})
    await w.plan(grace_days=30)
    await w.member_buys()
    await failing_renewal(w)
    await w.advance("14d")
    assert (await w.subscription())["status"] == "past_due"
    assert "Members" in await w.roles(), "the grace of thirty days runs"
    await w.advance("2d")
    assert (await w.subscription())["status"] == "unpaid"
    assert "Members" in await w.roles(), "the grace that was announced holds"
    await w.advance("14d")
    await w.lacks("Members")
    open_one = next(one for one in await w.play.stripe("invoice") if one["status"] == "open")
    await w.play.post("stripe/pay", {"invoice": open_one["id"], "card": GOOD})
    await w.holds("Members")


async def test_incomplete_has_none_and_neither_has_incomplete_expired(w: World) -> None:
    await w.plan()
    await w.mia("subscribe", plan="Pro")
    customer = (await w.play.stripe("customer"))[-1]
    price = (await w.play.stripe("price"))[-1]
    form = {
        "customer": customer["id"],
        "items[0][price]": price["id"],
        "payment_behavior": "default_incomplete",
    }
    await w.owner("POST", "subscriptions", form)
    await w.quiet()
    assert (await w.subscription())["status"] == "incomplete"
    assert await w.roles() == set()
    await w.advance("24h")
    assert (await w.subscription())["status"] == "incomplete_expired"
    assert await w.roles() == set()


async def test_canceled_has_none(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.owner("DELETE", f"subscriptions/{(await w.subscription())['id']}")
    await w.lacks("Members")
    await w.told(MIA, "has ended")


async def test_paused_has_none_and_resumed_has_it_again(w: World) -> None:
    await w.plan()
    await w.member_buys()
    id_ = (await w.subscription())["id"]
    await w.owner("POST", f"subscriptions/{id_}/pause", {"type": "subscription"})
    await w.lacks("Members")
    await w.owner("POST", f"subscriptions/{id_}/resume", {"billing_cycle_anchor": "now"})
    await w.holds("Members")


async def test_paused_collection_suspends_access_until_it_goes_on(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.change(**{"pause_collection[behavior]": "void"})
    await w.lacks("Members")
    await w.change(pause_collection="")
    await w.holds("Members")


@pytest.mark.off_spec
async def test_a_status_nobody_knows_changes_nothing(w: World) -> None:
    await w.plan()
    await w.member_buys()
    subscription = await w.subscription()
    listed = {
        "object": "list",
        "url": "/v1/subscriptions",
        "has_more": False,
        "data": [subscription | {"status": "hibernating"}],
    }
    fault = {"service": "stripe", "method": "GET", "path": "/v1/subscriptions*", "status": 200, "body": listed}
    await w.play.post("faults", fault | {"times": 5})
    await w.change(**{"metadata[note]": "touched"})
    await w.quiet()
    assert "Members" in await w.roles()


async def test_a_list_without_the_subscription_changes_nothing(w: World) -> None:
    await w.plan()
    await w.member_buys()
    empty = {"object": "list", "url": "/v1/subscriptions", "has_more": False, "data": []}
    fault = {"service": "stripe", "method": "GET", "path": "/v1/subscriptions*", "status": 200, "body": empty}
    await w.play.post("faults", fault | {"times": 5})
    await w.change(**{"metadata[note]": "touched"})
    await w.quiet()
    assert "Members" in await w.roles()


async def test_a_deleted_customer_is_a_statement(w: World) -> None:
    await w.plan()
    await w.member_buys()
    customer = (await w.play.stripe("customer"))[-1]
    await w.owner("DELETE", f"customers/{customer['id']}")
    await w.lacks("Members")


async def test_a_one_time_purchase_runs_out_and_a_second_one_stacks(w: World) -> None:
    await w.plan("Month", period="once_days", every=30)
    await w.member_buys("Month")
    assert "What you buy now begins when that ends" in (await w.mia("subscribe", plan="Month")).text
    await w.buy("Month")
    await w.quiet()
    await w.advance("45d")
    assert "Members" in await w.roles()
    await w.advance("16d")
    await w.lacks("Members")


async def test_a_lifetime_purchase_is_for_good(w: World) -> None:
    await w.plan("Life", period="forever", price="99")
    await w.member_buys("Life")
    await w.advance("400d")
    assert "Members" in await w.roles()


async def test_a_fixed_date_purchase_ends_with_its_day(w: World) -> None:
    day = time.strftime("%Y-%m-%d", time.gmtime(w.sandbox.clock.now() + 10 * 86400))
    await w.plan("Season", period="until", until=day)
    await w.member_buys("Season")
    await w.advance("9d")
    assert "Members" in await w.roles()
    await w.advance("3d")
    await w.lacks("Members")


async def test_a_full_refund_of_the_current_period_ends_access_and_the_subscription(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.play.post("stripe/refund", {"invoice": await invoice_of(w)})
    await w.lacks("Members")
    await w.advance("1mo 2h")
    await w.lacks("Members")
    assert [one["status"] for one in await w.play.stripe("subscription")] == ["canceled"]


async def test_a_partial_refund_changes_nothing(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.play.post("stripe/refund", {"invoice": await invoice_of(w), "amount": 500})
    await w.quiet()
    assert "Members" in await w.roles()


async def test_a_refund_of_an_earlier_period_changes_nothing(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.advance("1mo 2h")
    await w.play.post("stripe/refund", {"invoice": await invoice_of(w, 0)})
    await w.quiet()
    assert "Members" in await w.roles()


async def test_a_refunded_purchase_ends(w: World) -> None:
    await w.plan("Life", period="forever", price="99")
    await w.member_buys("Life")
    await w.play.post("stripe/refund", {"invoice": await invoice_of(w)})
    await w.lacks("Members")


@pytest.mark.parametrize("taken", ["refund", "dispute"])
async def test_a_purchase_is_taken_back_though_its_customer_was_deleted_and_replaced(w: World, taken: str) -> None:
    await w.plan("Life", period="forever", price="99")
    await w.plan("Pro", role=EXTRA)
    await w.member_buys("Life")
    life = await invoice_of(w)
    (customer,) = await w.play.stripe("customer")
    await w.owner("DELETE", f"customers/{customer['id']}")
    await w.quiet()
    await w.buy("Pro")
    await w.holds("Extra")
    assert (await w.subscription())["customer"] != customer["id"]
    await w.play.post(f"stripe/{taken}", {"invoice": life})
    await w.lacks("Members")
    assert "Extra" in await w.roles()


@pytest.mark.parametrize("end", ["won", "lost"])
async def test_a_dispute_suspends_won_restores_lost_ends(w: World, end: str) -> None:
    await w.plan()
    await w.member_buys()
    invoice = await invoice_of(w)
    await w.play.post("stripe/dispute", {"invoice": invoice, "status": "open"})
    await w.lacks("Members")
    await w.play.post("stripe/dispute", {"invoice": invoice, "status": end})
    await w.quiet()
    assert ("Members" in await w.roles()) is (end == "won")


async def test_an_inquiry_is_no_dispute(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.play.post("stripe/dispute", {"invoice": await invoice_of(w), "status": "inquiry"})
    await w.quiet()
    assert "Members" in await w.roles()


async def test_a_comp_has_its_own_end(w: World) -> None:
    await w.plan()
    await w.ada("member", member=MIA, give="Pro", days=3)
    await w.holds("Members")
    await w.advance("4d")
    await w.lacks("Members")


async def test_a_comp_stays_while_a_subscription_ends(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.ada("member", member=MIA, give="Pro")
    await w.owner("DELETE", f"subscriptions/{(await w.subscription())['id']}")
    await w.quiet()
    assert "Members" in await w.roles()


async def test_a_declined_first_payment_is_no_access(w: World) -> None:
    await w.plan()
    assert (await w.buy(card=DECLINED))["status"] == "failed"
    await w.quiet()
    assert await w.play.roles(GUILD, MIA) == set()
