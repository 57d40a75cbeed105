"""A membership that opens a Telegram chat, from the first message to the last, over the wire."""

import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import check
from bot.config import Discord, Telegram
from tests.e2e import wire
from tests.e2e.telegram import BASIC, BEN, CHANNEL, MIA, OLGA, SALON, TOM, Salon, salon
from tests.e2e.world import FAILS_LATER, GOOD


@pytest.fixture
async def club(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Salon]:
    """The world, its traffic held against the specifications at the end."""
    recording = tmp_path / "traffic.har"
    async with salon(tmp_path, har=recording) as made:
        yield made
    if wire.CHECKER.is_file():
        assert wire.findings(recording, capsys, monkeypatch) == ""


async def changes_her_card(club: Salon, card: str) -> None:
    """In the billing portal, reached by the button of `/membership`."""
    heard = await club.writes(MIA, "/membership")
    portal = await club.presses(MIA, heard, "Manage payment")
    await club.world.play.change_card(next(iter(portal.buttons.values())), card)


async def test_a_member_pays_comes_in_fails_is_out_pays_and_is_back(club: Salon) -> None:
    await club.reads(OLGA, "I can keep the door of Salon")
    await club.makes_plan()
    link = await club.buys(MIA)
    assert not await club.inside(MIA)
    assert (await club.writes(MIA, "/membership")).buttons["Join Salon"] == link, "for who has lost sight of the first"
    assert (await club.joins(MIA, link))["status"] == "member"
    await club.reads(MIA, "Open for you now: Salon")
    assert "Join Salon" not in (await club.writes(MIA, "/membership")).buttons
    made = [one for one in (await club.chat())["links"] if not one["is_primary"]]
    assert [(one["name"], one["creates_join_request"]) for one in made] == [("Guestlist", True)]

    await changes_her_card(club, FAILS_LATER)
    await club.world.advance("31d")
    told = await club.reads(MIA, "did not go through")
    assert await club.inside(MIA), "the grace of three days runs"
    await club.world.advance("73h")
    await club.is_out(MIA)
    assert (await club.chat())["banned"] == [], "a kick leaves no ban"

    await club.world.play.pay(next(url for url in told.buttons.values() if "/invoice/" in url), GOOD)
    await club.world.quiet()
    assert (await club.joins(MIA, link))["status"] == "member"


async def test_the_same_story_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    async with salon(tmp_path, database=postgres_url) as club:
        await test_a_member_pays_comes_in_fails_is_out_pays_and_is_back(club)
        heard = await club.writes(OLGA, "/plan create name:Gold")
        heard = await club.writes(OLGA, "3")
        heard = await club.presses(OLGA, heard, "once, for good")
        assert "Gold is ready" in (await club.presses(OLGA, heard, "Yes, do it")).text


async def test_who_is_not_on_the_list_is_written_to_then_declined_and_let_in_once_they_paid(club: Salon) -> None:
    await club.makes_plan()
    link = await club.buys(MIA)
    asked = await club.joins(TOM, link)  # he never wrote to the bot
    assert asked["status"] == "declined", asked
    heard = await club.reads(TOM, "Here is how to become one")
    assert "€9.99 a month" in heard.text
    actions = [line["action"] for line in (await club.chat())["log"] if line.get("user") == TOM]
    assert actions == ["join_request", "decline"]

    await club.world.play.post("telegram/start", {"user": TOM})
    offer = await club.presses(TOM, heard, "Join Pro")
    await club.world.play.pay(next(url for url in offer.buttons.values() if "/checkout/" in url))
    await club.reads(TOM, "Ask to join")
    assert (await club.joins(TOM, link))["status"] == "member"


async def test_somebody_elses_link_is_left_to_the_admins(club: Salon) -> None:
    await club.makes_plan()
    body = {"chat": SALON, "action": "create", "creates_join_request": True}
    theirs = await club.world.play.post("telegram/link", body)
    asked = await club.joins(TOM, theirs["link"], wait=0)
    assert asked["status"] == "pending"
    await club.world.quiet()
    assert [one["id"] for one in (await club.chat())["requests"]] == [TOM]
    await club.buys(MIA)
    assert (await club.joins(MIA, theirs["link"]))["status"] == "member", "who is on the list is let in all the same"


