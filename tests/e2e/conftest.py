"""The end-to-end tests: the real clients over real HTTP and WebSocket, against the sandbox."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e import wire
from tests.e2e.telegram import Salon, salon
from tests.e2e.world import World, world


@pytest.fixture
async def w(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[World]:
    """A fresh community. All its traffic is recorded, and held against the specifications at the end."""
    if request.node.get_closest_marker("off_spec") or not wire.CHECKER.is_file():
        async with world(tmp_path) as made:
            yield made
        return
    recording = tmp_path / "traffic.har"
    async with world(tmp_path, har=recording) as made:
        yield made
    assert wire.findings(recording, capsys, monkeypatch) == ""


@pytest.fixture
async def club(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Salon]:
    """A fresh community on both platforms, its traffic held against the specifications at the end."""
    recording = tmp_path / "traffic.har"
    async with salon(tmp_path, har=recording) as made:
        yield made
    if wire.CHECKER.is_file():
        assert wire.findings(recording, capsys, monkeypatch) == ""
