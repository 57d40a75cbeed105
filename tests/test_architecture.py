"""docs/architecture.md and docs/performance.md name files, folders and functions: each of them is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXTS = [(ROOT / f"docs/{page}.md").read_text() for page in ("architecture", "performance")]
NAMED, MEASURED = (
    set(re.findall(r"`((?:bot|demo|payments|storage|sandbox|tests)/[\w/.]*)(?::([\w.]+))?`", text)) for text in TEXTS
)
LINKED = sorted(set(re.findall(r"\]\(([\w/.-]+)", "".join(TEXTS))))


def names_of(body: list[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """What a module or a class defines, with what stands in it."""
    found: dict[str, list[ast.stmt]] = {}
    for node in body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                found[node.name] = node.body
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = []
            case _:
                pass
    return found


@cache
def body_of(path: str) -> list[ast.stmt]:
    return ast.parse((ROOT / path).read_text()).body


def test_the_pages_name_the_stations_and_what_was_measured() -> None:
    assert len(NAMED) > 80
    assert len(MEASURED) > 30


@pytest.mark.parametrize(("path", "name"), sorted(NAMED | MEASURED))
def test_what_is_named_is_there(path: str, name: str) -> None:
    assert (ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file()
    if name:
        body = body_of(path)
        for part in name.split("."):
            assert part in names_of(body), f"{path} has no {name}"
            body = names_of(body)[part]


@pytest.mark.parametrize("link", LINKED)
def test_what_is_linked_is_there(link: str) -> None:
    assert (ROOT / "docs" / link).exists()