async def test_who_was_in_the_chat_before_is_never_put_out(club: Salon) -> None:
    await club.makes_plan()
    link = await club.writes(BEN, "/subscribe Pro")
    await club.world.play.pay(next(url for url in link.buttons.values() if "/checkout/" in url))
    await club.reads(BEN, "Open for you now: Salon")
    heard = await club.writes(BEN, "/membership")
    asked = await club.presses(BEN, heard, "Cancel")
    await club.presses(BEN, asked, "Yes")
    await club.world.advance("40d")
    assert await club.inside(BEN)


async def test_an_admin_makes_a_plan_in_a_dialogue(club: Salon) -> None:
    heard = await club.writes(OLGA, "/plan create")
    assert "Its name" in heard.text
    heard = await club.writes(OLGA, "Gold *member*")
    assert "characters like" in heard.text
    assert "Its name" in heard.text
    heard = await club.writes(OLGA, "Gold")
    assert "The amount" in heard.text
    for wrong, why in (("-1", "negative"), ("ten", "can't read"), ("1000000000000", "so much"), ("0.01", "so little")):
        heard = await club.writes(OLGA, wrong)
        assert why in heard.text
        assert "The amount" in heard.text
    heard = await club.writes(OLGA, "5")
    heard = await club.presses(OLGA, heard, "every … weeks")
    assert "The number of days, weeks" in heard.text
    heard = await club.writes(OLGA, "2")
    assert "is this right?" in heard.text
    heard = await club.presses(OLGA, heard, "More settings")
    heard = await club.presses(OLGA, heard, "Free days to try")
    heard = await club.writes(OLGA, "1000")
    assert "can be 0 to 730" in heard.text
    heard = await club.writes(OLGA, "7")
    assert "Gold" in heard.text
    asked = heard
    made = await club.presses(OLGA, asked, "Yes, do it")
    assert "Gold is ready" in made.text
    assert "every 2 weeks, first 7 days free" in made.text
    again = await club.clicks(OLGA, asked, "Yes, do it")
    assert "is over" in again["toast"]
    assert "Gold" in (await club.writes(MIA, "/plans")).text


async def test_a_period_that_is_changed_in_the_dialogue_is_asked_about_anew(club: Salon) -> None:
    heard = await club.writes(OLGA, "/plan create name:Gold price:5 currency:eur")
    heard = await club.presses(OLGA, heard, "every … months")
    heard = await club.writes(OLGA, "3")
    heard = await club.presses(OLGA, heard, "More settings")
    heard = await club.presses(OLGA, heard, "Period")
    heard = await club.presses(OLGA, heard, "once, until")
    assert "the last day" in heard.text
    heard = await club.writes(OLGA, "2090-06-30")
    made = await club.presses(OLGA, heard, "Yes, do it")
    assert "once, until June 30, 2090" in made.text


async def test_a_dialogue_outlives_a_restart_and_can_be_cancelled(club: Salon) -> None:
    await club.writes(OLGA, "/plan_create")
    await club.world.restart()
    heard = await club.writes(OLGA, "Gold")
    assert "The amount" in heard.text
    assert "Cancelled" in (await club.writes(OLGA, "/cancel")).text
    assert "only understand commands" in (await club.writes(OLGA, "5")).text
    assert "nothing to cancel" in (await club.writes(OLGA, "/cancel")).text
    assert "no plans yet" in (await club.writes(OLGA, "/plans")).text


async def test_a_question_that_was_asked_an_hour_ago_is_over(club: Salon) -> None:
    heard = await club.writes(OLGA, "/plan create name:Gold price:5")
    await club.world.advance("61m")
    pressed = await club.clicks(OLGA, heard, "every … weeks")
    assert "is over" in pressed["toast"]


@pytest.mark.off_spec
async def test_an_answer_that_was_lost_on_its_way_is_given_again_and_nothing_is_made_twice(tmp_path: Path) -> None:
    async with salon(tmp_path) as club:
        await club.world.play.post("faults", {"service": "telegram", "path": "sendMessage", "status": 502, "times": 1})
        body = {"user": OLGA, "text": "/plan create name:Pro price:5 currency:eur period:every_weeks", "wait": 0}
        await club.world.play.post("telegram/message", body)
        await club.reads(OLGA, "Pro is ready")
        await club.world.quiet()
        assert not [text for text in await club.heard(OLGA) if "this name already" in text]
        assert len(await club.world.play.stripe("product")) == 1


