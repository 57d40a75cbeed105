"""Every command, typed in the sandbox's Discord: the good path, the refusals, and an answer whatever happens."""

import re
from typing import Any

import pytest

from bot.platforms.discord import interactions
from sandbox.play import NotTaken, eventually
from tests.e2e.world import ADA, BEN, EXTRA, GUILD, MEMBERS, MIA, World, checkout_link


async def completions(w: World, name: str, focused: str, typed: str, user: str = MIA, /, **given: str) -> list[str]:
    body = {"guild": GUILD, "user": user, "name": name, "options": {**given, focused: typed}, "focused": focused}
    answer = await w.play.post("discord/autocomplete", body)
    return [choice["name"] for choice in answer["choices"]]


# -- members ---------------------------------------------------------------------------------------------------------


async def test_plans_lists_what_is_sold_with_a_button_each(w: World) -> None:
    assert "nothing to join here yet" in (await w.mia("plans")).text
    await w.plan("Pro", description="Two books a month")
    await w.plan("Max", price="19.99", trial_days=7)
    heard = await w.mia("plans")
    for words in ("Pro", "$9.99 a month", "Two books a month", "Max", "$19.99 a month", "first 7 days free", "Members"):
        assert words in heard.text
    link = await w.play.click(GUILD, MIA, heard, "Join Pro")
    assert "/checkout/" in checkout_link(link)


async def test_subscribe_completes_names_while_one_types(w: World) -> None:
    await w.plan("Pro")
    await w.plan("Max", price="19.99")
    assert any("Pro" in choice for choice in await completions(w, "subscribe", "plan", "p"))
    assert "I don't know that plan" in (await w.mia("subscribe", plan="Nonsense")).text


async def test_membership_shows_cancels_and_resumes(w: World) -> None:
    await w.plan()
    assert "no membership" in (await w.mia("membership")).text
    await w.member_buys()
    shown = await w.mia("membership")
    assert "Renews on" in shown.text
    assert "Members" in shown.text
    asked = await w.play.click(GUILD, MIA, shown, "Cancel Pro")
    assert "Cancel **Pro**?" in asked.text
    done = await w.play.click(GUILD, MIA, asked, "Yes, cancel")
    assert "is cancelled" in done.text
    await w.quiet()
    assert (await w.subscription())["cancel_at"] is not None
    again = await w.mia("membership")
    assert "Cancelled: yours until" in again.text
    resumed = await w.play.click(GUILD, MIA, again, "Resume")
    assert "continues and renews" in resumed.text
    await w.quiet()
    assert (await w.subscription())["cancel_at"] is None


async def test_what_ended_in_stripe_a_moment_ago_is_told_as_ended(w: World) -> None:
    await w.plan()
    await w.member_buys()
    asked = await w.play.click(GUILD, MIA, await w.mia("membership"), "Cancel Pro")
    await w.play.post("webhooks", {"drop": True})
    await w.owner("DELETE", f"subscriptions/{(await w.subscription())['id']}")
    told = await w.play.click(GUILD, MIA, asked, "Yes, cancel")
    assert "has already ended" in told.text
    await w.lacks("Members")


async def test_a_cancelled_membership_ends_with_its_period(w: World) -> None:
    await w.plan()
    await w.member_buys()
    asked = await w.play.click(GUILD, MIA, await w.mia("membership"), "Cancel Pro")
    await w.play.click(GUILD, MIA, asked, "Yes, cancel")
    await w.advance("27d")
    assert "Members" in await w.roles()
    await w.advance("5d")
    await w.lacks("Members")


async def test_manage_payment_leads_to_the_portal(w: World) -> None:
    await w.plan()
    await w.member_buys()
    heard = await w.play.click(GUILD, MIA, await w.mia("membership"), "Manage payment")
    status, page = await w.play.open(heard.button("Open"))
    assert status == 200
    assert "Pro" in page


async def test_invoices_lists_number_amount_state_page_and_pdf(w: World) -> None:
    assert "no invoices yet" in (await w.mia("invoices")).text
    await w.plan()
    await w.member_buys()
    heard = await w.mia("invoices")
    number = (await w.play.stripe("invoice"))[-1]["number"]
    assert number in heard.text
    assert "$9.99" in heard.text
    assert "paid" in heard.text
    assert "/pdf" in heard.text


async def test_help_says_what_one_can_say(w: World) -> None:
    mine = await w.mia("help")
    assert "/subscribe" in mine.text
    assert "/plan create" not in mine.text
    assert "/plan create" in (await w.ada("help")).text


