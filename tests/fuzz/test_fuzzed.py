"""Whatever comes to the listener, is typed or pressed gets a clear answer, and nothing is left half done.

A few hundred inputs stand here, the same each time; `make fuzz` sends 10,000, and draws new ones.
"""

from pathlib import Path

import pytest

from bot.commands.catalog import ACTIONS, COMMANDS
from tests.fuzz.commands import fuzz_commands
from tests.fuzz.oracle import needs
from tests.fuzz.telegram import fuzz_updates
from tests.fuzz.webhooks import fuzz
from tests.fuzz.who_may import fuzz_rights
from tests.fuzz.who_may_pages import fuzz_pages
from tests.fuzz.who_may_telegram import fuzz_rights_on_telegram

SEED = "1"
INPUTS = 300
TYPED = 120
UPDATES = 120
ACTS = 150
ASKED = 150


async def test_whatever_comes_is_answered_and_nothing_is_half_done(store_url: str, tmp_path: Path) -> None:
    outcome = await fuzz(SEED, range(INPUTS), store_url.replace("?busy_timeout_ms=100", ""), tmp_path)
    assert not outcome.wrong, (f"python -m tests.fuzz --seed {SEED}", outcome.wrong)
    assert sum(outcome.answers.values()) == INPUTS


async def test_whatever_is_typed_or_pressed_is_answered(store_url: str, tmp_path: Path) -> None:
    outcome = await fuzz_commands(SEED, TYPED, store_url.replace("?busy_timeout_ms=100", ""), tmp_path)
    assert not outcome.wrong, (f"python -m tests.fuzz --seed {SEED}", outcome.wrong)
    assert outcome.answers["answered"] >= TYPED // 2


async def test_nobody_gains_or_learns_what_is_not_theirs(store_url: str, tmp_path: Path) -> None:
    outcome = await fuzz_rights(SEED, ACTS, store_url.replace("?busy_timeout_ms=100", ""), tmp_path)
    assert not outcome.wrong, (f"python -m tests.fuzz --kind rights --seed {SEED}", outcome.wrong)
    assert min(outcome.answers["allowed"], outcome.answers["refused"]) > ACTS // 6


async def test_nobody_on_telegram_gains_or_learns_what_is_not_theirs(store_url: str, tmp_path: Path) -> None:
    outcome = await fuzz_rights_on_telegram(SEED, ACTS, store_url.replace("?busy_timeout_ms=100", ""), tmp_path)
    assert not outcome.wrong, (f"python -m tests.fuzz --kind rights-telegram --seed {SEED}", outcome.wrong)
    assert min(outcome.answers["allowed"], outcome.answers["refused"]) > ACTS // 6


async def test_no_page_tells_a_stranger_anything_or_changes_anything(store_url: str, tmp_path: Path) -> None:
    outcome = await fuzz_pages(SEED, ASKED, store_url.replace("?busy_timeout_ms=100", ""), tmp_path)
    assert not outcome.wrong, (f"python -m tests.fuzz --kind rights-pages --seed {SEED}", outcome.wrong)
    assert outcome.answers["200"] > ASKED // 6


def test_the_oracle_knows_which_commands_and_buttons_need_a_rank() -> None:
    ranks = {**{one.name: one.rank for one in COMMANDS}, **{one.name: one.rank for one in ACTIONS}}
    assert {name: needs(name) for name in ranks} == ranks


@pytest.mark.parametrize("way", ["webhook", "poll"])
async def test_whatever_telegram_might_send_is_handled_or_refused(store_url: str, tmp_path: Path, way: str) -> None:
    url = store_url.replace("?busy_timeout_ms=100", "")
    outcome = await fuzz_updates(SEED, range(UPDATES), url, tmp_path, webhook=way == "webhook")
    assert not outcome.wrong, (f"python -m tests.fuzz --kind telegram-{way} --seed {SEED}", outcome.wrong)
    assert outcome.states["done"] > UPDATES // 6
