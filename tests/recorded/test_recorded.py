"""The sandbox answers as Stripe did, step by step, but for what `tests/recorded/left.py` lists."""

import asyncio
import re
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from sandbox.server import Sandbox
from tests.recorded import replay
from tests.recorded.left import LEFT, Why, steps_left

DOCS = Path(__file__).parents[2] / "docs" / "sandbox.md"


def test_the_recorded_facts_are_here() -> None:
    if not replay.scenarios():
        pytest.skip("../shared/tools/recorded is absent: the sandbox is not held against what Stripe answered")
    assert LEFT.keys() <= replay.scenarios().keys()


@pytest.mark.parametrize("name", sorted(replay.scenarios()))
async def test_the_sandbox_answers_as_stripe_did(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its time moves by its control alone, so that a machine with a lot to do makes no moment later than it was.
    monkeypatch.setattr("sandbox.clock.time", SimpleNamespace(time=partial(float, round(time.time()))))
    left = steps_left(name)
    async with Sandbox.running() as sandbox:
        found = await asyncio.to_thread(replay.differing, sandbox.url, name)
    wrong = [f"step {n} {what}" for n, what in found.items() if n not in left]
    assert not wrong, "\n".join([f"{name}: the sandbox no longer answers as Stripe did", *wrong])
    right = sorted(left - found.keys())
    assert not right, f"{name}: these steps are right now, so take them out of tests/recorded/left.py: {right}"


def test_the_docs_list_what_is_left() -> None:
    _, _, section = DOCS.read_text().partition("## Where it differs from Stripe")
    listed = re.findall(r"^\| (.+?) \|", section.partition("\n## ")[0], re.MULTILINE)[2:]
    assert sorted(listed) == sorted(why.value for why in Why)
    assert {why for reasons in LEFT.values() for why in reasons} == set(Why)
