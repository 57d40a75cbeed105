"""The demo's page as a visitor uses it: the story by clicks, then everything that may go wrong, by the controls."""

from collections.abc import Awaitable
from typing import Any

from playwright.async_api import Browser, expect

from sandbox.play import Play
from tests.browser.visitor import Visitor, visiting


async def buys_pro(v: Visitor, name: str = "Mia") -> None:
    """From the slash command to the role, with what is hidden beside it."""
    await v.command("subscribe", "Pro")
    await v.button("Pay $9.99").click()
    await v.pays()
    await expect(v.frame.get_by_role("heading", level=1)).to_have_text("Paid: Pro is on its way")
    await v.closes_browser()
    await expect(v.member(name).get_by_test_id("role-chip").filter(has_text="Members")).to_be_visible()


async def test_the_story_by_clicks(browser: Browser, address: str) -> None:
    async with visiting(browser, address) as v:
        await v.channel("members-lounge")
        await expect(v.discord.get_by_text("Members only: the author joins us")).to_have_count(0)
        await v.channel("welcome")
        await buys_pro(v)
        await expect(v.lines("Grant the role Members").get_by_text("done", exact=True)).to_be_visible()
        await expect(v.lines("Pro: a subscription begins")).to_be_visible()
        await expect(v.station("decision")).to_have_attribute("data-state", "done")
        await expect(v.station("access")).to_have_attribute("data-state", "warn")  # the chat waits: no account is known

        await v.channel("members-lounge")
        await expect(v.discord.get_by_text("Members only: the author joins us")).to_be_visible()

        await v.links_and_comes_in()
        await expect(v.station("access")).to_have_attribute("data-state", "done")

        await v.be("ben")
        await expect(v.telegram.get_by_text("This month: “The Summer Book”")).to_be_hidden()
        await v.channel("members-lounge")
        await expect(v.discord.get_by_text("Members only: the author joins us")).to_have_count(0)


async def test_a_card_may_fail_once_or_always_and_a_payment_while_the_service_is_dead_counts(
    browser: Browser, address: str
) -> None:
    async with visiting(browser, address) as v:
        await buys_pro(v)
        chip = v.member("Mia").get_by_test_id("role-chip")
        await v.sets("decline", "Next time")
        await v.time_passes("1mo 2h")
        await expect(v.lines("invoice.payment_failed")).to_be_visible()
        # Of everybody it shows the story that moved last: on a busy machine that may be the purchase, settled only now.
        await v.page.get_by_test_id("way-who").select_option("Mia")
        await expect(v.station("stripe")).to_have_attribute("data-state", "bad")
        await expect(v.page.get_by_test_id("set-decline-no")).to_be_checked()  # it was this one time
        await v.direct_messages()
        await expect(v.button("Pay")).to_be_visible()
        await expect(chip).to_have_text("Members")
        for _ in range(4):  # longer than the grace: meanwhile Stripe tries again by itself
            await v.time_passes("1d")
        await expect(v.station("stripe")).to_have_attribute("data-state", "done")
        await expect(chip).to_have_text("Members")

        await v.sets("decline", "Always")
        await v.time_passes("1mo 2h")  # the grace is part of it: the last renewal was days ago
        await expect(v.lines("Revoke the role Members").get_by_text("done", exact=True)).to_be_visible()
        await expect(chip).to_have_count(0)
        await v.page.get_by_test_id("mend").click()

        standing, power = v.page.get_by_test_id("standing"), v.page.get_by_test_id("service")
        before = await standing.inner_text()
        await power.click()
        await expect(standing).to_have_text("Guestlist is dead")
        await expect(v.lines("The service is gone").get_by_text("killed")).to_be_visible()
        paid = await v.lines("invoice.paid").count()
        await v.button("Pay").click()
        await v.pays()
        await expect(v.lines("invoice.paid")).to_have_count(paid + 1)
        await expect(v.lines("invoice.paid").last.get_by_text("retrying")).to_be_visible()
        await expect(chip).to_have_count(0)
        await power.click()
        await expect(standing).to_contain_text("runs, process")
        assert await standing.inner_text() != before, "another process"
        await v.time_passes("1d")
        await expect(chip).to_have_text("Members")


