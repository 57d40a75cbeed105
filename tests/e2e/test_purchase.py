"""The main job, as the README tells it."""

from pathlib import Path

import pytest

from bot.app.service import Service
from sandbox.play import eventually
from tests.e2e.world import ADA, BEN, DECLINED, FAILS_LATER, GOOD, GUILD, MIA, World, checkout_link, world


async def mia_changes_her_card(w: World, card: str) -> None:
    """In the billing portal, reached by the button of `/membership`."""
    heard = await w.mia("membership")
    portal = await w.play.click(GUILD, MIA, heard, "Manage payment")
    await w.play.change_card(portal.button("Open"), card)


async def test_from_a_command_to_a_role_and_back(w: World) -> None:
    made = await w.plan()
    assert "Pro" in made.text
    assert "$9.99 a month" in made.text

    offered = await w.mia("subscribe", plan="Pro")
    assert "$9.99 a month" in offered.text
    assert "Members" not in await w.roles()
    await w.play.pay(checkout_link(offered), GOOD)
    await w.holds("Members")
    await w.told(MIA, "Welcome to")

    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("1mo 2h")
    told = await w.told(MIA, "didn't go through")
    assert "Members" in await w.roles(), "the grace of three days runs"

    await w.advance("73h")
    await w.lacks("Members")

    await w.play.pay(told.button("Pay"), GOOD)
    await w.holds("Members")
    assert (await w.subscription())["status"] == "active"


async def test_the_same_story_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    async with world(tmp_path, database=postgres_url) as w:
        await test_from_a_command_to_a_role_and_back(w)


async def test_a_declined_card_opens_nothing_and_leaves_nothing_behind(w: World) -> None:
    await w.plan()
    result = await w.buy(card=DECLINED)
    assert result["status"] == "failed"
    await w.quiet()
    assert await w.roles() == set()
    assert await w.play.stripe("subscription") == []


async def test_renewals_go_on_month_after_month(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.advance("95d")
    assert "Members" in await w.roles()
    paid = [i for i in await w.play.stripe("invoice") if i["status"] == "paid"]
    assert len(paid) == 4


async def test_total_webhook_loss_repairs_itself(w: World) -> None:
    await w.plan()
    await w.play.post("webhooks", {"drop": True})
    await w.buy()
    await w.play.post("settle")
    assert await w.roles() == set()
    await w.advance("16m")
    await w.holds("Members")


async def test_a_renewal_that_fails_unheard_still_ends_access(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.play.post("webhooks", {"drop": True})
    await w.advance("40d")
    await w.lacks("Members")


async def test_duplicated_and_shuffled_webhooks_change_nothing(w: World) -> None:
    await w.plan()
    await w.play.post("webhooks", {"duplicate": 3, "hold": True})
    await w.buy()
    await w.play.post("webhooks", {"shuffle": True})
    await w.play.post("webhooks", {"release": True})
    await w.holds("Members")
    await w.quiet()
    assert len(await w.play.stripe("subscription")) == 1
    gives = [e for e in (await w.play.get(f"discord/guilds/{GUILD}"))["log"] if e["action"] == "role_add"]
    assert len(gives) == 1


async def test_who_is_not_in_the_server_yet_gets_the_role_on_joining(w: World) -> None:
    await w.plan()
    link = checkout_link(await w.mia("subscribe", plan="Pro"))
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "leave"})
    await w.play.pay(link, GOOD)
    await w.quiet()
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "join"})
    await w.holds("Members")


async def test_leave_and_rejoin_brings_the_role_back(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "leave"})
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "join"})
    await w.holds("Members")


async def test_a_role_given_by_hand_before_stays_when_the_membership_ends(w: World) -> None:
    await w.plan()
    await w.play.post("discord/role", {"guild": GUILD, "role": "Members", "action": "give", "user": MIA})
    await w.buy()
    await w.quiet()
    await w.owner("DELETE", f"subscriptions/{(await w.subscription())['id']}")
    await w.quiet()
    assert "Members" in await w.roles()


