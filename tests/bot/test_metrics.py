"""What `/metrics` tells, and that docs/metrics.md tells the same."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.web.metrics import Metrics
from payments.core.access import EffectState
from payments.core.community import Platform
from payments.flows.access.outcomes import Delivery
from payments.ports.stores import Drift, Figures
from payments.rate_limit import LimiterCounts

NOW = 1_780_000_000_000
YEAR_MS = 365 * 86_400_000
DOC = (Path(__file__).parents[2] / "docs/metrics.md").read_text()
ROWS = {
    name: (kind, set(re.findall(r"`(\w+)`", labels)))
    for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|", DOC, re.MULTILINE)
}
NOTHING = Figures(counts={"effects_open": 0}, oldest={}, drift=[])


def told(metrics: Metrics, figures: Figures | None = NOTHING, *, door: bool = True) -> dict[str, float]:
    """Every sample by its name and labels."""
    text = metrics.render(figures, machine_now=NOW, business_now=NOW + YEAR_MS, door=door).decode()
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def one_of_everything() -> Metrics:
    metrics = Metrics()
    metrics.limiters["stripe"] = LimiterCounts(calls=9, waited=2, waited_ms=1_500, refused=1, pauses=3)
    metrics.limiters["stripe"].ended.update({"ok": 7, "unavailable": 2})
    metrics.webhooks.labels("stored").inc()
    metrics.work.labels("effects", "granted").inc()
    metrics.connection_ended("head")
    return metrics


def test_the_document_and_the_answer_name_the_same_metrics() -> None:
    text = one_of_everything().render(NOTHING, machine_now=NOW, business_now=NOW, door=True).decode()
    types = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    said = {name: kind for name, kind in types.items() if not name.endswith("_created")}
    assert said == {name: kind for name, (kind, _) in ROWS.items()}
    for name, (_, labels) in ROWS.items():
        samples = re.findall(rf"^{name}(?:_bucket|_sum)?(?:{{(.*?)}})? ", text, re.MULTILINE)
        assert samples, name
        for found in samples:
            assert set(re.findall(r'(\w+)="', found)) - {"le"} == labels, name


def test_every_metric_of_the_alerts_is_there() -> None:
    assert set(re.findall(r"guestlist_\w+", DOC)) <= ROWS.keys()


def test_who_paid_and_is_not_in_is_told_by_platform_and_by_what_is_done_about_it() -> None:
    drift = [
        Drift(Platform.DISCORD, True, EffectState.OPEN, 2),
        Drift(Platform.DISCORD, True, EffectState.WAITING, 5),
        Drift(Platform.TELEGRAM, False, EffectState.BLOCKED, 1),
    ]
    samples = told(Metrics(), Figures(counts={}, oldest={}, drift=drift))
    assert samples["guestlist_paid_without_access platform=discord state=open"] == 2
    assert samples["guestlist_paid_without_access platform=discord state=waiting"] == 5
    assert samples["guestlist_paid_without_access platform=telegram state=dead"] == 0, "nobody is told too"
    assert samples["guestlist_access_without_pay platform=telegram state=blocked"] == 1
    assert samples["guestlist_access_without_pay platform=discord state=open"] == 0


def test_what_is_made_right_is_not_told_any_more() -> None:
    metrics = Metrics()
    stuck = [Drift(Platform.DISCORD, True, EffectState.DONE, 1)]
    assert told(metrics, Figures({}, {}, stuck))["guestlist_paid_without_access platform=discord state=done"] == 1
    assert "guestlist_paid_without_access platform=discord state=done" not in told(metrics)


def test_the_age_of_the_oldest_work_is_told_by_the_clock_that_it_carries() -> None:
    figures = Figures(
        counts={"effects_open": 3, "events_unresolved": 1, "notices_open": 0},
        oldest={"effects": NOW - 4_000, "events": NOW + YEAR_MS - 7_000},
        drift=[],
    )
    samples = told(Metrics(), figures)
    assert samples["guestlist_oldest_work_seconds queue=effects"] == 4
    assert samples["guestlist_oldest_work_seconds queue=events"] == 7
    assert samples["guestlist_oldest_work_seconds queue=notices"] == 0
    assert samples["guestlist_backlog queue=effects state=open"] == 3


def test_a_database_that_is_away_tells_no_old_figures() -> None:
    metrics = Metrics()
    assert told(metrics)["guestlist_database_up"] == 1
    samples = told(metrics, None, door=False)
    assert samples["guestlist_database_up"] == 0
    assert samples["guestlist_door"] == 0
    assert not any(name.startswith(("guestlist_backlog", "guestlist_paid", "guestlist_access")) for name in samples)


@pytest.mark.parametrize(
    ("outcome", "name"), [(Delivery.GRANTED, "guestlist_grant_seconds"), (Delivery.REVOKED, "guestlist_revoke_seconds")]
)
def test_how_long_it_took_from_hearing_to_having_made_it_so(outcome: Delivery, name: str) -> None:
    metrics = Metrics()
    metrics.delivered(outcome, NOW - 3_000, NOW)
    metrics.delivered(outcome, NOW + 20, NOW)  # the database's clock is a little ahead
    metrics.delivered(outcome, None, NOW)  # opened again for another reason
    metrics.delivered(Delivery.BUSY, NOW - 9_000, NOW)
    samples = told(metrics)
    assert samples[f"{name}_count"] == 2
    assert samples[f"{name}_sum"] == 3
    assert samples[f"{name}_bucket le=2.5"] == 1


def test_calls_are_counted_by_how_they_ended() -> None:
    samples = told(one_of_everything())
    assert samples["guestlist_calls_total outcome=ok service=stripe"] == 7
    assert samples["guestlist_calls_total outcome=unavailable service=stripe"] == 2
    assert samples["guestlist_calls_total outcome=refused service=stripe"] == 0
    assert samples["guestlist_call_wait_seconds_total service=stripe"] == 1.5
    assert samples["guestlist_call_pauses_total service=stripe"] == 3
