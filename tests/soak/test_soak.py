"""The state machine in small: 125 steps, two communities side by side; `make soak STEPS=n` for any number.

The seed stands fixed, so that a failure is the change's and not the day's. `make soak` draws new ones, and tells them.
"""

import ast
import itertools
from pathlib import Path

import pytest

from tests.soak.machine import Wrong, run
from tests.soak.steps import ACTS, draw

SEED = 1
STEPS = 125
PURE = ("oracle", "roles", "chats", "bonds", "diary", "cast")


async def test_whatever_happens_the_door_and_the_money_are_right_after_each_quiet_period(tmp_path: Path) -> None:
    report = await run(STEPS, SEED, tmp_path)
    print(f"seed {report.seed}: {report.quiets} quiet periods, killed {report.kills} times, met {report.thrown}")
    assert report.steps == STEPS
    assert report.kills > 0


async def test_a_service_that_ignores_refunds_is_found(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match=r"(?s)seed 87, after .* must be out and holds .* again: python -m tests.soak"):
        await run(60, 87, tmp_path, broken="refunds_ignored")


def test_a_seed_alone_gives_the_steps() -> None:
    first, again = ([group for group, _ in zip(draw(5), range(400), strict=False)] for _ in range(2))
    assert first == again
    kinds = {step.kind for group in itertools.chain(first) for step in group}
    assert kinds == set(ACTS), "four thousand steps hold each kind"


@pytest.mark.parametrize("module", PURE)
def test_the_oracle_shares_no_code_with_the_product(module: str) -> None:
    source = (Path(__file__).parent / f"{module}.py").read_text()
    imported = [
        name
        for node in ast.walk(ast.parse(source))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    ]
    ours = {f"tests.soak.{name}" for name in PURE} | {"tests.soak"}
    allowed = {"collections", "collections.abc", "dataclasses", "enum", "typing"} | ours
    assert set(imported) <= allowed
