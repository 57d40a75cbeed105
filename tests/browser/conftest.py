"""One browser for a process, and a demo for each test; without a browser the tests are skipped, and say so."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser import chromium, demo


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser outlives a test, so all of them run in the loop in which it was started."""
    for item in items:
        if item.nodeid.startswith("tests/browser/"):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if chromium.path() is None:
        pytest.skip(chromium.MISSING)
    async with chromium.running() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def address(browser: Browser) -> AsyncIterator[str]:
    """The page of a demo that this test has for itself."""
    async with demo.running() as url:
        yield url
