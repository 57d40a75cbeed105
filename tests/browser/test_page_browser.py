"""The browser inside the demo's page, in which pages to pay on open."""

from playwright.async_api import Browser, expect

from tests.browser.visitor import visiting


async def test_a_page_to_pay_on_takes_focus_and_gives_it_back(browser: Browser, address: str) -> None:
    async with visiting(browser, address) as v:
        await v.command("subscribe", "Pro")
        await v.button("Pay $9.99").focus()
        await v.page.keyboard.press("Enter")
        await expect(v.page.get_by_test_id("browser-frame")).to_be_focused()
        await expect(v.page.get_by_test_id("way-log")).to_be_in_viewport()
        await expect(v.frame.get_by_label("E-mail")).to_have_value("mia@example.com")
        await v.page.keyboard.press("Escape")
        await expect(v.browser).to_be_hidden()
        await expect(v.button("Pay $9.99")).to_be_focused()
