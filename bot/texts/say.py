"""Finding a sentence: by the reader's language, else in English; plural forms by the language's own rule."""

from collections.abc import Mapping

from bot.texts.formats import clean
from bot.texts.languages import CATALOGS, DEFAULT, Safe, babel_locale, language


def say(locale: str, key: str, /, **params: str | int) -> Safe:
    """The sentence `key` for a reader. Parameters are made harmless, unless they are `Safe`.

    Raises KeyError for a key that isn't in the catalog, or a parameter that its sentence names and is missing.
    """
    chosen = language(locale)
    text = CATALOGS[chosen].get(key, CATALOGS[DEFAULT][key])
    if not isinstance(text, str):
        text = text.get(babel_locale(chosen).plural_form(int(params["n"])), text["other"])
    shown = {name: clean(value) if type(value) is str else str(value) for name, value in params.items()}
    return Safe(text.format_map(shown).strip())


class Worded(str):
    """An English text that knows itself in the other languages: what platforms register once for all readers."""

    __slots__ = ("key",)
    key: str

    @property
    def others(self) -> Mapping[str, str]:
        """The text in each language of ours but English."""
        return {name: say(name, self.key) for name in CATALOGS if name != DEFAULT}


def worded(key: str) -> Worded:
    """The sentence `key`, which takes no parameters, in every language."""
    found = Worded(say(DEFAULT, key))
    found.key = key
    return found


def read_in(locale: str, text: str) -> str:
    """A text that may know itself in other languages, as a reader of this locale gets it."""
    return say(locale, text.key) if isinstance(text, Worded) else text


def lines(*parts: str) -> Safe:
    """Sentences below each other; empty ones are left out."""
    return Safe("\n".join(part for part in parts if part))
