"""An entry of the audit in words: a sentence, and a line for each thing that changed."""

from collections.abc import Mapping

from bot.texts.formats import clean, duration, language_name, moment, money
from bot.texts.languages import CATALOGS, Safe, language
from bot.texts.prices import terms_text
from bot.texts.say import lines, say
from payments.core.audit import NEEDS, AuditKind
from payments.core.changes import Amount, Changes, Language, Moment, On, Said, Span, Thing, Who, Why
from payments.core.plan_terms import Terms

NAMES_MAX = 10
TEXT_MAX = 80
"""A description may have 500 characters: its beginning is enough to know it by."""

OLD_MAX = 160
"""So much is shown of the text that an older version stored."""

_NAMED = frozenset[str]().union(*NEEDS.values())
"""What stands in sentences; where another version stored less, nothing stands there."""


def is_act(action: str) -> bool:
    """Whether an entry is told as what somebody did (`act_text`)."""
    return f"audit.act.{action}" in CATALOGS["en"]


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

    An act that this version has no sentence for is told by its name, a line of an older one by its own `detail`.
    """
    key = f"audit.act.{_sentence(action, changes or {})}"
    who = _name(names, actor) or say(locale, "audit.somebody")
    if changes is None or key not in CATALOGS["en"]:
        other = "audit.act_other" if detail else "audit.act_unknown"
        told = say(locale, other, actor=who, action=action.replace("_", " "), detail=clean(detail, OLD_MAX))
        return lines(told, *_changed(locale, changes or {}, names))
    member = (_name(names, person) if person else None) or say(locale, "audit.somebody_else")
    told = say(locale, key, actor=who, member=member, **_about(locale, changes, names))
    return lines(told, *_changed(locale, changes, names))


def log_text(
    locale: str, action: str, params: Changes | None, names: Mapping[str, str], *, target: str | None, detail: str
) -> Safe | None:
    """What happened to one person, or by itself; None for what has no such sentence. `target`: which access it was
    about, as it is called now. A line of an older version has no `params`: what it says stands in its `detail`."""
    happening = _happening(action, params or {})
    key = f"log.{happening}" if target is None else f"log.target.{happening}"
    if key not in CATALOGS["en"]:
        return None
    lacking = _NAMED - {"target"} if target else _NAMED
    if params is None and any(f"{{{name}}}" in str(CATALOGS["en"][key]) for name in lacking):
        return None  # its sentence names what was never stored apart
    about = _about(locale, params or {}, names)
    why = clean(detail, OLD_MAX) if params is None else _why(locale, params)
    named = target or about["target"]
    return say(locale, key, **{**about, "target": named, "why": Safe(f" ({why})") if why else Safe("")})


def _happening(action: str, params: Changes) -> str:
    """Which sentence tells of it: two kinds have one more."""
    if action == AuditKind.WAITING and "platform" in params:
        return "not_linked"
    if action == AuditKind.PARTED and params.get("taken") == (False, False):
        return "parted_kept"
    return action


def _why(locale: str, params: Changes) -> Safe:
    """The reason; or, of what was revoked, why there was nothing to revoke any more."""
    why, _ = params["gone"] if "gone" in params else params.get("reason", (None, None))
    return thing_text(locale, why, {})


def _about(locale: str, changes: Changes, names: Mapping[str, str]) -> dict[str, Safe]:
    told = {name: thing_text(locale, pair[0], names) for name, pair in changes.items()}
    return {**dict.fromkeys(_NAMED, Safe("")), "platform": Safe(""), **told}


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
            return language_name(locale, language(thing.locale))
        case Said():
            return say(locale, f"audit.word.{thing.word}")
        case Why():
            return say(locale, f"why.{thing.reason}")
        case On():
            return say(locale, f"platform.{thing.platform}")


def _name(names: Mapping[str, str], person: str) -> Safe | None:
    name = names.get(person)
    return None if name is None else clean(name)
