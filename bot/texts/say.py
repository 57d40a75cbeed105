"""Finding a sentence: by the reader's language, else in English; plural forms by the language's own rule."""

from collections.abc import Mapping

from babel import Locale

from bot.texts import de, en
from bot.texts.formats import Safe, clean

Text = str | Mapping[str, str]
"""A sentence with `{placeholders}`, or one for each plural form (`one`, `other`, ...) of the parameter `n`."""

CATALOGS: Mapping[str, Mapping[str, Text]] = {"en": en.TEXTS, "de": de.TEXTS}
LANGUAGES = tuple(CATALOGS)


class Worded(str):
    """An English text that knows itself in the other languages: what platforms register once for all readers."""

    __slots__ = ("others",)
    others: Mapping[str, str]


def worded(key: str) -> Worded:
    """The sentence `key`, which takes no parameters, in every language."""
    found = Worded(say("en", key))
    found.others = {name: say(name, key) for name in LANGUAGES if name != "en"}
    return found


def language(locale: str) -> str:
    """The language in which somebody with this locale is answered."""
    name = locale.replace("_", "-").split("-")[0].lower()
    return name if name in CATALOGS else "en"


def say(locale: str, key: str, /, **params: str | int) -> Safe:
    """The sentence `key` for a reader. Parameters are made harmless, unless they are `Safe`.

    Raises KeyError for a key that isn't in the catalog, or a parameter that its sentence names and is missing.
    """
    chosen = language(locale)
    text = CATALOGS[chosen].get(key, en.TEXTS[key])
    if not isinstance(text, str):
        text = text.get(Locale(chosen).plural_form(int(params["n"])), text["other"])
    shown = {name: clean(value) if type(value) is str else str(value) for name, value in params.items()}
    return Safe(text.format_map(shown).strip())


def lines(*parts: str) -> Safe:
    """Sentences below each other; empty ones are left out."""
    return Safe("\n".join(part for part in parts if part))
