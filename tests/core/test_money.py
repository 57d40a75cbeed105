"""Money: what a person types becomes whole minor units, or a clear reason why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.core.money import (
    THREE_DECIMAL,
    WHOLE_AS_HUNDREDTHS,
    AmountProblem,
    AmountRefused,
    check_amount,
    decimals,
    exponent,
    parse_amount,
    parse_currency,
)
from payments.providers.stripe.limits import LIMITS

AMOUNT_MAX = 99_999_999


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("9.99", "usd", 999),
        ("9,99", "eur", 999),
        (" 10 ", "usd", 1000),
        ("10.5", "usd", 1050),
        ("0.50", "usd", 50),
        ("500", "jpy", 500),
        ("500.0", "jpy", 500),
        ("1000", "isk", 100_000),
        ("5000", "ugx", 500_000),
        ("5.12", "kwd", 5120),
        ("5.120", "kwd", 5120),
        ("999999.99", "usd", 99_999_999),
        ("99999999", "krw", 99_999_999),
        ("+3", "usd", 300),
    ],
)
def test_what_is_typed_becomes_minor_units(typed: str, currency: str, minor: int) -> None:
    assert parse_amount(typed, currency, LIMITS) == minor


@pytest.mark.parametrize(
    ("typed", "currency", "problem"),
    [
        ("-5", "usd", AmountProblem.NEGATIVE),
        ("9.9999", "usd", AmountProblem.TOO_MANY_DECIMALS),
        ("0.5", "jpy", AmountProblem.TOO_MANY_DECIMALS),
        ("100.5", "isk", AmountProblem.TOO_MANY_DECIMALS),
        ("5.123", "kwd", AmountProblem.TOO_MANY_DECIMALS),
        ("1000000", "usd", AmountProblem.TOO_LARGE),
        ("9" * 5000, "usd", AmountProblem.TOO_LARGE),
        ("0.49", "usd", AmountProblem.BELOW_MINIMUM),
        ("0", "usd", AmountProblem.BELOW_MINIMUM),
        ("-0", "usd", AmountProblem.BELOW_MINIMUM),
        ("0", "uyu", AmountProblem.BELOW_MINIMUM),
        ("5", "xyz", AmountProblem.UNKNOWN_CURRENCY),
        ("five", "usd", AmountProblem.NOT_A_NUMBER),
        ("", "usd", AmountProblem.NOT_A_NUMBER),
        ("1.000,50", "usd", AmountProblem.NOT_A_NUMBER),
        ("1.000", "eur", AmountProblem.NOT_A_NUMBER),
        ("100,000", "jpy", AmountProblem.NOT_A_NUMBER),
        ("1e3", "usd", AmountProblem.NOT_A_NUMBER),
        ("٣", "usd", AmountProblem.NOT_A_NUMBER),
        (".5", "usd", AmountProblem.NOT_A_NUMBER),
        ("5.", "usd", AmountProblem.NOT_A_NUMBER),
        ("$5", "usd", AmountProblem.NOT_A_NUMBER),
    ],
)
def test_what_cannot_be_charged_is_refused_with_its_reason(typed: str, currency: str, problem: AmountProblem) -> None:
    refused = parse_amount(typed, currency, LIMITS)
    assert isinstance(refused, AmountRefused)
    assert refused.problem is problem


def test_the_bound_that_is_broken_is_named() -> None:
    assert parse_amount("0.10", "gbp", LIMITS) == AmountRefused(AmountProblem.BELOW_MINIMUM, 30)
    assert parse_amount("12345678", "usd", LIMITS) == AmountRefused(AmountProblem.TOO_LARGE, AMOUNT_MAX)


@pytest.mark.parametrize("currency", sorted(LIMITS.currencies))
def test_the_maximum_that_is_named_can_be_charged(currency: str) -> None:
    refused = parse_amount("9" * 10, currency, LIMITS)
    assert isinstance(refused, AmountRefused)
    assert refused.limit is not None
    assert check_amount(refused.limit, currency, LIMITS) == refused.limit
    assert check_amount(refused.limit + LIMITS.currencies[currency].step, currency, LIMITS) == AmountRefused(
        AmountProblem.TOO_LARGE, refused.limit
    )


@pytest.mark.parametrize(
    ("minor", "currency", "problem"),
    [
        (-1, "usd", AmountProblem.NEGATIVE),
        (150, "isk", AmountProblem.TOO_MANY_DECIMALS),
        (5123, "kwd", AmountProblem.TOO_MANY_DECIMALS),
        (AMOUNT_MAX + 1, "usd", AmountProblem.TOO_LARGE),
        (100, "USD", AmountProblem.UNKNOWN_CURRENCY),
    ],
)
def test_minor_units_are_checked_the_same(minor: int, currency: str, problem: AmountProblem) -> None:
    refused = check_amount(minor, currency, LIMITS)
    assert isinstance(refused, AmountRefused)
    assert refused.problem is problem


def test_a_currency_is_known_whatever_its_case() -> None:
    assert parse_currency(" EUR ", LIMITS) == "eur"
    assert parse_currency("doge", LIMITS) is None


@given(currency=st.sampled_from(sorted(LIMITS.currencies)), minor=st.integers(min_value=20_000, max_value=AMOUNT_MAX))
def test_writing_an_amount_and_reading_it_gives_the_same(currency: str, minor: int) -> None:
    if currency in WHOLE_AS_HUNDREDTHS:
        minor -= minor % 100
    if currency in THREE_DECIMAL:
        minor -= minor % 10
    whole, fraction = divmod(minor, 10 ** exponent(currency))
    text = str(whole)
    if decimals(currency):
        text += "." + str(fraction).rjust(exponent(currency), "0")
    assert parse_amount(text, currency, LIMITS) == minor
