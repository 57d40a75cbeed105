"""The demo's page as a visitor uses it: the story by clicks, then everything that may go wrong, by the controls."""

from playwright.async_api import Browser, expect

from tests.browser.visitor import Visitor, visiting


async def buys_pro(v: Visitor) -> None:
    """From the slash command to the role, with what is hidden beside it."""
    await v.command("subscribe", "Pro")
    await v.button("Pay $9.99").click()
    await v.pays()
    await expect(v.frame.get_by_role("heading", level=1)).to_have_text("Paid: Pro is opening")
    await v.closes_browser()
    await expect(v.member("Mia").get_by_test_id("role-chip")).to_have_text("Members")


async def test_the_story_by_clicks(browser: Browser, address: str) -> None:
    async with visiting(browser, address) as v:
        await v.channel("members-lounge")
        await expect(v.discord.get_by_text("Members only: the author joins us")).to_have_count(0)
        await v.channel("welcome")
        await buys_pro(v)
        await expect(v.lines("Give the role Members").get_by_text("done")).to_be_visible()
        await expect(v.lines("Pro: a subscription begins")).to_be_visible()
        await expect(v.station("decision")).to_have_attribute("data-state", "done")
        await expect(v.station("access")).to_have_attribute("data-state", "warn")  # the chat waits: no account is known

        await v.channel("members-lounge")
        await expect(v.discord.get_by_text("Members only: the author joins us")).to_be_visible()

        await v.command("link")
        await v.button("Open Telegram").click()
        await v.page.get_by_test_id("telegram-start").click()
        await v.inline("Yes").click()
        await v.inline("Reading room").click()
        await expect(v.telegram.get_by_text("This month: «The Summer Book»")).to_be_visible()
        await expect(v.station("access")).to_have_attribute("data-state", "done")

        await v.be("ben")
        await expect(v.telegram.get_by_text("This month: «The Summer Book»")).to_be_hidden()
        await v.channel("members-lounge")
        await expect(v.discord.get_by_text("Members only: the author joins us")).to_have_count(0)


async def test_a_card_that_fails_a_refusal_lost_webhooks_and_a_killed_service(browser: Browser, address: str) -> None:
    async with visiting(browser, address) as v:
        chip = v.member("Mia").get_by_test_id("role-chip")
        await v.sets("discord")
        await v.command("subscribe", "Pro")
        await v.button("Pay $9.99").click()
        await v.pays()
        await expect(v.lines("Give the role Members").get_by_text("blocked")).to_be_visible()
        await expect(chip).to_have_count(0)
        await v.closes_browser()
        await v.page.get_by_test_id("mend").click()
        await v.time_passes("1d")
        await expect(chip).to_have_text("Members")

        await v.sets("decline", "Always")
        await v.sets("shuffle")
        await v.sets("duplicate")
        await v.time_passes("31d")
        await v.direct_messages()
        await expect(v.button("Pay")).to_be_visible()
        for _ in range(3):
            await v.time_passes("1d")
        await expect(chip).to_have_count(0)
        await expect(v.lines("Take the role Members").get_by_text("done")).to_be_visible()

        await v.page.get_by_test_id("mend").click()
        await v.page.get_by_test_id("service").click()
        await expect(v.page.get_by_test_id("standing")).to_have_text("Guestlist is dead")
        await v.button("Pay").click()
        await v.pays()
        await expect(v.lines("invoice.paid").last).to_be_visible()
        await expect(chip).to_have_count(0)
        await v.page.get_by_test_id("service").click()
        await expect(v.page.get_by_test_id("standing")).to_contain_text("runs, process")
        await v.time_passes("1d")
        await expect(chip).to_have_text("Members")
