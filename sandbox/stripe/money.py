"""Amounts: minor units, smallest charges, and how Stripe writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from sandbox.stripe.errors import invalid
from sandbox.stripe.params import Params

_ZERO = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_THREE = "bhd jod kwd omr tnd"
ZERO_DECIMAL = frozenset(_ZERO.split())
THREE_DECIMAL = frozenset(_THREE.split())

# Stripe's minimum charge amounts, in minor units (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
MINIMUM = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
_CODES = (
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf "
    "clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils "
    "inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk "
    "mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp "
    "sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw"
)
_KNOWN = frozenset(_CODES.split())


def currency(params: Params, name: str = "currency") -> str | None:
    """A currency code in lower case. Raises Stripe's complaint for one it does not know."""
    value = params.text(name)
    if value is None:
        return None
    if value.lower() not in _KNOWN:
        raise invalid(
            f"Invalid currency: {value}. Stripe currently supports these currencies: {', '.join(sorted(_KNOWN))}",
            param=params.name(name),
        )
    return value.lower()


def minimum(code: str) -> int:
    """The smallest amount that Stripe charges in this currency."""
    return MINIMUM.get(code, 1)


def written(amount: int, code: str) -> str:
    """An amount as people read it in messages and lines: `$10.00`, `¥500`, `10.00 CHF`."""
    sign = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}.get(code)
    digits = 0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2
    value = f"{Decimal(abs(amount)) / 10**digits:,.{digits}f}"
    minus = "-" if amount < 0 else ""
    return f"{minus}{sign}{value}" if sign else f"{minus}{value} {code.upper()}"


def share(amount: int, part: int, whole: int) -> int:
    """`amount × part / whole`, rounded half away from zero."""
    exact = Decimal(amount) * part / whole
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def prorated(amount: int, part: int, whole: int) -> int:
    """`amount × part / whole` as Stripe prorates it: to the nearest, an exact half down (4.5 is 4, and -2.5 is -3)."""
    return -((whole - 2 * amount * part) // (2 * whole))


def percent(amount: int, rate: float) -> int:
    """`rate` percent of an amount, rounded half away from zero."""
    exact = Decimal(amount) * Decimal(str(rate)) / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
