"""The table of docs/promises.md: what reads like a promise about money or access stands there, with what holds it."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from bot.texts import CATALOGS
from tests.test_invariants import NAMED, defined_in

ROOT = Path(__file__).parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/promises.md").read_text().splitlines()
    if line.startswith("| `")
]
KEYS = [key for row in ROWS for key in re.findall(r"`([\w.]+\*?)`", row[0])]
CHAPTERS = set(re.findall(r'\bthen\("([^"]+)"', (ROOT / "tests/crash/story.py").read_text()))

PROMISES = re.compile(
    r"nothing (?:more |was |is )*charged|charged (?:again|after|twice)|you keep|keeps? (?:access|what|it|\*\*)"
    r"|yours until|still counts|withdrawn|nothing to pay|get(?:s)? (?:it|access) back|counts again|access is back"
    r"|goes on|continues|ends (?:on|now|with)|gives no access|will be (?:refunded|yours)|you get|works until",
    re.IGNORECASE,
)
"""How texts speak of what will be so with money or access."""

TOLD_BEFORE = ("command.", "option.", "choice.", "label.", "audit.", "log.")
"""Descriptions of commands and choices, and what was done: they promise nothing of their own."""

NO_PROMISE = {"privacy.text"}
"""What is stored, and for how long: held by itself."""


def sentences(key: str) -> str:
    text = CATALOGS["en"][key]
    return text if isinstance(text, str) else "\n".join(text.values())


@pytest.mark.parametrize("key", sorted(CATALOGS["en"]))
def test_what_reads_like_a_promise_has_a_row(key: str) -> None:
    if key in NO_PROMISE or key.startswith(TOLD_BEFORE) or not PROMISES.search(sentences(key)):
        return
    assert any(fnmatch(key, known) for known in KEYS), sentences(key)


@pytest.mark.parametrize("known", KEYS)
def test_every_text_that_is_named_is_there(known: str) -> None:
    assert any(fnmatch(key, known) for key in CATALOGS["en"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_what_holds_a_promise_is_there_also_through_a_death(row: list[str]) -> None:
    _, _, held, through = row
    assert NAMED.search(held)
    chapters = re.findall(r"`([\w ]+)`", NAMED.sub("", through))
    assert chapters or NAMED.search(through)
    assert set(chapters) <= CHAPTERS
    for path, name in NAMED.findall(held + through):
        assert name in defined_in(path), (path, name)
