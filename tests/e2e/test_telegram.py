"""A membership that opens a Telegram chat, over the wire: who comes in, who is put out, what becomes of the chat."""

import re
from pathlib import Path

from bot.platforms.telegram.chat_events import KNOCKS
from bot.platforms.telegram.markup import start_payload
from tests.e2e.telegram import BASIC, BEN, CHANNEL, MIA, OLGA, SALON, TOM, Salon, salon
from tests.e2e.world import FAILS_LATER, GOOD


async def changes_her_card(club: Salon, card: str) -> None:
    """In the billing portal, reached by the button of `/membership`."""
    heard = await club.writes(MIA, "/membership")
    portal = await club.presses(MIA, heard, "Manage payment")
    await club.world.play.change_card(next(iter(portal.buttons.values())), card)


async def test_a_member_pays_comes_in_fails_is_out_pays_and_is_back(club: Salon) -> None:
    await club.reads(OLGA, "I can let people into Salon")
    await club.makes_plan()
    link = await club.buys(MIA)
    assert not await club.inside(MIA)
    assert (await club.writes(MIA, "/membership")).buttons["Join Salon"] == link, "for who has lost sight of the first"
    assert (await club.joins(MIA, link))["status"] == "member"
    await club.reads(MIA, "You now have access to Salon")
    assert "Join Salon" not in (await club.writes(MIA, "/membership")).buttons
    made = [one for one in (await club.chat())["links"] if not one["is_primary"]]
    assert [(one["name"], one["creates_join_request"]) for one in made] == [("Guestlist", True)]

    await changes_her_card(club, FAILS_LATER)
    await club.world.advance("1mo 2h")
    told = await club.reads(MIA, "didn't go through")
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
        heard = await club.presses(OLGA, heard, "Once")
        heard = await club.presses(OLGA, heard, "For good")
        heard = await club.presses(OLGA, heard, "Skip")
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


async def test_who_asks_again_and_again_is_answered_three_times_and_let_in_once_they_paid(club: Salon) -> None:
    await club.makes_plan()
    link = await club.buys(MIA)
    for _ in range(10):
        await club.joins(TOM, link, wait=0)
        await club.world.quiet()
    assert len(await club.heard(TOM)) == KNOCKS
    assert not await club.inside(TOM)
    assert (await club.joins(MIA, link))["status"] == "member", "the others are let in beside him"
    await club.world.play.post("telegram/start", {"user": TOM})
    heard = await club.writes(TOM, "/subscribe Pro")
    await club.world.play.pay(next(url for url in heard.buttons.values() if "/checkout/" in url))
    await club.comes_in(TOM)


async def test_the_chats_admin_is_told_the_address_that_invites_people_whenever_they_ask(club: Salon) -> None:
    await club.makes_plan()
    for command in ("/start", "/help", "/settings", "/connect"):
        told = (await club.writes(OLGA, command)).all
        assert "To invite people, give them this address" in told, (command, told)
        assert "t.me/" in told
    assert "To invite people" not in (await club.writes(MIA, "/start")).all
    assert "To invite people" not in (await club.writes(MIA, "/help")).all


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
    await club.reads(BEN, "You now have access to Salon")
    heard = await club.writes(BEN, "/membership")
    asked = await club.presses(BEN, heard, "Cancel")
    await club.presses(BEN, asked, "Yes")
    await club.world.advance("40d")
    assert await club.inside(BEN)


async def test_a_basic_group_is_refused_with_the_way_to_mend_it(club: Salon) -> None:
    seed = {"chats": [{"id": BASIC, "type": "group", "title": "Cellar", "owner": "olga", "bot": "member"}]}
    await club.world.play.post("seed", {"telegram": seed})
    await club.reads(OLGA, "It is a basic group")
    heard = await club.writes(OLGA, "/plan create", chat=BASIC)
    assert "basic group" in heard.text
    moved = await club.world.play.post("telegram/migrate", {"chat": BASIC})
    await club.world.play.post("telegram/bot", {"chat": moved["id"], "action": "promote"})
    await club.reads(OLGA, "I can let people into Cellar")
    made = await club.writes(OLGA, "/plan create name:Low price:3 currency:eur period:every_months")
    assert "It includes Cellar" in made.text
    assert "Low" in (await club.writes(MIA, f"/start {start_payload(moved['id'])}")).all


async def test_a_bot_that_is_put_out_tells_the_contact_and_goes_on_when_it_is_back(club: Salon) -> None:
    await club.makes_plan()
    before = await club.buys(MIA)
    await club.world.play.post("telegram/bot", {"chat": SALON, "action": "ban"})
    await club.reads(OLGA, "I was removed from Salon")
    await club.world.play.post("telegram/start", {"user": TOM})
    link = await club.writes(TOM, "/subscribe Pro")
    assert "Which community" not in link.text
    await club.world.play.post("telegram/bot", {"chat": SALON, "action": "promote"})
    after = next(iter((await club.reads(MIA, "Ask to join")).buttons.values()))
    assert after != before
    assert (await club.joins(MIA, after))["status"] == "member"