async def test_answers_come_in_the_readers_language(w: World) -> None:
    await w.play.post("seed", {"discord": {"users": [{"id": "700000000000000099", "name": "uta", "locale": "de"}]}})
    await w.play.post("discord/member", {"guild": GUILD, "user": "700000000000000099", "action": "join"})
    await w.plan()
    heard = await w.play.command(GUILD, "700000000000000099", "plans")
    assert "9,99\xa0$" in heard.text
    assert "Enthält" in heard.text


async def test_who_reads_english_for_want_of_their_language_reads_english_amounts_and_dates(w: World) -> None:
    lea = "700000000000000098"
    await w.play.post("seed", {"discord": {"users": [{"id": lea, "name": "lea", "locale": "fr"}]}})
    await w.play.post("discord/member", {"guild": GUILD, "user": lea, "action": "join"})
    await w.plan()
    assert "$9.99 a month" in (await w.play.command(GUILD, lea, "plans")).text
    await w.ada("member", member=lea, give="Pro", days=3)
    ends = (await w.play.command(GUILD, lea, "membership")).text.partition("Ends on ")[2]
    assert re.match(r"[A-Z][a-z]+ \d+, \d{4}\n", ends), ends


# -- admins ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plan list", "breaker", "settings"])
async def test_an_admins_command_is_not_offered_to_members(w: World, name: str) -> None:
    with pytest.raises(NotTaken, match="Discord does not offer"):
        await w.mia(name)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"price": "-1"}, "can't be negative"),
        ({"price": "0.5", "currency": "jpy"}, "too many decimals"),
        ({"price": "1000000000000"}, "so much at once"),
        ({"price": "0.01"}, "so little"),
        ({"price": "nine"}, "can't read that amount"),
        ({"currency": "zzz"}, "currency"),
        ({"every": 40}, "too long"),
        ({"period": "until"}, "Until when"),
        ({"name": "@everyone"}, "plain one"),
        ({"trial_days": 5, "period": "forever"}, "renews can have a trial"),
        ({"role": GUILD}, "Choose another role"),
    ],
)
async def test_plan_create_refuses_what_cannot_be_and_makes_nothing(
    w: World, options: dict[str, Any], words: str
) -> None:
    heard = await w.plan(**options)
    assert words in heard.text
    assert await w.play.stripe("product") == []
    assert "There are no plans yet" in (await w.ada("plan list")).text


async def test_a_plan_named_like_another_is_refused(w: World) -> None:
    await w.plan("Pro")
    assert "already a plan with this name" in (await w.plan("PRO")).text
    assert len(await w.play.stripe("product")) == 1


async def test_a_role_above_the_bots_is_warned_about_with_what_to_do(w: World) -> None:
    await w.play.post("discord/role", {"guild": GUILD, "role": MEMBERS, "action": "move", "position": 50})
    heard = await w.plan()
    assert "can't give anyone **Members** yet, so the plan isn't sold" in heard.text
    assert "Move my own role above it" in heard.text


async def test_a_new_price_counts_for_newcomers_only(w: World) -> None:
    await w.plan()
    await w.member_buys()
    heard = await w.ada("plan edit", plan="Pro", price="14.99")
    assert "$14.99" in heard.text
    assert "$14.99" in (await w.mia("plans")).text
    await w.advance("1mo 2h")
    assert (await w.play.stripe("invoice"))[-1]["total"] == 999


@pytest.mark.parametrize(("button", "kept"), [("They keep it", True), ("They lose it too", False)])
async def test_taking_a_role_off_asks_whether_present_members_keep_it(w: World, button: str, kept: bool) -> None:
    await w.plan()
    await w.ada("plan edit", plan="Pro", add_role=EXTRA)
    await w.member_buys()
    await w.holds("Extra")
    asked = await w.ada("plan edit", plan="Pro", remove_role=EXTRA)
    assert "Should they keep" in asked.text
    await w.play.click(GUILD, ADA, asked, button)
    await w.quiet()
    assert ("Extra" in await w.roles()) is kept
    assert "Members" in await w.roles()


