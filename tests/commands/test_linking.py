"""`/link` and `/unlink`: what people read, and what their buttons do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.commands.model import Reply
from bot.texts import say
from payments.core.community import Identity, Platform
from payments.flows.people import link
from payments.ports.chat import ActionButton, LinkButton
from tests.commands.conftest import ADA, BEN, DAY, MIA, Town, action_of, member
from tests.fakes.platform import FakePlatform

TELEGRAM: dict[str, Any] = {"platform": Platform.TELEGRAM, "place": None}


@pytest.fixture
async def sides(town: Town) -> Town:
    town.app.platforms = {**town.app.platforms, Platform.TELEGRAM: FakePlatform(Platform.TELEGRAM)}
    return town


def code_in(reply: Reply) -> str:
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", reply.text)
    assert found, reply.text
    return found.group()


async def agrees(sides: Town) -> Reply:
    """Mia, who made the code, says yes to who typed it."""
    asked = await sides.ask(MIA, "link")
    assert "typed your code" in asked.text
    return await sides.press(MIA, action_of(asked, "Yes"))


async def test_discord_shows_a_code_what_to_do_with_it_and_a_link_to_the_bot(sides: Town) -> None:
    shown = await sides.ask(MIA, "link")
    code = code_in(shown)
    assert f"Send this to the bot on Telegram, in a private chat:\n`/link {code}`" in shown.text
    assert "It works once, within 10 minutes. **Don't show it to anyone.** I'll ask you here before" in shown.text
    payload = "link_" + code.replace("-", "")
    assert shown.buttons == (LinkButton("Open Telegram", f"https://t.me/guestlist_bot?start={payload}"),)


async def test_telegram_shows_what_to_type_on_discord(sides: Town) -> None:
    shown = await sides.ask("tina", "link", reader="de", **TELEGRAM)
    code = code_in(shown)
    assert f"Gib das auf Discord ein, auf einem Server, auf dem der Bot ist:\n`/link code:{code}`" in shown.text
    assert shown.buttons == ()


async def test_no_server_is_promised_to_a_community_of_telegram_chats_alone(sides: Town) -> None:
    shown = await sides.ask("tina", "link", **TELEGRAM)
    assert f"Type this on Discord, in a server that the bot is in:\n`/link code:{code_in(shown)}`" in shown.text


async def test_where_the_other_platform_is_not_connected_there_is_nothing_to_link(town: Town) -> None:
    town.app.platforms = {Platform.DISCORD: town.platform}
    said = (await town.ask(MIA, "link")).text
    assert "not connected here, so there is nothing to link" in said
    assert all(say("en", f"platform.{other}") in said for other in Platform.DISCORD.others)


async def test_a_deep_link_asks_too_and_links_when_it_is_confirmed(sides: Town) -> None:
    await sides.plan()
    await sides.subscribed()
    code = code_in(await sides.ask(MIA, "link"))
    asked = await sides.ask("tina", "start", payload=f"link_{code.replace('-', '')}", **TELEGRAM)
    assert "**Mia** (Discord) made this code. Is that you?" in asked.text
    assert "That account brings **Pro**." in asked.text
    assert "If somebody sent you this code, or you don't know that account, press **No**." in asked.text
    assert all(len(b.action) <= 64 for b in asked.buttons if isinstance(b, ActionButton))
    waits = await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    assert "I asked **Mia** (Discord) to confirm" in waits.text
    assert (await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)).text == waits.text
    assert "**Pro**" not in (await sides.ask("tina", "membership", **TELEGRAM)).text
    assert "You and **Tina** (Telegram) are now linked" in (await agrees(sides)).text
    shown = await sides.ask("tina", "membership", **TELEGRAM)
    assert "**Pro**" in shown.text


async def test_no_changes_nothing(sides: Town) -> None:
    code = code_in(await sides.ask(MIA, "link"))
    asked = await sides.ask("tina", "link", code=code, **TELEGRAM)
    assert "Nothing was changed" in (await sides.press("tina", action_of(asked, "No"), **TELEGRAM)).text
    async with sides.store.transaction() as tx:
        mia = await tx.identities.of(Identity(Platform.DISCORD, MIA))
        tina = await tx.identities.of(Identity(Platform.TELEGRAM, "tina"))
    assert mia != tina


async def test_two_payers_read_of_the_double_charge_before_and_after_with_buttons_to_end_one(sides: Town) -> None:
    await sides.plan()
    first = await sides.subscribed()
    code = code_in(await sides.ask(MIA, "link"))
    await sides.ask("tina", "start", **TELEGRAM)
    async with sides.store.transaction() as tx:
        tina = await tx.identities.of(Identity(Platform.TELEGRAM, "tina"))
    assert tina is not None
    second = await sides.subscribed_person(tina)
    asked = await sides.ask("tina", "link", code=code, **TELEGRAM)
    assert "Both of you pay for **Pro**" in asked.text
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    question = await sides.ask(MIA, "link")
    assert "Both of you pay for **Pro**" in question.text
    done = await agrees(sides)
    assert "You pay for **Pro** twice" in done.text
    actions = {b.action for b in done.buttons if isinstance(b, ActionButton)}
    assert actions == {f"cancel:{first.id}", f"cancel:{second.id}"}
    shown = await sides.ask("tina", "membership", **TELEGRAM)
    manage = {b.action for b in shown.buttons if isinstance(b, ActionButton) and b.action.startswith("manage")}
    assert manage == {"manage"}  # its own card at Stripe, not that of the other account
    assert "Paid for with your Discord account" in shown.text
    really = await sides.press("tina", f"cancel:{second.id}", **TELEGRAM)
    assert "Cancel **Pro**? You keep it until" in really.text


@pytest.mark.parametrize(
    ("code", "said"),
    [("ABCD-EFGH", "I don't know this code"), ("", "Send this"), ("' OR 1=1 --", "I don't know"), ("0", "I don't")],
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
    assert "A newer code has replaced" in (await sides.ask("tina", "link", code=code, **TELEGRAM)).text
    asked = await sides.ask("tina", "link", code=newer, **TELEGRAM)
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    await agrees(sides)
    assert "has already been used" in (await sides.ask("tom", "link", code=newer, **TELEGRAM)).text
    another = code_in(await sides.ask(MIA, "link"))
    assert "already linked" in (await sides.ask("tina", "link", code=another, **TELEGRAM)).text
    sides.clock.at += 10 * 60_000
    assert "has expired" in (await sides.ask("tom", "link", code=another, **TELEGRAM)).text


async def test_only_the_maker_of_a_code_answers_who_typed_it_and_once(sides: Town) -> None:
    asked = await sides.ask("tina", "link", code=code_in(await sides.ask(MIA, "link")), **TELEGRAM)
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    question = await sides.ask(MIA, "link")
    yes, no = action_of(question, "Yes"), action_of(question, "No")
    for other in ({"who": "tina", **TELEGRAM}, {"who": "ben"}):
        who = other.pop("who")
        for action in (yes, no):
            assert "for another account" in (await sides.press(who, action, **other)).text
    assert "nothing was linked" in (await sides.press(MIA, no)).text
    assert "already answered" in (await sides.press(MIA, yes)).text
    assert "isn't linked to another one" in (await sides.ask("tina", "unlink", **TELEGRAM)).text


async def test_a_question_to_the_maker_ends_with_its_hour(sides: Town) -> None:
    asked = await sides.ask("tina", "link", code=code_in(await sides.ask(MIA, "link")), **TELEGRAM)
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    yes = action_of(await sides.ask(MIA, "link"), "Yes")
    sides.clock.at += link.WISH_MS
    assert "has expired" in (await sides.press(MIA, yes)).text
    assert code_in(await sides.ask(MIA, "link"))


async def test_a_forged_confirmation_is_no_code(sides: Town) -> None:
    for action in ("link_yes", "link_yes:plain", "link_yes:fast:ABCDEFGH"):
        assert "older message" in (await sides.press(MIA, action)).text
    assert "I don't know this code" in (await sides.press(MIA, "link_yes:plain:ABCDEFGH")).text


async def test_unlinking_says_what_stays_where_asks_and_does_it(sides: Town) -> None:
    assert "isn't linked to another one" in (await sides.ask(MIA, "unlink")).text
    await sides.plan()
    await sides.subscribed()
    asked = await sides.ask("tina", "link", code=code_in(await sides.ask(MIA, "link")), **TELEGRAM)
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    await agrees(sides)
    question = await sides.ask("tina", "unlink", **TELEGRAM)
    assert "**Mia** (Discord) keeps **Pro**; this account loses it." in question.text
    assert "Neither can be linked again before January 8, 2090." in question.text
    done = await sides.press("tina", action_of(question, "Yes, unlink"), **TELEGRAM)
    assert "are unlinked" in done.text
    assert "isn't linked to another one" in (await sides.press("tina", "unlink_yes", **TELEGRAM)).text
    for again in (await sides.ask(MIA, "link"), await sides.ask("tina", "link", **TELEGRAM)):
        assert "can't link one again before January 8, 2090 (7 days from now)" in again.text
    sides.clock.at += 6 * DAY + DAY // 24
    assert "(23 hours from now)" in (await sides.ask(MIA, "link")).text
    assert "**Pro**" in (await sides.ask(MIA, "membership")).text


async def test_an_admin_parts_two_accounts_from_member_and_nobody_else_does(sides: Town) -> None:
    await sides.plan()
    await sides.subscribed()
    await sides.access(MIA, "Members")
    asked = await sides.ask("tina", "link", code=code_in(await sides.ask(MIA, "link")), **TELEGRAM)
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    await agrees(sides)
    shown = await sides.ask(ADA, "member", member=member(MIA))
    assert not any("Unlink" in button.label for button in shown.buttons)  # Tina has nothing in this community
    async with sides.store.transaction() as tx:
        mia = await tx.identities.of(Identity(Platform.DISCORD, MIA))
    assert "no accounts to unlink here" in (await sides.press(ADA, f"part_yes:{mia}")).text
    for action in (f"part:{mia}", f"part_yes:{mia}"):
        assert "for the community's" in (await sides.press(BEN, action)).text
    assert "**Mia** (Discord) keeps **Pro**" in (await sides.ask("tina", "unlink", **TELEGRAM)).text


async def test_an_admin_who_gives_a_replaced_account_back_what_it_pays_for_reads_who_is_told(sides: Town) -> None:
    await sides.plan()
    await sides.subscribed()
    asked = await sides.ask("tina", "link", code=code_in(await sides.ask(MIA, "link")), **TELEGRAM)
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    await agrees(sides)
    asked = await sides.ask(BEN, "link", code=code_in(await sides.ask("tina", "link", **TELEGRAM)))
    await sides.press(BEN, action_of(asked, "Yes"))
    await sides.press("tina", action_of(await sides.ask("tina", "link", **TELEGRAM), "Yes"), **TELEGRAM)
    async with sides.store.transaction() as tx:
        mia = await tx.identities.of(Identity(Platform.DISCORD, MIA))
    question = await sides.press(ADA, f"part:{mia}")
    assert "The account that has it now will be told." in question.text
    assert "The Discord account keeps **Pro**" in question.text
    done = await sides.press(ADA, action_of(question, "Yes, unlink them"))
    assert "the account that had it will be told" in done.text


async def test_somebody_else_s_portal_opens_for_nobody(sides: Town) -> None:
    """Not by a button that is forged, either: the linked account, and a stranger."""
    await sides.plan()
    bought = await sides.subscribed()
    asked = await sides.ask("tina", "link", code=code_in(await sides.ask(MIA, "link")), **TELEGRAM)
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    await agrees(sides)
    for action in ("manage", f"manage:{bought.id}"):
        assert "nothing to manage" in (await sides.press("tina", action, **TELEGRAM)).text
        assert "nothing to manage" in (await sides.press(BEN, action)).text
    assert "ended or changed" in (await sides.press("tina", f"resume:{bought.id}", **TELEGRAM)).text
    assert "ended or changed" in (await sides.press(BEN, f"cancel:{bought.id}")).text
    assert "You keep it until" in (await sides.press("tina", f"cancel:{bought.id}", **TELEGRAM)).text
    assert "You have no invoices" in (await sides.ask("tina", "invoices", **TELEGRAM)).text


async def test_a_command_that_works_in_private_is_named_there_without_a_server(sides: Town) -> None:
    asked = await sides.ask("tina", "link", code=code_in(await sides.ask(MIA, "link")), **TELEGRAM)
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    question = await sides.ask(MIA, "link")
    in_private = await sides.press(MIA, action_of(question, "Yes, link us"), place=None)
    assert "`/unlink`" in in_private.text
    assert "in the server" not in in_private.text
    assert "Type commands" not in (await sides.ask(MIA, "link")).text


async def test_an_account_that_pays_nothing_reads_where_the_invoices_are(sides: Town) -> None:
    await sides.plan()
    await sides.buys()
    asked = await sides.ask("tina", "link", code=code_in(await sides.ask(MIA, "link")), **TELEGRAM)
    await sides.press("tina", action_of(asked, "Yes"), **TELEGRAM)
    await agrees(sides)
    there = (await sides.ask("tina", "invoices", **TELEGRAM)).text
    assert "your Discord account does: type `/invoices` on Discord" in there
    assert "Book Club" not in there
    own = (await sides.ask(MIA, "invoices")).text
    assert "Your invoices" in own
    assert "Telegram" not in own
