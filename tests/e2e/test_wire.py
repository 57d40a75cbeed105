"""The traffic of every end-to-end test is held against the published specifications (the fixture `w` does it)."""

from pathlib import Path

import pytest

from tests.e2e import wire
from tests.e2e.world import World


def test_the_checker_of_the_wire_is_here() -> None:
    if not wire.CHECKER.is_file():
        pytest.skip("../shared/tools/wire_check.py is absent: traffic is not held against the specifications")
    assert "HAR" in wire.CHECKER.read_text()


async def test_the_checker_finds_what_does_not_fit(
    w: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not wire.CHECKER.is_file():
        pytest.skip("../shared/tools/wire_check.py is absent")
    recording = tmp_path / "wrong.har"
    recording.write_text(
        '{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/v1/customers/cus_1"},'
        ' "response": {"status": 200, "content": {"text": "{}"}}}]}}'
    )
    assert "required, missing" in wire.findings(recording, capsys, monkeypatch)