async def test_an_admins_ban_stays_and_the_contact_is_told_once(club: Salon) -> None:
    await club.makes_plan()
    link = await club.buys(MIA)
    await club.joins(MIA, link)
    await club.reads(MIA, "You now have access to")
    await club.world.play.post("telegram/member", {"chat": SALON, "user": MIA, "action": "ban"})
    await club.reads(OLGA, "An admin banned them")
    await club.world.advance("20h")  # a day later it is a reminder
    assert [one["id"] for one in (await club.chat())["banned"]] == [MIA]
    assert len([text for text in await club.heard(OLGA) if "An admin banned them" in text]) == 1

    await club.world.play.post("telegram/member", {"chat": SALON, "user": MIA, "action": "unban"})
    assert (await club.joins(MIA, link))["status"] == "member"


async def test_an_admin_whose_membership_ended_is_put_out_once_they_are_no_admin(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(MIA, await club.buys(MIA))
    await club.reads(MIA, "You now have access to")
    await club.world.play.post("telegram/member", {"chat": SALON, "user": MIA, "action": "promote"})
    asked = await club.presses(MIA, await club.writes(MIA, "/membership"), "Cancel")
    await club.presses(MIA, asked, "Yes")
    await club.world.advance("40d")
    assert await club.inside(MIA), "an admin is out of a bot's reach"
    await club.world.play.post("telegram/member", {"chat": SALON, "user": MIA, "action": "demote"})
    await club.is_out(MIA)


async def test_what_ended_in_stripe_a_moment_ago_is_told_as_ended(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(MIA, await club.buys(MIA))
    heard = await club.writes(MIA, "/membership")
    await club.presses(MIA, await club.presses(MIA, heard, "Cancel"), "Yes")
    again = await club.writes(MIA, "/membership")
    await club.world.play.post("webhooks", {"drop": True})
    await club.world.owner("DELETE", f"subscriptions/{(await club.world.subscription())['id']}")
    told = await club.presses(MIA, again, "Resume")
    assert "has already ended" in told.text
    await club.is_out(MIA)


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
    told = await club.reads(OLGA, "I can let people into News")
    address = re.search(r"https://t\.me/\w+\?start=(\S+)", told.text)
    assert address, "nobody can type a command in a channel"
    made = await club.writes(OLGA, "/plan create name:Paper price:2 currency:eur period:every_months grace_days:0")
    assert "It includes News" in made.text
    shown = await club.world.play.post("telegram/start", {"user": MIA, "payload": address.group(1)})
    assert "This is about News" in shown["replies"][-1]["text"]
    asked = await club.writes(MIA, "/subscribe Paper")
    link = await club.presses(MIA, asked, "News") if "Which community" in asked.text else asked
    await club.world.play.pay(next(url for url in link.buttons.values() if "/checkout/" in url))
    told = await club.reads(MIA, "Ask to join")
    assert (await club.joins(MIA, next(iter(told.buttons.values()))))["status"] == "member"
    await club.reads(MIA, "You now have access to News")
    await changes_her_card(club, FAILS_LATER)
    await club.world.advance("1mo 2h")
    await club.is_out(MIA, CHANNEL)
    assert (await club.chat(CHANNEL))["banned"] == []


async def test_a_chat_that_is_renamed_is_called_by_its_new_name(club: Salon) -> None:
    await club.makes_plan()
    await club.world.play.post("seed", {"telegram": {"chats": [{"id": SALON, "title": "Parlour", "owner": "olga"}]}})
    await club.reads(OLGA, "I can let people into Parlour")
    await club.world.quiet()
    assert "Includes Parlour" in (await club.writes(MIA, "/plans")).text


async def test_who_blocks_the_bot_loses_nothing(club: Salon) -> None:
    await club.makes_plan()
    link = await club.writes(MIA, "/subscribe Pro")
    await club.world.play.post("telegram/block", {"user": MIA})
    await club.world.play.pay(next(url for url in link.buttons.values() if "/checkout/" in url))
    await club.world.quiet()
    await club.world.play.post("telegram/start", {"user": MIA})
    assert "Salon is waiting for you" in (await club.writes(MIA, "/membership")).text
    way_in = next(one["link"] for one in (await club.chat())["links"] if one["name"] == "Guestlist")
    assert (await club.joins(MIA, way_in))["status"] == "member"


async def test_two_communities_are_told_apart(club: Salon) -> None:
    await club.makes_plan()
    den = {"chats": [{"id": -1003, "title": "Den", "owner": "ben"}]}
    await club.world.play.post("seed", {"telegram": den})
    await club.reads(BEN, "I can let people into Den")
    made = await club.writes(BEN, "/plan create name:Cub price:2 currency:eur period:every_months")
    assert "It includes Den" in made.text
    for chat in (SALON, -1003):
        await club.world.play.telegram.member(chat, TOM, "add")
    await club.world.play.telegram.start(TOM, wait=0)
    asked = await club.writes(TOM, "/plans")
    assert sorted(asked.buttons) == ["Den", "Salon"]
    assert "Cub" in (await club.presses(TOM, asked, "Den")).text
    assert "Cub" in (await club.writes(TOM, "/plans")).text, "what was chosen stays chosen"
    asked = await club.writes(OLGA, "/plan list")
    assert "Pro" in asked.text, "an admin's own chat is chosen when they add the bot"
    assert "for the community's team" in (await club.writes(BEN, "/plan list", chat=SALON)).all
