"""A command typed in one line: `/plan create name:"Pro plan" price:9.99`, as on Discord; and single values as typed.

Pure: what needs asking (who a member is) comes out as it was typed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from bot.commands.model import Choice, Command, MemberValue, Option, OptionKind, Value, Way
from bot.texts import Worded, language, lines, say
from payments.core.community import Platform

YES = frozenset({"true", "yes", "y", "on", "1", "ja", "an", "wahr"})
NO = frozenset({"false", "no", "n", "off", "0", "nein", "aus", "falsch"})
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»"}
TEXT_MAX = 4000


@dataclass(frozen=True, slots=True)
class Line:
    """What was typed after a command: values by option, as text, and between which characters each stands.

    What could not be placed is in `stray`; an option that the command has on another platform alone, in `elsewhere`.
    """

    values: dict[str, str] = field(default_factory=dict)
    stray: str = ""
    elsewhere: str = ""
    spans: dict[str, tuple[int, int]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Called:
    """A command as it was called: its name with its words, `@bot` if it was for one, and the rest of the line, which
    begins at the character `at`."""

    name: str
    bot: str | None
    rest: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A value that an option does not take: the sentence that says so, and its parameters."""

    key: str
    params: dict[str, str | int] = field(default_factory=dict)
    choices: tuple[Choice, ...] = field(default=(), compare=False)


def told(wrong: Wrong, locale: str, option: str = "") -> str:
    """Why a value was not taken, and what could be chosen instead."""
    listed = [f"· `{choice.value}`: {label(choice, language(locale))}" for choice in wrong.choices]
    return lines(say(locale, wrong.key, **{"option": option, **wrong.params}), *listed)


def options_of(command: Command) -> tuple[Option, ...]:
    """The options that a command has on Telegram."""
    return tuple(option for option in command.options if Platform.TELEGRAM in option.platforms)


def called(text: str, names: Sequence[str]) -> Called | None:
    """The command that a message calls: `/plan create …` and `/plan_create …` alike. None if it calls none.

    The name of one that we don't have is the word that was typed.
    """
    found = re.match(r"/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{3,64}))?(?:\s+|$)", text)
    if found is None:
        return None
    word, rest = found[1].lower(), text[found.end() :].strip()
    for name in sorted(names, key=len, reverse=True):
        first, _, second = name.partition(" ")
        if word == name.replace(" ", "_"):
            return Called(name, found[2], rest, found.end())
        if second and word == first and (again := re.match(rf"{second}(?:\s+|$)", rest, re.IGNORECASE)):
            return Called(name, found[2], rest[again.end() :].strip(), found.end() + again.end())
    return Called(word, found[2], rest, found.end())


def read(rest: str, command: Command) -> Line:
    """`key:value` pairs by the command's options; before them, the value of the one that needs no key."""
    options = options_of(command)
    if not options:
        return Line(stray=rest)
    names = "|".join(sorted((re.escape(option.name) for option in command.options), key=len, reverse=True))
    elsewhere = {option.name for option in command.options} - {option.name for option in options}
    keys = list(_outside_quotes(re.finditer(rf"(?:^|(?<=\s))({names})\s?:\s*", rest, re.IGNORECASE), rest))
    values: dict[str, str] = {}
    spans: dict[str, tuple[int, int]] = {}
    ends = [*(key.start() for key in keys[1:]), len(rest)][: len(keys)]
    for key, end in zip(keys, ends, strict=True):
        if key[1].lower() in elsewhere:
            return Line(elsewhere=key[1].lower())
        values[key[1].lower()] = _unquoted(rest[key.end() : end].strip())
        spans[key[1].lower()] = key.end(), end
    begin = keys[0].start() if keys else len(rest)
    before = rest[:begin].strip()
    alone = _without_key(options)
    if before and alone is not None and alone.name not in values:
        return Line({alone.name: _unquoted(before), **values}, spans={alone.name: (0, begin), **spans})
    return Line(values, before, spans=spans)


def _without_key(options: Sequence[Option]) -> Option | None:
    """The option that may be typed without its key: the only one, or the only one that is needed."""
    if len(options) == 1:
        return options[0]
    needed = [option for option in options if option.required]
    return needed[0] if len(needed) == 1 else None


