"""What probes ask is made once a second, however many ask."""

import asyncio
from collections.abc import Iterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web import operations
from bot.web.operations import Answer, Kept


async def test_a_page_is_made_once_for_all_who_ask_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0

    async def make() -> Answer:
        nonlocal made
        made += 1
        await asyncio.sleep(0.05)
        return Answer(503, b"%d" % made, "text/plain")

    app = web.Application()
    app.router.add_get("/", Kept(make).get)
    async with TestClient(TestServer(app)) as client:

        async def ask() -> tuple[int, str]:
            answer = await client.get("/")
            return answer.status, await answer.text()

        monkeypatch.setattr(operations, "KEPT_SECONDS", 3600.0)
        assert set(await asyncio.gather(*(ask() for _ in range(50)))) == {(503, "1")}
        assert await ask() == (503, "1")
        monkeypatch.setattr(operations, "KEPT_SECONDS", 0.0)
        assert await ask() == (503, "2")


async def test_a_page_that_can_not_be_made_is_made_for_the_next_who_asks() -> None:
    answers: Iterator[Answer | OSError] = iter([OSError("gone"), Answer(200, b"here", "text/plain")])

    async def make() -> Answer:
        found = next(answers)
        if isinstance(found, OSError):
            raise found
        return found

    page = Kept(make)
    with pytest.raises(OSError, match="gone"):
        await page.get(None)  # type: ignore[arg-type]  # it looks at no request
    assert (await page.get(None)).body == b"here"  # type: ignore[arg-type]
