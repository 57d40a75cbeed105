"""The product's own pages over HTTP: they follow a purchase until access is there, and refuse clearly."""

import html
import re
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp.test_utils import TestClient, TestServer

from bot.web.metrics import Metrics
from bot.web.server import make_app
from sandbox.play import eventually
from tests.e2e.world import GOOD, GUILD, MIA, World, checkout_link

HTML = {"Accept": "text/html", "Accept-Language": "en-GB,en;q=0.8"}


async def get(w: World, path: str, **headers: str) -> tuple[int, str, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(w.url + path, headers=HTML | headers, allow_redirects=False) as answer,
    ):
        return answer.status, await answer.text(), answer.headers


async def page(w: World, path: str) -> str:
    """A page as somebody reads it, without its tags."""
    status, text, _ = await get(w, path)
    assert status == 200
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


async def outside_the_sandbox(w: World, path: str) -> str:
    """The page as it is in the other modes, of the same service."""
    application = make_app(lambda _body, _signature: None, lambda: w.service.app, Metrics())
    async with TestClient(TestServer(application)) as client:
        answer = await client.get(path, headers=HTML)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        return await answer.text()


async def session_of(w: World) -> dict[str, Any]:
    return (await w.play.stripe("checkout.session"))[-1]


def path_of(w: World, url: str) -> str:
    assert url.startswith(w.url)
    return url.removeprefix(w.url)


async def test_the_page_after_paying_follows_until_access_is_there_and_tells_of_its_end(w: World) -> None:
    await w.plan()
    await w.ada("settings", icon="📚", color="#2E8B57")
    offered = await w.mia("subscribe", plan="Pro")
    session = await session_of(w)
    paid, cancelled = path_of(w, session["success_url"]), path_of(w, session["cancel_url"])

    left = await page(w, cancelled)
    assert "Nothing was charged" in left
    assert "Back to the checkout of Pro" in left

    await w.play.post("webhooks", {"hold": True})
    await w.play.pay(checkout_link(offered), GOOD)
    before = await page(w, paid)
    assert "your payment is on its way" in before
    assert "@Members on its way" in before
    assert "Riverside Book Club" in before
    await w.play.post("webhooks", {"release": True})
    await w.holds("Members")

    async def open_there() -> bool:
        return "You're in: Pro" in await page(w, paid)

    assert await eventually(open_there)
    _, text, headers = await get(w, paid)
    there = f"https://discord.com/channels/{GUILD}"
    assert f'href="{w.sandbox.url}/page/to?{urlencode({"url": there})}"' in text, "in the sandbox it stays there"
    assert f'href="{there}" rel="noreferrer" target="_blank"' in await outside_the_sandbox(w, paid)
    assert "📚" in text
    assert '<link rel="stylesheet" href="/style/2e8b57.css">' in text
    assert "data-live" not in text, "nothing more is asked for"
    assert "mia" not in text.lower(), "it names no person"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors" not in headers["Content-Security-Policy"], "the demo's page shows it in a frame"

    invoice = (await w.play.stripe("invoice"))[-1]
    await w.play.post("stripe/refund", {"invoice": invoice["id"]})
    await w.lacks("Members")
    ended = await page(w, paid)
    assert "You don't have access to Pro right now" in ended
    assert "refunded" in ended


async def test_who_is_not_in_the_server_reads_that_it_waits_for_them(w: World) -> None:
    await w.plan()
    offered = await w.mia("subscribe", plan="Pro")
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "leave"})
    await w.play.pay(checkout_link(offered), GOOD)
    paid = path_of(w, (await session_of(w))["success_url"])

    async def waits() -> bool:
        return "@Members waiting for you to join" in await page(w, paid)

    assert await eventually(waits)


