"""Commands on Telegram: one line, a guided dialogue, in private and in groups, over the wire."""

from pathlib import Path

import pytest

from tests.e2e.telegram import BEN, MIA, OLGA, SALON, TOM, Salon, salon


async def test_an_admin_makes_a_plan_in_a_dialogue(club: Salon) -> None:
    heard = await club.writes(OLGA, "/plan create")
    assert "What is the plan called?" in heard.text
    heard = await club.writes(OLGA, "Gold *member*")
    assert "characters like" in heard.text
    assert "What is the plan called?" in heard.text
    heard = await club.writes(OLGA, "Gold")
    assert "What does it cost?" in heard.text
    for wrong, why in (("-1", "negative"), ("ten", "can't read"), ("1000000000000", "so much"), ("0.01", "so little")):
        heard = await club.writes(OLGA, wrong)
        assert why in heard.text
        assert "What does it cost?" in heard.text
    heard = await club.writes(OLGA, "5")
    assert "How often is it paid?" in heard.text
    assert list(heard.buttons) == ["Monthly", "Yearly", "Once", "Another rhythm …", "Back", "Cancel"]
    heard = await club.writes(OLGA, "sometimes")
    assert "isn't one of the choices. Choose one of these: Monthly / Yearly / Once / Another rhythm" in heard.text
    heard = await club.presses(OLGA, heard, "Another rhythm …")
    heard = await club.presses(OLGA, heard, "Every so many weeks …")
    assert "Every how many weeks is it paid?" in heard.text
    heard = await club.presses(OLGA, heard, "2")
    assert "How many days are free" in heard.text
    heard = await club.writes(OLGA, "1000")
    assert "can be 0 to 730" in heard.text
    heard = await club.writes(OLGA, "7")
    assert "describe it to members" in heard.text
    asked = await club.presses(OLGA, heard, "Skip")
    assert "is this right?" in asked.text
    for told in ("Gold: $5.00 every 2 weeks, first 7 days free", "Currency: USD", "It includes Salon"):
        assert told in asked.text
    assert await club.world.play.stripe("product") == []
    made = await club.presses(OLGA, asked, "Yes, do it")
    assert "Gold is ready" in made.text
    assert "every 2 weeks, first 7 days free" in made.text
    again = await club.clicks(OLGA, asked, "Yes, do it")
    assert "no longer open" in again["toast"]
    assert "Gold" in (await club.writes(MIA, "/plans")).text


async def test_every_answer_of_a_dialogue_can_be_gone_back_to_in_german_too(club: Salon) -> None:
    users = [{"id": OLGA, "username": "olga", "first_name": "Olga", "language_code": "de", "started": True}]
    await club.world.play.post("seed", {"telegram": {"users": users}})
    heard = await club.writes(OLGA, "/plan create name:Gold price:5 currency:eur")
    heard = await club.presses(OLGA, heard, "Einmal")
    assert "Wie lange gilt eine einzelne Zahlung?" in heard.text
    heard = await club.presses(OLGA, heard, "Zurück")
    assert "Wie oft wird gezahlt?" in heard.text
    heard = await club.writes(OLGA, "monatlich")
    assert "Wie viele Tage sind vor der ersten Zahlung frei?" in heard.text
    heard = await club.presses(OLGA, heard, "Zurück")
    heard = await club.presses(OLGA, heard, "Jährlich")
    heard = await club.presses(OLGA, heard, "Überspringen")
    heard = await club.presses(OLGA, heard, "Überspringen")
    assert "5,00 € im Jahr" in heard.text.replace("\xa0", " ")
    heard = await club.presses(OLGA, heard, "Etwas ändern")
    heard = await club.presses(OLGA, heard, "Zeitraum")
    heard = await club.presses(OLGA, heard, "Einmal")
    heard = await club.presses(OLGA, heard, "Bis zu einem Tag …")
    assert "der letzte Tag" in heard.text
    heard = await club.writes(OLGA, "2090-06-30")
    made = await club.presses(OLGA, heard, "Ja, so machen")
    assert "einmalig, bis 30. Juni 2090" in made.text


async def test_a_dialogue_outlives_a_restart_and_can_be_cancelled(club: Salon) -> None:
    await club.writes(OLGA, "/plan_create")
    await club.world.restart()
    heard = await club.writes(OLGA, "Gold")
    assert "What does it cost?" in heard.text
    assert "Cancelled" in (await club.writes(OLGA, "/cancel")).text
    assert "only understand commands" in (await club.writes(OLGA, "5")).text
    assert "nothing to cancel" in (await club.writes(OLGA, "/cancel")).text
    assert "no plans yet" in (await club.writes(OLGA, "/plans")).text