async def test_webhooks_may_be_lost_come_twice_or_in_any_order(browser: Browser, address: str) -> None:
    async with visiting(browser, address) as v:
        paid = v.lines("invoice.paid")
        await v.sets("drop", "All")
        await v.command("subscribe", "Pro")
        await v.button("Pay $9.99").click()
        await v.pays()
        await expect(v.frame.get_by_role("heading", level=1)).to_have_text("Thank you: your payment is on its way")
        await expect(paid.get_by_text("lost", exact=True)).to_be_visible()
        await expect(v.station("webhook")).to_have_attribute("data-state", "bad")
        await v.closes_browser()
        await expect(v.member("Mia").get_by_test_id("role-chip")).to_have_count(0)
        await v.time_passes("1d")  # still none arrives: what is to be known is in Stripe's list of events
        await expect(paid.locator("summary")).to_contain_text("found in Stripe's list of events")
        await expect(v.member("Mia").get_by_test_id("role-chip")).to_have_text("Members")
        await v.sets("drop", "None")

        await v.be("ben")
        await v.sets("duplicate")
        sent = await webhooks_of(v, buys_pro(v, "Ben"))
        assert {len(one["attempts"]) for one in sent} == {2}
        assert in_order(sent)
        await expect(paid).to_have_count(2)  # Mia's, and one of Ben's
        await expect(paid.last.locator("summary")).to_contain_text("It was sent 2 times, and is stored once.")
        await v.sets("duplicate")

        await v.be("ada")
        await v.sets("shuffle")
        sent = await webhooks_of(v, buys_pro(v, "Ada"))
        assert {len(one["attempts"]) for one in sent} == {1}
        assert not in_order(sent)


async def webhooks_of(v: Visitor, happens: Awaitable[None]) -> list[dict[str, Any]]:
    """What Stripe sent because of something, with its attempts, in the order of its making."""
    async with Play(v.page.url) as play:
        before = await sent_by(play)
        await happens
        return (await sent_by(play))[len(before) :]


async def sent_by(play: Play) -> list[dict[str, Any]]:
    """All webhooks, once none is under way."""
    await play.post("settle")
    return list((await play.state())["stripe"]["deliveries"])


def in_order(sent: list[dict[str, Any]]) -> bool:
    """Whether they were sent as they were made."""
    return sent == sorted(sent, key=lambda one: float(one["attempts"][0]["at"]))


async def test_what_a_platform_refuses_is_shown_told_to_the_admin_and_done_once_mended(
    browser: Browser, address: str
) -> None:
    async with visiting(browser, address) as v:
        role, chat = v.lines("Grant the role Members"), v.lines("Let into Reading room")
        chip, mend = v.member("Mia").get_by_test_id("role-chip"), v.page.get_by_test_id("mend")
        await v.sets("discord")
        await v.command("subscribe", "Pro")
        await v.button("Pay $9.99").click()
        await v.pays()
        await expect(role.get_by_text("blocked")).to_be_visible()
        await expect(chat.get_by_text("waiting")).to_be_visible()
        await v.closes_browser()
        await v.be("ada")
        await v.direct_messages()
        await expect(v.discord.get_by_text("I couldn't change Members for Mia")).to_be_visible()
        await expect(v.station("effect")).to_have_attribute("data-state", "bad")

        await v.sets("telegram")
        await v.be("mia")
        await v.channel("welcome")
        await v.command("link")
        await v.button("Open Telegram").click()
        await v.page.get_by_test_id("telegram-start").click()
        await v.inline("Yes").click()
        await v.confirms_link()
        await expect(chat.get_by_text("blocked")).to_be_visible()
        await v.be("ada")
        await v.direct_messages()
        await expect(v.discord.get_by_text("In Reading room I can't give anyone access")).to_be_visible()
        of, whose = v.page.get_by_test_id("way-who"), v.page.get_by_test_id("way-whose")
        await of.select_option("Ada")
        await expect(whose).to_contain_text("Ada, ")  # what she did: the messages to her are no way
        await of.select_option("Ben")
        await expect(whose).to_have_text("Ben has not bought yet")
        await of.select_option("")
        await v.be("mia")
        await expect(v.inline("Reading room")).to_have_count(0)
        await expect(chip).to_have_count(0)

        await expect(mend).to_have_text("Fix all 2")
        await mend.click()
        await expect(mend).to_be_hidden()
        await v.time_passes("1d")
        await expect(role.get_by_text("done", exact=True)).to_be_visible()
        await expect(chip).to_have_text("Members")
        await v.inline("Reading room").click()
        await expect(v.telegram.get_by_text("This month: “The Summer Book”")).to_be_visible()
        await expect(chat.get_by_text("done", exact=True)).to_be_visible()
        await expect(v.station("access")).to_have_attribute("data-state", "done")