async def test_a_browser_without_scripts_asks_again_as_often_as_something_may_change(w: World) -> None:
    async def asks_again() -> list[str]:
        return re.findall(r'http-equiv="refresh" content="(\d+)"', (await get(w, paid))[1])

    await w.plan()
    offered = await w.mia("subscribe", plan="Pro")
    paid = path_of(w, (await session_of(w))["success_url"])
    assert await asks_again() == ["3"], "who has just paid is here before Stripe's word"
    await w.play.post("faults", {"service": "discord", "path": "*/roles/*", "method": "*", "status": 503, "times": 0})
    await w.play.pay(checkout_link(offered), GOOD)

    async def comes() -> bool:
        return "Paid: Pro is on its way" in await page(w, paid) and await asks_again() == ["3"]

    assert await eventually(comes), "access is on its way"
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "leave"})
    await w.play.clear_faults()

    async def waits() -> bool:
        return await asks_again() == ["15"]

    assert await eventually(waits), "it waits for the person"
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "join"})
    await w.holds("Members")

    async def rests() -> bool:
        return await asks_again() == []

    assert await eventually(rests), "nothing more will change"


async def test_what_is_not_there_or_can_not_be_is_told_in_the_same_dress(w: World) -> None:
    for path in ("/nowhere", "/paid?checkout=chk_00000000000000000000", "/paid?checkout=%27%3B--", "/style/zz.css"):
        status, text, _ = await get(w, path)
        assert (status, "There is nothing here" in text) == (404, True), path
    status, text, _ = await get(w, "/cancelled", **{"Accept-Language": "de-AT"})
    assert (status, "Es wurde nichts abgebucht" in text) == (200, True)
    assert (await get(w, "/paid"))[0] == 200
    status, text, _ = await get(w, "/")
    assert (status, "Guestlist: paid memberships" in text) == (200, True)
    assert "Riverside" not in text  # whoever comes by learns of no community
    assert "bezahlte Mitgliedschaften" in (await get(w, "/", **{"Accept-Language": "de"}))[1]
    assert "Hier ist nichts" in (await get(w, "/nowhere", **{"Accept-Language": "de"}))[1]
    async with aiohttp.ClientSession(headers=HTML) as session:
        async with session.post(w.url + "/paid") as answer:
            assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
            assert "That doesn't work here" in html.unescape(await answer.text())
        async with session.post(w.url + "/webhooks/stripe", data="{}") as answer:
            assert (answer.status, "<html" in await answer.text()) == (400, False)
    async with aiohttp.ClientSession() as session, session.get(w.url + "/nowhere") as answer:
        assert await answer.text() == "404: Not Found"


async def test_a_dress_that_can_not_be_is_refused_and_nothing_is_stored(w: World) -> None:
    await w.plan()
    refused = await w.ada("settings", color="blueish", icon="📚")
    assert "“blueish” is not a colour I know" in refused.text
    assert "“ABC” doesn't fit in a small circle" in (await w.ada("settings", icon="ABC")).text
    assert "RB on `#3b5bdb`" in (await w.ada("settings")).text


async def test_whoever_holds_the_addresses_of_a_checkout_gets_no_old_price_and_no_old_news_by_them(w: World) -> None:
    await w.plan()
    old = checkout_link(await w.mia("subscribe", plan="Pro"))
    session = await session_of(w)
    paid, cancelled = path_of(w, session["success_url"]), path_of(w, session["cancel_url"])
    await w.ada("plan edit", plan="Pro", price="14.99")
    await w.quiet()

    async def ended() -> bool:
        return bool((await w.play.stripe("checkout.session"))[0]["status"] == "expired")

    assert await eventually(ended)
    await w.play.pay(old)
    assert await w.play.stripe("subscription") == []
    for path in (paid, cancelled):
        assert "/checkout/" not in (await get(w, path))[1], "no page leads to a link that is over"
    fresh = checkout_link(await w.mia("subscribe", plan="Pro"))
    assert fresh != old
    session = await session_of(w)
    paid = path_of(w, session["success_url"])
    await w.advance("24h")
    await w.play.pay(fresh)
    assert await w.play.stripe("subscription") == []
    assert "Pro" in await page(w, paid)
    await w.advance("49h")
    assert "Pro" not in await page(w, paid), "three days later it tells nobody anything"