async def test_who_is_no_admin_is_told_so_and_asked_nothing(club: Salon) -> None:
    await club.makes_plan()
    assert "for the admins" in (await club.writes(MIA, "/plan create")).text
    assert "for the admins" in (await club.writes(MIA, "/settings currency:usd")).text


async def test_one_line_that_is_wrong_is_answered_with_its_right_form(club: Salon) -> None:
    for typed, why in (
        ("/plan create Gold price:5", "belongs to"),
        ("/plan create name:Gold price:5 period:sometimes", "none of the choices"),
        ("/plan create name:Gold price:5 period:every_weeks trial_days:many", "not a whole number"),
        ("/plan create name:Gold price:5 period:every_weeks grace_days:99", "0 to 60"),
        ("/plan create name: price:5 period:every_weeks", "needs a value"),
        ("/settings contact_me:perhaps", "yes or no"),
        ("/member @nobody", "who «@\u200bnobody» is"),
    ):
        heard = await club.writes(OLGA, typed)
        assert why in heard.text, heard.text
        assert "In one line it is" in heard.text
    assert "no plans yet" in (await club.writes(OLGA, "/plans")).text


async def test_in_a_group_the_answer_is_private(club: Salon) -> None:
    await club.makes_plan()
    heard = await club.writes(BEN, "/plans@guestlist_bot", chat=SALON)
    there = [reply["text"] for reply in heard.replies if reply["chat"] == SALON]
    private = [reply["text"] for reply in heard.replies if reply["chat"] == BEN]
    assert there == ["I have answered you in private."]
    assert "€9.99 a month" in private[0]


async def test_who_never_started_the_bot_gets_a_button_that_does(club: Salon) -> None:
    await club.makes_plan()
    await club.world.play.post("telegram/member", {"chat": SALON, "user": TOM, "action": "add"})
    heard = await club.writes(TOM, "/subscribe Pro", chat=SALON)
    assert [reply["chat"] for reply in heard.replies] == [SALON]
    assert "can't write to you first" in heard.text
    link = next(iter(heard.buttons.values()))
    payload = link.partition("?start=")[2]
    started = await club.world.play.post("telegram/start", {"user": TOM, "payload": payload})
    assert "This is about Salon" in started["replies"][-1]["text"]


async def test_other_bots_commands_and_chatter_are_not_ours(club: Salon) -> None:
    for text in ("/plans@another_bot", "/weather", "hello", "/ plans"):
        body = {"user": BEN, "chat": SALON, "text": text, "wait": 0.5}
        assert (await club.world.play.post("telegram/message", body))["replies"] == []


async def test_a_member_is_looked_up_by_name_number_mention_or_their_message(club: Salon) -> None:
    await club.makes_plan()
    link = await club.buys(MIA)
    await club.joins(MIA, link)
    await club.world.quiet()
    for typed in ("/member @mia", f"/member {MIA}", "/member member:@Mia"):
        assert "Mia in Salon" in (await club.writes(OLGA, typed)).text
    spoken = await club.world.play.post("telegram/message", {"user": MIA, "chat": SALON, "text": "hi", "wait": 0})
    heard = await club.writes(OLGA, "/member", chat=SALON, reply_to=spoken["message"])
    assert "Mia in Salon" in heard.all
    given = await club.writes(OLGA, f"/member {TOM} give:Pro days:3")
    assert "Tom has Pro for 3 days" in given.text


async def test_a_basic_group_is_refused_with_the_way_to_mend_it(club: Salon) -> None:
    seed = {"chats": [{"id": BASIC, "type": "group", "title": "Cellar", "owner": "olga", "bot": "member"}]}
    await club.world.play.post("seed", {"telegram": seed})
    await club.reads(OLGA, "It is a basic group")
    heard = await club.writes(OLGA, "/plan create", chat=BASIC)
    assert "basic group" in heard.text
    moved = await club.world.play.post("telegram/migrate", {"chat": BASIC})
    await club.world.play.post("telegram/bot", {"chat": moved["id"], "action": "promote"})
    await club.reads(OLGA, "I can keep the door of Cellar")
    made = await club.writes(OLGA, "/plan create name:Low price:3 currency:eur period:every_months")
    assert "It gives Cellar" in made.text
    choose = await club.writes(MIA, "/plans")
    assert "Which community" in choose.text or "Low" in choose.text


