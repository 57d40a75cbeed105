"""The audit keeps kinds with parameters and no sentences: what a person reads is worded in their language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from bot.texts import act_text, is_act, log_text
from bot.texts.languages import CATALOGS
from payments.core.audit import NEEDS, AuditKind
from payments.core.changes import Changes, facts, load
from payments.flows.runtime.audit import record_audit
from payments.ports.stores import AuditEntry
from storage.rows import row_type
from storage.statements import select
from storage.store import SqlStore
from tests.frozen.history import play

_ROWS = row_type(AuditEntry)
ROOT = Path(__file__).parents[3]
GIVEN = {"actor", "member", "why", "platform"}
"""What sentences may name besides the parameters that their kind needs: it may be empty, or comes from the entry."""


def sentences_of(kind: AuditKind) -> list[str]:
    """The keys of the texts that tell of a kind."""
    return [key for key in (f"audit.act.{kind}", f"log.{kind}", f"log.target.{kind}") if key in CATALOGS["en"]]


@pytest.mark.parametrize("language", sorted(CATALOGS))
@pytest.mark.parametrize("kind", AuditKind)
def test_every_kind_has_a_sentence_in_every_language_with_what_it_needs(kind: AuditKind, language: str) -> None:
    assert sentences_of(kind)
    for key in sentences_of(kind):
        text = CATALOGS[language][key]
        named = {name for _, name, _, _ in Formatter().parse(str(text)) if name}
        assert named <= NEEDS[kind] | GIVEN | ({"target"} if "log.target" in key else set()), key


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Where one of these functions is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if called in names:
                yield node


def sources(folder: str) -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_no_text_of_ours_is_stored_with_an_entry() -> None:
    written = 0
    for folder in ("payments", "bot", "storage"):
        for path, tree in sources(folder):
            for call in calls(tree, "facts", "same", "record_audit", "record_act", "audit", "_audit"):
                written += 1
                for node in ast.walk(call):
                    assert not isinstance(node, ast.JoinedStr) or any(
                        keyword.arg == "key" and node in ast.walk(keyword.value) for keyword in call.keywords
                    ), f"{path}:{node.lineno}"
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        assert " " not in node.value, f"{path}:{node.lineno}: {node.value}"
    assert written > 50


def test_entries_are_made_in_two_places_which_store_no_text_of_their_own() -> None:
    made = {
        path.relative_to(ROOT).as_posix(): {keyword.arg for keyword in call.keywords}
        for folder in ("payments", "bot", "storage")
        for path, tree in sources(folder)
        for call in calls(tree, "AuditEntry")
    }
    assert set(made) == {"payments/flows/runtime/audit.py", "payments/flows/messages.py"}
    assert all("detail" not in given and "changes" in given for given in made.values())


def test_every_kind_is_written_by_some_flow() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path, _ in sources("payments/flows"))
    assert [kind for kind in AuditKind if f"AuditKind.{kind.name}" not in code] == []


def told(locale: str, row: AuditEntry, params: Changes) -> str:
    """As `/audit` or `/member` tells it."""
    if row.target_id is None and is_act(row.action):
        return act_text(locale, row.action, params, {}, actor=row.actor, person=row.person_id)
    target = None if row.target_id is None else "VIP"
    return log_text(locale, row.action, params, {}, target=target, detail=row.detail) or ""


async def test_what_a_month_writes_is_kinds_with_parameters_told_in_every_language(store: SqlStore) -> None:
    await play(store)
    async with store._database.transaction() as tx:
        rows = _ROWS.all(await tx.fetch(select("audit", _ROWS.columns)))
    assert len({row.action for row in rows}) > 20
    for row in rows:
        params = load(row.changes or "")
        assert row.detail == ""
        assert params.keys() >= NEEDS[AuditKind(row.action)]
        said = {language: told(language, row, params) for language in CATALOGS}
        assert all(said.values())
        assert said["de"] != said["en"]


async def test_an_entry_without_what_its_sentences_name_is_not_written(store: SqlStore) -> None:
    async with store.transaction() as tx:
        with pytest.raises(AssertionError, match="wanted can't be told without reason"):
            await record_audit(tx, 1, AuditKind.WANTED, facts(target="VIP"))
