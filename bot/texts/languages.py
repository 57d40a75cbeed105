"""Our languages, a folder each, and which of them a platform means by a locale of its own.

Discord says `es-ES`, `pt-BR`, `zh-CN`; Telegram `es`, `pt-br`, `de-AT`. A folder `pt_br` is the language `pt-BR`.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from babel import Locale, UnknownLocaleError
from babel.core import get_global, parse_locale


class Safe(str):
    """A text that is ours, or was made harmless: `say` puts it in as it is."""

    __slots__ = ()


class OwnClock(str):
    """A locale of a reader whose platform writes times by the reader's own clock."""

    __slots__ = ()


@lru_cache(maxsize=256)
def babel_locale(locale: str) -> Locale:
    """The reader's locale as Babel knows it; English for those it doesn't."""
    for name in (locale.replace("_", "-"), locale.replace("_", "-").split("-")[0]):
        try:
            return Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


DEFAULT = "en"
"""What somebody reads who reads none of our languages."""

Text = str | Mapping[str, str]
"""A sentence with `{placeholders}`, or one for each plural form (`one`, `other`, ...) of the parameter `n`."""


def catalogs(folders: Iterable[str]) -> dict[str, Mapping[str, Text]]:
    """The texts of each language that has a package in one of these folders of `bot.texts`; English first."""
    packages = [found.name for found in iter_modules(folders) if found.ispkg]
    found = {_tag(name): import_module(f"bot.texts.{name}").TEXTS for name in packages}
    return {DEFAULT: found.pop(DEFAULT), **found} if DEFAULT in found else found


def _tag(package: str) -> str:
    language, *rest = package.split("_")
    return "-".join([language, *(part.upper() if len(part) == 2 else part.title() for part in rest)])


CATALOGS = catalogs([str(Path(__file__).parent)])


def language(locale: str) -> str:
    """The language in which somebody with this locale is answered: the nearest of ours, else English."""
    return locale if locale in CATALOGS else _nearest(locale, tuple(CATALOGS)) or DEFAULT


def reads(locale: str) -> bool:
    """Whether somebody with this locale reads a language of ours, rather than English for want of theirs."""
    return _nearest(locale, tuple(CATALOGS)) is not None


@lru_cache(maxsize=1024)
def spoken(locale: str) -> Locale:
    """How dates and amounts are written within a sentence for this reader: in its language, as their country does."""
    return babel_locale(locale if reads(locale) else language(locale))


@lru_cache(maxsize=1024)
def _nearest(locale: str, ours: tuple[str, ...]) -> str | None:
    """The same language in the same script: of the same country, else of no country, else of any."""
    wanted = babel_locale(locale)
    readable = [name for name in ours if _written(babel_locale(name)) == _written(wanted)]

    def fits(name: str) -> tuple[bool, bool]:
        territory = babel_locale(name).territory
        return territory == wanted.territory, territory is None

    return max(readable, key=fits, default=None)


def _written(locale: Locale) -> tuple[str, str | None]:
    """A language and its script. What Discord calls Norwegian is its Bokmål."""
    code = "nb" if locale.language == "no" else locale.language
    likely = get_global("likely_subtags").get(code, code)
    return code, locale.script or parse_locale(likely)[2]
