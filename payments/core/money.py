"""Money as Stripe counts it: integers of minor units, never floats.

The lists and limits are Stripe's (docs.stripe.com/currencies): zero-decimal currencies, three-decimal ones whose last
digit must be 0, and ISK and UGX, which have no cents but are sent as if they had, ending in 00.
"""

from dataclasses import dataclass
from enum import StrEnum

ZERO_DECIMAL = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
WHOLE_AS_HUNDREDTHS = frozenset({"isk", "ugx"})
_TWO_DECIMAL_CODES = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc "
    "cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs khr "
    "kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen "
    "pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah "
    "usd uyu uzs wst xcd xcg yer zar zmw"
)
TWO_DECIMAL = frozenset(_TWO_DECIMAL_CODES.split())
CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | WHOLE_AS_HUNDREDTHS | TWO_DECIMAL
"""Every currency that Stripe charges in, lower case."""

AMOUNT_MAX = 99_999_999
"""Stripe takes at most eight digits of minor units."""

# What Stripe charges at least, in minor units. A currency that is not listed is measured when it is settled, at about
# half a dollar: there Stripe itself refuses what is too small.
MINIMUM_CHARGE = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
    "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
    "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip


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


def parse_currency(typed: str) -> str | None:
    """The currency's code in lower case, or None if Stripe doesn't charge in it."""
    code = typed.strip().lower()
    return code if code in CURRENCIES else None


def parse_amount(typed: str, currency: str) -> int | AmountRefused:
    """The minor units of what a person typed: ``9.99`` or ``9,99`` in usd are 999, ``500`` in jpy is 500.

    One point or comma, as decimal mark; no thousands separators, since ``1.000`` means two things. Three-decimal
    currencies take at most two digits that are not zero, as Stripe does.
    """
    if currency not in CURRENCIES:
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
    if len(whole.lstrip("0")) > 8:  # a very long number is no work for int()
        return AmountRefused(AmountProblem.TOO_LARGE, AMOUNT_MAX)
    places = exponent(currency)
    minor = int(whole) * 10**places + int((fraction[:places]).ljust(places, "0") or "0")
    if negative and minor:
        return AmountRefused(AmountProblem.NEGATIVE)
    return check_amount(minor, currency)


def check_amount(minor: int, currency: str) -> int | AmountRefused:
    """`minor` itself if Stripe would charge it, or why not."""
    if currency not in CURRENCIES:
        return AmountRefused(AmountProblem.UNKNOWN_CURRENCY)
    if minor < 0:
        return AmountRefused(AmountProblem.NEGATIVE)
    if (currency in WHOLE_AS_HUNDREDTHS and minor % 100) or (currency in THREE_DECIMAL and minor % 10):
        return AmountRefused(AmountProblem.TOO_MANY_DECIMALS)
    if minor > AMOUNT_MAX:
        return AmountRefused(AmountProblem.TOO_LARGE, AMOUNT_MAX)
    minimum = MINIMUM_CHARGE.get(currency, 1)
    if minor < minimum:
        return AmountRefused(AmountProblem.BELOW_MINIMUM, minimum)
    return minor


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
