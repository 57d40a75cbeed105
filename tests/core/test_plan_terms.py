"""The terms of a plan: what an admin may sell, and the reason when not."""

from dataclasses import replace

import pytest

from payments.core.calendar import Unit
from payments.core.catalog import PriceKind
from payments.core.ids import TargetId
from payments.core.plan_terms import PlanDraft, PlanProblem, Terms, check_draft
from payments.providers.stripe.limits import LIMITS

NOW = 1_800_000_000_000
DAY = 86_400_000
MONTHLY = Terms(PriceKind.RECURRING, 900, "usd", Unit.MONTH, 1)
DRAFT = PlanDraft("Pro", "All of it", MONTHLY, 7, 3 * DAY, (TargetId("tgt_1"),))


@pytest.mark.parametrize(
    "terms",
    [
        MONTHLY,
        replace(MONTHLY, unit=Unit.DAY, count=1095),
        replace(MONTHLY, unit=Unit.WEEK, count=156),
        replace(MONTHLY, count=36),
        replace(MONTHLY, unit=Unit.YEAR, count=3),
        Terms(PriceKind.FIXED_TIME, 900, "jpy", Unit.YEAR, 100),
        Terms(PriceKind.LIFETIME, 9900, "eur"),
        Terms(PriceKind.FIXED_DATE, 9900, "eur", until_at=NOW + 1),
    ],
)
def test_what_may_be_sold(terms: Terms) -> None:
    assert check_draft(replace(DRAFT, terms=terms, trial_days=0), NOW, LIMITS) is None


def test_the_draft_itself_is_fine() -> None:
    assert check_draft(DRAFT, NOW, LIMITS) is None
    assert (
        check_draft(replace(DRAFT, name="Größe & Co. (2026) – 日本", description="Two\nlines [here]"), NOW, LIMITS)
        is None
    )


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        (replace(MONTHLY, unit=Unit.DAY, count=1096), PlanProblem.INTERVAL_TOO_LONG),
        (replace(MONTHLY, unit=Unit.WEEK, count=157), PlanProblem.INTERVAL_TOO_LONG),
        (replace(MONTHLY, count=37), PlanProblem.INTERVAL_TOO_LONG),
        (replace(MONTHLY, unit=Unit.YEAR, count=4), PlanProblem.INTERVAL_TOO_LONG),
        (replace(MONTHLY, count=0), PlanProblem.INTERVAL_MISSING),
        (replace(MONTHLY, unit=None), PlanProblem.INTERVAL_MISSING),
        (Terms(PriceKind.FIXED_TIME, 900, "usd", Unit.YEAR, 101), PlanProblem.INTERVAL_TOO_LONG),
        (Terms(PriceKind.FIXED_TIME, 900, "usd"), PlanProblem.INTERVAL_MISSING),
        (Terms(PriceKind.LIFETIME, 900, "usd", Unit.DAY, 1), PlanProblem.INTERVAL_NOT_MEANT),
        (Terms(PriceKind.LIFETIME, 900, "usd", until_at=NOW + 1), PlanProblem.INTERVAL_NOT_MEANT),
        (Terms(PriceKind.FIXED_DATE, 900, "usd"), PlanProblem.DATE_MISSING),
        (Terms(PriceKind.FIXED_DATE, 900, "usd", until_at=NOW), PlanProblem.DATE_PAST),
        (replace(MONTHLY, amount=-1), PlanProblem.AMOUNT_NEGATIVE),
        (replace(MONTHLY, amount=49), PlanProblem.AMOUNT_BELOW_MINIMUM),
        (replace(MONTHLY, amount=100_000_000), PlanProblem.AMOUNT_TOO_LARGE),
        (replace(MONTHLY, amount=150, currency="isk"), PlanProblem.AMOUNT_DECIMALS),
        (replace(MONTHLY, currency="xyz"), PlanProblem.CURRENCY_UNKNOWN),
    ],
)
def test_terms_that_cannot_be_sold(terms: Terms, problem: PlanProblem) -> None:
    assert check_draft(replace(DRAFT, terms=terms, trial_days=0), NOW, LIMITS) is problem


@pytest.mark.parametrize(
    ("draft", "problem"),
    [
        (replace(DRAFT, name="  "), PlanProblem.NAME_EMPTY),
        (replace(DRAFT, name="x" * 81), PlanProblem.NAME_TOO_LONG),
        (replace(DRAFT, name="@Everyone"), PlanProblem.NAME_MARKUP),
        (replace(DRAFT, name="hi @here"), PlanProblem.NAME_MARKUP),
        (replace(DRAFT, name="**Pro**"), PlanProblem.NAME_MARKUP),
        (replace(DRAFT, name="<@123>"), PlanProblem.NAME_MARKUP),
        (replace(DRAFT, name="two\nlines"), PlanProblem.NAME_MARKUP),
        (replace(DRAFT, name="https://spam.example"), PlanProblem.NAME_MARKUP),
        (replace(DRAFT, name="\u202eorP"), PlanProblem.NAME_MARKUP),
        (replace(DRAFT, description="x" * 501), PlanProblem.DESCRIPTION_TOO_LONG),
        (replace(DRAFT, description="ask <@&5>"), PlanProblem.DESCRIPTION_MARKUP),
        (replace(DRAFT, trial_days=731), PlanProblem.TRIAL_RANGE),
        (replace(DRAFT, trial_days=-1), PlanProblem.TRIAL_RANGE),
        (replace(DRAFT, terms=Terms(PriceKind.LIFETIME, 900, "usd")), PlanProblem.TRIAL_NOT_RECURRING),
        (replace(DRAFT, grace_ms=-1), PlanProblem.GRACE_RANGE),
        (replace(DRAFT, grace_ms=61 * DAY), PlanProblem.GRACE_RANGE),
        (replace(DRAFT, targets=()), PlanProblem.NO_TARGET),
    ],
)
def test_a_draft_that_is_refused(draft: PlanDraft, problem: PlanProblem) -> None:
    assert check_draft(draft, NOW, LIMITS) is problem