async def test_a_question_that_was_asked_an_hour_ago_is_over(club: Salon) -> None:
    heard = await club.writes(OLGA, "/plan create name:Gold price:5")
    await club.world.advance("61m")
    pressed = await club.clicks(OLGA, heard, "Monthly")
    assert "no longer open" in pressed["toast"]


@pytest.mark.off_spec
async def test_an_answer_that_was_lost_on_its_way_is_given_again_and_nothing_is_made_twice(tmp_path: Path) -> None:
    async with salon(tmp_path) as club:
        await club.world.play.post("faults", {"service": "telegram", "path": "sendMessage", "status": 502, "times": 1})
        body = {"user": OLGA, "text": "/plan create name:Pro price:5 currency:eur period:every_weeks", "wait": 0}
        await club.world.play.post("telegram/message", body)
        await club.reads(OLGA, "Pro is ready")
        await club.world.quiet()
        assert not [text for text in await club.heard(OLGA) if "already a plan with this name" in text]
        assert len(await club.world.play.stripe("product")) == 1


async def test_who_is_no_admin_is_told_so_and_asked_nothing(club: Salon) -> None:
    await club.makes_plan()
    assert "for the community's team" in (await club.writes(MIA, "/plan create")).text
    assert "for the community's team" in (await club.writes(MIA, "/settings currency:usd")).text


async def test_one_line_that_is_wrong_is_answered_with_its_right_form(club: Salon) -> None:
    for typed, why in (
        ("/plan create Gold price:5", "belongs to"),
        ("/plan create name:Gold price:5 period:sometimes", "isn't one of the choices"),
        ("/plan create name:Gold price:5 period:every_weeks trial_days:many", "not a whole number"),
        ("/plan create name:Gold price:5 period:every_weeks grace_days:99", "0 to 60"),
        ("/plan create name: price:5 period:every_weeks", "needs a value"),
        ("/settings contact_me:perhaps", "yes or no"),
        ("/member @nobody", "who “@\u200bnobody” is"),
    ):
        heard = await club.writes(OLGA, typed)
        assert why in heard.text, heard.text
        assert "On one line it is" in heard.text
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
    given = await club.writes(OLGA, f"/member {BEN} give:Pro days:3")
    assert "Ben has Pro free for 3 days" in given.text
    assert "people who are here" in (await club.writes(OLGA, f"/member {TOM} give:Pro days:3")).text


async def test_what_was_chosen_by_a_button_is_shown_by_its_name(club: Salon) -> None:
    await club.makes_plan()
    heard = await club.writes(OLGA, "/plan edit")
    heard = await club.presses(OLGA, heard, "Pro")
    assert "Plan: Pro · €9.99 a month" in heard.text
    heard = await club.presses(OLGA, heard, "Yes, do it")
    assert "Nothing to change" in heard.text
    heard = await club.presses(OLGA, heard, "Change something")
    heard = await club.presses(OLGA, heard, "Name")
    heard = await club.writes(OLGA, "Gold")
    done = await club.presses(OLGA, heard, "Yes, do it")
    assert "Gold was changed" in done.text


async def test_a_username_that_changed_hands_names_nobody_else(club: Salon) -> None:
    await club.makes_plan()
    await club.writes(BEN, "/plans")
    users = [{"id": BEN, "username": "ben_m", "first_name": "Ben", "started": True}]
    await club.world.play.post("seed", {"telegram": {"users": users}})
    assert "who “@\u200bben” is" in (await club.writes(OLGA, "/member @ben give:Pro")).text


async def test_an_invoice_asks_for_the_address_in_a_dialogue(club: Salon) -> None:
    await club.makes_plan()
    await club.writes(BEN, "/plans")
    heard = await club.writes(OLGA, "/invoice create member:@ben")
    assert "What is the amount?" in heard.text
    heard = await club.writes(OLGA, "25")
    heard = await club.writes(OLGA, "Coaching")
    heard = await club.presses(OLGA, heard, "Skip")
    assert "Ben gets an invoice for $25.00 (USD): Coaching. It is due in 14 days." in heard.text
    await club.presses(OLGA, heard, "Yes, do it")
    wanted = await club.reads(BEN, "needs your email address")
    asked = await club.presses(BEN, wanted, "Give my email address")
    assert "email" in asked.text
    await club.world.restart()
    again = await club.writes(BEN, "nonsense")
    assert "doesn't look like" in again.text
    await club.presses(BEN, again, "Give my email address")
    sent = await club.writes(BEN, "ben@example.org")
    assert "$25.00" in sent.text


async def test_what_telegrams_terms_ask_for_is_answered(club: Salon) -> None:
    await club.makes_plan()
    assert "write to the community's admins" in (await club.writes(MIA, "/paysupport")).text
    await club.buys(MIA)
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
    assert "isn't for sale" in (await club.presses(MIA, plans, "Join Pro")).text
