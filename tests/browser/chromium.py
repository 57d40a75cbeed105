"""A headless Chromium, where the machine has one, and what axe-core finds on a page."""

import itertools
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any, Literal

from playwright.async_api import Browser, Frame, Page, async_playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium here: these tests need one (Debian: apt-get install chromium)"
REQUIRED = "GUESTLIST_BROWSER"
"""Set to `required` where a missing browser is a failure, as in `.ci/run`."""
AXE = files("axe_playwright_python") / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_RUN = """([within, tags]) =>
  axe.run(within, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"], iframes: false})"""
FLAGS = (
    "--no-sandbox",  # as root in a container Chromium starts in no other way; it opens our own pages only
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # it would look for its maker's hosts
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 60_000
"""Long enough for a machine with a lot to do beside."""
WIDE, MIDDLE, NARROW = (1280, 800), (900, 800), (390, 844)
"""All panes beside each other; the chats by turns over what is behind the scenes; one pane at a time."""
SIZES = (NARROW, MIDDLE, WIDE)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
"""A page hears of another size or theme with its next frame only."""


def path() -> str | None:
    """Where this machine's Chromium is. Raises RuntimeError when it must be there and is not."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get(REQUIRED) == "required":
        raise RuntimeError(MISSING)
    return found


@asynccontextmanager
async def running() -> AsyncIterator[Browser]:
    """A browser for the length of a block. Raises RuntimeError where there is none."""
    found = path()
    if found is None:
        raise RuntimeError(MISSING)
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def page(
    browser: Browser, size: tuple[int, int] = WIDE, theme: str = "light", *, fails: str = ""
) -> AsyncIterator[Page]:
    """A tab of this size in the theme `light` or `dark`. What the page logs as an error fails the block's end.

    `fails`: words of an error that belongs to it.
    """
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        device_scale_factor=1,
    )
    errors: list[str] = []
    opened = await context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    opened.set_default_timeout(PATIENCE_MS)
    try:
        yield opened
    finally:
        await context.close()
    assert [error for error in errors if not fails or fails not in error] == []


async def each_look(opened: Page, sizes: Sequence[tuple[int, int]] = SIZES) -> AsyncIterator[str]:
    """The page in each size and both themes by turns, without reloading; what each is called. Wide and dark at last."""
    for (width, height), theme in itertools.product(sizes, THEMES):
        await opened.set_viewport_size({"width": width, "height": height})
        await opened.emulate_media(color_scheme=theme)
        await opened.evaluate(DRAWN)
        yield f"{width}x{height}, {theme}"


async def violations(opened: Page | Frame, within: str = "html") -> list[str]:
    """What axe-core finds: contrast, names, roles. One line each, with where. `within`: a selector of the part.

    A frame in a page is a page of its own.
    """
    if not await opened.evaluate("'axe' in window"):
        await opened.evaluate(AXE.read_text())
    found: dict[str, Any] = await opened.evaluate(AXE_RUN, [within, AXE_TAGS])
    return [
        f"{violation['id']}: {violation['help']} at {node['target']}: {node.get('failureSummary', '')}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


async def overflow(opened: Page | Frame) -> int:
    """By how many pixels the page is wider than its window: 0 when nothing has to be scrolled sideways."""
    over: int = await opened.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return over
