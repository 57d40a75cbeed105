"""Whatever comes to the listener, is typed or pressed gets a clear answer, and nothing is left half done.

A few hundred inputs stand here, the same each time; `make fuzz` sends 10,000, and draws new ones.
"""

from pathlib import Path

import pytest

from tests.fuzz.commands import fuzz_commands
from tests.fuzz.telegram import fuzz_updates
from tests.fuzz.webhooks import fuzz

SEED = "1"
INPUTS = 300
TYPED = 120
UPDATES = 120


async def test_whatever_comes_is_answered_and_nothing_is_half_done(store_url: str, tmp_path: Path) -> None:
    outcome = await fuzz(SEED, range(INPUTS), store_url.replace("?busy_timeout_ms=100", ""), tmp_path)
    assert not outcome.wrong, (f"python -m tests.fuzz --seed {SEED}", outcome.wrong)
    assert sum(outcome.answers.values()) == INPUTS


async def test_whatever_is_typed_or_pressed_is_answered(store_url: str, tmp_path: Path) -> None:
    outcome = await fuzz_commands(SEED, TYPED, store_url.replace("?busy_timeout_ms=100", ""), tmp_path)
    assert not outcome.wrong, (f"python -m tests.fuzz --seed {SEED}", outcome.wrong)
    assert outcome.answers["answered"] >= TYPED // 2


@pytest.mark.parametrize("way", ["webhook", "poll"])
async def test_whatever_telegram_might_send_is_handled_or_refused(store_url: str, tmp_path: Path, way: str) -> None:
    url = store_url.replace("?busy_timeout_ms=100", "")
    outcome = await fuzz_updates(SEED, range(UPDATES), url, tmp_path, webhook=way == "webhook")
    assert not outcome.wrong, (f"python -m tests.fuzz --kind telegram-{way} --seed {SEED}", outcome.wrong)
    assert outcome.states["done"] > UPDATES // 6
