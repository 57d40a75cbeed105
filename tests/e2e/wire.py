"""Holds recorded traffic against the published specifications, with the checker that lies beside the repository."""

import functools
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

CHECKER = Path(__file__).parents[3] / "shared" / "tools" / "wire_check.py"


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
    with monkeypatch.context() as patched:
        patched.setattr(sys, "argv", ["wire_check.py", str(recording)])
        capsys.readouterr()
        code = _checker().main()
        told = capsys.readouterr().out
    return told if code == 1 else ""
