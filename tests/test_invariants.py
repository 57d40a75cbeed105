"""The table of docs/invariants.md: every invariant has tests, and every test it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = re.findall(r"^\| (\d+) \| (.*)$", (ROOT / "docs/invariants.md").read_text(), re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def defined_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_all_of_them_have_tests() -> None:
    assert [int(number) for number, _ in ROWS] == [*range(1, 13), 14, 15, 18]
    assert all(NAMED.search(row) for _, row in ROWS)


@pytest.mark.parametrize(("path", "name"), sorted({found for _, row in ROWS for found in NAMED.findall(row)}))
def test_a_test_that_is_named_is_there(path: str, name: str) -> None:
    assert name in defined_in(path)