async def test_a_bot_that_is_put_out_tells_the_contact_and_goes_on_when_it_is_back(club: Salon) -> None:
    await club.makes_plan()
    before = await club.buys(MIA)
    await club.world.play.post("telegram/bot", {"chat": SALON, "action": "ban"})
    await club.reads(OLGA, "I was removed from Salon")
    await club.world.play.post("telegram/start", {"user": TOM})
    link = await club.writes(TOM, "/subscribe Pro")
    assert "Which community" not in link.text
    await club.world.play.post("telegram/bot", {"chat": SALON, "action": "promote"})
    await club.world.quiet()
    told = await club.reads(MIA, "Ask to join")
    after = next(iter(told.buttons.values()))
    assert after != before, "who waits is told of the new way in"
    assert (await club.joins(MIA, after))["status"] == "member"


async def test_an_admins_ban_stays_and_the_contact_is_told_once(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(MIA, await club.buys(MIA))
    await club.reads(MIA, "Open for you now")
    await club.world.play.post("telegram/member", {"chat": SALON, "user": MIA, "action": "ban"})
    await club.reads(OLGA, "An admin banned them")
    await club.world.advance("25h")
    assert [one["id"] for one in (await club.chat())["banned"]] == [MIA]
    assert len([text for text in await club.heard(OLGA) if "An admin banned them" in text]) == 1

    await club.world.play.post("telegram/member", {"chat": SALON, "user": MIA, "action": "unban"})
    told = await club.reads(MIA, "Ask to join")
    assert (await club.joins(MIA, next(iter(told.buttons.values()))))["status"] == "member"


async def test_an_admin_whose_membership_ended_is_put_out_once_they_are_no_admin(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(MIA, await club.buys(MIA))
    await club.reads(MIA, "Open for you now")
    await club.world.play.post("telegram/member", {"chat": SALON, "user": MIA, "action": "promote"})
    asked = await club.presses(MIA, await club.writes(MIA, "/membership"), "Cancel")
    await club.presses(MIA, asked, "Yes")
    await club.world.advance("40d")
    assert await club.inside(MIA), "an admin is out of a bot's reach"
    await club.world.play.post("telegram/member", {"chat": SALON, "user": MIA, "action": "demote"})
    await club.world.quiet()
    assert not await club.inside(MIA)


async def test_who_leaves_can_come_back_while_they_pay(club: Salon) -> None:
    await club.makes_plan()
    link = await club.buys(MIA)
    await club.joins(MIA, link)
    await club.world.play.post("telegram/leave", {"user": MIA, "chat": SALON})
    await club.world.quiet()
    assert (await club.joins(MIA, link))["status"] == "member"


async def test_a_channel_is_kept_like_a_group(club: Salon) -> None:
    channel = {"id": CHANNEL, "type": "channel", "title": "News", "owner": "olga"}
    await club.world.play.post("seed", {"telegram": {"chats": [channel]}})
    told = await club.reads(OLGA, "I can keep the door of News")
    address = re.search(r"https://t\.me/\w+\?start=(\S+)", told.text)
    assert address, "nobody can type a command in a channel"
    made = await club.writes(OLGA, "/plan create name:Paper price:2 currency:eur period:every_months grace_days:0")
    assert "It gives News" in made.text
    shown = await club.world.play.post("telegram/start", {"user": MIA, "payload": address.group(1)})
    assert "This is about News" in shown["replies"][-1]["text"]
    asked = await club.writes(MIA, "/subscribe Paper")
    link = await club.presses(MIA, asked, "News") if "Which community" in asked.text else asked
    await club.world.play.pay(next(url for url in link.buttons.values() if "/checkout/" in url))
    told = await club.reads(MIA, "Ask to join")
    assert (await club.joins(MIA, next(iter(told.buttons.values()))))["status"] == "member"
    await club.reads(MIA, "Open for you now: News")
    await changes_her_card(club, FAILS_LATER)
    await club.world.advance("31d")
    await club.is_out(MIA, CHANNEL)
    assert (await club.chat(CHANNEL))["banned"] == []


async def test_what_was_chosen_by_a_button_is_shown_by_its_name(club: Salon) -> None:
    await club.makes_plan()
    heard = await club.writes(OLGA, "/plan edit")
    heard = await club.presses(OLGA, heard, "Pro")
    assert "Plan: Pro · €9.99 a month" in heard.text
    heard = await club.presses(OLGA, heard, "Yes, do it")
    assert "Nothing to change" in heard.text
    heard = await club.presses(OLGA, heard, "More settings")
    heard = await club.presses(OLGA, heard, "Name")
    heard = await club.writes(OLGA, "Gold")
    done = await club.presses(OLGA, heard, "Yes, do it")
    assert "Gold is changed" in done.text


async def test_a_username_that_changed_hands_names_nobody_else(club: Salon) -> None:
    await club.makes_plan()
    await club.writes(MIA, "/plans")
    users = [{"id": MIA, "username": "mia_m", "first_name": "Mia", "started": True}]
    await club.world.play.post("seed", {"telegram": {"users": users}})
    assert "who «@\u200bmia» is" in (await club.writes(OLGA, "/member @mia give:Pro")).text


async def test_a_chat_that_is_renamed_is_called_by_its_new_name(club: Salon) -> None:
    await club.makes_plan()
    await club.world.play.post("seed", {"telegram": {"chats": [{"id": SALON, "title": "Parlour", "owner": "olga"}]}})
    await club.reads(OLGA, "I can keep the door of Parlour")
    await club.world.quiet()
    assert "Opens Parlour" in (await club.writes(MIA, "/plans")).text


async def test_an_invoice_asks_for_the_address_in_a_dialogue(club: Salon) -> None:
    await club.makes_plan()
    await club.writes(MIA, "/plans")
    heard = await club.writes(OLGA, "/invoice create member:@mia")
    assert "The amount" in heard.text
    heard = await club.writes(OLGA, "25")
    heard = await club.writes(OLGA, "Coaching")
    assert "is this right?" in heard.text
    await club.presses(OLGA, heard, "Yes, do it")
    wanted = await club.reads(MIA, "needs your e-mail address")
    asked = await club.presses(MIA, wanted, "Give my e-mail")
    assert "e-mail" in asked.text
    await club.world.restart()
    again = await club.writes(MIA, "nonsense")
    assert "does not look like" in again.text
    await club.presses(MIA, again, "Give my e-mail")
    sent = await club.writes(MIA, "mia@example.org")
    assert "$25.00" in sent.text


async def test_who_blocks_the_bot_loses_nothing(club: Salon) -> None:
    await club.makes_plan()
    link = await club.writes(MIA, "/subscribe Pro")
    await club.world.play.post("telegram/block", {"user": MIA})
    await club.world.play.pay(next(url for url in link.buttons.values() if "/checkout/" in url))
    await club.world.quiet()
    await club.world.play.post("telegram/start", {"user": MIA})
    assert "Salon waits for you" in (await club.writes(MIA, "/membership")).text
    way_in = next(one["link"] for one in (await club.chat())["links"] if one["name"] == "Guestlist")
    assert (await club.joins(MIA, way_in))["status"] == "member"


async def test_what_telegrams_terms_ask_for_is_answered(club: Salon) -> None:
    await club.makes_plan()
    assert "write to Olga" in (await club.writes(MIA, "/paysupport")).text
    assert "What I keep" in (await club.writes(MIA, "/privacy")).text
    assert "/plan_create" not in (await club.writes(MIA, "/help")).text
    assert "/plan_create" in (await club.writes(OLGA, "/help")).text


async def test_a_readers_language_is_theirs(club: Salon) -> None:
    users = [{"id": TOM, "username": "tom", "language_code": "de", "started": True}]
    await club.world.play.post("seed", {"telegram": {"users": users}})
    assert "Ich verstehe nur Befehle" in (await club.writes(TOM, "hallo")).text


async def test_a_button_of_an_older_message_is_answered(club: Salon) -> None:
    await club.makes_plan()
    plans = await club.writes(MIA, "/plans")
    await club.writes(OLGA, "/plan edit plan:Pro name:Gold")
    heard = await club.writes(OLGA, "/plan archive plan:Gold")
    await club.presses(OLGA, heard, "Stop selling")
    assert "not sold" in (await club.presses(MIA, plans, "Join Pro")).text


async def test_two_communities_are_told_apart(club: Salon) -> None:
    await club.makes_plan()
    den = {"chats": [{"id": -1003, "title": "Den", "owner": "ben"}]}
    await club.world.play.post("seed", {"telegram": den})
    await club.reads(BEN, "I can keep the door of Den")
    made = await club.writes(BEN, "/plan create name:Cub price:2 currency:eur period:every_months")
    assert "It gives Den" in made.text
    asked = await club.writes(MIA, "/plans")
    assert sorted(asked.buttons) == ["Den", "Salon"]
    assert "Cub" in (await club.presses(MIA, asked, "Den")).text
    assert "Cub" in (await club.writes(MIA, "/plans")).text, "what was chosen stays chosen"
    asked = await club.writes(OLGA, "/plan list")
    assert "Pro" in asked.text, "an admin's own chat is chosen when they add the bot"
    assert "for the admins" in (await club.writes(BEN, "/plan list", chat=SALON)).all


async def test_redeem_only_sells_nothing_on_telegram(tmp_path: Path) -> None:
    async with salon(tmp_path, GUESTLIST_TELEGRAM__CHECKOUT="redeem_only") as club:
        await club.makes_plan()
        shown = await club.writes(MIA, "/plans")
        assert shown.buttons == {}
        assert "not sold in Telegram" in shown.text
        refused = await club.writes(MIA, "/subscribe Pro")
        assert "not sold in Telegram" in refused.text
        assert refused.buttons == {}
        both = club.world.settings
        alone = both.model_copy(update={"discord": Discord()})
        nowhere = "there is no Discord to buy on"
        assert not [line for _, line in await check(both) if nowhere in line]
        assert [good for good, line in await check(alone) if nowhere in line] == [False]


async def test_updates_by_webhook_are_stored_before_they_are_acknowledged(tmp_path: Path) -> None:
    secret = "a_secret_of_some_length"
    async with salon(tmp_path, GUESTLIST_TELEGRAM__WEBHOOK="true", GUESTLIST_TELEGRAM__WEBHOOK_SECRET=secret) as club:
        await club.makes_plan()
        link = await club.buys(MIA)
        assert (await club.joins(MIA, link))["status"] == "member"
        url = f"{club.world.url}/webhooks/telegram"
        header = {"X-Telegram-Bot-Api-Secret-Token": secret}
        who = {"id": MIA, "is_bot": False, "first_name": "Mia"}
        chat = {"id": MIA, "type": "private"}
        message = {"message_id": 9999, "date": 1, "from": who, "chat": chat, "text": "/privacy"}
        update = {"update_id": 999_999_999, "message": message}
        async with aiohttp.ClientSession() as session:

            async def sent(body: object, headers: dict[str, str]) -> int:
                kind = {"Content-Type": "application/json"}
                async with session.post(url, data=body, headers={**kind, **headers}) as answer:
                    return answer.status

            assert await sent(json.dumps(update), {}) == 403
            assert await sent(json.dumps(update), {"X-Telegram-Bot-Api-Secret-Token": "guess"}) == 403
            assert await sent("{broken", header) == 400
            for none in ("[]", "{}", '{"update_id": "7"}', "[" * 5000, '{"update_id": 7, "message": {}}'):
                assert await sent(none, header) == 400
            assert await sent(io.BytesIO(b"x" * 1_100_000), header) == 413
            for _ in range(3):
                assert await sent(json.dumps(update), header) == 200
        await club.reads(MIA, "What I keep")
        await club.world.quiet()
        assert len([text for text in await club.heard(MIA) if "What I keep" in text]) == 1


async def test_a_service_that_polls_again_takes_its_webhook_away(tmp_path: Path) -> None:
    secret = "a_secret_of_some_length"
    async with salon(tmp_path, GUESTLIST_TELEGRAM__WEBHOOK="true", GUESTLIST_TELEGRAM__WEBHOOK_SECRET=secret) as club:
        await club.makes_plan()
        polled = club.world.settings.model_copy(update={"telegram": Telegram(token=SecretStr("1:sandbox"))})
        club.world.settings = polled
        await club.world.restart()
        assert "Pro" in (await club.writes(MIA, "/plans")).text
        good = [line for _, line in await check(polled) if line.startswith("Telegram")]
        assert "bot @guestlist_bot" in good[0]
        assert "updates are polled" in good[1]
        assert "terms for bots" in good[2]
