"""What a visitor does on the demo's page: only clicks and keys, as a person has them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, FrameLocator, Locator, Page, expect

from tests.browser import chromium

GOOD_CARD = "4242 4242 4242 4242"


class Visitor:
    """Somebody before the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.discord = page.get_by_test_id("discord")
        self.telegram = page.get_by_test_id("telegram")
        self.tour = page.get_by_test_id("tour")
        self.browser = page.get_by_test_id("browser")
        self.frame: FrameLocator = page.frame_locator("[data-testid=browser-frame]")

    async def be(self, who: str) -> None:
        choice = self.page.get_by_test_id(f"who-{who}")
        await self.page.get_by_test_id("picker").locator("label").filter(has=choice).click()
        await expect(choice).to_be_checked()
        await expect(self.page).to_have_title(f"Guestlist: you are {who.title()}")  # what was typed before is gone

    # -- Discord ---------------------------------------------------------------------------------------
    async def command(self, name: str, *options: str, **written: str) -> None:
        """A slash command by keys: its name from the menu, then its required options.

        First those that are chosen from what is offered, then by their names those that are written.
        """
        box = self.page.get_by_test_id("discord-input")
        await box.click()
        await box.press_sequentially(f"/{name}")
        await expect(self.page.get_by_test_id("slash-menu")).to_be_visible()
        await self.page.keyboard.press("Enter")
        for option in options:
            await self.page.keyboard.type(option)
            await expect(self.page.get_by_role("option").filter(has_text=option).first).to_be_visible()
            await self.page.keyboard.press("Enter")
        for option, text in written.items():
            await self.page.get_by_test_id(f"option-{option}").fill(text)
        await self.page.keyboard.press("Enter")

    def button(self, label: str) -> Locator:
        """The newest button of this label on Discord."""
        return self.page.get_by_test_id("discord-button").filter(has_text=label).last

    async def channel(self, name: str) -> None:
        await self.page.get_by_test_id(f"channel-{name}").click()

    async def direct_messages(self) -> None:
        await self.page.get_by_test_id("direct-messages").click()

    def member(self, name: str) -> Locator:
        return self.page.get_by_test_id(f"member-{name}")

    # -- Telegram --------------------------------------------------------------------------------------
    def inline(self, label: str) -> Locator:
        """The newest button of this label on Telegram."""
        return self.page.get_by_test_id("telegram-button").filter(has_text=label).last

    async def links_and_comes_in(self) -> None:
        """Becomes one person with their Telegram account, and asks into the chat that the plan opens."""
        await self.command("link")
        await self.button("Open Telegram").click()
        await self.page.get_by_test_id("telegram-start").click()
        await self.inline("Yes").click()
        await self.confirms_link()
        await self.inline("Reading room").click()
        await expect(self.telegram.get_by_text("This month: “The Summer Book”")).to_be_visible()

    async def confirms_link(self) -> None:
        """As the maker of the code: in the bot's private message on Discord."""
        await self.direct_messages()
        await self.button("Yes, link us").click()

    # -- at Stripe's pages -------------------------------------------------------------------------------
    async def pays(self, card: str = GOOD_CARD) -> None:
        """Fills in what the page in the browser asks for and pays with a test card that it offers."""
        email = self.frame.get_by_label("E-mail")
        if await email.count() and await email.get_attribute("readonly") is None:
            await email.fill("mia@example.org")
        await self.frame.get_by_role("button", name=card).first.click()

    async def closes_browser(self) -> None:
        await self.page.get_by_test_id("browser-close").click()
        await expect(self.browser).to_be_hidden()

    # -- behind the scenes -----------------------------------------------------------------------------
    def lines(self, text: str) -> Locator:
        return self.page.get_by_test_id("way-line").filter(has_text=text)

    def station(self, name: str) -> Locator:
        return self.page.get_by_test_id(f"station-{name}")

    async def sets(self, setting: str, choice: str | None = None) -> None:
        """A control; `choice` of those that have several."""
        control = self.page.get_by_test_id(f"control-{setting}")
        if choice is None:
            await control.get_by_role("switch").click()
        else:
            await control.get_by_text(choice, exact=True).click()

    async def time_passes(self, by: str) -> None:
        button = self.page.get_by_test_id(f"advance-{by}")
        await button.click()
        await expect(button).to_be_enabled(timeout=chromium.PATIENCE_MS)


@asynccontextmanager
async def visiting(
    browser: Browser, url: str, size: tuple[int, int] = chromium.WIDE, theme: str = "light", *, tour: bool = False
) -> AsyncIterator[Visitor]:
    """A visitor on a page that has come alive, who leaves the tour unless told otherwise.

    An error on the page's console fails the block's end.
    """
    async with chromium.page(browser, size, theme) as page:
        page.set_default_timeout(chromium.PATIENCE_MS)
        await page.goto(url)
        await expect(page.get_by_test_id("who-mia")).to_be_visible()
        visitor = Visitor(page)
        await expect(visitor.tour).to_be_visible()
        if not tour:
            await page.get_by_test_id("tour-leave").click()
            await expect(visitor.tour).to_be_hidden()
        yield visitor
