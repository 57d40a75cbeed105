"""What refusals mean: one table, the same in the docs and in the texts."""

import re
from pathlib import Path

import pytest

from bot.texts.languages import CATALOGS
from payments.core.refusals import (
    PAUSE_MS_MAX,
    PAUSE_MS_MIN,
    PROBE_MS_MAX,
    PROBE_MS_MIN,
    RULES,
    Cause,
    Meaning,
    Scope,
    cause_of,
    pause_ms,
    probe_ms,
)

DOCS = (Path(__file__).parents[2] / "docs" / "refusals.md").read_text()
MEANS = {"waits": Meaning.WAIT, "an admin": Meaning.ADMIN, "the member": Meaning.MEMBER}
ROW = re.compile(r"^\| `(\w+)` \| (waits|an admin|the member) \| (place|target|member) \|", re.MULTILINE)


def test_every_cause_has_its_rule() -> None:
    assert set(RULES) == set(Cause)


def test_the_docs_have_the_same_table() -> None:
    said = {Cause(cause): (MEANS[means], Scope(scope)) for cause, means, scope in ROW.findall(DOCS)}
    assert said == {cause: (rule.meaning, rule.scope) for cause, rule in RULES.items()}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_cause_says_what_to_do(language: str) -> None:
    assert {f"fix.{cause}" for cause in Cause} <= set(CATALOGS[language])


def test_what_waits_is_told_after_an_hour_and_what_needs_an_admin_at_once() -> None:
    assert {rule.alarm_ms for rule in RULES.values() if rule.meaning is Meaning.WAIT} == {3_600_000}
    assert {rule.alarm_ms for rule in RULES.values() if rule.meaning is Meaning.ADMIN} == {0}


def test_a_cause_that_nobody_knows_is_waited_for() -> None:
    assert RULES[cause_of("something new")].meaning is Meaning.WAIT


def test_pauses_double_up_to_six_hours_and_stay_there() -> None:
    assert pause_ms(0) == PAUSE_MS_MIN
    assert pause_ms(60_000) == 60_000
    assert pause_ms(10**12) == PAUSE_MS_MAX == 6 * 3_600_000


def test_one_is_tried_every_few_minutes_however_long_it_stands() -> None:
    assert probe_ms(0) == PROBE_MS_MIN
    assert probe_ms(10**12) == PROBE_MS_MAX <= 600_000
