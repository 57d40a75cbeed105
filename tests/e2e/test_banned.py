"""Who an admin has banned from a Telegram chat learns nothing of it from the bot and is sold nothing that opens it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.platforms.telegram.community_choice import MISSES
from bot.platforms.telegram.markup import start_payload
from sandbox.play import eventually
from tests.e2e.telegram import BEN, CHANNEL, MIA, OLGA, SALON, SEED, Salon, salon

NOWHERE = -1009


async def bans(club: Salon, user: int, action: str = "ban") -> None:
    await club.world.play.telegram.member(SALON, user, action, by=OLGA)
    await club.world.quiet()


async def checkouts(club: Salon) -> list[str]:
    return [session["status"] for session in await club.world.play.stripe("checkout.session")]


@pytest.mark.parametrize("text", ["/plans", "/subscribe Pro", "/paysupport", "/start", "/help"])
async def test_what_a_banned_person_chose_before_is_closed_to_them(club: Salon, text: str) -> None:
    await club.makes_plan()
    assert "Pro" in (await club.writes(MIA, "/plans")).all
    await bans(club, MIA)
    heard = await club.writes(MIA, text)
    assert "Salon" not in heard.all
    assert "Pro" not in heard.all
    assert await checkouts(club) == []


async def test_a_banned_persons_address_answers_as_that_of_a_chat_that_is_not_there(club: Salon) -> None:
    await club.makes_plan()
    assert "Salon" in (await club.writes(MIA, f"/start {start_payload(SALON)}")).all
    await bans(club, MIA)
    banned = await club.writes(MIA, f"/start {start_payload(SALON)}")
    assert banned.all == (await club.writes(MIA, f"/start {start_payload(NOWHERE)}")).all
    await bans(club, MIA, "unban")
    assert "Salon" in (await club.writes(MIA, f"/start {start_payload(SALON)}")).all, "the old address is good again"


async def test_buttons_from_before_the_ban_and_forged_ones_lead_nowhere(club: Salon) -> None:
    await club.makes_plan()
    before = await club.writes(MIA, "/plans")
    await bans(club, MIA)
    assert "Pay" not in "".join((await club.presses(MIA, before, "Join Pro")).buttons)
    assert await checkouts(club) == []


async def test_a_dialogue_begun_before_the_ban_goes_no_further(club: Salon) -> None:
    await club.makes_plan()
    asked = await club.writes(MIA, "/subscribe")
    assert "Pro" in "".join(asked.buttons), asked
    await bans(club, MIA)
    button = next(iter(asked.buttons))
    heard = await club.presses(MIA, asked, button)
    assert "Pay" not in "".join(heard.buttons)
    assert "Salon" not in heard.all
    assert await checkouts(club) == []


async def test_who_is_banned_here_and_is_in_another_chat_is_led_there_as_by_any_wrong_address(tmp_path: Path) -> None:
    attic = {"id": CHANNEL, "title": "Attic", "owner": "olga", "members": ["ben"]}
    async with salon(tmp_path, seed={**SEED, "chats": [*SEED["chats"], attic]}) as club:
        await bans(club, BEN)
        banned = await club.writes(BEN, f"/start {start_payload(SALON)}")
        assert banned.all == (await club.writes(BEN, f"/start {start_payload(NOWHERE)}")).all
        assert "Use this in the server or chat" not in (await club.writes(BEN, "/plans")).all, "it is about the attic"


async def test_a_checkout_begun_before_the_ban_ends_with_it(club: Salon) -> None:
    await club.makes_plan()
    await club.writes(MIA, "/subscribe Pro")
    await club.writes(BEN, "/subscribe Pro")
    assert await checkouts(club) == ["open", "open"]
    await bans(club, MIA)

    async def ended() -> bool:
        return sorted(await checkouts(club)) == ["expired", "open"]

    assert await eventually(ended), "hers, and no other"


async def test_a_member_who_is_banned_still_sees_and_ends_what_they_pay(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(MIA, await club.buys(MIA))
    await bans(club, MIA)
    shown = await club.writes(MIA, "/membership")
    assert "Pro" in shown.text
    asked = await club.presses(MIA, shown, "Cancel")
    await club.presses(MIA, asked, "Yes")
    (bought,) = await club.world.play.stripe("subscription")
    assert bought["cancel_at_period_end"] or bought["cancel_at"]


async def test_who_guesses_at_numbers_of_chats_is_soon_told_nothing_though_they_hit_one(club: Salon) -> None:
    await club.makes_plan()
    for number in range(MISSES):
        await club.writes(BEN, f"/start {start_payload(-1_002_000 - number)}")
    known = await club.writes(BEN, "/start")
    assert "Salon" in known.all, "where they are in, they need no address"
    await club.world.play.telegram.member(SALON, BEN, "remove", by=OLGA)
    await club.world.quiet()
    assert "Salon" not in (await club.writes(BEN, f"/start {start_payload(SALON)}")).all
    assert "Salon" in (await club.writes(MIA, f"/start {start_payload(SALON)}")).all, "others come by the address"
