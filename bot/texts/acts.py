"""An act of the team in words: a sentence, and a line for each thing that changed."""

from collections.abc import Mapping

from bot.texts.formats import Safe, clean, duration, moment, money
from bot.texts.prices import terms_text
from bot.texts.say import CATALOGS, language, lines, say
from payments.core.changes import Amount, Changes, Language, Moment, Said, Span, Thing, Who
from payments.core.plan_terms import Terms

NAMES_MAX = 10
TEXT_MAX = 80
"""A description may have 500 characters: its beginning is enough to know it by."""

_ABOUT = ("plan", "what", "sold", "paid", "access")
"""What acts are about: it stands in their sentences."""


def act_text(
    locale: str,
    action: str,
    changes: Changes | None,
    names: Mapping[str, str],
    *,
    actor: str,
    person: str | None,
    detail: str = "",
) -> Safe:
    """What was done. `names` are those of the persons that it names; one who has none there is somebody.

    An act that this version has no sentence for, or a line of an older one, is told by its own `detail`.
    """
    key = f"audit.act.{_sentence(action, changes or {})}"
    who = _name(names, actor) or say(locale, "audit.somebody")
    if changes is None or key not in CATALOGS["en"]:
        told = say(locale, "audit.act_other", actor=who, action=action.replace("_", " "), detail=clean(detail, 160))
        return lines(told, *_changed(locale, changes or {}, names))
    about = {name: thing_text(locale, changes[name][0], names) for name in _ABOUT if name in changes}
    member = (_name(names, person) if person else None) or say(locale, "audit.somebody_else")
    told = say(locale, key, actor=who, member=member, **{**dict.fromkeys(_ABOUT, Safe("")), **about})
    return lines(told, *_changed(locale, changes, names))


def _sentence(action: str, changes: Changes) -> str:
    """Which sentence tells of an act: somebody who comes into the team or leaves it has one of their own."""
    before, after = changes.get("rank", (True, True))
    if action != "team_changed":
        return action
    return "team_added" if before is None else "team_removed" if after is None else action


def _changed(locale: str, changes: Changes, names: Mapping[str, str]) -> list[Safe]:
    order = list(_things())
    known = [name for name in changes if f"audit.thing.{name}" in CATALOGS["en"] and _differs(changes[name])]
    return [_change(locale, name, changes[name], names) for name in sorted(known, key=order.index)]


def _things() -> list[str]:
    """In the order of the catalog."""
    prefix = "audit.thing."
    return [key.removeprefix(prefix) for key in CATALOGS["en"] if key.startswith(prefix)]


def _differs(pair: tuple[Thing, Thing]) -> bool:
    return pair[0] != pair[1]


def _change(locale: str, name: str, pair: tuple[Thing, Thing], names: Mapping[str, str]) -> Safe:
    thing = say(locale, f"audit.thing.{name}")
    before, after = (thing_text(locale, one, names) for one in pair)
    if pair[0] is None:
        return say(locale, "audit.set", thing=thing, after=after)
    if pair[1] is None:
        return say(locale, "audit.taken", thing=thing, before=before)
    return say(locale, "audit.change", thing=thing, before=before, after=after)


def thing_text(locale: str, thing: Thing, names: Mapping[str, str]) -> Safe:
    """A value as the reader writes it."""
    match thing:
        case None:
            return Safe("")
        case bool():
            return say(locale, "audit.yes" if thing else "audit.no")
        case int():
            return Safe(str(thing))
        case str():
            return clean(thing, TEXT_MAX)
        case tuple():
            more = ", …" if len(thing) > NAMES_MAX else ""
            return Safe(", ".join(clean(name, TEXT_MAX) for name in thing[:NAMES_MAX]) + more)
        case Terms():
            return terms_text(locale, thing)
        case Amount():
            return money(locale, thing.amount, thing.currency)
        case Span():
            return duration(locale, thing.ms)
        case Moment():
            return moment(locale, thing.at)
        case Who():
            return _name(names, thing.person) or say(locale, "audit.somebody_else")
        case Language():
            return say(locale, f"settings.language.{language(thing.locale)}")
        case Said():
            return say(locale, f"audit.word.{thing.word}")


def _name(names: Mapping[str, str], person: str) -> Safe | None:
    name = names.get(person)
    return None if name is None else clean(name)
