"""Both chats of the demo's page: what is written is shown as the platforms show it, what is typed is kept."""

from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.browser.visitor import visiting

DISCORD = """async (text) => {
  const { discordText } = await import("/page/richtext.js");
  const known = { user: () => ({ name: "Mia" }), role: () => ({ name: "Members" }), channel: () => null };
  const box = document.createElement("div");
  box.append(...discordText(text, known));
  return box.innerHTML;
}"""
TELEGRAM = """async ([text, entities]) => {
  const { telegramText } = await import("/page/entities.js");
  const box = document.createElement("div");
  box.append(...telegramText(text, entities, null));
  return box.innerHTML;
}"""


async def discord(page: Page, text: str) -> str:
    shown: str = await page.evaluate(DISCORD, text)
    return shown


async def telegram(page: Page, text: str, *entities: dict[str, Any]) -> str:
    shown: str = await page.evaluate(TELEGRAM, [text, list(entities)])
    return shown


async def test_what_is_written_becomes_text_and_never_markup(browser: Browser, address: str) -> None:
    async with visiting(browser, address) as v:
        assert await discord(v.page, "**a <b>bold</b>** one") == (
            '<div class="line"><strong>a &lt;b&gt;bold&lt;/b&gt;</strong> one</div>'
        )
        assert await discord(v.page, r"2 \* 3 \* 4 and snake_case\_name") == (
            '<div class="line">2 * 3 * 4 and snake_case_name</div>'
        )
        assert "@Mia" in await discord(v.page, "<@1> and <@&2> in <#3>")
        assert "@Members" in await discord(v.page, "<@1> and <@&2> in <#3>")
        assert "#a channel" in await discord(v.page, "<@1> and <@&2> in <#3>")
        assert await discord(v.page, "`**not bold**`") == '<div class="line"><code>**not bold**</code></div>'
        assert "href" not in await discord(v.page, "[press](javascript:alert(1))")
        assert "<img" not in await discord(v.page, "<img src=x onerror=alert(1)>")

        bold, link = {"type": "bold", "offset": 3, "length": 5}, {"type": "text_link", "offset": 9, "length": 4}
        told = await telegram(v.page, "👋 <Pro> here", bold, {**link, "url": "http://127.0.0.1:1/"})
        assert told.startswith('👋 <strong>&lt;Pro&gt;</strong> <a href="http://127.0.0.1:1/"')
        nested = {"type": "italic", "offset": 0, "length": 5}, {"type": "bold", "offset": 2, "length": 1}
        assert await telegram(v.page, "a b c", *nested) == "<em>a <strong>b</strong> c</em>"


async def test_what_is_typed_is_kept_while_the_world_changes(browser: Browser, address: str) -> None:
    async with visiting(browser, address) as v:
        box = v.page.get_by_test_id("discord-input")
        await box.fill("half a sent")
        said = {"user": "ben", "channel": "welcome", "text": "I say something meanwhile."}
        await v.page.request.post(f"{address.rstrip('/')}/sandbox/discord/message", data=said)
        await expect(v.discord.get_by_text("I say something meanwhile.")).to_be_visible()
        await v.page.keyboard.type("ence")
        await expect(box).to_have_value("half a sentence")


async def test_a_command_says_what_it_wants_where_one_types(browser: Browser, address: str) -> None:
    async with visiting(browser, address) as v:
        await v.be("ada")
        await expect(v.discord.get_by_text("/plan create", exact=True).first).to_be_visible()  # her world has come
        box, error = v.page.get_by_test_id("discord-input"), v.page.get_by_test_id("discord-error")
        await box.press_sequentially("/plan create ")
        name, price = v.page.get_by_test_id("option-name"), v.page.get_by_test_id("option-price")
        await expect(name).to_be_focused()
        await v.page.keyboard.press("Enter")
        await expect(error).to_contain_text("name is required")
        await expect(name).to_have_attribute("aria-invalid", "true")

        await name.fill("Patron")
        await price.fill("25")
        period = v.page.get_by_test_id("option-period")
        await period.fill("fortnightly")
        await v.page.keyboard.press("Enter")
        await expect(error).to_contain_text("choose one of the list")
        await period.fill("months")
        await expect(v.page.get_by_test_id("option").first).to_contain_text("every … months")
        await v.page.keyboard.press("Enter")
        await v.page.get_by_test_id("add-role").click()
        await v.page.keyboard.type("Mem")
        await expect(v.page.get_by_test_id("option")).to_have_text("@Members")
        await v.page.keyboard.press("Enter")
        await v.page.keyboard.press("Enter")
        await expect(v.discord.get_by_text("Patron").last).to_be_visible()
        await expect(box).to_be_focused()

        await box.press_sequentially("/member ")
        await v.page.keyboard.press("Escape")  # the list of members
        await v.page.keyboard.press("Escape")  # the command
        await expect(box).to_have_value("")
        await expect(box).to_be_focused()
