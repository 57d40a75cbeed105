"""What opens over the demo's page: the browser in which one pays, and the forms of the bot."""

from playwright.async_api import Browser, expect

from tests.browser import chromium
from tests.browser.visitor import Visitor, visiting


async def looks_right(v: Visitor, what: str) -> None:
    """The page, and what its browser shows."""
    async for look in chromium.each_look(v.page):
        for shown in v.page.frames:
            if shown.url != "about:blank":
                assert await chromium.violations(shown) == [], (what, look, shown.url)
                assert await chromium.overflow(shown) == 0, (what, look, shown.url)


async def test_what_opens_over_the_page_takes_focus_can_be_read_and_gives_focus_back(
    browser: Browser, address: str
) -> None:
    async with visiting(browser, address) as v:
        await v.be("ada")
        await v.command("invoice create", "Mia", amount="25", what="A tote bag")
        await expect(v.discord.get_by_text("mail").last).to_be_visible()
        await v.be("mia")
        await v.direct_messages()
        await v.button("mail").focus()
        await v.page.keyboard.press("Enter")
        form = v.page.get_by_test_id("modal")
        await expect(form.get_by_role("textbox")).to_be_focused()
        await v.page.get_by_test_id("modal-submit").click()
        await expect(form.get_by_text("This is required.")).to_be_visible()
        await looks_right(v, "the form")
        await v.page.keyboard.press("Escape")
        await expect(v.button("mail")).to_be_focused()

        await v.channel("welcome")
        await v.command("subscribe", "Pro")
        await v.button("Pay $9.99").focus()
        await v.page.keyboard.press("Enter")
        await expect(v.page.get_by_test_id("browser-frame")).to_be_focused()
        await expect(v.page.get_by_test_id("way-log")).to_be_in_viewport()
        await expect(v.frame.get_by_label("E-mail")).to_have_value("mia@example.com")
        assert "/checkout/" in v.page.frames[-1].url
        await looks_right(v, "the checkout")
        await v.page.keyboard.press("Escape")
        await expect(v.browser).to_be_hidden()
        await expect(v.button("Pay $9.99")).to_be_focused()

        await v.page.keyboard.press("Enter")
        await v.pays()
        await v.frame.get_by_role("link", name="Go to").click()
        await expect(v.browser).to_be_hidden()
        await expect(v.page.get_by_test_id("discord-input")).to_be_focused()
