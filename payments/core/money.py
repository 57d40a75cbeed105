"""Money as providers count it: integers of minor units, never floats.

What a unit is stands here, for it is shown whoever was paid; what may be charged is the provider's to say (`Limits`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

ZERO_DECIMAL = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
WHOLE_AS_HUNDREDTHS = frozenset({"isk", "ugx"})
"""They have no cents, and are sent as if they had."""

DIGITS_MAX = 12
"""Of the whole part of an amount that is typed: a very long number is no work for `int`."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may be charged in one currency, in minor units: a multiple of ``step`` from ``least`` to ``most``."""

    least: int
    most: int
    step: int = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """The currencies in which a provider charges, by their codes in lower case, each with its bounds."""

    currencies: Mapping[str, Bounds]


class AmountProblem(StrEnum):
    """Why an amount can't be charged; each has its sentence in `bot.texts`."""

    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    TOO_MANY_DECIMALS = "too_many_decimals"
    TOO_LARGE = "too_large"
    BELOW_MINIMUM = "below_minimum"
    UNKNOWN_CURRENCY = "unknown_currency"


@dataclass(frozen=True, slots=True)
class AmountRefused:
    """An amount that can't be charged. ``limit`` is the bound it breaks, in minor units, where there is one."""

    problem: AmountProblem
    limit: int | None = None


def decimals(currency: str) -> int:
    """How many digits after the point a person writes in this currency."""
    if currency in ZERO_DECIMAL or currency in WHOLE_AS_HUNDREDTHS:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def exponent(currency: str) -> int:
    """The power of ten between the minor units sent to Stripe and one unit of the currency."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def parse_currency(typed: str, limits: Limits) -> str | None:
    """The currency's code in lower case, or None if the provider doesn't charge in it."""
    code = typed.strip().lower()
    return code if code in limits.currencies else None


def parse_amount(typed: str, currency: str, limits: Limits) -> int | AmountRefused:
    """The minor units of what a person typed: ``9.99`` or ``9,99`` in usd are 999, ``500`` in jpy is 500.

    One point or comma, as decimal mark; no thousands separators, since ``1.000`` means two things. Three-decimal
    currencies take at most two digits that are not zero, as Stripe does.
    """
    bounds = limits.currencies.get(currency)
    if bounds is None:
        return AmountRefused(AmountProblem.UNKNOWN_CURRENCY)
    text = typed.strip().replace(",", ".")
    negative = text.startswith("-")
    whole, mark, fraction = text.removeprefix("-").removeprefix("+").partition(".")
    if not _digits(whole) or (mark and not _digits(fraction)):
        return AmountRefused(AmountProblem.NOT_A_NUMBER)
    if len(fraction) == 3 and decimals(currency) < 3:  # `1.000` is a thousand to half of the world
        return AmountRefused(AmountProblem.NOT_A_NUMBER)
    if len(fraction) > decimals(currency) and fraction[decimals(currency) :].strip("0"):
        return AmountRefused(AmountProblem.TOO_MANY_DECIMALS)
    if len(whole.lstrip("0")) > DIGITS_MAX:
        return AmountRefused(AmountProblem.TOO_LARGE, bounds.most)
    places = exponent(currency)
    minor = int(whole) * 10**places + int((fraction[:places]).ljust(places, "0") or "0")
    if negative and minor:
        return AmountRefused(AmountProblem.NEGATIVE)
    return check_amount(minor, currency, limits)


def check_amount(minor: int, currency: str, limits: Limits) -> int | AmountRefused:
    """`minor` itself if the provider would charge it, or why not."""
    bounds = limits.currencies.get(currency)
    if bounds is None:
        return AmountRefused(AmountProblem.UNKNOWN_CURRENCY)
    if minor < 0:
        return AmountRefused(AmountProblem.NEGATIVE)
    if minor % bounds.step:
        return AmountRefused(AmountProblem.TOO_MANY_DECIMALS)
    if minor > bounds.most:
        return AmountRefused(AmountProblem.TOO_LARGE, bounds.most)
    if minor < bounds.least:
        return AmountRefused(AmountProblem.BELOW_MINIMUM, bounds.least)
    return minor


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
