"""The product's own pages in both widths and themes: they follow along by themselves, and can be read by anybody."""

import itertools
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser import chromium
from tests.e2e.world import World, checkout_link, world

LOOKS = list(itertools.product((chromium.WIDE, chromium.NARROW), ("light", "dark")))


async def test_the_page_after_paying_follows_along_without_a_reload(browser: Browser, tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.plan()
        offered = await w.mia("subscribe", plan="Pro")
        paid = (await w.play.stripe("checkout.session"))[-1]["success_url"]
        async with chromium.page(browser) as page:
            await page.goto(paid)
            await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you: your payment is on its way")
            await page.evaluate("window.unchanged = true")
            await w.play.pay(checkout_link(offered))
            await expect(page.get_by_role("heading", level=1)).to_have_text("You are in: Pro")
            await expect(page.get_by_role("link", name="Go to Riverside Book Club")).to_be_visible()
            assert await page.evaluate("window.unchanged"), "the same page all along"
        await they_look_right(browser, w)


async def they_look_right(browser: Browser, w: World) -> None:
    """Contrast, names and width, of every page in a colour that is bad for both themes."""
    await w.ada("settings", icon="📚", color="#8a8a8a")
    await w.play.command("700000000000000001", "ben", "subscribe", plan="Pro")
    unpaid = (await w.play.stripe("checkout.session"))[-1]
    paths = (unpaid["success_url"], unpaid["cancel_url"], f"{w.url}/paid", f"{w.url}/returned")
    for size, theme in LOOKS:
        async with chromium.page(browser, size, theme) as page:
            for path in paths:
                await page.goto(path)
                assert await chromium.violations(page) == [], (path, size, theme)
                assert await chromium.overflow(page) == 0, (path, size, theme)


async def test_without_a_script_the_page_looks_again_by_itself(browser: Browser, tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.plan()
        offered = await w.mia("subscribe", plan="Pro")
        paid = (await w.play.stripe("checkout.session"))[-1]["success_url"]
        context = await browser.new_context(java_script_enabled=False)
        try:
            page = await context.new_page()
            await page.goto(paid)
            await w.play.pay(checkout_link(offered))
            await expect(page.get_by_role("heading", level=1)).to_have_text("You are in: Pro", timeout=30_000)
        finally:
            await context.close()
