"""Parts of sentences that many texts have: labels of buttons, names in a row, reasons, and what to do."""

from collections.abc import Sequence

from babel.lists import format_list

from bot.texts.formats import clean, plain
from bot.texts.languages import CATALOGS, Safe, spoken
from bot.texts.say import say

LABEL_MAX = 80


def label(locale: str, key: str, **params: str | int) -> str:
    """A button's text: no markup is read in it, and platforms allow 80 characters."""
    shown = {name: Safe(plain(value)) if isinstance(value, str) else value for name, value in params.items()}
    return plain(say(locale, key, **shown), LABEL_MAX)


def listed(locale: str, names: Sequence[str]) -> Safe:
    """Names of others in a row, each made harmless and bold: `**a**, **b** and **c**`."""
    return Safe(format_list([f"**{clean(name)}**" for name in names], locale=spoken(locale)))


def reason_text(locale: str, reason: str) -> Safe:
    """The sentence of a `Reason`; empty for one that this version doesn't know."""
    key = f"reason.{reason}"
    return say(locale, key) if key in CATALOGS["en"] else Safe("")


def why_text(locale: str, reason: str) -> Safe:
    """The same for the team, who read about somebody else."""
    key = f"why.{reason}"
    return say(locale, key) if key in CATALOGS["en"] else Safe("")


def fix_text(locale: str, code: str) -> Safe:
    """What an admin must do when a platform refused."""
    key = f"fix.{code}"
    return say(locale, key if key in CATALOGS["en"] else "fix.unknown")
