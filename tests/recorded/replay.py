"""Plays what was recorded at a real Stripe account, with the table and the player that lie beside the repository."""

import importlib.util
import json
from contextlib import closing
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parents[3] / "shared" / "tools" / "recorded"
KEY = "sk_test_recorded"
MOMENT_SECONDS = 2


@cache
def scenarios() -> dict[str, list[dict[str, Any]]]:
    """The steps of each recorded scenario; none where the folder is absent."""
    table = FOLDER / "steps.json"
    if not table.is_file():
        return {}
    return {each["name"]: each["steps"] for each in json.loads(table.read_text())["scenarios"]}


@cache
def _player() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recorded_replay", FOLDER / "replay.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def differing(url: str, name: str) -> dict[int, str]:
    """The steps of a scenario that a server answers otherwise than Stripe did, each with what differs."""
    player = _player()
    server = player.Server(url, KEY, None)
    with closing(server._connection):
        run = player.Run(server)
        return {step["n"]: told for step in scenarios()[name] if (told := _difference(run, step))}


def _difference(run: Any, step: dict[str, Any]) -> str | None:
    """What differs. What Stripe does a moment later is asked again a moment later, by the server's clock."""
    verdict, found = run.play({**step, "retry_s": 0})
    if verdict == "wrong" and "retry_s" in step:
        run.play({"clock": {"advance_seconds": MOMENT_SECONDS}})
        verdict, found = run.play({**step, "retry_s": 0})
    return None if verdict == "right" else f"{verdict}: " + "; ".join(f"{where}: {what}" for where, what in found)
