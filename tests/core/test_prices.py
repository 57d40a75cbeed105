"""A plan's prices: which are the same way to pay, in which order they are shown, and what a year saves."""

from dataclasses import replace

import pytest

from payments.core.calendar import Unit
from payments.core.catalog import Price, PriceKind, PriceState, in_order, way_of, yearly_saving
from payments.core.ids import AccountId, PlanId, PriceId

MONTH = Price(
    id=PriceId("prc_month"),
    plan_id=PlanId("pln_1"),
    account_id=AccountId("acct_1"),
    kind=PriceKind.RECURRING,
    unit_amount=1000,
    currency="usd",
    unit=Unit.MONTH,
    count=1,
    until_at=None,
    state=PriceState.ACTIVE,
    provider_product_id="prod_1",
    provider_price_id="price_1",
    created_at=0,
)
YEAR = replace(MONTH, id=PriceId("prc_year"), unit_amount=10_000, unit=Unit.YEAR)
FOR_GOOD = replace(MONTH, id=PriceId("prc_good"), kind=PriceKind.LIFETIME, unit=None, count=None)


@pytest.mark.parametrize(
    ("year", "percent"),
    [(10_000, 16), (6_000, 50), (11_880, 1), (11_881, 0), (12_000, 0), (12_001, 0), (0, 100)],
)
def test_a_years_saving_is_in_whole_percent_rounded_down_and_never_negative(year: int, percent: int) -> None:
    assert yearly_saving(replace(YEAR, unit_amount=year), [MONTH, YEAR]) == percent


@pytest.mark.parametrize(
    "others",
    [
        [],
        [replace(MONTH, currency="eur")],
        [replace(MONTH, unit=Unit.WEEK)],
        [replace(MONTH, count=3)],
        [replace(MONTH, kind=PriceKind.FIXED_TIME)],
        [FOR_GOOD],
    ],
)
def test_nothing_is_said_where_twelve_months_are_not_a_year_exactly(others: list[Price]) -> None:
    assert yearly_saving(YEAR, [*others, YEAR]) == 0


def test_twelve_months_are_a_year_and_other_prices_save_nothing() -> None:
    assert yearly_saving(replace(MONTH, unit_amount=9_000, count=12), [MONTH]) == 25
    assert yearly_saving(replace(YEAR, kind=PriceKind.FIXED_TIME), [MONTH]) == 0
    assert yearly_saving(replace(YEAR, count=2), [MONTH]) == 0
    assert yearly_saving(MONTH, [MONTH]) == 0


def test_prices_are_shown_by_currency_what_renews_first_and_the_shorter_before_the_longer() -> None:
    euros = replace(YEAR, id=PriceId("prc_eur"), currency="eur")
    quarter = replace(MONTH, id=PriceId("prc_quarter"), count=3)
    assert in_order([FOR_GOOD, YEAR, quarter, MONTH, euros]) == (euros, MONTH, quarter, YEAR, FOR_GOOD)


def test_the_amount_makes_no_other_way_to_pay_and_the_last_day_does() -> None:
    assert way_of(replace(MONTH, id=PriceId("prc_x"), unit_amount=1, state=PriceState.PENDING)) == way_of(MONTH)
    june, july = (replace(FOR_GOOD, kind=PriceKind.FIXED_DATE, until_at=day) for day in (1, 2))
    assert len({way_of(price) for price in (june, july, FOR_GOOD, MONTH, YEAR)}) == 5


def test_a_price_is_over_with_its_last_moment() -> None:
    dated = replace(FOR_GOOD, kind=PriceKind.FIXED_DATE, until_at=5)
    assert (dated.over(4), dated.over(5), MONTH.over(9)) == (False, True, False)
