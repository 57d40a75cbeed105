"""The guided first minute: done for the visitor step by step, on a wide and on a narrow page; left, and begun again."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser import chromium
from tests.browser.visitor import Visitor, visiting

STEPS = (
    "You are Mia",
    "Type /subscribe",
    "Open the link, and pay",
    "This is what just happened",
    "The same person on Telegram",
    "Join the Reading room",
    "A month later the card fails",
    "Three days of grace",
    "Access lost. Pay, and get it back",
    "Now try to break it",
)


COVERED = """() => {
  const box = document.querySelector("#tour-ring").getBoundingClientRect();
  const there = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  return box.width ? Boolean(there?.closest("#tour, .controls-top")) : false;
}"""
"""Whether the middle of what a step means is under the tour's card, or under the bar above the controls."""


async def goes_through(v: Visitor) -> None:
    """Each step by its button; every page that comes along can be read."""
    title = v.tour.get_by_role("heading")
    for number, step in enumerate(STEPS):
        await expect(title).to_have_text(step)
        assert await chromium.violations(v.page) == [], step
        assert await chromium.overflow(v.page) == 0, step
        assert not await v.page.evaluate(COVERED), step
        if number == len(STEPS) - 1:
            break
        do, go_on = v.page.get_by_test_id("tour-do"), v.page.get_by_test_id("tour-next")
        await (do if await do.is_visible() else go_on).click()
        if await do.is_visible():
            try:
                await expect(title.filter(has_text=step)).to_have_count(0)
            except AssertionError as error:
                raise AssertionError(f"the tour stays where it is: {await v.tour.inner_text()}") from error


@pytest.mark.parametrize(("size", "theme"), [(chromium.WIDE, "light"), (chromium.NARROW, "dark")])
async def test_the_first_minute_is_gone_through_by_clicks(
    browser: Browser, address: str, size: tuple[int, int], theme: str
) -> None:
    async with visiting(browser, address, size, theme, tour=True) as v:
        await goes_through(v)
        await v.page.get_by_test_id("tour-do").click()
        await expect(v.tour.get_by_text("Ben is in. Nothing lost, nothing twice.")).to_be_visible(timeout=40_000)
        await v.page.get_by_test_id("tour-next").click()
        await expect(v.tour.get_by_role("heading")).to_have_text("Now with your own Stripe")
        assert await chromium.overflow(v.page) == 0
        await v.page.get_by_role("button", name="Finish").click()
        await expect(v.tour).to_be_hidden()


async def test_it_can_be_left_and_begun_again(browser: Browser, address: str) -> None:
    async with visiting(browser, address) as v:
        await v.page.reload()
        await expect(v.page.get_by_test_id("who-mia")).to_be_visible()
        await expect(v.tour).to_be_hidden()
        await v.page.get_by_test_id("tour-begin").click()
        await expect(v.tour.get_by_role("heading")).to_have_text(STEPS[0])
        await v.page.keyboard.press("Escape")
        await expect(v.tour).to_be_hidden()


async def test_it_goes_on_by_itself_when_the_thing_has_happened(browser: Browser, address: str) -> None:
    async with visiting(browser, address, tour=True) as v:
        title = v.tour.get_by_role("heading")
        await v.page.get_by_test_id("tour-next").click()
        await v.command("subscribe", "Pro")
        await expect(title).to_have_text("Open the link, and pay")
        await v.button("Pay $9.99").click()
        await v.pays()
        await expect(title).to_have_text("This is what just happened")
