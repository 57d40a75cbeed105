"""A browser and a demo for each test; without a browser the tests are skipped, and say so."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser import chromium, demo


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if chromium.path() is None:
        pytest.skip(chromium.MISSING)
    async with chromium.running() as running:
        yield running


@pytest.fixture
async def address(browser: Browser) -> AsyncIterator[str]:
    """The page of a demo that this test has for itself."""
    async with demo.running() as url:
        yield url
