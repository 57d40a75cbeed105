"""What Stripe charges: its currencies, and the least and the most of each.

The lists and limits are Stripe's (docs.stripe.com/currencies): zero-decimal currencies, three-decimal ones whose last
digit must be 0, and ISK and UGX, which have no cents but are sent as if they had, ending in 00.
"""

from payments.core.money import THREE_DECIMAL, WHOLE_AS_HUNDREDTHS, ZERO_DECIMAL, Bounds, Limits

_TWO_DECIMAL = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc "
    "cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs khr "
    "kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen "
    "pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah "
    "usd uyu uzs wst xcd xcg yer zar zmw"
)

_MOST = 99_999_999
"""Stripe takes at most eight digits of minor units."""

# In minor units. A currency that is not listed is measured when it is settled, at about
# half a dollar: there Stripe itself refuses what is too small.
_LEAST = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
    "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
    "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip


def _step(currency: str) -> int:
    if currency in WHOLE_AS_HUNDREDTHS:
        return 100
    return 10 if currency in THREE_DECIMAL else 1


def _bounds(currency: str) -> Bounds:
    step = _step(currency)
    return Bounds(least=_LEAST.get(currency, 1), most=_MOST - _MOST % step, step=step)


LIMITS = Limits(
    {
        currency: _bounds(currency)
        for currency in ZERO_DECIMAL | THREE_DECIMAL | WHOLE_AS_HUNDREDTHS | frozenset(_TWO_DECIMAL.split())
    }
)
