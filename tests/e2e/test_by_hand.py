"""Roles that somebody has although no membership gives them."""

from tests.e2e.telegram import OLGA, SALON, Salon
from tests.e2e.test_endings import press
from tests.e2e.world import ADA, BEN, GUILD, MEMBERS, MIA, World


async def _mia(w: World, action: str) -> None:
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": action})


async def _given_by_another_bot(w: World) -> None:
    await w.play.post("discord/role", {"guild": GUILD, "role": MEMBERS, "user": MIA, "action": "give"})


async def test_a_role_that_another_bot_brings_back_is_taken_again_and_one_by_hand_is_left_and_told(w: World) -> None:
    await w.plan()
    await w.member_buys()
    asked = await press(w, await w.mia("membership"), "Cancel Pro")
    await press(w, asked, "Yes, cancel")
    await _mia(w, "leave")
    await w.advance("1mo 2h")
    await _mia(w, "join")
    await w.quiet()
    await _given_by_another_bot(w)
    await w.lacks("Members")
    await w.quiet()
    assert "by another bot, and is taken again" in (await w.ada("member", member=MIA)).text
    await _given_by_another_bot(w)
    await w.quiet()
    assert "Members" in await w.roles()
    assert "Has **Members** without a membership" in (await w.ada("member", member=MIA)).text


async def test_a_role_from_before_ends_with_the_membership_once_the_owner_says_so(w: World) -> None:
    await _given_by_another_bot(w)
    await w.play.post("discord/role", {"guild": GUILD, "role": MEMBERS, "user": BEN, "action": "give"})
    made = await w.plan()
    assert "2 people have **Members** already" in made.text
    await w.buy()
    await w.quiet()  # she has the role already: only a delivery that is over tells
    assert "already had access without Guestlist" in (await w.ada("member", member=MIA)).text
    asked = await w.ada("settings")
    assert "people have **Members** already" in asked.text
    assert "Guestlist's from now on" in (await press(w, asked, "Guestlist's from now on", ADA)).text
    assert "already" not in (await w.ada("settings")).text
    assert "Members" in await w.roles()
    assert "ends with the membership" in (await w.ada("member", member=MIA)).text
    await press(w, await press(w, await w.mia("membership"), "Cancel Pro"), "Yes, cancel")
    await w.advance("1mo 2h")
    await w.lacks("Members")
    assert "Members" in await w.roles(BEN)


async def test_a_chat_that_anyone_can_enter_is_told_at_plan_creation_and_in_settings(club: Salon) -> None:
    way_in = {"chat": SALON, "members_add": True, "username": "salon"}
    await club.world.play.post("telegram/chat", way_in)
    made = await club.writes(OLGA, "/plan create name:Pro price:10 period:every_months chat:Salon", chat=SALON)
    told = made.all + "\n".join(await club.heard(OLGA))
    assert "Salon is public" in told.replace("*", "")
    assert "every member may add others" in told
    await club.world.play.post("telegram/chat", way_in | {"members_add": False, "username": ""})
    await club.writes(OLGA, "/settings", chat=SALON)
    assert "public" not in (await club.heard(OLGA))[-1]
