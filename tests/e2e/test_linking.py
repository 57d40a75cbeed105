"""One person on Discord and Telegram, over the wire: connecting, linking, merging, moving, unlinking."""

from __future__ import annotations

import re
from typing import Any

from sandbox.play import Received, eventually
from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import OLGA, TOM, Said, Salon, said
from tests.e2e.world import ADA, GUILD, MIA


def code_in(heard: Received | Said) -> str:
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", heard.text)
    assert found, heard.text
    return found.group()


async def connect(club: Salon) -> None:
    """Ada's server and Olga's chat are one community: Ada has the code, Olga types it, Ada says yes."""
    code = code_in(await club.world.ada("connect"))
    question = await club.writes(OLGA, f"/connect {code}")
    assert "Should Salon (Telegram) join the community" in question.text
    await club.presses(OLGA, question, "Yes, ask them")
    asked = await club.world.told(ADA, "wants **Salon** to join")
    done = await club.world.play.click(GUILD, ADA, asked, "Let Salon join")
    assert "is now part of **Riverside Book Club**" in done.text
    await club.reads(OLGA, "Salon is now part of Riverside Book Club")


async def both_opened(club: Salon) -> None:
    """One plan opens the role on Discord and the chat on Telegram."""
    await connect(club)
    await club.world.plan(chat="Salon")


async def starts(club: Salon, user: int, heard: Received) -> Said:
    """Somebody opens the bot by the button of a reply on Discord."""
    payload = next(url for url in heard.buttons.values() if "?start=" in url).partition("?start=")[2]
    return said(await club.world.play.post("telegram/start", {"user": user, "payload": payload}))


async def confirms(club: Salon, user: str = MIA) -> Received:
    """The maker of a code, on Discord, says yes to who typed it."""
    asked = await club.world.told(user, "typed your code")
    return await club.world.play.click(GUILD, user, asked, "Yes, link us")


async def confirms_there(club: Salon, user: int) -> Said:
    """The same on Telegram."""
    asked = await club.reads(user, "typed your code")
    return await club.presses(user, asked, "Yes, link us")


async def links(club: Salon, user: int = MIA_THERE) -> Received:
    """Mia links a Telegram account: a code from Discord, by deep link; and she confirms who used it."""
    question = await starts(club, user, await club.world.mia("link"))
    assert "mia (Discord) made this code. Is that you?" in question.text
    waits = await club.presses(user, question, "Yes, both are me")
    assert "I asked mia (Discord) to confirm" in waits.text
    return await confirms(club)


async def way_in(club: Salon, user: int) -> str:
    told = await club.reads(user, "Ask to join")
    return next(url for url in told.buttons.values() if url.startswith("https://t.me/+"))


async def logged(club: Salon) -> list[tuple[int | None, str]]:
    """Who was put out of the chat or let in, in order."""
    log: list[dict[str, Any]] = (await club.chat())["log"]
    return [(line.get("user"), line["action"]) for line in log]


async def removals(club: Salon) -> int:
    return sum(action in ("ban", "remove") for _, action in await logged(club))


async def test_a_server_joins_a_chat_when_the_chat_s_admin_says_yes(club: Salon) -> None:
    code = code_in(await club.writes(OLGA, "/connect"))
    question = await club.world.ada("connect", code=code)
    assert "Should **Riverside Book Club (Discord)** join the community **Salon**?" in question.text
    await club.world.play.click(GUILD, ADA, question, "Yes, ask them")
    asked = await club.reads(OLGA, "wants Riverside Book Club to join")
    done = await club.presses(OLGA, asked, "Let Riverside Book Club join")
    assert "Riverside Book Club is now part of Salon" in done.text
    await club.world.told(ADA, "**Riverside Book Club** is now part of **Salon**")


async def test_bought_on_discord_linked_on_telegram_open_on_both_and_unlinked_again(club: Salon) -> None:
    await both_opened(club)
    await club.world.member_buys()
    await club.world.quiet()
    shown = await club.world.mia("membership")
    assert "Salon is waiting for you on Telegram: type `/link`" in shown.text
    done = await links(club)
    assert "You and **Mia** (Telegram) are now linked" in done.text
    await club.reads(MIA_THERE, "are now linked")
    await club.world.told(MIA, "are now linked")
    assert (await club.joins(MIA_THERE, await way_in(club, MIA_THERE)))["status"] == "member"
    assert "Members" in await club.world.roles()
    assert "Pro" in (await club.writes(MIA_THERE, "/membership")).text

    question = await club.writes(MIA_THERE, "/unlink")
    assert "mia (Discord) keeps Pro; this account loses it." in question.text
    assert "are unlinked" in (await club.presses(MIA_THERE, question, "Yes, unlink")).text
    await club.is_out(MIA_THERE)
    await club.world.quiet()
    assert "Members" in await club.world.roles()
    assert "can't link one again before" in (await club.world.mia("link")).text
    await club.world.advance("8d")
    await links(club)

    async def is_on_the_list() -> bool:
        return "Pro" in (await club.writes(MIA_THERE, "/membership")).text

    assert await eventually(is_on_the_list)
    assert (await club.joins(MIA_THERE, await way_in(club, MIA_THERE)))["status"] == "member"


