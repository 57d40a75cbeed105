"""That the measurements run and say something; never how fast, for machines are shared and noisy.

Not one of `make test`, for they take their minutes: `.ci/run` runs it by its name.
"""

import json
from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench.acks import CEILING, POSTGRES, SQLITE
from tests.bench.growth import OPERATIONS
from tests.bench.purchases import BAD_DAY, CALLS_MAX


def test_the_quick_form_of_the_acknowledgements_says_what_it_found_and_on_which_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "bench.json"
    monkeypatch.setattr("sys.argv", ["bench", "--quick", "--only", "acks", "--json", str(told)])
    assert bench.main() == 0
    report = json.loads(told.read_text())
    assert report["machine"].keys() >= {"processor", "cores", "system", "python", "sqlite", "postgresql", "fsync"}
    found = {figure["name"]: figure for figure in report["measurements"]["acks"]["figures"]}
    for name in (CEILING, SQLITE, POSTGRES):
        assert found[f"{name}, 64 connections"]["value"] > 0
    assert found[f"{SQLITE} / {CEILING}, 64 connections"]["goal"] == ">= 0.35"
    assert found["our webhooks that were not answered with 200"]["value"] == 0
    assert report["machine"]["processor"] in capsys.readouterr().out


def test_the_quick_form_of_purchases_and_settlements_says_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "bench.json"
    monkeypatch.setattr(
        "sys.argv", ["bench", "--quick", "--only", "purchases,stripe_slow,strangers,settling", "--json", str(told)]
    )
    assert bench.main() == 0
    measured = json.loads(told.read_text())["measurements"]
    found = {name: {figure["name"]: figure["value"] for figure in one["figures"]} for name, one in measured.items()}
    for name in ("purchases", "stripe_slow"):
        assert found[name]["webhook to role, p50 at 20/s"] > 0
        assert found[name]["calls of Stripe a purchase at 20/s"] > 0
    assert found["purchases"]["calls of Stripe a purchase at 10/s"] > 0
    assert 0 < found["purchases"][f"calls of Stripe a purchase at 10/s{BAD_DAY}"] <= CALLS_MAX
    for figure in ("purchase to role among strangers, p99", "memory grown, most", "log grown"):
        assert found["strangers"][figure] > 0
    for database in ("SQLite, one process", "PostgreSQL, one process", "PostgreSQL, two processes"):
        assert found["settling"][f"customers settled, {database}"] > 0


def test_the_quick_form_of_what_grows_says_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "bench.json"
    only = "starting,memory,nightly,growth"
    monkeypatch.setattr("sys.argv", ["bench", "--quick", "--only", only, "--json", str(told)])
    assert bench.main() == 0
    measured = json.loads(told.read_text())["measurements"]
    found = {figure["name"]: figure for one in measured.values() for figure in one["figures"]}
    assert found["ready, database new"]["value"] > 0
    assert found["resident, 2,000 members stored"]["value"] > 20
    assert found["growth between the two"]["goal"] == "<= 2 MiB"
    assert found["  calls of Stripe"]["met"] is True
    assert found["  calls, both together"]["met"] is True
    for engine in ("SQLite", "PostgreSQL"):
        assert all(found[f"{engine}: {name}"]["value"] > 0 for name in OPERATIONS)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--only", ","], "--only names no measurement"),
        (["--only", "acks,speed"], "there is no measurement 'speed'"),
        (["--only", "growth", "--peers"], "--peers is measured by acks"),
    ],
)
def test_what_measures_nothing_is_refused_with_what_to_say(
    given: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", *given])
    with pytest.raises(SystemExit) as refused:
        bench.main()
    assert refused.value.code == 2
    assert told in capsys.readouterr().err
