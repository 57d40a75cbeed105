"""How the demo's page looks and reads: all sizes, both themes, by keyboard, for a screen reader."""

import itertools

from playwright.async_api import Browser, expect

from tests.browser import chromium
from tests.browser.chromium import MIDDLE, NARROW, WIDE
from tests.browser.visitor import Visitor, visiting

TABS: dict[tuple[int, int], tuple[str, ...]] = {
    WIDE: (),
    MIDDLE: ("telegram", "discord"),
    NARROW: ("telegram", "backstage", "discord"),
}
"""What is looked at by turns; Discord last, where the menu opens."""


async def looks_right(v: Visitor, what: str, within: str = "html") -> None:
    assert await chromium.violations(v.page, within) == [], what
    assert await chromium.overflow(v.page) == 0, what


async def test_it_can_be_read_in_all_sizes_and_both_themes(browser: Browser, address: str) -> None:
    """Both persons by turns, so that each is looked at in each theme and nothing is looked at twice."""
    people = itertools.cycle(("mia", "ada"))
    for theme in ("light", "dark"):
        async with visiting(browser, address, theme=theme) as v:
            for size in TABS:
                await v.page.set_viewport_size({"width": size[0], "height": size[1]})
                await v.be(who := next(people))
                what = f"{size} {theme} {who}"
                for tab in TABS[size]:
                    await v.page.get_by_test_id(f"tab-{tab}").click()
                    await expect(v.page.get_by_test_id(tab)).to_be_visible()
                    await looks_right(v, f"{what} {tab}")
                if not TABS[size]:
                    await looks_right(v, what)
                await v.page.get_by_test_id("discord-input").press_sequentially("/")
                await expect(v.page.get_by_test_id("slash-menu")).to_be_visible()
                await looks_right(v, f"{what} menu", "[data-testid=discord]")


async def test_it_is_used_by_keys_alone(browser: Browser, address: str) -> None:
    """From the top of the page to the message box, and a command from there, without a mouse."""
    async with visiting(browser, address) as v:
        focused = v.page.locator(":focus")
        seen: list[str] = []
        for _ in range(60):
            await v.page.keyboard.press("Tab")
            seen.append(await focused.get_attribute("data-testid") or await focused.inner_text())
            outline = await focused.evaluate("e => getComputedStyle(e).outlineStyle + getComputedStyle(e).boxShadow")
            holder = await focused.evaluate("e => getComputedStyle(e.closest('form') ?? e).boxShadow")
            assert outline != "nonenone" or holder != "none", f"it can't be seen where one is: {seen[-1]}"
            if seen[-1] == "discord-input":
                break
        assert seen[-1] == "discord-input", seen
        await v.page.keyboard.type("/pla")
        await expect(v.page.get_by_role("option", name="/plans")).to_be_visible()
        await v.page.keyboard.press("Escape")
        await expect(v.page.get_by_test_id("slash-menu")).to_be_hidden()
        await v.page.keyboard.type("ns")
        await v.page.keyboard.press("Enter")
        await v.page.keyboard.press("Enter")
        await expect(v.discord.get_by_text("Pro · $9.99 a month").last).to_be_visible()
