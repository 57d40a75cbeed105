"""The product's own pages in both widths and themes: they follow along by themselves, and can be read by anybody."""

from pathlib import Path

from playwright.async_api import Browser, expect

from sandbox.play import Received
from tests.browser import chromium
from tests.e2e.telegram import Salon, salon
from tests.e2e.test_linking import connect
from tests.e2e.world import ADA, BEN, EXTRA, GUILD, MIA, World, checkout_link, world


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
            await expect(page.get_by_role("heading", level=1)).to_have_text("You're in: Pro")
            await expect(page.get_by_role("link", name="Go to Riverside Book Club")).to_be_visible()
            assert await page.evaluate("window.unchanged"), "the same page all along"


async def offered_to(w: World, user: str, plan: str) -> tuple[str, str, Received]:
    """A checkout of somebody: the pages to which Stripe leads back, paid and left, and the reply with its link."""
    heard = await w.play.command(GUILD, user, "subscribe", plan=plan)
    link = checkout_link(heard)
    session = next(one for one in await w.play.stripe("checkout.session") if one["url"] == link)
    return session["success_url"], session["cancel_url"], heard


async def bought_by(w: World, user: str, plan: str) -> str:
    """The page after paying of somebody who has paid."""
    paid, _, heard = await offered_to(w, user, plan)
    await w.play.pay(checkout_link(heard))
    return paid


async def all_pages(club: Salon) -> dict[str, str]:
    """Every page in every state, in a colour that is bad for both themes; a sentence of each, and its address."""
    w = club.world
    await connect(club)
    await w.ada("settings", icon="📚", color="#8a8a8a")
    await w.plan()
    await w.plan("Both", role=EXTRA, chat="Salon")
    await w.plan("Chat", chat="Salon")
    await w.plan("Late", role=EXTRA)  # of its own: who has bought a plan reads of that on every page of it
    over, _, _ = await offered_to(w, MIA, "Late")
    await w.advance("2d")
    pages = {"This checkout has expired": over}

    refused = {"status": 403, "body": {"message": "Missing Permissions", "code": 50013}}
    path = f"/guilds/*/members/*/roles/{EXTRA}"
    await w.play.post("faults", {"service": "discord", "path": path, "times": 0, **refused})
    pages["needs an admin, who has been told"] = await bought_by(w, ADA, "Both")
    pages["type /link in the chat"] = await bought_by(w, MIA, "Chat")  # what can't be given is not sold any more
    pages["You don't have access to Pro right now"] = await bought_by(w, ADA, "Pro")
    await w.holds("Members", ADA)
    await w.play.post("stripe/refund", {"invoice": (await w.play.stripe("invoice"))[-1]["id"]})
    pages["You're in: Pro"] = await bought_by(w, MIA, "Pro")

    unpaid, left, _ = await offered_to(w, BEN, "Pro")
    pages |= {"your payment is on its way": unpaid, "Back to the checkout of Pro": left}
    come_in, _, heard = await offered_to(w, BEN, "Chat")
    await w.play.post("discord/member", {"guild": GUILD, "user": BEN, "action": "leave"})
    await w.play.pay(checkout_link(heard))
    pages["waiting for you to join"] = come_in
    return pages | {
        "Thank you": f"{w.url}/paid",
        "You can close this page": f"{w.url}/returned",
        "Guestlist: paid memberships": f"{w.url}/",
        "There is nothing here": f"{w.url}/nowhere",
    }


async def test_every_page_can_be_read_in_every_state(browser: Browser, tmp_path: Path) -> None:
    async with salon(tmp_path) as club, chromium.page(browser, fails="404 (Not Found)") as page:
        for sentence, address in (await all_pages(club)).items():
            await page.goto(address)
            await expect(page.get_by_text(sentence)).to_be_visible()
            async for look in chromium.each_look(page, (chromium.NARROW, chromium.WIDE)):
                assert await chromium.violations(page) == [], (sentence, look)
                assert await chromium.overflow(page) == 0, (sentence, look)


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
            await expect(page.get_by_role("heading", level=1)).to_have_text("You're in: Pro", timeout=30_000)
        finally:
            await context.close()
