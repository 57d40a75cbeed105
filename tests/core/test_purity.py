"""The core is pure, nobody but the clocks reads a clock (invariant 9), and money is whole (invariant 8)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "payments/core").glob("*.py"))
WITHOUT_A_CLOCK = sorted([*(ROOT / "payments").rglob("*.py"), *(ROOT / "storage").rglob("*.py")])
MAY_IMPORT = {"collections", "dataclasses", "datetime", "decimal", "enum", "json", "payments", "re", "types", "typing"}
CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"}
"""Calls that read a clock, but for those on an injected one."""
INJECTED = {"machine", "business", "clock", "_clock", "_machine"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", CORE, ids=named)
def test_the_core_needs_the_standard_library_only_and_waits_for_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert imported(tree) <= MAY_IMPORT
    waits = (ast.Await, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)
    assert not [node for node in ast.walk(tree) if isinstance(node, waits)]


@pytest.mark.parametrize("path", WITHOUT_A_CLOCK, ids=named)
def test_no_clock_is_read_that_was_not_injected(path: Path) -> None:
    read = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and not (set(ast.unparse(node.func.value).split(".")) & INJECTED)
    ]
    assert read == []


MONEY = sorted([*CORE, *(ROOT / "storage").glob("*.py"), ROOT / "payments/providers/stripe/facts.py"])


@pytest.mark.parametrize("path", MONEY, ids=named)
def test_money_never_becomes_a_float(path: Path) -> None:
    """Invariant 8: nothing that touches an amount divides, or knows floats at all."""
    floats = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and "__file__" not in ast.unparse(node))
    ]
    assert floats == []