async def test_another_purchase_that_opens_the_same_role_keeps_it(w: World) -> None:
    await w.plan("Pro")
    await w.plan("Max", price="19.99")
    await w.member_buys("Pro")
    await w.buy("Max")
    await w.quiet()
    first = (await w.play.stripe("subscription"))[0]
    await w.owner("DELETE", f"subscriptions/{first['id']}")
    await w.quiet()
    assert "Members" in await w.roles()


async def test_nobody_is_charged_twice_for_one_plan(w: World) -> None:
    await w.plan()
    first = await w.mia("subscribe", plan="Pro")
    second = await w.mia("subscribe", plan="Pro")
    assert checkout_link(first) == checkout_link(second)
    await w.play.pay(checkout_link(first), GOOD)
    await w.holds("Members")
    again = await w.mia("subscribe", plan="Pro")
    assert "already" in again.text
    assert len(await w.play.stripe("checkout.session")) == 1


async def test_a_link_past_due_leads_to_paying_not_to_buying_twice(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await mia_changes_her_card(w, FAILS_LATER)
    await w.advance("1mo 2h")
    heard = await w.mia("subscribe", plan="Pro")
    assert "last payment failed" in heard.text


async def test_a_role_above_the_bots_is_told_once_and_given_once_it_can_be(w: World) -> None:
    await w.plan()
    link = checkout_link(await w.mia("subscribe", plan="Pro"))
    await w.stop_service()
    await w.play.post("discord/role", {"guild": GUILD, "role": "Members", "action": "move", "position": 50})
    await w.play.pay(link, GOOD)
    await w.start_service()
    await w.told(ADA, "**Members**")
    await w.play.post("discord/role", {"guild": GUILD, "role": "Members", "action": "move", "position": 1})
    await w.holds("Members")


async def test_the_service_goes_on_where_it_was_after_a_restart(w: World) -> None:
    await w.plan()
    link = checkout_link(await w.mia("subscribe", plan="Pro"))
    await w.stop_service()
    await w.play.pay(link, GOOD)
    await w.start_service()
    await w.holds("Members")


async def test_discord_gone_at_start_and_back_later(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.plan()
        await w.stop_service()
        away = {"service": "discord", "path": "/api/v10/*", "method": "*", "status": 503, "times": 0}
        await w.play.post("faults", away)
        w.service = Service(w.settings)
        await w.service.start()

        async def listening() -> bool:
            status, text = await w.play.open(w.operations_url + "/readyz")
            return status == 503 and '"database": true' in text

        assert await eventually(listening)
        await w.play.clear_faults()
        assert await eventually(w._ready)


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_stripe_failing_for_a_while_revokes_nobody(w: World, status: int) -> None:
    await w.plan()
    await w.member_buys()
    fault = {"service": "stripe", "method": "GET", "path": "/v1/subscriptions*", "status": status, "times": 3}
    await w.play.post("faults", fault)
    await w.change(**{"metadata[note]": "touched"})
    await w.quiet()
    assert "Members" in await w.roles()


async def test_a_trial_that_began_goes_on_whatever_card_is_added_to_it(tmp_path: Path) -> None:
    """Else the card of another member's trial would end hers."""
    async with world(tmp_path) as w:
        await w.plan(trial_days=7)
        link = checkout_link(await w.play.command(GUILD, BEN, "subscribe", plan="Pro"))
        await w.play.pay(link, "4242424242424242")
        await w.holds("Members", BEN)
        await w.buy(card="5555555555554444")
        await w.holds("Members", MIA)
        portal = await w.play.click(GUILD, MIA, await w.mia("membership"), "Manage payment")
        await w.play.change_card(portal.button("Open"), "4242424242424242")
        await w.advance("1h")
        await w.quiet()
        assert [one["status"] for one in await w.play.stripe("subscription")] == ["trialing", "trialing"]
        await w.holds("Members", MIA)
