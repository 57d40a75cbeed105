"""Amounts, dates and durations in the language of the sentence, and user-given text made harmless.

The markup of every text is `**bold**`, with a backslash before a character that is meant literally.
"""

import copy
import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

from babel.dates import format_date, format_time
from babel.units import format_unit

from bot.texts.languages import OwnClock, Safe, babel_locale, language, reads, spoken
from payments.core.money import decimals, exponent

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
NAME_LENGTH_MAX = 100

_WHOSE = re.compile(r"\b(?:acct|sk|rk|pk|whsec)_[\w*]+")
_MARKUP = re.compile(r"([\\*_~`|<>\[\]#])")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINER = "\u200d"  # joins emoji; harmless
_ZERO_WIDTH_SPACE = "\u200b"
_TOUCHABLE = re.compile(
    r"@"  # mentions, e-mail addresses
    r"|:(?=//)"  # addresses with a scheme
    r"|(?<=\S)\.(?=[^\W\d_](?![.\s]|$))"  # t.me/x, discord.gg/x; neither "e.V." nor "v2.0"
    r"|(?<=\d)\.(?=\d+\.\d+\.\d)"  # 192.0.2.1
    r"|(?<!\w)/(?=\w)"  # /command
    r"|(?<!\w)[#$](?=\S*[^\W\d_])"  # #hashtag, $CASHTAG; not "#1" or "$5"
    r"|(?<!\w)\+(?=\d)"  # +49 170 ...
)
"""Behind these characters a platform makes something of a name that can be touched: Telegram of bare text (TDLib's
`find_entities`), Discord of what has a scheme, and of its invitations. A space of no width there stops it unseen."""


def money(locale: str, amount: int, currency: str) -> Safe:
    """An amount of minor units, as `€9.99` or `9,99 €`.

    With as many digits as can be charged, not Babel's: nine currencies have hundredths at Stripe and none there.
    """
    known, digits = spoken(locale), decimals(currency)
    pattern = copy.copy(known.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    value = Decimal(amount).scaleb(-exponent(currency))
    return Safe(pattern.apply(value, known, currency=currency.upper(), currency_digits=False))


def day(locale: str, at: int) -> Safe:
    """The day of a time, as `January 5, 2026`. UTC, like every time of the product."""
    return Safe(format_date(_datetime(at), "long", locale=spoken(locale)))


def moment(locale: str, at: int) -> Safe:
    """The day and minute of a time: with its zone, or in the reader's own where the platform knows that."""
    if isinstance(locale, OwnClock) and reads(locale):
        return Safe(f"<t:{at // 1000}:f>")
    when, known = _datetime(at), spoken(locale)
    return Safe(f"{format_date(when, 'medium', locale=known)}, {format_time(when, 'short', locale=known)} UTC")


def duration(locale: str, ms: int) -> Safe:
    """A duration in the largest unit that tells it without a rest: `3 days`, `36 hours`, `5 minutes`."""
    for unit, size in (("duration-day", DAY_MS), ("duration-hour", HOUR_MS)):
        if ms % size == 0:
            return Safe(format_unit(ms // size, unit, locale=spoken(locale)))
    return Safe(format_unit(max(1, ms // MINUTE_MS), "duration-minute", locale=spoken(locale)))


def language_name(locale: str, code: str) -> Safe:
    """What a reader calls a language of ours."""
    return Safe(babel_locale(code).get_display_name(babel_locale(language(locale))) or code)


def own_name(code: str) -> str:
    """What a language of ours calls itself, as a title."""
    name = language_name(code, code)
    return name[:1].upper() + name[1:]


def plain(text: str, length_max: int = NAME_LENGTH_MAX) -> str:
    """User-given text on one line for a button or a choice: nothing invisible in it, cut to its length."""
    shown = (
        " " if char in "\n\r\t" else char
        for char in text
        if char in "\n\r\t" or char == _JOINER or unicodedata.category(char) not in _INVISIBLE
    )
    line = " ".join("".join(shown).split())
    return line if len(line) <= length_max else line[: length_max - 1] + "…"


def nameless(said: str) -> str:
    """The provider's words without whose account and key it is: one service may serve several communities."""
    return _WHOSE.sub("…", said)


def clean(text: str, length_max: int = NAME_LENGTH_MAX) -> Safe:
    """User-given text inside a sentence: no markup, no mention, no command, no link comes out of it."""
    line = _TOUCHABLE.sub(rf"\g<0>{_ZERO_WIDTH_SPACE}", plain(text, length_max))
    line = _MARKUP.sub(r"\\\1", line)
    return Safe("\\" + line if line.startswith(("-", "+")) else line)


def _datetime(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
