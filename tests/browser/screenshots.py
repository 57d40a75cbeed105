"""`make screenshots`: the pictures of the README, taken of the real page in the middle of the story."""

import asyncio
import base64
import sys
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser import chromium, demo
from tests.browser.chromium import NARROW, WIDE
from tests.browser.visitor import Visitor, visiting

FOLDER = Path("docs/images")
BYTES_MAX = 120_000
AS_WEBP = """async (png) => {
  const picture = new Image();
  picture.src = png;
  await picture.decode();
  const canvas = Object.assign(document.createElement("canvas"), {width: picture.width, height: picture.height});
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas.toDataURL("image/webp", 0.86);
}"""
"""Chromium takes pictures as PNG, which are three times as large."""


def main() -> int:
    """Exit code 0: taken; 1: there is no browser."""
    if chromium.path() is None:
        print(chromium.MISSING, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    asyncio.run(_all())
    return 0


async def _all() -> None:
    async with chromium.running() as browser, demo.running() as url:
        async with visiting(browser, url, tour=True) as v:
            await _take(v, "tour")
        await _story(browser, url)


async def _story(browser: Browser, url: str) -> None:
    """Mia buys: before she pays, when she has paid, on a phone and in the dark."""
    async with visiting(browser, url) as v:
        await v.command("subscribe", "Pro")
        await v.button("Pay $9.99").click()
        await expect(v.frame.get_by_role("heading", name="test card")).to_be_visible()
        await _take(v, "checkout")
        await v.pays()
        await expect(v.member("Mia").get_by_test_id("role-chip")).to_have_text("Members")
        await expect(v.frame.get_by_role("heading", level=1)).to_have_text("Paid: Pro is on its way")
        await _take(v, "paid")
        await v.closes_browser()
        await v.links_and_comes_in()
        await _take(v, "page")
    async with visiting(browser, url, WIDE, "dark") as v:
        await v.be("ada")
        await v.command("plans")
        await expect(v.discord.get_by_text("Pro · $9.99 a month").last).to_be_visible()
        await _take(v, "dark")
    async with visiting(browser, url, NARROW) as v:
        await v.page.get_by_test_id("tab-backstage").click()
        await _take(v, "phone")


async def _take(v: Visitor, name: str) -> None:
    path = FOLDER / f"{name}.webp"
    await v.page.wait_for_timeout(600)  # what moves has come to rest
    taken = base64.b64encode(await v.page.screenshot()).decode()
    tab = await v.page.context.new_page()
    small: str = await tab.evaluate(AS_WEBP, f"data:image/png;base64,{taken}")
    await tab.close()
    path.write_bytes(base64.b64decode(small.partition(",")[2]))
    size = path.stat().st_size
    assert size <= BYTES_MAX, f"{path} has {size} bytes"
    print(f"{path}: {size / 1024:.0f} KiB")


if __name__ == "__main__":
    sys.exit(main())