async def test_a_stolen_code_a_guessed_one_and_one_from_before_a_restart(club: Salon) -> None:
    await both_opened(club)
    await club.world.member_buys()
    heard = await club.world.mia("link")
    await club.world.restart()
    question = await starts(club, MIA_THERE, heard)
    await club.presses(MIA_THERE, question, "Yes, both are me")
    await club.world.restart()
    await confirms(club)
    stolen = await starts(club, TOM, heard)
    assert "has already been used" in stolen.text
    for _ in range(4):
        assert "I don't know this code" in (await club.writes(TOM, "/link ABCD-EFGH")).text
    assert "Too many wrong codes from your account" in (await club.writes(TOM, "/link ABCD-EFGH")).text
    assert (await club.joins(TOM, await way_in(club, MIA_THERE)))["status"] == "declined"


async def test_the_old_account_is_out_before_the_new_one_is_in(club: Salon) -> None:
    await both_opened(club)
    await club.world.member_buys()
    await links(club)
    link = await way_in(club, MIA_THERE)
    await club.joins(MIA_THERE, link)
    question = await starts(club, TOM, await club.world.mia("link"))
    assert "Mia (Telegram) has to go" in question.text
    await club.presses(TOM, question, "Yes, both are me")
    await confirms(club)
    assert (await club.joins(TOM, link))["status"] == "member"
    await club.is_out(MIA_THERE)
    order = await logged(club)
    assert order.index((MIA_THERE, "ban")) < order.index((TOM, "approve")), order
    await club.reads(MIA_THERE, "has replaced your")
    assert "Members" in await club.world.roles()
    await club.world.quiet()
    assert await club.inside(TOM)


async def test_two_who_both_pay_become_one_without_a_moment_out_and_read_of_the_double_charge(club: Salon) -> None:
    await both_opened(club)
    await club.world.member_buys()
    await club.joins(MIA_THERE, await club.buys(MIA_THERE))
    await club.comes_in(MIA_THERE)
    await club.world.quiet()
    before = await removals(club)
    question = await starts(club, MIA_THERE, await club.world.mia("link"))
    assert "Both of you pay for Pro" in question.text
    await club.presses(MIA_THERE, question, "Yes, both are me")
    done = await confirms(club)
    assert "You pay for **Pro** twice" in done.text
    await club.world.told(MIA, "You pay for **Pro** in Riverside Book Club twice")
    await club.world.told(ADA, "mia pays for **Pro** in Riverside Book Club twice: two subscriptions")
    await club.world.quiet()

    asked = await club.world.play.click(GUILD, MIA, done, "Cancel Pro (2)")
    assert "You keep it until" in asked.text
    await club.world.play.click(GUILD, MIA, asked, "Yes, cancel")
    await club.world.quiet()
    running = await club.world.play.stripe("subscription")
    assert sorted(one["cancel_at_period_end"] for one in running) == [False, True]
    await club.world.advance("32d")
    assert sorted(one["status"] for one in await club.world.play.stripe("subscription")) == ["active", "canceled"]
    assert "Members" in await club.world.roles()
    assert await club.inside(MIA_THERE)
    assert await removals(club) == before
    log = (await club.world.play.get(f"discord/guilds/{GUILD}"))["log"]
    assert {line["action"] for line in log if line["action"].startswith("role_")} == {"role_add"}


async def test_who_is_no_admin_connects_nothing(club: Salon) -> None:
    code = code_in(await club.world.ada("connect"))
    refused = await club.writes(MIA_THERE, f"/connect {code}")
    assert "Should" not in refused.text
    question = await club.writes(OLGA, f"/connect {code}")
    await club.presses(OLGA, question, "Yes, ask them")
    asked = await club.world.told(ADA, "wants **Salon** to join")
    assert await club.world.play.click(GUILD, ADA, asked, "Don't let Salon join")
    await club.reads(OLGA, "the other side said no")
