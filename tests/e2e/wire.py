"""Holds recorded traffic against the published specifications, with the checker that lies beside the repository."""

import functools
import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CHECKER = Path(__file__).parents[3] / "shared" / "tools" / "wire_check.py"

_DETAIL = re.compile(r"\b[a-z][a-z_]*_[A-Za-z0-9]{8,}|\d+")
"""Ids and numbers: what differs between two messages that a specification can't tell apart."""

_sound: set[str] = set()
"""The forms of messages in which nothing was found: each is held against the specifications once a process."""


@functools.lru_cache(maxsize=1)
def _checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wire_check", CHECKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["wire_check"] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    for name in ("OpenApi", "Telegram"):  # the specifications are large: read them once a process
        setattr(module, name, functools.cache(getattr(module, name)))
    return module


def findings(recording: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What the checker finds in a recording; empty when nothing."""
    entries = {_form(entry): entry for entry in json.loads(recording.read_text())["log"]["entries"]}
    fresh = entries.keys() - _sound
    left = recording.with_suffix(".fresh.har")
    left.write_text(json.dumps({"log": {"entries": [entries[form] for form in fresh]}}))
    with monkeypatch.context() as patched:
        patched.setattr(sys, "argv", ["wire_check.py", str(left)])
        capsys.readouterr()
        code = _checker().main()
        told = capsys.readouterr().out
    if code == 1:
        return told
    _sound.update(fresh)
    return ""


def _form(entry: dict[str, Any]) -> str:
    """A message without its ids and numbers: what the checker reads of it, see `entries` there."""
    asked, answer = entry["request"], entry["response"]
    said = [asked["method"], asked["url"], asked.get("postData"), answer["status"], answer.get("content")]
    kind = [header for header in asked.get("headers", []) if header["name"].lower() == "content-type"]
    return f"{answer['status']} {_DETAIL.sub('0', json.dumps([*said, kind]))}"
