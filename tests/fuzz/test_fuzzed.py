"""Whatever comes to the listener gets one of the documented answers, and nothing is left half done.

A few hundred inputs stand here; `make fuzz` sends 10,000.
"""

import secrets
from pathlib import Path

from tests.fuzz.webhooks import fuzz

INPUTS = 300


async def test_whatever_comes_is_answered_and_nothing_is_half_done(store_url: str, tmp_path: Path) -> None:
    seed = secrets.token_hex(4)
    outcome = await fuzz(seed, range(INPUTS), store_url.replace("?busy_timeout_ms=100", ""), tmp_path)
    assert not outcome.wrong, (f"python -m tests.fuzz --seed {seed}", outcome.wrong)
    assert sum(outcome.answers.values()) == INPUTS
