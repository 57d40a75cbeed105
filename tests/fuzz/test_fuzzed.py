"""Whatever comes to the listener, is typed or pressed gets a clear answer, and nothing is left half done.

A few hundred inputs stand here; `make fuzz` sends 10,000.
"""

import secrets
from pathlib import Path

from tests.fuzz.commands import fuzz_commands
from tests.fuzz.webhooks import fuzz

INPUTS = 300
TYPED = 120


async def test_whatever_comes_is_answered_and_nothing_is_half_done(store_url: str, tmp_path: Path) -> None:
    seed = secrets.token_hex(4)
    outcome = await fuzz(seed, range(INPUTS), store_url.replace("?busy_timeout_ms=100", ""), tmp_path)
    assert not outcome.wrong, (f"python -m tests.fuzz --seed {seed}", outcome.wrong)
    assert sum(outcome.answers.values()) == INPUTS


async def test_whatever_is_typed_or_pressed_is_answered(store_url: str, tmp_path: Path) -> None:
    seed = secrets.token_hex(4)
    outcome = await fuzz_commands(seed, TYPED, store_url.replace("?busy_timeout_ms=100", ""), tmp_path)
    assert not outcome.wrong, (f"python -m tests.fuzz --seed {seed}", outcome.wrong)
    assert outcome.answers["answered"] >= TYPED // 2
