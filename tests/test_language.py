"""English prose in the product reads as English: the worst habits, each with what to write instead."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.texts import DEFAULT

ROOT = Path(__file__).parents[1]
INSTEAD = {
    r"\bwhom\b": "who, or turn the sentence around",
    r"\banew\b": "again",
    r"\breckon(s|ed|ing)?\b": "compute, or count on",
    r"\bat the least\b": "at least",
    r"\bat the most\b": "at most",
    "[«»]": 'typographic or plain double quotes: “Pay” or "Pay"',
}
"""A habit, as a regular expression that ignores case, and what to write instead."""

PACKAGES = ("payments", "storage", "bot", "demo", "sandbox", "tests")
TEXTS = ROOT / "bot" / "texts"
OTHER_LANGUAGES = frozenset(folder for folder in TEXTS.iterdir() if folder.is_dir() and folder.name != DEFAULT)
DOCUMENTS = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
Line = tuple[int, str]


def prose_of_python(path: Path) -> Iterator[Line]:
    """Comments and docstrings; of the product also the texts in its code. A name, which has no space, is no prose."""
    source = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    tree = ast.parse(source)
    written = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or " " not in node.value:
            continue
        if id(node) in written or path.relative_to(ROOT).parts[0] != "tests":
            yield from enumerate(node.value.splitlines(), node.lineno)


def prose_of_document(path: Path) -> Iterator[Line]:
    """Every line of a document."""
    return enumerate(path.read_text(encoding="utf-8").splitlines(), 1)


def habits(path: Path, lines: Iterator[Line]) -> list[str]:
    """Where a file has such a habit, and what to write instead. What stands between backticks is code."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {found[0]!r}: write {instead}"
        for number, line in lines
        for habit, instead in INSTEAD.items()
        for found in re.finditer(habit, re.sub(r"`[^`]*`", "``", line), re.IGNORECASE)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_comments_docstrings_and_texts_read_as_english(package: str) -> None:
    files = [path for path in (ROOT / package).rglob("*.py") if OTHER_LANGUAGES.isdisjoint(path.parents)]
    assert [habit for path in files if path != Path(__file__) for habit in habits(path, prose_of_python(path))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_reads_as_english(document: Path) -> None:
    assert habits(document, prose_of_document(document)) == []


@pytest.mark.parametrize("habit", ["For whom", "Read anew", "He reckons so", "At the least", "at the most", "«Pay»"])
def test_a_habit_is_found_with_its_line_and_what_to_write_instead(habit: str) -> None:
    assert habits(ROOT / "a.md", iter([(7, habit)]))[0].startswith("a.md:7: ")


def test_code_between_backticks_and_names_are_no_prose() -> None:
    assert habits(ROOT / "a.md", iter([(1, "`whom`: the person it is about")])) == []
