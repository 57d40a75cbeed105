"""What the application's answers let a browser do; the pages themselves are tried end to end."""

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.web.metrics import Metrics
from bot.web.server import make_app

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("sandbox", [None, "http://127.0.0.1:1"])
async def test_only_the_demo_shows_the_pages_in_a_frame(sandbox: str | None) -> None:
    app = make_app(lambda _body, _signature: None, lambda: None, Metrics(), sandbox=sandbox)
    async with TestClient(TestServer(app)) as client:
        for path in ("/paid", "/cancelled", "/returned", "/nowhere"):
            answer = await client.get(path, headers=HTML)
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'"), path
            assert ("frame-ancestors 'none'" in policy) is (sandbox is None), path


async def test_a_static_file_is_what_its_type_says() -> None:
    app = make_app(lambda _body, _signature: None, lambda: None, Metrics())
    async with TestClient(TestServer(app)) as client:
        for path, status in (("/static/style.css", 200), ("/static/live.js", 200), ("/static/none.js", 404)):
            answer = await client.get(path)
            assert (answer.status, answer.headers["X-Content-Type-Options"]) == (status, "nosniff"), path
