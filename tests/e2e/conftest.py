"""The end-to-end tests: the real clients over real HTTP and WebSocket, against the sandbox."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.world import World, world


@pytest.fixture
async def w(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A fresh community; its traffic is recorded where the run asks for it."""
    async with world(tmp_path, har=_recording(request)) as made:
        yield made


def _recording(request: pytest.FixtureRequest) -> Path | None:
    folder: str | None = request.config.getoption("--har-dir")
    if folder is None:
        return None
    return Path(folder) / (request.node.nodeid.replace("/", "-").replace("::", "--")[-120:] + ".har")