def _outside_quotes(found: Iterator[re.Match[str]], text: str) -> Iterator[re.Match[str]]:
    """Keys that don't stand inside a quoted value."""
    quoted = [span.span() for span in re.finditer(r'(?<=:)\s*(?:"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»)', text)]
    return (key for key in found if not any(start < key.start() < end for start, end in quoted))


def _unquoted(text: str) -> str:
    if len(text) >= 2 and _QUOTES.get(text[0]) == text[-1]:
        return text[1:-1].strip()
    return text


def value_of(option: Option, typed: str) -> Value | Wrong:
    """A typed value as the option takes it; Telegram enforces nothing, so everything is held to here.

    A member comes out as text: who it is has to be asked.
    """
    text = typed.replace("\0", "").strip()  # which no database takes in a text
    if not text:
        return Wrong("typed.empty", {"option": option.name})
    match option.kind:
        case OptionKind.INTEGER:
            return _number(option, text)
        case OptionKind.BOOLEAN:
            return _yes_or_no(option, text)
        case OptionKind.CHOICE:
            return _choice(option, text)
        case OptionKind.TEXT:
            return _text(option, text)
        case OptionKind.MEMBER | OptionKind.ROLE:
            return text
        case _:
            assert_never(option.kind)


def _number(option: Option, text: str) -> Value | Wrong:
    if not re.fullmatch(r"[+-]?[0-9]{1,15}", text):
        return Wrong("typed.number", {"option": option.name, "value": text})
    number = int(text)
    low, high = option.minimum, option.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        return Wrong("typed.range", {"option": option.name, "low": str(low), "high": str(high)})
    return number


def _yes_or_no(option: Option, text: str) -> Value | Wrong:
    word = text.casefold()
    if word in YES or word in NO:
        return word in YES
    return Wrong("typed.yes_or_no", {"option": option.name})


def _text(option: Option, text: str) -> Value | Wrong:
    longest = TEXT_MAX if option.maximum is None else option.maximum
    if len(text) > longest:
        return Wrong("typed.too_long", {"option": option.name, "n": longest})
    if option.minimum is not None and len(text) < option.minimum:
        return Wrong("typed.too_short", {"option": option.name, "n": option.minimum})
    return text


def _choice(option: Option, text: str) -> Value | Wrong:
    wanted = _simple(text)
    for choice in option.choices:
        if wanted in {_simple(name) for name in (choice.value, *labels(choice))}:
            return choice.value
    return Wrong("typed.choice", {"option": option.name, "value": text}, option.choices)


def labels(choice: Choice | Way) -> tuple[str, ...]:
    """A choice's label in every language."""
    others = choice.label.others.values() if isinstance(choice.label, Worded) else ()
    return (choice.label, *others)


def label(choice: Choice, reads: str) -> str:
    """A choice's label in a language."""
    return choice.label.others.get(reads, choice.label) if isinstance(choice.label, Worded) else choice.label


def same(text: str, label: str) -> bool:
    """Whether what was typed means what stands on a button."""
    return _simple(text) == _simple(label)


def _simple(text: str) -> str:
    """Without case, dots and space, so that `every months` is `every … months`."""
    return re.sub(r"[\s.…_,]+", "", text.casefold())


def shown(option: Option, value: Value, reads: str) -> str:
    """A value as the person would say it."""
    if isinstance(value, MemberValue):
        return value.name
    if option.kind is OptionKind.CHOICE:
        return next((label(choice, reads) for choice in option.choices if choice.value == value), str(value))
    return str(value)


def form(command: Command) -> tuple[str, str]:
    """How a command is typed in one line, with an example of each option that it needs, or of all where it needs none;
    and the sentence that says so: it asks for what it needs, and for nothing else."""
    needed = [option for option in options_of(command) if option.required]
    shown = needed or options_of(command)
    key = "typed.form" if needed else "typed.form_optional" if shown else "typed.form_alone"
    return key, " ".join([f"/{command.name}", *(f"{option.name}:{_example(option)}" for option in shown)])


def _example(option: Option) -> str:
    if option.choices:
        return option.choices[0].value
    return "yes" if option.kind is OptionKind.BOOLEAN else "…"
