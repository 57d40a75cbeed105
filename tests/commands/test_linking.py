"""`/link` and `/unlink`: what people read, and what their buttons do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.commands.model import Reply
from payments.core.model import Identity, Platform
from payments.ports.platform import ActionButton, LinkButton
from tests.commands.conftest import MIA, Town, action_of
from tests.fakes.platform import FakePlatform

TELEGRAM: dict[str, Any] = {"platform": Platform.TELEGRAM, "place": None}


@pytest.fixture
async def sides(town: Town) -> Town:
    town.engine.platforms = {**town.engine.platforms, Platform.TELEGRAM: FakePlatform(Platform.TELEGRAM)}
    return town


def code_in(reply: Reply) -> str:
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", reply.text)
    assert found, reply.text
    return found.group()


async def test_discord_shows_a_code_what_to_do_with_it_and_a_link_to_the_bot(sides: Town) -> None:
    shown = await sides.ask(MIA, "link")
    code = code_in(shown)
    assert f"Write this to my bot on Telegram, in a private chat:\n`/link {code}`" in shown.text
    assert "Good once, for 10 minutes. **Show it to nobody:**" in shown.text
    payload = "link_" + code.replace("-", "")
    assert shown.buttons == (LinkButton("Open Telegram", f"https://t.me/guestlist_bot?start={payload}"),)


async def test_telegram_shows_what_to_type_on_discord(sides: Town) -> None:
    shown = await sides.ask("tina", "link", reader="de", **TELEGRAM)
    assert f"Tippe das auf Discord, in einem Server, in dem ich bin:\n`/link code:{code_in(shown)}`" in shown.text
    assert shown.buttons == ()


async def test_no_server_is_promised_to_a_community_of_telegram_chats_alone(sides: Town) -> None:
    shown = await sides.ask("tina", "link", **TELEGRAM)
    assert f"Type this on Discord, in a server where I am:\n`/link code:{code_in(shown)}`" in shown.text


async def test_where_the_other_platform_is_not_connected_there_is_nothing_to_link(town: Town) -> None:
    assert "Telegram is not connected here" in (await town.ask(MIA, "link")).text


async def test_a_deep_link_asks_too_and_links_when_it_is_confirmed(sides: Town) -> None:
    await sides.plan()
    await sides.subscribed()
    code = code_in(await sides.ask(MIA, "link"))
    asked = await sides.ask("tina", "start", payload=f"link_{code.replace('-', '')}", **TELEGRAM)
    assert "This code was made by **Mia** (Discord). Is that you?" in asked.text
    assert "That account brings **Pro**." in asked.text
    assert "If somebody sent you this code, or you don't know that account, press **No**." in asked.text
    assert all(len(b.action) <= 64 for b in asked.buttons if isinstance(b, ActionButton))
    done = await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    assert "You and **Mia** (Discord) are one person now" in done.text
    shown = await sides.ask("tina", "membership", **TELEGRAM)
    assert "**Pro**" in shown.text


async def test_no_changes_nothing(sides: Town) -> None:
    code = code_in(await sides.ask(MIA, "link"))
    asked = await sides.ask("tina", "link", code=code, **TELEGRAM)
    assert "Nothing was changed" in (await sides.press("tina", action_of(asked, "No"), **TELEGRAM)).text
    async with sides.store.transaction() as tx:
        mia = await tx.people.of(Identity(Platform.DISCORD, MIA))
        tina = await tx.people.of(Identity(Platform.TELEGRAM, "tina"))
    assert mia != tina


async def test_two_payers_read_of_the_double_charge_before_and_after_with_buttons_to_end_one(sides: Town) -> None:
    await sides.plan()
    first = await sides.subscribed()
    code = code_in(await sides.ask(MIA, "link"))
    await sides.ask("tina", "start", **TELEGRAM)
    async with sides.store.transaction() as tx:
        tina = await tx.people.of(Identity(Platform.TELEGRAM, "tina"))
    assert tina is not None
    second = await sides.subscribed_person(tina)
    asked = await sides.ask("tina", "link", code=code, **TELEGRAM)
    assert "Both of you pay for **Pro**" in asked.text
    done = await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    assert "You pay for **Pro** twice" in done.text
    actions = {b.action for b in done.buttons if isinstance(b, ActionButton)}
    assert actions == {f"cancel:{first.id}", f"cancel:{second.id}"}
    shown = await sides.ask("tina", "membership", **TELEGRAM)
    manage = {b.action for b in shown.buttons if isinstance(b, ActionButton) and b.label.startswith("Manage payment: ")}
    assert manage == {f"manage:{first.id}", f"manage:{second.id}"}  # each has its card at Stripe
    really = await sides.press("tina", f"cancel:{second.id}", **TELEGRAM)
    assert "Cancel **Pro**? It stays yours until" in really.text


@pytest.mark.parametrize(
    ("code", "said"),
    [("ABCD-EFGH", "I don't know this code"), ("", "Write this"), ("' OR 1=1 --", "I don't know"), ("0", "I don't")],
)
async def test_a_code_that_is_none_is_said_so(sides: Town, code: str, said: str) -> None:
    assert said in (await sides.ask(MIA, "link", code=code)).text


async def test_too_many_wrong_codes_say_how_long_to_wait(sides: Town) -> None:
    for _ in range(5):
        await sides.ask(MIA, "link", code="ABCD-EFGH")
    assert (
        "Too many wrong codes from your account. Wait 10 minutes"
        in (await sides.ask(MIA, "link", code="ABCD-EFGH")).text
    )


async def test_each_reason_why_not_has_its_sentence(sides: Town) -> None:
    code = code_in(await sides.ask(MIA, "link"))
    assert "your own code. Use it on Telegram" in (await sides.ask(MIA, "link", code=code)).text
    assert "proves nothing here" in (await sides.ask("ben", "link", code=code)).text
    newer = code_in(await sides.ask(MIA, "link"))
    assert "A newer code took the place" in (await sides.ask("tina", "link", code=code, **TELEGRAM)).text
    asked = await sides.ask("tina", "link", code=newer, **TELEGRAM)
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    assert "was used already" in (await sides.ask("tom", "link", code=newer, **TELEGRAM)).text
    another = code_in(await sides.ask(MIA, "link"))
    assert "linked already" in (await sides.ask("tina", "link", code=another, **TELEGRAM)).text
    sides.clock.at += 10 * 60_000
    assert "time is over" in (await sides.ask("tom", "link", code=another, **TELEGRAM)).text


async def test_a_forged_confirmation_is_no_code(sides: Town) -> None:
    for action in ("link_yes", "link_yes:plain", "link_yes:fast:ABCDEFGH"):
        assert "older message" in (await sides.press(MIA, action)).text
    assert "I don't know this code" in (await sides.press(MIA, "link_yes:plain:ABCDEFGH")).text


async def test_unlinking_says_what_stays_where_asks_and_does_it(sides: Town) -> None:
    assert "linked to no other" in (await sides.ask(MIA, "unlink")).text
    await sides.plan()
    await sides.subscribed()
    asked = await sides.ask("tina", "link", code=code_in(await sides.ask(MIA, "link")), **TELEGRAM)
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    question = await sides.ask("tina", "unlink", **TELEGRAM)
    assert "With **Mia** (Discord) stays: **Pro**. This account loses it." in question.text
    assert "Neither can be linked again before January 8, 2090." in question.text
    done = await sides.press("tina", action_of(question, "Yes, unlink"), **TELEGRAM)
    assert "are two again" in done.text
    assert "linked to no other" in (await sides.press("tina", "unlink_yes", **TELEGRAM)).text
    again = await sides.ask("tina", "link", code=code_in(await sides.ask(MIA, "link")), **TELEGRAM)
    assert "it can be linked again from January 8, 2090 on" in again.text
    assert "**Pro**" in (await sides.ask(MIA, "membership")).text