async def test_adding_a_role_to_a_plan_gives_it_to_present_members(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.ada("plan edit", plan="Pro", add_role=EXTRA)
    await w.holds("Extra")


async def test_an_archived_plan_is_not_sold_and_stays_with_its_members(w: World) -> None:
    await w.plan()
    await w.member_buys()
    asked = await w.ada("plan archive", plan="Pro")
    if "Stop selling" in asked.text:
        asked = await w.play.click(GUILD, ADA, asked, "Stop selling")
    assert "no longer sold" in asked.text
    assert "Pro" not in (await w.play.command(GUILD, BEN, "plans")).text
    await w.advance("1mo 2h")
    assert "Members" in await w.roles()
    assert "archived" in (await w.ada("plan list")).text


async def test_invoice_create_asks_the_member_for_an_email_and_sends_it(w: World) -> None:
    await w.plan()
    heard = await w.ada("invoice create", member=MIA, amount="25", what="A signed copy", days=14, currency="usd")
    assert "I asked mia for theirs" in heard.text
    asked = await w.told(MIA, "Stripe needs your email address")
    form = await w.play.click(GUILD, MIA, asked, "Give my email address")
    thanked = await w.play.submit(GUILD, MIA, form, email="mia@example.org")
    assert "is on its way to you" in thanked.text
    invoice = (await w.play.stripe("invoice"))[-1]
    assert (invoice["status"], invoice["total"], invoice["collection_method"]) == ("open", 2500, "send_invoice")
    await w.quiet()
    assert "$25.00" in (await w.mia("invoices")).text
    assert (await w.play.pay(invoice["hosted_invoice_url"]))["status"] == "paid"
    await w.quiet()
    assert "paid" in (await w.mia("invoices")).text


async def test_member_explains_entitlement_by_entitlement_and_attempt_by_attempt(w: World) -> None:
    await w.plan()
    assert "were given nothing" in (await w.ada("member", member=BEN)).text
    await w.member_buys()
    heard = await w.ada("member", member=MIA)
    for words in ("✅ **Pro:** In. Paid until", "Has **Members**", "Pro · $9.99 · paid", "Recently", "granted"):
        assert words in heard.text


async def test_member_says_who_is_out_since_when_and_which_payment_was_given_back(w: World) -> None:
    await w.plan()
    await w.member_buys()
    payment = (await w.play.stripe("charge"))[-1]
    await w.owner("POST", "refunds", {"charge": payment["id"], "amount": "300"})
    await w.quiet()
    assert "Pro · $9.99 · paid, $3.00 of it refunded" in (await w.ada("member", member=MIA)).text
    await w.owner("POST", "refunds", {"charge": payment["id"]})
    await w.lacks("Members")
    out = (await w.ada("member", member=MIA)).text
    assert "❌ **Pro:** Out since " in out
    assert "Pro · $9.99 · refunded" in out


async def test_settings_shows_health_and_saves_defaults(w: World) -> None:
    await w.plan()
    heard = await w.ada("settings")
    for words in ("USD", "I can grant and revoke 1 role or chat", "Stripe answers (test mode", "/webhooks/stripe"):
        assert words in heard.text
    saved = await w.ada("settings", currency="eur", grace_days=5)
    assert "Saved" in saved.text
    assert "EUR" in saved.text
    made = await w.ada("plan create", name="Euro", price="5", period="every_months", role=MEMBERS)
    assert "€5.00 a month" in made.text
    assert "5 days" in made.text


# -- the breaker -----------------------------------------------------------------------------------------------------


async def crowd(w: World, size: int) -> list[str]:
    """So many members with a comp each."""
    users = [str(710000000000000000 + n) for n in range(size)]
    people = [{"id": user, "name": f"guest{user[-2:]}"} for user in users]
    await w.play.post("seed", {"discord": {"users": people}})
    for user in users:
        await w.play.post("discord/member", {"guild": GUILD, "user": user, "action": "join"})
        await w.ada("member", member=user, give="Pro", days=3)
    await w.quiet()
    return users


async def holding(w: World, users: list[str]) -> int:
    state = await w.play.get(f"discord/guilds/{GUILD}")
    return sum("Members" in m["role_names"] for m in state["members"] if m["id"] in users)


@pytest.mark.parametrize(("button", "left"), [("Go ahead", 0), ("Discard", 12)])
async def test_a_mass_revocation_stops_keeps_everybody_in_and_asks(w: World, button: str, left: int) -> None:
    await w.plan(role2=EXTRA)
    users = await crowd(w, 12)
    assert await holding(w, users) == 12
    await w.ada("plan edit", plan="Pro", remove_role=MEMBERS, members_keep="lose")
    await w.told(ADA, "would lose access")
    assert await holding(w, users) == 12
    heard = await w.ada("breaker")
    assert "12 removals have been held back" in heard.text
    await w.play.click(GUILD, ADA, heard, button)

    async def decided() -> bool:
        return await holding(w, users) == left

    assert await eventually(decided)


async def test_ends_that_were_agreed_stop_nothing_however_many_they_are(w: World) -> None:
    await w.plan()
    users = await crowd(w, 12)
    await w.advance("4d")
    assert await holding(w, users) == 0
    assert "Nothing is held back" in (await w.ada("breaker")).text


# -- an answer whatever happens ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["subscribe", "plan create"])
async def test_nobody_is_left_without_a_word_when_stripe_hangs(
    w: World, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await w.plan()
    monkeypatch.setattr(interactions, "SOON_S", 0.3)
    await w.play.post("faults", {"service": "stripe", "method": "*", "path": "/v1/*", "delay": 20, "times": 50})
    heard = await (w.mia(command, plan="Pro") if command == "subscribe" else w.plan("Max"))
    assert "taking a moment longer" in heard.text

    async def answered() -> bool:
        return "taking a moment longer" not in (await w.play.message(GUILD, heard)).text

    assert await eventually(answered)
    final = (await w.play.message(GUILD, heard)).text
    assert ("Try again in a minute" if command == "subscribe" else "Max") in final, final


async def test_stripe_down_is_said_and_the_next_try_goes_on_with_the_same_request(w: World) -> None:
    await w.plan()
    fault = {"service": "stripe", "method": "POST", "path": "/v1/checkout/sessions", "status": 500, "after": True}
    await w.play.post("faults", fault | {"times": 6})
    body = {"guild": GUILD, "user": MIA, "name": "subscribe", "options": {"plan": "Pro"}, "wait": 20}
    answer = await w.play.post("discord/command", body)
    assert answer["replies"], answer
    await w.play.clear_faults()
    heard = await w.mia("subscribe", plan="Pro")
    await w.play.pay(checkout_link(heard))
    await w.holds("Members")
    live = [s for s in await w.play.stripe("checkout.session") if s["status"] != "expired"]
    assert len(live) == 1


async def test_an_old_button_still_works_after_a_restart(w: World) -> None:
    await w.plan()
    heard = await w.mia("plans")
    await w.restart()
    link = await w.play.click(GUILD, MIA, heard, "Join Pro")
    assert "/checkout/" in checkout_link(link)


# -- what changes in Discord -----------------------------------------------------------------------------------------


async def test_names_follow_those_in_discord(w: World) -> None:
    await w.plan()
    await w.play.post("discord/role", {"guild": GUILD, "role": MEMBERS, "action": "update", "name": "Patrons"})
    assert await eventually(lambda: _says(w, "Includes **Patrons**"))
    w.sandbox.discord.people.guild(GUILD).name = "Lakeside Book Club"
    await w.play.post("discord/gateway", {"action": "invalidate", "resumable": False})
    assert await eventually(lambda: _says(w, "Plans in Lakeside Book Club"))


async def _says(w: World, words: str) -> bool:
    try:
        return words in (await w.mia("plans")).text
    except NotTaken:  # no bot is connected just now
        return False


async def test_a_role_that_is_gone_can_be_taken_off_the_plan(w: World) -> None:
    await w.plan(role2=EXTRA)
    await w.member_buys()
    await w.holds("Extra")
    await w.play.post("discord/role", {"guild": GUILD, "role": EXTRA, "action": "delete"})
    await w.told(ADA, "It no longer exists")
    await w.quiet()
    assert "**Extra**: should have access" in (await w.ada("member", member=MIA)).text
    assert "**Extra**: It no longer exists" in (await w.ada("settings")).text
    assert await completions(w, "plan edit", "remove_role", "", ADA, plan="Pro") == ["Extra", "Members"]
    taken = await w.ada("plan edit", plan="Pro", remove_role="Extra", members_keep="lose")
    assert "**Extra** is no longer on the plan" in taken.text
    await w.quiet()
    settings = (await w.ada("settings")).text
    assert "Extra" not in settings
    assert "Nothing is stuck" in settings
    assert "Last webhook from Stripe on" in settings


async def test_who_asks_as_the_service_stops_is_answered(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await w.plan()
    monkeypatch.setattr(interactions, "SOON_S", 0.3)
    monkeypatch.setattr(interactions, "FINISH_S", 0.3)
    await w.play.post("faults", {"service": "stripe", "method": "POST", "path": "/v1/*", "delay": 60})
    asked = await w.mia("subscribe", plan="Pro")
    assert "taking a moment longer" in asked.text
    await w.restart()
    assert "I am restarting right now" in (await w.play.message(GUILD, asked)).text
    await w.play.clear_faults()
    monkeypatch.setattr(interactions, "SOON_S", 60.0)
    assert "/checkout/" in checkout_link(await w.mia("subscribe", plan="Pro"))
